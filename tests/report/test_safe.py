from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.report.safe import clean, dump, to_ascii

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("größer, 鍵, é", "größer, 鍵, é"),
        ("a\tb\nc\rd\u2028e\xa0f", "a b c d e f"),
        ("a\x1b[31mb", "a[31mb"),
        ("a\x00\x07\x7f\x9bb", "ab"),
        ("a\u202eb\u200bc\ufeffd\u2066e", "abcde"),
        ("a\ud800b", "ab"),
        ("", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_clean_cuts_what_is_too_long() -> None:
    assert clean("x" * 20, 20) == "x" * 20
    assert clean("x" * 21, 20) == "x" * 19 + "…"


@given(ANY_TEXT, st.integers(1, 30))
def test_clean_text_is_one_printable_line_of_bounded_length(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert clean(shown, limit) == shown


def test_to_ascii() -> None:
    assert to_ascii("sk_…9f2c → ü") == "sk_...9f2c -> \\xfc"


@given(st.dictionaries(ANY_TEXT, ANY_TEXT), st.booleans())
def test_dump_loses_nothing_and_shows_only_printable_text(document: dict[str, str], unicode: bool) -> None:
    text = dump(document, unicode=unicode)
    assert json.loads(text) == json.loads(json.dumps(document))
    assert all(line.isprintable() for line in text.removesuffix("\n").split("\n"))
    assert unicode or text.isascii()


def test_dump_keeps_what_can_be_read() -> None:
    assert dump({"masked": "sk_…9f2c"}, unicode=True) == '{\n  "masked": "sk_…9f2c"\n}\n'
