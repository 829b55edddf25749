import base64
import json
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue.structures import DECODERS, decode_base64, moment


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(header: object, payload: object, signature: str = "A" * 43) -> str:
    return ".".join((segment(header), segment(payload), signature))


HS256 = {"alg": "HS256", "typ": "JWT"}


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


# A shorter text of these is one as well.
_ELASTIC = (
    "aws_key_id", "cask_month", "discord_id", "snowflake", "algolia_secured", "basic_auth", "bedrock_key",
    "bedrock_presigned", "fly_macaroons",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in DECODERS if name not in _ELASTIC])
def test_every_cut_is_noticed(name: str) -> None:
    """Each proper beginning of what is made is refused, or is no such text at all."""
    text = DECODERS[name].make(Random(1), {})
    for length in range(len(text)):
        reading = DECODERS[name].read(text[:length])
        assert reading.fault or reading.foreign, length
        assert not reading.proven


@given(st.sampled_from(sorted(DECODERS)), st.text() | st.text("eyJhbGciOiJ.AgEIcHlwaS5vcmcC_-=0", max_size=200))
def test_nothing_raises(name: str, text: str) -> None:
    decoder = DECODERS[name]
    for start in ("", *decoder.starts):
        reading = decoder.read(start + text)
        assert not (reading.fault and reading.proven)


@given(st.sampled_from(sorted(DECODERS)), st.integers(0, 20), st.integers(0, 3000), st.characters())
def test_edited_texts_raise_nothing(name: str, seed: int, at: int, char: str) -> None:
    text = DECODERS[name].make(Random(seed), {})
    at %= len(text)
    DECODERS[name].read(text[:at] + char + text[at + 1 :])


@pytest.mark.parametrize(
    ("text", "fault", "truncated"),
    [
        (jwt(HS256, {}), "", False),
        (jwt(HS256, {}, "A" * 42), "the signature is 42 characters long, not 43: 1 character missing (HS256)", True),
        (jwt(HS256, {}, "A" * 44), "the signature is 44 characters long, not 43: 1 character too many (HS256)", False),
        (jwt({"alg": "RS256"}, {}, "A" * 342), "", False),
        (
            jwt({"alg": "RS256"}, {}, "A" * 340),
            "the signature is 340 characters long, not 342: 2 characters missing (RS256)",
            True,
        ),
        (jwt({"alg": "none"}, {}, ""), "", False),
        (jwt({"alg": "none"}, {}, "AAAA"), "`alg` is `none`, yet there is a signature", False),
        (jwt({"alg": "X1"}, {}, "AAAA"), "", False),
        (jwt(HS256, [1]), "the payload is no JSON object in base64url", False),
        (jwt(HS256, {}) + ".x", "4 parts between dots, not 3", False),
        (segment(HS256) + "." + segment({"a": 1}), "the signature is missing", True),
        (segment(HS256) + ".eyJhIj", "the text ends inside the payload", True),
        ("eyJ" + "x" * 20 + ".e30.AAAA", "the header is no JSON object in base64url", False),
    ],
)
def test_jwt(text: str, fault: str, truncated: bool) -> None:
    reading = DECODERS["jwt"].read(text)
    assert (reading.fault, reading.truncated, reading.foreign) == (fault, truncated, False)


@pytest.mark.parametrize("text", ["eyJ" + "A" * 30, segment({"version": 3}) + ".js", segment({"k": 1}) + ".x.y"])
def test_no_jwt(text: str) -> None:
    assert DECODERS["jwt"].read(text).foreign


def test_jwt_claims() -> None:
    payload = {
        "iss": "https://issuer.example",
        "sub": 7,
        "exp": 1_500_000_000,
        "iat": 1_400_000_000.5,
        "aud": ["a"],
        "role": "anon",
    }
    claims = DECODERS["jwt"].read(jwt(HS256, payload)).claims
    assert claims.expires_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert claims.account == "7"
    assert dict(claims.details) == {"issuer": "https://issuer.example", "role": "anon"}


