import base64
from datetime import UTC, datetime
from random import Random

import pytest

from keylint.catalogue.structures import DECODERS


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("uuid", "00000000-0000-0000-0000-000000000000", False),
        ("uuid", "00000000-0000-0000-0000-00000000000", True),
        ("uuid", "0000000000000-0000-0000-000000000000", True),
        ("uuid4", "01234567-89ab-4def-8123-456789abcdef", False),
        ("uuid4", "01234567-89ab-4def-b123-456789abcdef", False),
        ("uuid4", "01234567-89ab-1def-8123-456789abcdef", True),
        ("uuid4", "01234567-89ab-4def-c123-456789abcdef", True),
        ("uuid58", "1" * 22, True),
        ("uuid58", "z" * 22, True),
        ("object_id", "49" + "0" * 22, True),
        ("object_id", "507f1f77bcf86cd799439011", False),
        ("object_id", "507f1f77bcf86cd79943901g", True),
        ("ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAV", False),
        ("ulid", "81ARZ3NDEKTSV4RRFFQ69G5FAV", True),
        ("ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAU", True),
        ("ulid", "00000000000000000000000000", True),
        ("ksuid", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", False),
        ("ksuid", "z" * 27, True),
        ("snowflake", "80351110224678912", False),
        ("snowflake", "9" * 20, True),
        ("snowflake", "1" * 16, True),
    ],
)
def test_ids(name: str, text: str, fault: bool) -> None:
    reading = DECODERS[name].read(text)
    assert bool(reading.fault) == fault
    assert not reading.proven


@pytest.mark.parametrize(
    ("name", "text", "issued"),
    [
        ("object_id", "507f1f77bcf86cd799439011", datetime(2012, 10, 17, 21, 13, 27, tzinfo=UTC)),
        ("ulid", "01ARZ3NDEKTSV4RRFFQ69G5FAV", datetime(2016, 7, 30, 23, 54, 10, 259_000, tzinfo=UTC)),
        ("ksuid", "0ujtsYcgvSTl8PAuAdqWYSMnLOv", datetime(2017, 10, 10, 4, 0, 47, tzinfo=UTC)),
        ("snowflake", "175928847299117063", datetime(2016, 4, 30, 11, 18, 25, 796_000, tzinfo=UTC)),
        ("discord_time", "DulyxA", datetime(2018, 12, 5, 14, 31, 32, tzinfo=UTC)),
        ("discord_time", "YPqU6Q", datetime(2021, 7, 23, 10, 7, 37, tzinfo=UTC)),
        ("discord_time", "_____w", None),
        ("discord_time", "AAAAAA", None),
        ("discord_time", "DulyxAA", None),
    ],
)
def test_times(name: str, text: str, issued: datetime | None) -> None:
    """Public examples of the formats' own documents."""
    assert DECODERS[name].read(text).claims.issued_at == issued


def test_lower_case_is_the_same_id() -> None:
    text = DECODERS["ulid"].make(Random(3), {})
    assert DECODERS["ulid_lower"].read(text.lower()).claims == DECODERS["ulid"].read(text).claims


def test_base58_is_a_uuid() -> None:
    number = int("0123456789ab4def8123456789abcdef", 16)
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    assert not DECODERS["uuid58"].read(text.rjust(22, "1")).fault
    assert DECODERS["uuid58"].read(text[:-1]).fault


def test_discord_account() -> None:
    first = base64.b64encode(b"80351110224678912").decode().rstrip("=")
    claims = DECODERS["discord_id"].read(first).claims
    assert claims.account == "80351110224678912"
    assert claims.details == (("account created", "2015-08-10"),)
