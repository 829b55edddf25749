"""Whom a run asks about keys, what it does without an answer, and what it exits with: a real service on loopback."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = {
    "app.py": "import openai\n\nfrom settings import KEY\n\nclient = openai.OpenAI(api_key=KEY)\n",
    "settings.py": 'KEY = "{fake:openai-project-key}"\n',
}
TOKEN = "t" * 40


@pytest.fixture
def root(project: Callable[..., Path]) -> Path:
    return project(PROGRAM)


@pytest.fixture
def environ(environ: dict[str, str], own_cache: Path) -> dict[str, str]:
    """With a cache of its own: answers are kept in it."""
    return {**environ, "XDG_CACHE_HOME": str(own_cache)}


@pytest.fixture
def listed(root: Path, keylint: Callable[..., Any]) -> Path:
    """An inventory in which the key of the program is revoked."""
    key = (root / "settings.py").read_text().split('"')[1]
    add = ("inventory", "add", "--file", "../keys.yaml", "--provider", "openai", "--status", "revoked")
    assert keylint(*add, cwd=root, stdin=key).code == 0
    return root.parent / "keys.yaml"


@pytest.fixture
def service(listed: Path, serve: Callable[..., Any]) -> tuple[str, subprocess.Popen[str]]:
    """A service that holds the inventory."""
    started: tuple[str, subprocess.Popen[str]] = serve(listed, TOKEN)
    return started


def configured(home: Path, text: str) -> None:
    directory = home / "config" / "keylint"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.toml").write_text(text)


def test_a_service_is_asked_once_and_remembered(
    service: tuple[str, subprocess.Popen[str]], root: Path, home: Path, check: Callable[..., Any]
) -> None:
    url, process = service
    configured(home, f'[[source]]\ntype = "service"\nurl = "{url}"\ntoken = "env:STATUS_TOKEN"\n')
    env = {"STATUS_TOKEN": TOKEN}
    run = check(root, ".", env=env)
    assert run.code == 1, run.err
    assert ("KL401", "app.py", 5) in run.found
    (source,) = run.json["scan"]["sources"]
    assert (source["keys"], source["known"], source["cached"], source["error"]) == (1, 1, 0, None)
    process.terminate()
    process.wait(30)
    for arguments in ((".",), (".", "--offline")):
        again = check(root, *arguments, env=env)
        assert again.json["scan"]["sources"][0]["cached"] == 1
        assert ("KL401", "app.py", 5) in again.found
    without = check(root, ".", "--no-cache", env=env)
    assert without.json["scan"]["sources"][0]["error"] is not None
    assert "KL401" not in {code for code, _, _ in without.found}
    assert "keylint: warning" in without.err


def test_a_url_is_a_source_like_a_file(
    service: tuple[str, subprocess.Popen[str]], root: Path, check: Callable[..., Any]
) -> None:
    run = check(root, ".", "--status", service[0], env={"KEYLINT_STATUS_TOKEN": TOKEN})
    assert ("KL401", "app.py", 5) in run.found
    refused = check(root, ".", "--status", service[0], "--no-cache", env={"KEYLINT_STATUS_TOKEN": "x" * 40})
    assert refused.json["scan"]["sources"][0]["error"] is not None
    assert "KL302" not in {code for code, _, _ in refused.found}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--on-source-error", "fail"), 3),
        (("--on-source-error", "warn"), 0),
        (("--on-unknown", "fail"), 3),
        (("--on-unknown", "fail", "--fail-on", "warning"), 1),
        (("--on-source-error", "fail", "--fail-on", "warning"), 1),
    ],
)
def test_a_status_that_was_demanded_and_could_not_be_had(
    options: tuple[str, ...], code: int, root: Path, home: Path, check: Callable[..., Any]
) -> None:
    configured(home, '[[source]]\ntype = "service"\nurl = "http://127.0.0.1:1"\n')
    levels = () if "--fail-on" in options else ("--fail-on", "never")
    run = check(root, ".", *levels, *options)
    assert run.code == code, run.err
    assert run.json["keys"][0]["status"]["reason"] == "source_error"


def test_ignored_errors_are_still_in_the_report(root: Path, home: Path, check: Callable[..., Any]) -> None:
    configured(home, 'on-source-error = "ignore"\n[[source]]\ntype = "service"\nurl = "http://127.0.0.1:1"\n')
    run = check(root, ".", "--fail-on", "never")
    assert (run.code, run.err.count("warning")) == (0, 0)
    assert run.json["scan"]["sources"][0]["error"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[source]]\ntype = "oracle"\n', ["source 1 (oracle)", "no source is of the type", "service, sql"]),
        ('[[source]]\ntype = "service"\n', ["source 1 (service)", "'url' is missing"]),
        ('[[source]]\ntype = "service"\nurl = "https://a.example"\ntokn = "x"\n', ["unknown key 'tokn'"]),
        ('[[source]]\ntype = "github"\nof = "a/b"\ntoken = "ghx_plain"\n', ["env:NAME, file:PATH"]),
        ('[[source]]\ntype = "github"\nof = "a/b"\ntoken = "env:NOT_SET"\n', ["NOT_SET is not set"]),
    ],
)
def test_a_source_that_is_not_configured_as_it_should_be(
    text: str, words: list[str], root: Path, home: Path, check: Callable[..., Any]
) -> None:
    configured(home, text)
    run = check(root)
    assert run.code == 2
    assert all(word in run.err for word in words), run.err
    assert "plain" not in run.err


def test_the_scanned_project_names_no_source(root: Path, check: Callable[..., Any]) -> None:
    (root / "keylint.toml").write_text('[[source]]\ntype = "service"\nurl = "http://127.0.0.1:1"\n')
    run = check(root)
    assert run.code == 2
    assert "not taken from the scanned project" in run.err
    trusted = check(root, ".", "--trust-repo-config")
    assert trusted.json["scan"]["sources"][0]["error"]


def test_live_checks_are_asked_for_twice(root: Path, home: Path, check: Callable[..., Any]) -> None:
    run = check(root, ".", "--live")
    assert (run.code, "[live] providers" in run.err) == (2, True)
    configured(home, '[live]\nproviders = ["openai"]\n')
    quiet = check(root)
    assert quiet.json["scan"]["sources"] == []
    offline = check(root, ".", "--live", "--offline")
    assert offline.json["scan"]["sources"] == []
    configured(home, '[live]\nproviders = ["nobody"]\n')
    wrong = check(root, ".", "--live")
    assert (wrong.code, "no check for 'nobody'" in wrong.err) == (2, True)
