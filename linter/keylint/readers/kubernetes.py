"""What Kubernetes manifests set: Secrets, ConfigMaps, and the variables of containers, which are filled in from those.

A value of a Secret is bound as `secret/NAME/KEY`, one of a ConfigMap as `configmap/NAME/KEY`; a container's variable reads
that name, in whichever file of the project it is. `PREFIX*` reads all of one object (`envFrom`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import replace

import yaml

from keylint.model import Damage, EnvBinding, EnvRead, Mount, Opaque, Workload
from keylint.readers import variable
from keylint.readers.collect import Spelling
from keylint.readers.interface import ENVIRONMENTS, canonical_environment
from keylint.readers.yaml_tree import Node, Setter, is_null, joined, shown, text, trees

MANIFEST = re.compile(r"^(?:- )?apiVersion[ \t]*:|^(?:secret|configMap)Generator[ \t]*:", re.MULTILINE)

_ENV, _ENV_FROM, _DATA, _STRING_DATA = 40, 30, 10, 11
_OBJECTS = {"Secret": "secret", "ConfigMap": "configmap"}
_GENERATORS = {"secretGenerator": "secret", "configMapGenerator": "configmap"}
_REFERENCES = (("secretKeyRef", "secret"), ("configMapKeyRef", "configmap"))
_SOURCES = (("secretRef", "secret"), ("configMapRef", "configmap"))
_VOLUMES = (("secret", "secretName", "secret"), ("secret", "name", "secret"), ("configMap", "name", "configmap"))
_COMMANDS = ("command", "args")
_ITEM = re.compile(r"items\[(\d+)\]")
_SPACE = re.compile(r"\s+")


class Manifests(Setter):
    """Reads the documents of a file of manifests."""

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        for root in trees(events):
            environment = self._namespace(root)
            for node, path, nearest in self.nodes(root):
                environment = self._namespace(node) or environment
                kind = text(self.tree.value(node, "kind"))
                if kind in _OBJECTS:
                    self._object(node, _OBJECTS[kind], path, environment)
                for name in _COMMANDS:
                    self.commands(self.tree.value(node, name), joined(path, name))
                if self.tree.value(node, "volumes") is not None:
                    self._pod(node)
                if nearest != "metadata":
                    self._container(node, path, environment, self._owner(root, path))
                for field, of in _GENERATORS.items():
                    for i, item in enumerate(self.tree.items(self.tree.value(node, field))):
                        self._generated(item, of, joined(path, f"{field}[{i}]"), environment)

    def _owner(self, root: Node, path: str) -> str:
        """Return the object that a container is part of: in a list of objects, the one that its path leads through."""
        match = _ITEM.match(path)
        items = list(self.tree.items(self.tree.value(root, "items"))) if match is not None else []
        node = items[int(match[1])] if match is not None and int(match[1]) < len(items) else root
        return f"{text(self.tree.value(node, 'kind'))}/{text(self.tree.value(node, 'metadata', 'name'))}"

    def _namespace(self, node: Node) -> str | None:
        """Return the environment that the namespace of an object is named after: `production`, `shop-staging`."""
        namespace = text(self.tree.value(node, "metadata", "namespace")) or ""
        words = [word for word in re.split(r"[-_.]", namespace.lower()) if word in ENVIRONMENTS]
        return canonical_environment(words[-1]) if words else None

    # ------------------------------------------------------------------ Secrets and ConfigMaps

    def _object(self, node: Node, kind: str, path: str, environment: str | None) -> None:
        name = text(self.tree.value(node, "metadata", "name"))
        for field, rank in (("data", _DATA), ("stringData", _STRING_DATA)):
            values = self.tree.value(node, field)
            for key, value in self.tree.pairs(values) if values is not None else ():
                if value.scalar is None or is_null(value) or text(key) is None:
                    continue
                label = ".".join(part for part in (path, (name or "")[:60], field, shown(key)) if part)
                encoded = kind == "secret" and field == "data"
                self._entry(text(key) or "", value.scalar, label, kind, name, rank, environment, encoded)

    def _entry(
        self,
        key: str,
        scalar: yaml.ScalarEvent,
        label: str,
        kind: str,
        name: str | None,
        rank: int,
        environment: str | None,
        encoded: bool,
    ) -> None:
        if not self.take(key, scalar):
            return
        value, spelling, damage = scalar.value, self.spell(scalar), None
        if encoded:
            decoded = _decoded(value)
            if decoded is None:
                damage = Damage.NOT_ENCODED
            else:
                start, end = spelling.span(0, len(value))
                value, spelling = decoded, Spelling([(len(decoded), start, end)])
        bound_as = f"{kind}/{name}/{key}"
        self.add(
            variable.literal(
                self.collect, key, value, spelling, label,
                rank=rank, bound_as=bound_as, environment=environment, damage=damage,
            )
        )  # fmt: skip

    def _generated(self, node: Node, kind: str, path: str, environment: str | None) -> None:
        """Kustomize makes an object of literals (`KEY=value`) and of `.env` files."""
        name = text(self.tree.value(node, "name"))
        for literal in self.tree.items(self.tree.value(node, "literals")):
            key, equals, value = (text(literal) or "").partition("=")
            if literal.scalar is None or not equals or not self.take(key, literal.scalar):
                continue
            start, end = self.spell(literal.scalar).span(len(key) + 1, len(key) + 1 + len(value))
            bound_as = f"{kind}/{name}/{key}"
            self.add(
                variable.literal(
                    self.collect, key, value, Spelling([(len(value), start, end)]), joined(path, key[:60]),
                    rank=_DATA, bound_as=bound_as, environment=environment,
                )
            )  # fmt: skip
        envs = [file for item in self.tree.items(self.tree.value(node, "envs")) if (file := text(item))]
        envs += [file] if (file := text(self.tree.value(node, "env"))) else []
        self.env_files += envs
        self.generated += [(f"{kind}/{name}/*", file) for file in envs]
        for item in self.tree.items(self.tree.value(node, "files")):
            key, equals, file = (text(item) or "").partition("=")
            path_of = file if equals else key
            if path_of:
                self.generated.append((f"{kind}/{name}/{key if equals else path_of.rsplit('/', 1)[-1]}", path_of))

    # ------------------------------------------------------------------ containers

    def _container(self, node: Node, path: str, environment: str | None, owner: str) -> None:
        entries, sources = self.tree.value(node, "env"), self.tree.value(node, "envFrom")
        mounts = self.tree.value(node, "volumeMounts")
        if entries is None and sources is None and mounts is None:
            return
        runs, env = self.program(*((self.tree.value(node, name), joined(path, name)) for name in _COMMANDS))
        workload = f"kubernetes/{owner}/{text(self.tree.value(node, 'name')) or '?'}"
        before = len(self.env)
        self.env += env
        for i, entry in enumerate(self.tree.items(entries)):
            name, value = self.tree.value(entry, "name"), self.tree.value(entry, "value")
            if name is None or name.scalar is None:
                continue
            label = joined(path, f"env[{i}].{shown(name)}")
            if value is not None and value.scalar is not None:
                self.set(name.scalar.value, value.scalar, label, _ENV, environment)
            else:
                self._reference(name.scalar, self.tree.value(entry, "valueFrom"), environment)
        for i, source in enumerate(self.tree.items(sources)):
            self._source(source, environment, min(_ENV_FROM + i, _ENV - 1))
        self.env[before:] = [replace(binding, workload=workload) for binding in self.env[before:]]
        if workload not in (known.name for known in self.workloads):
            self.workloads.append(Workload(workload, runs))

    def _pod(self, node: Node) -> None:
        """Take the Secrets and ConfigMaps that the containers of a pod find as files."""
        volumes: dict[str | None, tuple[str, Node]] = {}
        for volume in self.tree.items(self.tree.value(node, "volumes")):
            parts = [volume, *self.tree.items(self.tree.value(volume, "projected", "sources"))]
            for part in parts:
                for field, name, kind in _VOLUMES:
                    source = self.tree.value(part, field)
                    called = text(self.tree.value(source, name)) if source is not None else None
                    if source is not None and called:
                        volumes[text(self.tree.value(volume, "name"))] = (f"{kind}/{called}", source)
        containers = [
            c for field in ("containers", "initContainers") for c in self.tree.items(self.tree.value(node, field))
        ]
        for mount in (m for c in containers for m in self.tree.items(self.tree.value(c, "volumeMounts"))):
            found = volumes.get(text(self.tree.value(mount, "name")))
            directory = text(self.tree.value(mount, "mountPath"))
            if found is None or not directory:
                continue
            whole, source = found
            items = [
                (text(self.tree.value(item, "key")), text(self.tree.value(item, "path")))
                for item in self.tree.items(self.tree.value(source, "items"))
            ]
            key = text(self.tree.value(mount, "subPath"))
            if key is not None:
                self.mounts.append(Mount(directory, f"{whole}/{key}"))
            elif items:
                self.mounts += [
                    Mount(f"{directory.rstrip('/')}/{to}", f"{whole}/{of}") for of, to in items if of and to
                ]
            else:
                self.mounts.append(Mount(f"{directory.rstrip('/')}/*", f"{whole}/*"))

    def _reference(self, name: yaml.ScalarEvent, given: Node | None, environment: str | None) -> None:
        value: EnvRead | Opaque = variable.OUTSIDE
        for field, kind in _REFERENCES:
            source = self.tree.value(given, field) if given is not None else None
            whole, key = (text(self.tree.value(source, f)) if source is not None else None for f in ("name", "key"))
            if whole and key:
                value = EnvRead(f"{kind}/{whole}/{key}", self.collect.place(*self.span(name)))
        if self.take(name.value, name, gathered=False):
            found = variable.reference(self.collect, name.value, value, lambda: self.span(name), _ENV, environment)
            self.add(found)

    def _source(self, source: Node, environment: str | None, rank: int) -> None:
        prefix = text(self.tree.value(source, "prefix")) or ""
        for field, kind in _SOURCES:
            name = self.tree.value(source, field, "name")
            if name is not None and name.scalar is not None and self.take(prefix, name.scalar, gathered=False):
                place = self.collect.place(*self.span(name.scalar))
                value = EnvRead(f"{kind}/{name.scalar.value}/*", place)
                where = environment or self.collect.environment
                self.env.append(EnvBinding(f"{prefix}*", value, place, self.collect.channel, where, rank))


def _decoded(value: str) -> str | None:
    """Return what the cluster makes of a value under `data`; `None` where that is no text, or an error."""
    try:
        return base64.b64decode(_SPACE.sub("", value), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
