"""The checksums that issuers write into their keys.

Each function takes the checksummed text and returns the texts that may follow, the usual one first; none when the text is
not of the kind that it knows. CRC means CRC-32/ISO-HDLC; what differs between issuers is what is hashed and how the 32
bits are written.
"""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Callable
from dataclasses import dataclass

from keylint.catalogue.charsets import CHARSETS, Charset

_UPPER_FIRST = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LOWER_FIRST = string.digits + string.ascii_lowercase + string.ascii_uppercase
_BASE36 = string.digits + string.ascii_lowercase
_BASE66 = string.ascii_letters + "1234567890.-_~"
_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@dataclass(frozen=True, slots=True)
class Function:
    """A checksum function. `decidable` is false where the key alone does not hold everything that is hashed."""

    length: int
    charset: Charset
    compute: Callable[[str], tuple[str, ...]]
    decidable: bool = True


def _written(number: int, alphabet: str, width: int) -> str:
    """Write `number` to the base of the alphabet's length, padded to `width` with the zero digit."""
    digits = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return digits.rjust(width, alphabet[0])


def _crc(text: str) -> int:
    return binascii.crc32(text.encode("utf-8"))


def _crc_bytes_reversed(text: str) -> bytes:
    return _crc(text).to_bytes(4, "little")


def _crc32_base64_le(text: str) -> tuple[str, ...]:
    return (base64.b64encode(_crc_bytes_reversed(text)).decode()[:6],)


_MASK = 0xFFFFFFFF


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK


def _mix(low: int, high: int) -> tuple[int, int]:
    high ^= low
    low = (_rotated(low, 20) + high) & _MASK
    high = _rotated(high, 9) ^ low
    low = (_rotated(low, 27) + high) & _MASK
    return low, _rotated(high, 19)


def marvin32(data: bytes, seed: int) -> int:
    """Return the 64-bit Marvin32 hash of `data`."""
    low, high = seed & _MASK, seed >> 32
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        low, high = _mix((low + int.from_bytes(data[start : start + 4], "little")) & _MASK, high)
    low = (low + int.from_bytes(data[whole:] + b"\x80", "little")) & _MASK
    low, high = _mix(*_mix(low, high))
    return high << 32 | low


def _marvin_folded(data: bytes, seed: str) -> bytes:
    """Return the two halves of the hash XORed, as four little-endian bytes; the seed is eight ASCII characters."""
    value = marvin32(data, int.from_bytes(seed.encode(), "big"))
    return (value & _MASK ^ value >> 32).to_bytes(4, "little")


_AZURE_SEEDS = {
    "+ASt": ("Default0",),
    "ACDb": ("MastRW00", "MastRO00", "SysAll00", "Resour00", "SystRO00", "SystRW00", "Encryp00"),
    "+ABa": ("AbAcct00",),
    "+AMC": ("Classic0",),
    "APIM": ("Tenant00", "IoTHub00", "Gatewy00", "GitKey00"),
    "+ASb": ("Send0000", "Listen00", "Manage00"),
    "+AEh": ("Send0000", "Listen00", "Manage00"),
    "+ARm": ("Send0000", "Listen00", "Manage00"),
    "AIoT": ("IoTHub00", "DpsKey00", "Device00"),
    "AzCa": ("Access00",),
    "AzFu": ("Functi00", "Master00", "System00"),
    "AzSe": ("PAdmin00", "Query000"),
    "+ACR": ("ACRDflt0",),
    "AZEG": ("SendRecv", "Default0"),
}


def _bits(text: str) -> int:
    number = 0
    for char in text:
        number = number << 6 | _BASE64.index(char)
    return number


