"""Reading one file, with a bound, and without ever opening what is no file."""

from __future__ import annotations

import os
import stat

from keylint.model.finding import Skipped

PARSE_LIMIT = 5_000_000
"""Bytes. Files above this are matched as text, not parsed."""
MATCH_LIMIT = 100_000_000
"""Bytes. Files above this are not looked at."""

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # should the file have become a pipe since it was looked at
)
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def read(absolute: str, path: str, limit: int = MATCH_LIMIT) -> bytes | Skipped:
    """Return the bytes of a regular file, or why not. `path` is the name to report it by, `limit` is in bytes."""
    try:
        status = os.stat(absolute)
        if not stat.S_ISREG(status.st_mode):
            return Skipped(path, "not a file")
        if status.st_size > limit:
            return Skipped(path, "too large")
        return _read(absolute, path, status.st_size, limit)
    except FileNotFoundError:
        return Skipped(path, "missing")
    except (OSError, ValueError) as error:
        return Skipped(path, "symlink loop" if is_loop(error) else "unreadable")


def is_loop(error: BaseException) -> bool:
    """Say whether the system gave up following symbolic links (ELOOP, or its name on Windows)."""
    import errno

    return isinstance(error, OSError) and (error.errno == errno.ELOOP or getattr(error, "winerror", None) == 1921)


def is_binary(data: bytes) -> bool:
    """Say whether data looks like no text in any encoding: a NUL in the first 8 KB, and no byte order mark."""
    return b"\0" in data[:8192] and not data.startswith(_BOMS)


def _read(absolute: str, path: str, size: int, limit: int) -> bytes | Skipped:
    descriptor = os.open(absolute, _FLAGS)
    try:
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        chunks = [data]  # it grows, or the system's idea of its size is wrong
        total = len(data)
        while chunk := os.read(descriptor, 1 << 20):
            chunks.append(chunk)
            total += len(chunk)
            if total > limit:
                return Skipped(path, "too large")
        return b"".join(chunks)
    finally:
        os.close(descriptor)
