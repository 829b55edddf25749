"""Calls: what they take a key for, what they read from the environment, and what they hand through."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import Arguments as Passed
from keylint.model import (
    Call,
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
    Reference,
    Role,
    Shown,
    Sink,
    SinkForm,
    Stripped,
    Use,
    Value,
    Via,
)
from keylint.readers import _pyfiles as files
from keylint.readers import _pyflask as flask
from keylint.readers import _pyhttp as http
from keylint.readers import _pyloops as loops
from keylint.readers import _pyoptions as options
from keylint.readers import _pyrecords as records
from keylint.readers._pyflow import (
    Dotted,
    Encoded,
    Flow,
    Instance,
    Number,
    Pieces,
    Rest,
    Returns,
    Row,
    Table,
    changed,
    choice,
    displayed,
    followed,
    in_pieces,
    opaque,
    reference,
    stripped,
    text,
)
from keylint.readers._pyjoined import Segment, filled
from keylint.readers._pyreading import NOTHING, Named
from keylint.readers._pytext import Text

if TYPE_CHECKING:
    from keylint.readers._pyvalues import Expressions

ENVIRON = frozenset({"os.environ"})
# Lookups of a variable: does a missing one raise?
_READERS = {
    "os.getenv": False,
    "os.environ.get": False,
    "os.environ.pop": True,
    "os.environ.setdefault": False,
    "decouple.config": True,
    "environs.Env": True,
    "environs.Env.str": True,
    "environs.env": True,
    "environs.env.str": True,
    "environ.Env": True,
    "environ.Env.str": True,
    "starlette.config.Config": True,
}
# What reads `.env` files by rules of its own: Starlette's are those of python-decouple.
_LIBRARIES = {"environ": "environ", "decouple": "decouple", "starlette": "decouple"}
_ENCODERS = frozenset({"base64.b64encode", "base64.standard_b64encode", "base64.urlsafe_b64encode"})
_DECODERS = frozenset({"base64.b64decode", "base64.standard_b64decode", "base64.urlsafe_b64decode"})
_QUOTERS = frozenset({"urllib.parse.quote", "urllib.parse.quote_plus"})
_WRITERS = frozenset({"os.putenv", "os.environ.setdefault"})
_LOADERS = frozenset({"dotenv.load_dotenv", "dotenv.dotenv_values", "dotenv.main.load_dotenv"})
_WRAPPERS = frozenset({"str", "bytes", "SecretStr", "SecretBytes"})
_FIELDS = frozenset({"Field", "field", "attrib", "ib", "Option", "Argument"})
_SAME_TEXT = frozenset({"encode", "decode", "get_secret_value"})
_STRIPS = frozenset({"strip", "rstrip", "lstrip"})
_PARTS = frozenset({"split", "rsplit", "partition", "rpartition", "splitlines"})
_CHANGES = {"replace": 2, "removeprefix": 1, "removesuffix": 1, "lower": 0, "upper": 0}
"""Methods of a text that give another one, and how many texts they take."""
_HOLE = re.compile(r"\{\w*\}")
_KEY = re.compile(r"[A-Za-z_][\w.-]{0,80}\Z")
_STRIPPED_BY = frozenset(" \t\r\n\f\v\"'\ufeff\u200b")
_MOST_CALLS = 3_000
_MOST_ARGUMENTS = 24
_LONGEST_ARGUMENT = 10_000
_LARGEST_ARGUMENT = 80


@dataclass(slots=True)
class Arguments:
    """The arguments of a call, evaluated."""

    positional: list[Flow] = field(default_factory=list)
    keywords: dict[str, Flow] = field(default_factory=dict)
    star: bool = False
    """True when `*args` comes before the positional ones end."""
    double_star: bool = False


def call(e: Expressions, node: cst.Call, named: Named) -> Flow:
    """Evaluate a call: collect its uses and return what it yields."""
    base: Flow | None = None
    method = ""
    if isinstance(node.func, cst.Attribute):
        method = node.func.attr.value
        if method in ("format", "join") and isinstance(node.func.value, cst.SimpleString | cst.ConcatenatedString):
            return _formatted(e, node, node.func.value, method, named)
        base = e.evaluate(node.func.value, named if method in _SAME_TEXT | _STRIPS else NOTHING)
        callee = e.inherited(node.func) or e.attribute(base, method, node.func)
        target = e.name_of(node.func.value) if method == "update" else None
        named = replace(named, headers=target is not None and target.holds_headers)
    else:
        callee = e.evaluate(node.func)
    dotted = callee.thing.name if isinstance(callee.thing, Dotted) else ""
    sinks = tuple(s for s in e.reading.interest.sinks(dotted) if s.form is SinkForm.CALL) if dotted else ()
    if isinstance(callee.thing, Instance):
        dotted = callee.thing.of.name
    uses_before = len(e.reading.uses)
    label = dotted or method or reference(callee.value) or ""
    arguments = _evaluate(e, node, label, sinks, named)
    http.request(e, node, dotted, method, arguments, uses_before)
    for use in _uses(e, node, _of_model(sinks, arguments), arguments):
        e.reading.uses.append(use)
    _effects(e, node, dotted, method, arguments)
    if method == "update" and isinstance(node.func, cst.Attribute):
        http.remember_headers(e, node.func.value, uses_before)
        _update(e, node.func.value, arguments)
    result = _environment(e, node, dotted, arguments)
    if result is None:
        result = options.read(e, base, method, arguments)
    if result is None:
        result = files.read(e, node, base, method, dotted, arguments)
    if result is None:
        result = _of_text(e, node, dotted, arguments)
    if result is None:
        result = loops.call(e, node, base, method, dotted, arguments)
        result = result or records.as_mapping(base, method, dotted, arguments)
    if result is None and base is not None:
        result = _method(e, node, method, base, arguments)
    if result is not None:
        return result
    called = None if sinks else _called(e, node, callee, arguments)
    return _result(e, node, callee, label, arguments, called)


def _called(e: Expressions, node: cst.Call, callee: Flow, arguments: Arguments) -> Reference | None:
    """Collect a call of something that may be the project's own; return what stands for its result."""
    name, value = reference(callee.value), callee.value
    while isinstance(value, Via):
        value = value.value
    computed = name is None and isinstance(value, Item | Member | Choice | Parameter | Fallback) and bool(node.args)
    if (name is None and not computed) or len(e.reading.calls) >= _MOST_CALLS:
        return None
    passed = Passed(
        tuple(_told(flow) for flow in arguments.positional[:_MOST_ARGUMENTS]),
        tuple((keyword, _told(flow)) for keyword, flow in list(arguments.keywords.items())[:_MOST_ARGUMENTS]),
        arguments.star or arguments.double_star or len(arguments.positional) > _MOST_ARGUMENTS,
    )
    if name is None:
        e.reading.calls.append(
            Call("", passed, e.place(node), callee=value if callee.size <= _LARGEST_ARGUMENT else None)
        )
        return None
    by_super = isinstance(node.func, cst.Attribute) and e.inherited(node.func) is not None
    of_class = isinstance(node.func, cst.Name) and node.func.value == e.scope.self_name  # `cls(…)` in a class method
    e.reading.calls.append(Call(name, passed, e.place(node), e.scope.owner if by_super or of_class else ""))
    return Reference(f"{name}()", e.place(node), passed, _is_of_self(callee.value))


