"""A server of the protocol "keylint-status v1" as a source of status. It is asked by fingerprint and sees no key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from keylint.model import KeyRef, Observation, Reason, Secret, Tier
from keylint.status import protocol
from keylint.status.cache import Page
from keylint.status.fingerprint import PEPPER_ID
from keylint.status.http import MIB, Client, Policy
from keylint.status.interface import Scope, SourceError, SourceInfo
from keylint.status.inventory import PROVIDER
from keylint.status.listed import not_listed, observation
from keylint.status.remote import document, moment, namespace, parted
from keylint.status.snapshot import Snapshot, packed

_LARGEST_SNAPSHOT = 64 * MIB
_LONGEST_TEXT = 256
_LARGEST_BATCH = 500
_MOST = 10**12
"""What a server says to have more of is not believed, nor shown."""
# A bucket of honest prefixes holds 50 entries on average; that it holds fewer than this happens once in 10^9.
_LEAST_IN_BUCKET = 12
_HEAD = f"kl1:{protocol.ALGORITHM}:"
# Plenty for one's own service; prefixes are asked for one by one.
_POLICY = Policy(total=15.0, rate=100.0, burst=50)


class Mode(StrEnum):
    """How a server is asked, the most private way first."""

    SNAPSHOT = "snapshot"
    """It sends all that it knows, and learns nothing of the keys."""
    SEALED = "sealed"
    """It learns a few digits of each fingerprint; entries of other keys cannot be read."""
    RANGE = "range"
    """It learns a few digits of each fingerprint."""
    LOOKUP = "lookup"
    """It learns every fingerprint."""


class Pages(Protocol):
    """Where answers are kept with their ETag: the cache, or the memory of one run."""

    def page(self, source: str, url: str) -> Page | None:
        """Return what is kept under a URL."""
        ...

    def keep_page(self, source: str, url: str, page: Page) -> None:
        """Keep an answer."""
        ...


class Memory:
    """Keeps answers as long as it lives."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], Page] = {}

    def page(self, source: str, url: str) -> Page | None:
        """Return what is kept under a URL."""
        return self._pages.get((source, url))

    def keep_page(self, source: str, url: str, page: Page) -> None:
        """Keep an answer."""
        self._pages[source, url] = page


@dataclass(frozen=True, slots=True)
class _About:
    """What the server says about itself."""

    pepper_id: str
    modes: frozenset[str]
    prefix_len: int
    batch_max: int
    entries: int
    info: SourceInfo


