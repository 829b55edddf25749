"""Runs that carry structure: decoders that verify a run and read what it says about itself.

A decoder never raises and costs time linear in its input, whatever the input is.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.model import Claims

_NO_CLAIMS = Claims()
_BASE64URL = CHARSETS["base64url"].chars
_ALNUM = CHARSETS["alnum"].chars


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decoder makes of a run."""

    claims: Claims = _NO_CLAIMS
    fault: str = ""
    """What is wrong; empty when the structure holds."""
    truncated: bool = False
    """The fault is that characters are missing."""
    proven: bool = True
    """Chance cannot have made this text. False where the decoder only reads."""
    foreign: bool = False
    """Not this structure at all: the text is no damaged one, it is something else."""


Wishes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decoder:
    """A structure: how it is written, read, and made up."""

    charset: Charset
    read: Callable[[str], Reading]
    make: Callable[[Random, Wishes], str]
    starts: tuple[str, ...] = ()
    """Texts of which one begins every such run."""
    mark: str = ""
    """A text that every such run holds somewhere, where it has no fixed start."""
    inner: str = ""
    """A text without which a run with the right start is not even a candidate."""
    begins: str = ""
    """A regular expression for the beginning of a run that is known by its mark."""
    pattern: str = ""
    """A regular expression for the matcher, where the start alone says too little or too much."""


_FOREIGN = Reading(foreign=True, proven=False)


def _fault(message: str, truncated: bool = False, claims: Claims = _NO_CLAIMS) -> Reading:
    return Reading(claims, message, truncated, proven=False)


def _missing(what: str, have: int, want: int) -> str:
    gap = abs(want - have)
    characters = "character" if gap == 1 else "characters"
    return (
        f"{what} is {have} characters long, not {want}: {gap} {characters} {'missing' if want > have else 'too many'}"
    )


