"""What stands on one line of a file: the ways that keys take through it, and keys that go nowhere from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keylint.model import Definition, Finding, Key, Place, Report, Shadow, Trace
from keylint.report import words
from keylint.report.excerpt import of_definition

_NEAR = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file. In notebooks it counts within `cell`; without one, within any cell."""

    path: str
    line: int
    cell: int | None = None

    def __str__(self) -> str:
        cell = f"cell {self.cell}:" if self.cell is not None else ""
        return f"{words.place_of_file(self.path)}:{cell}{self.line}"

    def holds(self, place: Place) -> bool:
        """Say whether the line is one of those of a place."""
        same_file = place.path == self.path and self.cell in (None, place.cell)
        return same_file and place.line <= self.line <= place.end_line


@dataclass(frozen=True, slots=True)
class Way:
    """A trace that goes by the line, with its key, and what there is to do about its outcome."""

    trace: Trace
    key: Key | None
    finding: Finding | None
    """The one that reports the outcome."""
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Something that could have been meant instead."""

    place: Place
    what: str


@dataclass(frozen=True, slots=True)
class OnLine:
    """Everything on one line. `idle` are definitions that reach no use, `near` is filled where there is nothing."""

    ways: tuple[Way, ...]
    idle: tuple[tuple[Definition, Key], ...]
    near: tuple[Near, ...]


def on_line(report: Report, spot: Spot) -> OnLine:
    """Return what stands on the line, use by use and in each environment by environment."""
    passing = [
        (trace, key)
        for trace, key in _traces(report)
        if any(spot.holds(place) for place in (trace.use.place, *(step.place for step in trace.steps)))
    ]
    given = {(trace.use.place, trace.use.sink) for trace, key in passing if key is not None}
    passing.sort(key=lambda pair: _order(pair[0], is_given=(pair[0].use.place, pair[0].use.sink) in given))
    busy = {trace.definition.place for trace, _ in passing if trace.definition is not None}
    idle = [(d, k) for k in report.keys for d in k.definitions if spot.holds(d.place) and d.place not in busy]
    near = () if passing or idle else tuple(_near(report, spot))
    return OnLine(tuple(_way(report, trace, key) for trace, key in passing), tuple(idle), near)


def hidden_by(report: Report, definition: Definition | None) -> Iterator[tuple[Place, Shadow]]:
    """Yield the values that do not arrive because of this one."""
    for place in sorted(report.shadows, key=words.by_place):
        shadow = report.shadows[place]
        if definition is not None and shadow.place == definition.place:
            yield place, shadow


def _order(trace: Trace, *, is_given: bool) -> tuple[tuple[str, int, int, int], bool, str, str]:
    """Of the arguments of one call, those that a key is given for come first."""
    return words.by_place(trace.use.place), not is_given, trace.use.sink, trace.environment or ""


def _traces(report: Report) -> Iterator[tuple[Trace, Key | None]]:
    for key in report.keys:
        for trace in key.traces:
            yield trace, key
    for trace in report.keyless:
        yield trace, None


def _way(report: Report, trace: Trace, key: Key | None) -> Way:
    told = [f for f in report.findings if f.outcome is not None and _tells(f, trace, key)]
    roots = [f for f in report.findings if _is_cause(f, trace, key)]
    helps = dict.fromkeys(words.sentence(f.help) for f in roots or told if f.help)
    if not helps and trace.outcome.cause is not None:
        helps = {f"`keylint rule {trace.outcome.cause}` explains why.": None}
    return Way(trace, key, told[0] if told else None, tuple(helps))


def _tells(finding: Finding, trace: Trace, key: Key | None) -> bool:
    same = finding.place == trace.use.place and _same(finding.key, key) and finding.outcome == trace.outcome
    return same and (not finding.environments or (trace.environment or "") in finding.environments)


def _is_cause(finding: Finding, trace: Trace, key: Key | None) -> bool:
    definition = trace.definition
    return (
        definition is not None
        and finding.place == definition.place
        and finding.code == trace.outcome.cause
        and _same(finding.key, key)
    )


def _same(one: Key | None, other: Key | None) -> bool:
    return (one.fingerprint if one is not None else None) == (other.fingerprint if other is not None else None)


def _near(report: Report, spot: Spot) -> Iterable[Near]:
    places: dict[Place, str] = {}
    for trace, _ in _traces(report):
        places[trace.use.place] = trace.use.sink
        places.update((step.place, step.note) for step in trace.steps if step.place not in places)
    for key in report.keys:
        places.update((d.place, of_definition(d, key.masked)[0]) for d in key.definitions)
    here = [Near(place, what) for place, what in places.items() if place.path == spot.path]
    return sorted(here, key=lambda each: (abs(each.place.line - spot.line), words.by_place(each.place)))[:_NEAR]
