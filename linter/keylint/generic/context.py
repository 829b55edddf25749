"""What the file around a value says of it: generated files, catalogues of messages, schemas."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from keylint import readers
from keylint.generic.values import is_random
from keylint.model import Confidence, Definition

_LOCK = re.compile(
    r"(?:[^/]*[.-]lock(?:\.(?:json|ya?ml|hcl))?|go\.sum|npm-shrinkwrap\.json|Package\.resolved|Cartfile\.resolved|packages\.lock\.json"
    r"|package-lock\.json|pnpm-lock\.yaml|RECORD|MANIFEST|SHA(?:256|512)SUMS?|checksums?\.txt"
    r"|[^/]*\.(?:min\.(?:js|css)|map|svg|css|scss|less|po|pot|mo|xlf|xliff|strings|sum|snap|woff2?|pem|crt|cer|pub|asc))",
    re.IGNORECASE,
)
# Not any two letters: `db.yml`, `ci.yml` and `qa.json` are no languages.
_LANGUAGES = (
    "af|am|ar|az|be|bg|bn|bs|ca|cs|cy|da|de|el|en|eo|es|et|eu|fa|fi|fil|fr|ga|gl|gu|he|hi|hr|hu|hy|id|is|it|ja|ka|kk|km|kn|ko"
    "|ku|ky|lb|lo|lt|lv|mk|ml|mn|mr|ms|mt|my|nb|ne|nl|nn|no|pa|pl|ps|pt|ro|ru|sk|sl|sq|sr|sv|sw|ta|te|tg|th|tk|tl|tr|uk|ur|uz"
    "|vi|zh"
)
_TRANSLATION = re.compile(
    r"(?:strings|messages|locale)[^/]*\.(?:json|ya?ml|properties|xml|resx|ts|js)"
    rf"|(?:{_LANGUAGES})(?:[-_][A-Za-z]{{2,4}})?\.(?:json|ya?ml|po|ftl)",
    re.IGNORECASE,
)
_TRANSLATIONS = re.compile(
    r"(?:\A|/)(?:translations?|locales?|i18n|l10n|lang(?:uage)?s?|messages|intl|nls)(?:/|\Z)", re.IGNORECASE
)
_CODE = re.compile(
    r"\.(?:pyi?|pyw|[cm]?[jt]sx?|vue|svelte|go|java|kts?|scala|groovy|gradle|rb|rake|gemspec|php|phtml|cs|fs|vb|rs|swift|dart|lua|ex|exs"
    r"|c|cc|cpp|cxx|h|hh|hpp|hxx|m|mm|p[lm]|ps1|psm1|psd1|r|jl|hs|clj|erl|sql|map)\Z",
    re.IGNORECASE,
)
# Readers of trees: every scalar comes with its name. What they do not read is searched as text.
_TREES = frozenset(
    {"yaml", "json", "toml", "ini", "dotenv", "terraform", "xml", "systemd", "netrc", "dockerfile", "recipes"}
)
_MINIFIED_LINE = 20_000
_HEAD = 100_000
_STRING = re.compile(r"[:=][ \t]*(?:[\"']([^\"'\r\n]{1,400})[\"']|`([^`\r\n]{1,400})`)")
_FEW, _SHARE = 12, 0.4
_NUMBERED = re.compile(r"[\"'][ \t]{0,9}:[ \t]{0,9}\d+[ \t\r]{0,9}[,\n]")
_MANY = 500


def has_tree(path: str) -> bool:
    """Say whether a file is read as a tree."""
    return readers.reader_for(path) in _TREES


def is_code(path: str) -> bool:
    """Say whether a file is source code: what is no literal there is an expression."""
    return _CODE.search(path) is not None


def is_left_alone(path: str) -> bool:
    """Say whether files of such a name hold hashes or messages, and no secrets bound to names: lock files, translations."""
    directory, _, name = path.rpartition("/")
    return _is_of_translations(directory) or _is_name_left_alone(name)


# Every file of a tree is asked for: most stand in a directory with others, and have a name that others have.
@lru_cache(maxsize=64)
def _is_of_translations(directory: str) -> bool:
    return _TRANSLATIONS.search(directory) is not None


@lru_cache(maxsize=4096)
def _is_name_left_alone(name: str) -> bool:
    return _LOCK.fullmatch(name) is not None or _TRANSLATION.fullmatch(name) is not None


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
    texts = [quoted or template for quoted, template in _STRING.findall(content[:_HEAD])]
    return len(texts) >= _FEW and sum(" " in text for text in texts) >= _SHARE * len(texts)
