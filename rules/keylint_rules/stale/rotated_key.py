"""KL303."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Reason, Severity
from keylint.rule import Context, Example, Hit, Rule, answer, in_prose, named, renew, upper_first
from keylint_rules.stale import day, told


class RotatedKey(Rule):
    """A key was exchanged for a new one, and this place still holds the old one.

    ## What it does
    Reports keys that a source of key status knows to be rotated, and names their successor. While the old key still
    works for a time of grace, it is a warning with the last day.

    ## Why it matters
    A rotation is done when the last place is updated. The forgotten ones fail when the old key is switched off, and
    then all at once.

    ## What to do
    Put the successor in place of the key, in every place that the message lists.
    """

    code = "KL303"
    severity = Severity.ERROR
    VALID = (
        Example(
            {".env": "STRIPE_SECRET_KEY={fake:stripe-secret-key-live}"},
            status={"{fake:stripe-secret-key-live}": {"provider": "stripe", "status": "active"}},
        ),
    )
    INVALID = (
        Example(
            {".env": "STRIPE_SECRET_KEY={fake:stripe-secret-key-live}"},
            expect=(("KL303", ".env", 1),),
            status={
                "{fake:stripe-secret-key-live}": {
                    "provider": "stripe",
                    "status": "rotated",
                    "replaced_by": "vault payments/stripe#v3",
                }
            },
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.verdict.reason is not Reason.ROTATED or in_prose(definition):
            return
        grace = key.verdict.grace_until
        works = grace is not None and grace > context.as_of
        successor = key.verdict.replaced_by
        until = f"it works until {day(grace)}" if works and grace is not None else answer(key.provider)
        by = f" and replaced by {successor}" if successor else ""
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} was rotated{by} ({told(key)}): {until}",
            severity=Severity.WARNING if works else None,
            help=renew(key, definition),
        )
