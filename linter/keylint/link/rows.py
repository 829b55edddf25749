"""Rows of tables: what is taken from one row goes together.

`PROVIDERS[name]` is any row where `name` is not known. A choice is a key by the keys that it was chosen from, so that
`row.url` and `row.variable`, `URLS[name]` and `KEYS[name]`, and a function of a table that is called with a row of a file
are looked up under the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from keylint.link.found import Found, Where


def picked(keys: Sequence[str], where: Where) -> Iterator[tuple[str, Where]]:
    """Yield the keys under which a collection is looked up, each with the point from which it was chosen."""
    if len(keys) == 1:
        yield keys[0], where
        return
    choice = "|".join(keys)
    pinned = pinned_key(choice, keys, where.rows)
    for key in [pinned] if pinned is not None else keys:
        yield key, where._replace(rows={**where.rows, choice: key})


def pinned_key(choice: str, keys: Iterable[str], rows: Mapping[str, str]) -> str | None:
    """Return the key that was chosen before: from the same keys, or from others of which it was one."""
    known = set(keys)
    if rows.get(choice) in known:
        return rows[choice]
    same = {key for key in rows.values() if key in known and not key.isdigit()}
    return same.pop() if len(same) == 1 else None


def chosen_from(found: Iterable[Found], where: Where) -> list[Found]:
    """Return values with what was chosen for them."""
    return [each._replace(rows={**each.rows, **where.rows}) for each in found]


class Begun(NamedTuple):
    """What a text begins with, and what was chosen for it."""

    text: str
    is_whole: bool
    rows: Mapping[str, str] = {}

    def then(self, more: Begun) -> Begun | None:
        """Return the text with more behind it; `None` where the two come from different rows."""
        if not all(more.rows.get(choice, key) == key for choice, key in self.rows.items()):
            return None
        text = self.text + more.text if self.is_whole else self.text
        return Begun(text, self.is_whole and more.is_whole, {**self.rows, **more.rows})


def begun(found: Found) -> Begun:
    """Return the text that a value is known to be."""
    if found.definition is not None:
        return Begun(found.definition.secret.reveal(), True, found.rows)
    return Begun(found.text or "", found.text is not None, found.rows)
