"""The files of one run: found, looked at, and read in waves, each at most once."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from keylint import sources
from keylint.engine.cache import open_cache, sealed
from keylint.engine.pool import FILES_THAT_PAY, PARSES_THAT_PAY, Workers
from keylint.engine.request import Request, UserError
from keylint.engine.seal import Sealer, sealer_of
from keylint.engine.sniffed import Sniffed, Totals, Wanted
from keylint.model import Confidence, Skipped, is_test_code
from keylint.registry import Registry

if TYPE_CHECKING:
    from keylint.engine.cache import Reading
    from keylint.engine.callers import Callers
    from keylint.engine.interest import KnownValues, Search
    from keylint.engine.sniff import Sniffer
    from keylint.generic.own import Own
    from keylint.model import Definition, FileFacts, Place, Sink

# What is wrong with a path that the user named, rather than with one that was met on the way.
_FATAL = frozenset({"missing", "unreadable", "not a file", "symlink loop"})


# So few files are read without asking what can reach them.
_FEW = 20
_LARGEST_CONFIGURATION = 200_000
_MOST_SECRETS = 1_000
# Of some hundred files that one process looks at.
_FEW_OF_MANY = 8
MANY_CALLERS = "called in more files than one run reads"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker process is made from."""

    root: str
    providers: tuple[str, ...]
    cache_dir: str | None
    known: KnownValues | None
    secrets: bool = True
    """Secrets of no known kind are looked for."""
    guesses: bool = False
    """Those of low confidence, too."""
    plugins: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    """The user's own for detect-secrets."""

    @property
    def digest(self) -> str:
        """What the results depend on beside the catalogue, in a few characters."""
        stamps = [(path, os.stat(path.partition("::")[0]).st_mtime_ns) for path in (*self.plugins, *self.filters)]
        return repr((self.known.digest if self.known is not None else "", self.secrets, self.guesses, stamps))


