"""Keys that are a short text in base64: an id, a colon and a secret, a host, a time."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.dated_ids import make_ulid, read_ulid
from keylint.catalogue.structures.interface import (
    ALNUM,
    FOREIGN,
    PADDED,
    Decoder,
    Reading,
    Wishes,
    decode_base64,
    fault,
    missing,
    moment,
    random_text,
)
from keylint.catalogue.structures.uuids import make_uuid4
from keylint.model import Claims

_BASE64 = CHARSETS["base64"]
_BASE64URL = CHARSETS["base64url"].chars


def _inside(text: str, length: int) -> bytes | Reading:
    """Return what a key of this length holds, or the reading that says why it holds nothing."""
    if len(text) != length:
        return fault(missing("the base64", len(text), length), truncated=len(text) < length)
    data = decode_base64(text)
    return fault("it is no base64 text") if data is None else data


def _wrapped(data: bytes | str) -> str:
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


# JFrog: a mark, a version, the time of expiry, a secret


def _read_jfrog(text: str) -> Reading:
    data = _inside(text, 64)
    if isinstance(data, Reading):
        return data
    match = re.match(rb"reftkn:01:([0-9]{10}):", data)
    if match is None:
        return fault("it does not decode to `reftkn:01:`, a time and a secret")
    seconds = int(match[1])
    return Reading(Claims(expires_at=moment(seconds) if seconds else None))


def _make_jfrog(rng: Random, wishes: Wishes) -> str:
    expires: datetime | None = wishes.get("expires")
    seconds = int(expires.timestamp()) if expires is not None else 0
    return _wrapped(f"reftkn:01:{seconds:010d}:{random_text(rng, ALNUM, 27)}")


# Intercom: `tok:`, a UUID with underscores, `:1:0`

_TOK = rb"tok:[0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}:1:0"


def _read_intercom(text: str) -> Reading:
    data = _inside(text, 60)
    if isinstance(data, Reading):
        return data
    return Reading() if re.fullmatch(_TOK, data) else fault("it does not decode to `tok:`, an id and `:1:0`")


def _make_intercom(rng: Random, _wishes: Wishes) -> str:
    return _wrapped(f"tok:{make_uuid4(rng).replace('-', '_')}:1:0")


# Elastic: an id of 20 characters, a key of 22


def _read_elastic(text: str) -> Reading:
    data = _inside(text, 60)
    if isinstance(data, Reading):
        return data
    if not re.fullmatch(rb"[A-Za-z0-9_-]{20}:[A-Za-z0-9_-]{22}", data):
        return fault("it does not decode to an id of 20 characters, a colon and a key of 22")
    return Reading(Claims(details=(("id", data[:20].decode()),)))


def _make_elastic(rng: Random, _wishes: Wishes) -> str:
    return _wrapped(f"{random_text(rng, _BASE64URL, 20)}:{random_text(rng, _BASE64URL, 22)}")


# NVIDIA NGC: 26 characters, a UUID


def _read_ngc(text: str) -> Reading:
    data = _inside(text, 84)
    if isinstance(data, Reading):
        return data
    if not re.fullmatch(rb"[A-Za-z0-9]{26}:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", data):
        return fault("it does not decode to 26 letters and digits, a colon and a UUID")
    return Reading()


def _make_ngc(rng: Random, _wishes: Wishes) -> str:
    return _wrapped(f"{random_text(rng, CHARSETS['base36'].chars, 26)}:{make_uuid4(rng)}")


# Atlassian Data Center: the number of the token, 20 random bytes


def _read_bitbucket(text: str) -> Reading:
    data = _inside(text, 44)
    if isinstance(data, Reading):
        return data
    match = re.fullmatch(rb"([0-9]{1,20}):(.+)", data, re.DOTALL)
    if match is None or match[2].isascii():
        return fault("it does not decode to a number, a colon and random bytes")
    return Reading(Claims(account=match[1].decode()), proven=len(match[1]) > 8)


def _make_bitbucket(rng: Random, _wishes: Wishes) -> str:
    return _wrapped(
        str(rng.randrange(10**11, 10**12)).encode() + b":" + bytes([rng.randrange(128, 256)]) + rng.randbytes(19)
    )


# Clerk: the host of the frontend API and `$`

_HOST = r"(?=.{4,253}\$\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+\$"


def _read_clerk(text: str) -> Reading:
    plain = text.rstrip("=")
    cut = len(plain) % 4 == 1
    host = (decode_base64(plain[:-1] if cut else plain) or b"").decode("latin-1")
    if 3 * len(re.findall(r"[A-Za-z0-9.$-]", host)) < 2 * len(host):
        # Nothing like a host name: another issuer's key, that begins with `pk_live_` as well.
        return FOREIGN
    if cut or not host.endswith("$"):
        return fault("it does not decode to a host name and `$`: the end is missing", truncated=True)
    if not re.fullmatch(_HOST, host):
        return fault("it does not decode to a host name and one `$`")
    return Reading(Claims(details=(("host", host[:-1]),)))


def _make_clerk(rng: Random, wishes: Wishes) -> str:
    host = wishes.get("host") or f"clerk.{random_text(rng, CHARSETS['lower'].chars, 12)}.dev"
    return _wrapped(f"{host}$").rstrip("=")


# WorkOS: an id that is a ULID, a secret


def _read_workos(text: str) -> Reading:
    if len(text) % 4:
        return fault("its length is no multiple of 4: the base64 is cut off", truncated=True)
    match = re.fullmatch(rb"key_([0-9A-HJKMNP-TV-Z]{26}),([A-Za-z0-9]*)", decode_base64(text) or b"")
    if match is None:
        return fault("it does not decode to `key_`, a ULID, a comma and a secret")
    made = read_ulid(match[1].decode())
    if made.fault:
        return made
    if len(match[2]) < 25:
        return fault(missing("the secret inside", len(match[2]), 25), truncated=True, claims=made.claims)
    return Reading(made.claims, proven=len(match[2]) == 25)


def _make_workos(rng: Random, wishes: Wishes) -> str:
    return _wrapped(f"key_{make_ulid(rng, wishes)},{random_text(rng, ALNUM, 25)}")


# Algolia: an HMAC in hexadecimal digits, the restrictions that it is over


def _read_algolia(text: str) -> Reading:
    from urllib.parse import parse_qsl

    if len(text) % 4:
        return fault("its length is no multiple of 4: the base64 is cut off", truncated=True)
    data = decode_base64(text) or b""
    if not re.match(rb"[0-9a-f]{64}[A-Za-z]\w*=", data) or not data.isascii():
        return fault("it does not decode to 64 hexadecimal digits and restrictions")
    fields = dict(parse_qsl(data[64:].decode()))
    until = fields.get("validUntil", "")
    expires = moment(int(until)) if re.fullmatch(r"[0-9]{1,11}", until) else None
    return Reading(Claims(expires_at=expires), proven=False)


def _make_algolia(rng: Random, wishes: Wishes) -> str:
    expires: datetime = wishes.get("expires") or datetime(2033, 1, 1, tzinfo=UTC)
    digest = f"{rng.getrandbits(256):064x}"
    return _wrapped(f"{digest}validUntil={int(expires.timestamp())}&userToken={random_text(rng, ALNUM, 12)}")


# HTTP basic authentication: user and password


def _read_basic(text: str) -> Reading:
    data = decode_base64(text)
    if data is None:
        return fault("it is no base64 text", truncated=len(text.rstrip("=")) % 4 == 1)
    try:
        user, colon, _ = data.decode("utf-8").partition(":")
    except UnicodeDecodeError:
        return fault("it does not decode to text in UTF-8")
    if not colon:
        return fault("it does not decode to a user, a colon and a password")
    return Reading(Claims(account=user[:200] if user.isprintable() and user else None), proven=False)


def _make_basic(rng: Random, _wishes: Wishes) -> str:
    return _wrapped(f"reader-{random_text(rng, CHARSETS['lower'].chars, 6)}:{random_text(rng, ALNUM, 24)}")


DECODERS = {
    "jfrog_reference": Decoder(PADDED, _read_jfrog, _make_jfrog, ("cmVmdGtuO",)),
    "intercom": Decoder(PADDED, _read_intercom, _make_intercom, ("dG9rO",)),
    "elastic_key": Decoder(PADDED, _read_elastic, _make_elastic),
    "nvidia_ngc": Decoder(PADDED, _read_ngc, _make_ngc),
    "bitbucket_dc": Decoder(_BASE64, _read_bitbucket, _make_bitbucket),
    "clerk_host": Decoder(PADDED, _read_clerk, _make_clerk),
    "workos": Decoder(PADDED, _read_workos, _make_workos, ("a2V5Xz",)),
    "algolia_secured": Decoder(PADDED, _read_algolia, _make_algolia),
    "basic_auth": Decoder(PADDED, _read_basic, _make_basic),
}
