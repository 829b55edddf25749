"""What is called where no name says it: a function of a table, one of several, a class that is an argument."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from keylint.link.resolve import Names, unwrapped
from keylint.model.facts import Call
from keylint.model.flow import ANY, Choice, Fallback, Fields, Item, Member, Parameter, Reference, Value

_DEEPEST = 16
_MOST_TARGETS = 60
_FIRST = re.compile(r"\[(.*?)\](?=[.\[]|\Z)|\.([^.\[]+)", re.DOTALL)

Target = tuple[str, str]
"""A function: its file and its dotted name."""
Targets = list[tuple[Target, Mapping[str, str]]]
"""With each function what is chosen by calling it (see `keylint.link.rows`)."""


def is_computed(call: Call, bound: Mapping[str, Value]) -> bool:
    """Say whether the last name of a call does not say what it calls, given what names are bound to in its file."""
    if call.callee is not None or call.name.endswith("]") or ")." in call.name:
        return True
    return isinstance(bound.get(call.name), Choice | Item | Member | Fallback)


def named_in(values: Iterable[Value]) -> Iterator[str]:
    """Yield the last names of the functions and classes that may be in values."""
    todo = [(value, 0) for value in values]
    while todo:
        value, depth = todo.pop()
        match unwrapped(value):
            case Reference(name, _, None):
                yield name.rpartition(".")[2]
            case Choice(options) if depth < 4:
                todo += [(option, depth + 1) for option in options]
            case Fallback(first, second) if depth < 4:
                todo += [(first, depth + 1), (second, depth + 1)]
            case Fields(entries) if depth < 4:
                todo += [(entry, depth + 1) for _, entry in entries]


class Callees:
    """The functions that a value can be."""

    def __init__(self, names: Names, given: Callable[[str, Parameter], Iterable[tuple[str, Value]]]) -> None:
        """`given` gives what calls pass for a parameter of a file's function: each with the file of the call."""
        self._names = names
        self._given = given

    def of(self, path: str, call: Call) -> Targets:
        """Return the functions that a call in the file `path` can be one of."""
        value = call.callee if call.callee is not None else Reference(call.name, call.place)
        found: Targets = []
        for each in _Search(self._names, self._given).of(path, value, {}, 0):
            if each not in found and len(found) < _MOST_TARGETS:
                found.append(each)
        return found


class _Search:
    """One search, in which each way leads to another file or function."""

    def __init__(self, names: Names, given: Callable[[str, Parameter], Iterable[tuple[str, Value]]]) -> None:
        self._names = names
        self._given = given
        self._depths: dict[object, int] = {}
        """What was followed, and how deep it was come to."""

    def of(
        self, path: str, value: Value, rows: Mapping[str, str], depth: int
    ) -> Iterator[tuple[Target, Mapping[str, str]]]:
        if depth > _DEEPEST:
            return
        match unwrapped(value):
            case Reference(name, _, None) if self._is_new(rows, depth, path, name):
                targets = self._names.targets(path, name)
                yield from ((target, rows) for target in targets)
                found = self._names.find(path, name) if not targets else None
                if found is not None:
                    yield from self.of(found[0], found[1].value, rows, depth + 1)
            case Item(of, _):
                yield from self._below(path, of, f"[{ANY}]", rows, depth + 1)
            case Member(of, rest):
                yield from self._below(path, of, rest, rows, depth + 1)
            case Choice(options):
                for option in options:
                    yield from self.of(path, option, rows, depth + 1)
            case Fallback(first, second):
                yield from self.of(path, first, rows, depth + 1)
                yield from self.of(path, second, rows, depth + 1)
            case Parameter() as parameter if self._is_new(rows, depth, path, parameter.function, parameter.name):
                for file, given in self._given(path, parameter):
                    yield from self.of(file, given, rows, depth + 1)

    def _below(
        self, path: str, of: Value, rest: str, rows: Mapping[str, str], depth: int
    ) -> Iterator[tuple[Target, Mapping[str, str]]]:
        if depth > _DEEPEST:
            return
        match unwrapped(of):
            case Reference(name, place, _):
                yield from self.of(path, Reference(name + rest, place), rows, depth + 1)
            case Member(outer, before):
                yield from self._below(path, outer, before + rest, rows, depth + 1)
            case Item(outer, _):
                yield from self._below(path, outer, f"[{ANY}]{rest}", rows, depth + 1)
            case Choice(options):
                for option in options:
                    yield from self._below(path, option, rest, rows, depth + 1)
            case Parameter() as parameter if self._is_new(rows, depth, path, parameter.function, parameter.name, rest):
                for file, given in self._given(path, parameter):
                    yield from self._below(file, given, rest, rows, depth + 1)
            case Fields(entries):
                match = _FIRST.match(rest)
                key, after = (match[1] or match[2], rest[match.end() :]) if match is not None else ("", "")
                choice = "|".join(name for name, _ in entries)
                for name, entry in entries:
                    if key in (ANY, name) and rows.get(choice, name) == name:
                        at = {**rows, choice: name} if len(entries) > 1 else rows
                        yield from self.of(path, Member(entry, after) if after else entry, at, depth + 1)

    def _is_new(self, rows: Mapping[str, str], depth: int, *where: str) -> bool:
        """Say whether something was not followed yet from where there is as far to go: the ways to it are many."""
        way = (where, frozenset(rows.items()))
        if self._depths.get(way, _DEEPEST + 1) <= depth:
            return False
        self._depths[way] = depth
        return True
