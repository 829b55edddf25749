"""The keys of a project as a table; what fails stands first.

OUTCOME    KEY            KIND                STATUS
fails      sk-proj-…x9Qd  OpenAI project key  revoked, says inventory keys.yaml, checked 2 days ago
  defined  .env.production:3:16   OPENAI_API_KEY in production
  used by  app/main.py:30:14      openai.OpenAI(api_key=…): fails in production (401 invalid_api_key)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from keylint.model import Definition, OutcomeKind, Place, Report, Shadow, Trace
from keylint.report import words
from keylint.report.frame import STANDING_STYLES, field, incomplete
from keylint.report.terminal import Cell, Paper, cells

_HEADS = ("OUTCOME", "KEY", "KIND", "STATUS")
_OUTCOME, _LONGEST_MASK, _GAP = 9, 24, 2
_STYLES = {OutcomeKind.FAILS: "error", OutcomeKind.WILL_FAIL: "warning", OutcomeKind.WORKS: "green", None: "dim"}
_NO_USE = "no use"


@dataclass(frozen=True, slots=True)
class _Row:
    """A key with its uses, or a use that no key reaches."""

    outcome: OutcomeKind | None
    standing: str
    place: Place
    cells: tuple[Cell, Cell, Cell]
    defined: tuple[Sequence[Cell], ...]
    used: tuple[Sequence[Cell], ...]


def render(report: Report, *, color: bool = False, unicode: bool = True, width: int = 100) -> str:
    """Return the table, what it adds up to, and the receipt."""
    paper = Paper(color=color, unicode=unicode, width=width)
    rows = sorted([*_keys(report), *_keyless(report)], key=_order)
    rooms = _rooms(paper, rows)
    blocks = [_block(paper, rooms, row) for row in rows]
    if rows:
        blocks[0] = [*_line(paper, rooms, [(head, "bold") for head in _HEADS]), *blocks[0]]
    ending = [*paper.wrap(words.keys_seen(report), 0), *paper.wrap(words.receipt(report), 0)]
    blocks += [incomplete(paper, report), ending]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _order(row: _Row) -> tuple[int, int, tuple[str, int, int, int]]:
    """What fails, will fail, or would fail if it was used; then what nobody knows, then what works."""
    dead = row.standing in ("dead", "malformed")
    rank = words.WORST_FIRST.index(row.outcome or OutcomeKind.UNKNOWN)
    return rank, not dead, words.by_place(row.place)


def _keys(report: Report) -> Iterable[_Row]:
    for key in report.keys:
        style = STANDING_STYLES[words.standing(key)]
        shown = (key.masked, "cyan"), (words.kind(key), ""), (words.status(key, report.as_of), style)
        defined = tuple(_defined(d, report.shadows) for d in key.definitions)
        first = key.definitions[0].place
        yield _Row(_worst(key.traces), words.standing(key), first, shown, defined, _used(key.traces))


def _keyless(report: Report) -> Iterable[_Row]:
    traces: dict[tuple[Place, str], list[Trace]] = {}
    for trace in report.keyless:
        traces.setdefault((trace.use.place, trace.use.sink), []).append(trace)
    for (place, _), group in traces.items():
        why = ", ".join(dict.fromkeys(map(words.why_keyless, group)))
        shown = (("no key", "dim"), (group[0].use.provider or "", ""), (why, ""))
        yield _Row(_worst(group), "", place, shown, (), _used(group))


def _worst(traces: Iterable[Trace]) -> OutcomeKind | None:
    return min((trace.outcome.kind for trace in traces), key=words.WORST_FIRST.index, default=None)


def _defined(definition: Definition, shadows: Mapping[Place, Shadow]) -> Sequence[Cell]:
    where = f" in {definition.environment}" if definition.environment else ""
    shadow = shadows.get(definition.place)
    lost = [f"never arrives: {words.place(shadow.place)} wins"] if shadow is not None else []
    said = (f"{definition.name or ''}{where}".strip(), *lost, *words.damage(definition))
    return (words.place(definition.place), "cyan"), ("; ".join(filter(None, said)), "")


def _used(traces: Iterable[Trace]) -> tuple[Sequence[Cell], ...]:
    uses: dict[tuple[Place, str], list[Trace]] = {}
    for trace in traces:
        uses.setdefault((trace.use.place, trace.use.sink), []).append(trace)
    ordered = sorted(uses.items(), key=lambda use: (words.WORST_FIRST.index(_worst(use[1]) or OutcomeKind.UNKNOWN),))
    return tuple(
        ((words.place(place), "cyan"), (f"{sink}: {words.outcomes(group)}", "")) for (place, sink), group in ordered
    )


def _block(paper: Paper, rooms: Sequence[int], row: _Row) -> list[str]:
    outcome = words.outcome_word(row.outcome) if row.outcome is not None else _NO_USE
    lines = _line(paper, rooms, [(outcome, _STYLES.get(row.outcome, "")), *row.cells])
    return [*lines, *field(paper, "defined", row.defined), *field(paper, "used by", row.used)]


def _rooms(paper: Paper, rows: Sequence[_Row]) -> tuple[int, ...]:
    """Return the cells of each column: kind and status share what outcome and key leave."""
    mask = min(max((cells(paper.say(row.cells[0][0])) for row in rows), default=0), _LONGEST_MASK)
    left = paper.width - _OUTCOME - mask - 3 * _GAP
    kind = min(max((cells(paper.say(row.cells[1][0])) for row in rows), default=0), left // 2)
    return _OUTCOME, mask, kind, left - kind


def _line(paper: Paper, rooms: Sequence[int], row: Sequence[Cell]) -> list[str]:
    """Return a row of the table; what is wider than its column goes on below."""
    columns = [paper.wrap(text, paper.width - room) for (text, _), room in zip(row, rooms, strict=True)]
    lines = []
    for number in range(max(map(len, columns))):
        line, used, start = "", 0, 0
        for (_, style), column, room in zip(row, columns, rooms, strict=True):
            if number < len(column):
                blanks = max(start - used, 1 if used else 0)
                line += " " * blanks + paper.paint(column[number], style)
                used += blanks + cells(column[number])
            start += room + _GAP
        lines.append(line)
    return lines
