from __future__ import annotations

from pathlib import Path

import pytest

from keylint.sources import project_root


def test_config_file_beats_git_root(tmp_path, repo, write):
    write(repo, {"app/keylint.toml": "", "app/src/a.py": "", "other/b.py": ""})
    assert project_root([str(repo / "app/src/a.py")]) == str(repo / "app")
    assert project_root([str(repo / "other/b.py")]) == str(repo)


@pytest.mark.parametrize(
    ("text", "configures"),
    [
        ("[tool.keylint]\nselect = []\n", True),
        ("[project]\nname = 'x'\n  [ tool . keylint ]\n", True),
        ("[tool.keylint.per-file]\n", True),
        ('[tool."keylint"]\n', True),
        ("[tool.keylinter]\n", False),
        ("# [tool.keylint]\n", False),
        ("[tool.ruff]\n", False),
    ],
)
def test_pyproject_counts_only_with_its_table(tmp_path, write, text, configures):
    write(tmp_path, {"pyproject.toml": text, "a/b/c.py": ""})
    assert project_root([str(tmp_path / "a/b/c.py")]) == str(tmp_path if configures else tmp_path / "a/b")


def test_nearest_configuration_wins(tmp_path, write):
    write(tmp_path, {"keylint.toml": "", "a/pyproject.toml": "[tool.keylint]\n", "a/b/c.py": ""})
    assert project_root([str(tmp_path / "a/b")]) == str(tmp_path / "a")


def test_git_entry_may_be_a_file(tmp_path, repo, git, write):
    write(repo, {"a.py": ""})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    assert project_root([str(tmp_path / "linked/a.py")]) == str(tmp_path / "linked")


def test_several_paths_share_a_root(tmp_path, write, monkeypatch):
    write(tmp_path, {"a/x.py": "", "a/b/y.py": ""})
    assert project_root([str(tmp_path / "a/x.py"), str(tmp_path / "a/b")]) == str(tmp_path / "a")
    monkeypatch.chdir(tmp_path / "a")
    assert project_root(["b/y.py"]) == str(tmp_path / "a/b")
    assert project_root([]) == str(tmp_path / "a")


def test_paths_need_not_exist(tmp_path: Path):
    assert project_root([str(tmp_path / "gone.py")]) == str(tmp_path)
