"""What the first look at files comes to."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from keylint.model.finding import Skipped

SECRETS = "KL109"
"""The rule for secrets of no known kind: without it nobody looks for them."""


class Wanted(Enum):
    """What the first look at a file led to."""

    NOTHING = 0
    IF_REACHED = 1
    """A Python file that could use a key: read when a key or a variable can reach it."""
    READ = 2


class Sniffed(NamedTuple):
    """The result of the first look. Files with nothing to say are only counted."""

    path: str
    wanted: Wanted
    ignores: bool
    stopped: bool
    imports: tuple[str, ...]
    """Python: dotted modules imported, with leading dots, in files that could use a key."""
    secrets: bool = False
    """It may hold a secret of no known kind."""


class Totals(NamedTuple):
    """What a batch of files came to: files and bytes looked at, interesting files, skipped ones."""

    files: int
    size: int
    found: list[Sniffed]
    skipped: list[Skipped]
    stamps: bytes = b""
    """Of every file asked about, in order (see `keylint.sources.stamp`): taken before it was read."""
    kinds: bytes = b""
    """What became of every file asked about: a number for `sniffed_of`."""


UNKNOWN = 255
"""The kind of a file of which nothing is known."""
NOT_READ = 32
"""Kinds from here on are those of files that were left out."""
_REASONS = ("binary", "too large")


def sniffed_of(path: str, kind: int) -> Sniffed | Skipped:
    """Return what a file's kind stands for; the imports are not part of it."""
    if kind >= NOT_READ:
        return Skipped(path, _REASONS[kind - NOT_READ])
    return Sniffed(path, Wanted(kind & 3), bool(kind & 4), bool(kind & 8), (), bool(kind & 16))


def kind_of(told: Sniffed | Skipped) -> int:
    """Return the number that stands for what a look came to."""
    if isinstance(told, Sniffed):
        return told.wanted.value | told.ignores << 2 | told.stopped << 3 | told.secrets << 4
    return NOT_READ + _REASONS.index(told.reason) if told.reason in _REASONS else UNKNOWN
