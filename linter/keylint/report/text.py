"""Text for people: one block per key, with one root cause and the rest in its lines.

error KL302  the key was revoked on 2026-11-01
  ╭─ app/settings.py:3:19
  │  OPENAI_API_KEY = "sk-proj-…x9Qd"
  │                    ^^^^^^^^^^^^^
  ╰→ app/main.py:30:14  openai.OpenAI(api_key=…)
     fails in production (401 invalid_api_key), works in staging
  key      sk-proj-…x9Qd, OpenAI project key, kl:3fa9c1
  status   revoked, says inventory keys.yaml, checked 2 days ago
  next     Make a new key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from keylint.model import Confidence, Finding, Key, Place, Report, Severity, Step, Trace
from keylint.report import words
from keylint.report.frame import STANDING_STYLES, ending, field, frame, incomplete, tag
from keylint.report.terminal import Cell, Paper

_ORDER = tuple(Severity)
_FAMILIES = "2341"
"""Malformed, stale, runtime, hardcoded: which family rather names the root cause."""
_REFUTED = ("KL2", "KL3")


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one key, or one finding without a key."""

    root: Finding
    rest: tuple[Finding, ...]

    @property
    def key(self) -> Key | None:
        """The key that all of them are about."""
        return self.root.key


def render(report: Report, *, color: bool = False, unicode: bool = True, width: int = 100) -> str:
    """Return the findings in blocks, what they add up to, and the receipt."""
    paper = Paper(color=color, unicode=unicode, width=width)
    calls = _calls(report)
    blocks = [_Block(paper, report, calls, group).lines() for group in group_by_key(report.findings)]
    blocks.append(incomplete(paper, report))
    blocks.append(_ending(paper, report))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


@dataclass(frozen=True, slots=True)
class _Call:
    """A use: its sink, and what becomes of it in each environment."""

    sink: str
    outcome: str


def _calls(report: Report) -> dict[Place, _Call]:
    """Return every use by its place; keys share uses, so this is worked out once."""
    uses: dict[Place, list[Trace]] = {}
    for trace in words.all_traces(report):
        uses.setdefault(trace.use.place, []).append(trace)
    return {place: _Call(traces[0].use.sink, words.outcomes(traces)) for place, traces in uses.items()}


def group_by_key(findings: Sequence[Finding]) -> list[Group]:
    """Return the findings key by key, in the order of the root causes' places."""
    members: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        members.setdefault(finding.key.fingerprint if finding.key is not None else number, []).append(finding)
    groups = []
    for group in members.values():
        root = _root(group)
        groups.append(Group(root, tuple(f for f in group if f is not root)))
    position = {id(finding): number for number, finding in enumerate(findings)}
    return sorted(groups, key=lambda group: position[id(group.root)])


def _root(findings: Sequence[Finding]) -> Finding:
    causes = {finding.outcome.cause for finding in findings if finding.outcome is not None and _follows(finding)}
    if any(finding.code in causes for finding in findings):
        findings = [finding for finding in findings if not _follows(finding)]

    def order(finding: Finding) -> tuple[int, bool, int]:
        family = _FAMILIES.find(finding.code[2:3]) % (len(_FAMILIES) + 1)
        return _ORDER.index(finding.severity), finding.code not in causes, family

    return min(findings, key=order)


def _follows(finding: Finding) -> bool:
    """Say whether a finding only tells what another one leads to."""
    return finding.outcome is not None and finding.outcome.cause not in (None, finding.code)


