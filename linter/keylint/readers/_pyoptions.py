"""Options of command lines: argparse, click and Typer. What is not given on the command line is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import Fallback, Nothing, Opaque, Parameter
from keylint.readers import _pycalls as calls
from keylint.readers._pyflow import Dotted, Flow, Instance, choice, displayed, literal, opaque, text
from keylint.readers._pynames import dotted
from keylint.readers._pyreading import Named

if TYPE_CHECKING:
    from keylint.readers._pycalls import Arguments
    from keylint.readers._pyvalues import Expressions

_DECORATORS = frozenset({"option", "argument"})
_GIVEN = opaque("command line")


def read(e: Expressions, base: Flow | None, method: str, arguments: Arguments) -> Flow | None:
    """Note an option of an argparse parser; return what a parser gives back. `None` for other calls."""
    if base is None:
        return None
    if method == "add_argument" and arguments.positional:
        name = _destination([text(flow) for flow in arguments.positional], text_of(arguments, "dest"))
        default = arguments.keywords.get("default")
        if name is not None:
            e.options[name] = default if default is not None else _GIVEN
        return opaque("option")
    if method == "set_defaults" and not arguments.positional:
        for name, flow in arguments.keywords.items():
            e.options[name] = choice((e.options[name], flow)) if name in e.options else flow
        return opaque("options")
    if method in ("parse_args", "parse_known_args") and e.options:
        given = {name: _unless_given(flow) for name, flow in e.options.items()}
        shown = displayed(given, is_open=True)
        return Flow(shown.value, Instance(Dotted("argparse.Namespace", "Namespace"), given, exact=False), shown.size)
    return None


def text_of(arguments: Arguments, keyword: str) -> str | None:
    """Return the text of a keyword argument."""
    flow = arguments.keywords.get(keyword)
    return text(flow) if flow is not None else None


def _destination(names: list[str | None], written: str | None = None) -> str | None:
    """Return the attribute or parameter that an option goes to: `--api-key` to `api_key`."""
    if written is not None:
        return written
    known = [name for name in names if name]
    plain = [name for name in known if not name.startswith("-")]
    long = [name for name in known if name.startswith("--")]
    spelt = plain or [name.split("/")[0].lstrip("-").replace("-", "_") for name in long or known]
    return spelt[0] if spelt else None


def of_decorators(e: Expressions, node: cst.FunctionDef) -> dict[str, Flow]:
    """Return the parameters that click options fill: from their variable, else by default."""
    found: dict[str, Flow] = {}
    for decorator in node.decorators:
        call = decorator.decorator
        if not isinstance(call, cst.Call) or dotted(call.func).rpartition(".")[2] not in _DECORATORS:
            continue
        names = [text(e.evaluate(a.value)) for a in call.args if a.keyword is None and not a.star]
        keywords = {a.keyword.value: a.value for a in call.args if a.keyword is not None}
        name = _destination(names)
        if name is None or not {"envvar", "default"} & set(keywords):
            continue
        default = e.evaluate(keywords["default"], Named()) if "default" in keywords else None
        if "envvar" in keywords:
            found[name] = from_variable(e, call, e.evaluate(keywords["envvar"]), default)
        elif default is not None and not isinstance(default.value, Nothing | Opaque):
            found[name] = _unless_given(default)
    return found


def of_annotations(node: cst.FunctionDef, parameters: Mapping[str, Flow]) -> dict[str, Flow]:
    """Return the parameters that Typer fills: it is who calls the function."""
    found: dict[str, Flow] = {}
    for parameter in (*node.params.params, *node.params.kwonly_params):
        flow = parameters[parameter.name.value]
        if _is_option(parameter) and isinstance(flow.value, Parameter) and flow.value.default is not None:
            found[parameter.name.value] = replace(flow, value=flow.value.default)
    return found


def _is_option(parameter: cst.Param) -> bool:
    annotation = parameter.annotation.annotation if parameter.annotation is not None else None
    places = [part.slice for part in annotation.slice] if isinstance(annotation, cst.Subscript) else []
    given = [parameter.default, *(place.value for place in places if isinstance(place, cst.Index))]
    return any(isinstance(each, cst.Call) and dotted(each.func).endswith(("Option", "Argument")) for each in given)


def from_variable(e: Expressions, node: cst.CSTNode, variable: Flow, default: Flow | None) -> Flow:
    """Return an option that is taken from a variable where it is not given. An empty variable counts as none."""
    flow = _unless_given(default) if default is not None else _GIVEN
    for name in reversed(calls.texts(variable)):
        read = calls.env_read(e, name, node, required=False)
        flow = Flow(Fallback(read.value, flow.value), None, read.size + flow.size)
    return flow


def _unless_given(default: Flow) -> Flow:
    """Return an option of this default: that it may be given on the command line matters where the default is nothing.

    A text that is written there may be one to be replaced.
    """
    if isinstance(default.value, Opaque | Nothing):
        return _GIVEN
    if literal(default.value) is not None:
        return choice((default, _GIVEN))
    return Flow(Fallback(default.value, _GIVEN.value), default.thing, default.size + 1)
