"""Where keys can start: the marks of a catalogue's kinds, and the matcher's expressions made from them.

Expressions are `anchor + exactly N characters`, never an upper bound: the matcher only says that it is worth looking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from keylint.catalogue.charsets import TOKEN, char_class
from keylint.catalogue.grammar import Form, Literal, Segment, Structure, parse
from keylint.catalogue.structures import DECODERS, Decoder
from keylint.model import KeyKind

# Words that begin many kinds of key, and much else.
_COMMON = frozenset(
    {
        "sk", "pk", "rk", "key", "api", "pat", "token", "secret", "live", "test", "pub", "pubkey", "priv", "private",
        "auth", "access", "client", "bot", "id", "app", "user",
    }
)  # fmt: skip
_FULL, _PART = 0.8, 0.6
_LEAST = 10
_SHORT = 5


class Pattern(NamedTuple):
    """An expression for the matcher and the kinds that it may lead to. `split`: a literal ends inside a key."""

    regex: bytes
    kinds: tuple[str, ...]
    split: bool = False


class Mark(NamedTuple):
    """A text by which kinds are recognised. Plain values only: marks are stored in the compiled catalogue."""

    text: str
    """Empty where only the shape tells."""
    kinds: tuple[str, ...]
    leading: bool
    weak: bool
    """The text begins much else too: a candidate has to have the shape."""
    distinctive: bool
    need: int
    """Characters that have to follow."""
    run: str
    """Characters that the kinds consist of."""
    lead: str
    """Characters that may stand before the text, for marks that do not lead."""
    lead_max: int
    longest: int
    lengths: tuple[int, ...]
    """The lengths that whole keys have, where they are fixed."""
    shape: str
    """A regular expression for the beginning of a candidate, where the text alone does not tell it."""
    regex: str
    """The matcher's expression."""
    inner: str
    """A text that a candidate has to hold."""
    lead_min: int = 0
    """How many of them have to stand there at least, damage allowed for."""
    markers: tuple[str, ...] = ()
    """Texts inside of which one makes a candidate distinctive, whatever it starts with."""


def marks_of(kinds: Iterable[KeyKind]) -> tuple[Mark, ...]:
    """Return the marks of all kinds that have one, kinds with the same mark joined."""
    leading: dict[str, list[tuple[KeyKind, Form]]] = {}
    others: list[Mark] = []
    for kind in kinds:
        if kind.context:
            continue
        for form in map(parse, kind.forms):
            for anchor in form.anchors:
                leading.setdefault(anchor, []).append((kind, form))
            if not form.anchors:
                others.append(_inner_mark(kind, form))
    return tuple(_leading_mark(anchor, uses) for anchor, uses in leading.items()) + _joined(others)


def problem_of(form: Form) -> str | None:
    """Say why a form cannot be recognised by its own text, if so."""
    letters = sum(sum(map(str.isalnum, s.text)) for s in form.segments if isinstance(s, Literal))
    letters += sum(map(len, form.anchors[:1]))
    if letters < 2 and not any(isinstance(segment, Structure) for segment in form.segments):
        return f"'{form.text}' has no mark of its own (two letters or digits that are always there): it needs context = true"
    if form.min < 12:
        return f"'{form.text}' is too short to be recognised by its own text (12 characters): it needs context = true"
    return None


def patterns_of(marks: Sequence[Mark]) -> tuple[Pattern, ...]:
    """Return the matcher's expressions; several marks with one expression share it."""
    joined: dict[str, tuple[str, ...]] = {}
    for mark in marks:
        joined[mark.regex] = tuple(dict.fromkeys((*joined.get(mark.regex, ()), *mark.kinds)))
    found = [Pattern(regex.encode("ascii"), kinds) for regex, kinds in joined.items()]
    stems: dict[str, tuple[str, ...]] = {}
    for mark in marks:
        for stem in _stems(mark):
            stems[stem] = tuple(dict.fromkeys((*stems.get(stem, ()), *mark.kinds)))
    gap = r"[\x22'][ \t\r\n\\]*[+\x22']"
    found += [
        Pattern(f"{_escape(stem)}[A-Za-z0-9_\\x2d]{{0,12}}{gap}".encode("ascii"), kinds, True)
        for stem, kinds in stems.items()
    ]
    return tuple(found)


