"""Setting text in a terminal: colour, display width, wrapping, and what to draw where only ASCII can be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keylint.report.safe import MESSAGE_LIMIT, clean, to_ascii

_STYLES = {
    "red": "31", "yellow": "33", "green": "32", "cyan": "36", "blue": "34", "dim": "2", "bold": "1",
    "error": "1;31", "warning": "1;33", "note": "1;36",
}  # fmt: skip
_LEAST_WIDTH = 60
_LEAST_COLUMN = 24
_WIDEST_PADDING = 52
_GAP = 2

Cell = tuple[str, str]
"""A text and its style; an empty style is plain."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The parts of a frame, two cells each."""

    first: str = "╭─"
    bar: str = "│ "
    step: str = "├─"
    last: str = "╰─"
    use: str = "╰→"


_ASCII_GLYPHS = Glyphs(",-", "| ", "|-", "`-", "`>")


class Paper:
    """What a text is set on. `width` counts terminal cells."""

    def __init__(self, *, color: bool, unicode: bool, width: int) -> None:
        self.glyphs = Glyphs() if unicode else _ASCII_GLYPHS
        self.width = max(width, _LEAST_WIDTH)
        self._color = color
        self._unicode = unicode

    def say(self, text: str) -> str:
        """Return the text as it can be shown here: printable, of bounded length, ASCII where that is all there is."""
        shown = clean(text, MESSAGE_LIMIT)
        return shown if self._unicode else to_ascii(shown)

    def paint(self, text: str, style: str) -> str:
        """Return the text in a style."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._color and style and text else text

    def wrap(self, text: str, indent: int) -> list[str]:
        """Return the lines of a text that starts at cell `indent`; words (paths, URLs) are never broken."""
        room = max(self.width - indent, _LEAST_COLUMN)
        lines: list[str] = []
        for word in self.say(text).split():
            if lines and cells(lines[-1]) + 1 + cells(word) <= room:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def columns(self, rows: Iterable[Sequence[Cell]], indent: int) -> list[list[str]]:
        """Return the lines of each row, aligned, without their indent; the last column wraps under itself."""
        said = [[(self.say(text), style) for text, style in row] for row in rows]
        columns = zip(*([cells(text) for text, _ in row] for row in said), strict=True)
        widths = [min(max(column), _WIDEST_PADDING) for column in columns][:-1]
        return [self._row(row, widths, indent) for row in said]

    def _row(self, row: Sequence[Cell], widths: Sequence[int], indent: int) -> list[str]:
        start, offset = "", 0
        for (text, style), width in zip(row, widths, strict=False):
            if width:
                blanks = max(width - cells(text), 0) + _GAP
                start += self.paint(text, style) + " " * blanks
                offset += cells(text) + blanks
        text, style = row[-1]
        first, *more = self.wrap(text, indent + offset) or [""]
        lines = [(start + self.paint(first, style)).rstrip()]
        return lines + [" " * offset + self.paint(line, style) for line in more]

    def underlined(self, text: str, span: tuple[int, int] | None, indent: int, style: str) -> list[str]:
        """Return a line and, under it, carets below the characters of `span`; cut to the width around the span."""
        start, end = span or (0, 0)
        before, marked, after = self.say(text[:start]), self.say(text[start:end]), self.say(text[end:])
        room = max(self.width - indent, _LEAST_COLUMN)
        ellipsis = self.say("…")
        if cells(before + marked + after) > room:
            after = _head(after, max(room - cells(before + marked), len(ellipsis)), ellipsis)
        if cells(before + marked + after) > room:
            before = _tail(before, max(room - cells(marked + after), len(ellipsis)), ellipsis)
            marked = _head(marked, max(room - cells(before + after), len(ellipsis)), ellipsis)
        lines = [(before + marked + after).rstrip()]
        if marked:
            lines.append(" " * cells(before) + self.paint("^" * max(cells(marked), 1), style))
        return lines


def cells(text: str) -> int:
    """Return how many terminal cells a text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _head(text: str, room: int, ellipsis: str) -> str:
    if cells(text) <= room:
        return text
    kept, used = 0, len(ellipsis)
    for character in text:
        used += _cells(character)
        if used > room:
            break
        kept += 1
    return text[:kept] + ellipsis


def _tail(text: str, room: int, ellipsis: str) -> str:
    return _head(text[::-1], room, ellipsis)[::-1]
