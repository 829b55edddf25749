"""Files that a program reads its settings from: their names as far as they are written, and what is taken from them."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from keylint.model import EnvRead, FileItem, Joined, Parameter, Place, Reference, Value, Via
from keylint.readers._pyflow import File, Flow, Instance, Pieces, Row, changed, followed, opaque, reference, text
from keylint.readers._pynames import dotted

if TYPE_CHECKING:
    from keylint.readers._pycalls import Arguments
    from keylint.readers._pyvalues import Expressions

SECRETS = "streamlit.secrets"
_OPENERS = frozenset({"open", "io.open", "codecs.open"})
_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "os.path.join", "anyio.Path"})
_SAME_PATH = frozenset(
    {"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.fspath", "str"}
)
_SAME_FILE = frozenset({"resolve", "absolute", "expanduser", "as_posix"})
_PARSERS = frozenset(
    f"{module}.{name}"
    for module in ("json", "yaml", "tomllib", "tomli", "toml", "tomlkit", "orjson", "ujson", "simplejson", "ruamel.yaml")
    for name in ("load", "loads", "safe_load", "full_load", "unsafe_load", "parse")
) | {"omegaconf.OmegaConf.load", "dotenv.dotenv_values", "dotenv.main.dotenv_values"}  # fmt: skip
_NAMED_BY_TEXT = frozenset(
    {"toml.load", "omegaconf.OmegaConf.load", "dotenv.dotenv_values", "dotenv.main.dotenv_values"}
)
_DYNACONF = frozenset({"dynaconf.Dynaconf", "dynaconf.LazySettings"})
_INI_PARSERS = frozenset({"configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SafeConfigParser"})


def file_of(flow: Flow) -> File | None:
    """Return the file that a value names."""
    if isinstance(flow.thing, File):
        return flow.thing
    written = text(flow)
    if written is not None:
        return File(written) if written and "\n" not in written and len(written) < 1000 else None
    if reference(flow.value) == "__file__":
        return File("")
    value = flow.value
    while isinstance(value, Via):
        value = value.value
    return File("", computed=value) if isinstance(value, Parameter | Reference | Joined | EnvRead) else None


def parent(file: File) -> File:
    """Return the directory of a file, as far as it is written: what stands above the module is not."""
    return replace(file, name=posixpath.dirname(file.name))


def below(file: File, parts: Sequence[Flow]) -> Flow:
    """Return the flow of a path below a directory."""
    names = [text(part) for part in parts]
    known = [name for name in names if name is not None]
    if len(known) == len(names) and file.computed is None:
        path = posixpath.join(file.name, *known).lstrip("/")
        return Flow(Joined((path,)), File(path))
    start: list[str | Value] = [file.computed] if file.computed is not None else [file.name]
    for name, part in zip(names, parts, strict=True):
        start += ["/", name if name is not None else part.value]
    whole = Joined(tuple(start))
    return Flow(whole, File("", computed=whole), 1 + sum(part.size for part in parts))


def item(file: File, place: Place, path: tuple[str, ...] = ()) -> Flow:
    """Return what a program reads from a file."""
    return Flow(FileItem(file.name, place, path, file.computed)) if file.name or file.computed else opaque("a file")


def read(
    e: Expressions, node: cst.Call, base: Flow | None, method: str, dotted: str, arguments: Arguments
) -> Flow | None:
    """Return what a call has to do with files yields; `None` where it has nothing to do with them."""
    first = arguments.positional[0] if arguments.positional else None
    if dotted in _OPENERS and first is not None:
        file = file_of(first)
        return opaque("open file", replace(file, opened=True)) if file is not None else None
    if dotted in _PATHS or (dotted in _SAME_PATH and first is not None and isinstance(first.thing, File)):
        return _path(arguments.positional)
    if dotted == "os.path.dirname" and first is not None:
        file = file_of(first)
        return opaque("path", parent(file)) if file is not None else None
    if dotted in _PARSERS:
        return _parsed(e, node, dotted, arguments)
    if dotted == "omegaconf.OmegaConf.merge":
        return _merged(arguments.positional)
    if dotted in _DYNACONF:
        return _dynaconf(e, node, arguments)
    if base is None:
        return None
    if isinstance(base.thing, File):
        return _of_file(e, node, base.thing, method, arguments)
    if isinstance(base.thing, Instance) and base.thing.of.name in _INI_PARSERS:
        return _of_ini(e, node, base, method, arguments)
    return None


def settings_ini(e: Expressions, node: cst.Call, name: str | None, variable: Flow) -> Flow:
    """Return what python-decouple reads: `settings.ini` hides `.env`, where a project has one."""
    if name is None:
        return variable
    return Flow(
        FileItem("settings.ini", e.place(node), ("settings", name), None, variable.value), None, variable.size + 1
    )


def _dynaconf(e: Expressions, node: cst.Call, arguments: Arguments) -> Flow:
    """Return the settings object of dynaconf: its files, of which later ones hide earlier ones."""
    prefix = arguments.keywords.get("envvar_prefix")
    sections = any(
        arg.keyword is not None and arg.keyword.value == "environments" and getattr(arg.value, "value", "") == "True"
        for arg in node.args
    )
    given = arguments.keywords.get("settings_files", arguments.keywords.get("settings_file"))
    flows = given.thing.items if given is not None and isinstance(given.thing, Row) else [given] if given else []
    names = [name for flow in flows if (name := text(flow))] or ["settings.toml", ".secrets.toml"]
    value: Value | None = None
    for name in names:
        variables = "DYNACONF_" if prefix is None else f"{written}_" if (written := text(prefix)) else ""
        value = FileItem(name, e.place(node), otherwise=value, prefix=variables, sections=sections)
    return Flow(value) if value is not None else opaque("settings")


def _merged(parts: Sequence[Flow]) -> Flow:
    """Return a configuration that is made of several, of which later ones hide earlier ones."""
    value: Value | None = None
    for part in parts:
        inner = part.value
        while isinstance(inner, Via):
            inner = inner.value
        if isinstance(inner, FileItem):
            value = replace(inner, otherwise=value)
        elif not (reference(inner) or "").endswith(".from_cli()"):
            return opaque("configurations")
    return Flow(value, None, len(parts)) if value is not None else opaque("configurations")


def of_hydra(e: Expressions, node: cst.FunctionDef) -> dict[str, Flow]:
    """Return the parameter that `@hydra.main` fills with a file of the project."""
    for decorator in node.decorators:
        call = decorator.decorator
        if isinstance(call, cst.Call) and dotted(call.func) == "hydra.main" and node.params.params:
            given = {arg.keyword.value: text(e.evaluate(arg.value)) for arg in call.args if arg.keyword is not None}
            folder, name = given.get("config_path") or "", given.get("config_name")
            if name:
                file = File(posixpath.join(folder, name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"))
                return {node.params.params[0].name.value: item(file, e.place(call))}
    return {}


def _path(parts: Sequence[Flow]) -> Flow | None:
    first = file_of(parts[0]) if parts else File("")
    if first is None:
        return None
    return below(first, parts[1:]) if parts[1:] else opaque("path", first)


def _of_file(e: Expressions, node: cst.Call, file: File, method: str, arguments: Arguments) -> Flow | None:
    if method in _SAME_FILE:
        return opaque("path", file)
    if method == "with_name" and arguments.positional:
        return below(parent(file), arguments.positional)
    if method == "open":
        return opaque("open file", replace(file, opened=True))
    if method == "joinpath":
        return below(file, arguments.positional)
    if method in ("read_text", "read_bytes") or (method == "read" and file.opened):
        return item(file, e.place(node))
    if method == "readline" and file.opened:
        return changed(item(file, e.place(node)), "lines", 0)
    if method == "readlines" and file.opened:
        return opaque("lines", Pieces(item(file, e.place(node)), "lines"))
    return None


def _parsed(e: Expressions, node: cst.Call, dotted: str, arguments: Arguments) -> Flow | None:
    given = [*arguments.positional[:1], *(arguments.keywords[k] for k in ("dotenv_path",) if k in arguments.keywords)]
    if not given:
        return item(File(".env"), e.place(node)) if dotted.endswith("dotenv_values") else None
    source = given[0]
    value = source.value
    while isinstance(value, Via):
        value = value.value
    if isinstance(value, FileItem):
        return Flow(value)
    if dotted.endswith("json.loads") and followed(value):
        return changed(source, "loads")
    if isinstance(source.thing, File) or dotted in _NAMED_BY_TEXT:
        file = file_of(source)
        return item(file, e.place(node)) if file is not None else None
    return None


def _of_ini(e: Expressions, node: cst.Call, base: Flow, method: str, arguments: Arguments) -> Flow | None:
    if method in ("read", "read_file") and arguments.positional and isinstance(node.func, cst.Attribute):
        file = file_of(arguments.positional[0])
        target = node.func.value
        if file is not None and isinstance(target, cst.Name) and e.scope.get(target.value) is not None:
            loaded = item(file, e.place(node))
            e.scope.layers[-1][target.value] = replace(loaded, thing=base.thing)
        return opaque("files read")
    value = base.value
    names = [text(part) for part in arguments.positional[:2]]
    if method == "get" and len(names) == 2 and isinstance(value, FileItem) and None not in names:
        return Flow(replace(value, place=e.place(node), path=(*value.path, *(name for name in names if name))))
    if method == "get" and len(names) == 2 and (path := reference(value)) and None not in names:
        return Flow(Reference(f"{path}[{names[0]}][{names[1]}]", e.place(node)))
    return None
