"""Work in threads that nobody has to wait for: one that hangs does not keep the process alive when everything else is done."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

_Result = TypeVar("_Result")


def start(works: Iterable[Callable[[], _Result]], at_once: int, name: str) -> list[Future[_Result]]:
    """Do the works, `at_once` of them at the same time, and return their futures in the same order.

    A future that is cancelled before its turn is never begun.
    """
    left = deque((Future[_Result](), work) for work in works)
    futures = [future for future, _ in left]
    for number in range(min(at_once, len(left))):
        threading.Thread(target=_work, args=(left,), name=f"{name}-{number}", daemon=True).start()
    return futures


def _work(left: deque[tuple[Future[_Result], Callable[[], _Result]]]) -> None:
    while True:
        try:
            future, work = left.popleft()
        except IndexError:
            return
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)
