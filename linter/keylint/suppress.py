"""Inline ignores: `# keylint: ignore[KL101] reason`. They name their codes, are counted, and unused ones are said.

In code, YAML, TOML and shell the comment stands on the finding's logical line. Where a comment would become part of a value
(`.env`, INI) it stands alone on the line above. JSON and notebooks have no comments: there a baseline is the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keylint.config import quoted
from keylint.model import Finding

_COMMENT = re.compile(r"(?:#|//|/\*|<!--|;|--)[ \t]*keylint:[ \t]*ignore(?:\[(?P<codes>[^\]\n]*)\])?")
_CODE = re.compile(r"KL\d{1,3}\Z")
_WHOLE_LINE_ONLY = re.compile(r"(?:^|/)(?:[^/]*\.env(?:\.[^/]*)?|\.envrc|[^/]*\.(?:ini|cfg|conf|properties))\Z")
_NO_COMMENTS = (".json", ".ipynb")
# Text that explains ignore comments has none.
_PROSE = re.compile(r"(?:\.(?:md|rst|txt|adoc)|(?:^|/)(?:METADATA|PKG-INFO|README|RECORD))\Z")
_PYTHON = (".py", ".pyi", ".pyw")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One ignore comment. `first` to `last` are the lines that it covers."""

    path: str
    line: int
    codes: tuple[str, ...]
    first: int
    last: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What is left after the ignores, how many findings they silenced, and the ignores that silenced none."""

    findings: tuple[Finding, ...]
    count: int
    unused: tuple[Ignore, ...]


def find(path: str, text: str) -> tuple[Ignore, ...]:
    """Return the ignore comments of a file."""
    if path.endswith(_NO_COMMENTS) or _PROSE.search(path):
        return ()
    if path.endswith(_PYTHON):
        return _find_in_python(path, text)
    whole_line_only = _WHOLE_LINE_ONLY.search(path) is not None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(line)
        if match is None:
            continue
        alone = not line[: match.start()].strip()
        if alone or not whole_line_only:  # in these files an inline comment is part of the value
            covered = number + 1 if alone else number
            found.append(_ignore(path, number, match["codes"], covered, covered))
    return tuple(found)


def _find_in_python(path: str, text: str) -> tuple[Ignore, ...]:
    """Python's own tokens tell comments from strings, and where a logical line ends."""
    comments, statements = _tokens(text)
    lines = text.splitlines()
    found = []
    for number, (column, comment) in comments.items():
        match = _COMMENT.match(comment)
        if match is not None:
            alone = not lines[number - 1][:column].strip() if number <= len(lines) else False
            inside = statements.get(number)
            covered = number + 1 if alone and inside is None else number
            first, last = statements.get(covered, (covered, covered))
            found.append(_ignore(path, number, match["codes"], first, last))
    return tuple(found)


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


def _ignore(path: str, line: int, written: str | None, first: int, last: int) -> Ignore:
    codes = tuple(code.strip() for code in (written or "").split(",") if code.strip())
    wrong = [code for code in codes if not _CODE.match(code)]
    if not codes:
        return Ignore(path, line, (), first, last, "names no rule: write `keylint: ignore[KL101] reason`")
    if wrong:
        return Ignore(
            path, line, tuple(c for c in codes if c not in wrong), first, last, f"unknown code {quoted(wrong[0][:8])}"
        )
    return Ignore(path, line, codes, first, last)


def apply(findings: Iterable[Finding], ignores: Sequence[Ignore]) -> Suppressed:
    """Drop the findings that an ignore covers, and say which ignores covered none."""
    by_line: dict[tuple[str, int], list[Ignore]] = {}
    for ignore in ignores:
        for line in range(ignore.first, ignore.last + 1):
            by_line.setdefault((ignore.path, line), []).append(ignore)
    kept: list[Finding] = []
    used: set[Ignore] = set()
    count = 0
    for finding in findings:
        place = finding.place
        lines = range(place.line, place.end_line + 1)
        covering = [
            ignore for line in lines for ignore in by_line.get((place.path, line), ()) if finding.code in ignore.codes
        ]
        used.update(covering)
        if covering:
            count += 1
        else:
            kept.append(finding)
    return Suppressed(tuple(kept), count, tuple(ignore for ignore in ignores if ignore not in used))
