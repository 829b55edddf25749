"""Makefiles, justfiles and Procfiles: variables, and the command lines of recipes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from keylint.model import Channel, EnvBinding, FileFacts, Literal, Loader, Role
from keylint.readers import command, shell, variable
from keylint.readers.collect import Collector, plain
from keylint.readers.interface import Interest

_RANK = 10
_MOST_CHARACTERS = 1_000_000
_LINE = re.compile(r"[^\r\n]+")
_ASSIGNMENT = re.compile(
    r"[ ]{0,20}(?P<export>(?:(?:export|override|set)[ \t]+)+)?(?P<name>[A-Za-z_][\w.-]{0,99})"
    r"[ \t]*(?::{1,3}=|\?=|\+=|!=|=)[ \t]*"
    r"(?P<value>(?P<quote>[\"'])(?P<inside>[^\r\n]*?)(?P=quote)(?=[ \t]*(?:#|\Z))|(?:[^#\r\n]|(?<=\\)#)*)(?:[ \t]*#[^\r\n]*)?"
)
_LABEL = re.compile(r"(?P<label>[A-Za-z_][\w.-]{0,60})[ \t]*:(?!=)")


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a file of recipes; make keeps the quotes of a variable's value, and the shell takes them off."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 1 MB: matched as text")
    collect = Collector(text, path, interest, Channel.TEXT, environment)
    recipes = _Recipes(collect, path)
    label = ""
    for line in _LINE.finditer(text):
        start, end = line.span()
        if line[0].lstrip().startswith("#"):
            collect.free(start, end, Role.COMMENT)
            continue
        assigned = _ASSIGNMENT.fullmatch(line[0]) if recipes.is_make or not line[0][:1].isspace() else None
        if assigned is not None:
            recipes.assign(assigned, start)
            continue
        if recipes.direct(line[0]):
            continue
        target = _LABEL.match(line[0])
        label = target["label"] if target is not None else label
        at = start + (target.end() if target is not None else 0)
        command.gather(collect, text[at:end], plain(at, end), label)
        recipes.line(label, at, end, is_head=target is not None)
    return recipes.facts(command.env_files(text))


class _Recipes:
    """The variables of a file of recipes, and what its recipes start."""

    def __init__(self, collect: Collector, path: str) -> None:
        self.collect = collect
        name = path.rsplit("/", 1)[-1].lower()
        self.is_procfile = name.startswith("procfile")
        self.is_make = "just" not in name and not self.is_procfile
        self.assigned: dict[str, tuple[EnvBinding, bool]] = {}
        self.exported: set[str] = set()
        self.all_exported = not self.is_make
        self.files: list[tuple[str, Loader]] = []
        self.commands: list[tuple[str, int, int]] = []

    def assign(self, match: re.Match[str], offset: int) -> None:
        """Take a variable. make and just hand on to a recipe only those that are exported."""
        is_exported = match["export"] is not None and "export" in match["export"]
        for binding in _bound(self.collect, match, offset):
            if match["quote"] and self.is_make and isinstance(binding.value, Literal):
                # make hands on the quotes, too
                start, end = offset + match.start("quote"), offset + match.end("inside") + 1
                whole = self.collect.define(
                    self.collect.text[start:end], plain(start, end), label=binding.name, env=binding.name, loader="make"
                )
                binding = replace(binding, value=Literal(whole), place=whole.place)
            self.assigned[binding.name] = (binding, is_exported)

    def direct(self, line: str) -> bool:
        """Take a directive: `include .env`, `export`, `export NAME`."""
        words = line.split()
        if not words or line[:1] == "\t":
            return False
        if words[0] in ("include", "-include", "sinclude") and self.is_make:
            self.files += [(word, Loader.MAKE) for word in words[1:] if "env" in word]
        elif words[0] in ("export", ".EXPORT_ALL_VARIABLES:"):
            self.all_exported |= len(words) == 1 or words[0] != "export"
            self.exported.update(words[1:])
        else:
            return False
        return True

    def line(self, label: str, start: int, end: int, *, is_head: bool) -> None:
        """Take a line of a recipe; make's prerequisites are no commands."""
        if is_head and not self.is_procfile:
            head, _, inline = self.collect.text[start:end].partition(";")
            start = end - len(inline) if inline or head.endswith(";") else end
        self.commands.append((label, start, end))

    def facts(self, named: command.EnvFiles) -> FileFacts:
        """Return what was found."""
        collect = self.collect
        ambient = [
            binding
            for name, (binding, is_exported) in self.assigned.items()
            if is_exported or self.all_exported or name in self.exported
        ]
        files = self.files if self.all_exported or self.exported else []
        script = shell.Script()
        sessions: dict[str, list[tuple[int, int]]] = {}
        for label, start, end in self.commands:
            sessions.setdefault(label, []).append((start, end))
        for label, spans in sessions.items():
            for i, (start, end) in enumerate(_joined(collect.text, spans)):
                line = collect.text[start:end]
                skipped = len(line) - len(line.lstrip(" \t@-+"))
                start += skipped
                script.add(
                    shell.read(collect, line[skipped:], plain(start, end), f"{label}/{i}", ambient=ambient, files=files)
                )
        used = {binding.name for binding in script.env}
        return FileFacts(
            collect.path,
            definitions=tuple(collect.definitions),
            env=(*script.env, *(binding for binding in ambient if binding.name not in used)),
            env_files=tuple(dict.fromkeys([*named.all, *(file for file, _ in files)])),
            raw_env_files=named.raw,
            workloads=tuple(script.workloads),
        )


def _joined(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans of commands: each line is one, unless it ends in a backslash."""
    begin = None
    for start, end in spans:
        begin = start if begin is None else begin
        if not text[start:end].endswith("\\"):
            yield begin, end
            begin = None
    if begin is not None:
        yield begin, end


def _bound(collect: Collector, match: re.Match[str], offset: int) -> list[EnvBinding]:
    group = "inside" if match["quote"] else "value"
    value = match[group].rstrip()
    start = offset + match.start(group)
    name = match["name"]
    spelling = plain(start, start + len(value))
    binding = variable.literal(collect, name, value, spelling, name, rank=_RANK) if value else None
    return [binding] if binding is not None else []
