"""Environment variables: which file sets what, for which code, and which setting wins."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from keylint.link.workloads import Scope, Workloads, places
from keylint.model.definition import Channel, Definition, Role
from keylint.model.facts import EnvBinding, FileFacts, Loader, Workload
from keylint.model.flow import EnvRead, Literal, Opaque
from keylint.model.place import Place, is_test_code

_PROGRAMS = (".py", ".ipynb")
_IN_PROGRAMS = frozenset({Channel.PYTHON, Channel.NOTEBOOK})
# Layers of one process, by rank. Every other channel is a deployment of its own, and an alternative to them.
_LAYERS = _IN_PROGRAMS | {Channel.DOTENV, Channel.COMPOSE}
_RUN_BY_TESTS = frozenset({Channel.SOURCE, Channel.TEXT, Channel.COMPOSE, Channel.DOCKERFILE, Channel.KUBERNETES})
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
_ORDERED = 23
"""The rank of the file that loses, where a program says in which order it loads its files: above any that a name gives."""
_IMAGE = 10
"""The rank of what a Dockerfile sets."""
_SOURCED = 45
"""The rank of a file that a shell sources."""
# What a program may load without naming it.
_LOADED = frozenset({".env", ".env.local", ".flaskenv"})
# Nobody loads what somebody has put aside, unless by its name.
_LEFT_OVER = re.compile(r"[.~_-](?:bak|backup|old|orig|save|saved|swp|tmp|disabled|off|unused)\d*\Z|~\Z", re.IGNORECASE)


# What a runner, or a login to a cloud, sets by itself.
_GIVEN = ("GITHUB_", "RUNNER_", "ACTIONS_", "CI", "AWS_", "GOOGLE_", "AZURE_", "ARM_")


class Process(NamedTuple):
    """A workload: it is known by its directory and name, whichever files say something of it."""

    home: str
    name: str
    scope: Scope
    is_complete: bool
    over_files: bool
    """What it sets hides the `.env` files of the program; else each is a possibility."""


class Setting(NamedTuple):
    """A binding, and the directory whose code it is for."""

    binding: EnvBinding
    home: str
    process: Process | None = None

    @property
    def in_program(self) -> bool:
        """Set by a statement, not by a file that a loader reads."""
        return self.binding.channel in _IN_PROGRAMS

    @property
    def serves_tests(self) -> bool:
        """Set for test code alone where it stands among that: by statements, scripts and containers."""
        return self.in_program or self.binding.channel in _RUN_BY_TESTS

    @property
    def deployment(self) -> Channel | None:
        """The deployment that it is set in; `None` for the layers that any process can have."""
        return None if self.binding.channel in _LAYERS else self.binding.channel

    @property
    def group(self) -> object:
        """What its rank counts in: one workload, one kind of deployment, or (`None`) the layers of any process."""
        return (self.process.home, self.process.name) if self.process is not None else self.deployment


class Raw(Enum):
    """Whether `docker run --env-file` is all that reads a file."""

    ONLY = 1
    TOO = 2


class Named(NamedTuple):
    """How a file that another one names is used: from which directory, at least with which rank, by which workload."""

    home: str
    rank: int
    process: Process | None = None
    loader: Loader | None = None
    in_order: bool = False
    """A program says in which order it loads this file and others, whatever their names say."""


class Variables:
    """The variables that the files of a project set."""

    def __init__(
        self, facts: Mapping[str, FileFacts], named: Mapping[str, Sequence[Named]], workloads: Workloads | None = None
    ) -> None:
        """Take all facts; `named` has the files that others name as sources of variables."""
        self._settings: dict[str, list[Setting]] = {}
        self._workloads = workloads
        self._names: dict[tuple[str, bool, bool], frozenset[str]] = {}
        self.documented: set[str] = set()
        self._overriding: set[str] = set()
        self._told = told_layers(facts)
        self._files = facts.keys()
        raw = raw_files(facts)
        used_in: set[str] = set()
        self._made: set[str] = set()
        """Files of variables that a cluster's objects are made of."""
        self._generate(facts)
        for path, each in sorted(facts.items()):
            self.documented.update(each.documented)
            if each.uses:
                used_in.update(upwards(posixpath.dirname(path)))
            if each.overrides and not is_test_code(path):
                self._overriding.add(posixpath.dirname(path))
            self._take(path, each, named.get(path, ()), raw.get(path))
        self._open = self._fill_in()
        layers = (s for settings in self._settings.values() for s in settings if s.deployment is None)
        self._homes = {s.home for s in layers if not s.in_program and s.process is None}
        self._used_in = used_in

    def _take(self, path: str, facts: FileFacts, named: Sequence[Named], raw: Raw | None) -> None:
        """Take what one file sets, once for each workload that is given it, and once for whoever loads it."""
        home = posixpath.dirname(path)
        loaded = [each for each in named if each.process is None and path not in self._made]
        processes = {w.name: process_of(path, w, self._workloads) for w in facts.workloads} if self._workloads else {}
        given = path in self._made or any(each.process is not None for each in named)
        is_given = given and posixpath.basename(path) not in _LOADED
        if loaded or not (is_given or _LEFT_OVER.search(path)):
            where = next((each for each in loaded if each.in_order), loaded[0]) if loaded else Named(home, 0)
            for binding in (
                *(facts.env if raw is not Raw.ONLY else ()),
                *(facts.raw_env if raw is not None else ()),
            ):
                if where.in_order:
                    binding = _of_any_environment(binding)
                self._add(binding, where, processes.get(binding.workload or ""))
        for each in named:
            if each.process is not None:
                for binding in _read_by(facts, each.loader):
                    self._add(replace(binding, rank=each.rank), each, each.process)

    def _generate(self, facts: Mapping[str, FileFacts]) -> None:
        """Take the variables of which kustomize makes Secrets and ConfigMaps: quotes stay."""
        for path, each in sorted(facts.items()):
            for target, written in each.generated:
                found = next((p for p in places(posixpath.dirname(path), written) if p in facts), None)
                if found is None or not target.endswith("/*"):
                    continue
                self._made.add(found)
                for binding in facts[found].raw_env:
                    made = replace(binding, name=target[:-1] + binding.name, channel=Channel.KUBERNETES)
                    self._add(made, Named(posixpath.dirname(path), 0), None)

    def _add(self, binding: EnvBinding, named: Named, process: Process | None) -> None:
        if _is_sample(binding):
            return
        ranked = binding if binding.rank >= named.rank else replace(binding, rank=named.rank)
        setting = Setting(ranked, named.home, process)
        if setting.deployment is not None:
            setting = Setting(ranked, _operated(named.home), process)
        self._settings.setdefault(binding.name, []).append(setting)

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
                self._settings.setdefault(name, []).append(Setting(bound, setting.home, setting.process))
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

    def is_emptied(self, name: str, passed: frozenset[Place]) -> bool:
        """Say whether a compose file puts nothing in the place of a value that the `.env` beside it has under its own name.

        `name` is the variable that is not set, `passed` has the place of the line that reads it.
        """
        for outer, settings in self._settings.items():
            for setting in settings:
                if setting.binding.place in passed and setting.binding.channel is Channel.COMPOSE and outer != name:
                    return any(_is_loaded(s) and s.home == setting.home for s in settings)
        return False

    def beside(self, compose: str) -> frozenset[str]:
        """Return the names that the `.env` beside a compose file sets: where compose itself takes variables from."""
        file = posixpath.join(posixpath.dirname(compose), ".env")
        return frozenset(
            n for n, settings in self._settings.items() if any(s.binding.place.path == file for s in settings)
        )

    def left_out(self, names: Iterable[str], using: str) -> frozenset[str]:
        """Return what is set by the workloads that run a file, where these say of all variables what they are."""
        if any(name.startswith(_GIVEN) for name in names):
            return frozenset()
        running = {
            s.process: name
            for name, settings in self._settings.items()
            for s in settings
            if s.process is not None and using in s.process.scope.files
        }
        if not running or not all(process.is_complete for process in running):
            return frozenset()
        return frozenset(
            name
            for name, settings in self._settings.items()
            if any(s.process in running for s in settings if s.process)
        )

    def lacks(self, name: str) -> bool:
        """Say whether a Secret or ConfigMap (`secret/NAME/KEY`) is in the project and has no such key."""
        whole = name.rpartition("/")[0]
        return name.startswith(("secret/", "configmap/")) and any(n.startswith(f"{whole}/") for n in self._settings)

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
            settings = [s for s in settings if s.binding.channel is Channel.DOTENV and s.process is None]
        elif self._overrides(using) and any(_is_loaded(s) for s in settings):
            settings = [s for s in settings if s.in_program or _is_loaded(s)]
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
        settings = [s for s in self._settings.get(name, []) if self._may_reach(s, using)]
        if using.endswith(_PROGRAMS):
            settings = [s for s in settings if not self._passed_over(s, using)]
        if not is_test_code(using):
            settings = [s for s in settings if not (s.serves_tests and is_test_code(s.binding.place.path))]
        above = upwards(posixpath.dirname(using))
        run = [s for s in settings if s.process is not None and using in s.process.scope.files]
        settings = [s for s in settings if s.process is None or using not in s.process.scope.files]
        deployed = [
            each for channel in Channel for each in _nearest([s for s in settings if s.deployment is channel], above)
        ]
        settings = [s for s in settings if s.deployment is None]
        files = [s for s in settings if not s.in_program]
        others = [*(s for s in settings if s.in_program), *deployed, *run]
        for directory in above:
            if here := [s for s in files if s.home == directory]:
                return here + others
        own = next((directory for directory in above if directory in self._homes), "")
        if own:
            files = [s for s in files if s.home not in self._used_in]
        return files + others

    def _may_reach(self, setting: Setting, using: str) -> bool:
        process = setting.process
        return process is None or self._workloads is None or self._workloads.covers(process.scope, using)

    def _passed_over(self, setting: Setting, using: str) -> bool:
        """Say whether it is in a `.env.NAME` beside a `.env`, and the program says which of those it loads: not this one."""
        home, file = posixpath.split(setting.binding.place.path)
        if not (_is_loaded(setting) and file.startswith(".env.") and posixpath.join(home, ".env") in self._files):
            return False
        directory = posixpath.dirname(using)
        above = upwards(directory)
        told = [layers for place, layers in self._told.items() if place in above or directory in upwards(place)]
        return bool(told) and not any(setting.binding.place.path in files or "*" in files for files in told)

    def _overrides(self, using: str) -> bool:
        """Say whether a program that a file is part of puts the values of its `.env` files over those that are set already."""
        directory = posixpath.dirname(using)
        above = upwards(directory)
        return any(home in above or directory in upwards(home) for home in self._overriding)


