"""Names anywhere in the project's files, however they are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keylint.engine.project import Project
from keylint.readers.dotenv import documents
from keylint.readers.interface import is_sample

_JOINT = re.compile(r"[_.-]|(?<=[a-z0-9])(?=[A-Z])")


class Mentions:
    """Says whether a name stands in a file of the project. A look at all files; answers are remembered."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, bool] = {}

    def __call__(self, name: str) -> bool:
        """Say whether a file names `AWS_SECRET_ACCESS_KEY`, also as `awsSecretAccessKey`; samples of files do not count."""
        known = self._known.get(name)
        if known is None:
            spelled = rb"[_.-]?".join(re.escape(part).encode() for part in _JOINT.split(name))
            expression = re.compile(spelled, re.IGNORECASE)
            known = self._known[name] = any(expression.search(data) for data in self._texts())
        return known

    def _texts(self) -> Iterator[bytes]:
        for path in self._project.paths:
            if not is_sample(path) and not ("env" in path and documents(path)):
                yield self._project.data(path) or b""
