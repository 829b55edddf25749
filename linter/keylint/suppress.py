"""Inline ignores: `# keylint: ignore[KL101] reason`. They name their codes, are counted, and unused ones are said.

The comments of other tools say "this is not a leak" of their line, and silence KL1xx there.

In code, YAML, TOML and shell the comment stands on the finding's logical line. Where a comment would become part of a value
(`.env`, INI) it stands alone on the line above. JSON and outputs of notebooks have no comments: there a baseline is the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from keylint.config import quoted
from keylint.model import Finding, Place

_IGNORE = r"[ \t]*keylint:[ \t]*ignore(?:\[(?P<codes>[^\]\n]*)\])?(?P<reason>[^\n]*)"
_COMMENT = re.compile(rf"(?:#|//|/\*|<!--|;|--){_IGNORE}")
_HIDDEN = re.compile(rf"(?<!`)<!--{_IGNORE}")
# A word behind `until` may be part of the reason; what begins with a digit is to be a day.
_UNTIL = re.compile(r"\buntil[ \t:]+(\d[\w./-]*)", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CODE = re.compile(r"KL\d{3}\Z")
_WHOLE_LINE_ONLY = re.compile(r"(?:^|/)(?:[^/]*\.env(?:\.[^/]*)?|\.envrc|[^/]*\.(?:ini|cfg|conf|properties))\Z")
_NO_COMMENTS = ".json"
# Text that explains ignore comments has none but those that its reader does not see.
_PROSE = re.compile(r"(?:\.(?:md|rst|txt|adoc)|(?:^|/)(?:METADATA|PKG-INFO|README|RECORD))\Z")
_PYTHON = (".py", ".pyi", ".pyw")

Language = Literal["python", "code", "prose"]
"""What is written in a cell of a notebook."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """One ignore comment. `first` to `last` are the lines that it covers."""

    path: str
    line: int
    codes: tuple[str, ...]
    first: int
    last: int
    problem: str | None = None
    until: date | None = None
    """The last day on which it holds."""
    cell: int | None = None
    """In notebooks: the cell that the lines are counted in."""

    def holds(self, today: date) -> bool:
        """Say whether it still silences anything."""
        return self.until is None or today <= self.until


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What is left after the ignores, how many findings they silenced, and the ignores that silenced none."""

    findings: tuple[Finding, ...]
    count: int
    unused: tuple[Ignore, ...]
    ended: tuple[Ignore, ...] = ()
    """The ignores of something that is still there, which do not hold any more."""
    shared: tuple[Ignore, ...] = ()
    """The ignores that cover another secret, too: that is left."""


def find(path: str, text: str) -> tuple[Ignore, ...]:
    """Return the ignore comments of a file that is no notebook."""
    if path.endswith(_NO_COMMENTS):
        return ()
    if path.endswith(_PYTHON):
        return tuple(_find_in_python(path, text))
    comment = _HIDDEN if _PROSE.search(path) is not None else _COMMENT
    return tuple(_find_in_lines(path, text, comment, alone=_WHOLE_LINE_ONLY.search(path) is not None))


def find_in_cell(path: str, cell: int, source: str, language: Language) -> tuple[Ignore, ...]:
    """Return the ignore comments of what is written in a cell of the notebook at `path`."""
    if language == "python":
        found = _find_in_python(path, source)
    else:
        found = _find_in_lines(path, source, _HIDDEN if language == "prose" else _COMMENT)
    return tuple(replace(ignore, cell=cell) for ignore in found)


def _find_in_lines(path: str, text: str, comment: re.Pattern[str], *, alone: bool = False) -> Iterator[Ignore]:
    """Yield the comments of a text without a syntax. `alone`: behind a value a comment would be part of it."""
    for number, line in enumerate(text.splitlines(), 1):
        match = comment.search(line)
        if match is not None:
            is_alone = not line[: match.start()].strip()
            covered = number + 1 if is_alone else number
            if is_alone or not alone:
                yield _ignore(path, number, match, covered, covered)


