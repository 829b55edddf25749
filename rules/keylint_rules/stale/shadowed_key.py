"""KL308."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, at, in_prose, named, upper_first


class ShadowedKey(Rule):
    """A key never arrives: another line sets the same variable, and that one wins.

    ## What it does
    Notes keys in `.env` files that another definition of the same variable hides: a later line of the same file, a layer
    of the same environment (`.env.local` over `.env`), or the `environment:` of a compose service over the files that
    its `env_file:` names. Only where the two values differ.

    ## Why it matters
    Whoever exchanges the key changes the line that is found first, and nothing changes: the program goes on with the
    other one.

    ## What to do
    Keep one of the two lines.
    """

    code = "KL308"
    severity = Severity.NOTE
    VALID = (
        # The same value twice.
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat}",
                ".env.local": "GITHUB_TOKEN={fake:github-classic-pat}",
            }
        ),
        # Another environment.
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat}",
                ".env.production": "GITHUB_TOKEN={fake:github-classic-pat#2}",
            }
        ),
        # Another program's directory, and two programs of one directory.
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat}",
                "web/.env.local": "GITHUB_TOKEN={fake:github-classic-pat#2}",
                "api.env": "GITHUB_TOKEN={fake:github-classic-pat#3}",
            }
        ),
        # A sample is never loaded.
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat}",
                ".env.local.example": "GITHUB_TOKEN={fake:github-classic-pat#2}",
            }
        ),
        # Another service's.
        Example(
            {
                "prod.env": "GITHUB_TOKEN={fake:github-classic-pat}",
                "compose.yaml": """
                services:
                  web:
                    env_file: prod.env
                  worker:
                    environment:
                      GITHUB_TOKEN: {fake:github-classic-pat#2}
                """,
            }
        ),
    )
    INVALID = (
        Example(
            {
                ".env": "GITHUB_TOKEN={fake:github-classic-pat}",
                ".env.local": "GITHUB_TOKEN={fake:github-classic-pat#2}",
            },
            expect=(("KL308", ".env", 1),),
        ),
        Example(
            {
                ".env": """
                GITHUB_TOKEN={fake:github-classic-pat}
                DEBUG=1
                GITHUB_TOKEN={fake:github-classic-pat#2}
                """
            },
            expect=(("KL308", ".env", 1),),
        ),
        Example(
            {
                "prod.env": "GITHUB_TOKEN={fake:github-classic-pat}",
                "compose.yaml": """
                services:
                  web:
                    env_file: prod.env
                    environment:
                      GITHUB_TOKEN: {fake:github-classic-pat#2}
                """,
            },
            expect=(("KL308", "prod.env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        shadow = context.shadows.get(definition.place)
        if shadow is None or not definition.judgement.well_formed or in_prose(definition):
            return
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} never arrives: {at(shadow.place)} sets {definition.name} too ({shadow.why})",
            help=f"Delete one of the two lines, {at(definition.place)} or {at(shadow.place)}.",
        )
