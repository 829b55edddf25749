from __future__ import annotations

import os
import stat
from datetime import UTC
from pathlib import Path

import pytest

from keylint.model import Origin, Skipped
from keylint.sources import SourceError, changed, committed, discover, index_reader, staged
from keylint.sources.git import repository_at, repository_of

posix = pytest.mark.skipif(os.name == "nt", reason="needs a shell script")


def contents(root: Path, **options) -> dict[str, bytes]:
    return {source.path: source.data for source in staged(str(root), **options).sources}


def test_staged_before_the_first_commit(repo, git, write):
    write(repo, {"a.py": "staged", "untracked.py": ""})
    git(repo, "add", "a.py")
    write(repo, {"a.py": "work tree"})
    (source,) = staged(str(repo)).sources
    assert (source.path, source.data, source.origin, source.ignored) == ("a.py", b"staged", Origin.INDEX, False)


def test_only_what_the_commit_changes(repo, git, write):
    write(repo, {"same.py": "s", "changed.py": "1", "gone.py": "g", "old name.py": "a line\n" * 20})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    write(repo, {"changed.py": "2", "späte Änderung.py": "3", "new\nline.py": "4"})
    git(repo, "mv", "old name.py", "new name.py")
    git(repo, "rm", "-q", "gone.py")
    git(repo, "add", ".")
    write(repo, {"later.py": "5"})
    git(repo, "add", "-N", "later.py")
    assert contents(repo) == {
        "changed.py": b"2", "späte Änderung.py": b"3", "new\nline.py": b"4", "new name.py": b"a line\n" * 20,
    }  # fmt: skip


def test_nothing_staged(repo):
    assert staged(str(repo)) == ((), ())


def test_root_below_the_top(repo, git, write):
    write(repo, {"app/a.py": "a", "b.py": "b"})
    git(repo, "add", ".")
    assert contents(repo / "app") == {"a.py": b"a"}
    with index_reader(str(repo / "app")) as index:
        assert set(index.paths) == {"a.py"}
        assert index.read("a.py") == b"a"


def test_submodules_and_links_are_left_out(tmp_path, repo, git, write):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(other, {"x.py": ""})
    git(other, "add", ".")
    git(other, "commit", "-qm", "one")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    write(repo, {"a.py": "a"})
    if os.name != "nt":
        (repo / "link.py").symlink_to("a.py")
    git(repo, "add", ".")
    assert set(contents(repo)) == {".gitmodules", "a.py"}
    with index_reader(str(repo)) as index:
        assert set(index.paths) == {".gitmodules", "a.py"}
    assert repository_at(str(repo / "sub")) is not None
    write(repo / "sub", {"y.py": "y"})
    git(repo / "sub", "add", ".")
    assert contents(repo / "sub") == {"y.py": b"y"}
    assert "sub/x.py" in {entry.path for entry in discover(str(repo)).entries}


def test_large_and_excluded_blobs(repo, git, write):
    write(repo, {"big.txt": "x" * 3_000_000, "after.txt": "ok", "vendor/a.py": ""})
    git(repo, "add", ".")
    result = staged(str(repo), exclude=("vendor/",), limit=1000)
    assert {source.path: source.data for source in result.sources} == {"after.txt": b"ok"}
    assert set(result.skipped) == {Skipped("big.txt", "too large"), Skipped("vendor/a.py", "excluded")}


def test_index_reader_gives_the_index_not_the_work_tree(repo, git, write):
    write(repo, {"a.py": "committed", "b/c d.py": "x\r\ny"})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    write(repo, {"a.py": "staged"})
    git(repo, "add", ".")
    write(repo, {"a.py": "later"})
    with index_reader(str(repo)) as index:
        assert index.read("a.py") == b"staged"
        assert index.read("b/c d.py") == b"x\r\ny"
        assert index.read("a.py", 3) == Skipped("a.py", "too large")
        assert index.read("a.py") == b"staged"
        assert index.read("nowhere.py") == Skipped("nowhere.py", "missing")


def test_changed_files(repo, git, write):
    write(repo, {"app/same.py": "s", "app/edited.py": "1", "app/gone.py": "g", "other.py": "o"})
    git(repo, "add", ".")
    write(repo, {"app/edited.py": "longer", "other.py": "longer", "app/new.py": ""})
    (repo / "app/gone.py").unlink()
    assert changed(str(repo / "app")) == ("edited.py", "gone.py")
    assert set(changed(str(repo))) == {"app/edited.py", "app/gone.py", "other.py"}


