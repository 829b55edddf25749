"""A rule's examples are its tests.

import pytest
from keylint.testing import cases, run

@pytest.mark.parametrize("case", cases(["acme_rules"]), ids=str)
def test_example(case, tmp_path):
    run(case, tmp_path)
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from keylint.rule import Example, Rule, load_rules

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

__all__ = ["Case", "cases", "check_provider", "examples", "run"]

_PEPPER_VARIABLES = ("KEYLINT_PEPPER", "KEYLINT_PEPPER_ID", "KEYLINT_PEPPER_FILE")
_PEPPER, _PEPPER_ID = "the pepper of keylint's own examples", "examples"


@dataclass(frozen=True, slots=True)
class Case:
    """One example of a rule; as text `truncated-key-invalid-0`."""

    rule: Rule
    example: Example
    valid: bool
    number: int

    def __str__(self) -> str:
        return f"{self.rule.name}-{'valid' if self.valid else 'invalid'}-{self.number}"


def examples(rule: Rule) -> Iterator[Case]:
    """Yield the examples of a rule, first those that it does not report."""
    for number, example in enumerate(rule.VALID):
        yield Case(rule, Example({"app.py": example}) if isinstance(example, str) else example, True, number)
    for number, example in enumerate(rule.INVALID):
        yield Case(rule, example, False, number)


def cases(packages: Iterable[str]) -> list[Case]:
    """Return the examples of all rules of these packages.

    Raises:
        RuleLoadError: see `keylint.rule.load_rules`.
    """
    return [case for rule in load_rules(packages) for case in examples(rule)]


def run(case: Case, directory: Path) -> None:
    """Write the example's files below `directory`, check them, and compare what the rule reports with what it should.

    Raises:
        AssertionError: the rule reports something else; the message lists both.
    """
    project = directory / "project"
    write(case.example, project)
    pepper = directory / "pepper"
    pepper.write_text(json.dumps({"id": _PEPPER_ID, "pepper": _PEPPER}), "utf-8")
    inventory = _inventory(case.example, directory / "inventory.yaml") if case.example.status else None
    as_of = datetime.fromisoformat(case.example.as_of).replace(tzinfo=UTC)
    found = sorted(_scan(project, case.rule, as_of, pepper, inventory))
    if found != sorted(case.example.expect):
        expected = _lines(case.example.expect)
        raise AssertionError(f"{case}\nexpected:\n{expected}\nreported:\n{_lines(found)}")


def write(example: Example, project: Path) -> None:
    """Write the files of an example, with keys in place of the templates; in a git repository if it asks for one."""
    from keylint.catalogue.fake import expand

    for path, text in example.files.items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(expand(text, _catalogue()).encode())
    if example.git:
        _git(project, "init", "--quiet")
        _git(project, "add", "--all")
        _git(
            project,
            "-c",
            "user.name=example",
            "-c",
            "user.email=example@localhost",
            "commit",
            "--quiet",
            "-m",
            "Example",
            environ=_dated(example.committed) if example.committed else {},
        )


def check_provider(path: Path) -> Iterator[str]:
    """Yield what is wrong with a provider file, with its line; `keylint providers check` gives warnings as well.

    Raises:
        CatalogueError: the file cannot be read, or is no TOML.
    """
    from keylint.testing.provider_files import vet

    yield from (str(problem) for problem in vet(path).problems if not problem.warning)


def _lines(rows: Iterable[tuple[str, str, int]]) -> str:
    return "\n".join(f"  {code} {path}:{line}" for code, path, line in rows) or "  nothing"


def _scan(
    project: Path, rule: Rule, as_of: datetime, pepper: Path, inventory: Path | None
) -> list[tuple[str, str, int]]:
    """Return (code, path, line) of what one rule finds, installed or not."""
    from keylint import engine
    from keylint.config import Config

    status = (str(inventory),) if inventory is not None else ()
    config = Config(status=status, pepper_file=str(pepper), cache_dir=_cache_dir())
    with _without_own_pepper():
        report = engine.check(engine.request((str(project),), as_of=as_of, root=str(project)), config, [rule])
    return [(finding.code, finding.place.path, finding.place.line) for finding in report.findings]


@contextmanager
def _without_own_pepper() -> Iterator[None]:
    """Hide the pepper of whoever runs the examples: it would be preferred to theirs."""
    hidden = {name: value for name in _PEPPER_VARIABLES if (value := os.environ.pop(name, None)) is not None}
    try:
        yield
    finally:
        os.environ.update(hidden)


@cache
def _catalogue() -> Catalogue:
    from keylint.registry import Registry

    return Registry(cache_dir=_cache_dir()).catalogue


@cache
def _cache_dir() -> str:
    directory = tempfile.TemporaryDirectory(prefix="keylint-")
    atexit.register(directory.cleanup)
    return directory.name


def _dated(day: str) -> dict[str, str]:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{moment.timestamp():.0f} +0000")


def _git(directory: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
    command = ["git", "-C", str(directory), *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **(environ or {})})  # noqa: S603


def _inventory(example: Example, path: Path) -> Path:
    """Write what the example says about its keys as an inventory."""
    from keylint.catalogue.fake import expand
    from keylint.status.fingerprint import Fingerprinter, Pepper

    fingerprint = Fingerprinter(Pepper(_PEPPER_ID, _PEPPER.encode())).of
    keys = [{"fp": fingerprint(expand(key, _catalogue())), **record} for key, record in example.status.items()]
    path.write_text(json.dumps({"keylint_inventory": 1, "pepper_id": _PEPPER_ID, "keys": keys}), "utf-8")
    return path
