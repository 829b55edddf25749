"""Units of systemd: `Environment=`, `EnvironmentFile=`, and the command lines of `Exec…=`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keylint.model import Channel, EnvBinding, FileFacts, Loader, Role, Workload
from keylint.readers import command, shell, variable
from keylint.readers.collect import Collector, plain, spelled
from keylint.readers.interface import Interest

_RANK = 40
_MOST_CHARACTERS = 1_000_000
_LINE = re.compile(r"(?:[^\\\r\n]|\\(?:\r\n|[^\r\n]|\n))+")
_DIRECTIVE = re.compile(r"[ \t]*(?P<name>[A-Za-z]+)[ \t]*=[ \t]*")
_WORD = re.compile(
    r"\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>(?:[^\s\"'\\]|\\.)+)", re.DOTALL
)
_TOKEN = re.compile(r"\\(?:\r\n|\n)|\\.|%%|[^\\%]+|[\\%]", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "s": " ", "r": "\r"}


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a unit file."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 1 MB: matched as text")
    collect = Collector(text, path, interest, Channel.SYSTEMD, environment)
    env: list[EnvBinding] = []
    files: list[str] = []
    started: list[str] = []
    for line in _LINE.finditer(text):
        start, end = line.span()
        if line[0].lstrip().startswith(("#", ";")):
            collect.free(start, end, Role.COMMENT)
            continue
        directive = _DIRECTIVE.match(text, start, end)
        name = directive["name"] if directive is not None else ""
        at = directive.end() if directive is not None else start
        if name == "Environment":
            env += _assignments(collect, at, end)
        elif name == "EnvironmentFile":
            files.append(text[at:end].strip().removeprefix("-"))
        elif name.startswith("Exec"):
            command.gather(collect, text[at:end], plain(at, end), name)
            if name == "ExecStart":
                started.append(text[at:end].lstrip("-@:+!"))
        else:
            collect.free(start, end)
    # Paths are those of the machine that the unit runs on: their last parts may be the project's.
    workload = Workload(
        "unit", shell.runs("\n".join(started)) or None, env_files=tuple((file, Loader.DOTENV) for file in files)
    )
    return FileFacts(
        path,
        definitions=tuple(collect.definitions),
        env=tuple(replace(binding, workload="unit") for binding in env),
        env_files=tuple(files),
        workloads=(workload,),
    )


def _assignments(collect: Collector, start: int, end: int) -> Iterator[EnvBinding]:
    for match in _WORD.finditer(collect.text, start, end):
        left, right = match.span(match.lastgroup or "bare")
        tokens = [(_meaning(m[0]), *m.span()) for m in _TOKEN.finditer(collect.text, left, right)]
        whole = "".join(token[0] for token in tokens)
        name, equals, value = whole.partition("=")
        if not equals or not tokens[0][0].startswith(name + "="):
            continue
        cut = len(name) + 1
        first, at, stop = tokens[0]
        tokens[0] = (first[cut:], at + cut, stop)
        spelling = spelled(value, left + cut, right, tokens)
        binding = variable.literal(collect, name, value, spelling, f"Environment.{name}", rank=_RANK)
        if binding is not None:
            yield binding


def _meaning(token: str) -> str:
    if token[0] == "\\" and len(token) > 1:
        return "" if token[1] in "\r\n" else _ESCAPES.get(token[1], token[1])
    return "%" if token == "%%" else token
