"""A key in the name of a file or folder is shown by no command and in no format."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand

KEY = expand("{fake:github-classic-pat}")
FILES = {
    f"{KEY}.py": 'from github import Github\n\nGithub("{fake:github-classic-pat#2!truncated=3}")\n',
    f"{KEY}/.env": "GITHUB_TOKEN={fake:github-classic-pat#3!truncated=2}\n",
    f"{KEY}/app.py": 'import os\n\nfrom github import Github\n\nGithub(os.environ["GITHUB_TOKEN"])\n',
    f"{KEY}/broken.py": "def (\n",
}


@pytest.mark.parametrize(
    "command",
    [
        *(["check", "--output-format", name] for name in ("text", "json", "sarif", "github")),
        ["keys"],
        ["keys", "--output-format", "json"],
    ],
    ids=" ".join,
)
def test_it_is_masked(command: list[str], project: Callable[..., Path], keylint: Callable[..., Any]) -> None:
    run = keylint(*command, cwd=project(FILES))
    assert run.code in (0, 1)
    assert "…" in run.out or "\\u2026" in run.out
    assert KEY not in run.out + run.err
    assert ".py" in run.out
