"""All that was said about a key -> one verdict. The order in which sources answer never matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Flag
from functools import reduce

from keylint.model import Live, Observation, Reason, Tier, Verdict

SKEW = timedelta(seconds=60)
"""Clocks differ by this much: a key that expired less than this ago counts as alive."""

_SIMULTANEOUS = timedelta(minutes=5)
"""What was said at two times that differ by no more was said at the same time, as far as clocks can tell."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SAYS = {
    Reason.ACTIVE: Live.LIVE,
    Reason.EXPIRED: Live.DEAD,
    Reason.REVOKED: Live.DEAD,
    Reason.DISABLED: Live.DEAD,
    Reason.ROTATED: Live.DEAD,
    Reason.MALFORMED: Live.DEAD,
    Reason.WRONG_ENDPOINT: Live.DEAD,
    Reason.NOT_FOUND: Live.DEAD,
    Reason.INVALID: Live.DEAD,
}
"""What a reason says about a key; the others say nothing."""

_UNANSWERED = (
    Reason.CANARY,
    Reason.BLOCKED,
    Reason.RATE_LIMITED,
    Reason.SOURCE_ERROR,
    Reason.STALE,
    Reason.OFFLINE,
    Reason.UNSUPPORTED,
    Reason.UNKNOWN,
)
"""Why nothing is known, the most telling reason first."""


class Said(Flag):
    """What the sources of one tier say together: Belnap's four values; the join is `|`."""

    NOTHING = 0
    LIVE = 1
    DEAD = 2
    CONFLICT = 3


def merge(
    observations: Iterable[Observation],
    as_of: datetime,
    max_age: Mapping[Tier, timedelta] | None = None,
    complete: Callable[[Observation], bool] = lambda _: False,
    clock: datetime | None = None,
) -> Verdict:
    """Return what the observations of one key add up to at `as_of`.

    `max_age`: how old what a tier says may be before it counts as unknown; a tier that is not in it is never too old.
    `complete(observation)`: whether a source that did not find the key lists every key of that provider and environment;
    only then does `not_found` mean dead. `clock`: the time it is, where `as_of` is another. What is dated later than both,
    by more than clocks differ, counts as having no date. `Verdict.observations` holds what each source's word counts as,
    highest tier first.
    """
    now = aware(as_of)
    latest = max(now, aware(clock)) if clock is not None else now
    limits = max_age or {}
    counted = {_counted(_with_zones(seen), now, latest, limits, complete) for seen in observations}
    evidence = tuple(sorted(counted, key=lambda seen: _rank(seen, latest)))
    decisive = [seen for seen in evidence if seen.verdict is not Live.NONE]
    if not decisive:
        return _undecided(evidence)
    top = [seen for seen in decisive if seen.tier == decisive[0].tier]
    said = reduce(Said.__or__, map(said_by, top), Said.NOTHING)
    winner = _newer_side(top, latest) if said is Said.CONFLICT else top[0]
    if winner is None:
        return Verdict(reason=Reason.UNKNOWN, observations=evidence, disagree=True)
    return _verdict(winner, evidence, any(seen.verdict is not winner.verdict for seen in decisive))


def said_by(observation: Observation) -> Said:
    """Return what one observation says."""
    return {Live.LIVE: Said.LIVE, Live.DEAD: Said.DEAD, Live.NONE: Said.NOTHING}[observation.verdict]


def aware(moment: datetime) -> datetime:
    """Return the moment with a time zone; one without is UTC."""
    return moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment


def is_past(expires_at: datetime, now: datetime) -> bool:
    """Say whether an expiry has passed, beyond what clocks may differ."""
    return now - expires_at >= SKEW


def _with_zones(seen: Observation) -> Observation:
    def zoned(moment: datetime | None) -> datetime | None:
        return None if moment is None else aware(moment)

    return replace(
        seen,
        observed_at=zoned(seen.observed_at),
        expires_at=zoned(seen.expires_at),
        grace_until=zoned(seen.grace_until),
        issued_at=zoned(seen.issued_at),
    )


