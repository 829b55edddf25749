"""Keys that hold a text, a JSON object or a macaroon."""

import base64
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from keylint.catalogue.structures import DECODERS


def wrapped(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


UUID = "01234567-89ab-4def-8123-456789abcdef"


@pytest.mark.parametrize(
    ("name", "inside", "fault"),
    [
        ("jfrog_reference", "reftkn:01:0000000000:" + "a" * 27, ""),
        ("jfrog_reference", "reftkn:02:0000000000:" + "a" * 27, "reftkn"),
        ("jfrog_reference", "reftkn:01:0000000000:" + "a" * 24, "4 characters missing"),
        ("intercom", f"tok:{UUID.replace('-', '_')}:1:0", ""),
        ("intercom", f"tok:{UUID}:1:0", "`tok:`"),
        ("intercom", f"tok:{UUID.replace('-', '_')}:1:1", "`tok:`"),
        ("elastic_key", "i" * 20 + ":" + "k" * 22, ""),
        ("elastic_key", "i" * 19 + ":" + "k" * 23, "20 characters"),
        ("nvidia_ngc", "a" * 26 + f":{UUID}", ""),
        ("nvidia_ngc", "a" * 26 + f"-{UUID}", "26 letters"),
        ("bitbucket_dc", b"123456789012:" + b"\xff" * 20, ""),
        ("bitbucket_dc", b"123456789012:" + b"a" * 20, "random bytes"),
        ("bitbucket_dc", b"123456789012" + b"\xff" * 21, "random bytes"),
        ("clerk_host", "clerk.included.katydid-92.lcl.dev$", ""),
        ("clerk_host", "clerk.example.com", "the end is missing"),
        ("clerk_host", "clerk.example.com$$", "one `$`"),
        ("clerk_host", "clerk example.com$", "one `$`"),
        ("clerk_host", "-.-$", "one `$`"),
        ("workos", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV," + "s" * 25, ""),
        ("workos", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV," + "s" * 22, "3 characters missing"),
        ("workos", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV-" + "s" * 25, "a comma"),
        ("workos", "key_00000000000000000000000000," + "s" * 25, "2016"),
        ("algolia_secured", "0" * 64 + "filters=a%3Ab", ""),
        ("algolia_secured", "0" * 63 + "userToken=a", "64 hexadecimal"),
        ("algolia_secured", "0" * 64 + "filters", "64 hexadecimal"),
        ("basic_auth", "reader:pass", ""),
        ("basic_auth", "readerpass", "a colon"),
        ("basic_auth", b"reader:\xff\xfe", "UTF-8"),
        ("vault_service", b"\x08\x01\x12\x20" + b"h" * 32 + b"\x1a\x1e" + b"t" * 30, ""),
        ("vault_service", b"\x08\x01\x12\x20" + b"h" * 32 + b"\x1a\x1e" + b"t" * 29, "ends inside"),
        ("vault_service", b"\x08\x01\x12\x20" + b"h" * 32 + b"\x1a\x1e" + b"t" * 31, "where its length says"),
        ("vault_service", b"\x08\x02\x12\x20" + b"h" * 32 + b"\x1a\x1e" + b"t" * 30, "a version"),
    ],
)
def test_texts(name: str, inside: str | bytes, fault: str) -> None:
    found = DECODERS[name].read(wrapped(inside)).fault
    assert fault in found
    assert bool(fault) == bool(found)


@pytest.mark.parametrize(
    ("name", "inside", "account", "details"),
    [
        ("elastic_key", "i" * 20 + ":" + "k" * 22, None, {"id": "i" * 20}),
        ("bitbucket_dc", b"123456789012:" + b"\xff" * 20, "123456789012", {}),
        ("clerk_host", "clerk.example.com$", None, {"host": "clerk.example.com"}),
        ("basic_auth", "reader:a:b", "reader", {}),
        ("basic_auth", ":a", None, {}),
    ],
)
def test_claims(name: str, inside: str | bytes, account: str | None, details: dict[str, str]) -> None:
    claims = DECODERS[name].read(wrapped(inside)).claims
    assert (claims.account, dict(claims.details)) == (account, details)


def test_another_key_is_no_host() -> None:
    """Stripe's keys begin like Clerk's."""
    read = DECODERS["clerk_host"].read
    assert read("51" + "Ab3Qz8Yw" * 5).foreign
    text = DECODERS["clerk_host"].make(Random(1), {})
    assert "one `$`" in read(text[:9] + ("B" if text[9] == "A" else "A") + text[10:]).fault


def test_no_expiry() -> None:
    assert DECODERS["jfrog_reference"].read(DECODERS["jfrog_reference"].make(Random(1), {})).claims.expires_at is None


@pytest.mark.parametrize(
    ("content", "signature", "fault"),
    [
        ({"u": "reader", "a": "cm1"}, "A" * 22, ""),
        ({"u": "reader", "a": "cm1"}, "A" * 21 + "B", "the last character is `B`, which 16 bytes do not end in"),
        ({"u": "reader", "a": "cm1"}, "A" * 21, "the signature is 21 characters long, not 22: 1 character missing"),
        ({"u": "reader"}, "A" * 22, "the JSON inside lacks one of `u`, `a`"),
    ],
)
def test_mapbox(content: object, signature: str, fault: str) -> None:
    body = wrapped(json.dumps(content)).rstrip("=")
    assert DECODERS["mapbox"].read(f"{body}.{signature}").fault == fault


def test_onepassword() -> None:
    text = DECODERS["onepassword"].make(Random(1), {})
    claims = DECODERS["onepassword"].read(text).claims
    assert (claims.account or "").endswith("@1passwordserviceaccounts.com")
    assert dict(claims.details) == {"host": "example.1password.com"}
    content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    del content["muk"]
    assert DECODERS["onepassword"].read(wrapped(json.dumps(content))).fault == "the JSON inside lacks `muk`"


def service_account(**changes: Any) -> str:
    content = json.loads(DECODERS["google_service_account"].make(Random(1), {"project": "acme"}))
    return json.dumps({**content, **changes})


def test_service_account() -> None:
    claims = DECODERS["google_service_account"].read(service_account()).claims
    assert claims.account == "reader@acme.iam.gserviceaccount.com"
    assert dict(claims.details) == {"project": "acme"}


@pytest.mark.parametrize(
    ("changes", "fault", "doubtful"),
    [
        ({"project_id": "other"}, "`client_email` is of the project acme, `project_id` says other", True),
        ({"project_id": "example.com:acme", "client_email": "a@acme.example.com.iam.gserviceaccount.com"}, "", False),
        ({"client_email": "acme@appspot.gserviceaccount.com", "project_id": "acme"}, "", False),
        ({"private_key": None}, "it lacks `private_key`", False),
    ],
)
def test_service_account_faults(changes: dict[str, Any], fault: str, doubtful: bool) -> None:
    reading = DECODERS["google_service_account"].read(service_account(**changes))
    assert (reading.fault, reading.doubtful) == (fault, doubtful)


def test_service_account_holds_a_whole_key() -> None:
    pem = DECODERS["pem"].make(Random(1), {})
    cut = DECODERS["google_service_account"].read(service_account(private_key=pem[:-10]))
    assert cut.fault == "`private_key`: the END line is missing"
    assert cut.truncated


@pytest.mark.parametrize("text", ["", "[1]", '{"type": "authorized_user"}', "service_account", '{"a'])
def test_no_service_account(text: str) -> None:
    assert DECODERS["google_service_account"].read(text).foreign


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ({"kty": "oct", "k": "AAAA"}, ""),
        ({"kty": "oct", "k": "A"}, "`k` is no base64url text"),
        ({"kty": "EC", "crv": "P-256", "x": "AAAA", "d": "AAAA"}, "it lacks `y`"),
        ({"kty": "RSA", "n": "AAAA", "e": "AQAB", "d": "AAAA"}, ""),
    ],
)
def test_jwk(key: object, fault: str) -> None:
    reading = DECODERS["jwk"].read(json.dumps(key))
    assert reading.fault == fault
    assert not reading.foreign


@pytest.mark.parametrize("key", [{"kty": "RSA", "n": "AAAA", "e": "AQAB"}, {"kty": "EC"}, {"kty": []}, {"d": "AAAA"}])
def test_public_or_no_jwk(key: object) -> None:
    assert DECODERS["jwk"].read(json.dumps(key)).foreign


def test_pypi_claims() -> None:
    expires = datetime(2026, 1, 1, tzinfo=UTC)
    claims = DECODERS["pypi"].read(DECODERS["pypi"].make(Random(1), {"expires": expires})).claims
    assert claims.expires_at == expires
    assert claims.account


FLY = DECODERS["fly_macaroons"].make(
    Random(1), {"issued": datetime(2024, 1, 1, tzinfo=UTC), "expires": datetime(2025, 1, 1, tzinfo=UTC)}
)


def test_fly_claims() -> None:
    claims = DECODERS["fly_macaroons"].read(FLY).claims
    assert claims.not_before == datetime(2024, 1, 1, tzinfo=UTC)
    assert claims.expires_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert claims.account


def test_fly_without_its_discharge_is_not_proven() -> None:
    reading = DECODERS["fly_macaroons"].read(FLY.split(",")[0])
    assert not reading.fault
    assert not reading.proven


@pytest.mark.parametrize(
    ("text", "fault", "truncated"),
    [
        (FLY[:-1], "a macaroon is not whole base64, padding included", True),
        (FLY[:-8], "the text ends inside a macaroon", True),
        (FLY + ",", "a part behind a comma starts with none of `fm2_`, `fm1r_`, `fm1a_`", True),
        ("fm2_" + wrapped(b"\x94\1\2\3"), "the text ends inside a macaroon", True),
        ("fm2_" + wrapped(b"\x93\1\2\3"), "a macaroon does not have four fields and nothing more", False),
        ("fm2_" + wrapped(b"\x94\1\2\3\4\5"), "a macaroon does not have four fields and nothing more", False),
        ("fm2_" + wrapped(b"\x94\xc1\0\0"), "a macaroon is no MessagePack", False),
        ("fm2_" + wrapped(b"\x91" * 300), "a macaroon is no MessagePack", False),
        ("fm2_" + wrapped(b"\xdd\xff\xff\xff\xff"), "the text ends inside a macaroon", True),
        ("fm2_" + wrapped(b"\x94\x81\1\2\xe0\xd1\1\0\xd4\1\2"), "", False),
        ("fm2_" + wrapped(b"\x94\xde\0\1\1\2\xc7\1\5\6\xcb" + bytes(8) + b"\xa1x"), "", False),
    ],
)
def test_fly(text: str, fault: str, truncated: bool) -> None:
    reading = DECODERS["fly_macaroons"].read(text)
    assert (reading.fault, reading.truncated) == (fault, truncated)
