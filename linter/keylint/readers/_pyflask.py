"""Flask's `app.config`, which all modules of an application share: the name `flask.config` stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import Reference
from keylint.readers import _pycalls as calls
from keylint.readers._pyflow import Dotted, Flow, Instance, Table, Thing, changed, text

if TYPE_CHECKING:
    from keylint.readers._pycalls import Arguments
    from keylint.readers._pyvalues import Expressions

CONFIG = "flask.config"
_APPLICATIONS = frozenset({"flask.Flask", "quart.Quart", "flask.current_app", "quart.current_app"})


def is_config(thing: Thing | None, name: str) -> bool:
    """Say whether the attribute `name` of an object is the configuration of an application."""
    of = thing.of if isinstance(thing, Instance) else thing
    return name == "config" and isinstance(of, Dotted) and of.name in _APPLICATIONS


def filled(e: Expressions, node: cst.Call, dotted: str, arguments: Arguments) -> None:
    """Note what a call puts into the configuration."""
    method, place = dotted.removeprefix(f"{CONFIG}."), e.place(node)
    first = arguments.positional[0] if arguments.positional else None
    if method == "from_object" and first is not None:
        module = text(first)
        if module:
            e.import_module(module)
            first = Flow(Reference(module, place))
        e.reading.assigned.setdefault(CONFIG, []).append((first, place, False))
    elif method in ("from_mapping", "update"):
        given = {
            **(first.thing.entries if first is not None and isinstance(first.thing, Table) else {}),
            **arguments.keywords,
        }
        for name, flow in given.items():
            e.reading.assigned.setdefault(f"{CONFIG}[{name}]", []).append((flow, place, False))
    elif method == "from_prefixed_env":
        prefix = text(first) if first is not None else "FLASK"
        e.flask_prefix = prefix or ""


def item(e: Expressions, key: str, node: cst.CSTNode, stored: Flow) -> Flow:
    """Return an item of the configuration: the variable that fills it, else what is stored."""
    if not e.flask_prefix:
        return stored
    read = calls.env_read(e, f"{e.flask_prefix}_{key}", node, required=False, default=stored)
    return changed(read, "from_prefixed_env")
