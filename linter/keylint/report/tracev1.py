"""JSON of what stands on one line, version 1; its parts are those of `keylint/v1`."""

from __future__ import annotations

from typing import Any

from keylint.model import Definition, Key, Place, Report, Shadow
from keylint.report import jsonv1
from keylint.report.line import Near, OnLine, Spot, Way, hidden_by
from keylint.report.safe import MESSAGE_LIMIT, clean, dump

SCHEMA = "keylint-trace/v1"


def render(report: Report, spot: Spot, found: OnLine, *, unicode: bool = True) -> str:
    """Return everything on the line as one JSON object."""
    document = {
        **jsonv1.head(report, SCHEMA),
        "path": spot.path,
        "line": spot.line,
        "cell": spot.cell,
        "traces": [_trace(report, way) for way in found.ways],
        "unused": [_definition(report, definition, key) for definition, key in found.idle],
        "near": [_near(near) for near in found.near],
    }
    return dump(document, unicode=unicode)


def _trace(report: Report, way: Way) -> dict[str, Any]:
    trace = way.trace
    outcome = trace.outcome
    return {
        "use": jsonv1.use_row(trace),
        "cause": outcome.cause,
        "reason": clean(outcome.reason, MESSAGE_LIMIT),
        "fails_on": jsonv1.maybe_moment(outcome.on),
        "definition": _definition(report, trace.definition, way.key) if trace.definition is not None else None,
        "steps": [jsonv1.step_row(step) for step in trace.steps],
        "variable": jsonv1.maybe_text(trace.variable),
        "nearest": jsonv1.maybe_text(trace.nearest),
        "next": list(way.next),
    }


def _definition(report: Report, definition: Definition, key: Key | None) -> dict[str, Any]:
    shadow = report.shadows.get(definition.place)
    return {
        **jsonv1.definition_row(definition),
        "key": jsonv1.identity(key) if key is not None else None,
        "status": jsonv1.status_row(key.verdict) if key is not None else None,
        "loader": jsonv1.maybe_text(definition.loader),
        "loses_to": _shadow(shadow.place, shadow) if shadow is not None else None,
        "wins_over": [_shadow(place, each) for place, each in hidden_by(report, definition)],
    }


def _shadow(place: Place, shadow: Shadow) -> dict[str, Any]:
    return {**jsonv1.at(place), "why": clean(shadow.why, MESSAGE_LIMIT)}


def _near(near: Near) -> dict[str, Any]:
    return {**jsonv1.at(near.place), "what": clean(near.what, MESSAGE_LIMIT)}