def _is_of_self(value: Value) -> bool:
    """Say whether a name is reached by `self`."""
    while isinstance(value, Via):
        value = value.value
    return isinstance(value, Reference) and value.of_self


def _told(flow: Flow) -> Value:
    """Return the value of an argument; a long text is none that a function takes for a key."""
    value = flow.value
    if isinstance(value, Literal) and len(value.definition.secret) > _LONGEST_ARGUMENT:
        return Opaque("long text")
    return records.handed(flow) if flow.size <= _LARGEST_ARGUMENT else Opaque("large argument")


def _evaluate(e: Expressions, node: cst.Call, callee: str, sinks: Sequence[Sink], named: Named) -> Arguments:
    result = Arguments()
    first: str | None = None
    for argument in node.args:
        if argument.star == "**":
            table = e.evaluate(argument.value).thing
            if isinstance(table, Table):
                result.keywords.update(table.entries)
            result.double_star = result.double_star or not isinstance(table, Table) or table.open
        elif argument.star == "*":
            e.evaluate(argument.value)
            result.star = True
        elif argument.keyword is not None:
            keyword = argument.keyword.value
            result.keywords[keyword] = e.evaluate(argument.value, _keyword_name(keyword, callee, first, named))
        else:
            position = len(result.positional)
            flow = e.evaluate(argument.value, _positional_name(position, callee, sinks, first, named))
            first = text(flow) if position == 0 else first
            if position == 1 and first is None and callee in ("setattr", "getattr"):
                first = text(flow)
            if not result.star:
                result.positional.append(flow)
    return result


