"""Jupyter notebooks: code cells as one Python module in order, outputs and prose as text. Places count within a cell."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from keylint.model import (
    Channel,
    Definition,
    EnvBinding,
    FileFacts,
    Literal,
    Place,
    Role,
    Secret,
    Within,
)
from keylint.readers._pysyntax import UnparsableError, parses
from keylint.readers.interface import Interest, Lines
from keylint.readers.python import read_module

_ENV = re.compile(r"[ \t]*%(?:set_)?env[ \t]+([A-Za-z_]\w*)(?:[ \t]*=[ \t]*|[ \t]+)([^\r\n]*)", re.MULTILINE)
# What IPython takes for itself at the start of a line: magics, shell commands, help.
_MAGIC = re.compile(r"^([ \t]*)(?:[%!?]|[^\W\d]\w*[ \t]*=[ \t]*[%!]|[\w.]+\?{1,2}[ \t]*$)[^\r\n]*", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)[^\r\n]*")
_NO_LINE_END = re.compile(r"[^\r\n]")
_PYTHON_MAGICS = frozenset({"time", "timeit", "capture", "prun", "debug", "python", "python3"})
_MAX_OUTPUT = 2_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: `number` counts from 1, `kind` is `code`, `markdown` or `raw`."""

    number: int
    kind: str
    source: str
    outputs: tuple[str, ...]


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Return the facts of a notebook (nbformat 3 and 4); broken JSON is said in `FileFacts.problem`."""
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return FileFacts(path, problem=f"line {error.lineno}: not JSON")
    except (RecursionError, ValueError):
        return FileFacts(path, problem="line 1: not JSON")
    cells = list(_cells(document))
    if not cells and not _is_notebook(document):
        return FileFacts(path, problem="line 1: not a notebook")
    facts, problem = _code([cell for cell in cells if cell.kind == "code"], path, interest, environment)
    definitions = [*facts.definitions]
    env = [*facts.env]
    for cell in cells:
        if cell.kind == "code":
            for binding, found in _magic_env(cell, path, interest, environment):
                env.append(binding)
                definitions.extend(found)
        else:
            definitions.extend(_texts(cell.source, cell, path, interest, environment, role=Role.COMMENT))
        for output in cell.outputs:
            definitions.extend(_texts(output, cell, path, interest, environment, Channel.NOTEBOOK_OUTPUT))
    return replace(facts, definitions=tuple(definitions), env=tuple(env), problem=problem)


def cells_of(text: str) -> list[Cell]:
    """Return the cells of a notebook; none where it cannot be read."""
    try:
        document = json.loads(text.removeprefix("\ufeff"))
    except (RecursionError, ValueError):
        return []
    return list(_cells(document))


def cell_source(text: str, number: int) -> str:
    """Return what is written in a cell of a notebook; empty where there is no such cell."""
    return next((cell.source for cell in cells_of(text) if cell.number == number), "")


# The document


def _is_notebook(document: object) -> bool:
    return isinstance(document, dict) and ("nbformat" in document or "cells" in document or "worksheets" in document)


def _cells(document: object) -> Iterator[Cell]:
    if not isinstance(document, dict):
        return
    sheets = document.get("worksheets")
    sources = [document, *(sheets if isinstance(sheets, list) else [])]
    number = 0
    for sheet in sources:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            number += 1
            if isinstance(cell, dict):
                source = _text(cell.get("source", cell.get("input")))
                outputs = cell.get("outputs")
                texts = [t for output in (outputs if isinstance(outputs, list) else []) for t in _output(output)]
                kind = cell.get("cell_type")
                yield Cell(number, kind if isinstance(kind, str) else "raw", source, tuple(texts))


def _text(value: object) -> str:
    """Return a multi-line string, which is kept as one string or as a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return ""


def _output(output: object) -> Iterator[str]:
    if not isinstance(output, dict):
        return
    for key in ("text", "html", "json", "latex", "evalue"):
        yield _text(output.get(key))
    traceback = output.get("traceback")
    if isinstance(traceback, list):
        yield "\n".join(part for part in traceback if isinstance(part, str))
    data = output.get("data")
    for kind, value in data.items() if isinstance(data, dict) else ():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            yield _text(value) if isinstance(value, str | list) else json.dumps(value)


# Code


