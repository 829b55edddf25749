"""KL304."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from keylint.model import Definition, Key, Live, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, renew, upper_first
from keylint_rules.stale import day, retirements

_NOTICE = timedelta(days=30)


class ExpiringSoon(Rule):
    """A key stops working within 30 days.

    ## What it does
    Notes keys whose end is near: by the expiry inside the key, by the date that a source of key status gives, or
    because the issuer has announced the end of the whole kind. The day of the check is `--as-of`.

    ## Why it matters
    On that day the calls fail, in every place that holds the key, with no change of code to blame.

    ## What to do
    Create the new key now, while both work.
    """

    code = "KL304"
    severity = Severity.NOTE
    VALID = (
        Example({".env": "SESSION_TOKEN={fake:jwt!expires=2026-12-31}"}, as_of="2026-11-20"),
        Example({".env": "SESSION_TOKEN={fake:jwt!expires=2026-11-01}"}, as_of="2026-11-20"),
    )
    INVALID = (
        Example(
            {".env": "SESSION_TOKEN={fake:jwt!expires=2026-12-01}"},
            expect=(("KL304", ".env", 1),),
            as_of="2026-11-20",
        ),
        Example(
            {".env": "GITHUB_TOKEN={fake:github-classic-pat}"},
            expect=(("KL304", ".env", 1),),
            status={
                "{fake:github-classic-pat}": {
                    "provider": "github",
                    "status": "active",
                    "expires_at": "2026-12-01T00:00:00Z",
                }
            },
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.verdict.live is Live.DEAD or in_prose(definition):
            return
        ends = [definition.judgement.claims.expires_at, key.verdict.expires_at, _retirement(definition, context)]
        end = min((end for end in ends if end is not None), default=None)
        if end is not None and context.as_of < end <= context.as_of + _NOTICE:
            days = (end - context.as_of).days
            left = f"in {days} day{'' if days == 1 else 's'}" if days else "in less than a day"
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} stops working on {day(end)}, {left}",
                help=renew(key, definition),
            )


def _retirement(definition: Definition, context: Context) -> datetime | None:
    days = [end.day for end in retirements(definition, context)]
    return datetime.combine(max(days), time(), UTC) if days else None
