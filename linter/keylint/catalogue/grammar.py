"""The grammar of a form: one line of segments that describes how a key is written. See `docs/grammar.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from keylint.catalogue.charsets import CHARSETS, Charset, inline
from keylint.catalogue.checksums import FUNCTIONS
from keylint.catalogue.structures import DECODERS

MAX_LENGTH = 20_000

# A segment with one of these labels says something about the key: whose it is, and where it belongs.
CLAIMS = ("account", "region", "project", "id", "environment")


class GrammarError(ValueError):
    """A form cannot be understood; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Fixed text."""

    text: str
    label: str = ""

    @property
    def min(self) -> int:
        """Characters."""
        return len(self.text)

    @property
    def max(self) -> int:
        """Characters."""
        return len(self.text)


@dataclass(frozen=True, slots=True)
class Run:
    """`min` to `max` characters of a charset."""

    charset: Charset
    min: int
    max: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum over the segments with these labels; over all text before it when `labels` is empty."""

    function: str
    labels: tuple[str, ...]
    label: str = ""

    @property
    def min(self) -> int:
        """Characters."""
        return FUNCTIONS[self.function].length

    @property
    def max(self) -> int:
        """Characters."""
        return FUNCTIONS[self.function].length

    @property
    def charset(self) -> Charset:
        """What it is written in."""
        return FUNCTIONS[self.function].charset


@dataclass(frozen=True, slots=True)
class Structure:
    """A run that a decoder parses and verifies."""

    name: str
    min: int
    max: int
    label: str = ""

    @property
    def charset(self) -> Charset:
        """What it is written in."""
        return DECODERS[self.name].charset


Segment = Literal | Run | Checksum | Structure


