"""What git knows: tracked files, the index, the staged content, the ignore settings, the age of lines.

Git runs as a subprocess on a repository that may be hostile, so everything in its configuration that names a program is
off: the file system monitor, hooks, external diffs, text conversion, and fetching what a partial clone lacks. The git
directory is named outright: nothing that merely looks like a repository is discovered.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from keylint.model.finding import Skipped
from keylint.model.source import Origin, Source
from keylint.sources.gitignore import patterns_of
from keylint.sources.read import MATCH_LIMIT
from keylint.sources.root import ancestors

if TYPE_CHECKING:
    import subprocess

TIMEOUT_S = 60.0
_OPTIONS = (
    "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_INHERITED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_INDEX_FILE",
    "GIT_EXTERNAL_DIFF",
)
_BLAMED_LINES = 200
# The head of a line's record; the line itself stands behind a tab.
_BLAMED = re.compile(rb"([0-9a-f]{40,64}) [0-9]+ ([0-9]+)(?: [0-9]+)?\Z")
_FILE_MODES = ("100644", "100755", "100664")


class SourceError(Exception):
    """What was asked for cannot be read at all: no repository, no git, git failed."""


class Repository(NamedTuple):
    """A git work tree. Both are absolute: the directory with the `.git` entry, and the git directory behind it."""

    top: str
    directory: str


class Staged(NamedTuple):
    """The staged files with their staged content, and those left out."""

    sources: tuple[Source, ...]
    skipped: tuple[Skipped, ...]


def repository_of(directory: str) -> Repository | None:
    """Return the work tree that holds `directory` (absolute), with or without git installed."""
    for candidate in ancestors(directory):
        if repository := repository_at(candidate):
            return repository
    return None


def repository_at(top: str) -> Repository | None:
    """Return the work tree whose top directory is `top`. Its `.git` is a file in linked work trees and submodules."""
    entry = os.path.join(top, ".git")
    if os.path.isdir(entry):
        return Repository(top, entry) if os.path.exists(os.path.join(entry, "HEAD")) else None
    try:
        if not os.path.isfile(entry):
            return None
        with open(entry, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(8192)
    except OSError:
        return None
    if not text.startswith("gitdir:"):
        return None
    directory = os.path.normpath(os.path.join(top, text.removeprefix("gitdir:").strip()))
    return Repository(top, directory) if os.path.isdir(directory) else None


def exclude_file(repository: Repository) -> str:
    """Return the path of the repository's own ignore file, which linked work trees share."""
    common = repository.directory
    with contextlib.suppress(OSError), open(os.path.join(common, "commondir"), encoding="utf-8") as file:
        common = os.path.join(common, file.read(8192).strip())
    return os.path.join(common, "info", "exclude")


def tracked(repository: Repository) -> frozenset[str]:
    """Return the POSIX paths, relative to the top, that the index holds; none when git does not say."""
    try:
        return frozenset(_names(_run(repository, repository.top, "ls-files", "-z")))
    except SourceError:
        return frozenset()


def ignore_settings(repository: Repository) -> tuple[str, bool]:
    """Return the path of `core.excludesFile` and `core.ignoreCase`."""
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join("~", ".config")
    settings = {"core.excludesfile": os.path.join(home, "git", "ignore"), "core.ignorecase": "false"}
    with contextlib.suppress(SourceError):
        output = _run(repository, repository.top, "config", "-z", "--get-regexp", r"^core\.(excludesfile|ignorecase)$")
        settings.update(_setting(item) for item in _names(output))
    path = os.path.expanduser(settings["core.excludesfile"])
    return os.path.join(repository.top, path) if path else "", settings["core.ignorecase"].lower() in (
        "true",
        "yes",
        "on",
        "1",
    )


def staged(root: str, exclude: Sequence[str] = (), limit: int = MATCH_LIMIT) -> Staged:
    """Return the files below `root` that the next commit adds or changes, with their staged content.

    Raises `SourceError` outside a work tree and without git.
    """
    repository = _demand(root)
    output = _run(
        repository, root, "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff",
        "--no-textconv", "--ignore-submodules=dirty", "--diff-filter=ACMRT", "--relative",
    )  # fmt: skip
    excluded = patterns_of(exclude)
    sources: list[Source] = []
    skipped: list[Skipped] = []
    fields = _names(output)
    with Blobs(repository) as blobs:
        for header, path in zip(fields, fields, strict=False):
            _, mode, _, blob, _ = header.removeprefix(":").split(" ")
            if mode not in _FILE_MODES:
                continue
            if excluded.covers(path):
                skipped.append(Skipped(path, "excluded"))
                continue
            data = blobs.read(blob, path, limit)
            if isinstance(data, Skipped):
                skipped.append(data)
            else:
                sources.append(Source(path, data, Origin.INDEX))
    return Staged(tuple(sources), tuple(skipped))