def _stems(mark: Mark) -> list[str]:
    """Return the beginnings at which somebody might split a literal."""
    if not mark.leading or not mark.distinctive or mark.text.startswith("-----"):
        return []
    ends = [match.end() for match in re.finditer(r"[-_.:]", mark.text)]
    return [
        mark.text[:end]
        for end in ends
        if end >= 4 and mark.text[:end].rstrip("-_.:").lower() not in (*_COMMON, "github", "access")
    ]


def _leading_mark(anchor: str, uses: Sequence[tuple[KeyKind, Form]]) -> Mark:
    forms = [form for _, form in uses]
    body = min(form.min for form in forms) - len(anchor)
    weak = is_weak(anchor)
    chars = frozenset().union(*(form.charset for form in forms))
    need = 10 if anchor.startswith("-----") else min(body, max(_LEAST, int(_PART * body)))
    shapes = tuple(dict.fromkeys(_shape(form, anchor) for form in forms))
    own = tuple(
        dict.fromkeys(
            decoder.pattern
            for form in forms
            if (decoder := _decoder(form)) is not None
            and decoder.pattern
            and form.anchors[0] == anchor == decoder.starts[0]
        )
    )
    return Mark(
        text=anchor,
        kinds=tuple(dict.fromkeys(kind.id for kind, _ in uses)),
        leading=True,
        weak=weak,
        distinctive=_is_telling(anchor) or all(_is_structure(form) for form in forms),
        need=need,
        run="".join(sorted(chars)),
        lead="",
        lead_max=0,
        longest=max(form.max for form in forms),
        lengths=_lengths(forms),
        shape="|".join(shapes) if weak else "",
        regex="|".join(own) or ("|".join(shapes) if weak else _open_regex(anchor, chars, need)),
        inner=_inner(forms),
        markers=tuple(dict.fromkeys(marker for form in forms for marker in _markers(form))),
    )


def is_weak(anchor: str) -> bool:
    """Say whether a leading text begins much else than keys."""
    plain = re.sub(r"[^A-Za-z0-9]", "", anchor)
    return len(anchor) < 4 or plain.lower() in _COMMON or (len(anchor) == 4 and anchor.isalpha() and anchor.islower())


def _is_telling(anchor: str) -> bool:
    return len(anchor) >= 3 and re.sub(r"[^A-Za-z0-9]", "", anchor).lower() not in _COMMON


def _is_structure(form: Form) -> bool:
    return len(form.segments) == 1 and isinstance(form.segments[0], Structure)


def _markers(form: Form) -> list[str]:
    inside = (segment.text for segment in form.segments[1:] if isinstance(segment, Literal))
    return [text for text in inside if sum(map(str.isalnum, text)) >= 4]


def is_distinctive(mark: Mark, text: str) -> bool:
    """Say whether a text with this mark is a key for sure, once it is well-formed."""
    return mark.distinctive or any(marker in text for marker in mark.markers)


def _open_regex(anchor: str, chars: frozenset[str], need: int) -> str:
    if anchor.startswith("-----"):
        return _escape(anchor)
    # The end of a word is no beginning of a key (`position_…`), unless an escape stands before it.
    start = r"(?:\b|\x5c[nrt])" if len(anchor) <= _SHORT and anchor[0].isalnum() else ""
    # Behind a separator also what is no character of the kind: a damaged key is to be found too.
    return start + _escape(anchor) + char_class(chars | TOKEN if not anchor[-1].isalnum() else chars) + f"{{{need}}}"


def _shape(form: Form, anchor: str) -> str:
    """The first 80 % of a form, as strict as it is."""
    body = form.min - len(anchor)
    return _escape(anchor) + _segments_regex(form.segments, len(anchor), min(body, max(_LEAST, round(_FULL * body))))


def _segments_regex(segments: Sequence[Segment], skip: int, want: int) -> str:
    """Return the expression for `want` characters of `segments` behind the first `skip`, elastic ones at their shortest."""
    parts: list[str] = []
    for segment in segments:
        low = max(0, segment.min - skip)
        used, skip = min(segment.min, skip), max(0, skip - segment.min)
        if want <= 0:
            break
        if isinstance(segment, Literal):
            parts.append(_escape(segment.text[used : used + want]))
        elif low:
            spread = segment.max - segment.min
            high = low + spread if spread <= 16 else low
            parts.append(
                segment.charset.pattern
                + (f"{{{min(low, want)}}}" if low >= want or high == low else f"{{{low},{high}}}")
            )
            if spread > 16:
                break
        want -= low
    return "".join(parts)


