"""Interests that want everything, and marked texts: `«value»` says what a reader has to find, and where."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from keylint.model import Definition, FileFacts, Place, Within
from keylint.readers import ReaderName, read
from keylint.readers.interface import Found, NoCalls

_LINE_END = re.compile(r"\r\n?|\n")


class Everything(NoCalls):
    """Wants every value that has a name; with `free`, also text without one."""

    def __init__(self, free: bool = False) -> None:
        self.free = free

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        return (Found(0, len(text), Within.WHOLE),) if name is not None or self.free else ()


class Words(Everything):
    """Wants the words KEY… wherever they stand."""

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        return [Found(*match.span(), Within.TEXT) for match in re.finditer(r"KEY\w*", text)]


def starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def slice_at(text: str, place: Place, lines: Sequence[int] = ()) -> str:
    lines = lines or starts(text)
    return text[lines[place.line - 1] + place.column - 1 : lines[place.end_line - 1] + place.end_column - 1]


@dataclass(frozen=True)
class Marked:
    text: str
    places: list[tuple[int, int, int, int]]
    values: list[str]


def marked(text: str) -> Marked:
    """Take the marks out, and say where they stood."""
    plain = ""
    spans: list[tuple[int, int]] = []
    for part in re.split(r"(«[^»]*»)", text):
        if part.startswith("«"):
            spans.append((len(plain), len(plain) + len(part) - 2))
            part = part[1:-1]
        plain += part
    lines = starts(plain)

    def position(offset: int) -> tuple[int, int]:
        line = max(i for i, start in enumerate(lines) if start <= offset)
        return line + 1, offset - lines[line] + 1

    return Marked(plain, [(*position(a), *position(b)) for a, b in spans], [plain[a:b] for a, b in spans])


def coordinates(place: Place) -> tuple[int, int, int, int]:
    return place.line, place.column, place.end_line, place.end_column


Check = Callable[..., FileFacts]


@pytest.fixture(scope="session")
def everything() -> Everything:
    return Everything()


@pytest.fixture(scope="session")
def anything() -> Everything:
    return Everything(free=True)


@pytest.fixture(scope="session")
def words() -> Words:
    return Words()


@pytest.fixture(scope="session")
def at() -> Callable[[str, Place], str]:
    return slice_at


@pytest.fixture(scope="session")
def check() -> Check:
    """Read a marked text and compare places, and values where they are not the marked characters themselves."""

    def check(
        reader: ReaderName,
        path: str,
        text: str,
        values: Sequence[str] | None = None,
        names: Sequence[str | None] | None = None,
        interest: Everything | None = None,
    ) -> FileFacts:
        want = marked(text)
        facts = read(reader, want.text, path, interest or Everything())
        definitions = sorted(facts.definitions, key=lambda definition: definition.place)
        assert [coordinates(d.place) for d in definitions] == want.places
        assert [d.secret.reveal() for d in definitions] == (want.values if values is None else list(values))
        assert [d.contiguous for d in definitions] == [
            raw == d.secret.reveal() for raw, d in zip(want.values, definitions, strict=True)
        ]
        if names is not None:
            assert [d.name for d in definitions] == list(names)
        return facts

    return check


@pytest.fixture(scope="session")
def honest() -> Callable[[str, Sequence[Definition]], None]:
    """Assert what holds for every definition of every file: the place is in the file, and says what it claims."""

    def honest(text: str, definitions: Sequence[Definition]) -> None:
        lines = starts(text)
        for definition in definitions:
            place = definition.place
            assert (1, 1) <= (place.line, place.column) <= (place.end_line, place.end_column)
            assert place.end_line <= len(lines)
            assert (slice_at(text, place, lines) == definition.secret.reveal()) == definition.contiguous

    return honest
