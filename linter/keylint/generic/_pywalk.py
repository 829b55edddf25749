"""One walk over the tree of a Python module: what its statements and expressions bind, and its literals."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from keylint.generic._binding import GETTER, LONGEST_NAME, MOST_CANDIDATES, member
from keylint.generic._pybind import Binder
from keylint.generic._pycalls import call, equal
from keylint.generic._pymodule import Text
from keylint.generic._pynames import is_text, key_of
from keylint.generic._pyvalues import LISTS, can_hold, terms

_MOST_TARGETS = 8
Literal = ast.Constant | ast.JoinedStr | Text
_Handler = Callable[[Binder, Any], None]

# Fields that hold no value, but an annotation its texts.
_ASIDE = frozenset({"annotation", "returns", "type_params"})
_NO_NODES = frozenset(
    {
        "ctx", "op", "ops", "id", "attr", "type_comment", "kind", "simple", "conversion", "level", "module", "arg", "name",
        "names", "asname", "tag", "type_ignores",
    }
)  # fmt: skip


def _fields(*, aside: bool) -> dict[type, tuple[str, ...]]:
    """Return what of each kind of node is walked over, the last first."""
    kinds = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
    skipped = _NO_NODES if aside else _NO_NODES | _ASIDE
    fields = {kind: tuple(field for field in kind._fields[::-1] if field not in skipped) for kind in kinds}
    return {kind: names for kind, names in fields.items() if names and kind is not ast.Constant}


_FIELDS = _fields(aside=False)
_ALL_FIELDS = _fields(aside=True)
_WITH_ASIDE = {kind: fields for kind in _ALL_FIELDS if (fields := tuple(_ASIDE.intersection(_ALL_FIELDS[kind])))}


def walk(binder: Binder, tree: ast.Module) -> list[Literal]:
    """Give a module's bindings to `binder`, and return its literals: a sum of nothing else is one. Nothing recurses."""
    literals, aside = _walk(binder, [tree], _FIELDS, _HANDLERS)
    return literals + _walk(binder, aside, _ALL_FIELDS, {})[0]


def _walk(
    binder: Binder, stack: list[Any], fields_of: Mapping[type, tuple[str, ...]], handlers: Mapping[type, _Handler]
) -> tuple[list[Literal], list[Any]]:
    """Walk from the outside to the inside; return the literals, and what stands aside: annotations."""
    literals: list[Literal] = []
    aside: list[Any] = []
    inside: set[int] = set()
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Constant:
            if node.value.__class__ in (str, bytes):
                literals.append(node)
            continue
        fields = fields_of.get(kind)
        if fields is None:
            continue
        handler = handlers.get(kind)
        if handler is not None and len(binder.found) < MOST_CANDIDATES:
            handler(binder, node)
        if kind is ast.JoinedStr:
            literals.append(node)
            stack += [each for each in node.values[::-1] if each.__class__ is ast.FormattedValue]
            continue
        if kind is ast.BinOp and id(node) not in inside and (text := _sum(binder, node, inside)) is not None:
            literals.append(text)
            continue
        if handlers and kind in _WITH_ASIDE:
            _push(aside, node, _WITH_ASIDE[kind])
        _push(stack, node, fields)
    return literals, aside


def _push(stack: list[Any], node: ast.AST, fields: Iterable[str]) -> None:
    for field in fields:
        value = getattr(node, field, None)
        if value.__class__ is list:
            stack += value[::-1]
        elif value is not None and value.__class__ is not ast.Name:
            stack.append(value)


def _sum(binder: Binder, node: ast.BinOp, inside: set[int]) -> Text | None:
    """Return a sum as one text where nothing in it is computed; note what belongs to it."""
    here: ast.expr = node
    while isinstance(here, ast.BinOp):
        inside.add(id(here))
        here = here.left
    plain = isinstance(node.op, ast.Add) and all(isinstance(each, ast.Constant | ast.JoinedStr) for each in terms(node))
    return binder.values.whole(node) if plain else None


# Assignments


def _assignment(binder: Binder, node: ast.Assign) -> None:
    if can_hold(node.value) or isinstance(node.value, ast.Dict):
        for target in node.targets[:_MOST_TARGETS]:
            binder.assign(target, node.value)


