"""Keys whose prefix is damaged: nothing marks them any more, only the place where they stand says what they were to be."""

from __future__ import annotations

from typing import NamedTuple

from keylint.catalogue.align import Fit, fit
from keylint.catalogue.grammar import Form

_MOST_LOST = 5


class Damage(NamedTuple):
    """What happened to the prefix, and how the key fits its form once that is undone."""

    message: str
    lost: bool
    fit: Fit


def damaged_prefix(form: Form, key: str) -> Damage | None:
    """Return what is wrong with the prefix of a key that is right behind it; `None` for another text."""
    for anchor in form.anchors:
        damage = _lost(form, anchor, key) or _mistyped(form, anchor, key)
        if damage is not None:
            return damage
    return None


def _lost(form: Form, anchor: str, key: str) -> Damage | None:
    for count in range(1, min(_MOST_LOST, len(anchor)) + 1):
        if not key.startswith(anchor[count:]) or (found := _fit(form, anchor[:count] + key)) is None:
            continue
        # With nothing left of it, a text of that length can be anything; only a checksum tells.
        if found.proven or count < len(anchor):
            missing = "first character" if count == 1 else f"first {count} characters"
            return Damage(f"the {missing} of `{anchor}` {'is' if count == 1 else 'are'} missing", True, found)
    return None


def _mistyped(form: Form, anchor: str, key: str) -> Damage | None:
    start = key[: len(anchor)]
    wrong = [i for i, (have, want) in enumerate(zip(start, anchor, strict=False)) if have != want]
    exchanged = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and sorted(start) == sorted(anchor)
    if len(start) < len(anchor) or not (len(wrong) == 1 or exchanged) or len(anchor) < 3:
        return None
    found = _fit(form, anchor + key[len(anchor) :])
    return Damage(f"it begins with `{start}`, not `{anchor}`", False, found) if found is not None else None


def _fit(form: Form, key: str) -> Fit | None:
    found = fit(form, key)
    return found if found is not None and not found.fault and not found.foreign else None
