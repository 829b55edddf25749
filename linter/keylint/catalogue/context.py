"""Names that tell what a value is: `TWILIO_AUTH_TOKEN`, `postmarkServerToken`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from keylint.model import KeyKind

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# The name of something else that belongs to a key.
_BESIDE = re.compile(
    r"_(?:url|uri|host|file|path|dir|name|header|prefix|suffix|type|ttl|expiry|expires|hash|length|size|count|enabled"
    r"|label|title|description|pattern|regex|version|region|scope|scopes|email|user|username)\Z"
)
_LONGEST = 200
_PARTS = 3
_TELLING = 4


def words(name: str) -> str:
    """Return the words of a name in lower case, joined: `postmarkServerToken` -> `postmark_server_token`.

    Of a config path only the last parts count.
    """
    parts = name[-_LONGEST:].rsplit(".", _PARTS)[-_PARTS:]
    return "_".join(word.lower() for part in parts for word in _WORD.findall(part))


class ContextNames:
    """The kinds that have no mark of their own, by the names that tell them."""

    def __init__(self, kinds: Iterable[KeyKind]) -> None:
        self._by_first: dict[str, list[tuple[str, KeyKind]]] = {}
        self._verbatim: list[tuple[str, KeyKind]] = []
        for kind in kinds:
            for fragment in kind.context_names if kind.context else ():
                if fragment.startswith("_"):
                    # Everybody has an `auth_token`; `_authToken` is npm's.
                    self._verbatim.append((fragment, kind))
                    continue
                self._by_first.setdefault(first_word(fragment), []).append((words(fragment), kind))
        self._first = re.compile(rf"(?:\A|_)(?:{'|'.join(map(_beginning, self._by_first)) or '(?!)'})")
        self.kinds = lru_cache(maxsize=4096)(self._kinds)

    def _kinds(self, name: str) -> tuple[KeyKind, ...]:
        """Return the kinds that a name tells: all words of one of their names, in order, others between them or not."""
        plain = words(name)
        if not plain or _BESIDE.search(plain):
            return ()
        written = (kind for fragment, kind in self._verbatim if _ends_in(name.lower(), fragment))
        return tuple(dict.fromkeys((*self._told(plain), *written)))

    def _told(self, plain: str) -> Iterator[KeyKind]:
        # Nearly all names are nobody's, and this is asked of every name that a value is bound to.
        if self._first.search(plain) is None:
            return
        squashed = plain.replace("_", "")
        for first, entries in self._by_first.items():
            if first in squashed:
                yield from (kind for fragment, kind in entries if _expression(fragment).search(plain))


def _ends_in(name: str, fragment: str) -> bool:
    return name.endswith(fragment) and not name.removesuffix(fragment)[-1:].isalnum()


def first_word(fragment: str) -> str:
    """Return the word that a fragment of a name begins with: `ai21_api_key` -> `ai21`."""
    return re.split(r"[^a-z0-9]", fragment.lower(), maxsplit=1)[0]


def _beginning(first: str) -> str:
    """Match the first word of a fragment; a short one begins many other words."""
    spelled = _spelled(words(first).replace("_", ""))
    return spelled if len(first) >= _TELLING else spelled + r"(?=_|\Z)"


def _spelled(word: str) -> str:
    """Match a word that may be written as several: `mongodb`, `mongo_db`."""
    return "_?".join(word)


@lru_cache(maxsize=1024)
def _expression(plain: str) -> re.Pattern[str]:
    """Match the words in order; written in one (`apikey`) or several (`api_key`)."""
    return re.compile(r"(?:\A|_)" + r"(?:_(?:[a-z0-9]+_){0,3})?".join(map(_spelled, plain.split("_"))) + r"(?:_|\Z)")
