"""Where the service keeps its entries: one table, in SQLite or PostgreSQL, and a counter of its changes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from keylint.server.wire import COLUMNS, HEAD, Row, row_of
from keylint.status.inventory import Inventory

_BUSY_SECONDS = 5
_CONNECTIONS = 20
_BATCH = 500
_LONGEST_SAID = 200
_METADATA = sa.MetaData()
# Fingerprints are compared byte by byte: a range of prefixes has to be a range of the index.
_FP = sa.String(160).with_variant(sa.String(160, collation="C"), "postgresql")
_ENTRIES = sa.Table(
    "keylint_status",
    _METADATA,
    sa.Column("fp", _FP, primary_key=True),
    *(sa.Column(name, sa.Integer if name == "hint_length" else sa.Text) for name in COLUMNS if name != "fp"),
    sa.Column("origin", sa.Text, nullable=False),
)
_META = sa.Table(
    "keylint_status_meta",
    _METADATA,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
_COLUMNS = [_ENTRIES.c[name] for name in COLUMNS]
_FROM_INVENTORY, _FROM_API = "inventory", "api"


class StoreError(Exception):
    """The database cannot be used as asked; the message is fit to be shown."""


class UnavailableError(Exception):
    """The database does not answer now; it may later."""


@dataclass(frozen=True, slots=True)
class State:
    """What changes with every write. `as_of` is the moment of the last one."""

    revision: int
    as_of: str
    complete_for: list[dict[str, str]]


class Store:
    """The entries of one pepper. Each method is one transaction; what a writing one has returned from is on the disk."""

    def __init__(self, url: str, pepper_id: str | None = None) -> None:
        """Open a database, which is created if it is not there. `url`: a path of SQLite, or a URL of SQLAlchemy.

        Raises:
            StoreError: it cannot be opened, is of another pepper, or is new and `pepper_id` is `None`.
        """
        self._engine = _engine(url)
        self._writers = self._engine.execution_options(keylint_writes=True)
        self._readers = self._engine
        if self._engine.dialect.name == "postgresql":
            self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ")
        try:
            _METADATA.create_all(self._engine)
            with self._writers.begin() as connection:
                self.pepper_id = _settle(connection, pepper_id)
        except SQLAlchemyError as error:
            raise StoreError(f"the database cannot be used: {_said(error)}") from None
        self._head = f"{HEAD}{self.pepper_id}:"

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def state(self) -> State:
        """Return the state after the last change."""
        with self._reading() as connection:
            return _state(connection)

    def snapshot(self) -> tuple[State, list[Row]]:
        """Return all entries by fingerprint, and the state that they are of."""
        with self._reading() as connection:
            return _state(connection), _rows(connection, sa.select(*_COLUMNS).order_by(_ENTRIES.c.fp))

    def range(self, prefix: str) -> tuple[State, list[Row]]:
        """Return the entries whose digest starts with the hex digits `prefix`."""
        fp, first = _ENTRIES.c.fp, self._head + prefix
        chosen = sa.select(*_COLUMNS).where(fp >= first, fp < first + "g").order_by(fp)
        with self._reading() as connection:
            return _state(connection), _rows(connection, chosen)

    def lookup(self, fingerprints: Sequence[str]) -> tuple[State, dict[str, Row]]:
        """Return those entries of these fingerprints that there are."""
        chosen = sa.select(*_COLUMNS).where(_ENTRIES.c.fp.in_(fingerprints))
        with self._reading() as connection:
            return _state(connection), {row["fp"]: row for row in _rows(connection, chosen)}

    def put(self, row: Row) -> bool:
        """Write an entry, whole; return whether it is new."""
        with self._writing() as connection:
            _bump(connection)
            here = _ENTRIES.c.fp == row["fp"]
            changed = connection.execute(sa.update(_ENTRIES).where(here).values(**row, origin=_FROM_API)).rowcount
            if not changed:
                connection.execute(sa.insert(_ENTRIES).values(**row, origin=_FROM_API))
            return not changed

    def delete(self, fingerprint: str) -> bool:
        """Remove an entry; return whether it was there."""
        with self._writing() as connection:
            there = connection.execute(sa.delete(_ENTRIES).where(_ENTRIES.c.fp == fingerprint)).rowcount > 0
            if there:
                _bump(connection)
            return there

    def load(self, inventories: Sequence[Inventory]) -> int:
        """Take over the entries of inventories, and where those are complete; return how many are new or changed.

        An entry that was written through the API stays as it is: a restart with the same inventory takes nothing back.

        Raises:
            StoreError: an entry is of another pepper, or of none.
        """
        for each in inventories:
            if not all(entry.fingerprint.startswith(self._head) for entry in each.entries):
                raise StoreError(f"{each.path}: holds fingerprints that are not of pepper {self.pepper_id}")
        rows = {e.fingerprint: {**row_of(e), "origin": _FROM_INVENTORY} for each in inventories for e in each.entries}
        scopes = [
            {"provider": scope.provider, **({"env": scope.environment} if scope.environment else {})}
            for each in inventories
            for scope in each.complete_for
        ]
        with self._writing() as connection:
            known = {row["fp"]: row for row in _rows(connection, sa.select(*_COLUMNS, _ENTRIES.c.origin))}
            changed = [row for fp, row in rows.items() if _gives_way(known.get(fp), row)]
            if changed or _state(connection).complete_for != scopes:
                _bump(connection)
                _set(connection, "complete_for", json.dumps(scopes))
            names = [row["fp"] for row in changed]
            for start in range(0, len(names), _BATCH):
                here = _ENTRIES.c.fp.in_(names[start : start + _BATCH])
                connection.execute(sa.delete(_ENTRIES).where(here))
            if changed:
                connection.execute(sa.insert(_ENTRIES), changed)
            return len(changed)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with _answering(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _answering(), self._writers.begin() as connection:
            # One writer at a time; SQLite sees to it by itself.
            connection.execute(sa.select(_META.c.value).where(_META.c.name == "revision").with_for_update())
            yield connection


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        raise UnavailableError(type(error).__name__) from None


def _rows(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Row]:
    result = connection.execute(chosen)
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]


def _gives_way(old: Row | None, new: Row) -> bool:
    return old is None or (old["origin"] == _FROM_INVENTORY and old != new)


def _state(connection: sa.Connection) -> State:
    meta = _meta(connection)
    return State(int(meta["revision"]), meta["as_of"], json.loads(meta["complete_for"]))


def _meta(connection: sa.Connection) -> dict[str, str]:
    return {name: value for name, value in connection.execute(sa.select(_META.c.name, _META.c.value))}  # noqa: C416 - rows


def _set(connection: sa.Connection, name: str, value: str) -> None:
    connection.execute(sa.update(_META).where(_META.c.name == name).values(value=value))


def _bump(connection: sa.Connection) -> None:
    """Count a change. The time of changes never goes back, whatever the clock does."""
    state = _state(connection)
    _set(connection, "revision", str(state.revision + 1))
    _set(connection, "as_of", max(_now(), state.as_of))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _settle(connection: sa.Connection, pepper_id: str | None) -> str:
    """Return the id of the pepper that the database is of; a new one becomes that of `pepper_id`."""
    meta = _meta(connection)
    if not meta:
        if pepper_id is None:
            raise StoreError(
                "the database is new: say of which pepper the fingerprints are (an inventory, or --pepper-id)"
            )
        fresh = {"revision": "0", "as_of": _now(), "complete_for": "[]", "pepper_id": pepper_id}
        connection.execute(sa.insert(_META), [{"name": name, "value": value} for name, value in fresh.items()])
        return pepper_id
    if pepper_id is not None and pepper_id != meta["pepper_id"]:
        raise StoreError(f"the database is of pepper {meta['pepper_id']}, and {pepper_id} is asked for")
    return meta["pepper_id"]


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url) if "://" in url else sa.URL.create("sqlite", database=os.path.abspath(url))
        driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
        parsed = parsed.set(drivername=driver[parsed.get_backend_name()])
    except (ArgumentError, KeyError):
        raise StoreError("a database is a path, sqlite:///… or postgresql://…") from None
    try:
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        # Not a word about the values in messages: error texts end in logs.
        return sa.create_engine(
            parsed, hide_parameters=True, pool_size=_CONNECTIONS, pool_pre_ping=True,
            connect_args={"connect_timeout": _BUSY_SECONDS},
        )  # fmt: skip
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs `pip install 'keylint[serve,sql]'`") from None


def _sqlite(url: sa.URL) -> sa.Engine:
    path = Path(url.database or "")
    if url.database in (None, "", ":memory:"):
        raise StoreError("the database has to be a file")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from None
    engine = sa.create_engine(
        url, hide_parameters=True, pool_size=_CONNECTIONS, connect_args={"timeout": _BUSY_SECONDS}
    )

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where they are begun, not before the first write
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("keylint_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _said(error: SQLAlchemyError) -> str:
    """Return the first line of the database's own words."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    return text.partition("\n")[0][:_LONGEST_SAID]