def _keyword_name(keyword: str, callee: str, first: str | None, named: Named) -> Named:
    if keyword not in ("default", "default_factory"):
        return Named(keyword, keyword)
    if first is not None and _KEY.match(first.lstrip("-")) and callee.rsplit(".", 1)[-1] not in _FIELDS:
        name = first.lstrip("-")
        name = name.replace("-", "_") if first.startswith("-") else name
        return Named(name, name, Role.DEFAULT)
    return replace(named, role=Role.DEFAULT) if named.name else Named(keyword, keyword, Role.DEFAULT)


def _positional_name(position: int, callee: str, sinks: Sequence[Sink], first: str | None, named: Named) -> Named:
    for sink in sinks:
        if sink.position == position and sink.keyword is not None:
            return Named(sink.keyword, sink.keyword)
    last = callee.rsplit(".", 1)[-1]
    if position == 0 and last in _WRAPPERS:
        return named
    if position == 0 and last in _FIELDS:
        return replace(named, role=Role.DEFAULT)
    if first is not None and _KEY.match(first):
        if last in ("get", "getenv", "pop", "setdefault") and position == 1:
            return Named(first, first, Role.DEFAULT, env=first if callee in _WRITERS else None)
        if last in ("putenv", "setenv") and position == 1:
            return Named(first, first, env=first if callee in _WRITERS else None)
        if (last == "setattr" and position == 2) or (last in ("add_header", "putheader") and position == 1):
            return Named(first, first)
    if callee.split(".", 1)[0] in http.MODULES:
        return Named(headers=True)
    return Named(headers=True) if last == "update" and named.headers else NOTHING


# Sinks


def _of_model(sinks: Sequence[Sink], arguments: Arguments) -> Sequence[Sink]:
    """Of a call that serves the models of many providers, return the sinks of the one whose model is named.

    Where no name is written, or a name of nobody's, the call is only a use of the key that it is given.
    """
    if not any(sink.models for sink in sinks):
        return sinks
    named = arguments.keywords.get("model", arguments.positional[0] if arguments.positional else None)
    model = text(named) if named is not None else None
    chosen = [sink for sink in sinks if model is not None and model.startswith(sink.models or ("\0",))]
    return chosen or [sink for sink in sinks if not sink.models and sink.keyword in arguments.keywords]


def _uses(e: Expressions, node: cst.Call, sinks: Sequence[Sink], arguments: Arguments) -> list[Use]:
    uses: list[Use] = []
    absent: list[tuple[Sink, Use]] = []
    instead = {keyword for sink in sinks for keyword in sink.instead if _may_be(arguments.keywords.get(keyword))}
    given: set[tuple[str, tuple[str, ...]]] = set()
    for sink in sinks:
        value = _argument(e, node, sink, arguments)
        is_given = value is not None and value != _REST
        if value == _REST and sink.env:
            value = Choice((_REST, EnvRead(sink.env[0], e.place(node))))
        host = http.host_given(sink, arguments)
        use = Use(
            place=e.place(node),
            sink=f"{sink.call}({sink.keyword}=…)" if sink.keyword else f"{sink.call}(…)",
            call=sink.call,
            provider=sink.provider,
            value=value or (Opaque(f"{min(instead)}=") if instead else Nothing(e.place(node))),
            keyword=sink.keyword,
            elsewhere=sink.host_keyword is not None and host is not None and http.is_elsewhere(e, sink, host),
            host=http.named_host(host),
            host_variable=http.variable_named(host.value) if host is not None else None,
            url=host.value if host is not None and http.host_of(host) is None and followed(host.value) else None,
            at_import=e.scope_is_module,
        )
        if is_given:
            given.add((sink.provider, sink.env))
            uses.append(use)
        else:
            absent.append((sink, use))
    # Two names of one argument (`api_key`, `openai_api_key`) are one use of it.
    for sink, use in absent:
        if (sink.provider, sink.env) not in given:
            given.add((sink.provider, sink.env))
            uses.append(use)
    return uses


