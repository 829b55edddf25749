"""Files in the user's cache directory: read only where they are the user's own, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# Rights of others: on the directory, and on a file in it.
_WRITE, _ANYTHING = 0o022, 0o077


def read_cache(path: str) -> bytes | None:
    """Return the content of a cache file; `None` where there is none, or one that somebody else could have written."""
    try:
        if not _is_own(os.stat(os.path.dirname(path)), _WRITE):
            return None
        descriptor = os.open(path, _FLAGS)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            return file.read() if stat.S_ISREG(status.st_mode) and _is_own(status, _ANYTHING) else None
    except OSError:
        return None


def write_cache(path: str, data: bytes) -> None:
    """Write a cache file, unless others can write its directory; a failure only costs the next run its time."""
    import tempfile

    directory = os.path.dirname(path)
    with contextlib.suppress(OSError):
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if not _is_own(os.stat(directory), _WRITE):
            return
        handle, temporary = tempfile.mkstemp(dir=directory)  # mode 0600
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
