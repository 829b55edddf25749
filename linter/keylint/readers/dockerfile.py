"""Dockerfiles: `ENV` and `ARG`, and the command lines of `RUN`, `CMD` and `ENTRYPOINT`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keylint.model import Channel, EnvBinding, FileFacts, Role
from keylint.readers import command, variable
from keylint.readers.collect import Collector, plain, spelled
from keylint.readers.interface import Interest

# What an image sets is overridden by whoever runs it.
_RANK = 10
_MOST_CHARACTERS = 1_000_000
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+")
_CONTINUED = re.compile(r"[\\`][ \t]*\r?\n?\Z")
_HEREDOC = re.compile(r"<<-?[\"']?([A-Za-z_]\w*)")
_PAIR = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]*)=(?P<value>(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\\(?:\r\n|.)|[^\s\"'\\])*)", re.DOTALL
)
_OLD_FORM = re.compile(r"(?P<name>[A-Za-z_]\w*)[ \t]+(?P<value>[^\r\n]*?)[ \t]*(?:\r?\n|\Z)")
_TOKEN = re.compile(r"\\(?:\r\n|\n)|\\.|[^\\\"']+|[\"']|\\", re.DOTALL)


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a Dockerfile. What `ENV` sets stays set in every container of the image."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 1 MB: matched as text")
    collect = Collector(text, path, interest, Channel.DOCKERFILE, environment)
    env: list[EnvBinding] = []
    for start, end, comment in _instructions(text):
        if comment:
            collect.free(start, end, Role.COMMENT)
            continue
        head = _INSTRUCTION.match(text, start, end)
        name = head[1].upper() if head is not None else ""
        at = head.end() if head is not None else start
        if name in ("ENV", "ARG", "LABEL"):
            env += _pairs(collect, name, at, end)
        else:
            command.gather(collect, text[at:end], plain(at, end), name)
    return FileFacts(path, definitions=tuple(collect.definitions), env=tuple(env))


def _instructions(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the spans of instructions, with their continuation lines and here-documents, and of comments (`True`)."""
    start = -1
    waiting: str | None = None
    for match in _LINE.finditer(text, 1 if text.startswith("\ufeff") else 0):
        line = match[0]
        if waiting is not None:
            if line.strip() != waiting:
                continue
            waiting = None
            yield start, match.end(), False
            start = -1
        elif line.lstrip().startswith("#"):
            yield match.start(), match.start() + len(line.rstrip("\r\n")), True
        elif start >= 0 or line.strip():
            start = match.start() if start < 0 else start
            heredoc = _HEREDOC.search(line)
            if heredoc is not None:
                waiting = heredoc[1]
            elif _CONTINUED.search(line) is None:
                yield start, match.end(), False
                start = -1
    if start >= 0:
        yield start, len(text), False


def _pairs(collect: Collector, instruction: str, start: int, end: int) -> Iterator[EnvBinding]:
    """Yield what `ENV` binds; an `ARG` is gone when the image runs."""
    text = collect.text
    first = _PAIR.match(text, start, end)
    matches = _PAIR.finditer(text, start, end) if first is not None else _OLD_FORM.finditer(text, start, end)
    for match in matches:
        left, right = match.span("value")
        if text[left : left + 1] in ("'", '"') and text[right - 1] == text[left] and right - left > 1:
            left, right = left + 1, right - 1
        tokens = [(_meaning(m[0]), *m.span()) for m in _TOKEN.finditer(text, left, right)]
        value = "".join(token[0] for token in tokens)
        name = match["name"]
        label = f"{instruction}.{name}"
        binding = variable.literal(
            collect,
            name,
            value,
            spelled(value, left, right, tokens) if tokens else plain(left, right),
            label,
            rank=_RANK,
        )
        if binding is not None and instruction == "ENV":
            # An empty variable is a note for whoever runs the image.
            yield binding if value else replace(binding, value=variable.OUTSIDE)


def _meaning(token: str) -> str:
    if token[0] == "\\" and len(token) > 1:
        return "" if token[1] in "\r\n" else token[1]
    return "" if token in ("'", '"') else token
