"""A file -> the values in it that look like secrets: by the reader of its language, as text where it has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from keylint import readers
from keylint.generic import context, declared, forms, numbers, tables, text, values
from keylint.generic.candidate import Candidate, Form, Where
from keylint.generic.commands import arrays, commands
from keylint.generic.detect import refuses
from keylint.generic.left_alone import is_left_alone
from keylint.generic.names import Strength, last_part, strength
from keylint.generic.numbers import bytes_of
from keylint.model import Channel, Confidence, Definition, Role, Secret, Within, is_sample_code, is_test_code
from keylint.readers.interface import Found, Lines, NoCalls, ReaderName, environment_of

if TYPE_CHECKING:
    from keylint.generic.own import Own

_PROSE = re.compile(
    r"\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|html?|tex)\Z|(?:\A|/)(?:README|CHANGE(?:S|LOG)|HISTORY|NEWS)[^/]*\Z",
    re.IGNORECASE,
)
# How much of a line is looked at to tell what it is. Whole, it would cost the square of a long line with many values.
_HEAD = 1_000
_EMBEDS = re.compile(r"[=:<\s]")
_DOCUMENTATION = re.compile(r"[ \t]*[rRuU]?(?:\"{3}|'{3})")
_LINE_END = re.compile(r"\r\n?|\n")
# Sealed secrets, SOPS.
_ENCRYPTED = re.compile(r"(?:\A|\.)(?:encryptedData|sops)\.", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_CODE = (Channel.PYTHON, Channel.NOTEBOOK, Channel.SOURCE)
_OF_COMMANDS = (".ps1", ".psm1", ".sql")
_PYTHON = (".py", ".pyi", ".pyw")
# An attribute elsewhere.
_DOTTED = re.compile(r"[A-Za-z]\w*\.[A-Za-z]\w*\d\w*")
# A selector, a field of a record: `#password:input`, `passwd:gecos`.
_COMPOUND = re.compile(r"[#.]?[A-Za-z-]+:[A-Za-z-]+")
_COMMENT = re.compile(r"[ \t]*(?:#|//|;|\*|--|<!--)")


def secrets(path: str, content: str, is_known: Callable[[str], bool], own: Own | None = None) -> tuple[Definition, ...]:
    """Return what looks like a secret in a file, each with its confidence.

    `is_known` says of a value whether it is a key that its issuer has marked: more is known of it. `own` are the user's
    plugins and filters for detect-secrets.

    Raises:
        OwnError: one of these has failed.
    """
    found = () if is_left_alone(path) or context.is_machine_made(path, content) else _found(path, content)
    judged = [
        replace(definition, confidence=confidence)
        for definition, confidence in _distinct(_judged(found))
        if not is_known(definition.secret.reveal()) and not _is_refused(definition.secret.reveal())
    ]
    judged = context.without_catalogues(judged, content)
    return tuple(judged if own is None else _with_own(own, judged, path, content))


def _judged(found: Iterable[_Sight]) -> Iterator[tuple[Definition, Confidence]]:
    """Yield what may be a secret: what is bound as a whole may be none, and hold one."""
    for definition, candidate, before in found:
        confidence = values.judge(candidate, _where(definition, candidate, before))
        if confidence is not None:
            yield definition, confidence


class _Sight(NamedTuple):
    """A candidate where it stands; `before` is what stands before it on its line."""

    definition: Definition
    candidate: Candidate
    before: str


def _found(path: str, content: str) -> Iterable[_Sight]:
    name = readers.reader_for(path)
    if name is not None and context.has_tree(path):
        return _from_tree(path, content, name)
    if name == "notebook":
        return _from_notebook(path, content)
    return _from_code(path, content) if context.is_code(path) else _from_text(path, content, Channel.TEXT)


def _with_own(own: Own, judged: list[Definition], path: str, content: str) -> list[Definition]:
    """Return what the user's plugins find, too, and leave out what the filters refuse."""
    make = _Maker(path, content, Channel.TEXT)
    lines = _LINE_END.split(content)
    known = {definition.place for definition in judged}
    for candidate in own.candidates(path, content):
        definition = make(candidate).definition
        if definition.place not in known:
            judged.append(replace(definition, confidence=Confidence.MEDIUM))
    kept = (d for d in judged if not own.refuses(path, lines[d.place.line - 1], d.secret.reveal()))
    return sorted(kept, key=lambda definition: definition.place)


