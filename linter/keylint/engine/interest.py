"""What the readers look for: the catalogue's anchors, known names, and the values that an inventory knows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from keylint.catalogue.grammar import parse
from keylint.catalogue.placeholder import classify
from keylint.generic.detect import PLAIN_WORDS
from keylint.match import token_spans
from keylint.model import Provider, Sink, Within
from keylint.readers.interface import Found

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

# A binding with such a name holds a credential, if it holds a literal at all.
CREDENTIAL_NAME = re.compile(
    r"(?:api|access|auth|secret|private|client|signing|service|account)[_.-]?(?:key|token|secret|sid)"
    r"|token|secret|passw(?:or)?d|passwd|pwd|credential|apikey|(?:^|[_.-])(?:key|pat|dsn|sid)$|bearer|authorization",
    re.IGNORECASE,
)
_URL_BEFORE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s\"'<>]{0,2000}\Z")
_SCHEME_BEFORE = re.compile(r"(?:\A|[\s\"':])(?:Bearer|Basic|Token|token|Bot|ApiKey|apikey|Key)[ ]+\Z")
# What `inventory add` strips and a program's author does not see.
SURROUNDING = " \t\r\n\f\v\"'`\ufeff\u200b\u200c\u200d\u2060"
_VARIABLE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
MAX_LITERAL = 1_000_000
_COMMON_HEADERS = frozenset({"authorization", "x-api-key", "api-key"})


def auth_headers(providers: Iterable[Provider]) -> frozenset[str]:
    """Return the lower-case names of the HTTP headers that carry keys."""
    return frozenset(header.name.lower() for p in providers for header in p.headers) | _COMMON_HEADERS


class KnownValues:
    """The values that an inventory holds, by fingerprint. Opaque keys are found by their length."""

    def __init__(
        self, under_peppers: Callable[[str], Iterable[str]], fingerprints: frozenset[str], lengths: frozenset[int]
    ) -> None:
        self._under_peppers = under_peppers
        self._fingerprints = fingerprints
        self.lengths = lengths
        self._seen: dict[str, bool] = {}

    @property
    def digest(self) -> str:
        """What is known, in a few characters."""
        return hashlib.sha256(
            "\0".join([*sorted(self._fingerprints), *map(str, sorted(self.lengths))]).encode()
        ).hexdigest()

    def __contains__(self, value: str) -> bool:
        known = self._seen.get(value)
        if known is None:
            known = self._seen[value] = not self._fingerprints.isdisjoint(self._under_peppers(value))
        return known

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of known values in `text`: the whole, or tokens of it."""
        stripped = text.strip(SURROUNDING)
        if len(stripped) in self.lengths and stripped in self:
            return [(0, len(text))]
        if not self.lengths or len(text) <= min(self.lengths):
            return []
        runs = sorted(set(token_spans(text, self.lengths)))
        return [(start, end) for start, end in runs if text[start:end] in self]


class Search:
    """The engine's `Interest` (see `keylint.readers.interface`)."""

    def __init__(self, catalogue: Catalogue, known: KnownValues | None = None) -> None:
        self._catalogue = catalogue
        self._known = known
        self._headers = auth_headers(catalogue.providers.values())
        self._hosts = catalogue.hosts
        self._settings = catalogue.settings

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        """Return the spans of `text` that are to become definitions."""
        if len(text) < 4 or len(text) > MAX_LITERAL:
            return self._setting(name, text)
        # A variable may begin like its keys do: `CLOJARS_PASSWORD`.
        named = name is None and _VARIABLE.fullmatch(text) is not None
        spans = set() if named else {(c.start, c.end) for c in self._catalogue.recognise(text)}
        if self._known is not None:
            spans.update(self._known.spans(text))
        if not spans:
            return (Found(0, len(text), Within.WHOLE),) if self._named(name, text) else self._setting(name, text)
        return tuple(_found(text, start, end) for start, end in _outermost(spans))

    def _setting(self, name: str | None, text: str) -> Sequence[Found]:
        """A setting is no key; what it says is compared with the keys beside it."""
        return (Found(0, len(text), Within.WHOLE),) if text and name in self._settings else ()

    def _named(self, name: str | None, text: str) -> bool:
        """Say whether a value with no mark of its own is of interest for the name that it is bound to."""
        if name is None:
            return False
        variable = self._catalogue.env.get(name)
        if PLAIN_WORDS.fullmatch(text) and classify(text) is None:
            # Keys of some kinds have no digits.
            return variable is not None and text.startswith(self._prefixes(variable.accepts))
        return variable is not None or bool(self._catalogue.named(name))

    def _prefixes(self, kinds: Iterable[str]) -> tuple[str, ...]:
        forms = (parse(line) for kind in kinds for line in self._catalogue.kinds[kind].forms)
        return tuple(anchor for form in forms for anchor in form.anchors)

    def sinks(self, call: str) -> tuple[Sink, ...]:
        """Return the catalogue's sinks of a dotted call."""
        return self._catalogue.sinks.get(call, ())

    def header(self, name: str) -> bool:
        """Say whether an HTTP header carries a key."""
        return name.lower() in self._headers

    def provider_of_host(self, host: str) -> str | None:
        """Return the id of the provider that owns `host` or a parent domain of it."""
        labels = host.lower().split(".")
        return next((self._hosts[h] for i in range(len(labels)) if (h := ".".join(labels[i:])) in self._hosts), None)


def _outermost(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _found(text: str, start: int, end: int) -> Found:
    if not text[:start].strip(SURROUNDING) and not text[end:].strip(SURROUNDING):
        return Found(0, len(text), Within.WHOLE)
    before = text[max(0, start - 2048) : start]
    if _SCHEME_BEFORE.search(before):
        return Found(start, end, Within.HEADER)
    if _URL_BEFORE.search(before):
        return Found(start, end, Within.URL)
    return Found(start, end, Within.TEXT)
