"""GitLab's routable payload: random bytes, then lines `key:base36`, then the number of random bytes."""

from __future__ import annotations

import base64
import re
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import (
    DOTTED,
    FOREIGN,
    Decoder,
    Reading,
    Wishes,
    decode_base64,
    fault,
    missing,
)
from keylint.model import Claims

_ROUTABLE = r"([A-Za-z0-9_-]+)\.(?:([0-9a-z]{2})\.)?([0-9a-z]{2})\Z"


def _read_routable(text: str) -> Reading:
    match = re.match(_ROUTABLE, text)
    if "." not in text:
        return FOREIGN
    if match is None:
        return fault("the length field behind the last dot is missing", truncated=True)
    payload, _, written = match.groups()
    want = int(written, 36)
    if len(payload) != want:
        return fault(missing("the payload", len(payload), want), truncated=len(payload) < want)
    data = decode_base64(payload)
    if not data or data[-1] != 16 or len(data) < 18:
        return fault("the payload does not end in its count of random bytes")
    fields = dict(line.split(":", 1) for line in data[16:-1].decode("latin-1").split("\n") if ":" in line)
    details = []
    for key, shown in (("o", "organization"), ("u", "user"), ("p", "project"), ("g", "group"), ("c", "cell")):
        value = fields.get(key, "")
        if re.fullmatch(r"[0-9a-z]{1,13}", value):
            details.append((shown, str(int(value, 36))))
    return Reading(Claims(account=dict(details).get("user"), details=tuple(details)))


def _make_routable(rng: Random, _wishes: Wishes) -> str:
    fields = f"o:{_base36(rng.randrange(1, 9_999))}\nu:{_base36(rng.randrange(1, 9_999_999))}"
    payload = base64.urlsafe_b64encode(rng.randbytes(16) + fields.encode() + b"\x10").decode().rstrip("=")
    return f"{payload}.01.{_base36(len(payload)).rjust(2, '0')}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = CHARSETS["base36"].chars[digit] + digits
    return digits or "0"


DECODERS = {"gitlab_routable": Decoder(DOTTED, _read_routable, _make_routable)}
