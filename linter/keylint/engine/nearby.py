"""The lines around a finding, as they may be shown: nothing is left in them that is a secret, or could be one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from keylint import sources
from keylint.engine.keys import without_keys
from keylint.engine.reading import decode
from keylint.generic import context
from keylint.generic import text as generic
from keylint.model import Channel, Key, Place
from keylint.report.safe import clean

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_MASK = "…"
_LINE_END = re.compile(r"\r\n|\r|\n")
_AROUND = 2
# A longer line is no line that people read, and nobody can tell what is in it.
_LONGEST = 300
# What is shorter is a part of other things. Whoever has such a secret has none.
_SHORTEST_PART = 3


class Line(NamedTuple):
    """One line: its number, what may be shown of it, and whether the finding stands on it."""

    number: int
    text: str
    is_meant: bool


class Nearby:
    """Shows the lines around places in the project at `root`. `keys` are all that are known there."""

    def __init__(self, root: str, keys: Iterable[Key], catalogue: Catalogue) -> None:
        self._root = root
        self._catalogue = catalogue
        self._places: dict[tuple[str, int | None], set[Place]] = {}
        parts: set[str] = set()
        for definition in (definition for key in keys for definition in key.definitions):
            place = definition.place
            if definition.channel is not Channel.NOTEBOOK_OUTPUT:
                self._places.setdefault((place.path, place.cell), set()).add(place)
            parts.update(map(str.strip, _LINE_END.split(definition.secret.reveal())))
            parts.add(definition.judgement.key)
        self._parts = sorted((part for part in parts if len(part) >= _SHORTEST_PART), key=len, reverse=True)
        self._text = cache(self._read)

    def lines(self, path: str, place: Place) -> list[Line]:
        """Return the lines around a place; `path` is the name of its file, which `place` may show with a mask."""
        lines = _LINE_END.split(self._text(path, place.cell).rstrip())
        if place.end_line > len(lines):
            return []  # it has changed meanwhile
        hidden = [*self._places.get((place.path, place.cell), ()), *self._guesses(path, place.cell)]
        bare = not context.is_code(path)
        numbers = range(max(1, place.line - _AROUND), min(len(lines), place.end_line + _AROUND) + 1)
        return [
            Line(
                number,
                self._shown(lines[number - 1], number, hidden, bare),
                place.line <= number <= place.end_line,
            )
            for number in numbers
            if number <= place.line + _AROUND or number >= place.end_line - _AROUND
        ]

    def _read(self, path: str, cell: int | None) -> str:
        data = sources.read(os.path.join(self._root, path), path)
        text = decode(data)[0] if isinstance(data, bytes) else ""
        if cell is None:
            return text
        from keylint.readers.notebook import cell_source

        return cell_source(text, cell)

    def _guesses(self, path: str, cell: int | None) -> list[Place]:
        """Return where anything stands that looks like a secret at all, whatever the rules make of it."""
        from keylint.generic.reading import secrets

        found = secrets(path, self._text(path, None), lambda value: False)
        return [definition.place for definition in found if definition.place.cell == cell]

    def _shown(self, line: str, number: int, places: Iterable[Place], bare: bool) -> str:
        if len(line) > _LONGEST:
            return _MASK
        spans = [span for place in places for span in _on_line(place, number, len(line))]
        for part in self._parts:
            spans += (match.span() for match in re.finditer(re.escape(part), line))
        spans += ((candidate.start, candidate.end) for candidate in generic.candidates(line, bare=bare))
        return clean(without_keys(_masked(line, spans), self._catalogue) or "", _LONGEST)


def _on_line(place: Place, number: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield the characters of a line that a place covers."""
    if place.line <= number <= place.end_line:
        start = place.column - 1 if number == place.line else 0
        yield start, place.end_column - 1 if number == place.end_line else length


def _masked(line: str, spans: Iterable[tuple[int, int]]) -> str:
    shown, at = "", 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        if start > at or not shown:
            shown += line[at:start] + _MASK
        at = end
    return shown + line[at:]
