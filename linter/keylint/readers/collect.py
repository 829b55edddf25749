"""From a value and how the file spells it to definitions with exact places: what all config readers share."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from keylint.model import Channel, Damage, Definition, Place, Role, Secret, Within
from keylint.readers.interface import Found, Interest, Lines, is_sample

# Nested deeper than this is no config file; the limit keeps every reader's memory bounded.
MAX_DEPTH = 500
# Text of this length and more is searched in windows that overlap by more than the longest key.
WINDOW = 65_536
OVERLAP = 16_384
_LONGEST_LABEL = 120
_SHORTEST_KEY = 10

_REFERENCE = re.compile(
    r"\$\{[^{}]*\}|\$\{\{.*\}\}|\{\{.*\}\}|\$\([^()]*\)|\$[A-Za-z_]\w*|%\([\w.-]+\)s|%[A-Za-z_]\w*%|<%.*%>|#\{[^{}]*\}#?"
    r"|(?:op|vault|awssm|awsps|awskms|gcpsm|azkv|sm|ssm|bws|keychain|secretsmanager|file|env)://?\S*|ref\+\w+:\S*"
    r"|@Microsoft\.KeyVault\(.*\)|arn:aws[\w-]*:(?:secretsmanager|ssm):.*|projects/[^/\s]+/secrets/\S*",
    re.DOTALL,
)
_CIPHERTEXT = re.compile(
    r"ENC[\[(].*[\])]|encrypted:[A-Za-z0-9+/=]+|\{cipher\}.*|\$ANSIBLE_VAULT;.*|vault:v\d+:.*", re.DOTALL
)
_NAME_BEFORE = re.compile(
    r"(?<!\w)([A-Za-z_][\w.-]{0,99})[\"'`\]]{0,2}[ \t]{0,20}(?::=|=>|==?|:)[ \t]{0,20}[rbuf@]{0,2}[\"'`]{0,3}"
    r"(?:(?:Bearer|Basic|Token|token|Bot|ApiKey)[ ]{1,4})?\Z"
)
# One word with a digit: what an opaque key looks like.
_OPAQUE = re.compile(r"(?=[^0-9]{0,40}[0-9])[A-Za-z0-9+/=_.:|~-]{14,200}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_reference(value: str) -> bool:
    """Say whether a value only names where the real one lies: `${X}`, `{{ x }}`, `op://vault/item`."""
    return _REFERENCE.fullmatch(value) is not None


def is_ciphertext(value: str) -> bool:
    """Say whether a value is encrypted (sops, Ansible Vault, Jasypt, dotenvx): chance makes key-like text there."""
    return _CIPHERTEXT.fullmatch(value) is not None


def without_surrogates(value: str) -> str:
    """Return `value` with U+FFFD for each lone surrogate that an escape made: no encoder takes those."""
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


class Spelling:
    """How a file spells a value: consecutive parts of the value, each with the span of the file's characters for it."""

    __slots__ = ("_begin", "_ends", "_parts", "_starts")

    def __init__(self, parts: Iterable[tuple[int, int, int]]) -> None:
        """Take `(length of the part in the value, start in the file, end in the file)` in order."""
        given = list(parts)
        self._begin = given[0][1]
        self._parts = [part for part in given if part[0]]
        self._starts: list[int] = []
        self._ends: list[int] = []
        total = 0
        for length, _, _ in self._parts:
            self._starts.append(total)
            total += length
            self._ends.append(total)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the file of the value's characters `start` to `end`."""
        if not self._parts:
            return self._begin, self._begin
        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._ends, end)
        length, left, right = self._parts[first]
        begin = left + (start - self._starts[first] if length == right - left else 0)
        length, left, right = self._parts[last]
        return begin, right - (self._ends[last] - end if length == right - left else 0)


def plain(start: int, end: int) -> Spelling:
    """Return the spelling of a value that stands in the file as it is."""
    return Spelling([(end - start, start, end)])


def spelled(value: str, start: int, end: int, tokens: Iterable[tuple[str, int, int]]) -> Spelling:
    """Return the spelling that `tokens` (text, start, end) say, or one coarse part if they do not make up `value`."""
    parts = list(tokens)
    if parts and "".join(part[0] for part in parts) == value:
        return Spelling([(len(text), left, right) for text, left, right in parts])
    return Spelling([(len(value), start, end)])


