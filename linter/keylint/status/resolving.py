"""Everybody who may know something about the keys is asked, whom it costs least first; what they say is merged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from keylint.model import Asked, KeyRef, Live, Observation, Reason, Tier, Verdict
from keylint.status.interface import SourceError, SourceInfo, StatusSource
from keylint.status.merge import aware, merge
from keylint.status.offline import PROOFS

if TYPE_CHECKING:
    from concurrent.futures import Future

    from keylint.status.cache import Cache

_AT_ONCE = 8
_DEADLINE_S = 60.0
_TICK_S = 0.1
_FAILURES = frozenset({Reason.SOURCE_ERROR, Reason.RATE_LIMITED, Reason.BLOCKED, Reason.OFFLINE})
"""Why a source has not answered."""

Progress = Callable[[int, int], None]
"""Is told now and then how many answers there are, and how many are waited for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How sources are asked."""

    offline: bool = False
    """Nobody is asked over the network; what the cache holds counts."""
    max_age: timedelta | None = None
    """What was said longer ago than this says nothing, unless it cannot have changed since."""
    deadline_s: float = _DEADLINE_S
    """For all sources together. Who has not answered by then has not answered."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A verdict for every key, by fingerprint, and how each source did."""

    verdicts: Mapping[str, Verdict]
    asked: tuple[Asked, ...] = ()


