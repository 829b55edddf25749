"""One file's bytes and where they came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where the bytes were read."""

    WORKTREE = "worktree"
    INDEX = "index"
    STDIN = "stdin"


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `path` is POSIX and relative to the scan root."""

    path: str
    data: bytes
    origin: Origin = Origin.WORKTREE
    ignored: bool = False
    """Git-ignored and untracked: a place where keys belong."""
    reported: bool = True
    """False: link context only."""
