"""Secrets of no known kind (KL109), through the installed command."""

import json
import random
import shutil
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Project = Callable[..., Path]
Runs = Callable[..., Any]
Git = Callable[..., str]

_random = random.Random(109)
TOKEN = "".join(_random.choice(string.ascii_letters + string.digits) for _ in range(24))
PASSWORD = "Tr4-" + "vkq9Wm"
WEAK = "mysecret" + "password"
FILES = {
    "settings.yml": f"database:\n  user: app\n  password: {PASSWORD}\n",
    "app.py": f'API_TOKEN = "{TOKEN}"\n',
    "README.md": f"    curl -H 'Authorization: Bearer {TOKEN}' https://api.example.com/\n",
    "dev.yml": f"password: {WEAK}\n",
    "ok.py": 'import os\n\npassword = os.environ["DB_PASSWORD"]\napi_key = "YOUR_API_KEY"\n',
    "locales/de.json": '{"password": "Kennwort"}\n',
}
FOUND = {("KL109", "settings.yml", 3), ("KL109", "app.py", 1), ("KL109", "README.md", 1)}
GUESSED = ("KL109", "dev.yml", 1)


def said(run: Any) -> Any:
    """Return a report without the time that it took."""
    report = run.json
    report["scan"].pop("duration_s")
    return report


def test_what_is_found(project: Project, check: Runs) -> None:
    run = check(project(FILES))
    assert run.code == 1
    assert run.found == FOUND
    assert {(f["severity"], f["confidence"]) for f in run.json["findings"]} == {("warning", "high")}
    places = {f["path"]: (f["column"], f["end_column"] - f["column"]) for f in run.json["findings"]}
    assert places == {
        "settings.yml": (13, len(PASSWORD)),
        "app.py": (14, len(TOKEN)),
        "README.md": (FILES["README.md"].index(TOKEN) + 1, len(TOKEN)),
    }