def _find_in_python(path: str, text: str) -> Iterator[Ignore]:
    """Python's own tokens tell comments from strings, and where a logical line ends."""
    comments, statements = _tokens(text)
    lines = text.splitlines()
    for number, (column, comment) in comments.items():
        match = _COMMENT.match(comment)
        if match is not None:
            alone = not lines[number - 1][:column].strip() if number <= len(lines) else False
            inside = statements.get(number)
            covered = number + 1 if alone and inside is None else number
            first, last = statements.get(covered, (covered, covered))
            yield _ignore(path, number, match, first, last)


def _tokens(text: str) -> tuple[dict[int, tuple[int, str]], dict[int, tuple[int, int]]]:
    """Return the comments (line -> column, text) and the logical lines (line -> first, last), up to the first token error."""
    import io
    import tokenize

    comments: dict[int, tuple[int, str]] = {}
    statements: dict[int, tuple[int, int]] = {}
    start: int | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                comments[token.start[0]] = (token.start[1], token.string)
            elif token.type == tokenize.NEWLINE:
                first = token.start[0] if start is None else start
                statements.update(dict.fromkeys(range(first, token.end[0] + 1), (first, token.end[0])))
                start = None
            elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT) and start is None:
                start = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass  # what was found up to there holds
    return comments, statements


def _ignore(path: str, line: int, match: re.Match[str], first: int, last: int) -> Ignore:
    codes = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
    wrong = [code for code in codes if not _CODE.match(code)]
    if not codes:
        return Ignore(path, line, (), first, last, "names no rule: write `keylint: ignore[KL101] reason`")
    written = _UNTIL.search(match["reason"])
    until = _day(written[1].rstrip(".")) if written is not None else None
    if written is not None and until is None:
        return Ignore(path, line, (), first, last, "names no day: write `until YYYY-MM-DD`")
    problem = f"unknown code {quoted(wrong[0][:8])}" if wrong else None
    return Ignore(path, line, tuple(c for c in codes if c not in wrong), first, last, problem, until)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def apply(
    findings: Iterable[Finding], ignores: Sequence[Ignore], today: date, secret_of: Callable[[Finding], object]
) -> Suppressed:
    """Drop the findings that an ignore covers, and say which ignores covered none.

    An ignore is about one secret for each of its codes: the one that is nearest to the comment, at all its places.
    `secret_of` tells what a finding is about.
    """
    findings = tuple(findings)
    covering = _covering(ignores)
    covered: dict[tuple[Ignore, str], list[Finding]] = {}
    for finding in findings:
        for ignore in covering(finding.code, finding.place):
            covered.setdefault((ignore, finding.code), []).append(finding)
    silenced: set[int] = set()
    for (ignore, _), there in covered.items():
        if ignore.holds(today):
            meant = secret_of(min(there, key=lambda finding: _distance(ignore, finding.place)))
            silenced.update(id(finding) for finding in there if secret_of(finding) == meant)
    kept = tuple(finding for finding in findings if id(finding) not in silenced)
    used = {ignore for ignore, _ in covered}
    shared = {ignore for (ignore, _), there in covered.items() if any(id(finding) not in silenced for finding in there)}
    return Suppressed(
        kept,
        len(findings) - len(kept),
        tuple(ignore for ignore in ignores if ignore not in used),
        tuple(ignore for ignore in ignores if ignore in used and not ignore.holds(today)),
        tuple(ignore for ignore in ignores if ignore in shared and ignore.holds(today)),
    )


def _distance(ignore: Ignore, place: Place) -> tuple[int, int, int]:
    """Return how far a finding is from a comment: on its line, on the next one, elsewhere in the statement."""
    if place.line <= ignore.line <= place.end_line:
        return 0, place.line, place.column
    return (1 if place.line == ignore.line + 1 else 2), place.line, place.column


