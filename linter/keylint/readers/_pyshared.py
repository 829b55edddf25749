"""What all modules of an application share: names of their own stand for it, wherever it is filled or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import Reference
from keylint.readers import _pyflask as flask
from keylint.readers._pyflow import Dotted, Flow, Instance, Thing, opaque
from keylint.readers._pynames import dotted

if TYPE_CHECKING:
    from keylint.readers._pyvalues import Expressions

OBJECT = "click.obj"
"""What click's and Typer's commands hand on to each other."""
STATE = "asgi.state"
"""The state of a Starlette or FastAPI application."""
PATHS = frozenset({flask.CONFIG, OBJECT, STATE})
_CONTEXTS = frozenset({"click.Context", "click.core.Context", "typer.Context"})
_APPLICATIONS = frozenset({"fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette"})
_CONNECTIONS = frozenset(
    f"{module}.{name}"
    for module in ("fastapi", "fastapi.requests", "starlette.requests", "starlette.websockets")
    for name in ("Request", "WebSocket", "HTTPConnection")
)


def path_of(thing: Thing | None, name: str) -> str | None:
    """Return what the attribute `name` of an object is known by, if it is shared."""
    if flask.is_config(thing, name):
        return flask.CONFIG
    of = thing.of if isinstance(thing, Instance) else thing
    if not isinstance(of, Dotted):
        return None
    if name == "obj" and of.name.removesuffix(".parent") in _CONTEXTS:
        return OBJECT
    if name == "state" and (of.name in _APPLICATIONS or of.name.removesuffix(".app") in _CONNECTIONS - {of.name}):
        return STATE
    return None


def annotated(thing: Thing | None, name: str) -> Flow | None:
    """Return a parameter that by its annotation is an application, a request or a context; else `None`."""
    if not isinstance(thing, Dotted) or thing.name not in _CONTEXTS | _APPLICATIONS | _CONNECTIONS:
        return None
    return opaque(f"parameter `{name}`", Instance(thing, exact=False))


def passed_first(e: Expressions, node: cst.FunctionDef) -> dict[str, Flow]:
    """Return the first parameter of a command of click that is handed the context, or what that holds."""
    words = {dotted(decorator.decorator).rpartition(".")[2] for decorator in node.decorators}
    first = node.params.params[0].name if node.params.params else None
    if first is None or not words & {"pass_context", "pass_obj"}:
        return {}
    if "pass_obj" in words:
        return {first.value: Flow(Reference(OBJECT, e.place(first)), Dotted(OBJECT, OBJECT))}
    return {first.value: opaque("context", Instance(Dotted("click.Context", first.value), exact=False))}
