"""Where a project writes the header that a request sends: beside the call, the place that may stand for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Place = tuple[str, int, int]


def header_places(
    files: Mapping[str, bytes], headers: Mapping[str, str], sites: Sequence[Sequence[Any]], values: Sequence[str]
) -> list[Place]:
    """Return the places where the header (or query parameter, or basic-auth pair) of a request is written.

    Places inside the functions that asked for the request count before others in their modules, these before others.
    """
    names = {
        name for name, value in headers.items() if any(v and v in value for v in values) or name == "authorization"
    }
    names |= (
        {"key", "api_key", "apikey", "access_token", "auth", "token"} if not names & set(headers) - {"host"} else set()
    )
    found = [(path, *row) for path, data in files.items() if path.endswith(".py") for row in _written(data, names)]
    path, start, end, _ = sites[0]
    if any(p == path and start <= first and last <= end for p, first, last, _ in found):
        return []
    functions = {(path, function) for path, _, _, function in sites}
    modules = {path for path, _, _, _ in sites}
    for chosen in (
        [row for row in found if (row[0], row[3]) in functions and row[3] != "<module>"],
        [row for row in found if row[0] in modules],
        found,
    ):
        if chosen:
            return [(p, first, last) for p, first, last, _ in chosen]
    return []


def _written(data: bytes, names: set[str]) -> Iterator[tuple[int, int, str]]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return
    yield from _inside(tree, "<module>", names)


def _inside(node: ast.AST, function: str, names: set[str]) -> Iterator[tuple[int, int, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        function = node.name
    for first, last in _items(node, names):
        yield first, last, function
    for child in ast.iter_child_nodes(node):
        yield from _inside(child, function, names)


def _items(node: ast.AST, names: set[str]) -> Iterator[tuple[int, int]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and str(key.value).lower() in names:
                yield key.lineno, value.end_lineno or value.lineno
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            named = isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)
            name = str(target.slice.value) if named else target.id if isinstance(target, ast.Name) else ""  # type: ignore[union-attr]
            name = target.attr if isinstance(target, ast.Attribute) else name
            if name.lower() in names and (named or name.lower() == "auth"):
                yield node.lineno, node.end_lineno or node.lineno
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        for keyword in node.keywords:
            if (keyword.arg or "").lower() in names:
                yield keyword.lineno, keyword.end_lineno or keyword.lineno
