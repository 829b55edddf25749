"""What a form demands of a key, one demand after the other, and how the key does by each.

Nothing is judged here a second time: the same fitting and aligning that the judge works with is told in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from keylint.catalogue.align import Fit, Laid, align, fit, lay, plural, read_anyway, strange
from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.checksums import FUNCTIONS
from keylint.catalogue.grammar import Checksum, Form, Literal, Run, Segment, Structure, parse
from keylint.catalogue.judge import describe
from keylint.model import KeyKind


class Result(StrEnum):
    """How a key does by one demand."""

    OK = "ok"
    WRONG = "wrong"
    NOT_REACHED = "not reached"
    """Something before it is wrong, or the key alone does not hold what it takes to decide."""


@dataclass(frozen=True, slots=True)
class Check:
    """One demand of a form. Positions count characters from 1, both ends included."""

    what: str
    """`prefix ghp_`, `length 40`, `30 characters of base62`, `checksum crc32_base62`."""
    result: Result
    span: tuple[int, int] | None = None
    """Where it stands in the key; where it is wrong, from the first wrong character on."""
    message: str = ""
    """Why it is wrong, or was not reached."""
    of_length: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """A key beside one kind: by the form that it fits, or comes nearest to."""

    kind: KeyKind
    form: Form
    fit: Fit | None
    """`None` when lengths or characters are not the form's."""
    checks: tuple[Check, ...]

    @property
    def well_formed(self) -> bool:
        """True when every demand is met."""
        return self.fit is not None and not self.fit.fault and not self.fit.foreign

    @property
    def proven(self) -> bool:
        """True when a checksum or a self-delimiting structure holds."""
        return self.well_formed and self.fit is not None and self.fit.proven


@dataclass(frozen=True, slots=True)
class Near:
    """A kind that a value of no known kind comes near to, and why. It is no proof."""

    kind: KeyKind
    why: str


def explain(kind: KeyKind, key: str) -> Explained:
    """Lay a key beside the forms of a kind and tell the best of them in full.

    `key` is what `Judgement.key` holds: the value without what surrounds it.
    """
    forms = [parse(line).merged for line in kind.forms]
    found = [(fit(form, key), form) for form in forms]
    fitting = [(result, form) for result, form in found if result is not None]
    if fitting:
        best, form = min(fitting, key=lambda pair: (bool(pair[0].foreign), bool(pair[0].fault), not pair[0].proven))
        return Explained(kind, form, best, tuple(_of_fit(form, key, best)))
    form = min(forms, key=lambda form: align(form, key).cost)
    return Explained(kind, form, None, tuple(_of_misfit(form, key)))


def _of_fit(form: Form, key: str, found: Fit) -> Iterator[Check]:
    match = form.regex.match(key)
    spans = [match.span(number + 1) for number in range(len(form.segments))] if match is not None else []
    head = _leading(form)
    for number, (segment, span) in enumerate(zip(form.segments, spans, strict=True), 1):
        if number == head + 1:
            yield _length_check(form, key)
        at = (span[0] + 1, span[1])
        what = _what(segment, number <= head)
        slip = _slip(form, key, segment) if number == found.at and found.fault else None
        if slip is not None:
            yield Check(what, Result.WRONG, slip, f"it holds when {_correction(slip)}")
        elif number == found.at:
            at = (len(key), len(key)) if found.truncated else at
            yield Check(what, Result.WRONG, at, found.fault or "it is something else that only begins so")
        elif isinstance(segment, Checksum | Structure) and found.at and number > found.at:
            yield Check(what, Result.NOT_REACHED, at)
        elif isinstance(segment, Checksum) and not FUNCTIONS[segment.function].decidable:
            yield Check(what, Result.NOT_REACHED, at, "it covers something that is not in the key")
        else:
            yield Check(what, Result.OK, at)
    if head == len(form.segments):
        yield _length_check(form, key)


# Checksums that are computed fast and hold by chance once in four thousand million times.
_SEARCHABLE = ("crc32", "bech32")
_LONGEST_SEARCHED = 260


def _slip(form: Form, key: str, segment: Segment) -> tuple[int, int] | None:
    """Return the place of one slip of the hand that explains why a checksum does not hold: a character, or two exchanged."""
    if (
        not isinstance(segment, Checksum)
        or not segment.function.startswith(_SEARCHABLE)
        or len(key) > _LONGEST_SEARCHED
    ):
        return None
    head = len(form.anchors[0]) if form.anchors else 0
    for at in range(head, len(key) - 1):
        if _holds(form, key[:at] + key[at + 1] + key[at] + key[at + 2 :]):
            return at + 1, at + 2
    chars = sorted(form.charset)
    for at in range(head, len(key)):
        if any(_holds(form, key[:at] + char + key[at + 1 :]) for char in chars):
            return at + 1, at + 1
    return None


def _holds(form: Form, key: str) -> bool:
    found = fit(form, key)
    return found is not None and found.proven and not found.fault


def _correction(slip: tuple[int, int]) -> str:
    first, last = slip
    return f"character {first} is another one" if first == last else f"characters {first} and {last} change places"


def _of_misfit(form: Form, key: str) -> Iterator[Check]:
    laid = list(lay(form, key))
    head = _leading(form)
    anyway = read_anyway(form, key)
    for number, segment in enumerate(form.segments, 1):
        if number == head + 1:
            yield _length_check(form, key)
        what = _what(segment, number <= head)
        if number > len(laid):
            yield Check(what, Result.NOT_REACHED)
        elif anyway is not None and anyway.at == number:
            yield Check(what, Result.WRONG, (laid[number - 1].start + 1, len(key)), anyway.fault)
        else:
            yield _laid_check(what, laid[number - 1], key)
    if head == len(form.segments):
        yield _length_check(form, key)


