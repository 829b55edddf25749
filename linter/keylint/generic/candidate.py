"""What may be a secret of no known kind: a value, and what it is bound to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Form(StrEnum):
    """How a value is bound to the name that makes it a candidate."""

    BOUND = "bound"
    """Assigned, passed by keyword, paired in a mapping, compared with, given as a default."""
    DEFAULT = "default"
    """Taken where nothing sets a variable: `${PASSWORD:-…}`."""
    HEADER = "header"
    """Behind a scheme: `Authorization: Bearer …`."""
    BASIC = "basic"
    """`user:password`, in base64 behind `Basic` or plain behind `curl -u`."""
    URL = "url"
    """The password of `scheme://user:password@host`."""
    COMMAND = "command"
    """An argument of a command or a statement: `--password …`, `IDENTIFIED BY '…'`."""


class Where(Enum):
    """What a candidate stands in: the less real it is there, the more it has to look like a secret."""

    CONFIGURATION = 0
    CODE = 1
    """Words there are mostly codes and names: `errors["password"] = "invalid_auth"`."""
    PROSE = 2
    """Documentation, samples and comments."""
    EXAMPLE = 3
    """What the documentation of a program shows in the program itself."""
    TEST = 4
    """Code of a test suite, where most passwords are words."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value at the characters `start` to `end` (exclusive) of a file's text."""

    start: int
    end: int
    value: str
    """As the program gets it: escapes resolved, quotes and a scheme (`Bearer`) left out."""
    name: str
    """What it is bound to: a variable, a keyword, a config path, a header."""
    form: Form = Form.BOUND
    quoted: bool = True
    """It stands in quotes. What does not may be an expression."""
    shown: bool = False
    """It stands further down in a literal of several lines: a docstring, the example of a module."""
