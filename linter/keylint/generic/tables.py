"""Columns that are called like credentials: tables in Markdown, CSV, rows that SQL inserts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from keylint.generic.candidate import Candidate, Form
from keylint.generic.names import Strength, strength, words

_ROW = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_RULE = re.compile(r"^[ \t>]{0,20}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*){1,40}\|?[ \t]*\r?$", re.MULTILINE)
_TITLE = re.compile(r"[\"'`*_ \t]*(?P<name>[A-Za-z][A-Za-z _.-]{1,40}?)[\"'`*_: \t]*")
_CELL = re.compile(r"[\s`*\"']*(?P<value>[^\s`*\"'](?:[^`*\"']*[^\s`*\"'])?)[\s`*\"']*")
_LONGEST_TITLES = 2_000
# Many more than a file is reported for: that some are left out is said there.
_MOST_ROWS, _MOST_CELLS = 20_000, 1_000
# Whose the secrets of a table of data are. Without such a column it lists words: common passwords, tokens of a text.
_OWNERS = frozenset(
    {"user", "username", "login", "mail", "email", "account", "host", "hostname", "server", "service", "ip", "machine",
     "site", "url", "database", "db", "member", "client", "device", "ssid"}
)  # fmt: skip
_DIGEST = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}|\*[0-9A-F]{40}"
)
_INSERT = re.compile(
    r"\binsert\s{1,9}(?:ignore\s{1,9})?into\s{1,9}[\w.\"`\[\]]{1,100}\s{0,9}\((?P<columns>[^()]{1,2000})\)\s{0,80}values?\s{0,80}(?=\()",
    re.IGNORECASE,
)
_SQL_VALUE = re.compile(
    r"\s*(?:N?'(?P<text>(?:[^'\\\r\n]|''|\\.){0,2000})'|\"(?P<double>[^\"\\\r\n]{0,2000})\"|[^,()'\"\r\n]{0,200}(?:\([^()]{0,200}\))?)\s*(?P<end>[,)])"
)
_NEXT = re.compile(r"\s{0,80},\s{0,80}(?=\()")


def markdown(text: str) -> Iterator[Candidate]:
    """Yield the cells of columns of Markdown's tables."""
    until = 0
    for rule in _RULE.finditer(text) if "-|" in text or "- |" in text or ":|" in text else ():
        if rule.start() < until:
            continue  # a row of a table
        stop = max(0, rule.start() - 1)
        start = max(text.rfind("\n", 0, stop) + 1, stop - _LONGEST_TITLES)
        columns = _columns(text, _cells(text, start, stop, "|"))
        for cells in _rows(text, rule.end() + 1, "|") if columns else ():
            until = cells[len(cells) - 1][1]
            # What is all letters says what the column is about.
            yield from (value for value in _values(text, columns, cells) if not value.value.isalpha())


def csv(text: str) -> Iterator[Candidate]:
    """Yield the cells of columns of a table of data whose first line has the names."""
    first = _ROW.match(text)
    if first is None or len(first[0]) > _LONGEST_TITLES:
        return
    sign = max(",;\t|", key=first[0].count)
    titles = _cells(text, 0, len(first[0].rstrip("\r\n")), sign)
    names = {word for start, end in titles for word in words(text[start:end])}
    columns = {n: name for n, name in _columns(text, titles).items() if name.lower() not in ("token", "tokens", "key")}
    if len(titles) > 1 and not _OWNERS.isdisjoint(names):
        for cells in _rows(text, first.end(), sign) if columns else ():
            yield from _values(text, columns, cells)


def inserted(text: str) -> Iterator[Candidate]:
    """Yield what SQL inserts into columns: `INSERT INTO users (name, password) VALUES ('bob', '…')`."""
    for match in _INSERT.finditer(text):
        columns = _columns(text, _cells(text, *match.span("columns"), ","))
        at = match.end()
        for _ in range(_MOST_ROWS if columns else 0):
            cells, at = _tuple(text, at + 1)
            yield from _values(text, columns, cells)
            following = _NEXT.match(text, at)
            if following is None:
                break
            at = following.end()


def _tuple(text: str, at: int) -> tuple[dict[int, tuple[int, int]], int]:
    """Return the spans of a row's literals by their number, and where the row ends."""
    cells = {}
    for number in range(_MOST_CELLS):
        value = _SQL_VALUE.match(text, at)
        if value is None:
            break
        at = value.end()
        if value["text"] or value["double"]:
            cells[number] = value.span("text" if value["text"] else "double")
        if value["end"] == ")":
            break
    return cells, at


def _rows(text: str, at: int, sign: str) -> Iterator[dict[int, tuple[int, int]]]:
    for _ in range(_MOST_ROWS):
        row = _ROW.match(text, at)
        if row is None or sign not in row[0]:
            return
        yield dict(enumerate(_cells(text, at, row.end(), sign)))
        at = row.end()


def _cells(text: str, start: int, end: int, sign: str) -> list[tuple[int, int]]:
    """Return the spans of the cells of a line. What begins with a sign in Markdown has no cell in front of it."""
    line = text[start:end]
    if sign == "|":
        start += len(line) - len(line.lstrip(" \t>").removeprefix("|"))
    cells, quoted, at = [], False, start
    for position in range(start, end):
        if text[position] == '"' and sign != "|":
            quoted = not quoted
        elif text[position] == sign and not quoted:
            cells.append((at, position))
            at = position + 1
    return [*cells, (at, end)]


def _columns(text: str, titles: Iterable[tuple[int, int]]) -> dict[int, str]:
    """Return the titles that name credentials, by the number of their column."""
    found = {}
    for number, (start, end) in enumerate(titles):
        title = _TITLE.fullmatch(text, start, end)
        if title is not None and strength(title["name"]) > Strength.WEAK:
            found[number] = title["name"]
    return found


def _values(text: str, columns: dict[int, str], cells: dict[int, tuple[int, int]]) -> Iterator[Candidate]:
    for number, name in columns.items():
        cell = _CELL.fullmatch(text, *cells[number]) if number in cells else None
        if cell is not None and not _DIGEST.fullmatch(cell["value"]):
            yield Candidate(*cell.span("value"), cell["value"], name, Form.BOUND)
