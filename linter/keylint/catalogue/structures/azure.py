"""What Azure writes into its keys."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from random import Random

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.catalogue.structures.interface import (
    ALNUM,
    FOREIGN,
    Decoder,
    Reading,
    Wishes,
    decode_base64,
    details_of,
    fault,
    iso_moment,
    missing,
)
from keylint.model import Claims
from keylint.model.judgement import ISSUED

# Shared access signatures: a query string

_QUERY = r"(?:^|&)([a-z]{1,5})=([^&]*)"


def _read_sas(text: str) -> Reading:
    from urllib.parse import unquote

    fields = {name: unquote(value) for name, value in re.findall(_QUERY, text.removeprefix("?"))}
    if "sig" not in fields or not fields.keys() & {"sv", "se", "sr", "ss"}:
        return FOREIGN
    claims = Claims(
        expires_at=iso_moment(fields.get("se")),
        details=details_of(fields, {"sp": "permissions", "sv": "version"}),
        not_before=iso_moment(fields.get("st")),
    )
    signature = decode_base64(fields["sig"])
    if signature is None or len(signature) != 32 or len(fields["sig"]) != 44:
        cut = len(fields["sig"]) < 44
        return fault("the signature (`sig`) is not 32 bytes in base64, padding included", truncated=cut, claims=claims)
    return Reading(claims)


def _make_sas(rng: Random, wishes: Wishes) -> str:
    from urllib.parse import quote

    expires: datetime = wishes.get("expires") or datetime(2030, 1, 1, tzinfo=UTC)
    signature = base64.b64encode(rng.randbytes(32)).decode()
    end = quote(expires.strftime("%Y-%m-%dT%H:%M:%SZ"), safe="")
    return f"sv=2022-11-02&ss=b&srt=co&sp=rl&se={end}&spr=https&sig={quote(signature, safe='')}"


# The month in which a key was allocated


def _read_month(text: str) -> Reading:
    if len(text) != 2:
        return fault("no year and month")
    year, month = ord(text[0]) - ord("A") + 2024, ord(text[1]) - ord("A") + 1
    if not 1 <= month <= 12 or not "A" <= text[0] <= "Z":
        return fault(f"`{text}` names no month")
    month_only = ((ISSUED, f"{year}-{month:02}"),)
    return Reading(Claims(issued_at=datetime(year, month, 1, tzinfo=UTC), details=month_only), proven=False)


def _make_month(rng: Random, wishes: Wishes) -> str:
    when: datetime = wishes.get("issued") or datetime(2025, rng.randrange(1, 13), 1, tzinfo=UTC)
    return chr(ord("A") + when.year - 2024) + chr(ord("A") + when.month - 1)


# Azure DevOps, tokens of 52 characters: a CRC-32 in four of 32 bytes, the same four in every token

_DEVOPS = (0xE0B9692D, 0x1019F92E)
"""What the checksum is combined with: in a user's token, in an application's."""


def _read_devops(text: str) -> Reading:
    if len(text) != 52:
        return fault(missing("the token", len(text), 52), truncated=len(text) < 52)
    try:
        data = base64.b32decode(text.upper() + "====")
    except (ValueError, binascii.Error):
        return fault("it is no base32 text")
    stored = int.from_bytes((data[22], data[8], data[7], data[2]), "little")
    if stored ^ binascii.crc32(_devops_summed(data)) not in _DEVOPS:
        # The rule is known from source code alone: no token of a user has been seen to follow it.
        return Reading(fault="the checksum inside does not hold", doubtful=True, proven=False)
    return Reading()


def _devops_summed(data: bytes | bytearray) -> bytes:
    return bytes(data[:2] + data[3:7] + data[9:22] + data[23:])


def _make_devops(rng: Random, _wishes: Wishes) -> str:
    data = bytearray(rng.randbytes(32))
    data[22], data[8], data[7], data[2] = (binascii.crc32(_devops_summed(data)) ^ _DEVOPS[0]).to_bytes(4, "little")
    return base64.b32encode(data).decode().lower().rstrip("=")


_QUERY_CHARS = Charset("a query string", ALNUM + "%&=:.,+/?_~!*-")
_SAS_FIELD = r"(?<![A-Za-z0-9])(?:s[evrstpikz]|srt|spr|sig|sip|tn|sk[etsv]|skt|skoid|sktid|rsc[cdelt])="

DECODERS = {
    "azure_sas": Decoder(
        _QUERY_CHARS,
        _read_sas,
        _make_sas,
        mark="sig=",
        inner="se=",
        begins=_SAS_FIELD,
        pattern=r"sig=[A-Za-z0-9%+/]{30}",
    ),
    "azure_devops_pat": Decoder(CHARSETS["base32lower"], _read_devops, _make_devops),
    "cask_month": Decoder(CHARSETS["upper"], _read_month, _make_month),
}
