"""Which of a project's files each workload runs: those that it starts, and what these import."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from keylint.link.modules import files_of, upwards
from keylint.model.facts import TESTS, FileFacts, Workload
from keylint.model.place import is_test_code

# More is not followed: such a workload is taken for one of which nothing is known.
_MOST_FILES = 3_000
_DEEPEST = 6
# What loads modules by names that no import statement says.
_DYNAMIC = frozenset(
    {
        "django",
        "importlib",
        "pkgutil",
        "celery",
        "stevedore",
        "pluggy",
        "hydra",
        "scrapy",
        "airflow",
        "flask_appbuilder",
        "uvicorn",
    }
)
_SCRIPTS = (".sh", ".bash")


class Scope(NamedTuple):
    """The files that a workload runs; of `None`, any below `within`."""

    entries: frozenset[str] | None
    files: frozenset[str]
    within: str = ""
    is_dynamic: bool = False

    def is_below(self, path: str) -> bool:
        """Say whether a file lies where the workload's files do."""
        return not self.within or path.startswith(self.within + "/")


OPEN = Scope(None, frozenset())
NOTHING = Scope(frozenset(), frozenset())


class Workloads:
    """What the workloads of a project run, each looked into when it is first asked about."""

    def __init__(
        self,
        facts: Mapping[str, FileFacts | None],
        load: Callable[[str], FileFacts | None],
        imports: Callable[[str], Sequence[str] | None],
    ) -> None:
        """Take all facts; `load` gives those of one more file, `imports` the modules that a file of the project imports."""
        self._facts = facts
        self._load = load
        self._imports = imports
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._closures: dict[frozenset[str], tuple[frozenset[str], bool]] = {}

    def of(self, path: str, workload: Workload) -> Scope:
        """Return what a workload of the file `path` runs."""
        key = (path, workload.name)
        if key not in self._scopes:
            self._scopes[key] = self._scope(path, workload)
        return self._scopes[key]

    def covers(self, scope: Scope, using: str) -> bool:
        """Say whether a workload may run a file: what no other workload is known to run, any may."""
        if using in scope.files:
            return True
        if scope.entries is None:
            return scope.is_below(using)
        if not scope.entries or not scope.is_below(using):
            return False
        if not is_test_code(using) and all(map(is_test_code, scope.entries)):
            return False
        return using not in (self._entries if scope.is_dynamic else self._run)

    @cached_property
    def _all(self) -> list[Scope]:
        return [self.of(path, w) for path, each in list(self._facts.items()) if each for w in each.workloads]

    @cached_property
    def _entries(self) -> frozenset[str]:
        return frozenset().union(*(scope.entries or () for scope in self._all))

    @cached_property
    def _run(self) -> frozenset[str]:
        return frozenset().union(*(scope.files for scope in self._all))

    # ------------------------------------------------------------------ what a workload runs

    def _scope(self, path: str, workload: Workload) -> Scope:
        home = posixpath.dirname(path)
        within = ""
        if workload.build is not None:
            context = posixpath.normpath(posixpath.join(home, workload.build))
            within = "" if context in (".", "..") or context.startswith("../") else context
        entries = self._resolved(path, workload, 0)
        if entries is None:
            return Scope(None, frozenset(), within)
        if not entries:
            return NOTHING
        # What tests import is not followed: with the keys of tests it answers to doubles.
        tests = frozenset(entry for entry in entries if is_test_code(entry))
        files, is_dynamic = self._closure(frozenset(entries) - tests)
        files |= tests
        if len(files) >= _MOST_FILES:
            return Scope(None, frozenset(), within)
        return Scope(frozenset(entries), files, within, is_dynamic)

    def _resolved(self, path: str, workload: Workload, depth: int) -> set[str] | None:
        """Return the files that a workload starts; `None` where they are not known."""
        if depth > _DEEPEST:
            return None
        home = posixpath.dirname(path)
        runs = workload.runs
        if workload.build is not None:
            home = posixpath.normpath(posixpath.join(home, workload.build))
            if runs is None:
                return self._of_image(home, workload.target, depth)
        if runs is None:
            return None
        found: set[str] = set()
        for entry in runs:
            places = (posixpath.normpath(posixpath.join(home, d)) for d in (*workload.directories, ""))
            files = next((files for place in places if (files := self._entry(place, entry, depth)) is not None), None)
            if files is None:
                return None
            found |= files
        return found

    def _of_image(self, context: str, target: str | None, depth: int) -> set[str] | None:
        """Return what an image starts by itself: the last stage of its Dockerfile, or the named one."""
        if context.startswith(".."):
            return None
        name = "Dockerfile" if context == "." else posixpath.join(context, "Dockerfile")
        facts = self._load(name)
        stages = facts.workloads if facts is not None else ()
        chosen = [w for w in stages if w.name == target] or list(stages[-1:])
        return self._resolved(name, chosen[0], depth + 1) if chosen and chosen[0].build is None else None

    def _entry(self, home: str, entry: str, depth: int) -> set[str] | None:
        entry = entry.strip()
        if entry == TESTS:
            return {path for path in self._facts if is_test_code(path)}
        home = "" if home == "." or home.startswith("..") else home
        if entry.endswith(_SCRIPTS):
            return self._script(home, entry, depth)
        if "/" in entry or entry.endswith((".py", ".pyw")):
            found = next((p for p in places(home, entry) if self._imports(p) is not None), None)
            return {found} if found is not None else self._package(home, entry)
        modules = [entry, f"{entry}.__main__", f"{entry}.celery"]
        start = posixpath.join(home, "\0.py")
        files = {
            p for m in modules if (p := next((p for p in files_of(start, m) if self._imports(p) is not None), None))
        }
        return files or None

    def _package(self, home: str, entry: str) -> set[str] | None:
        """`python app/` runs `app/__main__.py`."""
        main = next((p for p in places(home, f"{entry.rstrip('/')}/__main__.py") if self._imports(p) is not None), None)
        return {main} if main is not None else None

    def _script(self, home: str, entry: str, depth: int) -> set[str] | None:
        for path in places(home, entry):
            facts = self._load(path)
            if facts is not None and facts.workloads:
                found: set[str] = set()
                for workload in facts.workloads:
                    files = self._resolved(path, workload, depth + 1)
                    if files is None:
                        return None
                    found |= files
                return found
        return None

    def _closure(self, entries: frozenset[str]) -> tuple[frozenset[str], bool]:
        if entries not in self._closures:
            seen = set(entries)
            waiting = list(entries)
            is_dynamic = any(posixpath.basename(entry) == "manage.py" for entry in entries)
            while waiting and len(seen) < _MOST_FILES:
                path = waiting.pop()
                modules = self._imports(path) or ()
                is_dynamic |= any(module.partition(".")[0] in _DYNAMIC for module in modules)
                for found in self._imported(path, modules):
                    if found not in seen:
                        seen.add(found)
                        waiting.append(found)
            self._closures[entries] = (frozenset(seen), is_dynamic)
        return self._closures[entries]

    def _imported(self, path: str, modules: Iterable[str]) -> Iterator[str]:
        for module in modules:
            found = next((p for p in files_of(path, module) if self._imports(p) is not None), None)
            if found is None:
                continue
            yield found
            # A package's `__init__` is run on the way to its modules.
            parts = module.count(".")
            for directory in upwards(posixpath.dirname(found))[: parts + 1]:
                init = posixpath.join(directory, "__init__.py")
                if init != found and self._imports(init) is not None:
                    yield init


def places(home: str, written: str) -> Iterator[str]:
    """Yield the files that a path can be: beside, above, and for one from the root of a file system by its last parts."""
    if not written.startswith(("/", "~")):
        for directory in upwards(home):
            path = posixpath.normpath(posixpath.join(directory, written))
            if not path.startswith(".."):
                yield path
        return
    parts = [part for part in written.split("/") if part not in ("", "~")]
    for i in range(len(parts)):
        for directory in upwards(home):
            yield posixpath.join(directory, *parts[i:])
