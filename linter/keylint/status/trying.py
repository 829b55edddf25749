"""Whether sources answer: each is asked about a key that nobody has, and the time is taken."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from keylint.model import KeyRef, Tier
from keylint.status.interface import Probed, SourceError, SourceInfo, StatusSource, Summarised

_AT_ONCE = 8
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


def tried(sources: Sequence[StatusSource], fingerprint: str) -> tuple[Trial, ...]:
    """Ask all sources, at the same time, about the key that has this fingerprint: a made-up one. They keep their order."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="keylint-try") as pool:
        return tuple(pool.map(lambda source: _trial(source, fingerprint), sources))


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
