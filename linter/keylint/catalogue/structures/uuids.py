"""UUIDs, written in hexadecimal digits or in base58."""

from __future__ import annotations

import re
from random import Random

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.catalogue.structures.interface import Decoder, Reading, Wishes, fault, missing, number_of

_BASE58 = CHARSETS["base58"].chars
_READ = Reading(proven=False)


def _read_uuid(text: str) -> Reading:
    if len(text) != 36:
        return fault(missing("the UUID", len(text), 36), truncated=len(text) < 36)
    if not re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
        return fault("it is no UUID: 8, 4, 4, 4 and 12 digits, joined by hyphens")
    return _READ


def _read_uuid4(text: str) -> Reading:
    reading = _read_uuid(text)
    return reading if reading.fault else _version(int(text.replace("-", ""), 16))


def _version(number: int) -> Reading:
    if number >> 76 & 15 != 4 or number >> 62 & 3 != 2:
        return fault("it is no UUID of version 4, the random one")
    return _READ


def make_uuid4(rng: Random) -> str:
    """Make up a UUID of version 4."""
    digits = f"{_random(rng):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _random(rng: Random) -> int:
    return rng.getrandbits(128) & ~(15 << 76) & ~(3 << 62) | 4 << 76 | 2 << 62


def _make(rng: Random, _wishes: Wishes) -> str:
    return make_uuid4(rng)


def _read_uuid58(text: str) -> Reading:
    if len(text) != 22:
        return fault(missing("the UUID", len(text), 22), truncated=len(text) < 22)
    number = number_of(text, _BASE58)
    if isinstance(number, Reading):
        return number
    return fault("it does not decode to 16 bytes") if number >> 128 else _version(number)


def _make_uuid58(rng: Random, _wishes: Wishes) -> str:
    # Smaller numbers have fewer digits.
    number = _random(rng) | 1 << 127
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return digits


_UUID = Charset("hexadecimal digits and hyphens", CHARSETS["hex"].chars + "-")

DECODERS = {
    "uuid": Decoder(_UUID, _read_uuid, _make),
    "uuid4": Decoder(_UUID, _read_uuid4, _make),
    "uuid58": Decoder(CHARSETS["base58"], _read_uuid58, _make_uuid58),
}
