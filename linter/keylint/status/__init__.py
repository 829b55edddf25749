"""What is known about keys: sources are asked by fingerprint, and their answers merged into verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from keylint.model import KeyRef, Live, Observation, Reason, Tier, Verdict
from keylint.status.interface import SourceError, SourceInfo, StatusSource
from keylint.status.merge import aware, merge

__all__ = ["SourceError", "StatusSource", "resolve"]


def resolve(
    refs: Iterable[KeyRef],
    sources: Sequence[StatusSource],
    offline_observations: Iterable[Observation],
    as_of: datetime,
    max_age: Mapping[Tier, timedelta] | None = None,
) -> Mapping[str, Verdict]:
    """Ask every source about every distinct key and return the verdicts by fingerprint.

    A source that fails leaves the keys that it has not answered for with `source_error`: unknown, never dead.
    """
    keys = _distinct(refs)
    told: dict[str, list[Observation]] = {fingerprint: [] for fingerprint in keys}
    for proof in offline_observations:
        told.setdefault(proof.fingerprint, []).append(proof)
    about: dict[str, list[SourceInfo]] = {}
    for source in sources if keys else ():
        info, answers = _ask(source, tuple(keys.values()), aware(as_of))
        about.setdefault(source.name, []).append(info)
        for answer in answers:
            if answer.fingerprint in keys:
                told[answer.fingerprint].append(answer)

    def complete(seen: Observation) -> bool:
        infos, key = about.get(seen.source, ()), keys.get(seen.fingerprint)
        return key is not None and bool(infos) and all(info.covers(key) for info in infos)

    return {fingerprint: merge(said, as_of, max_age, complete) for fingerprint, said in told.items()}


def _distinct(refs: Iterable[KeyRef]) -> dict[str, KeyRef]:
    keys: dict[str, KeyRef] = {}
    for ref in refs:
        seen = keys.get(ref.fingerprint)
        if seen is not None:
            environments = tuple(sorted({*seen.environments, *ref.environments}))
            ref = KeyRef(ref.fingerprint, seen.provider or ref.provider, seen.kind or ref.kind, environments)
        keys[ref.fingerprint] = ref
    return keys


def _ask(source: StatusSource, keys: Sequence[KeyRef], now: datetime) -> tuple[SourceInfo, list[Observation]]:
    answers: list[Observation] = []
    try:
        info = source.describe()
        for answer in source.check(keys):
            answers.append(answer)  # noqa: PERF402 - what was said before a failure stays said
    except Exception as error:  # noqa: BLE001 - whatever breaks in a source, the keys are unknown and the run goes on
        note = str(error) if isinstance(error, SourceError) else type(error).__name__
        answered = {answer.fingerprint for answer in answers}
        failure = Observation("", source.name, source.tier, Live.NONE, Reason.SOURCE_ERROR, now, note=note)
        answers += [replace(failure, fingerprint=f) for key in keys if (f := key.fingerprint) not in answered]
        info = SourceInfo()
    return info, answers
