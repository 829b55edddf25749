"""What reading one module collects, and how a literal becomes a definition."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from keylint.model import (
    Call,
    Channel,
    Definition,
    EnvBinding,
    Import,
    Literal,
    Place,
    Role,
    Secret,
    Use,
    Within,
)
from keylint.readers._pyflow import Flow
from keylint.readers._pytext import Text
from keylint.readers.interface import Interest

_NAME_BEFORE = re.compile(r"([A-Za-z_]\w{0,100})[\"']?\]?[ \t]*[=:][ \t]*[\"']?\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """What the expression that is being read is bound to. `path` is the name with what it belongs to."""

    name: str | None = None
    path: str | None = None
    role: Role = Role.PLAIN
    env: str | None = None
    headers: bool = False
    """True for what becomes the headers of an HTTP request."""

    @property
    def holds_headers(self) -> bool:
        """Say whether a dict bound like this is one of HTTP headers."""
        return self.headers or "headers" in (self.name or "").lower()


NOTHING = Named()
BARE = Named(role=Role.COMMENT)


class Reading:
    """The facts of one module, as they come."""

    def __init__(
        self,
        interest: Interest,
        environment: str | None,
        channel: Channel,
        locate: Callable[[int, int], Place],
    ) -> None:
        self.interest = interest
        self.environment = environment
        self.channel = channel
        self.locate = locate
        self.definitions: list[Definition] = []
        self.uses: list[Use] = []
        self.imports: list[Import] = []
        self.calls: list[Call] = []
        self.returned: dict[str, tuple[Flow, Place]] = {}
        """What functions return, by dotted name."""
        self.env: list[EnvBinding] = []
        self.env_files: list[str] = []
        self.hosts: set[str] = set()
        """Of all URLs that the code holds, and hosts of providers that stand alone."""
        self.loads: list[tuple[Place, bool]] = []
        self.overrides = False
        self.layers: list[str] = []
        """What `FileFacts.layers` is."""
        self.assigned: dict[str, list[tuple[Flow, Place, bool]]] = {}
        """Values given to `Class.attribute`, `name.attribute`, `NAME[key]`: flow, place, in `__init__`."""
        self._texts: dict[int, tuple[Definition, Text]] = {}
        self._by_span: dict[tuple[int, int], Definition] = {}

    def define(self, text: Text, named: Named) -> Flow:
        """Return the flow of a literal; what is of interest in it becomes a definition."""
        if named.role is not Role.COMMENT and (host := _host_in(text.value, self.interest)):
            self.hosts.add(host)
        whole: Definition | None = None
        for found in self.interest.spans(named.name, text.value) if text.value else ():
            within = Within.TEXT if named.role is Role.COMMENT and found.within is Within.WHOLE else found.within
            definition = self._definition(text, named, found.start, found.end, within)
            self.definitions.append(definition)
            self._by_span[text.span(found.start, found.end)[:2]] = definition
            if (found.start, found.end) == (0, len(text.value)):
                whole = definition
        if whole is None:
            whole = self._definition(text, named, 0, len(text.value), Within.WHOLE)
        self._texts[id(whole)] = (whole, text)
        return Flow(Literal(whole))

    def define_folded(self, parts: Sequence[str], span: tuple[int, int], named: Named) -> Flow:
        """Return the flow of a value put together from several names; it stands where the expression stands.

        What lies in one of the parts is defined where that part is written.
        """
        value = "".join(parts)
        place = self.locate(*span)
        whole = _make(place, value, self, named, Within.WHOLE, contiguous=False)
        ends = list(accumulate(map(len, parts)))
        for found in self.interest.spans(named.name, value):
            if bisect_right(ends, found.start) == bisect_left(ends, found.end):
                continue
            if (found.start, found.end) == (0, len(value)):
                self.definitions.append(whole)
            else:
                part = value[found.start : found.end]
                self.definitions.append(_make(place, part, self, named, found.within, contiguous=False))
        return Flow(Literal(whole))

    def define_comment(self, text: Text) -> None:
        """Collect what a comment holds."""
        for found in self.interest.spans(None, text.value):
            before = _NAME_BEFORE.search(text.value[max(0, found.start - 120) : found.start])
            named = Named(before[1], before[1], Role.COMMENT) if before is not None else BARE
            within = Within.TEXT if found.within is Within.WHOLE else found.within
            self.definitions.append(self._definition(text, named, found.start, found.end, within))

    def part(self, definition: Definition, start: int) -> Definition:
        """Return what stands in a literal from character `start` on: a key after its scheme."""
        known = self._texts.get(id(definition))
        value = definition.secret.reveal()[start:]
        if known is None:
            named = Named(definition.name, definition.name, definition.role, definition.env)
            return _make(definition.place, value, self, named, Within.HEADER, contiguous=False)
        text = known[1]
        found = self._by_span.get(text.span(start, len(text.value))[:2])
        if found is not None and found.secret.reveal() == value:
            return found
        named = Named(definition.name, definition.name, definition.role, definition.env)
        return self._definition(text, named, start, len(text.value), Within.HEADER)

    def _definition(self, text: Text, named: Named, start: int, end: int, within: Within) -> Definition:
        first, last, verbatim = text.span(start, end)
        return _make(self.locate(first, last), text.value[start:end], self, named, within, contiguous=verbatim)


_URL = re.compile(r"https?://([^/?#\s:@{}]+)")


def _host_in(text: str, interest: Interest) -> str | None:
    """Return the host of a URL, or the host of a provider that a text is."""
    match = _URL.match(text)
    if match is not None:
        return match[1].lower()
    return text.lower() if "." in text and len(text) <= 253 and interest.provider_of_host(text.lower()) else None


def _make(place: Place, value: str, reading: Reading, named: Named, within: Within, *, contiguous: bool) -> Definition:
    return Definition(
        place=place,
        secret=Secret(value),
        channel=reading.channel,
        name=named.path,
        environment=reading.environment,
        within=within,
        role=named.role,
        contiguous=contiguous,
        env=named.env,
    )
