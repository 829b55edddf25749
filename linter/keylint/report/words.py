"""The sentences that several formats share: places, ages, verdicts, outcomes, the summary and the receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from keylint.model import (
    Asked,
    Definition,
    Finding,
    Key,
    Live,
    Outcome,
    OutcomeKind,
    Place,
    Reason,
    Report,
    Severity,
    Skipped,
    Trace,
    Verdict,
)
from keylint.model.finding import INCOMPLETE_REASONS
from keylint.report.safe import MESSAGE_LIMIT, clean

_PATH_LIMIT = 400
_FINGERPRINT_DIGITS = 6

_REASONS = {
    Reason.ACTIVE: "live",
    Reason.EXPIRED: "expired",
    Reason.REVOKED: "revoked",
    Reason.DISABLED: "disabled",
    Reason.ROTATED: "rotated",
    Reason.MALFORMED: "malformed",
    Reason.WRONG_ENDPOINT: "refused: it belongs to another endpoint",
    Reason.NOT_FOUND: "not found",
    Reason.INVALID: "refused",
    Reason.UNKNOWN: "unknown",
    Reason.UNSUPPORTED: "unknown: no source can tell for this kind",
    Reason.STALE: "unknown: the last answer is too old",
    Reason.SOURCE_ERROR: "unknown: the source failed",
    Reason.RATE_LIMITED: "unknown: the source was rate-limited",
    Reason.BLOCKED: "unknown: asking was not allowed",
    Reason.CANARY: "unknown: a canary, not asked on purpose",
    Reason.OFFLINE: "unknown: no source was asked",
}
_UNREASONED = {Live.LIVE: "live", Live.DEAD: "dead", Live.NONE: "unknown: no source was asked"}
_NOT_ASKED = (None, Reason.OFFLINE)
_MALFORMED = {
    "KL201": "proven offline by its length",
    "KL202": "proven offline by its structure",
    "KL203": "proven offline by its characters",
    "KL205": "a placeholder",
    "KL206": "a masked value",
}
WORST_FIRST = (OutcomeKind.FAILS, OutcomeKind.WILL_FAIL, OutcomeKind.UNKNOWN, OutcomeKind.WORKS)
STANDINGS = ("dead", "malformed", "live", "unknown")


def count(number: int, noun: str) -> str:
    """Return `1 file`, `1,204 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number: int) -> str:
    """Return a number of bytes in decimal units: `512 B`, `8.1 MB`."""
    if number < 1000:
        return f"{number} B"
    power = next((p for p in (1, 2) if number < 999.95 * 1000**p), 3)
    return f"{number / 1000**power:.1f} {('kB', 'MB', 'GB')[power - 1]}"


def utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a naive one is UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """Return ISO 8601 in UTC: `2026-11-21T08:00:00Z`."""
    return utc(moment).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def day(moment: datetime) -> str:
    """Return the date in UTC: `2026-11-21`."""
    return utc(moment).date().isoformat()


def age(moment: datetime, as_of: datetime) -> str:
    """Return how long before `as_of` something was: `2 days ago`; a date for what is far off or yet to come."""
    passed = utc(as_of) - utc(moment)
    if passed < timedelta(minutes=-1) or passed >= timedelta(days=60):
        return f"on {day(moment)}"
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{count(passed // timedelta(minutes=1), 'minute')} ago"
    if passed < timedelta(days=1):
        return f"{count(passed // timedelta(hours=1), 'hour')} ago"
    return f"{count(passed.days, 'day')} ago"


def place(where: Place) -> str:
    """Return `path:line:column`; in a notebook `path:cell 3:line:column`."""
    cell = f"cell {where.cell}:" if where.cell is not None else ""
    return f"{place_of_file(where.path)}:{cell}{where.line}:{where.column}"


def by_place(where: Place) -> tuple[str, int, int, int]:
    """Return what places are sorted by."""
    return where.path, where.cell or 0, where.line, where.column


def place_of_file(path: str) -> str:
    """Return a path as it can be shown."""
    return clean(path, _PATH_LIMIT)


def sentence(text: str) -> str:
    """Return the text as one line that ends like a sentence."""
    line = clean(text, MESSAGE_LIMIT).strip()
    return line if not line or line.endswith((".", "!", "?", "…")) else f"{line}."


def said(finding: Finding) -> str:
    """Return the message and the next step, for formats that have one field for both."""
    cell = f" (cell {finding.place.cell}, line {finding.place.line})" if finding.place.cell is not None else ""
    message = clean(finding.message, MESSAGE_LIMIT) + cell
    return f"{sentence(message)} {sentence(finding.help)}" if finding.help else message


def short(fingerprint: str) -> str:
    """Return the fingerprint as it is shown to people: `kl:3fa9c1`."""
    return f"kl:{clean(fingerprint.rpartition(':')[2])[:_FINGERPRINT_DIGITS]}"


def identity(key: Key) -> str:
    """Return mask, kind, provider and short fingerprint of a key."""
    return f"{clean(key.masked)}, {kind(key)}, {short(key.fingerprint)}"


def kind(key: Key) -> str:
    """Return kind and provider of a key; all kinds, where nothing decides between them."""
    name = clean(key.kind.name) if key.kind is not None else "unknown kind"
    if key.others:
        return " or ".join((name, *(clean(other.name) for other in key.others)))
    if key.provider is not None and key.provider.name.casefold() not in name.casefold():
        return f"{name} ({clean(key.provider.name)})"
    return name


def standing(key: Key) -> str:
    """Return in which of the `STANDINGS` the key is."""
    if key.verdict.live is Live.DEAD:
        return "malformed" if key.verdict.reason is Reason.MALFORMED else "dead"
    if key.verdict.live is Live.NONE and _proofs(key.definitions):
        return "malformed"
    return "live" if key.verdict.live is Live.LIVE else "unknown"


def status(key: Key, as_of: datetime) -> str:
    """Return the verdict on a key, who says so and how long ago: `revoked, says vault, checked 2 days ago`."""
    verdict = key.verdict
    if standing(key) == "malformed":
        return ", ".join(("malformed", *_proofs(key.definitions)[:1])) + _afterthoughts(verdict, as_of)
    expiry = verdict.expires_at
    if verdict.reason is Reason.EXPIRED and expiry is not None and expiry in _own_expiries(key.definitions):
        return f"expired on {day(expiry)}, as the key itself says" + _afterthoughts(verdict, as_of)
    if _unasked(key):
        words = _REASONS[Reason.OFFLINE]
        return f"{words}; expires on {day(expiry)}{_days_left(expiry, as_of)}" if expiry is not None else words
    words = _REASONS[verdict.reason] if verdict.reason is not None else _UNREASONED[verdict.live]
    if verdict.reason is Reason.EXPIRED and expiry is not None:
        words += f" on {day(expiry)}"
    if verdict.reason is Reason.UNKNOWN and verdict.note:
        return f"{words}: {clean(verdict.note)} ({clean(verdict.source or 'status source')})"
    return words + _provenance(verdict, as_of) + _afterthoughts(verdict, as_of)


def damage(definition: Definition) -> list[str]:
    """Return what is certainly wrong with the value as it stands there, and who delivers it that way."""
    by = f", as {clean(definition.loader)} delivers it" if definition.loader is not None else ""
    return [f"{clean(d.message, MESSAGE_LIMIT)}{by} ({d.code})" for d in definition.judgement.defects if d.certain]


def _proofs(definitions: Iterable[Definition]) -> list[str]:
    """Return how the definitions refute the key by themselves; nothing if one of them does not."""
    proofs = []
    for definition in definitions:
        defect = next((d for d in definition.judgement.defects if d.certain and d.code in _MALFORMED), None)
        if defect is None:
            return []
        checksum = defect.code == "KL202" and "checksum" in defect.message
        proofs.append("proven offline by its checksum" if checksum else _MALFORMED[defect.code])
    return proofs


def _own_expiries(definitions: Iterable[Definition]) -> set[datetime]:
    return {d.judgement.claims.expires_at for d in definitions if d.judgement.claims.expires_at is not None}


def _ends_by_age(key: Key) -> set[datetime]:
    ends = {key.kind.end_by_age(d.judgement.claims) for d in key.definitions} if key.kind is not None else set()
    return {end for end in ends if end is not None}


def _unasked(key: Key) -> bool:
    """Say whether nobody was asked about the key: what it says of itself is no answer as long as it has not expired."""
    verdict = key.verdict
    if verdict.live is not Live.NONE or verdict.reason in _NOT_ASKED:
        return verdict.live is Live.NONE
    own = _own_expiries(key.definitions) | _ends_by_age(key)
    return verdict.reason is Reason.UNKNOWN and all(o.expires_at in own for o in verdict.observations) and bool(own)


def _provenance(verdict: Verdict, as_of: datetime) -> str:
    source = ""
    if verdict.source:
        answered = verdict.live is not Live.NONE or verdict.reason is Reason.UNKNOWN
        source = f", says {clean(verdict.source)}" if answered else f" ({clean(verdict.source)})"
    # What is proven offline is dated as of the run itself: that is no age.
    if verdict.observed_at is None or utc(verdict.observed_at) == utc(as_of):
        return source
    return f"{source}, checked {age(verdict.observed_at, as_of)}"


def _afterthoughts(verdict: Verdict, as_of: datetime) -> str:
    """Return what else is known: the successor, the end that is near, the owner, the sources that disagree."""
    more = []
    if verdict.replaced_by:
        more.append(f"replaced by {clean(verdict.replaced_by)}")
    if verdict.live is Live.LIVE and verdict.expires_at is not None:
        more.append(f"expires on {day(verdict.expires_at)}{_days_left(verdict.expires_at, as_of)}")
    if verdict.grace_until is not None:
        more.append(f"accepted until {day(verdict.grace_until)}")
    if verdict.owner:
        more.append(f"owner {clean(verdict.owner)}")
    if verdict.disagree:
        views = {f"{clean(o.source)}: {_REASONS[o.reason]}": None for o in verdict.observations}
        more.append("sources disagree" + (f" ({', '.join(views)})" if views else ""))
    return "".join(f"; {part}" for part in more)


def _days_left(end: datetime, as_of: datetime) -> str:
    left = (utc(end).date() - utc(as_of).date()).days
    return f" (in {count(left, 'day')})" if 0 < left <= 60 else ""


def outcomes(traces: Iterable[Trace]) -> str:
    """Return what happens at one use, worst first: `fails in production (401 invalid_api_key), works in staging`."""
    phrases: dict[tuple[str, str], set[str]] = {}
    for trace in sorted(traces, key=lambda t: WORST_FIRST.index(t.outcome.kind)):
        what, why = _outcome(trace.outcome)
        phrases.setdefault((what, why), set()).add(trace.environment or "")
    differ = any(name for names in phrases.values() for name in names)
    return ", ".join(f"{what}{_where(names, differ)}{why}" for (what, why), names in phrases.items())


def outcome(what: Outcome, environments: Iterable[str]) -> str:
    """Return one outcome in the environments that it holds in: `fails in production (KeyError)`."""
    verb, why = _outcome(what)
    names = set(environments)
    return f"{verb}{_where(names, bool(names))}{why}"


def _outcome(outcome: Outcome) -> tuple[str, str]:
    if outcome.kind is OutcomeKind.WILL_FAIL and outcome.on is not None:
        return f"will fail on {day(outcome.on)}", ""
    return outcome_word(outcome.kind), f" ({clean(outcome.reason)})" if outcome.reason else ""


def outcome_word(kind: OutcomeKind) -> str:
    """Return `fails`, `will fail`, `works` or `unknown`."""
    return "will fail" if kind is OutcomeKind.WILL_FAIL else kind.value


def why_keyless(trace: Trace) -> str:
    """Return why no key reaches a use: `nothing defines OPENAI_KEY; OPENAI_API_KEY is defined`."""
    if trace.outcome.cause == "KL403" and trace.variable is not None:
        nearest = f"; {clean(trace.nearest)} is defined" if trace.nearest is not None else ""
        return f"nothing defines {clean(trace.variable)}{nearest}"
    if trace.outcome.kind is OutcomeKind.WORKS:
        return "works without a key"
    if trace.outcome.kind is not OutcomeKind.UNKNOWN:
        return "no key arrives"
    if trace.definition is not None:
        return "what it takes is no key that keylint knows"
    if trace.variable is not None:
        return f"nothing in the project says what {clean(trace.variable)} holds"
    return "what it takes cannot be followed"


def _where(names: Iterable[str], differ: bool) -> str:
    """Return the environments in words. An outcome that names none holds where the others do not."""
    if not differ:
        return ""
    return " in " + listed([clean(name) if name else "every other environment" for name in sorted(names)])


def listed(items: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def all_traces(report: Report) -> Iterator[Trace]:
    """Yield every trace of the run, of keys and of uses without one."""
    for key in report.keys:
        yield from key.traces
    yield from report.keyless


def summary(report: Report) -> str:
    """Return how much was found: findings, calls that fail, keys by standing."""
    severities = Counter(finding.severity for finding in report.findings)
    found = ", ".join(count(severities[s], s.value) for s in Severity if severities[s])
    files = len({finding.place.path for finding in report.findings})
    parts = [f"{found} in {count(files, 'file')}", *_calls(report)]
    if report.keys:
        parts.append(f"{count(len(report.keys), 'key')}: {_standings(report)}")
    return "; ".join(parts)


def keys_seen(report: Report) -> str:
    """Return how many keys were seen, what is known of them, and how many calls will fail."""
    if not report.files:
        return "Nothing to check."
    if not report.keys:
        return "; ".join(("No key was seen", *_calls(report))) + "."
    unasked = sum(standing(key) == "unknown" and _unasked(key) for key in report.keys)
    asked = f"no source was asked for the status of {unasked:,}"
    known = f"{count(len(report.keys), 'key')}: {_standings(report)}"
    return "; ".join((known, *_calls(report), *([asked] if unasked else [])))


def _calls(report: Report) -> Iterator[str]:
    places: dict[OutcomeKind, set[Place]] = {kind: set() for kind in OutcomeKind}
    for trace in all_traces(report):
        if trace.use.reported or (trace.definition is not None and trace.definition.reported):
            places[trace.outcome.kind].add(trace.use.place)
    now = places[OutcomeKind.FAILS]
    later = places[OutcomeKind.WILL_FAIL] - now
    if now:
        yield f"{count(len(now), 'call')} will fail"
    if later:
        yield f"{count(len(later), 'call')} will fail later"


def _standings(report: Report) -> str:
    standings = Counter(standing(key) for key in report.keys)
    return ", ".join(f"{standings[s]:,} {s}" for s in STANDINGS if standings[s])


def all_clear(report: Report) -> str:
    """Return what it means that nothing was found."""
    if not report.files:
        return "Nothing to check."
    unknown = [key for key in report.keys if standing(key) == "unknown"]
    if not report.keys:
        return "No problem found. No key was seen."
    seen = f"No problem found. {count(len(report.keys), 'key')} seen"
    if len(unknown) < len(report.keys):
        known = Counter(standing(key) for key in report.keys if standing(key) != "unknown")
        seen += "".join(f", {known[s]:,} {s}" for s in STANDINGS if known[s])
    if unknown:
        seen += f", status of {len(unknown):,} unknown"
        if all(map(_unasked, unknown)):
            seen += ": no source was asked"
    return f"{seen}."


def not_wholly_read(report: Report) -> list[Skipped]:
    """Return the files that count against the completeness of the run."""
    return [s for s in report.skipped if s.fatal or s.partial or s.reason in INCOMPLETE_REASONS]


def asked(report: Report) -> str:
    """Return what became of asking: `asked inventory keys.yaml: 3 of 7 keys known; GitHub acme: no answer`; or nothing."""
    return "; ".join(("asked " if n == 0 else "") + _answer(each) for n, each in enumerate(report.asked))


def _answer(asked: Asked) -> str:
    name = clean(asked.source)
    if asked.error is not None:
        return f"{name}: {clean(asked.error, MESSAGE_LIMIT)}"
    cached = f", {asked.cached:,} from the cache" if asked.cached else ""
    return f"{name}: {asked.said:,} of {count(asked.keys, 'key')} known{cached}"


def suppressed(report: Report) -> dict[str, int]:
    """Return how many findings were silenced, and by what."""
    return {
        "inline": report.suppressed_inline,
        "baseline": report.suppressed_baseline,
        "detect_secrets": report.suppressed_detect_secrets,
    }


def receipt(report: Report) -> str:
    """Return what was looked at: `1,204 files, 8.1 MB, 2 skipped (2 binary), 0.4 s; 1 suppressed inline`."""
    parts = [count(report.files, "file"), size(report.bytes)]
    skipped = Counter(clean(s.reason) for s in report.skipped if not s.partial)
    if skipped:
        reasons = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
        parts.append(f"{skipped.total():,} skipped ({', '.join(f'{n:,} {reason}' for reason, n in reasons)})")
    partial = sum(s.partial for s in report.skipped)
    if partial:
        parts.append(f"{partial:,} read in part")
    parts.append(f"{max(report.duration_s, 0):.1f} s")
    hidden = (
        (report.suppressed_inline, "inline"),
        (report.suppressed_baseline, "by baseline"),
        (report.suppressed_detect_secrets, "by .secrets.baseline"),
    )
    suppressed = ", ".join(f"{number:,} {how}" for number, how in hidden if number)
    return ", ".join(parts) + ("; " + suppressed.replace(" ", " suppressed ", 1) if suppressed else "")
