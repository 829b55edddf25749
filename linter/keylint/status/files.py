"""Reading and replacing small files of the user's, whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path


def read_regular(path: str | os.PathLike[str], limit: int, *, follow: bool = True) -> tuple[bytes, os.stat_result]:
    """Return at most `limit` + 1 bytes of a regular file, and its stat. `follow`: whether it may be a symbolic link.

    Raises:
        OSError: it is not there, cannot be read, or is no regular file (a pipe could keep its reader waiting for ever).
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(limit + 1), status
    finally:
        os.close(handle)


def write_beside(path: Path, data: bytes) -> Path:
    """Write `data` to a new file in the directory of `path`, readable for the user alone, and return its path."""
    temporary = path.with_name(f".keylint-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def create(path: Path, data: bytes) -> bool:
    """Create `path` with its whole content at once; return False if it is there already."""
    temporary = write_beside(path, data)
    try:
        # A link, unlike a rename, fails when another process was faster; Windows' rename does so by itself.
        (os.link if hasattr(os, "link") else os.rename)(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def replace(path: Path, data: bytes) -> None:
    """Write `path` anew. It keeps its mode and owner; a new one is the user's alone."""
    temporary = write_beside(path, data)
    try:
        if path.exists():
            old = path.stat()
            with suppress(OSError, AttributeError):
                os.chown(temporary, old.st_uid, old.st_gid)
            os.chmod(temporary, old.st_mode & 0o7777)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