def decode_base64(text: str) -> bytes | None:
    """Decode either base64 alphabet, with or without padding; `None` when it is neither."""
    try:
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def _json_object(text: str) -> dict[str, Any] | None:
    data = decode_base64(text)
    if data is None:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def moment(value: object) -> datetime | None:
    """Return a Unix time as a datetime; `None` for what is no time between 1970 and 9999."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:200] or None


def _details(source: Mapping[str, Any], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = ((shown, _text(source.get(name))) for name, shown in names.items())
    return tuple((shown, value) for shown, value in found if value is not None)


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _random_text(rng: Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def _base64_of_random(rng: Random, size: int) -> str:
    return base64.urlsafe_b64encode(rng.randbytes(size)).decode().rstrip("=")


# JSON web tokens

_SIGNATURES = {
    "HS256": (43,), "HS384": (64,), "HS512": (86,), "EdDSA": (86, 152),
    "ES256": (86,), "ES256K": (86,), "ES384": (128,), "ES512": (176,),
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), (171, 342, 512, 683)),
}  # fmt: skip


def _read_jwt(text: str) -> Reading:
    header_text, dot, rest = text.partition(".")
    header = _json_object(header_text)
    if header is None:
        return _fault("the header is no JSON object in base64url") if dot else _FOREIGN
    if not isinstance(header.get("alg"), str):
        return _FOREIGN
    parts = rest.split(".")
    if len(parts) == 4 and "enc" in header:
        return Reading(proven=False)
    if len(parts) > 2:
        return _fault(f"{len(parts) + 1} parts between dots, not 3")
    payload = _json_object(parts[0])
    if payload is None:
        cut = len(parts) == 1
        return _fault(
            "the text ends inside the payload" if cut else "the payload is no JSON object in base64url", truncated=cut
        )
    claims = _jwt_claims(payload)
    if len(parts) == 1:
        return _fault("the signature is missing", truncated=True, claims=claims)
    return _check_signature(parts[1], header["alg"], claims)


def _check_signature(signature: str, alg: str, claims: Claims) -> Reading:
    if alg == "none":
        return _fault("`alg` is `none`, yet there is a signature", claims=claims) if signature else Reading(claims)
    lengths = _SIGNATURES.get(alg)
    if lengths is None:
        return Reading(claims, proven=False)
    if len(signature) not in lengths:
        nearest = next((n for n in lengths if n > len(signature)), lengths[-1])
        message = f"{_missing('the signature', len(signature), nearest)} ({alg})"
        return _fault(message, truncated=len(signature) < nearest, claims=claims)
    return Reading(claims)


def _jwt_claims(payload: Mapping[str, Any]) -> Claims:
    names = {"iss": "issuer", "role": "role", "ref": "project", "aud": "audience"}
    return Claims(
        moment(payload.get("iat")), moment(payload.get("exp")), _text(payload.get("sub")), _details(payload, names)
    )


def _make_jwt(rng: Random, wishes: Wishes) -> str:
    payload: dict[str, Any] = {"sub": _random_text(rng, _ALNUM, 12), "jti": _random_text(rng, _ALNUM, 16)}
    return _signed(rng, payload, wishes)


def _signed(rng: Random, payload: dict[str, Any], wishes: Wishes) -> str:
    expires: datetime | None = wishes.get("expires")
    issued: datetime | None = wishes.get("issued")
    if issued is not None:
        payload["iat"] = int(issued.timestamp())
    if expires is not None:
        payload["exp"] = int(expires.timestamp())
    header = _segment({"alg": "HS256", "typ": "JWT"})
    return f"{header}.{_segment(payload)}.{_base64_of_random(rng, 32)}"


def _read_supabase(text: str) -> Reading:
    reading = _read_jwt(text)
    details = dict(reading.claims.details)
    if not details.get("issuer", "").startswith("supabase") or "role" not in details:
        return _FOREIGN
    return Reading(
        Claims(reading.claims.issued_at, reading.claims.expires_at, details.get("project"), reading.claims.details),
        reading.fault,
        reading.truncated,
        reading.proven,
    )


def _make_supabase(rng: Random, wishes: Wishes) -> str:
    project = wishes.get("project") or _random_text(rng, CHARSETS["lower"].chars, 20)
    payload = {"iss": "supabase", "ref": project, "role": wishes.get("role", "service_role"), "iat": 1_700_000_000}
    return _signed(rng, payload, {"expires": datetime(2033, 11, 14, tzinfo=UTC), **wishes})


# PyPI: a macaroon of version 2 whose fields say their own lengths

_PYPI_STARTS = ("AgEIcHlwaS5vcmc", "AgENdGVzdC5weXBpLm9yZw")


class _CutError(Exception):
    """The data ends inside a field."""


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 28:
        byte = data[position]
        value |= (byte & 127) << shift
        position += 1
        if byte < 128:
            return value, position
        shift += 7
    raise _CutError


def _field(data: bytes, position: int) -> tuple[int, bytes, int]:
    kind, position = _varint(data, position)
    if kind == 0:
        return 0, b"", position
    length, position = _varint(data, position)
    if position + length > len(data):
        raise _CutError
    return kind, data[position : position + length], position + length


def _macaroon(data: bytes) -> tuple[list[bytes], bool]:
    """Return the caveats, and whether the data is a whole macaroon and nothing more."""
    kind, _, position = _field(data, 1)
    if kind == 1:
        kind, _, position = _field(data, position)
    end, _, position = _field(data, position)
    if kind != 2 or end != 0:
        return [], False
    caveats: list[bytes] = []
    while True:
        kind, caveat, position = _field(data, position)
        if kind == 0:
            break
        end, _, position = _field(data, position)
        if kind != 2 or end != 0:
            return caveats, False
        caveats.append(caveat)
    kind, signature, position = _field(data, position)
    return caveats, kind == 6 and len(signature) == 32 and position == len(data)


def _read_pypi(text: str) -> Reading:
    data = decode_base64(text)
    if data is None and len(text.rstrip("=")) % 4 == 1:
        data = decode_base64(text.rstrip("=")[:-1])
        whole = False
    else:
        whole = True
    if not data or data[0] != 2:
        return _fault("it is no macaroon in base64url")
    try:
        caveats, holds = _macaroon(data)
    except _CutError:
        return _fault("the text ends inside the macaroon", truncated=True)
    if not holds or not whole:
        return _fault("the macaroon does not parse to its last byte")
    return Reading(_pypi_claims(caveats))


def _pypi_claims(caveats: list[bytes]) -> Claims:
    issued = expires = account = None
    details: list[tuple[str, str]] = []
    for caveat in caveats:
        try:
            value = json.loads(caveat)
        except (ValueError, RecursionError):
            continue
        match value:
            case [0, end, start]:
                issued, expires = moment(start), moment(end)
            case [1, [*names]]:
                details.append(("projects", ", ".join(str(name) for name in names[:20])[:200]))
            case [3, user]:
                account = _text(user)
            case {"permissions": {"projects": [*names]}}:
                details.append(("projects", ", ".join(str(name) for name in names[:20])[:200]))
            case _:
                continue
    return Claims(issued, expires, account, tuple(details))


def _make_pypi(rng: Random, wishes: Wishes) -> str:
    hexes = rng.randbytes(16).hex()
    identifier = f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-8{hexes[17:20]}-{hexes[20:]}".encode()
    caveats = [b'{"version":1,"permissions":"user"}', json.dumps([3, str(rng.getrandbits(32))]).encode()]
    if wishes.get("expires") is not None:
        end = int(wishes["expires"].timestamp())
        caveats.append(json.dumps([0, end, end - 86_400 * 365]).encode())
    location = base64.b64decode("cHlwaS5vcmc=")
    data = b"\x02\x01\x08" + location + b"\x02" + bytes([len(identifier)]) + identifier + b"\0"
    data += b"".join(b"\x02" + bytes([len(caveat)]) + caveat + b"\0" for caveat in caveats)
    return base64.urlsafe_b64encode(data + b"\0\x06\x20" + rng.randbytes(32)).decode().rstrip("=")


# Sentry, Grafana: JSON inside


def _read_sentry(text: str) -> Reading:
    body, underscore, secret = text.partition("_")
    content = _json_object(body)
    if content is None:
        return _fault("the JSON inside does not parse", truncated=not underscore)
    claims = Claims(
        moment(content.get("iat")),
        None,
        _text(content.get("org")),
        _details(content, {"url": "url", "region_url": "region"}),
    )
    if len(secret) != 43:
        return _fault(_missing("the part after `_`", len(secret), 43), truncated=len(secret) < 43, claims=claims)
    return Reading(claims)


def _make_sentry(rng: Random, wishes: Wishes) -> str:
    issued = wishes.get("issued") or datetime(2025, 3, 1, tzinfo=UTC)
    content = {
        "iat": issued.timestamp(),
        "url": "https://sentry.io",
        "region_url": "https://us.sentry.io",
        "org": _random_text(rng, CHARSETS["lower"].chars, 10),
    }
    return base64.b64encode(json.dumps(content).encode()).decode() + "_" + _random_text(rng, _ALNUM + "+/", 43)


def _read_grafana(text: str) -> Reading:
    content = _json_object(text)
    if content is None:
        return _fault("the JSON inside does not parse", truncated=True)
    if not {"o", "n", "k", "m"} <= content.keys():
        return _fault("the JSON inside lacks one of `o`, `n`, `k`, `m`")
    region = content["m"].get("r") if isinstance(content["m"], dict) else None
    details = (*_details(content, {"n": "name"}), *((("region", str(region)[:200]),) if region else ()))
    return Reading(Claims(account=_text(content["o"]), details=details))


def _make_grafana(rng: Random, _wishes: Wishes) -> str:
    number = str(rng.randrange(100_000, 9_999_999))
    name = "reader-" + _random_text(rng, CHARSETS["lower"].chars, 6)
    content = {"o": number, "n": name, "k": _random_text(rng, _ALNUM, 24), "m": {"r": "eu"}}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def _read_grafana_legacy(text: str) -> Reading:
    if len(text) % 4:
        return _fault("its length is no multiple of 4: the base64 is cut off", truncated=True)
    content = _json_object(text)
    if content is None:
        return _fault("the JSON inside does not parse", truncated=True)
    if not {"k", "n", "id"} <= content.keys():
        return _fault("the JSON inside lacks one of `k`, `n`, `id`")
    return Reading(Claims(account=_text(content["id"]), details=_details(content, {"n": "name"})))


def _make_grafana_legacy(rng: Random, _wishes: Wishes) -> str:
    name = "reader-" + _random_text(rng, CHARSETS["lower"].chars, 6)
    content = {"k": _random_text(rng, _ALNUM, 32), "n": name, "id": rng.randrange(1, 100)}
    return base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


# GitLab's routable payload: random bytes, then lines `key:base36`, then the number of random bytes

_ROUTABLE = re.compile(r"([A-Za-z0-9_-]+)\.(?:([0-9a-z]{2})\.)?([0-9a-z]{2})\Z")


def _read_routable(text: str) -> Reading:
    match = _ROUTABLE.match(text)
    if "." not in text:
        return _FOREIGN
    if match is None:
        return _fault("the length field behind the last dot is missing", truncated=True)
    payload, _, written = match.groups()
    want = int(written, 36)
    if len(payload) != want:
        return _fault(_missing("the payload", len(payload), want), truncated=len(payload) < want)
    data = decode_base64(payload)
    if not data or data[-1] != 16 or len(data) < 18:
        return _fault("the payload does not end in its count of random bytes")
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


# Azure SAS: a query string

_QUERY = re.compile(r"(?:^|&)([a-z]{1,5})=([^&]*)")


def _read_sas(text: str) -> Reading:
    from urllib.parse import unquote

    fields = {name: unquote(value) for name, value in _QUERY.findall(text.removeprefix("?"))}
    if "sig" not in fields or not fields.keys() & {"sv", "se", "sr", "ss"}:
        return _FOREIGN
    claims = Claims(
        _iso(fields.get("st")), _iso(fields.get("se")), None, _details(fields, {"sp": "permissions", "sv": "version"})
    )
    signature = decode_base64(fields["sig"])
    if signature is None or len(signature) != 32 or len(fields["sig"]) != 44:
        cut = len(fields["sig"]) < 44
        return _fault("the signature (`sig`) is not 32 bytes in base64, padding included", truncated=cut, claims=claims)
    return Reading(claims)


def _iso(text: str | None) -> datetime | None:
    if not text or len(text) > 40:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _make_sas(rng: Random, wishes: Wishes) -> str:
    from urllib.parse import quote

    expires: datetime = wishes.get("expires") or datetime(2030, 1, 1, tzinfo=UTC)
    signature = base64.b64encode(rng.randbytes(32)).decode()
    end = quote(expires.strftime("%Y-%m-%dT%H:%M:%SZ"), safe="")
    return f"sv=2022-11-02&ss=b&srt=co&sp=rl&se={end}&spr=https&sig={quote(signature, safe='')}"


# AWS access key ids hold the account's number


def _read_aws(text: str) -> Reading:
    if len(text) != 16:
        return _fault(_missing("the part behind the type", len(text), 16), truncated=len(text) < 16)
    if text[0] in "IJ":
        return Reading(proven=False)
    if text[0] < "Q" and text[0].isalpha():
        return _fault(f"character 5 is `{text[0]}`, which no issued key id has")
    try:
        data = base64.b32decode(text)
    except (ValueError, binascii.Error):
        return _fault("it is no base32 text")
    account = (int.from_bytes(data[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return Reading(Claims(account=f"{account:012d}"), proven=False)


def _make_aws(rng: Random, _wishes: Wishes) -> str:
    number = 1 << 47 | rng.randrange(10**11, 10**12) << 7 | rng.getrandbits(7)
    return base64.b32encode(number.to_bytes(6, "big") + rng.randbytes(4)).decode()


# Discord: the bot's id in decimal digits


def _read_discord(text: str) -> Reading:
    data = decode_base64(text)
    number = (data or b"").decode("latin-1")
    if not re.fullmatch(r"[0-9]{17,19}", number):
        return _fault("the first part does not decode to an id of 17 to 19 digits")
    created = moment(((int(number) >> 22) + 1_420_070_400_000) / 1000)
    return Reading(
        Claims(account=number, details=(("account created", created.date().isoformat()),) if created else ())
    )


def _make_discord(rng: Random, _wishes: Wishes) -> str:
    number = rng.randrange(10**17, 10**18) if rng.random() < 0.5 else rng.randrange(10**18, 1_400_000_000_000_000_000)
    return base64.b64encode(str(number).encode()).decode().rstrip("=")


# Private keys

_ARMOUR = re.compile(
    r"-----BEGIN ((?:RSA |EC |DSA |ENCRYPTED |OPENSSH )?PRIVATE KEY)-----"
    r"(.*?)(?:-----END ([A-Z ]{1,40})-----|\Z)(?:\s|\\[nr])*\Z",
    re.DOTALL,
)
_SPACE = re.compile(r"\s+|\\[nrt]|\\\n")
_HEADERS = re.compile(r"\s*(?:[A-Za-z-]{1,40}: [^\n]*(?:\n|\\n))+")


def _armoured(text: str) -> tuple[str, bytes | None, Reading | None]:
    """Return the label, the bytes inside, and the reading where the armour itself says what is wrong."""
    match = _ARMOUR.match(text)
    if match is None:
        return "", None, _fault("the lines BEGIN and END do not enclose one key")
    label, body, end = match.groups()
    headers = _HEADERS.match(body)
    body = _SPACE.sub("", body[headers.end() :] if headers else body)
    if end is None:
        return label, None, _fault("the END line is missing", truncated=True)
    if end != label:
        return label, None, _fault(f"BEGIN says {label}, END says {end}")
    if headers and "ENCRYPTED" in headers[0]:
        return label, None, Reading(Claims(details=(("encrypted", "yes"),)), proven=False)
    data = decode_base64(body)
    if data is None or len(body) % 4:
        return label, data, _fault("the body is not whole base64", truncated=len(body) % 4 != 0)
    return label, data, None


def _read_pem(text: str) -> Reading:
    label, data, verdict = _armoured(text)
    if verdict is not None:
        return verdict
    size = _der_size(data or b"")
    if size is None:
        return _fault("the body is no DER sequence")
    have = len(data or b"")
    if have != size:
        return _fault(f"{have} bytes inside, its own length says {size}", truncated=have < size)
    return Reading(Claims(details=(("encrypted", "yes"),) if label.startswith("ENCRYPTED") else ()))


def _der_size(data: bytes) -> int | None:
    """Return the length in bytes that the outer sequence announces, its header included."""
    if len(data) < 2 or data[0] != 0x30:
        return None
    if data[1] < 128:
        return 2 + data[1]
    count = data[1] & 127
    if not 1 <= count <= 3 or len(data) < 2 + count:
        return None
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big")


def _make_pem(rng: Random, _wishes: Wishes) -> str:
    # Version, the algorithm (Ed25519), the key in an octet string: PKCS#8.
    return _armour("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + rng.randbytes(32), 64)


def _armour(label: str, data: bytes, width: int) -> str:
    text = base64.b64encode(data).decode()
    lines = (text[i : i + width] for i in range(0, len(text), width))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


_OPENSSH = b"openssh-key-v1\0"


def _strings(data: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Read `count` length-prefixed strings; return them and the rest."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            raise _CutError
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found, data


def _read_openssh(text: str) -> Reading:
    _, data, verdict = _armoured(text)
    if verdict is not None:
        return verdict
    if data is None or not data.startswith(_OPENSSH):
        return _fault("the body does not start with `openssh-key-v1`")
    try:
        (cipher, _, _), rest = _strings(data[len(_OPENSSH) :], 3)
        keys = int.from_bytes(rest[:4], "big")
        if keys != 1:
            return _fault(f"{keys} keys inside, not 1")
        (_, private), rest = _strings(rest[4:], 2)
    except _CutError:
        return _fault("the text ends inside a field", truncated=True)
    if rest:
        return _fault(f"{len(rest)} bytes too many behind the last field")
    if cipher == b"none" and private[:4] != private[4:8]:
        return _fault("the two check numbers inside differ")
    return Reading(Claims(details=(("encrypted", "yes"),) if cipher != b"none" else ()))


def _make_openssh(rng: Random, _wishes: Wishes) -> str:
    def string(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public, check = rng.randbytes(32), rng.randbytes(4)
    blob = string(b"ssh-ed25519") + string(public)
    private = check + check + blob + string(rng.randbytes(32) + public) + string(b"")
    private += bytes(range(1, 1 + -len(private) % 8))
    data = (
        _OPENSSH
        + string(b"none")
        + string(b"none")
        + string(b"")
        + (1).to_bytes(4, "big")
        + string(blob)
        + string(private)
    )
    return _armour("OPENSSH PRIVATE KEY", data, 70)


# NATS: base32 with a CRC-16 (XMODEM) over all but the last two bytes


def _crc16(data: bytes) -> int:
    return binascii.crc_hqx(data, 0)


def _read_nkey(text: str) -> Reading:
    if len(text) != 58:
        return _fault(_missing("the seed", len(text), 58), truncated=len(text) < 58)
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        return _fault("it is no base32 text")
    canonical = base64.b32encode(data).decode().rstrip("=")
    if canonical != text or _crc16(data[:-2]) != int.from_bytes(data[-2:], "little"):
        return _fault("the checksum inside does not hold: mistyped")
    return Reading()


def _make_nkey(rng: Random, _wishes: Wishes) -> str:
    # The seed mark (18) and the user mark (20), five bits each after the first three.
    data = bytes([18 << 3 | (20 << 3) >> 5, (20 << 3 & 31) << 3]) + rng.randbytes(32)
    return base64.b32encode(data + _crc16(data).to_bytes(2, "little")).decode().rstrip("=")


# The month in which Azure allocated a key


def _read_month(text: str) -> Reading:
    if len(text) != 2:
        return _fault("no year and month")
    year, month = ord(text[0]) - ord("A") + 2024, ord(text[1]) - ord("A") + 1
    if not 1 <= month <= 12 or not "A" <= text[0] <= "Z":
        return _fault(f"`{text}` names no month")
    return Reading(Claims(issued_at=datetime(year, month, 1, tzinfo=UTC)), proven=False)


def _make_month(rng: Random, wishes: Wishes) -> str:
    when: datetime = wishes.get("issued") or datetime(2025, rng.randrange(1, 13), 1, tzinfo=UTC)
    return chr(ord("A") + when.year - 2024) + chr(ord("A") + when.month - 1)


_PEM_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
_DOTTED = Charset("base64url", _BASE64URL + ".")
_PADDED = Charset("base64", _ALNUM + "+/=")
_ARMOUR_CHARS = Charset("PEM", _ALNUM + "+/= \t\r\n\\-:,.")
_QUERY_CHARS = Charset("a query string", _ALNUM + "%&=:.,+/?_~!*-")

_SAS_FIELD = r"(?<![A-Za-z0-9])(?:s[evrstpikz]|srt|spr|sig|sip|tn|sk[etsv]|skt|skoid|sktid|rsc[cdelt])="

DECODERS = {
    "jwt": Decoder(
        _DOTTED, _read_jwt, _make_jwt, ("eyJ",), inner=".", pattern=r"[A-Za-z0-9_\x2d]\.eyJ[A-Za-z0-9_\x2d]{10}"
    ),
    "supabase_jwt": Decoder(
        _DOTTED,
        _read_supabase,
        _make_supabase,
        ("eyJ",),
        inner=".",
        pattern=r"[A-Za-z0-9_\x2d]\.eyJ[A-Za-z0-9_\x2d]{10}",
    ),
    "pypi": Decoder(CHARSETS["base64url"], _read_pypi, _make_pypi, _PYPI_STARTS),
    "sentry_org": Decoder(Charset("base64", _PADDED.chars + "_"), _read_sentry, _make_sentry, ("eyJ",)),
    "grafana_glc": Decoder(_PADDED, _read_grafana, _make_grafana, ("eyJ",)),
    "grafana_legacy": Decoder(_PADDED, _read_grafana_legacy, _make_grafana_legacy, ("eyJrIjoi",)),
    "gitlab_routable": Decoder(_DOTTED, _read_routable, _make_routable),
    "azure_sas": Decoder(
        _QUERY_CHARS,
        _read_sas,
        _make_sas,
        mark="sig=",
        inner="se=",
        begins=_SAS_FIELD,
        pattern=r"sig=[A-Za-z0-9%+/]{30}",
    ),
    "aws_key_id": Decoder(CHARSETS["base32"], _read_aws, _make_aws),
    "discord_id": Decoder(CHARSETS["alnum"], _read_discord, _make_discord),
    "pem": Decoder(_ARMOUR_CHARS, _read_pem, _make_pem, tuple(f"-----BEGIN {label}-----" for label in _PEM_LABELS)),
    "openssh": Decoder(_ARMOUR_CHARS, _read_openssh, _make_openssh, ("-----BEGIN OPENSSH PRIVATE KEY-----",)),
    "nats_nkey": Decoder(CHARSETS["base32"], _read_nkey, _make_nkey, ("SU", "SA", "SO", "SN", "SC", "SX")),
    "cask_month": Decoder(CHARSETS["upper"], _read_month, _make_month),
}
