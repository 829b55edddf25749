"""What sources said, kept for a while in one SQLite file of the user's: fingerprints and verdicts, never a key.

Errors are not kept: the next run asks again. A file that cannot be trusted (somebody else's, open to others) is left alone,
a damaged one is made anew; both cost no more than the answers in it. Each row has a checksum, since SQLite keeps none: a bit
that has changed on the disk must not make a dead key live.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from keylint.model import Live, Observation, Reason, Tier
from keylint.status.interface import Scope, SourceInfo
from keylint.status.merge import aware

FILE = "status.sqlite3"

_HOUR = timedelta(hours=1)
_KEPT = {
    Reason.ACTIVE: _HOUR,
    Reason.REVOKED: timedelta(days=30),
    Reason.EXPIRED: timedelta(days=30),
    Reason.DISABLED: _HOUR,
    Reason.INVALID: _HOUR,
    Reason.ROTATED: timedelta(hours=24),
    # New keys take some time until everybody knows them.
    Reason.NOT_FOUND: timedelta(minutes=15),
    Reason.UNKNOWN: timedelta(minutes=5),
}
"""How long a source's word counts as said today; what is not here is asked for again."""

_STILL_DEAD = timedelta(hours=24)
_ACTIVE_IN_CI = timedelta(minutes=15)
_VERSION = 3
_SCHEMA = f"""
DROP TABLE IF EXISTS answer;
DROP TABLE IF EXISTS page;
CREATE TABLE answer (
    source TEXT NOT NULL, fingerprint TEXT NOT NULL, asked_at REAL NOT NULL, fresh_until REAL NOT NULL, said TEXT NOT NULL,
    checksum TEXT NOT NULL, PRIMARY KEY (source, fingerprint)) WITHOUT ROWID;
CREATE TABLE page (
    source TEXT NOT NULL, url TEXT NOT NULL, etag TEXT NOT NULL, body BLOB NOT NULL, checksum TEXT NOT NULL,
    PRIMARY KEY (source, url)) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_ITSELF = "itself"
_LARGEST_PAGE = 4 * 1024 * 1024
_AT_ONCE = 500
_WAIT_S = 2.0
_TIMES = ("observed_at", "expires_at", "grace_until", "issued_at")
# Python's own: a name or a text of the database that is no UTF-8, a value of another type than the one that was written.
_DAMAGE = (sqlite3.Error, UnicodeError, TypeError, ValueError)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Page:
    """A document of a source, and the mark by which its server knows whether it is still the same."""

    etag: str
    body: bytes


class Cache:
    """Answers and documents by source; the name of a source changes with its settings and with the pepper.

    Every method may be called from any thread. What goes wrong with the file is the same as nothing being in it.
    """

    def __init__(self, path: Path, now: datetime, *, ci: bool = False) -> None:
        self._path = path
        self._now = now
        self._ci = ci

    def answers(self, source: str, fingerprints: Sequence[str]) -> Mapping[str, Observation]:
        """Return what the source said about these keys, by fingerprint, as far as it still counts."""
        return self._said(source, fingerprints, self._now)

    def last_dead(self, source: str, fingerprints: Sequence[str]) -> Mapping[str, Observation]:
        """Return what the source said about the keys that it called dead, where it cannot be asked again today."""
        said = self._said(source, fingerprints, self._now - _STILL_DEAD)
        return {fingerprint: seen for fingerprint, seen in said.items() if seen.verdict is Live.DEAD}

    def _said(self, source: str, fingerprints: Sequence[str], fresh: datetime) -> Mapping[str, Observation]:
        def read(database: sqlite3.Connection) -> dict[str, Observation]:
            found: dict[str, Observation] = {}
            for start in range(0, len(fingerprints), _AT_ONCE):
                part = fingerprints[start : start + _AT_ONCE]
                # What was asked in the future was asked by a clock that has been set back since.
                marks = ",".join("?" * len(part))
                rows = database.execute(
                    "SELECT fingerprint, asked_at, fresh_until, said, checksum FROM answer "  # noqa: S608
                    f"WHERE source=? AND asked_at<=? AND fresh_until>? AND fingerprint IN ({marks})",
                    (source, self._now.timestamp(), fresh.timestamp(), *part),
                )
                said = {row[0]: row[3] for *row, checksum in rows if _checksum(source, *row) == checksum}
                found.update((key, seen) for key, text in said.items() if (seen := _read(text)) is not None)
            return found

        return self._with(read, {})

    def keep(self, source: str, observations: Iterable[Observation]) -> None:
        """Keep what a source has just said, for as long as such an answer counts."""
        now = self._now.timestamp()
        rows = [
            _checked(source, seen.fingerprint, now, fresh.timestamp(), _written(seen))
            for seen in observations
            if (fresh := self._fresh_until(seen)) is not None
        ]

        def write(database: sqlite3.Connection) -> None:
            # `last_dead` reads no further back.
            database.execute("DELETE FROM answer WHERE fresh_until <= ?", ((self._now - _STILL_DEAD).timestamp(),))
            database.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)", rows)

        self._with(write, None)

    def info(self, source: str) -> SourceInfo:
        """Return what the source said about itself when it was last asked."""
        page = self.page(source, _ITSELF)
        try:
            rows = json.loads(page.body) if page is not None else []
            return SourceInfo(tuple(Scope(str(provider), environment) for provider, environment in rows))
        except (ValueError, TypeError, RecursionError):
            return SourceInfo()

    def keep_info(self, source: str, info: SourceInfo) -> None:
        """Keep what a source says about itself."""
        rows = [[scope.provider, scope.environment] for scope in info.complete_for]
        self.keep_page(source, _ITSELF, Page("", json.dumps(rows).encode()))

    def page(self, source: str, url: str) -> Page | None:
        """Return a document that was kept."""

        def read(database: sqlite3.Connection) -> Page | None:
            query = "SELECT etag, body, checksum FROM page WHERE source = ? AND url = ?"
            etag, body, checksum = database.execute(query, (source, url)).fetchone() or ("", b"", "")
            return Page(etag, body) if _checksum(source, url, etag, body) == checksum else None

        return self._with(read, None)

    def keep_page(self, source: str, url: str, page: Page) -> None:
        """Keep a document in the place of the one before; a very large one is asked for again every time."""
        if len(page.body) <= _LARGEST_PAGE:
            row = _checked(source, url, page.etag, page.body)
            self._with(lambda db: db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?)", row), None)

    def _fresh_until(self, seen: Observation) -> datetime | None:
        kept = _KEPT.get(seen.reason)
        if kept is None:
            return None
        if self._ci and seen.reason is Reason.ACTIVE:
            kept = _ACTIVE_IN_CI
        ends = (seen.expires_at, seen.grace_until) if seen.verdict is Live.LIVE else ()
        return min([self._now + kept, *(aware(end) for end in ends if end is not None)])

    def _with(self, work: Callable[[sqlite3.Connection], Any], nothing: _Result) -> _Result:
        """Do some work in the database; return `nothing` where there is none that can be used."""
        try:
            if not _is_ours(self._path):
                return nothing
            try:
                return _transaction(self._path, work)  # type: ignore[no-any-return]
            except _DAMAGE as error:
                if _is_sound(error):
                    return nothing
                _remove(self._path)
                return _transaction(self._path, work)  # type: ignore[no-any-return]
        except (*_DAMAGE, OSError, OverflowError):
            return nothing


def _is_sound(error: Exception) -> bool:
    """Say whether the file is: it is locked for long, or no space is left.

    What it lacks shows as a plain error. It has been opened for writing before: a database that is read-only all the same
    says so in its header.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return isinstance(error, sqlite3.OperationalError) and code not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY)


