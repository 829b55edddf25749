"""Whether sources answer: each is asked about a key that nobody has, and the time is taken."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass, replace
from functools import partial

from keylint.model import KeyRef, Tier
from keylint.status.daemons import start
from keylint.status.interface import Probed, SourceError, SourceInfo, StatusSource, Summarised

_AT_ONCE = 8
_DEADLINE_S = 60.0
_ANYBODYS = KeyRef("", None, None)


@dataclass(frozen=True, slots=True)
class Trial:
    """How one source did."""

    source: str
    tier: Tier
    network: bool
    info: SourceInfo
    error: str | None
    """Why it does not answer, `None` where it does."""
    seconds: float


def tried(sources: Sequence[StatusSource], fingerprint: str, deadline_s: float = _DEADLINE_S) -> tuple[Trial, ...]:
    """Ask all sources, at the same time, about the key that has this fingerprint: a made-up one. They keep their order.

    Who has not answered after `deadline_s` is not waited for.
    """
    trials = start([partial(_trial, source, fingerprint) for source in sources], _AT_ONCE, "keylint-try")
    done, late = wait(trials, timeout=deadline_s)
    for trial in late:
        trial.cancel()
    return tuple(
        trial.result() if trial in done else _late(source, deadline_s)
        for source, trial in zip(sources, trials, strict=True)
    )


def _late(source: StatusSource, seconds: float) -> Trial:
    error = f"no answer within {seconds:g} seconds"
    return Trial(source.name, source.tier, source.network, SourceInfo(), error, seconds)


def _trial(source: StatusSource, fingerprint: str) -> Trial:
    start = time.monotonic()
    info, error = SourceInfo(), None
    try:
        info = source.summary() if isinstance(source, Summarised) else source.describe()
        probe = source.probe if isinstance(source, Probed) else _ANYBODYS
        for _ in source.check([replace(probe, fingerprint=fingerprint)]):
            pass
    except SourceError as problem:
        error = str(problem)
    except Exception as problem:  # noqa: BLE001 - a source may be anybody's
        error = type(problem).__name__
    return Trial(source.name, source.tier, source.network, info, error, time.monotonic() - start)
