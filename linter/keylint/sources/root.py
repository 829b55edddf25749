"""The project that the given paths belong to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

_TABLE = re.compile(rb"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*[\"']?keylint[\"']?[ \t]*[\].]", re.MULTILINE)


def project_root(paths: Sequence[str]) -> str:
    """Return the absolute directory of the project of `paths` (of the working directory when there are none).

    It is the nearest ancestor with a `keylint.toml` or a `[tool.keylint]` table, else the git root, else the
    directory that holds all paths.
    """
    start = _common_directory(paths)
    git_root = None
    for directory in ancestors(start):
        if os.path.isfile(os.path.join(directory, "keylint.toml")) or _configures(directory):
            return directory
        if git_root is None and os.path.exists(os.path.join(directory, ".git")):
            git_root = directory
    return git_root or start


def ancestors(directory: str) -> Iterator[str]:
    """Yield `directory` and its parents, nearest first."""
    while True:
        yield directory
        parent = os.path.dirname(directory)
        if parent == directory:
            return
        directory = parent


def _common_directory(paths: Sequence[str]) -> str:
    directories = []
    for path in paths or (".",):
        absolute = os.path.abspath(path)
        directories.append(absolute if os.path.isdir(absolute) else os.path.dirname(absolute))
    try:
        return os.path.commonpath(directories)
    except ValueError:  # several drives
        return directories[0]


def _configures(directory: str) -> bool:
    """A text test, since parsing TOML on every level costs more than it says; a table in a string is no harm."""
    path = os.path.join(directory, "pyproject.toml")
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return _TABLE.search(file.read(1_000_000)) is not None
    except OSError:
        return False
