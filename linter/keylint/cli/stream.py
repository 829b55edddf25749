"""What an output stream can show."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

_WIDTH = 100


def wants_color(stream: TextIO) -> bool:
    """Say whether a stream is a terminal whose user did not ask for plain text."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shows_unicode(stream: TextIO) -> bool:
    """Say whether a stream can show more than ASCII."""
    try:
        "→…╰".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def width(stream: TextIO) -> int:
    """Return how many cells a line may take: those of the terminal, at most a hundred."""
    return min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH) if stream.isatty() else _WIDTH
