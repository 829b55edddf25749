"""KL104."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class KeyInUrl(Rule):
    """A secret key is part of a URL.

    ## What it does
    Reports secret keys inside a URL: in the query, in the path, or as user and password before the host.

    ## Why it matters
    URLs are written down everywhere: access logs, proxies, error messages, browser histories, `git remote -v`. A
    key in a URL leaks even where the code does not.

    ## What to do
    Revoke the key, and send the new one in a header, read from the environment:

    ```python
    requests.get(url, headers={"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"})
    ```
    """

    code = "KL104"
    severity = Severity.ERROR
    VALID = (
        'REMOTE = "https://github.com/example/shop.git"',
        """
        import os

        URL = f"https://api.example.com/?token={os.environ['TOKEN']}"
        """,
    )
    INVALID = (
        Example(
            {"app.py": 'REMOTE = "https://x-access-token:{fake:github-classic-pat}@github.com/example/shop.git"'},
            expect=(("KL104", "app.py", 1),),
        ),
        Example(
            {"config.yml": "webhook: https://api.example.com/hook?token={fake:github-classic-pat}"},
            expect=(("KL104", "config.yml", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            instead = "send a new one in a header, or keep the URL out of the project"
            yield leak(definition, key, "is part of a URL, and URLs end up in logs", instead)
