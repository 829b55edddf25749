"""A source text -> its syntax tree, within bounds: the grammars were not made for texts that are meant to hurt."""

from __future__ import annotations

import importlib
import re
import time
from functools import cache

from tree_sitter import Language, Parser, Point, Tree

from keylint.readers.source_languages import Syntax

MOST_OPEN = 1_000
"""Brackets that may be open at once: a grammar's code recurses on the stack of C, and ends the process with it."""
_MOST_SECONDS, _SECONDS_PER_MEGABYTE = 1.5, 3.0
_PIECE = 1024
# A grammar takes NUL for the end of the text, and may then go round for ever.
_REPLACED = re.compile(r"[^\t-\r -~]+")
_BRACKET = re.compile(r"[()\[\]{}]")
_OPENING = frozenset("([{")


def is_deep(text: str) -> bool:
    """Say whether too many brackets are open somewhere; those in strings and comments count like all others."""
    opened = 0
    for match in _BRACKET.finditer(text):
        if match[0] in _OPENING:
            opened += 1
            if opened > MOST_OPEN:
                return True
        elif opened:
            opened -= 1
    return False


def parse(text: str, syntax: Syntax) -> Tree | None:
    """Return the tree of a text, `None` where that takes too long. Offsets of bytes are those of characters."""
    data = _one_byte_each(text)
    budget = _MOST_SECONDS + _SECONDS_PER_MEGABYTE * len(data) / 1_000_000
    deadline = time.process_time() + budget

    def piece(offset: int, _: Point) -> bytes:
        return data[offset : offset + _PIECE]

    # Some garbage sends TypeScript's error recovery round for ever: only a callback that says "stop" ends that.
    try:
        return Parser(_grammar(syntax.module, syntax.function)).parse(
            piece, progress_callback=lambda *_: time.process_time() > deadline
        )
    except ValueError:
        return None


def _one_byte_each(text: str) -> bytes:
    """Return the text with a stand-in for each control character and each one beyond ASCII."""
    return _REPLACED.sub(_stand_in, text).encode()


def _stand_in(run: re.Match[str]) -> str:
    return "".join("x" if character.isprintable() and not character.isspace() else " " for character in run[0])


@cache
def _grammar(module: str, function: str) -> Language:
    """Return a grammar; its package is imported when a file first needs it."""
    return Language(getattr(importlib.import_module(module), function)())
