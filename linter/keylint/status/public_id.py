"""What an issuer calls a key, read from the key itself: it may be shown and asked about, and is no use without the key.

A secret without an id inside (AWS's secret access key, Twilio's) is known by the id that stands beside it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

_LONGEST = 256


def public_id(kind: str | None, key: str) -> str | None:
    """Return the issuer's name for a key of this kind (an id of the catalogue), `None` where the key does not tell it."""
    read = _READERS.get(kind, _jti) if kind is not None else _jti
    found = read(key)
    return found if found and len(found) <= _LONGEST and found.isascii() and found.isprintable() else None


def has_its_id_inside(kind: str | None) -> bool:
    """Say whether the issuer's name for a key of this kind is a part of the key."""
    return kind in _READERS


def _itself(key: str) -> str | None:
    return key


def _sendgrid(key: str) -> str | None:
    parts = key.split(".")
    return parts[1] if len(parts) == 3 else None


def _google(key: str) -> str | None:
    return _member(key, "private_key_id")


def _jti(key: str) -> str | None:
    """Return the id of a JSON web token."""
    parts = key.split(".")
    if len(parts) != 3 or not key.startswith("eyJ"):
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (ValueError, binascii.Error):
        return None
    return _member(payload, "jti")


def _member(text: str | bytes, name: str) -> str | None:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    value = content.get(name) if isinstance(content, dict) else None
    return value if isinstance(value, str) else None


_READERS: dict[str, Callable[[str], str | None]] = {
    "aws-access-key-id": _itself,
    "aws-sts-access-key-id": _itself,
    "twilio-api-key-sid": _itself,
    "sendgrid-api-key": _sendgrid,
    "google-service-account-json": _google,
}