def _checksum(*values: object) -> str:
    digest = hashlib.sha256()
    for value in values:
        data = value if isinstance(value, bytes) else repr(value).encode()
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def _checked(*values: object) -> tuple[object, ...]:
    """Return a row with its checksum."""
    return (*values, _checksum(*values))


def _transaction(path: Path, work: Callable[[sqlite3.Connection], Any]) -> Any:
    # Created here, since SQLite would let everybody read it. `-wal` and `-shm` take over its mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA secure_delete = ON")
        # What a machine that loses its power leaves behind is made anew.
        database.execute("PRAGMA synchronous = OFF")
        # One writer at a time, from the first statement on: two processes that create the tables do it one after the other.
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            for statement in _SCHEMA.split(";"):
                database.execute(statement)
        result = work(database)
        database.execute("COMMIT")
        return result


def _is_ours(path: Path) -> bool:
    """Say whether the file, or the directory that it would come into, is the user's own and closed to others."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not hasattr(os, "geteuid"):
        return not path.is_symlink()
    directory = path.parent.stat()
    if directory.st_uid != os.geteuid() or directory.st_mode & 0o022:
        return False
    try:
        file = path.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(file.st_mode) and file.st_uid == os.geteuid() and not file.st_mode & 0o077


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(f"{path}{suffix}")


def _written(seen: Observation) -> str:
    fields = {field.name: getattr(seen, field.name) for field in fields_of(Observation)}
    fields |= {name: fields[name].isoformat() if fields[name] is not None else None for name in _TIMES}
    return json.dumps(fields)


def _read(said: object) -> Observation | None:
    """Return an observation as it was kept, `None` for what is none."""
    try:
        fields = json.loads(str(said))
        fields |= {name: aware(datetime.fromisoformat(fields[name])) if fields[name] else None for name in _TIMES}
        fields |= {"tier": Tier(fields["tier"]), "verdict": Live(fields["verdict"]), "reason": Reason(fields["reason"])}
        return Observation(**fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
