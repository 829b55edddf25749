"""KL211."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import defective


class SuspiciousKey(Rule):
    """A value begins like a key of a known kind, and differs from all keys of this kind that are known.

    ## What it does
    Warns of values that carry the mark of a kind and have a length or a form that was never observed, where the
    issuer promises nothing about length and form. It is no proof: calls with such a key count as `unknown`, not as
    failing.

    ## Why it matters
    Either the key was damaged, or its issuer has changed the form and keylint does not know yet.

    ## What to do
    Compare it with the key at its issuer. If it works, write the comment `keylint: ignore[KL211] new form` on its line.
    """

    code = "KL211"
    severity = Severity.WARNING
    VALID = ('OPENAI_API_KEY = "{fake:openai-project-key}"',)
    INVALID = (
        Example(
            {".env": "HF_TOKEN={fake:huggingface-user-token!truncated=3}"},
            expect=(("KL211", ".env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from defective(self.code, "looks unusual", definition, key)