class Worker:
    """The pure per-file work, in this process or another. The catalogue is loaded when a file first needs it."""

    def __init__(self, setup: Setup, registry: Registry | None = None) -> None:
        self._setup = setup
        self.registry = registry or Registry(setup.providers, setup.cache_dir)

    def prepare(self) -> None:
        """Load what the first look at files needs."""
        self._sniffer.prepare()

    def sniff(self, paths: Sequence[str]) -> Totals:
        """Look at files on disk."""
        return self._sniffer.batch(self._setup.root, paths)

    def sniff_and_read(self, paths: Sequence[str]) -> tuple[Totals, list[tuple[FileFacts, bytes | None]]]:
        """Look at files on disk, and read those for secrets that are few among many: what is read with them need not wait."""
        totals = self.sniff(paths)
        return totals, self.read("secrets", [s.path for s in totals.found if s.secrets][:_FEW_OF_MANY])

    def sniff_data(self, path: str, data: bytes) -> Sniffed | None:
        """Look at bytes that stand in for a file."""
        return self._sniffer.look(path, data)

    def read(self, reading: Reading, paths: Iterable[str]) -> list[tuple[FileFacts, bytes | None]]:
        """Read files on disk, and return what is kept of each in the cache; those that are gone meanwhile are left out."""
        contents = ((path, sources.read(os.path.join(self._setup.root, path), path)) for path in paths)
        read = [(self.read_data(path, data, reading), data) for path, data in contents if isinstance(data, bytes)]
        return [(facts, self.sealed(facts, data)) for facts, data in read]

    def _secrets(self, path: str, data: bytes) -> FileFacts:
        """Read a file for secrets of no known kind: they are its definitions."""
        from keylint.engine.reading import decode
        from keylint.engine.unmarked import is_told
        from keylint.generic.own import OwnError
        from keylint.generic.reading import secrets
        from keylint.model import FileFacts

        catalogue = self.registry.catalogue
        text = decode(data)[0]
        try:
            found = secrets(path, text, lambda value: is_told(value, path, catalogue), self.own)
        except OwnError as error:
            return FileFacts(path, problem=str(error))
        left_out = f"more than {_MOST_SECRETS:,} values that look like secrets: the rest is left out"
        guesses = self._setup.guesses
        return FileFacts(
            path,
            definitions=tuple(d for d in found[:_MOST_SECRETS] if guesses or d.confidence is not Confidence.LOW),
            problem=left_out if len(found) > _MOST_SECRETS else None,
        )

    def sealed(self, facts: FileFacts | None, data: bytes) -> bytes | None:
        """Return what is kept in the cache of reading `data`."""
        return sealed(self._sealer, facts, data)

    def read_data(self, path: str, data: bytes, reading: Reading = "reading") -> FileFacts:
        """Read bytes that stand in for a file."""
        if reading == "secrets":
            return self._secrets(path, data)
        from keylint.engine.reading import read

        return read(path, data, self._search)

    @cached_property
    def _sniffer(self) -> Sniffer:
        from keylint.engine.sniff import Sniffer
        from keylint.match import Matcher

        matcher = Matcher(self.registry.expressions, self._setup.cache_dir)
        setup = self._setup
        return Sniffer(
            matcher,
            self.registry,
            setup.known,
            setup.cache_dir,
            secrets=setup.secrets,
            guesses=setup.guesses,
            every_file=bool(setup.plugins),
        )

    @cached_property
    def own(self) -> Own | None:
        """The user's own plugins and filters for detect-secrets. Raises `OwnError`."""
        if not self._setup.plugins and not self._setup.filters:
            return None
        from keylint.generic.own import load

        return load(self._setup.plugins, self._setup.filters)

    @cached_property
    def _sealer(self) -> Sealer | None:
        return sealer_of(self._setup.cache_dir) if self._setup.cache_dir is not None else None

    @cached_property
    def _search(self) -> Search:
        from keylint.engine.interest import Search

        return Search(self.registry.catalogue, self._setup.known)


