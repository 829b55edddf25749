"""YAML as a tree of texts that know where they stand. Nothing is constructed: no tags, no anchors, no types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MAX_DEPTH = 8
MAX_EVENTS = 1_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML does not allow, and the line ends that only YAML knows: with them, its line numbers are nobody else's.
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

Position = tuple[int, int]
"""0-based line and column."""


class YamlTextError(Exception):
    """The text is not such YAML. `line` is 1-based."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, repr=False)
class Scalar:
    """A text. `plain`: written without quotes; `block`: a `|` or `>` block, which ends where the next line starts."""

    text: str
    plain: bool
    block: bool
    start: Position
    end: Position

    @property
    def null(self) -> bool:
        """Whether it stands for nothing."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True, repr=False)
class Mapping:
    """Keys and values in order; no key occurs twice. `end` is where its last content ends, comments excluded."""

    items: tuple[tuple[Scalar, Node], ...]
    flow: bool
    start: Position
    end: Position
    block: bool = False
    """Whether the last content is a block scalar."""


@dataclass(frozen=True, slots=True, repr=False)
class Sequence:
    """Values in order."""

    items: tuple[Node, ...]
    flow: bool
    start: Position
    end: Position
    block: bool = False


Node = Scalar | Mapping | Sequence


def parse(text: str) -> Node:
    """Return the one document of `text`.

    Raises:
        YamlTextError: the text is not YAML, is empty, is nested too deep, or uses anchors, aliases, tags or several documents.
    """
    bad = UNREADABLE.search(text)
    if bad is not None:
        raise YamlTextError(text.count("\n", 0, bad.start()) + 1, f"contains the character U+{ord(bad[0]):04X}")
    try:
        return _Tree(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlTextError(mark.line + 1 if mark else 1, f"not YAML: {_problem(error)}") from None
    except yaml.YAMLError:
        raise YamlTextError(1, "not YAML") from None


def _problem(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's words, unless they quote the text."""
    problem = error.problem or error.context or ""
    return problem if problem and not any(quote in problem for quote in "'\"") else "it cannot be parsed here"


class _Tree:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._left = MAX_EVENTS

    def document(self) -> Node:
        self._next()  # stream start
        first = self._next()
        if isinstance(first, yaml.StreamEndEvent):
            raise YamlTextError(1, "is empty")
        root = self._node(self._next(), MAX_DEPTH)
        self._next()  # document end
        more = self._next()
        if not isinstance(more, yaml.StreamEndEvent):
            raise YamlTextError(_line(more), "a second document starts here")
        return root

    def _next(self) -> Any:
        self._left -= 1
        event = next(self._events)
        if self._left < 0:
            raise YamlTextError(_line(event), f"more than {MAX_EVENTS:,} YAML elements")
        return event

    def _node(self, event: Any, depth: int) -> Node:
        if depth == 0:
            raise YamlTextError(_line(event), "nested too deep")
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise YamlTextError(_line(event), "anchors and aliases are not used here")
        if event.tag is not None and event.tag != "!":
            raise YamlTextError(_line(event), "tags are not used here")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, event.implicit[0], event.style in ("|", ">"), _at(event), _end(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth)
        return self._mapping(event, depth)

    def _sequence(self, start: Any, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth - 1))
        flow = bool(start.flow_style)
        end, block = _content_end(start, event, flow, items[-1] if items else None)
        return Sequence(tuple(items), flow, _at(start), end, block)

    def _mapping(self, start: Any, depth: int) -> Mapping:
        items: list[tuple[Scalar, Node]] = []
        seen: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth - 1)
            if not isinstance(key, Scalar):
                raise YamlTextError(_line(event), "a field's name is a word")
            if key.text in seen:
                raise YamlTextError(_line(event), "the field is given twice")
            seen.add(key.text)
            items.append((key, self._node(self._next(), depth - 1)))
        flow = bool(start.flow_style)
        end, block = _content_end(start, event, flow, items[-1][1] if items else None)
        return Mapping(tuple(items), flow, _at(start), end, block)


def _content_end(start: Any, end: Any, flow: bool, last: Node | None) -> tuple[Position, bool]:
    """Return where a collection's own text ends; the parser lets a block run on over comments to the next token."""
    if flow or last is None:
        return _end(end if flow else start), False
    return last.end, last.block


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _at(event: Any) -> Position:
    return event.start_mark.line, event.start_mark.column


def _end(event: Any) -> Position:
    return event.end_mark.line, event.end_mark.column