def _counted(
    seen: Observation,
    now: datetime,
    latest: datetime,
    limits: Mapping[Tier, timedelta],
    complete: Callable[[Observation], bool],
) -> Observation:
    """Return the observation as it counts at `now`: derived, then dropped to `stale` if it is too old."""
    live, reason = _derived(seen, now, complete)
    counted = replace(seen, verdict=live, reason=reason)
    limit = limits.get(seen.tier)
    if live is Live.NONE or limit is None or _cannot_unhappen(counted, now):
        return counted
    said_at = _said_at(seen, latest)
    if said_at is not None and now - said_at <= limit:
        return counted
    return replace(counted, verdict=Live.NONE, reason=Reason.STALE, note=seen.note or f"said {reason.value}")


def _derived(seen: Observation, now: datetime, complete: Callable[[Observation], bool]) -> tuple[Live, Reason]:
    reason = seen.reason
    if reason is Reason.NOT_FOUND:
        return (Live.DEAD, reason) if complete(seen) else (Live.NONE, Reason.UNKNOWN)
    if reason not in _SAYS and reason is not Reason.UNKNOWN:
        return Live.NONE, reason
    if seen.expires_at is not None and reason is not Reason.MALFORMED and is_past(seen.expires_at, now):
        return Live.DEAD, Reason.EXPIRED
    if reason is Reason.ROTATED:
        return (Live.LIVE if seen.grace_until is not None and now < seen.grace_until else Live.DEAD), reason
    live = _SAYS.get(reason, Live.NONE)
    # A source that contradicts itself ("live, because revoked") has said nothing.
    return (live, reason) if seen.verdict is live else (Live.NONE, Reason.UNKNOWN)


def _cannot_unhappen(seen: Observation, now: datetime) -> bool:
    if seen.reason is Reason.EXPIRED:
        return seen.expires_at is not None and is_past(seen.expires_at, now)
    return seen.reason in (Reason.REVOKED, Reason.MALFORMED)


def _said_at(seen: Observation, latest: datetime) -> datetime | None:
    """Return when it was said; a clock that is ahead gains nothing by it, and a date that nobody can have yet is none."""
    if seen.observed_at is None or seen.observed_at - latest > _SIMULTANEOUS:
        return None
    return min(seen.observed_at, latest)


def _newer_side(top: Sequence[Observation], latest: datetime) -> Observation | None:
    """Return the newest word of the side that spoke last, `None` when neither clearly did."""
    newest: dict[Live, tuple[datetime, Observation]] = {}
    for seen in reversed(top):
        at = _said_at(seen, latest)
        if at is None:
            return None
        newest[seen.verdict] = at, seen
    (live_at, live), (dead_at, dead) = newest[Live.LIVE], newest[Live.DEAD]
    if abs(live_at - dead_at) <= _SIMULTANEOUS:
        return None
    return live if live_at > dead_at else dead


def _rank(seen: Observation, latest: datetime) -> tuple[object, ...]:
    """A total order: higher tiers first, newer first, then whatever tells two observations apart."""
    return (
        -seen.tier,
        _ago(_said_at(seen, latest)),
        seen.reason.value,
        seen.source,
        _ago(seen.observed_at),
        _ago(seen.expires_at),
        _ago(seen.grace_until),
        seen.replaced_by or "",
        seen.owner or "",
        seen.note,
        seen.fingerprint,
        seen.verdict.value,
        seen.replaced_by is None,
        seen.owner is None,
        _ago(seen.issued_at),
    )


def _ago(moment: datetime | None) -> tuple[bool, timedelta]:
    return (True, timedelta()) if moment is None else (False, _EPOCH - moment)


def _undecided(evidence: tuple[Observation, ...]) -> Verdict:
    if not evidence:
        return Verdict()
    return _verdict(min(evidence, key=lambda seen: _UNANSWERED.index(seen.reason)), evidence, disagree=False)


def _verdict(head: Observation, evidence: tuple[Observation, ...], disagree: bool) -> Verdict:
    """Return the verdict of `head`, with the details that it lacks from those who do not contradict it."""
    told = [head, *(seen for seen in evidence if seen.verdict in (head.verdict, Live.NONE))]
    return Verdict(
        live=head.verdict,
        reason=head.reason,
        source=head.source,
        observed_at=head.observed_at,
        expires_at=next((seen.expires_at for seen in told if seen.expires_at is not None), None),
        grace_until=head.grace_until,
        replaced_by=next((seen.replaced_by for seen in told if seen.replaced_by is not None), None),
        owner=next((seen.owner for seen in told if seen.owner is not None), None),
        note=head.note,
        observations=evidence,
        disagree=disagree,
    )