class Project:
    """What was found, looked at and read. `reported` are the files that the user asked about, the rest is context."""

    def __init__(self, request: Request, exclude: Sequence[str], setup: Setup, registry: Registry) -> None:
        self._request = request
        self._exclude = exclude
        self._root = request.root
        self._wants_secrets = setup.secrets
        self._here = Worker(setup, registry)
        if setup.plugins or setup.filters:
            self._demand_own()
        self._workers = Workers(self._here, Worker, setup)
        self._cache = open_cache(setup.cache_dir, request.root, registry, setup.digest)
        self._overrides: dict[str, bytes] = {}
        self._sniffed: dict[str, Sniffed] = {}
        self._callers: Callers | None = None
        self._imports: dict[str, tuple[str, ...]] = {}
        self.reported: dict[str, bool] = {}
        """Path -> git-ignored."""
        self._ignored_context: set[str] = set()
        self.facts: dict[str, FileFacts] = {}
        self._read_for_secrets: dict[str, FileFacts] = {}
        self.secrets: list[Definition] = []
        """What looks like a secret of no known kind, in the files that are reported."""
        self.skipped: list[Skipped] = []
        self.files = 0
        self.bytes = 0

    def run(self) -> None:
        """Find, look at and read everything that can matter for the files asked about."""
        with self._workers:
            self._find()
            self._sniff([path for path in self.reported if path not in self._overrides])
            self._sniff_overrides(reported=True)
            if any(sniffed.wanted is not Wanted.NOTHING for sniffed in self._sniffed.values()):
                self._add_context()
                self._read([s.path for s in self._sniffed.values() if s.wanted is Wanted.READ])
                self._read(self._reachable())
            if self._wants_secrets:
                self._find_secrets()

    def _demand_own(self) -> None:
        """Import the user's plugins now, so that what is wrong with them is said once."""
        from keylint.generic.own import OwnError

        try:
            self._here.own  # noqa: B018
        except OwnError as error:
            raise UserError(str(error)) from error

    def is_ignored(self, path: str) -> bool:
        """Say whether keys belong in this file."""
        return self.reported.get(path, False) or path in self._ignored_context

    def with_ignores(self) -> list[str]:
        """Return the reported files that hold an ignore comment."""
        return sorted(s.path for s in self._sniffed.values() if s.ignores and s.path in self.reported)

    def data(self, path: str) -> bytes | None:
        """Return a file's content as this run sees it."""
        if path in self._overrides:
            return self._overrides[path]
        data = sources.read(os.path.join(self._root, path), path)
        return data if isinstance(data, bytes) else None

    @property
    def paths(self) -> Iterable[str]:
        """The paths of all files, those that are only context too."""
        return self._all_paths

    def has(self, path: str) -> bool:
        """Say whether the project has this file."""
        return path in self._all_paths

    def sinks(self) -> Mapping[str, tuple[Sink, ...]]:
        """Return the catalogue's sinks by dotted call."""
        return self._here.registry.catalogue.sinks

    def load(self, path: str) -> FileFacts | None:
        """Read one more file for the link; `None` when there is no such file in the project."""
        if path not in self.facts:
            data = self.data(path) if path in self._all_paths or path in self._overrides else None
            if data is None:
                return None
            self.facts[path] = self._remembered(path, data) or self._read_here(path, data)
        return self.facts[path]

    def load_values(self, path: str) -> FileFacts | None:
        """Read all values of a configuration file that a program opens; nothing in it is reported for that."""
        data = self.data(path) if path in self._all_paths or path in self._overrides else None
        if data is None or len(data) > _LARGEST_CONFIGURATION:
            return None
        known = self._cache.facts(path, data, "values") if self._cache is not None else None
        if known is not None:
            return known
        from keylint.engine.reading import read_values

        facts = read_values(path, data)
        if self._cache is not None:
            self._cache.keep(path, self._here.sealed(facts, data), "values")
        return facts

    def callers(self, functions: Collection[tuple[str, str]]) -> list[str]:
        """Return the files that may call some functions, and that were not read yet."""
        if self._callers is None:
            from keylint.engine.callers import Callers

            self._callers = Callers(self._all_paths, self.data, self.imports)
        return self._callers.of(functions, self.facts)

    def left_out(self) -> list[Skipped]:
        """Return the reported files with functions whose callers were not all read."""
        homes = self._callers.left_out if self._callers is not None else ()
        return [Skipped(path, MANY_CALLERS, partial=True) for path in homes if path in self.reported]

    def remember(self) -> None:
        """Write the cache for the next run."""
        if self._cache is not None:
            self._cache.write(complete=self._is_whole())

    # ------------------------------------------------------------------ finding

    def _find(self) -> None:
        if self._request.staged:
            self._find_staged()
            return
        if self._request.stdin is not None:
            source = sources.stdin_source(self._request.stdin, self._request.paths[0], self._root)
            self.reported[source.path] = source.ignored
            self._overrides[source.path] = source.data
            return
        found = sources.discover(self._root, self._request.paths, self._exclude, self._expect)
        self.reported = {entry.path: entry.ignored for entry in found.entries}
        self.skipped += [replace(s, fatal=s.path in self._named and s.reason in _FATAL) for s in found.skipped]

    def _expect(self, files: int) -> None:
        """Start the other processes while the rest of a large tree is being found."""
        if files >= FILES_THAT_PAY and (self._cache is None or self._cache.looks.is_empty):
            self._workers.start()

    def _find_staged(self) -> None:
        try:
            staged = sources.staged(self._root, self._exclude)
        except sources.SourceError as error:
            raise UserError(f"--staged: {error}") from error
        # What is staged was asked for by name: a blob that cannot be read is no all-clear.
        self.skipped += [replace(s, fatal=s.reason in _FATAL) for s in staged.skipped]
        for source in staged.sources:
            self.reported[source.path] = source.ignored
            self._overrides[source.path] = source.data

    def _add_context(self) -> None:
        """Look at the rest of the project: what is found there is not reported, but it can be reached."""
        rest = [path for path in self._all_paths if path not in self.reported]
        if self._request.staged:
            rest = self._index_context(rest)
        self._sniff(rest, reported=False)

    def _index_context(self, rest: list[str]) -> list[str]:
        """The context of the index is the index: what differs from it in the work tree is taken from there."""
        with sources.index_reader(self._root) as index:
            for path in sources.changed(self._root):
                data = index.read(path) if path not in self._overrides else None
                if isinstance(data, bytes):
                    self._overrides[path] = data
            self._sniff_overrides(reported=False)
            return [p for p in rest if (p in index.paths or p in self._ignored_context) and p not in self._overrides]

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(sources.relative_path(path, self._root) for path in self._request.paths)

    @cached_property
    def _all_paths(self) -> dict[str, None]:
        if self._is_whole():
            return dict.fromkeys(self.reported)
        found = sources.discover(self._root, (), self._exclude)
        self._ignored_context = {entry.path for entry in found.entries if entry.ignored}
        return dict.fromkeys(entry.path for entry in found.entries)

    def _is_whole(self) -> bool:
        """Say whether the run is about all files of the project, as they are on disk."""
        on_disk = not self._request.staged and self._request.stdin is None
        return on_disk and any(os.path.abspath(path) == self._root for path in self._request.paths)

    # ------------------------------------------------------------------ looking

    def _sniff(self, paths: list[str], reported: bool = True) -> None:
        fresh = paths
        if self._cache is not None:
            fresh, known = self._cache.looks.recall(paths)
            self._take(known, reported)
        at = 0
        reads = reported and self._wants_secrets
        looks = self._workers.map("sniff_and_read" if reads else "sniff", fresh, pays=FILES_THAT_PAY)
        if self._workers.are_many:
            self._prepare()
        for look in looks:
            totals, read = look if reads else (look, ())
            self._take(totals, reported)
            self._read_for_secrets.update((facts.path, self._kept(facts, kept, "secrets")) for facts, kept in read)
            if self._cache is not None:
                self._cache.looks.learn(fresh[at : at + len(totals.kinds)], totals)
                at += len(totals.kinds)

    def _prepare(self) -> None:
        """Load what comes behind the looks, while other processes look."""
        from keylint.engine import judging  # noqa: F401

        self._here.registry.catalogue  # noqa: B018
        self._here.registry.rules  # noqa: B018

    def _take(self, totals: Totals, reported: bool) -> None:
        self._sniffed.update((sniffed.path, sniffed) for sniffed in totals.found)
        if reported:
            self.files += totals.files
            self.bytes += totals.size
            self.skipped += [replace(s, fatal=s.path in self._named and s.reason in _FATAL) for s in totals.skipped]
            self.skipped += [Skipped(s.path, "too many hits", partial=True) for s in totals.found if s.stopped]

    def _sniff_overrides(self, reported: bool) -> None:
        for path, data in self._overrides.items():
            if reported == (path in self.reported):
                sniffed = self._here.sniff_data(path, data)
                if sniffed is not None:
                    self._sniffed[path] = sniffed
                if reported:
                    self.files += 1
                    self.bytes += len(data)

    # ------------------------------------------------------------------ reading

    def _read(self, paths: Iterable[str]) -> None:
        self.facts.update(self._readings((path for path in paths if path not in self.facts), "reading"))

    def _readings(self, paths: Iterable[str], reading: Reading) -> dict[str, FileFacts]:
        """Return what reading some files comes to, in the same order whichever of them were remembered."""
        wanted = sorted(paths)
        read: dict[str, FileFacts] = {}
        on_disk: list[str] = []
        for path in wanted:
            data = self._overrides.get(path)
            known = self._remembered(path, data, reading)
            if known is not None:
                read[path] = known
            elif data is not None:
                read[path] = self._here.read_data(path, data, reading)
            else:
                on_disk.append(path)
        parts = self._workers.map("read", on_disk, reading, batch=4, pays=PARSES_THAT_PAY)
        if reading == "secrets" and self._workers.are_many and self._cache is not None:
            self._cache.looks.folders(self._is_whole())  # no other process can do that, and they are busy
        for part in parts:
            read.update((facts.path, self._kept(facts, kept, reading)) for facts, kept in part)
        return {path: read[path] for path in wanted if path in read}

    def _kept(self, facts: FileFacts, sealed: bytes | None, reading: Reading) -> FileFacts:
        if self._cache is not None:
            self._cache.keep(facts.path, sealed, reading)
        return facts

    def _find_secrets(self) -> None:
        holding = [s.path for s in self._sniffed.values() if s.secrets and s.path in self.reported]
        known = self._read_for_secrets
        read = known | self._readings((path for path in holding if path not in known), "secrets")
        read = {path: read[path] for path in sorted(read)}
        failed = ((path, facts.problem) for path, facts in read.items())
        self.skipped += [Skipped(path, problem, partial=True) for path, problem in failed if problem is not None]
        self.secrets = [definition for facts in read.values() for definition in facts.definitions]

    def _remembered(self, path: str, data: bytes | None = None, reading: Reading = "reading") -> FileFacts | None:
        """Return what an earlier run read in the file as it is now."""
        if self._cache is None or not self._cache.has(path, reading):
            return None
        data = self.data(path) if data is None else data
        return self._cache.facts(path, data, reading) if data is not None else None

    def _read_here(self, path: str, data: bytes) -> FileFacts:
        facts = self._here.read_data(path, data)
        if self._cache is not None and path not in self._overrides:
            self._cache.keep(path, self._here.sealed(facts, data))
        return facts

    def _reachable(self) -> list[str]:
        """Return the Python files that could use a key, and that a variable or a definition can reach."""
        program = {path: facts for path, facts in self.facts.items() if not is_test_code(path)}
        # What Python files set in their own process counts where it is a key; what env files set, in any case.
        files = {path: facts for path, facts in program.items() if not path.endswith((".py", ".ipynb"))}
        # A value of a Secret goes by its last name where a container takes all of them.
        bound = {binding.name.rsplit("/", 1)[-1] for facts in files.values() for binding in facts.env}
        bound |= {b.name for facts in program.values() for b in facts.env if _holds_key(b.value, _keys(facts))}
        homes = {posixpath.dirname(path) for path, facts in files.items() if facts.env}
        defining = {path: names for path, facts in program.items() if (names := _exported_keys(facts))}
        candidates = [sniffed for sniffed in self._sniffed.values() if sniffed.wanted is Wanted.IF_REACHED]
        if len(candidates) <= _FEW:
            return [sniffed.path for sniffed in candidates]  # a key may come in as an argument, too
        if not bound and not defining:
            return []
        reach = _Closure(self, bound, defining)
        return [s.path for s in candidates if _is_below(s.path, homes) or reach.from_file(s)]

    def imports(self, path: str) -> tuple[str, ...]:
        """Return the modules that a Python file imports, by its text alone."""
        from keylint.engine.sniff import imports

        if path not in self._imports:
            sniffed = self._sniffed.get(path)
            data = None if sniffed is not None and sniffed.imports else self.data(path)
            self._imports[path] = imports(data) if data is not None else sniffed.imports if sniffed is not None else ()
        return self._imports[path]


