"""From each use back to every value that can reach it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import NamedTuple

from keylint.link.names import nearest
from keylint.link.resolve import Names
from keylint.link.variables import COMPOSE_ENV_FILE, Named, Variables, upwards
from keylint.model.definition import Channel, Definition
from keylint.model.facts import EnvBinding, FileFacts
from keylint.model.flow import Choice, EnvRead, Literal, Nothing, Reference, Stripped, Value, Via
from keylint.model.place import Place, Step
from keylint.model.provider import Sink
from keylint.model.use import Use

Why = OneOf["missing", "none", "empty", "opaque", "works-without"]

_MOST_VALUES = 2_000
_DEEPEST = 60
_MOST_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Reach:
    """One value that reaches a use, in one environment (`None`: the environments do not differ).

    `steps` begin at the definition and end at the use. `definition` is `None` where no value arrives, and `why` says
    why not; an empty value keeps its definition, with the `why` of `empty`.
    """

    use: Use
    definition: Definition | None
    steps: tuple[Step, ...]
    environment: str | None = None
    variable: str | None = None
    """The environment variable that was read last."""
    nearest: str | None = None
    """For a missing variable: the defined name that looks most like it."""
    why: Why | None = None
    stripped: bool = False
    """White space around the value was taken off on the way."""
    required: bool = False
    """For a missing variable: the lookup itself raises."""
    instead: str | None = None
    """For a missing variable: a defined one that the SDK reads by itself when it is given nothing."""


class _Found(NamedTuple):
    """A value on its way: `steps` lead from the definition to the point reached so far."""

    definition: Definition | None
    steps: tuple[Step, ...] = ()
    environment: str | None = None
    variable: str | None = None
    nearest: str | None = None
    why: Why | None = None
    stripped: bool = False
    required: bool = False

    def then(self, place: Place, note: str) -> _Found:
        """Add a step, unless the last one stands on the same spot."""
        last = self.steps[-1].place if self.steps else None
        return self if last == place else self._replace(steps=(*self.steps, Step(place, note)))


class _Where(NamedTuple):
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


_OPAQUE = _Found(None, why="opaque")


def link(
    facts: Mapping[str, FileFacts],
    sinks: Callable[[str], tuple[Sink, ...]],
    load: Callable[[str], FileFacts | None],
) -> tuple[Reach, ...]:
    """Return, for every use in `facts`, the values that reach it.

    `sinks` gives the catalogue's entries of a dotted call. `load` gives the facts of one more file by its path relative
    to the project, `None` when there is none; it is asked once per path. Uses in files loaded on the way are context:
    they are not followed.
    """
    names = Names(facts, load)
    uses = [use for _, each in sorted(facts.items()) for use in each.uses]
    reaches: tuple[Reach, ...] = ()
    known: frozenset[str] = frozenset()
    for _ in range(_MOST_ROUNDS):
        linker = _Linker(names, sinks, known)
        before = len(names.facts)
        reaches = tuple(reach for use in uses for reach in linker.reaches(use))
        if linker.read == known and len(names.facts) == before:
            break
        known = frozenset(linker.read)
    return reaches


class _Linker:
    """One round over all uses. What it reads on the way, files and variables, the next round knows beforehand."""

    def __init__(self, names: Names, sinks: Callable[[str], tuple[Sink, ...]], known: frozenset[str]) -> None:
        """Take the variables that the last round saw the uses read."""
        self._names = names
        self._sinks = sinks
        self._known = known
        self.read: set[str] = set()
        named = self._named_files()
        self._variables = Variables({path: each for path, each in names.facts.items() if each is not None}, named)
        self._left = 0

    def _named_files(self) -> dict[str, Named]:
        """Read the env files that other files name; return where they are used from."""
        found: dict[str, Named] = {}
        for path, each in sorted(self._names.facts.items()):
            for written in each.env_files if each is not None else ():
                for directory in upwards(posixpath.dirname(path)):
                    named = posixpath.normpath(posixpath.join(directory, written))
                    if named.startswith("../") or self._names.file(named) is None:
                        continue
                    # A program loads variables for all of it, a compose file for what lies beside it.
                    by_program = path.endswith((".py", ".ipynb"))
                    found[named] = Named("", 0) if by_program else Named(posixpath.dirname(path), COMPOSE_ENV_FILE)
                    break
        return found

    # ------------------------------------------------------------------ one use

    def reaches(self, use: Use) -> list[Reach]:
        """Return what reaches one use, each value once per environment."""
        self._left = _MOST_VALUES
        where = _Where(use.place.path, use.place.path)
        sink = self._sink(use)
        seen: dict[object, Reach] = {}
        values = [_OPAQUE if _is_reset(use, found) else found for found in self._values(use.value, where)]
        for found in self._given(use, sink, values, where):
            reach = self._reach(use, sink, found)
            seen.setdefault((reach.environment, _identity(found), reach.variable if reach.why else None), reach)
        return list(seen.values())

    def _sink(self, use: Use) -> Sink | None:
        found = self._sinks(use.call) if use.call else ()
        return next((sink for sink in found if sink.keyword == use.keyword), found[0] if found else None)

    def _given(self, use: Use, sink: Sink | None, values: Iterable[_Found], where: _Where) -> Iterator[_Found]:
        """Where nothing is passed, the SDK looks into the environment by itself."""
        for found in values:
            absent = found.why == "none" or (found.why == "empty" and sink is not None and sink.empty_falls_back)
            if not absent or sink is None or not sink.env:
                yield found
            else:
                implicit = EnvRead(sink.env[0], use.place)
                yield from self._variable(sink.env, implicit, where, skip_empty=sink.empty_falls_back)

    def _reach(self, use: Use, sink: Sink | None, found: _Found) -> Reach:
        why, instead = found.why, None
        if sink is not None and sink.optional and not found.required and why in ("none", "missing"):
            why = "works-without"
        if sink is not None and sink.optional and sink.empty_falls_back and why == "empty":
            why = "works-without"
        if why == "missing" and sink is not None and not found.required:
            others = (name for name in sink.env if name != found.variable)
            instead = next((name for name in others if self._variables.is_set(name, use.place.path)), None)
        steps = (*found.steps, Step(use.place, f"passed to {use.sink}"))
        return Reach(
            use, found.definition, steps, found.environment, found.variable, found.nearest, why, found.stripped, found.required,
            instead,
        )  # fmt: skip

    # ------------------------------------------------------------------ values

    def _values(self, value: Value, where: _Where) -> list[_Found]:
        self._left -= 1
        if self._left < 0 or where.depth > _DEEPEST:
            return [_OPAQUE]
        where = where._replace(depth=where.depth + 1)
        match value:
            case Literal(definition):
                return [_literal(definition)]
            case Via(inner, place, note):
                return [found.then(place, note) for found in self._values(inner, where)]
            case Stripped(inner):
                return [found._replace(stripped=True) for found in self._values(inner, where)]
            case Choice(options):
                return _chosen([found for option in options for found in self._values(option, where)])
            case Reference():
                return self._reference(value, where)
            case EnvRead():
                return self._variable((value.name,), value, where)
            case Nothing(place):
                return [_Found(None, (Step(place, "no key is given"),), why="none")]
            case _:
                return [_OPAQUE]

    def _reference(self, value: Reference, where: _Where) -> list[_Found]:
        path, binding = self._names.find(where.path, value.name) or ("", None)
        if binding is None or (path, binding.name) in where.names:
            return [_OPAQUE]
        inner = where._replace(path=path, names=where.names | {(path, binding.name)})
        note = f"bound to {binding.name}"
        values = self._values(binding.value, inner)
        if "." in binding.name:  # an object or a subclass gives the attribute its value
            values = [_OPAQUE if each.why in ("none", "empty") and each.variable is None else each for each in values]
        return [_bound(found, binding.place, note) for found in values]

    # ------------------------------------------------------------------ variables

    def _variable(
        self, names: tuple[str, ...], read: EnvRead, where: _Where, *, skip_empty: bool = False
    ) -> list[_Found]:
        """Return what an environment variable is; of several names, in each environment the first that is set."""
        self.read.update(names)
        files = where.inside is Channel.COMPOSE
        tables = {
            name: self._variables.winners(name, where.using, read.place, where.passed, files=files) for name in names
        }
        if not any(tables.values()):
            return self._unset(names, read, where)
        environments = {where.scope} if where.scope is not None else {e for table in tables.values() for e in table}
        by_environment: dict[str | None, list[_Found]] = {}
        for environment in sorted(environments, key=lambda name: name or ""):
            options = [(name, table.get(environment, table.get(None, ()))) for name, table in tables.items()]
            by_environment[environment] = self._first(options, environment, read, where, skip_empty)
        return _merged(by_environment)

    def _first(
        self,
        options: Iterable[tuple[str, tuple[EnvBinding, ...]]],
        environment: str | None,
        read: EnvRead,
        where: _Where,
        skip_empty: bool,
    ) -> list[_Found]:
        """Take the first name that is set, or, with `skip_empty`, that has a value."""
        found: list[_Found] = []
        for name, bindings in options:
            if bindings:
                found = [each for b in bindings for each in self._binding(name, b, environment, read, where)]
                if not skip_empty or any(each.why != "empty" for each in found):
                    break
        return found or [_OPAQUE]

    def _binding(
        self, name: str, binding: EnvBinding, environment: str | None, read: EnvRead, where: _Where
    ) -> Iterator[_Found]:
        inner = where._replace(
            path=binding.place.path,
            scope=environment if environment is not None else where.scope,
            passed=where.passed | {binding.place},
            inside=binding.channel,
        )
        for found in self._values(binding.value, inner):
            why = "empty" if found.why == "none" else found.why
            set_here = _bound(found, binding.place, f"set in {posixpath.basename(binding.place.path)}")
            yield set_here.then(read.place, f"read from {name}")._replace(
                environment=environment or found.environment, variable=name, why=why
            )

    def _unset(self, names: tuple[str, ...], read: EnvRead, where: _Where) -> list[_Found]:
        """Nothing in the project sets it: the default, or a mistake, or a matter of whoever starts the program."""
        if read.default is not None:
            found = self._values(read.default, where)
            if any(each.why not in ("none", "empty", "missing") for each in found):
                note = f"default of {names[0]}"
                return [each.then(read.place, note)._replace(variable=each.variable or names[0]) for each in found]
        name = names[0]
        if where.inside is not None:  # `KEY: ${KEY}`: passed on from outside
            return [_OPAQUE._replace(variable=name)]
        near = self._mistake(names, where.using)
        if near is None:
            return [_OPAQUE._replace(variable=name)]
        note = f"read from {name}, which nothing defines"
        return [_Found(None, (Step(read.place, note),), None, name, near or None, "missing", required=read.required)]

    def _mistake(self, names: tuple[str, ...], using: str) -> str | None:
        """Say whether the project ought to define one of the names: the name it has instead, `""` for none alike.

        `None`: where the project defines no variables, or none of those that it reads, they come from elsewhere.
        """
        near_by = self._variables.names(using, by_program=True)
        for name in names:
            if near := nearest(name, near_by):
                return near
        defined = self._variables.names(using, by_program=False)
        if not defined:
            return None
        documented = any(name in self._variables.documented for name in names)
        others = any(name in defined for name in self._known if name not in names)
        return "" if documented or others else None


def _is_reset(use: Use, found: _Found) -> bool:
    """Say whether the statement takes a key away: `stripe.api_key = None`, `headers["Authorization"] = ""`."""
    if found.variable is not None or use.scheme is not None:
        return False
    is_header = not use.call
    return (found.why == "none" and (is_header or use.sink.endswith(" = …"))) or (found.why == "empty" and is_header)


def _literal(definition: Definition) -> _Found:
    if definition.env is not None:
        note = f"{definition.env} set in {posixpath.basename(definition.place.path)}"
    else:
        note = f"{definition.name} defined" if definition.name else "written here"
    empty = not definition.secret.reveal().strip()
    return _Found(definition, (Step(definition.place, note),), definition.environment, why="empty" if empty else None)


def _bound(found: _Found, place: Place, note: str) -> _Found:
    """Add the step of a binding, unless the value stands on that very line."""
    last = found.steps[-1].place if found.steps else None
    same_line = last is not None and (last.path, last.cell, last.line) == (place.path, place.cell, place.line)
    return found if same_line else found.then(place, note)


def _chosen(found: list[_Found]) -> list[_Found]:
    """Of several values, an absent one says nothing as long as another may be there: `os.getenv("A") or B`."""
    for whys in ((None, "opaque"), ("missing",), ("empty",), ("none",)):
        if some := [each for each in found if each.why in whys]:
            written = any(each.definition is not None for each in some)
            return [each for each in some if each.variable is None or each.why != "opaque"] if written else some
    return [_OPAQUE]


def _merged(by_environment: Mapping[str | None, list[_Found]]) -> list[_Found]:
    """Speak of environments only where they differ."""
    found = list(by_environment.values())
    contents = [{_identity(each) for each in values} for values in found]
    nested = {each.environment for values in found for each in values} - set(by_environment)
    if not nested and all(content == contents[0] for content in contents):
        return [each._replace(environment=None) for each in found[0]]
    return [each for values in found for each in values]


def _identity(found: _Found) -> tuple[object, object]:
    return (found.definition.secret if found.definition is not None else None, found.why)
