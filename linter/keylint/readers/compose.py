"""The variables that a compose file sets for its services, and the files that it takes more from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import yaml

from keylint.model import Channel, Damage, EnvBinding, EnvRead, Literal, Loader, Mount, Secret, Value, Workload
from keylint.readers import interpolation
from keylint.readers.collect import Collector, Spelling
from keylint.readers.interpolation import Variable
from keylint.readers.yaml_tree import Node, Setter, is_null, shown, text, trees

_RANK = 40
_COMMANDS = ("entrypoint", "command")
# Images of programs that are nobody's own.
_OTHERS = re.compile(
    r"(?:\A|/)(?:postgres|postgis|redis|valkey|mysql|mariadb|mongo|nginx|caddy|traefik|rabbitmq|kafka|zookeeper|elasticsearch|kibana"
    r"|logstash|grafana|loki|prometheus|alertmanager|jaeger|minio|vault|consul|etcd|memcached|adminer|pgadmin4?|mailhog|mailpit"
    r"|keycloak|n8n|ollama|qdrant|weaviate|chroma|localstack|nats|influxdb|telegraf|clickhouse|metabase|superset|homepage|dashy"
    r"|portainer|watchtower|open-webui|langfuse|otel[\w-]*|opentelemetry[\w-]*|sonarqube|jenkins|gitlab|gitea|wordpress|nextcloud"
    r"|litellm|flower|registry|httpd|haproxy|envoy|cloudflared|node|alpine|busybox|curl)(?=[:@-]|/|\Z)",
    re.IGNORECASE,
)
_REMOTE = re.compile(r"://|\A[\w.-]+@|\.git(?:#|\Z)|\$")


# What stands before the name of a variable in a text that is meant to be filled in is words, not this much of a key.
_CUT_KEY = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9_+=-]{12,}\Z")


def _is_cut_key(value: str, cut: Sequence[Variable]) -> bool:
    """Say whether a `$` is a key's own character: much of a key before it, and no name such as variables have behind it."""
    named = any(len(v.name) > 2 and v.name.isupper() for v in cut)
    return not named and _CUT_KEY.match(value[: cut[0].start]) is not None


