"""The literals of statements that are too large for LibCST, by `ast`: their names and places, and nothing of their flow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from keylint.readers._pyreading import NOTHING, Named
from keylint.readers._pytext import Text, decode
from keylint.readers.interface import Lines

_LITERAL = re.compile(r"([a-zA-Z]{0,2})(\"{3}|'{3}|[\"'])(.*)\2\Z", re.DOTALL)


def literals(statements: Sequence[ast.stmt], source: str, lines: Lines) -> Iterator[tuple[Text, Named]]:
    """Yield every string literal below `statements` and what it is bound to."""
    todo: list[tuple[ast.AST, Named]] = [(statement, NOTHING) for statement in reversed(statements)]
    while todo:
        node, named = todo.pop()
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str | bytes):
                yield _text(node, node.value, source, lines), named
        elif not isinstance(node, ast.JoinedStr):
            todo.extend(reversed(list(_children(node, named))))


def _children(node: ast.AST, named: Named) -> Iterator[tuple[ast.AST, Named]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield key, NOTHING
            yield value, _below(named, key.value if isinstance(key, ast.Constant) else None)
    elif isinstance(node, ast.Assign):
        yield node.value, _below(NOTHING, name_of(node.targets[0]))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        if node.value is not None:
            yield node.value, _below(NOTHING, name_of(node.target))
    elif isinstance(node, ast.keyword):
        yield node.value, _below(NOTHING, node.arg)
    else:
        inner = named if isinstance(node, ast.List | ast.Tuple | ast.Set) else NOTHING
        for child in ast.iter_child_nodes(node):
            yield child, inner


def _below(named: Named, name: object) -> Named:
    if not isinstance(name, str):
        return NOTHING
    return Named(name, f"{named.path}.{name}" if named.path else name)


def name_of(target: ast.AST | None) -> str | None:
    """Return the last part of what an assignment binds."""
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript):
        return name_of(target.slice)
    return target.value if isinstance(target, ast.Constant) and isinstance(target.value, str) else None


def _text(node: ast.Constant, value: str | bytes, source: str, lines: Lines) -> Text:
    text = value if isinstance(value, str) else value.decode("latin-1")
    start = _offset(node.lineno, node.col_offset, source, lines)
    end = _offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset, source, lines)
    match = _LITERAL.match(source[start:end])
    if match is not None:
        prefix = match[1].lower()
        found = decode(match[3], start + match.start(3), raw_string="r" in prefix, is_bytes="b" in prefix)
        if found.value == text:
            return found
    # Several literals side by side.
    return Text(text, ((0, start, end - start, False),) if text else (), end)


def _offset(line: int, column: int, source: str, lines: Lines) -> int:
    """Return the offset of a line and a column that counts UTF-8 bytes."""
    start = lines.starts[line - 1]
    following = source[start : start + column]
    if following.isascii():
        return start + column
    return start + len(following.encode()[:column].decode(errors="ignore"))
