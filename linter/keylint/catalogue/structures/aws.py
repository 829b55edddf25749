"""What AWS writes into its keys: the account's number, a request that is signed already."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from keylint.catalogue.charsets import CHARSETS
from keylint.catalogue.structures.interface import (
    PADDED,
    Decoder,
    Reading,
    Wishes,
    decode_base64,
    fault,
    iso_moment,
    missing,
    moment,
    random_text,
)
from keylint.model import Claims

# Key ids


def _read_aws(text: str) -> Reading:
    if len(text) != 16:
        return fault(missing("the part behind the type", len(text), 16), truncated=len(text) < 16)
    if text[0] in "IJ":
        return Reading(proven=False)
    if text[0] < "Q" and text[0].isalpha():
        return fault(f"character 5 is `{text[0]}`, which no issued key id has")
    try:
        data = base64.b32decode(text)
    except (ValueError, binascii.Error):
        return fault("it is no base32 text")
    account = (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return Reading(Claims(account=f"{account:012d}"), proven=False)


def _make_aws(rng: Random, _wishes: Wishes) -> str:
    number = 1 << 47 | rng.randrange(10**11, 10**12) << 7 | rng.getrandbits(7)
    return base64.b32encode(number.to_bytes(6, "big") + rng.randbytes(4)).decode()


# The password that SES derives from a secret key: a version, then an HMAC


def _read_ses(text: str) -> Reading:
    if len(text) != 44:
        return fault(missing("the password", len(text), 44), truncated=len(text) < 44)
    data = decode_base64(text)
    if data is None or len(data) != 33 or data[0] != 4:
        return fault("it does not decode to 33 bytes of which the first is 4")
    return Reading(proven=False)


def _make_ses(rng: Random, _wishes: Wishes) -> str:
    return base64.b64encode(b"\4" + rng.randbytes(32)).decode()


# Bedrock, long-term: the name of a credential and its secret

_CREDENTIAL = rb"(?s)BedrockAPIKey-([A-Za-z0-9+=,.@_-]{1,120}):(.*)"


def _read_bedrock(text: str) -> Reading:
    if len(text.rstrip("=")) % 4 == 1:
        return fault("its length is that of no base64 text: characters are missing or too many")
    data = decode_base64(text) or b""
    match = re.fullmatch(_CREDENTIAL, data)
    if match is None:
        begun = data.startswith(b"BedrockAPIKey-") and b":" not in data
        return fault("it does not decode to `BedrockAPIKey-`, an id, a colon and a secret", truncated=begun)
    identity = match[1].decode()
    account = re.search(r"-at-([0-9]{12})\Z", identity)
    claims = Claims(account=account[1] if account else None, details=(("credential", f"BedrockAPIKey-{identity}"),))
    if len(match[2]) < 16:
        return fault("the secret inside is cut off", truncated=True, claims=claims)
    return Reading(claims, proven=False)


def _make_bedrock(rng: Random, _wishes: Wishes) -> str:
    identity = f"BedrockAPIKey-{random_text(rng, CHARSETS['base36'].chars, 4)}-at-{rng.randrange(10**11, 10**12)}"
    return base64.b64encode(f"{identity}:".encode() + rng.randbytes(96 - len(identity) - 1)).decode()


# Bedrock, short-term: a request that is signed already


def _read_presigned(text: str) -> Reading:
    from urllib.parse import parse_qsl

    if len(text.rstrip("=")) % 4 == 1:
        return fault("its length is that of no base64 text: characters are missing or too many")
    host, _, query = (decode_base64(text) or b"").decode("latin-1").partition("?")
    if not host.startswith("bedrock.amazonaws.com"):
        return fault("it does not decode to an address of bedrock.amazonaws.com")
    fields = dict(parse_qsl(query))
    claims = _presigned_claims(fields)
    signature = fields.get("X-Amz-Signature", "")
    if not re.fullmatch(r"[0-9a-f]{64}", signature):
        return fault("the signature inside is not whole", truncated=len(signature) < 64, claims=claims)
    return Reading(claims, proven=False)


def _presigned_claims(fields: Mapping[str, str]) -> Claims:
    issued = iso_moment(fields.get("X-Amz-Date"))
    seconds = fields.get("X-Amz-Expires", "")
    lives = moment(issued.timestamp() + int(seconds)) if issued and re.fullmatch(r"[0-9]{1,7}", seconds) else None
    key, _, scope = fields.get("X-Amz-Credential", "").partition("/")
    region = scope.split("/")[1] if scope.count("/") > 1 else ""
    details = (("key id", f"{key[:8]}…" if len(key) >= 16 else ""), ("region", region[:40]))
    account = _read_aws(key[4:]).claims.account if re.fullmatch(r"A[A-Z]IA[A-Z2-7]{16}", key) else None
    return Claims(issued, lives, account, tuple((name, value) for name, value in details if value))


def _make_presigned(rng: Random, wishes: Wishes) -> str:
    from urllib.parse import urlencode

    expires: datetime = wishes.get("expires") or datetime(2033, 1, 1, tzinfo=UTC)
    issued: datetime = wishes.get("issued") or expires - timedelta(hours=12)
    fields = {
        "Action": "CallWithBearerToken",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"ASIA{_make_aws(rng, {})}/{issued:%Y%m%d}/us-east-1/bedrock/aws4_request",
        "X-Amz-Date": f"{issued:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": min(43_200, max(1, int((expires - issued).total_seconds()))),
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": f"{rng.getrandbits(256):064x}",
        "Version": 1,
    }
    return base64.b64encode(f"bedrock.amazonaws.com/?{urlencode(fields)}".encode()).decode()


DECODERS = {
    "aws_key_id": Decoder(CHARSETS["base32"], _read_aws, _make_aws),
    "ses_password": Decoder(CHARSETS["base64"], _read_ses, _make_ses),
    "bedrock_key": Decoder(PADDED, _read_bedrock, _make_bedrock, ("QmVkcm9ja0FQSUtleS",)),
    "bedrock_presigned": Decoder(PADDED, _read_presigned, _make_presigned, ("YmVkcm9jay5hbWF6b25hd3MuY29t",)),
}
