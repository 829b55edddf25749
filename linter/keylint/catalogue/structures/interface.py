"""What a decoder is, and what all of them use.

A decoder never raises and costs time linear in its input, whatever the input is.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from keylint.catalogue.charsets import CHARSETS, Charset
from keylint.model import Claims

ALNUM = CHARSETS["alnum"].chars
PADDED = Charset("base64", ALNUM + "+/=")
DOTTED = Charset("base64url", CHARSETS["base64url"].chars + ".")

NO_CLAIMS = Claims()
Wishes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decoder makes of a run."""

    claims: Claims = NO_CLAIMS
    fault: str = ""
    """What is wrong; empty when the structure holds."""
    truncated: bool = False
    """The fault is that characters are missing."""
    doubtful: bool = False
    """The fault makes the text suspicious and refutes nothing: the fact behind it has exceptions."""
    proven: bool = True
    """Chance cannot have made this text, and nothing of it is missing. False where the decoder only reads."""
    foreign: bool = False
    """Not this structure at all: the text is no damaged one, it is something else."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """A structure: how it is written, read, and made up."""

    charset: Charset
    read: Callable[[str], Reading]
    make: Callable[[Random, Wishes], str]
    starts: tuple[str, ...] = ()
    """Texts of which one begins every such run."""
    mark: str = ""
    """A text that every such run holds somewhere, where it has no fixed start."""
    inner: str = ""
    """A text without which a run with the right start is not even a candidate."""
    begins: str = ""
    """A regular expression for the beginning of a run that is known by its mark."""
    pattern: str = ""
    """A regular expression for the matcher, where the start alone says too little or too much."""


class CutError(Exception):
    """The data ends inside a field."""


FOREIGN = Reading(foreign=True, proven=False)


def fault(message: str, truncated: bool = False, claims: Claims = NO_CLAIMS) -> Reading:
    """Return the reading of a run that does not hold."""
    return Reading(claims, message, truncated, proven=False)


def missing(what: str, have: int, want: int) -> str:
    """Say how far a length of `have` characters is from `want`."""
    gap = abs(want - have)
    characters = "character" if gap == 1 else "characters"
    return (
        f"{what} is {have} characters long, not {want}: {gap} {characters} {'missing' if want > have else 'too many'}"
    )


def number_of(text: str, digits: str) -> int | Reading:
    """Return the number that `text` writes in these digits; where a character is none of them, the fault."""
    number = 0
    for char in text:
        digit = digits.find(char)
        if digit < 0:
            return fault(f"`{char}` is no base{len(digits)} digit")
        number = number * len(digits) + digit
    return number


def decode_base64(text: str) -> bytes | None:
    """Decode either base64 alphabet, with or without padding; `None` when it is neither."""
    try:
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def parse_json(text: str | bytes) -> dict[str, Any] | None:
    """Return a JSON object; `None` for what is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def json_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that is written in base64; `None` for what is none."""
    data = decode_base64(text)
    return None if data is None else parse_json(data)


def moment(value: object) -> datetime | None:
    """Return a Unix time as a datetime; `None` for what is no time between 1970 and 9999."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso_moment(text: object) -> datetime | None:
    """Return an ISO time, UTC unless it says otherwise; `None` for what is none."""
    if not isinstance(text, str) or not 0 < len(text) <= 40:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def text_of(value: object) -> str | None:
    """Return a string or number as the text of a claim, at most 200 characters."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)[:200] or None


def details_of(source: Mapping[str, Any], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the fields of `source` that `names` lists, by what to call them."""
    found = ((shown, text_of(source.get(name))) for name, shown in names.items())
    return tuple((shown, value) for shown, value in found if value is not None)


def segment(value: object) -> str:
    """Write a value as compact JSON in unpadded base64url."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def random_text(rng: Random, alphabet: str, length: int) -> str:
    """Make up `length` characters."""
    return "".join(rng.choices(alphabet, k=length))


def base64_of_random(rng: Random, size: int) -> str:
    """Make up `size` bytes, in unpadded base64url."""
    return base64.urlsafe_b64encode(rng.randbytes(size)).decode().rstrip("=")