def _is_refused(value: str) -> bool:
    """Ask detect-secrets; its filter for templates takes an object for one."""
    return not values.is_structured(value) and refuses(value)


def _where(definition: Definition, candidate: Candidate, before: str) -> Where:
    """Say what a definition stands in."""
    path, in_code = definition.place.path, definition.channel in _CODE
    shown = definition.role is not Role.PLAIN or _COMMENT.match(before) is not None
    if in_code and (shown or _is_documentation(definition, candidate, before)):
        return Where.EXAMPLE
    if in_code and is_test_code(path):
        return Where.TEST
    if shown or is_sample_code(path) or _PROSE.search(path) is not None:
        return Where.PROSE
    return Where.CODE if in_code else Where.CONFIGURATION


def _is_documentation(definition: Definition, candidate: Candidate, before: str) -> bool:
    return candidate.shown or (definition.within is not Within.WHOLE and _DOCUMENTATION.match(before) is not None)


class _Seeker(NoCalls):
    """An `Interest` in what is bound to a credential's name, and in what texts embed."""

    def __init__(self) -> None:
        self.embedded: dict[str, Candidate] = {}
        """What texts embed, by its value: what it is bound to there."""

    def spans(self, name: str | None, content: str) -> Sequence[Found]:
        """Return the candidates in a scalar that is called `name`, or in a text."""
        found = []
        named = name is not None and strength(name) is not Strength.NONE
        value = content.strip()
        if len(value) > 2 and value[0] == value[-1] and value[0] in "'\"" and " " in value:
            value = value[1:-1]  # what only INI files keep
        if named and (
            _SPACE.search(value) is None
            or value[0] in "{["
            or values.is_phrase(value, name or "")
            or bytes_of(value) is not None
        ):
            start = content.index(value)
            found.append(Found(start, start + len(value), Within.WHOLE))
        elif name is None or _EMBEDS.search(content) is not None:
            for candidate in text.candidates(content):
                self.embedded.setdefault(content[candidate.start : candidate.end], candidate)
                found.append(Found(candidate.start, candidate.end, Within.TEXT))
        return sorted(set(found), key=lambda f: (f.start, f.end))


def _from_tree(path: str, content: str, name: ReaderName) -> Iterator[_Sight]:
    seeker = _Seeker()
    facts = readers.read(name, content, path, seeker)
    if facts.problem is not None and not facts.definitions:
        yield from _from_text(path, content, Channel.TEXT)
        return
    lines = _LINE_END.split(content)
    for definition in facts.definitions:
        if _ENCRYPTED.search(definition.name or ""):
            continue
        value, place = definition.secret.reveal(), definition.place
        before = lines[place.line - 1][: min(place.column - 1, _HEAD)]
        if definition.within is Within.WHOLE:
            quoted = " " not in value or before.endswith(("'", '"'))
            called = definition.env or last_part(definition.name or "")
            yield _Sight(definition, Candidate(0, 0, value, called, quoted=quoted), before)
        elif value in seeker.embedded:
            yield _Sight(definition, seeker.embedded[value], before)
    channel = facts.definitions[0].channel if facts.definitions else Channel.TEXT
    yield from map(_Maker(path, content, channel), _across(name, path, content))


def _across(name: ReaderName, path: str, content: str) -> Iterator[Candidate]:
    """Yield what a tree binds across its scalars, and what its lines say in another syntax."""
    yield from text.siblings(content)
    yield from arrays(content)
    yield from chain(forms.defaults(content), forms.filtered(content), numbers.arrays(content))
    if name == "ini":
        yield from forms.unsigned(content)
        yield from text.headers(content)
    yield from forms.of_file(path, content)