@dataclass(frozen=True)
class Form:
    """One way in which a kind of key is written."""

    text: str
    segments: tuple[Segment, ...]

    @cached_property
    def min(self) -> int:
        """The shortest length in characters."""
        return sum(segment.min for segment in self.segments)

    @cached_property
    def max(self) -> int:
        """The greatest length in characters."""
        return sum(segment.max for segment in self.segments)

    @cached_property
    def fixed(self) -> int:
        """How many characters of it are always the same."""
        return sum(len(segment.text) for segment in self.segments if isinstance(segment, Literal))

    @cached_property
    def anchors(self) -> tuple[str, ...]:
        """The texts that the form can start with: its leading literal and a structure's own start; none if it has no such."""
        head = ""
        for segment in self.segments:
            if isinstance(segment, Literal):
                head += segment.text
                continue
            if isinstance(segment, Structure) and DECODERS[segment.name].starts:
                return tuple(head + start for start in DECODERS[segment.name].starts)
            break
        return (head,) if head else ()

    @cached_property
    def merged(self) -> Form:
        """The same with texts that stand side by side as one, for people: `sk_live_`, not `sk_`, `live` and `_`."""
        summed = {label for s in self.segments if isinstance(s, Checksum) for label in s.labels}
        merged: list[Segment] = []
        for segment in self.segments:
            last = merged[-1] if merged else None
            if (
                isinstance(segment, Literal)
                and isinstance(last, Literal)
                and summed.isdisjoint((segment.label, last.label))
            ):
                merged[-1] = Literal(last.text + segment.text)
            else:
                merged.append(segment)
        return Form(self.text, tuple(merged))

    @cached_property
    def claimed(self) -> tuple[tuple[int, str], ...]:
        """The segments that say something about the key: their number, counted from 1, and label."""
        return tuple((number, s.label) for number, s in enumerate(self.segments, 1) if s.label in CLAIMS)

    @cached_property
    def charset(self) -> frozenset[str]:
        """Every character that can occur anywhere in the form."""
        return frozenset().union(*(s.text if isinstance(s, Literal) else s.charset.chars for s in self.segments))

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Matches what has the right lengths and characters; group `i + 1` is segment `i`."""
        return re.compile("".join(f"({_segment_regex(segment)})" for segment in self.segments) + r"\Z")


def _segment_regex(segment: Segment) -> str:
    if isinstance(segment, Literal):
        return re.escape(segment.text)
    return segment.charset.pattern + _times(segment.min, segment.max)


def _times(low: int, high: int) -> str:
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


_TOKEN = re.compile(
    r"""(?:(?P<label>[a-z]\w*):)?(?:
        '(?P<literal>[^']*)'
      | (?P<charset>[A-Za-z]\w*)(?P<times>\{[^}]*\})?
      | \[(?P<class>(?:\\.|[^\]\\])*)\](?P<count>\{[^}]*\})?
      | =(?P<function>\w+)\((?P<over>[^)]*)\)
      | @(?P<structure>\w+)(?P<bounds>\{[^}]*\})?
    )(?=\s|\Z)""",
    re.VERBOSE,
)
_LENGTHS = re.compile(r"\{(\d+)(?:,(\d+))?\}")


@lru_cache(maxsize=4096)
def parse(line: str) -> Form:
    """Parse a form.

    Raises:
        GrammarError: the line is not a form; the message names the segment.
    """
    segments: list[Segment] = []
    labels: set[str] = set()
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(line, position)
        if match is None:
            raise GrammarError(f"not a segment at character {position + 1}: {line[position:].split()[0][:60]}")
        segment = _segment(match, labels)
        if segment.label in labels:
            raise GrammarError(f"the label {segment.label} is used twice")
        if segment.label:
            labels.add(segment.label)
        segments.append(segment)
        position = match.end()
    form = Form(line, tuple(segments))
    _check(form)
    return form


def _segment(match: re.Match[str], labels: set[str]) -> Segment:
    label = match["label"] or ""
    if match["literal"] is not None:
        return _literal(match["literal"], label)
    if match["charset"]:
        if match["charset"] not in CHARSETS:
            raise GrammarError(f"no charset is called {match['charset']}; there are {', '.join(CHARSETS)}")
        return Run(CHARSETS[match["charset"]], *_lengths(match["times"], match[0]), label)
    if match["class"] is not None:
        try:
            charset = inline(match["class"])
        except ValueError as error:
            raise GrammarError(str(error)) from None
        return Run(charset, *_lengths(match["count"] or "{1}", match[0]), label)
    if match["function"]:
        return _checksum(match["function"], match["over"], label, labels)
    if match["structure"] not in DECODERS:
        raise GrammarError(f"no structure is called {match['structure']}; there are {', '.join(sorted(DECODERS))}")
    return Structure(match["structure"], *_lengths(match["bounds"], match[0]), label)


def _literal(text: str, label: str) -> Literal:
    if not text or not text.isascii() or not text.isprintable():
        raise GrammarError(f"a literal is printable ASCII text, not '{text}'")
    return Literal(text, label)


def _checksum(function: str, over: str, label: str, labels: set[str]) -> Checksum:
    if function not in FUNCTIONS:
        raise GrammarError(f"no checksum is called {function}; there are {', '.join(sorted(FUNCTIONS))}")
    names = tuple(name.strip() for name in over.split(","))
    if names == ("^",):
        return Checksum(function, (), label)
    unknown = [name for name in names if name not in labels]
    if unknown:
        raise GrammarError(
            f"={function}({over}) names {unknown[0] or 'nothing'}, which is no label of an earlier segment"
        )
    return Checksum(function, names, label)


def _lengths(text: str | None, segment: str) -> tuple[int, int]:
    match = _LENGTHS.fullmatch(text or "")
    if match is None:
        raise GrammarError(f"{segment} needs a length: {{30}} or {{20,80}}")
    low = int(match[1])
    high = int(match[2]) if match[2] else low
    if not 1 <= low <= high <= MAX_LENGTH:
        raise GrammarError(f"{segment}: a length lies between 1 and {MAX_LENGTH}, and the smaller one comes first")
    return low, high


def _check(form: Form) -> None:
    if not form.segments:
        raise GrammarError("an empty form")
    if form.max > MAX_LENGTH:
        raise GrammarError(f"up to {form.max} characters; {MAX_LENGTH} is the limit")
    # Matching stays linear as long as at most one run can end in more than one place.
    loose = [
        segment
        for segment, follower in zip(form.segments, form.segments[1:], strict=False)
        if not isinstance(segment, Literal)
        and segment.min != segment.max
        and not _starts(follower).isdisjoint(segment.charset.chars)
    ]
    if len(loose) > 1:
        raise GrammarError("more than one segment of variable length whose end the next segment does not mark")


def _starts(segment: Segment) -> frozenset[str]:
    return frozenset(segment.text[0] if isinstance(segment, Literal) else segment.charset.chars)
