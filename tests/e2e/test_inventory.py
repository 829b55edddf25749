"""An inventory and a project: what it knows is a key, whatever its form; and the fingerprints agree."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand

OPAQUE = ["q7Vb2mZx9LpTr4Wn8Kc1", "in-house_7.9", "pass word with 3 blanks", "a+b/c=d:e!f%g^h&i*j(k)", "x" * 40]


def add(keylint: Callable[..., Any], cwd: Path, key: str, *options: str) -> dict[str, Any]:
    arguments = ("inventory", "add", "--file", "../keys.yaml", "--provider", "acme", *options)
    run = keylint(*arguments, cwd=cwd, stdin=key)
    assert run.code == 0, run.err
    record: dict[str, Any] = json.loads(run.out)
    return record


@pytest.mark.parametrize("key", OPAQUE)
def test_a_known_value_is_found_everywhere(
    key: str, project: Callable[..., Path], keylint: Callable[..., Any], check: Callable[..., Any]
) -> None:
    files = {
        "app.py": f'import os\n\nthing = ["{key}"]\n',
        "app.yaml": f'a:\n  b: "{key}"\n',
        "app.json": json.dumps({"a": [key]}) + "\n",
        "app.toml": f'a = "{key}"\n',
        ".env": f'THING="{key}"\n',
    }
    root = project(files)
    record = add(keylint, root, key, "--status", "revoked", "--replaced-by", "vault: acme/new")
    run = check(root, ".", "--status", "../keys.yaml")
    dead = {path for code, path, _ in run.found if code == "KL302"}
    assert dead == set(files), run.out
    (found,) = run.json["keys"]
    assert found["fingerprint"] == record["fingerprint"]
    assert found["status"]["verdict"] == "dead"
    assert found["status"]["replaced_by"] == "vault: acme/new"
    assert key not in run.out + run.err


def test_a_known_key_at_a_call(
    project: Callable[..., Path], keylint: Callable[..., Any], check: Callable[..., Any]
) -> None:
    root = project(
        {
            "app.py": "import openai\n\nfrom settings import KEY\n\nclient = openai.OpenAI(api_key=KEY)\n",
            "settings.py": 'KEY = "{fake:openai-project-key}"\n',
        }
    )
    key = (root / "settings.py").read_text().split('"')[1]
    assert "KL401" not in {code for code, _, _ in check(root).found}
    add(keylint, root, key, "--status", "expired", "--expires-at", "2026-01-01")
    run = check(root, ".", "--status", "../keys.yaml")
    assert ("KL401", "app.py", 5) in run.found
    assert any(code in ("KL301", "KL302") and path == "settings.py" for code, path, _ in run.found)
    add(keylint, root, key, "--status", "active", "--expires-at", "2027-06-01")
    assert "KL401" not in {code for code, _, _ in check(root, ".", "--status", "../keys.yaml").found}


def test_two_inventories_merge(
    project: Callable[..., Path], keylint: Callable[..., Any], check: Callable[..., Any]
) -> None:
    root = project({"app.py": 'KEY = "{fake:openai-project-key}"\n'})
    key = (root / "app.py").read_text().split('"')[1]
    add(keylint, root, key, "--status", "active", "--checked-at", "2026-11-01")
    (root.parent / "keys.yaml").rename(root.parent / "old.yaml")
    add(keylint, root, key, "--status", "revoked", "--checked-at", "2026-11-19")
    one = check(root, ".", "--status", "../old.yaml", "--status", "../keys.yaml")
    two = check(root, ".", "--status", "../keys.yaml", "--status", "../old.yaml")
    assert one.found == two.found
    assert "KL302" in {code for code, _, _ in one.found}


def test_a_secret_is_known_by_the_id_beside_it(
    project: Callable[..., Path], keylint: Callable[..., Any], check: Callable[..., Any]
) -> None:
    pair = "AWS_ACCESS_KEY_ID={fake:aws-access-key-id}\nAWS_SECRET_ACCESS_KEY={fake:aws-secret-access-key}\n"
    root = project({".env": pair})
    identity = (root / ".env").read_text().split("=", 1)[1].split("\n")[0]
    listing = json.dumps({"AccessKeyMetadata": [{"AccessKeyId": identity, "Status": "Inactive", "UserName": "ci"}]})
    run = keylint("inventory", "import", "--file", "../keys.yaml", "--from", "aws", cwd=root, stdin=listing)
    assert run.code == 0, run.err
    found = check(root, ".", "--status", "../keys.yaml").json["keys"]
    assert {key["kind"]: key["status"]["reason"] for key in found} == {
        "aws-access-key-id": "disabled",
        "aws-secret-access-key": "disabled",
    }
    (root / ".env").write_text((root / ".env").read_text() + expand("OTHER_ID={fake:aws-access-key-id#1}\n"))
    found = check(root, ".", "--status", "../keys.yaml").json["keys"]
    assert {key["kind"]: key["status"]["verdict"] for key in found}["aws-secret-access-key"] == "none", "whose is it?"
