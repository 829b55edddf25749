"""The alphabets that keys are written in."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import lru_cache

_ALNUM = string.digits + string.ascii_uppercase + string.ascii_lowercase

# Characters of a token in ordinary text: what a damaged key still consists of.
TOKEN = frozenset(_ALNUM + "_-")

# What looks like an ASCII letter or digit and is none, by the character that it looks like.
_LOOKALIKES = {
    "a": "аɑα", "b": "Ьƅ", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ɡ", "h": "һ", "i": "іıι", "j": "јϳ", "k": "κк",
    "l": "ӏⅼǀ", "m": "м", "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛ", "r": "г", "s": "ѕ", "t": "т", "u": "υս",
    "v": "νѵ", "w": "ԝѡ", "x": "хχ", "y": "уγ", "z": "ᴢ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "D": "Ꭰ", "E": "ЕΕ", "F": "Ϝ", "G": "Ԍ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј",
    "K": "КΚ", "L": "Ꮮ", "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "U": "Ս", "V": "Ѵ",
    "W": "Ԝ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
    "-": "‐‑‒–—−", "_": "＿",
}  # fmt: skip
LOOKALIKES = {odd: plain for plain, odds in _LOOKALIKES.items() for odd in odds}
LOOKALIKES |= {chr(ord(c) + 0xFEE0): c for c in _ALNUM}

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


@dataclass(frozen=True, slots=True)
class Charset:
    """A set of characters and what to call it in a message."""

    name: str
    chars: str

    def __contains__(self, char: str) -> bool:
        return char in self.chars

    @property
    def pattern(self) -> str:
        """The regular expression for one character; the same in Python and Hyperscan."""
        return char_class(frozenset(self.chars))


@lru_cache(maxsize=512)
def char_class(chars: frozenset[str]) -> str:
    """Return `chars` as a character class, ranges folded."""
    points = sorted(map(ord, chars))
    parts: list[str] = []
    index = 0
    while index < len(points):
        end = index
        while end + 1 < len(points) and points[end + 1] == points[end] + 1:
            end += 1
        first, last = _escape(points[index]), _escape(points[end])
        parts.append(first if end == index else first + ("-" if end > index + 1 else "") + last)
        index = end + 1
    return "[" + "".join(parts) + "]"


def _escape(point: int) -> str:
    return chr(point) if point > 255 or chr(point).isalnum() else f"\\x{point:02x}"


CHARSETS = {
    name: Charset(name, chars)
    for name, chars in {
        "digit": string.digits,
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "alpha": string.ascii_letters,
        "alnum": _ALNUM,
        "base62": _ALNUM,
        "base64": _ALNUM + "+/",
        "base64url": _ALNUM + "-_",
        "base58": "".join(c for c in _ALNUM if c not in "0OIl"),
        "base32": string.ascii_uppercase + "234567",
        "base32lower": string.ascii_lowercase + "234567",
        "base36": string.digits + string.ascii_lowercase,
        "hex": "0123456789abcdef",
        "HEX": "0123456789ABCDEF",
        "crockford": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    }.items()
}

_INLINE = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\-]))?", re.DOTALL)


def inline(text: str) -> Charset:
    """Return the charset of an inline class, given without its brackets.

    Raises:
        ValueError: a range runs backwards, or the class is empty or not ASCII.
    """
    chars: set[str] = set()
    for match in _INLINE.finditer(text):
        first = match[1][-1]
        last = (match[2] or first)[-1]
        if last < first:
            raise ValueError(f"the range {first}-{last} runs backwards")
        chars.update(map(chr, range(ord(first), ord(last) + 1)))
    if not chars or not all(c.isascii() and c.isprintable() for c in chars):
        raise ValueError(f"[{text}] is not a class of printable ASCII characters")
    return Charset(f"one of `[{text}]`", "".join(sorted(chars)))
