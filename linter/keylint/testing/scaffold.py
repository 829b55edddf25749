"""Skeletons of a rule and of a provider file. They work as they are: their examples pass before anything is changed."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")

_RULE = '''"""{code}."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Definition, Key, Severity
from keylint.rule import Context, Example, Hit, Rule, named


class {class_name}(Rule):
    """A GitHub token is defined in this project.

    ## What it does
    Say what is reported, and what is left alone.

    ## Why it matters
    Say what happens to whoever ignores it.

    ## What to do
    Say what to change, and where.
    """

    code = "{code}"
    severity = Severity.WARNING
    VALID = ('import os\\n\\nTOKEN = os.environ["GITHUB_TOKEN"]',)
    INVALID = (Example({{"app.py": 'TOKEN = "{{fake:github-classic-pat}}"'}}, expect=(("{code}", "app.py", 1),)),)

    def check_definition(self, definition: Definition, key: Key | None, context: Context) -> Iterator[Hit]:
        if key is not None and key.provider is not None and key.provider.id == "github":
            yield Hit(definition.place, f"{{named(key)}} is defined here", help="Say the next step.")
'''

_PROVIDER = """\
id = "{name}"
name = "{title}"
hosts = ["api.{name}.example"]
dashboard = "https://{name}.example/settings/keys"
refusal = "401 Unauthorized"

[[header]]
name = "Authorization"
scheme = "Bearer"

[[env]]
name = "{variable}_API_KEY"

[[sink]]
call = "{module}.Client"
keyword = "api_key"
position = 0
env = ["{variable}_API_KEY"]

[[kind]]
id = "{name}-api-key"
name = "{title} API key"
# A literal, 30 characters, and a CRC-32 of them in 6 more. docs/grammar.md lists what else there is.
forms = ["'{prefix}_' body:base62{{30}} =crc32_base62(body)"]
source = "https://{name}.example/docs/keys"
"""


class ScaffoldError(Exception):
    """The skeleton cannot be written; the message says why."""


def new_rule(name: str, code: str, directory: Path) -> Path:
    """Write `directory/the_name.py` and return its path; a directory that is not there becomes a package.

    `name` is the rule's: `no-personal-tokens`.
    """
    from keylint.rule import CODE

    if not CODE.match(code):
        raise ScaffoldError(f"{code!r} is not a code: KL and three digits; KL900 to KL999 are yours")
    class_name = "".join(part.capitalize() for part in _checked(name).split("-"))
    text = _RULE.format(code=code, class_name=class_name)
    if not directory.exists():
        _write(directory / "__init__.py", '"""Rules for keylint."""\n')
    return _write(directory / f"{name.replace('-', '_')}.py", text)


def new_provider(name: str, directory: Path) -> Path:
    """Write `directory/name.toml` and return its path. `name` is the provider's id: `acme`."""
    words = _checked(name).split("-")
    text = _PROVIDER.format(
        name=name,
        title=" ".join(word.capitalize() for word in words),
        variable="_".join(words).upper(),
        module="_".join(words),
        prefix="".join(words),
    )
    return _write(directory / f"{name}.toml", text)


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise ScaffoldError(f"{name!r} is not a name: lower-case words with hyphens between them")
    return name


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ScaffoldError(f"{path} exists") from error
    return path
