"""Finding candidates in text: an anchor and the run of characters behind it, well-formed or damaged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from keylint.catalogue.charsets import LOOKALIKES, TOKEN, ZERO_WIDTH, char_class
from keylint.catalogue.pattern import Mark, is_distinctive
from keylint.catalogue.placeholder import SURROUNDING

MAX_RUN = 10_000
_MAX_ARMOUR = 20_000
_WHOLE_NEED = 6


class Candidate(NamedTuple):
    """A span of a text that starts like a key."""

    start: int
    end: int
    kinds: tuple[str, ...]
    distinctive: bool
    """A well-formed one is a key wherever it stands."""


class Recogniser:
    """The marks of a catalogue, ready for use."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._shapes = tuple(mark for mark in marks if not mark.text)
        self._inside = {mark.text: mark for mark in marks if mark.text and not mark.leading}
        self._leading = {mark.text: mark for mark in marks if mark.leading}
        self._known_prefixes: dict[str, tuple[Mark, ...]] = {}

    @cached_property
    def _texts(self) -> re.Pattern[str]:
        # By first characters: an alternation tries all that it has at every character of a text.
        groups: dict[str, list[str]] = {}
        for text in sorted({*self._leading, *self._inside}, key=lambda text: (-len(text), text)):
            groups.setdefault(text[0], []).append(re.escape(text[1:]))
        return re.compile("|".join(f"{re.escape(c)}(?:{'|'.join(rest)})" for c, rest in groups.items()) or r"(?!)")

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """First character -> the lengths of the marks that begin with it, longest first."""
        lengths: dict[str, list[int]] = {}
        for length, first in sorted({(len(text), text[0]) for text in self._leading}, reverse=True):
            lengths.setdefault(first, []).append(length)
        return lengths

    def leading(self, text: str, position: int = 0) -> list[Mark]:
        """Return the marks that `text` has at `position`, longest first."""
        lengths = self._lengths.get(text[position : position + 1], ())
        begun = (text[position : position + length] for length in lengths if position + length <= len(text))
        return [self._leading[start] for start in begun if start in self._leading]

    def inside(self, text: str) -> list[Mark]:
        """Return the marks that `text` has somewhere, and the shapes that it starts with."""
        found = [mark for mark in self._inside.values() if mark.text in text and mark.inner in text]
        return found + [mark for mark in self._shapes if _compiled(mark.shape).match(text)]

    def candidates(self, text: str) -> tuple[Candidate, ...]:
        """Return the candidates of `text`, in order, none overlapping."""
        start = len(text) - len(text.lstrip(SURROUNDING))
        whole = (start, len(text.rstrip(SURROUNDING)))
        found = list(self._anchored(text, whole))
        for mark in self._shapes:
            for match in _compiled(mark.shape).finditer(text):
                candidate = self._around(text, mark, match.start(), match.end())
                if candidate is not None:
                    found.append(candidate)
        kept: list[Candidate] = []
        for candidate in sorted(found, key=lambda c: (c.start, -c.end)):
            if not kept or candidate.start >= kept[-1].end:
                kept.append(candidate)
        return tuple(kept)

    def _anchored(self, text: str, whole: tuple[int, int]) -> Iterator[Candidate]:
        position = 0
        # Per mark inside: the end of the hits of which each stands in a run too long for a key.
        hopeless: dict[str, int] = {}
        while (match := self._texts.search(text, position)) is not None:
            start, position = match.start(), match.start() + 1
            candidate = self._at(text, start, whole, self._prefixes(match[0]))
            if candidate is None and match[0] in self._inside and start >= hopeless.get(match[0], 0):
                mark = self._inside[match[0]]
                candidate = self._around(text, mark, start, match.end())
                if candidate is None:
                    hopeless[match[0]] = _long_run_end(text, mark, start)
            if candidate is not None:
                yield candidate
                position = max(position, candidate.end)

    def _prefixes(self, text: str) -> tuple[Mark, ...]:
        """Return the leading marks that a mark's text starts with, longest first: all that stand where it does."""
        if text not in self._known_prefixes:
            self._known_prefixes[text] = tuple(self.leading(text))
        return self._known_prefixes[text]

    def _at(self, text: str, start: int, whole: tuple[int, int], marks: Sequence[Mark]) -> Candidate | None:
        if not marks or not _is_boundary(text, start):
            return None
        for mark in marks:
            end = _run_end(text, mark, start)
            is_whole = (start, end) == whole
            need = min(mark.need, _WHOLE_NEED) if is_whole and not mark.weak else mark.need
            if end - start - len(mark.text) < need or mark.inner not in text[start:end]:
                continue
            if mark.weak and not _compiled(mark.shape).match(text, start):
                continue
            if not is_whole and _is_noise(text, mark, start, end):
                continue
            return Candidate(start, end, mark.kinds, is_distinctive(mark, text[start:end]))
        return None

    def _around(self, text: str, mark: Mark, start: int, end: int) -> Candidate | None:
        """Extend a mark that stands inside a key to both sides."""
        if mark.text:
            head = text[max(0, start - mark.lead_max - 8) : start]
            lead = len(head) - len(head.rstrip(mark.lead))
            if lead < mark.lead_min:
                return None
            begins = _compiled(mark.shape).search(text, start - lead, start + 1) if mark.shape else None
            start -= min(lead, mark.lead_max) if lead > mark.lead_max + 3 else lead
            start = begins.start() if begins is not None else start
        elif not _is_boundary(text, start):
            return None
        end = _run_end(text, mark, start)
        if not max(12, mark.need) <= end - start <= 2 * mark.longest or mark.inner not in text[start:end]:
            return None
        found = text[start:end]
        others = (other.kinds for other in self._inside.values() if other.text in found and other.inner in found)
        return Candidate(start, end, tuple(dict.fromkeys((*mark.kinds, *(k for kinds in others for k in kinds)))), True)


