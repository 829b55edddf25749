"""Following a name to the value that it is bound to, across files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from keylint.link.django import settings_files
from keylint.link.modules import files_of, submodule, upwards
from keylint.model.facts import Binding, FileFacts, Import
from keylint.model.flow import (
    ANY,
    KEYS,
    Changed,
    Choice,
    Class,
    Fallback,
    Fields,
    FileItem,
    Function,
    Item,
    Member,
    Module,
    Opaque,
    Parameter,
    Reference,
    Stripped,
    Value,
    Via,
)

_MOST_LOOKUPS = 2_000
_DEEPEST = 60
_MAX_NESTING = 100
_MOST_BASES = 20
_MOST_ROWS = 100
_FLASK = "flask.config"
_SHARED = (_FLASK, "click.obj", "asgi.state")
# Where an application is made, as a rule.
_FACTORIES = ("app.py", "__init__.py", "main.py", "factory.py", "wsgi.py", "cli.py", "__main__.py")
_OF_PARTS = (Parameter, Member, Item, Module, FileItem, Changed, Choice, Fallback, Fields)
_JOINT = re.compile(r"[.\[(]")
_PART = re.compile(r"\[.*?\](?=[.\[(]|\Z)|\(\)|\.[^.\[(]+", re.DOTALL)


class _Names(NamedTuple):
    bindings: Mapping[str, Binding]
    imports: tuple[Import, ...]
    """Later ones first: they win."""
    binding: dict[str, list[Import]]
    """Those that can bind a dotted name, by its first part: a generated package imports hundreds of modules."""

    def imports_of(self, name: str) -> Sequence[Import]:
        """Return the imports by which a dotted name may come from elsewhere."""
        first = _first(name)
        if first not in self.binding:
            self.binding[first] = [each for each in self.imports if each.name == "*" or first in _first_parts(each)]
        return self.binding[first]


class Names:
    """The names of a project's files. Each file is asked for at most once."""

    def __init__(
        self,
        facts: Mapping[str, FileFacts],
        load: Callable[[str], FileFacts | None],
        load_values: Callable[[str], FileFacts | None] = lambda path: None,
    ) -> None:
        self.facts: dict[str, FileFacts | None] = dict(facts)
        self._load_values = load_values
        self._values: dict[str, FileFacts | None] = {}
        self._load = load
        self._indexed: dict[str, _Names] = {}
        self._django: dict[str, list[tuple[str, str | None]]] = {}
        self._found: dict[tuple[str, str], tuple[str, Binding] | None] = {}

    def file(self, path: str) -> FileFacts | None:
        """Return the facts of a file, `None` when the project has no such file."""
        if path not in self.facts:
            self.facts[path] = self._load(path)
        return self.facts[path]

    def imported(self, path: str) -> tuple[str, ...] | None:
        """Return the modules that a file imports, `None` when the project has no such file."""
        facts = self.file(path)
        if facts is None:
            return None
        return tuple(m for each in facts.imports for m in (each.module, submodule(each.module, each.name)) if m)

    def values(self, path: str) -> FileFacts | None:
        """Return all values of a configuration file, those too that look like no key."""
        if path not in self._values:
            self._values[path] = self._load_values(path)
        return self._values[path]

    def modules(self, path: str, package: str) -> list[str]:
        """Return the modules of a package, imported in the file `path`, that were read: nobody else's matter."""
        places = {posixpath.dirname(f) for f in files_of(path, f"{package}.any") if f.endswith("/any.py")}
        known = [p for p, facts in self.facts.items() if facts is not None and p.endswith(".py")]
        found = [p for p in sorted(known) if posixpath.dirname(p) in places and posixpath.basename(p) != "__init__.py"]
        return [posixpath.basename(p).removesuffix(".py") for p in found]

    def forget(self) -> None:
        """Look all names up anew: more files were read meanwhile."""
        self._found.clear()
        self._django.clear()

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
        for head, rest in splits(name):
            if head == _FLASK and head in names.bindings and rest.startswith("["):
                rest = f".{rest[1:-1]}"  # what an object or a module has by this name
                if (part := _part(names, head, rest)) is not None:
                    return path, part
                for other in _members(names, head, names.bindings[head].value, rest):
                    if found := self._find(path, other, seen, depth + 1):
                        return found
            if head in names.bindings and (part := _part(names, head, rest)) is not None:
                return path, part
        for target, rest in self._elsewhere(path, name, names):
            if found := self._find(target, rest, seen, depth + 1):
                return found
        return self._of_application(path, name, seen, depth) if name.startswith(_SHARED) else None

    def _of_application(
        self, path: str, name: str, seen: set[tuple[str, str]], depth: int
    ) -> tuple[str, Binding] | None:
        """Look for what an application shares in the modules that fill it."""
        for directory in upwards(posixpath.dirname(path)):
            for module in _FACTORIES:
                self.file(posixpath.join(directory, module))
        for other, facts in list(self.facts.items()):
            fills = facts is not None and any(binding.name.startswith(_SHARED) for binding in facts.bindings)
            if fills and (found := self._find(other, name, seen, depth + 1)):
                return found
        return None

    def targets(self, path: str, name: str, depth: int = 0) -> tuple[tuple[str, str], ...]:
        """Return the functions, as file and dotted name, that a call of `name` in the file `path` gives arguments to.

        Of a class it is the constructor; where a class has none of its own, those of its bases too.
        """
        found = self.find(path, name) if depth <= _MOST_BASES else None
        if found is None:
            return ()
        home, value = found[0], unwrapped(found[1].value)
        if isinstance(value, Function):
            return ((home, value.name),)
        if isinstance(value, Reference):
            return self.targets(home, value.name, depth + 1)
        if not isinstance(value, Class):
            return ()
        own = self.find(home, f"{value.name}.__init__")
        if own is not None and isinstance(own[1].value, Function):
            return ((own[0], own[1].value.name),)
        inherited = (each for base in value.bases for each in self.targets(home, base, depth + 1))
        return ((home, f"{value.name}.__init__"), *inherited)

    def _settings_files(self, path: str) -> list[tuple[str, str | None]]:
        directory = posixpath.dirname(path)
        if directory not in self._django:
            self._django[directory] = settings_files(self, path)
        return self._django[directory]

    def settings(self, path: str, name: str) -> list[tuple[str, str, str | None]]:
        """Return where the setting of Django is defined that a name means: file, name there, environment."""
        names = self._names(path)
        for each in names.imports if names is not None else ():
            if (each.module, each.name) == ("django.conf", "settings") and name.startswith(each.alias + "."):
                rest = name[len(each.alias) + 1 :]
                files = self._settings_files(path)
                return [(file, rest, environment) for file, environment in files if self.find(file, rest) is not None]
        return []

    def _names(self, path: str) -> _Names | None:
        if path not in self._indexed:
            facts = self.file(path)
            if facts is None:
                return None
            self._indexed[path] = _Names({b.name: b for b in facts.bindings}, facts.imports[::-1], {})
        return self._indexed[path]

    def _elsewhere(self, path: str, name: str, names: _Names) -> Iterator[tuple[str, str]]:
        """Yield the (file, name) pairs under which `name` may go on, likeliest first."""
        for head, rest in splits(name):
            if head in names.bindings:
                yield from ((path, other) for other in _members(names, head, names.bindings[head].value, rest))
        for each in names.imports_of(name):
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
        rest = name[len(each.alias) :]
        if not name.startswith(each.alias) or (rest and rest[0] not in ".[("):
            return
        if each.module == "django.conf" and each.name == "settings":
            yield from ((target, rest[1:]) for target, _ in self._settings_files(path))
            return
        yield from ((target, each.name + rest) for target in files_of(path, each.module))
        if rest.startswith("."):
            yield from ((target, rest[1:]) for target in files_of(path, submodule(each.module, each.name)))

    def _from_module(self, path: str, name: str, each: Import) -> Iterator[tuple[str, str]]:
        """`import a.b` binds `a`, and `a.b.KEY` is `KEY` of the module `a.b`; `import a.b as c` binds `c` to `a.b`."""
        for prefix in dict.fromkeys((each.alias, each.module)):
            plain = each.alias == each.module.partition(".")[0] and prefix == each.alias
            if not prefix or not name.startswith(prefix + "."):
                continue
            module = each.alias if plain else each.module
            yield from ((target, name[len(prefix) + 1 :]) for target in files_of(path, module))


