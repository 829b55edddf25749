"""The second half of the path: link, judge, ask, apply the rules and the ignores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from keylint.config import Config
from keylint.engine.assemble import assemble
from keylint.engine.findings import collect, info, selected
from keylint.engine.history import History
from keylint.engine.identity import Identity
from keylint.engine.mentions import Mentions
from keylint.engine.project import Project
from keylint.engine.request import Request
from keylint.engine.silencing import silenced
from keylint.link import shadows
from keylint.model import Key, Report, Trace
from keylint.registry import Registry
from keylint.rule import Context, Rule

if TYPE_CHECKING:
    from keylint.baseline import Ledger
    from keylint.engine.asking import Asking


def judged(
    report: Report,
    request: Request,
    config: Config,
    registry: Registry,
    project: Project,
    asking: Asking | None,
    identity: Identity | None,
    rules: Sequence[Rule] | None = None,
    ledger: Ledger | None = None,
) -> Report:
    """Return `report` with the findings, the keys and the uses of what was read."""
    identity = identity or Identity(config)
    catalogue = registry.catalogue
    found = assemble(project, catalogue, identity, asking, request.as_of)
    rules = selected(registry.rules, config) if rules is None else rules
    mortal = [key for key in found.keys if key.kind is not None and key.kind.lifetime is not None]
    hidden = shadows(project.facts)
    context = Context(
        request.as_of,
        catalogue.kinds,
        catalogue.providers,
        catalogue.env,
        History(request.root, project, mortal),
        keys={definition.place: key for key in found.keys for definition in key.definitions},
        beside=found.beside.of,
        shadows=hidden,
        mentions=Mentions(project),
        has_sources=asking is not None,
    )
    findings = [
        finding
        for finding in collect(rules, found.keys, found.keyless, context)
        if not config.ignored_in(finding.place.path, finding.code)
    ]
    left = silenced(findings, project, config, request, ledger, frozenset(rule.code for rule in rules), catalogue)
    return replace(
        report,
        findings=left.findings,
        keys=tuple(key for key in found.keys if _is_listed(key)),
        keyless=tuple(trace for trace in found.keyless if trace.use.reported),
        shadows=hidden,
        asked=found.asked,
        suppressed_inline=left.inline,
        suppressed_baseline=left.baseline,
        suppressed_detect_secrets=left.detect_secrets,
        rules=tuple(info(rule) for rule in rules),
        notes=(*report.notes, *identity.notes, *left.notes),
    )


def _is_listed(key: Key) -> bool:
    """Say whether a key is one of the files asked about. What is only taken for a secret is a finding, and no key yet."""
    return not key.guessed and (any(d.reported for d in key.definitions) or _used(key.traces))


def _used(traces: Sequence[Trace]) -> bool:
    return any(trace.use.reported for trace in traces)