def resolve(
    refs: Iterable[KeyRef],
    sources: Sequence[StatusSource],
    proofs: Iterable[Observation],
    as_of: datetime,
    policy: Policy = Policy(),
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> Resolution:
    """Ask the sources about every distinct key.

    Files are asked first, then everybody else at the same time, then those who answer for the key itself: they are asked only
    about keys on which nothing as certain is known. A source that fails leaves the keys that it has not answered for with
    `source_error`: unknown, never dead.
    """
    run = _Run(_distinct(refs), aware(as_of), policy, cache, progress)
    for proof in proofs:
        run.told.setdefault(proof.fingerprint, []).append(proof)
    if run.keys:
        run.ask([source for source in sources if not source.network])
        network = [source for source in sources if source.network]
        run.ask([source for source in network if source.tier < Tier.ISSUER])
        run.ask([source for source in network if source.tier >= Tier.ISSUER])
    return Resolution(run.verdicts(), tuple(run.asked))


def _distinct(refs: Iterable[KeyRef]) -> dict[str, KeyRef]:
    keys: dict[str, KeyRef] = {}
    for ref in refs:
        seen = keys.get(ref.fingerprint)
        if seen is not None:
            ref = replace(
                seen,
                provider=seen.provider or ref.provider,
                kind=seen.kind or ref.kind,
                public_id=seen.public_id or ref.public_id,
                others=tuple(dict.fromkeys((*seen.others, *ref.others))),
                environments=tuple(sorted({*seen.environments, *ref.environments})),
            )
        keys[ref.fingerprint] = ref
    return keys


@dataclass(slots=True)
class _Answers:
    """What a source has said so far; it grows while the source is being asked."""

    source: StatusSource
    keys: Sequence[KeyRef]
    cached: Sequence[Observation] = ()
    info: SourceInfo = field(default_factory=SourceInfo)
    fresh: list[Observation] = field(default_factory=list)
    error: str | None = None
    reason: Reason = Reason.SOURCE_ERROR

    def ask(self) -> None:
        """Ask the source; whatever breaks in it, the keys are unknown and the run goes on."""
        try:
            info = self.source.describe()
            for answer in self.source.check(self.keys):
                self.fresh.append(answer)
            # Only now: a source that broke is complete for nothing.
            self.info = info
        except SourceError as error:
            self.error, self.reason = str(error), error.reason
        except Exception as error:  # noqa: BLE001 - a source may be anybody's
            self.error = type(error).__name__


class _Run:
    """One question to many, and what is known so far."""

    def __init__(
        self, keys: dict[str, KeyRef], now: datetime, policy: Policy, cache: Cache | None, progress: Progress | None
    ) -> None:
        self.keys = keys
        self.told: dict[str, list[Observation]] = {fingerprint: [] for fingerprint in keys}
        self.asked: list[Asked] = []
        self._about: dict[str, list[SourceInfo]] = {}
        self._now = now
        self._policy = policy
        self._cache = cache
        self._progress = progress
        self._end = time.monotonic() + policy.deadline_s

    def ask(self, sources: Sequence[StatusSource]) -> None:
        """Ask some sources, at the same time if they take time."""
        open_keys = [key for key in self.keys.values() if not self._settled(key.fingerprint)]
        local = [_Answers(source, list(self.keys.values())) for source in sources if not source.network]
        remote = [self._remembered(source, open_keys) for source in sources if source.network]
        for answers in local:
            answers.ask()
        for answers in (*local, *(self._together(remote) if remote and not self._policy.offline else remote)):
            self._take(answers)

    def _settled(self, fingerprint: str) -> bool:
        """Say whether so much is certain about a key that nobody else need be asked, or see it."""
        return any(
            seen.verdict is not Live.NONE and (seen.tier >= Tier.ISSUER or seen.source in PROOFS)
            for seen in self.told[fingerprint]
        )

    def _remembered(self, source: StatusSource, keys: Sequence[KeyRef]) -> _Answers:
        if self._cache is None:
            return _Answers(source, keys)
        said = self._cache.answers(source.namespace, [key.fingerprint for key in keys])
        unknown = [key for key in keys if key.fingerprint not in said]
        return _Answers(source, unknown, list(said.values()), self._cache.info(source.namespace))

    def _together(self, remote: Sequence[_Answers]) -> list[_Answers]:
        """Ask those who have something to answer, and return what everybody said by the end."""
        # Imported here: most runs ask nobody over the network, and threads cost their start.
        from keylint.status.daemons import start

        asked = [answers for answers in remote if answers.keys]
        waiting = dict(zip(start((a.ask for a in asked), _AT_ONCE, "keylint-status"), asked, strict=True))
        try:
            late = self._wait(waiting)
        finally:
            # Those who have begun are not waited for: who is late has not answered.
            for future in waiting:
                future.cancel()
        # A copy for who is late: his thread goes on writing.
        ended = [replace(a, fresh=list(a.fresh), error=self._late) if a in late else a for a in remote]
        for answers in ended if self._cache is not None else ():
            self._remember(answers)
        return ended

    def _wait(self, waiting: Mapping[Future[None], _Answers]) -> list[_Answers]:
        from concurrent.futures import FIRST_COMPLETED, wait

        left: set[Future[None]] = set(waiting)
        total = sum(len(answers.keys) for answers in waiting.values())
        while left and time.monotonic() < self._end:
            _, left = wait(left, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            if self._progress is not None:
                self._progress(sum(len(answers.fresh) for answers in waiting.values()), total)
        return [waiting[future] for future in left]

    @property
    def _late(self) -> str:
        return f"no answer within {self._policy.deadline_s:g} seconds"

    def _remember(self, answers: _Answers) -> None:
        if self._cache is not None and answers.keys:
            self._cache.keep(answers.source.namespace, answers.fresh)
            if answers.error is None:
                self._cache.keep_info(answers.source.namespace, answers.info)

    def _take(self, answers: _Answers) -> None:
        source, said = answers.source, [*answers.cached, *answers.fresh]
        silence = _silence(answers, self._policy, self._now)
        if silence is not None:
            answered = {seen.fingerprint for seen in said}
            said += [replace(silence, fingerprint=k.fingerprint) for k in answers.keys if k.fingerprint not in answered]
        said = self._still_dead(source, said)
        said = [seen for seen in said if seen.fingerprint in self.keys]
        for seen in said:
            self.told[seen.fingerprint].append(seen)
        self._about.setdefault(source.name, []).append(answers.info)
        knew = {seen.fingerprint for seen in said if seen.verdict is not Live.NONE}
        asked = len(answers.keys) + len(answers.cached)
        self.asked.append(Asked(source.name, asked, len(answers.cached), len(knew), answers.error))

    def _still_dead(self, source: StatusSource, said: Sequence[Observation]) -> list[Observation]:
        """That nobody answers today does not bring a key back to life that was dead yesterday."""
        failed = [seen.fingerprint for seen in said if seen.reason in _FAILURES]
        dead = self._cache.last_dead(source.namespace, failed) if self._cache is not None and failed else {}
        return [dead.get(seen.fingerprint, seen) if seen.reason in _FAILURES else seen for seen in said]

    def verdicts(self) -> Mapping[str, Verdict]:
        """Merge what was said about each key."""
        age = self._policy.max_age
        # A proof is made in this run: it has no age.
        limits = dict.fromkeys(Tier, age) if age is not None else None
        clock = datetime.now(UTC)
        return {f: merge(said, self._now, limits, self._complete, clock) for f, said in self.told.items()}

    def _complete(self, seen: Observation) -> bool:
        infos, key = self._about.get(seen.source, ()), self.keys.get(seen.fingerprint)
        return key is not None and bool(infos) and all(info.covers(key) for info in infos)


def _silence(answers: _Answers, policy: Policy, now: datetime) -> Observation | None:
    """Return what it means that a source did not answer for a key, `None` where it just knows nothing."""
    source = answers.source
    if answers.error is not None:
        return Observation("", source.name, source.tier, Live.NONE, answers.reason, now, note=answers.error)
    if source.network and policy.offline:
        return Observation("", source.name, source.tier, Live.NONE, Reason.OFFLINE, now)
    return None
