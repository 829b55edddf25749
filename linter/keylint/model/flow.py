"""Where a value comes from, as far as one file can tell.

A `Value` is a small tree. Readers build it, `keylint.link` walks it across files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from keylint.model.definition import Definition
from keylint.model.place import Place

ANY = "*"
"""The key of any item of a collection."""
KEYS = "@"
"""Stands in a path for the keys themselves: what a loop over a mapping gets."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down in this file."""

    definition: Definition


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call passes. `open` when it may pass more than is written (`*args`, `**options`)."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A dotted name that this file's `bindings` or `imports` resolve: `API_KEY`, `settings.OPENAI_KEY`.

    `load_key()` is what a call of `load_key` returns, `Client().key` the attribute of an object, `CONFIG[openai][key]` an item.
    """

    name: str
    place: Place
    arguments: Arguments | None = None
    """What the last call in the name passes."""
    of_self: bool = False
    """It is reached by `self`: a subclass may have another value."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a function of this file is called with. A constructor's is one of `Class.__init__`."""

    function: str
    name: str
    place: Place
    position: int | None = None
    """`None` where it is passed by keyword only. `self` does not count."""
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method of this file, by its dotted name."""

    name: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class of this file, by its dotted name; `bases` as the file writes them."""

    name: str
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """The entries of a dict display. `*` is the key of an entry that stands for all others."""

    entries: tuple[tuple[str, Value], ...]
    of: Value | None = None
    """What has the other entries: of an object, the call that made it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a value that has no name of its own: `path` is `.key`, `[key]`, `()`, or several of them; `[*]` is any item."""

    of: Value
    path: str


@dataclass(frozen=True, slots=True)
class Item:
    """What stands in a collection under a computed key: one of its items, if the key is not known."""

    of: Value
    key: Value


@dataclass(frozen=True, slots=True)
class Module:
    """A module that is imported by a computed name: `importlib.import_module(name)`."""

    name: Value
    place: Place


@dataclass(frozen=True, slots=True)
class FileItem:
    """What stands under `path` in a file of the project that the program reads; all of it without a path."""

    file: str
    """As written: relative to the directory that the program starts in, or to the module."""
    place: Place
    path: tuple[str, ...] = ()
    computed: Value | None = None
    """What holds the file's name, where `file` is empty."""
    otherwise: Value | None = None
    """What is taken where the file, or the item in it, is not in the project."""
    prefix: str | None = None
    """Of dynaconf, whose names know no case: variables of this prefix hide the items of the file."""
    sections: bool = False
    """The sections of the file are environments, and `default`."""


@dataclass(frozen=True, slots=True)
class EnvRead:
    """An environment variable. `default` is what the expression yields where the variable is not set."""

    name: str
    place: Place
    default: Value | None = None
    required: bool = False
    """True when the lookup itself raises on a missing name (`os.environ["X"]`)."""
    computed: Value | None = None
    """What holds the name, where `name` is empty: `os.environ[variable]`."""
    at_import: bool = False
    """It is read when the module is imported, and not in a function."""
    library: str = ""
    """Who reads it, where that reads `.env` files by rules of its own: `environ` (django-environ), `decouple`."""


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
class Changed:
    """What a function makes of a text: `value.split("=", 1)[1]`, `base64.b64decode(value)`, `json.loads(value)["key"]`.

    `how` is the function's last name, or `slice`; `keylint.link.changes` knows them. `arguments` are the function's own, and
    after them the index, or the keys, of the part that is taken.
    """

    value: Value
    how: str
    arguments: tuple[str | int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value in an object that shows a mask in its place: pydantic's `SecretStr`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Shown:
    """The value that a `Hidden` one holds: `.get_secret_value()`."""

    value: Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values (branches, conditional expressions, `or`)."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """A text put together from known and other parts: `f"{BASE}/v1"`."""

    parts: tuple[str | Value, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fallback:
    """`value or otherwise`."""

    value: Value
    otherwise: Value


@dataclass(frozen=True, slots=True)
class Nothing:
    """`None`, or an argument that is not given."""

    place: Place


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that cannot be followed: a call, a secret manager, user input."""

    note: str = ""


Value = (
    Literal | Reference | Parameter | Function | Class | Fields | Member | Item | Module | FileItem | EnvRead | Via | Stripped
    | Changed | Choice | Fallback | Hidden | Shown | Joined | Nothing | Opaque
)  # fmt: skip