class Services(Setter):
    """Reads `services.*.environment` and `services.*.env_file`."""

    def __init__(self, collect: Collector, base: int) -> None:
        """Take the file's collector; `base` is what the parser's offsets lack."""
        super().__init__(collect, base)
        self.served: list[tuple[str, str]] = []
        """Services, and the files that they take variables from."""
        self._set: dict[tuple[str, int], EnvBinding] = {}

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        for root in trees(events):
            services = self.tree.value(root, "services")
            pairs = list(self.tree.pairs(services)) if services else []
            built = {
                image for _, s in pairs if self.tree.value(s, "build") and (image := text(self.tree.value(s, "image")))
            }
            self._mounts(root, pairs)
            for key, service in pairs:
                self._service(key, service, built, {shown(k): s for k, s in pairs})
        self.served = list(dict.fromkeys(self.served))

    def _service(self, key: Node, service: Node, built: set[str], others: Mapping[str, Node]) -> None:
        path = f"services.{shown(key)}"
        runs, env = self.program(*((self.tree.value(service, name), f"{path}.{name}") for name in _COMMANDS))
        self.env += [replace(binding, workload=path) for binding in env]
        before = len(self.env)
        files: list[tuple[str, Loader]] = []
        layers = [service]
        while (base := self._base(layers[-1], others)) is not None and base not in layers:
            layers.append(base)
        for layer in reversed(layers):
            environment = self.tree.value(layer, "environment")
            if environment is not None:
                self._environment(environment, path)
            env_file = self.tree.value(layer, "env_file")
            if env_file is not None:
                files += self._env_file(shown(key), env_file)
        # What is merged in comes first, and the last value of a name counts.
        self.env[before:] = {binding.name: binding for binding in self.env[before:]}.values()
        image = next((image for layer in layers if (image := text(self.tree.value(layer, "image")))), None)
        build = next((found for layer in layers if (found := self.tree.value(layer, "build")) is not None), None)
        foreign = image is not None and image not in built and (self._builds(others) or _OTHERS.search(image))
        if runs is None and build is None and foreign:
            runs = ()
        context = text(build) or (text(self.tree.value(build, "context")) if build is not None else None)
        target = text(self.tree.value(build, "target")) if build is not None else None
        folder = context if context is not None and not _REMOTE.search(context) else None
        self.workloads.append(Workload(path, runs, folder, target, env_files=tuple(files)))

    def _mounts(self, root: Node, services: Sequence[tuple[Node, Node]]) -> None:
        """Take the secrets and configs that services find as files."""
        for field, home in (("secrets", "/run/secrets/"), ("configs", "/")):
            declared = self.tree.value(root, field)
            files = {
                text(key): file
                for key, value in (self.tree.pairs(declared) if declared is not None else ())
                if (file := text(self.tree.value(value, "file")))
            }
            for item in (i for _, s in services for i in self.tree.items(self.tree.value(s, field))):
                source = text(item) or text(self.tree.value(item, "source"))
                target = text(self.tree.value(item, "target")) or source
                if source in files and target:
                    self.mounts.append(Mount(target if target.startswith("/") else home + target, files[source]))
        self.mounts = list(dict.fromkeys(self.mounts))

    def _base(self, service: Node, others: Mapping[str, Node]) -> Node | None:
        """Return the service of the same file that one extends."""
        extends = self.tree.value(service, "extends")
        if extends is None or self.tree.value(extends, "file") is not None:
            return None
        return others.get(text(extends) or text(self.tree.value(extends, "service")) or "")

    def _builds(self, services: Mapping[str, Node]) -> bool:
        return any(self.tree.value(service, "build") is not None for service in services.values())

    def _environment(self, node: Node, service: str) -> None:
        label = f"{service}.environment"
        for key, value in self.tree.pairs(node):
            name = text(key)
            if name and value.scalar is not None and key.scalar is not None:
                null = is_null(value)
                self._entry(name, key.scalar if null else value.scalar, None if null else 0, label, service)
        for item in node.items:
            if item.scalar is not None:
                name, equals, _ = item.scalar.value.partition("=")
                if equals:
                    self._entry(name, item.scalar, len(name) + 1, label, service)
                elif name and not self.collect.interest.spans(None, name):
                    self._entry(name, item.scalar, None, label, service)

    def _entry(self, name: str, scalar: yaml.ScalarEvent, offset: int | None, label: str, service: str) -> None:
        """Bind a variable to the scalar's text from `offset`, or, without one, to the variable of the same name."""
        if not self.take(name, scalar, gathered=offset is not None):
            self.add(replace(self._set[name, id(scalar)], workload=service))  # an alias: set for another service, too
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
                delivered = replace(whole, secret=Secret(left), contiguous=False)
                bound = Literal(replace(delivered, damage=Damage.INTERPOLATED, loader="docker compose"))
            else:
                outside = [(variable.start, variable.end) for variable in variables]
                collect.value(name, value, lambda: spelling, lambda: label, env=name, outside=outside)
                bound = interpolation.bound(collect, whole, value, spelling, variables)
        binding = EnvBinding(name, bound, place, Channel.COMPOSE, collect.environment, _RANK, service)
        self._set[name, id(scalar)] = binding
        self.add(binding)

    def _left_over(
        self, value: str, spelling: Spelling, label: str, name: str, variables: Sequence[Variable]
    ) -> str | None:
        """Return what compose leaves of a key that has a `$` in it; `None` where no key is cut up."""
        cut = [v for v in variables if not value.startswith("${", v.start)]
        found = [
            f for f in self.collect.interest.spans(None, value) if any(f.start < v.end and v.start < f.end for v in cut)
        ]
        if cut and not found and _is_cut_key(value, cut):
            found = list(self.collect.interest.spans(name, value))
        if not cut or not found:
            return None
        damage = Damage.INTERPOLATED
        define = self.collect.define
        self.collect.definitions += [define(value, spelling, f, label=label, env=name, damage=damage) for f in found]
        ends = [0, *(v.end for v in cut)]
        return "".join(value[a:b] for a, b in zip(ends, [*(v.start for v in cut), len(value)], strict=True))

    def _env_file(self, service: str, node: Node) -> Iterator[tuple[str, Loader]]:
        for item in [node, *node.items]:
            path = item if item.scalar is not None else self.tree.value(item, "path")
            if path is not None and path.scalar is not None and path.scalar.value:
                self.served.append((service, path.scalar.value))
                is_raw = item is not path and text(self.tree.value(item, "format")) == "raw"
                if is_raw:
                    self.raw_env_files.append(path.scalar.value)
                yield path.scalar.value, Loader.DOCKER if is_raw else Loader.COMPOSE
