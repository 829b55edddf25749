"""KL304."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from keylint.model import Confidence, Definition, Key, Live, Severity, Verdict
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, renew, upper_first
from keylint_rules.stale import End, day, own_end, retirement, retirement_is_certain

_NOTICE = timedelta(days=30)


class ExpiringSoon(Rule):
    """A key stops working within 30 days.

    ## What it does
    Notes keys whose end is near: by the expiry inside the key, by its date of issue and the longest lifetime of its
    kind, by the date that a source of key status gives, or because the issuer has announced the end of the whole
    kind. The message says which of them. The day of the check is `--as-of`.

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
        ends = (own_end(definition, context), _known(key.verdict), _announced(definition, context))
        end = min((end for end in ends if end is not None), key=lambda each: each.on, default=None)
        if end is not None and context.as_of < end.on <= context.as_of + _NOTICE:
            days = (end.on - context.as_of).days
            left = f"in {days} day{'' if days == 1 else 's'}" if days else "in less than a day"
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} stops working on {day(end.on)}, {left} ({end.why})",
                confidence=Confidence.HIGH if end.certain else Confidence.MEDIUM,
                help=renew(key, definition),
            )


def _known(verdict: Verdict) -> End | None:
    if verdict.expires_at is None:
        return None
    sources = [seen.source for seen in verdict.observations if seen.expires_at == verdict.expires_at]
    return End(verdict.expires_at, f"says {(sources or [verdict.source or 'status source'])[0]}")


def _announced(definition: Definition, context: Context) -> End | None:
    end = retirement(definition, context)
    if end is None:
        return None
    return End(end.start, f"{end.note}: {end.source}", retirement_is_certain(definition, context))
