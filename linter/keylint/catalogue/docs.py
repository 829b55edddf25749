"""What a provider file says, in words: its page of the documentation, and the rows that a terminal shows as well.

Where code stands in a row, `code` says how it is written: between backticks on a page, as it is in a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.grammar import Checksum, Form, Literal, Run, Structure, parse
from keylint.catalogue.live import rows_of
from keylint.model import Confidence, KeyKind, Lifetime, LiveCheck, Provider, Retirement, Sink, SinkForm

Row = tuple[str, str]
"""A label and what is to be said; nothing where there is nothing to say."""

_LIVE = "Made only with `--live`, and only where `live` of your own configuration names this provider."
_Code = Callable[[str], str]


def _quoted(text: str) -> str:
    return f"`{text}`"


def provider_page(provider: Provider, catalogue: Catalogue, checks: Sequence[LiveCheck] = ()) -> str:
    """Return the page in Markdown: kinds with their forms drawn, variables, sinks, live checks, what a bad key leads to."""
    parts = [f"# {provider.name}", *_list(about(provider, _quoted))]
    if provider.kinds:
        parts.append("## Kinds of key")
        parts += [block for kind in provider.kinds for block in _kind(kind)]
    if provider.env:
        parts += ["## Environment variables", _variables(provider)]
    if provider.settings:
        parts += ["## Settings that a key is compared with", _settings(provider)]
    if provider.sinks:
        parts += ["## Where keys are used", *_sinks(provider.sinks, catalogue)]
    if checks:
        parts += ["## Live check", _LIVE, *(block for check in checks for block in _list(rows_of(check, _quoted)))]
    return "\n\n".join(parts) + "\n"


def about(provider: Provider, code: _Code = str) -> list[Row]:
    """Return what is known of a provider besides its kinds: hosts, headers, what a bad key leads to."""
    headers = (code(f"{h.name}: {h.scheme + ' ' if h.scheme else ''}…") for h in provider.headers)
    return [
        ("Hosts", ", ".join(map(code, provider.hosts))),
        ("Sent as", ", ".join(headers)),
        ("A new key", f"<{provider.dashboard}>" if provider.dashboard and code is _quoted else provider.dashboard),
        ("Rotation", provider.rotation),
        ("Answer to a bad key", provider.refusal),
        ("Exception", code(provider.exception) if provider.exception else ""),
        *((f"Key with {damage}", effect) for damage, effect in provider.dirty.items()),
    ]


def _kind(kind: KeyKind) -> list[str]:
    drawing = "\n".join(f"{drawn(form)}    {length(form)}" for form in map(parse, kind.forms))
    return [f"### {kind.name}", _quoted(kind.id), f"```text\n{drawing}\n```", *_list(facts(kind, _quoted))]


def facts(kind: KeyKind, code: _Code = str) -> list[Row]:
    """Return what is known of a kind besides its forms."""
    return [
        ("Secrecy", kind.secrecy.value),
        ("Environment", kind.environment or ""),
        ("Checked offline", ", ".join(checks(kind, code))),
        ("Another length", "proves truncation when shorter" if _proves_truncation(kind) else "is only suspicious"),
        ("Recognised", "only by its variable, name or sink" if kind.context else "by its own text"),
        ("Lives at most", lifetime(kind.lifetime) if kind.lifetime is not None else ""),
        ("Used together with", code(kind.pair) if kind.pair else ""),
        ("Confidence", kind.confidence.value),
        ("Source", kind.source),
        ("Retired", retirement(kind.retired) if kind.retired is not None else ""),
    ]


def lifetime(lifetime: Lifetime) -> str:
    """Return how long a key lives at most, since when, and who says so."""
    since = f", when issued since {lifetime.since.isoformat()}" if lifetime.since is not None else ""
    older = f"; older ones ended by {lifetime.older.isoformat()}" if lifetime.older is not None else ""
    note = f": {lifetime.note}" if lifetime.note else ""
    return f"{lifetime.longest}{since}{older}{note} ({_sourced(lifetime.source, lifetime.confidence)})"


def retirement(end: Retirement) -> str:
    """Return the day from which no such key works, and who says so."""
    return f"{end.day.isoformat()}: {end.note} ({_sourced(end.source, end.confidence)})"


def _sourced(source: str, confidence: Confidence) -> str:
    return source if confidence is Confidence.HIGH else f"{source}; {confidence.value} confidence"


def _proves_truncation(kind: KeyKind) -> bool:
    return kind.lengths == "fixed" and kind.confidence is Confidence.HIGH


def drawn(form: Form) -> str:
    """Return a form as a line: `ghp_ [base62: 30] [checksum: 6]`."""
    return " ".join(map(_segment, form.merged.segments))


def _segment(segment: Literal | Run | Checksum | Structure) -> str:
    if isinstance(segment, Literal):
        return segment.text
    if isinstance(segment, Checksum):
        return f"[checksum: {segment.min}]"
    lengths = str(segment.min) if segment.min == segment.max else f"{segment.min}-{segment.max}"
    if isinstance(segment, Structure):
        return f"[{segment.name.replace('_', ' ')}: {lengths}]"
    return f"[{segment.charset.name.removeprefix('one of ').strip('`')}: {lengths}]"


def length(form: Form) -> str:
    """Return `40 characters` or `20 to 80 characters`."""
    return f"{form.min} characters" if form.min == form.max else f"{form.min} to {form.max} characters"


def checks(kind: KeyKind, code: _Code = str) -> list[str]:
    """Return what can be checked in a key besides its length and characters."""
    segments = (segment for form in map(parse, kind.forms) for segment in form.segments)
    found = (
        f"checksum {code(s.function)}" if isinstance(s, Checksum) else f"structure {code(s.name)}"
        for s in segments
        if isinstance(s, Checksum | Structure)
    )
    return list(dict.fromkeys(found))


def recognised_by(kind: KeyKind) -> str:
    """Return the text that tells a kind: its beginning, else its longest fixed part; empty where its context tells."""
    if kind.context:
        return ""
    forms = [parse(line) for line in kind.forms]
    anchors = [anchor for form in forms for anchor in form.anchors[:1]]
    inner = [max((s.text for s in form.segments if isinstance(s, Literal)), key=len, default="") for form in forms]
    return next(iter(anchors or inner))


def _variables(provider: Provider) -> str:
    rows = [f"| `{env.name}` | {_ids(env.accepts)} |" for env in provider.env]
    return "\n".join(("| variable | takes |", "|---|---|", *rows))


def _settings(provider: Provider) -> str:
    rows = [f"| `{setting.name}` | `{setting.value}` | {setting.confidence.value} |" for setting in provider.settings]
    return "\n".join(("| variable | says | confidence |", "|---|---|---|", *rows))


def _sinks(sinks: Iterable[Sink], catalogue: Catalogue) -> list[str]:
    rows = []
    for sink in sinks:
        given = (
            _quoted(f"{sink.keyword}=")
            if sink.keyword
            else f"argument {sink.position + 1}"
            if sink.position is not None
            else ""
        )
        if sink.form is SinkForm.ATTRIBUTE:
            given = "assignment"
        known = [kind for kind in sink.accepts if kind in catalogue.kinds]
        variables = ", ".join(f"`{name}`" for name in sink.env)
        rows.append(f"| `{sink.call}` | {given} | {variables} | {_ids(known)} | {sink.missing} |")
    return ["\n".join(("| call | key | reads | takes | without a key |", "|---|---|---|---|---|", *rows))]


def _ids(kinds: Iterable[str]) -> str:
    return ", ".join(map(_quoted, kinds))


def _list(rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"- {label}: {text}" for label, text in rows if text]
    return ["\n".join(lines)] if lines else []
