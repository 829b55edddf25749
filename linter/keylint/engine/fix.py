"""Applying the fixes of a report, or showing what they would do.

A fix is done only where the file still holds, at the very place, what was judged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from keylint.model import Definition, Edit, Finding, Report
from keylint.report import excerpt
from keylint.sources.read import read
from keylint.sources.write import replace_file


class Fixed(NamedTuple):
    """How many findings were repaired, and what could not be, and why."""

    findings: int
    problems: tuple[str, ...]


def apply(report: Report, *, unsafe: bool = False) -> Fixed:
    """Rewrite the files of a report's fixable findings."""
    count, problems = 0, []
    for path, findings in _by_path(report, unsafe).items():
        try:
            count += _apply(report.root, path, findings)
        except _CannotFixError as error:
            problems.append(f"{path}: not fixed: {error}")
        except OSError as error:
            problems.append(f"{path}: not fixed: {error.strerror}")
    return Fixed(count, tuple(problems))


def diff(report: Report, *, unsafe: bool = False) -> str:
    """Return what `apply` would change, in the form of a diff whose lines hold the names and the masked values."""
    pages = []
    for path, findings in _by_path(report, unsafe).items():
        pages.append(f"--- {path}\n+++ {path}\n")
        for finding in findings:
            definition = _definition(finding)
            pages += [
                f"@@ line {finding.place.line} @@ {finding.code} {finding.fix.description if finding.fix else ''}\n",
                f"-{_shown(definition, stray=True)}\n",
                f"+{_shown(definition, stray=False)}\n",
            ]
    return "".join(pages)


class _CannotFixError(Exception):
    pass


def _by_path(report: Report, unsafe: bool) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        fix = finding.fix
        if fix is not None and fix.edits and (fix.safe or unsafe) and finding.place.cell is None and finding.key:
            found.setdefault(finding.place.path, []).append(finding)
    return found


def _definition(finding: Finding) -> Definition:
    definitions = finding.key.definitions if finding.key is not None else ()
    return next(definition for definition in definitions if definition.place == finding.place)


def _apply(root: str, path: str, findings: Sequence[Finding]) -> int:
    absolute = os.path.join(root, path)
    if not os.path.realpath(absolute).startswith(os.path.realpath(root) + os.sep):
        raise _CannotFixError("a link that leads out of the project")
    data = read(absolute, path)
    if not isinstance(data, bytes):
        raise _CannotFixError(data.reason)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _CannotFixError("not UTF-8 text") from None
    starts = [0, *_line_starts(text)]
    current = [f for f in findings if _still_there(text, starts, _definition(f))]
    if not current:
        raise _CannotFixError("it has changed since it was checked")
    replace_file(absolute, edited(text, [edit for f in current if f.fix for edit in f.fix.edits]).encode())
    return len({(f.place, f.code) for f in current})


def _still_there(text: str, starts: Sequence[int], definition: Definition) -> bool:
    place = definition.place
    if max(place.line, place.end_line) > len(starts):
        return False
    start, end = starts[place.line - 1] + place.column - 1, starts[place.end_line - 1] + place.end_column - 1
    return text[start:end] == definition.secret.reveal()


def _shown(definition: Definition, *, stray: bool) -> str:
    """Return the binding with its masked value; `stray`: with what stands around the key, control characters escaped."""
    value, key = definition.secret.reveal(), definition.judgement.key
    before, _, after = value.partition(key) if key else (value, "", "")
    masked = definition.secret.masked
    if stray:
        masked = f"{_visible(before)}{masked}{_visible(after)}" if key in value else f"{masked} (invisible characters)"
    return excerpt.of_definition(definition, masked)[0]


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def edited(text: str, edits: Sequence[Edit]) -> str:
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