def needless(ignores: Sequence[Ignore], spots: Iterable[tuple[str, Place]]) -> tuple[Ignore, ...]:
    """Return the ignores that cover none of some codes and their places."""
    covering = _covering(ignores)
    used = {ignore for code, place in spots for ignore in covering(code, place)}
    return tuple(ignore for ignore in ignores if ignore not in used)


def _covering(ignores: Iterable[Ignore]) -> Callable[[str, Place], list[Ignore]]:
    """Return what tells the ignores of a code at a place."""
    by_line: dict[tuple[str, int | None, int], list[Ignore]] = {}
    for ignore in ignores:
        for line in range(ignore.first, ignore.last + 1):
            by_line.setdefault((ignore.path, ignore.cell, line), []).append(ignore)

    def covering(code: str, place: Place) -> list[Ignore]:
        lines = range(place.line, place.end_line + 1)
        there = (ignore for line in lines for ignore in by_line.get((place.path, place.cell, line), ()))
        return [ignore for ignore in there if code in ignore.codes]

    return covering


# ------------------------------------------------------------------ the comments of other tools

LEAKS = "KL1"
"""The family that they silence."""
# As detect-secrets has them, and `;` and `%` besides. Behind the words anything may follow.
_LEADERS = r"(?:#|//|/\*|'|--|;|%|<!--[# \t]*?)"
_ALLOWED = _LEADERS + r"[ \t]*pragma: ?(?:allow|white)list[ -]secret"
# Nothing stands before it: else one comment would allow its own line's key or the next one's, and nobody could tell which.
_NEXT_ALLOWED = r"[ \t]*" + _LEADERS + r"[ \t]*pragma: ?allowlist[ -]nextline[ -]secret"
# Whose comments count where the configuration says so; those of detect-secrets always do.
_FOREIGN = {
    "gitleaks": r"\b(?:gitleaks|betterleaks):allow\b",
    "kingfisher": r"\bkingfisher:(?:ignore|allow)\b",
    "trufflehog": r"\btrufflehog:ignore\b",
    "ggshield": r"(?<![.\w-])ggignore(?![\w-])",
    "bandit": r"(?i:#[ \t]*noqa[ \t]*:[ \t]*(?:[A-Z]+\d+[ \t,]+)*S10[567]\b"
    r"|#[ \t]*nosec\b(?![ \t:]*(?:[A-Z]\d|[A-Z]+_[A-Z]))"
    r"|#[ \t]*nosec[ \t:]*(?:\w+[ \t,]+)*(?:B10[567]\b|hardcoded_password_))",
}


def apply_foreign(
    findings: Sequence[Finding], lines_of: Callable[[Finding], Sequence[str]], tools: Sequence[str]
) -> tuple[tuple[Finding, ...], int]:
    """Drop the leaks on whose line another tool's comment stands; return what is left, and how many were dropped.

    `lines_of` returns the lines of the file, or of the notebook's cell, that a finding stands in.
    """
    own, before = re.compile("|".join((_ALLOWED, *(_FOREIGN[tool] for tool in tools)))), re.compile(_NEXT_ALLOWED)
    known: dict[tuple[str, int | None, int], bool] = {}

    def is_allowed(finding: Finding, number: int) -> bool:
        """Say whether a line is allowed. It may be a whole file, with thousands of findings: it is looked at once."""
        line = (finding.place.path, finding.place.cell, number)
        if line not in known:
            lines = lines_of(finding)
            here = lines[number - 1] if number <= len(lines) else ""
            above = lines[number - 2] if 1 < number <= len(lines) else ""
            known[line] = own.search(here) is not None or before.match(above) is not None
        return known[line]

    def is_left(finding: Finding) -> bool:
        if not finding.code.startswith(LEAKS):
            return True
        # A comment stands where a value begins, or where it ends.
        return not (is_allowed(finding, finding.place.line) or is_allowed(finding, finding.place.end_line))

    kept = tuple(filter(is_left, findings))
    return kept, len(findings) - len(kept)
