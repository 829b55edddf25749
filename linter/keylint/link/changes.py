"""What functions make of a text: the text that comes out, and where in the file it stands."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from keylint.model.definition import Definition
from keylint.model.flow import ANY
from keylint.model.place import Place
from keylint.model.secret import Secret

_LONGEST = 200_000
_DEEPEST_JSON = 100
_MOST_PARTS = 20
_UNSAFE_BASE64 = str.maketrans("-_", "+/")
Argument = str | int | None


def changed(definition: Definition, how: str, arguments: Sequence[Argument]) -> Definition | None:
    """Return what a function makes of a value, `None` where that is no text or not known."""
    text = changed_text(definition.secret.reveal(), how, arguments)
    return part_of(definition, text) if text is not None else None


def parts(definition: Definition, how: str, arguments: Sequence[Argument]) -> list[Definition]:
    """Return what a function makes of a value; where any part of it can be taken, each of them."""
    if ANY not in arguments:
        made = changed(definition, how, arguments)
        return [made] if made is not None else []
    if how == "loads":
        keys = tuple(_any_keys(definition.secret.reveal(), arguments))
    else:
        keys = tuple((*arguments[:-1], index) for index in range(_MOST_PARTS)) if how in PIECES else ()
    found = (changed(definition, how, each) for each in keys)
    return [part for part in found if part is not None]


def _any_keys(value: str, arguments: Sequence[Argument]) -> list[tuple[Argument, ...]]:
    """Return the keys, in a JSON document, that arguments stand for of which some are any."""
    found: list[tuple[Argument, ...]] = [()]
    for argument in arguments:
        if argument == ANY:
            found = [(*keys, each) for keys in found for each in _keys_below(value, keys)][:_MOST_PARTS]
        else:
            found = [(*keys, argument) for keys in found]
    return found


def _keys_below(value: str, keys: Sequence[Argument]) -> Sequence[Argument]:
    try:
        below = _from_json(value, *keys)
    except (ValueError, TypeError, LookupError, RecursionError):
        return ()
    return (
        list(below)[:_MOST_PARTS] if isinstance(below, dict) else range(len(below)) if isinstance(below, list) else ()
    )


def changed_text(value: str, how: str, arguments: Sequence[Argument]) -> str | None:
    """Return what a function makes of a text, `None` where that is no text or not known."""
    function = _FUNCTIONS.get(how)
    if function is None or len(value) > _LONGEST:
        return None
    try:
        text = function(value, *arguments)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return text if isinstance(text, str) and len(text) <= _LONGEST else None


def part_of(definition: Definition, text: str) -> Definition:
    """Return a definition of `text`, at its own place where it is one part of the value as the file spells it."""
    value = definition.secret.reveal()
    if text == value:
        return definition
    at = value.find(text) if text else -1
    if not definition.contiguous or at < 0 or value.find(text, at + 1) >= 0:
        return replace(definition, secret=Secret(text), contiguous=False)
    place = definition.place
    start = _moved(place.line, place.column, value[:at])
    end = _moved(*start, text)
    return replace(definition, secret=Secret(text), place=Place(place.path, *start, *end, place.cell))


def _moved(line: int, column: int, passed: str) -> tuple[int, int]:
    lines = passed.split("\n")
    return (line, column + len(passed)) if len(lines) == 1 else (line + len(lines) - 1, 1 + len(lines[-1]))


def _split(value: str, separator: Argument, most: Argument, index: int) -> str:
    return value.split(_text(separator), _number(most))[index]


def _rsplit(value: str, separator: Argument, most: Argument, index: int) -> str:
    return value.rsplit(_text(separator), _number(most))[index]


def _text(argument: Argument) -> str | None:
    return argument if isinstance(argument, str) else None


def _number(argument: Argument) -> int:
    return argument if isinstance(argument, int) else -1


def _slice(value: str, start: int | None, stop: int | None, step: int | None = None) -> str:
    return value[start:stop:step]


def _decoded(value: str) -> str:
    """Decode base64 as `b64decode` and `urlsafe_b64decode` do: other characters are skipped, padding has to be there."""
    return base64.b64decode(value.translate(_UNSAFE_BASE64)).decode("utf-8")


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode("ascii")


def _from_json(value: str, *keys: Argument) -> Any:
    if value.count("[") + value.count("{") > _DEEPEST_JSON * 10:
        return None
    found = json.loads(value)
    for key in keys:
        if isinstance(found, list) and isinstance(key, str):
            key = int(key)
        found = found[key]
    return found


def _prefixed(value: str) -> Any:
    """Return what Flask makes of a variable: what it is as JSON, else its text."""
    try:
        return _from_json(value)
    except ValueError:
        return value


def _line(value: str, index: int) -> str:
    """Return a line as a file object gives it, with its end."""
    return value.splitlines(keepends=True)[index]


def _replaced(value: str, old: str, new: str) -> str:
    if len(value) + value.count(old) * len(new) > _LONGEST:
        raise ValueError(old)
    return value.replace(old, new)


def _substituted(value: str, pattern: str, new: str) -> str:
    """Replace what a character class matches: other patterns can take any time."""
    if not _CHARACTERS.fullmatch(pattern) or "\\" in new or len(value) * len(new) > _LONGEST:
        raise ValueError(pattern)
    return re.sub(pattern, new, value)


_CHARACTERS = re.compile(r"(?:\\[sdwSDW]|\[\^?[\w\\\s.:/+=-]{1,40}\])\+?")

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "split": _split,
    "rsplit": _rsplit,
    "partition": lambda value, separator, index: value.partition(separator)[index],
    "rpartition": lambda value, separator, index: value.rpartition(separator)[index],
    "splitlines": lambda value, index: value.splitlines()[index],
    "lines": _line,
    "replace": _replaced,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "sub": _substituted,
    "slice": _slice,
    "b64decode": _decoded,
    "b64encode": _encoded,
    "loads": _from_json,
    "from_prefixed_env": _prefixed,
}
PIECES = frozenset({"split", "rsplit", "partition", "rpartition", "splitlines", "lines"})
"""Functions whose result is a list: the index of the part that is taken is their last argument."""