def _argument(e: Expressions, node: cst.Call, sink: Sink, arguments: Arguments) -> Value | None:
    """Return what a sink is given, `None` where it is given nothing."""
    if sink.keyword is not None and sink.keyword in arguments.keywords:
        return arguments.keywords[sink.keyword].value
    if sink.position is not None:
        if sink.position < len(arguments.positional):
            return arguments.positional[sink.position].value
        if arguments.star:
            return Opaque("*args")
    return _REST if arguments.double_star else None


_REST = Opaque("**kwargs")


def _may_be(flow: Flow | None) -> bool:
    """Say whether an argument is given, and is not plainly `None`."""
    return flow is not None and not isinstance(flow.value, Nothing)


# What a call does besides


def _effects(e: Expressions, node: cst.Call, dotted: str, method: str, arguments: Arguments) -> None:
    positional = arguments.positional
    if (dotted in _WRITERS or dotted == "os.environ.update") and not arguments.star:
        _writes(e, node, dotted, arguments)
    if dotted in _LOADERS or method == "read_env" or dotted.endswith(".read_env"):
        path = positional[0] if positional else arguments.keywords.get("dotenv_path", arguments.keywords.get("path"))
        if path is not None and (name := text(path) or _default_of(path)):
            e.reading.env_files.append(name)
        e.reading.loads.append((e.place(node), e.scope_is_module))
        overrides = _is_true(node, "override", "overwrite")
        e.reading.overrides |= overrides
        known = not arguments.double_star and not e.condition and not dotted.endswith("dotenv_values")
        _load(e.reading.layers, (".env" if path is None else text(path) or "*") if known else "*", overrides)
    if dotted.startswith("flask.config."):
        flask.filled(e, node, dotted, arguments)
    if (env_file := arguments.keywords.get("env_file")) is not None:
        e.reading.env_files.extend(texts(env_file))
        layer_settings(e.reading.layers, env_file)
    if dotted == "urllib.parse.urlencode" and positional:
        http.encoded_query(e, positional[0], e.place(node))
    if method in ("add_header", "putheader") and len(positional) == 2 and (name := text(positional[0])) is not None:
        http.header(e, name, positional[1], e.place(node))


def _load(layers: list[str], name: str, overrides: bool) -> None:
    """Add a file that is loaded after others: what is set stays, unless it overrides."""
    if overrides:
        layers[:] = [*(layer for layer in layers if layer != name), name]
    elif name not in layers:
        layers.insert(0, name)


def layer_settings(layers: list[str], env_file: Flow) -> None:
    """Add the files of a settings class: the last wins, and all of them lose to what is loaded into the environment."""
    names = texts(env_file)
    whole = len(names) == (len(env_file.thing.items) if isinstance(env_file.thing, Row) else 1)
    if not whole or not set(names).issubset(layers):
        layers[:0] = [*names, *(["*"] if layers or not whole else [])]


def _default_of(flow: Flow) -> str | None:
    """Return the text that a variable is taken to be where it is not set."""
    value = flow.value
    while isinstance(value, Via):
        value = value.value
    return text(Flow(value.default)) if isinstance(value, EnvRead) and value.default is not None else None


def _is_true(node: cst.Call, *keywords: str) -> bool:
    """Say whether one of the keywords is given as `True`."""
    given = (arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value in keywords)
    return any(isinstance(value, cst.Name) and value.value == "True" for value in given)


def _writes(e: Expressions, node: cst.Call, dotted: str, arguments: Arguments) -> None:
    if dotted == "os.environ.update":
        pairs: Mapping[str, Flow] = arguments.keywords
        if arguments.positional and isinstance(arguments.positional[0].thing, Table):
            pairs = {**arguments.positional[0].thing.entries, **pairs}
    elif len(arguments.positional) == 2 and (name := text(arguments.positional[0])):
        pairs = {name: arguments.positional[1]}
    else:
        pairs = {}
    for name, flow in pairs.items():
        e.bind_env(name, flow, e.place(node))


