"""Files that a container finds: secrets of docker compose, and volumes of Secrets and ConfigMaps."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from keylint.link.workloads import places
from keylint.model.definition import Definition
from keylint.model.facts import FileFacts, Mount
from keylint.model.flow import Literal


class Mounts:
    """The files of containers, by their paths there."""

    def __init__(
        self, facts: Mapping[str, FileFacts | None], load: Callable[[str], FileFacts | None], path: str
    ) -> None:
        """Take all facts; `load` gives those of one more file, and `path` is the one in the container that is asked for."""
        self._facts = facts
        self._load = load
        self._path = posixpath.normpath(path)

    def files(self) -> Iterator[str]:
        """Yield the files of the project that stand there."""
        for home, source in self._sources():
            if not source.startswith(("secret/", "configmap/")):
                yield from self._located(home, source)
        for _, source in self._sources():
            for path, each in sorted(self._facts.items()):
                for target, written in each.generated if each is not None else ():
                    if target == source:
                        yield from self._located(path, written)

    def definitions(self) -> Iterator[Definition]:
        """Yield the values of a cluster's objects that stand there."""
        sources = {source for _, source in self._sources()}
        for _, each in sorted(self._facts.items()):
            for binding in each.env if each is not None else ():
                if binding.name in sources and isinstance(binding.value, Literal):
                    yield binding.value.definition

    def _sources(self) -> Iterator[tuple[str, str]]:
        for path, each in sorted(self._facts.items()):
            for mount in each.mounts if each is not None else ():
                if (source := self._source(mount)) is not None:
                    yield path, source

    def _source(self, mount: Mount) -> str | None:
        if not mount.path.endswith("/*"):
            return mount.source if posixpath.normpath(mount.path) == self._path else None
        directory, name = posixpath.split(self._path)
        same = posixpath.normpath(mount.path[:-2]) == directory
        return f"{mount.source.removesuffix('*')}{name}" if same else None

    def _located(self, path: str, written: str) -> Iterator[str]:
        found = next((p for p in places(posixpath.dirname(path), written) if self._load(p) is not None), None)
        if found is not None:
            yield found
