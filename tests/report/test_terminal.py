from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.report.terminal import Paper, cells

WORDS = st.lists(st.text("abcdé鍵/:.", min_size=1, max_size=30), max_size=20)


def paper(*, color: bool = False, unicode: bool = True, width: int = 80) -> Paper:
    return Paper(color=color, unicode=unicode, width=width)


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("abc", 3), ("鍵", 2), ("e\u0301", 1), ("ｋ…", 3)])
def test_cells(text: str, expected: int) -> None:
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ('KEY = "sk_…"', (7, 11), ['KEY = "sk_…"', "       ^^^^"]),
        ('鍵 = "sk_…"', (5, 9), ['鍵 = "sk_…"', "      ^^^^"]),
        ('cle\u0301 = "sk_…"', (8, 12), ['cle\u0301 = "sk_…"', "       ^^^^"]),
        ('k\u202e\t= "鍵…"', (6, 8), ['k = "鍵…"', "     ^^^"]),
        ("pc = f()", None, ["pc = f()"]),
        ("f(\n  x)", (0, 7), ["f(   x)", "^^^^^^^"]),
    ],
)
def test_carets_stand_under_the_span(text: str, span: tuple[int, int] | None, expected: list[str]) -> None:
    assert paper().underlined(text, span, 5, "error") == expected


def test_carets_are_as_wide_as_what_ascii_shows() -> None:
    assert paper(unicode=False).underlined("K=sk_…x", (2, 7), 5, "error") == ["K=sk_...x", "  ^^^^^^^"]


@pytest.mark.parametrize("unicode", [True, False])
def test_a_long_line_is_cut_around_its_span(unicode: bool) -> None:
    text = "a" * 200 + "KEY" + "b" * 200
    line, carets = paper(unicode=unicode, width=80).underlined(text, (200, 203), 5, "error")
    assert cells(line) <= 75
    assert line[carets.index("^") : carets.rindex("^") + 1] == "KEY"


@given(st.text("ab鍵é…", max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_no_line_is_wider_than_the_paper(text: str, one: int, other: int) -> None:
    span = min(one, other), max(one, other)
    for line in paper(width=80).underlined(text, span, 5, "error"):
        assert cells(line) <= 75 + 2


@given(WORDS, st.integers(0, 30))
def test_wrapping_loses_and_breaks_no_word(words: list[str], indent: int) -> None:
    lines = paper().wrap(" ".join(words), indent)
    assert " ".join(lines).split() == " ".join(words).split()
    assert all(cells(line) <= 80 - indent or " " not in line for line in lines)


def test_columns_align_by_cells_and_the_last_one_wraps_under_itself() -> None:
    rows = [[("鍵.py:1:1", ""), ("one", "")], [("a.py:10:1", ""), ("word " * 20, "")]]
    first, second = paper(width=60).columns(rows, 0)
    assert first == ["鍵.py:1:1  one"]
    assert second[0].startswith("a.py:10:1  word word")
    assert len(second) > 1
    assert all(line.startswith(" " * 11 + "word") for line in second[1:])


def test_an_empty_column_takes_no_room() -> None:
    assert paper().columns([[("a", ""), ("", ""), ("b", "")]], 0) == [["a  b"]]


def test_colour_changes_no_alignment() -> None:
    rows = [[("a.py", "cyan"), ("one", "bold")], [("long.py", "cyan"), ("two", "")]]
    plain, painted = paper().columns(rows, 0), paper(color=True).columns(rows, 0)
    assert painted != plain
    assert [[re.sub("\x1b\\[[0-9;]*m", "", line) for line in row] for row in painted] == plain
