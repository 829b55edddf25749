"""Applying the fixes of a report, or showing what they would do."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping

from keylint.model import Edit, Finding, Report, mask
from keylint.sources.write import replace_file


def apply(report: Report, *, unsafe: bool = False) -> int:
    """Rewrite the files of a report's fixable findings; return how many findings that repairs."""
    for path, edits in _edits(report, unsafe).items():
        absolute = os.path.join(report.root, path)
        with open(absolute, "rb") as file:
            text = file.read().decode("utf-8")
        replace_file(absolute, edited(text, edits).encode())
    return sum(1 for finding in report.findings if _applies(finding, unsafe))


def diff(report: Report, *, unsafe: bool = False) -> str:
    """Return a unified diff of what `apply` would change, with every value of the report's keys masked."""
    hidden = sorted({d.secret.reveal() for key in report.keys for d in key.definitions}, key=len, reverse=True)
    hidden += sorted({d.judgement.key for key in report.keys for d in key.definitions}, key=len, reverse=True)
    pages = []
    for path, edits in _edits(report, unsafe).items():
        with open(os.path.join(report.root, path), "rb") as file:
            before = file.read().decode("utf-8")
        after = edited(before, edits)
        pages += [
            _masked(line, hidden)
            for line in difflib.unified_diff(
                before.splitlines(keepends=True), after.splitlines(keepends=True), path, path, n=0
            )
        ]
    return "".join(line if line.endswith("\n") else line + "\n" for line in pages)


def _masked(line: str, hidden: list[str]) -> str:
    for value in hidden:
        if value.strip():
            line = line.replace(value, mask(value)).replace(value.strip(), mask(value.strip()))
    return line


def _edits(report: Report, unsafe: bool) -> Mapping[str, list[Edit]]:
    by_path: dict[str, list[Edit]] = {}
    for finding in report.findings:
        if finding.fix is not None and _applies(finding, unsafe):
            for edit in finding.fix.edits:
                by_path.setdefault(edit.place.path, []).append(edit)
    return by_path


def _applies(finding: Finding, unsafe: bool) -> bool:
    fix = finding.fix
    return fix is not None and bool(fix.edits) and (fix.safe or unsafe) and finding.place.cell is None


def edited(text: str, edits: list[Edit]) -> str:
    """Return `text` with the edits done, from the end, so that none moves another; overlapping ones are done once."""
    starts = [0, *_line_starts(text)]
    spans = sorted(
        {
            (
                starts[e.place.line - 1] + e.place.column - 1,
                starts[e.place.end_line - 1] + e.place.end_column - 1,
                e.text,
            )
            for e in edits
        },
        reverse=True,
    )
    limit = len(text)
    for start, end, replacement in spans:
        if end <= limit:
            text = text[:start] + replacement + text[end:]
            limit = start
    return text


def _line_starts(text: str) -> Iterator[int]:
    position = text.find("\n")
    while position >= 0:
        yield position + 1
        position = text.find("\n", position + 1)