def _azure_his(text: str) -> tuple[str, ...]:
    """The last six base64 characters of a key whose signature ends `text`; the bits up to the next byte are zero."""
    plain = text.translate(_FROM_URL)
    seeds = _AZURE_SEEDS.get(plain[-4:], ())
    if not all(char in _BASE64 for char in plain):
        return ()
    size = -(-len(plain) * 6 // 8)
    data = (_bits(plain) << size * 8 - len(plain) * 6).to_bytes(size, "big")
    tails = []
    for seed in seeds:
        whole = base64.b64encode(data + _marvin_folded(data, seed)).decode().rstrip("=")
        tails.append(whole[len(plain) :])
    if plain != text or (plain.endswith("AzFu") and not set(plain) & set("+/")):
        tails = [tail.translate(_TO_URL) for tail in tails]
    return tuple(dict.fromkeys(tails))


_FROM_URL = str.maketrans("-_", "+/")
_TO_URL = str.maketrans("+/", "-_")


def _cask_hash(text: str) -> bytes:
    try:
        return _marvin_folded(base64.b64decode(text, validate=True), "Default0")
    except (ValueError, binascii.Error):
        return b""


def _cask_base62(digest: bytes) -> str:
    zeros = min(len(digest) - len(digest.lstrip(b"\0")), 3)
    return ("0" * zeros + _written(int.from_bytes(digest, "big"), _UPPER_FIRST, 1)).ljust(6, "0")


def _azure_cask(text: str) -> tuple[str, ...]:
    digest = _cask_hash(text)
    return (_cask_base62(digest)[:4], base64.b64encode(digest).decode()[:4]) if digest else ()


def _azure_cask_long(text: str) -> tuple[str, ...]:
    digest = _cask_hash(text)
    if not digest:
        return ()
    written = _cask_base62(digest)
    last = _BASE64[_BASE64.index(written[5]) & 0b110000]
    return (written[:5] + last, base64.b64encode(digest).decode()[:6])


def _azure_entra(text: str) -> tuple[str, ...]:
    number = int.from_bytes(_marvin_folded(text.encode("latin-1", "replace"), "AadPwd00"), "little")
    return (_written(number, _BASE66, 6)[:3],)


def _supabase(text: str) -> tuple[str, ...]:
    # The project is not in the key; this is the one that self-hosted installations have.
    return (supabase_sum(text.removesuffix("_"), "supabase-self-hosted"),)


def supabase_sum(head: str, project: str) -> str:
    """Return the checksum of a key that begins with `head` (prefix and 22 characters) and is of this project."""
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(f"{project}|{head}".encode()).digest()).decode()[:8]


def supabase_holds(key: str, project: str) -> bool | None:
    """Say whether a Supabase key is of the project with this ref; `None` for what is no ref."""
    if re.fullmatch("[a-z]{20}", project) is None:
        return None
    return key[-8:] == supabase_sum(key[:-9], project)


_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _bech32(text: str) -> tuple[str, ...]:
    head, _, data = text.lower().rpartition("1")
    if not head or any(char not in _BECH32 for char in data):
        return ()
    values = (
        [ord(c) >> 5 for c in head] + [0] + [ord(c) & 31 for c in head] + [_BECH32.index(c) for c in data] + [0] * 6
    )
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, constant in enumerate(_BECH32_GENERATOR):
            state ^= constant if top >> bit & 1 else 0
    state ^= 1
    tail = "".join(_BECH32[state >> 5 * (5 - i) & 31] for i in range(6))
    return (tail.upper() if text.isupper() else tail,)


_BASE64_ANY = Charset("base64", _UPPER_FIRST + "+/-_")

FUNCTIONS = {
    "crc32_base62": Function(6, CHARSETS["base62"], lambda text: (_written(_crc(text), _UPPER_FIRST, 6),)),
    "crc32_base62_lower": Function(6, CHARSETS["base62"], lambda text: (_written(_crc(text), _LOWER_FIRST, 6),)),
    "crc32_hex": Function(8, CHARSETS["hex"], lambda text: (f"{_crc(text):08x}",)),
    "crc32_HEX": Function(8, CHARSETS["HEX"], lambda text: (f"{_crc(text):08X}",)),
    "crc32_hex_le": Function(8, CHARSETS["hex"], lambda text: (_crc_bytes_reversed(text).hex(),)),
    "crc32_base64_le": Function(6, CHARSETS["base64"], _crc32_base64_le),
    "crc32_base36": Function(7, CHARSETS["base36"], lambda text: (_written(_crc(text), _BASE36, 7),)),
    "azure_his": Function(6, _BASE64_ANY, _azure_his),
    "azure_cask": Function(4, CHARSETS["base64"], _azure_cask),
    "azure_cask_long": Function(6, CHARSETS["base64"], _azure_cask_long),
    "azure_entra": Function(3, Charset("one of `[A-Za-z0-9.~_-]`", _BASE66), _azure_entra),
    "supabase": Function(8, CHARSETS["base64url"], _supabase, decidable=False),
    "bech32": Function(6, Charset("bech32", _BECH32 + _BECH32.upper()), _bech32),
}