def changed(root: str) -> tuple[str, ...]:
    """Return the tracked paths below `root` whose content in the work tree is not, or may not be, that of the index.

    Deleted files are among them. Raises `SourceError` outside a work tree and without git.
    """
    repository = _demand(root)
    options = ("--raw", "-z", "--no-renames", "--ignore-submodules=all", "--relative")
    fields = _names(_run(repository, root, "diff-files", *options, extra=_without_filters(repository)))
    return tuple(path for _, path in zip(fields, fields, strict=False))


def committed(path: str, data: bytes, lines: Iterable[int]) -> dict[int, datetime]:
    """Return line -> when the commit was made that the line, as it stands in `data`, comes from (git blame).

    `path` is absolute, lines count from 1. Lines that are not committed are left out; in a clone with a part of the
    history, a line can be older than is said. Raises `SourceError` outside a work tree, without git, and for files that
    no commit holds.
    """
    repository = _demand(os.path.dirname(path))
    ranges = [f"-L{line},{line}" for line in sorted(set(lines))[:_BLAMED_LINES]]
    if not ranges:  # git would go through every line
        return {}
    output = _run(
        repository, repository.top, "blame", "--line-porcelain", "--no-textconv", "--ignore-revs-file=", *ranges,
        "--contents", "-", "--", os.path.relpath(path, repository.top),
        extra=_without_filters(repository), data=data,
    )  # fmt: skip
    found: dict[int, datetime] = {}
    line, known = 0, False
    for row in output.split(b"\n"):
        if match := _BLAMED.match(row):
            line, known = int(match[2]), match[1].strip(b"0") != b""
        elif known and row.startswith(b"committer-time "):
            with contextlib.suppress(ValueError, OverflowError, OSError):
                found[line] = datetime.fromtimestamp(int(row.split()[1]), UTC)
    return found


def work_tree(directory: str) -> str | None:
    """Return the top directory of the git work tree that holds `directory` (absolute), if one does."""
    repository = repository_of(directory)
    return repository.top if repository is not None else None


def merge_driver(path: str) -> str | None:
    """Return what `merge` of .gitattributes says of a file (absolute path), if it says anything.

    Raises `SourceError` outside a work tree and without git.
    """
    repository = _demand(os.path.dirname(path))
    name = os.path.relpath(path, os.path.realpath(repository.top))
    fields = [*_names(_run(repository, repository.top, "check-attr", "-z", "merge", "--", name))]
    return fields[2] if len(fields) > 2 and fields[2] != "unspecified" else None


def committed_text(root: str, commit: str, path: str, limit: int = MATCH_LIMIT) -> str | None:
    """Return the text of a file at a commit (a hash); `None` where there is none, or it is larger than `limit` bytes.

    `path` is relative to `root`. Raises `SourceError` outside a work tree and without git.
    """
    repository = _demand(root)
    name = os.path.relpath(os.path.join(root, path), repository.top).replace(os.sep, "/")
    try:
        data = _run(repository, repository.top, "cat-file", "blob", f"{commit}:{name}")
    except SourceError:
        return None
    return data.decode("utf-8", "replace") if len(data) <= limit else None


def _without_filters(repository: Repository) -> dict[str, str]:
    """Return variables that turn off every configured filter: git runs them to compare contents."""
    names: list[str] = []
    with contextlib.suppress(SourceError):  # that there are none is an error too
        output = _run(repository, repository.top, "config", "-z", "--name-only", "--get-regexp", r"^filter\.")
        names.extend(_names(output))
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    count = int(given) if given.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(count + len(names))}
    for number, name in enumerate(names, count):
        off = "false" if name.endswith(".required") else ""
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": off}
    return variables


