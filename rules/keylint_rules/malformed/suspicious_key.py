"""KL211."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from keylint.model import Confidence, Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose, named, upper_first
from keylint_rules.malformed import defective

_CLOCKS = timedelta(days=1)
"""By as much do clocks and time zones differ."""


class SuspiciousKey(Rule):
    """A value begins like a key of a known kind, and differs from all keys of this kind that are known.

    ## What it does
    Warns of values that carry the mark of a kind and have a length or a form that was never observed, where the
    issuer promises nothing about length and form, and of keys that say that they were issued, or become valid, after
    the day of the check (`--as-of`). It is no proof: calls with such a key count as `unknown`, not as failing.

    ## Why it matters
    Either the key was damaged or made up, or its issuer has changed the form and keylint does not know yet.

    ## What to do
    Compare it with the key at its issuer. If it works, write the comment `keylint: ignore[KL211] new form` on its line.
    """

    code = "KL211"
    severity = Severity.WARNING
    VALID = (
        'OPENAI_API_KEY = "{fake:openai-project-key}"',
        Example({".env": "SESSION_TOKEN={fake:jwt!issued=2026-11-20}"}, as_of="2026-11-20"),
    )
    INVALID = (
        Example(
            {".env": "HF_TOKEN={fake:huggingface-user-token!truncated=3}"},
            expect=(("KL211", ".env", 1),),
        ),
        Example(
            {".env": "SESSION_TOKEN={fake:jwt!issued=2027-03-01}"},
            expect=(("KL211", ".env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from defective(self.code, "looks unusual", definition, key)
        if not in_prose(definition):
            yield from _ahead_of_time(definition, key, context)


def _ahead_of_time(definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
    claims, now = definition.judgement.claims, context.as_of + _CLOCKS
    if claims.issued_at is not None and claims.issued_at > now:
        said = f"says that it was issued on {claims.issued_at.date()}, after the day of the check"
        hint = "Compare it with the key at its issuer: no key is issued in the future."
    elif claims.not_before is not None and claims.not_before > now:
        said = f"says that it is not valid before {claims.not_before.date()}"
        hint = "Use it from that day on, or get one that is valid now."
    else:
        return
    yield Hit(definition.place, f"{upper_first(named(key))} {said}", confidence=Confidence.MEDIUM, help=hint)