def _update(e: Expressions, target: cst.CSTNode, arguments: Arguments) -> None:
    new = arguments.positional[0].thing if arguments.positional else None
    entries = {**(new.entries if isinstance(new, Table) else {}), **arguments.keywords}
    known = isinstance(new, Table) or not arguments.positional
    if isinstance(target, cst.Name) and (old := e.scope.get(target.value)) is not None and isinstance(old.thing, Table):
        is_open = old.thing.open or not known or arguments.double_star
        before = old.thing.entries
        if not known or arguments.double_star:
            before = {key: choice((flow, opaque("another dict"))) for key, flow in before.items()}
        new_flow = displayed({**before, **entries}, is_open=is_open)
        is_display = reference(old.value) is None
        e.scope.layers[-1][target.value] = new_flow if is_display else replace(old, thing=new_flow.thing)


def texts(flow: Flow) -> list[str]:
    """Return the literal texts of a value or of a display of values."""
    flows = flow.thing.items if isinstance(flow.thing, Row) else (flow,)
    return [found for item in flows if (found := text(item))]


# What a call yields


def env_read(
    e: Expressions,
    name: str | None,
    node: cst.CSTNode,
    *,
    required: bool,
    default: Flow | None = None,
    key: Flow | None = None,
    library: str = "",
) -> Flow:
    """Return the flow of an environment lookup; `key` is what holds the name, where it is not known here."""
    computed = key.value if not name and key is not None and _names_variables(key.value) else None
    if not name and computed is None:
        return opaque("environment variable with a computed name")
    value = None if default is None or isinstance(default.value, Nothing) else default.value
    size = 1 + (default.size if default is not None else 0)
    read = EnvRead(name or "", e.place(node), value, required, computed, e.scope_is_module, library)
    return Flow(read, None, size)


def _names_variables(value: Value) -> bool:
    """Say whether the link can find out what a value is."""
    while isinstance(value, Via):
        value = value.value
    return isinstance(value, Parameter | Reference | Member | Item | Choice | Joined | FileItem | Changed)


def variable_read(value: Value) -> str | None:
    """Return the environment variable that a value comes from."""
    while isinstance(value, Via | Stripped):
        value = value.value
    return value.name if isinstance(value, EnvRead) else None


def _environment(e: Expressions, node: cst.Call, dotted: str, arguments: Arguments) -> Flow | None:
    required = _READERS.get(dotted)
    if required is None:
        return None
    positional, keywords = arguments.positional, arguments.keywords
    key = positional[0] if positional else keywords.get("key", keywords.get("option"))
    if key is None or arguments.star:
        return None
    default = positional[1] if len(positional) > 1 else keywords.get("default")
    if dotted in ("environ.Env", "environ.Env.str") and len(positional) > 1:
        default = keywords.get("default")
    library = _LIBRARIES.get(dotted.partition(".")[0], "")
    required = required and default is None
    name = text(key)
    if name is not None and dotted.startswith("environs."):
        name = e.variable_prefix + name
    read = env_read(e, name, node, required=required, default=default, key=key, library=library)
    return files.settings_ini(e, node, name, read) if dotted == "decouple.config" else read


def _method(e: Expressions, node: cst.Call, method: str, base: Flow, arguments: Arguments) -> Flow | None:
    """Return what a method of a known value yields, `None` where it is not one of text or dict."""
    if method == "get_secret_value" and not isinstance(base.value, Opaque | Nothing):
        shown = base.value.value if isinstance(base.value, Hidden) else Shown(base.value)
        return replace(base, value=shown)
    if method in _SAME_TEXT:
        return base
    if method in _STRIPS:
        characters = text(arguments.positional[0]) if arguments.positional else " "
        if characters is None:
            return opaque("stripped text")
        return stripped(base) if set(characters) <= _STRIPPED_BY else changed(base, method, characters)
    if method in _PARTS or method in _CHANGES:
        return _changed(base, method, arguments)
    if method == "format" and (pattern := text(base)) is not None:
        return _fill(pattern, arguments)
    if (method == "get" or (method == "pop" and isinstance(base.thing, Rest))) and arguments.positional:
        return _get(e, node, base, arguments)
    return None


