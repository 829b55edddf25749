"""The pieces that blocks of text are made of: the frame around the steps of a trace, what it ends in, labelled rows."""

from __future__ import annotations

from collections.abc import Sequence

from keylint.model import Finding, Report, Step
from keylint.report import words
from keylint.report.terminal import Cell, Paper

ROWS = 8
"""So many rows of one label are shown."""
STANDING_STYLES = {"dead": "red", "malformed": "red", "live": "green", "unknown": "yellow"}
_LABEL = 9
_OUTCOME_STYLES = {"fails": "error", "will": "warning", "works": "green"}


def frame(paper: Paper, steps: Sequence[Step], *, to_use: bool, at: int = 0, below: Sequence[str] = ()) -> list[str]:
    """Return the steps, first to last, with the lines `below` under the one with the number `at`.

    `to_use`: the last step is a use, and not only one more place.
    """
    glyphs = paper.glyphs
    rows = paper.columns([((words.place(s.place), "cyan"), (s.note, "")) for s in steps], 5)
    lines: list[str] = []
    for number, (stop, *more) in enumerate(rows):
        last = number == len(steps) - 1
        glyph = (glyphs.use if to_use else glyphs.last) if last else glyphs.step if number else glyphs.first
        under = more + (list(below) if number == at else [])
        lines.append(f"  {paper.paint(glyph, 'blue')} {stop}")
        lines += [f"  {'  ' if last else paper.paint(glyphs.bar, 'blue')} {line}".rstrip() for line in under]
    return lines


def ending(paper: Paper, finding: Finding | None, phrase: str) -> list[str]:
    """Return the lines under a frame: what becomes of the call at its end, and the finding that says so."""
    if finding is not None:
        return [f"     {line}" for row in paper.columns([(tag(finding), (phrase, ""))], 5) for line in row]
    if not phrase:
        return []
    first, *more = paper.wrap(phrase, 5)
    return [f"     {line}" for line in (outcome_painted(paper, first), *more)]


def outcome_painted(paper: Paper, phrase: str) -> str:
    """Return a phrase that begins with an outcome, with that word in its colour."""
    first, blank, rest = phrase.partition(" ")
    return paper.paint(first, _OUTCOME_STYLES.get(first.rstrip(","), "")) + blank + rest


def tag(finding: Finding | None) -> Cell:
    """Return severity and code of a finding."""
    return (f"{finding.severity.value} {finding.code}", finding.severity.value) if finding is not None else ("", "")


def field(paper: Paper, label: str, rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the rows behind a label; of many, the first and how many more there are."""
    if not rows:
        return []
    shown = [line for row in paper.columns(rows[:ROWS], _LABEL + 2) for line in row] + more(paper, len(rows))
    heads = [paper.paint(label, "dim") + " " * (_LABEL - len(label)), *[" " * _LABEL] * (len(shown) - 1)]
    return [f"  {head}{line}".rstrip() for head, line in zip(heads, shown, strict=True)]


def more(paper: Paper, number: int) -> list[str]:
    """Return the line that says how many rows are left out, where some are."""
    return [paper.paint(paper.say(f"… and {number - ROWS:,} more"), "dim")] if number > ROWS else []


def incomplete(paper: Paper, report: Report) -> list[str]:
    """Return the files that were not looked at as they should have been."""
    rows = [((words.place_of_file(s.path), "cyan"), (s.reason, "")) for s in words.not_wholly_read(report)]
    if not rows:
        return []
    lines = [line for row in paper.columns(rows[:ROWS], 2) for line in row] + more(paper, len(rows))
    return [paper.paint("Not, or not wholly, checked:", "warning"), *(f"  {line}" for line in lines)]