def test_conflicts_do_not_hide_a_file(repo, git, write):
    write(repo, {"a.py": "base"})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "base")
    git(repo, "checkout", "-qb", "side")
    write(repo, {"a.py": "theirs"})
    git(repo, "commit", "-qam", "theirs")
    git(repo, "checkout", "-q", "main")
    write(repo, {"a.py": "ours"})
    git(repo, "commit", "-qam", "ours")
    with pytest.raises(Exception, match="merge"):
        git(repo, "merge", "-q", "side")
    with index_reader(str(repo)) as index:
        assert index.read("a.py") == b"ours"


def test_the_hooks_own_index_counts(repo, git, write, monkeypatch):
    write(repo, {"a.py": "1"})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    monkeypatch.setenv("GIT_INDEX_FILE", str(repo / ".git/next-index"))
    write(repo, {"a.py": "2"})
    git(repo, "read-tree", "HEAD")
    git(repo, "add", "a.py")
    assert contents(repo) == {"a.py": b"2"}
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert contents(repo) == {}


def test_another_repositorys_variables_are_dropped(tmp_path, repo, git, write, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    write(repo, {"a.py": "a"})
    git(repo, "add", ".")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert contents(repo) == {"a.py": b"a"}


def test_no_repository_and_no_git(tmp_path, repo, monkeypatch):
    with pytest.raises(SourceError, match="not in a git work tree"):
        staged(str(tmp_path))
    with pytest.raises(SourceError, match="not in a git work tree"):
        index_reader(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(SourceError, match="not installed"):
        staged(str(repo))


def test_gits_own_words_are_passed_on(repo):
    (repo / ".git/index").write_bytes(b"no index at all, and long enough to be one")
    with pytest.raises(SourceError, match=r"git diff failed: .*index"):
        staged(str(repo))


@posix
def test_nothing_of_the_repository_is_executed(repo, git, write, tmp_path):
    """Every program that a configuration can name leaves a mark when it runs."""
    mark = tmp_path / "mark"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat 2>/dev/null </dev/null\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    write(repo, {"a.py": "a", ".gitattributes": "* diff=evil filter=evil\n", ".gitignore": ".env\n", ".env": ""})
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "one")
    write(repo, {"a.py": "b"})
    git(repo, "add", ".")
    for name in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.smudge",
                 "filter.evil.clean",
                                 "core.pager", "core.sshCommand", "core.editor", "credential.helper",
                 "filter.evil.process"):  # fmt: skip
        git(repo, "config", name, str(script))
    git(repo, "config", "filter.evil.required", "true")
    git(repo, "config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        (tmp_path / "hooks" / hook).symlink_to(script)
    assert contents(repo) == {"a.py": b"b"}
    with index_reader(str(repo)) as index:
        assert index.read("a.py") == b"b"
    write(repo, {"a.py": "changed"})
    assert changed(str(repo)) == ("a.py",)
    discover(str(repo))
    assert not mark.exists()


@posix
def test_a_partial_clone_fetches_nothing(repo, git, write, tmp_path):
    mark = tmp_path / "mark"
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    write(repo, {"a.py": "a", "b.py": "b"})
    git(repo, "add", ".")
    blob = git(repo, "rev-parse", ":a.py").strip()
    (repo / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1", "extensions.partialClone": "origin", "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{script}", "protocol.ext.allow": "always", "remote.origin.uploadpack": str(script),
    }.items():  # fmt: skip
        git(repo, "config", name, value)
    result = staged(str(repo))
    assert {source.path: source.data for source in result.sources} == {"b.py": b"b"}
    assert result.skipped == (Skipped("a.py", "unreadable"),)
    assert not mark.exists()


def test_only_real_git_directories_count(tmp_path, write):
    write(tmp_path, {"a/.git/config": "", "b/.git": "gitdir: nowhere\n", "c/.git": "hello"})
    assert [repository_at(str(tmp_path / name)) for name in "abc"] == [None, None, None]


def test_the_nearest_repository_counts(repo, git):
    (repo / "x/y").mkdir(parents=True)
    git(repo / "x", "init", "-q")
    found = repository_of(str(repo / "x/y"))
    assert found is not None
    assert found.top == str(repo / "x")


def commit_on(git, repo: Path, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit everything, written earlier and committed on that day."""
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2020-02-02T00:00:00+0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{day}T00:00:00+0000")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", day)


def days(path: Path, lines, data: bytes | None = None) -> dict[int, str]:
    found = committed(str(path), path.read_bytes() if data is None else data, lines)
    return {line: moment.astimezone(UTC).date().isoformat() for line, moment in found.items()}


def test_the_age_of_lines_is_that_of_the_commit(repo, git, write, monkeypatch):
    write(repo, {"sub/späte Datei.py": "one\ntwo\nthree\nfour\n"})
    commit_on(git, repo, "2024-03-01", monkeypatch)
    write(repo, {"sub/späte Datei.py": "one\nTWO\nthree\nfour\n"})
    commit_on(git, repo, "2025-06-01", monkeypatch)
    path = repo / "sub" / "späte Datei.py"
    assert days(path, [1, 2, 4]) == {1: "2024-03-01", 2: "2025-06-01", 4: "2024-03-01"}
    assert days(path, []) == {}
    # What was read counts, whatever is on disk by now; a new line shifts the others and has no age itself.
    assert days(path, [1, 2, 3], b"new\none\nTWO\nthree\nfour\n") == {2: "2024-03-01", 3: "2025-06-01"}
    with pytest.raises(SourceError):
        committed(str(path), path.read_bytes(), [99])


def test_what_no_commit_holds_has_no_age(tmp_path, repo, git, write, monkeypatch):
    write(repo, {"a.py": "a\n"})
    with pytest.raises(SourceError):  # before the first commit
        days(repo / "a.py", [1])
    commit_on(git, repo, "2024-03-01", monkeypatch)
    write(repo, {"untracked.py": "a\n"})
    with pytest.raises(SourceError, match="untracked"):
        days(repo / "untracked.py", [1])
    write(tmp_path, {"outside/a.py": "a\n"})
    with pytest.raises(SourceError, match="not in a git work tree"):
        days(tmp_path / "outside" / "a.py", [1])


def test_the_history_of_a_shallow_clone_begins_at_its_boundary(tmp_path, repo, git, write, monkeypatch):
    write(repo, {"a.py": "a\n"})
    commit_on(git, repo, "2024-03-01", monkeypatch)
    write(repo, {"b.py": "b\n"})
    commit_on(git, repo, "2025-06-01", monkeypatch)
    git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "clone")
    assert days(repo / "a.py", [1]) == {1: "2024-03-01"}
    assert days(tmp_path / "clone" / "a.py", [1]) == {1: "2025-06-01"}


@posix
def test_asking_for_the_age_runs_no_program_of_the_repository(tmp_path, repo, git, write, monkeypatch):
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    write(repo, {"a.py": "a\nb\n", ".gitattributes": "*.py filter=evil diff=evil\n"})
    commit_on(git, repo, "2024-03-01", monkeypatch)
    write(repo, {"a.py": "a\nc\n"})
    commit_on(git, repo, "2025-06-01", monkeypatch)
    for name in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
                 "core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program"):  # fmt: skip
        git(repo, "config", name, str(program))
    git(repo, "config", "filter.evil.required", "true")
    assert days(repo / "a.py", [1]) == {1: "2024-03-01"}
    assert not mark.exists()


def test_commits_that_are_to_be_ignored_are_not(repo, git, write, monkeypatch):
    write(repo, {"a.py": "key = 'old'\n"})
    commit_on(git, repo, "2024-03-01", monkeypatch)
    write(repo, {"a.py": "key = 'new'\n"})
    commit_on(git, repo, "2025-06-01", monkeypatch)
    write(repo, {"ignored": git(repo, "rev-parse", "HEAD")})
    git(repo, "config", "blame.ignoreRevsFile", str(repo / "ignored"))
    assert days(repo / "a.py", [1]) == {1: "2025-06-01"}


def test_a_commit_cannot_lie_by_its_words(repo, git, write, monkeypatch):
    write(repo, {"a.py": "committer-time 1\n", "b.py": "b\n"})
    commit_on(git, repo, "2024-03-01", monkeypatch)
    git(repo, "config", "user.name", "committer-time 1")
    write(repo, {"b.py": "c\n"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2025-06-01T00:00:00+0000")
    git(repo, "commit", "-qam", "x\n\ncommitter-time 1")
    assert days(repo / "a.py", [1]) == {1: "2024-03-01"}
    assert days(repo / "b.py", [1]) == {1: "2025-06-01"}
