import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue.align import fit
from keylint.catalogue.charsets import CHARSETS, char_class, inline
from keylint.catalogue.grammar import Checksum, GrammarError, Literal, Run, Structure, parse


@pytest.mark.parametrize(
    ("line", "low", "high", "anchors"),
    [
        ("'abc_' base62{30}", 34, 34, ("abc_",)),
        ("'abc_' base62{20,80}", 24, 84, ("abc_",)),
        ("'ghp_' body:base62{30} =crc32_base62(body)", 40, 40, ("ghp_",)),
        ("'ab' 'cd' hex{4}", 8, 8, ("abcd",)),
        ("base62{52} 'JQQJ99' base62{4}", 62, 62, ()),
        ("[A-C] 'x'", 2, 2, ()),
        ("'x' [AEIMQUYcgkosw048]", 2, 2, ("x",)),
        ("[A-Z2-7]{16}", 16, 16, ()),
        ("'a b c' digit{3}", 8, 8, ("a b c",)),
        ("@jwt{40,8000}", 40, 8000, ("eyJ",)),
        ("'glc_' @grafana_glc{56,396}", 60, 400, ("glc_eyJ",)),
        ("'pypi-' @pypi{150,1000}", 155, 1005, ("pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw")),
        ("base64{76} '+ASt' =azure_his(^) '=='", 88, 88, ()),
        ("p:'x_' b:hex{8} '_' =crc32_hex_le(p,b)", 19, 19, ("x_",)),
        ("[a\\]b]{2} 'z'", 3, 3, ()),
    ],
)
def test_forms(line: str, low: int, high: int, anchors: tuple[str, ...]) -> None:
    form = parse(line)
    assert (form.min, form.max, form.anchors) == (low, high, anchors)


def test_segments() -> None:
    form = parse("l:'a_' r:hex{2,3} '-' [xy]{4} =crc32_hex(l,r) =crc32_HEX(^) @jwt{40,50}")
    kinds = [type(segment) for segment in form.segments]
    assert kinds == [Literal, Run, Literal, Run, Checksum, Checksum, Structure]
    assert form.segments[4] == Checksum("crc32_hex", ("l", "r"))
    assert form.segments[5] == Checksum("crc32_HEX", ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "an empty form"),
        ("'abc", "not a segment at character 1: 'abc"),
        ("base63{4}", "no charset is called base63"),
        ("'a' base62", "base62 needs a length"),
        ("'a' base62{}", "needs a length"),
        ("'a' base62{0}", "between 1 and"),
        ("'a' base62{9,3}", "between 1 and"),
        ("'a' base62{99999}", "between 1 and"),
        ("'a' b:hex{2} b:hex{3}", "the label b is used twice"),
        ("'a' =crc64(^)", "no checksum is called crc64"),
        ("'a' =crc32_hex(body)", "names body, which is no label"),
        ("'a' =crc32_hex()", "names nothing"),
        ("@toml{2,3}", "no structure is called toml"),
        ("'ü'", "printable ASCII"),
        ("''", "printable ASCII"),
        ("[z-a]", "runs backwards"),
        ("'a''b'", "not a segment"),
        ("base62{1,9} base62{1,9} base62{1,9}", "whose end the next segment does not mark"),
        ("base62{9000} base62{9000} base62{9000}", "20000 is the limit"),
    ],
)
def test_errors(line: str, message: str) -> None:
    with pytest.raises(GrammarError, match=re.escape(message)):
        parse(line)


@given(st.text())
def test_nothing_but_grammar_errors(line: str) -> None:
    try:
        form = parse(line)
    except GrammarError:
        return
    assert 0 < form.min <= form.max


@given(st.frozensets(st.characters(), min_size=1, max_size=40), st.characters())
def test_character_classes(chars: frozenset[str], other: str) -> None:
    matcher = re.compile(char_class(chars))
    assert all(matcher.fullmatch(char) for char in chars)
    assert bool(matcher.fullmatch(other)) == (other in chars)


@pytest.mark.parametrize(
    ("text", "chars"),
    [("a-c", "abc"), ("A-C0", "0ABC"), ("a\\-c", "-ac"), ("-", "-"), ("_~.-", "-._~"), ("x", "x"), ("+/", "+/")],
)
def test_inline_classes(text: str, chars: str) -> None:
    assert inline(text).chars == chars


def test_charsets_hold_no_character_twice() -> None:
    assert all(len(set(charset.chars)) == len(charset.chars) for charset in CHARSETS.values())


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("'sk_' environment:'live' '_' base62{24}", ["sk_live_", ""]),
        ("'sk_' base62{24} '-' 'us' region:digit{2}", ["sk_", "", "-us", ""]),
        # A checksum names it: it stays.
        ("head:'syt_' 'x' base62{8} =crc32_base62(head)", ["syt_", "x", "", ""]),
    ],
)
def test_texts_side_by_side_are_read_as_one(line: str, texts: list[str]) -> None:
    form = parse(line)
    assert [getattr(segment, "text", "") for segment in form.merged.segments] == texts
    assert (form.merged.min, form.merged.max, form.merged.anchors) == (form.min, form.max, form.anchors)


def test_labelled_segments_are_claims() -> None:
    key = "sk_live_0123456789-us21"
    found = fit(parse("'sk_' environment:'live' '_' account:base62{10} '-us' region:digit{1,2}"), key)
    assert found is not None
    assert found.claims.account == "0123456789"
    assert dict(found.claims.details) == {"environment": "live", "region": "21"}
