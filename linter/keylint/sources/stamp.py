"""What tells a changed file from an unchanged one without reading it."""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterable, Sequence

STAMP_BYTES = 32
SIZE, CHANGED, INTEGERS = 0, 2, 4
"""A stamp is four integers: size, time of its content, time of its last change, inode."""
NO_STAMP = bytes(STAMP_BYTES)
"""Of a file that is to be looked at again in any case."""
# Changes within so many nanoseconds can leave a file with the same times: the coarsest clock of a file system.
_GRANULARITY_NS = 2_000_000_000
_LARGEST = (1 << 63) - 1
# From so many files on, a second process is worth its start.
_MANY = 8_000
ABSENT = (-1, -1, -1, -1)
"""In the place of a stamp, where there is no file."""


def stamps(prefix: str, names: Iterable[str]) -> bytes:
    """Return the stamps of the files `prefix` + name, one after the other.

    Whoever owns a file can set the time of its content, but not that of its last change.
    """
    values = array("q")
    extend, stat = values.extend, os.stat
    for name in names:
        try:
            status = stat(prefix + name)
        except (OSError, ValueError):
            extend(ABSENT)
            continue
        extend(stamp_of(status))
    return values.tobytes()


def stamp_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """Return what is kept of a file's status."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino & _LARGEST


def stamps_of(groups: Sequence[tuple[str, Sequence[str]]]) -> list[bytes]:
    """Return the stamps of several groups of files (prefix, names); half of many by another process, meanwhile."""
    if sys.platform != "linux" or sum(len(names) for _, names in groups) < _MANY:
        return [stamps(prefix, names) for prefix, names in groups]
    import mmap

    middle = len(groups) // 2
    there = groups[middle:]
    with mmap.mmap(-1, 1 + STAMP_BYTES * sum(len(names) for _, names in there)) as shared:
        child = os.fork()
        if child == 0:
            try:
                for prefix, names in there:
                    shared.write(stamps(prefix, names))
                shared.write_byte(1)
            finally:
                os._exit(0)
        here = [stamps(prefix, names) for prefix, names in groups[:middle]]
        os.waitpid(child, 0)
        if shared[len(shared) - 1] != 1:  # it was ended from outside
            return here + [stamps(prefix, names) for prefix, names in there]
        return here + [shared.read(STAMP_BYTES * len(names)) for _, names in there]


def trusted(stamps: bytes, started: int) -> bytes:
    """Return `stamps` with `NO_STAMP` for files that changed so shortly before `started` (ns) that they could change again
    and keep their times."""
    changed = array("q", stamps)[CHANGED::INTEGERS]
    newest = started - _GRANULARITY_NS
    if not changed or max(changed) < newest:
        return stamps
    return b"".join(
        stamps[number * STAMP_BYTES : (number + 1) * STAMP_BYTES] if time < newest else NO_STAMP
        for number, time in enumerate(changed)
    )