def _inner_mark(kind: KeyKind, form: Form) -> Mark:
    """The mark of a form that starts with no fixed text: its longest literal, or its shape alone."""
    decoder = _decoder(form)
    if decoder is not None and decoder.mark:
        lead = "".join(sorted(set(decoder.charset.chars) - {"?"}))
        return _mark_inside(kind, form, decoder.mark, lead, form.max, decoder.pattern)._replace(shape=decoder.begins)
    index = max(range(len(form.segments)), key=lambda i: _letters(form.segments[i]))
    literal = form.segments[index]
    if not isinstance(literal, Literal) or _letters(literal) < 2:
        shape = _segments_regex(form.segments, 0, round(_FULL * form.min))
        return _mark_inside(kind, form, "", "", 0, shape)
    before = form.segments[:index]
    lead = "".join(sorted(frozenset().union(*(_chars(segment) for segment in before))))
    behind = sum(segment.min for segment in form.segments[index + 1 :])
    tail = _segments_regex(form.segments[index + 1 :], 0, max(_LEAST, int(_PART * behind)))
    last = before[-1]
    head = char_class(_chars(last)) + f"{{{min(20, last.min)}}}"
    lead_max = sum(segment.max for segment in before)
    mark = _mark_inside(kind, form, literal.text, lead, lead_max, head + _escape(literal.text) + tail)
    return mark._replace(lead_min=sum(segment.min for segment in before) // 2)


def _letters(segment: Segment) -> int:
    return sum(map(str.isalnum, segment.text)) if isinstance(segment, Literal) else 0


def _chars(segment: Segment) -> frozenset[str]:
    return frozenset(segment.text if isinstance(segment, Literal) else segment.charset.chars)


def _mark_inside(kind: KeyKind, form: Form, text: str, lead: str, lead_max: int, regex: str) -> Mark:
    return Mark(
        text=text,
        kinds=(kind.id,),
        leading=False,
        weak=not text,
        distinctive=True,
        need=max(0, int(_PART * form.min) - lead_max) if text else 0,
        run="".join(sorted(form.charset)),
        lead=lead,
        lead_max=lead_max,
        longest=form.max,
        lengths=_lengths([form]),
        shape="" if text else regex,
        regex=regex,
        inner=_inner([form]),
    )


def _joined(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Join the marks of several kinds that have the same text."""
    found: dict[tuple[str, str], Mark] = {}
    for mark in marks:
        key = (mark.text, mark.shape)
        if key in found:
            other = found[key]
            mark = mark._replace(
                kinds=tuple(dict.fromkeys((*other.kinds, *mark.kinds))),
                run="".join(sorted(set(other.run + mark.run))),
                lead="".join(sorted(set(other.lead + mark.lead))),
                lead_max=max(other.lead_max, mark.lead_max),
                lead_min=min(other.lead_min, mark.lead_min),
                need=min(other.need, mark.need),
                longest=max(other.longest, mark.longest),
                lengths=tuple(sorted({*other.lengths, *mark.lengths})),
                regex=mark.regex if mark.regex == other.regex else f"{other.regex}|{mark.regex}",
            )
        found[key] = mark
    return tuple(found.values())


def _decoder(form: Form) -> Decoder | None:
    return next((DECODERS[s.name] for s in form.segments if isinstance(s, Structure)), None)


def _inner(forms: Sequence[Form]) -> str:
    """Return the text that a run of these forms has to hold; only forms that are one structure have such."""
    found = {decoder.inner if _is_structure(f) and (decoder := _decoder(f)) else "" for f in forms}
    return found.pop() if len(found) == 1 else ""


def _lengths(forms: Sequence[Form]) -> tuple[int, ...]:
    return tuple(sorted({form.min for form in forms if form.min == form.max}))


def _escape(text: str) -> str:
    return "".join(c if c.isalnum() or c in "_ '" else f"\\x{ord(c):02x}" for c in text)
