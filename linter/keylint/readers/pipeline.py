"""The configuration of CI services: the variables of workflows, jobs and steps, and their command lines.

What a service keeps (`${{ secrets.X }}`, a protected variable) is supplied from outside the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml

from keylint.readers.interface import canonical_environment
from keylint.readers.yaml_tree import Node, Setter, is_null, joined, shown, text, trees

PIPELINE = re.compile(
    r"(?:\A|/)(?:\.github/(?:workflows|actions)/.+|action|\.gitlab/.+|[^/]*\.?gitlab-ci[^/]*|\.circleci/.+|azure-pipelines[^/]*"
    r"|bitbucket-pipelines|\.travis|\.drone|\.?appveyor|cloudbuild[^/]*|buildspec[^/]*|\.buildkite/.+|\.woodpecker[^/]*)\.ya?ml\Z",
    re.IGNORECASE,
)
_RANK = 40
_VARIABLES = ("env", "environment", "variables", "global", "matrix", "substitutions", "parameter-store")
_COMMANDS = (
    "run", "script", "before_script", "after_script", "bash", "pwsh", "powershell", "commands", "command", "install",
    "before_install", "deploy", "after_success", "args", "inline", "inlineScript", "entrypoint",
)  # fmt: skip
_NAME = re.compile(r"[A-Z][A-Z0-9_]+|[a-z]+_[a-z0-9_]+")


class Pipeline(Setter):
    """Reads the variables and command lines of a pipeline."""

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        for root in trees(events):
            environments: dict[str, str] = {}
            for node, path, _ in self.nodes(root):
                environment = self._environment(node) or _above(environments, path)
                if environment is not None:
                    environments[path] = environment
                for key, value in self.tree.pairs(node):
                    name = text(key)
                    if name in _VARIABLES:
                        self._variables(value, joined(path, name), environment)
                    elif name in _COMMANDS:
                        self.commands(value, joined(path, name))

    def _environment(self, node: Node) -> str | None:
        """Return the environment that a job deploys to: `environment: production`, or a mapping with its `name`."""
        given = self.tree.value(node, "environment")
        name = text(given) or (text(self.tree.value(given, "name")) if given is not None else None)
        return canonical_environment(name) if name and re.fullmatch(r"[\w.-]+", name) else None

    def _variables(self, node: Node, path: str, environment: str | None) -> None:
        for key, value in self.tree.pairs(node):
            name = text(key) or ""
            # GitLab describes a variable in a mapping.
            described = self.tree.value(value, "value")
            value = described if described is not None else value
            if value.scalar is not None and _NAME.fullmatch(name) and not is_null(value):
                self.set(name, value.scalar, joined(path, shown(key)), _RANK, environment)
        for i, item in enumerate(self.tree.items(node)):
            if item.scalar is not None:
                self.commands(item, f"{path}[{i}]")  # Travis: `- NAME=value OTHER=value`
                continue
            called, given = text(self.tree.value(item, "name")), self.tree.value(item, "value")
            if called is not None and given is not None and given.scalar is not None:
                self.set(called, given.scalar, f"{path}[{i}].{called[:60]}", _RANK, environment)


def _above(environments: dict[str, str], path: str) -> str | None:
    """Return the environment of the nearest mapping that the path leads through."""
    while path:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
        if path in environments:
            return environments[path]
    return None
