"""What holds of every decoder."""

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue.structures import DECODERS, decode_base64, moment

# A shorter text of these is one as well.
_ELASTIC = {
    "aws_key_id", "cask_month", "discord_id", "snowflake", "algolia_secured", "basic_auth", "bedrock_key",
    "bedrock_presigned", "fly_macaroons",
}  # fmt: skip
_ISSUED = {
    "jwt", "supabase_jwt", "entra_jwt", "kubernetes_jwt", "monday_jwt", "temporal_jwt", "turso_jwt", "sentry_org", "mapbox",
    "object_id", "ulid", "ulid_lower", "ksuid", "snowflake", "discord_time", "workos", "bedrock_presigned", "pgp",
}  # fmt: skip
_EXPIRES = {
    "jwt", "supabase_jwt", "entra_jwt", "kubernetes_jwt", "temporal_jwt", "turso_jwt", "pypi", "mapbox", "fly_macaroons",
    "jfrog_reference", "algolia_secured", "azure_sas", "bedrock_presigned",
}  # fmt: skip


@pytest.mark.parametrize("name", DECODERS)
def test_what_is_made_holds(name: str) -> None:
    decoder = DECODERS[name]
    for seed in range(30):
        text = decoder.make(Random(seed), {})
        assert set(text) <= set(decoder.charset.chars)
        assert not decoder.starts or text.startswith(decoder.starts)
        assert decoder.mark in text
        assert decoder.inner in text
        reading = decoder.read(text)
        assert not reading.fault
        assert not reading.foreign


@pytest.mark.parametrize("name", sorted(DECODERS.keys() - _ELASTIC))
def test_every_cut_is_noticed(name: str) -> None:
    """Each proper beginning of what is made is refused, or is no such text at all."""
    text = DECODERS[name].make(Random(1), {})
    for length in range(len(text)):
        reading = DECODERS[name].read(text[:length])
        assert reading.fault or reading.foreign, length
        assert not reading.proven


@given(
    st.sampled_from(sorted(DECODERS.keys() - {"discord_id"})), st.integers(0, 10**6), st.floats(0, 1, exclude_max=True)
)
def test_no_cut_is_proven(name: str, seed: int, share: float) -> None:
    text = DECODERS[name].make(Random(seed), {})
    assert not DECODERS[name].read(text[: int(share * len(text))]).proven


@given(st.sampled_from(sorted(DECODERS)), st.integers(0, 10**6))
def test_whatever_is_made_holds(name: str, seed: int) -> None:
    reading = DECODERS[name].read(DECODERS[name].make(Random(seed), {}))
    assert not reading.fault
    assert not reading.foreign


@pytest.mark.parametrize("name", sorted(_ISSUED))
def test_wished_issue(name: str) -> None:
    when = datetime(2021, 6, 7, 8, 9, 10, tzinfo=UTC)
    issued = DECODERS[name].read(DECODERS[name].make(Random(1), {"issued": when})).claims.issued_at
    assert issued is not None
    assert issued.replace(microsecond=0) == when


@pytest.mark.parametrize("name", sorted(_EXPIRES))
def test_wished_expiry(name: str) -> None:
    when = datetime(2024, 6, 7, 8, 9, 10, tzinfo=UTC)
    assert DECODERS[name].read(DECODERS[name].make(Random(1), {"expires": when})).claims.expires_at == when


@given(st.sampled_from(sorted(DECODERS)), st.text() | st.text("eyJhbGciOiJ.AgEIcHlwaS5vcmcC_-=0", max_size=200))
def test_nothing_raises(name: str, text: str) -> None:
    decoder = DECODERS[name]
    for start in ("", *decoder.starts):
        reading = decoder.read(start + text)
        assert not (reading.fault and reading.proven)
        assert reading.fault or not (reading.truncated or reading.doubtful)


@given(st.sampled_from(sorted(DECODERS)), st.integers(0, 20), st.integers(0, 3000), st.characters())
def test_edited_texts_raise_nothing(name: str, seed: int, at: int, char: str) -> None:
    text = DECODERS[name].make(Random(seed), {})
    at %= len(text)
    DECODERS[name].read(text[:at] + char + text[at + 1 :])


@pytest.mark.parametrize("value", ["1", None, True, 10**20, -(10**20), float("nan"), float("inf"), [], {}])
def test_no_moment(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("YQ", b"a"),
        ("YQ==", b"a"),
        ("-_-_", b"\xfb\xff\xbf"),
        ("+/+/", b"\xfb\xff\xbf"),
        ("a", None),
        ("!!", None),
        ("é", None),
    ],
)
def test_decode_base64(text: str, data: bytes | None) -> None:
    assert decode_base64(text) == data