def _first(name: str) -> str:
    return _JOINT.split(name, maxsplit=1)[0]


def _first_parts(each: Import) -> set[str]:
    """Return the first parts of the names that an import binds: `import a.b as c` is followed as `c` and as `a.b`."""
    return {_first(each.alias), *(() if each.name else (_first(each.module),))}


def splits(name: str) -> Iterator[tuple[str, str]]:
    """Yield `a.b`, `[c]`, then `a`, `.b[c]`: the longest head first."""
    cuts = [match.start() for match in _PART.finditer(name)]
    yield from ((name[:cut], name[cut:]) for cut in reversed(cuts) if cut)


def unwrapped(value: Value) -> Value:
    """Return a value behind the bindings that it passed."""
    for _ in range(_MAX_NESTING):
        if not isinstance(value, Via | Stripped):
            break
        value = value.value
    return value


def _members(names: _Names, head: str, value: Value, rest: str) -> Iterator[str]:
    """Yield the names that the part `rest` of the value bound to `head` can be."""
    value = unwrapped(value)
    if isinstance(value, Reference) and value.arguments is None:
        yield value.name + rest
    elif isinstance(value, Class):
        if rest.startswith(("().", "()[")):  # what an object has, its class says
            yield head + rest[2:]
        elif rest.startswith("."):
            yield from (base + rest for base in value.bases[:_MOST_BASES])
    elif isinstance(value, Opaque) and rest.startswith("."):
        # `settings = Settings()`: an object of a class of this file, if only one class has the attribute.
        owners = [name for name in names.bindings if name.endswith(rest) and name.count(".") == rest.count(".")]
        if len(owners) == 1:
            yield owners[0]


def _table(names: _Names, head: str) -> Fields | None:
    """Return the items of a display that is too large for one value; `None` where it is no such display."""
    place = names.bindings[head].place
    keys = [key for name in names.bindings if (key := _key_below(name, head)) is not None]
    return Fields(tuple((key, Reference(f"{head}[{key}]", place)) for key in keys[:_MOST_ROWS])) if keys else None


def _key_below(name: str, head: str) -> str | None:
    key = name[len(head) + 1 : -1] if name.startswith(f"{head}[") and name.endswith("]") else ""
    return key if key and "[" not in key and "]" not in key else None


def _part(names: _Names, head: str, rest: str) -> Binding | None:
    """Return a binding of what stands below a bound value that has parts of its own."""
    name, binding = head + rest, names.bindings[head]
    value: Value | None = unwrapped(binding.value)
    if isinstance(value, Opaque) and rest.startswith((f"[{ANY}]", f"[{KEYS}]")):
        value = _table(names, head)
    if isinstance(value, Reference) and value.arguments is not None:
        # `Client = Annotated[…, Depends(f)]`: an object of that "class" is what the function returns.
        below = rest.removeprefix("()") if head[:1].isupper() else rest
        return Binding(name, replace(value, name=value.name + below), binding.place)
    if isinstance(value, _OF_PARTS) and not rest.startswith("("):
        return Binding(name, Member(value, rest), binding.place)
    return None
