"""The inventory: a YAML, CSV or TOML file that lists keys by fingerprint, with what is known about each of them.

```yaml
keylint_inventory: 1
pepper_id: p-2026-01
complete_for: [{provider: acme, env: production}]
keys:
  - fp: "kl1:hmac-sha256:p-2026-01:<64 hex>"
    provider: stripe
    status: revoked
```

Every field but `fp`, `provider` and `status` is optional. Times are ISO dates or times; without a zone they are UTC, and a
date is its first moment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NoReturn

from keylint.model import KeyRef, Live, Observation, Reason, Tier
from keylint.status import yamltext
from keylint.status.files import read_regular
from keylint.status.fingerprint import FINGERPRINT, PEPPER_ID, SCRYPT
from keylint.status.interface import Scope, SourceInfo
from keylint.status.plaintext import LooksLikeKey, may_be_key
from keylint.status.public_id import has_its_id_inside
from keylint.status.yamltext import Mapping, Node, Scalar, YamlTextError

MAX_BYTES = 16 * 1024 * 1024
MAX_TEXT = 256
PROVIDER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

_HEADER = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?>[ \t]*(?:\#[^\n]*|---[ \t]*)?\r?\n)*+\{?\s*["']?keylint_inventory["']?[ \t]*:""",
    re.VERBOSE,
)
_HEADER_WITHIN = 65_536
_LONG_ENOUGH_TO_HINT = 32
_PREFIX = re.compile(r"[A-Za-z0-9]{1,7}[_.-]")
_PARTS = re.compile(r"[^A-Za-z0-9._+=-]+")
_PLAIN = "holds a key in plain text; an inventory holds fingerprints only"
_WORD = re.compile(r"[a-z][a-z0-9_]{0,19}")
# What needs no search for a key: it is shorter than any, or a time.
_HARMLESS = re.compile(r".{0,11}|[0-9TZ:+. -]{10,40}", re.DOTALL)


class InventoryError(Exception):
    """An inventory cannot be used; the message names file, line and key, and quotes no value."""


class Status(StrEnum):
    """What an inventory says about a key."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    DISABLED = "disabled"
    ROTATED = "rotated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hint:
    """What may be known of a key's text: enough to recognise it, too little to use it."""

    length: int | None = None
    prefix: str | None = None
    last4: str | None = None


