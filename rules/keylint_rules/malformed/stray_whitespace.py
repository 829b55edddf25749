"""KL204."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Damage, Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, at, in_prose, named, upper_first
from keylint_rules.malformed import defective


class StrayWhitespace(Rule):
    """White space, quotes or a byte order mark are part of the value that the program receives.

    ## What it does
    Reports keys that reach the program with a line break, a blank, quotes or a byte order mark around them, after
    the loader of that file has done its work: a compose list item keeps its quotes, a `.env` parser strips them, and
    `docker run --env-file` keeps them.
    The fix deletes what does not belong to the key.

    ## Why it matters
    The key is right, and the call fails all the same. A line break is an illegal header value: the client raises
    before anything is sent, and SDKs report a connection error. Quotes are sent, and the service answers 401. Few
    SDKs strip.

    ## What to do
    Delete the characters: `keylint --fix` does. Write files with `printf %s`, not `echo`, and read them with
    `.strip()`.
    """

    code = "KL204"
    severity = Severity.ERROR
    VALID = (
        'GITHUB_TOKEN = "{fake:github-classic-pat}"',
        Example({".env": 'GITHUB_TOKEN="{fake:github-classic-pat}"'}),
    )
    INVALID = (
        Example({"app.py": 'GITHUB_TOKEN = "{fake:github-classic-pat} "'}, expect=(("KL204", "app.py", 1),)),
        Example({"app.py": 'GITHUB_TOKEN = "{fake:github-classic-pat}\\n"'}, expect=(("KL204", "app.py", 1),)),
        Example(
            {"compose.yaml": "services:\n  web:\n    environment:\n      - GITHUB_TOKEN='{fake:github-classic-pat}'"},
            expect=(("KL204", "compose.yaml", 4),),
        ),
        # Compose fills in a variable, and there is none.
        Example(
            {"compose.yaml": "services:\n  web:\n    environment:\n      ASAAS_API_KEY: {fake:asaas-token}"},
            expect=(("KL204", "compose.yaml", 4),),
        ),
        # Docker's own option hands on what is written; compose and the Python loaders take the quotes off.
        Example(
            {
                "prod.env": 'GITHUB_TOKEN="{fake:github-classic-pat}"',
                "Makefile": "run:\n\tdocker run --env-file prod.env app",
            },
            expect=(("KL204", "prod.env", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        consequence = "HTTP clients raise before they send it, or send it and are refused"
        if definition.loader is not None:
            consequence = f"`{definition.loader}` hands them on, and {consequence}"
        yield from defective(self.code, "has stray characters around it", definition, key, consequence)
        if definition.damage is Damage.INTERPOLATED and not in_prose(definition):
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} has a `$` in it, and docker compose takes what stands behind it for the name of "
                "a variable: the program gets what is left",
                help=f"Write `$$` for `$` in {at(definition.place)}.",
            )
        if definition.damage is Damage.BYTE_ORDER_MARK and not in_prose(definition):
            yield Hit(
                definition.place,
                f"{definition.name} stands behind a {definition.damage}: many loaders take it for a part of the name, "
                "and the variable is missing",
                severity=Severity.WARNING,
                help=f"Save {definition.place.path} as UTF-8 without a byte order mark.",
            )
