"""KL202."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule
from keylint_rules.malformed import defective


class BadChecksum(Rule):
    """The checksum or the inner structure of a key is wrong: a character was changed.

    ## What it does
    Reports keys whose own checksum does not fit the rest, and tokens with an inner structure that does not decode
    (a JSON Web Token without a header, for example).

    ## Why it matters
    A key with a wrong checksum has never been issued: somebody mistyped it, edited it, or invented it. Every call
    with it is refused.

    ## What to do
    Copy the key again; do not type it. If it was invented for a test, write the test so that it needs no
    real-looking key.
    """

    code = "KL202"
    severity = Severity.ERROR
    VALID = (
        'TOKEN = "{fake:github-classic-pat}"',
        Example({"notes.md": "A mistyped token: {fake:github-classic-pat!bad-checksum}"}),
    )
    INVALID = (
        Example(
            {"app.py": 'GITHUB_TOKEN = "{fake:github-classic-pat!bad-checksum}"'}, expect=(("KL202", "app.py", 1),)
        ),
        Example(
            {"config.toml": 'github_token = "{fake:github-classic-pat!typo=17}"'},
            expect=(("KL202", "config.toml", 1),),
        ),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        yield from defective(self.code, "does not fit its own checksum", definition, key)
