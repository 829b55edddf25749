"""NATS seeds: base32 with a CRC-16 (XMODEM) over all but the last two bytes."""

from __future__ import annotations

import base64
import binascii
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import Decoder, Reading, Wishes, fault, missing


def _crc16(data: bytes) -> int:
    return binascii.crc_hqx(data, 0)


def _read_nkey(text: str) -> Reading:
    if len(text) != 58:
        return fault(missing("the seed", len(text), 58), truncated=len(text) < 58)
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        return fault("it is no base32 text")
    canonical = base64.b32encode(data).decode().rstrip("=")
    if canonical != text or _crc16(data[:-2]) != int.from_bytes(data[-2:], "little"):
        return fault("the checksum inside does not hold: mistyped")
    return Reading()


def _make_nkey(rng: Random, _wishes: Wishes) -> str:
    # The seed mark (18) and the user mark (20), five bits each after the first three.
    data = bytes([18 << 3 | (20 << 3) >> 5, (20 << 3 & 31) << 3]) + rng.randbytes(32)
    return base64.b32encode(data + _crc16(data).to_bytes(2, "little")).decode().rstrip("=")


DECODERS = {
    "nats_nkey": Decoder(CHARSETS["base32"], _read_nkey, _make_nkey, ("SU", "SA", "SO", "SN", "SC", "SX")),
}
