"""KL307."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Confidence, Definition, Key, Secrecy, Severity
from keylint.rule import Context, Example, Hit, Rule, at, in_prose, named, traces_from, upper_first


class UnusedKey(Rule):
    """No call in the project uses this secret key.

    ## What it does
    Notes secret keys from which no trace leads to a call that keylint knows. It is off by default: other programs
    may read the same file, and a call through a library of your own is not seen.

    ## Why it matters
    A key that nobody uses is a risk with no benefit, and nobody notices when it is stolen.

    ## What to do
    If nothing needs the key, revoke it and delete the line.
    """

    code = "KL307"
    severity = Severity.NOTE
    default = False
    VALID = (
        """
        import os

        from github import Auth

        auth = Auth.Token("{fake:github-classic-pat}")
        """,
    )
    INVALID = (Example({".env": "OLD_GITHUB_TOKEN={fake:github-classic-pat}"}, expect=(("KL307", ".env", 1),)),)

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or key.kind is None or key.kind.secrecy is not Secrecy.SECRET or in_prose(definition):
            return
        if definition.judgement.well_formed and not traces_from(definition, key):
            yield Hit(
                definition.place,
                f"{upper_first(named(key))} reaches no call in this project",
                confidence=Confidence.MEDIUM,
                help=f"If nothing else reads {at(definition.place)}, revoke the key and delete the line.",
            )
