"""What one run was asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


class UserError(Exception):
    """The run cannot be done as asked; the message says what to change. Exit status 2."""


@dataclass(frozen=True, slots=True)
class Request:
    """Absolute paths, what stands in for their content, and the day to judge by."""

    root: str
    paths: tuple[str, ...]
    as_of: datetime
    staged: bool = False
    stdin: bytes | None = field(default=None, repr=False)
    """Content of the one path, from standard input."""
