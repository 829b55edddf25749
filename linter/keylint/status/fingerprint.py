"""The identity of a key that may be written down: a keyed hash, and the pepper that keys it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from keylint.status.files import create, read_regular

# Quotes and white space, and what an editor or a copy from a web page adds that nobody sees.
SURROUNDING = " \t\r\n\f\v\"'`\ufeff\u200b\u200c\u200d\u2060"
FINGERPRINT = re.compile(r"kl1:(?:hmac-sha256|scrypt):([A-Za-z0-9][A-Za-z0-9._-]{0,63}):[0-9a-f]{64}")
"""The group is the id of the pepper, or of the list that a `scrypt` one was made for."""
PEPPER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CONTEXT = b"keylint/v1\0"
_LEAST_BYTES = 32
_FILE_LIMIT = 65_536
_KEYRING = "keyring:"


class PepperError(Exception):
    """There is a pepper and it cannot be used; the message says why, and never shows it."""


@dataclass(frozen=True, slots=True)
class Pepper:
    """At least 32 secret bytes that key the fingerprints, and the public id that every fingerprint carries."""

    id: str
    key: bytes = field(repr=False)


class LoadedPepper(NamedTuple):
    """A pepper, and what the user should be told about it."""

    pepper: Pepper
    created: Path | None = None
    """The file that was created for it just now."""
    persistent: bool = True
    """False when it could be kept nowhere: the next run has another one."""


SCRYPT = "scrypt"
_SCRYPT_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


class Fingerprinter:
    """Turns values into fingerprints under one pepper: 3 microseconds each."""

    def __init__(self, pepper: Pepper) -> None:
        self._key = pepper.key
        self._head = f"kl1:hmac-sha256:{pepper.id}:"

    def of(self, value: str) -> str:
        """Return `kl1:hmac-sha256:<pepper id>:<64 hex>` of a value; surrounding white space and quotes do not count."""
        message = _CONTEXT + normalise(value).encode("utf-8", "surrogatepass")
        return self._head + hmac.digest(self._key, message, "sha256").hex()


class ListFingerprinter:
    """Turns values into the fingerprints of a list that is handed on without a pepper: 30 milliseconds each.

    The id of the list is public. Whoever has the list can try values against it, slowly: that is a delay for guessable keys,
    and no wall.
    """

    def __init__(self, list_id: str) -> None:
        self._salt = _CONTEXT + list_id.encode()
        self._head = f"kl1:{SCRYPT}:{list_id}:"

    def of(self, value: str) -> str:
        """Return `kl1:scrypt:<list id>:<64 hex>` of a value; surrounding white space and quotes do not count."""
        message = normalise(value).encode("utf-8", "surrogatepass")
        return self._head + hashlib.scrypt(message, salt=self._salt, **_SCRYPT_COST).hex()


def normalise(value: str) -> str:
    """Return the key in a value: what is left without surrounding white space, quotes and invisible characters."""
    return value.strip(SURROUNDING)


def load_pepper(
    environ: Mapping[str, str],
    config_dir: str | os.PathLike[str] | None,
    configured: str | os.PathLike[str] | None = None,
) -> LoadedPepper:
    """Return the pepper: `KEYLINT_PEPPER`, `KEYLINT_PEPPER_FILE`, what is `configured`, else the user's own.

    Configured is a file, or an entry of the keyring: `keyring:SERVICE/USER`. The user's own is `<config_dir>/pepper`; it is
    created when it is not there, and lasts for this run where there is no such directory (`None`). A pepper is written as hex
    or base64 of at least 32 bytes, or as any other text of at least 32 bytes. Without `KEYLINT_PEPPER_ID` its id is derived
    from it, so that two machines that share a pepper agree on the id. A file may also hold JSON with `id` and `pepper`.

    Raises:
        PepperError: the pepper that is to be used is too short, unreadable or open to others.
    """
    named = _named_pepper("KEYLINT_PEPPER", environ, configured)
    if named is not None:
        return LoadedPepper(named)
    return _own_pepper(Path(config_dir)) if config_dir is not None else LoadedPepper(_fresh(), persistent=False)


def load_previous(environ: Mapping[str, str], configured: str | os.PathLike[str] | None = None) -> Pepper | None:
    """Return the pepper that is being replaced, while inventories of both are about; `None` when there is none.

    It is named like the other one: `KEYLINT_PREVIOUS_PEPPER` (`_ID`, `_FILE`), or what is `configured`.

    Raises:
        PepperError: it cannot be used.
    """
    return _named_pepper("KEYLINT_PREVIOUS_PEPPER", environ, configured)


def _named_pepper(
    variable: str, environ: Mapping[str, str], configured: str | os.PathLike[str] | None
) -> Pepper | None:
    given_id = environ.get(f"{variable}_ID") or None
    text = environ.get(variable)
    if text:
        return _pepper(variable, text, given_id)
    entry = os.fspath(configured) if configured is not None else ""
    if entry.startswith(_KEYRING) and not environ.get(f"{variable}_FILE"):
        return _from_file(entry, _read_keyring(entry), given_id)
    for name, file in ((f"{variable}_FILE: ", environ.get(f"{variable}_FILE")), ("", configured)):
        if file:
            return _from_file(f"{name}{os.fspath(file)}", _read_named(name, Path(file)), given_id)
    return None


def _read_keyring(entry: str) -> bytes:
    from keylint.status.keyrings import KeyringError, read

    try:
        return read(entry.removeprefix(_KEYRING)).encode()
    except KeyringError as problem:
        raise PepperError(f"{entry}: {problem}") from None


def _pepper(where: str, text: str, given_id: str | None) -> Pepper:
    key = _key_bytes(text.strip())
    if len(key) < _LEAST_BYTES:
        raise PepperError(
            f"{where}: a pepper has at least {_LEAST_BYTES} bytes, as hex, base64 or plain text; this one has {len(key)}"
        )
    if given_id is None:
        given_id = _derived_id(key)
    if not PEPPER_ID.fullmatch(given_id):
        raise PepperError(
            f"{where}: the id of a pepper is made of letters, digits, `.`, `_` and `-`, at most 64 characters"
        )
    return Pepper(given_id, key)


def _derived_id(key: bytes) -> str:
    return "p-" + hmac.digest(key, b"keylint/pepper-id", "sha256").hex()[:8]


def _key_bytes(text: str) -> bytes:
    """Return what a text encodes: hex, else base64 (either alphabet), else itself."""
    with suppress(ValueError):
        decoded = bytes.fromhex(text)
        if len(decoded) >= _LEAST_BYTES:
            return decoded
    with suppress(ValueError, binascii.Error):
        standard = text.replace("-", "+").replace("_", "/").rstrip("=")
        decoded = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        if len(decoded) >= _LEAST_BYTES:
            return decoded
    return text.encode("utf-8", "surrogateescape")


def _from_file(where: str, data: bytes, given_id: str | None) -> Pepper:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise PepperError(f"{where}: not UTF-8 text") from None
    if not text.lstrip().startswith("{"):
        return _pepper(where, text, given_id)
    try:
        document = json.loads(text)
        key, its_id = document["pepper"], document.get("id", given_id)
    except (ValueError, KeyError, RecursionError):
        raise PepperError(f'{where}: not a JSON object with "id" and "pepper"') from None
    if not isinstance(key, str) or not isinstance(its_id, str | None):
        raise PepperError(f'{where}: "id" and "pepper" are strings')
    return _pepper(where, key, its_id)


def _read_named(name: str, path: Path) -> bytes:
    """Read a file that somebody named. Its mode is their affair: containers mount secrets readable for everybody."""
    try:
        data, _ = read_regular(path, _FILE_LIMIT)
    except OSError as error:
        raise PepperError(f"{name}{path}: cannot be read: {error.strerror}") from None
    if len(data) > _FILE_LIMIT:
        raise PepperError(f"{name}{path}: larger than {_FILE_LIMIT:,} bytes: this is no pepper")
    return data


def _own_pepper(config_dir: Path) -> LoadedPepper:
    path = config_dir / "pepper"
    stored = _read_own(path)
    if stored is not None:
        return LoadedPepper(_from_file(str(path), stored, None))
    fresh = _fresh()
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        created = create(path, json.dumps({"id": fresh.id, "pepper": fresh.key.hex()}).encode() + b"\n")
    except OSError:
        return LoadedPepper(fresh, persistent=False)
    if created:
        return LoadedPepper(fresh, created=path)
    winner = _read_own(path)
    if winner is None:
        raise PepperError(f"{path}: appeared and vanished while it was read")
    return LoadedPepper(_from_file(str(path), winner, None))


def _fresh() -> Pepper:
    key = secrets.token_bytes(_LEAST_BYTES)
    return Pepper(_derived_id(key), key)


def _read_own(path: Path) -> bytes | None:
    """Return the content of the user's pepper file, `None` when there is none; refuse what others can read or own."""
    try:
        data, status = read_regular(path, _FILE_LIMIT, follow=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = "is a symbolic link" if path.is_symlink() else f"cannot be read: {error.strerror}"
        raise PepperError(f"{path}: {why}; name another file in KEYLINT_PEPPER_FILE") from None
    if os.name == "posix":
        if status.st_uid != os.geteuid():
            raise PepperError(f"{path}: belongs to another user; name your own in KEYLINT_PEPPER_FILE")
        if status.st_mode & 0o077:
            mode = status.st_mode & 0o777
            raise PepperError(f"{path}: other users can read or write it (mode {mode:o}); make its mode 600")
    return data
