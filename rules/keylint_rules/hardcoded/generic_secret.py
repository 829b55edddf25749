"""KL109."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, in_prose
from keylint_rules.hardcoded import code_of, is_known


def _filled(text: str) -> str:
    """Return an example with a value that a machine, or a person, would have chosen."""
    return text.replace("<made>", "q7Vb2mZx9LpTr4Wn8Kc1").replace("<chosen>", "Tr4-vkq9Wm")


def _is_left_to_this(definition: Definition, key: Key) -> bool:
    """Say whether no rule for keys of a kind speaks of it: in documentation most are silent."""
    return in_prose(definition) and code_of(definition, key) is None


class GenericSecret(Rule):
    """A value of no known kind looks like a password, a token or a key.

    ## What it does
    Reports values that are bound to the name of a credential (assigned, passed by keyword, paired in a mapping, given as
    a default, compared with, sent in a header, part of a URL or a command) and that look like a secret: a password may
    be anything but a sample, a token has to look as if a machine had made it. detect-secrets judges how a value looks.
    References (`${PASSWORD}`, `os.environ[…]`), placeholders, hashes, translations and lock files are left alone, and so
    are git-ignored files. Findings of low confidence are shown with `--confidence low`.

    ## Why it matters
    Most secrets carry no mark of an issuer, and whoever reads the repository, its forks, its images and its history can
    use them all the same.

    ## What to do
    If it is real, change it where it is valid, keep the new one in a secret store or a git-ignored file, and read it
    from the environment. If it is none, say so once: `keylint check --write-baseline FILE`, or a comment
    `# keylint: ignore[KL109] reason`.
    """

    code = "KL109"
    severity = Severity.WARNING
    VALID = (
        """
        import os

        password = os.environ["DB_PASSWORD"]
        """,
        'NEXT_TOKEN_PARAM = "nextToken"',
        'label = {"password": "Your password"}',
        Example({"compose.yml": "services:\n  db:\n    environment:\n      MYSQL_PASSWORD: ${MYSQL_PASSWORD}"}),
        Example({"translations/de.json": '{"password": "Passwort", "token": "Zugriffsschlüssel"}'}),
        Example({"local.yml": _filled("password: <chosen>"), ".gitignore": "local.yml"}, git=True),
    )
    INVALID = (
        Example({"app.py": _filled('connect(user="app", password="<chosen>")')}, expect=(("KL109", "app.py", 1),)),
        Example(
            {"settings.yml": _filled("database:\n  user: app\n  password: <chosen>")},
            expect=(("KL109", "settings.yml", 3),),
        ),
        Example(
            {"README.md": _filled("    curl -H 'Authorization: Bearer <made>' https://api.example.com/")},
            expect=(("KL109", "README.md", 1),),
        ),
        Example({"app.js": _filled('const apiKey = "<made>";')}, expect=(("KL109", "app.js", 1),)),
    )

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is None or definition.confidence is None or definition.ignored or is_known(key):
            return
        if definition.judgement.generic or (definition.judgement.kinds and not _is_left_to_this(definition, key)):
            return
        yield Hit(
            definition.place,
            f"{definition.name or 'A value'} looks like a secret: whoever reads the project can use it",
            confidence=definition.confidence,
            help="If it is one, change it, keep the new one out of the project and read it from the environment. If it is "
            "none, say so in a baseline or a comment.",
        )
