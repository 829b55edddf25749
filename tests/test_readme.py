"""The README is true: its first command does what it says, its links lead somewhere, its options exist.

`KEYLINT_SNAPSHOTS=write pytest tests/test_readme.py` writes the output block anew.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from keylint.cli import cli

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?<=<!-- output -->\n```text\n).*?(?=```\n)", re.DOTALL)
SHOWN = ("KL201", "KL403", "KL302", "KL202")
"""The blocks of the output that the README shows, by their first code; the last lines always."""


@pytest.fixture(scope="module")
def first_command(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Run the README's first command in a directory with the examples; keylint is installed already."""
    (line,) = re.findall(r"^pip install -q \. && (.*--as-of .*)$", README.read_text("utf-8"), re.MULTILINE)
    directory = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", directory / "examples")
    environ = {
        "PATH": os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])),
        "HOME": str(directory / "home"),
        "XDG_CONFIG_HOME": str(directory / "home" / "config"),
        "XDG_CACHE_HOME": str(directory / "home" / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "KEYLINT_PEPPER": "the readme" * 4,
    }
    return subprocess.run(line, shell=True, cwd=directory, env=environ, capture_output=True, text=True, timeout=120)


def excerpt(output: str) -> str:
    """Return the first block of each code in `SHOWN` and the last lines, with `…` for what is left out between them."""
    blocks = output.rstrip("\n").split("\n\n")
    codes = [block.split()[1] for block in blocks]
    kept = {codes.index(code) for code in SHOWN} | {len(blocks) - 1}
    parts = []
    for number, block in enumerate(blocks):
        if number in kept:
            parts.append(block)
        elif number - 1 in kept:
            parts.append("…")
    return "\n\n".join(parts) + "\n"


def test_nothing_is_found_in_this_repository(tmp_path: Path) -> None:
    environ = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "keylint", "check", "--output-format", "json", str(ROOT)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout)
    assert [(f["code"], f["path"], f["line"]) for f in found["findings"]] == []
    assert found["scan"]["files"] > 200
    assert done.returncode == 0, done.stderr


def without_time(text: str) -> str:
    return re.sub(r"\d+\.\d s$", "0.0 s", text, flags=re.MULTILINE)


def test_the_first_command_finds_all_four_families(first_command: subprocess.CompletedProcess[str]) -> None:
    assert first_command.returncode == 1, first_command.stderr
    assert first_command.stderr == ""
    codes = set(re.findall(r"\bKL\d\d\d\b", first_command.stdout))
    assert {code[:3] for code in codes} == {"KL1", "KL2", "KL3", "KL4"}


def test_the_readme_shows_what_the_first_command_prints(first_command: subprocess.CompletedProcess[str]) -> None:
    text, wanted = README.read_text("utf-8"), excerpt(first_command.stdout)
    shown = next(BLOCK.finditer(text))[0]
    if os.environ.get("KEYLINT_SNAPSHOTS") == "write" and without_time(shown) != without_time(wanted):
        README.write_text(BLOCK.sub(lambda _: wanted, text, count=1), "utf-8")
        shown = wanted
    assert without_time(shown) == without_time(wanted), "run: KEYLINT_SNAPSHOTS=write pytest tests/test_readme.py"
    assert max(map(len, shown.splitlines())) <= 100


def test_links_lead_to_files() -> None:
    for page in PAGES:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" not in link:
                path, _, heading = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                assert target.exists(), (page, link)
                assert ROOT in target.parents, (page, link)
                assert not heading or heading in headings(target), (page, link)


@cache
def headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_options_on_a_page_exist() -> None:
    known = options("check") | options("inventory", "add") | options("inventory", "list") | options("rule")
    known |= options("inventory", "revoke") | options("inventory", "rotate") | options("inventory", "import")
    known |= options("status", "test") | options("status", "check") | options("baseline", "audit")
    known |= options("baseline", "prune") | options("baseline", "export") | options("baseline", "import")
    known |= options("identify") | options("providers", "show") | options("serve")
    for page in PAGES:
        lines = re.findall(r"^.*\bkeylint [^|`\n]*--[^`\n]*", page.read_text("utf-8"), re.MULTILINE)
        shown = {option for line in lines for option in re.findall(r"(?<=\s)--[a-z-]+", line.split("python -m", 1)[0])}
        assert shown <= known, page


def options(*command: str) -> set[str]:
    result = CliRunner().invoke(cli, [*command, "--help"])
    assert result.exit_code == 0
    return set(re.findall(r"(?<=\s)--[a-z-]+", result.output))
