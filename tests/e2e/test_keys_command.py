"""`keylint keys`: what is listed, in which order, and that nothing passes for an all-clear."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AS_OF = ("--as-of", "2026-11-21")

Project = Callable[..., Path]
Runs = Callable[..., Any]

ENVIRONMENTS = {
    "app.py": "import os\n\nimport openai\n\nclient = openai.OpenAI(api_key=os.environ['OPENAI_API_KEY'])\n",
    ".env.production": "OPENAI_API_KEY={fake:openai-project-key!truncated=3}\n",
    ".env.staging": "OPENAI_API_KEY={fake:anthropic-api-key}\n",
    ".env.test": "OPENAI_API_KEY={fake:openai-project-key#2}\n",
}


def materialise(root: Path, environ: dict[str, str]) -> Path:
    """Write the example shop and its inventory."""
    command = [sys.executable, str(ROOT / "examples" / "materialise.py"), str(root)]
    subprocess.run(command, env={**environ, "PATH": os.environ["PATH"]}, check=True, capture_output=True, timeout=120)
    return root


def rows(text: str) -> list[list[str]]:
    """The first line of each row, cell by cell."""
    table = text.split("\n\n")
    first = table[0].split("\n", 1)[1]
    return [re.split(r" {2,}", block.split("\n")[0]) for block in (first, *table[1:-1])]


def test_the_shop(tmp_path: Path, environ: dict[str, str], keylint: Runs) -> None:
    root = materialise(tmp_path / "shop", environ)
    run = keylint("keys", "--status", "keys.yaml", *AS_OF, cwd=root)
    assert run.code == 0, "whatever is found"
    assert run.out.startswith("OUTCOME    KEY")
    outcomes = [row[0] for row in rows(run.out)]
    assert outcomes[:6] == ["fails"] * 6
    assert outcomes[-3:] == ["works"] * 3
    assert "fails" not in outcomes[6:]
    assert [row[1] for row in rows(run.out)][:2] == ["sk-proj-…8bKp", "xoxb-…vnox"]
    assert "OPENAI_API_KEY in production; the halves around" in run.out
    assert re.search(r"shop/assistant\.py:8:10 +openai\.OpenAI\(api_key=…\): fails in production\n", run.out)
    assert "notebooks/sales.ipynb:cell 2:3:30  token" in run.out
    assert re.search(
        r"^fails +no key +sendgrid +nothing defines SENDGRID_KEY;\n +SENDGRID_API_KEY is", run.out, re.MULTILINE
    )
    assert "replaced by" in run.out
    assert "\x1b" not in run.out
    assert re.search(r"\n\n16 keys: .*; 6 calls will fail\n16 files, .* s\n$", run.out)
    assert max(map(len, run.out.splitlines())) <= 100


def test_outcomes_differ_by_environment(project: Project, keylint: Runs) -> None:
    run = keylint("keys", *AS_OF, cwd=project(ENVIRONMENTS))
    found = {row[1]: row[0] for row in rows(run.out)}
    assert sorted(found.values()) == ["fails", "fails", "unknown"]
    for place, environment in ((".env.production", "production"), (".env.staging", "staging"), (".env.test", "test")):
        assert re.search(rf"{re.escape(place)}:1:16 +OPENAI_API_KEY in {environment}\b", run.out)
    assert "fails in production" in run.out
    assert "fails in staging" in run.out
    assert "unknown in test" in run.out
    assert "no source was asked for the status of" in run.out


def test_a_value_that_never_arrives(project: Project, keylint: Runs) -> None:
    files = {
        "app.py": ENVIRONMENTS["app.py"],
        "web.env": "OPENAI_API_KEY={fake:openai-project-key}\n",
        "compose.yaml": "services:\n  web:\n    env_file: web.env\n    environment:\n"
        "      OPENAI_API_KEY: {fake:openai-project-key#2}\n",
    }
    run = keylint("keys", cwd=project(files))
    assert re.search(r"web\.env:1:16 +OPENAI_API_KEY; never arrives: compose\.yaml:5:23 wins", run.out)


def test_damage_stands_at_its_definition(project: Project, keylint: Runs) -> None:
    files = {".env": 'A_TOKEN="{fake:github-classic-pat} "\n', "b.env": "A_TOKEN={fake:github-classic-pat}\n"}
    run = keylint("keys", cwd=project(files))
    assert run.out.count("white space stands behind the key") == 1
    assert "(KL204)" in run.out


def test_json_is_that_of_check_without_findings(project: Project, keylint: Runs, check: Runs) -> None:
    root = project(ENVIRONMENTS)
    listed = keylint("keys", "--output-format", "json", "--as-of", "2026-11-20", cwd=root).json
    checked = check(root).json
    assert checked.pop("findings")
    for document in (listed, checked):
        del document["scan"]["duration_s"]
    assert listed == checked
    assert listed["schema"] == "keylint/v1"


def test_the_selection_of_rules_changes_nothing(project: Project, keylint: Runs) -> None:
    root = project({**ENVIRONMENTS, "keylint.toml": 'select = ["KL1"]\n'})
    listed = keylint("keys", "--output-format", "json", *AS_OF, cwd=root).json
    assert {defect for key in listed["keys"] for d in key["definitions"] for defect in d["defects"]} == {"KL201"}
    assert "fails" in keylint("keys", cwd=root).out


def test_no_key_is_said(project: Project, keylint: Runs) -> None:
    run = keylint("keys", cwd=project({"app.py": "print('x')\n"}))
    assert run.code == 0
    assert re.fullmatch(r"No key was seen\.\n1 file, 11 B, .* s\n", run.out)


def test_what_could_not_be_read_is_said(project: Project, keylint: Runs) -> None:
    run = keylint("keys", cwd=project({"app.py": 'def (:\nTOKEN = "{fake:github-classic-pat}"\n'}))
    assert run.code == 0
    assert "Not, or not wholly, checked:\n  app.py" in run.out
    assert "1 read in part" in run.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gone.py",), "gone.py"),
        (("--status", "gone.yaml"), "gone.yaml"),
        (("--as-of", "yesterday"), "not an ISO date"),
        (("--config", "gone.toml"), "gone.toml"),
    ],
)
def test_a_run_that_fails_exits_with_2(
    arguments: tuple[str, ...], message: str, project: Project, keylint: Runs
) -> None:
    run = keylint("keys", *arguments, cwd=project({"app.py": "x = 1\n"}))
    assert run.code == 2
    assert message in run.err


def test_an_inventory_gives_the_status(project: Project, keylint: Runs, environ: dict[str, str]) -> None:
    root = project({"a.env": "A_TOKEN={fake:github-classic-pat}\n"})
    add = ("inventory", "add", "--file", "../keys.yaml", "--provider", "github", "--status", "revoked")
    token = (root / "a.env").read_text().partition("=")[2]
    assert keylint(*add, cwd=root, stdin=token).code == 0
    (key,) = json.loads(keylint("keys", "--status", "../keys.yaml", "--output-format", "json", cwd=root).out)["keys"]
    assert (key["status"]["verdict"], key["status"]["reason"]) == ("dead", "revoked")
    run = keylint("keys", "--status", "../keys.yaml", "--color", "always", cwd=root)
    assert "\x1b[31mrevoked" in run.out
