"""The configuration of CI services: the variables of workflows, jobs and steps, and their command lines.

What a service keeps (`${{ secrets.X }}`, a protected variable) is supplied from outside the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import yaml

from keylint.model import EnvBinding
from keylint.readers import shell
from keylint.readers.collect import Spelling
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
_CONTAINER = re.compile(r"\.(?:docker|container|services)(?:\[\d+\])?\Z")
# Their actions set no variables that hold keys.
_PLAIN_ACTIONS = frozenset(
    {
        "actions",
        "astral-sh",
        "docker",
        "codecov",
        "snok",
        "abatilo",
        "pdm-project",
        "conda-incubator",
        "pypa",
        "pre-commit",
    }
)
_STEP = re.compile(r"(jobs\.[^.\[]+\.steps)\[(\d+)\]")
_NAME = re.compile(r"[A-Z][A-Z0-9_]+|[a-z]+_[a-z0-9_]+")


class _Scoped(NamedTuple):
    """A variable, and the path of the mapping for all below which it is set."""

    path: str
    binding: EnvBinding


class Pipeline(Setter):
    """Reads the variables and command lines of a pipeline."""

    def read(self, events: Iterable[yaml.Event]) -> None:
        """Read all documents of a file."""
        for root in trees(events):
            environments: dict[str, str] = {}
            self._scoped: list[_Scoped] = []
            shells: list[tuple[str, str | None, Node, list[tuple[str, Spelling]]]] = []
            for node, path, _ in self.nodes(root):
                environment = self._environment(node) or _above(environments, path)
                if environment is not None:
                    environments[path] = environment
                parts: list[tuple[str, Spelling]] = []
                for key, value in self.tree.pairs(node):
                    name = text(key)
                    if name in _VARIABLES:
                        self._take(value, path, joined(path, name), environment)
                    elif name in _COMMANDS:
                        given = self.commands(value, joined(path, name))
                        parts = [*given, *parts] if name.startswith("before") else [*parts, *given]
                if parts:
                    shells.append((path, environment, node, parts))
            used = self._run(root, shells)
            rest = [
                scoped
                for scoped in self._scoped
                if id(scoped.binding) not in used and not self._is_foreign(root, scoped)
            ]
            for _, binding in rest:
                self.add(binding)

    def _take(self, value: Node, scope: str, path: str, environment: str | None) -> None:
        """Take a mapping or list of variables. Those of a container are those of its job."""
        before = len(self.env)
        self._variables(value, path, environment)
        self._scoped += [_Scoped(_CONTAINER.sub("", scope), binding) for binding in self.env[before:]]
        del self.env[before:]

    def _run(self, root: Node, shells: Iterable[tuple[str, str | None, Node, list[tuple[str, Spelling]]]]) -> set[int]:
        """Read the command lines of each step or job; return which variables they are started with."""
        used: set[int] = set()
        for path, environment, node, parts in shells:
            # The nearest level wins, and within a level the last value.
            levels = sorted((s for s in self._scoped if _is_below(path, s.path)), key=lambda s: len(s.path))
            ambient = {scoped.binding.name: scoped.binding for scoped in levels}
            directory = text(self.tree.value(node, "working-directory")) or text(
                self.tree.value(node, "working_directory")
            )
            session = shell.Session(
                self.collect, path, list(ambient.values()), environment=environment, directories=(directory or "",)
            )
            for command, spelling in parts:
                session.feed(command, spelling)
            script = session.end()
            if script.workloads:
                used.update(id(scoped.binding) for scoped in levels)
            for binding in script.env:
                self.add(binding)
            is_complete = self._is_complete(root, path)
            self.workloads += [replace(workload, is_complete=is_complete) for workload in script.workloads]
            self._scoped += [_Scoped(path.rpartition(".steps[")[0], binding) for binding in session.handed_on]
        return used

    def _is_complete(self, root: Node, path: str) -> bool:
        """Say whether a step has no variables but those of the file: other services have settings, and actions may set some."""
        match = _STEP.fullmatch(path)
        if match is None or ".github/workflows/" not in self.collect.path:
            return False
        steps = self.tree.items(self.tree.value(root, *match[1].split(".")))
        used = [uses for step in steps if (uses := text(self.tree.value(step, "uses")))]
        return all(uses.partition("/")[0] in _PLAIN_ACTIONS for uses in used)

    def _is_foreign(self, root: Node, scoped: _Scoped) -> bool:
        """Say whether a variable is set for a step alone that runs an action of somebody else."""
        match = _STEP.fullmatch(scoped.path)
        steps = self.tree.value(root, *match[1].split(".")) if match is not None else None
        items = list(self.tree.items(steps))
        uses = text(self.tree.value(items[int(match[2])], "uses")) if match and int(match[2]) < len(items) else None
        return uses is not None and not uses.startswith("./")

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


def _is_below(path: str, scope: str) -> bool:
    return not scope or path == scope or path.startswith((f"{scope}.", f"{scope}["))


def _above(environments: dict[str, str], path: str) -> str | None:
    """Return the environment of the nearest mapping that the path leads through."""
    while path:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
        if path in environments:
            return environments[path]
    return None
