"""Prefixes hide a key among fifty, and a box opens for one fingerprint only and says what was put into it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.status.protocol import LONGEST_PREFIX, SealError, prefix_length, seal, tag, unseal

FINGERPRINTS = st.binary(min_size=32, max_size=32).map(lambda digest: f"kl1:hmac-sha256:p-1:{digest.hex()}")
ENTRIES = st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.lists(st.text()))


@pytest.mark.parametrize(
    ("entries", "length"),
    [(0, 0), (799, 0), (800, 1), (10_000, 1), (12_799, 1), (12_800, 2), (1_000_000, 3), (900_000_000, 6), (10**30, 8)],
)
def test_the_length_of_prefixes(entries: int, length: int) -> None:
    assert prefix_length(entries) == length


@given(st.integers(0, 10**15))
def test_a_prefix_hides_a_key_among_fifty(entries: int) -> None:
    length = prefix_length(entries)
    assert length == 0 or entries / 16**length >= 50
    assert length == LONGEST_PREFIX or entries / 16 ** (length + 1) < 50


@given(FINGERPRINTS, ENTRIES)
def test_what_is_sealed_comes_out_again(fingerprint: str, entry: dict[str, object]) -> None:
    box = seal(fingerprint, entry)
    assert unseal(fingerprint, box) == entry
    assert len(base64.b64decode(box)) % 64 == (12 + 16) % 64, "its length says little"
    assert seal(fingerprint, entry) == box


@given(FINGERPRINTS, FINGERPRINTS, ENTRIES, ENTRIES)
def test_boxes_differ_where_anything_differs(
    one: str, two: str, entry: dict[str, object], other: dict[str, object]
) -> None:
    if one != two:
        assert tag(one) != tag(two)
        with pytest.raises(SealError):
            unseal(two, seal(one, entry))
    if entry != other:
        assert seal(one, entry)[:16] != seal(one, other)[:16], "no nonce twice"


@given(FINGERPRINTS, ENTRIES, st.data())
def test_a_changed_box_does_not_open(fingerprint: str, entry: dict[str, object], data: st.DataObject) -> None:
    box = bytearray(base64.b64decode(seal(fingerprint, entry)))
    box[data.draw(st.integers(0, len(box) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError):
        unseal(fingerprint, base64.b64encode(box).decode())


@given(FINGERPRINTS, st.text() | st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_any_text_is_a_box_or_none(fingerprint: str, box: str) -> None:
    with pytest.raises(SealError):
        unseal(fingerprint, box)
