"""Keys that are written as numbers: `aes_key[] = {0x3e, 0x91, …}`, `"0x3e, 0x91, …"`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keylint.generic.candidate import Candidate, Form
from keylint.generic.names import Strength, strength

# In bytes: a table of constants is longer.
_SHORTEST, _LONGEST = 8, 128
_HEX = r"(?:\(byte\)[ \t]?)?0x[0-9a-fA-F]{1,2}"
_ANY = r"(?:\(byte\)[ \t]?)?-?(?:0x[0-9a-fA-F]{1,2}|\d{1,3})"
_BETWEEN = r"[ \t]{0,9},\s{0,80}"
_SEVERAL = re.compile(rf"{_ANY}(?:{_BETWEEN}{_ANY}){{{_SHORTEST - 1},{_LONGEST - 1}}}")
_FEW = re.compile(rf"(?:{_ANY}{_BETWEEN}){{{_SHORTEST - 1}}}")
# `KEY[16] = {`, `key := []byte{`, `byte[] key = new byte[] {`, `const key: [u8; 16] = [`, `key = Buffer.from([`.
_BOUND = re.compile(
    r"(?P<name>[A-Za-z_$][\w$]{1,60})[\"']?(?:[ \t]?\[[^\]\n]{0,20}\])?(?:[ \t]{0,9}:[^=\n]{1,40})?[ \t]{0,9}(?::=|=|:)"
    rf"(?P<made>[^\n;=\"']{{0,60}}?)[\[({{]\s{{0,80}}(?P<numbers>{_SEVERAL.pattern}),?\s{{0,80}}[\])}}]"
)
_OF_BYTES = re.compile(r"byte|u_?int8|\bu8\b|buffer|char\b", re.IGNORECASE)
_DECLARED = 60
# Of a key, in bytes: numbers that are fewer or more may be anything.
_SIZES = (16, 24, 32, 48, 64)
_NUMBER = re.compile(r"-?(?:0x[0-9a-fA-F]+|\d+)")


def arrays(text: str) -> Iterator[Candidate]:
    """Yield the arrays of bytes that are bound to names of credentials."""
    if _FEW.search(text) is None:
        return
    for match in _BOUND.finditer(text):
        start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - _DECLARED)
        said = text[start : match.start("numbers")]
        of_bytes = "0x" in match["numbers"] or match["numbers"].count(",") + 1 in _SIZES or _OF_BYTES.search(said)
        if strength(match["name"]) >= Strength.SECRET and of_bytes and not match["name"].endswith("s"):
            yield Candidate(*match.span("numbers"), match["numbers"], match["name"], Form.BOUND)


def bytes_of(value: str) -> bytes | None:
    """Return the bytes that a list of numbers spells, `None` where it is no such list."""
    if "," not in value or _SEVERAL.fullmatch(value) is None:
        return None
    numbers = [int(number, 16 if "0x" in number else 10) for number in _NUMBER.findall(value)]
    return bytes(number & 0xFF for number in numbers) if all(-128 <= number <= 255 for number in numbers) else None
