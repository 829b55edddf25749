from __future__ import annotations

import os
from pathlib import Path

import pytest

from keylint.model import Origin, Skipped
from keylint.sources import discover, is_ignored, read, stdin_source

symlinks = pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")


def listed(root: Path, *paths: Path, exclude: tuple[str, ...] = ()) -> dict[str, bool]:
    found = discover(str(root), [str(path) for path in paths], exclude)
    assert len({entry.path for entry in found.entries}) == len(found.entries)
    return {entry.path: entry.ignored for entry in found.entries}


def reasons(root: Path, *paths: Path, exclude: tuple[str, ...] = ()) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in discover(str(root), [str(p) for p in paths], exclude).skipped}


def test_outside_git_env_files_are_where_keys_belong(tmp_path, write):
    write(tmp_path, {"a.py": "", "b/c.py": "", ".env": "", "b/.env.local": "", "prod.env": "", ".gitignore": "a.py\n"})
    assert listed(tmp_path) == {
        ".env": True, ".gitignore": False, "a.py": False, "b/.env.local": True, "b/c.py": False, "prod.env": False,
    }  # fmt: skip


def test_order_is_fixed(tmp_path, write):
    write(tmp_path, {"z.py": "", "a/b.py": "", "a/a/x.py": "", "b.py": ""})
    assert list(listed(tmp_path)) == ["b.py", "z.py", "a/b.py", "a/a/x.py"]


def test_entries_carry_the_absolute_path(tmp_path, write):
    write(tmp_path, {"a b/é.py": "x = 1\n"})
    (entry,) = discover(str(tmp_path)).entries
    assert read(entry.absolute, entry.path) == b"x = 1\n"
    assert entry.path == "a b/é.py"


def test_machinery_is_left_out(tmp_path, write):
    write(tmp_path, {
        ".git/config": "", ".hg/x": "", "__pycache__/a.pyc": "", ".mypy_cache/x": "", ".tox/py/a.py": "",
        "venv/pyvenv.cfg": "", "venv/lib/a.py": "", "lib/venv/a.py": "", "node_modules/m/index.js": "",
    })  # fmt: skip
    assert set(listed(tmp_path)) == {"lib/venv/a.py", "node_modules/m/index.js"}
    assert reasons(tmp_path) == {".tox": "ignored directory", "venv": "ignored directory"}
    assert set(listed(tmp_path, tmp_path / "venv")) == {"venv/lib/a.py", "venv/pyvenv.cfg"}


def test_ignored_files_are_left_out_but_for_those_with_keys(repo, write):
    write(repo, {
        ".gitignore": "*.log\n.env*\n!.env.example\nbuild/\nsecrets.yaml\n/local.py\n",
        "a.py": "", "x.log": "", ".env": "", ".env.example": "", "sub/.env.local": "", "build/.env": "",
        "secrets.yaml": "", "local.py": "",
    })  # fmt: skip
    assert listed(repo) == {
        ".env": True, ".env.example": False, ".gitignore": False, "a.py": False, "secrets.yaml": True,
        "sub/.env.local": True,
    }  # fmt: skip
    assert reasons(repo) == {"build": "ignored directory", "local.py": "ignored", "x.log": "ignored"}


def test_an_untracked_env_file_that_nothing_ignores_is_reported(repo, write):
    write(repo, {".env": ""})
    assert listed(repo) == {".env": False}


def test_tracked_files_are_never_ignored(repo, git, write):
    write(
        repo, {".gitignore": ".env\nbuild/\n*.log\n", ".env": "", "build/a.py": "", "build/deep/er.py": "", "x.log": ""}
    )
    git(repo, "add", "-f", ".env", "build/deep/er.py")
    write(repo, {"build/new.py": ""})
    assert listed(repo) == {".env": False, ".gitignore": False, "build/deep/er.py": False}
    assert not is_ignored(str(repo), str(repo / "build/deep/er.py"))
    assert is_ignored(str(repo), str(repo / "build/new.py"))


