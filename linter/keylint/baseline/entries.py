"""An entry binds one secret: it is known by a keyed hash of rule, path and secret, and holds none of it in the open."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

_SALT_BYTES = 32
_SALT_NAME, _HASH = 8, 32
"""Hexadecimal digits in an id of the salt's name, and of the hash."""


class BaselineError(Exception):
    """A baseline cannot be read, understood or written; the message names the file and, where there is one, the line."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What an entry stands for. Never written down."""

    code: str
    path: str
    """POSIX, relative to the project's root."""
    key: str | None = field(repr=False)
    """The key, in plain text."""
    subject: str = ""
    """Of a finding without a key: what it stands on, such as the call and the variable that it reads."""


@dataclass(frozen=True, slots=True)
class Salt:
    """A random number that belongs to one baseline: nobody can say of two files whether they hold the same key."""

    value: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Salt:
        """Return a salt that nobody has."""
        return cls(secrets.token_bytes(_SALT_BYTES))

    @property
    def name(self) -> str:
        """What entries call it."""
        return hashlib.sha256(self.value).hexdigest()[:_SALT_NAME]

    def id_of(self, binding: Binding) -> str:
        """Return the id of an entry: `<name of the salt>:<32 hex>`."""
        bound = ["use", binding.subject] if binding.key is None else ["key", binding.key]
        message = json.dumps([binding.code, binding.path, *bound])
        return f"{self.name}:{hmac.digest(self.value, message.encode(), 'sha256').hex()[:_HASH]}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding that is not reported. All but `id` is there for people, and for `until`."""

    id: str
    code: str
    path: str
    name: str | None = None
    """What the key is bound to, or what a finding without a key stands on."""
    kind: str | None = None
    """`github-classic-pat`; of a key of no known kind `key`; `None` for a finding without a key."""
    confidence: str | None = None
    """`medium` or `low`: a run may be told to look for nothing of the sort. `None`: `high`."""
    reason: str | None = None
    until: date | None = None
    """The last day on which it holds."""
    line: int = field(default=0, compare=False)
    """Where it was read in the baseline, from 1."""

    @property
    def salt(self) -> str:
        """The name of the salt that its id is made with."""
        return self.id.partition(":")[0]

    def holds(self, today: date) -> bool:
        """Say whether it still silences what it names."""
        return self.until is None or today <= self.until

    def merged(self, other: Entry) -> Entry:
        """Return what two lines about one finding come to, in whatever order: both reasons, and the earlier end."""
        reasons = {reason for entry in (self, other) if entry.reason for reason in entry.reason.split(_BETWEEN)}
        ends = [entry.until for entry in (self, other) if entry.until is not None]
        names = sorted(entry.name for entry in (self, other) if entry.name)
        kinds = sorted(entry.kind for entry in (self, other) if entry.kind)
        doubts = {entry.confidence for entry in (self, other)}
        return replace(
            self,
            confidence=next((doubt for doubt in ("low", "medium") if doubt in doubts), None),
            name=names[0] if names else None,
            kind=kinds[0] if kinds else None,
            reason=_BETWEEN.join(sorted(reasons)) or None,
            until=min(ends, default=None),
            line=min(self.line, other.line),
        )


_BETWEEN = " / "


@dataclass(frozen=True)
class Baseline:
    """The salts and the entries of a file. There are several salts after two files were merged; the first makes new ids."""

    salts: tuple[Salt, ...]
    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, salts: Iterable[Salt], entries: Iterable[Entry]) -> Baseline:
        """Return a baseline in its one order, with one entry for each id."""
        known: dict[str, Entry] = {}
        for entry in entries:
            known[entry.id] = known[entry.id].merged(entry) if entry.id in known else entry
        ordered = sorted(known.values(), key=lambda entry: (entry.path, entry.code, entry.id))
        return cls(tuple(sorted(set(salts), key=lambda salt: (salt.name, salt.value))), tuple(ordered))

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """The entries by their ids."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def orphans(self) -> tuple[Entry, ...]:
        """The entries whose salt is in no header: they can match nothing."""
        names = {salt.name for salt in self.salts}
        return tuple(entry for entry in self.entries if entry.salt not in names)

    def without(self, entries: Iterable[Entry]) -> Baseline:
        """Return the baseline less some of its entries."""
        dropped = {entry.id for entry in entries}
        return Baseline(self.salts, tuple(entry for entry in self.entries if entry.id not in dropped))

    def of_binding(self, binding: Binding) -> tuple[Entry, ...]:
        """Return the entries that name what `binding` does: one at most for each salt."""
        ids = (salt.id_of(binding) for salt in self.salts)
        return tuple(self.by_id[id_] for id_ in ids if id_ in self.by_id)
