"""When a program loads its `.env` files: what was read before has not seen them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from keylint.link.modules import files_of, submodule, upwards
from keylint.link.resolve import Names
from keylint.model.facts import FileFacts, Import
from keylint.model.place import Place, is_test_code

_DEEPEST = 4
_MOST_LOOKUPS = 300
# These load `.env` by themselves, before the program is imported.
_FRAMEWORKS = frozenset({"flask", "quart"})


class Loading:
    """The calls that load `.env` files, and what runs before them. It speaks only where every one of them comes later."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._left = _MOST_LOOKUPS
        self._loads = self._found()

    def _found(self) -> tuple[tuple[str, Place, bool], ...]:
        found: list[tuple[str, Place, bool]] = []
        for path, facts in sorted(self._names.facts.items()):
            if facts is None or is_test_code(path):
                continue
            if any(each.module.partition(".")[0] in _FRAMEWORKS for each in facts.imports):
                return ()
            found += [(path, place, at_top) for place, at_top in facts.loads]
        return tuple(found)

    def after(self, read_at: Place) -> Place | None:
        """Return the place where files are loaded after the code of a module has run at `read_at`.

        `None`: where they may be loaded before, and where nothing is seen that loads them.
        """
        if not self._loads or read_at.cell is not None or is_test_code(read_at.path):
            return None
        for directory in upwards(posixpath.dirname(read_at.path)):  # packages that are imported before
            package = self._names.file(posixpath.join(directory, "__init__.py"))
            if package is not None and package.loads and package.path != read_at.path:
                return None
        late = all(at_top and self._comes_after(path, place, read_at) for path, place, at_top in self._loads)
        return self._loads[0][1] if late else None

    def _comes_after(self, path: str, load: Place, read_at: Place) -> bool:
        if load.cell is not None:
            return False
        if path == read_at.path:
            return load.line > read_at.line
        return self._imports(path, read_at.path, load.line, _DEEPEST)

    def _imports(self, path: str, target: str, before: int | None, depth: int) -> bool:
        """Say whether a module imports another one, in a line before `before`; over several modules."""
        facts = self._read(path)
        for each in facts.imports if facts is not None else ():
            if each.place is None or (before is not None and each.place.line >= before):
                continue
            files = [file for file in _modules(path, each) if self._read(file) is not None]
            if target in files:
                return True
            if depth > 1 and any(self._imports(file, target, None, depth - 1) for file in files):
                return True
        return False

    def _read(self, path: str) -> FileFacts | None:
        """Return the facts of a file; of those that were not read yet, only some are."""
        if path not in self._names.facts:
            self._left -= 1
        return self._names.file(path) if self._left > 0 else self._names.facts.get(path)


def _modules(path: str, each: Import) -> Iterator[str]:
    yield from files_of(path, each.module)
    if each.name not in ("", "*"):
        yield from files_of(path, submodule(each.module, each.name))
