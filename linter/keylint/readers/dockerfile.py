"""Dockerfiles: `ENV` and `ARG`, and the command lines of `RUN`, `CMD` and `ENTRYPOINT`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keylint.model import Channel, EnvBinding, FileFacts, Role, Workload
from keylint.readers import command, shell, variable
from keylint.readers.collect import Collector, plain, spelled
from keylint.readers.interface import Interest
from keylint.readers.starts import Runs

_FROM = re.compile(r"(?:--\S+[ \t]+)*(?P<base>\S+)(?:[ \t]+AS[ \t]+(?P<name>[\w.-]+))?", re.IGNORECASE)
_COPIED = re.compile(r"(?!.*--from=)(?:--\S+[ \t]+)*[\[\" \t]*([\w./-]+)", re.IGNORECASE)
_EXEC_FORM = re.compile(r"\[(.*)\]", re.DOTALL)
_STRING = re.compile(r"\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_UNESCAPED = re.compile(r"\\(.)", re.DOTALL)
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
    stages = [_Stage("image")]
    for start, end, comment in _instructions(text):
        if comment:
            collect.free(start, end, Role.COMMENT)
            continue
        head = _INSTRUCTION.match(text, start, end)
        name = head[1].upper() if head is not None else ""
        at = head.end() if head is not None else start
        stage = stages[-1]
        if name in ("ENV", "ARG", "LABEL"):
            stage.env += _pairs(collect, name, at, end)
            continue
        command.gather(collect, text[at:end], plain(at, end), name)
        if name == "FROM" and (match := _FROM.match(text, at, end)) is not None:
            base = next((s for s in stages if s.name == match["base"].lower()), None)
            stages.append(_Stage((match["name"] or "image").lower(), base))
        elif name in ("CMD", "ENTRYPOINT"):
            stage.programs[name] = text[at:end]
        elif name in ("COPY", "ADD") and (copied := _COPIED.match(text, at, end)) is not None:
            stage.copied.append(copied[1].rstrip("/"))
    return FileFacts(
        path,
        definitions=tuple(collect.definitions),
        env=tuple(_set(stages)),
        workloads=tuple(map(_workload, stages[1:])),
    )


class _Stage:
    """A stage of an image, with what the stages that it is based on have."""

    def __init__(self, name: str, base: _Stage | None = None) -> None:
        self.name = name
        self.base = base
        self.env: list[EnvBinding] = list(base.env) if base is not None else []
        self.programs: dict[str, str] = dict(base.programs) if base is not None else {}
        self.copied: list[str] = list(base.copied) if base is not None else []
        self.starts = False

    @property
    def runs(self) -> Runs:
        """What a container of it starts."""
        values: list[str] = []
        for name in ("ENTRYPOINT", "CMD"):
            written = self.programs.get(name, "").strip()
            match = _EXEC_FORM.fullmatch(written)
            if match is None and written:
                return shell.runs(f"{' '.join(values)} {written}")
            values += [_UNESCAPED.sub(r"\1", word) for word in _STRING.findall(match[1])] if match is not None else []
        return shell.words_run(values) if values else None


def _workload(stage: _Stage) -> Workload:
    return Workload(
        stage.name, stage.runs, directories=tuple(dict.fromkeys(d for d in stage.copied if d not in (".", "")))
    )


def _set(stages: list[_Stage]) -> Iterator[EnvBinding]:
    """Yield what is set in the last stage, and in those that others run: a stage for building is none of them."""
    for stage in stages:
        own = stage.base is None or stage.programs != stage.base.programs
        if stage is stages[-1] or (stage.programs and own):
            workload = stage.name if stage is not stages[0] else None
            yield from (replace(binding, workload=workload) for binding in stage.env)


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
