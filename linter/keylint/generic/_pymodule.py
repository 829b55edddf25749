"""Python text -> its tree, with the place of every string literal in characters.

The standard library's parser is ten times as fast as LibCST, survives what is nested without end, and counts columns in bytes
of UTF-8. It says nothing about how a literal is spelled, so that is looked up in the text.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from typing import NamedTuple

from keylint.readers.interface import Lines

MOST_CHARACTERS = 2_000_000
"""A tree takes fifty times its text."""

_OPENING = re.compile(r"[a-zA-Z]{0,3}(\"{3}|'{3}|[\"'])")
_WIDE = re.compile(r"[^\x00-\x7f]")
_SPELLED = re.compile(r"[\\\r\"']")


class Text(NamedTuple):
    """A literal: the characters `start` to `end` of the file between its quotes, and what they come to."""

    start: int
    end: int
    value: str


class Module:
    """A module that has been parsed."""

    __slots__ = ("_ascii", "_starts", "_wide", "source", "tree")

    def __init__(self, source: str, tree: ast.Module) -> None:
        self.source = source
        self.tree = tree
        self._starts = Lines(source).starts
        if source.startswith("\ufeff"):
            self._starts[0] = 1
        self._ascii = source.isascii()
        self._wide: dict[int, tuple[list[int], list[int]]] = {}
        """Of a line: where its characters beyond ASCII end, in bytes, and how many bytes more than characters that makes."""

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return the characters from the beginning of an expression to its end."""
        line, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._offset(node.lineno, node.col_offset), self._offset(line, column)

    def text(self, node: ast.Constant) -> Text | None:
        """Return the text of a string or of bytes (as Latin-1); of several that stand side by side, from first to last.

        `None` for what has no place: CPython 3.11 miscounts inside f-strings.
        """
        if not isinstance(node.value, str | bytes):
            return None
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        inside = self._inside(node)
        if inside is None:
            return None
        spelled = self.source[inside[0] : inside[1]]
        return Text(*inside, value) if spelled == value or _SPELLED.search(spelled) is not None else None

    def fixed(self, node: ast.JoinedStr) -> tuple[list[Text], bool]:
        """Return the fixed parts of an f-string, and whether nothing is computed in it."""
        inside = self._inside(node)
        if inside is None:
            return [], False
        parts: list[list[str]] = [[]]
        for each in node.values:
            piece = _fixed(each)
            if piece is None:
                parts.append([])
            else:
                parts[-1].append(piece)
        values = ["".join(part) for part in parts if part]
        if len(parts) == 1:
            return [Text(*inside, value) for value in values], True
        return self._sought(values, *inside), False

    def raw(self, node: ast.JoinedStr) -> Text | None:
        """Return an f-string as it is written."""
        inside = self._inside(node)
        return Text(*inside, self.source[inside[0] : inside[1]]) if inside is not None else None

    def part(self, text: Text, start: int, end: int) -> Text:
        """Return the characters `start` to `end` of a literal's value; with no place of their own, at that of the literal."""
        value = text.value[start:end]
        if self.source[text.start : text.end] == text.value:
            return Text(text.start + start, text.start + end, value)
        at = self.source.rfind(value, text.start, text.end)
        return Text(at, at + len(value), value) if at >= 0 else Text(text.start, text.end, value)

    def _sought(self, values: list[str], start: int, end: int) -> list[Text]:
        found: list[Text] = []
        at = start
        for value in values:
            place = self.source.find(value, at, end)
            if place < 0:
                found.append(Text(start, end, value))
            else:
                at = place + len(value)
                found.append(Text(place, at, value))
        return found

    def _inside(self, node: ast.expr) -> tuple[int, int] | None:
        """Return the characters between the quotes of a literal."""
        start, end = self.span(node)
        opening = _OPENING.match(self.source, start, end)
        if opening is None or self.source[end - 1 : end] not in ("'", '"'):
            return None
        closing = len(opening[1])
        if not self.source.endswith(opening[1], opening.end(), end):
            # The last of several is quoted differently.
            closing = 3 if self.source.endswith(("'''", '"""'), opening.end(), end) else 1
        return (opening.end(), end - closing) if end - closing >= opening.end() else None

    def _offset(self, line: int, column: int) -> int:
        start = self._starts[line - 1]
        if self._ascii:
            return start + column
        ends, extra = self._wide.get(line) or self._measure(line)
        before = bisect_right(ends, column)
        return start + column - (extra[before - 1] if before else 0)

    def _measure(self, line: int) -> tuple[list[int], list[int]]:
        stop = self._starts[line] if line < len(self._starts) else len(self.source)
        ends: list[int] = []
        extras: list[int] = []
        extra = 0
        for match in _WIDE.finditer(self.source, start := self._starts[line - 1], stop):
            extra += len(match[0].encode()) - 1
            ends.append(match.end() - start + extra)
            extras.append(extra)
        self._wide[line] = ends, extras
        return ends, extras


def parse(source: str) -> Module | None:
    """Parse a module; `None` for no Python of this interpreter's version, what is too large, or nested too deeply."""
    if len(source) > MOST_CHARACTERS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Module(source, tree)


def _fixed(part: ast.expr) -> str | None:
    """Return what a part of an f-string always comes to."""
    if isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None:
        part = part.value
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None
