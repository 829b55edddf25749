"""What the text of a key proves by itself, with no network and no list."""

from __future__ import annotations

from datetime import UTC, datetime

from keylint.model import Confidence, Judgement, KeyKind, Live, Observation, Reason, Retirement, Tier
from keylint.status.merge import aware, is_past

GRAMMAR = "key format"
CLAIMS = "the key itself"
RETIREMENT = "its issuer's notice"

# Damage inside the key. White space and quotes around it (KL204) belong to the place where it is defined.
_REFUTING = frozenset({"KL201", "KL202", "KL203"})


def observations(
    fingerprint: str, judgement: Judgement, kind: KeyKind | None, as_of: datetime
) -> tuple[Observation, ...]:
    """Return what is proven at `as_of` about the key that `judgement` is of: malformed, expired, of a retired kind.

    An embedded expiry that still lies ahead proves nothing (nobody has verified it): the observation says `unknown`
    and carries the date.
    """
    now = aware(as_of)
    found = []

    def say(source: str, live: Live, reason: Reason, note: str = "", expires_at: datetime | None = None) -> None:
        found.append(Observation(fingerprint, source, Tier.PROOF, live, reason, now, expires_at, note=note))

    for defect in judgement.defects:
        if defect.certain and defect.code in _REFUTING:
            say(GRAMMAR, Live.DEAD, Reason.MALFORMED, defect.message)
    expires_at = judgement.claims.expires_at
    if expires_at is not None:
        expires_at = aware(expires_at)
        expired = is_past(expires_at, now)
        say(CLAIMS, *((Live.DEAD, Reason.EXPIRED) if expired else (Live.NONE, Reason.UNKNOWN)), expires_at=expires_at)
    retired = _retirement(judgement, kind, now)
    if retired is not None:
        say(RETIREMENT, Live.DEAD, Reason.REVOKED, f"{retired.note} ({retired.day.isoformat()})")
    return tuple(found)


def _retirement(judgement: Judgement, kind: KeyKind | None, now: datetime) -> Retirement | None:
    """Only a fact of high confidence refutes, and only a value that can be of no other kind."""
    if kind is None or kind.retired is None or kind.confidence is not Confidence.HIGH:
        return None
    day = kind.retired.day
    past = datetime(day.year, day.month, day.day, tzinfo=UTC) <= now
    return kind.retired if past and all(other == kind.id for other in judgement.kinds) else None
