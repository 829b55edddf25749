"""A table of a database as a source of status: SQLite or PostgreSQL, read and never written.

```sql
CREATE TABLE keylint_status (
    fp          VARCHAR(160) PRIMARY KEY,  -- kl1:hmac-sha256:<pepper id>:<64 hex digits>; in PostgreSQL best COLLATE "C"
    provider    TEXT NOT NULL,
    status      TEXT NOT NULL,             -- active, expired, revoked, disabled, rotated, unknown
    owner       TEXT,
    replaced_by TEXT,                      -- where the successor is found; never a key
    created_at  TIMESTAMP WITH TIME ZONE,  -- in SQLite text: 2027-01-04T12:00:00Z
    expires_at  TIMESTAMP WITH TIME ZONE,
    revoked_at  TIMESTAMP WITH TIME ZONE,
    rotated_at  TIMESTAMP WITH TIME ZONE,
    grace_until TIMESTAMP WITH TIME ZONE,
    checked_at  TIMESTAMP WITH TIME ZONE
);
```

All columns but `fp` and `status` may be missing. A view will do as well. It is also what the reference service keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from keylint.model import KeyRef, Observation, Reason, Secret, Tier
from keylint.status.interface import Scope, SourceError, SourceInfo
from keylint.status.listed import TIMES, not_listed, observation
from keylint.status.merge import aware
from keylint.status.remote import moment, namespace, shown

try:
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
except ImportError:
    raise SourceError("asking a database needs `pip install 'keylint[sql]'`", Reason.UNSUPPORTED) from None

TABLE = "keylint_status"
COLUMNS = ("fp", "status", "owner", "replaced_by", *TIMES)
"""What is read, where it is there."""

_BATCH = 500
_SECONDS = 5
# libpq's: a server that has gone without a word is noticed.
_ENDS = {
    "connect_timeout": _SECONDS, "tcp_user_timeout": _SECONDS * 1000,
    "keepalives_idle": _SECONDS, "keepalives_interval": _SECONDS, "keepalives_count": 2,
}  # fmt: skip
_LONGEST_SAID = 160


class SqlSource:
    """Asks one table. `url` is a URL of SQLAlchemy, or the path of an SQLite file.

    `table` may have a schema before a dot. `columns` says which column is which (`{"fp": "fingerprint"}`) where an organisation
    has other names, `statuses` which of its words means what (`{"LOCKED": "disabled"}`); upper and lower case are the same.
    `complete_for` is where the table lists every key.
    """

    tier = Tier.INVENTORY

    def __init__(
        self,
        url: str | Secret,
        table: str = TABLE,
        *,
        columns: Mapping[str, str] | None = None,
        statuses: Mapping[str, str] | None = None,
        complete_for: Sequence[Scope] = (),
    ) -> None:
        """Raises SourceError: the URL is none, or its driver is not installed."""
        self._engine, place = _engine(url.reveal() if isinstance(url, Secret) else url)
        self.network = self._engine.dialect.name != "sqlite"
        self.name = f"database {place}"
        schema, _, name = table.rpartition(".")
        self._schema, self._table = schema or None, name
        self._columns = {field: field for field in COLUMNS} | dict(columns or {})
        self._required = {"fp", "status", *(columns or {})}
        self._statuses = {word.lower(): meaning for word, meaning in (statuses or {}).items()}
        self._complete_for = tuple(complete_for)
        words = repr((sorted(self._columns.items()), sorted(self._statuses.items()), self._complete_for))
        self.namespace = namespace("sql", str(self._engine.url), table, words) if self.network else ""
        unknown = self._columns.keys() - set(COLUMNS)
        if unknown:
            raise self._error(f"no such fields: {', '.join(sorted(unknown))}; there are {', '.join(COLUMNS)}")

    def describe(self) -> SourceInfo:
        """Return where the table lists every key. Raises SourceError if it cannot be read."""
        with self._connected() as connection:
            self._selected(connection)
        return SourceInfo(self._complete_for)

    def summary(self) -> SourceInfo:
        """Return how many keys the table has, and when the latest of them was looked up. Raises SourceError."""
        with self._connected() as connection:
            rows = self._selected(connection).subquery()
            latest = sa.func.max(rows.c.checked_at) if "checked_at" in rows.c else sa.null()
            entries, checked_at = connection.execute(sa.select(sa.func.count(), latest).select_from(rows)).one()
        return SourceInfo(self._complete_for, int(entries), _moment(checked_at))

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the table says about each key. Raises SourceError."""
        fingerprints = [fingerprint for key in keys for fingerprint in key.fingerprints]
        with self._connected() as connection:
            chosen = self._selected(connection)
            self._refuse_other_peppers(connection, chosen, fingerprints)
            known: dict[str, Mapping[str, Any]] = {}
            for start in range(0, len(fingerprints), _BATCH):
                batch = chosen.where(chosen.selected_columns.fp.in_(fingerprints[start : start + _BATCH]))
                known |= {str(row["fp"]).strip(): dict(row) for row in connection.execute(batch).mappings()}
        for key in keys:
            entry = next((known[f] for f in key.fingerprints if f in known), None)
            if entry is None:
                yield not_listed(key.fingerprint, self.name, self.tier)
            else:
                said = str(entry["status"]).strip().lower()
                translated = {**entry, "status": self._statuses.get(said, said)}
                yield observation(key.fingerprint, self.name, self.tier, translated)

    def _selected(self, connection: sa.Connection) -> sa.Select[Any]:
        """Return the statement that reads the columns that there are."""
        there = {column["name"] for column in sa.inspect(connection).get_columns(self._table, self._schema)}
        missing = sorted(self._columns[field] for field in self._required if self._columns[field] not in there)
        if missing:
            raise self._error(f"the table {self._table} has no column {', '.join(missing)}")
        used = {field: name for field, name in self._columns.items() if name in there}
        table = sa.table(self._table, *(sa.column(name) for name in set(used.values())), schema=self._schema)
        return sa.select(*(table.c[name].label(field) for field, name in used.items()))

    def _refuse_other_peppers(
        self, connection: sa.Connection, chosen: sa.Select[Any], fingerprints: Sequence[str]
    ) -> None:
        """A table that cannot have any of the keys has not failed to find them."""
        fp = chosen.selected_columns.fp
        heads = sorted({fingerprint.rpartition(":")[0] + ":" for fingerprint in fingerprints})
        mine = sa.or_(sa.false(), *(fp.startswith(head, autoescape=True) for head in heads))
        if not heads or connection.execute(sa.select(fp).where(mine).limit(1)).first() is not None:
            return
        found = connection.execute(sa.select(fp).limit(1)).scalar()
        if found is None:
            raise self._error(f"the table {self._table} is empty")
        theirs, here = _pepper_of(str(found)), " and ".join(map(_pepper_of, heads))
        raise self._error(f"is of pepper {theirs}, and the pepper here is {here}")

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        options: dict[str, Any] = (
            {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"} if self.network else {}
        )
        try:
            with self._engine.connect().execution_options(**options) as connection:
                if self.network:
                    connection.execute(sa.text(f"SET LOCAL statement_timeout = {_SECONDS * 1000:d}"))
                yield connection
        except sa.exc.NoSuchTableError:
            raise self._error(f"there is no table {self._table}") from None
        except SQLAlchemyError as error:
            raise self._error(f"cannot be asked: {_said(error)}") from None

    def _error(self, message: str) -> SourceError:
        return SourceError(f"{self.name}: {message}")


def _engine(text: str) -> tuple[sa.Engine, str]:
    """Return an engine that cannot write, and how the database is called in messages."""
    try:
        url = sa.make_url(text) if "://" in text else sa.URL.create("sqlite", database=text)
    except ArgumentError:
        raise SourceError("not the URL of a database") from None
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql", "postgres"):
        raise SourceError("a database is a file of SQLite, sqlite:///… or postgresql://…")
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": sa.NullPool}
    try:
        if kind == "sqlite":
            path = Path(url.database or "").absolute()
            # Not created where it is not there.
            read_only = {"mode": "ro", "uri": "true"}
            url = sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query=read_only)
            return sa.create_engine(url, connect_args={"timeout": _SECONDS}, **options), path.name
        url = url.set(drivername="postgresql+psycopg")
        return sa.create_engine(url, connect_args=_ENDS, **options), f"{url.host or 'local'}/{url.database}"
    except ModuleNotFoundError:
        raise SourceError("asking PostgreSQL needs `pip install 'keylint[sql]'`", Reason.UNSUPPORTED) from None


def _moment(value: object) -> datetime | None:
    return aware(value) if isinstance(value, datetime) else moment(value)


def _pepper_of(fingerprint: str) -> str:
    parts = fingerprint.split(":")
    return (shown(parts[2]) if len(parts) >= 4 and parts[0] == "kl1" else None) or "none"


def _said(error: SQLAlchemyError) -> str:
    """Return the first line of the database's own words, without control characters."""
    text = str(error.orig if isinstance(error, DBAPIError) else error)
    return shown(text.partition("\n")[0], _LONGEST_SAID) or type(error).__name__
