"""What sources say about a key, and what all of them add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Live(StrEnum):
    """The verdict on a key."""

    LIVE = "live"
    DEAD = "dead"
    NONE = "none"


class Reason(StrEnum):
    """Why. The set is a contract: JSON carries these words."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    DISABLED = "disabled"
    ROTATED = "rotated"
    MALFORMED = "malformed"
    WRONG_ENDPOINT = "wrong_endpoint"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    UNSUPPORTED = "unsupported"
    STALE = "stale"
    SOURCE_ERROR = "source_error"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    CANARY = "canary"
    OFFLINE = "offline"


class Tier(IntEnum):
    """How close a source is to the issuer; the highest tier that says anything wins."""

    INVENTORY = 0
    VAULT = 1
    PLATFORM = 2
    PROOF = 3
    """The issuer's own listing, or an offline proof (checksum, embedded expiry)."""
    ISSUER = 4


@dataclass(frozen=True, slots=True)
class KeyRef:
    """What a source may see of a key. There is no secret in it."""

    fingerprint: str
    provider: str | None
    kind: str | None
    environments: tuple[str, ...] = ()
    public_id: str | None = None
    """What the issuer calls the key, where its text says so: an AWS access key id, a service account's `private_key_id`."""
    others: tuple[str, ...] = ()
    """Further fingerprints of the same key: under the pepper before, or of a list that has none."""

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """All fingerprints of the key."""
        return (self.fingerprint, *self.others)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one source said about one key, and when. All times are aware (UTC)."""

    fingerprint: str
    source: str
    tier: Tier
    verdict: Live
    reason: Reason
    observed_at: datetime | None = None
    expires_at: datetime | None = None
    grace_until: datetime | None = None
    replaced_by: str | None = None
    owner: str | None = None
    note: str = ""
    issued_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all observations of a key add up to, and who disagreed."""

    live: Live = Live.NONE
    reason: Reason | None = None
    source: str | None = None
    observed_at: datetime | None = None
    expires_at: datetime | None = None
    grace_until: datetime | None = None
    replaced_by: str | None = None
    owner: str | None = None
    note: str = ""
    observations: tuple[Observation, ...] = ()
    disagree: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking one source."""

    source: str
    keys: int
    """How many it was asked about, or would have been."""
    cached: int = 0
    said: int = 0
    """Of how many of them it knew something."""
    error: str | None = None
