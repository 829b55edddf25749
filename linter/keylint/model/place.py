"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span of characters: lines and columns are 1-based, the end column is exclusive.

    `path` is POSIX and relative to the scan root; in notebooks `line` and `column` count within `cell` (1-based).
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of a trace: a place and a few words on what happens there."""

    place: Place
    note: str
