"""One complete report: a reporter needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keylint.model.key import Key
from keylint.model.place import Place, Step
from keylint.model.provider import Confidence
from keylint.model.status import Asked
from keylint.model.use import Outcome, Shadow, Trace


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of `place` by `text`. `text` never holds a key."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair. Safe ones cannot change what the program means except to make the key right."""

    safe: bool
    description: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's report at one place. `excerpt` holds no raw source: the binding's name and the masked value."""

    code: str
    rule: str
    message: str
    severity: Severity
    place: Place
    confidence: Confidence = Confidence.HIGH
    key: Key | None = None
    outcome: Outcome | None = None
    environments: tuple[str, ...] = ()
    excerpt: str = ""
    excerpt_span: tuple[int, int] | None = None
    """Characters of `excerpt` to underline."""
    trace: tuple[Step, ...] = ()
    fix: Fix | None = None
    help: str = ""
    """The next step, in one sentence."""
    url: str = ""
    subject: str = ""
    """What the finding stands on (definition name, config path, or sink and variable), for stable fingerprints."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not, or not wholly, looked at, and why."""

    path: str
    reason: str
    partial: bool = False
    """True: read, but not as well as it should have been (did not parse)."""
    fatal: bool = False
    """True: the user named this file, and it cannot be read."""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """What a report needs to know about a rule."""

    code: str
    name: str
    summary: str
    help: str
    severity: Severity
    url: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run has to say. Findings are sorted by path, line, column, code."""

    version: str
    root: str
    as_of: datetime
    files: int
    bytes: int
    duration_s: float
    findings: tuple[Finding, ...] = ()
    keys: tuple[Key, ...] = ()
    keyless: tuple[Trace, ...] = ()
    """Traces of uses that no key reaches."""
    shadows: Mapping[Place, Shadow] = field(default_factory=dict)
    """Of values that never arrive, by their place: the value that wins, and why."""
    skipped: tuple[Skipped, ...] = ()
    asked: tuple[Asked, ...] = ()
    """The status sources that were asked, and how each did."""
    suppressed_inline: int = 0
    suppressed_baseline: int = 0
    suppressed_detect_secrets: int = 0
    """By the `.secrets.baseline` of detect-secrets."""
    rules: tuple[RuleInfo, ...] = ()
    notes: tuple[str, ...] = ()
    """Said once, on the error stream: a pepper was created, no status source was asked."""

    @property
    def complete(self) -> bool:
        """True when no file was skipped for a reason that the user did not ask for."""
        return not any(s.partial or s.reason in INCOMPLETE_REASONS for s in self.skipped)


INCOMPLETE_REASONS = frozenset({"unreadable", "too large", "too many hits"})
