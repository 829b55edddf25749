"""One vectorised pass over a file's bytes: does anything in it deserve a closer look?

The Hyperscan database holds the catalogue's anchors and a few marks (an SDK is imported, a known variable is named, an
ignore comment stands here). It is compiled once and kept in the user's cache directory; a cache that cannot be
written only costs the compile.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from keylint.cachefiles import read_cache, write_cache

if TYPE_CHECKING:
    import hyperscan

MAX_HITS = 10_000
Table = list[tuple[int, bytes, int]]
"""(number, expression, flags) per row."""


class Hits(NamedTuple):
    """What one pass found: end offsets of key anchors, and the marks present."""

    keys: tuple[tuple[int, int], ...]
    """(pattern number, end offset) per anchor."""
    split: tuple[int, ...]
    """End offsets behind literals that end inside a key: `"ghp_" + …`."""
    sdk: bool
    """Python: a known SDK is imported and called, or an HTTP client where an authentication header is named."""
    header: bool
    """An authentication header is named, or another way in which a request carries a key."""
    names: bool
    """A known environment variable is named."""
    bound: tuple[int, ...]
    """End offsets inside of opaque values that are bound to the name of a credential."""
    ignores: bool
    """An ignore comment is present."""
    stopped: bool
    """There were more than `MAX_HITS` anchors, and the rest was not looked at."""

    def __bool__(self) -> bool:
        return bool(self.keys or self.split) or self.sdk or self.names or bool(self.bound) or self.ignores


_SDK, _CALL, _ALIAS, _HTTP, _HEADER, _NAMES, _BOUND, _IGNORES = range(1_000_001, 1_000_009)
_FLAGS_ID = 1_000_000


class Expressions(NamedTuple):
    """Everything the database is compiled from."""

    keys: tuple[bytes, ...]
    split: tuple[int, ...]
    """Numbers of the key expressions that mark a split literal."""
    modules: tuple[str, ...]
    calls: tuple[str, ...]
    """Last names of the SDKs' constructors and functions."""
    attributes: tuple[str, ...]
    """Last names of the SDKs' attributes that are assigned a key."""
    headers: tuple[str, ...]
    names: tuple[str, ...]


class Matcher:
    """A compiled database. One matcher serves one process and thread: its list of hits is used again for every file."""

    def __init__(self, expressions: Expressions, cache_dir: str | None) -> None:
        self._split = frozenset(expressions.split)
        self._scan = scanner(_table(expressions), cache_dir)

    def scan(self, data: bytes) -> Hits:
        """Return what one pass over `data` found."""
        hits = self._scan(data)
        if not hits:
            return NOTHING
        marks = {number for number, _ in hits}
        keys = tuple(hit for hit in hits if hit[0] < _FLAGS_ID and hit[0] not in self._split)
        return Hits(
            keys=keys,
            split=tuple(end for number, end in hits if number in self._split) if self._split & marks else (),
            sdk={_SDK, _CALL} <= marks or _ALIAS in marks or {_HTTP, _HEADER} <= marks,
            header=_HEADER in marks,
            names=_NAMES in marks,
            bound=tuple(end for number, end in hits if number == _BOUND) if _BOUND in marks else (),
            ignores=_IGNORES in marks,
            stopped=len(hits) > MAX_HITS,
        )