class Collector:
    """Gathers the definitions of one file. Offsets are characters of `text`."""

    def __init__(
        self,
        text: str,
        path: str,
        interest: Interest,
        channel: Channel,
        environment: str | None = None,
        role: Role | None = None,
    ) -> None:
        self.text = text
        self.path = path
        self.interest = interest
        self.channel = channel
        self.environment = environment
        self.role = role or (Role.EXAMPLE if is_sample(path) else Role.PLAIN)
        self.definitions: list[Definition] = []
        self._labels: dict[str, str] = {}

    @cached_property
    def lines(self) -> Lines:
        """The file's lines; counted once, and only when something is found."""
        return Lines(self.text)

    def place(self, start: int, end: int) -> Place:
        """Return the place of a span of the file."""
        return self.lines.place(self.path, start, end)

    def line(self, offset: int) -> int:
        """Return the 1-based line of an offset."""
        return self.lines.position(offset)[0]

    def define(
        self,
        value: str,
        spelling: Spelling,
        found: Found | None = None,
        *,
        label: str | None = None,
        environment: str | None = None,
        role: Role | None = None,
        env: str | None = None,
        damage: Damage | None = None,
        loader: str | None = None,
    ) -> Definition:
        """Return the definition of a value, or of what was found in it. Nothing is gathered yet."""
        found = found or Found(0, len(value), Within.WHOLE)
        part = value[found.start : found.end]
        start, end = spelling.span(found.start, found.end)
        return Definition(
            place=self.place(start, end),
            secret=Secret(part),
            channel=self.channel,
            name=label,
            environment=environment or self.environment,
            within=found.within,
            role=role or self.role,
            contiguous=self.text[start:end] == part,
            env=env,
            damage=damage,
            loader=loader,
        )

    def value(
        self,
        name: str | None,
        value: str,
        spell: Callable[[], Spelling],
        label: Callable[[], str],
        *,
        environment: str | None = None,
        role: Role | None = None,
        env: str | None = None,
        damage: Damage | None = None,
        outside: Sequence[tuple[int, int]] = (),
        within: Within | None = None,
    ) -> bool:
        """Gather what is of interest in one value, and say whether there was anything.

        What overlaps a span of `outside` (an interpolation) is of none. `within` is said in place of what was found, but
        for keys in URLs.
        """
        if not value or is_ciphertext(value):
            return False
        value = without_surrogates(value)
        found = self.interest.spans(None if is_reference(value) else name, value)
        if not found and _OPAQUE.fullmatch(value):
            found = self.interest.spans(label(), value)  # `heroku.api_key`: only the path tells whose key it is
        found = [f for f in found if f.start < f.end and not any(f.start < b and a < f.end for a, b in outside)]
        if not found:
            return False
        if within is not None:
            found = [f if f.within is Within.URL else Found(f.start, f.end, within) for f in found]
        spelling, text = spell(), label()
        self.definitions.extend(
            self.define(value, spelling, f, label=text, environment=environment, role=role, env=env, damage=damage)
            for f in found
        )
        return True

    def key(self, key: str, spell: Callable[[], Spelling]) -> str:
        """Return a mapping's key as it may be shown, and gather what is of interest in it (a map of keys to owners)."""
        key = without_surrogates(key)
        shown = self._labels.get(key)
        if shown is not None:
            return shown
        found = self.interest.spans(None, key) if len(key) >= _SHORTEST_KEY else ()
        if not found:
            shown = self._labels[key] = key if len(key) <= _LONGEST_LABEL else key[: _LONGEST_LABEL - 1] + "…"
            return shown
        spelling = spell()
        self.definitions.extend(self.define(key, spelling, f) for f in found)
        shown, at = "", 0
        for f in found:
            shown, at = f"{shown}{key[at : f.start]}…", f.end
        return (shown + key[at:])[:_LONGEST_LABEL]

    def free(self, start: int, end: int, role: Role | None = None) -> None:
        """Gather what is of interest in text of no known syntax; names are those directly in front."""
        done = start
        while start < end:
            stop = min(start + WINDOW, end)
            # What starts in the overlap is whole in the next window.
            mine = stop if stop == end else stop - OVERLAP
            window = without_surrogates(self.text[start:stop])
            for f in self.interest.spans(None, window):
                if start + f.start < done or start + f.start >= mine or f.start >= f.end:
                    continue
                done = start + f.end
                spelling = plain(start, stop)
                name = name_before(window, f.start)
                self.definitions.append(self.define(window, spelling, f, label=name, role=role))
            start = mine


def name_before(text: str, offset: int) -> str | None:
    """Return the identifier that `text` assigns to at `offset` (`export KEY=`, `key: "`), if there is one."""
    before = text[max(0, offset - 200) : offset]
    if "=" not in before and ":" not in before:
        return None
    match = _NAME_BEFORE.search(before)
    return match[1] if match else None


def branch_environment(top: str | None) -> str | None:
    """Return the environment that a file's top-level branch stands for (`production:` in a Rails-like file)."""
    return _BRANCHES.get(top.lower()) if top is not None else None


_BRANCHES = {
    "production": "production", "prod": "production", "prd": "production", "staging": "staging", "stage": "staging",
    "stg": "staging", "development": "development", "dev": "development", "test": "test", "testing": "test",
}  # fmt: skip