def _annotated(binder: Binder, node: ast.AnnAssign | ast.AugAssign | ast.NamedExpr) -> None:
    if node.value is not None:
        binder.assign(node.target, node.value)


def _keyword(binder: Binder, node: ast.keyword) -> None:
    if node.arg is not None:
        binder.bind(node.arg, node.value)


def _loop(binder: Binder, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
    """Read `for password in ("…", "…")`."""
    if isinstance(node.iter, LISTS):
        for each in node.iter.elts:
            binder.assign(node.target, each)


# Functions


def _parameters(binder: Binder, node: ast.arguments) -> None:
    named = [*node.posonlyargs, *node.args]
    defaults = chain(
        zip(named[::-1], node.defaults[::-1], strict=False), zip(node.kwonlyargs, node.kw_defaults, strict=True)
    )
    for parameter, default in defaults:
        if default is not None:
            binder.bind(parameter.arg, default)


def _returns(binder: Binder, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Read what a function returns that is named for it: `def get_password()`."""
    getter = GETTER.match(node.name)
    name = node.name[getter.end() :] if getter is not None else node.name
    if not binder.wanted(name):
        return
    stack: list[Any] = [*node.body]
    while stack:
        here = stack.pop()
        if isinstance(here, ast.Return):
            if here.value is not None:
                binder.bind(name, here.value)
        elif isinstance(here, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(
            here, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            _push(stack, here, _FIELDS.get(type(here), ()))


# Mappings and tables


def _pairs(binder: Binder, node: ast.Dict) -> None:
    path, holder = binder.paths.pop(id(node), ("", ""))
    for key, value in zip(node.keys, node.values, strict=True):
        name = key_of(key) if key is not None else ""
        if not name:
            continue
        full = f"{path}.{name}"[-LONGEST_NAME:] if path else name
        if isinstance(value, ast.Dict):
            binder.paths[id(value)] = full, name
        elif can_hold(value):
            if isinstance(value, LISTS):
                binder.paths.update((id(each), (full, name)) for each in value.elts if isinstance(each, ast.Dict))
            binder.bind(full if binder.wanted(full) else member(holder, name, binder.wanted) or full, value)
    binder.described(
        (key.value, value)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    )


def _rows(binder: Binder, node: ast.List | ast.Tuple | ast.Set) -> None:
    """Read `[("password", "…"), …]`, where every row is a pair."""
    first = node.elts[0] if node.elts else None
    if not isinstance(first, ast.Tuple) or len(first.elts) != 2 or not is_text(first.elts[0]):
        return
    for each in node.elts:
        if isinstance(each, ast.Tuple) and len(each.elts) == 2 and is_text(each.elts[0]):
            binder.bind(key_of(each.elts[0]), each.elts[1])


# Comparisons


def _compare(binder: Binder, node: ast.Compare) -> None:
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
            equal(binder, left, right)
        if isinstance(operator, ast.Eq | ast.NotEq):
            equal(binder, right, left)
        left = right


def _match(binder: Binder, node: ast.Match) -> None:
    name = binder.target(node.subject)
    if name:
        for case in node.cases:
            _pattern(binder, name, case.pattern)


def _match_mapping(binder: Binder, node: ast.MatchMapping) -> None:
    for key, pattern in zip(node.keys, node.patterns, strict=True):
        if name := key_of(key):
            _pattern(binder, name, pattern)


def _pattern(binder: Binder, name: str, pattern: ast.pattern) -> None:
    stack = [pattern]
    while stack:
        here = stack.pop()
        if isinstance(here, ast.MatchValue):
            binder.bind(name, here.value)
        elif isinstance(here, ast.MatchOr):
            stack += here.patterns
        elif isinstance(here, ast.MatchAs) and here.pattern is not None:
            stack.append(here.pattern)


_HANDLERS: dict[type, _Handler] = {
    ast.Assign: _assignment,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _annotated,
    ast.NamedExpr: _annotated,
    ast.keyword: _keyword,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.comprehension: _loop,
    ast.arguments: _parameters,
    ast.FunctionDef: _returns,
    ast.AsyncFunctionDef: _returns,
    ast.Dict: _pairs,
    ast.List: _rows,
    ast.Tuple: _rows,
    ast.Set: _rows,
    ast.Compare: _compare,
    ast.Match: _match,
    ast.MatchMapping: _match_mapping,
    ast.Call: call,
}
