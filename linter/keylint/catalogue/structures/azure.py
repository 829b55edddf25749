"""What Azure writes into its keys."""

from __future__ import annotations

import base64
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
)
from keylint.model import Claims

# Shared access signatures: a query string

_QUERY = re.compile(r"(?:^|&)([a-z]{1,5})=([^&]*)")


def _read_sas(text: str) -> Reading:
    from urllib.parse import unquote

    fields = {name: unquote(value) for name, value in _QUERY.findall(text.removeprefix("?"))}
    if "sig" not in fields or not fields.keys() & {"sv", "se", "sr", "ss"}:
        return FOREIGN
    claims = Claims(
        iso_moment(fields.get("st")),
        iso_moment(fields.get("se")),
        None,
        details_of(fields, {"sp": "permissions", "sv": "version"}),
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
    return Reading(Claims(issued_at=datetime(year, month, 1, tzinfo=UTC)), proven=False)


def _make_month(rng: Random, wishes: Wishes) -> str:
    when: datetime = wishes.get("issued") or datetime(2025, rng.randrange(1, 13), 1, tzinfo=UTC)
    return chr(ord("A") + when.year - 2024) + chr(ord("A") + when.month - 1)


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
    "cask_month": Decoder(CHARSETS["upper"], _read_month, _make_month),
}
