"""Keys that were once right: expired, revoked, rotated, retired, or no longer used."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from keylint.model import Definition, Key, KeyKind, Lifetime, Reason, Retirement
from keylint.rule import Context

WHY_DEAD = {
    Reason.EXPIRED: "has expired",
    Reason.REVOKED: "is revoked",
    Reason.DISABLED: "is disabled",
    Reason.NOT_FOUND: "does not exist at its issuer",
    Reason.INVALID: "was refused by its issuer",
}


def day(moment: datetime) -> str:
    """Return the date: `2026-10-01`."""
    return moment.date().isoformat()


class End(NamedTuple):
    """When a key ends, in the words of whoever says so. `certain`: that it is over then is a proof."""

    on: datetime
    why: str
    certain: bool = True


def own_end(definition: Definition, context: Context) -> End | None:
    """Return when the key ends by what is written in it: its expiry, or its day of issue and its kind's lifetime."""
    claims = definition.judgement.claims
    if claims.expires_at is not None:
        return End(claims.expires_at, "as it says itself")
    kinds = kinds_of(definition, context)
    ends = [(end, kind) for kind in kinds if (end := kind.end_by_age(claims)) is not None]
    if not ends or len(ends) < len(kinds) or claims.issued_by is None:
        return None
    end, kind = max(ends, key=lambda each: each[0])
    word = "by" if claims.issued_by != claims.issued_at else "on"
    issued = f"issued {word} {day(claims.issued_by)}, as it says itself"
    return End(end, f"{issued}; {lives(kind.lifetime)}", all(each.lifetime_is_certain for each in kinds))


def lives(lifetime: Lifetime | None) -> str:
    """Return how long keys of a kind work, and who says so: `it lives at most 90 days (https://…)`."""
    return f"it lives at most {lifetime.longest} ({lifetime.source})" if lifetime is not None else ""


def kinds_of(definition: Definition, context: Context) -> list[KeyKind]:
    """Return the kinds that the value can be of."""
    return [kind for kind_id in definition.judgement.kinds if (kind := context.kind(kind_id)) is not None]


def retirement(definition: Definition, context: Context) -> Retirement | None:
    """Return the last of the ends of all kinds that the value can be of; none when one of them has no end."""
    kinds = kinds_of(definition, context)
    ends = [kind.retired for kind in kinds if kind.retired is not None]
    return max(ends, key=lambda end: end.day) if ends and len(ends) == len(kinds) else None


def retirement_is_certain(definition: Definition, context: Context) -> bool:
    """Say whether the ends of all kinds that the value can be of are known for sure."""
    return all(kind.retirement_is_certain for kind in kinds_of(definition, context))


def is_over(definition: Definition, context: Context) -> bool:
    """Say whether the key is dead for sure by its own dates or its kind's retirement: other rules say that."""
    own, end = own_end(definition, context), retirement(definition, context)
    retired = end is not None and end.start <= context.as_of and retirement_is_certain(definition, context)
    return retired or (own is not None and own.certain and own.on <= context.as_of)


def told(key: Key) -> str:
    """Return who says so, and when: `inventory, 2026-10-01`."""
    seen = key.verdict.observed_at
    return ", ".join([key.verdict.source or "status source", *([day(seen)] if seen is not None else [])])
