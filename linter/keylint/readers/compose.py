"""The variables that a compose file sets for its services, and the files that it takes more from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml

from keylint.model import Channel, EnvBinding, EnvRead, Value
from keylint.readers import interpolation
from keylint.readers.collect import Collector, Spelling
from keylint.readers.yaml_scalar import extent, spell

_RANK = 40
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
# Aliases may make a small file stand for a huge one.
_MOST_STEPS = 200_000
_LONGEST_NAME = 60


@dataclass(slots=True)
class _Node:
    """A mapping, a sequence or a scalar; an alias is the very node that it stands for."""

    scalar: yaml.ScalarEvent | None = None
    pairs: list[tuple[_Node, _Node]] = field(default_factory=list)
    items: list[_Node] = field(default_factory=list)
    key: _Node | None = None

    def add(self, node: _Node, mapping: bool) -> None:
        if not mapping:
            self.items.append(node)
        elif self.key is None:
            self.key = node
        else:
            self.pairs.append((self.key, node))
            self.key = None


class Services:
    """Reads `services.*.environment` and `services.*.env_file`."""

    def __init__(self, collect: Collector, base: int) -> None:
        self.collect = collect
        self.base = base
        self.env: list[EnvBinding] = []
        self.served: list[tuple[str, str]] = []
        """Services, and the files that they take variables from."""
        self.taken: set[int] = set()
        """Start offsets of the scalars whose definitions are gathered here."""
        self._steps = 0
        self._done: set[tuple[str, int]] = set()

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        for root in _trees(events):
            services = self._value(root, "services")
            for key, service in self._pairs(services) if services else ():
                environment = self._value(service, "environment")
                if environment is not None:
                    self._environment(environment, f"services.{_shown(key)}.environment")
                env_file = self._value(service, "env_file")
                if env_file is not None:
                    self._env_file(_shown(key), env_file)
        self.served = list(dict.fromkeys(self.served))

    def _pairs(self, node: _Node) -> Iterator[tuple[_Node, _Node]]:
        """Yield the pairs of a mapping, merged ones (`<<`) first, so that the last one of a key wins."""
        layers: list[_Node] = []
        waiting = [node]
        seen: set[int] = set()
        while waiting:
            layer = waiting.pop()
            if id(layer) in seen or self._steps > _MOST_STEPS:
                continue
            seen.add(id(layer))
            layers.append(layer)
            self._steps += 1 + len(layer.pairs)
            for key, value in layer.pairs:
                if _text(key) == "<<":
                    waiting += [*reversed(value.items), value]
        for layer in reversed(layers):
            yield from (pair for pair in layer.pairs if _text(pair[0]) != "<<")

    def _value(self, node: _Node, name: str) -> _Node | None:
        found = None
        for key, value in self._pairs(node):
            if _text(key) == name:
                found = value
        return found

    def _environment(self, node: _Node, label: str) -> None:
        for key, value in self._pairs(node):
            name = _text(key)
            if name and value.scalar is not None and key.scalar is not None:
                null = not value.scalar.style and value.scalar.value in _NULL
                self._entry(name, key.scalar if null else value.scalar, None if null else 0, label)
        for item in node.items:
            if item.scalar is not None:
                name, equals, _ = item.scalar.value.partition("=")
                if equals:
                    self._entry(name, item.scalar, len(name) + 1, label)
                elif name and not self.collect.interest.spans(None, name):
                    self._entry(name, item.scalar, None, label)

    def _entry(self, name: str, scalar: yaml.ScalarEvent, offset: int | None, label: str) -> None:
        """Bind a variable to the scalar's text from `offset`, or, without one, to the variable of the same name."""
        if (name, id(scalar)) in self._done:
            return
        self._done.add((name, id(scalar)))
        collect = self.collect
        outer = spell(collect.text, scalar, self.base)
        bound: Value
        if offset is None:
            place = collect.place(*outer.span(0, len(scalar.value)))
            bound = EnvRead(name, place)
        else:
            self.taken.add(extent(scalar, self.base)[0])
            value, tokens, variables = interpolation.compose(scalar.value[offset:])
            spelling = Spelling((len(text), *outer.span(offset + a, offset + b)) for text, a, b in tokens)
            label = f"{label}.{name}"
            outside = [(variable.start, variable.end) for variable in variables]
            collect.value(name, value, lambda: spelling, lambda: label, env=name, outside=outside)
            whole = collect.define(value, spelling, label=label, env=name)
            place = whole.place
            bound = interpolation.bound(collect, whole, value, spelling, variables)
        self.env.append(EnvBinding(name, bound, place, Channel.COMPOSE, collect.environment, _RANK))

    def _env_file(self, service: str, node: _Node) -> None:
        for item in [node, *node.items]:
            path = item if item.scalar is not None else self._value(item, "path")
            if path is not None and path.scalar is not None and path.scalar.value:
                self.served.append((service, path.scalar.value))


def _text(node: _Node) -> str | None:
    return node.scalar.value if node.scalar is not None else None


def _shown(node: _Node) -> str:
    return (_text(node) or "?")[:_LONGEST_NAME]


def _trees(events: Iterable[yaml.Event]) -> Iterator[_Node]:
    """Yield the root of each document."""
    open_nodes: list[tuple[_Node, bool]] = []
    anchors: dict[str, _Node] = {}
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            anchors = {}
        if isinstance(event, yaml.AliasEvent):
            node = anchors.get(event.anchor or "", _Node())
        elif isinstance(event, yaml.ScalarEvent):
            node = _Node(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            node = _Node()
        elif isinstance(event, yaml.CollectionEndEvent):
            node, _ = open_nodes.pop()
            if not open_nodes:
                yield node
            continue
        else:
            continue
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            anchors[event.anchor] = node
        if open_nodes:
            open_nodes[-1][0].add(node, open_nodes[-1][1])
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((node, isinstance(event, yaml.MappingStartEvent)))
