"""What a name or an expression holds at one point of a program, as far as one file tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keylint.model import (
    ANY,
    Changed,
    Choice,
    EnvRead,
    Fallback,
    Fields,
    FileItem,
    Hidden,
    Item,
    Joined,
    Literal,
    Member,
    Module,
    Nothing,
    Opaque,
    Parameter,
    Place,
    Reference,
    Shown,
    Stripped,
    Value,
    Via,
)

_MAX_SIZE = 120
_MAX_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class Dotted:
    """A module, class or function by its imported name. `written` is how this file names it."""

    name: str
    written: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class. `arguments` are what it was made with by keyword; `exact` when there were no others."""

    of: Dotted
    arguments: Mapping[str, Flow] = field(default_factory=dict, hash=False)
    exact: bool = True
    made: Reference | None = None
    """The call that made it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A dict display. `open` when it may hold more than its `entries` (`**other`, computed keys)."""

    entries: Mapping[str, Flow] = field(default_factory=dict, hash=False)
    open: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A list or tuple display."""

    items: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Known text followed by one value: `f"Bearer {key}"`. `last` is False when something else comes after it."""

    prefix: str = field(repr=False)
    value: Flow
    last: bool


@dataclass(frozen=True, slots=True)
class Constant:
    """The text that a name of this module holds for good."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returns:
    """A lambda that takes nothing, and what it gives."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class Encoded:
    """The base64 of a text."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class File:
    """The name of a file, as far as it is written, or the open file. Directories above it are left out."""

    name: str
    opened: bool = False
    computed: Value | None = None
    """What holds the name, where none is written."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that is written down."""

    value: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """The parts of a text: `value.split("=")`. One of them is what `how` gives with `arguments` and its index."""

    flow: Flow
    how: str
    arguments: tuple[str | int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Many:
    """A collection whose items are made alike: a comprehension, `table.items()`."""

    each: Flow


@dataclass(frozen=True, slots=True)
class Rest:
    """The keywords that a function takes besides its parameters: `**kwargs`."""

    function: str
    place: Place


Thing = Rest | Dotted | Instance | Table | Row | Template | Constant | Returns | File | Encoded | Number | Pieces | Many


@dataclass(frozen=True, slots=True)
class Flow:
    """A value, and what is known of it that a `Value` does not say. `size` bounds the tree."""

    value: Value
    thing: Thing | None = None
    size: int = 1


def opaque(note: str, thing: Thing | None = None) -> Flow:
    """Return a value that is not followed."""
    return Flow(Opaque(note), thing)


UNKNOWN = opaque("not known")


def via(flow: Flow, place: Place, note: str) -> Flow:
    """Return `flow` after it passed a binding."""
    if isinstance(flow.value, Opaque | Nothing):
        return flow
    if flow.size >= _MAX_SIZE:
        return opaque("too long to follow", flow.thing)
    return Flow(Via(flow.value, place, note), flow.thing, flow.size + 1)


def stripped(flow: Flow) -> Flow:
    """Return `flow` without the white space around it."""
    if isinstance(flow.value, Opaque | Nothing | Stripped):
        return Flow(flow.value)
    return Flow(Stripped(flow.value), None, flow.size + 1)


def changed(flow: Flow, how: str, *arguments: str | int | None) -> Flow:
    """Return what a function makes of a text (see `Changed`)."""
    if isinstance(flow.value, Opaque | Nothing) or flow.size >= _MAX_SIZE:
        return opaque("changed text")
    return Flow(Changed(flow.value, how, arguments), None, flow.size + 1)


def piece(parts: Pieces, index: int) -> Flow:
    """Return one of the parts of a text."""
    return changed(parts.flow, parts.how, *parts.arguments, index)


def in_pieces(parts: Pieces) -> Flow:
    """Return the parts of a text, as a list."""
    return replace(many(changed(parts.flow, parts.how, *parts.arguments, ANY)), thing=parts)


def element(flow: Flow, place: Place) -> Flow:
    """Return one of the items of a collection, whichever it is."""
    thing = flow.thing
    if isinstance(thing, Many):
        return thing.each
    if isinstance(thing, Row):
        return choice(thing.items) if thing.items else opaque("item")
    if isinstance(thing, Pieces):
        return changed(thing.flow, thing.how, *thing.arguments, ANY)
    value = member(flow, f"[{ANY}]", place)
    return Flow(value, None, flow.size + 1) if value is not None else opaque("item")


def many(each: Flow) -> Flow:
    """Return a collection whose items are made alike."""
    if isinstance(each.value, Opaque | Nothing) or each.size >= _MAX_SIZE:
        return opaque("collection", Many(each))
    return Flow(Fields(((ANY, each.value),)), Many(each), each.size + 1)


def choice(flows: Iterable[Flow]) -> Flow:
    """Return one of several flows; a single one is itself."""
    options: list[Value] = []
    size = 1
    things: list[Thing | None] = []
    last: Flow = UNKNOWN
    for flow in flows:
        last = flow
        if not isinstance(flow.value, Nothing):
            # An optional import is `None` where it fails: what can be called is the module.
            things.append(flow.thing)
        parts = flow.value.options if isinstance(flow.value, Choice) else (flow.value,)
        if len(options) > _MAX_OPTIONS:
            continue
        new = [part for part in parts if part not in options]
        options.extend(new)
        size += flow.size if new else 0
    thing = things[0] if things and all(_same(things[0], other) for other in things) else None
    if len(options) == 1:
        return Flow(options[0], thing, last.size)
    if not options or len(options) > _MAX_OPTIONS or size > _MAX_SIZE:
        return opaque("one of many values", thing)
    return Flow(Choice(tuple(options)), thing, size)


def _same(first: Thing | None, second: Thing | None) -> bool:
    return first is second or (isinstance(first, Dotted) and first == second)


def either(first: Flow, second: Flow) -> Flow:
    """Return what `first or second` holds."""
    value = first.value
    if isinstance(value, Choice):
        return choice(either(Flow(option, None, first.size), second) for option in value.options)
    if isinstance(value, Nothing):
        return second
    if isinstance(value, Literal):
        return first if len(value.definition.secret) else second
    if isinstance(value, Reference | Parameter | Member | Item | FileItem | Fallback | Changed | Stripped):
        size = first.size + second.size
        return Flow(Fallback(value, second.value), None, size) if size < _MAX_SIZE else UNKNOWN
    if isinstance(value, Via):
        inner = either(Flow(value.value, first.thing, first.size - 1), second)
        return inner if inner.value is second.value else via(inner, value.place, value.note)
    if isinstance(value, EnvRead) and not value.required:
        default = either(Flow(value.default), second) if value.default is not None else second
        size = first.size + second.size
        return Flow(replace(value, default=default.value), None, size) if size < _MAX_SIZE else UNKNOWN
    return choice((first, second))


def literal(value: Value) -> Literal | None:
    """Return the literal that `value` is, behind the bindings it passed."""
    while isinstance(value, Via):
        value = value.value
    return value if isinstance(value, Literal) else None


def text(flow: Flow) -> str | None:
    """Return the text that `flow` is known to hold."""
    found = literal(flow.value)
    if found is not None:
        return found.definition.secret.reveal()
    return flow.thing.text if isinstance(flow.thing, Constant) else None


def reference(value: Value) -> str | None:
    """Return the name that `value` refers to, behind the bindings it passed."""
    while isinstance(value, Via):
        value = value.value
    return value.name if isinstance(value, Reference) else None


def displayed(entries: dict[str, Flow], *, is_open: bool) -> Flow:
    """Return the flow of a dict with these entries."""
    table = Table(entries, is_open)
    size = 1 + sum(entry.size for entry in entries.values())
    told = [(key, entry.value) for key, entry in entries.items() if not isinstance(entry.value, Opaque)]
    if not told or size > _MAX_SIZE:
        return opaque("dict", table)
    return Flow(Fields(tuple(told)), table, size)


def listed(items: Sequence[Flow]) -> Flow:
    """Return the flow of a list or tuple with these items."""
    row = Row(tuple(items))
    size = 1 + sum(item.size for item in items)
    told = [(str(index), item.value) for index, item in enumerate(items) if not isinstance(item.value, Opaque)]
    return Flow(Fields(tuple(told)), row, size) if told and size <= _MAX_SIZE else opaque("collection", row)


def followed(value: Value) -> bool:
    """Say whether the link can find out more of a value than its reader."""
    while isinstance(value, Via | Stripped | Changed):
        value = value.value
    return isinstance(
        value, EnvRead | Reference | Parameter | Member | Item | FileItem | Fallback | Joined | Choice | Hidden | Shown
    )


def member(flow: Flow, path: str, place: Place) -> Value | None:
    """Return what stands below a value under `path` (`.key`, `[key]`), `None` where nothing can be said of it."""
    value = flow.value
    while isinstance(value, Via):
        value = value.value
    match value:
        case Reference(name):
            return replace(value, name=name + path, place=place)
        case Member(of, before):
            return Member(of, before + path)
        case FileItem() if path.startswith("["):
            return replace(value, place=place, path=(*value.path, path[1:-1]))
        case Changed(of, "loads", keys):
            return Changed(of, "loads", (*keys, path[1:-1])) if path.startswith("[") else None
        case Parameter() | Fields() | FileItem() | Item() | Module():
            return Member(value, path)
        case Choice(options):
            return Member(value, path) if any(not isinstance(option, Opaque | Nothing) for option in options) else None
        case Fallback():
            return Member(value, path)
    return None


@dataclass(slots=True)
class Scope:
    """The names of a module, class, function or comprehension.

    `layers` hold what the names hold at the point that is being read: the first the sequence so far, further ones the
    branches that are open.
    """

    kind: str
    parent: Scope | None = None
    owner: str = ""
    """Dotted name of the class that `self` is an object of, or of the class body itself."""
    self_name: str = ""
    function: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How often each name is bound in the whole scope."""
    outside: set[str] = field(default_factory=set)
    """Names declared `global` or `nonlocal`."""
    layers: list[dict[str, Flow]] = field(default_factory=lambda: [{}])
    bound: dict[str, int] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    returned: list[tuple[Flow, Place]] = field(default_factory=list)
    record: tuple[str, bool] | None = None
    """Of a class whose annotated names are arguments of its constructor: that, and whether their order counts."""
    fields: list[str] = field(default_factory=list)
    guards: set[str] = field(default_factory=set)
    """Variables that are known to be set where the code is read."""

    def get(self, name: str) -> Flow | None:
        """Return what a name holds here; `None` where it is not bound."""
        for layer in reversed(self.layers):
            if name in layer:
                return layer[name]
        return None

    def bind(self, name: str, flow: Flow, place: Place | None = None) -> None:
        """Bind a name from here on."""
        self.layers[-1][name] = flow
        self.bound[name] = self.bound.get(name, 0) + 1
        if place is not None:
            self.places[name] = place

    def bind_field(self, name: str, given: Flow | None, place: Place) -> None:
        """Bind an annotated name of a class that makes it an argument of its constructor."""
        if self.record is None or name.startswith("_"):
            return
        function, is_placed = self.record
        position = len(self.fields) if is_placed else None
        self.fields.append(name)
        default, size = (given.value, given.size) if given is not None else (None, 0)
        if isinstance(default, Via) and default.place == place:
            default = default.value
        self.bind(name, Flow(Parameter(function, name, place, position, default), None, size + 1), place)

    def push(self) -> None:
        """Open a branch."""
        self.layers.append({})

    def pop(self) -> dict[str, Flow]:
        """Close a branch and return what it bound."""
        return self.layers.pop()

    def merge(self, branches: list[dict[str, Flow]], *, exhaustive: bool) -> None:
        """Go on after branches of which one was taken, or none unless `exhaustive`."""
        if not branches:
            return
        names = dict.fromkeys(name for branch in branches for name in branch)
        for name in names:
            before = self.get(name)
            flows = [branch.get(name, before) for branch in branches]
            if not exhaustive:
                flows.insert(0, before)
            self.layers[-1][name] = choice(flow for flow in flows if flow is not None)
