"""JSON web tokens of one issuer, told by their claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import (
    DOTTED,
    FOREIGN,
    Decoder,
    Reading,
    Wishes,
    details_of,
    iso_moment,
    json_object,
    random_text,
    text_of,
)
from keylint.catalogue.structures.jwt import PATTERN, read_jwt, signed
from keylint.catalogue.structures.uuids import make_uuid4

_Payload = Mapping[str, Any]
_Own = tuple[object, _Payload, Mapping[str, str]]
"""The account, the object that holds the details, and what to call those."""


def _decoder(own: Callable[[_Payload, _Payload], _Own | None], make: Callable[[Random, Wishes], str]) -> Decoder:
    """Return the decoder of the tokens for whose header and payload `own` returns something."""

    def read(text: str) -> Reading:
        header, _, rest = text.partition(".")
        payload = json_object(rest.partition(".")[0])
        found = own(json_object(header) or {}, payload) if payload is not None else None
        if found is None:
            return FOREIGN
        account, source, names = found
        reading = read_jwt(text)
        if reading.foreign:
            return FOREIGN
        issued = reading.claims.issued_at or iso_moment(payload.get("iad") if payload else None)
        claims = replace(reading.claims, issued_at=issued, account=text_of(account), details=details_of(source, names))
        return replace(reading, claims=claims)

    return Decoder(DOTTED, read, make, ("eyJ",), inner=".", pattern=PATTERN)


def _issuer(payload: _Payload) -> str:
    issuer = payload.get("iss")
    return issuer if isinstance(issuer, str) else ""


# Supabase


def _supabase(_header: _Payload, payload: _Payload) -> _Own | None:
    role = text_of(payload.get("role"))
    return None if role in (None, _ANONYMOUS) else _of_supabase(payload)


def _supabase_anonymous(_header: _Payload, payload: _Payload) -> _Own | None:
    return _of_supabase(payload) if text_of(payload.get("role")) == _ANONYMOUS else None


_ANONYMOUS = "anon"


def _of_supabase(payload: _Payload) -> _Own | None:
    if not _issuer(payload).startswith("supabase"):
        return None
    return payload.get("ref"), payload, {"iss": "issuer", "role": "role", "ref": "project", "aud": "audience"}


def _make_supabase(rng: Random, wishes: Wishes) -> str:
    project = wishes.get("project") or random_text(rng, CHARSETS["lower"].chars, 20)
    payload = {"iss": "supabase", "ref": project, "role": wishes.get("role", "service_role"), "iat": 1_700_000_000}
    return signed(rng, payload, {"expires": datetime(2033, 11, 14, tzinfo=UTC), **wishes})


# Microsoft Entra

_ENTRA = ("https://sts.windows.net/", "https://login.microsoftonline.com/")


def _entra(_header: _Payload, payload: _Payload) -> _Own | None:
    if not _issuer(payload).startswith(_ENTRA):
        return None
    account = payload.get("appid") or payload.get("azp") or payload.get("oid")
    return account, payload, {"tid": "tenant", "aud": "audience"}


def _make_entra(rng: Random, wishes: Wishes) -> str:
    tenant = make_uuid4(rng)
    payload = {
        "aud": "https://management.azure.com/",
        "iss": f"{_ENTRA[0]}{tenant}/",
        "appid": make_uuid4(rng),
        "tid": tenant,
    }
    return signed(rng, payload, wishes, "RS256")


# Kubernetes: nested claims in bound tokens, flat ones in those that live in a Secret

_FLAT = "kubernetes.io/serviceaccount/"


def _kubernetes(_header: _Payload, payload: _Payload) -> _Own | None:
    bound = payload.get("kubernetes.io")
    if isinstance(bound, dict):
        account = bound.get("serviceaccount")
        return account.get("name") if isinstance(account, dict) else None, bound, {"namespace": "namespace"}
    if _issuer(payload) != "kubernetes/serviceaccount":
        return None
    return payload.get(f"{_FLAT}service-account.name"), payload, {f"{_FLAT}namespace": "namespace"}


def _make_kubernetes(rng: Random, wishes: Wishes) -> str:
    name, space = (random_text(rng, CHARSETS["lower"].chars, 10) for _ in range(2))
    payload = {
        "aud": ["https://kubernetes.default.svc.cluster.local"],
        "iss": "https://kubernetes.default.svc.cluster.local",
        "kubernetes.io": {"namespace": space, "serviceaccount": {"name": name, "uid": make_uuid4(rng)}},
        "sub": f"system:serviceaccount:{space}:{name}",
    }
    return signed(rng, payload, wishes, "RS256")


# monday.com


def _monday(_header: _Payload, payload: _Payload) -> _Own | None:
    if not {"tid", "uid", "actid"} <= payload.keys():
        return None
    return payload["actid"], payload, {"uid": "user", "rgn": "region"}


def _make_monday(rng: Random, wishes: Wishes) -> str:
    issued: datetime = wishes.get("issued") or datetime(2025, 2, 3, tzinfo=UTC)
    payload = {
        "tid": rng.randrange(10**8, 10**9),
        "aai": 11,
        "uid": rng.randrange(10**7, 10**8),
        "iad": issued.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "per": "me:write",
        "actid": rng.randrange(10**6, 10**8),
        "rgn": "use1",
    }
    return signed(rng, payload, {})


# Temporal Cloud, Turso


def _temporal(_header: _Payload, payload: _Payload) -> _Own | None:
    if _issuer(payload) != "temporal.io" or not {"account_id", "key_id"} <= payload.keys():
        return None
    return payload["account_id"], payload, {"key_id": "key id"}


def _make_temporal(rng: Random, wishes: Wishes) -> str:
    payload = {
        "account_id": random_text(rng, CHARSETS["base36"].chars, 5),
        "aud": ["temporal.io"],
        "iss": "temporal.io",
        "key_id": random_text(rng, CHARSETS["alnum"].chars, 32),
    }
    return signed(rng, payload, wishes, "ES256")


def _turso(header: _Payload, payload: _Payload) -> _Own | None:
    if header.get("alg") != "EdDSA" or not {"a", "id"} <= payload.keys():
        return None
    return payload["id"], payload, {"a": "access"}


def _make_turso(rng: Random, wishes: Wishes) -> str:
    return signed(rng, {"a": "rw", "id": make_uuid4(rng)}, wishes, "EdDSA")


DECODERS = {
    "supabase_jwt": _decoder(_supabase, _make_supabase),
    "supabase_anon_jwt": _decoder(
        _supabase_anonymous, lambda rng, wishes: _make_supabase(rng, {**wishes, "role": _ANONYMOUS})
    ),
    "entra_jwt": _decoder(_entra, _make_entra),
    "kubernetes_jwt": _decoder(_kubernetes, _make_kubernetes),
    "monday_jwt": _decoder(_monday, _make_monday),
    "temporal_jwt": _decoder(_temporal, _make_temporal),
    "turso_jwt": _decoder(_turso, _make_turso),
}