def _from_notebook(path: str, content: str) -> Iterator[_Sight]:
    from keylint.readers.notebook import cells_of

    for cell in cells_of(content):
        if cell.kind == "code":
            yield from _from_code(path, cell.source, cell.number)
        else:
            yield from _from_text(path, cell.source, Channel.TEXT, cell.number)
        for output in cell.outputs:
            yield from _from_text(path, output, Channel.NOTEBOOK_OUTPUT, cell.number)


def _from_code(path: str, content: str, cell: int | None = None) -> Iterator[_Sight]:
    """Yield what literals are bound to, what they embed, and what comments show."""
    if cell is not None or path.endswith(_PYTHON):
        from keylint.generic import python

        make = _Maker(path, content, Channel.NOTEBOOK if cell is not None else Channel.PYTHON, cell)
        bound, literals, comments = python.read(content, _is_wanted, _embeds)
    else:
        from keylint.generic import code

        make = _Maker(path, content, Channel.SOURCE)
        bound, literals, comments = code.read(content, path, _is_wanted, _embeds)
        yield from map(make, chain(numbers.arrays(content), declared.bound(path, content)))
    yield from map(make, bound)
    yield from map(make, arrays(content))
    if path.endswith(_OF_COMMANDS):
        yield from map(make, chain(commands(content), tables.inserted(content)))
    noted = ((start, end, content[start:end]) for start, end in comments)
    whole = (literal for literal in literals if _COMPOUND.fullmatch(literal[2]) is None)
    for start, end, value in chain(whole, filter(lambda comment: _embeds(comment[2]), noted)):
        for inner in text.candidates(value):
            at = min(start + inner.start, end)
            moved = replace(inner, start=at, end=min(start + inner.end, end), shown="\n" in content[start:at])
            yield make(moved, Within.TEXT)


def _embeds(text: str) -> bool:
    """Say whether a text may bind something."""
    return _EMBEDS.search(text) is not None


def _is_wanted(name: str) -> bool:
    return strength(name) is not Strength.NONE


def _from_text(path: str, content: str, channel: Channel, cell: int | None = None) -> Iterator[_Sight]:
    found = text.candidates(content)
    if cell is None:
        found = chain(found, forms.of_file(path, content))
    if context.has_no_expressions(path):
        found = (replace(c, quoted=c.quoted or _DOTTED.fullmatch(c.value) is not None) for c in found)
    return map(_Maker(path, content, channel, cell), found)


class _Maker:
    """Makes definitions of candidates in one text: a file, or what is written in a notebook's cell."""

    def __init__(self, path: str, content: str, channel: Channel, cell: int | None = None) -> None:
        self._path = path
        self._content = content
        self._channel = channel
        self._cell = cell
        self._lines = Lines(content)
        self._environment = environment_of(path)

    def __call__(self, candidate: Candidate, within: Within = Within.WHOLE) -> _Sight:
        """Return a candidate as a definition, and where it stands."""
        place = self._lines.place(self._path, candidate.start, candidate.end)
        definition = Definition(
            replace(place, cell=self._cell),
            Secret(candidate.value),
            self._channel,
            candidate.name,
            self._environment,
            _WITHIN.get(candidate.form, within),
            contiguous=self._content[candidate.start : candidate.end] == candidate.value,
        )
        start = self._lines.starts[place.line - 1]
        return _Sight(definition, candidate, self._content[start : min(candidate.start, start + _HEAD)])


_WITHIN = {Form.HEADER: Within.HEADER, Form.BASIC: Within.HEADER, Form.URL: Within.URL, Form.COMMAND: Within.COMMAND}


def _distinct(found: Iterable[tuple[Definition, Confidence]]) -> Iterator[tuple[Definition, Confidence]]:
    """Yield each place once, in the order of the file; of two that overlap the first."""
    last = (0, 0, 0)
    for judged in sorted(found, key=_order):
        place = judged[0].place
        cell = place.cell or 0
        if (cell, place.line, place.column) >= last:
            last = (cell, place.end_line, place.end_column)
            yield judged


def _order(judged: tuple[Definition, Confidence]) -> tuple[int, int, int, int, int]:
    place = judged[0].place
    return place.cell or 0, place.line, place.column, place.end_line, -place.end_column
