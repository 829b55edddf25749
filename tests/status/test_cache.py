"""The cache of what sources said: never a wrong verdict, never a crash, whatever happened to its file."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import Live, Observation, Reason, Tier
from keylint.status.cache import _KEPT, Cache, Page, _checked, _read, _written
from keylint.status.interface import Scope, SourceInfo

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAYS = {Reason.ACTIVE: Live.LIVE, Reason.UNKNOWN: Live.NONE, Reason.ROTATED: Live.LIVE}


def said(reason: Reason = Reason.REVOKED, fingerprint: str = "kl1:a", **details: object) -> Observation:
    return Observation(fingerprint, "service", Tier.ISSUER, SAYS.get(reason, Live.DEAD), reason, NOW, **details)  # type: ignore[arg-type]


def at(path: Path, hours: float = 0, *, ci: bool = False) -> Cache:
    return Cache(path, NOW + timedelta(hours=hours), ci=ci)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "status.sqlite3"


def test_an_answer_is_given_again_to_the_same_source_only(path: Path) -> None:
    at(path).keep("one", [said()])
    assert at(path).answers("one", ["kl1:a", "kl1:b"]) == {"kl1:a": said()}
    assert at(path).answers("two", ["kl1:a"]) == {}


def test_more_keys_than_one_question_holds(path: Path) -> None:
    many = [said(fingerprint=f"kl1:{n}") for n in range(1203)]
    at(path).keep("s", many)
    assert len(at(path).answers("s", [seen.fingerprint for seen in many])) == 1203


@pytest.mark.parametrize("reason", _KEPT)
def test_each_answer_counts_for_its_time_and_no_longer(path: Path, reason: Reason) -> None:
    at(path).keep("s", [said(reason)])
    hours = _KEPT[reason] / timedelta(hours=1)
    assert at(path, hours - 0.01).answers("s", ["kl1:a"])
    assert not at(path, hours).answers("s", ["kl1:a"])


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(_KEPT)))
def test_no_failure_is_kept(path: Path, reason: Reason) -> None:
    at(path).keep("s", [said(reason)])
    assert not at(path).answers("s", ["kl1:a"])


def test_a_live_key_is_asked_for_again_when_it_expires(path: Path) -> None:
    at(path).keep("s", [said(Reason.ACTIVE, expires_at=NOW + timedelta(minutes=10))])
    assert at(path, 0.1).answers("s", ["kl1:a"])
    assert not at(path, 0.2).answers("s", ["kl1:a"])


def test_active_counts_for_a_quarter_of_an_hour_in_ci(path: Path) -> None:
    at(path, ci=True).keep("s", [said(Reason.ACTIVE)])
    assert at(path, 0.2).answers("s", ["kl1:a"])
    assert not at(path, 0.3).answers("s", ["kl1:a"])


def test_a_clock_that_was_set_back_believes_nothing_from_the_future(path: Path) -> None:
    at(path, 24).keep("s", [said()])
    assert not at(path).answers("s", ["kl1:a"])


def test_pages(path: Path) -> None:
    assert at(path).page("s", "u") is None
    at(path).keep_page("s", "u", Page('"1"', b"one"))
    at(path).keep_page("s", "u", Page('"2"', b"two"))
    assert at(path).page("s", "u") == Page('"2"', b"two")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes of files are POSIX")
def test_it_is_the_users_alone(path: Path) -> None:
    at(path).keep("s", [said()])
    connection = sqlite3.connect(path)
    connection.execute("BEGIN IMMEDIATE")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    connection.close()
    assert path.name in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes of files are POSIX")
@pytest.mark.parametrize("spoil", ["file", "directory"])
def test_what_others_could_write_is_not_believed(path: Path, spoil: str) -> None:
    at(path).keep("s", [said()])
    os.chmod(path if spoil == "file" else path.parent, 0o666 if spoil == "file" else 0o777)
    assert not at(path).answers("s", ["kl1:a"])
    at(path).keep("s", [said(fingerprint="kl1:b")])
    os.chmod(path if spoil == "file" else path.parent, 0o600 if spoil == "file" else 0o700)
    assert not at(path).answers("s", ["kl1:b"])


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="symbolic links")
def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"content")
    path.parent.mkdir(mode=0o700)
    path.symlink_to(target)
    at(path).keep("s", [said()])
    assert target.read_bytes() == b"content"
    assert not at(path).answers("s", ["kl1:a"])


@pytest.mark.parametrize("kept", [0, 1, 20, 100, 4096, 6000])
def test_a_truncated_file_is_an_empty_one_and_usable_again(path: Path, kept: int) -> None:
    at(path).keep("s", [said(fingerprint=f"kl1:{n}") for n in range(200)])
    path.write_bytes(path.read_bytes()[:kept])
    for fingerprint, seen in at(path).answers("s", ["kl1:0", "kl1:199"]).items():
        assert seen == said(fingerprint=fingerprint)
    at(path).keep("s", [said()])
    at(path).keep("s", [said()])
    assert at(path).answers("s", ["kl1:a"]) == {"kl1:a": said()}


def test_a_file_of_anything_is_replaced(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.touch(0o600)
    path.write_bytes(b"no database at all" * 1000)
    at(path).keep("s", [said()])
    assert at(path).answers("s", ["kl1:a"])


def test_a_directory_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = at(tmp_path / "file" / "status.sqlite3")
    cache.keep("s", [said()])
    assert cache.answers("s", ["kl1:a"]) == {}
    assert cache.page("s", "u") is None


def test_rows_of_somebody_else_are_no_answers(path: Path) -> None:
    at(path).keep("s", [said()])
    connection = sqlite3.connect(path)
    for n, text in enumerate(["", "[]", "{}", '{"tier": 9}', "[" * 5000, _written(said()).replace("revoked", "gone")]):
        row = _checked("s", f"kl1:{n}", NOW.timestamp(), NOW.timestamp() + 9e9, text)
        connection.execute("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    assert set(at(path).answers("s", ["kl1:a", *(f"kl1:{n}" for n in range(6))])) == {"kl1:a"}


@pytest.mark.parametrize(
    ("what", "instead"),
    [(b"CREATE TABLE answer", b"CREATE TABLE \xffnswer"), (b"CREATE TABLE answer", b"CREATE TABLE answes")],
)
def test_a_damaged_schema_is_made_anew(path: Path, what: bytes, instead: bytes) -> None:
    at(path).keep("s", [said()])
    data = path.read_bytes()
    assert what in data
    path.write_bytes(data.replace(what, instead))
    assert at(path).answers("s", ["kl1:a"]) == {}
    at(path).keep("s", [said()])
    assert at(path).answers("s", ["kl1:a"]) == {"kl1:a": said()}


def test_a_header_that_forbids_writing_is_damage(path: Path) -> None:
    at(path).keep("s", [said()])
    data = bytearray(path.read_bytes())
    data[18] = 9  # the version of the format that writers have to know
    path.write_bytes(data)
    at(path).keep("s", [said(fingerprint="kl1:b")])
    assert set(at(path).answers("s", ["kl1:a", "kl1:b"])) == {"kl1:b"}


@pytest.mark.parametrize("change", ["body='[]'", "body=x'5b5d'", "body=7", "etag=x'ff'", "checksum=''"])
def test_a_changed_page_is_none(path: Path, change: str) -> None:
    at(path).keep_info("s", SourceInfo((Scope("acme"),)))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE page SET {change}")
        connection.commit()
    assert at(path).page("s", "itself") is None
    assert at(path).info("s") == SourceInfo()


@pytest.mark.parametrize(
    "change", ["said=replace(said, 'revoked', 'expired')", "said=x'ff'", "said=5", "fresh_until=9e18"]
)
def test_a_changed_answer_is_none(path: Path, change: str) -> None:
    at(path).keep("s", [said()])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE answer SET {change}")
        connection.commit()
    assert at(path).answers("s", ["kl1:a"]) == {}


def test_flipped_bytes_cost_answers_and_change_none(path: Path) -> None:
    kept = {
        f"kl1:{n}": said(reason, f"kl1:{n}")
        for n, reason in enumerate((Reason.REVOKED, Reason.ACTIVE, Reason.DISABLED))
    }
    at(path).keep("s", kept.values())
    at(path).keep_info("s", SourceInfo((Scope("acme", "production"),)))
    sound = path.read_bytes()
    used = [place for place, byte in enumerate(sound) if byte]
    choose = random.Random(4)
    lost = 0
    for _ in range(400):
        spoilt = bytearray(sound)
        for _ in range(choose.choice((1, 1, 4))):
            spoilt[choose.choice(used)] ^= choose.randrange(1, 256)
        path.write_bytes(spoilt)
        found = at(path).answers("s", [*kept, "kl1:9"])
        assert found.items() <= kept.items()
        assert at(path).info("s") in (SourceInfo(), SourceInfo((Scope("acme", "production"),)))
        at(path).keep("s", [said()])
        lost += found.keys() != kept.keys()
    assert lost, "some of the flips did harm"


def test_what_is_past_is_deleted(path: Path) -> None:
    at(path).keep("s", [said(Reason.DISABLED)])
    at(path, 24).keep("s", [said(Reason.DISABLED, "kl1:b")])
    at(path, 26).keep("s", [said(Reason.DISABLED, "kl1:c")])
    with closing(sqlite3.connect(path)) as connection:
        assert {key for (key,) in connection.execute("SELECT fingerprint FROM answer")} == {"kl1:b", "kl1:c"}


def test_a_very_large_page_is_not_kept(path: Path) -> None:
    at(path).keep_page("s", "u", Page("1", bytes(4 * 1024 * 1024)))
    at(path).keep_page("s", "u", Page("2", bytes(4 * 1024 * 1024 + 1)))
    kept = at(path).page("s", "u")
    assert kept is not None
    assert kept.etag == "1"


_WRITER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from keylint.model import Live, Observation, Reason, Tier
from keylint.status.cache import Cache
cache = Cache(Path(sys.argv[1]), datetime(2026, 11, 21, 12, tzinfo=UTC))
for n in range(60):
    cache.keep("s", [Observation(f"kl1:{sys.argv[2]}-{n}", "s", Tier.ISSUER, Live.DEAD, Reason.REVOKED)])
"""


def test_two_processes_write_at_once(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, path, name]) for name in "xyz"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    wanted = [f"kl1:{name}-{n}" for name in "xyz" for n in range(60)]
    found = at(path).answers("s", wanted)
    assert sorted(found) == sorted(wanted)


moments = st.none() | st.datetimes(timezones=st.just(UTC))


@given(
    st.text(),
    st.sampled_from(Tier),
    st.sampled_from(Live),
    st.sampled_from(Reason),
    st.tuples(moments, moments, moments, moments),
    st.none() | st.text(),
    st.text(),
)
def test_what_is_kept_comes_back_as_it_was(
    text: str, tier: Tier, live: Live, reason: Reason, times: tuple[datetime | None, ...], owner: str | None, note: str
) -> None:
    seen = Observation(text, text, tier, live, reason, times[0], times[1], times[2], owner, text, note, times[3])
    assert _read(_written(seen)) == seen


@given(st.text())
def test_anything_else_is_no_answer(text: str) -> None:
    assert _read(text) is None
