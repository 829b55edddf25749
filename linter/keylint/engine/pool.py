"""Worker processes, started only when there is enough work to pay for them.

Processes, not threads: match callbacks convoy on the interpreter's lock.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

_BATCH = 400
# Starting a worker costs some 10 ms; a file costs some 15 us to look at and some 20 ms to parse.
FILES_THAT_PAY = 3_000
PARSES_THAT_PAY = 12

_worker: Any = None


def _install(make: Callable[[Any], Any], setup: Any, early: bool) -> None:
    import signal

    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _worker = make(setup)
    if early:
        # It is raised again where it can be told; a process that ends here would be started anew, for ever.
        with suppress(Exception):
            _worker.prepare()


def _run(task: tuple[str, tuple[Any, ...]]) -> bytes:
    from keylint.engine.transfer import dumps

    method, arguments = task
    return dumps(getattr(_worker, method)(*arguments))


class Workers(AbstractContextManager["Workers"]):
    """`worker` and, once it pays, copies of it in other processes made by `make(setup)`."""

    def __init__(self, worker: Any, make: Callable[[Any], Any], setup: Any) -> None:
        self._here = worker
        self._make = make
        self._setup = setup
        self._pool: Pool | None = None

    @property
    def are_many(self) -> bool:
        """Other processes do the work."""
        return self._pool is not None

    def start(self) -> None:
        """Start the processes before there is work for them: each calls its worker's `prepare` meanwhile."""
        self._started(early=True)

    def map(self, method: str, items: Sequence[Any], *first: Any, batch: int = _BATCH, pays: int) -> Iterator[Any]:
        """Yield `worker.method(*first, part)` for consecutive parts of `items`, in order."""
        parts = [items[i : i + batch] for i in range(0, len(items), batch)]
        if self._pool is None and len(items) < pays:
            call = getattr(self._here, method)
            return (call(*first, part) for part in parts)
        from keylint.engine.transfer import loads

        tasks = [(method, (*first, part)) for part in parts]
        return map(loads, self._started().imap(_run, tasks))

    def _started(self, early: bool = False) -> Pool:
        if self._pool is None:
            import multiprocessing

            context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
            processes = min(os.cpu_count() or 1, 8)
            self._pool = context.Pool(processes, _install, (self._make, self._setup, early))
        return self._pool

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the processes; nothing of theirs is still wanted."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
