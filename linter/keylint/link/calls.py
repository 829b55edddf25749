"""Who calls a function of the project, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from keylint.link.callees import Callees, Targets, is_computed, named_in
from keylint.link.heirs import Heirs
from keylint.link.resolve import Names, unwrapped
from keylint.model.facts import Call
from keylint.model.flow import Choice, Fields, Parameter, Value
from keylint.model.place import is_test_code

_MOST_CALLS = 60
_MOST_COMPUTED = 300
_INIT = ".__init__"


class Site(NamedTuple):
    """A call, and the file that it stands in."""

    path: str
    call: Call
    rows: Mapping[str, str] = {}
    """What is chosen by it (see `keylint.link.rows`)."""
    is_one_of: bool = False
    """It may call other functions as well."""

    @property
    def made_by(self) -> tuple[str, str, str]:
        """Where the call stands, what it calls, and the class that says `super()` in it."""
        return self.path, self.call.name, self.call.within


class Calls:
    """The calls in the files that were read, by the function that they call."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.heirs = Heirs(names)
        self._indexed = 0
        self._by_name: dict[str, list[Site]] = {}
        self._known: dict[tuple[str, str], tuple[Site, ...]] = {}
        self._callees = Callees(names, self._given)
        self._computed: list[Site] = []
        self._targets: dict[int, Targets] = {}
        self._holders: dict[str, set[tuple[str, str]]] = {}
        """Names of functions and classes that are values, with the file and the table that holds each, or the file and \"\"."""
        self.wanted: set[tuple[str, str]] = set()
        """Functions whose callers were asked for: file, and the name that a caller writes."""

    def forget(self) -> None:
        """Look all functions up anew: more files were read meanwhile."""
        self._known.clear()
        self._targets.clear()
        self.heirs.forget()

    def of(self, path: str, function: str) -> tuple[Site, ...]:
        """Return the calls of a function of the file `path`; tests call it only for what stands in tests."""
        key = (path, function)
        if key not in self._known:
            written = _written(function)
            self.wanted.add((path, written))
            self.heirs.lineage((path, function.rpartition(".")[0]))  # a base class may call it: its file is read
            self._index()
            self._known[key] = ()  # as far as it is asked for by what is called with it
            found = [site for name in self._names_of(function, written) for site in self._sites(name, key)]
            found += self._among(key, written)
            self._known[key] = tuple({(site.path, site.call.place): site for site in found}.values())
        return self._known[key]

    def too_many(self, sites: tuple[Site, ...]) -> bool:
        """Say whether there are more calls than are followed."""
        return len(sites) > _MOST_CALLS

    def _names_of(self, function: str, written: str) -> list[str]:
        heirs = self.heirs.naming(written) if function.endswith(_INIT) else ()
        return [written, *dict.fromkeys(name for _, name in heirs)]

    def _sites(self, name: str, key: tuple[str, str]) -> Iterator[Site]:
        for site in self._by_name.get(name, ()):
            if is_test_code(site.path) and not is_test_code(key[0]):
                continue
            if key in self._names.targets(site.path, site.call.name):
                yield site
            elif (rows := self._by_base(site, key)) is not None:
                yield site._replace(rows=rows)

    def _among(self, key: tuple[str, str], written: str) -> Iterator[Site]:
        """Yield the calls that can be of a function that is a value somewhere, among others."""
        holders = self._holders.get(written, ())
        self.wanted |= {(path, table.partition("[")[0].rpartition(".")[2]) for path, table in holders if table}
        for index, site in enumerate(self._computed[:_MOST_COMPUTED]) if holders else ():
            if index not in self._targets:
                self._targets[index] = []
                self._targets[index] = self._callees.of(site.path, site.call)
            targets = self._targets[index]
            for target, rows in targets:
                if target == key and (is_test_code(key[0]) or not is_test_code(site.path)):
                    yield site._replace(rows=rows, is_one_of=len(targets) > 1)

    def _given(self, path: str, parameter: Parameter) -> Iterator[tuple[str, Value]]:
        """Yield what calls pass for a parameter, each with the file of the call."""
        for site in self.of(path, parameter.function):
            given, at = site.call.arguments, parameter.position
            if parameter.name in dict(given.keywords):
                yield site.path, dict(given.keywords)[parameter.name]
            elif at is not None and at < len(given.positional):
                yield site.path, given.positional[at]

    def _by_base(self, site: Site, key: tuple[str, str]) -> Mapping[str, str] | None:
        """Return the class that is chosen where a base class calls, by `self`, a method that the class has; else `None`."""
        owner, _, method = key[1].rpartition(".")
        split = self.heirs.split(site.path, site.call.name) if owner else None
        if split is None or split[1] != f".{method}" or split[0] not in self.heirs.lineage((key[0], owner)):
            return None
        return self.heirs.pinned((key[0], owner))

    def _index(self) -> None:
        for path, facts in islice(self._names.facts.items(), self._indexed, None):
            if facts is None:
                continue
            aliases = {each.alias: each.name for each in facts.imports if each.name not in ("", "*", each.alias)}
            bound = {binding.name: unwrapped(binding.value) for binding in facts.bindings}
            for binding in facts.bindings:
                for name in named_in([binding.value]) if isinstance(unwrapped(binding.value), Fields | Choice) else ():
                    self._holders.setdefault(aliases.get(name, name), set()).add((path, binding.name))
            for call in facts.calls:
                given = (*call.arguments.positional, *(value for _, value in call.arguments.keywords))
                for name in named_in((*given, *((call.callee,) if call.callee is not None else ()))):
                    self._holders.setdefault(aliases.get(name, name), set()).add((path, ""))
                if is_computed(call, bound):
                    self._computed.append(Site(path, call))
                last = call.name.rpartition(".")[2]
                self._by_name.setdefault(aliases.get(last, last), []).append(Site(path, call))
        self._indexed = len(self._names.facts)


def _written(function: str) -> str:
    """Return the last name that a caller writes: a constructor is called by its class."""
    return function.removesuffix(_INIT).rpartition(".")[2]
