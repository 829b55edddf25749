"""A key in the name of a file or folder: whoever lists the directory sees it, a report need not repeat it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from keylint.model import Secret, mask

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_SHORTEST = 20
_Value = TypeVar("_Value")


def keys_in(paths: Iterable[str], catalogue: Catalogue) -> Mapping[str, str]:
    """Return the whole keys that stand in paths, each with its mask."""
    found: dict[str, str] = {}
    for part in {part for path in paths for part in path.split("/") if len(part) >= _SHORTEST}:
        for candidate in catalogue.recognise(part) if any(map(str.isdigit, part)) else ():
            text = part[candidate.start : candidate.end]
            # A suffix is no part of the key: `ghp_….py`.
            for key in (text, text.rsplit(".", 1)[0]):
                if candidate.distinctive and catalogue.judge(key).well_formed:
                    found[key] = mask(key)
    return found


def without(keys: Mapping[str, str], value: _Value) -> _Value:
    """Return a value of the model with masks in the place of keys, in whatever text of it they stand."""
    changed: dict[int, Any] = {}

    def walk(old: Any) -> Any:
        if isinstance(old, str):
            new = old
            for key, shown in keys.items():
                new = new.replace(key, shown)
            return type(old)(new) if new != old and type(old) is str else old
        if isinstance(old, Secret) or old is None:
            return old
        if id(old) not in changed:
            changed[id(old)] = old, parts(old)  # with `old`, so that no other object gets its id
        return changed[id(old)][1]

    def parts(old: Any) -> Any:
        if is_dataclass(old) and not isinstance(old, type):
            new = {field.name: walk(getattr(old, field.name)) for field in fields(old) if field.init}
            return replace(old, **new)
        if isinstance(old, tuple):
            made = [walk(each) for each in old]
            return type(old)(*made) if hasattr(old, "_fields") else tuple(made)
        if isinstance(old, Mapping):
            return {walk(name): walk(each) for name, each in old.items()}
        return old

    result: _Value = walk(value)
    return result