class _Closure:
    """Import edges from a file, followed by text alone, to a file that defines a key or names a variable that is set."""

    def __init__(self, project: Project, bound: set[str], defining: Mapping[str, frozenset[str]]) -> None:
        self._project = project
        self._defining = defining
        self._bound = _any_word(bound)
        self._exported = _any_word({name for names in defining.values() for name in names})
        self._implied = {
            sink.call.split(".", 1)[0]
            for sinks in project.sinks().values()
            for sink in sinks
            if bound.intersection(sink.env)
        }
        self._known: dict[str, bool] = {}

    def from_file(self, sniffed: Sniffed) -> bool:
        """Say whether a key or a variable can reach the file: in its own text, or over at most two imports."""
        imports = self._project.imports(sniffed.path) if self._implied else ()
        if any(module.split(".", 1)[0] in self._implied for module in imports):
            return True
        data = self._project.data(sniffed.path) or b""
        if self._bound is not None and self._bound.search(data):
            return True
        # Whatever the way that an imported key takes, its last name is written where it is used.
        defining = self._defining if self._exported is not None and self._exported.search(data) else {}
        if self._bound is None and not defining:
            return False
        return self._follows(sniffed.path, self._project.imports(sniffed.path), defining, 2)

    def _follows(self, path: str, imports: Iterable[str], defining: Container[str], edges: int) -> bool:
        from keylint.link.modules import files_of

        targets = {t: None for module in imports for t in files_of(path, module) if self._project.has(t) and t != path}
        if any(target in defining or self._names_variable(target) for target in targets):
            return True
        return edges > 1 and any(self._follows(t, self._project.imports(t), defining, edges - 1) for t in targets)

    def _names_variable(self, path: str) -> bool:
        if self._bound is None:
            return False
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._bound.search(self._project.data(path) or b"") is not None
        return known


