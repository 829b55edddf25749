"""What keeps the result cache from saying more than the files that it was made from.

Two keys are needed to read what is in it: a random one of the user's, which lies beside it, and for the facts of a file the
content of that file. Whoever has that knows what the facts say; a file that was changed opens nothing.
"""

from __future__ import annotations

import hashlib
import os
import zlib

from keylint.cachefiles import read_cache, write_cache

_KEY_BYTES = 32
_SALT_BYTES = 16
_MAC_BYTES = 16
DIGEST_BYTES = 16


class Sealer:
    """Keyed digests and encryption under the user's key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, *parts: bytes) -> bytes:
        """Return 16 bytes that stand for what was said, and say nothing of it without the key."""
        state = hashlib.blake2b(key=self._key, digest_size=DIGEST_BYTES)
        for part in parts:
            state.update(len(part).to_bytes(8, "little"))
            state.update(part)
        return state.digest()

    def seal(self, plain: bytes, content: bytes) -> bytes:
        """Return `plain` compressed and encrypted, for those who have `content`."""
        salt = os.urandom(_SALT_BYTES)
        stream, proof = self._keys(content, salt)
        hidden = _mixed(zlib.compress(plain, 1), stream)
        return salt + _mac(proof, hidden) + hidden

    def unseal(self, sealed: bytes, content: bytes) -> bytes | None:
        """Return what was sealed; `None` where it was sealed with another content, or is damaged."""
        salt, mac = sealed[:_SALT_BYTES], sealed[_SALT_BYTES : _SALT_BYTES + _MAC_BYTES]
        hidden = sealed[_SALT_BYTES + _MAC_BYTES :]
        stream, proof = self._keys(content, salt)
        return zlib.decompress(_mixed(hidden, stream)) if _mac(proof, hidden) == mac else None

    def _keys(self, content: bytes, salt: bytes) -> tuple[bytes, bytes]:
        both = hashlib.blake2b(content, key=self._key, salt=salt.ljust(_SALT_BYTES, b"\0"), digest_size=64).digest()
        return both[:32], both[32:]


def sealer_of(cache_dir: str, *, create: bool = False) -> Sealer | None:
    """Return the sealer of the user whose cache this is; `None` where there is no key and none can be made."""
    path = os.path.join(cache_dir, "key")
    key = read_cache(path)
    if key is None and create:
        write_cache(path, os.urandom(_KEY_BYTES))
        key = read_cache(path)  # another process may have been the last to write one
    return Sealer(key) if key is not None and len(key) == _KEY_BYTES else None


def _mixed(data: bytes, key: bytes) -> bytes:
    size = len(data)
    stream = hashlib.shake_256(key).digest(size)
    return (int.from_bytes(data, "little") ^ int.from_bytes(stream, "little")).to_bytes(size, "little")


def _mac(key: bytes, data: bytes) -> bytes:
    return hashlib.blake2b(data, key=key, digest_size=_MAC_BYTES).digest()
