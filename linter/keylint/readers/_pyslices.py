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
    look = _Look(aliases, dict(_constants(module)), interest)
    chosen = {index for index, statement in enumerate(module.body) if look.matters(statement)}
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


def _constants(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield from ((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


class _Look:
    """A look at statements for what can be a key or a use of one."""

    def __init__(self, aliases: dict[str, str], constants: dict[str, str], interest: Interest) -> None:
        self._aliases = aliases
        self._constants = constants
        self._interest = interest
        self._seen: set[int] = set()

    def matters(self, statement: ast.stmt) -> bool:
        return any(self._marks(node) for node in ast.walk(statement))

    def _marks(self, node: ast.AST) -> bool:
        if isinstance(node, _ALWAYS):
            return True
        if isinstance(node, ast.Attribute | ast.Name):
            return self._names_a_sink(_dotted(node))
        if isinstance(node, ast.Constant):
            return isinstance(node.value, str | bytes) and self._wants(node.value)
        if isinstance(node, ast.BinOp | ast.JoinedStr | ast.Call) and id(node) not in self._seen:
            return self._wants("".join(self._pieces(node)))
        return any(self._interest.spans(name, value) for name, value in _bound_literals(node))

    def _names_a_sink(self, dotted: str) -> bool:
        if dotted.rsplit(".", 1)[-1] in _WORDS:
            return True
        top, dot, rest = dotted.partition(".")
        return top in self._aliases and bool(self._interest.sinks(self._aliases[top] + dot + rest))

    def _wants(self, value: str | bytes) -> bool:
        text = value if isinstance(value, str) else value.decode("latin-1")
        return bool(text) and (self._interest.header(text) or bool(self._interest.spans(None, text)))

    def _pieces(self, node: ast.AST) -> Iterator[str]:
        """Yield the known texts that an expression may put together: `PREFIX + "rest"`, `"".join(["a", "b"])`."""
        todo = [node]
        while todo:
            part = todo.pop()
            self._seen.add(id(part))
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
            elif isinstance(part, ast.Name) and part.id in self._constants:
                yield self._constants[part.id]
            elif isinstance(part, ast.BinOp | ast.JoinedStr | ast.FormattedValue | ast.List | ast.Tuple):
                todo.extend(reversed(list(ast.iter_child_nodes(part))))
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "join":
                todo.extend(reversed(part.args))


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
