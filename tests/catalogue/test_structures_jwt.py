import base64
import json
from datetime import UTC, datetime
from random import Random

import pytest

from keylint.catalogue.structures import DECODERS


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def jwt(header: object, payload: object, signature: str = "A" * 43) -> str:
    return ".".join((segment(header), segment(payload), signature))


HS256 = {"alg": "HS256", "typ": "JWT"}


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


@pytest.mark.parametrize(("last", "doubtful"), [("A", False), ("8", False), ("B", True), ("_", True)])
def test_spare_bits_of_a_signature(last: str, doubtful: bool) -> None:
    """Most issuers, but not all, leave them zero: that makes suspicious."""
    reading = DECODERS["jwt"].read(jwt(HS256, {}, "A" * 42 + last))
    assert bool(reading.fault) == reading.doubtful == doubtful
    assert reading.proven != doubtful


def test_not_before() -> None:
    assert DECODERS["jwt"].read(jwt(HS256, {"nbf": 0})).claims.not_before == datetime(1970, 1, 1, tzinfo=UTC)


def test_supabase_reads_role_and_project() -> None:
    for name, role, other in (
        ("supabase_jwt", "service_role", "supabase_anon_jwt"),
        ("supabase_anon_jwt", "anon", "supabase_jwt"),
    ):
        token = jwt(HS256, {"iss": "supabase", "ref": "abcdefghij", "role": role})
        reading = DECODERS[name].read(token)
        assert reading.claims.account == "abcdefghij"
        assert ("role", role) in reading.claims.details
        assert DECODERS[other].read(token).foreign
        assert DECODERS[name].read(jwt(HS256, {"iss": "else", "role": role})).foreign


RS256 = {"alg": "RS256"}
ENTRA = {"iss": "https://login.microsoftonline.com/t/v2.0", "tid": "t", "aud": "a"}
KUBERNETES = {
    "iss": "kubernetes/serviceaccount",
    "kubernetes.io/serviceaccount/namespace": "n",
    "kubernetes.io/serviceaccount/service-account.name": "s",
}


@pytest.mark.parametrize(
    ("name", "header", "payload", "account", "details"),
    [
        ("entra_jwt", RS256, {**ENTRA, "appid": "x", "oid": "y"}, "x", {"tenant": "t", "audience": "a"}),
        ("entra_jwt", RS256, {**ENTRA, "oid": "y"}, "y", {"tenant": "t", "audience": "a"}),
        ("kubernetes_jwt", RS256, KUBERNETES, "s", {"namespace": "n"}),
        (
            "kubernetes_jwt",
            RS256,
            {"kubernetes.io": {"namespace": "n", "serviceaccount": {"name": "s"}}},
            "s",
            {"namespace": "n"},
        ),
        ("monday_jwt", RS256, {"tid": 1, "uid": 2, "actid": 3, "rgn": "use1"}, "3", {"user": "2", "region": "use1"}),
        ("temporal_jwt", RS256, {"iss": "temporal.io", "account_id": "a", "key_id": "k"}, "a", {"key id": "k"}),
        ("turso_jwt", {"alg": "EdDSA"}, {"a": "rw", "id": "g"}, "g", {"access": "rw"}),
    ],
)
def test_issuer(name: str, header: object, payload: object, account: str, details: dict[str, str]) -> None:
    claims = DECODERS[name].read(jwt(header, payload, "A" * 342)).claims
    assert claims.account == account
    assert dict(claims.details) == details


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("entra_jwt", {"iss": "https://login.microsoftonline.com.example/", "tid": "t"}),
        ("entra_jwt", {"iss": ["https://sts.windows.net/"]}),
        ("kubernetes_jwt", {"iss": "kubernetes", "kubernetes.io": 7}),
        ("monday_jwt", {"tid": 1, "uid": 2}),
        ("temporal_jwt", {"iss": "temporal.io", "account_id": "a"}),
        ("turso_jwt", {"a": "rw", "id": "g"}),
    ],
)
def test_another_issuer(name: str, payload: object) -> None:
    assert DECODERS[name].read(jwt(HS256, payload)).foreign


@pytest.mark.parametrize("name", [name for name in DECODERS if name.endswith("_jwt")])
def test_issuers_check_the_signature(name: str) -> None:
    text = DECODERS[name].make(Random(1), {})
    assert DECODERS[name].read(text[:-1]).truncated
    assert DECODERS["jwt"].read(text).proven