def _any_word(names: Set[str]) -> re.Pattern[bytes] | None:
    return re.compile(rb"\b(?:" + "|".join(map(re.escape, sorted(names))).encode() + rb")\b") if names else None


def _is_below(path: str, homes: set[str]) -> bool:
    """Say whether one of the directories lies above the file: its variables are the file's."""
    return any(not home or path.startswith(home + "/") for home in homes)


def _exported_keys(facts: FileFacts) -> frozenset[str]:
    """Return the last names under which another module can import a key from this one."""
    from keylint.engine.keys import last_name

    keys = _keys(facts)
    if not keys:
        return frozenset()
    return frozenset(last_name(b.name) or b.name for b in facts.bindings if _holds_key(b.value, keys))


def _keys(facts: FileFacts) -> frozenset[Place]:
    """Return where keys stand in a file; a constant that holds its own name is the name of a variable."""
    from keylint.engine.keys import last_name

    return frozenset(d.place for d in facts.definitions if d.secret.reveal() != last_name(d.name))


def _holds_key(value: object, keys: frozenset[Place]) -> bool:
    """Say whether one of the definitions at `keys` is part of a value."""
    from keylint.model import (
        Choice,
        EnvRead,
        Fallback,
        Fields,
        Hidden,
        Literal,
        Member,
        Parameter,
        Shown,
        Stripped,
        Via,
    )

    match value:
        case Literal(definition):
            return definition.place in keys
        case Via(inner) | Stripped(inner) | Member(inner) | Hidden(inner) | Shown(inner):
            return _holds_key(inner, keys)
        case Choice(options):
            return any(_holds_key(option, keys) for option in options)
        case Fields(entries):
            return any(_holds_key(entry, keys) for _, entry in entries)
        case Fallback(first, second):
            return _holds_key(first, keys) or _holds_key(second, keys)
        case EnvRead(default=default) | Parameter(default=default):
            return _holds_key(default, keys)
    return False


def problems(facts: Mapping[str, FileFacts], reported: Mapping[str, bool]) -> list[Skipped]:
    """Return the reported files that were read less well than they should have been."""
    return [Skipped(p, f.problem, partial=True) for p, f in sorted(facts.items()) if f.problem and p in reported]
