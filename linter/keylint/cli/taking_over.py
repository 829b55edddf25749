"""From what another tool ignores to the findings that are meant."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from keylint.baseline.detectsecrets import digests
from keylint.engine.silencing import texts_of
from keylint.report.safe import clean
from keylint.sources import SourceError, committed_text, relative_path
from keylint.suppress import LEAKS

if TYPE_CHECKING:
    from keylint.baseline.foreign import Ignored
    from keylint.baseline.ledger import Match
    from keylint.cli.baselines import Shown


class TakenOver(NamedTuple):
    """The leaks that are meant, each with a reason if there is one, and what is to be said of some of them and of the rest."""

    chosen: list[tuple[Match, str | None]]
    by_line: list[str]
    """What is bound because it stands where another tool ignores whatever stands there."""
    left_out: list[str]


def taken_over(ignored: Iterable[Ignored], matches: Sequence[Match], root: str, shown: Shown, file: str) -> TakenOver:
    """Return the leaks that another tool ignores.

    `file` is that of the other tool, `root` the project's.
    """
    by_path: dict[str, list[Match]] = {}
    for match in matches:
        if match.finding.code.startswith(LEAKS):
            by_path.setdefault(match.binding.path, []).append(match)
    lines = _Committed(root)
    chosen: list[tuple[Match, str | None]] = []
    by_line: list[str] = []
    left_out: list[str] = []
    for each in ignored:
        path = relative_path(each.path, root) if os.path.isabs(each.path) else each.path
        there = by_path.get(path, [])
        meant = [match for match in there if _is_meant(match, each, path, lines)]
        reason = None if each.is_secret else f"no secret, says {shown.path(os.path.basename(file))}"
        chosen += [(match, reason) for match in meant]
        if each.sha1 is None and each.secret is None and each.commit is None:
            by_line += [f"{_place(each, shown)}: {clean(match.finding.excerpt)}" for match in meant]
        if not meant:
            left_out.append(f"{_place(each, shown)}: {_why(each, there, os.path.join(root, path))}")
    return TakenOver(chosen, by_line, left_out)


def _is_meant(match: Match, each: Ignored, path: str, lines: _Committed) -> bool:
    texts, place = texts_of(match.finding), match.finding.place
    if each.sha1 is not None:
        return any(each.sha1 in digests(text) for text in texts)
    if each.secret is not None:
        return any(text == each.secret or (len(text) >= _TELLING and text in each.secret) for text in texts)
    if each.line is None:
        return False
    if each.commit is not None:
        line = lines.line(each.commit, path, each.line)
        return bool(texts) and line is not None and texts[0] in line
    return place.cell is None and place.line <= each.line <= place.end_line


_TELLING = 12
"""Characters of a key that are not a part of another one by chance."""


class _Committed:
    """The lines of files as they were committed."""

    def __init__(self, root: str) -> None:
        self._lines = cache(lambda commit, path: self._read(root, commit, path))

    def line(self, commit: str, path: str, number: int) -> str | None:
        """Return a line, counted from 1, if it is there."""
        lines = self._lines(commit, path)
        return lines[number - 1] if 0 < number <= len(lines) else None

    @staticmethod
    def _read(root: str, commit: str, path: str) -> list[str]:
        try:
            text = committed_text(root, commit, path)
        except SourceError:
            return []
        return text.split("\n") if text is not None else []


def _place(each: Ignored, shown: Shown) -> str:
    at = f":{each.line}" if each.line is not None else ""
    commit = f" of commit {each.commit[:7]}" if each.commit is not None else ""
    return f"{shown.path(each.path)}{at}{commit}"


def _why(each: Ignored, there: Sequence[Match], absolute: str) -> str:
    if not os.path.lexists(absolute):
        return "there is no such file"
    if each.sha1 is None and each.secret is None and each.line is None:
        return "it says neither which key it means nor where that stands"
    if not there:
        return "keylint finds no leak in this file"
    return (
        "keylint finds no such leak there"
        if each.commit is None
        else "what stood there then is no leak that keylint finds now"
    )
