"""Vault's long service tokens: a message in protocol buffers, of a version, an HMAC and the token that it is over."""

from __future__ import annotations

import base64
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import ALNUM, Decoder, Reading, Wishes, decode_base64, fault, random_text

_HEAD = b"\x08\x01\x12\x20"
"""Field 1 is the version, 1; field 2 has 32 bytes."""


def _read_service(text: str) -> Reading:
    whole = len(text.rstrip("=")) % 4 != 1
    data = decode_base64(text if whole else text.rstrip("=")[:-1])
    if data is None or not data.startswith(_HEAD):
        return fault("it does not decode to a version and an HMAC of 32 bytes")
    rest = data[len(_HEAD) + 32 :]
    # Field 3: the token. Its length is one byte: none is as long as 128.
    if len(rest) < 2 or (rest[0] == 0x1A and len(rest) - 2 < rest[1]):
        return fault("the text ends inside the token", truncated=True)
    if rest[0] != 0x1A or len(rest) - 2 != rest[1] or not whole:
        return fault("the token inside does not end where its length says")
    return Reading()


def _make_service(rng: Random, _wishes: Wishes) -> str:
    token = b"\x0a\x1c" + f"hvs.{random_text(rng, ALNUM, 24)}".encode()
    data = _HEAD + rng.randbytes(32) + b"\x1a" + bytes([len(token)]) + token
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


DECODERS = {"vault_service": Decoder(CHARSETS["base64url"], _read_service, _make_service, ("CAESI",))}
