"""Classes and their subclasses: whose attribute `self.name` is, when a method of a base class asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from keylint.link.resolve import Names, splits, unwrapped
from keylint.model.flow import Class, Nothing, Opaque

_MOST_HEIRS = 40
_MOST_ANCESTORS = 30

Home = tuple[str, str]
"""A class: its file and its dotted name."""


class Heirs:
    """The classes of the files that were read."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._indexed = 0
        self._naming: dict[str, list[tuple[Home, str]]] = {}
        self._lineages: dict[Home, tuple[Home, ...]] = {}
        self.wanted: set[Home] = set()
        """Classes whose subclasses were asked for: an attribute is given by them alone."""

    def forget(self) -> None:
        """Look all bases up anew: more files were read meanwhile."""
        self._lineages.clear()

    def naming(self, base: str) -> list[tuple[Home, str]]:
        """Return the classes of the files read so far that name a class called `base` as a base, each with its own name."""
        for path, facts in islice(self._names.facts.items(), self._indexed, None):
            for binding in facts.bindings if facts is not None else ():
                value = binding.value
                if isinstance(value, Class):
                    for name in dict.fromkeys(each.rpartition(".")[2] for each in value.bases):
                        self._naming.setdefault(name, []).append(((path, binding.name), value.name))
        self._indexed = len(self._names.facts)
        return self._naming.get(base, [])

    def split(self, path: str, name: str) -> tuple[Home, str] | None:
        """Return the class of the file `path` that a dotted name begins with, and what follows."""
        for head, rest in splits(name):
            home = self.named(path, head) if rest.startswith(".") else None
            if home is not None and home == (path, head):
                return home, rest
        return None

    def named(self, path: str, name: str) -> Home | None:
        """Return the class that a name in the file `path` means."""
        found = self._names.find(path, name)
        value = unwrapped(found[1].value) if found is not None else None
        return (found[0], value.name) if found is not None and isinstance(value, Class) else None

    def lineage(self, home: Home) -> tuple[Home, ...]:
        """Return a class and its bases, nearest first."""
        if home not in self._lineages:
            found: dict[Home, None] = {}
            todo = [home]
            while todo and len(found) < _MOST_ANCESTORS:
                each = todo.pop(0)
                if each not in found:
                    found[each] = None
                    todo += self._bases(each)
            self._lineages[home] = tuple(found)
        return self._lineages[home]

    def pinned(self, home: Home) -> dict[str, str]:
        """Return the choice of one class wherever a method of it or of its bases says `self`."""
        return dict.fromkeys(map(_choice, self.lineage(home)), f"{home[0]}\n{home[1]}")

    def of_self(self, home: Home, rest: str, rows: Mapping[str, str]) -> list[Home]:
        """Return the classes whose attribute `rest` a method of the class `home` can mean by `self`."""
        known = rows.get(_choice(home))
        if known is not None:
            path, _, name = known.partition("\n")
            return [(path, name)]
        own = self._names.find(home[0], home[1] + rest)
        others = [each for each in self._below(home) if self._names.find(each[0], each[1] + rest) != own]
        is_given = own is not None and not isinstance(unwrapped(own[1].value), Nothing | Opaque)
        if not is_given:
            self.wanted.add(home)
        return [home, *others] if is_given or not others else others

    def makes(self, site: tuple[str, str, str], function: Home, rows: Mapping[str, str]) -> bool:
        """Say whether a call (file, name, class that says `super()` in it) can be one that made the chosen object."""
        known = rows.get(_choice((function[0], function[1].removesuffix(".__init__"))))
        if known is None or not function[1].endswith(".__init__"):
            return True
        path, _, name = known.partition("\n")
        chosen, (file, called, within) = (path, name), site
        if within:
            return (file, within) in self.lineage(chosen) or chosen in self.lineage((file, within))
        made = self.named(file, called)
        return made is None or chosen in self.lineage(made)

    def _bases(self, home: Home) -> Iterator[Home]:
        found = self._names.find(*home)
        value = unwrapped(found[1].value) if found is not None else None
        for base in value.bases if isinstance(value, Class) else ():
            each = self.named(home[0], base)
            if each is not None:
                yield each

    def _below(self, home: Home) -> list[Home]:
        """Return the subclasses of a class, those of subclasses too."""
        found: dict[Home, None] = {}
        todo = [home[1].rpartition(".")[2]]
        while todo and len(found) < _MOST_HEIRS:
            for each, _ in list(self.naming(todo.pop())):
                if each not in found and each != home and home in self.lineage(each):
                    found[each] = None
                    todo.append(each[1].rpartition(".")[2])
        return list(found)


def _choice(home: Home) -> str:
    return f"class\n{home[0]}\n{home[1]}"