def _changed(base: Flow, method: str, arguments: Arguments) -> Flow | None:
    """Return what a method of a text makes of it, `None` where its arguments are none of such a method."""
    if isinstance(base.value, Opaque | Nothing) or arguments.star or arguments.double_star:
        return None
    given = [text(flow) for flow in arguments.positional]
    if method in _CHANGES:
        known = None not in given and len(given) == _CHANGES[method] and not arguments.keywords
        return changed(base, method, *given) if known else None
    if method == "splitlines":
        return in_pieces(Pieces(base, method))
    separator = given[0] if given else None
    if (given and separator is None) or (separator is None and "partition" in method):
        return None
    if "partition" in method:
        return in_pieces(Pieces(base, method, (separator,)))
    most = arguments.keywords.get("maxsplit", arguments.positional[1] if len(given) > 1 else None)
    number = most.thing.value if most is not None and isinstance(most.thing, Number) else None
    return in_pieces(Pieces(base, method, (separator, number))) if (number is None) == (most is None) else None


def _imported(e: Expressions, node: cst.Call, name: Flow) -> Flow | None:
    """Return a module that is imported by a name that is a value."""
    module = text(name)
    if module is None:
        return Flow(Module(name.value, e.place(node)), None, name.size + 1) if followed(name.value) else None
    e.import_module(module)
    return Flow(Reference(module, e.place(node)))


def _of_text(e: Expressions, node: cst.Call, dotted: str, arguments: Arguments) -> Flow | None:
    """Return what a function of a text makes of it, `None` for other functions."""
    positional = arguments.positional
    if dotted in _DECODERS and len(positional) == 1:
        return changed(positional[0], "b64decode")
    if dotted in _ENCODERS and len(positional) == 1:
        return replace(changed(positional[0], "b64encode"), thing=Encoded(positional[0]))
    if dotted in _QUOTERS and positional:
        return positional[0]
    if dotted == "urllib.parse.urljoin" and positional:
        return positional[0]  # whose host it is
    if dotted == "json.dumps" and positional and isinstance(positional[0].thing, Table):
        return opaque("JSON", positional[0].thing)
    if dotted == "importlib.import_module" and positional:
        return _imported(e, node, positional[0])
    if dotted == "re.sub" and len(positional) == 3:
        pattern, new = text(positional[0]), text(positional[1])
        return changed(positional[2], "sub", pattern, new) if pattern is not None and new is not None else None
    return None


def _is_table(value: Value) -> bool:
    """Say whether a value is called like a constant, or read from a file: what is got from it is no page of a site."""
    while isinstance(value, Via):
        value = value.value
    if isinstance(value, Reference):
        return value.name.rpartition(".")[2].isupper()
    return isinstance(value, FileItem | Item | Fields)


def _get(e: Expressions, node: cst.Call, base: Flow, arguments: Arguments) -> Flow | None:
    key = text(arguments.positional[0])
    if key is None and (isinstance(base.thing, Table) or _is_table(base.value)):
        index = e.of_computed_key(base, arguments.positional[0], node)
        return choice((index, *arguments.positional[1:2])) if index is not None else None
    if key is None or not _KEY.match(key):
        return None
    default = arguments.positional[1] if len(arguments.positional) > 1 else Flow(Nothing(e.place(node)))
    if isinstance(base.thing, Rest):
        return records.keyword(base.thing, key, default)
    if isinstance(base.thing, Table) and reference(base.value) is None:
        found = base.thing.entries.get(key)
        if found is None:
            return opaque("item") if base.thing.open else default
        return found
    item = e.item(base, key, node)
    if isinstance(item.value, Opaque):
        return None
    return choice((item, default)) if len(arguments.positional) > 1 else item


