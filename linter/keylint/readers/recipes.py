"""Makefiles, justfiles and Procfiles: variables, and the command lines of recipes."""

from __future__ import annotations

import re

from keylint.model import Channel, EnvBinding, FileFacts, Role
from keylint.readers import command, variable
from keylint.readers.collect import Collector, plain
from keylint.readers.interface import Interest

_RANK = 10
_MOST_CHARACTERS = 1_000_000
_LINE = re.compile(r"[^\r\n]+")
_ASSIGNMENT = re.compile(
    r"[ ]{0,20}(?:(?:export|override|set)[ \t]+)?(?P<name>[A-Za-z_][\w.-]{0,99})[ \t]*(?::{1,3}=|\?=|\+=|!=|=)[ \t]*"
    r"(?P<value>(?P<quote>[\"'])(?P<inside>[^\r\n]*?)(?P=quote)(?=[ \t]*(?:#|\Z))|(?:[^#\r\n]|(?<=\\)#)*)(?:[ \t]*#[^\r\n]*)?"
)
_LABEL = re.compile(r"(?P<label>[A-Za-z_][\w.-]{0,60})[ \t]*:(?!=)")


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a file of recipes; make keeps the quotes of a variable's value, and the shell takes them off."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 1 MB: matched as text")
    collect = Collector(text, path, interest, Channel.TEXT, environment)
    env: list[EnvBinding] = []
    label = ""
    for line in _LINE.finditer(text):
        start, end = line.span()
        if line[0].lstrip().startswith("#"):
            collect.free(start, end, Role.COMMENT)
            continue
        assigned = _ASSIGNMENT.fullmatch(line[0])
        if assigned is not None:
            env += _bound(collect, assigned, start)
            continue
        target = _LABEL.match(line[0])
        label = target["label"] if target is not None else label
        at = start + (target.end() if target is not None else 0)
        env += command.gather(collect, text[at:end], plain(at, end), label)
    loaded = command.env_files(text)
    return FileFacts(
        path, definitions=tuple(collect.definitions), env=tuple(env), env_files=loaded.all, raw_env_files=loaded.raw
    )


def _bound(collect: Collector, match: re.Match[str], offset: int) -> list[EnvBinding]:
    group = "inside" if match["quote"] else "value"
    value = match[group].rstrip()
    start = offset + match.start(group)
    name = match["name"]
    spelling = plain(start, start + len(value))
    binding = variable.literal(collect, name, value, spelling, name, rank=_RANK) if value else None
    return [binding] if binding is not None else []
