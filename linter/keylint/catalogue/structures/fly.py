"""Fly.io's tokens: macaroons in MessagePack, one that permits and others that discharge its conditions.

A macaroon is `[nonce, location, caveats, tail]`; caveats are a flat list of types and bodies.
"""

from __future__ import annotations

import base64
from random import Random

from keylint.catalogue.charsets import Charset
from keylint.catalogue.structures.interface import (
    ALNUM,
    CutError,
    Decoder,
    Reading,
    Wishes,
    decode_base64,
    fault,
    moment,
    text_of,
)
from keylint.model import Claims

_STARTS = ("fm2_", "fm1r_", "fm1a_")
_ORGANIZATION, _VALIDITY, _THIRD_PARTY = 0, 4, 11
_DEPTH = 20


class _OddError(Exception):
    """The data is no MessagePack of a macaroon."""


def _read_fly(text: str) -> Reading:
    macaroons = []
    for part in text.split(","):
        start = next((start for start in _STARTS if part.startswith(start)), None)
        if start is None:
            return fault("a part behind a comma starts with none of `fm2_`, `fm1r_`, `fm1a_`", truncated=not part)
        data = decode_base64(part[len(start) :])
        if data is None or len(part[len(start) :]) % 4:
            return fault("a macaroon is not whole base64, padding included", truncated=True)
        try:
            macaroon, end = _value(data, 0, 0)
        except CutError:
            return fault("the text ends inside a macaroon", truncated=True)
        except _OddError:
            return fault("a macaroon is no MessagePack")
        if end != len(data) or not isinstance(macaroon, list) or len(macaroon) != 4:
            return fault("a macaroon does not have four fields and nothing more")
        macaroons.append(macaroon)
    return _permitted(macaroons)


def _permitted(macaroons: list[list[object]]) -> Reading:
    """Return the reading of whole macaroons: the first one says what it permits, and until when."""
    flat = macaroons[0][2] if isinstance(macaroons[0][2], list) else []
    caveats = list(zip(flat[::2], flat[1::2], strict=False))
    windows = [body for kind, body in caveats if kind == _VALIDITY and isinstance(body, list) and len(body) == 2]
    begins = [when for window in windows if (when := moment(window[0]))]
    ends = [when for window in windows if (when := moment(window[1]))]
    organization = next((b[0] for kind, b in caveats if kind == _ORGANIZATION and isinstance(b, list) and b), None)
    claims = Claims(
        expires_at=min(ends, default=None),
        account=text_of(organization),
        not_before=max(begins, default=None),
    )
    # Who else has to agree is named inside; a discharge that was cut off with its comma leaves no other trace.
    asked = sum(kind == _THIRD_PARTY for kind, _ in caveats)
    return Reading(claims, proven=len(macaroons) > asked)


def _value(data: bytes, position: int, depth: int) -> tuple[object, int]:
    """Return the value at a position, and where it ends. Bytes, texts, maps and extensions are skipped: `None`.

    Raises:
        CutError: the data ends inside the value.
        _OddError: there is no value, or it nests too deep.
    """
    kind, number, position = _head(data, position)
    if kind == "number":
        return number, position
    if kind == "list":
        return _items(data, position, number, depth)
    if kind == "map":
        return None, _items(data, position, 2 * number, depth)[1]
    return None, _skipped(data, position, number)


def _head(data: bytes, position: int) -> tuple[str, int, int]:
    """Return what a value is, its number, count or size in bytes, and where the rest of it starts."""
    if position >= len(data):
        raise CutError
    first, position = data[position], position + 1
    short = next((row for row in _SHORT if row[0] <= first <= row[1]), None)
    if short is not None:
        low, _, kind, offset = short
        return kind, first - low + offset, position
    if first not in _SIZED:
        raise _OddError
    kind, width = _SIZED[first]
    if kind == "fixed":
        return "bytes", width, position
    end = _skipped(data, position, width)
    number = int.from_bytes(data[position:end], "big", signed=kind == "signed")
    if kind == "extension":
        return "bytes", number + 1, end
    return "number" if kind == "signed" else kind, number, end


_SHORT = (
    (0x00, 0x7F, "number", 0), (0x80, 0x8F, "map", 0), (0x90, 0x9F, "list", 0), (0xA0, 0xBF, "bytes", 0),
    (0xE0, 0xFF, "number", -32),
)  # fmt: skip
_SIZED = {
    0xC0: ("fixed", 0), 0xC2: ("fixed", 0), 0xC3: ("fixed", 0), 0xCA: ("fixed", 4), 0xCB: ("fixed", 8),
    0xC4: ("bytes", 1), 0xC5: ("bytes", 2), 0xC6: ("bytes", 4),
    0xC7: ("extension", 1), 0xC8: ("extension", 2), 0xC9: ("extension", 4),
    0xCC: ("number", 1), 0xCD: ("number", 2), 0xCE: ("number", 4), 0xCF: ("number", 8),
    0xD0: ("signed", 1), 0xD1: ("signed", 2), 0xD2: ("signed", 4), 0xD3: ("signed", 8),
    0xD4: ("fixed", 2), 0xD5: ("fixed", 3), 0xD6: ("fixed", 5), 0xD7: ("fixed", 9), 0xD8: ("fixed", 17),
    0xD9: ("bytes", 1), 0xDA: ("bytes", 2), 0xDB: ("bytes", 4),
    0xDC: ("list", 2), 0xDD: ("list", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}  # fmt: skip


def _items(data: bytes, position: int, count: int, depth: int) -> tuple[list[object], int]:
    if depth > _DEPTH:
        raise _OddError
    found: list[object] = []
    for _ in range(count):
        item, position = _value(data, position, depth + 1)
        found.append(item)
    return found, position


def _skipped(data: bytes, position: int, size: int) -> int:
    if position + size > len(data):
        raise CutError
    return position + size


def _make_fly(rng: Random, wishes: Wishes) -> str:
    caveats = [b"\0\x92" + _number(rng.randrange(10**5, 10**7)) + _number(31)]
    if wishes.get("expires") is not None:
        ends = int(wishes["expires"].timestamp())
        begins = int(wishes["issued"].timestamp()) if wishes.get("issued") is not None else ends - 86_400 * 30
        caveats.append(b"\4\x92" + _number(begins) + _number(ends))
    caveats.append(
        b"\x0b\x93" + _string(b"https://api.fly.io/aaa/v1") + _bytes(rng.randbytes(60)) + _bytes(rng.randbytes(80))
    )
    permits = _packed(rng, b"https://api.fly.io/v1", caveats)
    discharges = _packed(rng, b"https://api.fly.io/aaa/v1", [])
    return ",".join(f"fm2_{base64.b64encode(data).decode()}" for data in (permits, discharges))


def _packed(rng: Random, location: bytes, caveats: list[bytes]) -> bytes:
    nonce = b"\x93" + _bytes(rng.randbytes(16)) + _bytes(rng.randbytes(16)) + b"\xc2"
    return (
        b"\x94"
        + nonce
        + _string(location)
        + bytes([0x90 | 2 * len(caveats)])
        + b"".join(caveats)
        + _bytes(rng.randbytes(32))
    )


def _number(value: int) -> bytes:
    return b"\xcf" + value.to_bytes(8, "big")


def _string(value: bytes) -> bytes:
    return b"\xd9" + bytes([len(value)]) + value


def _bytes(value: bytes) -> bytes:
    return b"\xc4" + bytes([len(value)]) + value


DECODERS = {"fly_macaroons": Decoder(Charset("base64", ALNUM + "+/=_,"), _read_fly, _make_fly, _STARTS)}
