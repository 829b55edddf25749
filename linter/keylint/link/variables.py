"""Environment variables: which file sets what, for which code, and which setting wins."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from keylint.model.definition import Channel, Definition, Role
from keylint.model.facts import EnvBinding, FileFacts
from keylint.model.flow import EnvRead, Literal, Opaque
from keylint.model.place import Place, is_test_code

_IN_PROGRAMS = frozenset({Channel.PYTHON, Channel.NOTEBOOK})
# Layers of one process, by rank. Every other channel is a deployment of its own, and an alternative to them.
_LAYERS = _IN_PROGRAMS | {Channel.DOTENV, Channel.COMPOSE}
# Directories that hold how a program is run; the program lies above them or beside.
_OPERATIONS = frozenset(
    {
        "k8s", "kubernetes", "kube", "deploy", "deployment", "deployments", "manifests", "base", "overlays", "helm", "charts",
        ".github", "workflows", ".circleci", ".gitlab", ".azure", "ci", "docker", ".docker", "systemd", "infra", "ops",
        "terraform", ".streamlit", ".vscode", ".devcontainer", "build", "env", "envs", "secrets", "config",
    }
)  # fmt: skip
COMPOSE_ENV_FILE = 30
"""The rank of a file that a compose file's `env_file:` names."""
_IMAGE = 10
"""The rank of what a Dockerfile sets."""


class Setting(NamedTuple):
    """A binding, and the directory whose code it is for."""

    binding: EnvBinding
    home: str

    @property
    def in_program(self) -> bool:
        """Set by a statement, not by a file that a loader reads."""
        return self.binding.channel in _IN_PROGRAMS

    @property
    def deployment(self) -> Channel | None:
        """The deployment that it is set in; `None` for the layers that any process can have."""
        return None if self.binding.channel in _LAYERS else self.binding.channel


class Raw(Enum):
    """Whether `docker run --env-file` is all that reads a file."""

    ONLY = 1
    TOO = 2


class Named(NamedTuple):
    """How a file that another one names is used: from which directory, and at least with which rank."""

    home: str
    rank: int


class Variables:
    """The variables that the files of a project set."""

    def __init__(self, facts: Mapping[str, FileFacts], named: Mapping[str, Named]) -> None:
        """Take all facts; `named` has the files that others name as sources of variables."""
        self._settings: dict[str, list[Setting]] = {}
        raw = raw_files(facts)
        self._names: dict[tuple[str, bool, bool], frozenset[str]] = {}
        self.documented: set[str] = set()
        used_in: set[str] = set()
        for path, each in sorted(facts.items()):
            self.documented.update(each.documented)
            if each.uses:
                used_in.update(upwards(posixpath.dirname(path)))
            home, rank = named.get(path, Named(posixpath.dirname(path), 0))
            for binding in (
                *(each.env if raw.get(path) is not Raw.ONLY else ()),
                *(each.raw_env if path in raw else ()),
            ):
                if not _is_sample(binding):
                    ranked = binding if binding.rank >= rank else replace(binding, rank=rank)
                    setting = Setting(ranked, home)
                    if setting.deployment is not None:
                        setting = Setting(ranked, _operated(home))
                    self._settings.setdefault(binding.name, []).append(setting)
        self._open = self._fill_in()
        layers = (s for settings in self._settings.values() for s in settings if s.deployment is None)
        self._homes = {s.home for s in layers if not s.in_program}
        self._used_in = used_in

    def _fill_in(self) -> frozenset[str]:
        """Set what a container takes from whole objects (`envFrom`); return the homes of those that are not in the project."""
        given = [s for name in list(self._settings) if name.endswith("*") for s in self._settings.pop(name)]
        open_homes: set[str] = set()
        for setting in given:
            binding = setting.binding
            source = binding.value.name[:-1] if isinstance(binding.value, EnvRead) else ""
            keys = [name for name in self._settings if source and name.startswith(source)]
            if not keys:
                open_homes.add(setting.home)
            for key in keys:
                name = binding.name[:-1] + key.removeprefix(source)
                bound = replace(binding, name=name, value=EnvRead(key, binding.place))
                self._settings.setdefault(name, []).append(Setting(bound, setting.home))
        return frozenset(open_homes)

    def names(self, using: str, *, by_program: bool) -> frozenset[str]:
        """Return the names that are set for the code of the file `using`.

        What a statement sets counts `by_program` only, and only for code beside or below it: a library that fills in
        one variable says nothing about the others. Neither does a deployment; where one takes variables from an object
        that is not in the project, nothing is known of any name.
        """
        directory = posixpath.dirname(using)
        if not self._open.isdisjoint(upwards(directory)):
            return frozenset()
        which = (directory, is_test_code(using), by_program)
        if which not in self._names:
            above = upwards(directory)
            self._names[which] = frozenset(
                name
                for name in self._settings
                if any(
                    s.deployment is None and (not s.in_program or (by_program and s.home in above))
                    for s in self._for(name, using)
                )
            )
        return self._names[which]

    def is_set(self, name: str, using: str) -> bool:
        """Say whether anything sets `name` for the code of the file `using`."""
        return bool(self._for(name, using))

    def winners(
        self, name: str, using: str, read_at: Place, passed: frozenset[Place], *, files: bool
    ) -> dict[str | None, tuple[EnvBinding, ...]]:
        """Return what `name` is when it is read at `read_at` by a program whose use is in `using`.

        It is said per environment (`None`: where no other says); of several bindings, it can be any.
        `passed` are places of bindings that are being resolved: they do not count again. With `files` only dotenv
        files count: what a compose file's `${NAME}` is filled from.
        """
        settings = [s for s in self._for(name, using) if s.binding.place not in passed]
        if files:
            settings = [s for s in settings if s.binding.channel is Channel.DOTENV]
        before = [s.binding for s in settings if s.in_program and _before(s.binding.place, read_at)]
        if before:
            return {None: (max(before, key=lambda b: (b.place.cell or 0, b.place.line)),)}
        settings = [s for s in settings if not (s.in_program and s.binding.place.path == read_at.path)]
        return {
            environment: self._given(_best(settings, environment))
            for environment in {s.binding.environment for s in settings}
        }

    def _given(self, bindings: tuple[EnvBinding, ...]) -> tuple[EnvBinding, ...]:
        """Leave out what a deployment takes from outside the project, as long as something says what it can be."""
        known = tuple(b for b in bindings if b.channel in _LAYERS or not self._is_outside(b))
        return known or bindings

    def _is_outside(self, binding: EnvBinding) -> bool:
        value = binding.value
        return isinstance(value, Opaque) or (isinstance(value, EnvRead) and value.name not in self._settings)

    def _for(self, name: str, using: str) -> list[Setting]:
        """Choose the settings that reach the code of a file: those of the nearest directory above it that has one.

        Files that lie elsewhere count too, since a program may be started anywhere. But where the code has a nested
        directory with variables of its own, those that serve other code do not.
        """
        settings = self._settings.get(name, [])
        if not is_test_code(using):
            settings = [s for s in settings if not (s.in_program and is_test_code(s.binding.place.path))]
        above = upwards(posixpath.dirname(using))
        deployed = [
            each for channel in Channel for each in _nearest([s for s in settings if s.deployment is channel], above)
        ]
        settings = [s for s in settings if s.deployment is None]
        files = [s for s in settings if not s.in_program]
        by_program = [*(s for s in settings if s.in_program), *deployed]
        for directory in above:
            if here := [s for s in files if s.home == directory]:
                return here + by_program
        own = next((directory for directory in above if directory in self._homes), "")
        if own:
            files = [s for s in files if s.home not in self._used_in]
        return files + by_program


