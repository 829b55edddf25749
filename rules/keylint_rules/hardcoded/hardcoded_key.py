"""KL101."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class HardcodedKey(Rule):
    """A secret key is written in source code.

    ## What it does
    Reports well-formed secret keys in Python files, notebooks and other files of code, and values of no known form
    that an inventory knows. Publishable keys, identifiers, placeholders and keys published in documentation are not
    secrets, and a git-ignored file is not published. In documentation and test suites, JSON web tokens are samples:
    those of a test suite, and in documentation those that have expired or say nothing of whose they are.

    ## Why it matters
    Everybody who can read the repository, its forks, its images and its history can use the key. And a key in code
    cannot be exchanged without a release.

    ## What to do
    Revoke the key: it has been seen. Create a new one, keep it in a secret store or a git-ignored `.env` file, and
    read it from the environment:

    ```python
    token = os.environ["GITHUB_TOKEN"]
    ```
    """

    code = "KL101"
    severity = Severity.ERROR
    VALID = (
        """
        import os

        TOKEN = os.environ["GITHUB_TOKEN"]
        """,
        'STRIPE_PUBLISHABLE_KEY = "{fake:stripe-publishable-key-live}"',
        'TOKEN = "{fake:github-classic-pat!placeholder}"',
        Example({"README.md": "Answers with `{fake:jwt!expires=2019-05-01}`."}),
        Example({"local.py": 'TOKEN = "{fake:github-classic-pat}"', ".gitignore": "local.py"}, git=True),
    )
    INVALID = (
        Example(
            {
                "app.py": """
                from github import Auth, Github

                TOKEN = "{fake:github-classic-pat}"

                hub = Github(auth=Auth.Token(TOKEN))
                """
            },
            expect=(("KL101", "app.py", 3),),
        ),
        Example(
            {"deploy.sh": 'curl -H "Authorization: Bearer {fake:github-classic-pat}" https://api.github.com/user'},
            expect=(("KL101", "deploy.sh", 1),),
        ),
        Example(
            {
                "client.py": """
                class Client:
                    api_key = "{fake:anthropic-api-key}"
                """
            },
            expect=(("KL101", "client.py", 2),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            yield leak(definition, key, "is written in the source", "read a new one from the environment")
