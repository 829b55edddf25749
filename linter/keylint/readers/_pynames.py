"""Which names a block of statements binds, and how often; found without evaluating anything."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import libcst as cst

_WALRUS = re.compile(r"\b([^\W\d]\w*+)[ \t]*+:=")


class Walruses:
    """The names before a `:=` of a text. Finding them in the tree would cost a walk over every expression."""

    def __init__(self, text: str) -> None:
        found = [(match.start(), match[1]) for match in _WALRUS.finditer(text)] if ":=" in text else []
        self._offsets = [offset for offset, _ in found]
        self._names = [name for _, name in found]

    def between(self, start: int, end: int) -> Sequence[str]:
        """Return the names bound in a span of the text; those of functions in it, too."""
        return self._names[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]


def bound_names(statements: Iterable[cst.CSTNode]) -> tuple[Counter[str], set[str]]:
    """Return how often each name is bound by statements, and the names declared `global` or `nonlocal`."""
    counts: Counter[str] = Counter()
    outside: set[str] = set()
    todo: list[cst.CSTNode] = list(statements)
    while todo:
        node = todo.pop()
        kind = type(node)
        # Exact types: libcst's classes are abstract base classes, and `isinstance` is slow on them.
        if kind in _BLOCKS:
            todo.extend(_BLOCKS[kind](node))
        if kind in _NAMES:
            counts.update(_NAMES[kind](node))
        elif kind is cst.Global or kind is cst.Nonlocal:
            outside.update(item.name.value for item in node.names)  # type: ignore[attr-defined]
    return counts, outside


def names_in(target: cst.CSTNode) -> Iterator[str]:
    """Yield the plain names that an assignment to `target` binds."""
    if type(target) is cst.Name:
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from names_in(element.value)


def captured(pattern: cst.CSTNode) -> Iterator[str]:
    """Yield the names that a `case` pattern binds."""
    name = pattern.rest if isinstance(pattern, cst.MatchMapping) else None
    if isinstance(pattern, cst.MatchAs | cst.MatchStar):
        name = pattern.name
    if name is not None:
        yield name.value
    for child in pattern.children:
        if isinstance(child, _PATTERNS):
            yield from captured(child)


_PATTERNS = (
    cst.MatchPattern,
    cst.MatchSequenceElement,
    cst.MatchMappingElement,
    cst.MatchKeywordElement,
    cst.MatchStar,
    cst.MatchOrElement,
)


def imported(node: cst.Import | cst.ImportFrom) -> Iterator[tuple[str, str]]:
    """Yield the names that an import binds here, and the dotted name that each stands for."""
    if isinstance(node.names, cst.ImportStar):
        return
    module = ""
    if isinstance(node, cst.ImportFrom):
        module = module_of(node)
        module += "" if module.endswith(".") or not module else "."
    for alias in node.names:
        name = dotted(alias.name)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            yield alias.asname.name.value, module + name
        elif module:
            yield name, module + name
        else:
            top = name.split(".", 1)[0]
            yield top, top


def module_of(node: cst.ImportFrom) -> str:
    """Return the module of `from … import`, with its leading dots."""
    return "." * len(node.relative) + (dotted(node.module) if node.module is not None else "")


def dotted(node: cst.CSTNode) -> str:
    """Return `a.b.c` of a chain of names; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    return ".".join([node.value, *reversed(parts)])


def _below(*parts: cst.CSTNode | None) -> list[cst.CSTNode]:
    return [part for part in parts if part is not None]


_BLOCKS: dict[type, Callable[..., Iterable[cst.CSTNode]]] = {
    cst.SimpleStatementLine: lambda node: node.body,
    cst.SimpleStatementSuite: lambda node: node.body,
    cst.IndentedBlock: lambda node: node.body,
    cst.If: lambda node: _below(node.body, node.orelse),
    cst.Else: lambda node: (node.body,),
    cst.For: lambda node: _below(node.body, node.orelse),
    cst.While: lambda node: _below(node.body, node.orelse),
    cst.Try: lambda node: _below(node.body, *node.handlers, node.orelse, node.finalbody),
    cst.TryStar: lambda node: _below(node.body, *node.handlers, node.orelse, node.finalbody),
    cst.ExceptHandler: lambda node: (node.body,),
    cst.ExceptStarHandler: lambda node: (node.body,),
    cst.Finally: lambda node: (node.body,),
    cst.With: lambda node: (node.body,),
    cst.Match: lambda node: node.cases,
    cst.MatchCase: lambda node: (node.body,),
}


_NAMES: dict[type, Callable[..., Iterable[str]]] = {
    cst.Assign: lambda node: (name for target in node.targets for name in names_in(target.target)),
    cst.AnnAssign: lambda node: names_in(node.target) if node.value is not None else (),
    cst.AugAssign: lambda node: names_in(node.target),
    cst.For: lambda node: names_in(node.target),
    cst.With: lambda node: (n for item in node.items if item.asname is not None for n in names_in(item.asname.name)),
    cst.Import: lambda node: (alias for alias, _ in imported(node)),
    cst.ImportFrom: lambda node: (alias for alias, _ in imported(node)),
    cst.ExceptHandler: lambda node: names_in(node.name.name) if node.name is not None else (),
    cst.ExceptStarHandler: lambda node: names_in(node.name.name) if node.name is not None else (),
    cst.MatchCase: lambda node: captured(node.pattern),
    cst.FunctionDef: lambda node: (node.name.value,),
    cst.ClassDef: lambda node: (node.name.value,),
}
