"""KL102."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.hardcoded import code_of, leak


class KeyInConfig(Rule):
    """A secret key is written in a configuration file that git does not ignore.

    ## What it does
    Reports well-formed secret keys in `.env`, YAML, TOML, JSON, INI and compose files that are tracked or not
    git-ignored. A git-ignored `.env` file is where a key belongs. Outside a git repository `.env` files count as
    ignored.

    ## Why it matters
    A configuration file travels with the code: into the repository, its forks and its images. Everybody who can
    read them can use the key.

    ## What to do
    Revoke the key: it has been seen. Create a new one, put it into a secret store or a git-ignored file, and let
    the configuration name the variable only:

    ```yaml
    environment:
      OPENAI_API_KEY: ${OPENAI_API_KEY}
    ```
    """

    code = "KL102"
    severity = Severity.ERROR
    VALID = (
        Example({".env": "OPENAI_API_KEY={fake:openai-project-key}", ".gitignore": ".env"}, git=True),
        Example({".env": "OPENAI_API_KEY={fake:openai-project-key}"}),
        Example({"config.yml": "maps:\n  api_key: ${MAPS_API_KEY}"}),
        Example({"config.toml": 'stripe_key = "{fake:stripe-publishable-key-live}"'}),
    )
    INVALID = (
        Example(
            {"config/production.yml": "openai:\n  api_key: {fake:openai-project-key}"},
            expect=(("KL102", "config/production.yml", 2),),
        ),
        Example(
            {".env": "DEBUG=1\nOPENAI_API_KEY={fake:openai-project-key}"},
            expect=(("KL102", ".env", 2),),
            git=True,
        ),
        Example({"settings.json": '{"token": "{fake:github-classic-pat}"}'}, expect=(("KL102", "settings.json", 1),)),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if code_of(definition, key) == self.code:
            where = "is written in a configuration file that git does not ignore"
            yield leak(definition, key, where, "keep a new one in a secret store or a git-ignored file")
