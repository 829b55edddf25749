"""How well a kind is checked: made-up keys of it, and slips of the hand on them, put before the judge."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.checksums import FUNCTIONS
from keylint.catalogue.fake import fake
from keylint.catalogue.grammar import Checksum, Form, Literal, Segment, Structure, parse
from keylint.model import Judgement, KeyKind

_LONGEST_CUT = 5
_EITHER_CASE = frozenset(string.hexdigits)

# What lies beside a key on a keyboard, in the same case.
_ROWS = ("1234567890-=", "qwertyuiop", "asdfghjkl", "zxcvbnm,./", "!@#$%^&*()_+", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_BESIDE = {char: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, char in enumerate(row)}


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of damaged keys: some are refuted (certain), some suspicious; the others pass, or are taken for no key."""

    edits: int = 0
    refuted: int = 0
    suspicious: int = 0

    @property
    def caught(self) -> int:
        """Refuted or suspicious."""
        return self.refuted + self.suspicious


@dataclass(frozen=True, slots=True)
class Measured:
    """How a kind's own keys and damaged ones are judged."""

    kind: str
    keys: int
    accepted: int
    """Of `keys` well-formed ones."""
    typos: Tally
    """One character replaced, by another of the form's or by its neighbour on the keyboard."""
    tails: Tally
    """One to five characters cut off at the end."""
    heads: Tally
    """One to five characters cut off at the start."""
    transpositions: Tally
    """Two different neighbours exchanged."""
    region: Tally
    """Typos and transpositions in what a checksum or a proven structure covers; no edits where there is none."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A made-up key: its alphabet, and the positions that a checksum or structure covers or where case means nothing."""

    text: str
    alphabet: str
    covered: tuple[int, ...]
    caseless: frozenset[int]


_Edit = Callable[[_Key, Random], str | None]
"""Damages a key; `None` where that is not possible or makes no difference."""


def measure(kind: KeyKind, catalogue: Catalogue, keys: int = 50, edits: int = 200) -> Measured:
    """Judge `keys` made-up keys of a kind, all its forms in turn, and up to `edits` damaged ones for each sort of damage.

    The result is the same every time. Keys with a mark of their own are judged alone, those without as what one of their names
    holds; damaged ones where the kind is expected. Half of the cuts are at the end, half at the start.
    """
    name = _name(kind, catalogue) if kind.context else None
    forms = [parse(line) for line in kind.forms]
    made: list[_Key] = []
    accepted = 0
    for number in range(keys):
        text = fake(kind.id, number, catalogue=catalogue, form=number % len(forms))
        judgement = catalogue.judge(text, name=name, expected=(kind.id,) if kind.context else ())
        accepted += judgement.well_formed and kind.id in judgement.kinds
        made.append(_key(forms[number % len(forms)], text, judgement.proven))
    proven = [key for key in made if key.covered]

    def tally(edit: _Edit, count: int, among: Sequence[_Key] = made) -> Tally:
        texts = _damaged(among, edit, count, f"{kind.id}/{edit.__name__}")
        return _tally(catalogue.judge(text, name=name, expected=(kind.id,)) for text in texts)

    return Measured(
        kind=kind.id,
        keys=keys,
        accepted=accepted,
        typos=tally(_typo, edits),
        tails=tally(_tail, edits // 2),
        heads=tally(_head, edits // 2),
        transpositions=tally(_transposition, edits),
        region=tally(_slip_inside, edits, proven),
    )


def _name(kind: KeyKind, catalogue: Catalogue) -> str | None:
    variables = (env.name for env in catalogue.env.values() if kind.id in env.accepts)
    return kind.context_names[0] if kind.context_names else next(variables, None)


def _key(form: Form, text: str, proven: bool) -> _Key:
    match = form.regex.match(text)
    if match is None:
        raise ValueError(f"a key made from {form.text} does not have that form")
    covered: list[int] = []
    caseless: list[int] = []
    head = next((len(anchor) for anchor in form.anchors if text.startswith(anchor)), 0)
    for number, segment in enumerate(form.segments, 1):
        if not isinstance(segment, Literal):
            places = range(max(head, match.start(number)), match.end(number))
            covered += places if _is_covered(form, number, segment, proven) else ()
            caseless += places if _EITHER_CASE.issuperset(segment.charset.chars) else ()
    return _Key(text, "".join(sorted(form.charset)), tuple(covered), frozenset(caseless))


def _is_covered(form: Form, number: int, segment: Segment, proven: bool) -> bool:
    """Say whether a checksum is computed over a segment, or is it; without any, whether it is a structure that is proven.

    Fixed text does not count: without its mark a key is not recognised at all.
    """
    sums = [
        (at, other)
        for at, other in enumerate(form.segments, 1)
        if isinstance(other, Checksum) and FUNCTIONS[other.function].decidable
    ]
    if not sums:
        return proven and isinstance(segment, Structure)
    return any(at == number or (segment.label in s.labels if s.labels else number < at) for at, s in sums)


def _damaged(keys: Sequence[_Key], edit: _Edit, count: int, seed: str) -> Iterator[str]:
    rng = Random(seed)  # noqa: S311 - the figures are to be the same every time
    for number in range(count if keys else 0):
        text = edit(keys[number % len(keys)], rng)
        if text is not None:
            yield text


def _tally(judgements: Iterable[Judgement]) -> Tally:
    edits = refuted = suspicious = 0
    for judgement in judgements:
        edits += 1
        certain = any(defect.certain for defect in judgement.defects)
        refuted += certain
        suspicious += bool(judgement.defects) and not certain
    return Tally(edits, refuted, suspicious)


def _typo(key: _Key, rng: Random) -> str | None:
    return _replaced(key, rng.randrange(len(key.text)), rng)


def _tail(key: _Key, rng: Random) -> str | None:
    return key.text[: -rng.randint(1, _LONGEST_CUT)]


def _head(key: _Key, rng: Random) -> str | None:
    return key.text[rng.randint(1, _LONGEST_CUT) :]


def _transposition(key: _Key, rng: Random) -> str | None:
    return _exchanged(key, rng.randrange(len(key.text) - 1), rng)


def _slip_inside(key: _Key, rng: Random) -> str | None:
    place = rng.randrange(len(key.covered))
    at = key.covered[place]
    if rng.random() < 0.5 and key.covered[place + 1 : place + 2] == (at + 1,):
        return _exchanged(key, at, rng)
    return _replaced(key, at, rng)


def _replaced(key: _Key, at: int, rng: Random) -> str | None:
    old = key.text[at]
    others = (rng.random() < 0.5 and _BESIDE.get(old)) or key.alphabet
    new = rng.choice(others)
    return None if _is_same(key, at, old, new) else key.text[:at] + new + key.text[at + 1 :]


def _exchanged(key: _Key, at: int, _rng: Random) -> str | None:
    left, right = key.text[at], key.text[at + 1]
    return None if _is_same(key, at, left, right) else key.text[:at] + right + left + key.text[at + 2 :]


def _is_same(key: _Key, at: int, one: str, other: str) -> bool:
    return one == other or (at in key.caseless and one.lower() == other.lower())
