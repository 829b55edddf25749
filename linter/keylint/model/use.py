"""A place that consumes a key, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from keylint.model.definition import Definition
from keylint.model.place import Place, Step

if TYPE_CHECKING:
    from keylint.model.flow import Value


@dataclass(frozen=True, slots=True)
class Use:
    """One consuming expression: an SDK constructor, a module attribute, an HTTP header."""

    place: Place
    sink: str
    """What is shown: `openai.OpenAI(api_key=…)`, `header Authorization`."""
    call: str
    """The sink's dotted name in the catalogue; empty for HTTP headers."""
    provider: str | None
    value: Value
    keyword: str | None = None
    elsewhere: bool = False
    """True when the call names another host (`base_url=`): another provider's key may be right here."""
    host: str | None = None
    """The host that the call names; empty where it names one that is not written down."""
    host_variable: str | None = None
    """The variable, or the last part of the name, that an unknown host is taken from: `SUPABASE_URL`."""
    scheme: str | None = None
    """The authorization scheme written before the key (`Bearer`), for HTTP headers."""
    header: str | None = None
    """The HTTP header that carries the key."""
    guards: frozenset[str] = frozenset()
    """Variables without which the program does not come here: `if os.getenv("X"):`."""
    at_import: bool = False
    """It runs when the module is imported, and not in a function."""
    url: Value | None = None
    """Where a request is sent to, where the file alone does not say."""
    reported: bool = True


class OutcomeKind(StrEnum):
    """What will happen at a use."""

    FAILS = "fails"
    WORKS = "works"
    WILL_FAIL = "will-fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What will happen, why, and from when. `cause` is the code of the root cause (`KL202`), `None` when it works."""

    kind: OutcomeKind
    cause: str | None = None
    reason: str = ""
    on: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shadow:
    """The place of a value that a program gets instead of another one, and why that one wins."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Definition -> steps -> use, in one environment (`None`: the environments do not differ).

    `definition` is `None` where nothing reaches the use: a missing variable, an empty argument, an opaque value.
    """

    use: Use
    definition: Definition | None
    steps: tuple[Step, ...]
    environment: str | None
    outcome: Outcome
    variable: str | None = None
    """The environment variable that was read on the way, if one was."""
    nearest: str | None = None
    """For a missing variable: the defined name that looks most like it."""