@pytest.mark.parametrize("value", ["1", None, True, 10**20, -(10**20), float("nan"), float("inf"), [], {}])
def test_no_moment(value: object) -> None:
    assert moment(value) is None


def test_supabase_reads_role_and_project() -> None:
    reading = DECODERS["supabase_jwt"].read(jwt(HS256, {"iss": "supabase", "ref": "abcdefghij", "role": "anon"}))
    assert reading.claims.account == "abcdefghij"
    assert ("role", "anon") in reading.claims.details
    assert DECODERS["supabase_jwt"].read(jwt(HS256, {"iss": "else", "role": "anon"})).foreign


def test_pypi_claims() -> None:
    expires = datetime(2026, 1, 1, tzinfo=UTC)
    claims = DECODERS["pypi"].read(DECODERS["pypi"].make(Random(1), {"expires": expires})).claims
    assert claims.expires_at == expires
    assert claims.account


def test_aws_account() -> None:
    number = (1 << 47 | 123456789012 << 7 | 21).to_bytes(6, "big")
    assert DECODERS["aws_key_id"].read(base64.b32encode(number + b"\1\2\3\4").decode()).claims.account == "123456789012"


@pytest.mark.parametrize(
    ("char", "fault"),
    [("A", True), ("H", True), ("K", True), ("P", True), ("I", False), ("J", False), ("Q", False), ("7", False)],
)
def test_aws_fifth_character(char: str, fault: bool) -> None:
    reading = DECODERS["aws_key_id"].read(char + "Q2" * 7 + "A")
    assert bool(reading.fault) == fault
    assert not reading.proven


def test_gitlab_payload() -> None:
    read = DECODERS["gitlab_routable"].read
    text = DECODERS["gitlab_routable"].make(Random(1), {})
    assert {"organization", "user"} <= dict(read(text).claims.details).keys()
    payload, version, _ = text.split(".")
    assert "characters long" in read(f"{payload}.{version}.zz").fault
    other = base64.urlsafe_b64encode(b"x" * 24).decode()
    assert read(f"{other}.01.0w").fault == "the payload does not end in its count of random bytes"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("PRIVATE KEY-----\n", "RSA PRIVATE KEY-----\n", "BEGIN says RSA PRIVATE KEY, END says PRIVATE KEY"),
        ("-----END PRIVATE KEY-----", "", "the END line is missing"),
    ],
)
def test_armour(old: str, new: str, fault: str) -> None:
    text = DECODERS["pem"].make(Random(1), {})
    assert DECODERS["pem"].read(text.replace(old, new, 1)).fault == fault


def test_pem_says_its_own_length() -> None:
    text = DECODERS["pem"].make(Random(1), {})
    begin, body, end = text.split("\n")
    assert DECODERS["pem"].read("\n".join((begin, body[:-4], end))).fault == "45 bytes inside, its own length says 48"
    assert DECODERS["pem"].read("\\n".join((begin, body, end))).fault == ""
    assert DECODERS["pem"].read(" ".join((begin, body, end))).fault == ""


def test_openssh_check_numbers() -> None:
    text = DECODERS["openssh"].make(Random(1), {})
    begin, *lines, end = text.split("\n")
    data = bytearray(base64.b64decode("".join(lines)))
    data[-100] ^= 0
    at = data.index(b"ssh-ed25519", 60) - 8
    data[at] ^= 1
    edited = "\n".join((begin, base64.b64encode(bytes(data)).decode(), end))
    assert DECODERS["openssh"].read(edited).fault == "the two check numbers inside differ"


def test_discord_account() -> None:
    first = base64.b64encode(b"80351110224678912").decode().rstrip("=")
    claims = DECODERS["discord_id"].read(first).claims
    assert claims.account == "80351110224678912"
    assert claims.details == (("account created", "2015-08-10"),)


def test_sas() -> None:
    text = DECODERS["azure_sas"].make(Random(2), {"expires": datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)})
    assert DECODERS["azure_sas"].read(text).claims.expires_at == datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert DECODERS["azure_sas"].read("sig=abc").foreign


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