def told_layers(facts: Mapping[str, FileFacts]) -> dict[str, frozenset[str]]:
    """Return the `.env` files that programs load, by the directories of the programs; `*`: and others."""
    found: dict[str, set[str]] = {}
    for path, each in facts.items():
        if each.layers and not is_test_code(path):
            home = posixpath.dirname(path)
            found.setdefault(home, set()).update(["*"] if "*" in each.layers else in_place(facts, path, each.layers))
    return {home: frozenset(files) for home, files in found.items()}


def in_place(facts: Container[str], path: str, layers: Sequence[str]) -> list[str]:
    """Return the files that a program loads, in their order; those that are not there are left out."""
    home = posixpath.dirname(path)
    found = (next((place for place in places(home, written) if place in facts), None) for written in layers)
    return [place for place in found if place is not None]


def process_of(path: str, workload: Workload, workloads: Workloads) -> Process:
    """Return the process that a workload of a file is."""
    scope = workloads.of(path, workload)
    in_compose = workload.name.startswith("services.")
    # Overlays say more of the same container.
    in_cluster = workload.name.startswith("kubernetes/")
    home = posixpath.dirname(path) if in_compose else "" if in_cluster else path
    return Process(home, workload.name, scope, workload.is_complete, in_compose)


def named_files(
    facts: Mapping[str, FileFacts | None], load: Callable[[str], FileFacts | None], workloads: Workloads
) -> dict[str, list[Named]]:
    """Read the files of variables that other files name; return who uses them, and from where."""
    found: dict[str, list[Named]] = {}

    def add(path: str, written: str, named: Named) -> None:
        for place in places(posixpath.dirname(path), written):
            if load(place) is not None:
                if place != path:
                    found.setdefault(place, []).append(named)
                return

    for path, each in sorted(facts.items()):
        if each is None:
            continue
        home = posixpath.dirname(path)
        given: set[str] = set()
        for workload, i, (written, loader) in (
            (w, i, file) for w in each.workloads for i, file in enumerate(w.env_files)
        ):
            given.add(written)
            rank = COMPOSE_ENV_FILE if loader in (Loader.COMPOSE, Loader.DOCKER) else _SOURCED
            add(path, written, Named(home, min(rank + i, rank + 4), process_of(path, workload, workloads), loader))
        made = {written for _, written in each.generated}
        in_order = _in_order(path, each)
        for i, written in enumerate(in_order):
            add(path, written, Named("", min(_ORDERED + i, COMPOSE_ENV_FILE - 1), in_order=True))
        for written in each.env_files:
            if written in made:
                add(path, written, Named(home, 0))
            elif written not in given and written not in in_order:
                # A program loads variables for all of it, a compose file for what lies beside it.
                by_program = path.endswith(_PROGRAMS)
                add(path, written, Named("", 0) if by_program else Named(home, COMPOSE_ENV_FILE))
    return found


