"""Adding to an inventory without touching what people wrote in it: comments, order and layout stay."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

from keylint.status import yamltext
from keylint.status.files import replace as replace_file
from keylint.status.fingerprint import SCRYPT
from keylint.status.inventory import FIELDS, Entry, Hint, Inventory, InventoryError, parse, read
from keylint.status.plaintext import LooksLikeKey
from keylint.status.yamltext import Mapping, Node, Position, Scalar

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOCK_SECONDS = 10.0
_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*")
_NOT_PLAIN = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

_Edit = tuple[Position, Position, str]
"""The text from a position up to another, and what it becomes."""


def add(path: str | os.PathLike[str], entry: Entry, looks_like_key: LooksLikeKey) -> bool:
    """Put `entry` into the inventory at `path`; return whether the key was new. See `add_all`."""
    return add_all(path, [entry], looks_like_key) == 1


def add_all(path: str | os.PathLike[str], entries: Sequence[Entry], looks_like_key: LooksLikeKey) -> int:
    """Put entries into the inventory at `path`, which is created if it is not there; return how many keys were new.

    A key that is listed already gets the fields that its entry has and keeps the others. The file is replaced whole or not
    at all, and only by one that loads; concurrent calls wait for each other.

    Raises:
        InventoryError: the file cannot be read, written or edited, is not a valid inventory, or is of another pepper.
    """
    name = os.fspath(path)
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise InventoryError(f"{name}: not a regular file")
    if target.suffix.lower() in (".csv", ".toml"):
        raise InventoryError(f"{name}: keys are added only to an inventory in YAML")
    if len(_peppers(entries)) > 1:
        raise InventoryError(f"{name}: an inventory is of one pepper, and these keys are of several")
    distinct: dict[str, Entry] = {}
    for entry in entries:
        earlier = distinct.get(entry.fingerprint)
        distinct[entry.fingerprint] = entry if earlier is None else _merged(earlier, entry)
    try:
        with _locked(target, name):
            if not target.exists():
                text, new = _fresh(list(distinct.values())), len(distinct)
                parse(text, name, None, looks_like_key)
                replace_file(target, text.encode())
            else:
                text, new = _edited(read(target), name, list(distinct.values()), looks_like_key)
                mark = b"\xef\xbb\xbf" if target.read_bytes().startswith(b"\xef\xbb\xbf") else b""
                replace_file(target, mark + text.encode())
    except OSError as error:
        raise InventoryError(f"{name}: cannot be written: {error.strerror}") from None
    return new


def _peppers(entries: Sequence[Entry]) -> set[str]:
    """Return the ids of the peppers of entries; fingerprints of a list have none."""
    parts = (entry.fingerprint.split(":") for entry in entries)
    return {identity for _, algorithm, identity, _ in parts if algorithm != SCRYPT}


def _fresh(entries: Sequence[Entry]) -> str:
    peppers = "".join(f"pepper_id: {json.dumps(identity)}\n" for identity in sorted(_peppers(entries))[:1])
    return f"keylint_inventory: 1\n{peppers}keys:\n" + "".join(_item(entry, 2, "\n") for entry in entries)


def _edited(text: str, name: str, entries: Sequence[Entry], looks_like_key: LooksLikeKey) -> tuple[str, int]:
    """Return the text of an inventory with `entries` in it, and how many were not there before."""
    before = parse(text, name, _peppers(entries) or None, looks_like_key)
    root = yamltext.parse(text)
    assert isinstance(root, Mapping)  # noqa: S101 - it has just been read as an inventory
    keys_name, keys = next(item for item in root.items if item[0].text == "keys")
    newline = "\r\n" if "\r\n" in text else "\n"
    indices = {entry.fingerprint: index for index, entry in enumerate(before.entries)}
    fresh = [entry for entry in entries if entry.fingerprint not in indices]
    edits = _append(keys_name, keys, fresh, newline) if fresh else []
    wanted = [*before.entries, *fresh]
    for entry in entries:
        index = indices.get(entry.fingerprint)
        if index is not None:
            assert isinstance(keys, yamltext.Sequence)  # noqa: S101 - as above
            node = keys.items[index]
            assert isinstance(node, Mapping)  # noqa: S101 - as above
            # In the same place, what is applied last stands first: the end of an entry before a new one.
            edits += _update(node, before.entries[index], entry, newline)
            wanted[index] = _merged(before.entries[index], entry)
    result = _apply(text, edits, newline)
    _verify(result, name, before, tuple(wanted), looks_like_key)
    return result, len(fresh)


def _merged(old: Entry, new: Entry) -> Entry:
    given = {
        f.name: value for f in fields(Entry) if f.name != "line" and (value := getattr(new, f.name)) not in (None, ())
    }
    return replace(old, **given)


def _verify(text: str, name: str, before: Inventory, wanted: tuple[Entry, ...], looks_like_key: LooksLikeKey) -> None:
    try:
        after = parse(text, name, None, looks_like_key)
        right = after.entries == wanted and after.complete_for == before.complete_for
    except InventoryError:
        right = False
    if not right:
        raise InventoryError(
            f"{name}: its layout is not one that can be added to; write the keys as a plain list of blocks"
        )


def _append(keys_name: Scalar, keys: Node, entries: Sequence[Entry], newline: str) -> list[_Edit]:
    if isinstance(keys, yamltext.Sequence) and keys.items:
        if keys.flow:
            rows = (", " + json.dumps(as_json(entry), ensure_ascii=False) for entry in entries)
            return [_before_bracket(keys, "".join(rows))]
        return [_after(keys, "".join(_item(entry, keys.start[1], newline) for entry in entries))]
    # `keys:`, `keys: null` or `keys: []`: what stands there goes, and a block begins on the next line.
    indent = keys_name.start[1] + 2
    line = (max(keys.end[0], keys_name.end[0]) + 1, 0)
    return [(keys.start, keys.end, ""), (line, line, "".join(_item(entry, indent, newline) for entry in entries))]


def _update(node: Mapping, old: Entry, new: Entry, newline: str) -> list[_Edit]:
    """Return the edits that give an entry of the file the fields of `new`."""
    present = {key.text: value for key, value in node.items}
    edits, missing = [], []
    for name, attribute in FIELDS.items():
        value = getattr(new, attribute)
        if value in (None, ()) or value == getattr(old, attribute):
            continue
        if name not in present:
            missing.append((name, value))
            continue
        place = present[name]
        text = json.dumps(_plain(value), ensure_ascii=False) if node.flow else _rendered(value)
        blank = " " if place.start == place.end else ""
        edits.append((place.start, place.end, blank + text + (newline if place.block else "")))
    if missing and node.flow:
        rest = json.dumps({name: _plain(value) for name, value in missing}, ensure_ascii=False)[1:-1]
        edits.append(_before_bracket(node, ", " + rest))
    elif missing:
        indent = " " * node.items[0][0].start[1]
        edits.append(_after(node, "".join(f"{indent}{name}: {_rendered(value)}{newline}" for name, value in missing)))
    return edits


def _before_bracket(node: Mapping | yamltext.Sequence, text: str) -> _Edit:
    bracket = (node.end[0], node.end[1] - 1)
    return bracket, bracket, text


def _after(node: Mapping | yamltext.Sequence, text: str) -> _Edit:
    """Insert lines after the last content of a block."""
    line = (node.end[0] + (not (node.block and node.end[1] == 0)), 0)
    return line, line, text


def _apply(text: str, edits: list[_Edit], newline: str) -> str:
    lines = text.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]

    def offset(position: Position) -> int:
        return min(starts[min(position[0], len(lines))] + position[1], len(text))

    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        first, last = offset(start), offset(end)
        head = text[:first]
        if start[1] == 0 and first and not head.endswith(("\n", "\r")):
            head += newline
        text = head + new + text[last:]
    return text


def _item(entry: Entry, indent: int, newline: str) -> str:
    lines = [f"{name}: {_rendered(value)}" for name, value in _given(entry)]
    return "".join(" " * indent + ("- " if i == 0 else "  ") + line + newline for i, line in enumerate(lines))


def _given(entry: Entry) -> Iterator[tuple[str, object]]:
    for name, attribute in FIELDS.items():
        value = getattr(entry, attribute)
        if value not in (None, ()):
            yield name, value


def as_json(entry: Entry) -> dict[str, object]:
    """Return the fields that an entry has, under their names in the file, as JSON values."""
    return {name: _plain(value) for name, value in _given(entry)}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, Hint):
        return _hints(value)
    return list(value) if isinstance(value, tuple) else value


def _hints(hint: Hint) -> dict[str, object]:
    return {f.name: value for f in fields(Hint) if (value := getattr(hint, f.name)) is not None}


def _rendered(value: object) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, Hint):
        return (
            "{" + ", ".join(f"{name}: {json.dumps(v, ensure_ascii=False)}" for name, v in _hints(value).items()) + "}"
        )
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _NOT_PLAIN:
        return str(value)
    return json.dumps(_plain(value), ensure_ascii=False)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def _locked(path: Path, name: str) -> Iterator[None]:
    """Hold the file `.<name>.lock` beside `path`. What a process that was killed has left does not lock anything."""
    lock = path.with_name(f".{path.name}.lock")
    deadline = time.monotonic() + _LOCK_SECONDS
    while (handle := _held(lock)) is None:
        if time.monotonic() > deadline:
            raise InventoryError(f"{name}: another keylint is writing it")
        time.sleep(0.02)
    try:
        yield
    finally:
        # Removed first: whoever has opened it meanwhile sees that it is not the one that is there.
        with suppress(OSError):
            lock.unlink()
        os.close(handle)


def _held(lock: Path) -> int | None:
    """Return the open file that is locked, `None` while another process holds it. The lock ends with the process."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    if fcntl is None:
        try:
            return os.open(lock, flags | os.O_EXCL | getattr(os, "O_TEMPORARY", 0), 0o600)
        except (FileExistsError, PermissionError):
            return None
    handle = os.open(lock, flags, 0o600)
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), os.stat(lock)):
            return handle
    os.close(handle)
    return None
