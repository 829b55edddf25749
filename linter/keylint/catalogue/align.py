"""Laying a key over a form: whether it fits, and where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from keylint.catalogue.checksums import FUNCTIONS
from keylint.catalogue.grammar import Checksum, Form, Literal, Run, Segment, Structure
from keylint.catalogue.structures import DECODERS, Reading
from keylint.model import Claims


class Fit(NamedTuple):
    """A key has a form's lengths and characters. `fault` says what its checksum or structure contradicts."""

    proven: bool
    fault: str = ""
    truncated: bool = False
    foreign: bool = False
    claims: Claims = Claims()
    at: int = 0
    """The number of the segment that does not hold, from 1; 0 when all do."""
    doubtful: bool = False
    """The fault makes the key suspicious and refutes nothing."""


class Laid(NamedTuple):
    """The characters of a key that fall to a segment: fewer than it needs where the key ends."""

    segment: Segment
    start: int
    end: int


class Explanation(NamedTuple):
    """How far a key is from a form. Lengths in characters; `spot`: the first wrong character and its segment."""

    missing: int
    excess: int
    wrong: int
    spot: tuple[int, Segment | None]
    segment_start: int
    where: str
    """Where the key ends too early."""
    decided: bool
    """It ends before something that no key of any length lacks: fixed text, a checksum."""

    @property
    def cost(self) -> int:
        """The smaller, the better the form explains the key."""
        return 3 * (self.missing + self.excess) + self.wrong


def plural(count: int, noun: str) -> str:
    """Return `3 characters`."""
    return f"{count} {noun}" if count == 1 or noun == "more" else f"{count} {noun}s"


def fit(form: Form, key: str) -> Fit | None:
    """Check a key against a form; `None` when a length or a character is not the form's."""
    if not form.min <= len(key) <= form.max:
        return None
    match = form.regex.match(key)
    if match is None:
        return None
    proven = False
    claims = _labelled(form, match)
    for number, segment in enumerate(form.segments, 1):
        if isinstance(segment, Structure):
            reading = DECODERS[segment.name].read(match[number])
            if reading.foreign:
                return Fit(False, foreign=True, at=number)
            claims = _joined(claims, reading.claims)
            if reading.fault:
                return _faulty(reading, claims, number)
            proven = proven or reading.proven
        elif isinstance(segment, Checksum) and FUNCTIONS[segment.function].decidable:
            right = FUNCTIONS[segment.function].compute(_summed(form, segment, match, number))
            if match[number] not in right:
                return Fit(False, _mistyped(right, match[number]), claims=claims, at=number)
            proven = True
    return Fit(proven, claims=claims)


def _labelled(form: Form, match: re.Match[str]) -> Claims:
    """Return what the labelled segments of a form say."""
    if not form.claimed:
        return Claims()
    found = {label: match[number] for number, label in form.claimed}
    account = found.pop("account", None)
    return Claims(account=account, details=tuple(found.items()))


def _joined(first: Claims, second: Claims) -> Claims:
    """Return what both say; of one thing that both name, the second's word."""
    if first == Claims() or second == Claims():
        return first if second == Claims() else second
    return Claims(
        second.issued_at or first.issued_at,
        second.expires_at or first.expires_at,
        second.account or first.account,
        tuple((dict(first.details) | dict(second.details)).items()),
        second.not_before or first.not_before,
    )


def _faulty(reading: Reading, claims: Claims, number: int) -> Fit:
    return Fit(False, reading.fault, reading.truncated, claims=claims, at=number, doubtful=reading.doubtful)


def _summed(form: Form, segment: Checksum, match: re.Match[str], number: int) -> str:
    """Return the text that a checksum is computed over."""
    if not segment.labels:
        return match.string[: match.start(number)]
    parts = {s.label: match[i] for i, s in enumerate(form.segments, 1) if s.label}
    return "".join(parts[label] for label in segment.labels)


def _mistyped(right: tuple[str, ...], have: str) -> str:
    if not right:
        return "the checksum does not hold: mistyped"
    return f"checksum says `{right[0]}`, key has `{have}`: mistyped"


def align(form: Form, key: str, head: int = 0) -> Explanation:
    """Walk a form along a key and count what is missing, too much or wrong. The first `head` characters are right."""
    position = wrong = 0
    spot: tuple[int, Segment | None] = (len(key), None)
    segment_start = 0
    for index, laid in enumerate(lay(form, key)):
        segment, start, position = laid
        bad = [at for at in strange(laid, key) if at >= head]
        if bad and not wrong:
            spot, segment_start = (bad[0], segment), start
        wrong += len(bad)
        length = position - start
        if length < segment.min:
            missing = segment.min - length + sum(s.min for s in form.segments[index + 1 :])
            return Explanation(
                missing,
                0,
                wrong,
                spot,
                segment_start,
                _where(segment, length),
                not isinstance(segment, Run | Structure),
            )
    return Explanation(0, len(key) - position, wrong, spot, segment_start, "", False)


def lay(form: Form, key: str) -> Iterator[Laid]:
    """Walk a form along a key; the last segment is the one that the key ends in."""
    position = 0
    for index, segment in enumerate(form.segments):
        end = position + _taken(form.segments, index, key, position)
        yield Laid(segment, position, end)
        if end - position < segment.min:
            return
        position = end


def strange(laid: Laid, key: str) -> list[int]:
    """Return the positions, from 0, of characters that cannot stand in the segment that they fall to."""
    segment, start, end = laid
    return [at for at in range(start, end) if not _belongs(segment, at - start, key[at])]


def _taken(segments: tuple[Segment, ...], index: int, key: str, position: int) -> int:
    """How many characters of the key belong to a segment."""
    segment = segments[index]
    left = len(key) - position
    if isinstance(segment, Literal) or segment.min == segment.max:
        return min(segment.min, left)
    rest = segments[index + 1 :]
    follower = rest[0] if rest else None
    marked = isinstance(follower, Literal) and follower.text[0] not in segment.charset
    if marked and isinstance(follower, Literal):
        at = key.find(follower.text[0], position + segment.min, position + segment.max + 1)
        if at >= 0:
            return at - position
    if not marked and all(s.min == s.max for s in rest):
        fixed = left - sum(s.min for s in rest)
        if segment.min <= fixed <= segment.max:
            return fixed
    length = 0
    while length < min(segment.max, left) and key[position + length] in segment.charset:
        length += 1
    return max(length, min(segment.min, left))


def _belongs(segment: Segment, index: int, char: str) -> bool:
    return segment.text[index] == char if isinstance(segment, Literal) else char in segment.charset


def _where(segment: Segment, length: int) -> str:
    """Where a key of variable length ends too early, in words; `length` characters of the segment are there."""
    if isinstance(segment, Literal):
        return f"before `{segment.text}`"
    name = "its checksum" if isinstance(segment, Checksum) else "its last part"
    return f"inside {name} ({length} of {segment.min} characters)" if length else f"before {name}"


def read_anyway(form: Form, key: str) -> Fit | None:
    """Ask the decoder of a form that ends in a structure what is wrong with a key of impossible length."""
    *heads, last = form.segments
    head = "".join(segment.text for segment in heads if isinstance(segment, Literal))
    if not isinstance(last, Structure) or not all(isinstance(s, Literal) for s in heads) or not key.startswith(head):
        return None
    if any(char not in last.charset for char in key[len(head) :]):
        return None
    reading = DECODERS[last.name].read(key[len(head) :])
    return _faulty(reading, reading.claims, len(form.segments)) if reading.fault else None