class IndexReader:
    """The content of tracked files as the index has it: what the next commit holds, whatever the work tree says.

    A context manager: it keeps one git process. `paths` maps POSIX paths relative to the root to blob names; symbolic
    links and submodules are not in it.
    """

    def __init__(self, root: str) -> None:
        repository = _demand(root)
        paths: dict[str, str] = {}
        for record in _names(_run(repository, root, "ls-files", "-s", "-z")):
            entry, path = record.split("\t", 1)
            mode, blob, stage = entry.split(" ")
            if mode in _FILE_MODES and (stage in ("0", "2") or path not in paths):
                paths[path] = blob
        self.paths: Mapping[str, str] = paths
        self._blobs = Blobs(repository)

    def read(self, path: str, limit: int = MATCH_LIMIT) -> bytes | Skipped:
        """Return the indexed content of `path`, or why not (`missing` when it is not tracked)."""
        blob = self.paths.get(path)
        return self._blobs.read(blob, path, limit) if blob else Skipped(path, "missing")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blobs.close()


def index_reader(root: str) -> IndexReader:
    """Return a reader of the index below `root`. Raises `SourceError` outside a work tree and without git."""
    return IndexReader(root)


class Blobs:
    """One `git cat-file --batch` process, started at the first question. Objects are asked for by their full name."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, blob: str, path: str, limit: int) -> bytes | Skipped:
        """Return the content of a blob; `path` is the name to report it by, `limit` is in bytes."""
        process = self._process or self._start()
        from threading import Timer

        watchdog = Timer(TIMEOUT_S, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self._answer(process, blob, path, limit)
        except (OSError, EOFError):  # it died: the next question gets a new one
            self.close()
            return Skipped(path, "unreadable")
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        process, self._process = self._process, None
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        process.kill()
        process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        import subprocess

        try:
            self._process = subprocess.Popen(  # noqa: S603 (a fixed program, no shell)
                _command(self._repository, self._repository.top, "cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(self._repository),
            )
        except OSError as error:
            raise _no_git(error) from None
        return self._process

    @staticmethod
    def _answer(process: subprocess.Popen[bytes], blob: str, path: str, limit: int) -> bytes | Skipped:
        if process.stdin is None or process.stdout is None:
            raise OSError
        process.stdin.write(blob.encode("ascii") + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise EOFError
        header = line.split()
        if len(header) != 3 or header[1] != b"blob":
            return Skipped(path, "unreadable")
        size = int(header[2])
        if size > limit:
            left = size + 1
            while left and (chunk := process.stdout.read(min(left, 1 << 20))):
                left -= len(chunk)
            return Skipped(path, "too large")
        data = process.stdout.read(size + 1)
        return data[:-1] if len(data) == size + 1 else Skipped(path, "unreadable")


def _demand(root: str) -> Repository:
    repository = repository_of(root)
    if repository is None:
        raise SourceError(f"{root} is not in a git work tree")
    return repository


def _setting(item: str) -> tuple[str, str]:
    name, newline, value = item.partition("\n")
    return name.lower(), value if newline else "true"


def _names(output: bytes) -> Iterator[str]:
    return (name for name in os.fsdecode(output).split("\0") if name)


def _command(repository: Repository, directory: str, *arguments: str) -> list[str]:
    where = (f"--git-dir={repository.directory}", f"--work-tree={repository.top}")
    return ["git", "-C", directory, *where, *_OPTIONS, *arguments]


def _environment(repository: Repository) -> dict[str, str]:
    """Return git's environment: that of this process, less what ties git to another repository.

    A pre-commit hook of `git commit FILE` gets its index by `GIT_INDEX_FILE`: it is kept where it is this repository's.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _INHERITED} | _ENVIRONMENT
    index = os.environ.get("GIT_INDEX_FILE")
    if index and os.path.realpath(index).startswith(os.path.realpath(repository.directory) + os.sep):
        environment["GIT_INDEX_FILE"] = os.path.abspath(index)
    return environment


def _run(
    repository: Repository, directory: str, *arguments: str, extra: dict[str, str] | None = None, data: bytes = b""
) -> bytes:
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 (a fixed program, no shell)
            _command(repository, directory, *arguments),
            input=data,
            capture_output=True,
            env=_environment(repository) | (extra or {}),
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SourceError(f"git {arguments[0]} did not answer within {TIMEOUT_S:g} s") from None
    except OSError as error:
        raise _no_git(error) from None
    if done.returncode:
        raise SourceError(f"git {arguments[0]} failed: {_said(os.fsdecode(done.stderr)) or done.returncode}")
    return done.stdout


def _said(complaint: str) -> str:
    """Return the line that says what is wrong: git may add its whole usage."""
    lines = complaint.strip().splitlines()
    wrong = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (wrong or lines or [""])[-1]


def _no_git(error: OSError) -> SourceError:
    return SourceError(
        "git is needed for this and is not installed"
        if isinstance(error, FileNotFoundError)
        else f"git: {error.strerror}"
    )
