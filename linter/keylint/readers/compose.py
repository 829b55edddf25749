"""The variables that a compose file sets for its services, and the files that it takes more from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import yaml

from keylint.model import Channel, Damage, EnvBinding, EnvRead, Literal, Secret, Value
from keylint.readers import interpolation
from keylint.readers.collect import Collector, Spelling
from keylint.readers.interpolation import Variable
from keylint.readers.yaml_tree import Node, Setter, is_null, shown, text, trees

_RANK = 40
_COMMANDS = ("command", "entrypoint")


class Services(Setter):
    """Reads `services.*.environment` and `services.*.env_file`."""

    def __init__(self, collect: Collector, base: int) -> None:
        """Take the file's collector; `base` is what the parser's offsets lack."""
        super().__init__(collect, base)
        self.served: list[tuple[str, str]] = []
        """Services, and the files that they take variables from."""

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        for root in trees(events):
            services = self.tree.value(root, "services")
            for key, service in self.tree.pairs(services) if services else ():
                environment = self.tree.value(service, "environment")
                if environment is not None:
                    self._environment(environment, f"services.{shown(key)}.environment")
                env_file = self.tree.value(service, "env_file")
                if env_file is not None:
                    self._env_file(shown(key), env_file)
                for name in _COMMANDS:
                    self.commands(self.tree.value(service, name), f"services.{shown(key)}.{name}")
        self.served = list(dict.fromkeys(self.served))

    def _environment(self, node: Node, label: str) -> None:
        for key, value in self.tree.pairs(node):
            name = text(key)
            if name and value.scalar is not None and key.scalar is not None:
                null = is_null(value)
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
        if not self.take(name, scalar, gathered=offset is not None):
            return
        collect = self.collect
        outer = self.spell(scalar)
        bound: Value
        if offset is None:
            place = collect.place(*outer.span(0, len(scalar.value)))
            bound = EnvRead(name, place)
        else:
            value, tokens, variables = interpolation.compose(scalar.value[offset:])
            spelling = Spelling((len(text), *outer.span(offset + a, offset + b)) for text, a, b in tokens)
            label = f"{label}.{name}"
            whole = collect.define(value, spelling, label=label, env=name)
            place = whole.place
            left = self._left_over(value, spelling, label, name, variables)
            if left is not None:
                bound = Literal(replace(whole, secret=Secret(left), contiguous=False))
            else:
                outside = [(variable.start, variable.end) for variable in variables]
                collect.value(name, value, lambda: spelling, lambda: label, env=name, outside=outside)
                bound = interpolation.bound(collect, whole, value, spelling, variables)
        self.env.append(EnvBinding(name, bound, place, Channel.COMPOSE, collect.environment, _RANK))

    def _left_over(
        self, value: str, spelling: Spelling, label: str, name: str, variables: Sequence[Variable]
    ) -> str | None:
        """Return what compose leaves of a key that has a `$` in it; `None` where no key is cut up."""
        cut = [v for v in variables if not value.startswith("${", v.start)]
        found = [
            f for f in self.collect.interest.spans(None, value) if any(f.start < v.end and v.start < f.end for v in cut)
        ]
        if not cut or not found:
            return None
        damage = Damage.INTERPOLATED
        define = self.collect.define
        self.collect.definitions += [define(value, spelling, f, label=label, env=name, damage=damage) for f in found]
        ends = [0, *(v.end for v in cut)]
        return "".join(value[a:b] for a, b in zip(ends, [*(v.start for v in cut), len(value)], strict=True))

    def _env_file(self, service: str, node: Node) -> None:
        for item in [node, *node.items]:
            path = item if item.scalar is not None else self.tree.value(item, "path")
            if path is not None and path.scalar is not None and path.scalar.value:
                self.served.append((service, path.scalar.value))
                if item is not path and text(self.tree.value(item, "format")) == "raw":
                    self.raw_env_files.append(path.scalar.value)
