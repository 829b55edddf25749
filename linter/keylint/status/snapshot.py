"""All entries of a server, kept in such a way that the next run reads only those of its own keys."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from keylint.status.fingerprint import FINGERPRINT


class Snapshot:
    """Entries by fingerprint: a line of JSON that counts them, and one line for each in order.

    Raises:
        ValueError: the bytes are not those of `packed`, or not all of them.
    """

    def __init__(self, data: bytes) -> None:
        head, *self._lines = data.split(b"\n")
        about = json.loads(head)
        # The last line is empty, where it is there.
        if not isinstance(about, dict) or self._lines[-1:] != [b""] or about.get("entries") != len(self._lines) - 1:
            raise ValueError("not a whole snapshot")
        self._lines.pop()
        self.pepper_id: object = about.get("pepper_id")
        """What the server said with it; `None` where it said nothing."""

    def __len__(self) -> int:
        return len(self._lines)

    def of(self, fingerprints: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Return the entries of these fingerprints, as far as there are any."""
        found = {}
        for fingerprint in fingerprints:
            start = fingerprint.encode() + b" "
            place = bisect_left(self._lines, start)
            if place < len(self._lines) and self._lines[place].startswith(start):
                found[fingerprint] = json.loads(self._lines[place][len(start) :])
        return found


def packed(pepper_id: object, entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a snapshot as it is kept. What has no fingerprint is of nobody's key."""
    by_fingerprint = {
        fp: entry for entry in entries if isinstance(fp := entry.get("fp"), str) and FINGERPRINT.fullmatch(fp)
    }
    write = json.JSONEncoder(separators=(",", ":")).encode
    lines = sorted(f"{fp} {write(_without_fp(entry))}" for fp, entry in by_fingerprint.items())
    head = json.dumps({"entries": len(lines), "pepper_id": pepper_id})
    return "\n".join((head, *lines, "")).encode()


def _without_fp(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "fp"}
