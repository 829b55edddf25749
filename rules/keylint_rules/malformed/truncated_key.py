"""KL201."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import defective


class TruncatedKey(Rule):
    """A key is too short or too long for its kind.

    ## What it does
    Reports values that begin like a key of a known kind and have another length than the keys of this kind, where
    the length is certain. Where it is only observed, `suspicious-key` warns.

    ## Why it matters
    The last characters were lost when the key was copied, or more than the key was. The issuer has never seen this
    text, and every call with it is refused.

    ## What to do
    Copy the key again, in one piece. If its issuer shows a key only once, create a new one.
    """

    code = "KL201"
    severity = Severity.ERROR
    VALID = (
        'TOKEN = "{fake:github-classic-pat}"',
        "# TOKEN = {fake:github-classic-pat!truncated=3}",
        Example({".env.example": "GITHUB_TOKEN={fake:github-classic-pat!truncated=3}"}),
    )
    INVALID = (
        Example(
            {
                "app.py": """
                from github import Auth

                auth = Auth.Token("{fake:github-classic-pat!truncated=3}")
                """
            },
            expect=(("KL201", "app.py", 3),),
        ),
        Example(
            {".env": "DEBUG=1\nGITHUB_TOKEN={fake:github-classic-pat!truncated=1}"},
            expect=(("KL201", ".env", 2),),
        ),
        Example(
            {
                "compose.yaml": """
                services:
                  web:
                    environment:
                      GITHUB_TOKEN: {fake:github-classic-pat!truncated=8}
                """
            },
            expect=(("KL201", "compose.yaml", 4),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from defective(self.code, "has the wrong length", definition, key)
