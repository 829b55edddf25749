"""A value that must not be seen: every ordinary way of showing it shows the mask."""

from __future__ import annotations

from typing import NoReturn

_SHOWN_TAIL = 4
_LONG_ENOUGH_TO_HINT = 32
_LONGEST_WORD, _SHOWN_HEAD = 19, 6


def mask(value: str, prefix: str = "") -> str:
    """Return `prefix…last4`; the last four characters only for values of at least 32 characters."""
    head = prefix if value.startswith(prefix) and len(prefix) <= len(value) // 2 else ""
    tail = value[-_SHOWN_TAIL:] if len(value) >= _LONG_ENOUGH_TO_HINT and value[-_SHOWN_TAIL:].isalnum() else ""
    return f"{head}…{tail}"


def cut(word: str) -> str:
    """Return a word as a message may repeat it; of one that is long enough for a key only its beginning."""
    return word if len(word) <= _LONGEST_WORD else f"{word[:_SHOWN_HEAD]}…"


class Secret:
    """A value and its mask. `reveal()` is the one door to the value.

    Equality and hashing are by value, so that a `Secret` can be a dictionary key. Pickling refuses: what has to cross a
    process boundary goes through `keylint.engine.transfer`, which opens the door in the open.
    """

    __slots__ = ("__value", "masked")

    masked: str

    def __init__(self, value: str, masked: str | None = None) -> None:
        self.__value = value
        self.masked = mask(value) if masked is None else masked

    def reveal(self) -> str:
        """Return the plaintext value."""
        return self.__value

    def __len__(self) -> int:
        return len(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__value == other.reveal()

    def __hash__(self) -> int:
        return hash(self.__value)

    def __repr__(self) -> str:
        return f"Secret({self.masked!r})"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: its value must not reach a file")
