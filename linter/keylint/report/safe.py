"""What makes text fit to hand out: file names, binding names and the words of a source are written by strangers."""

from __future__ import annotations

import json
from typing import Any

LIMIT = 200
"""Characters of a name; what is longer is cut."""

MESSAGE_LIMIT = 1000
"""Characters of a sentence."""

_ASCII = str.maketrans(
    {"…": "...", "→": "->", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "·": "-", "×": "x"}
)


def clean(text: str, limit: int = LIMIT) -> str:
    """Return one printable line of at most `limit` characters.

    Control, bidirectional, zero-width and surrogate characters go; every kind of white space becomes a blank.
    """
    if text.isprintable() and len(text) <= limit:
        return text
    shown = "".join(map(_printable, text[: limit + 1]))
    return shown if len(text) <= limit else shown[: limit - 1] + "…"


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else ""


def to_ascii(text: str) -> str:
    """Return the text for a stream that shows ASCII only; what has no plain spelling becomes a backslash escape."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def dump(document: dict[str, Any], *, unicode: bool) -> str:
    """Return a JSON document, indented, ending in a newline.

    Nothing in it steers a terminal and nothing in it fails to encode: what is not printable is written as `\\uXXXX`.
    No character is lost that way: a path stays the path.
    """
    text = json.dumps(document, ensure_ascii=not unicode, indent=2, allow_nan=False)
    return "\n".join(line if line.isprintable() else "".join(map(_escaped, line)) for line in text.split("\n")) + "\n"


def _escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]
