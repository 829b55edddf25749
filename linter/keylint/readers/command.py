"""Command lines: keys among the arguments, variables that are set for a command, and the files that it takes more from."""

from __future__ import annotations

import re
from typing import NamedTuple

from keylint.model import EnvBinding, Literal, Within
from keylint.readers.collect import Collector, Spelling, name_before
from keylint.readers.interface import Found

# `export NAME=value`, and `NAME=value` where a command may begin.
ASSIGNMENT = re.compile(
    r"(?:(?<![^\s;&|(\"'`@])|\b(?:export|set|env|setenv)[ \t]+|-e[ \t]*)(?P<name>[A-Za-z_][A-Za-z0-9_]{2,99})="
    r"(?:\"(?P<double>[^\"\\\r\n$`]{1,4096})\"|'(?P<single>[^'\r\n]{1,4096})'|(?P<bare>[^\s\"'`;|&<>()$]{1,4096}))"
)
_MOST_CHARACTERS = 1_000_000
# What is set for one command beats what its surroundings set.
_RANK = 50
_ENV_FILE = re.compile(r"--env-file(?:=|[ \t]+)[\"']?([^\s\"';|&\\]{1,500})")
# docker and its kin hand on what stands behind the `=`; compose and all others parse it.
_RAW = re.compile(r"\b(?:docker|podman|nerdctl)[ \t]+(?:container[ \t]+)?(?:run|create|exec)\b")
_BREAK = re.compile(r"(?<!\\)\r?\n|&&|;|\|")
_BEFORE = 2_000


class EnvFiles(NamedTuple):
    """The files that commands take variables from, as written."""

    all: tuple[str, ...]
    raw: tuple[str, ...]
    """Those whose lines `docker run --env-file` reads: quotes and comments are part of the values."""


def env_files(text: str) -> EnvFiles:
    """Return the files that the commands in a text name with `--env-file`."""
    found: dict[str, bool] = {}
    for match in _ENV_FILE.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        breaks = [b.end() for b in _BREAK.finditer(before)]
        is_raw = _RAW.search(before, breaks[-1] if breaks else 0) is not None
        found[match[1]] = found.get(match[1], False) or is_raw
    return EnvFiles(tuple(found), tuple(path for path, is_raw in found.items() if is_raw))


def gather(collect: Collector, text: str, spelling: Spelling, label: str) -> list[EnvBinding]:
    """Gather the keys of a command or script, and return the variables that it sets.

    A name directly in front of a key becomes part of its label.
    """
    if len(text) > _MOST_CHARACTERS:
        return []
    env: list[EnvBinding] = []
    seen: list[tuple[int, int]] = []
    for match in ASSIGNMENT.finditer(text):
        start, end = match.span(match.lastgroup or "bare")
        name = match["name"]
        bound = _part(collect, text, start, end, spelling, f"{label}.{name}" if label else name, name)
        if bound is not None:
            env.append(bound)
            seen.append((start, end))
    for found in collect.interest.spans(None, text):
        if any(found.start < end and start < found.end for start, end in seen):
            continue
        name = name_before(text, found.start) or ""
        shown = ".".join(part for part in (label, name) if part)
        within = found.within if found.within is Within.URL else Within.COMMAND
        part = Found(found.start, found.end, within)
        collect.definitions.append(collect.define(text, spelling, part, label=shown or None))
    return env


def _part(
    collect: Collector, text: str, start: int, end: int, spelling: Spelling, label: str, env: str
) -> EnvBinding | None:
    """Gather what is of interest in one assigned value, and bind it if there is anything."""
    value = text[start:end]
    parts = Spelling([(end - start, *spelling.span(start, end))])
    if not collect.value(env, value, lambda: parts, lambda: label, env=env, within=Within.COMMAND):
        return None
    whole = collect.define(value, parts, Found(0, len(value), Within.COMMAND), label=label, env=env)
    return EnvBinding(env, Literal(whole), whole.place, collect.channel, collect.environment, _RANK)
