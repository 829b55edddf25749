"""What AWS writes into its keys: the account's number, a request that is signed already."""

from __future__ import annotations

import base64
import binascii
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import Decoder, Reading, Wishes, fault, missing
from keylint.model import Claims


def _read_aws(text: str) -> Reading:
    if len(text) != 16:
        return fault(missing("the part behind the type", len(text), 16), truncated=len(text) < 16)
    if text[0] in "IJ":
        return Reading(proven=False)
    if text[0] < "Q" and text[0].isalpha():
        return fault(f"character 5 is `{text[0]}`, which no issued key id has")
    try:
        data = base64.b32decode(text)
    except (ValueError, binascii.Error):
        return fault("it is no base32 text")
    account = (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return Reading(Claims(account=f"{account:012d}"), proven=False)


def _make_aws(rng: Random, _wishes: Wishes) -> str:
    number = 1 << 47 | rng.randrange(10**11, 10**12) << 7 | rng.getrandbits(7)
    return base64.b32encode(number.to_bytes(6, "big") + rng.randbytes(4)).decode()


DECODERS = {"aws_key_id": Decoder(CHARSETS["base32"], _read_aws, _make_aws)}
