"""A user without a home directory: containers run programs as a number that nobody knows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import platformdirs
import pytest
from click.testing import CliRunner, Result

from keylint import config
from keylint.catalogue.fake import fake
from keylint.cli import cli

pwd = pytest.importorskip("pwd", reason="there are no numbers of users here")

# A `~` of the scanned project, which must not become anybody's home.
_PLANTED = ("~/.config/keylint/config.toml", "~/.config/keylint/pepper", "~/.cache/keylint/key")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in _PLANTED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("nonsense")
    (tmp_path / "a.py").write_text(f"KEY = {fake('github-classic-pat')!r}\n")
    for name in [name for name in os.environ if name == "HOME" or name.startswith(("XDG_", "KEYLINT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(pwd, "getpwuid", _nobody)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _nobody(uid: int) -> NoReturn:
    raise KeyError(uid)


def keylint(*arguments: str, key: str = "") -> Result:
    return CliRunner().invoke(cli, arguments, input=key)


def test_a_run_has_a_pepper_of_its_own_and_keeps_nothing(project: Path) -> None:
    before = sorted(project.rglob("*"))
    done = keylint("check", "a.py")
    assert done.exit_code == 1, done.stderr
    assert (
        "note: no home directory to keep a pepper in: the fingerprints of this run hold for this run only"
        in done.stderr
    )
    assert sorted(project.rglob("*")) == before


def test_other_commands_do_without_or_say_what_is_missing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(project.rglob("*"))
    assert keylint("cache", "clear").stdout == "removed 0 files, 0.0 MB\n"
    assert keylint("status", "test").exit_code == 0
    assert keylint("status", "check", key=fake("github-classic-pat")).exit_code == 3
    arguments = ("inventory", "add", "--file", "k.yaml", "--provider", "acme", "--status", "active")
    refused = keylint(*arguments, key="k" * 20)
    assert refused.exit_code == 2
    assert refused.stderr.startswith(
        "keylint: error: there is no pepper, and none can be kept in a home directory: set KEYLINT"
    )
    monkeypatch.setenv("KEYLINT_SERVE_TOKEN", "t" * 40)
    served = keylint("serve", "--pepper-id", "p-1")
    assert served.exit_code == 2
    assert (
        served.stderr == "keylint: error: there is no home directory to keep a database in: say where with --database\n"
    )
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("name", ["user_config_dir", "user_cache_dir", "user_data_dir"])
def test_a_relative_directory_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert os.path.isabs(getattr(config, name)())
    monkeypatch.setattr(platformdirs, name, lambda _: "~/.config/keylint")
    assert getattr(config, name)() is None
