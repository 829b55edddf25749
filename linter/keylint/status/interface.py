"""What a source of key status is. A new source is one more file with one more class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from keylint.model import KeyRef, Observation, Reason, Tier


class SourceError(Exception):
    """A source cannot answer; the message is fit to be shown. A key's status is then unknown, never dead.

    `reason` is why: `source_error`, or `rate_limited`, `blocked`, `unsupported`.
    """

    def __init__(self, message: str, reason: Reason = Reason.SOURCE_ERROR) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Scope:
    """A provider's keys in one environment; in all of them when `environment` is `None`."""

    provider: str
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source says about itself."""

    complete_for: tuple[Scope, ...] = ()
    """Where the source lists every key: there, a key that it does not list does not exist."""
    entries: int | None = field(default=None, compare=False)
    """How many keys it lists, where it says so."""
    as_of: datetime | None = field(default=None, compare=False)
    """Of when its latest word is; `None` where it answers as of now, or does not say."""

    def covers(self, key: KeyRef) -> bool:
        """Say whether the source lists every key of this provider in every environment where the key is defined."""
        scopes = [scope for scope in self.complete_for if scope.provider == key.provider]
        if any(scope.environment is None for scope in scopes):
            return True
        listed = {canonical(scope.environment) for scope in scopes if scope.environment is not None}
        return bool(key.environments) and listed.issuperset(map(canonical, key.environments))


class StatusSource(Protocol):
    """Somebody who can be asked about keys by fingerprint. No source sees a secret."""

    @property
    def name(self) -> str:
        """The name that a report shows: `inventory keys.yaml`."""
        ...

    @property
    def tier(self) -> Tier:
        """How close the source is to the issuer."""
        ...

    @property
    def network(self) -> bool:
        """Whether asking it leaves this machine; never with `--offline`, and answers are kept in the cache."""
        ...

    @property
    def namespace(self) -> str:
        """What its answers are kept under: it changes with everything that its answers depend on. Empty: not kept."""
        ...

    def describe(self) -> SourceInfo:
        """Return what the source says about itself."""
        ...

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the source knows; a key without an observation is one that it says nothing about.

        `Reason.NOT_FOUND` tells that the source does not list the key. What that means is decided by `describe()`.

        Raises:
            SourceError: the source cannot answer (any more).
        """
        ...


@runtime_checkable
class Probed(Protocol):
    """A source that passes over keys of other issuers, and says what a key looks like that it can be asked about."""

    @property
    def probe(self) -> KeyRef:
        """A key that nobody has, without a fingerprint: asking about it shows whether the source answers."""
        ...


@runtime_checkable
class Summarised(Protocol):
    """A source for which it takes time to say how much it lists, and how fresh that is."""

    def summary(self) -> SourceInfo:
        """Return what `describe` returns, with `entries` and `as_of`. Raises SourceError."""
        ...


_ENVIRONMENTS = {
    "prod": "production", "live": "production", "prd": "production", "stage": "staging", "stg": "staging",
    "dev": "development", "local": "development", "testing": "test", "ci": "test",
}  # fmt: skip


def canonical(environment: str) -> str:
    """Return the canonical name of an environment; a word that is not known stays as written."""
    return _ENVIRONMENTS.get(environment.lower(), environment)
