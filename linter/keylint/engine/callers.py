"""The files that may call a function of the project, found by their text alone."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from keylint.link.modules import files_of, upwards
from keylint.model import is_test_code

_PROGRAMS = (".py", ".ipynb")
# A caller is looked for in the largest directory around a function that has no more programs than this.
_MOST_SEARCHED = 1_500
# A function that more files may call is not followed (`keylint.link.calls` follows as many calls).
MOST_CALLERS = 60
# What one run reads of callers: a megabyte takes three seconds.
MOST_FILES = 200
MOST_BYTES = 1_500_000
# Who loads variables is asked for by its name: the module that reads them may be come to over others of its package.
_LOADS = "load_dotenv"

Function = tuple[str, str]
"""A function: its file, and the name that a caller writes."""


class Callers:
    """The search of one run."""

    def __init__(
        self,
        paths: Iterable[str],
        data: Callable[[str], bytes | None],
        imports: Callable[[str], tuple[str, ...]],
    ) -> None:
        """Take all files of the project, their contents, and the modules that each imports."""
        self._programs = sorted(path for path in paths if path.endswith(_PROGRAMS))
        self._data = data
        self._imports = imports
        self._near: dict[tuple[str, bool], Sequence[str]] = {}
        self._known_words: dict[tuple[str, str], bool] = {}
        self._files = 0
        self._bytes = 0
        self.left_out: set[str] = set()
        """Files with a function some of whose callers would have cost too much."""

    def of(self, functions: Collection[Function], known: Collection[str]) -> list[str]:
        """Return the files besides `known` that may call one of some functions: they name it and import its module.

        They are looked for near the function; tests call for tests alone. The functions with the fewest callers go first, and
        of their callers the small ones.
        """
        chosen: dict[str, None] = {}
        for function, found in sorted(self._found(functions, known).items(), key=lambda item: (len(item[1]), item[0])):
            for size, path in sorted(found) if len(found) <= MOST_CALLERS else ():
                if path in chosen:
                    continue
                if self._files == MOST_FILES or self._bytes + size > MOST_BYTES:
                    self.left_out.add(function[0])
                    break
                chosen[path] = None
                self._files += 1
                self._bytes += size
        return sorted(chosen)

    def _found(self, functions: Collection[Function], known: Collection[str]) -> dict[Function, list[tuple[int, str]]]:
        """Return the callers of each function, with their sizes."""
        wanted: dict[str, dict[str, set[str]]] = {}
        for home, name in sorted(functions):
            for path in self._around(home):
                if path not in known:
                    wanted.setdefault(path, {}).setdefault(name, set()).add(home)
        found: dict[Function, list[tuple[int, str]]] = {}
        for path, names in wanted.items():
            text = self._data(path)
            for function in self._called(path, text, names) if text is not None else ():
                found.setdefault(function, []).append((len(text or b""), path))
        return found

    def _around(self, home: str) -> Sequence[str]:
        """Return the programs of the largest directory above a file that has not too many."""
        directory, tests = posixpath.dirname(home), is_test_code(home)
        if (directory, tests) not in self._near:
            best: Sequence[str] = ()
            for each in upwards(directory):
                prefix = f"{each}/" if each else ""
                first = bisect_left(self._programs, prefix)
                last = bisect_left(self._programs, prefix + "\U0010ffff") if prefix else len(self._programs)
                if last - first > _MOST_SEARCHED:
                    break
                best = self._programs[first:last]
            self._near[directory, tests] = best if tests else [path for path in best if not is_test_code(path)]
        return self._near[directory, tests]

    def _called(self, path: str, text: bytes, names: dict[str, set[str]]) -> list[Function]:
        """Return the functions that a file may call."""
        named = [(home, name) for name, homes in names.items() if _has_word(name, text) for home in homes]
        if not named or path.endswith(".ipynb"):
            return named
        targets = list(self._imported(path, {home for home, _ in named}))
        return [(h, n) for h, n in named if any(t == h or self._passes_on(t, h, n, text) for t in targets)]

    def _imported(self, path: str, homes: Collection[str]) -> Iterator[str]:
        """Yield the files that the imported modules can be whose names are those of the homes, or of packages above them."""
        words = {word for home in homes for word in home.removesuffix(".py").split("/")}
        for module in self._imports(path):
            last = module.rpartition(".")[2]
            if not last or last in words:
                yield from files_of(path, module)

    def _passes_on(self, target: str, home: str, name: str, text: bytes) -> bool:
        """Say whether a file is a package above `home` by which a function of it is come to.

        The package imports it, or the caller writes the module's name behind the package's.
        """
        package = target.removesuffix("__init__.py")
        if package == target or not home.startswith(package):
            return False
        if name == _LOADS:
            return True
        module = home.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
        return any(self._mentions(target, word) for word in (name, "*")) or _has_word(module, text)

    def _mentions(self, path: str, word: str) -> bool:
        if (path, word) not in self._known_words:
            text = self._data(path) or b""
            self._known_words[path, word] = _STAR.search(text) is not None if word == "*" else _has_word(word, text)
        return self._known_words[path, word]


_STAR = re.compile(rb"\bimport[ \t]*\*")


def _has_word(name: str, text: bytes) -> bool:
    word = name.encode()
    return word in text and re.search(rb"\b" + re.escape(word) + rb"\b", text) is not None
