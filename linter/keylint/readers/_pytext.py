"""String literals of a LibCST tree: their text as the program sees it, and where each character of it stands."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

import libcst as cst

_ESCAPE = re.compile(
    r"""\\(?:(?P<octal>[0-7]{1,3})|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})"""
    r"""|N\{(?P<N>[^{}]{1,100})\}|(?P<line>\r\n?|\n)|(?P<plain>.))|(?P<end>\r\n?)|(?P<brace>\{\{|\}\})""",
    re.DOTALL,
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_OPENING = re.compile(r"([a-zA-Z]*)(\"{3}|'{3}|[\"'])")


@dataclass(frozen=True, slots=True)
class Text:
    """A literal's text. `pieces` are (offset in the text, offset in the source, characters of source, verbatim)."""

    value: str
    pieces: tuple[tuple[int, int, int, bool], ...]
    end: int
    """Offset in the source at which the literal's characters end."""

    def span(self, start: int, end: int) -> tuple[int, int, bool]:
        """Return the source span of characters `start` to `end`, and whether the source holds them verbatim."""
        if not self.pieces or not self.value:
            return self.end, self.end, True
        first, offset_in_first = self._piece(start)
        last, offset_in_last = self._piece(max(start, end - 1))
        _, source, length, verbatim = self.pieces[first]
        begins = source + (offset_in_first if verbatim else 0)
        _, source, length, verbatim_last = self.pieces[last]
        ends = source + (offset_in_last + (end > start) if verbatim_last else length)
        return begins, ends, first == last and verbatim

    def _piece(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        return index, offset - self.pieces[index][0]

    def __add__(self, other: Text) -> Text:
        shift = len(self.value)
        moved = tuple((at + shift, source, length, verbatim) for at, source, length, verbatim in other.pieces)
        return Text(self.value + other.value, self.pieces + moved, other.end)


def join(texts: list[Text]) -> Text:
    """Put literals together, left to right."""
    if len(texts) == 1:
        return texts[0]
    pieces: list[tuple[int, int, int, bool]] = []
    at = 0
    for text in texts:
        pieces.extend((at + offset, source, length, verbatim) for offset, source, length, verbatim in text.pieces)
        at += len(text.value)
    return Text("".join(text.value for text in texts), tuple(pieces), texts[-1].end)


def simple(node: cst.SimpleString, start: int) -> Text:
    """Return the text of `"…"`, `r"…"`, `b"…"` (bytes as Latin-1). `start` is the offset of its first character."""
    opening = _OPENING.match(node.value)
    if opening is None:
        return Text("", (), start)
    prefix, quote = opening[1].lower(), opening[2]
    raw = node.value[opening.end() : len(node.value) - len(quote)]
    return decode(raw, start + opening.end(), raw_string="r" in prefix, is_bytes="b" in prefix)


def decode(source: str, start: int, *, raw_string: bool, is_bytes: bool = False, template: bool = False) -> Text:
    """Resolve the escapes of the characters between the quotes. In a template (f-string) `{{` stands for `{`."""
    end = start + len(source)
    if ("\\" not in source or raw_string) and "\r" not in source and not template:
        return Text(source, ((0, start, len(source), True),) if source else (), end)
    values: list[str] = []
    pieces: list[tuple[int, int, int, bool]] = []
    at = done = 0
    for match in _ESCAPE.finditer(source):
        value = _resolved(match, raw_string, is_bytes, template)
        if value is None:
            continue
        if match.start() > done:
            pieces.append((at, start + done, match.start() - done, True))
            values.append(source[done : match.start()])
            at += match.start() - done
        done = match.end()
        if value:
            pieces.append((at, start + match.start(), match.end() - match.start(), False))
            values.append(value)
            at += len(value)
    if done < len(source):
        pieces.append((at, start + done, len(source) - done, True))
        values.append(source[done:])
    return Text("".join(values), tuple(pieces), end)


def _resolved(match: re.Match[str], raw_string: bool, is_bytes: bool, template: bool) -> str | None:
    """Return what an escape stands for, `None` where it stands for itself."""
    kind = match.lastgroup
    if kind == "brace":
        return match[0][0] if template else None
    if kind == "end":
        return "\n"
    if raw_string:
        return None
    if kind == "line":
        return ""
    if kind == "plain":
        return _PLAIN.get(match[0][1])
    if kind == "octal":
        return chr(int(match["octal"], 8) & (0xFF if is_bytes else 0x1FF))
    if kind == "x":
        return chr(int(match["x"], 16))
    if is_bytes:
        return None
    try:
        return unicodedata.lookup(match["N"]) if kind == "N" else chr(int(match[kind or "u"], 16))
    except (KeyError, ValueError, OverflowError):
        return None