def _in_order(path: str, facts: FileFacts) -> tuple[str, ...]:
    """Return the files that a program loads one over the other; empty where it loads one, or the order is not known."""
    known = len(facts.layers) > 1 and "*" not in facts.layers and not is_test_code(path)
    return facts.layers if known else ()


def _read_by(facts: FileFacts, loader: Loader | None) -> Iterable[EnvBinding]:
    """Return the variables of a file as one of its readers gets them."""
    if loader is Loader.DOCKER and facts.raw_env:
        return facts.raw_env
    if loader in (Loader.SHELL, Loader.SHELL_EXPORTS):
        return [b for b in facts.shell_env if loader is Loader.SHELL or b.rank]
    if loader is Loader.MAKE:
        return {**{b.name: b for b in facts.env}, **{b.name: b for b in map(_of_make, facts.raw_env) if b}}.values()
    if loader is Loader.COMPOSE:
        return {**{b.name: b for b in facts.env}, **{b.name: b for b in facts.compose_env}}.values()
    return facts.env


def _of_any_environment(binding: EnvBinding) -> EnvBinding:
    value = binding.value
    anywhere = Literal(replace(value.definition, environment=None)) if isinstance(value, Literal) else value
    return replace(binding, value=anywhere, environment=None)


def _of_make(binding: EnvBinding) -> EnvBinding | None:
    """Return a variable as make has it from a file that it includes: with the quotes of its value."""
    definition = binding.value.definition if isinstance(binding.value, Literal) else None
    if definition is None or any(char in definition.secret.reveal() for char in "#$\\"):
        return None
    return replace(binding, value=Literal(replace(definition, loader="make")))


