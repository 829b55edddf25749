"""CSV and TOML as the tree that YAML becomes (`yamltext`): texts that know in which line they stand."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from keylint.status.yamltext import MAX_DEPTH, UNREADABLE, Mapping, Node, Scalar, Sequence, YamlTextError

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

_AT_LINE = re.compile(r"\(at line (\d+),")
_DELIMITERS = ",;\t"
_HINT = "hint_"
_LISTS = frozenset({"endpoints"})
_TABLES = ("table", "table_array_element")

_Path = tuple[str | int, ...]


def parse_csv(text: str) -> Node:
    """Return the inventory that a CSV file is: a line of names, then a key in each line.

    Columns are parted by commas, semicolons or tabs. `hint_length`, `hint_prefix` and `hint_last4` are the parts of a hint,
    `endpoints` is parted by blanks, and an empty cell says nothing.

    Raises:
        YamlTextError: it is not CSV, or a line has more cells than there are names.
    """
    _refuse_unreadable(text)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    keys: list[Node] = []
    line = 1
    try:
        for row in rows:
            if names is None:
                names = _names(row)
            elif any(cell.strip() for cell in row):
                keys.append(_row(names, row, line))
            line = rows.line_num + 1
    except csv.Error:
        raise YamlTextError(line, "not CSV: it cannot be parsed here") from None
    if names is None:
        raise YamlTextError(1, "is empty")
    root: list[tuple[Scalar, Node]] = [
        (_scalar("keylint_inventory", 1), _scalar("1", 1)),
        (_scalar("keys", 1), _sequence(keys, 1)),
    ]
    return _mapping(root, 1)


def _names(row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    if len(set(names)) != len(names):
        raise YamlTextError(1, "a column is given twice")
    return names


def _row(names: list[str], row: list[str], line: int) -> Mapping:
    if len(row) > len(names):
        raise YamlTextError(line, f"{len(row)} cells under {len(names)} names")
    items: list[tuple[Scalar, Node]] = []
    hint: list[tuple[Scalar, Node]] = []
    for name, cell in zip(names, map(str.strip, row), strict=False):
        if not cell:
            continue
        if name.startswith(_HINT):
            hint.append((_scalar(name.removeprefix(_HINT), line), _scalar(cell, line)))
        elif name in _LISTS:
            items.append((_scalar(name, line), _sequence([_scalar(part, line) for part in cell.split()], line)))
        else:
            items.append((_scalar(name, line), _scalar(cell, line)))
    return _mapping([*items, (_scalar("hint", line), _mapping(hint, line))] if hint else items, line)


def parse_toml(text: str) -> Node:
    """Return the tree of a TOML file.

    Raises:
        YamlTextError: it is not TOML, or nested too deep.
    """
    _refuse_unreadable(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _AT_LINE.search(str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        raise YamlTextError(line, "not TOML: it cannot be parsed here") from None
    except RecursionError:
        raise YamlTextError(1, "nested too deep") from None
    return _built(document, (), 1, _lines(text.encode()))


def _built(value: object, path: _Path, line: int, lines: dict[_Path, int]) -> Node:
    line = lines.get(path, line)
    if len(path) >= MAX_DEPTH:
        raise YamlTextError(line, "nested too deep")
    if isinstance(value, dict):
        here = ((name, part, (*path, name)) for name, part in value.items())
        return _mapping(
            [(_scalar(name, lines.get(to, line)), _built(part, to, line, lines)) for name, part, to in here], line
        )
    if isinstance(value, list):
        return _sequence([_built(part, (*path, index), line, lines) for index, part in enumerate(value)], line)
    if isinstance(value, datetime | date | time):
        return _scalar(value.isoformat(), line)
    return _scalar(str(value).lower() if isinstance(value, bool) else str(value), line)


def _lines(data: bytes) -> dict[_Path, int]:
    """Return in which line each value of a valid TOML file begins."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_toml.language())).parse(data).root_node
    found: dict[_Path, int] = {}
    counts: dict[_Path, int] = {}
    for node in root.named_children:
        if node.type not in _TABLES:
            _mark(node, (), found)
            continue
        path: _Path = ()
        for name in _key(node.named_children[0]):
            path = (*path, name)
            if path in counts:  # the last element of an array of tables
                path = (*path, counts[path] - 1)
        if node.type == "table_array_element":
            path = path[:-1] if isinstance(path[-1], int) else path
            counts[path] = counts.get(path, 0) + 1
            path = (*path, counts[path] - 1)
        found[path] = node.start_point.row + 1
        for pair in node.named_children[1:]:
            _mark(pair, path, found)
    return found


def _mark(node: Syntax, path: _Path, found: dict[_Path, int]) -> None:
    if len(path) > MAX_DEPTH or node.type == "comment":
        return
    if node.type == "pair":
        path = (*path, *_key(node.named_children[0]))
        node = node.named_children[1]
    found[path] = node.start_point.row + 1
    if node.type == "inline_table":
        for pair in node.named_children:
            _mark(pair, path, found)
    elif node.type == "array":
        elements = (child for child in node.named_children if child.type != "comment")
        for index, element in enumerate(elements):
            _mark(element, (*path, index), found)


def _key(node: Syntax) -> Iterator[str]:
    if node.type == "dotted_key":
        for part in node.named_children:
            yield from _key(part)
    else:
        text = (node.text or b"").decode()
        yield text if node.type == "bare_key" else next(iter(tomllib.loads(f"{text} = 1")))


def _refuse_unreadable(text: str) -> None:
    bad = UNREADABLE.search(text)
    if bad is not None:
        raise YamlTextError(text.count("\n", 0, bad.start()) + 1, f"contains the character U+{ord(bad[0]):04X}")


def _scalar(text: str, line: int) -> Scalar:
    return Scalar(text, False, False, (line - 1, 0), (line - 1, 0))


def _sequence(items: list[Node], line: int) -> Sequence:
    return Sequence(tuple(items), True, (line - 1, 0), (line - 1, 0))


def _mapping(items: list[tuple[Scalar, Node]], line: int) -> Mapping:
    return Mapping(tuple(items), True, (line - 1, 0), (line - 1, 0))
