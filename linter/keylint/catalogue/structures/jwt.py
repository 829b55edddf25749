"""JSON web tokens, whoever issues them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from keylint.catalogue.structures.interface import (
    ALNUM,
    DOTTED,
    FOREIGN,
    Decoder,
    Reading,
    Wishes,
    base64_of_random,
    details_of,
    fault,
    json_object,
    missing,
    moment,
    random_text,
    segment,
    text_of,
)
from keylint.model import Claims

_SIGNATURES = {
    "HS256": (43,), "HS384": (64,), "HS512": (86,), "EdDSA": (86, 152),
    "ES256": (86,), "ES256K": (86,), "ES384": (128,), "ES512": (176,),
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), (171, 342, 512, 683)),
}  # fmt: skip

# Where whole bytes end in the middle of a character, its spare bits are zero. Nearly all issuers keep to that.
_LAST = {2: "AQgw", 3: "AEIMQUYcgkosw048"}


def read_jwt(text: str) -> Reading:
    """Read a token by its header, payload, and the length that its signature has to have."""
    header_text, dot, rest = text.partition(".")
    header = json_object(header_text)
    if header is None:
        return fault("the header is no JSON object in base64url") if dot else FOREIGN
    if not isinstance(header.get("alg"), str):
        return FOREIGN
    parts = rest.split(".")
    if len(parts) == 4 and "enc" in header:
        return Reading(proven=False)
    if len(parts) > 2:
        return fault(f"{len(parts) + 1} parts between dots, not 3")
    payload = json_object(parts[0])
    if payload is None:
        cut = len(parts) == 1
        return fault(
            "the text ends inside the payload" if cut else "the payload is no JSON object in base64url", truncated=cut
        )
    claims = _claims(payload)
    if len(parts) == 1:
        return fault("the signature is missing", truncated=True, claims=claims)
    return _check_signature(parts[1], header["alg"], claims)


def _check_signature(signature: str, alg: str, claims: Claims) -> Reading:
    if alg == "none":
        return fault("`alg` is `none`, yet there is a signature", claims=claims) if signature else Reading(claims)
    lengths = _SIGNATURES.get(alg)
    if lengths is None:
        return Reading(claims, proven=False)
    if len(signature) not in lengths:
        nearest = next((n for n in lengths if n > len(signature)), lengths[-1])
        message = f"{missing('the signature', len(signature), nearest)} ({alg})"
        return fault(message, truncated=len(signature) < nearest, claims=claims)
    if signature[-1] not in _LAST.get(len(signature) % 4, signature):
        message = f"the last character of the signature is `{signature[-1]}`, which no whole number of bytes ends in"
        return Reading(claims, message, doubtful=True, proven=False)
    return Reading(claims)


def _claims(payload: Mapping[str, Any]) -> Claims:
    names = {"iss": "issuer", "role": "role", "ref": "project", "aud": "audience"}
    return Claims(
        moment(payload.get("iat")),
        moment(payload.get("exp")),
        text_of(payload.get("sub")),
        details_of(payload, names),
        not_before=moment(payload.get("nbf")),
    )


def _make_jwt(rng: Random, wishes: Wishes) -> str:
    payload: dict[str, Any] = {"sub": random_text(rng, ALNUM, 12), "jti": random_text(rng, ALNUM, 16)}
    return signed(rng, payload, wishes)


def signed(rng: Random, payload: dict[str, Any], wishes: Wishes, alg: str = "HS256") -> str:
    """Make up a token with this payload."""
    expires: datetime | None = wishes.get("expires")
    issued: datetime | None = wishes.get("issued")
    if issued is not None:
        payload["iat"] = int(issued.timestamp())
    if expires is not None:
        payload["exp"] = int(expires.timestamp())
    header = segment({"alg": alg, "typ": "JWT"})
    return f"{header}.{segment(payload)}.{base64_of_random(rng, _SIGNATURES[alg][0] * 3 // 4)}"


PATTERN = r"[A-Za-z0-9_\x2d]\.eyJ[A-Za-z0-9_\x2d]{10}"
"""Where a header ends and a payload begins: the start alone is that of any JSON object in base64."""

DECODERS = {"jwt": Decoder(DOTTED, read_jwt, _make_jwt, ("eyJ",), inner=".", pattern=PATTERN)}
