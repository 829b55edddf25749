"""Keys that are a JSON text themselves: Google's service accounts, JSON web keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from random import Random
from typing import Any

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.catalogue.structures.armour import make_pem, read_pem
from keylint.catalogue.structures.interface import (
    FOREIGN,
    Decoder,
    Reading,
    Wishes,
    base64_of_random,
    decode_base64,
    details_of,
    fault,
    parse_json,
    random_text,
    text_of,
)
from keylint.model import Claims


def _document(text: str, word: str) -> dict[str, Any] | Reading:
    """Return the object, or the reading of what is none: damaged where it holds `word`, else foreign."""
    content = parse_json(text)
    if content is not None:
        return content
    if not text.lstrip().startswith("{") or word not in text:
        return FOREIGN
    return fault("the JSON does not parse", truncated=not text.rstrip().endswith("}"))


# Google's service accounts


def _read_service_account(text: str) -> Reading:
    content = _document(text, '"service_account"')
    if isinstance(content, Reading):
        return content
    if content.get("type") != "service_account":
        return FOREIGN
    project, email = text_of(content.get("project_id")), text_of(content.get("client_email"))
    claims = Claims(account=email, details=(("project", project),) if project else ())
    key = content.get("private_key")
    if not isinstance(key, str):
        return fault("it lacks `private_key`", claims=claims)
    reading = read_pem(key)
    if reading.fault:
        return fault(f"`private_key`: {reading.fault}", reading.truncated, claims)
    issuer = re.fullmatch(r"[^@]+@(.+)\.iam\.gserviceaccount\.com", email or "")
    if issuer and project and issuer[1] != ".".join(reversed(project.split(":"))):
        # The account of one project can be named beside another one: the key itself is whole.
        message = f"`client_email` is of the project {issuer[1]}, `project_id` says {project}"
        return Reading(claims, message, doubtful=True, proven=False)
    return Reading(claims)


def _make_service_account(rng: Random, wishes: Wishes) -> str:
    project = wishes.get("project") or f"reader-{random_text(rng, CHARSETS['lower'].chars, 8)}"
    email = f"reader@{project}.iam.gserviceaccount.com"
    content = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": f"{rng.getrandbits(160):040x}",
        "private_key": make_pem(rng, {}) + "\n",
        "client_email": email,
        "client_id": str(rng.randrange(10**20, 10**21)),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    return json.dumps(content)


# JSON web keys: private ones, and those that are a secret

_MEMBERS = {"RSA": ("n", "e", "d"), "EC": ("crv", "x", "y", "d"), "OKP": ("crv", "x", "d"), "oct": ("k",)}


def _read_jwk(text: str) -> Reading:
    content = _document(text, '"kty"')
    if isinstance(content, Reading):
        return content
    family = content.get("kty")
    members = _MEMBERS.get(family) if isinstance(family, str) else None
    if members is None or members[-1] not in content:
        return FOREIGN
    claims = Claims(details=details_of(content, {"kid": "key id", "alg": "algorithm", "crv": "curve"}))
    return _read_members(content, members, claims)


def _read_members(content: Mapping[str, Any], members: tuple[str, ...], claims: Claims) -> Reading:
    for name in members:
        value = content.get(name)
        if not isinstance(value, str) or not value:
            return fault(f"it lacks `{name}`", claims=claims)
        if name != "crv" and decode_base64(value) is None:
            return fault(f"`{name}` is no base64url text", claims=claims)
    return Reading(claims)


def _make_jwk(rng: Random, _wishes: Wishes) -> str:
    public, private = (base64_of_random(rng, 32) for _ in range(2))
    return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": public, "d": private, "kid": random_text(rng, "abcdef", 8)})


_TEXT = Charset("JSON", "\t\n\r" + "".join(map(chr, range(32, 127))))

DECODERS = {
    "google_service_account": Decoder(_TEXT, _read_service_account, _make_service_account),
    "jwk": Decoder(_TEXT, _read_jwk, _make_jwk),
}
