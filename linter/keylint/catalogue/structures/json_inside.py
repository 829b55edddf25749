"""Keys that hold a JSON object: Grafana, Mapbox, 1Password, Sentry."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from random import Random

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.catalogue.structures.interface import (
    ALNUM,
    DOTTED,
    PADDED,
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


def _read_sentry(text: str) -> Reading:
    body, underscore, secret = text.partition("_")
    content = json_object(body)
    if content is None:
        return fault("the JSON inside does not parse", truncated=not underscore)
    claims = Claims(
        moment(content.get("iat")),
        None,
        text_of(content.get("org")),
        details_of(content, {"url": "url", "region_url": "region"}),
    )
    if len(secret) != 43:
        return fault(missing("the part after `_`", len(secret), 43), truncated=len(secret) < 43, claims=claims)
    return Reading(claims)


def _make_sentry(rng: Random, wishes: Wishes) -> str:
    issued = wishes.get("issued") or datetime(2025, 3, 1, tzinfo=UTC)
    content = {
        "iat": issued.timestamp(),
        "url": "https://sentry.io",
        "region_url": "https://us.sentry.io",
        "org": random_text(rng, CHARSETS["lower"].chars, 10),
    }
    return base64.b64encode(json.dumps(content).encode()).decode() + "_" + random_text(rng, ALNUM + "+/", 43)


def _read_grafana(text: str) -> Reading:
    content = json_object(text)
    if content is None:
        return fault("the JSON inside does not parse", truncated=True)
    if not {"o", "n", "k", "m"} <= content.keys():
        return fault("the JSON inside lacks one of `o`, `n`, `k`, `m`")
    region = content["m"].get("r") if isinstance(content["m"], dict) else None
    details = (*details_of(content, {"n": "name"}), *((("region", str(region)[:200]),) if region else ()))
    return Reading(Claims(account=text_of(content["o"]), details=details))


def _make_grafana(rng: Random, _wishes: Wishes) -> str:
    number = str(rng.randrange(100_000, 9_999_999))
    name = "reader-" + random_text(rng, CHARSETS["lower"].chars, 6)
    content = {"o": number, "n": name, "k": random_text(rng, ALNUM, 24), "m": {"r": "eu"}}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def _read_grafana_legacy(text: str) -> Reading:
    if len(text) % 4:
        return fault("its length is no multiple of 4: the base64 is cut off", truncated=True)
    content = json_object(text)
    if content is None:
        return fault("the JSON inside does not parse", truncated=True)
    if not {"k", "n", "id"} <= content.keys():
        return fault("the JSON inside lacks one of `k`, `n`, `id`")
    return Reading(Claims(account=text_of(content["id"]), details=details_of(content, {"n": "name"})))


def _make_grafana_legacy(rng: Random, _wishes: Wishes) -> str:
    name = "reader-" + random_text(rng, CHARSETS["lower"].chars, 6)
    content = {"k": random_text(rng, ALNUM, 32), "n": name, "id": rng.randrange(1, 100)}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


# Mapbox: who, which token, and a signature of 16 bytes


def _read_mapbox(text: str) -> Reading:
    body, dot, signature = text.partition(".")
    content = json_object(body)
    if content is None:
        return fault("the JSON inside does not parse", truncated=not dot)
    if not {"u", "a"} <= content.keys():
        return fault("the JSON inside lacks one of `u`, `a`")
    claims = Claims(
        moment(content.get("iat")), moment(content.get("exp")), text_of(content["u"]), details_of(content, {"a": "id"})
    )
    if len(signature) != 22:
        return fault(missing("the signature", len(signature), 22), truncated=len(signature) < 22, claims=claims)
    if signature[-1] not in "AQgw":
        return fault(f"the last character is `{signature[-1]}`, which 16 bytes do not end in", claims=claims)
    return Reading(claims)


def _make_mapbox(rng: Random, wishes: Wishes) -> str:
    lower = CHARSETS["base36"].chars
    content: dict[str, object] = {"u": f"reader{random_text(rng, lower, 6)}", "a": f"cm{random_text(rng, lower, 23)}"}
    for name, wish in (("iat", "issued"), ("exp", "expires")):
        if wishes.get(wish) is not None:
            content[name] = int(wishes[wish].timestamp())
    return f"{segment(content)}.{base64_of_random(rng, 16)}"


# 1Password: all that a service account signs in with

_SIGN_IN = ("signInAddress", "userAuth", "email", "srpX", "muk", "secretKey")


def _read_onepassword(text: str) -> Reading:
    content = json_object(text)
    if content is None:
        return fault("the JSON inside does not parse", truncated=True)
    lacking = [name for name in _SIGN_IN if name not in content]
    if lacking:
        return fault(f"the JSON inside lacks `{lacking[0]}`")
    return Reading(Claims(account=text_of(content["email"]), details=details_of(content, {"signInAddress": "host"})))


def _make_onepassword(rng: Random, _wishes: Wishes) -> str:
    name, upper = random_text(rng, CHARSETS["base36"].chars, 13), CHARSETS["base32"].chars
    content = {
        "signInAddress": "example.1password.com",
        "userAuth": {
            "method": "SRPg-4096",
            "alg": "PBES2g-HS256",
            "iterations": 650_000,
            "salt": base64_of_random(rng, 16),
        },
        "email": f"{name}@1passwordserviceaccounts.com",
        "srpX": f"{rng.getrandbits(256):064x}",
        "muk": {"alg": "A256GCM", "ext": True, "k": base64_of_random(rng, 32), "kty": "oct", "kid": "mp"},
        "secretKey": f"A3-{random_text(rng, upper, 6)}-{random_text(rng, upper, 6)}-{random_text(rng, upper, 5)}",
        "throttleSecret": {"seed": f"{rng.getrandbits(256):064x}", "uuid": random_text(rng, upper, 26)},
        "deviceUuid": random_text(rng, CHARSETS["base32lower"].chars, 26),
    }
    return segment(content)


DECODERS = {
    "sentry_org": Decoder(Charset("base64", PADDED.chars + "_"), _read_sentry, _make_sentry, ("eyJ",)),
    "grafana_glc": Decoder(PADDED, _read_grafana, _make_grafana, ("eyJ",)),
    "mapbox": Decoder(DOTTED, _read_mapbox, _make_mapbox, ("eyJ",)),
    "onepassword": Decoder(
        Charset("base64url", CHARSETS["base64url"].chars + "="), _read_onepassword, _make_onepassword, ("eyJ",)
    ),
    "grafana_legacy": Decoder(PADDED, _read_grafana_legacy, _make_grafana_legacy, ("eyJrIjoi",)),
}
