"""Loops and collections: what a loop gets in turn, and what takes an item out of a collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import ANY, Nothing, Opaque, Place
from keylint.model.flow import KEYS
from keylint.readers._pyflow import Flow, Many, Row, Table, choice, element, listed, member, opaque, via

if TYPE_CHECKING:
    from keylint.readers._pycalls import Arguments
    from keylint.readers._pyvalues import Expressions

_SAME = frozenset(
    {
        "list", "tuple", "set", "frozenset", "iter", "reversed", "sorted", "itertools.cycle", "collections.deque",
        "collections.OrderedDict", "tqdm.tqdm", "tqdm.auto.tqdm", "rich.progress.track", "copy.copy", "copy.deepcopy",
    }
)  # fmt: skip
_PICKERS = frozenset({"next", "anext", "random.choice", "secrets.choice"})
_TAKERS = frozenset({"pop", "popleft", "popitem", "get_nowait"})
_VIEWS = frozenset({"items", "keys", "values"})


def bind(e: Expressions, target: cst.CSTNode, values: Flow) -> None:
    """Bind the names of a loop to what it gets of a collection."""
    place = e.place(target)
    _unpack(e, target, opaque("loop variable") if isinstance(values.value, Nothing) else _turn(values, place))


def call(
    e: Expressions, node: cst.Call, base: Flow | None, method: str, dotted: str, arguments: Arguments
) -> Flow | None:
    """Return what a call gives that takes items out of a collection or hands it on, `None` for other calls."""
    place, given = e.place(node), arguments.positional
    if base is not None and method in _VIEWS and not given and not arguments.keywords:
        return _view(base, method, place)
    if base is not None and method in _TAKERS and isinstance(base.thing, Many | Row) and not arguments.keywords:
        return element(base, place)
    if not given:
        return None
    if dotted in _SAME and not isinstance(given[0].value, Nothing):
        return given[0]
    if dotted == "enumerate":
        return _many(listed([opaque("number"), _turn(given[0], place)]))
    if dotted == "zip":
        return _many(listed([_row(each, place) for each in given]))
    if dotted == "itertools.chain":
        return _many(choice(_turn(each, place) for each in given))
    if dotted in _PICKERS:
        each = _turn(given[0], place)
        return each if not isinstance(each.value, Opaque) or each.thing is not None else None
    return None


def _view(base: Flow, method: str, place: Place) -> Flow | None:
    """Return what `items()`, `keys()` and `values()` of a mapping give; `None` where nothing is known of it."""
    key, each = _keys(base, place), _row(base, place)
    if isinstance(each.value, Opaque) and isinstance(key.value, Opaque) and each.thing is None:
        return None
    return _many(listed([key, each]) if method == "items" else key if method == "keys" else each)


def _many(each: Flow) -> Flow:
    return opaque("items", Many(each))


def _turn(values: Flow, place: Place) -> Flow:
    """Return what a loop over `values` gets."""
    thing = values.thing
    if isinstance(thing, Table):
        return _keys(values, place)
    if isinstance(thing, Row) and any(item.thing is not None for item in thing.items):
        return _row(values, place)
    return element(values, place)


def _row(values: Flow, place: Place) -> Flow:
    """Return an item, known by the collection that it is taken from: what else comes from there goes with it."""
    thing = values.thing
    if isinstance(thing, Many):
        return thing.each
    value = member(values, f"[{ANY}]", place)
    items = list(thing.entries.values()) if isinstance(thing, Table) else thing.items if isinstance(thing, Row) else ()
    if value is None:
        return choice(items) if items else element(values, place)
    return Flow(value, choice(items).thing if items else None, values.size + 1)


def _keys(values: Flow, place: Place) -> Flow:
    if isinstance(values.thing, Many):
        return opaque("key")
    value = member(values, f"[{KEYS}]", place)
    return Flow(value, None, values.size + 1) if value is not None else opaque("key")


def _unpack(e: Expressions, target: cst.CSTNode, each: Flow) -> None:
    if isinstance(target, cst.Name):
        place = e.place(target)
        e.scope.bind(target.value, via(each, place, f"assigned to `{target.value}`"), place)
    elif isinstance(target, cst.Tuple | cst.List) and all(isinstance(part, cst.Element) for part in target.elements):
        items = each.thing.items if isinstance(each.thing, Row) else ()
        for index, part in enumerate(target.elements):
            if len(items) == len(target.elements):
                _unpack(e, part.value, items[index])
            else:
                value = member(each, f"[{index}]", e.place(part.value))
                _unpack(e, part.value, Flow(value, None, each.size + 1) if value is not None else opaque("part"))
    else:
        e.bind_unknown(target)
