"""KL103."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class KeyAsDefault(Rule):
    """A secret key is the fallback of an environment lookup, or a parameter's default.

    ## What it does
    Reports secret keys written as the default of `os.environ.get`, `os.getenv` and the like, and of function
    parameters.

    ## Why it matters
    The key is as public as any other in the code. Worse, where the variable is missing nobody notices: production
    runs with the key of whoever wrote the line, until that one is revoked.

    ## What to do
    Revoke the key and let a missing variable fail at once:

    ```python
    token = os.environ["GITHUB_TOKEN"]
    ```
    """

    code = "KL103"
    severity = Severity.ERROR
    VALID = (
        """
        import os

        TOKEN = os.environ.get("GITHUB_TOKEN", "")
        """,
        """
        import os

        KEY = os.environ.get("STRIPE_PUBLISHABLE_KEY", "{fake:stripe-publishable-key-live}")
        """,
    )
    INVALID = (
        Example(
            {
                "app.py": """
                import os

                TOKEN = os.environ.get("GITHUB_TOKEN", "{fake:github-classic-pat}")
                """
            },
            expect=(("KL103", "app.py", 3),),
        ),
        Example(
            {
                "app.py": """
                def connect(token="{fake:github-classic-pat}"):
                    return token
                """
            },
            expect=(("KL103", "app.py", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            where = "is what the program falls back to when the variable is missing"
            yield leak(definition, key, where, "let a missing variable fail")
