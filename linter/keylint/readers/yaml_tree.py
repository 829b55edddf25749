"""A YAML file as a tree of nodes, for readers that look values up by name; an alias is the very node that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import yaml

from keylint.model import EnvBinding, Mount, Workload
from keylint.readers import command, shell, variable
from keylint.readers.collect import Collector, Spelling
from keylint.readers.starts import Runs
from keylint.readers.yaml_scalar import extent, spell

# Aliases may make a small file stand for a huge one.
_MOST_STEPS = 200_000
_MOST_BINDINGS = 20_000
_LONGEST_NAME = 60
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Node:
    """A mapping, a sequence or a scalar."""

    scalar: yaml.ScalarEvent | None = None
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    key: Node | None = None

    def add(self, node: Node, mapping: bool) -> None:
        """Take one more child; the first of two in a mapping is the key of the second."""
        if not mapping:
            self.items.append(node)
        elif self.key is None:
            self.key = node
        else:
            self.pairs.append((self.key, node))
            self.key = None


class Tree:
    """Looks up names in nodes. The work on one file is bounded, whatever its aliases and merges (`<<`) stand for."""

    def __init__(self) -> None:
        self._steps = 0

    def pairs(self, node: Node) -> Iterator[tuple[Node, Node]]:
        """Yield the pairs of a mapping, merged ones first, so that the last one of a key wins."""
        layers: list[Node] = []
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
                if text(key) == "<<":
                    waiting += [*reversed(value.items), value]
        for layer in reversed(layers):
            yield from (pair for pair in layer.pairs if text(pair[0]) != "<<")

    def value(self, node: Node, *names: str) -> Node | None:
        """Return what stands below a path of names; `None` where nothing does."""
        found: Node | None = node
        for name in names:
            found = self._value(found, name) if found is not None else None
        return found

    def _value(self, node: Node, name: str) -> Node | None:
        found = None
        for key, value in self.pairs(node):
            if text(key) == name:
                found = value
        return found

    def items(self, node: Node | None) -> Iterator[Node]:
        """Yield the elements of a sequence; none once too much was looked at."""
        for item in node.items if node is not None else ():
            self._steps += 1
            if self._steps > _MOST_STEPS:
                return
            yield item


def text(node: Node | None) -> str | None:
    """Return a scalar's value; `None` for what is no scalar."""
    return node.scalar.value if node is not None and node.scalar is not None else None


def is_null(node: Node) -> bool:
    """Say whether a node is a null: nothing, or one of YAML's words for that without quotes."""
    return node.scalar is not None and not node.scalar.style and node.scalar.value in _NULL


def shown(node: Node | None) -> str:
    """Return a name as part of a path."""
    return (text(node) or "?")[:_LONGEST_NAME]


def trees(events: Iterable[yaml.Event]) -> Iterator[Node]:
    """Yield the root of each document that is a mapping or a sequence."""
    open_nodes: list[tuple[Node, bool]] = []
    anchors: dict[str, Node] = {}
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            anchors = {}
        if isinstance(event, yaml.AliasEvent):
            node = anchors.get(event.anchor or "", Node())
        elif isinstance(event, yaml.ScalarEvent):
            node = Node(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            node = Node()
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


class Setter:
    """What readers of settings share: it gathers definitions scalar by scalar, each once under a name."""

    def __init__(self, collect: Collector, base: int) -> None:
        """Take the file's collector; `base` is what the parser's offsets lack."""
        self.collect = collect
        self.base = base
        self.env: list[EnvBinding] = []
        self.taken: set[int] = set()
        """Start offsets of the scalars whose definitions are gathered here."""
        self.env_files: list[str] = []
        self.raw_env_files: list[str] = []
        self.workloads: list[Workload] = []
        self.mounts: list[Mount] = []
        self.generated: list[tuple[str, str]] = []
        self.tree = Tree()
        self._done: set[tuple[str, int]] = set()
        self._bound: dict[tuple[str, int], EnvBinding | None] = {}

    def take(self, name: str, scalar: yaml.ScalarEvent, *, gathered: bool = True) -> bool:
        """Say whether a scalar is met for the first time under a name; if it is `gathered` here, nowhere else."""
        if gathered:
            self.taken.add(extent(scalar, self.base)[0])
        new = (name, id(scalar)) not in self._done
        self._done.add((name, id(scalar)))
        return new

    def spell(self, scalar: yaml.ScalarEvent) -> Spelling:
        """Return how the file spells a scalar."""
        return spell(self.collect.text, scalar, self.base)

    def span(self, scalar: yaml.ScalarEvent) -> tuple[int, int]:
        """Return the span of a scalar's value in the file."""
        return self.spell(scalar).span(0, len(scalar.value))

    def add(self, binding: EnvBinding | None) -> None:
        """Keep a binding, if there is one and not too many are kept: aliases multiply them."""
        if binding is not None and len(self.env) < _MOST_BINDINGS:
            self.env.append(binding)

    def set(
        self,
        name: str,
        scalar: yaml.ScalarEvent,
        label: str,
        rank: int,
        environment: str | None,
        workload: str | None = None,
    ) -> None:
        """Bind a variable to a scalar, for each workload that an alias gives it to."""
        if self.take(name, scalar):
            spelling = self.spell(scalar)
            self._bound[name, id(scalar)] = variable.literal(
                self.collect, name, scalar.value, spelling, label, rank=rank, environment=environment
            )
        binding = self._bound.get((name, id(scalar)))
        self.add(replace(binding, workload=workload) if binding is not None else None)

    def commands(self, node: Node | None, path: str) -> list[tuple[str, Spelling]]:
        """Gather what is of interest in a command, or in each part of one; return the parts."""
        if node is None:
            return []
        parts = []
        for each, label in [(node, path), *((item, f"{path}[{i}]") for i, item in enumerate(self.tree.items(node)))]:
            if each.scalar is None:
                continue
            spelling = self.spell(each.scalar)
            parts.append((each.scalar.value, spelling))
            if self.take(label, each.scalar):
                command.gather(self.collect, each.scalar.value, spelling, label)
                named = command.env_files(each.scalar.value)
                self.env_files += named.all
                self.raw_env_files += named.raw
        return parts

    def program(self, *nodes: tuple[Node | None, str]) -> tuple[Runs, list[EnvBinding]]:
        """Return what a command (a text, or a list of words) starts, and the variables that are set in it."""
        values: list[str] = []
        env: list[EnvBinding] = []
        is_text = False
        for node, path in nodes:
            for value, spelling in self.commands(node, path):
                values.append(value)
                env += shell.read(self.collect, value, spelling, "").env
            is_text |= node is not None and node.scalar is not None
        if not values:
            return None, []
        return (shell.runs(" ".join(values)) if is_text else shell.words_run(values)), env

    def nodes(self, root: Node) -> Iterator[tuple[Node, str, str]]:
        """Yield every mapping, its path, and the key that it stands under; each once, however many aliases it has."""
        seen: set[int] = set()
        waiting = [(root, "", "")]
        while waiting and len(seen) < _MOST_STEPS:
            node, path, nearest = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.pairs:
                yield node, path, nearest
            waiting += [(item, f"{path}[{i}]", nearest) for i, item in reversed(list(enumerate(node.items)))]
            waiting += [(value, joined(path, shown(key)), shown(key)) for key, value in reversed(node.pairs)]


def joined(path: str, name: str) -> str:
    """Return a path with one more name."""
    return f"{path}.{name}" if path else name
