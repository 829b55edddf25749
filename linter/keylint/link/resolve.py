"""Following a name to the value that it is bound to, across files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from keylint.link.modules import files_of, submodule
from keylint.model.facts import Binding, FileFacts, Import
from keylint.model.flow import Opaque, Reference, Stripped, Value, Via

_MOST_LOOKUPS = 2_000
_DEEPEST = 60
_MAX_NESTING = 100


class _Names(NamedTuple):
    bindings: Mapping[str, Binding]
    imports: tuple[Import, ...]
    """Later ones first: they win."""


class Names:
    """The names of a project's files. Each file is asked for at most once."""

    def __init__(self, facts: Mapping[str, FileFacts], load: Callable[[str], FileFacts | None]) -> None:
        self.facts: dict[str, FileFacts | None] = dict(facts)
        self._load = load
        self._indexed: dict[str, _Names] = {}
        self._found: dict[tuple[str, str], tuple[str, Binding] | None] = {}

    def file(self, path: str) -> FileFacts | None:
        """Return the facts of a file, `None` when the project has no such file."""
        if path not in self.facts:
            self.facts[path] = self._load(path)
        return self.facts[path]

    def find(self, path: str, name: str) -> tuple[str, Binding] | None:
        """Return what the dotted `name` means in the file `path`: the file that binds it, and the binding."""
        if (path, name) not in self._found:
            self._found[path, name] = self._find(path, name, set(), 0)
        return self._found[path, name]

    def _find(self, path: str, name: str, seen: set[tuple[str, str]], depth: int) -> tuple[str, Binding] | None:
        if (path, name) in seen or len(seen) > _MOST_LOOKUPS or depth > _DEEPEST:
            return None
        seen.add((path, name))
        names = self._names(path)
        if names is None:
            return None
        if name in names.bindings:
            return path, names.bindings[name]
        for target, rest in self._elsewhere(path, name, names):
            if found := self._find(target, rest, seen, depth + 1):
                return found
        return None

    def _names(self, path: str) -> _Names | None:
        if path not in self._indexed:
            facts = self.file(path)
            if facts is None:
                return None
            self._indexed[path] = _Names({b.name: b for b in facts.bindings}, facts.imports[::-1])
        return self._indexed[path]

    def _elsewhere(self, path: str, name: str, names: _Names) -> Iterator[tuple[str, str]]:
        """Yield the (file, name) pairs under which `name` may go on, likeliest first."""
        for head, rest in _splits(name):
            if head in names.bindings:
                yield from ((path, other) for other in _members(names, names.bindings[head].value, rest))
        for each in names.imports:
            yield from self._imported(path, name, each)
        if posixpath.basename(path) == "__init__.py" and "." in name:
            first, _, rest = name.partition(".")
            yield from ((target, rest) for target in files_of(path, f".{first}"))

    def _imported(self, path: str, name: str, each: Import) -> Iterator[tuple[str, str]]:
        if each.name == "*":
            if not name.startswith("_"):
                yield from ((target, name) for target in files_of(path, each.module))
            return
        if not each.name:
            yield from self._from_module(path, name, each)
            return
        if name != each.alias and not name.startswith(each.alias + "."):
            return
        rest = name[len(each.alias) + 1 :]
        member = f"{each.name}.{rest}" if rest else each.name
        yield from ((target, member) for target in files_of(path, each.module))
        if rest:
            yield from ((target, rest) for target in files_of(path, submodule(each.module, each.name)))

    def _from_module(self, path: str, name: str, each: Import) -> Iterator[tuple[str, str]]:
        """`import a.b` binds `a`, and `a.b.KEY` is `KEY` of the module `a.b`; `import a.b as c` binds `c` to `a.b`."""
        for prefix in dict.fromkeys((each.alias, each.module)):
            plain = each.alias == each.module.partition(".")[0] and prefix == each.alias
            if not prefix or not name.startswith(prefix + "."):
                continue
            module = each.alias if plain else each.module
            yield from ((target, name[len(prefix) + 1 :]) for target in files_of(path, module))


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """Yield `a.b`, `c`, then `a`, `b.c`: the longest head first."""
    cut = name.rfind(".")
    while cut > 0:
        yield name[:cut], name[cut + 1 :]
        cut = name.rfind(".", 0, cut)


def _members(names: _Names, value: Value, rest: str) -> Iterator[str]:
    """Yield the names that the attribute `rest` of a bound value can be."""
    for _ in range(_MAX_NESTING):
        if not isinstance(value, Via | Stripped):
            break
        value = value.value
    if isinstance(value, Reference):
        yield f"{value.name}.{rest}"
    elif isinstance(value, Opaque):
        # `settings = Settings()`: an object of a class of this file, if only one class has the attribute.
        owners = [
            name for name in names.bindings if name.endswith("." + rest) and name.count(".") == rest.count(".") + 1
        ]
        if len(owners) == 1:
            yield owners[0]
