"""Keys that were once right: expired, revoked, rotated, retired, or no longer used."""

from __future__ import annotations

from datetime import datetime

from keylint.model import Definition, Key, Reason, Retirement
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


def has_expired(definition: Definition, context: Context) -> bool:
    """Say whether the key itself says that its time is over."""
    expires = definition.judgement.claims.expires_at
    return expires is not None and expires <= context.as_of


def retirements(definition: Definition, context: Context) -> list[Retirement]:
    """Return the ends of all kinds that the value can be of; none when one of them has no end."""
    found = [kind for kind_id in definition.judgement.kinds if (kind := context.kind(kind_id)) is not None]
    ends = [kind.retired for kind in found if kind.retired is not None]
    return ends if len(ends) == len(found) else []


def is_retired(definition: Definition, context: Context) -> bool:
    """Say whether every kind that the value can be of is switched off."""
    ends = retirements(definition, context)
    return bool(ends) and all(end.day <= context.as_of.date() for end in ends)


def told(key: Key) -> str:
    """Return who says so, and when: `inventory, 2026-10-01`."""
    seen = key.verdict.observed_at
    return ", ".join([key.verdict.source or "status source", *([day(seen)] if seen is not None else [])])
