"""Which top-level statements of a large module matter. LibCST is too slow to be given all of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from keylint.readers._pylarge import name_of
from keylint.readers.interface import Interest

_WORDS = frozenset({"environ", "getenv", "putenv", "load_dotenv", "dotenv_values"})
_ALWAYS = (ast.Import, ast.ImportFrom)


def wanted(module: ast.Module, interest: Interest) -> list[ast.stmt]:
    """Return the statements that can hold a key or a use of one, and those that bind what they name."""
    aliases = dict(_imports(module))
    names = [_names_of(statement) for statement in module.body]
    chosen = {
        index for index, statement in enumerate(module.body) if _matters(statement, names[index], aliases, interest)
    }
    binders: dict[str, list[int]] = {}
    for index, statement in enumerate(module.body):
        for name in _binds(statement):
            binders.setdefault(name, []).append(index)
    todo = list(chosen)
    while todo:
        for name in names[todo.pop()]:
            for index in binders.get(name, ()):
                if index not in chosen:
                    chosen.add(index)
                    todo.append(index)
    return [module.body[index] for index in sorted(chosen)]


def split(statements: Sequence[ast.stmt], starts: Sequence[int], limit: int) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Return the statements that make up to `limit` characters, small ones first, and the others, both in order."""
    total = 0
    small: set[int] = set()
    sizes = [(starts[last] - starts[first - 1], i) for i, (first, last) in enumerate(map(lines_of, statements))]
    for size, index in sorted(sizes):
        total += size
        if total > limit:
            break
        small.add(index)
    return (
        [statement for index, statement in enumerate(statements) if index in small],
        [statement for index, statement in enumerate(statements) if index not in small],
    )


def _imports(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".", 1)[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _names_of(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _binds(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _matters(statement: ast.stmt, names: set[str], aliases: dict[str, str], interest: Interest) -> bool:
    for node in ast.walk(statement):
        if isinstance(node, _ALWAYS):
            return True
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = _dotted(node)
            if dotted.rsplit(".", 1)[-1] in _WORDS:
                return True
            top, dot, rest = dotted.partition(".")
            if top in aliases and interest.sinks(aliases[top] + dot + rest):
                return True
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if interest.header(value) or interest.spans(None, value):
                return True
        elif any(interest.spans(name, value) for name, value in _bound_literals(node)):
            return True
    return False


def _bound_literals(node: ast.AST) -> Iterator[tuple[str, str]]:
    pairs: list[tuple[ast.AST | str | None, ast.AST | None]] = []
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        pairs = [(node.target, node.value)]
    elif isinstance(node, ast.keyword):
        pairs = [(node.arg, node.value)]
    elif isinstance(node, ast.Dict):
        pairs = list(zip(node.keys, node.values, strict=True))
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + list(node.defaults)
        pairs = [(a.arg, d) for a, d in zip(positional, defaults, strict=True)]
        pairs += [(a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
    for target, value in pairs:
        name = target if isinstance(target, str) else name_of(target)
        if name and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield name, value.value


def _dotted(node: ast.AST) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ".".join(reversed(parts))


def lines_of(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and the last line of a statement (1-based), decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    return first, statement.end_lineno or statement.lineno


def ranges(statements: Sequence[ast.stmt]) -> list[tuple[int, int]]:
    """Return the line ranges (1-based, end included) of statements; neighbours are joined."""
    found: list[tuple[int, int]] = []
    for first, last in map(lines_of, statements):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
