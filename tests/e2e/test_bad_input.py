"""Bad input: a clear message, the documented exit status, bounded time and memory, and never a silent all-clear."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand

Project = Callable[..., Path]
Check = Callable[..., Any]


def reasons(run: Any) -> dict[str, str]:
    return {skipped["path"]: skipped["reason"] for skipped in run.json["scan"]["skipped"]}


def test_missing_path(project: Project, keylint: Callable[..., Any]) -> None:
    run = keylint("nowhere.py", cwd=project({"a.py": "x = 1\n"}))
    assert run.code == 2
    assert "nowhere.py" in run.err


def test_no_file_at_all(project: Project, keylint: Callable[..., Any]) -> None:
    run = keylint(".", cwd=project({}))
    assert run.code == 2
    assert "no file" in run.err


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_unreadable_file(project: Project, keylint: Callable[..., Any]) -> None:
    root = project({"a.py": "x = 1\n"})
    (root / "a.py").chmod(0)
    run = keylint("a.py", cwd=root)
    assert run.code == 2
    assert "a.py" in run.err
    assert "unreadable" in run.err


def test_broken_utf8_is_still_matched(project: Project, check: Check) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    (root / "a.py").write_bytes(b"# caf\xe9\n" + (root / "a.py").read_bytes())
    run = check(root)
    assert ("KL101", "a.py", 2) in run.found
    assert "UTF-8" in reasons(run)["a.py"]
    assert run.json["scan"]["complete"] is False
    assert check(root, ".", "--strict").code == 2


def test_python_syntax_error_is_still_matched(project: Project, check: Check) -> None:
    run = check(project({"a.py": 'def broken(:\n    TOKEN = "{fake:github-classic-pat}"\n'}))
    assert ("KL101", "a.py", 2) in run.found or ("KL102", "a.py", 2) in run.found
    assert "line 1" in reasons(run)["a.py"]
    assert run.code == 1


def test_a_huge_single_line_is_said(project: Project, check: Check) -> None:
    root = project({"small.py": "x = 1\n"})
    with open(root / "huge.json", "wb") as file:
        file.truncate(100_000_000)
        file.seek(0)
        file.write(b'{"a": "' + b"x" * 1_000_000)
    run = check(root)
    assert reasons(run)["huge.json"] == "too large"
    assert run.json["scan"]["complete"] is False
    assert run.code == 0
    assert check(root, ".", "--strict").code == 2


def test_yaml_alias_bomb(project: Project, check: Check) -> None:
    levels = ["a0: &a0 {fake:github-classic-pat}"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    run = check(project({"bomb.yaml": "\n".join(levels) + "\n"}))
    assert ("KL102", "bomb.yaml", 1) in run.found


def test_deep_nesting(project: Project, check: Check) -> None:
    deep = "[" * 20_000 + "]" * 20_000
    files = {
        name: f"{prefix}{deep}\n"
        for name, prefix in [("a.json", ""), ("a.yaml", "a: "), ("a.py", "a = "), ("a.toml", "a = ")]
    }
    named = {name: text.replace("[", '["{fake:github-classic-pat}", ', 1) for name, text in files.items()}
    run = check(project(named))
    assert {path for _, path, _ in run.found} == set(named)


def test_symlink_loop(project: Project, check: Check) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    (root / "loop").symlink_to(root)
    (root / "self").symlink_to("self")
    run = check(root)
    assert ("KL101", "a.py", 1) in run.found
    assert reasons(run)["loop"] == "symlink loop"
    assert reasons(run)["self"] == "symlink loop"


def test_env_with_bom_and_crlf(project: Project, check: Check) -> None:
    run = check(project({".env": "\ufeffGITHUB_TOKEN={fake:github-classic-pat}\r\nA=1\r\n"}))
    assert ("KL204", ".env", 1) in run.found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "keylint_inventory: 1\npepper_id: p\nkeys:\n  - fp: FP\n    provider: x\n    status: gone\n",
            ["unknown status", "6"],
        ),
        ("keylint_inventory: 1\npepper_id: p\nkeys:\n  - fp: FP\n    provider: x\n    statuss: active\n", ["statuss"]),
        ("keylint_inventory: 1\npepper_id: p\nkeys: [\n", ["keys.yaml"]),
        ("keylint_inventory: 9\nkeys: []\n", ["keylint_inventory"]),
        (
            "keylint_inventory: 1\npepper_id: p\nkeys:\n  - fp: FP\n    provider: x\n    status: active\n"
            "    id: {fake:github-classic-pat}\n",
            ["plain"],
        ),
    ],
)
def test_bad_inventories(project: Project, keylint: Callable[..., Any], text: str, words: list[str]) -> None:
    fingerprint = "kl1:hmac-sha256:p:" + "0" * 64
    root = project({"a.py": "x = 1\n", "keys.yaml": text.replace("FP", f'"{fingerprint}"')})
    pepper = {"KEYLINT_PEPPER": "ab" * 32, "KEYLINT_PEPPER_ID": "p"}
    run = keylint(".", "--status", "keys.yaml", cwd=root, env=pepper)
    assert run.code == 2
    assert "keys.yaml" in run.err
    assert all(word in run.err for word in words), run.err
    assert "ghp_" not in run.err


def test_an_inventory_made_with_another_pepper_names_both(project: Project, keylint: Callable[..., Any]) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n', "key.txt": "{fake:github-classic-pat}"})
    theirs = {"KEYLINT_PEPPER": "ab" * 32, "KEYLINT_PEPPER_ID": "theirs"}
    ours = {"KEYLINT_PEPPER": "cd" * 32, "KEYLINT_PEPPER_ID": "ours"}
    add = ("inventory", "add", "--file", "keys.yaml", "--provider", "github", "--status", "revoked")
    assert keylint(*add, cwd=root, env=theirs, stdin=(root / "key.txt").read_text()).code == 0
    run = keylint("a.py", "--status", "keys.yaml", cwd=root, env=ours)
    assert run.code == 2
    assert "theirs" in run.err
    assert "ours" in run.err


def test_misspelt_configuration(project: Project, keylint: Callable[..., Any]) -> None:
    root = project({"keylint.toml": 'selct = ["KL1"]\n', "a.py": "x = 1\n"})
    run = keylint(".", cwd=root)
    assert run.code == 2
    assert "keylint.toml" in run.err
    assert "'selct'" in run.err
    assert keylint(".", "--isolated", cwd=root).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--as-of", "yesterday", "."],
        ["--output-format", "xml", "."],
        ["--no-such-option", "."],
        ["-", "a.py"],
        ["-"],
        ["rule", "KL999"],
        ["--unsafe-fixes", "."],
        ["--select", "XX1", "."],
    ],
)
def test_usage_errors(project: Project, keylint: Callable[..., Any], arguments: list[str]) -> None:
    run = keylint(*arguments, cwd=project({"a.py": "x = 1\n"}))
    assert run.code == 2
    assert run.err
    assert "Traceback" not in run.err


def test_a_directory_named_like_a_command(project: Project, keylint: Callable[..., Any]) -> None:
    root = project({"rule/a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    assert "./rule" in keylint("rule", "KL101", cwd=root).err
    assert keylint("./rule", cwd=root).code == 1


def test_internal_error_is_scrubbed(project: Project, keylint: Callable[..., Any]) -> None:
    root = project({"a.py": 'TOKEN = "{fake:github-classic-pat}"\n'})
    plugin = root.parent / "plugin"
    plugin.mkdir()
    (plugin / "sitecustomize.py").write_text(
        "import keylint.engine\n"
        "def broken(request, config, **_):\n"
        "    raise ValueError(open('a.py').read())\n"
        "keylint.engine.check = broken\n",
        encoding="utf-8",
    )
    run = keylint(".", cwd=root, env={"PYTHONPATH": str(plugin)})
    assert run.code == 70
    assert "internal error: ValueError" in run.err
    assert "ghp_" not in run.err + run.out


@pytest.mark.parametrize(
    "before",
    [
        (),
        ("keys",),
        ("check", "--status"),
        ("check", "--config"),
        ("identify", "--config"),
        ("providers", "check"),
        ("inventory", "list", "--file"),
    ],
    ids=" ".join,
)
def test_a_key_that_is_pasted_for_a_path_is_not_repeated(
    before: tuple[str, ...], project: Project, keylint: Callable[..., Any]
) -> None:
    key = expand("{fake:github-classic-pat}")
    run = keylint(*before, key, cwd=project({"a.py": "x = 1\n"}), stdin="x")
    assert run.code == 2
    assert key not in run.out + run.err
    option = keylint("check", f"--{key}", cwd=project({"a.py": "x = 1\n"}))
    assert option.code == 2
    assert key not in option.out + option.err


def test_a_long_file_name_is_repeated(project: Project, keylint: Callable[..., Any]) -> None:
    run = keylint("check", "--status", "keys-2026-of-production.yaml", cwd=project({"a.py": "x = 1\n"}))
    assert "keys-2026-of-production.yaml" in run.err
