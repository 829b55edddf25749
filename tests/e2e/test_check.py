"""What is reported and what is context: single files, the index, standard input, ignored files, formats, fixes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Project = Callable[..., Path]
Runs = Callable[..., Any]

SHOP = {
    "app.py": "import openai\n\nfrom settings import KEY\n\nclient = openai.OpenAI(api_key=KEY)\n",
    "settings.py": 'import os\n\nKEY = os.environ["OPENAI_API_KEY"]\n',
    ".env": "OPENAI_API_KEY={fake:openai-project-key!truncated=3}\nOTHER=1\n",
}


def test_a_single_file_keeps_its_trace(project: Project, check: Runs) -> None:
    root = project(SHOP)
    run = check(root, "app.py")
    assert run.found == {("KL401", "app.py", 5)}
    (finding,) = run.json["findings"]
    assert [step["path"] for step in finding["trace"]] == [".env", "settings.py", "app.py"]
    assert check(root, ".env").found == {("KL201", ".env", 1)}


def test_a_single_file_invents_no_missing_key(project: Project, check: Runs) -> None:
    files = {**SHOP, ".env": "OPENAI_API_KEY={fake:openai-project-key}\n"}
    assert check(project(files), "app.py").found == set()


def test_ignored_env_files_are_context_and_never_hardcoded(project: Project, check: Runs, git: Runs) -> None:
    root = project({**SHOP, ".gitignore": ".env\n"})
    git(root, "init", "-q")
    git(root, "add", ".")
    assert check(root).found == {("KL201", ".env", 1), ("KL401", "app.py", 5)}


def test_a_tracked_env_file_is_key_in_config(project: Project, check: Runs, git: Runs) -> None:
    root = project({".env": "GITHUB_TOKEN={fake:github-classic-pat}\n"})
    assert check(root).found == set()
    git(root, "init", "-q")
    git(root, "add", ".env")
    assert check(root).found == {("KL102", ".env", 1)}


def test_staged_sees_the_index_and_not_the_work_tree(project: Project, check: Runs, git: Runs) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n', "b.py": "x = 1\n"})
    git(root, "init", "-q")
    git(root, "add", "a.py", "b.py")
    (root / "a.py").write_text("x = 1\n")
    run = check(root, "--staged")
    assert run.found == {("KL101", "a.py", 1)}, "in a repository with no commit yet"
    git(root, "commit", "-qm", "first", "--no-verify")
    assert "nothing to check" in check(root, "--staged").err
    assert check(root, "--staged").code == 0
    (root / "b.py").write_text((root / "a.py").read_text() + 'T = "x"\n')
    git(root, "add", "b.py")
    (root / "b.py").unlink()
    assert check(root, "--staged").json["scan"]["files"] == 1


def test_staged_context_is_the_index(project: Project, check: Runs, git: Runs) -> None:
    root = project({**SHOP, ".gitignore": ".env\n"})
    git(root, "init", "-q")
    git(root, "add", ".")
    (root / "settings.py").write_text("KEY = None\n")
    assert check(root, "--staged").found == {("KL401", "app.py", 5)}


def test_staged_outside_git_is_an_error(project: Project, keylint: Runs) -> None:
    run = keylint("--staged", cwd=project({"a.py": "x = 1\n"}))
    assert run.code == 2
    assert "--staged" in run.err


def test_stdin_takes_the_place_of_its_file(project: Project, check: Runs) -> None:
    root = project(SHOP)
    text = (root / "app.py").read_text().replace("api_key=KEY", 'api_key="YOUR_API_KEY"')
    run = check(root, "-", "--stdin-filename", "app.py", stdin=text)
    assert ("KL401", "app.py", 5) in run.found
    assert run.json["scan"]["files"] == 1


def test_crlf_in_the_middle_of_a_list_of_files(project: Project, check: Runs) -> None:
    root = project({f"pkg{n}/a.py": 'TOKEN = "{fake:github-classic-pat#' + str(n) + '}"\r\n' for n in range(3)})
    assert check(root, "pkg0/a.py", "pkg2/a.py").found == {("KL101", "pkg0/a.py", 1), ("KL101", "pkg2/a.py", 1)}


def test_excluded_files_are_counted(project: Project, check: Runs) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n', "b.py": "x = 1\n"})
    run = check(root, ".", "--exclude", "a.py")
    assert run.found == set()
    assert {"path": "a.py", "reason": "excluded"} in run.json["scan"]["skipped"]
    run = check(root, "a.py", "--exclude", "a.py")
    assert run.code == 0
    assert "nothing to check" in run.err


def test_binary_files_are_counted(project: Project, check: Runs) -> None:
    root = project({"a.bin": b"\x00\x01\x02" * 100, "b.py": "x = 1\n"})
    assert check(root).json["scan"]["skipped"] == [{"path": "a.bin", "reason": "binary"}]


def test_inline_ignores_are_counted_and_unused_ones_said(project: Project, check: Runs) -> None:
    root = project(
        {
            "a.py": 'TOKEN = "{fake:github-classic-pat}"  # keylint: ignore[KL101] rotated tomorrow\n',
            "b.py": "x = 1  # keylint: ignore[KL101]\n",
        }
    )
    run = check(root)
    assert run.found == set()
    assert run.json["scan"]["suppressed"] == {"inline": 1, "baseline": 0, "detect_secrets": 0}
    assert "b.py:1" in run.err
    assert "unused" in run.err


def test_select_ignore_and_fail_on(project: Project, check: Runs) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat!bad-checksum}"\n'})
    assert {code for code, _, _ in check(root, ".", "--select", "KL202").found} == {"KL202"}
    assert check(root, ".", "--ignore", "KL2").found == set()
    assert check(root, ".", "--fail-on", "never").code == 0
    assert check(root, ".", "--exit-zero").code == 0
    assert check(root).code == 1


def test_fix_strips_and_is_idempotent(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({".env": 'A=1\nOPENAI_API_KEY="  {fake:openai-project-key} "  # note\n'})
    before = (root / ".env").read_text()
    key = before.split('"')[1].strip()
    shown = keylint(".", "--diff", cwd=root)
    assert key not in shown.out
    assert "OPENAI_API_KEY" in shown.out
    assert (root / ".env").read_text() == before
    fixed = keylint(".", "--fix", cwd=root)
    assert (root / ".env").read_text() == f'A=1\nOPENAI_API_KEY="{key}"  # note\n'
    assert "fixed 1 finding" in fixed.err
    assert check(root).found == set()


def test_output_file_and_formats(project: Project, keylint: Runs) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    for name in ("text", "json", "sarif", "github"):
        run = keylint(".", "--output-format", name, "-o", f"../{name}.out", cwd=root)
        assert run.code == 1
        assert run.out == ""
        assert "KL101" in (root.parent / f"{name}.out").read_text(encoding="utf-8")
    assert json.loads((root.parent / "json.out").read_text())["schema"] == "keylint/v1"


def test_output_is_the_same_twice_and_from_elsewhere(project: Project, check: Runs) -> None:
    root = project({**SHOP, "b/c.py": 'T = "{fake:github-classic-pat}"\n'})
    one, two = check(root).json, check(root.parent, str(root)).json
    for report in (one, two):
        report["scan"].pop("duration_s")
    assert one == two


def test_as_of_decides_what_has_expired(project: Project, keylint: Runs) -> None:
    root = project({"a.py": 'TOKEN = "{fake:jwt!expires=2027-03-01}"\n'})

    def codes(day: str) -> set[str]:
        run = keylint(".", "--output-format", "json", "--as-of", day, cwd=root)
        return {finding["code"] for finding in run.json["findings"]}

    assert "KL301" not in codes("2027-02-27")
    assert "KL304" in codes("2027-02-27")
    assert "KL301" in codes("2027-03-02")


def test_many_processes_find_the_same(project: Project, check: Runs) -> None:
    files = {f"d{n % 40}/m{n}.py": f"x = {n}\n" for n in range(3_200)}
    files |= {f"d{n}/k{n}.py": f'TOKEN = "{{fake:github-classic-pat#{n}}}"\n' for n in range(20)}
    run = check(project(files))
    assert run.found == {("KL101", f"d{n}/k{n}.py", 1) for n in range(20)}
    assert run.json["scan"]["files"] == 3_220


def test_a_cache_that_cannot_be_written_changes_nothing(project: Project, check: Runs, home: Path) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    (home / "cache").write_text("not a directory")
    assert check(root, env={"XDG_CACHE_HOME": str(home / "cache")}).found == {("KL101", "a.py", 1)}


def test_a_damaged_cache_is_as_good_as_none(project: Project, check: Runs, home: Path) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    own = {"XDG_CACHE_HOME": str(home / "cache")}
    check(root, env=own)
    cached = [path for path in (home / "cache").rglob("*") if path.is_file()]
    assert cached
    for path in cached:
        path.write_bytes(b"{" + path.read_bytes()[: path.stat().st_size // 2])
    assert check(root, env=own).found == {("KL101", "a.py", 1)}


def test_nothing_of_the_scanned_project_is_executed(project: Project, keylint: Runs) -> None:
    evil = "open('executed', 'w').close()\n"
    root = project(
        {
            "setup.py": evil,
            "conftest.py": evil,
            "sitecustomize.py": evil,
            "libcst.py": evil,
            "click.py": evil,
            "evil.py": evil,
            "evil.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
            "evil.egg-info/entry_points.txt": "[keylint.rules]\nevil = evil\n",
            "evil.egg-info/top_level.txt": "evil\n",
        }
    )
    keylint(".", cwd=root)
    import sys

    subprocess.run([sys.executable, "-m", "keylint", "."], cwd=root, capture_output=True, check=False)
    assert not (root / "executed").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(keylint: Runs, tmp_path: Path, shell: str) -> None:
    run = keylint("completion", shell, cwd=tmp_path)
    assert run.code == 0
    assert "_KEYLINT_COMPLETE" in run.out
