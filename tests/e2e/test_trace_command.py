"""`keylint trace`: every way through a line, what becomes of it, and what is near where there is none."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keylint.catalogue.fake import expand
from keylint.cli import cli

Project = Callable[..., Path]
Runs = Callable[..., Any]

APP = """import os

import openai

import settings

first = openai.OpenAI(api_key=settings.KEY)
second = openai.OpenAI(
    api_key=os.environ["OPENAI_KEY"],
)
both = [openai.OpenAI(api_key=settings.KEY), openai.AsyncOpenAI(api_key=settings.KEY)]
"""
FILES = {
    "app.py": APP,
    "settings.py": 'import os\n\nKEY = os.environ["OPENAI_API_KEY"]\nUNUSED = "{fake:github-classic-pat}"\n',
    ".env.production": "OPENAI_API_KEY={fake:openai-project-key!truncated=3}\n",
    ".env.staging": "OPENAI_API_KEY={fake:anthropic-api-key}\n",
}


@pytest.fixture
def trace(keylint: Runs) -> Runs:
    def run(cwd: Path, place: str, *arguments: str, **options: Any) -> Any:
        return keylint("trace", place, *arguments, "--as-of", "2026-11-21", cwd=cwd, **options)

    return run


def traces(run: Any) -> list[tuple[str, int, str | None, str, str | None]]:
    return [
        (t["use"]["path"], t["use"]["line"], t["use"]["environment"], t["use"]["outcome"], t["cause"])
        for t in run.json["traces"]
    ]


def test_a_use_by_environment(project: Project, trace: Runs) -> None:
    root = project(FILES)
    run = trace(root, "app.py:7")
    assert run.code == 0, "whatever the outcome"
    assert run.out.startswith("app.py:7:9  openai.OpenAI(api_key=…)\n  ╭─ .env.production:1:16  OPENAI_API_KEY set in")
    assert "  │  OPENAI_API_KEY=sk-proj-…" in run.out
    assert re.search(r"├─ settings\.py:3:7 +read from OPENAI_API_KEY\n  ╰→ app\.py:7:9 +passed to openai", run.out)
    assert re.search(r"error KL401  fails in production \(openai\.AuthenticationError: 401", run.out)
    assert re.search(r"error KL402  fails in staging", run.out)
    assert "status   malformed, proven offline by its length" in run.out
    assert re.search(r"value    .* \(KL201\)|value    .*\n +.*\(KL201\)", run.out)
    assert re.search(r"next     Copy the key again", run.out)
    assert re.search(r"\n\n4 files, .* s\n$", run.out)
    assert traces(trace(root, "app.py:7", "--output-format", "json")) == [
        ("app.py", 7, "production", "fails", "KL201"),
        ("app.py", 7, "staging", "fails", "KL402"),
    ]


def test_a_missing_variable_names_the_nearest(project: Project, trace: Runs) -> None:
    root = project(FILES)
    run = trace(root, "app.py:9")
    assert run.out.startswith("app.py:8:10  openai.OpenAI(api_key=…)\n"), "any line of the call"
    assert "KeyError: 'OPENAI_KEY'" in run.out
    assert "no key   nothing defines OPENAI_KEY; OPENAI_API_KEY is defined" in run.out
    assert "near     .env.production:1:16  OPENAI_API_KEY" in run.out
    (found,) = trace(root, "app.py:9", "--output-format", "json").json["traces"]
    assert (found["variable"], found["nearest"], found["definition"]) == ("OPENAI_KEY", "OPENAI_API_KEY", None)
    assert found["next"]


@pytest.mark.parametrize(
    ("path", "argument", "why"),
    [
        ("app.py", 'os.environ["A_KEY"]', "nothing in the project says what A_KEY holds"),
        ("app.py", "input()", "what it takes cannot be followed"),
        ("tests/app.py", '"hello"', "what it takes is no key that keylint knows"),
        ("app.py", "''", "no key arrives"),
    ],
)
def test_why_there_is_no_key(path: str, argument: str, why: str, project: Project, trace: Runs) -> None:
    text = f"import os\n\nfrom github import Auth\n\nAuth.Token({argument})\n"
    run = trace(project({path: text}), f"{path}:5")
    assert run.code == 0
    assert f"  no key   {why}\n" in run.out


def test_several_uses_on_one_line(project: Project, trace: Runs) -> None:
    run = trace(project(FILES), "app.py:11:3")
    assert re.findall(r"^app\.py:11:\d+  .*", run.out, re.MULTILINE) == [
        "app.py:11:9  openai.OpenAI(api_key=…)",
        "app.py:11:46  openai.AsyncOpenAI(api_key=…)",
    ]
    assert run.out.count("╰→") == 4


@pytest.mark.parametrize(
    ("place", "environments"), [(".env.staging:1", {"staging"}), ("settings.py:3", {"production", "staging"})]
)
def test_a_definition_leads_to_all_of_its_uses(
    place: str, environments: set[str], project: Project, trace: Runs
) -> None:
    run = trace(project(FILES), place, "--output-format", "json")
    assert {line for _, line, *_ in traces(run)} == {7, 11}
    assert {environment for _, _, environment, *_ in traces(run)} == environments


def test_a_definition_that_leads_nowhere(project: Project, trace: Runs) -> None:
    root = project(FILES)
    run = trace(root, "settings.py:4")
    assert run.code == 0
    assert "╰─ settings.py:4:11  no call is seen that takes it" in run.out
    assert "GitHub personal access token" in run.out
    document = trace(root, "settings.py:4", "--output-format", "json").json
    assert document["traces"] == []
    assert [(d["name"], d["key"]["kind"]) for d in document["unused"]] == [("UNUSED", "github-classic-pat")]


def test_who_wins(project: Project, trace: Runs) -> None:
    files = {
        "app.py": 'import os\n\nimport openai\n\nopenai.OpenAI(api_key=os.environ["OPENAI_API_KEY"])\n',
        ".env": "OPENAI_API_KEY={fake:openai-project-key}\n",
        ".env.local": "OPENAI_API_KEY={fake:openai-project-key#2}\n",
    }
    root = project(files)
    run = trace(root, "app.py:5")
    assert re.search(r"beats +\.env:1:16  `\.env\.local` is read over `\.env`", run.out)
    (found,) = trace(root, "app.py:5", "--output-format", "json").json["traces"]
    assert found["definition"]["path"] == ".env.local"
    assert [row["path"] for row in found["definition"]["wins_over"]] == [".env"]
    (loser,) = trace(root, ".env:1", "--output-format", "json").json["unused"]
    assert loser["loses_to"]["path"] == ".env.local"


def test_a_cell_of_a_notebook(project: Project, trace: Runs) -> None:
    source = 'import openai\\n", "openai.OpenAI(api_key=\\"{fake:openai-project-key}\\")'
    cells = (
        f'{{"cell_type": "markdown", "source": ["x"]}}, {{"cell_type": "code", "outputs": [], "source": ["{source}"]}}'
    )
    root = project({"a.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + cells + "]}"})
    assert trace(root, "a.ipynb:cell 2:2").out.startswith("a.ipynb:cell 2:2:1  openai.OpenAI(api_key=…)\n")
    assert trace(root, "a.ipynb:2").code == 0, "of any cell"
    assert trace(root, "a.ipynb:cell 1:2").code == 1


def test_nothing_there_says_what_is_near(project: Project, trace: Runs) -> None:
    root = project(FILES)
    run = trace(root, "app.py:5")
    assert run.code == 1
    assert run.out.startswith("app.py:5: no key passes here that keylint sees.\nThe nearest lines that one passes:\n")
    assert re.search(r"^  app\.py:7:9 +openai\.OpenAI\(api_key=…\)$", run.out, re.MULTILINE)
    near = trace(root, "app.py:5", "--output-format", "json").json["near"]
    assert near[0]["line"] == 7
    assert len(near) <= 5


def test_nothing_in_the_whole_file(project: Project, trace: Runs) -> None:
    root = project({**FILES, "other.py": "x = 1\n", "out.py": "x = 1\n"})
    assert "Nor does one on any other line of that file." in trace(root, "other.py:1").out
    run = trace(root, "out.py:1", "--exclude", "out.py")
    assert run.code == 1
    assert "not wholly, looked at: excluded." in run.out


def test_the_whole_project_is_looked_at_from_anywhere(project: Project, trace: Runs, git: Runs) -> None:
    root = project({f"pkg/{path}": text for path, text in FILES.items()})
    assert trace(root, "pkg/app.py:7").out.startswith("pkg/app.py:7:9  openai"), "where nothing marks a project"
    assert trace(root / "pkg", str(root / "pkg" / "app.py:7")).out.startswith("app.py:7:9  openai")
    (root / "pkg" / "pyproject.toml").write_text("")
    assert trace(root, "pkg/app.py:7").out.startswith("app.py:7:9  openai")
    git(root, "init", "-q")
    assert trace(root / "pkg", "app.py:7").out.startswith("pkg/app.py:7:9  openai")
    assert trace(root, "pkg/app.py:7", "--root", "pkg").out.startswith("app.py:7:9  openai")
    run = trace(root, "pkg/app.py:7", "--root", ".git")
    assert run.code == 2
    assert "is not in the project" in run.err


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("app.py:12", "app.py ends with line 11"),
        ("app.py:0", "names no line"),
        ("app.py", "names no line"),
        ("gone.py:1", "gone.py: No such file"),
        (".:1", ".: Is a directory"),
    ],
)
def test_places_that_are_not_there(place: str, message: str, project: Project, trace: Runs) -> None:
    run = trace(project(FILES), place)
    assert run.code == 2
    assert run.out == ""
    assert message in run.err


@pytest.mark.parametrize(
    "kind", ["github-classic-pat", "openai-project-key", "jwt", "aws-secret-access-key", "azure-storage-account-key"]
)
def test_a_key_in_place_of_a_file_is_not_repeated(kind: str) -> None:
    key = expand(f"{{fake:{kind}}}")
    for place in (key, f"{key}:3", f"src/{key}.py:3"):
        done = CliRunner().invoke(cli, ["trace", place])
        assert done.exit_code == 2
        assert key[: len(key) // 2] not in done.output
        assert key[len(key) // 2 :] not in done.output


PAGE = Path(__file__).parents[2] / "docs" / "trace.md"
SHOWN = (
    ("keys", "--status", "keys.yaml"),
    ("trace", "shop/assistant.py:9", "--status", "keys.yaml"),
    ("trace", "shop/mail.py:8", "--status", "keys.yaml"),
)


def test_the_page_shows_what_is_printed(tmp_path: Path, environ: dict[str, str], keylint: Runs) -> None:
    """`KEYLINT_SNAPSHOTS=write` writes the page's output anew."""
    pepper = {"KEYLINT_PEPPER": "the readme" * 4}
    command = [sys.executable, str(PAGE.parents[1] / "examples" / "materialise.py"), str(tmp_path / "shop")]
    subprocess.run(command, env={**environ, **pepper}, check=True, capture_output=True, timeout=120)
    shown = []
    for arguments in SHOWN:
        run = keylint(*arguments, "--as-of", "2026-11-21", cwd=tmp_path / "shop", env=pepper)
        blocks = re.sub(r"\d+\.\d s\n$", "0.2 s\n", run.out).split("\n\n")
        if arguments[0] == "keys":
            missing = next(block for block in blocks if "SENDGRID_KEY" in block)
            blocks = [*blocks[:2], "…", missing, "…", blocks[-1]]
        shown.append("\n\n".join(blocks))
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("KEYLINT_SNAPSHOTS") == "write":
        outputs = iter(shown)
        text = re.sub(r"(?<=```text\n).*?(?=```\n)", lambda _: next(outputs), text, flags=re.DOTALL)
        PAGE.write_text(text, encoding="utf-8")
    assert re.findall(r"(?<=```text\n).*?(?=```\n)", text, re.DOTALL) == shown
