"""Ids that begin with the time at which they were made. Whether that time lies in the future is judged elsewhere."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from random import Random

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.catalogue.structures.interface import (
    Decoder,
    Reading,
    Wishes,
    base64_of_random,
    decode_base64,
    fault,
    missing,
    moment,
    number_of,
    random_text,
)
from keylint.model import Claims

_MADE = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


def _made_at(rng: Random, wishes: Wishes) -> int:
    """Return a Unix time in seconds."""
    wish: datetime | None = wishes.get("issued")
    return int(wish.timestamp()) if wish is not None else int(_MADE.timestamp()) - rng.randrange(10**7)


def _dated(seconds: float, first: int, what: str) -> Reading:
    """Return the reading of a time; `what` there was not before the year `first`."""
    when = moment(seconds)
    if when is None or when.year < first:
        return fault(f"its time lies before {first}: there was no {what}")
    return Reading(Claims(issued_at=when), proven=False)


# MongoDB: the first four of twelve bytes


def _read_object_id(text: str) -> Reading:
    if len(text) != 24:
        return fault(missing("the id", len(text), 24), truncated=len(text) < 24)
    if not re.fullmatch(r"[0-9a-f]{24}", text):
        return fault("the id is not hexadecimal")
    return _dated(int(text[:8], 16), 2009, "MongoDB to make it")


def _make_object_id(rng: Random, wishes: Wishes) -> str:
    return f"{_made_at(rng, wishes):08x}{rng.getrandbits(64):016x}"


# ULID: 48 bits of milliseconds, 80 random ones

_CROCKFORD = CHARSETS["crockford"].chars


def read_ulid(text: str) -> Reading:
    """Read an id of 26 characters, upper or lower case."""
    if len(text) != 26:
        return fault(missing("the ULID", len(text), 26), truncated=len(text) < 26)
    digits = [_CROCKFORD.find(char) for char in text.upper()]
    if min(digits) < 0:
        return fault("it is no ULID: I, L, O and U are no digits of one")
    if digits[0] > 7:
        return fault(f"it begins with `{text[0]}`; a ULID begins with 0 to 7")
    milliseconds = 0
    for digit in digits[:10]:
        milliseconds = milliseconds << 5 | digit
    return _dated(milliseconds / 1000, 2016, "such id yet")


def make_ulid(rng: Random, wishes: Wishes) -> str:
    """Make up an id in upper case."""
    milliseconds = _made_at(rng, wishes) * 1000
    digits = (_CROCKFORD[milliseconds >> shift & 31] for shift in range(45, -1, -5))
    return "".join(digits) + random_text(rng, _CROCKFORD, 16)


def _make_ulid_lower(rng: Random, wishes: Wishes) -> str:
    return make_ulid(rng, wishes).lower()


# KSUID: 160 bits in base62, the first 32 of them seconds since May 2014

_BASE62 = CHARSETS["base62"].chars
_KSUID_EPOCH = 1_400_000_000


def _read_ksuid(text: str) -> Reading:
    if len(text) != 27:
        return fault(missing("the KSUID", len(text), 27), truncated=len(text) < 27)
    number = number_of(text, _BASE62)
    if isinstance(number, Reading):
        return number
    if number >> 160:
        return fault("it is no KSUID: more than 160 bits")
    return Reading(Claims(issued_at=moment((number >> 128) + _KSUID_EPOCH)), proven=False)


def _make_ksuid(rng: Random, wishes: Wishes) -> str:
    number = (_made_at(rng, wishes) - _KSUID_EPOCH) << 128 | rng.getrandbits(128)
    digits = ""
    while number > 0:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(27, "0")


# Discord: milliseconds since 2015 in front of 22 bits

_DISCORD_EPOCH = 1_420_070_400_000
_READ = Reading(proven=False)


def _created(snowflake: int) -> datetime | None:
    return moment(((snowflake >> 22) + _DISCORD_EPOCH) / 1000)


def _read_snowflake(text: str) -> Reading:
    if not re.fullmatch(r"[0-9]{17,20}", text):
        return fault("the id is no number of 17 to 20 digits", truncated=len(text) < 17)
    number = int(text)
    if number >> 64:
        return fault("the id is no number of 64 bits")
    return Reading(Claims(issued_at=_created(number)), proven=False)


def _make_snowflake(rng: Random, wishes: Wishes) -> str:
    return str((_made_at(rng, wishes) * 1000 - _DISCORD_EPOCH) << 22 | rng.getrandbits(22))


def _read_discord(text: str) -> Reading:
    data = decode_base64(text)
    number = (data or b"").decode("latin-1")
    if not re.fullmatch(r"[0-9]{17,19}", number):
        return fault("the first part does not decode to an id of 17 to 19 digits")
    created = _created(int(number))
    return Reading(
        Claims(account=number, details=(("account created", created.date().isoformat()),) if created else ())
    )


def _make_discord(rng: Random, _wishes: Wishes) -> str:
    number = rng.randrange(10**17, 10**18) if rng.random() < 0.5 else rng.randrange(10**18, 1_400_000_000_000_000_000)
    return base64.b64encode(str(number).encode()).decode().rstrip("=")


# The middle part of a bot's token: 4 bytes, a time in tokens up to 2021 and opaque in newer ones

_TOKEN_EPOCH = 1_293_840_000
_YEAR_2021 = 1_609_459_200
_YEAR_2022 = 1_640_995_200


def _read_discord_time(text: str) -> Reading:
    data = decode_base64(text)
    if data is None or len(data) < 4:
        return fault("the middle part does not decode to 4 bytes")
    seconds = int.from_bytes(data[:4], "big")
    if len(data) > 4:
        return _READ
    if _YEAR_2021 <= seconds < _YEAR_2022:
        return Reading(Claims(issued_at=moment(seconds)), proven=False)
    if _DISCORD_EPOCH // 1000 <= seconds + _TOKEN_EPOCH < _YEAR_2021:
        return Reading(Claims(issued_at=moment(seconds + _TOKEN_EPOCH)), proven=False)
    return _READ


def _make_discord_time(rng: Random, wishes: Wishes) -> str:
    wish: datetime | None = wishes.get("issued")
    if wish is None:
        return base64_of_random(rng, 4)
    seconds = int(wish.timestamp())
    data = (seconds if seconds >= _YEAR_2021 else seconds - _TOKEN_EPOCH).to_bytes(4, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


DECODERS = {
    "object_id": Decoder(CHARSETS["hex"], _read_object_id, _make_object_id),
    "ulid": Decoder(CHARSETS["crockford"], read_ulid, make_ulid),
    "ulid_lower": Decoder(Charset("crockford", _CROCKFORD.lower()), read_ulid, _make_ulid_lower),
    "ksuid": Decoder(CHARSETS["base62"], _read_ksuid, _make_ksuid),
    "snowflake": Decoder(CHARSETS["digit"], _read_snowflake, _make_snowflake),
    "discord_id": Decoder(CHARSETS["alnum"], _read_discord, _make_discord),
    "discord_time": Decoder(CHARSETS["base64url"], _read_discord_time, _make_discord_time),
}
