"""Results between processes of one run. The only place where a `Secret` is pickled: through a pipe, never to a file."""

from __future__ import annotations

import io
import pickle
from typing import Any

from keylint.model import Secret


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: object) -> Any:
        if type(obj) is Secret:
            return Secret, (obj.reveal(), obj.masked)
        return NotImplemented


def dumps(value: object) -> bytes:
    """Pack a result for the parent process."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def loads(data: bytes) -> Any:
    """Unpack what a worker of this run packed."""
    return pickle.loads(data)  # noqa: S301 - our own pipe
