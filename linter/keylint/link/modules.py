"""Which files an imported module can be."""

from __future__ import annotations

import posixpath
from functools import lru_cache

_SUFFIXES = (".py", "/__init__.py")


@lru_cache(maxsize=8192)
def files_of(path: str, module: str) -> tuple[str, ...]:
    """Return the project-relative paths that `module`, imported in the file `path`, can be; the likeliest first.

    `module` keeps its leading dots. A plain name is looked for beside the importing file, then in each directory above
    it and the `src/` of each: any of them may be on the module search path when the program runs.
    """
    name = module.lstrip(".")
    level = len(module) - len(name)
    inner = name.replace(".", "/")
    directory = posixpath.dirname(path)
    if level:
        for _ in range(level - 1):
            if not directory:
                return ()
            directory = posixpath.dirname(directory)
        bases = [directory]
    else:
        bases = [folder for above in upwards(directory) for folder in (above, f"{above}/src" if above else "src")]
    found = (_join(base, inner, suffix) for base in bases for suffix in _SUFFIXES)
    return tuple(candidate for candidate in dict.fromkeys(found) if candidate and candidate != path)


def submodule(module: str, name: str) -> str:
    """Return the module that `name` is when it is one inside the package `module` (which may be only dots)."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


def upwards(directory: str) -> list[str]:
    """Return a directory and those above it, nearest first; the project's own is `""`."""
    found = [directory]
    while directory:
        directory = posixpath.dirname(directory)
        found.append(directory)
    return found


def _join(base: str, inner: str, suffix: str) -> str:
    prefix = f"{base}/" if base else ""
    if not inner:  # `from . import x`: the package itself
        return f"{prefix}__init__.py" if suffix != ".py" else ""
    return f"{prefix}{inner}{suffix}"
