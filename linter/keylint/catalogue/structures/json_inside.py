"""Keys that hold a JSON object: Grafana, Mapbox, 1Password, Sentry."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from random import Random

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.catalogue.structures.interface import (
    ALNUM,
    PADDED,
    Decoder,
    Reading,
    Wishes,
    details_of,
    fault,
    json_object,
    missing,
    moment,
    random_text,
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


DECODERS = {
    "sentry_org": Decoder(Charset("base64", PADDED.chars + "_"), _read_sentry, _make_sentry, ("eyJ",)),
    "grafana_glc": Decoder(PADDED, _read_grafana, _make_grafana, ("eyJ",)),
    "grafana_legacy": Decoder(PADDED, _read_grafana_legacy, _make_grafana_legacy, ("eyJrIjoi",)),
}
