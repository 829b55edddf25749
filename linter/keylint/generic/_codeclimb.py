"""A syntax tree -> its literals, what they are bound to, and its comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from keylint.generic._binding import MOST_CANDIDATES, Contents
from keylint.generic._codebranch import Climb
from keylint.generic._codesteps import steps_of
from keylint.generic._codetree import Source
from keylint.generic.candidate import Candidate
from keylint.readers.source_text import value_of


def read(source: Source, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    """Return the literals of a file that are bound to a wanted name, those that `holds` says yes to, and the comments."""
    climb = Climb(source, wanted, steps_of(source.syntax))
    contents = Contents([], [], [])
    syntax = source.syntax
    sums: set[int] = set()
    for nodes in source.strings():
        node = nodes[-1]
        if node.type in syntax.comments:
            contents.comments.append((node.start_byte, node.end_byte))
            continue
        strings = syntax.strings[node.type]
        written = source.text[node.start_byte : node.end_byte]
        if strings.escapes != "word" and ("\\" in written or holds(written)):
            parts = [part for part in source.parts(node, strings) if part]
            texts = ((part[0][1], part[-1][2], value_of(part)) for part in parts)
            contents.literals.extend(text for text in texts if holds(text[2]))
        if len(contents.bound) < MOST_CANDIDATES:
            contents.bound.extend(_candidates(climb, nodes, sums))
    return contents


def _candidates(climb: Climb, nodes: list[Node], sums: set[int]) -> Iterator[Candidate]:
    """Yield what the literal at the end of a branch holds, or the sum that it is in; each sum is read once."""
    top = len(nodes) - 1
    while top and nodes[top - 1].id not in sums and climb.source.is_join(nodes[top - 1]):
        top -= 1
        sums.add(nodes[top].id)
    if not top or nodes[top - 1].id not in sums:
        yield from climb.read(nodes, top)
