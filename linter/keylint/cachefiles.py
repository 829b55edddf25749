"""Files in the user's cache directory: read only where they are the user's own, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_cache(path: str) -> bytes | None:
    """Return the content of a cache file; `None` where there is none, or one that somebody else could have written."""
    try:
        if not _is_own(os.stat(os.path.dirname(path)), stat.S_IWGRP | stat.S_IWOTH):
            return None
        descriptor = os.open(path, _FLAGS)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            return file.read() if stat.S_ISREG(status.st_mode) and _is_own(status, 0o077) else None
    except OSError:
        return None


def write_cache(path: str, data: bytes) -> None:
    """Write a cache file; a failure only costs the next run its time."""
    import tempfile

    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path))  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _is_own(status: os.stat_result, others: int) -> bool:
    """Say whether a file is the user's, and others have none of these rights on it."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & others)
