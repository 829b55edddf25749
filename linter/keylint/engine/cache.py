"""The result cache: what earlier runs found in the files of a project that have not changed since.

One file per project and setting. Its head names everything that results depend on; a file with another head, or one that is
damaged, is ignored and written anew. It holds no name and no text of the project that is not encrypted (see `seal`).
"""

from __future__ import annotations

import hashlib
import os
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from keylint import __version__
from keylint.cachefiles import read_cache, write_cache
from keylint.engine.looks import Folder, Looks, pack, unpack
from keylint.engine.seal import DIGEST_BYTES, Sealer, sealer_of

if TYPE_CHECKING:
    from keylint.model import FileFacts
    from keylint.registry import Registry

_FORMAT = b"keylint-results-2\n"
_HEAD = struct.Struct(f"<{len(_FORMAT)}s{DIGEST_BYTES}sII")
_READING = struct.Struct(f"<{DIGEST_BYTES}sI")
# So many files of one project are kept: with an inventory and without, and those of an earlier version.
_FILES_PER_PROJECT = 3


Reading = Literal["reading", "values", "secrets"]
"""How a file was read: as a program or configuration, for all of its values, or for secrets of no known kind."""


@dataclass(frozen=True, slots=True)
class _Stored:
    folders: Mapping[bytes, Folder] = field(default_factory=dict)
    readings: Mapping[bytes, bytes] = field(default_factory=dict)


class Cache:
    """The results of one project. `settings` stands for everything but the files that they depend on."""

    def __init__(self, cache_dir: str, root: str, settings: str, sealer: Sealer) -> None:
        self._sealer = sealer
        self._directory = cache_dir
        self._project = f"results-{sealer.digest(os.fsencode(root)).hex()[:16]}-"
        self._path = os.path.join(cache_dir, f"{self._project}{sealer.digest(settings.encode()).hex()[:16]}")
        self._stored = self._read()
        self._readings: dict[bytes, bytes] = {}
        self.looks = Looks(root, sealer, self._stored.folders, time.time_ns())

    def has(self, path: str, reading: Reading = "reading") -> bool:
        """Say whether something is known of a file, as it is or as it was."""
        return self._key(path, reading) in self._stored.readings

    def facts(self, path: str, data: bytes, reading: Reading = "reading") -> FileFacts | None:
        """Return what reading `data` as the file at `path` came to, `None` if that is not known."""
        key = self._key(path, reading)
        sealed = self._readings.get(key) or self._stored.readings.get(key)
        opened = self._sealer.unseal(sealed, data) if sealed is not None else None
        if sealed is None or opened is None:
            return None
        from keylint.engine.codec import decode

        self._readings[key] = sealed
        return decode(opened)

    def keep(self, path: str, sealed: bytes | None, reading: Reading = "reading") -> None:
        """Keep what reading a file came to (see `sealed`)."""
        if sealed is not None:
            self._readings[self._key(path, reading)] = sealed

    def write(self, complete: bool) -> None:
        """Write what has changed; `complete` where this run has seen every file that there is."""
        folders = self.looks.folders(complete)
        readings = self._readings if complete else {**self._stored.readings, **self._readings}
        if folders == self._stored.folders and readings == self._stored.readings:
            return
        entries = (_READING.pack(key, len(sealed)) for key, sealed in readings.items())
        body = b"".join((*pack(folders), *entries, *readings.values()))
        head = _HEAD.pack(_FORMAT, self._sealer.digest(body), len(folders), len(readings))
        write_cache(self._path, head + body)
        self._tidy()

    def _read(self) -> _Stored:
        data = read_cache(self._path) or b""
        if not data.startswith(_FORMAT) or len(data) < _HEAD.size:
            return _Stored()
        _, digest, directories, count = _HEAD.unpack_from(data)
        body = data[_HEAD.size :]
        if self._sealer.digest(body) != digest:
            return _Stored()
        folders, at = unpack(body, directories)
        readings: dict[bytes, bytes] = {}
        end = at + count * _READING.size
        for key, size in _READING.iter_unpack(body[at:end]):
            readings[key] = body[end : end + size]
            end += size
        return _Stored(folders, readings)

    def _key(self, path: str, reading: Reading) -> bytes:
        return self._sealer.digest(reading.encode(), os.fsencode(path))

    def _tidy(self) -> None:
        """Remove the oldest files of the project."""
        try:
            own = [entry for entry in os.scandir(self._directory) if entry.name.startswith(self._project)]
            for entry in sorted(own, key=lambda each: each.stat().st_mtime_ns)[:-_FILES_PER_PROJECT]:
                os.unlink(entry.path)
        except OSError:
            pass


def open_cache(cache_dir: str | None, root: str, registry: Registry, depends: str) -> Cache | None:
    """Return the cache of a project; `None` where there can be none. `depends`: what else the results depend on."""
    sealer = sealer_of(cache_dir, create=True) if cache_dir is not None else None
    if cache_dir is None or sealer is None:
        return None
    settings = (__version__, sys.version, sys.byteorder, _own_code(), registry.digest, depends)
    return Cache(cache_dir, root, "\0".join(settings), sealer)


def sealed(sealer: Sealer | None, facts: FileFacts | None, data: bytes) -> bytes | None:
    """Return a file's facts encrypted with its content; `None` where they cannot be kept."""
    if sealer is None or facts is None:
        return None
    from keylint.engine.codec import encode

    plain = encode(facts)
    return sealer.seal(plain, data) if plain is not None else None


def _own_code() -> str:
    """Return what stands for the code of this package: an editable installation changes without a new version."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    pending = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    while pending:
        with os.scandir(pending.pop()) as listing:
            for entry in sorted(listing, key=lambda each: each.name):
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    state.update(f"{entry.path}\0{status.st_mtime_ns}\0{status.st_size}\0".encode())
                elif entry.is_dir() and entry.name != "__pycache__":
                    pending.append(entry.path)
    return state.hexdigest()