def _length_check(form: Form, key: str) -> Check:
    have = len(key)
    what = f"length {form.min}" if form.min == form.max else f"length {form.min} to {form.max}"
    if have < form.min:
        short = f"it has {have}: {plural(form.min - have, 'character')} short"
        return Check(what, Result.WRONG, (have, have), short, of_length=True)
    if have > form.max:
        long = f"it has {have}: {plural(have - form.max, 'character')} too many"
        return Check(what, Result.WRONG, (form.max + 1, have), long, of_length=True)
    return Check(what, Result.OK, of_length=True)


def _laid_check(what: str, laid: Laid, key: str) -> Check:
    segment, start, end = laid
    odd = strange(laid, key)
    if odd:
        return Check(what, Result.WRONG, (odd[0] + 1, odd[0] + 1), _oddity(laid, key, odd))
    if end - start < segment.min:
        have = end - start
        if not have:
            return Check(what, Result.NOT_REACHED)
        return Check(what, Result.WRONG, (end, end), f"the key ends here, {have} of {segment.min} characters are there")
    if isinstance(segment, Checksum | Structure):
        return Check(what, Result.NOT_REACHED, (start + 1, end))
    return Check(what, Result.OK, (start + 1, end))


def _oddity(laid: Laid, key: str, odd: Sequence[int]) -> str:
    segment, start, _ = laid
    if isinstance(segment, Literal):
        elsewhere = key.find(segment.text)
        if elsewhere >= 0:
            return f"it stands {_shift(elsewhere - start)}"
        return f"it is not there: character {odd[0] + 1} is {describe(key[odd[0]])}"
    more = f", and {plural(len(odd) - 1, 'more')} like it" if len(odd) > 1 else ""
    return f"character {odd[0] + 1} is {describe(key[odd[0]])}{more}"


def _shift(distance: int) -> str:
    return f"{plural(abs(distance), 'character')} too {'late' if distance > 0 else 'early'}"


def _leading(form: Form) -> int:
    """Return how many segments at the start are fixed text."""
    count = 0
    while count < len(form.segments) and isinstance(form.segments[count], Literal):
        count += 1
    return count


def _what(segment: Segment, leading: bool) -> str:
    if isinstance(segment, Literal):
        return f"{'prefix' if leading else 'marker'} {segment.text}"
    if isinstance(segment, Checksum):
        return f"checksum {segment.function}"
    if isinstance(segment, Structure):
        return f"structure {segment.name}"
    return _characters(segment)


def _characters(run: Run) -> str:
    name = run.charset.name.replace("`", "")
    if run.min == run.max == 1:
        return name if name.startswith("one of") else f"a character of {name}"
    count = str(run.min) if run.min == run.max else f"{run.min} to {run.max}"
    return f"{count} characters {'each ' if name.startswith('one of') else 'of '}{name}"


def nearest(catalogue: Catalogue, key: str, name: str | None = None, expected: Iterable[str] = ()) -> tuple[Near, ...]:
    """Return the kinds that a key of no known kind comes near to, the likeliest first.

    Args:
        catalogue: where to look.
        key: the value without what surrounds it.
        name: the name that it is bound to.
        expected: ids of the kinds that were expected.
    """
    found: dict[str, Near] = {}
    for near in (
        *_without_its_prefix(catalogue, key),
        *(Near(catalogue.kinds[kind], _expectation(catalogue, name)) for kind in expected),
        *_by_prefix(catalogue, key),
        *_by_form(catalogue, key),
    ):
        found.setdefault(near.kind.id, near)
    return tuple(found.values())


def _expectation(catalogue: Catalogue, name: str | None) -> str:
    return f"{name} holds such keys" if name in catalogue.env else "this is what was expected"


def _without_its_prefix(catalogue: Catalogue, key: str) -> Iterator[Near]:
    """Kinds that the key would be of, proven by its checksum, had its beginning not been lost."""
    for kind in catalogue.kinds.values():
        for form in map(parse, kind.forms):
            if not form.anchors or not any(isinstance(segment, Checksum) for segment in form.segments):
                continue
            anchor = form.anchors[0]
            for lost in range(len(anchor), 0, -1):
                whole = fit(form, anchor[:lost] + key)
                if whole is not None and whole.proven and not whole.fault:
                    yield Near(kind, f"with {anchor[:lost]} before it the checksum holds")


def _by_prefix(catalogue: Catalogue, key: str) -> list[Near]:
    """Kinds whose fixed beginning the key has, the longest first; in another case, too."""
    lower = key.lower()
    found: list[tuple[int, Near]] = []
    for kind in catalogue.kinds.values():
        anchors = [a for form in map(parse, kind.forms) for a in form.anchors if lower.startswith(a.lower())]
        if anchors:
            anchor = max(anchors, key=len)
            same = key.startswith(anchor)
            found.append(
                (-len(anchor), Near(kind, f"it begins with {anchor}" + ("" if same else ", but in another case")))
            )
    return [near for _, near in sorted(found, key=lambda pair: pair[0])]


def _by_form(catalogue: Catalogue, key: str) -> Iterator[Near]:
    """Kinds without a mark of their own whose form the key has."""
    for kind in catalogue.kinds.values():
        if kind.context and explain(kind, key).well_formed:
            yield Near(kind, "it is written like these, which are known by their variable or call only")
