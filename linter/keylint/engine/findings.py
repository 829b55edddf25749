"""What the rules report -> complete findings: with key, excerpt, trace, and one finding for what is one cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from keylint.model import Definition, Finding, Key, OutcomeKind, Place, RuleInfo, Trace, is_test_code
from keylint.report import excerpt

if TYPE_CHECKING:
    from keylint.config import Config
    from keylint.rule import Context, Hit, Rule


def selected(rules: Iterable[Rule], config: Config) -> tuple[Rule, ...]:
    """Return the rules that this configuration turns on."""
    return tuple(rule for rule in rules if config.selects(rule.code, rule.default))


def info(rule: Rule) -> RuleInfo:
    """Return what a report says of a rule."""
    return RuleInfo(rule.code, rule.name, rule.summary, rule.explanation, rule.severity, rule.url)


def collect(rules: Sequence[Rule], keys: Sequence[Key], keyless: Sequence[Trace], context: Context) -> list[Finding]:
    """Ask every rule about every reported definition, key and use; sorted, each thing said once."""
    found: dict[tuple[str, Place, str], Finding] = {}
    for rule in rules:
        for finding in _ask(rule, keys, keyless, context):
            spot = (finding.code, finding.place, finding.message)
            known = found.get(spot)
            found[spot] = finding if known is None else _merged(known, finding)
    return sorted(found.values(), key=lambda f: (f.place.path, f.place.cell or 0, f.place.line, f.place.column, f.code))


def _merged(one: Finding, other: Finding) -> Finding:
    """Two environments with one cause are one finding."""
    return replace(one, environments=tuple(dict.fromkeys((*one.environments, *other.environments))))


def _ask(rule: Rule, keys: Sequence[Key], keyless: Sequence[Trace], context: Context) -> Iterator[Finding]:
    for key in keys:
        reported = {d.place for d in key.definitions if d.reported}
        for definition in key.definitions:
            if definition.reported:
                for hit in rule.check_definition(definition, key, context):
                    yield _finding(rule, hit, key, definition, None)
        for hit in rule.check_key(key, context):
            if hit.place in reported:
                definition = next(d for d in key.definitions if d.place == hit.place)
                yield _finding(rule, hit, key, definition, None)
        for trace in key.traces:
            yield from _ask_trace(rule, trace, key, context)
    for trace in keyless:
        yield from _ask_trace(rule, trace, None, context)


def _ask_trace(rule: Rule, trace: Trace, key: Key | None, context: Context) -> Iterator[Finding]:
    if not trace.use.reported or (is_test_code(trace.use.place.path) and not _matters_in_tests(trace)):
        return
    for hit in rule.check_trace(trace, key, context):
        yield _finding(rule, hit, key, None, trace)


def _matters_in_tests(trace: Trace) -> bool:
    """Test code is full of keys that are not meant to work; a real key that is dead is another matter."""
    definition = trace.definition
    return definition is not None and definition.judgement.well_formed and trace.outcome.kind is OutcomeKind.FAILS


def _finding(rule: Rule, hit: Hit, key: Key | None, definition: Definition | None, trace: Trace | None) -> Finding:
    shown, span = _excerpt(key, definition, trace)
    outcome = hit.outcome or (trace.outcome if trace is not None else None)
    environments = hit.environments or ((trace.environment,) if trace is not None and trace.environment else ())
    return Finding(
        code=rule.code,
        rule=rule.name,
        message=hit.message,
        severity=hit.severity or rule.severity,
        place=hit.place,
        confidence=hit.confidence,
        key=key,
        outcome=outcome if trace is not None else None,
        environments=environments,
        excerpt=shown,
        excerpt_span=span,
        trace=hit.trace or (trace.steps if trace is not None else ()),
        fix=hit.fix,
        help=hit.help,
        url=rule.url,
        subject=hit.subject or _subject(definition, trace),
    )


def _excerpt(key: Key | None, definition: Definition | None, trace: Trace | None) -> tuple[str, tuple[int, int] | None]:
    if definition is not None:
        return excerpt.of_definition(definition, key.masked if key is not None else definition.secret.masked)
    shown = trace.use.sink if trace is not None else ""
    return shown, (0, len(shown)) if shown else None


def _subject(definition: Definition | None, trace: Trace | None) -> str:
    if definition is not None:
        return definition.name or ""
    if trace is None:
        return ""
    return f"{trace.use.sink} {trace.variable}" if trace.variable is not None else trace.use.sink