def test_nested_ignore_files_and_negations(repo, write):
    write(repo, {
        ".gitignore": "*.txt\n", "a/.gitignore": "!keep.txt\n/b/x.py\n", "keep.txt": "", "a/keep.txt": "",
        "a/b/x.py": "", "a/b/b/x.py": "", "a/b/keep.txt": "",
    })  # fmt: skip
    assert set(listed(repo)) == {".gitignore", "a/.gitignore", "a/keep.txt", "a/b/b/x.py", "a/b/keep.txt"}


def test_the_users_own_ignore_files_count(repo, git, write, tmp_path):
    write(tmp_path, {"mine": "*.mine\n"})
    (repo / ".git/info").mkdir(exist_ok=True)
    write(repo, {".git/info/exclude": "*.local\n", "a.mine": "", "a.local": "", "a.py": ""})
    git(repo, "config", "core.excludesFile", str(tmp_path / "mine"))
    assert set(listed(repo)) == {"a.py"}


def test_root_inside_a_work_tree_heeds_the_ignore_files_above(repo, git, write):
    write(repo, {
        ".gitignore": "/app/gen/\n.env\n", "app/.gitignore": "*.tmp\n", "app/a.py": "", "app/gen/b.py": "",
        "app/.env": "", "app/c.tmp": "", "app/.env.tracked": "",
    })  # fmt: skip
    assert listed(repo / "app") == {".env": True, ".env.tracked": False, ".gitignore": False, "a.py": False}
    assert listed(repo / "app/gen") == {"b.py": True}


def test_ignored_paths_are_listed_when_named(repo, write):
    write(repo, {".gitignore": "build/\n*.log\n", "build/a.py": "", "build/x/b.py": "", "c.log": "", "d.py": ""})
    assert listed(repo, repo / "build", repo / "c.log", repo / "d.py") == {
        "build/a.py": True, "build/x/b.py": True, "c.log": True, "d.py": False,
    }  # fmt: skip


def test_files_are_listed_once(tmp_path, write):
    write(tmp_path, {"a/b.py": ""})
    assert set(listed(tmp_path, tmp_path, tmp_path / "a", tmp_path / "a/b.py")) == {"a/b.py"}


def test_repositories_within(tmp_path, repo, git, write):
    write(repo, {".gitignore": "*.py\n", "inner/b.py": "", "inner/.env": "", "inner/.gitignore": ".env\n"})
    git(repo / "inner", "init", "-q")
    assert listed(repo) == {".gitignore": False, "inner/b.py": False, "inner/.env": True, "inner/.gitignore": False}
    assert listed(tmp_path, repo / "inner/b.py") == {"repo/inner/b.py": False}


def test_linked_work_tree(tmp_path, repo, git, write):
    write(repo, {".gitignore": ".env\n", "a.py": ""})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", str(linked))
    (repo / ".git/info").mkdir(exist_ok=True)
    write(repo, {".git/info/exclude": "*.local\n"})
    write(linked, {".env": "", "x.local": ""})
    assert listed(linked) == {".env": True, ".git": False, ".gitignore": False, "a.py": False}


def test_excluded_paths_even_when_named(tmp_path, write):
    write(tmp_path, {"vendor/a.py": "", "b.py": "", "c.min.js": ""})
    assert set(listed(tmp_path, exclude=("vendor/", "*.min.js"))) == {"b.py"}
    assert reasons(tmp_path, exclude=("vendor", "*.min.js")) == {"vendor": "excluded", "c.min.js": "excluded"}
    assert reasons(tmp_path, tmp_path / "vendor/a.py", exclude=("vendor/",)) == {"vendor/a.py": "excluded"}


def test_missing_paths_are_said(tmp_path):
    assert reasons(tmp_path, tmp_path / "gone") == {"gone": "missing"}


