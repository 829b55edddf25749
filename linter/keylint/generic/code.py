"""What source files of other languages than Python bind to the name of a credential.

Those with a grammar are read as trees, all others, and what no tree is made of, by what stands around their literals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from keylint.generic import _codeclimb, _codeguess, _codepage, _codescan
from keylint.generic._binding import Contents
from keylint.generic._codetree import has_grammar, source
from keylint.generic.candidate import Candidate


def read(text: str, path: str, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    """Return what a source file binds to wanted names, its literals that `holds` says yes to, and its comments.

    The language is that of the file's name. `wanted` is asked as by `keylint.generic.python`. Nothing in a comment is
    bound; comments are given with their marks. What a page shows between its scripts is a literal, too.
    """
    contents = _page(text, wanted, holds) if _codepage.is_page(path) else _script(text, path, wanted, holds)
    found: dict[tuple[int, int], Candidate] = {}
    for candidate in contents.bound:
        found.setdefault((candidate.start, candidate.end), candidate)
    return contents._replace(bound=sorted(found.values(), key=lambda candidate: candidate.start))


def _script(text: str, path: str, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    tree = source(text, path) if has_grammar(path) else None
    if tree is not None:
        return _codeclimb.read(tree, wanted, holds)
    return _codeguess.read(text, _codescan.dialect_of(path), wanted, holds)


def _page(text: str, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    page = Contents([], [], [])
    if len(text) <= _codescan.MOST_CHARACTERS:
        page.bound.extend(_codepage.attributes(text, wanted))
    at = 0
    for start, script, name in _codepage.scripts(text):
        page.literals.append((at, start, text[at:start]))
        at = start + len(script)
        inner = _script(script, name, wanted, holds)
        page.bound.extend(replace(each, start=start + each.start, end=start + each.end) for each in inner.bound)
        page.literals.extend((start + first, start + last, value) for first, last, value in inner.literals)
        page.comments.extend((start + first, start + last) for first, last in inner.comments)
    page.literals.append((at, len(text), text[at:]))
    return page
