"""Where something stands in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEST_CODE = re.compile(
    r"(?:^|/)(?:(?:tests?|testing|testdata|test[-_]data|__tests__|__mocks__|__fixtures__|cypress|e2e|cassettes|molecule)/"
    r"|conftest\.py$|test_[^/]*\.py$|[^/]*_tests?\.(?:py|go|rb)$|[^/]*_spec\.rb$|[^/]*\.(?:test|spec)\.[cm]?[jt]sx?$"
    r"|(?:jest|vitest|playwright|cypress)[^/]*\.[cm]?[jt]s$|setup[._-]?tests?\.[cm]?[jt]sx?$"
    r"|(?-i:[^/]*[a-z0-9]Tests?\.(?:java|kt|php)$)|[^/]*\.bats$)",
    re.IGNORECASE,
)
_SAMPLE_CODE = re.compile(r"(?:^|/)(?:docs?|examples?|samples?|tutorials?|snippets|cookbooks?)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span of characters: lines and columns are 1-based, the end column is exclusive.

    `path` is POSIX and relative to the scan root; in notebooks `line` and `column` count within `cell` (1-based).
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of a trace: a place and a few words on what happens there."""

    place: Place
    note: str


def is_test_code(path: str) -> bool:
    """Say whether a file is part of a test suite: keys there are mostly made up, and calls answered by a double."""
    return _TEST_CODE.search(path) is not None


def is_sample_code(path: str) -> bool:
    """Say whether a file shows how something is used: the reader is to put in a key."""
    return _SAMPLE_CODE.search(path) is not None
