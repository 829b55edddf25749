"""KL203."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import defective


class IllegalCharacter(Rule):
    """A key holds a character that keys of its kind never hold.

    ## What it does
    Reports characters outside the alphabet of the kind: letters of another script that look alike (a Cyrillic `а`),
    long dashes and typographic quotes that a word processor put in, and invisible characters. Invisible ones have a
    fix.

    ## Why it matters
    Most HTTP clients cannot even send such a header (`UnicodeEncodeError: 'ascii' codec …`), and SDKs report that
    as a network error. What is sent is refused.

    ## What to do
    Copy the key from where it was made, not from a chat, a PDF or a document.
    """

    code = "KL203"
    severity = Severity.ERROR
    VALID = ('TOKEN = "{fake:github-classic-pat}"',)
    INVALID = (
        Example(
            {"app.py": 'GITHUB_TOKEN = "{fake:github-classic-pat!lookalike=17}"'},
            expect=(("KL203", "app.py", 1),),
        ),
        Example({".env": "GITHUB_TOKEN={fake:github-classic-pat!zero-width=20}"}, expect=(("KL203", ".env", 1),)),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from defective(self.code, "holds a character that no such key holds", definition, key)
