"""What the file around a value says of it: generated files, catalogues of messages, schemas."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from keylint import readers
from keylint.generic.values import is_random
from keylint.model import Confidence, Definition

_CODE = re.compile(
    r"\.(?:pyi?|pyw|[cm]?[jt]sx?|vue|svelte|go|java|kts?|scala|groovy|gradle|rb|rake|gemspec|php|phtml|cs|fs|vb|rs|swift|dart|lua|ex|exs"
    r"|c|cc|cpp|cxx|ino|h|hh|hpp|hxx|m|mm|p[lm]|ps1|psm1|psd1|r|jl|hs|clj|erl|sql|map)\Z",
    re.IGNORECASE,
)
_VALUES_ONLY = re.compile(
    r"\.(?:sh|bash|zsh|ksh|fish|csh|bat|cmd|log|out|[ct]sv|env|conf|cnf|cfg)\Z|(?:\A|/)\.(?:(?:bash|zsh)(?:rc|env|_profile)|profile)\Z",
    re.IGNORECASE,
)
# Readers of trees: every scalar comes with its name. What they do not read is searched as text.
_TREES = frozenset(
    {"yaml", "json", "toml", "ini", "dotenv", "terraform", "xml", "systemd", "netrc", "dockerfile", "recipes"}
)
_MINIFIED_LINE = 20_000
_HEAD = 100_000
_STRING = re.compile(r"[:=][ \t]*(?:[\"']([^\"'\r\n]{1,400})[\"']|`([^`\r\n]{1,400})`)")
_PREFACE = 2_000
_FEW, _SHARE = 12, 0.4
_NUMBERED = re.compile(r"[\"'][ \t]{0,9}:[ \t]{0,9}\d+[ \t\r]{0,9}[,\n]")
_MANY = 500


def has_tree(path: str) -> bool:
    """Say whether a file is read as a tree."""
    return readers.reader_for(path) in _TREES


def is_code(path: str) -> bool:
    """Say whether a file is source code: what is no literal there is an expression."""
    return _CODE.search(path) is not None


def has_no_expressions(path: str) -> bool:
    """Say whether text without quotes is always a value: in a shell, in a log."""
    return _VALUES_ONLY.search(path) is not None


def is_machine_made(path: str, content: str) -> bool:
    """Say whether a script is made for machines: minified."""
    first = content[:_HEAD]
    return (
        path.endswith((".js", ".mjs", ".cjs", ".css")) and max(map(len, first.split("\n")), default=0) > _MINIFIED_LINE
    )


def without_catalogues(found: Sequence[Definition], content: str) -> list[Definition]:
    """Leave out what catalogues give to names: words (`"LABEL_PASSWORD": "Passwort"`), or numbers (`"password": 2376`)."""
    if any(d.secret.reveal().isdigit() for d in found) and _is_vocabulary(content):
        found = [d for d in found if not d.secret.reveal().isdigit()]
    wordy = [d for d in found if d.confidence is Confidence.MEDIUM and not is_random(d.secret.reveal())]
    if len(wordy) < 3:
        wordy = [d for d in wordy if d.secret.reveal().isalpha()]
    return [d for d in found if d not in wordy] if wordy and _is_catalogue(content) else list(found)


def _is_vocabulary(content: str) -> bool:
    return sum(1 for _ in itertools.islice(_NUMBERED.finditer(content), _MANY)) == _MANY


def _is_catalogue(content: str) -> bool:
    if "<resources" in content[:_PREFACE]:  # what an application for Android says to people, and keys of its services
        return True
    texts = [quoted or template for quoted, template in _STRING.findall(content[:_HEAD])]
    return len(texts) >= _FEW and sum(" " in text for text in texts) >= _SHARE * len(texts)
