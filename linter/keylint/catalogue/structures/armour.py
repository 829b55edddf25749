"""Private keys between BEGIN and END: PEM, OpenSSH, OpenPGP."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
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
)
from keylint.model import Claims

# Texts, not compiled: this module is loaded at every start, and hardly ever needed.
_ARMOUR = (
    r"(?s)-----BEGIN ((?:RSA |EC |DSA |ENCRYPTED |OPENSSH )?PRIVATE KEY|PGP PRIVATE KEY BLOCK)-----"
    r"(.*?)(?:-----END ([A-Z ]{1,40})-----|\Z)(?:\s|\\[nr])*\Z"
)
_SPACE = r"\s+|\\[nrt]|\\\n"
_HEADERS = r"(?:\s|\\[nrt])*(?:[A-Za-z-]{1,40}: [^\n]*?(?:\n|\\n))+"


def _enclosed(text: str) -> tuple[str, str, Reading | None]:
    """Return the label, the body without white space, and the reading where the armour itself says what is wrong."""
    match = re.match(_ARMOUR, text)
    if match is None:
        return "", "", fault("the lines BEGIN and END do not enclose one key")
    label, body, end = match.groups()
    headers = re.match(_HEADERS, body)
    body = re.sub(_SPACE, "", body[headers.end() :] if headers else body)
    if end is None:
        return label, body, fault("the END line is missing", truncated=True)
    if end != label:
        return label, body, fault(f"BEGIN says {label}, END says {end}")
    if headers and "ENCRYPTED" in headers[0]:
        return label, body, Reading(Claims(details=(("encrypted", "yes"),)), proven=False)
    return label, body, None


def _armoured(text: str) -> tuple[str, bytes | None, Reading | None]:
    """Return the label, the bytes inside, and the reading where the armour itself says what is wrong."""
    label, body, verdict = _enclosed(text)
    if verdict is not None:
        return label, None, verdict
    data = decode_base64(body)
    if data is None or len(body) % 4:
        return label, data, fault("the body is not whole base64", truncated=len(body) % 4 != 0)
    return label, data, None


def read_pem(text: str) -> Reading:
    """Read a private key in PEM: the bytes inside say how many they are."""
    label, data, verdict = _armoured(text)
    if verdict is not None:
        return verdict
    size = _der_size(data or b"")
    if size is None:
        return fault("the body is no DER sequence")
    have = len(data or b"")
    if have != size:
        return fault(f"{have} bytes inside, its own length says {size}", truncated=have < size)
    return Reading(Claims(details=(("encrypted", "yes"),) if label.startswith("ENCRYPTED") else ()))


def _der_size(data: bytes) -> int | None:
    """Return the length in bytes that the outer sequence announces, its header included."""
    if len(data) < 2 or data[0] != 0x30:
        return None
    if data[1] < 128:
        return 2 + data[1]
    count = data[1] & 127
    if not 1 <= count <= 3 or len(data) < 2 + count:
        return None
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def make_pem(rng: Random, _wishes: Wishes) -> str:
    """Make up a private key in PEM."""
    # Version, the algorithm (Ed25519), the key in an octet string: PKCS#8.
    return _armour("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + rng.randbytes(32), 64)


def _armour(label: str, data: bytes, width: int) -> str:
    text = base64.b64encode(data).decode()
    lines = (text[i : i + width] for i in range(0, len(text), width))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


# OpenSSH: fields that say their own lengths

_OPENSSH = b"openssh-key-v1\0"


def _strings(data: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Read `count` length-prefixed strings; return them and the rest."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            raise CutError
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found, data


def _read_openssh(text: str) -> Reading:
    _, data, verdict = _armoured(text)
    if verdict is not None:
        return verdict
    if data is None or not data.startswith(_OPENSSH):
        return fault("the body does not start with `openssh-key-v1`")
    try:
        (cipher, _, _), rest = _strings(data[len(_OPENSSH) :], 3)
        keys = int.from_bytes(rest[:4], "big")
        if keys != 1:
            return fault(f"{keys} keys inside, not 1")
        (_, private), rest = _strings(rest[4:], 2)
    except CutError:
        return fault("the text ends inside a field", truncated=True)
    if rest:
        return fault(f"{len(rest)} bytes too many behind the last field")
    if cipher == b"none" and private[:4] != private[4:8]:
        return fault("the two check numbers inside differ")
    return Reading(Claims(details=(("encrypted", "yes"),) if cipher != b"none" else ()))


def _make_openssh(rng: Random, _wishes: Wishes) -> str:
    def string(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public, check = rng.randbytes(32), rng.randbytes(4)
    blob = string(b"ssh-ed25519") + string(public)
    private = check + check + blob + string(rng.randbytes(32) + public) + string(b"")
    private += bytes(range(1, 1 + -len(private) % 8))
    data = (
        _OPENSSH
        + string(b"none")
        + string(b"none")
        + string(b"")
        + (1).to_bytes(4, "big")
        + string(blob)
        + string(private)
    )
    return _armour("OPENSSH PRIVATE KEY", data, 70)


# OpenPGP: packets, and a CRC-24 of them that older programs write


def _read_pgp(text: str) -> Reading:
    _, body, verdict = _enclosed(text)
    if verdict is not None:
        return verdict
    match = re.fullmatch(r"([A-Za-z0-9+/]+={0,2})(?:=([A-Za-z0-9+/]{4}))?", body)
    if match is None or len(match[1]) % 4:
        return fault("the body is not whole base64", truncated=match is not None)
    data = decode_base64(match[1]) or b""
    if match[2] and _crc24(data) != int.from_bytes(decode_base64(match[2]) or b"", "big"):
        return fault("the checksum behind the body does not hold: mistyped or cut off")
    try:
        made = _secret_key_made(data)
    except CutError:
        return fault("the text ends inside the key", truncated=True)
    return Reading(Claims(issued_at=made), proven=match[2] is not None) if made else fault("the body is no secret key")


def _crc24(data: bytes) -> int:
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


def _secret_key_made(data: bytes) -> datetime | None:
    """Return when the key in the first packet was made; `None` when that is no packet of a secret key (tag 5)."""
    first = data[0] if data else 0
    if first == 0xC5:
        start, size = _new_length(data)
    elif first in (0x94, 0x95, 0x96):
        width = 1 << (first & 3)
        start, size = 1 + width, int.from_bytes(data[1 : 1 + width], "big")
    else:
        return None
    if size < 6 or len(data) < start + size:
        raise CutError
    # Behind the version.
    return moment(int.from_bytes(data[start + 1 : start + 5], "big"))


def _new_length(data: bytes) -> tuple[int, int]:
    """Return where the body of a packet starts, and its size."""
    first = data[1] if len(data) > 1 else 0
    if first < 192:
        return 2, first
    if first < 224:
        return 3, (first - 192 << 8) + int.from_bytes(data[2:3], "big") + 192
    return 6, int.from_bytes(data[2:6], "big")


def _make_pgp(rng: Random, wishes: Wishes) -> str:
    made: datetime = wishes.get("issued") or datetime(2024, 5, 6, tzinfo=UTC)
    body = b"\4" + int(made.timestamp()).to_bytes(4, "big") + b"\1" + rng.randbytes(394)
    data = b"\x95" + len(body).to_bytes(2, "big") + body
    begin, *lines, end = _armour("PGP PRIVATE KEY BLOCK", data, 64).split("\n")
    crc = base64.b64encode(_crc24(data).to_bytes(3, "big")).decode()
    return "\n".join((begin, "", *lines, f"={crc}", end))


_PEM_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_CHARS = Charset("PEM", ALNUM + "+/= \t\r\n\\-:,.")
_PGP_CHARS = Charset("armour", _CHARS.chars + "()_<>@;")

DECODERS = {
    "pem": Decoder(_CHARS, read_pem, make_pem, tuple(f"-----BEGIN {label}-----" for label in _PEM_LABELS)),
    "openssh": Decoder(_CHARS, _read_openssh, _make_openssh, ("-----BEGIN OPENSSH PRIVATE KEY-----",)),
    "pgp": Decoder(_PGP_CHARS, _read_pgp, _make_pgp, ("-----BEGIN PGP PRIVATE KEY BLOCK-----",)),
}
