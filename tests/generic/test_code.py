"""What source files of other languages bind to names of credentials."""

import re
import sys
from pathlib import Path

import pytest

from keylint.generic.code import candidates

sys.path.insert(0, str(Path(__file__).parent))
from shapes import FIRST, SECOND, SOURCE_FOUND, VALUE, spelled

_CREDENTIAL = re.compile(
    r"(?:\w+[.-])*\w*?(?:password|passwd|api[_-]?key|access_?token|secret|secret_?key|token)s?", re.IGNORECASE
)


def wanted(name: str) -> bool:
    """A stand-in for the judge of names."""
    return _CREDENTIAL.fullmatch(name.replace("_stripe", "")) is not None


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param(path, source, id=f"{path} {name}")
        for path, shapes in SOURCE_FOUND.items()
        for name, source in shapes.items()
    ],
)
def test_all_forms_are_found(path: str, source: str) -> None:
    source = spelled(source)
    [candidate] = candidates(source, path, wanted)
    assert candidate.value == VALUE
    spelling = source[candidate.start : candidate.end]
    assert spelling == VALUE or (spelling.startswith(FIRST) and spelling.endswith(SECOND))
