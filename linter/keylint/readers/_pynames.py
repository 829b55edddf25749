"""Which names a block of statements binds, and how often; found without evaluating anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import libcst as cst

_NESTED = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def bound_names(statements: Iterable[cst.CSTNode], *, walrus: bool) -> tuple[Counter[str], set[str]]:
    """Return how often each name is bound, and the names declared `global` or `nonlocal`.

    `walrus`: look for `:=` too, which costs a walk over the expressions.
    """
    counts: Counter[str] = Counter()
    outside: set[str] = set()
    todo: list[cst.CSTNode] = list(statements)
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Global | cst.Nonlocal):
            outside.update(item.name.value for item in node.names)
        elif isinstance(node, cst.FunctionDef | cst.ClassDef):
            counts[node.name.value] += 1
            continue
        else:
            counts.update(_names(node))
        todo.extend(_blocks(node))
        if walrus and not isinstance(node, cst.BaseCompoundStatement | cst.IndentedBlock):
            counts.update(_walrus(node))
        elif walrus and isinstance(node, cst.If | cst.While):
            counts.update(_walrus(node.test))
    return counts, outside


def _blocks(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the statements directly below a statement."""
    body = getattr(node, "body", None)
    if isinstance(body, list | tuple):
        yield from body
    elif isinstance(body, cst.BaseSuite):
        yield body
    if isinstance(node, cst.Try | cst.TryStar):
        yield from node.handlers
    if isinstance(node, cst.Match):
        yield from node.cases
    for attribute in ("orelse", "finalbody"):
        part = getattr(node, attribute, None)
        if isinstance(part, cst.CSTNode) and not isinstance(part, cst.BaseExpression):
            yield part


def _names(node: cst.CSTNode) -> Iterator[str]:
    """Yield the names that one statement itself binds."""
    if isinstance(node, cst.Import | cst.ImportFrom):
        return (alias for alias, _ in imported(node))
    if isinstance(node, cst.MatchCase):
        return captured(node.pattern)
    return (name for target in _targets(node) for name in names_in(target))


def _targets(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, cst.Assign):
        yield from (target.target for target in node.targets)
    elif isinstance(node, cst.AnnAssign):
        if node.value is not None:
            yield node.target
    elif isinstance(node, cst.AugAssign | cst.For):
        yield node.target
    elif isinstance(node, cst.With):
        yield from (item.asname.name for item in node.items if item.asname is not None)
    elif isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler) and node.name is not None:
        yield node.name.name


def names_in(target: cst.CSTNode) -> Iterator[str]:
    """Yield the plain names that an assignment to `target` binds."""
    if isinstance(target, cst.Name):
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


def _walrus(node: cst.CSTNode) -> Iterator[str]:
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, cst.NamedExpr) and isinstance(part.target, cst.Name):
            yield part.target.value
        if not isinstance(part, _NESTED):
            todo.extend(part.children)
