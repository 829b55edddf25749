"""The files that may call a function of the project, found by their text alone."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from keylint.link.modules import files_of, upwards

_PROGRAMS = (".py", ".ipynb")
# A caller is looked for in the largest directory around a function that has no more programs than this.
_MOST_SEARCHED = 1_500
_MOST_FILES = 100


def callers(
    paths: Iterable[str],
    data: Callable[[str], bytes | None],
    imports: Callable[[str], tuple[str, ...]],
    functions: Collection[tuple[str, str]],
) -> list[str]:
    """Return the files of `paths` that may call one of `functions` (file, name): they name it and import its module.

    They are looked for near the function. At most 100 are returned: of a function with more callers, not all is known.
    """
    programs = sorted(path for path in paths if path.endswith(_PROGRAMS))
    wanted: dict[str, dict[str, set[str]]] = {}
    for home, name in sorted(functions):
        for path in _around(home, programs):
            wanted.setdefault(path, {}).setdefault(name, set()).add(home)
    found: list[str] = []
    for path, names in wanted.items():
        if len(found) < _MOST_FILES and _calls_one(path, names, data, imports):
            found.append(path)
    return found


def _around(home: str, programs: Sequence[str]) -> Sequence[str]:
    """Return the programs of the largest directory above a file that has not too many."""
    best: Sequence[str] = ()
    for directory in upwards(posixpath.dirname(home)):
        prefix = f"{directory}/" if directory else ""
        first = bisect_left(programs, prefix)
        last = bisect_left(programs, prefix + "\U0010ffff") if prefix else len(programs)
        if last - first > _MOST_SEARCHED:
            break
        best = programs[first:last]
    return best


def _calls_one(
    path: str,
    names: dict[str, set[str]],
    data: Callable[[str], bytes | None],
    imports: Callable[[str], tuple[str, ...]],
) -> bool:
    text = data(path)
    if text is None:
        return False
    homes = {home for name, found in names.items() if name.encode() in text and _has_word(name, text) for home in found}
    return bool(homes) and (path.endswith(".ipynb") or any(_is_home(t, homes) for t in _imported(path, imports, homes)))


def _has_word(name: str, text: bytes) -> bool:
    return re.search(rb"\b" + re.escape(name).encode() + rb"\b", text) is not None


def _imported(path: str, imports: Callable[[str], tuple[str, ...]], homes: Collection[str]) -> Iterator[str]:
    """Yield the files that the imported modules can be whose names are those of the homes, or of packages above them."""
    words = {word for home in homes for word in home.removesuffix(".py").split("/")}
    for module in imports(path):
        last = module.rpartition(".")[2]
        if not last or last in words:
            yield from files_of(path, module)


def _is_home(target: str, homes: Collection[str]) -> bool:
    """Say whether a module is one of `homes`, or a package above one, which may re-export what is in it."""
    if target in homes:
        return True
    package = target.removesuffix("__init__.py")
    return package != target and any(home.startswith(package) for home in homes)
