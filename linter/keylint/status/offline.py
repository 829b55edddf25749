"""What the text of a key proves by itself, with no network and no list."""

from __future__ import annotations

from datetime import datetime

from keylint.model import Judgement, KeyKind, Live, Observation, Reason, Retirement, Tier
from keylint.status.merge import aware, is_past

GRAMMAR = "key format"
CLAIMS = "the key itself"
AGE = "its date of issue"
RETIREMENT = "its issuer's notice"
PROOFS = frozenset({GRAMMAR, CLAIMS, AGE, RETIREMENT})
"""The sources of what is proven here."""

# Damage inside the key. White space and quotes around it (KL204) belong to the place where it is defined.
_REFUTING = frozenset({"KL201", "KL202", "KL203"})


def observations(
    fingerprint: str, judgement: Judgement, kind: KeyKind | None, as_of: datetime
) -> tuple[Observation, ...]:
    """Return what is proven at `as_of` about the key that `judgement` is of: malformed, expired, of a retired kind.

    A key that says when it was issued has expired when its kind's longest lifetime is over. An expiry that still lies
    ahead proves nothing (nobody has verified it): the observation says `unknown` and carries the date.
    """
    now = aware(as_of)
    found = []

    def say(source: str, live: Live, reason: Reason, note: str = "", expires_at: datetime | None = None) -> None:
        found.append(Observation(fingerprint, source, Tier.PROOF, live, reason, now, expires_at, note=note))

    for defect in judgement.defects:
        if defect.certain and defect.code in _REFUTING:
            say(GRAMMAR, Live.DEAD, Reason.MALFORMED, defect.message)
    for source, end in ((CLAIMS, judgement.claims.expires_at), (AGE, _end_by_age(judgement, kind))):
        if end is not None:
            expired = is_past(aware(end), now)
            say(
                source,
                *((Live.DEAD, Reason.EXPIRED) if expired else (Live.NONE, Reason.UNKNOWN)),
                expires_at=aware(end),
            )
    retired = _retirement(judgement, kind, now)
    if retired is not None:
        say(RETIREMENT, Live.DEAD, Reason.REVOKED, f"{retired.note} ({retired.day.isoformat()})")
    return tuple(found)


# Only a fact of high confidence refutes, and only a value that can be of no other kind.


def _end_by_age(judgement: Judgement, kind: KeyKind | None) -> datetime | None:
    if kind is None or not kind.lifetime_is_certain or not _is_only(kind, judgement):
        return None
    return kind.end_by_age(judgement.claims)


def _retirement(judgement: Judgement, kind: KeyKind | None, now: datetime) -> Retirement | None:
    if kind is None or not kind.retirement_is_certain or not _is_only(kind, judgement):
        return None
    return kind.retired if kind.retired is not None and kind.retired.start <= now else None


def _is_only(kind: KeyKind, judgement: Judgement) -> bool:
    return all(other == kind.id for other in judgement.kinds)
