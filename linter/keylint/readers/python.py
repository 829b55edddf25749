"""Python modules: definitions, uses, bindings and the flows between them.

Names in `Reference` and `Binding`: `NAME`, `Class.attribute` (also for `self.attribute`), `name.attribute`, for what
stands in a dict display `NAME[key][key]`, and for what a function returns `function()`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from keylint.match import MAX_HITS
from keylint.model import Binding, Channel, FileFacts, Place, Via
from keylint.readers._pyflow import Flow, Instance, Scope, Table, choice
from keylint.readers._pyhttp import is_elsewhere, named_host
from keylint.readers._pylarge import literals
from keylint.readers._pyreading import Reading
from keylint.readers._pystatements import Statements
from keylint.readers._pysyntax import Tree, UnparsableError, deep_recursion, parse
from keylint.readers._pytext import Text
from keylint.readers.interface import Interest, Lines

_GLOBAL = re.compile(r"\bglobal[ \t]+([\w, \t]+)")
_MAX_NESTED = 8


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Return the facts of a Python file; what does not parse is said in `FileFacts.problem`."""
    lines = Lines(text)
    try:
        return read_module(
            text, path, interest, environment, Channel.PYTHON, lambda start, end: lines.place(path, start, end)
        )
    except UnparsableError as problem:
        return FileFacts(path, problem=str(problem))


def read_module(
    text: str,
    path: str,
    interest: Interest,
    environment: str | None,
    channel: Channel,
    locate: Callable[[int, int], Place],
    parts: Sequence[int] = (),
) -> FileFacts:
    """Return the facts of a module whose places `locate` knows. Raises `UnparsableError`.

    `parts`: offsets at which parts of the text begin that no statement may cross.
    """
    with deep_recursion():
        try:
            lines = Lines(text)
            tree = parse(text, interest, lines.starts)
            _keep_apart(tree, parts)
            return _read_tree(tree, text, path, Reading(interest, environment, channel, locate), lines)
        except RecursionError:
            raise UnparsableError("line 1: nested too deeply to parse") from None


def _keep_apart(tree: Tree, parts: Sequence[int]) -> None:
    for statement in tree.statements if parts else ():
        start, end = tree.spans[id(statement)]
        if bisect_right(parts, start) != bisect_right(parts, max(start, end - 1)):
            raise UnparsableError("line 1: a statement goes on in another cell")


def _read_tree(tree: Tree, text: str, path: str, reading: Reading, lines: Lines) -> FileFacts:
    rebound = frozenset(name for names in _GLOBAL.findall(text) for name in re.findall(r"\w+", names))
    program = Statements(text, tree.spans, reading, Scope("module"), rebound)
    program.start()
    program.run(tree.statements)
    for index, sink in program.attribute_uses:
        holder = sink.call.rpartition(".")[0]
        host = program.attributes_set.get(f"{holder}.{sink.host_keyword}") if sink.host_keyword else None
        if host is not None and is_elsewhere(program, sink, host):
            reading.uses[index] = replace(reading.uses[index], elsewhere=True, host=named_host(host))
    for literal, named in literals(tree.unread, text, lines):
        if len(reading.definitions) > MAX_HITS:
            break  # no more are kept
        reading.define(literal, named)
    for start, end in tree.comments:
        comment = text[start + 1 : end]
        reading.define_comment(Text(comment, ((0, start + 1, len(comment), True),), end))
    return FileFacts(
        path,
        definitions=tuple(reading.definitions),
        uses=tuple(reading.uses),
        bindings=tuple(_bindings(program)),
        imports=tuple(reading.imports),
        calls=tuple(reading.calls),
        env=tuple(reading.env),
        env_files=tuple(dict.fromkeys(reading.env_files)),
        loads=tuple(reading.loads),
        overrides=reading.overrides,
        layers=tuple(reading.layers),
        problem=f"line {tree.unread[0].lineno}: too large: no flow analysis" if tree.unread else None,
    )


def _bindings(program: Statements) -> Iterator[Binding]:
    found: dict[str, tuple[Flow, Place]] = {}
    scopes = [("", program.module), *((f"{scope.owner}.", scope) for scope in program.class_ends)]
    for prefix, scope in scopes:
        for name, flow in scope.layers[0].items():
            place = scope.places.get(name)
            if place is not None:
                found.update(_flattened(prefix + name, _unbound(flow, place), place, _MAX_NESTED))
    for name, values in program.reading.assigned.items():
        flows = [flow for flow, _, _ in values]
        if name in found and not any(in_init for _, _, in_init in values):
            flows.insert(0, found[name][0])
        found.update(_flattened(name, choice(flows), values[0][1], _MAX_NESTED))
    for name, (flow, place) in program.reading.returned.items():
        found.update(_flattened(name, flow, place, _MAX_NESTED))
    for name, (flow, place) in found.items():
        yield Binding(name, flow.value, place)


def _unbound(flow: Flow, place: Place) -> Flow:
    """Return what was bound: the binding itself is the step that the `Via` would be."""
    value = flow.value
    return replace(flow, value=value.value) if isinstance(value, Via) and value.place == place else flow


def _flattened(name: str, flow: Flow, place: Place, depth: int) -> Iterator[tuple[str, tuple[Flow, Place]]]:
    yield name, (flow, place)
    parts: list[tuple[str, Flow]] = []
    if isinstance(flow.thing, Table):
        parts = [(f"{name}[{key}]", entry) for key, entry in flow.thing.entries.items()]
    elif isinstance(flow.thing, Instance):
        parts = [(f"{name}.{key}", entry) for key, entry in flow.thing.arguments.items()]
    for path, entry in parts if depth else ():
        yield from _flattened(path, entry, place, depth - 1)
