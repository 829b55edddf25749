"""A server's list as it is kept: what comes out is what went in, and of a damaged one nothing."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.status.snapshot import Snapshot, packed


def fp(number: int) -> str:
    return f"kl1:hmac-sha256:p-1:{hashlib.sha256(str(number).encode()).hexdigest()}"


VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=2)
NAMES = st.sampled_from(["status", "owner", "replaced_by", "\n", "\u2028"])
ENTRIES = st.dictionaries(st.integers(0, 50), st.dictionaries(NAMES, VALUES), max_size=20)


@given(ENTRIES, st.lists(st.integers(0, 50), unique=True))
def test_the_entries_of_some_keys(entries: dict[int, dict[str, object]], asked: list[int]) -> None:
    snapshot = Snapshot(packed("p-1", [{"fp": fp(n), **entry} for n, entry in entries.items()]))
    assert snapshot.of(map(fp, asked)) == {fp(n): entries[n] for n in asked if n in entries}
    assert (len(snapshot), snapshot.pepper_id) == (len(entries), "p-1")


@given(ENTRIES, st.data())
def test_a_part_of_it_is_nothing(entries: dict[int, dict[str, object]], data: st.DataObject) -> None:
    whole = packed(None, [{"fp": fp(n), **entry} for n, entry in entries.items()])
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError):
        Snapshot(whole[:end])


@given(VALUES | st.dictionaries(st.just("entries"), VALUES))
def test_something_else_is_nothing(value: object) -> None:
    with pytest.raises(ValueError):
        Snapshot(json.dumps(value).encode())


def test_what_has_no_fingerprint_is_of_no_key() -> None:
    rows = [{}, {"fp": ["x"]}, {"fp": f"{fp(1)}\n{fp(2)} {{}}"}, {"fp": f" {fp(3)}"}, {"fp": fp(4)}]
    snapshot = Snapshot(packed(None, rows))
    assert len(snapshot) == 1
    assert snapshot.of(map(fp, range(5))) == {fp(4): {}}


def test_other_entries_are_not_read() -> None:
    data = packed(None, [{"fp": fp(n), "status": "active"} for n in range(3)])
    broken = data.replace(f"{fp(1)} {{".encode(), f"{fp(1)} [".encode())
    assert broken != data
    assert Snapshot(broken).of([fp(0), fp(2)]) == {fp(n): {"status": "active"} for n in (0, 2)}
