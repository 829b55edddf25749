"""KL205."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import stand_in


class Placeholder(Rule):
    """A placeholder stands where the program expects a key.

    ## What it does
    Reports values such as `YOUR_API_KEY`, `changeme`, `sk-xxx` and `<your key>` that reach a call, are named like a
    variable that an SDK reads, or stand in a file that sets environment variables. Sample files (`.env.example`),
    code in `examples/`, `docs/` and test suites are the place for placeholders and are left alone, and so is a dummy
    (`not-needed`) for another server than the provider's.

    ## Why it matters
    A program cannot tell a placeholder from a key: it starts, and the first call is refused.

    ## What to do
    Put the real key where the program gets its secrets from, and leave the variable out where there is none: a
    missing variable fails earlier and says its name.
    """

    code = "KL205"
    severity = Severity.WARNING
    VALID = (
        Example({".env.example": "OPENAI_API_KEY=your-api-key-here"}),
        "# OPENAI_API_KEY = 'your-api-key-here'",
        'TITLE = "your-api-key-here"',
        Example({"examples/chat.py": 'import openai\n\nclient = openai.OpenAI(api_key="YOUR_API_KEY")'}),
        """
        import openai

        client = openai.OpenAI(api_key="not-needed", base_url="http://localhost:1234/v1")
        """,
    )
    INVALID = (
        Example({".env": "OPENAI_API_KEY=your-api-key-here"}, expect=(("KL205", ".env", 1),)),
        Example(
            {
                "app.py": """
                import openai

                client = openai.OpenAI(api_key="YOUR_API_KEY")
                """
            },
            expect=(("KL205", "app.py", 3),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from stand_in(self.code, "holds a placeholder, not a key", definition, key, context)
