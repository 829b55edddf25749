"""SARIF 2.1.0, for code scanning and for editors.

No snippet (it would hold the line), no suppressions (they would come back as alerts), and fingerprints without line,
secret or pepper.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from keylint.model import Finding, Fix, Place, Report, RuleInfo, Skipped
from keylint.model.finding import INCOMPLETE_REASONS
from keylint.report import words
from keylint.report.safe import MESSAGE_LIMIT, clean, dump

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_RELATED = 20
"""A key in a thousand places has a thousand findings: all places in each of them would be a million."""
_LEAKS = "KL1"
_BASE = "SRCROOT"
_FINGERPRINT = "keylintFingerprint/v1"


def render(report: Report, *, unicode: bool = True) -> str:
    """Return the report as a SARIF log with one run."""
    return dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report)]}, unicode=unicode)


def _run(report: Report) -> dict[str, Any]:
    rules = _rules(report)
    index = {rule.code: number for number, rule in enumerate(rules)}
    ordinals: Counter[tuple[str, str, str]] = Counter()
    results = []
    for finding in report.findings:
        subject = (finding.code, finding.place.path, finding.subject)
        results.append(_result(finding, index[finding.code], _fingerprint(subject, ordinals[subject])))
        ordinals[subject] += 1
    return {
        "tool": {"driver": {"name": "keylint", "version": report.version, "rules": [_rule(rule) for rule in rules]}},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {_BASE: _base(report.root)},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "asOf": words.iso(report.as_of),
            "files": report.files,
            "bytes": report.bytes,
            "complete": report.complete,
            "suppressed": words.suppressed(report),
        },
    }


def _rules(report: Report) -> list[RuleInfo]:
    """Return the rules of the run by code, and a stand-in for any that only a finding names."""
    rules = {f.code: RuleInfo(f.code, f.rule, f.rule, f.help, f.severity, f.url) for f in report.findings}
    rules |= {rule.code: rule for rule in report.rules}
    return [rules[code] for code in sorted(rules)]


def _rule(rule: RuleInfo) -> dict[str, Any]:
    summary = _text(rule.summary)
    help_ = rule.help.strip() or summary
    descriptor: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": _first_paragraph(help_)},
        "help": {"text": help_, "markdown": help_},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["api-key", "security"] if rule.code.startswith(_LEAKS) else ["api-key"]},
    }
    if rule.url.startswith(("https://", "http://")):
        descriptor["helpUri"] = rule.url
        descriptor["help"]["markdown"] = f"{help_}\n\n[{rule.code} in the documentation]({rule.url})"
    return descriptor


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": _text(words.said(finding))},
        "locations": [_location(finding.place)],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
        "properties": _properties(finding),
    }
    others = _other_definitions(finding)
    if others:
        result["relatedLocations"] = others
    if finding.trace:
        stops = [{"location": _location(step.place, step.note)} for step in finding.trace]
        result["codeFlows"] = [{"threadFlows": [{"locations": stops}]}]
    if finding.fix is not None and finding.fix.edits and all(edit.place.cell is None for edit in finding.fix.edits):
        result["fixes"] = [_fix(finding.fix)]
    return result


def _text(text: str) -> str:
    """Return text in which nothing is read as a link: `[text](target)` is one in SARIF."""
    return clean(text, 2 * MESSAGE_LIMIT).replace("](", "] (")


def _fingerprint(subject: tuple[str, str, str], ordinal: int) -> str:
    """Return what stays the same when lines move: rule, path, what the finding stands on, and which of them it is."""
    return hashlib.sha256(json.dumps([*subject, ordinal]).encode()).hexdigest()


def _location(place: Place, note: str = "") -> dict[str, Any]:
    """Return a location. Lines of a notebook's cell are not lines of its file: there the cell is the location."""
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if place.cell is None:
        physical["region"] = _region(place)
    else:
        location["logicalLocations"] = [{"name": f"cell {place.cell}"}]
        note = f"{note} (cell {place.cell}, line {place.line})".strip()
    if note:
        location["message"] = {"text": _text(note)}
    return location


def _artifact(path: str) -> dict[str, Any]:
    return {"uri": _percent_encoded(path), "uriBaseId": _BASE}


def _percent_encoded(path: str) -> str:
    try:
        return quote(path, safe="/", errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(path, safe="/", errors="replace")


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _properties(finding: Finding) -> dict[str, Any]:
    key = finding.key
    properties: dict[str, Any] = {
        "confidence": finding.confidence.value,
        "outcome": finding.outcome.kind.value if finding.outcome is not None else None,
        "environments": [clean(name) for name in finding.environments] or None,
    }
    if key is not None:
        verdict = key.verdict
        properties |= {
            "provider": key.provider.id if key.provider is not None else None,
            "kind": key.kind.id if key.kind is not None else None,
            "masked": clean(key.masked),
            "keyStatus": verdict.live.value,
            "statusReason": verdict.reason.value if verdict.reason is not None else None,
            "statusSource": clean(verdict.source) if verdict.source is not None else None,
            "checkedAt": words.iso(verdict.observed_at) if verdict.observed_at is not None else None,
        }
    return {name: value for name, value in properties.items() if value is not None}


def _other_definitions(finding: Finding) -> list[dict[str, Any]]:
    if finding.key is None:
        return []
    others = [d for d in finding.key.definitions if d.place != finding.place][:_MOST_RELATED]
    return [_location(d.place, f"also defined here: {d.name}" if d.name else "also defined here") for d in others]


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.text}}
        changes.setdefault(edit.place.path, []).append(replacement)
    return {
        "description": {"text": _text(fix.description) + ("" if fix.safe else " (can change behaviour)")},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": replacements}
            for path, replacements in changes.items()
        ],
    }


def _invocation(report: Report) -> dict[str, Any]:
    return {
        "executionSuccessful": not any(skipped.fatal for skipped in report.skipped),
        "toolExecutionNotifications": [_notification(skipped) for skipped in report.skipped],
    }


def _notification(skipped: Skipped) -> dict[str, Any]:
    lacking = skipped.partial or skipped.reason in INCOMPLETE_REASONS
    level = "error" if skipped.fatal else "warning" if lacking else "note"
    how = "read in part" if skipped.partial else "not checked"
    return {
        "level": level,
        "message": {"text": _text(f"{how}: {skipped.reason}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(skipped.path)}}],
    }


def _base(root: str) -> dict[str, Any]:
    path = PurePath(root)
    description = {"description": {"text": "The root of the checked project."}}
    return {"uri": path.as_uri().rstrip("/") + "/", **description} if path.is_absolute() else description
