"""Terraform: literals of `.tf` and `.tfvars` files by the path of blocks and attributes that they stand in.

No expression is evaluated. A string anywhere in the value of an attribute counts as given to that attribute.
"""

from __future__ import annotations

import re

from keylint.model import Channel, EnvBinding, FileFacts, Role
from keylint.readers import variable
from keylint.readers.collect import MAX_DEPTH, Collector, Spelling, spelled
from keylint.readers.interface import Interest

_RANK = 40
_MOST_CHARACTERS = 5_000_000
_TOKEN = re.compile(
    r"(?P<comment>\#[^\r\n]*|//[^\r\n]*|/\*.*?(?:\*/|\Z))"
    r"|<<-?(?P<mark>[A-Za-z_]\w*)[^\r\n]*\r?\n"
    r"|\"(?P<string>(?:[^\"\\\r\n$%]|\\[^\r\n]|[$%]\{(?:[^{}\"\r\n]|\"[^\"\r\n]*\"|\{[^{}\r\n]*\})*+\}|[$%])*+)\""
    r"|(?P<broken>\"[^\r\n]*)"
    r"|(?P<word>[A-Za-z_][\w-]*)|(?P<open>[\[{(])|(?P<close>[\]})])|(?P<equals>=>|==|=|:)|(?P<end>[\r\n]+)",
    re.DOTALL,
)
_PART = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|\$\$\{|%%\{|[^\\$%]+|[\\$%]", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# Where a mapping holds the variables of what is run.
_VARIABLES = frozenset(
    {
        "environment", "environment_variables", "variables", "env", "app_settings", "config_vars", "sensitive_config_vars",
        "container_env", "env_vars",
    }
)  # fmt: skip


class _TooDeepError(Exception):
    pass


class _Frame:
    """An open bracket: what it goes by, the attribute at hand, and the words since the last one."""

    __slots__ = ("bracket", "label", "name", "named", "words")

    def __init__(self, bracket: str, label: str, name: str | None) -> None:
        self.bracket = bracket
        self.label = label
        self.name = name
        self.words: list[str] = []
        self.named: str | None = None


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a file of Terraform or of its values."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 5 MB: matched as text")
    walk = _Walk(Collector(text, path, interest, Channel.TERRAFORM, environment))
    try:
        walk.run()
    except _TooDeepError:
        return FileFacts(path, problem=f"nested deeper than {MAX_DEPTH}")
    return FileFacts(path, definitions=tuple(walk.collect.definitions), env=tuple(walk.env))


class _Walk:
    def __init__(self, collect: Collector) -> None:
        self.collect = collect
        self.env: list[EnvBinding] = []
        self.frames = [_Frame("{", "", None)]

    def run(self) -> None:
        text, at = self.collect.text, 0
        while (match := _TOKEN.search(text, at)) is not None:
            at = match.end()
            kind = match.lastgroup
            if kind in ("comment", "broken"):
                self.collect.free(match.start(), at, Role.COMMENT if kind == "comment" else None)
            elif kind == "mark":
                close = re.compile(rf"^[ \t]*{match['mark']}[ \t]*$", re.MULTILINE).search(text, at)
                stop = close.start() if close is not None else len(text)
                self.value(text[at:stop], at, stop, raw=True)
                at = close.end() if close is not None else stop
            elif kind is not None:
                self.take(kind, match)

    def take(self, kind: str, match: re.Match[str]) -> None:
        frame = self.frames[-1]
        if kind == "string" and frame.name is not None:
            self.value(match["string"], *match.span("string"))
        elif kind in ("string", "word"):
            frame.words.append(match[kind])
        elif kind == "equals":
            if match["equals"] != "==" and frame.words and frame.bracket == "{":
                frame.name = frame.words[-1]
        elif kind == "open":
            self.open(match["open"])
        elif kind == "close":
            if len(self.frames) > 1:
                self.frames.pop()
        elif frame.bracket == "{":
            frame.name = None
            frame.words.clear()

    def open(self, bracket: str) -> None:
        if len(self.frames) > MAX_DEPTH:
            raise _TooDeepError
        frame = self.frames[-1]
        if bracket == "{":
            self.frames.append(_Frame(bracket, ".".join(frame.words) if frame.name is None else frame.name, None))
        else:  # in a list or a call the attribute goes on
            self.frames.append(_Frame(bracket, "", frame.name))

    def value(self, written: str, start: int, end: int, *, raw: bool = False) -> None:
        """Gather a string; an object of `name` and `value` in a list of variables sets one."""
        frame = self.frames[-1]
        name = frame.name
        if name is None or not written:
            return
        tokens = [
            (m[0] if raw else _meaning(m[0]), start + m.start(), start + m.end()) for m in _PART.finditer(written)
        ]
        value = "".join(token[0] for token in tokens)
        if name == "name":
            frame.named = value
        path = [f.label for f in self.frames if f.label]
        if name == "value" and frame.named is not None:
            name = frame.named
        elif name == "default" and path and path[-1].startswith("variable."):
            name = path.pop().removeprefix("variable.")
            path.append("variable")
        self.gather(name, value, spelled(value, start, end, tokens), ".".join([*path, name]))

    def gather(self, name: str, value: str, spelling: Spelling, label: str) -> None:
        variables = any(part.rpartition(".")[2] in _VARIABLES for part in label.split(".")[:-1])
        if not variables or name in ("name", "value"):
            self.collect.value(name, value, lambda: spelling, lambda: label)
            return
        binding = variable.literal(self.collect, name, value, spelling, label, rank=_RANK)
        if binding is not None:
            self.env.append(binding)


def _meaning(token: str) -> str:
    if token in ("$${", "%%{"):
        return token[1:]
    if token[0] != "\\" or len(token) == 1:
        return token
    if token[1] in "uU" and len(token) > 2:
        digits = token[2:]
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else token
    return _ESCAPES.get(token[1], token[1])
