"""Who may read and who may write: bearer tokens, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from enum import StrEnum

from keylint.status.files import read_regular

READER, ADMIN = "KEYLINT_SERVE_TOKEN", "KEYLINT_SERVE_ADMIN_TOKEN"
"""Variables that hold a token each."""

_LEAST = 32
_LARGEST = 65_536
_LINE = re.compile(r"(reader|admin)[ \t]+sha256:([0-9a-f]{64})")
_BEARER = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)


class TokenError(Exception):
    """Tokens cannot be used; the message shows none."""


class Role(StrEnum):
    """What a token allows. An admin may do all that a reader may."""

    READER = "reader"
    ADMIN = "admin"


class Tokens:
    """The tokens of a service. A token is compared with all of them, in the same time whichever it is."""

    def __init__(self, roles: Mapping[bytes, Role]) -> None:
        self._roles = tuple(roles.items())

    def role(self, authorization: str | None) -> Role | None:
        """Return what an `Authorization` header allows, `None` if nothing."""
        match = _BEARER.fullmatch(authorization or "")
        digest = hashlib.sha256(match[1].encode() if match else b"").digest()
        found = [role for known, role in self._roles if hmac.compare_digest(known, digest)]
        return found[0] if found and match else None


def load_tokens(environ: Mapping[str, str], path: str | None) -> Tokens:
    """Return the tokens of the environment and of the file at `path`: lines of `reader` or `admin` and `sha256:<hex>`.

    Raises:
        TokenError: there is none, one is too short, or the file cannot be read.
    """
    roles: dict[bytes, Role] = {}
    for name, role in ((READER, Role.READER), (ADMIN, Role.ADMIN)):
        token = environ.get(name, "").strip()
        if token and len(token) < _LEAST:
            raise TokenError(f"{name}: a token has at least {_LEAST} characters (openssl rand -hex 32)")
        if token:
            roles[hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()] = role
    if path is not None:
        roles.update(_of_file(path))
    if not roles:
        raise TokenError(f"no tokens: set {READER} (and {ADMIN}), or name a file with --token-file")
    return Tokens(roles)


def _of_file(path: str) -> dict[bytes, Role]:
    try:
        data, _ = read_regular(path, _LARGEST)
        lines = data.decode().splitlines()
    except OSError as error:
        raise TokenError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise TokenError(f"{path}: not UTF-8 text") from None
    roles = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        match = _LINE.fullmatch(text)
        if match is not None:
            roles[bytes.fromhex(match[2])] = Role(match[1])
        elif text and not text.startswith("#"):
            raise TokenError(f"{path}:{number}: a line is `reader sha256:<64 hex digits>` or `admin sha256:<…>`")
    return roles
