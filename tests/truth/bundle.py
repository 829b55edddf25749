"""The projects: one text file each, with everything that a run needs.

A file begins with TOML (what is run, in which environments, which keys the providers know), then come the project's files, each
under a line `-- path --`. Keys are `{fake:…}` templates everywhere.

    about = "one sentence"
    crlf = [".env"]                 # files that are written with CRLF
    bom = [".env"]                  # … that begin with a byte order mark
    inventory = "all"               # tell keylint about active keys too (else only about those that are not)
    [issued.openai]                 # what the provider knows; pairs are "id:secret"
    "{fake:openai-project-key#1}" = "active"
    [[environment]]
    name = "production"             # as the project calls it; "" where nothing does
    load = ["compose compose.yaml web"]  # who sets the process environment (see loaders.py)
    run = ["python app.py"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keylint.catalogue.fake import expand

PROJECTS = Path(__file__).parent / "projects"


@dataclass(frozen=True)
class Environment:
    """One way in which a project is run."""

    name: str
    load: tuple[str, ...]
    run: tuple[str, ...]
    secrets: Mapping[str, str]
    """What a CI service, or whoever else keeps secrets, would put in."""


@dataclass(frozen=True)
class Project:
    """A project, its keys already made."""

    name: str
    about: str
    files: Mapping[str, bytes]
    issued: Mapping[str, Mapping[str, str]]
    inventory: str
    environments: tuple[Environment, ...]

    def write(self, root: Path) -> None:
        """Write the project's files into a directory."""
        for path, data in self.files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def projects(directory: Path = PROJECTS) -> Iterator[Project]:
    """Yield all projects, by name."""
    for path in sorted(directory.glob("*.txt")):
        yield parse(path.stem, path.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Project:
    """Parse one project.

    Raises:
        ValueError: a part is missing, or nobody knows it.
    """
    head, files = _split(text)
    settings = tomllib.loads(expand(head))
    unknown = set(settings) - {"about", "crlf", "bom", "inventory", "issued", "environment"}
    if unknown or not settings.get("environment") or not files:
        raise ValueError(f"{name}: {', '.join(sorted(unknown)) or 'no environment, or no files'}")
    data = {path: expand(body).encode() for path, body in files.items()}
    if any(b"{fake:" in body for body in data.values()) or "{fake:" in str(settings):
        raise ValueError(f"{name}: a template that is none")
    for path in settings.get("crlf", ()):
        data[path] = data[path].replace(b"\n", b"\r\n")
    for path in settings.get("bom", ()):
        data[path] = b"\xef\xbb\xbf" + data[path]
    return Project(
        name,
        settings["about"],
        data,
        settings.get("issued", {}),
        settings.get("inventory", "dead"),
        tuple(_environment(row) for row in settings["environment"]),
    )


def _environment(row: Mapping[str, Any]) -> Environment:
    return Environment(row.get("name", ""), tuple(row.get("load", ())), tuple(row["run"]), row.get("secrets", {}))


def _split(text: str) -> tuple[str, dict[str, str]]:
    head: list[str] = []
    files: dict[str, list[str]] = {}
    lines = head
    for line in text.splitlines(keepends=True):
        if line.startswith("-- ") and line.endswith(" --\n"):
            lines = files.setdefault(line[3:-4], [])
        else:
            lines.append(line)
    return "".join(head), {path: "".join(body) for path, body in files.items()}
