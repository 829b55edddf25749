"""`keylint status test` and `keylint status check`: what they say and exit with, against a real service on loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand

TOKEN = "t" * 40
KEY, OTHER = expand("{fake:openai-project-key}"), expand("{fake:openai-project-key#1}")


@pytest.fixture
def here(tmp_path: Path, keylint: Callable[..., Any]) -> Path:
    """A directory with an inventory that has one key of OpenAI."""
    directory = tmp_path / "work"
    directory.mkdir()
    add = ("inventory", "add", "--file", "keys.yaml", "--provider", "openai", "--status", "revoked", "--owner", "ann")
    assert keylint(*add, "--checked-at", "2026-11-18", cwd=directory, stdin=KEY).code == 0
    text = (directory / "keys.yaml").read_text()
    (directory / "keys.yaml").write_text(text + "complete_for: [{provider: openai, env: production}]\n")
    return directory


def test_every_source_is_tried(here: Path, keylint: Callable[..., Any], serve: Callable[..., Any]) -> None:
    url, process = serve(here / "keys.yaml", TOKEN)
    arguments = ("status", "test", "--status", "keys.yaml", "--status", url)
    env = {"KEYLINT_STATUS_TOKEN": TOKEN}
    fine = keylint(*arguments, cwd=here, env=env)
    assert (fine.code, fine.err) == (0, "")
    head, inventory, service = fine.out.splitlines()
    assert head.split() == ["SOURCE", "ANSWERS", "KEYS", "FRESH", "TIME"]
    assert inventory.split()[:4] == ["inventory", "keys.yaml", "yes", "1"]
    assert inventory.endswith("complete for openai in production")
    assert service.split()[2:4] == ["yes", "1"]
    refused = keylint(*arguments, cwd=here, env={"KEYLINT_STATUS_TOKEN": "x" * 40})
    assert refused.code == 3
    assert "our own credential is refused" in " ".join(refused.out.split()), refused.out
    other = keylint(*arguments, cwd=here, env={**env, "KEYLINT_PEPPER": "another" * 6})
    assert (other.code, "made with pepper" in other.err) == (2, True), "as in a run"
    process.terminate()
    process.wait(30)
    gone = keylint(*arguments, "--output-format", "json", cwd=here, env=env)
    assert gone.code == 3
    first, second = gone.json["sources"]
    assert (first["error"], first["entries"], first["as_of"]) == (None, 1, "2026-11-18T00:00:00Z")
    assert first["complete_for"] == [{"provider": "openai", "env": "production"}]
    assert (second["network"], "no connection" in second["error"]) == (True, True)


def test_nobody_is_configured(tmp_path: Path, home: Path, keylint: Callable[..., Any]) -> None:
    run = keylint("status", "test", cwd=tmp_path)
    assert not list(home.rglob("pepper")), "none was needed"
    assert (run.code, run.out) == (0, "No source is configured: docs/status.md says how to.\n")
    assert keylint("status", "test", "--output-format", "json", cwd=tmp_path).json["sources"] == []


def test_a_mistake_in_the_configuration(here: Path, keylint: Callable[..., Any]) -> None:
    (here / "keylint.toml").write_text('[[source]]\ntype = "service"\nurl = "http://127.0.0.1:1"\n')
    run = keylint("status", "test", cwd=here)
    assert (run.code, "not taken from the scanned project" in run.err) == (2, True)
    assert keylint("status", "test", "--trust-repo-config", cwd=here).code == 3


def test_one_key(here: Path, keylint: Callable[..., Any]) -> None:
    arguments = ("status", "check", "--status", "keys.yaml")
    dead = keylint(*arguments, cwd=here, stdin=KEY + "\n")
    assert (dead.code, dead.err) == (1, "")
    assert dead.out.startswith("dead  sk-proj-…")
    assert "revoked, says inventory keys.yaml, checked" in dead.out
    assert "owner ann" in dead.out
    assert keylint(*arguments, cwd=here, stdin=OTHER).code == 3
    for environment, code in (("production", 1), ("prod", 1), ("staging", 3)):
        listed = keylint(*arguments, "--environment", environment, cwd=here, stdin=OTHER)
        assert (listed.code, "not listed" in listed.out) == (code, True), "the list is complete for production"
    assert keylint("status", "check", cwd=here, stdin=KEY).code == 3, "nobody was asked"
    broken = keylint("status", "check", cwd=here, stdin=KEY[:-1])
    assert (broken.code, broken.out.split()[0]) == (1, "dead")
    assert "KL201" in broken.out
    add = ("inventory", "add", "--file", "keys.yaml", "--provider", "openai", "--status", "active")
    keylint(*add, "--expires-at", "2027-01-01", cwd=here, stdin=OTHER)
    live = keylint(*arguments, "--output-format", "json", cwd=here, stdin=OTHER)
    assert (live.code, live.json["standing"], live.json["status"]["verdict"]) == (0, "live", "live")
    (evidence,) = live.json["evidence"]
    assert (evidence["source"], evidence["tier"], evidence["reason"]) == ("inventory keys.yaml", "inventory", "active")
    later = keylint(*arguments, "--as-of", "2027-02-01", cwd=here, stdin=OTHER)
    assert (later.code, "expired on 2027-01-01" in later.out) == (1, True)


def test_what_the_user_says_of_the_key(here: Path, keylint: Callable[..., Any]) -> None:
    opaque = expand("{fake:deepgram-api-key}")
    unknown = json.loads(keylint("status", "check", "--output-format", "json", cwd=here, stdin=opaque).out)
    said = ("status", "check", "--output-format", "json")
    by_provider = keylint(*said, "--provider", "deepgram", cwd=here, stdin=opaque).json
    by_name = keylint(*said, "--name", "DEEPGRAM_API_KEY", cwd=here, stdin=opaque).json
    assert unknown["key"]["provider"] is None
    assert {by_provider["key"]["provider"], by_name["key"]["provider"]} == {"deepgram"}
    assert by_provider["key"]["fingerprint"] == unknown["key"]["fingerprint"]
    wrong = keylint(*said, "--provider", "nobody", cwd=here, stdin=opaque)
    assert (wrong.code, wrong.out) == (2, "")
    assert "no provider and no kind is called that" in wrong.err


def test_a_source_that_does_not_answer_is_said(here: Path, keylint: Callable[..., Any]) -> None:
    run = keylint("status", "check", "--status", "http://127.0.0.1:1", cwd=here, stdin=KEY)
    assert run.code == 3
    assert "silent" in run.out
    assert "127.0.0.1:1: no connection" in run.out
    offline = keylint("status", "check", "--status", "http://127.0.0.1:1", "--offline", cwd=here, stdin=KEY)
    assert (offline.code, "silent" in offline.out) == (3, False)
