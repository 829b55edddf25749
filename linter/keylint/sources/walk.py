"""Which files there are, which of them git ignores, and what was left out."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from keylint.model.finding import Skipped
from keylint.model.source import Origin, Source
from keylint.sources import git
from keylint.sources.gitignore import Patterns, patterns_of, read_patterns
from keylint.sources.read import is_loop

_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".jj"})
_CACHES = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"})
_VIRTUAL = frozenset({".venv", "venv"})
_MACHINERY = _VERSION_CONTROL | _CACHES | _VIRTUAL | {".tox"}
_SECRETS = re.compile(r"(?:\.env.*|.*\.env|.*secret.*\.(?:ya?ml|toml|json))\Z", re.IGNORECASE | re.DOTALL)
_NAME = attrgetter("name")


class Entry(NamedTuple):
    """One file to look at: its absolute path, its POSIX path relative to the root, and whether keys belong there."""

    absolute: str
    path: str
    ignored: bool


@dataclass(slots=True)
class Discovery:
    """The files found, each once, in a fixed order, and what was left out and why."""

    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def discover(
    root: str,
    paths: Sequence[str] = (),
    exclude: Sequence[str] = (),
    count: Callable[[int], None] | None = None,
) -> Discovery:
    """Return the files of `paths` (of `root` when there are none), with paths relative to `root` (absolute).

    Directories are walked, without following symbolic links. What git ignores, and tool caches, are left out, except
    where they are named as a path, and except the ignored files that programs load keys from (`.env*`, `*.env`,
    `*secret*.yaml` …) outside ignored directories. `exclude` holds patterns in the syntax of `.gitignore`, relative to
    `root`; they hold for named files too. `count` is told how many files there are so far, after each directory.
    """
    return _Walk(root, exclude, count).run(paths or (root,))


def is_ignored(root: str, path: str) -> bool:
    """Say whether keys belong in a file: it is ignored by git and untracked, or outside git it is a `.env*`."""
    return _Walk(root, ()).is_ignored(os.path.abspath(path))


def stdin_source(data: bytes, filename: str, root: str) -> Source:
    """Return standard input as the content of `filename`, which it replaces."""
    absolute = os.path.abspath(filename)
    return Source(relative_path(absolute, root), data, Origin.STDIN, is_ignored(root, absolute))


def relative_path(absolute: str, root: str) -> str:
    """Return the POSIX path relative to `root`; the absolute one where there is none (another drive)."""
    prefix = root if root.endswith(os.sep) else root + os.sep
    try:
        path = absolute[len(prefix) :] if absolute.startswith(prefix) else os.path.relpath(absolute, root)
    except ValueError:
        path = absolute
    return path if os.sep == "/" else path.replace(os.sep, "/")


def holds_keys(name: str) -> bool:
    """Say whether a file of this name is one that programs load keys from."""
    return _SECRETS.match(name) is not None


class _Rule(NamedTuple):
    """An ignore file in effect. Its patterns see a path less its first `cut` characters."""

    patterns: Patterns
    cut: int


class _Tree:
    """What git says about the paths of one work tree, relative to its top."""

    def __init__(self, repository: git.Repository) -> None:
        self.top = repository.top
        self._repository = repository
        self._tracked: frozenset[str] | None = None
        self._folders: frozenset[str] | None = None
        excludes_file, self._ignore_case = git.ignore_settings(repository)
        own = (excludes_file, git.exclude_file(repository))
        read = (read_patterns(path, ignore_case=self._ignore_case, follow=True) for path in own)
        self.rules = self.below(tuple(_Rule(patterns, 0) for patterns in read if patterns), self.top, "")

    def below(self, rules: tuple[_Rule, ...], absolute: str, path: str) -> tuple[_Rule, ...]:
        """Return the rules in effect inside the directory `path`."""
        patterns = read_patterns(os.path.join(absolute, ".gitignore"), ignore_case=self._ignore_case)
        return (*rules, _Rule(patterns, len(path) + 1 if path else 0)) if patterns else rules

    def ignores(self, rules: tuple[_Rule, ...], path: str, *, directory: bool = False) -> bool:
        """Say whether `path` is ignored and not tracked.

        Patterns first: in most trees nothing matches, and git need not be asked what it tracks.
        """
        if self._tracked is not None and path in self._tracked:
            return False
        return _verdict(rules, path, directory=directory) and path not in self.tracked

    @property
    def tracked(self) -> frozenset[str]:
        """The tracked files, and submodules."""
        if self._tracked is None:
            self._tracked = git.tracked(self._repository)
        return self._tracked

    def holds_tracked(self, path: str) -> bool:
        """Say whether a file below the directory `path` is tracked."""
        if self._folders is None:
            self._folders = frozenset(_parents(self.tracked))
        return path in self._folders


def _verdict(rules: tuple[_Rule, ...], path: str, *, directory: bool) -> bool:
    """The deepest ignore file that has something to say decides."""
    for patterns, cut in reversed(rules):
        said = patterns.match(path[cut:], directory=directory)
        if said is not None:
            return said
    return False


def _parents(paths: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for path in paths:
        parent = posixpath.dirname(path)
        while parent and parent not in seen:
            seen.add(parent)
            parent = posixpath.dirname(parent)
    return seen


class _Folder(NamedTuple):
    """A directory and what holds in it. What its work tree calls a file is `inner` + its path less `cut` characters."""

    absolute: str
    path: str
    """Relative to the root; empty for the root itself."""
    tree: _Tree | None = None
    rules: tuple[_Rule, ...] = ()
    inner: str = ""
    cut: int = 0
    ignored: bool = False
    """Everything untracked in it is ignored."""
    listed: bool = False
    """It was named, though ignored: what is ignored in it is listed all the same."""


class _Walk:
    """One listing. It has state: what was found, and the work trees met."""

    def __init__(self, root: str, exclude: Sequence[str], count: Callable[[int], None] | None = None) -> None:
        self.root = root
        self._count = count
        self.found = Discovery()
        self._exclude = patterns_of(exclude)
        self._trees: dict[str, _Tree] = {}
        self._parents: dict[str, _Folder] = {}
        self._links: list[Entry] = []

    def run(self, paths: Sequence[str]) -> Discovery:
        for path in paths:
            self._start(os.path.abspath(path))
        self._add_links()
        if len(paths) > 1:
            self.found.entries = list({entry.path: entry for entry in self.found.entries}.values())
            self.found.skipped = list(dict.fromkeys(self.found.skipped))
        return self.found

    def is_ignored(self, absolute: str) -> bool:
        above, name = os.path.split(absolute)
        if above not in self._parents:
            self._parents[above] = self._folder_at(above)
        return self._ignores(self._parents[above], name, self._path(absolute))

    # ------------------------------------------------------------------ named paths

    def _start(self, absolute: str) -> None:
        path = self._path(absolute)
        try:
            mode = os.stat(absolute).st_mode
        except FileNotFoundError:
            self._skip(path, "missing")
            return
        except (OSError, ValueError) as error:
            self._skip(path, "symlink loop" if is_loop(error) else "unreadable")
            return
        if path and self._exclude.covers(path):
            self._skip(path, "excluded")
        elif stat.S_ISDIR(mode):
            folder = self._folder_at(absolute)
            listed = folder.ignored or os.path.basename(absolute) in _MACHINERY
            self._descend(folder._replace(listed=listed))
        elif stat.S_ISREG(mode):
            self.found.entries.append(Entry(absolute, path, self.is_ignored(absolute)))
        else:
            self._skip(path, "not a file")

    def _path(self, absolute: str) -> str:
        return "" if absolute == self.root else relative_path(absolute, self.root)

    def _folder_at(self, absolute: str) -> _Folder:
        """Return what holds in a directory that no walk led to."""
        path = self._path(absolute)
        repository = git.repository_of(absolute)
        if repository is None:
            return _Folder(absolute, path)
        tree = self._tree(repository)
        rules, ignored, here, directory = tree.rules, False, "", tree.top
        for part in relative_path(absolute, tree.top).split("/") if absolute != tree.top else ():
            here = f"{here}/{part}" if here else part
            directory = os.path.join(directory, part)
            ignored = ignored or tree.ignores(rules, here, directory=True)
            rules = tree.below(rules, directory, here)
        return _Folder(absolute, path, tree, rules, here and here + "/", len(path) + 1 if path else 0, ignored)

    def _tree(self, repository: git.Repository) -> _Tree:
        if repository.top not in self._trees:
            self._trees[repository.top] = _Tree(repository)
        return self._trees[repository.top]

    # ------------------------------------------------------------------ walking

    def _descend(self, start: _Folder) -> None:
        pending = [start]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder.absolute) as listing:
                    items = sorted(listing, key=_NAME)
            except OSError as error:
                self._skip(folder.path or ".", "symlink loop" if is_loop(error) else "unreadable")
                continue
            entered = folder if folder is start else self._entered(folder, items)
            pending.extend(reversed(self._list(entered, items)))
            if self._count is not None:
                self._count(len(self.found.entries))

    def _entered(self, folder: _Folder, items: list[os.DirEntry[str]]) -> _Folder:
        """Take up the directory's own `.gitignore`, or the repository that begins here."""
        for item in items:
            if item.name == ".git" and (repository := git.repository_at(folder.absolute)):
                tree, cut = self._tree(repository), len(folder.path) + 1
                return folder._replace(tree=tree, rules=tree.rules, inner="", cut=cut, ignored=folder.listed)
            if item.name == ".gitignore" and folder.tree is not None:
                inner = folder.inner + folder.path[folder.cut :]
                return folder._replace(rules=folder.tree.below(folder.rules, folder.absolute, inner))
            if item.name > ".gitignore":
                break
        return folder

    def _list(self, folder: _Folder, items: list[os.DirEntry[str]]) -> list[_Folder]:
        """Take the files of one directory; return the directories to go on with."""
        folders: list[_Folder] = []
        take = self.found.entries.append
        prefix = folder.path + "/" if folder.path else ""
        above = os.path.join(folder.absolute, "")
        plain = not self._exclude and not folder.rules and not folder.ignored
        outside = folder.tree is None
        for item in items:
            name = item.name
            path = prefix + name
            if item.is_dir(follow_symlinks=False):
                if below := self._below(folder, name, above + name, path):
                    folders.append(below)
            elif not item.is_file(follow_symlinks=False):
                self._odd(folder, item, above + name, path)
            elif plain:
                take(Entry(above + name, path, outside and name.startswith(".env")))
            else:
                self._file(folder, name, above + name, path)
        return folders

    def _file(self, folder: _Folder, name: str, absolute: str, path: str) -> None:
        if self._exclude and self._exclude.match(path):
            self._skip(path, "excluded")
            return
        ignored = self._ignores(folder, name, path)
        if ignored and not folder.listed and (folder.ignored or not holds_keys(name)):
            self._skip(path, "ignored")
        else:
            self.found.entries.append(Entry(absolute, path, ignored))

    def _ignores(self, folder: _Folder, name: str, path: str) -> bool:
        if folder.tree is None:
            return name.startswith(".env")
        inner = folder.inner + path[folder.cut :]
        return inner not in folder.tree.tracked if folder.ignored else folder.tree.ignores(folder.rules, inner)

    def _below(self, folder: _Folder, name: str, absolute: str, path: str) -> _Folder | None:
        if name in _MACHINERY and self._is_machinery(name, absolute, path):
            return None
        if self._exclude and self._exclude.match(path, directory=True):
            self._skip(path, "excluded")
            return None
        ignored, tree = folder.ignored, folder.tree
        if tree is not None:
            inner = folder.inner + path[folder.cut :]
            ignored = ignored or tree.ignores(folder.rules, inner, directory=True)
            if ignored and not folder.listed and not tree.holds_tracked(inner):
                self._skip(path, "ignored directory")
                return None
        return folder._replace(absolute=absolute, path=path, ignored=ignored)

    def _is_machinery(self, name: str, absolute: str, path: str) -> bool:
        if name in _VIRTUAL and not os.path.exists(os.path.join(absolute, "pyvenv.cfg")):
            return False
        if name not in _VERSION_CONTROL and name not in _CACHES:
            self._skip(path, "ignored directory")
        return True

    # ------------------------------------------------------------------ symbolic links and stranger things

    def _odd(self, folder: _Folder, item: os.DirEntry[str], absolute: str, path: str) -> None:
        try:
            if not item.is_symlink():
                self._skip(path, "not a file")
            elif item.is_dir():
                self._linked_directory(absolute, path)
            elif item.is_file():
                self._linked_file(folder, item.name, absolute, path)
            else:
                os.stat(absolute)
        except FileNotFoundError:
            pass  # a dangling link holds nothing
        except OSError as error:
            self._skip(path, "symlink loop" if is_loop(error) else "unreadable")

    def _linked_file(self, folder: _Folder, name: str, absolute: str, path: str) -> None:
        ignored = self._ignores(folder, name, path)
        if (not ignored or folder.listed or holds_keys(name)) and not self._exclude.match(path):
            self._links.append(Entry(absolute, path, ignored))

    def _linked_directory(self, absolute: str, path: str) -> None:
        """Not followed. One into the tree is read where it is; the others are said."""
        target = os.path.join(os.path.realpath(absolute), "")
        if os.path.join(os.path.realpath(os.path.dirname(absolute)), "").startswith(target):
            self._skip(path, "symlink loop")
        elif not target.startswith(os.path.join(os.path.realpath(self.root), "")):
            self._skip(path, "symlinked directory")

    def _add_links(self) -> None:
        """A linked file is read once: not at all where its target is listed by its own name."""
        if not self._links:
            return
        root = os.path.realpath(self.root)
        seen = {os.path.normpath(os.path.join(root, entry.path)) for entry in self.found.entries}
        for entry in self._links:
            target = os.path.realpath(entry.absolute)
            if target not in seen:
                seen.add(target)
                self.found.entries.append(entry)

    def _skip(self, path: str, reason: str) -> None:
        self.found.skipped.append(Skipped(path, reason))