def raw_files(facts: Mapping[str, FileFacts]) -> dict[str, Raw]:
    """Return the files that commands hand to `docker run --env-file`, whose values are delivered as they are written."""
    found: dict[str, Raw] = {}
    parsed: set[str] = set()
    for path, each in facts.items():
        for written in each.env_files:
            for directory in upwards(posixpath.dirname(path)):
                named = posixpath.normpath(posixpath.join(directory, written))
                if named in facts:
                    if written in each.raw_env_files:
                        found[named] = Raw.ONLY
                    else:
                        parsed.add(named)
                    break
    # A program may load a file that is called `.env` without naming it.
    return {
        path: Raw.TOO if path in parsed or posixpath.basename(path).startswith(".env") else raw
        for path, raw in found.items()
    }


def handed_on(facts: Mapping[str, FileFacts]) -> list[Definition]:
    """Return the values that `docker run --env-file` delivers otherwise than most loaders do."""
    return [
        binding.value.definition
        for path in raw_files(facts)
        for binding in facts[path].raw_env
        if isinstance(binding.value, Literal)
    ]


def _nearest(settings: list[Setting], above: Iterable[str]) -> list[Setting]:
    """Choose the settings of the nearest directory that has one, or all of them where none of those above has."""
    return next((here for directory in above if (here := [s for s in settings if s.home == directory])), settings)


def _operated(directory: str) -> str:
    """Return the directory of the program that is run from files of this one: `shop` for `shop/k8s/overlays/prod`."""
    parts = directory.split("/") if directory else []
    first = next((i for i, part in enumerate(parts) if part.lower() in _OPERATIONS), len(parts))
    return "/".join(parts[:first])


def upwards(directory: str) -> list[str]:
    """Return a directory and those above it, nearest first; the project's own is `""`."""
    found = [directory]
    while directory:
        directory = posixpath.dirname(directory)
        found.append(directory)
    return found


def _best(settings: Iterable[Setting], environment: str | None) -> tuple[EnvBinding, ...]:
    """What names the environment beats what names none; then the rank decides, then, within a dotenv file, the last line.

    Ranks are those of one deployment: of several deployments, each is a possibility. A statement elsewhere in the program
    may or may not have run: it is one more.
    """
    chosen = [s for s in settings if s.binding.environment in (environment, None)]
    files = [s for s in chosen if not s.in_program]
    files = [s for s in files if s.binding.environment == environment] or files
    if any(_runs_container(s) for s in files):
        files = [s for s in files if s.deployment is not Channel.DOCKERFILE or s.binding.rank > _IMAGE]
    top: dict[Channel | None, int] = {}
    for setting in files:
        top[setting.deployment] = max(setting.binding.rank, top.get(setting.deployment, 0))
    last: dict[object, EnvBinding] = {}
    for binding in (s.binding for s in files if s.binding.rank == top[s.deployment]):
        last[binding.place.path if binding.channel is Channel.DOTENV else binding.place] = binding
    return (*last.values(), *(s.binding for s in chosen if s.in_program))


def _runs_container(setting: Setting) -> bool:
    """Say whether it is set for a container, over what the image sets."""
    compose = setting.deployment is None and setting.binding.rank >= COMPOSE_ENV_FILE
    return compose or setting.deployment is Channel.KUBERNETES


def _before(place: Place, read_at: Place) -> bool:
    return place.path == read_at.path and (place.cell or 0, place.line) <= (read_at.cell or 0, read_at.line)


def _is_sample(binding: EnvBinding) -> bool:
    return isinstance(binding.value, Literal) and binding.value.definition.role in (Role.EXAMPLE, Role.COMMENT)