def _is_loaded(setting: Setting) -> bool:
    """Say whether a program reads it from a `.env` file by itself."""
    return setting.process is None and setting.binding.channel is Channel.DOTENV


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
    if any(s.process is not None and s.process.over_files for s in files):
        files = [s for s in files if not _is_loaded(s)]
    top: dict[object, int] = {}
    for setting in files:
        top[setting.group] = max(setting.binding.rank, top.get(setting.group, 0))
    last: dict[object, EnvBinding] = {}
    for s in files:
        binding = s.binding
        if binding.rank == top[s.group]:
            in_order = binding.channel in (Channel.DOTENV, Channel.SOURCE)
            last[(s.group, binding.place.path) if in_order else (s.group, binding.place)] = binding
    distinct = {(binding.place, binding.value): binding for binding in last.values()}
    return (*distinct.values(), *(s.binding for s in chosen if s.in_program))


def _runs_container(setting: Setting) -> bool:
    """Say whether it is set for a container, over what the image sets."""
    compose = setting.deployment is None and setting.binding.rank >= COMPOSE_ENV_FILE
    return compose or setting.deployment is Channel.KUBERNETES


def _before(place: Place, read_at: Place) -> bool:
    return place.path == read_at.path and (place.cell or 0, place.line) <= (read_at.cell or 0, read_at.line)


def _is_sample(binding: EnvBinding) -> bool:
    return isinstance(binding.value, Literal) and binding.value.definition.role in (Role.EXAMPLE, Role.COMMENT)
