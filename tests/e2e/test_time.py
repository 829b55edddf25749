"""Ends by date: the own word of a key, its age, the history of its line, and its issuer's notices."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Check = Callable[..., Any]
Project = Callable[..., Path]
Commit = Callable[[Path, str], None]

PROVIDER = """
id = "acme"
name = "Acme"
hosts = ["api.acme.example"]
refusal = "401 bad key"

[[header]]
name = "Authorization"
scheme = "Bearer"

[[env]]
name = "ACME_TOKEN"
accepts = ["acme-token"]

[[sink]]
call = "acme.Client"
keyword = "token"
env = ["ACME_TOKEN"]
accepts = ["acme-token"]

[[kind]]
id = "acme-token"
name = "Acme token"
forms = ["'acme_' @jwt{90,300}"]
lifetime = { longest = "90 days", source = "https://acme.example/lifetime", since = 2025-01-01%s }
"""
PROGRAM = 'import acme\n\nclient = acme.Client(token="acme_{fake:jwt!issued=%s}")\n'


@pytest.fixture
def commit(git: Callable[..., str], environ: dict[str, str]) -> Commit:
    """Commit everything, as if on that day."""

    def run(root: Path, day: str) -> None:
        if not (root / ".git").exists():
            git(root, "init", "-q")
        for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
            environ[name] = f"{day}T12:00:00+0000"
        git(root, "add", "-A")
        git(root, "commit", "-qm", day)

    return run


def findings(run: Any) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding for finding in run.json["findings"]}


def acme(project: Project, issued: str, more: str = "") -> Path:
    return project(
        {"app.py": PROGRAM % issued, "acme.toml": PROVIDER % more, "keylint.toml": 'providers = ["acme.toml"]\n'}
    )


def test_a_key_that_says_when_it_was_issued_expires(check: Check, project: Project) -> None:
    found = findings(check(acme(project, "2026-06-01")))
    assert found["KL301"]["severity"] == "error"
    assert found["KL301"]["message"] == (
        "Acme token expired on 2026-08-30 (issued on 2026-06-01, as it says itself; it lives at most 90 days "
        "(https://acme.example/lifetime)): Acme answers 401 bad key"
    )
    assert "KL401" in found
    assert "KL302" not in found


@pytest.mark.parametrize(
    ("issued", "more", "codes"),
    [
        ("2026-09-01", "", {"KL304"}),
        ("2026-11-01", "", set()),
        ("2024-06-01", "", set()),
        ("2026-06-01", ', confidence = "medium"', {"KL301"}),
        ("2027-01-01", "", {"KL211"}),
    ],
)
def test_the_day_of_issue_decides(check: Check, project: Project, issued: str, more: str, codes: set[str]) -> None:
    found = findings(check(acme(project, issued, more)))
    assert found.keys() & {"KL211", "KL301", "KL302", "KL304", "KL401"} == codes
    assert all(found[code]["severity"] != "error" for code in codes)


def test_nothing_but_the_day_of_the_check_counts(check: Check, project: Project) -> None:
    root = acme(project, "2026-06-01")
    assert "KL301" not in findings(check(root, "--as-of", "2026-08-29", "."))
    assert "KL301" in findings(check(root, "--as-of", "2026-08-31", "."))


def test_an_old_line_holds_a_dead_key(check: Check, project: Project, commit: Commit) -> None:
    root = project({"deploy/.env": "# Jira\nJIRA_API_TOKEN={fake:atlassian-api-token}\n", "README.md": "Hello\n"})
    commit(root, "2025-06-01")
    (root / "deploy" / ".env").write_text(
        "# Jira, of the bot\n" + (root / "deploy" / ".env").read_text().split("\n", 1)[1]
    )
    commit(root, "2026-10-01")
    assert check(root).found == {("KL102", "deploy/.env", 2)}
    (finding,) = check(root, "--select", "KL306", ".").json["findings"]
    assert (finding["path"], finding["line"], finding["severity"]) == ("deploy/.env", 2, "warning")
    assert "stands here since 2025-06-01 at least (git blame); it lives at most 1 year (https://" in finding["message"]
    assert check(root, "--select", "KL306", "--as-of", "2026-05-01", ".").json["findings"] == []


def test_a_token_of_an_hour_is_dead_in_a_file(check: Check, project: Project, commit: Commit) -> None:
    root = project({"ci.sh": "export GITHUB_TOKEN={fake:github-app-installation-token-legacy}\n"})
    commit(root, "2026-11-18")
    (finding,) = check(root, "--select", "KL306", ".").json["findings"]
    assert "2026-11-18" in finding["message"]
    assert "let the program fetch one" in finding["help"]


def test_new_lines_have_no_age(check: Check, project: Project, commit: Commit, git: Callable[..., str]) -> None:
    line = "GITHUB_TOKEN={fake:github-app-installation-token-legacy%s}\n"
    root = project({".env": line % "", "other.env": "A=1\n"})
    commit(root, "2026-01-01")
    fresh = project({".env": line % "#1", "new.env": line % "#2"}, "fresh")
    (root / ".env").write_bytes((fresh / ".env").read_bytes())
    (root / "new.env").write_bytes((fresh / "new.env").read_bytes())
    assert check(root, "--select", "KL306", ".").json["findings"] == []
    git(root, "add", "-A")
    assert check(root, "--select", "KL306", "--staged").json["findings"] == []
    commit(root, "2026-11-01")
    assert {finding["path"] for finding in check(root, "--select", "KL306", ".").json["findings"]} == {
        ".env",
        "new.env",
    }


def test_without_a_repository_nothing_is_said(check: Check, project: Project) -> None:
    root = project({".env": "GITHUB_TOKEN={fake:github-app-installation-token-legacy}\n"})
    done = check(root, "--select", "KL306", ".")
    assert (done.code, done.json["findings"]) == (0, [])


def test_without_git_nothing_is_said(check: Check, project: Project, commit: Commit, tmp_path: Path) -> None:
    root = project({".env": "GITHUB_TOKEN={fake:github-app-installation-token-legacy}\n"})
    commit(root, "2026-01-01")
    done = check(root, "--select", "KL306", ".", env={"PATH": str(tmp_path)})
    assert done.json["findings"] == []
    assert "Traceback" not in done.err


def test_git_is_not_asked_unless_the_rule_is_on(
    check: Check, project: Project, commit: Commit, tmp_path: Path, environ: dict[str, str]
) -> None:
    root = project({".env": "GITHUB_TOKEN={fake:github-app-installation-token-legacy}\n"})
    commit(root, "2026-01-01")
    log = tmp_path / "git.log"
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexit 1\n')
    fake.chmod(0o755)
    env = {"PATH": f"{fake.parent}:{environ['PATH']}"}
    check(root, env=env)
    assert not log.exists() or " blame " not in log.read_text()
    check(root, "--select", "KL306", ".", env=env)
    assert log.read_text().count(" blame ") == 1


def test_the_inventory_knows_how_old_a_key_is(check: Check, project: Project, tmp_path: Path) -> None:
    root = project({".env": "JIRA_API_TOKEN={fake:atlassian-api-token}\n"})
    (key,) = check(root).json["keys"]
    fingerprint = key["fingerprint"]
    inventory = tmp_path / "keys.yaml"
    record = {"fp": fingerprint, "provider": "atlassian", "status": "active", "created_at": "2025-01-10"}
    pepper_id = fingerprint.split(":")[2]
    inventory.write_text(json.dumps({"keylint_inventory": 1, "pepper_id": pepper_id, "keys": [record]}))
    (finding,) = check(root, "--status", str(inventory), "--select", "KL306", ".").json["findings"]
    assert "was issued on 2025-01-10 (inventory keys.yaml)" in finding["message"]
    assert "ended by 2026-01-10" in finding["message"]


@pytest.mark.parametrize(
    ("kind", "variable", "as_of", "severity", "words"),
    [
        ("bitbucket-app-password", "BITBUCKET_APP_PASSWORD", "2026-07-28", "error", "since 2026-07-28"),
        ("langsmith-legacy-key", "LANGSMITH_API_KEY", "2026-11-20", "warning", "since 2024-10-22"),
        ("supabase-legacy-jwt", "SUPABASE_KEY", "2027-01-01", "warning", "since 2027-01-01"),
    ],
)
def test_retired_kinds(
    check: Check, project: Project, kind: str, variable: str, as_of: str, severity: str, words: str
) -> None:
    root = project({".env": f"{variable}={{fake:{kind}}}\n"})
    finding = findings(check(root, "--as-of", as_of, "."))["KL305"]
    assert (finding["severity"], words in finding["message"]) == (severity, True)
