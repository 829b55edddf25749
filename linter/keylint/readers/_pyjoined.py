"""Texts that are put together from known and other parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from keylint.model import Joined
from keylint.readers._pyflow import Flow, Template, followed, opaque
from keylint.readers._pytext import Text, join

_LONGEST = 4_000
_LARGEST = 40
_MOST_PARTS = 12

Segment = Text | Flow


def merged(segments: Sequence[Segment]) -> list[Segment]:
    """Join neighbouring constant parts."""
    result: list[Segment] = []
    for is_text, run in groupby(segments, lambda segment: isinstance(segment, Text)):
        found = list(run)
        result += [join([each for each in found if isinstance(each, Text)])] if is_text else found
    return result


def filled(pattern: str, hole: re.Pattern[str], values: Sequence[Flow]) -> Flow:
    """Return the flow of a pattern whose first hole takes the first value."""
    match = hole.search(pattern)
    if match is None or not values:
        return opaque("formatted text")
    last = match.end() == len(pattern)
    if match[0] == pattern:
        return values[0]
    template = Template(pattern[: match.start()], values[0], last)
    return replace(joined(_filled(pattern, hole, values)), thing=template)


def _filled(pattern: str, hole: re.Pattern[str], values: Sequence[Flow]) -> list[str | Flow]:
    """Return the parts of a pattern with each value in its hole."""
    parts: list[str | Flow] = []
    at = 0
    for match, value in zip(hole.finditer(pattern), values, strict=False):
        parts += [pattern[at : match.start()], value]
        at = match.end()
    rest = pattern[at:]
    return [*parts, rest if hole.search(rest) is None else opaque("formatted text")]


def joined(parts: Sequence[Segment | str]) -> Flow:
    """Return the flow of a text put together, as far as it can be known."""
    known = [part.value if isinstance(part, Text | Flow) else part for part in parts]
    length = sum(len(part) for part in known if isinstance(part, str))
    size = 1 + sum(part.size for part in parts if isinstance(part, Flow))
    if length > _LONGEST or len(known) > _MOST_PARTS or size > _LARGEST:
        return opaque("long text")
    if not any(followed(part) for part in known if not isinstance(part, str)):
        return opaque("formatted text")
    return Flow(Joined(tuple(known)), None, size)
