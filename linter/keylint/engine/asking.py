"""Whom a run asks about keys: inventories, and what else its configuration names; and what may be asked about which key."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from keylint.catalogue.published import is_canary
from keylint.config import Config, SourceTable, is_url
from keylint.engine.identity import Identity
from keylint.engine.interest import KnownValues
from keylint.engine.request import UserError
from keylint.model import Key, KeyRef, LiveCheck, Observation, Secret, cut
from keylint.registry import Registry
from keylint.status import Policy, Progress, Resolution, StatusSource, resolve
from keylint.status.cache import FILE, Cache
from keylint.status.inventory import Inventory, InventoryError, InventorySource, load
from keylint.status.opening import Keys, Surroundings
from keylint.status.plaintext import detector
from keylint.status.public_id import public_id
from keylint.status.settings import Settings, SettingsError

if TYPE_CHECKING:
    from keylint.status.trying import Trial

TOKEN = "KEYLINT_STATUS_TOKEN"
"""The credential of a service that is named by its URL alone."""

_HTTP = ("https://", "http://")


class Asking:
    """The sources of a run, and the keys that they may see."""

    def __init__(
        self, config: Config, registry: Registry, identity: Identity, progress: Progress | None = None
    ) -> None:
        """Raises UserError: a source is not configured as it should be."""
        self._config = config
        self._registry = registry
        self._identity = identity
        self._progress = progress
        self._keys = Keys()
        self._inventories = self._loaded()
        self.sources: tuple[StatusSource, ...] = (*map(InventorySource, self._inventories), *self._opened())

    @cached_property
    def known(self) -> KnownValues:
        """The values that inventories hold: keys, of whatever kind they are."""
        fingerprints = frozenset(f for inventory in self._inventories for f in inventory.fingerprints())
        lengths = frozenset(n for inventory in self._inventories for n in inventory.lengths())
        return KnownValues(self._identity.under_peppers, fingerprints, lengths)

    def resolve(
        self, keys: Sequence[Key], proofs: Iterable[Observation], shareable: Collection[str], as_of: datetime
    ) -> Resolution:
        """Ask everybody about the keys. `shareable`: fingerprints of those that may be sent to their issuers."""
        paired = _paired(keys)
        canaries = {key.fingerprint for key in keys if is_canary(key.definitions[0].judgement)}
        for key in keys:
            ids = [each.id for each in (key.provider, key.kind) if each is not None]
            sent = key.fingerprint in shareable and key.fingerprint not in canaries
            self._keys.hold(key.fingerprint, Secret(_text(key), key.masked), ids if sent else ())
        live = self._live(keys, shareable, canaries, paired)
        policy = Policy(self._config.offline, self._config.max_staleness)
        holders = _holders(keys, paired)
        refs = [self._ref(key, paired.get(key.fingerprint) or holders.get(key.fingerprint)) for key in keys]
        return resolve(refs, (*self.sources, *live), proofs, as_of, policy, self._cache, self._progress)

    def tried(self) -> tuple[Trial, ...]:
        """Ask every source about a key that is made up, and connect to the hosts of live checks.

        Raises UserError: the live checks are not configured as they should be.
        """
        from keylint.status.trying import tried

        sources = (*self.sources, *self._live_hosts())
        if not sources:
            return ()
        key = secrets.token_urlsafe(30)
        fingerprint = self._identity.fingerprint(key)
        self._keys.hold(fingerprint, Secret(key), None)
        return tried(sources, fingerprint)

    # ------------------------------------------------------------------ sources

    def _loaded(self) -> list[Inventory]:
        looks_like_key = detector(self._registry.catalogue)
        paths = [path for path in self._config.status if not is_url(path)]
        try:
            loaded = [load(path, self._identity.pepper_ids, looks_like_key) for path in paths]
            for inventory in loaded:
                inventory.refuse_own_keys(self._identity.under_peppers)
        except InventoryError as error:
            raise UserError(str(error)) from error
        self._identity.lists = frozenset(name for inventory in loaded for name in inventory.lists())
        return loaded

    def _opened(self) -> Iterable[StatusSource]:
        tables = [*_tables([url for url in self._config.status if is_url(url)]), *self._config.sources]
        if not tables:
            return
        from keylint.status.opening import open_source

        surroundings = Surroundings(self._identity.fingerprint, self._cache)
        for table in tables:
            settings = Settings(table.where, table.fields, table.directory, os.environ)
            try:
                yield from open_source(settings, surroundings, self._keys)
            except SettingsError as error:
                raise UserError(str(error)) from None

    def _live(
        self, keys: Sequence[Key], shareable: Collection[str], canaries: Collection[str], paired: Mapping[str, Key]
    ) -> tuple[StatusSource, ...]:
        if not self._config.live or self._config.offline:
            return ()
        checks = self._checks()
        from keylint.status.live import LiveSource

        sent = {key.fingerprint: Secret(_text(key), key.masked) for key in keys if key.fingerprint in shareable}
        pairs = {fingerprint: Secret(_text(key), key.masked) for fingerprint, key in paired.items()}
        return (LiveSource(checks, self._config.live_providers, sent, pairs=pairs, canaries=canaries),)

    def _live_hosts(self) -> tuple[StatusSource, ...]:
        if not self._config.live_providers:
            return ()
        checks = self._checks()
        from keylint.status.live import LiveHosts

        return tuple(LiveHosts(provider, checks[provider]) for provider in self._config.live_providers)

    def _checks(self) -> Mapping[str, Sequence[LiveCheck]]:
        """Return the live checks of installed packages, those of all configured providers among them."""
        from keylint.catalogue.load import installed_checks
        from keylint.status.interface import SourceError

        try:
            import keylint.status.live  # noqa: F401
        except SourceError as error:
            raise UserError(f"--live: {error}") from None
        checks = installed_checks()
        for provider in self._config.live_providers:
            if provider not in checks:
                raise UserError(
                    f"live.providers: there is no check for {cut(provider)!r}; `keylint providers` says for whom"
                )
        return checks

    @cached_property
    def _cache(self) -> Cache | None:
        """Where answers are kept: nowhere without a pepper that lasts, since no other run would recognise a key."""
        if self._config.cache_dir is None or not self._identity.persistent:
            return None
        return Cache(Path(self._config.cache_dir) / FILE, datetime.now(UTC), ci=bool(os.environ.get("CI")))

    # ------------------------------------------------------------------ keys

    @cached_property
    def _ids(self) -> Mapping[str, str]:
        """The public ids that inventories say, by fingerprint."""
        entries = (entry for inventory in self._inventories for entry in inventory.entries)
        return {entry.fingerprint: entry.id for entry in entries if entry.id is not None and not entry.doubtful}

    def _ref(self, key: Key, pair: Key | None) -> KeyRef:
        others = self._identity.others(_text(key))
        named = [*others, key.fingerprint]
        own = next((self._ids[fingerprint] for fingerprint in named if fingerprint in self._ids), None) or _id(key)
        return KeyRef(
            key.fingerprint,
            key.provider.id if key.provider else None,
            key.kind.id if key.kind else None,
            tuple(sorted({d.environment for d in key.definitions if d.environment})),
            own or (_id(pair) if pair is not None else None),
            others,
        )


def _tables(urls: Sequence[str]) -> list[SourceTable]:
    """Return the tables that URLs stand for. Raises UserError: one credential, and several services."""
    services = {url for url in urls if url.startswith(_HTTP)}
    if len(services) > 1 and os.environ.get(TOKEN):
        raise UserError(
            f"{TOKEN} is the credential of one service, and --status names {len(services)}: "
            "give each a [[source]] table with a `token` of its own"
        )
    return [_table(url) for url in urls]


def _table(url: str) -> SourceTable:
    """Return the table that a URL stands for: a service over HTTP, else a database."""
    if not url.startswith(_HTTP):
        return SourceTable("--status: database", {"type": "sql", "url": url}, os.getcwd())
    fields = {"type": "service", "url": url} | ({"token": f"env:{TOKEN}"} if os.environ.get(TOKEN) else {})
    return SourceTable("--status", fields, os.getcwd())


def _paired(keys: Sequence[Key]) -> Mapping[str, Key]:
    """Return what each key is used together with, by its fingerprint, where the project has only one such key."""
    count = Counter(key.kind.id for key in keys if key.kind is not None)
    by_kind = {key.kind.id: key for key in keys if key.kind is not None}
    pairs = {key.fingerprint: key.kind.pair for key in keys if key.kind is not None and key.kind.pair is not None}
    return {f: by_kind[pair] for f, pair in pairs.items() if count[pair] == 1}


def _holders(keys: Sequence[Key], paired: Mapping[str, Key]) -> Mapping[str, Key]:
    """Return the other way round: what names each key as its pair, where the project has only one such thing, too."""
    count = Counter(key.kind.id for key in keys if key.kind is not None)
    alone = [key for key in keys if key.fingerprint in paired and key.kind is not None and count[key.kind.id] == 1]
    return {paired[key.fingerprint].fingerprint: key for key in alone}


def _text(key: Key) -> str:
    return key.definitions[0].judgement.key


def _id(key: Key) -> str | None:
    return public_id(key.kind.id if key.kind is not None else None, _text(key))
