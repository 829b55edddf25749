"""A value on its way to a use, and the point from which it is looked at."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Literal as OneOf
from typing import NamedTuple

from keylint.model.definition import Channel, Definition
from keylint.model.flow import Arguments
from keylint.model.place import Place, Step

Why = OneOf["missing", "none", "empty", "opaque", "works-without"]


class Frame(NamedTuple):
    """What a function was called with, and the point that it was called from."""

    arguments: Arguments
    caller: Where
    place: Place


class Where(NamedTuple):
    """The point from which a value is looked at."""

    using: str
    """The file of the use."""
    path: str
    scope: str | None = None
    """The environment that an outer variable was read in."""
    passed: frozenset[Place] = frozenset()
    """Env bindings that are being resolved."""
    names: frozenset[tuple[str, str]] = frozenset()
    """(file, name) pairs that are being resolved."""
    depth: int = 0
    inside: Channel | None = None
    """The kind of file whose binding is being filled in."""
    frames: Mapping[tuple[str, str], Frame] = {}
    """The calls that led here, by file and name of the function."""
    rows: Mapping[str, str] = {}
    """What was chosen on the way (see `keylint.link.rows`): the same is chosen again."""


class Found(NamedTuple):
    """A value on its way: `steps` lead from the definition to the point reached so far."""

    definition: Definition | None
    steps: tuple[Step, ...] = ()
    environment: str | None = None
    variable: str | None = None
    nearest: str | None = None
    why: Why | None = None
    stripped: bool = False
    required: bool = False
    hidden: bool = False
    """It is in an object that shows a mask in its place."""
    text: str | None = None
    """What an opaque value is known to be nevertheless: a path, a URL, put together from known parts."""
    alternative: bool = False
    """Something else may be in its place: another branch, or another value of a conditional."""
    assumed: bool = False
    """It is a constant that stands for a variable, which whoever starts the program may set."""
    late: Place | None = None
    """Of a missing value: the place where the variable is loaded, after it was read."""
    handed: bool = False
    """A call handed it over: that it is absent is no gap in what is known."""
    rows: Mapping[str, str] = {}
    """What was chosen on the way (see `keylint.link.rows`)."""
    mixed: bool = False
    """Which of several values a function gets is not known, nor which of several functions gets them."""

    def then(self, place: Place, note: str) -> Found:
        """Add a step, unless the last one stands on the same spot."""
        last = self.steps[-1].place if self.steps else None
        return self if last == place else self._replace(steps=(*self.steps, Step(place, note)))


OPAQUE = Found(None, why="opaque")


def literal(definition: Definition) -> Found:
    """Return a value at the place where it is written."""
    if definition.env is not None:
        note = f"{definition.env} set in {posixpath.basename(definition.place.path)}"
    else:
        note = f"{definition.name} defined" if definition.name else "written here"
    empty = not definition.secret.reveal().strip()
    return Found(definition, (Step(definition.place, note),), definition.environment, why="empty" if empty else None)


def bound(found: Found, place: Place, note: str) -> Found:
    """Add the step of a binding, unless the value stands on that very line."""
    last = found.steps[-1].place if found.steps else None
    same_line = last is not None and (last.path, last.cell, last.line) == (place.path, place.cell, place.line)
    return found if same_line else found.then(place, note)


def chosen(found: list[Found]) -> list[Found]:
    """Of several values, an absent one says nothing as long as another may be there: `os.getenv("A") or B`."""
    for whys in ((None, "opaque"), ("missing",), ("empty",), ("none",)):
        if some := [each for each in found if each.why in whys]:
            written = any(each.definition is not None for each in some)
            return [each for each in some if each.variable is None or each.why != "opaque"] if written else some
    return [OPAQUE]


def merged(by_environment: Mapping[str | None, list[Found]]) -> list[Found]:
    """Speak of environments only where they differ."""
    found = list(by_environment.values())
    contents = [{identity(each) for each in values} for values in found]
    nested = {each.environment for values in found for each in values} - set(by_environment)
    if not nested and all(content == contents[0] for content in contents):
        return [each._replace(environment=None) for each in found[0]]
    return [each for values in found for each in values]


def identity(found: Found) -> tuple[object, object]:
    """Return what makes two values the same."""
    return (found.definition.secret if found.definition is not None else None, found.why)
