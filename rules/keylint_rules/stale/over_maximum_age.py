"""KL306."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from keylint.model import Confidence, Definition, Key, KeyKind, Reason, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, renew, upper_first
from keylint_rules.stale import day, is_over, kinds_of, lives, own_end

_FOR_THE_MOMENT = timedelta(hours=36)
"""What lives no longer than this is made to be used at once: it has no place in a file."""


class OverMaximumAge(Rule):
    """A key is older than keys of its kind can be.

    ## What it does
    Compares the age of a key with the longest lifetime of its kind. The age comes from the history of the project
    (`git blame` of the line: the key is at least as old as the line) or from the inventory (`created_at`). Keys that
    say themselves when they expire are left to KL301. Without git, and for lines that are not committed, it says
    nothing. It is off by default, since it asks git about every file that holds such a key.

    ## Why it matters
    The key has ended, whatever it looks like. Tokens that live for hours are dead before anybody reads the file.

    ## What to do
    Create a new key and put it in every place that the message lists. If it lives for hours only, do not store it:
    let the program fetch one when it starts. The lifetime of some kinds depends on the issuer's settings: the message
    says where it comes from.
    """

    code = "KL306"
    severity = Severity.WARNING
    default = False
    VALID = (
        Example({".env": "JIRA_API_TOKEN={fake:atlassian-api-token}"}, git=True, committed="2026-06-01"),
        Example({".env": "JIRA_API_TOKEN={fake:atlassian-api-token}"}),
        Example({".env": "GITHUB_TOKEN={fake:github-classic-pat}"}, git=True, committed="2022-03-01"),
    )
    INVALID = (
        Example(
            {".env": "JIRA_API_TOKEN={fake:atlassian-api-token}"},
            expect=(("KL306", ".env", 1),),
            git=True,
            committed="2025-06-01",
        ),
        Example(
            {"deploy.sh": "export GITHUB_TOKEN={fake:github-app-installation-token-legacy}"},
            expect=(("KL306", "deploy.sh", 1),),
            git=True,
            committed="2026-11-18",
        ),
        Example(
            {".env": "JIRA_API_TOKEN={fake:atlassian-api-token}"},
            expect=(("KL306", ".env", 1),),
            status={
                "{fake:atlassian-api-token}": {
                    "provider": "atlassian",
                    "status": "active",
                    "created_at": "2025-01-10T00:00:00Z",
                }
            },
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        kinds = kinds_of(definition, context)
        if key is None or not kinds or any(kind.lifetime is None for kind in kinds) or in_prose(definition):
            return
        if not definition.judgement.well_formed or _is_told(definition, key, context):
            return
        age = _issue(key, kinds) or _presence(definition, kinds, context)
        if age is None or age.end > context.as_of:
            return
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} {age.since}; {lives(age.kind.lifetime)}: it ended by {day(age.end)}",
            confidence=Confidence.HIGH if all(kind.lifetime_is_certain for kind in kinds) else Confidence.MEDIUM,
            help=_next_step(key, definition, age.kind),
        )


class _Age(NamedTuple):
    since: str
    end: datetime
    kind: KeyKind


def _is_told(definition: Definition, key: Key, context: Context) -> bool:
    """Say whether the end of the key is known better than by its age, or another rule says that it is over."""
    dead = key.verdict.reason in (Reason.EXPIRED, Reason.REVOKED, Reason.DISABLED, Reason.ROTATED)
    known = key.verdict.expires_at is not None or own_end(definition, context) is not None
    return dead or known or is_over(definition, context)


def _issue(key: Key, kinds: list[KeyKind]) -> _Age | None:
    """The age by a source that knows the day of the issue."""
    seen = next((seen for seen in key.verdict.observations if seen.issued_at is not None), None)
    if seen is None or seen.issued_at is None:
        return None
    since = f"was issued on {day(seen.issued_at)} ({seen.source})"
    return _last([(kind, kind.lifetime.end(seen.issued_at)) for kind in kinds if kind.lifetime is not None], since)


def _presence(definition: Definition, kinds: list[KeyKind], context: Context) -> _Age | None:
    """The age by the history of the line."""
    committed = context.history(definition.place)
    if committed is None:
        return None
    since = f"stands here since {day(committed)} at least (git blame)"
    return _last([(kind, kind.lifetime.end_of_known(committed)) for kind in kinds if kind.lifetime is not None], since)


def _last(ends: list[tuple[KeyKind, datetime | None]], since: str) -> _Age | None:
    """Return the latest of the ends of all kinds that the value can be of; none when one of them has no end."""
    known = [_Age(since, end, kind) for kind, end in ends if end is not None]
    return max(known, key=lambda age: age.end) if known and len(known) == len(ends) else None


def _next_step(key: Key, definition: Definition, kind: KeyKind) -> str:
    if kind.lifetime is not None and kind.lifetime.span <= _FOR_THE_MOMENT:
        return (
            "A key that lives for hours is dead in every file: delete it, and let the program fetch one when it starts."
        )
    return renew(key, definition)
