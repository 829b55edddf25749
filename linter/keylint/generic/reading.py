"""A file -> the values in it that look like secrets: by the reader of its language, as text where it has none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from keylint import readers
from keylint.generic import context, text, values
from keylint.generic.candidate import Candidate, Form
from keylint.generic.names import Strength, strength
from keylint.model import Channel, Definition, Role, Secret, Sink, Within, is_sample_code
from keylint.readers.interface import Found, Lines, ReaderName, environment_of

_PROSE = re.compile(
    r"\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|html?|tex|ipynb)\Z|(?:\A|/)(?:README|CHANGE(?:S|LOG)|HISTORY|NEWS)[^/]*\Z",
    re.IGNORECASE,
)
# Readers of trees: every scalar comes with its name. What they do not read is searched as text.
_TREES = frozenset(
    {"yaml", "json", "toml", "ini", "dotenv", "terraform", "xml", "systemd", "netrc", "dockerfile", "recipes"}
)
_MOST = 1_000
_EMBEDS = re.compile(r"[=:\s]")
_SPACE = re.compile(r"\s")
_COMMENT = re.compile(r"[ \t]*(?:#|//|;|\*|--|<!--)")


def secrets(path: str, content: str) -> tuple[Definition, ...]:
    """Return what looks like a secret in a file, each with its confidence; `MOST` at most."""
    if context.is_left_alone(path) or context.is_machine_made(path, content):
        return ()
    name = readers.reader_for(path)
    if name == "python":
        found = _from_python(path, content)
    elif name in _TREES:
        found = _from_tree(path, content, name)
    else:
        found = _from_text(path, content, name)
    prose = _PROSE.search(path) is not None or is_sample_code(path)
    judged = []
    for definition, candidate in _distinct(found):
        shown = prose or definition.role is not Role.PLAIN or _is_comment(content, candidate.start)
        confidence = values.judge(candidate, shown)
        if confidence is not None:
            judged.append(replace(definition, confidence=confidence))
    return tuple(context.without_catalogues(judged, content)[:_MOST])


class _Seeker:
    """An `Interest` in what is bound to a credential's name, and in what texts embed. It remembers what each value was."""

    def __init__(self) -> None:
        self.seen: dict[str, Candidate] = {}

    def spans(self, name: str | None, content: str) -> Sequence[Found]:
        """Return the candidates in a scalar that is called `name`, or in a text."""
        found = []
        named = name is not None and strength(name) is not Strength.NONE
        if named and (_SPACE.search(content) is None or content[0] in "{["):
            self.seen.setdefault(content, Candidate(0, len(content), content, name or ""))
            found.append(Found(0, len(content), Within.WHOLE))
        elif name is None or _EMBEDS.search(content) is not None:
            for candidate in text.candidates(content):
                part = content[candidate.start : candidate.end]
                self.seen.setdefault(part, candidate)
                found.append(Found(candidate.start, candidate.end, Within.TEXT))
        return sorted(set(found), key=lambda f: (f.start, f.end))

    def sinks(self, call: str) -> tuple[Sink, ...]:
        """No calls are of interest."""
        return ()

    def header(self, name: str) -> bool:
        """No headers are of interest."""
        return False

    def provider_of_host(self, host: str) -> str | None:
        """No hosts are of interest."""
        return None


def _from_tree(path: str, content: str, name: ReaderName) -> Iterator[tuple[Definition, Candidate]]:
    seeker = _Seeker()
    facts = readers.read(name, content, path, seeker)
    if facts.problem is not None and not facts.definitions:
        yield from _from_text(path, content, None)
        return
    for definition in facts.definitions:
        candidate = seeker.seen.get(definition.secret.reveal())
        if candidate is not None:
            yield definition, candidate


def _from_python(path: str, content: str) -> Iterator[tuple[Definition, Candidate]]:
    from keylint.generic import python

    def wanted(name: str) -> bool:
        return strength(name) is not Strength.NONE

    yield from _defined(path, content, python.candidates(content, wanted), Channel.PYTHON)
    for start, _end, value in python.literals(content):
        if _EMBEDS.search(value) is not None:
            inner = (c for c in text.candidates(value))
            shifted = (replace(c, start=start + c.start, end=start + c.end) for c in inner)
            yield from _defined(path, content, shifted, Channel.PYTHON, Within.TEXT)


def _from_text(path: str, content: str, name: str | None) -> Iterator[tuple[Definition, Candidate]]:
    found = text.candidates(content, bare=name != "source")
    yield from _defined(path, content, found, Channel.SOURCE if name == "source" else Channel.TEXT)


def _defined(
    path: str, content: str, found: Iterable[Candidate], channel: Channel, within: Within = Within.WHOLE
) -> Iterator[tuple[Definition, Candidate]]:
    lines = Lines(content)
    environment = environment_of(path)
    for candidate in found:
        place = lines.place(path, candidate.start, candidate.end)
        contiguous = content[candidate.start : candidate.end] == candidate.value
        where = within if candidate.form is Form.BOUND else _WITHIN.get(candidate.form, within)
        secret = Secret(candidate.value)
        yield (
            Definition(place, secret, channel, candidate.name, environment, where, contiguous=contiguous),
            candidate,
        )


_WITHIN = {Form.HEADER: Within.HEADER, Form.BASIC: Within.HEADER, Form.URL: Within.URL, Form.COMMAND: Within.COMMAND}


def _distinct(found: Iterable[tuple[Definition, Candidate]]) -> Iterator[tuple[Definition, Candidate]]:
    """Yield each place once, in the order of the file; of two that overlap the first."""
    last = (0, 0, 0)
    for definition, candidate in sorted(found, key=lambda pair: (pair[0].place, -pair[0].place.end_column)):
        place = definition.place
        start = (place.cell or 0, place.line, place.column)
        if start >= last:
            last = (place.cell or 0, place.end_line, place.end_column)
            yield definition, candidate


def _is_comment(content: str, start: int) -> bool:
    return _COMMENT.match(content, content.rfind("\n", 0, start) + 1, start) is not None
