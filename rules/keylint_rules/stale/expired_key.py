"""KL301."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Confidence, Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, answer, in_prose, named, renew, upper_first
from keylint_rules.stale import day, own_end


class ExpiredKey(Rule):
    """A key carries its own expiry date, or the date of its issue, and its time is over.

    ## What it does
    Reads the expiry out of keys that hold one, such as JSON Web Tokens and signed URLs, and compares it with the
    day of the check (`--as-of`). A key that holds the date of its issue only has expired when the longest lifetime
    of its kind is over; the message says who promises that lifetime. Where it is not known for sure, this is a
    warning. It needs no network.

    ## Why it matters
    The service reads the same date and refuses the key, whoever made it and whatever it was allowed to do.

    ## What to do
    Create a new key. If it expires within hours by nature, do not store it: let the program fetch one when it
    starts.
    """

    code = "KL301"
    severity = Severity.ERROR
    VALID = (
        Example({".env": "SESSION_TOKEN={fake:jwt!expires=2030-01-01}"}),
        Example({".env": "SESSION_TOKEN={fake:jwt!expires=2026-06-30}"}, as_of="2026-06-01"),
    )
    INVALID = (
        Example({".env": "SESSION_TOKEN={fake:jwt!expires=2026-06-30}"}, expect=(("KL301", ".env", 1),)),
        Example(
            {"config/production.yml": "search:\n  token: {fake:jwt!expires=2017-01-01}"},
            expect=(("KL301", "config/production.yml", 2),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        end = own_end(definition, context)
        if end is None or in_prose(definition) or end.on > context.as_of:
            return
        provider = key.provider if key is not None else None
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} expired on {day(end.on)} ({end.why}): {answer(provider)}",
            confidence=Confidence.HIGH if end.certain else Confidence.MEDIUM,
            severity=None if end.certain else Severity.WARNING,
            help=renew(key, definition),
        )
