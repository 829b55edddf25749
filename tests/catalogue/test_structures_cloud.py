"""What AWS, Azure and GitLab write into their keys."""

import base64
import binascii
from datetime import UTC, datetime
from random import Random

import pytest

from keylint.catalogue.structures import DECODERS


def wrapped(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


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


def test_ses() -> None:
    read = DECODERS["ses_password"].read
    assert not read(base64.b64encode(b"\4" + b"x" * 32).decode()).fault
    assert "the first is 4" in read(base64.b64encode(b"\5" + b"x" * 32).decode()).fault
    assert read("B" * 43).truncated


@pytest.mark.parametrize(
    ("inside", "account", "fault", "truncated"),
    [
        ("BedrockAPIKey-a1b2-at-123456789012:" + "s" * 40, "123456789012", "", False),
        ("BedrockAPIKey-a1b2:" + "s" * 40, None, "", False),
        ("BedrockAPIKey-a1b2:" + "s" * 8, None, "the secret inside is cut off", True),
        ("BedrockAPIKey-a1b2", None, "it does not decode to `BedrockAPIKey-`, an id, a colon and a secret", True),
        ("BedrockKey-a1b2:s", None, "it does not decode to `BedrockAPIKey-`, an id, a colon and a secret", False),
    ],
)
def test_bedrock(inside: str, account: str | None, fault: str, truncated: bool) -> None:
    reading = DECODERS["bedrock_key"].read(wrapped(inside))
    assert (reading.claims.account, reading.fault, reading.truncated) == (account, fault, truncated)


QUERY = (
    "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Credential={key}%2F20250701%2Feu-west-1%2Fbedrock%2F"
    "aws4_request&X-Amz-Date=20250701T101112Z&X-Amz-Expires={seconds}&X-Amz-Signature={signature}&Version=1"
)


def presigned(signature: str = "0" * 64, seconds: str = "3600") -> str:
    number = (1 << 47 | 123456789012 << 7 | 21).to_bytes(6, "big")
    key = "ASIA" + base64.b32encode(number + b"\1\2\3\4").decode()
    return wrapped(QUERY.format(key=key, seconds=seconds, signature=signature))


def test_presigned() -> None:
    claims = DECODERS["bedrock_presigned"].read(presigned()).claims
    assert claims.issued_at == datetime(2025, 7, 1, 10, 11, 12, tzinfo=UTC)
    assert claims.expires_at == datetime(2025, 7, 1, 11, 11, 12, tzinfo=UTC)
    assert claims.account == "123456789012"
    details = dict(claims.details)
    assert details["region"] == "eu-west-1"
    assert len(details["key id"]) == 9, "the key id is masked"


def test_presigned_damage() -> None:
    read = DECODERS["bedrock_presigned"].read
    assert read(presigned("0" * 60)).truncated
    assert read(presigned(seconds="9" * 40)).claims.expires_at is None
    assert read(wrapped("example.com/?X-Amz-Date=20250701T101112Z")).fault


def test_sas() -> None:
    text = DECODERS["azure_sas"].make(Random(2), {"expires": datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)})
    assert DECODERS["azure_sas"].read(text).claims.expires_at == datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert DECODERS["azure_sas"].read("sig=abc").foreign


def test_azure_devops() -> None:
    """A rule that is read from source code alone: a token that breaks it is suspicious."""
    text = DECODERS["azure_devops_pat"].make(Random(1), {})
    assert DECODERS["azure_devops_pat"].read(text).proven
    other = ("b" if text[0] == "a" else "a") + text[1:]
    reading = DECODERS["azure_devops_pat"].read(other)
    assert reading.fault
    assert reading.doubtful
    assert not reading.truncated


@pytest.mark.parametrize("magic", [0xE0B9692D, 0x1019F92E])
def test_azure_devops_vector(magic: int) -> None:
    data = bytearray(b"keylint-synthetic-devops-vec-001")
    stored = binascii.crc32(bytes(data[:2] + data[3:7] + data[9:22] + data[23:])) ^ magic
    for shift, at in ((0, 22), (8, 8), (16, 7), (24, 2)):
        data[at] = stored >> shift & 255
    assert DECODERS["azure_devops_pat"].read(base64.b32encode(data).decode().lower().rstrip("=")).proven


def test_gitlab_payload() -> None:
    read = DECODERS["gitlab_routable"].read
    text = DECODERS["gitlab_routable"].make(Random(1), {})
    assert {"organization", "user"} <= dict(read(text).claims.details).keys()
    payload, version, _ = text.split(".")
    assert "characters long" in read(f"{payload}.{version}.zz").fault
    other = base64.urlsafe_b64encode(b"x" * 24).decode()
    assert read(f"{other}.01.0w").fault == "the payload does not end in its count of random bytes"
