"""JSON, version 1: a contract of its own, written field by field and not dumped from the model.

Additions are free; a change of what is here is a new version. Text is cleaned; paths are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

from keylint.model import Asked, Definition, Finding, Key, Place, Report, Step, Trace, Verdict
from keylint.report.safe import MESSAGE_LIMIT, clean, dump
from keylint.report.words import WORST_FIRST, iso, suppressed

SCHEMA = "keylint/v1"
_REFUTING = ("KL2", "KL3")


def render(report: Report, *, unicode: bool = True) -> str:
    """Return the report as one JSON object."""
    return dump(document(report), unicode=unicode)


def render_keys(report: Report, *, unicode: bool = True) -> str:
    """Return the report without its findings: nothing in it says whether there are any."""
    told = document(report)
    del told["findings"]
    return dump(told, unicode=unicode)


def document(report: Report) -> dict[str, Any]:
    """Return the object that is written: dictionaries, lists, strings, numbers, booleans and `None`."""
    told = _told(report.findings)
    return {
        **head(report, SCHEMA),
        "findings": [_finding(finding) for finding in sorted(report.findings, key=_order)],
        "keys": [_key(key, told) for key in report.keys],
        "uses": _uses(report.keyless),
    }


def head(report: Report, schema: str) -> dict[str, Any]:
    """Return what every document begins with: its schema, who wrote it, and what was looked at."""
    return {"schema": schema, "tool": {"name": "keylint", "version": report.version}, "scan": _scan(report)}


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    place = finding.place
    return place.path, place.cell or 0, place.line, place.column, finding.code


def _scan(report: Report) -> dict[str, Any]:
    return {
        "root": report.root,
        "as_of": iso(report.as_of),
        "files": report.files,
        "bytes": report.bytes,
        "skipped": [{"path": s.path, "reason": clean(s.reason, MESSAGE_LIMIT)} for s in report.skipped],
        "complete": report.complete,
        "duration_s": round(report.duration_s, 3),
        "suppressed": suppressed(report),
        "sources": [asked_row(asked) for asked in report.asked],
    }


def asked_row(asked: Asked) -> dict[str, Any]:
    """Return what became of asking one source."""
    return {
        "source": clean(asked.source),
        "keys": asked.keys,
        "known": asked.said,
        "cached": asked.cached,
        "error": clean(asked.error, MESSAGE_LIMIT) if asked.error is not None else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    place, outcome, key = finding.place, finding.outcome, finding.key
    return {
        "code": finding.code,
        "rule": finding.rule,
        "message": clean(finding.message, MESSAGE_LIMIT),
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "cell": place.cell,
        "key": identity(key) if key is not None else None,
        "outcome": outcome.kind.value if outcome is not None else None,
        "environments": [clean(name) for name in finding.environments],
        "cause": outcome.cause if outcome is not None else None,
        "status": status_row(key.verdict) if key is not None else None,
        "excerpt": clean(finding.excerpt, MESSAGE_LIMIT),
        "trace": [step_row(step) for step in finding.trace],
        "fix": _fix(finding),
        "help": clean(finding.help, MESSAGE_LIMIT),
        "url": finding.url,
    }


def identity(key: Key) -> dict[str, Any]:
    """Return which key it is, and no more of it than its mask."""
    return {
        "fingerprint": key.fingerprint,
        "provider": key.provider.id if key.provider is not None else None,
        "kind": key.kind.id if key.kind is not None else None,
        "other_kinds": [kind.id for kind in key.others],
        "masked": clean(key.masked),
    }


def status_row(verdict: Verdict) -> dict[str, Any]:
    """Return what is known of a key."""
    return {
        "verdict": verdict.live.value,
        "reason": verdict.reason.value if verdict.reason is not None else None,
        "source": maybe_text(verdict.source),
        "observed_at": maybe_moment(verdict.observed_at),
        "expires_at": maybe_moment(verdict.expires_at),
        "replaced_by": maybe_text(verdict.replaced_by),
    }


def maybe_text(text: str | None) -> str | None:
    """Return a text that can be shown, or `None`."""
    return clean(text) if text is not None else None


def maybe_moment(moment: datetime | None) -> str | None:
    """Return a moment in ISO 8601, or `None`."""
    return iso(moment) if moment is not None else None


def at(place: Place) -> dict[str, Any]:
    """Return where something stands."""
    return {"path": place.path, "line": place.line, "column": place.column, "cell": place.cell}


def step_row(step: Step) -> dict[str, Any]:
    """Return one step of a trace."""
    return {
        **at(step.place),
        "note": clean(step.note, MESSAGE_LIMIT),
    }


def _fix(finding: Finding) -> dict[str, Any] | None:
    if finding.fix is None:
        return None
    return {"safe": finding.fix.safe, "description": clean(finding.fix.description, MESSAGE_LIMIT)}


def _told(findings: Iterable[Finding]) -> dict[tuple[str, Place], set[str]]:
    """Return the codes of the malformed and stale rules, by key and place."""
    told: dict[tuple[str, Place], set[str]] = {}
    for finding in findings:
        if finding.key is not None and finding.code.startswith(_REFUTING):
            told.setdefault((finding.key.fingerprint, finding.place), set()).add(finding.code)
    return told


def _key(key: Key, told: Mapping[tuple[str, Place], set[str]]) -> dict[str, Any]:
    return {
        **identity(key),
        "status": status_row(key.verdict),
        "definitions": [definition_row(d, told.get((key.fingerprint, d.place), set())) for d in key.definitions],
        "uses": _uses(key.traces),
    }


def definition_row(definition: Definition, told: Set[str] = frozenset()) -> dict[str, Any]:
    """Return where a key is defined; `told`: what rules said of it there."""
    return {
        **at(definition.place),
        "name": maybe_text(definition.name),
        "channel": definition.channel.value,
        "environment": maybe_text(definition.environment),
        "defects": sorted(told | {defect.code for defect in definition.judgement.defects}),
    }


def _uses(traces: Iterable[Trace]) -> list[dict[str, Any]]:
    """Return one row per place and environment, the worst outcome where several traces share both."""
    rows: dict[tuple[Place, str, str], Trace] = {}
    for trace in sorted(traces, key=lambda t: WORST_FIRST.index(t.outcome.kind)):
        rows.setdefault((trace.use.place, trace.environment or "", trace.use.sink), trace)
    return [use_row(rows[row]) for row in sorted(rows, key=_use_order)]


def _use_order(row: tuple[Place, str, str]) -> tuple[str, int, int, int, str, str]:
    place, environment, sink = row
    return place.path, place.cell or 0, place.line, place.column, environment, sink


def use_row(trace: Trace) -> dict[str, Any]:
    """Return where a key is used in one environment, and what becomes of it."""
    use = trace.use
    return {
        **at(use.place),
        "end_line": use.place.end_line,
        "sink": clean(use.sink),
        "provider": use.provider,
        "environment": maybe_text(trace.environment),
        "outcome": trace.outcome.kind.value,
    }
