"""Who calls a function of the project, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from keylint.link.heirs import Heirs
from keylint.link.resolve import Names
from keylint.model.facts import Call
from keylint.model.place import is_test_code

_MOST_CALLS = 60
_INIT = ".__init__"


class Site(NamedTuple):
    """A call, and the file that it stands in."""

    path: str
    call: Call
    rows: Mapping[str, str] = {}
    """What is chosen by it (see `keylint.link.rows`)."""

    @property
    def made_by(self) -> tuple[str, str, str]:
        """Where the call stands, what it calls, and the class that says `super()` in it."""
        return self.path, self.call.name, self.call.within


class Calls:
    """The calls in the files that were read, by the function that they call."""

    def __init__(self, names: Names, heirs: Heirs) -> None:
        self._names = names
        self._heirs = heirs
        self._indexed: set[str] = set()
        self._by_name: dict[str, list[Site]] = {}
        self._known: dict[tuple[str, str], tuple[Site, ...]] = {}
        self.wanted: set[tuple[str, str]] = set()
        """Functions whose callers were asked for: file, and the name that a caller writes."""

    def of(self, path: str, function: str) -> tuple[Site, ...]:
        """Return the calls of a function of the file `path`; tests call it only for what stands in tests."""
        key = (path, function)
        if key not in self._known:
            written = _written(function)
            self.wanted.add((path, written))
            self._heirs.lineage((path, function.rpartition(".")[0]))  # a base class may call it: its file is read
            self._index()
            found = [site for name in self._names_of(function, written) for site in self._sites(name, key)]
            self._known[key] = tuple({(site.path, site.call.place): site for site in found}.values())
        return self._known[key]

    def too_many(self, sites: tuple[Site, ...]) -> bool:
        """Say whether there are more calls than are followed."""
        return len(sites) > _MOST_CALLS

    def _names_of(self, function: str, written: str) -> list[str]:
        return [written, *dict.fromkeys(self._names.heirs(written))] if function.endswith(_INIT) else [written]

    def _sites(self, name: str, key: tuple[str, str]) -> Iterator[Site]:
        for site in self._by_name.get(name, ()):
            if is_test_code(site.path) and not is_test_code(key[0]):
                continue
            if key in self._names.targets(site.path, site.call.name):
                yield site
            elif (rows := self._by_base(site, key)) is not None:
                yield site._replace(rows=rows)

    def _by_base(self, site: Site, key: tuple[str, str]) -> Mapping[str, str] | None:
        """Return the class that is chosen where a base class calls, by `self`, a method that the class has; else `None`."""
        owner, _, method = key[1].rpartition(".")
        split = self._heirs.split(site.path, site.call.name) if owner else None
        if split is None or split[1] != f".{method}" or split[0] not in self._heirs.lineage((key[0], owner)):
            return None
        return self._heirs.pinned((key[0], owner))

    def _index(self) -> None:
        for path, facts in list(self._names.facts.items()):
            if facts is None or path in self._indexed:
                continue
            self._indexed.add(path)
            aliases = {each.alias: each.name for each in facts.imports if each.name not in ("", "*", each.alias)}
            for call in facts.calls:
                last = call.name.rpartition(".")[2]
                self._by_name.setdefault(aliases.get(last, last), []).append(Site(path, call))


def _written(function: str) -> str:
    """Return the last name that a caller writes: a constructor is called by its class."""
    return function.removesuffix(_INIT).rpartition(".")[2]
