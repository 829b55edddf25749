"""What the first look at each file led to, remembered by directory: a file is looked at again when its stat differs.

Per file there are 32 bytes of stat and one of result, per directory a digest of its names and their stat. Where that is the
same, nothing else is looked at, and no name is decrypted.
"""

from __future__ import annotations

import os
import struct
import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from keylint.engine.seal import DIGEST_BYTES, Sealer
from keylint.engine.sniffed import NOT_READ, UNKNOWN, Sniffed, Totals, sniffed_of
from keylint.model.finding import Skipped
from keylint.sources.stamp import INTEGERS, NO_STAMP, SIZE, STAMP_BYTES, stamps_of, trusted

_ENTRY = struct.Struct(f"<{DIGEST_BYTES}s{DIGEST_BYTES}sIIQI")


class Folder(NamedTuple):
    """What is stored of one directory."""

    digest: bytes
    """Of its files' names and stamps."""
    files: int
    size: int
    """Of those that were looked at, rather than left out."""
    kinds: bytes
    stamps: bytes
    names: bytes
    """Sealed."""


class Looks:
    """The results of this run and of earlier ones. `started` is when this run began (ns)."""

    def __init__(self, root: str, sealer: Sealer, stored: Mapping[bytes, Folder], started: int) -> None:
        self._root = root
        self._sealer = sealer
        self._stored = stored
        self._started = started
        self._unchanged: dict[str, Folder] = {}
        self._seen: dict[str, dict[str, tuple[bytes, int]]] = {}
        self._folders: dict[bytes, Folder] | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is remembered of this tree."""
        return not self._stored

    def recall(self, paths: Sequence[str]) -> tuple[list[str], Totals]:
        """Return the files that have to be looked at, and what the others came to."""
        if self.is_empty:
            return list(paths), Totals(0, 0, [], [])
        fresh: list[str] = []
        found: list[Sniffed] = []
        skipped: list[Skipped] = []
        files = size = 0
        known: list[tuple[int, str, list[str], Folder]] = []
        for first, directory, names in _by_directory(paths):
            folder = self._stored.get(self._key(directory))
            if folder is None:
                fresh += paths[first : first + len(names)]
            else:
                known.append((first, directory, names, folder))
        now = stamps_of([(os.path.join(self._root, directory, ""), names) for _, directory, names, _ in known])
        for (first, directory, names, folder), stamps in zip(known, now, strict=True):
            if self._digest("/".join(names), stamps) == folder.digest:
                self._unchanged[directory] = folder
                files += folder.files
                size += folder.size
                if folder.kinds.strip(b"\0"):
                    _tell(paths[first : first + len(names)], folder.kinds, found, skipped)
                continue
            kinds, same = self._compared(directory, names, stamps, folder)
            files += same.files
            size += same.size
            of_kind = list(zip(paths[first : first + len(names)], kinds, strict=True))
            told = [(path, kind) for path, kind in of_kind if kind != UNKNOWN]
            _tell([path for path, _ in told], bytes(kind for _, kind in told), found, skipped)
            fresh += [path for path, kind in of_kind if kind == UNKNOWN]
        return fresh, Totals(files, size, found, skipped)

    def learn(self, paths: Sequence[str], totals: Totals) -> None:
        """Take up what looking at some files came to."""
        trustworthy = trusted(totals.stamps, self._started)
        for first, directory, names in _by_directory(paths):
            seen = self._seen.setdefault(directory, {})
            for number, name in enumerate(names, first):
                kind = totals.kinds[number]
                seen[name] = _stamp(trustworthy, number) if kind != UNKNOWN else NO_STAMP, kind

    def folders(self, complete: bool) -> dict[bytes, Folder]:
        """Return what is to be stored; `complete` where this run has seen every file that there is.

        It is made once: no file is looked at afterwards.
        """
        if self._folders is None:
            self._folders = self._settled(complete)
        return self._folders

    def _settled(self, complete: bool) -> dict[bytes, Folder]:
        result: dict[bytes, Folder] = {} if complete else dict(self._stored)
        for directory, folder in self._unchanged.items():
            result[self._key(directory)] = folder
        for directory, seen in self._seen.items():
            key = self._key(directory)
            result[key] = self._merged(directory, result.get(key), seen)
        return result

    # ------------------------------------------------------------------ one directory

    def _compared(self, directory: str, names: list[str], now: bytes, folder: Folder) -> tuple[bytes, Folder]:
        """Return the kind of each file, `UNKNOWN` where it has changed, and the sums over the others."""
        known = self._names(folder)
        kinds = bytearray()
        seen = self._seen.setdefault(directory, {})
        size = 0
        for number, name in enumerate(names):
            stamp = _stamp(now, number)
            before, kind = known.get(name, (NO_STAMP, UNKNOWN))
            if before != stamp:
                kinds.append(UNKNOWN)
                continue
            kinds.append(kind)
            seen[name] = stamp, kind
            size += int.from_bytes(stamp[:8], sys.byteorder) if kind < NOT_READ else 0
        return bytes(kinds), folder._replace(files=sum(kind < NOT_READ for kind in kinds), size=size)

    def _merged(self, directory: str, old: Folder | None, seen: dict[str, tuple[bytes, int]]) -> Folder:
        """Return what is known of a directory of which this run may have seen a part only."""
        rows = seen
        if old is not None:
            rest = self._names(old).items()
            kept = {n: row for n, row in rest if n in seen or os.path.lexists(os.path.join(self._root, directory, n))}
            rows = kept | seen
        order = sorted(rows)
        names = "/".join(order)
        ordered = [rows[name] for name in order]
        joined = b"".join([stamp for stamp, _ in ordered])
        kinds = bytes([kind for _, kind in ordered])
        digest = self._digest(names, joined)
        if old is not None and old.digest == digest and old.kinds == kinds:
            return old
        sizes = array("q", joined)[SIZE::INTEGERS]
        looked = [size for size, kind in zip(sizes, kinds, strict=True) if kind < NOT_READ]
        return Folder(digest, len(looked), sum(looked), kinds, joined, self._sealer.seal(os.fsencode(names), digest))

    def _names(self, folder: Folder) -> dict[str, tuple[bytes, int]]:
        names = self._sealer.unseal(folder.names, folder.digest)
        if not names:
            return {}
        return {
            name: (_stamp(folder.stamps, number), folder.kinds[number])
            for number, name in enumerate(os.fsdecode(names).split("/"))
        }

    def _key(self, directory: str) -> bytes:
        return self._sealer.digest(b"directory", os.fsencode(directory))

    def _digest(self, names: str, joined: bytes) -> bytes:
        return self._sealer.digest(os.fsencode(names), joined)


def pack(folders: Mapping[bytes, Folder]) -> list[bytes]:
    """Return what `unpack` reads: the table of directories, and behind it their kinds, stamps and names."""
    table = [
        _ENTRY.pack(key, folder.digest, len(folder.kinds), folder.files, folder.size, len(folder.names))
        for key, folder in folders.items()
    ]
    return [*table, *(part for folder in folders.values() for part in folder[3:])]


def unpack(data: bytes, count: int) -> tuple[dict[bytes, Folder], int]:
    """Return `count` directories and where in `data` they end."""
    at = count * _ENTRY.size
    folders: dict[bytes, Folder] = {}
    for key, digest, entries, files, size, sealed in _ENTRY.iter_unpack(data[:at]):
        stamped = at + entries
        names = stamped + entries * STAMP_BYTES
        folders[key] = Folder(digest, files, size, data[at:stamped], data[stamped:names], data[names : names + sealed])
        at = names + sealed
    return folders, at


def _stamp(joined: bytes, number: int) -> bytes:
    return joined[number * STAMP_BYTES : (number + 1) * STAMP_BYTES]


def _by_directory(paths: Sequence[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield (number of the first path, directory, names) for consecutive files of one directory."""
    first, current, names = 0, "", list[str]()
    for number, path in enumerate(paths):
        directory, _, name = path.rpartition("/")
        if directory != current:
            if names:
                yield first, current, names
            first, current, names = number, directory, []
        names.append(name)
    if names:
        yield first, current, names


def _tell(paths: Sequence[str], kinds: bytes, found: list[Sniffed], skipped: list[Skipped]) -> None:
    for path, kind in zip(paths, kinds, strict=True):
        if kind:
            told = sniffed_of(path, kind)
            (found if isinstance(told, Sniffed) else skipped).append(told)  # type: ignore[arg-type]
