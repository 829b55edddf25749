"""Records: named tuples made by a call, objects as mappings, and the keywords that a function takes besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import Class, Fields, Nothing, Opaque, Parameter, Value
from keylint.readers._pyflow import Dotted, Flow, Instance, Rest, Row, displayed, followed, text
from keylint.readers._pynames import dotted

if TYPE_CHECKING:
    from keylint.readers._pycalls import Arguments
    from keylint.readers._pyvalues import Expressions

_NAMED_TUPLES = frozenset({"collections.namedtuple", "typing.NamedTuple"})
_AS_MAPPING = frozenset({"vars", "dataclasses.asdict", "attr.asdict", "attrs.asdict"})
_MAPPING_METHODS = frozenset({"_asdict", "model_dump", "dict"})
_MOST_FIELDS = 40


def bind_named_tuple(e: Expressions, targets: Sequence[cst.CSTNode], value: cst.CSTNode) -> bool:
    """Bind `Row = namedtuple("Row", "url key")` as a class; say whether it is one."""
    if len(targets) != 1 or not isinstance(targets[0], cst.Name) or not isinstance(value, cst.Call):
        return False
    if not dotted(value.func).endswith(("namedtuple", "NamedTuple")) or len(value.args) < 2 or not e.scope_is_module:
        return False
    callee = e.evaluate(value.func).thing
    if not isinstance(callee, Dotted) or callee.name not in _NAMED_TUPLES:
        return False
    name, place = targets[0].value, e.place(targets[0])
    for position, field in enumerate(_fields(e.evaluate(value.args[1].value))[:_MOST_FIELDS]):
        given = Flow(Parameter(f"{name}.__init__", field, place, position))
        e.reading.assigned.setdefault(f"{name}.{field}", []).append((given, place, True))
    e.classes.add(name)
    e.scope.bind(name, Flow(Class(name), Dotted(name, name)), place)
    return True


def _fields(given: Flow) -> list[str]:
    written = text(given)
    if written is not None:
        return written.replace(",", " ").split()
    items = given.thing.items if isinstance(given.thing, Row) else ()
    first = (item.thing.items[0] if isinstance(item.thing, Row) and item.thing.items else item for item in items)
    return [name for item in first if (name := text(item)) is not None]


def as_mapping(base: Flow | None, method: str, name: str, arguments: Arguments) -> Flow | None:
    """Return what `vars(options)` gives; `None` for other calls, and for objects of which nothing is known."""
    given = base if base is not None and method in _MAPPING_METHODS else None
    if name in _AS_MAPPING and len(arguments.positional) == 1:
        given = arguments.positional[0]
    if given is None:
        return None
    if not isinstance(given.thing, Instance) or not given.thing.arguments:
        is_followed = name in _AS_MAPPING and given.thing is None and followed(given.value)
        return Flow(given.value, None, given.size) if is_followed else None  # an item goes by the name of the attribute
    return displayed(dict(given.thing.arguments), is_open=True)


def keyword(rest: Rest, key: str, default: Flow | None = None) -> Flow:
    """Return what a function is given by a keyword that it has no parameter for: `kwargs["key"]`."""
    value = default.value if default is not None else None
    return Flow(Parameter(rest.function, key, rest.place, None, value), None, 1 + (default.size if default else 0))


def handed(flow: Flow) -> Value:
    """Return the value of an object with the attributes that it was given after it was made."""
    thing = flow.thing
    if not isinstance(thing, Instance) or not thing.arguments or isinstance(flow.value, Opaque | Nothing):
        return flow.value
    told = tuple((name, each.value) for name, each in thing.arguments.items() if not isinstance(each.value, Opaque))
    size = flow.size + sum(each.size for each in thing.arguments.values())
    return Fields(told, flow.value) if told and size <= _MOST_FIELDS else flow.value


def with_attributes(flow: Flow) -> Flow:
    """Return what a function gives back (see `handed`)."""
    return replace(flow, value=handed(flow))
