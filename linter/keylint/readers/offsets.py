"""Byte offsets, which parsers of other languages count in, as character offsets."""

from __future__ import annotations


class Offsets:
    """Byte offset -> character offset. Cheap when asked in ascending order."""

    def __init__(self, text: str, data: bytes) -> None:
        """Take a text and its UTF-8 bytes."""
        self._data = data
        self._identical = len(text) == len(data)
        self._byte = 0
        self._character = 0

    def character(self, byte: int) -> int:
        """Return the offset of the character that begins at a byte."""
        if self._identical:
            return byte
        if byte < self._byte:
            self._byte = self._character = 0
        self._character += len(self._data[self._byte : byte].decode())
        self._byte = byte
        return self._character
