"""Names of environment variables that are easily taken for each other."""

from __future__ import annotations

import re
from functools import lru_cache

_CREDENTIAL = frozenset(
    {"KEY", "KEYS", "TOKEN", "SECRET", "PASSWORD", "PASS", "PAT", "APIKEY", "CREDENTIAL", "CREDENTIALS"}
)
_GENERIC = _CREDENTIAL | {"API", "ACCESS", "AUTH", "MY", "APP", "PRIVATE", "SERVICE"}
_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_ALIKE = 0.86
_LONGEST = 200


@lru_cache(maxsize=4096)
def nearest(name: str, defined: frozenset[str]) -> str | None:
    """Return the defined name that `name` most likely stands for, `None` when none is near.

    Near are names of the same provider that both name a credential (`OPENAI_KEY`, `OPENAI_API_KEY`), and slips of the
    pen (`OPENAI_API_KYE`). `STRIPE_SECRET_KEY` and `STRIPE_PUBLISHABLE_KEY` are two things.
    """
    from difflib import SequenceMatcher

    about, is_credential = _about(name)
    matcher = SequenceMatcher(autojunk=False, b=name[:_LONGEST].upper())
    best: tuple[float, str] | None = None
    for other in sorted(defined):
        if other == name:
            continue
        other_about, other_is_credential = _about(other)
        same_thing = bool(about) and about == other_about and is_credential and other_is_credential
        matcher.set_seq1(other[:_LONGEST].upper())
        if not same_thing and (matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE):
            continue
        ratio = matcher.ratio()
        if (same_thing or _slip(name, other, ratio)) and (best is None or ratio > best[0]):
            best = (ratio, other)
    return best[1] if best is not None else None


@lru_cache(maxsize=4096)
def _about(name: str) -> tuple[frozenset[str], bool]:
    """Return the words that say whose it is, and whether the others say that it is a credential."""
    words = {word.upper() for word in _SPLIT.split(name) if word}
    return frozenset(words - _GENERIC), bool(words & _CREDENTIAL)


def _slip(name: str, other: str, ratio: float) -> bool:
    """One word is mistyped. Names that differ in whole words or in numbers only are meant to differ."""
    if ratio < _ALIKE or min(len(name), len(other)) < 6:
        return False
    words = [word.upper() for word in _SPLIT.split(name) if word]
    others = [word.upper() for word in _SPLIT.split(other) if word]
    if "".join(words) == "".join(others):
        return True
    if len(words) != len(others):
        return False
    return all(
        one == two or (len(one) > 2 and not one.isdigit() and _letters(one) != _letters(two) and _close(one, two))
        for one, two in zip(words, others, strict=True)
    )


def _letters(word: str) -> str:
    return word.rstrip("0123456789")


def _close(one: str, two: str) -> bool:
    """At most two edits that keep the first letter: `KYE`, `OPNEAI`."""
    from difflib import SequenceMatcher

    return one[0] == two[0] and abs(len(one) - len(two)) <= 1 and SequenceMatcher(None, one, two).ratio() >= 0.66