def hint_of(key: str) -> Hint:
    """Return the hint of a key: its length, and of long ones a conventional prefix and the last four characters."""
    if len(key) < _LONG_ENOUGH_TO_HINT or "\n" in key:
        return Hint(len(key))
    prefix = _PREFIX.match(key)
    return Hint(len(key), prefix[0] if prefix else None, key[-4:] if key[-4:].isalnum() else None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of an inventory. Times are aware (UTC)."""

    fingerprint: str
    provider: str
    status: Status
    environment: str | None = None
    owner: str | None = None
    id: str | None = None
    hint: Hint | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    rotated_at: datetime | None = None
    grace_until: datetime | None = None
    replaced_by: str | None = None
    endpoints: tuple[str, ...] = ()
    checked_at: datetime | None = None
    line: int = field(default=0, compare=False)

    @property
    def doubtful(self) -> bool:
        """Whether the id looks like a key of no known kind. It then stays on this machine, and is shown to nobody."""
        return self.id is not None and may_be_key("id", self.id, self.provider)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A loaded inventory. No two entries have the same fingerprint."""

    path: str
    pepper_id: str | None
    complete_for: tuple[Scope, ...]
    entries: tuple[Entry, ...]

    def fingerprints(self) -> frozenset[str]:
        """Return the fingerprints of all keys."""
        return frozenset(entry.fingerprint for entry in self.entries)

    def refuse_own_keys(self, fingerprints_of: Callable[[str], Iterable[str]]) -> None:
        """Refuse an id that is one of the keys whose fingerprints are listed, or holds one. Raises InventoryError."""
        listed = self.fingerprints()
        for entry in self.entries:
            parts = {entry.id, *_PARTS.split(entry.id)} if entry.doubtful and entry.id is not None else ()
            if any(not listed.isdisjoint(fingerprints_of(part)) for part in parts):
                raise InventoryError(f"{self.path}:{entry.line}: {_PLAIN}")

    def lists(self) -> frozenset[str]:
        """Return the ids of the lists that fingerprints without a pepper were made for."""
        return frozenset(_pepper_of(entry.fingerprint) for entry in self.entries if _is_slow(entry.fingerprint))

    def lengths(self) -> frozenset[int]:
        """Return the lengths of the keys whose length is known, in characters."""
        return frozenset(e.hint.length for e in self.entries if e.hint is not None and e.hint.length is not None)


def is_inventory(data: bytes) -> bool:
    """Say whether a file's content is an inventory: `keylint_inventory:` is the first thing in it but comments."""
    return _HEADER.match(data[:_HEADER_WITHIN]) is not None


def load(path: str | os.PathLike[str], pepper_ids: Collection[str] | None, looks_like_key: LooksLikeKey) -> Inventory:
    """Read the inventory at `path`.

    `pepper_ids` are the ids of the peppers at hand; `None` reads an inventory of any pepper, which can be listed but
    matches nothing. `looks_like_key(text)` is asked about every text in the file.

    Raises:
        InventoryError: the file cannot be read, is not an inventory, holds a key in plain text, or is another pepper's.
    """
    return parse(read(path), os.fspath(path), pepper_ids, looks_like_key)


def read(path: str | os.PathLike[str]) -> str:
    """Return the text of the file at `path`, without a byte order mark; line ends are as in the file."""
    name = os.fspath(path)
    try:
        data, _ = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise InventoryError(f"{name}: cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise InventoryError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InventoryError(f"{name}:{line}: not UTF-8 text") from None


def parse(text: str, name: str, pepper_ids: Collection[str] | None, looks_like_key: LooksLikeKey) -> Inventory:
    """Return the inventory that `text` is; `name` is the file's name in messages. Raises InventoryError."""
    try:
        root = _tree(text, name)
    except YamlTextError as error:
        raise InventoryError(f"{name}:{error.line}: {error}") from None
    # First of all: from here on, messages may quote what they are about.
    _refuse_plaintext(text, root, name, looks_like_key)
    return _Reader(name, pepper_ids).inventory(root)


def _tree(text: str, name: str) -> Node:
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in (".csv", ".toml"):
        return yamltext.parse(text)
    from keylint.status import tabletext

    return tabletext.parse_csv(text) if suffix == ".csv" else tabletext.parse_toml(text)


def _refuse_plaintext(text: str, root: Node, name: str, looks_like_key: LooksLikeKey) -> None:
    harmless: set[str] = set()
    comments = ((number, line[line.index("#") :]) for number, line in enumerate(text.split("\n"), 1) if "#" in line)
    for line, value in (*_texts(root), *comments):
        if value in harmless or _HARMLESS.fullmatch(value) or FINGERPRINT.fullmatch(value):
            continue
        if looks_like_key(value):
            raise InventoryError(f"{name}:{line}: {_PLAIN}")
        harmless.add(value)


def _texts(root: Node) -> Iterator[tuple[int, str]]:
    """Return every text of the tree with its line, names of fields included, in the order of the file."""
    left = [root]
    while left:
        node = left.pop()
        if isinstance(node, Scalar):
            yield node.start[0] + 1, node.text
        elif isinstance(node, Mapping):
            left.extend(part for item in reversed(node.items) for part in reversed(item))
        else:
            left.extend(reversed(node.items))


class _FieldError(Exception):
    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node


class _Reader:
    """Turns the tree into an inventory."""

    def __init__(self, name: str, pepper_ids: Collection[str] | None) -> None:
        self._name = name
        self._pepper_ids = pepper_ids
        self._declared: str | None = None

    def inventory(self, root: Node) -> Inventory:
        try:
            fields = _fields(root, "the inventory", _TOP)
            version = fields.get("keylint_inventory")
            if version is None:
                raise _FieldError(root, "not an inventory: `keylint_inventory: 1` is missing")
            if not isinstance(version, Scalar) or version.text != "1":
                raise _FieldError(version, "an inventory of another version; this keylint reads `keylint_inventory: 1`")
            if "pepper_id" in fields:
                self._declared = _pepper_id(fields["pepper_id"])
                if self._declared is not None:
                    self._refuse_pepper(fields["pepper_id"], self._declared)
            complete_for = tuple(map(_scope, _list(fields["complete_for"]))) if "complete_for" in fields else ()
            keys = _list(_present(root, "keys"))
        except _FieldError as error:
            self._fail(error)
        entries = self._entries(keys)
        used = {_pepper_of(entry.fingerprint) for entry in entries if not _is_slow(entry.fingerprint)}
        return Inventory(self._name, self._declared or (used.pop() if len(used) == 1 else None), complete_for, entries)

    def _entries(self, keys: Sequence[Node]) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        numbers: dict[str, int] = {}
        for number, node in enumerate(keys, 1):
            try:
                entry = _entry(node)
                if not _is_slow(entry.fingerprint):
                    self._refuse_pepper(node, _pepper_of(entry.fingerprint))
                if entry.fingerprint in numbers:
                    earlier = numbers[entry.fingerprint]
                    raise _FieldError(node, f"the same fp as key {earlier} (line {entries[earlier - 1].line})")
            except _FieldError as error:
                self._fail(error, f"key {number}: ")
            numbers[entry.fingerprint] = number
            entries.append(entry)
        return tuple(entries)

    def _refuse_pepper(self, node: Node, pepper_id: str) -> None:
        if self._declared is not None and pepper_id != self._declared:
            raise _FieldError(node, f"made with pepper {pepper_id}, in an inventory of pepper {self._declared}")
        if self._pepper_ids is not None and pepper_id not in self._pepper_ids:
            here = " and ".join(sorted(self._pepper_ids)) or "none"
            raise _FieldError(
                node,
                f"made with pepper {pepper_id}, and the pepper here is {here}: "
                "set KEYLINT_PEPPER and KEYLINT_PEPPER_ID, or KEYLINT_PEPPER_FILE",
            )

    def _fail(self, error: _FieldError, key: str = "") -> NoReturn:
        raise InventoryError(f"{self._name}:{error.node.start[0] + 1}: {key}{error}") from None


def _pepper_of(fingerprint: str) -> str:
    return fingerprint.split(":")[2]


def _is_slow(fingerprint: str) -> bool:
    """Say whether a fingerprint needs no pepper: the id in it is that of a list."""
    return fingerprint.split(":")[1] == SCRYPT


def _fields(node: Node, what: str, known: Collection[str]) -> dict[str, Node]:
    """Return the fields of a mapping, those left out that are null."""
    if not isinstance(node, Mapping):
        raise _FieldError(node, f"{what} is a list of `field: value`")
    for key, _ in node.items:
        if key.text not in known:
            shown = f" `{key.text}`" if _WORD.fullmatch(key.text) else ""
            raise _FieldError(key, f"unknown field{shown}; known: {', '.join(known)}")
    return {key.text: value for key, value in node.items if not (isinstance(value, Scalar) and value.null)}


def _present(root: Node, name: str) -> Node:
    """Return a field that must be there, if only with nothing in it."""
    for key, value in root.items if isinstance(root, Mapping) else ():
        if key.text == name:
            return value
    raise _FieldError(root, f"`{name}` is missing")


def _list(node: Node) -> Sequence[Node]:
    if isinstance(node, Scalar) and node.null:
        return ()
    if not isinstance(node, yamltext.Sequence):
        raise _FieldError(node, "a list is expected here")
    return node.items


def entry_from(node: Node) -> Entry:
    """Return the entry that a tree says; its messages name no file. Raises InventoryError."""
    try:
        return _entry(node)
    except _FieldError as error:
        raise InventoryError(str(error)) from None


def _entry(node: Node) -> Entry:
    fields = _fields(node, "a key", _KEY)
    for required in ("fp", "provider", "status"):
        if required not in fields:
            raise _FieldError(node, f"`{required}` is missing")
    values = {}
    for name, value in fields.items():
        attribute, convert = _KEY[name]
        try:
            values[attribute] = convert(value)
        except _FieldError as error:
            raise _FieldError(error.node, f"`{name}`: {error}") from None
    for name, value in fields.items():
        # An id of many letters and digits is no more than doubtful: see `Entry.doubtful`.
        if name != "id" and isinstance(value, Scalar) and may_be_key(name, value.text, values["provider"]):
            raise _FieldError(value, f"`{name}`: looks like a key; say where it is found or how it is called")
    return Entry(**values, line=node.start[0] + 1)


def _text(node: Node, limit: int = MAX_TEXT) -> str:
    if not isinstance(node, Scalar):
        raise _FieldError(node, "a text is expected")
    problem = text_problem(node.text, limit)
    if problem is not None:
        raise _FieldError(node, problem)
    return node.text


def text_problem(text: str, limit: int = MAX_TEXT) -> str | None:
    """Return what is wrong with the text of a field, `None` if nothing."""
    if not text.strip():
        return "is empty"
    if not text.isprintable():
        return "contains a control character or a line break"
    return f"longer than {limit} characters" if len(text) > limit else None


def _pattern(pattern: re.Pattern[str], message: str) -> Callable[[Node], str]:
    def convert(node: Node) -> str:
        if not isinstance(node, Scalar) or not pattern.fullmatch(node.text):
            raise _FieldError(node, message)
        return node.text

    return convert


_ID_MESSAGE = "lower-case letters, digits, `.`, `_` and `-`, at most 64, a letter or digit first"
_provider = _pattern(PROVIDER, _ID_MESSAGE)
_pepper_id = _pattern(PEPPER_ID, "`pepper_id` is made of letters, digits, `.`, `_` and `-`")
_fingerprint = _pattern(
    FINGERPRINT,
    "not a fingerprint (kl1:hmac-sha256:<pepper id>:<64 lower-case hex digits>, or kl1:scrypt:<list id>:…)",
)


def _status(node: Node) -> Status:
    try:
        return Status(_text(node))
    except ValueError:
        raise _FieldError(node, f"unknown status; one of {', '.join(Status)}") from None


def _time(node: Node) -> datetime:
    try:
        return parse_time(_text(node))
    except ValueError:
        raise _FieldError(node, "not an ISO date or time (2027-01-04, 2027-01-04T12:00:00Z)") from None


def parse_time(text: str) -> datetime:
    """Return an ISO date or time in UTC; without a zone it is UTC, and a date is its first moment. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def _hint(node: Node) -> Hint:
    fields = _fields(node, "a hint", ("prefix", "last4", "length"))
    length = None
    if "length" in fields:
        digits = _text(fields["length"], 7)
        if not re.fullmatch(r"[1-9][0-9]*", digits):
            raise _FieldError(fields["length"], "`length` is a number of characters")
        length = int(digits)
    # Longer hints would be pieces of the key.
    prefix = _text(fields["prefix"], 16) if "prefix" in fields else None
    return Hint(length, prefix, _text(fields["last4"], 4) if "last4" in fields else None)


def _endpoints(node: Node) -> tuple[str, ...]:
    return tuple(map(_text, _list(node)))


def _scope(node: Node) -> Scope:
    fields = _fields(node, "an element of `complete_for`", ("provider", "env"))
    if "provider" not in fields:
        raise _FieldError(node, "`provider` is missing")
    return Scope(_provider(fields["provider"]), _text(fields["env"]) if "env" in fields else None)


_TOP = ("keylint_inventory", "pepper_id", "complete_for", "keys")
# Field in the file -> attribute of Entry, and how to read it; in the order in which they are written.
_KEY: dict[str, tuple[str, Callable[[Node], Any]]] = {
    "fp": ("fingerprint", _fingerprint),
    "provider": ("provider", _provider),
    "status": ("status", _status),
    "env": ("environment", _text),
    "owner": ("owner", _text),
    "id": ("id", _text),
    "hint": ("hint", _hint),
    "created_at": ("created_at", _time),
    "expires_at": ("expires_at", _time),
    "revoked_at": ("revoked_at", _time),
    "last_used_at": ("last_used_at", _time),
    "rotated_at": ("rotated_at", _time),
    "grace_until": ("grace_until", _time),
    "replaced_by": ("replaced_by", _text),
    "endpoints": ("endpoints", _endpoints),
    "checked_at": ("checked_at", _time),
}
FIELDS = {name: attribute for name, (attribute, _) in _KEY.items()}
"""Field in the file -> attribute of `Entry`, in the order in which they are written."""

SAID = {
    Status.ACTIVE: (Live.LIVE, Reason.ACTIVE),
    Status.EXPIRED: (Live.DEAD, Reason.EXPIRED),
    Status.REVOKED: (Live.DEAD, Reason.REVOKED),
    Status.DISABLED: (Live.DEAD, Reason.DISABLED),
    Status.ROTATED: (Live.DEAD, Reason.ROTATED),
    Status.UNKNOWN: (Live.NONE, Reason.UNKNOWN),
}


class InventorySource:
    """An inventory as a source of status."""

    tier = Tier.INVENTORY
    network = False
    namespace = ""

    def __init__(self, inventory: Inventory) -> None:
        self.name = f"inventory {os.path.basename(inventory.path)}"
        checked = [entry.checked_at for entry in inventory.entries if entry.checked_at is not None]
        self._info = SourceInfo(inventory.complete_for, len(inventory.entries), max(checked, default=None))
        self._entries = {entry.fingerprint: entry for entry in inventory.entries}
        self._by_id: dict[tuple[str, str | None], list[Entry]] = {}
        for entry in inventory.entries:
            if entry.id is not None:
                self._by_id.setdefault((entry.id, entry.provider), []).append(entry)

    def describe(self) -> SourceInfo:
        """Return where the inventory lists every key."""
        return self._info

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the inventory says about each key."""
        for key in keys:
            entry = next((self._entries[f] for f in key.fingerprints if f in self._entries), None)
            if entry is not None:
                yield self._observation(key.fingerprint, entry)
            elif (entry := self._of_id(key)) is not None:
                yield self._by_its_id(key, entry)
            else:
                yield Observation(key.fingerprint, self.name, self.tier, Live.NONE, Reason.NOT_FOUND, note="not listed")

    def _of_id(self, key: KeyRef) -> Entry | None:
        """Return the entry that has the key's public id, where there is one and no other."""
        entries = self._by_id.get((key.public_id, key.provider), ()) if key.public_id is not None else ()
        return entries[0] if len(entries) == 1 else None

    def _by_its_id(self, key: KeyRef, entry: Entry) -> Observation:
        seen = self._observation(key.fingerprint, entry)
        note = "; ".join(filter(None, (seen.note, "known by its id")))
        if seen.reason is Reason.ACTIVE and not has_its_id_inside(key.kind):
            # The id stands beside the key: that it lives does not make a pair of them.
            return replace(seen, verdict=Live.NONE, reason=Reason.UNKNOWN, note="its id is listed as active")
        return replace(seen, note=note)

    def _observation(self, fingerprint: str, entry: Entry) -> Observation:
        live, reason = SAID[entry.status]
        event = {Status.REVOKED: entry.revoked_at, Status.ROTATED: entry.rotated_at}.get(entry.status)
        return Observation(
            fingerprint,
            self.name,
            self.tier,
            live,
            reason,
            observed_at=entry.checked_at,
            expires_at=entry.expires_at,
            grace_until=entry.grace_until,
            replaced_by=entry.replaced_by,
            owner=entry.owner,
            note=f"{entry.status} on {event.date().isoformat()}" if event is not None else "",
            issued_at=entry.created_at,
        )
