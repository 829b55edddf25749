"""Files that are not searched, by their names: lock files, translations."""

from __future__ import annotations

import re
from functools import lru_cache

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
    r"(?:strings|messages|locale)[^/]*\.(?:json|ya?ml|properties|resx|ts|js)|(?:messages|locale)[^/]*\.xml"
    rf"|(?:{_LANGUAGES})(?:[-_][A-Za-z]{{2,4}})?\.(?:json|ya?ml|po|ftl)",
    re.IGNORECASE,
)
_TRANSLATIONS = re.compile(
    r"(?:\A|/)(?:translations?|locales?|i18n|l10n|lang(?:uage)?s?|messages|intl|nls)(?:/|\Z)", re.IGNORECASE
)


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
