"""From a `[[source]]` table to a source. What a type needs is read here; its module is imported only where it is asked for.

A type that is not built in is an entry point of the group `keylint.sources`: a function like those below. It is loaded
only where a configuration names it, never because it is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from keylint.model import Secret, cut
from keylint.status.cache import Cache
from keylint.status.interface import SourceError, StatusSource
from keylint.status.settings import Settings, SettingsError, holds_password

GROUP = "keylint.sources"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a source may need of the run. No key is among it."""

    fingerprint_of: Callable[[str], str]
    cache: Cache | None = None


class Keys:
    """The keys of a run, for the two types of sources that need them; others are never handed one."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Secret, Collection[str] | None]] = {}

    def hold(self, fingerprint: str, key: Secret, ids: Collection[str] | None = ()) -> None:
        """Add a key. `ids` are its provider and kind where it may be sent to its issuer, `None` for one that is made up."""
        self._held[fingerprint] = key, ids

    def to_hash(self, fingerprint: str) -> Secret | None:
        """Return a key, for a source that knows keys by a hash of its own. It must not leave the machine."""
        return self._held[fingerprint][0] if fingerprint in self._held else None

    def issued_by(self, ids: Collection[str]) -> Callable[[str], Secret | None]:
        """Return what returns keys of these providers or kinds by fingerprint, and of them those that may be sent there."""
        wanted = frozenset(ids)

        def secret_of(fingerprint: str) -> Secret | None:
            key, own = self._held.get(fingerprint, (None, ()))
            return key if own is None or not wanted.isdisjoint(own) else None

        return secret_of


Opener = Callable[[Settings, Surroundings], tuple[StatusSource, ...]]
KeyedOpener = Callable[[Settings, Keys], tuple[StatusSource, ...]]


def open_source(settings: Settings, surroundings: Surroundings, keys: Keys) -> tuple[StatusSource, ...]:
    """Return the source, or sources, that a table describes.

    Raises:
        SettingsError: something in the table is wrong or missing, or a package is not installed.
    """
    kind = settings.text("type")
    try:
        if kind in _KEYED:
            return _KEYED[kind](settings, keys)
        opener = _TYPES.get(kind) or _installed(kind)
        if opener is None:
            known = ", ".join((*_TYPES, *_KEYED))
            raise SettingsError(f"{settings.where}: no source is of the type {cut(kind)!r}; there are {known}")
        return opener(settings, surroundings)
    except SourceError as error:
        raise SettingsError(f"{settings.where}: {error}") from None


def _installed(kind: str) -> Opener | None:
    from importlib.metadata import entry_points

    for found in entry_points(group=GROUP, name=kind):
        opener: Opener = found.load()
        return opener
    return None


def _service(settings: Settings, surroundings: Surroundings) -> tuple[StatusSource, ...]:
    from keylint.status.service import Mode, ServiceSource

    settings.only("url", "token", "mode", "long_prefixes")
    mode = settings.choice("mode", tuple(Mode))
    token, long_prefixes, pages = settings.credential("token"), settings.flag("long_prefixes"), surroundings.cache
    return (ServiceSource(settings.text("url"), token, Mode(mode), long_prefixes=long_prefixes, pages=pages),)


def _sql(settings: Settings, _: Surroundings) -> tuple[StatusSource, ...]:
    from keylint.status.sql import TABLE, SqlSource

    settings.only("url", "url_from", "table", "columns", "statuses", "complete_for")
    if "url_from" in settings.fields and "url" in settings.fields:
        raise SettingsError(f"{settings.where}: either 'url' or 'url_from'")
    if holds_password(str(settings.fields.get("url", ""))):
        raise SettingsError(
            f"{settings.where}: the URL holds a password, where others can read it: leave that to PGPASSWORD or ~/.pgpass, or "
            'name the whole URL in a [[source]] table: url_from = "env:NAME", "file:PATH" or "keyring:SERVICE/USER"'
        )
    return (
        SqlSource(
            settings.credential("url_from") or settings.text("url"),
            settings.text("table", TABLE),
            columns=settings.words("columns"),
            statuses=settings.words("statuses"),
            complete_for=settings.scopes("complete_for"),
        ),
    )


def _introspection(settings: Settings, keys: Keys) -> tuple[StatusSource, ...]:
    from keylint.status.introspection import IntrospectionSource

    settings.only("url", "for", "client_id", "client_secret", "token")
    ids = settings.texts("for")
    if not ids:
        raise SettingsError(f"{settings.where}: 'for' names the providers or kinds whose tokens this server issues")
    return (
        IntrospectionSource(
            settings.text("url"),
            keys.issued_by(ids),
            ids,
            client_id=settings.optional("client_id"),
            client_secret=settings.credential("client_secret"),
            token=settings.credential("token"),
        ),
    )


def _aws_iam(settings: Settings, _: Surroundings) -> tuple[StatusSource, ...]:
    from keylint.status.aws import AwsIamSource

    settings.only("profile", "region", "url")
    region, url = settings.text("region", "us-east-1"), settings.optional("url")
    return (AwsIamSource(profile=settings.optional("profile"), region=region, url=url),)


def _vault(settings: Settings, _: Surroundings) -> tuple[StatusSource, ...]:
    from keylint.status.vault import VaultMetadataSource, VaultTokenSource

    settings.only("url", "token", "namespace", "complete_for", "mount", "paths")
    url, token = settings.text("url"), _needed(settings, "token")
    namespace, complete_for = settings.optional("namespace"), settings.scopes("complete_for")
    tokens = VaultTokenSource(url, token, vault_namespace=namespace, complete_for=complete_for)
    mount = settings.optional("mount")
    if mount is None:
        return (tokens,)
    paths = settings.texts("paths") or ("",)
    return tokens, VaultMetadataSource(url, token, mount, paths, vault_namespace=namespace)


def _github(settings: Settings, surroundings: Surroundings) -> tuple[StatusSource, ...]:
    from keylint.status.github import API, GitHubSource

    settings.only("of", "token", "url")
    of, url = settings.text("of"), settings.text("url", API)
    return (GitHubSource(of, _needed(settings, "token"), surroundings.fingerprint_of, url=url),)


def _gitguardian(settings: Settings, keys: Keys) -> tuple[StatusSource, ...]:
    from keylint.status.gitguardian import API, GitGuardianSource

    settings.only("token", "url")
    url = settings.text("url", API)
    return (GitGuardianSource(_needed(settings, "token"), keys.to_hash, url=url),)


def _gitlab(settings: Settings, _: Surroundings) -> tuple[StatusSource, ...]:
    from keylint.status.gitlab import API, GitLabSource

    settings.only("token", "project", "group", "url")
    project, group, url = settings.optional("project"), settings.optional("group"), settings.text("url", API)
    return (GitLabSource(_needed(settings, "token"), project=project, group=group, url=url),)


def _needed(settings: Settings, name: str) -> Secret:
    credential = settings.credential(name)
    if credential is None:
        raise SettingsError(f"{settings.where}: {name!r} is missing: env:NAME, file:PATH or keyring:SERVICE/USER")
    return credential


_TYPES: Mapping[str, Opener] = {
    "service": _service,
    "sql": _sql,
    "aws-iam": _aws_iam,
    "vault": _vault,
    "github": _github,
    "gitlab": _gitlab,
}
_KEYED: Mapping[str, KeyedOpener] = {"introspection": _introspection, "gitguardian": _gitguardian}