@pytest.mark.parametrize("name", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("more", [(), ("--confidence", "low"), ("--color", "always"), ("--diff",)], ids="".join)
def test_no_value_is_shown(name: str, more: tuple[str, ...], project: Project, keylint: Runs) -> None:
    run = keylint(".", "--output-format", name, *more, cwd=project(FILES))
    assert run.code in (0, 1), run.err
    assert "KL109" in run.out or "--diff" in more
    for value in (TOKEN, PASSWORD, WEAK):
        for part in (value, value[: len(value) // 2 + 2], value[-len(value) // 2 - 2 :]):
            assert part not in run.out + run.err


def test_confidence(project: Project, check: Runs) -> None:
    root = project({**FILES, "words.yml": "password: marmalade\n"})
    words = ("KL109", "words.yml", 1)
    assert check(root, ".", "--confidence", "high").found == FOUND
    assert check(root, ".", "--confidence", "medium").found == check(root).found == {*FOUND, words}
    run = check(root, ".", "--confidence", "low")
    assert run.found == {*FOUND, words, GUESSED}
    told = {f["path"]: f["confidence"] for f in run.json["findings"]}
    assert (told["settings.yml"], told["words.yml"], told["dev.yml"]) == ("high", "medium", "low")


@pytest.mark.parametrize(("setting", "expected"), [("low", {*FOUND, GUESSED}), ("high", FOUND)])
def test_confidence_in_the_configuration(setting: str, expected: Any, project: Project, check: Runs) -> None:
    root = project({**FILES, "pyproject.toml": f'[tool.keylint]\nconfidence = "{setting}"\n'})
    assert check(root).found == expected
    assert check(root, ".", "--confidence", "medium").found == FOUND


def test_selection(project: Project, check: Runs) -> None:
    root = project({**FILES, "key.py": 'KEY = "{fake:github-classic-pat}"\n'})
    assert check(root, ".", "--select", "KL109").found == FOUND
    assert {code for code, _, _ in check(root, ".", "--ignore", "KL109").found} == {"KL101"}


def test_a_git_ignored_file_is_silent(project: Project, check: Runs, git: Git) -> None:
    root = project({**FILES, ".gitignore": "settings.yml\n"})
    git(root, "init")
    assert check(root).found == {spot for spot in FOUND if spot[1] != "settings.yml"}


def test_a_comment_silences_one(project: Project, check: Runs) -> None:
    line = FILES["app.py"].rstrip()
    for comment, expected in (("ignore[KL109] made up", set()), ("ignore[KL101] made up", {("KL109", "app.py", 1)})):
        run = check(project({"app.py": f"{line}  # keylint: {comment}\n"}))
        assert {spot for spot in run.found if spot[0] == "KL109"} == expected


def test_a_baseline_silences_what_is_known(project: Project, keylint: Runs, check: Runs) -> None:
    root = project(FILES)
    assert keylint(".", "--write-baseline", "b.jsonl", cwd=root).code == 0
    assert TOKEN not in (root / "b.jsonl").read_text()
    assert check(root, ".", "--baseline", "b.jsonl").code == 0
    (root / "settings.yml").write_text(f"# moved\n{FILES['settings.yml']}redis:\n  password: {PASSWORD}x\n")
    assert check(root, ".", "--baseline", "b.jsonl").found == {("KL109", "settings.yml", 6)}


def test_one_secret_in_two_files_is_one_key(project: Project, check: Runs) -> None:
    report = check(project(FILES)).json
    keys = {f["path"]: f["key"] for f in report["findings"]}
    assert keys["app.py"] == keys["README.md"]
    assert keys["app.py"]["fingerprint"] != keys["settings.yml"]["fingerprint"]
    assert {(key["kind"], key["provider"], key["masked"]) for key in keys.values()} == {(None, None, "\u2026")}
    assert report["keys"] == [], "it is not known to be one"


def test_a_key_of_a_known_kind_is_reported_once(project: Project, check: Runs) -> None:
    root = project(
        {
            "app.py": 'API_TOKEN = "{fake:github-classic-pat}"\n',
            "app.yml": "api_key: {fake:stripe-secret-key-live}\n",
            ".env": "GITHUB_TOKEN={fake:github-classic-pat!bad-checksum}\n",
        }
    )
    spots = [(f["path"], f["line"]) for f in check(root).json["findings"] if f["code"] in ("KL101", "KL102", "KL109")]
    assert sorted(spots) == sorted(set(spots))
    assert {code for code, path, _ in check(root).found if path != ".env"} == {"KL101", "KL102"}


@pytest.mark.parametrize(("status", "code"), [("revoked", "KL302"), ("active", "KL102")])
def test_what_the_inventory_knows_is_no_guess(
    status: str, code: str, project: Project, keylint: Runs, check: Runs
) -> None:
    root = project({"settings.yml": FILES["settings.yml"]})
    add = ("inventory", "add", "--file", "../keys.yaml", "--provider", "acme", "--status", status)
    assert keylint(*add, cwd=root, stdin=PASSWORD).code == 0
    found = check(root, ".", "--status", "../keys.yaml").found
    assert (code, "settings.yml", 3) in found
    assert "KL109" not in {each for each, _, _ in found}


@pytest.mark.parametrize(
    "line",
    [
        "password: changeme", "password: ${DB_PASSWORD}", "password: '{{ vault_password }}'", "password: <password>",
        "api_key: YOUR_API_KEY", "token: xxxxxxxxxxxxxxxxxxxx", "password: /run/secrets/db", "next_token: " + TOKEN,
    ],
)  # fmt: skip
def test_what_stands_in_for_a_secret_is_none(line: str, project: Project, check: Runs) -> None:
    run = check(project({"app.yml": line + "\n"}), ".", "--confidence", "low", "--select", "KL109")
    assert (run.code, run.found) == (0, set())


def test_many_files_are_read_by_several_processes(project: Project, check: Runs) -> None:
    count = 60
    root = project({f"d{n}/c.yml": f"db:\n  password: {PASSWORD}{n}x\n" for n in range(count)})
    run = check(root)
    assert run.found == {("KL109", f"d{n}/c.yml", 2) for n in range(count)}
    assert len({f["key"]["fingerprint"] for f in run.json["findings"]}) == count


def test_a_second_run_says_the_same_from_the_cache(project: Project, check: Runs, own_cache: Path) -> None:
    root = project(FILES)
    runs = [check(root, env={"XDG_CACHE_HOME": str(own_cache)}) for _ in range(3)]
    assert said(runs[0]) == said(runs[1]) == said(runs[2])
    for path in own_cache.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert TOKEN.encode() not in content
            assert PASSWORD.encode() not in content
    shutil.copy(root / "settings.yml", root / "other.yml")
    changed = check(root, env={"XDG_CACHE_HOME": str(own_cache)})
    assert changed.found == {*FOUND, ("KL109", "other.yml", 3)}


def test_staged_content_is_checked(project: Project, check: Runs, git: Git) -> None:
    root = project({"settings.yml": FILES["settings.yml"], "app.py": "x = 1\n"})
    git(root, "init")
    git(root, "add", ".")
    (root / "settings.yml").write_text("database: {}\n")
    (root / "app.py").write_text(FILES["app.py"])
    assert check(root, "--staged").found == {("KL109", "settings.yml", 3)}
    assert check(root).found == {("KL109", "app.py", 1)}


@pytest.mark.parametrize("path", ["settings.yml", "app.py", "README.md"])
def test_standard_input_is_checked(path: str, project: Project, check: Runs) -> None:
    run = check(project({}), "-", "--stdin-filename", path, stdin=FILES[path])
    assert run.code == 1
    assert {(code, line) for code, _, line in run.found} == {(c, line) for c, p, line in FOUND if p == path}


def test_a_single_file_is_enough(project: Project, check: Runs) -> None:
    assert check(project(FILES), "settings.yml").found == {("KL109", "settings.yml", 3)}


def test_sarif_names_the_rule_and_the_place(project: Project, keylint: Runs) -> None:
    run = keylint(".", "--output-format", "sarif", cwd=project(FILES))
    results = json.loads(run.out)["runs"][0]["results"]
    assert {r["ruleId"] for r in results} == {"KL109"}
    lines = {
        (p["artifactLocation"]["uri"], p["region"]["startLine"])
        for r in results
        for p in (r["locations"][0]["physicalLocation"],)
    }
    assert lines == {(path, line) for _, path, line in FOUND}
