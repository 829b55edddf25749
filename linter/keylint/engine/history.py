"""Since when a key stands where it stands, by the history of the project: asked for one file at a time, and only if needed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime

from keylint import sources
from keylint.engine.project import Project
from keylint.model import Key, Place

_LONGEST_VALUE = 50  # lines; longer ones are no keys that expire


class History:
    """Answers when the lines of a place were committed. `keys` are those that can be asked about together."""

    def __init__(self, root: str, project: Project, keys: Iterable[Key]) -> None:
        self._root = root
        self._project = project
        self._keys = tuple(keys)
        self._known: dict[str, Mapping[int, datetime]] = {}

    def __call__(self, place: Place) -> datetime | None:
        """Return the day since when the place is as it is, at least; `None` when it is not committed, or not known."""
        if place.cell is not None or place.end_line - place.line >= _LONGEST_VALUE:
            return None
        if place.path not in self._known:
            self._known[place.path] = self._ask(place)
        known = self._known[place.path]
        times = [known.get(line) for line in _lines(place)]
        return None if None in times else max(time for time in times if time is not None)

    def _ask(self, place: Place) -> Mapping[int, datetime]:
        data = self._project.data(place.path)
        if data is None:
            return {}
        places = [d.place for key in self._keys for d in key.definitions if d.place.path == place.path]
        mortal = [each for each in places if each.end_line - each.line < _LONGEST_VALUE]
        lines = {line for each in (place, *mortal) for line in _lines(each)}
        try:
            return sources.committed(os.path.join(self._root, place.path), data, lines)
        except sources.SourceError:
            return {}


def _lines(place: Place) -> range:
    return range(place.line, place.end_line + 1)
