"""What source files of other languages than Python bind to the name of a credential.

Those with a grammar are read as trees, all others, and what no tree is made of, by what stands around their literals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from keylint.generic import _codeclimb, _codeguess, _codepage, _codescan
from keylint.generic._codescan import dialect_of, signs
from keylint.generic._codetree import Source, has_grammar, source
from keylint.generic.candidate import Candidate
from keylint.readers.source_text import value_of


def candidates(text: str, path: str, wanted: Callable[[str], bool]) -> Iterator[Candidate]:
    """Yield the literals of a source file that are bound to a wanted name, in the order of the text.

    The language is that of the file's name. `wanted` is asked as by `keylint.generic.python`. Nothing in a comment is yielded.
    """
    found: dict[tuple[int, int], Candidate] = {}
    for candidate in _candidates(text, path, wanted):
        found.setdefault((candidate.start, candidate.end), candidate)
    yield from sorted(found.values(), key=lambda candidate: candidate.start)


def literals(text: str, path: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each string literal; the characters are those between the quotes.

    What a page shows between its scripts is one, too.
    """
    if _codepage.is_page(path):
        at = 0
        for start, script, name in _codepage.scripts(text):
            yield at, start, text[at:start]
            for first, last, value in literals(script, name):
                yield start + first, start + last, value
            at = start + len(script)
        yield at, len(text), text[at:]
        return
    read = _tree(text, path)
    yield from _literals(read) if read is not None else _codescan.literals(text, dialect_of(path))


def comments(text: str, path: str) -> Iterator[tuple[int, int]]:
    """Yield where comments begin and end, with their marks; of a page those of its scripts."""
    if _codepage.is_page(path):
        for start, script, name in _codepage.scripts(text):
            yield from ((start + first, start + last) for first, last in comments(script, name))
        return
    read = _tree(text, path)
    if read is not None:
        for nodes in read.strings():
            if nodes[-1].type in read.syntax.comments:
                yield nodes[-1].start_byte, nodes[-1].end_byte
    else:
        yield from ((sign.start, sign.end) for sign in signs(text, dialect_of(path)) if sign.kind == "comment")


def _candidates(text: str, path: str, wanted: Callable[[str], bool]) -> Iterator[Candidate]:
    if len(text) > _codescan.MOST_CHARACTERS:
        return
    if _codepage.is_page(path):
        yield from _codepage.attributes(text, wanted)
        for start, script, name in _codepage.scripts(text):
            for candidate in _candidates(script, name, wanted):
                yield replace(candidate, start=start + candidate.start, end=start + candidate.end)
        return
    read = _tree(text, path)
    if read is not None:
        yield from _codeclimb.candidates(read, wanted)
    else:
        yield from _codeguess.candidates(text, dialect_of(path), wanted)


def _tree(text: str, path: str) -> Source | None:
    return source(text, path) if has_grammar(path) else None


def _literals(read: Source) -> Iterator[tuple[int, int, str]]:
    for nodes in read.strings():
        strings = read.syntax.strings.get(nodes[-1].type)
        if strings is None or strings.escapes == "word":
            continue
        for part in read.parts(nodes[-1], strings):
            if part:
                yield part[0][1], part[-1][2], value_of(part)
