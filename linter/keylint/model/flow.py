"""Where a value comes from, as far as one file can tell.

A `Value` is a small tree. Readers build it, `keylint.link` walks it across files.
"""

from __future__ import annotations

from dataclasses import dataclass

from keylint.model.definition import Definition
from keylint.model.place import Place


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down in this file."""

    definition: Definition


@dataclass(frozen=True, slots=True)
class Reference:
    """A dotted name that this file's `bindings` or `imports` resolve: `API_KEY`, `settings.OPENAI_KEY`."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class EnvRead:
    """An environment variable. `default` is what the expression yields where the variable is not set."""

    name: str
    place: Place
    default: Value | None = None
    required: bool = False
    """True when the lookup itself raises on a missing name (`os.environ["X"]`)."""


@dataclass(frozen=True, slots=True)
class Via:
    """A value that passed a binding: `key = …`. The link adds a step to the trace."""

    value: Value
    place: Place
    note: str


@dataclass(frozen=True, slots=True)
class Stripped:
    """A value after `.strip()` and the like: surrounding white space is no defect of it."""

    value: Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values (branches, conditional expressions, `or`)."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """`None`, or an argument that is not given."""

    place: Place


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that cannot be followed: a call, a secret manager, user input."""

    note: str = ""


Value = Literal | Reference | EnvRead | Via | Stripped | Choice | Nothing | Opaque