def scanner(table: Table, cache_dir: str | None) -> Callable[[bytes], list[tuple[int, int]]]:
    """Return a function that finds (number, end offset) of the expressions in data: one list, which the next call empties.

    It stops behind `MAX_HITS` hits.
    """
    import hyperscan

    database = _open_database(table, cache_dir)
    hits: list[tuple[int, int]] = []
    append, clear, scan, terminated = hits.append, hits.clear, database.scan, hyperscan.ScanTerminated

    def on_match(number: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
        append((number, end))
        return len(hits) > MAX_HITS or None

    def found(data: bytes) -> list[tuple[int, int]]:
        clear()
        try:  # noqa: SIM105 - `suppress` costs as much as a small file's scan
            scan(data, match_event_handler=on_match)
        except terminated:
            pass
        return hits

    return found


NOTHING = Hits((), (), False, False, False, (), False, False)

# Modules through which Python programs send headers themselves.
HTTP_MODULES = ("requests", "httpx", "httpx2", "aiohttp", "urllib", "urllib3", "http")


# The name of a credential, and a value with nothing but characters of keys: `heroku_api_key = "…`. Outside of quotes it is an
# expression as often, so that there it needs a digit.
_BOUND_VALUE = (
    rb"(?:key|token|secret|passw(?:or)?d|pass|pwd|pw|seed|jwk|credentials?|_id|_sid|account|pat)"
    rb"(?:[\x22\x27]?\]?[ \t]{0,4}:?[:=]>?|[ ])[ \t]{0,4}"
    rb"(?:[\x22\x27]_{12}|_{0,11}[0-9]_{11}|_{12,28}[0-9])".replace(b"_", rb"[A-Za-z0-9+/=_.:|~\x2d]")
)


# Other ways in which a request carries a key: basic authentication, a parameter of the query, a part of the URL.
_IN_REQUESTS = (
    rb"[ (,.]auth ?= ?[A-Za-z(]|params ?= ?\{[^}\n]{0,60}(?:key|token|appid)[\x22']"
    rb"|[?&](?:api_?key|key|access_token|token|appid)=[{%\x22']|/bot[{%\x22']"
    rb"|[\x22'](?:api[_-]?key|appid|access_key|access_token|auth_token|subscription-key)[\x22'](?:[\]:]| =)"
)


def _flag_expressions(expressions: Expressions) -> Iterable[tuple[int, bytes, int]]:
    import hyperscan

    single = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_MULTILINE
    importing = rb"^[ \t]*(?:from[ \t]+|import[ \t]+(?:[\w., \t]*,[ \t]*)?)(?:%s)\b"
    if expressions.modules:
        yield _SDK, importing % _any_of(expressions.modules), single
        # Under another name, or over several lines: then the call may be written in any way.
        yield _ALIAS, importing % _any_of(expressions.modules) + rb"[^\n]*(?: as |\()", single
    if expressions.calls or expressions.attributes:
        # Nearly plain literals: with word boundaries and any number of blanks the whole pass takes five times as long.
        called = rb"[^A-Za-z0-9_](?:%s) ?\(" % _any_of(expressions.calls or ("\0",))
        inherited = rb"[(.](?:%s)\):" % _any_of(expressions.calls or ("\0",))
        assigned = rb"\.(?:%s) ?=" % _any_of(expressions.attributes or ("\0",))
        yield _CALL, called + b"|" + inherited + b"|" + assigned, hyperscan.HS_FLAG_SINGLEMATCH
    yield _HTTP, importing % _any_of(HTTP_MODULES), single
    if expressions.headers:
        headers = rb"[\x22'](?:%s)[\x22']" % _any_of(expressions.headers)
        yield _HEADER, headers + b"|" + _IN_REQUESTS, hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_CASELESS
    # Each by itself, and without boundaries: the engine takes 20 times as long to compile them in one expression.
    for name in expressions.names:
        yield _NAMES, re.escape(name).encode(), hyperscan.HS_FLAG_SINGLEMATCH
    yield _BOUND, _BOUND_VALUE, hyperscan.HS_FLAG_CASELESS
    yield _IGNORES, rb"keylint:[ \t]*ignore", hyperscan.HS_FLAG_SINGLEMATCH


def _any_of(words: Sequence[str]) -> bytes:
    return "|".join(re.escape(word) for word in sorted(words)).encode()


# A key of no known kind stands alone as a word, between delimiters (with its padding), or as a whole quoted text. What is
# before and behind it never occurs in it: boundaries that overlap with the body cost the engine twice the time.
_WORD = (r"[^A-Za-z0-9_\-]", r"[A-Za-z0-9_\-]")
_DELIMITED = (r"[\s\x22'`<>,;(){}\[\]=:&@]", r"[^\s\x22'`<>,;(){}\[\]=:&@]")
_QUOTED = (r"[\x22']", r"[^\x22'\n]")


def _tokens_of(length: int) -> Iterator[tuple[str, str]]:
    """Yield (what is before and behind, the token) for every way in which a key of this length can stand in a text."""
    yield _WORD[0], f"{_WORD[1]}{{{length}}}"
    yield _QUOTED[0], f"{_QUOTED[1]}{{{length}}}"
    for padding in range(min(3, length)):
        yield _DELIMITED[0], f"{_DELIMITED[1]}{{{length - padding}}}{'=' * padding}"


class TokenMatcher:
    """Finds tokens of given lengths: the candidates for keys that only an inventory knows."""

    def __init__(self, lengths: Collection[int], cache_dir: str | None) -> None:
        self._hits: list[tuple[int, int]] = []
        self._database = _open_database(_token_table(lengths), cache_dir) if lengths else None

    def tokens(self, data: bytes) -> set[bytes]:
        """Return the distinct tokens of `data` that have one of the lengths, and some that are one character off."""
        if self._database is None:
            return set()
        hits = self._hits
        hits.clear()
        append = hits.append
        self._database.scan(data, match_event_handler=lambda n, _start, end, _flags, _context: append((n, end)))
        found = {data[end - 1 - length : end - 1] for length, end in hits}
        # At the end of the file nothing follows the token.
        return found | {data[end - length : end] for length, end in hits if end == len(data)}


def token_spans(text: str, lengths: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the spans in `text` where a token of one of these lengths stands; they may overlap."""
    for length in lengths:
        for expression in _token_expressions(length):
            for match in expression.finditer(text):
                yield match.span(1)


@lru_cache(maxsize=256)
def _token_expressions(length: int) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?:\A|(?<={around}))(?=({token})(?:{around}|\Z))") for around, token in _tokens_of(length)
    )


def _token_table(lengths: Iterable[int]) -> Table:
    import hyperscan

    return [
        (length, rf"(?:^|{around}){token}(?:{around}|\z)".encode(), hyperscan.HS_FLAG_DOTALL)
        for length in sorted(set(lengths))
        for around, token in _tokens_of(length)
    ]


def _table(expressions: Expressions) -> Table:
    return [(number, expression, 0) for number, expression in enumerate(expressions.keys)] + [
        *_flag_expressions(expressions)
    ]


def _compile(table: Table) -> hyperscan.Database:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        ids=[number for number, _, _ in table],
        expressions=[expression for _, expression, _ in table],
        flags=[flags for _, _, flags in table],
        elements=len(table),
    )
    return database


def _open_database(table: Table, cache_dir: str | None) -> hyperscan.Database:
    import hyperscan

    engine = getattr(hyperscan, "__version__", "")
    digest = hashlib.sha256(f"{engine}{table}".encode()).hexdigest()[:24]
    path = os.path.join(cache_dir, f"database-{digest}.hs") if cache_dir else None
    stored = read_cache(path) if path is not None else None
    if stored is not None:
        try:
            database = hyperscan.loadb(stored, mode=hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
            return database
        except hyperscan.error:
            pass  # written by an engine that this one does not understand: compile
    database = _compile(table)
    if path is not None:
        write_cache(path, hyperscan.dumpb(database))
    return database
