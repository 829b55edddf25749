"""KL206."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import stand_in


class MaskedValue(Rule):
    """A masked key stands where the program expects the key itself.

    ## What it does
    Reports values such as `sk-****`, `[REDACTED]` and `**********` that a program will take for a key.

    ## Why it matters
    Somebody copied the key from a log, a dashboard or the printed form of a secret type, and got what such places
    show: a mask. The call sends the asterisks and is refused.

    ## What to do
    Copy the key from where it was made. In code, ask the secret type for its value (`.get_secret_value()`), not for
    its text.
    """

    code = "KL206"
    severity = Severity.ERROR
    VALID = (
        Example({".env.example": "OPENAI_API_KEY=**********"}),
        'RULER = "********************"',
    )
    INVALID = (
        Example({".env": "OPENAI_API_KEY=sk-****************"}, expect=(("KL206", ".env", 1),)),
        Example(
            {
                "app.py": """
                import openai

                client = openai.OpenAI(api_key="**********")
                """
            },
            expect=(("KL206", "app.py", 3),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from stand_in(self.code, "holds the mask of a key, not the key", definition, key, context)
