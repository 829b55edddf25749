"""Reading one file, with a bound, and without ever opening what is no file."""

from __future__ import annotations

import os
import stat
from array import array

from keylint.model.finding import Skipped
from keylint.sources.stamp import stamp_of

PARSE_LIMIT = 5_000_000
"""Bytes. Files above this are matched as text, not parsed."""
MATCH_LIMIT = 50_000_000
"""Bytes. Files above this are not looked at."""

_CHUNK = 1 << 20
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # should the file have become a pipe since it was looked at
)
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def read(absolute: str, path: str, limit: int = MATCH_LIMIT, stamps: array[int] | None = None) -> bytes | Skipped:
    """Return the bytes of a regular file, or why not. `path` is the name to report it by, `limit` is in bytes.

    The stamp of what was opened (see `keylint.sources.stamp`) is put behind `stamps`.
    """
    try:
        descriptor = os.open(absolute, _FLAGS)
        try:
            if stamps is not None:
                stamps.extend(stamp_of(os.fstat(descriptor)))
            data = os.read(descriptor, _CHUNK)
            if 0 < len(data) < min(_CHUNK, limit + 1):
                return data  # the hot path: one small file, three system calls
            return _read_rest(descriptor, data, path, limit)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return Skipped(path, "missing")
    except IsADirectoryError:
        return Skipped(path, "not a file")
    except (OSError, ValueError) as error:
        return Skipped(path, "symlink loop" if is_loop(error) else "unreadable")


def is_loop(error: BaseException) -> bool:
    """Say whether the system gave up following symbolic links (ELOOP, or its name on Windows)."""
    import errno

    return isinstance(error, OSError) and (error.errno == errno.ELOOP or getattr(error, "winerror", None) == 1921)


def is_binary(data: bytes) -> bool:
    """Say whether data looks like no text in any encoding: a NUL in the first 8 KB, and no byte order mark."""
    return b"\0" in data[:8192] and not data.startswith(_BOMS)


def _read_rest(descriptor: int, data: bytes, path: str, limit: int) -> bytes | Skipped:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return Skipped(path, "not a file")
    if status.st_size > limit:
        return Skipped(path, "too large")
    chunks, total = [data], len(data)
    if total > limit:
        return Skipped(path, "too large")
    while chunk := os.read(descriptor, 8 * _CHUNK):
        chunks.append(chunk)
        total += len(chunk)
        if total > limit:  # it grows while it is read
            return Skipped(path, "too large")
    return b"".join(chunks)