def test_paths_outside_the_root(tmp_path, write):
    write(tmp_path, {"a/x.py": "", "b/y.py": ""})
    assert set(listed(tmp_path / "a", tmp_path / "b")) == {"../b/y.py"}


def test_without_git_patterns_still_count(repo, write, monkeypatch, tmp_path):
    write(repo, {".gitignore": ".env\n*.log\n", ".env": "", "a.log": "", "a.py": ""})
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert listed(repo) == {".env": True, ".gitignore": False, "a.py": False}


@symlinks
def test_linked_files_are_read_once(tmp_path, write):
    write(tmp_path, {"p/a.py": "", "outside.py": ""})
    root = tmp_path / "p"
    (root / "same.py").symlink_to("a.py")
    (root / "one.py").symlink_to("../outside.py")
    (root / "two.py").symlink_to("../outside.py")
    (root / "gone.py").symlink_to("nowhere")
    assert list(listed(root)) == ["a.py", "one.py"]
    assert reasons(root) == {}


@symlinks
def test_linked_directories_are_not_followed(tmp_path, write):
    write(tmp_path, {"p/a/x.py": "", "out/y.py": ""})
    root = tmp_path / "p"
    (root / "inside").symlink_to("a")
    (root / "outside").symlink_to("../out")
    (root / "a" / "up").symlink_to("..")
    assert set(listed(root)) == {"a/x.py"}
    assert reasons(root) == {"outside": "symlinked directory", "a/up": "symlink loop"}
    assert set(listed(root, root / "outside")) == {"outside/y.py"}


@symlinks
def test_link_loops_end(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "self").symlink_to(".")
    assert listed(tmp_path) == {}
    assert set(reasons(tmp_path).values()) == {"symlink loop"}
    assert reasons(tmp_path, tmp_path / "a") == {"a": "symlink loop"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert listed(tmp_path) == {}
    assert reasons(tmp_path) == {"pipe": "not a file"}
    assert reasons(tmp_path, tmp_path / "pipe") == {"pipe": "not a file"}
    assert read(str(tmp_path / "pipe"), "pipe") == Skipped("pipe", "not a file")
    (tmp_path / ".gitignore").unlink(missing_ok=True)
    os.mkfifo(tmp_path / ".gitignore")
    assert listed(tmp_path) == {}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_unreadable_is_said(tmp_path, write):
    write(tmp_path, {"a.py": "", "d/b.py": ""})
    (tmp_path / "a.py").chmod(0)
    (tmp_path / "d").chmod(0)
    try:
        assert read(str(tmp_path / "a.py"), "a.py") == Skipped("a.py", "unreadable")
        assert reasons(tmp_path) == {"d": "unreadable"}
    finally:
        (tmp_path / "d").chmod(0o700)


def test_read_is_bounded(tmp_path, write):
    write(tmp_path, {"a": "x" * 100})
    assert read(str(tmp_path / "a"), "a", 100) == b"x" * 100
    assert read(str(tmp_path / "a"), "a", 99) == Skipped("a", "too large")
    assert read(str(tmp_path / "b"), "b") == Skipped("b", "missing")
    assert read(str(tmp_path), ".") == Skipped(".", "not a file")
    assert read("nul\0", "nul") == Skipped("nul", "unreadable")


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc here")
def test_read_where_the_size_is_a_lie():
    data = read("/proc/self/status", "status")
    assert isinstance(data, bytes)
    assert data.startswith(b"Name:")
    assert read("/proc/self/status", "status", 10) == Skipped("status", "too large")


def test_standard_input_stands_for_its_file(repo, write):
    write(repo, {".gitignore": ".env\n", "a.py": "old"})
    source = stdin_source(b"new", str(repo / "a.py"), str(repo))
    assert (source.path, source.data, source.origin, source.ignored) == ("a.py", b"new", Origin.STDIN, False)
    assert stdin_source(b"", str(repo / "new/.env"), str(repo)).ignored
