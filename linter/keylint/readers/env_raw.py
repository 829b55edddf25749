"""A `.env` file as `docker run --env-file` reads it: what stands behind the `=` is the value, quotes and comments too."""

from __future__ import annotations

import re

from keylint.model import Channel, EnvBinding, Literal
from keylint.readers.collect import Collector, plain

LOADER = "docker run --env-file"
# It beats what the image sets.
_RANK = 20
_LINE = re.compile(r"[^\r\n]+")
_ASSIGNMENT = re.compile(r"\s*(?P<name>[^=#\s][^=\s]*)=(?P<value>.*)", re.DOTALL)


def bindings(collect: Collector) -> tuple[EnvBinding, ...]:
    """Return the variables that a container gets. A line that docker refuses sets none."""
    found = []
    for line in _LINE.finditer(collect.text, 1 if collect.text.startswith("\ufeff") else 0):
        match = _ASSIGNMENT.fullmatch(line[0])
        if match is None:
            continue
        start, end = (line.start() + offset for offset in match.span("value"))
        name = match["name"]
        whole = collect.define(match["value"], plain(start, end), label=name, env=name, loader=LOADER)
        found.append(EnvBinding(name, Literal(whole), whole.place, Channel.DOCKERFILE, collect.environment, _RANK))
    return tuple(found)
