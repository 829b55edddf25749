"""String literals of other languages: their text as the program sees it, and where each character of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keylint.readers.collect import Spelling
from keylint.readers.source_languages import Escapes

Token = tuple[str, int, int]
"""A part of a text: what it means, and the span of the file's characters for it."""

_C = re.compile(
    r"\\(?:u\{(?P<braced>[0-9a-fA-F]{1,8})\}|u+(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|x(?P<x>[0-9a-fA-F]{1,2})"
    r"|(?P<octal>[0-7]{1,3})|(?P<line>\r\n?|\n)|(?P<plain>.))",
    re.DOTALL,
)
_ESCAPES: dict[Escapes, re.Pattern[str] | None] = {
    "c": _C,
    "single": re.compile(r"\\(?P<plain>['\\])"),
    "raw": None,
    "shell": re.compile(r"\\(?:(?P<line>\n)|(?P<plain>[$`\"\\]))"),
    "word": re.compile(r"\\(?:(?P<line>\n)|(?P<plain>.))"),
}
# The line of a text block's opening quotes, and the indentation of the next, are no part of it.
_BLOCK = re.compile(r'"""(?:[ \t]*\r?\n[ \t]*)?')
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


def tokens(text: str, start: int, end: int, escapes: Escapes) -> Iterator[Token]:
    """Yield the parts of the characters `start` to `end` of a file, which stand inside a string."""
    pattern = _ESCAPES[escapes]
    at = start
    if pattern is not None and text.find("\\", start, end) >= 0:
        for match in pattern.finditer(text, start, end):
            if match.start() > at:
                yield text[at : match.start()], at, match.start()
            at = match.end()
            yield _meaning(match, escapes), match.start(), at
    if at < end:
        yield text[at:end], at, end


def _meaning(match: re.Match[str], escapes: Escapes) -> str:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind == "line":
        return ""
    if kind == "plain":
        return _CONTROL.get(text, text) if escapes == "c" else text
    code = int(text, 8 if kind == "octal" else 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def quotes(raw: str, prefix: int = 0) -> tuple[int, int]:
    """Return how many characters of a literal are its opening and its closing quotes.

    `prefix` characters stand before the opening one. A literal that ends with the file has none at its end.
    """
    body = raw[prefix:]
    quote = body[:1]
    if quote not in ("'", '"', "`"):
        return prefix, 0
    block = _BLOCK.match(body) if body.startswith('"""') and len(body) >= 6 else None
    if block is not None and body.endswith('"""'):
        return prefix + min(block.end(), len(body) - 3), 3
    return prefix + 1, 1 if len(body) > 1 and body.endswith(quote) else 0


def value_of(parts: Iterable[Token]) -> str:
    """Return what the parts of a text come to."""
    return "".join(part[0] for part in parts)


def spelling_of(parts: Iterable[Token]) -> Spelling:
    """Return where each part of a text stands."""
    return Spelling([(len(meaning), start, end) for meaning, start, end in parts])
