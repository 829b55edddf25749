"""What a list elsewhere says about a key, in somebody else's words, as an observation. Nothing in it is trusted to be right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from keylint.model import Live, Observation, Reason, Tier
from keylint.status.inventory import MAX_TEXT, SAID, Status, parse_time
from keylint.status.remote import shown

TIMES = ("checked_at", "expires_at", "grace_until", "created_at", "revoked_at", "rotated_at")
_STATUSES = {status.value: status for status in Status}


def not_listed(fingerprint: str, source: str, tier: Tier) -> Observation:
    """Return that a list does not have the key, now."""
    return Observation(fingerprint, source, tier, Live.NONE, Reason.NOT_FOUND, datetime.now(UTC), note="not listed")


def observation(fingerprint: str, source: str, tier: Tier, entry: Mapping[str, Any]) -> Observation:
    """Return what an entry says: fields of an inventory, of which any may be missing or of a wrong type.

    A status that is not known is `unknown`. So is that of an entry with a time that cannot be read: it could be what makes the
    difference between dead and alive.
    """
    said = entry.get("status")
    status = _STATUSES.get(said, Status.UNKNOWN) if isinstance(said, str) else Status.UNKNOWN
    try:
        checked, expires, grace, created, revoked, rotated = (_time(entry.get(name)) for name in TIMES)
    except ValueError:
        return Observation(
            fingerprint, source, tier, Live.NONE, Reason.UNKNOWN, note="an entry with an unreadable time"
        )
    live, reason = SAID[status]
    event = {Status.REVOKED: revoked, Status.ROTATED: rotated}.get(status)
    return Observation(
        fingerprint, source, tier, live, reason, checked, expires, grace,
        replaced_by=shown(entry.get("replaced_by"), MAX_TEXT), owner=shown(entry.get("owner"), MAX_TEXT),
        note=f"{status} on {event.date().isoformat()}" if event is not None else "",
        issued_at=created,
    )  # fmt: skip


def _time(value: object) -> datetime | None:
    """Return a time in UTC. Raises ValueError."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if value is None or isinstance(value, str):
        return None if value is None else parse_time(value)
    raise ValueError("no time")
