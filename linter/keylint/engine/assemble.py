"""Facts -> keys with verdicts and traces: judged, grouped by value, asked about, followed to their uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from keylint.engine.cross import Neighbours, crossed, fits
from keylint.engine.identity import Identity
from keylint.engine.interest import Search
from keylint.engine.keys import Identified, Judge, Judged, group, identity_of, name_of, without_keys
from keylint.engine.project import Project
from keylint.engine.unmarked import unmarked
from keylint.link import Beside, Reach, handed_on, link, outcome
from keylint.model import (
    Asked,
    Definition,
    Key,
    KeyRef,
    Observation,
    Outcome,
    OutcomeKind,
    Place,
    Secrecy,
    Sink,
    Trace,
    Use,
    Verdict,
)
from keylint.status import resolve
from keylint.status.offline import observations

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue
    from keylint.engine.asking import Asking
    from keylint.engine.interest import KnownValues


@dataclass(frozen=True, slots=True)
class Assembled:
    """Keys in order of first appearance, and the traces that no key reaches."""

    keys: tuple[Key, ...]
    keyless: tuple[Trace, ...]
    beside: Beside
    asked: tuple[Asked, ...] = ()


def assemble(
    project: Project,
    catalogue: Catalogue,
    identity: Identity,
    asking: Asking | None,
    as_of: datetime,
) -> Assembled:
    """Turn what was read into keys and traces."""
    sinks, issuer = catalogue.sinks, Search(catalogue).provider_of_host
    reaches = _needed(
        link(
            project.facts,
            lambda call: sinks.get(call, ()),
            project.load,
            project.callers,
            issuer,
            project.load_values,
            lambda path: project.imports(path) if project.has(path) else None,
        )
    )
    found = _judged(project, reaches, catalogue, asking.known if asking is not None else None)
    neighbours = Neighbours(found, catalogue)
    judged = crossed(found, neighbours)
    known = [definition for definition, is_key in judged.values() if is_key]
    keys = group((*unmarked(project, judged.values(), catalogue), *known), identity.fingerprint, catalogue)
    if asking is None:
        resolution = resolve(map(_ref, keys), (), _proofs(keys, as_of), as_of)
    else:
        resolution = asking.resolve(keys, _proofs(keys, as_of), _shareable(keys, reaches), as_of)
    verdicts = resolution.verdicts
    traced: dict[str, list[Trace]] = {}
    keyless: list[Trace] = []
    owners = {identity_of(d): key for key in keys for d in key.definitions}
    for reach in reaches:
        definition = judged[identity_of(reach.definition)][0] if reach.definition is not None else None
        owner = owners.get(identity_of(definition)) if definition is not None else None
        verdict = verdicts[owner.fingerprint] if owner is not None else Verdict()
        if definition is not None:
            reach = _pointed(reach, definition, neighbours, catalogue)
        trace = _trace(reach, definition, owner, verdict, project, catalogue, as_of)
        (traced.setdefault(owner.fingerprint, []) if owner is not None else keyless).append(trace)
    return Assembled(
        tuple(
            replace(key, traces=tuple(traced.get(key.fingerprint, ())), verdict=verdicts[key.fingerprint])
            for key in keys
        ),
        tuple(keyless),
        Beside(d for d, is_key in judged.values() if is_key or name_of(d) in catalogue.settings),
        resolution.asked,
    )


def _needed(reaches: Sequence[Reach]) -> list[Reach]:
    """Leave out a call's optional arguments that are not given, where the call has another argument for a key."""
    calls: dict[Place, set[str | None]] = {}
    for reach in reaches:
        calls.setdefault(reach.use.place, set()).add(reach.use.keyword)
    return [r for r in reaches if r.why != "works-without" or len(calls[r.use.place]) == 1]


def _judged(
    project: Project, reaches: Iterable[Reach], catalogue: Catalogue, known: KnownValues | None
) -> Mapping[Identified, Judged]:
    """Judge every definition once, knowing what the uses that it reaches expect."""
    expected: dict[Identified, list[str]] = {}
    known_issuer: set[Identified] = set()
    definitions = {identity_of(d): d for d in handed_on(project.facts)}
    definitions.update((identity_of(d), d) for facts in project.facts.values() for d in facts.definitions)
    for reach in reaches:
        if reach.definition is not None:
            which = identity_of(reach.definition)
            definitions.setdefault(which, reach.definition)
            expected.setdefault(which, []).extend(_accepted(reach, catalogue))
            if not _is_elsewhere(reach.use):
                known_issuer.add(which)
    judge = Judge(catalogue, known)
    judged = {}
    for which, definition in definitions.items():
        path = definition.place.path
        placed = replace(definition, ignored=project.is_ignored(path), reported=path in project.reported)
        wanted = tuple(dict.fromkeys(expected.get(which, ())))
        elsewhere = which in expected and which not in known_issuer
        judged[which] = judge.definition(placed, wanted, which in expected, elsewhere)
    return judged


