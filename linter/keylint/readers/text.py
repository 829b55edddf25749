"""Every other file, line by line: scripts, Dockerfiles, documentation, logs, unknown syntax."""

from __future__ import annotations

import re

from keylint.model import Channel, FileFacts
from keylint.readers import assigns_values
from keylint.readers.collect import Collector, plain
from keylint.readers.interface import Interest

# Files whose lines assign variables that a process gets. In prose, `API_KEY=your-key` is only an explanation.
_ASSIGNING = re.compile(
    r"(?:\A|/)(?:Dockerfile|Containerfile|Makefile|Procfile|Jenkinsfile|\.(?:bash|zsh)[^/]*|\.profile)(?:\.[^/]*)?\Z"
    r"|\.(?:sh|bash|zsh|ksh|fish|ps1|bat|cmd|tfvars|mk|dockerfile|service)\Z",
    re.IGNORECASE,
)
_ASSIGNMENT = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z_][A-Za-z0-9_]{2,99})[ \t]{0,9}=[ \t]{0,9}"
    r"(?:\"(?P<double>[^\"\\\r\n]{1,4096})\"|'(?P<single>[^'\r\n]{1,4096})'|(?P<bare>[^\s\"'`;|&<>()]{1,4096}))"
)
# A value of key characters with a digit, bound to a name: `apiKey: "…"`, `key := …`, `--api-key …`.
_BOUND = re.compile(
    r"(?:--(?P<flag>[A-Za-z_][\w-]{2,99}+)[ =]|(?<![\w.-])(?P<name>[A-Za-z_][\w-]{2,99}+)[\"']?\]?[ \t]{0,9}(?::=|=>|[:=]))"
    r"[ \t]{0,9}[\"']?(?P<value>(?=[^\d\s]{0,60}\d)[A-Za-z0-9+/=_.:|~-]{16,4096}+)"
)


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Search a file as text; names are the identifiers directly in front of what was found."""
    collect = Collector(text, path, interest, Channel.TEXT, environment)
    search(collect)
    return FileFacts(path, definitions=tuple(collect.definitions))


def search(collect: Collector) -> None:
    """Gather what a text holds, and sort all that is gathered."""
    collect.free(0, len(collect.text))
    if _ASSIGNING.search(collect.path):
        _assignments(collect)
    if assigns_values(collect.path):
        _bound(collect)
    collect.definitions.sort(key=lambda definition: definition.place)


def _assignments(collect: Collector) -> None:
    """Gather the values that only their variable's name makes interesting; the others are found already."""
    for match in _ASSIGNMENT.finditer(collect.text):
        name, group = match["name"], match.lastgroup or "bare"
        value, (start, end) = match[group], match.span(group)
        if ("$" in value and group != "single") or collect.interest.spans(None, value):
            continue
        collect.value(name, value, lambda s=start, e=end: plain(s, e), lambda n=name: n, env=name)  # type: ignore[misc]


def _bound(collect: Collector) -> None:
    """Gather what stands behind a name in code, where only the name makes it interesting."""
    known = {definition.place for definition in collect.definitions}
    for match in _BOUND.finditer(collect.text):
        name, value, (start, end) = match["flag"] or match["name"], match["value"], match.span("value")
        if collect.place(start, end) not in known and not collect.interest.spans(None, value):
            collect.value(name, value, lambda s=start, e=end: plain(s, e), lambda n=name: n)  # type: ignore[misc]