def _code(cells: list[Cell], path: str, interest: Interest, environment: str | None) -> tuple[FileFacts, str | None]:
    sources = [python_of(cell.source) for cell in cells]
    problem: str | None = None
    try:
        facts = _module(cells, sources, path, interest, environment, apart=True)
    except UnparsableError:
        # A cell that does not parse must not hide the others.
        broken = [index for index, source in enumerate(sources) if not parses(source)]
        sources = ["" if index in broken else source for index, source in enumerate(sources)]
        if broken:
            problem = f"cell {', '.join(str(cells[index].number) for index in broken[:5])}: invalid syntax"
        try:
            facts = _module(cells, sources, path, interest, environment)
        except UnparsableError as error:
            facts, problem = FileFacts(path), str(error)
            sources = [""] * len(cells)
    texts = [
        definition
        for cell, source in zip(cells, sources, strict=True)
        for definition in _texts(not_python(cell.source, source), cell, path, interest, environment)
    ]
    return replace(facts, definitions=(*facts.definitions, *texts)), problem


def _module(
    cells: list[Cell],
    sources: list[str],
    path: str,
    interest: Interest,
    environment: str | None,
    *,
    apart: bool = False,
) -> FileFacts:
    """Read the cells as one module. `apart`: refuse a statement that begins in one cell and ends in another."""
    starts: list[int] = []
    at = 0
    for source in sources:
        starts.append(at)
        at += len(source) + 1
    lines = [Lines(source) for source in sources]

    def locate(start: int, end: int) -> Place:
        index = max(0, bisect_right(starts, start) - 1)
        first = min(start - starts[index], len(sources[index]))
        last = min(end - starts[index], len(sources[index]))
        return replace(lines[index].place(path, first, last), cell=cells[index].number)

    text = "".join(f"{source}\n" for source in sources)
    return read_module(text, path, interest, environment, Channel.NOTEBOOK, locate, starts if apart else ())


def python_of(source: str) -> str:
    """Return a cell's source with everything that is not Python blanked; every character keeps its place."""
    magic = _CELL_MAGIC.match(source)
    if magic is not None:
        if magic[1] not in _PYTHON_MAGICS:
            return ""
        source = _NO_LINE_END.sub(" ", magic[0]) + source[magic.end() :]
    if _MAGIC.search(source) is None or parses(source):
        return source
    blanked = _MAGIC.sub(lambda match: " " * len(match[0]), source)
    # A block must not lose its only statement.
    return (
        blanked if parses(blanked) else _MAGIC.sub(lambda match: match[1] + "0".ljust(len(match[0].lstrip())), source)
    )


def not_python(source: str, python: str) -> str:
    """Return a cell's source with its Python and its `%env` lines blanked; every character keeps its place."""
    lines = []
    at = 0
    for line in source.splitlines(keepends=True):
        same = python[at : at + len(line)] == line
        at += len(line)
        lines.append(_NO_LINE_END.sub(" ", line) if same or _ENV.match(line) else line)
    return "".join(lines)


# Text


def _magic_env(
    cell: Cell, path: str, interest: Interest, environment: str | None
) -> Iterator[tuple[EnvBinding, list[Definition]]]:
    lines = Lines(cell.source)
    for match in _ENV.finditer(cell.source):
        name, value = match[1], match[2]
        if not value:
            continue
        start = match.start(2)

        def define(first: int, last: int, within: Within, name: str = name, start: int = start) -> Definition:
            place = replace(lines.place(path, start + first, start + last), cell=cell.number)
            secret = Secret(cell.source[start + first : start + last])
            return Definition(
                place, secret, Channel.NOTEBOOK, name=name, environment=environment, within=within, env=name
            )

        found = [define(f.start, f.end, f.within) for f in interest.spans(name, value)]
        whole = next((d for d in found if len(d.secret) == len(value)), None) or define(0, len(value), Within.WHOLE)
        binding = EnvBinding(name, Literal(whole), whole.place, Channel.NOTEBOOK, environment, rank=50)
        yield binding, found


def _texts(
    text: str,
    cell: Cell,
    path: str,
    interest: Interest,
    environment: str | None,
    channel: Channel = Channel.NOTEBOOK,
    role: Role = Role.PLAIN,
) -> Iterator[Definition]:
    if not text or len(text) > _MAX_OUTPUT:
        return
    lines = Lines(text)
    for found in interest.spans(None, text):
        within = Within.TEXT if found.within is Within.WHOLE else found.within
        yield Definition(
            place=replace(lines.place(path, found.start, found.end), cell=cell.number),
            secret=Secret(text[found.start : found.end]),
            channel=channel,
            environment=environment,
            within=within,
            role=role,
        )
