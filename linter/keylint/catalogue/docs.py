"""The documentation page of a provider, made from its file."""

from __future__ import annotations

from collections.abc import Iterable

from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.grammar import Checksum, Form, Literal, Run, Structure, parse
from keylint.model import Confidence, KeyKind, Lifetime, Provider, Retirement, Sink, SinkForm


def provider_page(provider: Provider, catalogue: Catalogue) -> str:
    """Return the page in Markdown: kinds with their forms drawn, variables, sinks, and what a bad key leads to."""
    parts = [f"# {provider.name}", *_about(provider)]
    if provider.kinds:
        parts.append("## Kinds of key")
        parts += [block for kind in provider.kinds for block in _kind(kind)]
    if provider.env:
        parts += ["## Environment variables", _variables(provider)]
    if provider.sinks:
        parts += ["## Where keys are used", *_sinks(provider.sinks, catalogue)]
    return "\n\n".join(parts) + "\n"


def _about(provider: Provider) -> list[str]:
    rows = [
        ("Hosts", ", ".join(f"`{host}`" for host in provider.hosts)),
        (
            "Sent as",
            ", ".join(
                f"`{header.name}: {header.scheme + ' ' if header.scheme else ''}…`" for header in provider.headers
            ),
        ),
        ("A new key", f"<{provider.dashboard}>" if provider.dashboard else ""),
        ("Rotation", provider.rotation),
        ("Answer to a bad key", provider.refusal),
        ("Exception", f"`{provider.exception}`" if provider.exception else ""),
        *((f"Key with {damage}", effect) for damage, effect in provider.dirty.items()),
    ]
    return _list(rows)


def _kind(kind: KeyKind) -> list[str]:
    forms = [parse(line) for line in kind.forms]
    checks = [check for form in forms for check in _checks(form)]
    rows = [
        ("Secrecy", kind.secrecy.value),
        ("Environment", kind.environment or ""),
        ("Checked offline", ", ".join(dict.fromkeys(checks))),
        ("Another length", "proves truncation when shorter" if _proves_truncation(kind) else "is only suspicious"),
        ("Recognised", "only by its variable, name or sink" if kind.context else "by its own text"),
        ("Lives at most", _lifetime(kind.lifetime) if kind.lifetime is not None else ""),
        ("Used together with", f"`{kind.pair}`" if kind.pair else ""),
        ("Confidence", kind.confidence.value),
        ("Source", kind.source),
    ]
    if kind.retired is not None:
        rows.append(("Retired", _retirement(kind.retired)))
    drawing = "\n".join(f"{_drawn(form)}    {_length(form)}" for form in forms)
    return [f"### {kind.name}", f"`{kind.id}`", f"```text\n{drawing}\n```", *_list(rows)]


def _lifetime(lifetime: Lifetime) -> str:
    since = f", when issued since {lifetime.since.isoformat()}" if lifetime.since is not None else ""
    older = f"; older ones ended by {lifetime.older.isoformat()}" if lifetime.older is not None else ""
    note = f": {lifetime.note}" if lifetime.note else ""
    return f"{lifetime.longest}{since}{older}{note} ({_sourced(lifetime.source, lifetime.confidence)})"


def _retirement(end: Retirement) -> str:
    return f"{end.day.isoformat()}: {end.note} ({_sourced(end.source, end.confidence)})"


def _sourced(source: str, confidence: Confidence) -> str:
    return source if confidence is Confidence.HIGH else f"{source}; {confidence.value} confidence"


def _proves_truncation(kind: KeyKind) -> bool:
    return kind.lengths == "fixed" and kind.confidence is Confidence.HIGH


def _drawn(form: Form) -> str:
    return " ".join(map(_segment, form.segments))


def _segment(segment: Literal | Run | Checksum | Structure) -> str:
    if isinstance(segment, Literal):
        return segment.text
    if isinstance(segment, Checksum):
        return f"[checksum: {segment.min}]"
    lengths = str(segment.min) if segment.min == segment.max else f"{segment.min}-{segment.max}"
    if isinstance(segment, Structure):
        return f"[{segment.name.replace('_', ' ')}: {lengths}]"
    return f"[{segment.charset.name.removeprefix('one of ').strip('`')}: {lengths}]"


def _length(form: Form) -> str:
    return f"{form.min} characters" if form.min == form.max else f"{form.min} to {form.max} characters"


def _checks(form: Form) -> Iterable[str]:
    for segment in form.segments:
        if isinstance(segment, Checksum):
            yield f"checksum `{segment.function}`"
        elif isinstance(segment, Structure):
            yield f"structure `{segment.name}`"


def _variables(provider: Provider) -> str:
    rows = [f"| `{env.name}` | {_ids(env.accepts)} |" for env in provider.env]
    return "\n".join(("| variable | takes |", "|---|---|", *rows))


def _sinks(sinks: Iterable[Sink], catalogue: Catalogue) -> list[str]:
    rows = []
    for sink in sinks:
        given = (
            f"`{sink.keyword}=`"
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
    return ", ".join(f"`{kind}`" for kind in kinds)


def _list(rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"- {label}: {text}" for label, text in rows if text]
    return ["\n".join(lines)] if lines else []
