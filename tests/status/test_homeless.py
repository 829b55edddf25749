"""A user without a home directory: containers run programs as a number that nobody knows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from keylint import config
from keylint.catalogue.fake import fake

# A `~` of the scanned project, which must not become anybody's home.
_PLANTED = ("~/.config/keylint/config.toml", "~/.config/keylint/pepper", "~/.cache/keylint/key")
_RUN = """
import os, pwd, sys
def nobody(uid):
    raise KeyError(uid)
pwd.getpwuid = nobody
sys.argv = ["keylint", *sys.argv[1:]]
from keylint.cli import main
main()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in _PLANTED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("nonsense")
    (tmp_path / "a.py").write_text(f"KEY = {fake('github-classic-pat')!r}\n")
    return tmp_path


def keylint(project: Path, *arguments: str, key: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _RUN, *arguments], cwd=project, env={"PATH": os.environ["PATH"], **environ}, input=key,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_run_has_a_pepper_of_its_own_and_keeps_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    done = keylint(project, "check", "a.py")
    assert done.returncode == 1, done.stderr
    assert (
        "note: no home directory to keep a pepper in: the fingerprints of this run hold for this run only"
        in done.stderr
    )
    assert sorted(project.rglob("*")) == before


def test_other_commands_do_without_or_say_what_is_missing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    assert keylint(project, "cache", "clear").stdout == "removed 0 files, 0.0 MB\n"
    assert keylint(project, "status", "test").returncode == 0
    assert keylint(project, "status", "check", key=fake("github-classic-pat")).returncode == 3
    arguments = ("inventory", "add", "--file", "k.yaml", "--provider", "acme", "--status", "active")
    refused = keylint(project, *arguments, key="k" * 20)
    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "keylint: error: there is no pepper, and none can be kept in a home directory: set KEYLINT"
    )
    served = keylint(project, "serve", "--pepper-id", "p-1", KEYLINT_SERVE_TOKEN="t" * 40)
    assert served.returncode == 2
    assert (
        served.stderr == "keylint: error: there is no home directory to keep a database in: say where with --database\n"
    )
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("name", ["user_config_dir", "user_cache_dir", "user_data_dir"])
def test_a_relative_directory_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert os.path.isabs(getattr(config, name)())
    monkeypatch.setattr(platformdirs, name, lambda _: "~/.config/keylint")
    assert getattr(config, name)() is None
