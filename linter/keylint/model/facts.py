"""What one file contributes: the small result of reading it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from keylint.model.definition import Channel, Definition
from keylint.model.flow import Arguments, Value
from keylint.model.place import Place
from keylint.model.use import Use


@dataclass(frozen=True, slots=True)
class Binding:
    """A module-level name, or `Class.attribute`, and its value. Later bindings of a name win."""

    name: str
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name as alias`, or `import module as alias` with an empty `name`.

    `module` keeps its leading dots. `name` is `"*"` for a star import.
    """

    alias: str
    module: str
    name: str = ""
    place: Place | None = field(default=None, compare=False)
    """Of an import that runs with the module; `None` inside a function."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of something that may be a function or class of the project, by the name that this file gives it."""

    name: str
    arguments: Arguments
    place: Place
    within: str = ""
    """Of a call by `super()`, or of `cls`: the class that it stands in."""
    callee: Value | None = None
    """What is called, where that has no name: an item of a table, a parameter, one of several functions."""


@dataclass(frozen=True, slots=True)
class EnvBinding:
    """A variable that a file sets in some process's environment (`.env` line, compose `environment:`, `os.environ[…] =`).

    `rank`: inside one environment the highest wins (`.env` 10, `.env.local` 20, compose `env_file:` 30, compose
    `environment:` 40).
    """

    name: str
    value: Value
    place: Place
    channel: Channel
    environment: str | None = None
    rank: int = 10
    workload: str | None = None
    """The workload of the same file that it is set for, by name; `None`: whatever runs."""


class Loader(StrEnum):
    """Who reads a file of variables, where the value depends on it."""

    COMPOSE = "compose"
    """`env_file:` of docker compose."""
    DOCKER = "docker"
    """`docker run --env-file`: quotes and comments are part of the values."""
    MAKE = "make"
    """`include` of make: quotes are part of the values, comments are not."""
    DOTENV = "dotenv"
    """python-dotenv, or what reads as it does."""
    SHELL = "shell"
    """A shell that sources it: all that is assigned (`set -a`)."""
    SHELL_EXPORTS = "shell-exports"
    """A shell that sources it: only what the file exports."""


TESTS = "tests/"
"""Stands for all test code where a workload runs that."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A process that a file starts: a service of compose, a container, a command of a script, a line of a Procfile."""

    name: str
    """Unique in its file. The same one in files of one directory (`compose.override.yaml`) is one workload."""
    runs: tuple[str, ...] | None = None
    """What it starts: files (`web.py`) and modules (`shop.worker`); `None`: not known. Empty: nothing of the project."""
    build: str | None = None
    """The directory that its image is built from, as written; what runs is then said by the Dockerfile there."""
    target: str | None = None
    """The stage of that Dockerfile."""
    directories: tuple[str, ...] = ()
    """Where it may start, as written, besides where the file lies."""
    env_files: tuple[tuple[str, Loader], ...] = ()
    """The files that it takes variables from, as written; later ones win."""
    is_complete: bool = False
    """It has no other variables than those that its file sets."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A file that a container finds."""

    path: str
    """In the container; `/etc/keys/*`: one file for each key of the source."""
    source: str
    """A file of the project, as written, or what a cluster keeps: `secret/NAME/KEY`, `configmap/NAME/*`."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Definitions, uses and local flows of one file."""

    path: str
    definitions: tuple[Definition, ...] = ()
    uses: tuple[Use, ...] = ()
    bindings: tuple[Binding, ...] = ()
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    env: tuple[EnvBinding, ...] = ()
    documented: tuple[str, ...] = ()
    """Names that a sample file (`.env.example`) lists."""
    env_files: tuple[str, ...] = ()
    """Files that this one names as sources of variables (`env_file:`, `load_dotenv("…")`), as written."""
    served: tuple[tuple[str, str], ...] = ()
    """Of a compose file: each service with each file that its `env_file:` names, as written."""
    raw_env: tuple[EnvBinding, ...] = ()
    """Of a `.env` file: its variables as `docker run --env-file` sets them."""
    raw_env_files: tuple[str, ...] = ()
    """Those of `env_files` that are read as `docker run --env-file` does: quotes and comments are part of the values."""
    shell_env: tuple[EnvBinding, ...] = ()
    """Of a file that a shell can source: its variables as that sets them; rank 0: only with `set -a`."""
    compose_env: tuple[EnvBinding, ...] = ()
    """Of a `.env` file: the variables that docker compose reads otherwise than python-dotenv."""
    mounts: tuple[Mount, ...] = ()
    generated: tuple[tuple[str, str], ...] = ()
    """What kustomize makes of files: `secret/NAME/*` of a file of variables, `secret/NAME/KEY` of one that is a value."""
    workloads: tuple[Workload, ...] = ()
    """What the file starts."""
    loads: tuple[tuple[Place, bool], ...] = ()
    """Where a program loads `.env` files, and whether that runs with the module (and not in a function)."""
    overrides: bool = False
    """A program's `.env` loader puts its values over those that are set already (`load_dotenv(override=True)`)."""
    layers: tuple[str, ...] = ()
    """The `.env` files that a program loads, the one that loses first; `*` where some of it, or the order, is not known."""
    problem: str | None = None
    """Why the file was matched as text only: `line 3: invalid syntax`."""
