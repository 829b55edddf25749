"""KL305."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Confidence, Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, renew, upper_first
from keylint_rules.stale import is_retired, retirements


class RetiredFormat(Rule):
    """A key is of a kind that its issuer has switched off.

    ## What it does
    Reports keys of kinds that their issuer refuses since a known day, whoever holds them.

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
        if in_prose(definition) or not is_retired(definition, context):
            return
        end = max(retirements(definition, context), key=lambda each: each.day)
        certain = key is not None and key.kind is not None and key.kind.confidence is Confidence.HIGH
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} is refused since {end.day.isoformat()}: {end.note}",
            confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
            severity=None if certain else Severity.WARNING,
            help=f"{renew(key, definition)} See {end.source}",
        )
