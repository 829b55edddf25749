"""Facts <-> bytes, for the result cache: a table of rows, in which what stands in several places is written once.

A row is `[class, field, …]` or `[kind of collection, item, …]`. A field is a plain value, or `[number]` for an earlier row. The
table is read from front to back without recursion, and holds nothing but values of `keylint.model`: no code is named in it.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from keylint.model import Confidence, FileFacts, Secret, definition, facts, flow, judgement, place, use

_TUPLE, _SET, _SECRET = 0, 1, 2
_MODEL = [
    value
    for module in (facts, flow, definition, use, judgement, place)
    for _, value in sorted(vars(module).items())
    if isinstance(value, type) and value.__module__ == module.__name__
]
_ENUMS: tuple[type[Enum], ...] = (Confidence, *(each for each in _MODEL if issubclass(each, Enum)))
_CLASSES: tuple[type[Any], ...] = tuple(each for each in _MODEL if is_dataclass(each))
_FIRST_ENUM = 3
_FIRST_CLASS = _FIRST_ENUM + len(_ENUMS)
_ENUM_TAGS = {each: _FIRST_ENUM + number for number, each in enumerate(_ENUMS)}
_CLASS_TAGS = {each: _FIRST_CLASS + number for number, each in enumerate(_CLASSES)}
_FIELDS = {each: tuple(field.name for field in fields(each)) for each in _CLASSES}
_PLAIN = (str, int, bool, type(None))


def encode(value: FileFacts) -> bytes | None:
    """Return a file's facts as bytes; `None` where they hold what has no place in the table."""
    rows: list[list[Any]] = []
    numbers: dict[int, int] = {}
    pending: list[Any] = [value]
    while pending:
        item = pending[-1]
        parts = _parts(item)
        if parts is None:
            return None
        missing = [part for part in parts if type(part) not in _PLAIN and id(part) not in numbers]
        if missing and id(item) not in numbers:
            pending += missing
            continue
        pending.pop()
        if id(item) not in numbers:
            numbers[id(item)] = len(rows)
            rows.append([_tag(item), *(p if type(p) in _PLAIN else [numbers[id(p)]] for p in parts)])
    return json.dumps(rows, separators=(",", ":")).encode()


def decode(data: bytes) -> FileFacts:
    """Return the facts that `encode` wrote.

    Raises:
        ValueError, LookupError, TypeError: it did not.
    """
    made: list[Any] = []
    for tag, *row in json.loads(data):
        parts = [made[part[0]] if type(part) is list else part for part in row]
        made.append(_made(tag, parts))
    result = made[-1]
    if not isinstance(result, FileFacts):
        raise TypeError("no facts")
    return result


def _tag(item: Any) -> int:
    kind = type(item)
    if kind in (tuple, frozenset, Secret):
        return _TUPLE if kind is tuple else _SET if kind is frozenset else _SECRET
    return _CLASS_TAGS[kind] if kind in _CLASS_TAGS else _ENUM_TAGS[kind]


def _parts(item: Any) -> Any:
    """Return what a row consists of; `None` for a value of no known class."""
    kind = type(item)
    if kind in _FIELDS:
        return [getattr(item, name) for name in _FIELDS[kind]]
    if kind is tuple:
        return item
    if kind is frozenset:
        return sorted(item)
    if kind is Secret:
        return (item.reveal(), item.masked)
    return (item.value,) if kind in _ENUM_TAGS else None


def _made(tag: int, parts: list[Any]) -> Any:
    if tag >= _FIRST_CLASS:
        return _CLASSES[tag - _FIRST_CLASS](*parts)
    if tag >= _FIRST_ENUM:
        return _ENUMS[tag - _FIRST_ENUM](parts[0])
    return tuple(parts) if tag == _TUPLE else frozenset(parts) if tag == _SET else Secret(*parts)
