"""KL305."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Confidence, Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, renew, upper_first
from keylint_rules.stale import retirement, retirement_is_certain


class RetiredFormat(Rule):
    """A key is of a kind that its issuer has switched off.

    ## What it does
    Reports keys of kinds that their issuer refuses since a known day, whoever holds them. Where the day, or the kind,
    is not known for sure, this is a warning.

    ## Why it matters
    No key of this kind works any more, so this one does not either.

    ## What to do
    Create a key of the current kind. It may be sent in another way: read what the issuer says, the message links
    it.
    """

    code = "KL305"
    severity = Severity.ERROR
    VALID = (Example({".env": "BITBUCKET_APP_PASSWORD={fake:bitbucket-app-password}"}, as_of="2026-01-01"),)
    INVALID = (
        Example(
            {".env": "BITBUCKET_APP_PASSWORD={fake:bitbucket-app-password}"},
            expect=(("KL305", ".env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        end = retirement(definition, context)
        if end is None or in_prose(definition) or end.start > context.as_of:
            return
        certain = retirement_is_certain(definition, context)
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} is refused since {end.day.isoformat()}: {end.note}",
            confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
            severity=None if certain else Severity.WARNING,
            help=f"{renew(key, definition)} See {end.source}",
        )