def _is_boundary(text: str, start: int) -> bool:
    """Say whether a token can start here: behind no token character, but behind an escape (`\\n`, `%20`)."""
    if start == 0 or text[start - 1] not in _JOINING:
        return True
    before = text[max(0, start - 3) : start]
    return before[-2:] in ("\\n", "\\r", "\\t") or (len(before) == 3 and before[0] == "%" and before[1:].isalnum())


def _is_noise(text: str, mark: Mark, start: int, end: int) -> bool:
    """Say whether a candidate is a chance hit inside a longer text: base64 data, a PEM heading in code."""
    if mark.text.startswith("-----BEGIN"):
        return _ARMOURED.search(text, start, end) is None
    if not mark.text[-1].isalnum():
        return False
    inside = text[start - 1 : start] in ("+", "/")
    if not mark.lengths:
        return inside and text[end : end + 1] in ("+", "/", "=")
    return inside or end - start > 2 * mark.longest


_ARMOURED = re.compile(r"[A-Za-z0-9+/]{16}")
_JOINING = TOKEN | {"."}
_ODD = char_class(frozenset({*LOOKALIKES, *ZERO_WIDTH, "…", "*", "•"}))


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex)


@lru_cache(maxsize=64)
def _extension(run: str) -> re.Pattern[str]:
    """A run that damage does not end: look-alikes, zero-width characters and ellipses inside belong to it."""
    chars = char_class(TOKEN | frozenset(run))
    return re.compile(rf"(?:{chars}++|(?:{_ODD}|\.\.\.){{1,64}}+(?={chars}|[\s\"'`]*\Z))*+")


@lru_cache(maxsize=64)
def _strict(run: str) -> re.Pattern[str]:
    return re.compile(char_class(frozenset(run)) + "*")


def _run_end(text: str, mark: Mark, start: int) -> int:
    if mark.text.startswith("-----BEGIN"):
        return _armour_end(text, start + len(mark.text))
    # A mark inside can stand in one run many times; twice the greatest length tells that it is none.
    limit = start + (MAX_RUN if mark.leading else min(MAX_RUN, 2 * mark.longest + 1))
    match = _extension(mark.run).match(text, start + (len(mark.text) if mark.leading else 0), limit)
    end = match.end() if match is not None else start
    strict = _strict(mark.run).match(text, start, limit)
    strict_end = strict.end() if strict is not None else start
    if strict_end < end and strict_end - start in mark.lengths and not text[strict_end].isalnum():
        return strict_end
    while end > start and text[end - 1] in "-_" and text[end - 1] not in mark.run:
        end -= 1
    # The full stop of a sentence.
    if text[end - 1 : end] == "." and text[end - 3 : end] != "..." and text.count(".", start, end) > 2:
        end -= 1
    return end


def _long_run_end(text: str, mark: Mark, start: int) -> int:
    """Return up to where a mark at or behind `start` stands in a run that goes on for too long behind it."""
    match = _extension(mark.run).match(text, start)
    return match.end() - 2 * mark.longest if match is not None else start


def armour_of(text: str) -> bool:
    """Say whether a text is a PEM block: line breaks around one are usual."""
    return text.lstrip().startswith("-----BEGIN ")


_ARMOUR_EDGE = re.compile(r"-----(?:END [A-Z ]{1,40}-----|BEGIN )")
_ARMOUR_BODY = re.compile(r"(?:\s|\\[nrt]|[A-Za-z0-9+/=]{16,}+)*+")


def _armour_end(text: str, start: int) -> int:
    edge = _ARMOUR_EDGE.search(text, start, start + _MAX_ARMOUR)
    if edge is not None and edge[0].startswith("-----END"):
        return edge.end()
    body = _ARMOUR_BODY.match(text, start, start + _MAX_ARMOUR)
    end = body.end() if body is not None else start
    return start + len(text[start:end].rstrip(SURROUNDING + "\\"))
