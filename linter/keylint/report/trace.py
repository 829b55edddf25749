"""Every way that a key takes through one line: from its definition to its use, what becomes of it there, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from keylint.model import Definition, Key, Place, Report, Step, Trace
from keylint.report import words
from keylint.report.excerpt import of_definition
from keylint.report.frame import STANDING_STYLES, ending, field, frame, incomplete
from keylint.report.line import OnLine, Spot, Way, hidden_by
from keylint.report.terminal import Cell, Paper

_Fields = Iterator[tuple[str, list[Sequence[Cell]]]]


def render(
    report: Report, spot: Spot, found: OnLine, *, color: bool = False, unicode: bool = True, width: int = 100
) -> str:
    """Return what stands on the line `spot`: a block per way and per unused key, or what is near; and the receipt."""
    paper = Paper(color=color, unicode=unicode, width=width)
    blocks = [_nothing(paper, report, spot, found)] if not found.ways and not found.idle else []
    for (place, sink), ways in groupby(found.ways, key=lambda way: (way.trace.use.place, way.trace.use.sink)):
        group = list(ways)
        head = [_head(paper, place, sink)]
        for way in group:
            blocks.append([*head, *_way(paper, report, way, differ=len({w.trace.environment for w in group}) > 1)])
            head = []
    blocks += [_idle(paper, report, definition, key) for definition, key in found.idle]
    blocks += [incomplete(paper, report), paper.wrap(words.receipt(report), 0)]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(paper: Paper, place: Place, what: str) -> str:
    return f"{paper.paint(paper.say(words.place(place)), 'cyan')}  {paper.paint(paper.say(what), 'bold')}"


def _way(paper: Paper, report: Report, way: Way, *, differ: bool) -> list[str]:
    trace = way.trace
    environments = [trace.environment or ""] if differ or trace.environment else []
    shown = _excerpt(paper, trace.definition, way.key) if trace.definition is not None else []
    lines = frame(paper, trace.steps, to_use=True, below=shown)
    lines += ending(paper, way.finding, words.outcome(trace.outcome, environments))
    for label, rows in _fields(report, way):
        lines += field(paper, label, rows)
    return lines


def _excerpt(paper: Paper, definition: Definition, key: Key | None) -> list[str]:
    masked = key.masked if key is not None else definition.secret.masked
    text, span = of_definition(definition, masked if len(definition.secret) else "")
    return paper.underlined(text, span, 5, "")


def _fields(report: Report, way: Way) -> _Fields:
    trace = way.trace
    if way.key is not None:
        yield from _about(report, way.key)
    if trace.definition is not None:
        yield from _value(report, trace.definition)
    if way.key is None:
        yield "no key", [((words.why_keyless(trace), ""),)]
    if trace.nearest is not None:
        yield "near", [((words.place(place), "cyan"), (name, "")) for place, name in _like(report, trace)]
    yield "next", [((step, ""),) for step in way.next]


def _about(report: Report, key: Key) -> _Fields:
    yield "key", [((words.identity(key), ""),)]
    yield "status", [((words.status(key, report.as_of), STANDING_STYLES[words.standing(key)]),)]


def _value(report: Report, definition: Definition) -> _Fields:
    yield "source", [((_source(definition), ""),)]
    yield "value", [((damage, "red"),) for damage in words.damage(definition)]
    shadow = report.shadows.get(definition.place)
    yield "loses to", [((words.place(shadow.place), "cyan"), (shadow.why, ""))] if shadow is not None else []
    yield "beats", [((words.place(place), "cyan"), (s.why, "")) for place, s in hidden_by(report, definition)]


def _source(definition: Definition) -> str:
    """Return what kind of file or code it is, and which environment it belongs to."""
    where = f", for {definition.environment}" if definition.environment else ""
    return f"{definition.channel.value}{where}"


def _like(report: Report, trace: Trace) -> list[tuple[Place, str]]:
    """Return where the variable is set that the missing one most likely stands for."""
    found = {d.place: d.env for key in report.keys for d in key.definitions if d.env == trace.nearest}
    return [(place, found[place] or "") for place in sorted(found, key=words.by_place)]


def _idle(paper: Paper, report: Report, definition: Definition, key: Key) -> list[str]:
    excerpt = _excerpt(paper, definition, key)
    lines = frame(paper, [Step(definition.place, "no call is seen that takes it")], to_use=False, below=excerpt)
    for label, rows in (*_about(report, key), *_value(report, definition)):
        lines += field(paper, label, rows)
    return lines


def _nothing(paper: Paper, report: Report, spot: Spot, found: OnLine) -> list[str]:
    lines = paper.wrap(f"{spot}: no key passes here that keylint sees.", 0)
    skipped = [skipped.reason for skipped in report.skipped if skipped.path == spot.path]
    if skipped:
        lines += paper.wrap(f"The file was not, or not wholly, looked at: {', '.join(skipped)}.", 0)
    if not found.near:
        return [*lines, *paper.wrap("Nor does one on any other line of that file.", 0)]
    rows = paper.columns([((words.place(each.place), "cyan"), (each.what, "")) for each in found.near], 2)
    return [*lines, "The nearest lines that one passes:", *(f"  {line}" for row in rows for line in row)]
