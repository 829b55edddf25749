"""What functions make of a value, and where the part that they take stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.link.changes import changed, part_of
from keylint.model import Channel, Definition, Place, Secret


def definition(value: str, *, contiguous: bool = True) -> Definition:
    lines = value.split("\n")
    end = (3, 7 + len(value)) if len(lines) == 1 else (2 + len(lines), 1 + len(lines[-1]))
    return Definition(Place("a", 3, 7, *end), Secret(value), Channel.DOTENV, contiguous=contiguous)


CHANGES = [
    ("NAME=abc", "split", ("=", 1, 1), "abc"),
    ("a, b", "split", (",", None, 1), " b"),
    ("a b  c", "split", (None, None, -1), "c"),
    ("a:b:c", "rsplit", (":", 1, 0), "a:b"),
    ("a=b=c", "partition", ("=", 2), "b=c"),
    ("a=b=c", "rpartition", ("=", 2), "c"),
    ("one\ntwo\n", "splitlines", (1,), "two"),
    ("one\ntwo\n", "lines", (0,), "one\n"),
    ('"abc"', "replace", ('"', ""), "abc"),
    ("Bearer abc", "removeprefix", ("Bearer ",), "abc"),
    ("xabcx", "strip", ("x",), "abc"),
    ("abc\n", "slice", (None, -1, None), "abc"),
    ("a b\tc", "sub", (r"\s+", ""), "abc"),
    ("YWJj", "b64decode", (), "abc"),
    ("abc", "b64encode", (), "YWJj"),
    ('{"a": {"b": ["x", "y"]}}', "loads", ("a", "b", "1"), "y"),
]


@pytest.mark.parametrize(("value", "how", "arguments", "expected"), CHANGES)
def test_a_change(value: str, how: str, arguments: tuple[str | int | None, ...], expected: str) -> None:
    found = changed(definition(value), how, arguments)
    assert found is not None
    assert found.secret.reveal() == expected


@pytest.mark.parametrize(
    ("value", "how", "arguments"),
    [
        ("abc", "split", ("=", None, 1)),
        ("abc", "loads", ("a",)),
        ('{"a": 1}', "loads", ("a",)),
        ("[" * 100_000, "loads", ()),
        ("not base64", "b64decode", ()),
        ("/////w==", "b64decode", ()),
        ("a" * 1000, "replace", ("a", "b" * 1000)),
        ("aaa", "sub", ("(a+)+$", "")),
        ("abc", "swapcase", ()),
    ],
)
def test_what_is_not_known(value: str, how: str, arguments: tuple[str | int | None, ...]) -> None:
    assert changed(definition(value), how, arguments) is None


def test_a_part_stands_where_it_is_written() -> None:
    assert part_of(definition("NAME=abc"), "abc").place == Place("a", 3, 12, 3, 15)
    assert part_of(definition("one\ntwo\n"), "two").place == Place("a", 4, 1, 4, 4)
    assert part_of(definition("abc\n"), "abc").place == Place("a", 3, 7, 3, 10)


def test_what_is_written_otherwise_stands_where_its_origin_stands() -> None:
    whole = definition("YWJj")
    found = part_of(whole, "abc")
    assert (found.place, found.contiguous) == (whole.place, False)
    assert part_of(definition("abcabc"), "abc").place == definition("abcabc").place
    assert part_of(definition("xabc", contiguous=False), "abc").place == definition("xabc").place


@given(st.text("ab\n=", max_size=12), st.integers(-3, 12), st.integers(-3, 12))
def test_a_part_s_place_spans_the_part(value: str, start: int, end: int) -> None:
    whole = definition(value)
    found = changed(whole, "slice", (start, end, None))
    assert found is not None
    if not found.contiguous or found.place == whole.place:
        return
    lines = [""] * 2 + [" " * 6 + value.split("\n")[0], *value.split("\n")[1:]]
    here = found.place
    rows = lines[here.line - 1 : here.end_line]
    rows[-1] = rows[-1][: here.end_column - 1]
    rows[0] = rows[0][here.column - 1 :]
    assert "\n".join(rows) == found.secret.reveal() == value[start:end]