class _Block:
    """One group on paper."""

    def __init__(self, paper: Paper, report: Report, calls: dict[Place, _Call], group: Group) -> None:
        self._paper = paper
        self._report = report
        self._calls = calls
        self._group = group
        self._trace = self._choose_trace()
        self._end = self._trace[-1].place if self._trace else group.root.place
        places = {t.use.place for t in group.key.traces} if group.key is not None else set()
        self._others = sorted(places & self._calls.keys() - {self._end}, key=words.by_place)
        self._folded = {f.place: f for f in group.rest if _follows(f) and f.place in {*self._others, self._end}}

    def lines(self) -> list[str]:
        root, paper = self._group.root, self._paper
        head = f"{root.severity.value} {root.code}"
        unsure = "" if root.confidence is Confidence.HIGH else f" ({root.confidence.value} confidence)"
        first, *more = paper.wrap(root.message + unsure, len(head) + 2) or [""]
        shown = f"{paper.paint(root.severity.value, root.severity.value)} {paper.paint(root.code, 'bold')}"
        lines = [f"{shown}  {paper.paint(first, 'bold')}".rstrip()]
        lines += [" " * (len(head) + 2) + paper.paint(line, "bold") for line in more]
        lines += self._frame()
        for label, rows in self._fields():
            lines += field(paper, label, rows)
        return lines

    def _choose_trace(self) -> tuple[Step, ...]:
        """Return the trace to draw: the first one that goes by the root cause's place."""
        root = self._group.root
        for finding in (root, *self._group.rest):
            if any(_same_line(step.place, root.place) for step in finding.trace):
                return finding.trace
        return ()

    def _frame(self) -> list[str]:
        root = self._group.root
        steps = self._trace or (Step(root.place, ""),)
        near = [i for i, step in enumerate(steps) if _same_line(step.place, root.place)]
        rooted = next((i for i in near if steps[i].place == root.place), near[0])
        lines = frame(self._paper, steps, to_use=self._end in self._calls, at=rooted, below=self._excerpt())
        return lines + self._what_happens()

    def _excerpt(self) -> list[str]:
        root = self._group.root
        if not root.excerpt:
            return []
        return self._paper.underlined(root.excerpt, root.excerpt_span, 5, root.severity.value)

    def _what_happens(self) -> list[str]:
        """Return what becomes of the call at the end of the frame."""
        finding, call = self._folded.get(self._end), self._calls.get(self._end)
        phrase = call.outcome if call is not None else _own_outcome(finding or self._group.root)
        return ending(self._paper, finding, phrase)

    def _fields(self) -> Iterable[tuple[str, list[Sequence[Cell]]]]:
        key = self._group.key
        if key is not None:
            yield "key", [((words.identity(key), ""),)]
            style = STANDING_STYLES[words.standing(key)]
            yield "status", [((words.status(key, self._report.as_of), style),)]
        yield "calls", [self._call(place) for place in self._others]
        yield "also", [self._finding(f) for f in self._group.rest if self._folded.get(f.place) is not f]
        yield "next", [((step, ""),) for step in self._next()]
        yield self._definitions()
        yield "fix", [((fix, ""),) for fix in self._fixes()]

    def _call(self, place: Place) -> Sequence[Cell]:
        finding, call = self._folded.get(place), self._calls[place]
        return (words.place(place), "cyan"), tag(finding), (f"{call.sink}: {call.outcome}", "")

    def _finding(self, finding: Finding) -> Sequence[Cell]:
        return (words.place(finding.place), "cyan"), tag(finding), (finding.message, "")

    def _next(self) -> Iterable[str]:
        root, key = self._group.root, self._group.key
        if root.help:
            yield words.sentence(root.help)
        if key is None or key.provider is None or words.standing(key) not in ("dead", "malformed"):
            return
        if key.provider.dashboard and key.provider.dashboard not in root.help:
            yield f"{key.provider.name} keys: {key.provider.dashboard}"

    def _definitions(self) -> tuple[str, list[Sequence[Cell]]]:
        """Return where the key is defined, unless the frame or the next step tells all of it already."""
        root, key = self._group.root, self._group.key
        drawn = {root.place, *(step.place for step in self._trace)}
        if key is None or all(d.place in drawn or _told(d.place, root.help) for d in key.definitions):
            return "defined", []
        label = "update" if root.code.startswith(_REFUTED) else "defined"
        return label, [((words.place(d.place), "cyan"), (d.name or "", "")) for d in key.definitions]

    def _fixes(self) -> Iterable[str]:
        fixes = (f.fix for f in (self._group.root, *self._group.rest) if f.fix is not None)
        return dict.fromkeys(
            f"{fix.description}: fixable with {'--fix' if fix.safe else '--fix --unsafe-fixes'}" for fix in fixes
        )


def _own_outcome(finding: Finding) -> str:
    return words.outcome(finding.outcome, finding.environments) if finding.outcome is not None else ""


def _told(place: Place, help_: str) -> bool:
    return (
        place.cell is None and re.search(rf"(?<![\w./-]){re.escape(place.path)}:{place.line}(?!\d)", help_) is not None
    )


def _same_line(one: Place, other: Place) -> bool:
    return (one.path, one.cell, one.line) == (other.path, other.cell, other.line)


def _ending(paper: Paper, report: Report) -> list[str]:
    if report.findings:
        style = next(severity.value for severity in Severity if any(f.severity is severity for f in report.findings))
        lines = paper.wrap(words.summary(report), 0)
    else:
        style = "green" if report.files and report.complete else "warning"
        lines = paper.wrap(words.all_clear(report), 0)
    asked = words.asked(report)
    return [
        *(paper.paint(line, style) for line in lines),
        *(paper.wrap(asked, 0) if asked else ()),
        *paper.wrap(words.receipt(report), 0),
    ]