class ServiceSource:
    """Asks one server, which the user has configured, in one way.

    `long_prefixes` allows the server to ask for prefixes that hide a key among fewer than 50 others.
    """

    tier = Tier.INVENTORY
    network = True

    def __init__(
        self,
        url: str,
        token: Secret | None = None,
        mode: Mode = Mode.SNAPSHOT,
        *,
        long_prefixes: bool = False,
        pages: Pages | None = None,
    ) -> None:
        origin, path = parted(url)
        headers = {"Authorization": Secret(f"Bearer {token.reveal()}", "")} if token is not None else {}
        self._client = Client(origin, internal=True, headers=headers, policy=_POLICY)
        self._path = path.rstrip("/")
        self._mode = mode
        self._long_prefixes = long_prefixes
        self._pages = pages if pages is not None else Memory()
        self._about: _About | None = None
        self.name = f"service {self._client.host}"
        self.namespace = namespace("service", url, mode)

    def describe(self) -> SourceInfo:
        """Return where the server lists every key. Raises SourceError."""
        with self._client:
            self._about = self._asked_about()
        return self._about.info

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the server knows about each key whose fingerprint is of its pepper. Raises SourceError."""
        with self._client:
            about = self._about or self._asked_about()
            if self._mode not in about.modes:
                raise self._error(f"does not offer the mode {self._mode}")
            wanted = self._of_pepper(keys, about.pepper_id)
            known = self._known(list(wanted), about)
        for fingerprint, key in wanted.items():
            entry = known.get(fingerprint)
            if entry is None:
                yield not_listed(key.fingerprint, self.name, self.tier)
            else:
                yield observation(key.fingerprint, self.name, self.tier, entry)

    def _of_pepper(self, keys: Sequence[KeyRef], pepper_id: str) -> dict[str, KeyRef]:
        head = f"{_HEAD}{pepper_id}:"
        wanted = {f: key for key in keys for f in key.fingerprints if f.startswith(head)}
        if keys and not wanted:
            here = sorted({f.split(":")[2] for key in keys for f in key.fingerprints if f.startswith(_HEAD)})
            raise self._error(f"is of pepper {pepper_id}, and the pepper here is {' and '.join(here) or 'none'}")
        return wanted

    def _known(self, fingerprints: list[str], about: _About) -> Mapping[str, Any]:
        """Return what the server says, by fingerprint."""
        if self._mode is Mode.SNAPSHOT:
            return self._snapshot(fingerprints, about)
        if self._mode is Mode.LOOKUP:
            return self._looked_up(fingerprints, about.batch_max)
        self._refuse_long_prefixes(about)
        return self._ranges(fingerprints, about)

    def _asked_about(self) -> _About:
        body = self._get(protocol.WELL_KNOWN)
        given = body.get("fingerprint")
        if not isinstance(given, dict) or protocol.VERSION not in _list(body.get("versions")):
            raise self._error("does not speak keylint-status v1")
        if given.get("alg") != protocol.ALGORITHM or given.get("context") != protocol.CONTEXT:
            raise self._error("has fingerprints of another kind")
        pepper_id = given.get("pepper_id")
        if not isinstance(pepper_id, str) or not PEPPER_ID.fullmatch(pepper_id):
            raise self._error("does not say of which pepper it is")
        entries = self._number(body, "entries", 0)
        return _About(
            pepper_id,
            frozenset(mode for mode in _list(body.get("modes")) if isinstance(mode, str)),
            self._number(body, "prefix_len", 0),
            max(1, min(self._number(body, "batch_max", _LARGEST_BATCH), _LARGEST_BATCH)),
            entries,
            SourceInfo(tuple(_scopes(body.get("complete_for"))), entries, moment(body.get("as_of"))),
        )

    def _snapshot(self, fingerprints: Iterable[str], about: _About) -> Mapping[str, Any]:
        path = f"{self._path}/{protocol.VERSION}/snapshot"
        kept = self._pages.page(self.namespace, path)
        snapshot = _whole(kept)
        headers = {"If-None-Match": kept.etag} if kept is not None and snapshot is not None else {}
        answer = self._client.get(path, headers=headers, max_bytes=_LARGEST_SNAPSHOT)
        if answer.status != 304 or snapshot is None:
            body = document(answer, self._client.host)
            data = packed(body.get("pepper_id"), self._entries(body, "entries"))
            etag = answer.headers.get("etag", "")
            if etag.isascii() and etag.isprintable() and 2 < len(etag) <= _LONGEST_TEXT:
                self._pages.keep_page(self.namespace, path, Page(etag, data))
            snapshot = Snapshot(data)
        self._refuse_pepper(snapshot.pepper_id, about)
        if not len(snapshot) and about.info.complete_for:
            # More likely it has lost its entries than that none of these keys exists.
            raise self._error("is empty, and says that it lists every key")
        return snapshot.of(fingerprints)

    def _looked_up(self, fingerprints: list[str], batch: int) -> Mapping[str, Any]:
        known: dict[str, Any] = {}
        for start in range(0, len(fingerprints), batch):
            asked = fingerprints[start : start + batch]
            path = f"{self._path}/{protocol.VERSION}/lookup"
            answer = self._client.post(path, document={"fingerprints": asked}, repeatable=True)
            known |= _by(self._entries(document(answer, self._client.host), "results"), "fp")
        missing = [fingerprint for fingerprint in fingerprints if fingerprint not in known]
        if missing:
            raise self._error(f"left out {len(missing)} of the {len(fingerprints)} keys that it was asked about")
        return {fp: entry for fp, entry in known.items() if entry.get("status") != Reason.NOT_FOUND}

    def _ranges(self, fingerprints: list[str], about: _About) -> Mapping[str, Any]:
        sealed = self._mode is Mode.SEALED
        known: dict[str, Any] = {}
        for prefix in sorted({protocol.digest_of(f)[: about.prefix_len] for f in fingerprints}):
            body = self._get(f"/{protocol.VERSION}/range/{prefix}", {"profile": "sealed"} if sealed else None)
            self._refuse_pepper(body.get("pepper_id"), about)
            entries = self._entries(body, "entries")
            if len(entries) < _LEAST_IN_BUCKET and not self._long_prefixes:
                raise self._error(f"has {len(entries)} entries for a prefix that should hide a key among 50 others")
            mine = [f for f in fingerprints if protocol.digest_of(f).startswith(prefix)]
            known |= self._opened(mine, entries) if sealed else _by_suffix(mine, prefix, entries)
        return known

    def _opened(self, fingerprints: Iterable[str], entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        boxes = _by(entries, "tag")
        opened = {}
        for fingerprint in fingerprints:
            sealed = boxes.get(protocol.tag(fingerprint))
            if sealed is None:
                continue
            box = sealed.get("box")
            try:
                entry = protocol.unseal(fingerprint, box if isinstance(box, str) else "")
            except ModuleNotFoundError:
                raise SourceError("the mode sealed needs `pip install 'keylint[status]'`", Reason.UNSUPPORTED) from None
            except protocol.SealError:
                raise self._error("sent a box that does not open") from None
            opened[fingerprint] = entry if isinstance(entry, dict) else {}
        return opened

    def _refuse_long_prefixes(self, about: _About) -> None:
        allowed = protocol.prefix_length(about.entries)
        if not 1 <= about.prefix_len <= protocol.LONGEST_PREFIX:
            raise self._error(f"does not offer the mode {self._mode}")
        if about.prefix_len > allowed and not self._long_prefixes:
            raise self._error(
                f"asks for {about.prefix_len} hex digits of each fingerprint; among {about.entries:,} entries no more than "
                f"{allowed} hide a key"
            )

    def _refuse_pepper(self, pepper_id: object, about: _About) -> None:
        if pepper_id not in (None, about.pepper_id):
            raise self._error("changed its pepper while it was asked")

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        answer = self._client.get(self._path + path, query=query, max_bytes=_LARGEST_SNAPSHOT)
        return document(answer, self._client.host)

    def _entries(self, body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        entries = body.get(name)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self._error("answered what is not of the protocol")
        return entries

    def _number(self, body: Mapping[str, Any], name: str, default: int) -> int:
        value = body.get(name, default)
        if type(value) is not int or value < 0:
            raise self._error(f"says no number of {name}")
        return min(value, _MOST)

    def _error(self, message: str) -> SourceError:
        return SourceError(f"{self._client.host}: {message}")


def _whole(page: Page | None) -> Snapshot | None:
    """Return the snapshot that was kept, `None` where there is none."""
    try:
        return Snapshot(page.body) if page is not None else None
    except (ValueError, RecursionError):
        return None


def _by(entries: Iterable[dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    return {entry[name]: entry for entry in entries if isinstance(entry.get(name), str)}


def _by_suffix(
    fingerprints: Iterable[str], prefix: str, entries: Sequence[Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    by_digest = {f"{prefix}{entry.get('suffix')}": entry for entry in entries}
    return {f: by_digest[digest] for f in fingerprints if (digest := protocol.digest_of(f)) in by_digest}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _scopes(value: object) -> Iterator[Scope]:
    """Return where a server is complete. An element that is not understood promises nothing."""
    for scope in _list(value):
        provider, environment = (scope.get("provider"), scope.get("env")) if isinstance(scope, dict) else (None, None)
        if isinstance(provider, str) and PROVIDER.fullmatch(provider) and isinstance(environment, str | None):
            yield Scope(provider, environment)