def _result(
    e: Expressions, node: cst.Call, callee: Flow, dotted: str, arguments: Arguments, called: Reference | None
) -> Flow:
    last = dotted.rsplit(".", 1)[-1]
    if last in _WRAPPERS and len(arguments.positional) == 1:
        only = arguments.positional[0]
        hides = last.startswith("Secret") and not isinstance(only.value, Opaque | Nothing)
        return replace(only, value=Hidden(only.value)) if hides else only
    if last == "cast" and len(arguments.positional) == 2:
        return arguments.positional[1]
    if last in _FIELDS:
        variable = arguments.keywords.get("envvar")
        return (
            options.from_variable(e, node, variable, _field(arguments)) if variable is not None else _field(arguments)
        )
    if http.is_basic(dotted) and len(arguments.positional) == 2:
        return opaque("basic authentication", Row(tuple(arguments.positional)))
    if isinstance(callee.thing, Returns):
        return callee.thing.flow
    if dotted == "dict" and not arguments.positional:
        return displayed(arguments.keywords, is_open=arguments.double_star)
    if last in ("Depends", "Security") and arguments.positional and (name := reference(arguments.positional[0].value)):
        return Flow(Reference(f"{name}()", e.place(node), Passed()))
    note = f"call of {callee.thing.written}" if isinstance(callee.thing, Dotted) else "a call"
    value: Value = called if called is not None else Opaque(note)
    size = (
        1 + sum(flow.size for flow in [*arguments.positional, *arguments.keywords.values()])
        if called is not None
        else 1
    )
    if size > _LARGEST_ARGUMENT:
        value, called, size = Opaque(note), None, 1
    if isinstance(callee.thing, Dotted) and (last[:1].isupper() or dotted in e.classes):
        exact = not arguments.positional and not arguments.star and not arguments.double_star
        own = dotted in e.classes and called is not None
        return Flow(value, Instance(callee.thing, {} if own else arguments.keywords, exact, called), size)
    return Flow(value, None, size)


def _field(arguments: Arguments) -> Flow:
    """Return the default of a dataclass, attrs or pydantic field."""
    factory = arguments.keywords.get("default_factory", arguments.keywords.get("factory"))
    if factory is not None:
        return factory.thing.flow if isinstance(factory.thing, Returns) else opaque("field")
    if "default" in arguments.keywords:
        return arguments.keywords["default"]
    if arguments.positional:
        return arguments.positional[0]
    return opaque("field")


def _formatted(e: Expressions, node: cst.Call, pattern_node: cst.CSTNode, method: str, named: Named) -> Flow:
    pieces = [piece for piece in e.segments(pattern_node) if isinstance(piece, Text)]
    pattern = "".join(piece.value for piece in pieces)
    arguments = Arguments()
    items: list[Segment] = []
    for argument in node.args:
        if method == "join" and isinstance(argument.value, cst.List | cst.Tuple):
            for element in argument.value.elements:
                items.extend(e.segments(element.value))
        elif argument.keyword is not None:
            keyword = argument.keyword.value
            arguments.keywords[keyword] = e.evaluate(argument.value, Named(keyword, keyword))
        else:
            arguments.positional.append(e.evaluate(argument.value))
    if method == "join" and items:
        return _joined(e, node, pattern, items, named)
    parts = arguments.positional[0].thing if method == "join" and len(arguments.positional) == 1 else None
    if isinstance(parts, Pieces) and parts.arguments == (None, None) and not pattern:
        return changed(parts.flow, "sub", r"\s+", "")  # `"".join(key.split())`
    for piece in pieces:
        e.reading.define(piece, named)
    return _fill(pattern, arguments) if method == "format" else opaque("joined text")


def _joined(e: Expressions, node: cst.Call, glue: str, items: list[Segment], named: Named) -> Flow:
    segments: list[Segment] = []
    for item in items:
        if segments and glue:
            # The glue stands elsewhere; what it takes part in begins with what it stands before.
            at = e.spans[id(node)][1]
            if isinstance(item, Text):
                at = item.pieces[0][1] if item.pieces else item.end
            segments.append(Text(glue, ((0, at, 0, False),), at))
        segments.append(item)
    return e.assemble(segments, node, named)


def _fill(pattern: str, arguments: Arguments) -> Flow:
    """Return what `pattern.format(…)` gives, as far as its holes are plain."""
    values: list[Flow] = []
    for number, match in enumerate(_HOLE.finditer(pattern)):
        name = match[0][1:-1]
        at = int(name) if name.isdecimal() else number
        if name and not name.isdecimal():
            flow = arguments.keywords.get(name)
        else:
            flow = arguments.positional[at] if at < len(arguments.positional) else None
        values.append(flow if flow is not None else opaque("formatted text"))
    if not values or isinstance(values[0].value, Opaque):
        return opaque("formatted text")
    return values[0] if _HOLE.fullmatch(pattern) else filled(pattern, _HOLE, values)
