"""PyPI's tokens: a macaroon of version 2 whose fields say their own lengths."""

from __future__ import annotations

import base64
import json
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import (
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

_PYPI_STARTS = ("AgEIcHlwaS5vcmc", "AgENdGVzdC5weXBpLm9yZw")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 28:
        byte = data[position]
        value |= (byte & 127) << shift
        position += 1
        if byte < 128:
            return value, position
        shift += 7
    raise CutError


def _field(data: bytes, position: int) -> tuple[int, bytes, int]:
    kind, position = _varint(data, position)
    if kind == 0:
        return 0, b"", position
    length, position = _varint(data, position)
    if position + length > len(data):
        raise CutError
    return kind, data[position : position + length], position + length


def _macaroon(data: bytes) -> tuple[list[bytes], bool]:
    """Return the caveats, and whether the data is a whole macaroon and nothing more."""
    kind, _, position = _field(data, 1)
    if kind == 1:
        kind, _, position = _field(data, position)
    end, _, position = _field(data, position)
    if kind != 2 or end != 0:
        return [], False
    caveats: list[bytes] = []
    while True:
        kind, caveat, position = _field(data, position)
        if kind == 0:
            break
        end, _, position = _field(data, position)
        if kind != 2 or end != 0:
            return caveats, False
        caveats.append(caveat)
    kind, signature, position = _field(data, position)
    return caveats, kind == 6 and len(signature) == 32 and position == len(data)


def _read_pypi(text: str) -> Reading:
    data = decode_base64(text)
    if data is None and len(text.rstrip("=")) % 4 == 1:
        data = decode_base64(text.rstrip("=")[:-1])
        whole = False
    else:
        whole = True
    if not data or data[0] != 2:
        return fault("it is no macaroon in base64url")
    try:
        caveats, holds = _macaroon(data)
    except CutError:
        return fault("the text ends inside the macaroon", truncated=True)
    if not holds or not whole:
        return fault("the macaroon does not parse to its last byte")
    return Reading(_pypi_claims(caveats))


def _pypi_claims(caveats: list[bytes]) -> Claims:
    issued = expires = account = None
    details: list[tuple[str, str]] = []
    for caveat in caveats:
        try:
            value = json.loads(caveat)
        except (ValueError, RecursionError):
            continue
        match value:
            case [0, end, start]:
                issued, expires = moment(start), moment(end)
            case [1, [*names]]:
                details.append(("projects", ", ".join(str(name) for name in names[:20])[:200]))
            case [3, user]:
                account = text_of(user)
            case {"permissions": {"projects": [*names]}}:
                details.append(("projects", ", ".join(str(name) for name in names[:20])[:200]))
            case _:
                continue
    return Claims(issued, expires, account, tuple(details))


def _make_pypi(rng: Random, wishes: Wishes) -> str:
    hexes = rng.randbytes(16).hex()
    identifier = f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-8{hexes[17:20]}-{hexes[20:]}".encode()
    caveats = [b'{"version":1,"permissions":"user"}', json.dumps([3, str(rng.getrandbits(32))]).encode()]
    if wishes.get("expires") is not None:
        end = int(wishes["expires"].timestamp())
        caveats.append(json.dumps([0, end, end - 86_400 * 365]).encode())
    location = base64.b64decode("cHlwaS5vcmc=")
    data = b"\x02\x01\x08" + location + b"\x02" + bytes([len(identifier)]) + identifier + b"\0"
    data += b"".join(b"\x02" + bytes([len(caveat)]) + caveat + b"\0" for caveat in caveats)
    return base64.urlsafe_b64encode(data + b"\0\x06\x20" + rng.randbytes(32)).decode().rstrip("=")


DECODERS = {"pypi": Decoder(CHARSETS["base64url"], _read_pypi, _make_pypi, _PYPI_STARTS)}
