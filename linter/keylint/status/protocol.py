"""What client and server of "keylint-status v1" have in common: prefixes that hide something, and sealed entries."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from typing import Any

VERSION = "v1"
ALGORITHM = "hmac-sha256"
CONTEXT = "keylint/v1"
WELL_KNOWN = "/.well-known/keylint-status"
LONGEST_PREFIX = 8
"""In hex digits; more would be most of a fingerprint."""

_LEAST_IN_BUCKET = 50
_NONCE = 12
_BLOCK = 64
_BOUND = b"keylint-status v1"


class SealError(Exception):
    """A box cannot be opened: it is another key's, or broken."""


def prefix_length(entries: int) -> int:
    """Return how many hex digits a prefix may have, so that it stands for at least 50 of so many entries."""
    length = 0
    while length < LONGEST_PREFIX and _LEAST_IN_BUCKET * 16 ** (length + 1) <= entries:
        length += 1
    return length


def digest_of(fingerprint: str) -> str:
    """Return the 64 hex digits of a fingerprint."""
    return fingerprint.rsplit(":", 1)[1]


def tag(fingerprint: str) -> str:
    """Return the mark by which those who hold the key know its box: 16 hex digits."""
    return _keyed(fingerprint, b"tag")[:8].hex()


def seal(fingerprint: str, entry: Mapping[str, Any]) -> str:
    """Return an entry as a box that opens for those who hold the fingerprint: base64 of nonce and AES-256-GCM.

    The nonce is bound to the content: two contents never share one, and the same content is always the same box. Blanks
    fill the text to a multiple of 64 bytes, so that its length says little.
    """
    text = json.dumps(entry, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % _BLOCK)
    nonce = _keyed(fingerprint, b"nonce" + text)[:_NONCE]
    return base64.b64encode(nonce + _cipher(fingerprint).encrypt(nonce, text, _BOUND)).decode("ascii")


def unseal(fingerprint: str, box: str) -> Any:
    """Return the JSON in a box.

    Raises:
        SealError: it does not open.
    """
    from cryptography.exceptions import InvalidTag

    try:
        data = base64.b64decode(box, validate=True)
        return json.loads(_cipher(fingerprint).decrypt(data[:_NONCE], data[_NONCE:], _BOUND))
    except (InvalidTag, ValueError, binascii.Error, RecursionError):
        raise SealError("a box that does not open") from None


def _cipher(fingerprint: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_keyed(fingerprint, b"box"))


def _keyed(fingerprint: str, message: bytes) -> bytes:
    return hmac.digest(bytes.fromhex(digest_of(fingerprint)), message, "sha256")