def _accepted(reach: Reach, catalogue: Catalogue) -> list[str]:
    """Return the kinds that a use takes. A request takes what its host's provider issues, if that is one kind only.

    Behind `Bearer` stands the token of an application as well, behind `Basic` the password of a person, where a provider
    does not say that it takes keys in that way.
    """
    use = reach.use
    if use.call:
        return [kind for sink in _sinks(reach, catalogue) for kind in sink.accepts]
    provider = catalogue.providers.get(use.provider or "")
    if provider is None or (use.scheme or "").lower() == "bearer":
        return []
    if use.scheme == "Basic" and not any(header.scheme == "Basic" for header in provider.headers):
        return []
    secret = [kind.id for kind in provider.kinds if kind.secrecy is Secrecy.SECRET]
    return secret if len(secret) == 1 else []


def _pointed(reach: Reach, definition: Definition, neighbours: Neighbours, catalogue: Catalogue) -> Reach:
    """Return the reach with the host that the call, or its SDK, reads from a variable beside the key's."""
    sink = next(iter(_sinks(reach, catalogue)), None)
    host = neighbours.host(definition, reach.use, sink)
    if host is None or sink is None:
        return reach
    elsewhere = sink.host_keyword is not None and catalogue.hosts.get(host.lower()) != reach.use.provider
    return replace(reach, use=replace(reach.use, host=host, elsewhere=elsewhere))


def _is_elsewhere(use: Use) -> bool:
    return use.elsewhere or use.provider is None


def _sinks(reach: Reach, catalogue: Catalogue) -> list[Sink]:
    found = [s for s in catalogue.sinks.get(reach.use.call, ()) if s.keyword == reach.use.keyword]
    # A call that serves the models of many providers has a sink for each.
    return [s for s in found if s.provider == reach.use.provider] or found


def _proofs(keys: Iterable[Key], as_of: datetime) -> list[Observation]:
    return [o for key in keys for o in observations(key.fingerprint, key.definitions[0].judgement, key.kind, as_of)]


def _ref(key: Key) -> KeyRef:
    return KeyRef(key.fingerprint, key.provider.id if key.provider else None, key.kind.id if key.kind else None)


def _shareable(keys: Iterable[Key], reaches: Iterable[Reach]) -> frozenset[str]:
    """Return the keys that are certainly of their issuer: of no other's kind, and used nowhere else."""
    elsewhere = {
        reach.definition.place for reach in reaches if reach.definition is not None and _is_elsewhere(reach.use)
    }
    return frozenset(
        key.fingerprint
        for key in keys
        if key.provider is not None
        and not key.others
        and elsewhere.isdisjoint(definition.place for definition in key.definitions)
    )


def _trace(
    reach: Reach,
    definition: Definition | None,
    key: Key | None,
    verdict: Verdict,
    project: Project,
    catalogue: Catalogue,
    as_of: datetime,
) -> Trace:
    reach = _without_keys(reach, catalogue)
    use = replace(reach.use, reported=reach.use.place.path in project.reported)
    result = outcome(
        replace(reach, definition=definition),
        next(iter(_sinks(reach, catalogue)), None),
        verdict,
        catalogue,
        as_of,
        fits(definition, use, catalogue) if definition is not None else None,
    )
    unproven = key is None and definition is not None and reach.why is None and result.cause != "KL407"
    if unproven and result.kind is not OutcomeKind.WORKS:
        result = Outcome(OutcomeKind.UNKNOWN)  # what is no key proves nothing
    return Trace(use, definition, reach.steps, reach.environment, result, reach.variable, reach.nearest)


def _without_keys(reach: Reach, catalogue: Catalogue) -> Reach:
    """Return the reach with no key in the names that a report shows."""
    return replace(
        reach,
        use=replace(
            reach.use,
            sink=without_keys(reach.use.sink, catalogue) or "",
            host=without_keys(reach.use.host, catalogue),
        ),
        steps=tuple(replace(step, note=without_keys(step.note, catalogue) or "") for step in reach.steps),
        variable=without_keys(reach.variable, catalogue),
        nearest=without_keys(reach.nearest, catalogue),
        environment=without_keys(reach.environment, catalogue),
    )
