"""How `keylint status` answers.

SOURCE               ANSWERS  KEYS  FRESH       TIME
inventory keys.yaml  yes      3     2 days ago  1 ms   complete for acme in production
Vault localhost      no       -     -           12 ms  localhost: no connection

dead  Stripe secret key, live mode, sk_live_…9f2c, kl:3fa9c1

  status    revoked, says inventory keys.yaml, checked 2 days ago
  evidence  inventory keys.yaml  dead  revoked  2 days ago  revoked on 2026-10-01
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from keylint.model import Live, Observation
from keylint.report import jsonv1, words
from keylint.report.safe import MESSAGE_LIMIT, clean, dump
from keylint.report.terminal import Cell, Paper

if TYPE_CHECKING:
    from keylint.engine.inquiry import Inquiry
    from keylint.status.interface import Scope
    from keylint.status.trying import Trial

_HEADS = ("SOURCE", "ANSWERS", "KEYS", "FRESH", "TIME", "")
_STYLES = {"live": "green", "dead": "error", "malformed": "error", "unknown": "warning"}
_LABEL = 10


def trials(found: Sequence[Trial], now: datetime, *, color: bool, unicode: bool, width: int) -> str:
    """Return how the sources do, as a table."""
    if not found:
        return "No source is configured: docs/status.md says how to.\n"
    paper = Paper(color=color, unicode=unicode, width=width)
    rows: list[Sequence[Cell]] = [[(head, "bold") for head in _HEADS]]
    rows += [_trial(trial, now) for trial in found]
    return "\n".join(line for row in paper.columns(rows, 0) for line in row) + "\n"


def _trial(trial: Trial, now: datetime) -> Sequence[Cell]:
    answers = ("yes", "green") if trial.error is None else ("no", "error")
    info, time = trial.info, f"{trial.seconds * 1000:,.0f} ms"
    if trial.error is not None:
        return (trial.source, ""), answers, ("", ""), ("", ""), (time, ""), (trial.error, "")
    fresh = words.age(info.as_of, now) if info.as_of is not None else "now" if trial.network else "not said"
    entries = f"{info.entries:,}" if info.entries is not None else ""
    covers = f"complete for {words.listed(list(map(_scope, info.complete_for)))}" if info.complete_for else ""
    return (trial.source, ""), answers, (entries, ""), (fresh, ""), (time, ""), (covers, "")


def _scope(scope: Scope) -> str:
    return scope.provider if scope.environment is None else f"{scope.provider} in {scope.environment}"


def trials_json(found: Sequence[Trial], *, unicode: bool) -> str:
    """Return how the sources do, as the object that `docs/status.md` describes."""
    rows = [
        {
            "source": clean(trial.source),
            "tier": trial.tier.name.lower(),
            "network": trial.network,
            "error": clean(trial.error, MESSAGE_LIMIT) if trial.error is not None else None,
            "complete_for": [
                {"provider": clean(s.provider), "env": clean(s.environment) if s.environment is not None else None}
                for s in trial.info.complete_for
            ],
            "entries": trial.info.entries,
            "as_of": words.iso(trial.info.as_of) if trial.info.as_of is not None else None,
            "duration_s": round(trial.seconds, 3),
        }
        for trial in found
    ]
    return dump({"schema": "keylint-status-test/v1", "sources": rows}, unicode=unicode)


def answer(found: Inquiry, *, color: bool, unicode: bool, width: int) -> str:
    """Return what is known of a key, and who said so."""
    paper = Paper(color=color, unicode=unicode, width=width)
    key = found.key
    standing = words.standing(key)
    verdict = "dead" if standing == "malformed" else standing
    lines = [f"{paper.paint(verdict, _STYLES[standing])}  {paper.paint(paper.say(words.identity(key)), 'bold')}", ""]
    lines += _field(paper, "status", [((words.status(key, found.as_of), ""),)])
    lines += _field(paper, "wrong", [((text, ""),) for text in words.damage(key.definitions[0])])
    lines += _field(paper, "evidence", [_evidence(seen, found.as_of) for seen in key.verdict.observations])
    silent = [((f"{asked.source}: {asked.error}", ""),) for asked in found.asked if asked.error is not None]
    return "\n".join([*lines, *_field(paper, "silent", silent)]) + "\n"


def _field(paper: Paper, label: str, rows: Sequence[Sequence[Cell]]) -> list[str]:
    lines = [line for row in paper.columns(rows, 2 + _LABEL) for line in row] if rows else []
    labels = [paper.paint(label.ljust(_LABEL), "dim"), *[" " * _LABEL] * len(lines)]
    return [f"  {start}{line}".rstrip() for start, line in zip(labels, lines, strict=False)]


def _evidence(seen: Observation, as_of: datetime) -> Sequence[Cell]:
    word = seen.verdict.value if seen.verdict is not Live.NONE else "unknown"
    at = words.age(seen.observed_at, as_of) if seen.observed_at is not None else "no date"
    return (seen.source, ""), (word, _STYLES[word]), (seen.reason.value, ""), (at, ""), (seen.note, "")


def answer_json(found: Inquiry, *, unicode: bool) -> str:
    """Return what is known of a key, as the object that `docs/status.md` describes."""
    verdict = found.key.verdict
    document: dict[str, Any] = {
        "schema": "keylint-status-check/v1",
        "key": jsonv1.identity(found.key),
        "as_of": words.iso(found.as_of),
        "standing": words.standing(found.key),
        "status": jsonv1.status_row(verdict),
        "disagree": verdict.disagree,
        "evidence": [_observation(seen) for seen in verdict.observations],
        "sources": [jsonv1.asked_row(asked) for asked in found.asked],
    }
    return dump(document, unicode=unicode)


def _observation(seen: Observation) -> dict[str, Any]:
    times = ("observed_at", "issued_at", "expires_at", "grace_until")
    return {
        "source": clean(seen.source),
        "tier": seen.tier.name.lower(),
        "verdict": seen.verdict.value,
        "reason": seen.reason.value,
        **{name: words.iso(at) if (at := getattr(seen, name)) is not None else None for name in times},
        "replaced_by": jsonv1.maybe_text(seen.replaced_by),
        "owner": jsonv1.maybe_text(seen.owner),
        "note": clean(seen.note, MESSAGE_LIMIT),
    }
