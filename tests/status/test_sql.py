"""A table as a source, in SQLite and in PostgreSQL: what it says, what it cannot say, and that it is never written."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from keylint.model import KeyRef, Live, Reason, Secret
from keylint.server.store import Store
from keylint.status import resolve
from keylint.status import sql as module
from keylint.status.interface import Scope, SourceError
from keylint.status.inventory import parse
from keylint.status.sql import SqlSource

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CREATE = re.search(r"```sql\n(.*?);\n```", module.__doc__ or "", re.DOTALL)[1]


def fp(number: int, pepper: str = "p-1") -> str:
    return f"kl1:hmac-sha256:{pepper}:{hashlib.sha256(str(number).encode()).hexdigest()}"


def ref(number: int, pepper: str = "p-1", **known: Any) -> KeyRef:
    return KeyRef(fp(number, pepper), "acme", None, **known)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it: a URL, or the path of a file."""
    return str(request.getfixturevalue("postgres")() if request.param == "postgresql" else tmp_path / "a b%23#?.db")


@pytest.fixture
def execute(url: str) -> Callable[..., None]:
    made = sa.make_url(url.replace("://", "+psycopg://")) if "://" in url else sa.URL.create("sqlite", database=url)

    def run(*statements: str, rows: list[dict[str, Any]] | None = None, table: str = "keylint_status") -> None:
        engine = sa.create_engine(made, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
            for row in rows or []:
                names = ", ".join(f'"{name}"' for name in row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
        engine.dispose()

    return run


def source(url: str, **options: Any) -> SqlSource:
    return SqlSource(Secret(url), **options)


def test_the_documented_table(url: str, execute: Callable[..., None]) -> None:
    execute(
        CREATE,
        rows=[
            {
                "fp": fp(1),
                "provider": "acme",
                "status": "active",
                "checked_at": "2026-11-19T00:00:00Z",
                "owner": "a\x1b[1m",
            },
            {"fp": fp(2), "provider": "acme", "status": "REVOKED", "revoked_at": "2026-10-01T08:00:00Z"},
            {
                "fp": fp(3),
                "provider": "acme",
                "status": "rotated",
                "grace_until": "2026-12-01T00:00:00Z",
                "replaced_by": "v",
            },
            {"fp": fp(4), "provider": "acme", "status": "active", "expires_at": "2026-11-01T00:00:00Z"},
            {"fp": fp(5), "provider": "acme", "status": "odd"},
        ],
    )
    asked = source(url)
    verdicts = resolve([ref(n) for n in range(1, 7)], [asked], (), NOW).verdicts
    found = {n: (verdicts[fp(n)].live, verdicts[fp(n)].reason) for n in range(1, 7)}
    assert found == {
        1: (Live.LIVE, Reason.ACTIVE),
        2: (Live.DEAD, Reason.REVOKED),
        3: (Live.LIVE, Reason.ROTATED),
        4: (Live.DEAD, Reason.EXPIRED),
        5: (Live.NONE, Reason.UNKNOWN),
        6: (Live.NONE, Reason.UNKNOWN),
    }
    assert verdicts[fp(1)].owner == "a[1m"
    assert verdicts[fp(1)].observed_at == datetime(2026, 11, 19, tzinfo=UTC)
    assert verdicts[fp(2)].note == "revoked on 2026-10-01"
    assert verdicts[fp(3)].replaced_by == "v"
    assert asked.network is ("://" in url)
    assert "keylint@" not in asked.namespace


def test_not_listed_is_dead_where_the_table_is_complete(url: str, execute: Callable[..., None]) -> None:
    execute(CREATE, rows=[{"fp": fp(1), "provider": "acme", "status": "active"}])
    asked = source(url, complete_for=[Scope("acme")])
    assert resolve([ref(2)], [asked], (), NOW).verdicts[fp(2)].live is Live.DEAD
    assert resolve([ref(2)], [source(url)], (), NOW).verdicts[fp(2)].live is Live.NONE


def test_other_names_and_words(url: str, execute: Callable[..., None]) -> None:
    execute(
        'CREATE TABLE "Keys of ""us""" ("finger print" VARCHAR(160), state TEXT, "end" DATE)',
        f"INSERT INTO \"Keys of \"\"us\"\"\" VALUES ('{fp(1)}', 'LOCKED', '2027-01-04'), ('{fp(2)}', 'OK', '2026-01-04')",
    )
    names = {"fp": "finger print", "status": "state", "expires_at": "end"}
    asked = source(url, table='Keys of "us"', columns=names, statuses={"locked": "disabled", "Ok": "active"})
    verdicts = resolve([ref(1), ref(2)], [asked], (), NOW).verdicts
    assert verdicts[fp(1)].reason is Reason.DISABLED
    assert verdicts[fp(1)].expires_at == datetime(2027, 1, 4, tzinfo=UTC)
    assert verdicts[fp(2)].reason is Reason.EXPIRED


def test_the_table_of_the_reference_service(url: str) -> None:
    store = Store(url, "p-1")
    text = f"keylint_inventory: 1\nkeys:\n  - {{fp: '{fp(1)}', provider: acme, status: disabled, owner: o}}\n"
    store.load([parse(text, "keys.yaml", None, lambda _: False)])
    (said,) = source(url).check([ref(1)])
    assert (said.reason, said.owner) == (Reason.DISABLED, "o")
    store.close()


def test_many_keys_are_asked_for_in_batches(url: str, execute: Callable[..., None]) -> None:
    execute(CREATE, rows=[{"fp": fp(n), "provider": "acme", "status": "active"} for n in range(0, 1_200, 2)])
    said = list(source(url).check([ref(n) for n in range(1_200)]))
    assert [seen.reason for seen in said] == [Reason.ACTIVE, Reason.NOT_FOUND] * 600


def test_either_of_two_peppers_will_do(url: str, execute: Callable[..., None]) -> None:
    execute(CREATE, rows=[{"fp": fp(1, "p-old"), "provider": "acme", "status": "revoked"}])
    (said,) = source(url).check([ref(1, others=(fp(1, "p-old"),))])
    assert (said.fingerprint, said.reason) == (fp(1), Reason.REVOKED)


def refusal(asked: SqlSource) -> str:
    with pytest.raises(SourceError) as caught:
        list(asked.check([ref(1)]))
    verdict = resolve([ref(1)], [asked], (), NOW).verdicts[fp(1)]
    assert (verdict.live, verdict.reason) == (Live.NONE, Reason.SOURCE_ERROR)
    return str(caught.value)


def test_what_cannot_answer_says_why(url: str, execute: Callable[..., None]) -> None:
    complete = [Scope("acme")]
    execute("CREATE TABLE other (id INTEGER)")
    assert "no table keylint_status" in refusal(source(url, complete_for=complete))
    assert "no column fp, status" in refusal(source(url, table="other", complete_for=complete))
    execute(CREATE)
    assert "is empty" in refusal(source(url, complete_for=complete))
    execute(rows=[{"fp": fp(1, "p_1"), "provider": "acme", "status": "active"}])
    assert "is of pepper p_1, and the pepper here is p-1" in refusal(source(url, complete_for=complete))
    with pytest.raises(SourceError, match="no such fields: key"):
        source(url, columns={"key": "key"})


def test_a_key_instead_of_a_fingerprint_is_not_shown(url: str, execute: Callable[..., None]) -> None:
    execute(CREATE, rows=[{"fp": "plain:text:hush-hush:key", "provider": "acme", "status": "active"}])
    assert "hush" not in refusal(source(url))


def test_nothing_is_written(url: str, execute: Callable[..., None]) -> None:
    execute(CREATE, rows=[{"fp": fp(1), "provider": "acme", "status": "active"}])
    asked = source(url)
    with pytest.raises(SourceError, match=r"(?i)read-?only"), asked._connected() as connection:
        connection.execute(sa.text("DELETE FROM keylint_status"))
    assert [seen.reason for seen in asked.check([ref(1)])] == [Reason.ACTIVE]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert "cannot be asked" in refusal(SqlSource(str(tmp_path / "none.db")))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "text.db").write_text("no database " * 100)
    assert "cannot be asked" in refusal(SqlSource(f"sqlite:///{tmp_path / 'text.db'}"))


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    message = refusal(SqlSource("postgresql://me:hush-hush@127.0.0.1:1/keys"))
    assert message.startswith("database 127.0.0.1/keys: cannot be asked")
    assert "hush" not in message


@pytest.mark.parametrize("url", ["mysql://a/b", "://", "x://y"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SourceError, match="database"):
        SqlSource(url)
