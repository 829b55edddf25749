# ruff: noqa: E501 (a project is a few lines of text)
"""Keys against what stands beside them, through the installed command."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand

OURS, THEIRS = "kvnrdqzwplmhtyxsbgfj", "wtqmbxhdzrkjpylnfvgs"
URL = f"https://{OURS}.supabase.co"
GOOD = f"{{fake:supabase-secret-key!project={OURS}}}"
BAD = f"{{fake:supabase-secret-key!project={THEIRS}}}"
CLIENT = "import os\n\nimport supabase\n\n"
CALL = "supabase.create_client(os.environ['SUPABASE_URL'], os.environ['SUPABASE_KEY'])\n"
CODES = {"KL209", "KL210", "KL308", "KL309", "KL310", "KL406"}

Check = Callable[..., Any]
Write = Callable[..., Path]


def found(check: Check, root: Path, *arguments: str) -> set[str]:
    """Return the findings of the rules in question, as `CODE path:line`."""
    run = check(root, *(arguments or (".", "--select", "ALL")))
    assert run.code in (0, 1), run.err
    return {f"{code} {path}:{line}" for code, path, line in run.found if code in CODES}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({".env": f"SUPABASE_URL={URL}\nSUPABASE_KEY={GOOD}\n"}, set(), id="one-project"),
        pytest.param({".env": f"SUPABASE_URL={URL}\nSUPABASE_KEY={BAD}\n"}, {"KL406 .env:2"}, id="two-projects"),
        pytest.param({".env": f"SUPABASE_URL={URL}/\nSUPABASE_KEY={BAD}\n"}, {"KL406 .env:2"}, id="slash"),
        pytest.param({".env": f"SUPABASE_URL=${{BASE}}\nSUPABASE_KEY={BAD}\n"}, set(), id="reference"),
        pytest.param({".env": f"SUPABASE_URL=https://your-project.supabase.co\nSUPABASE_KEY={BAD}\n"}, set(), id="placeholder"),
        pytest.param(
            {".env": f"SUPABASE_URL={URL}\n", ".env.local": f"SUPABASE_URL=https://{THEIRS}.supabase.co\n", ".env.production": f"SUPABASE_KEY={BAD}\n"},
            set(),
            id="two-candidates",
        ),
        pytest.param(
            {".env": f"SUPABASE_URL={URL}\n", "web/.env": f"SUPABASE_KEY={BAD}\n"}, set(), id="another-directory"
        ),
        pytest.param(
            {".env.staging": f"SUPABASE_URL={URL}\n", ".env.production": f"SUPABASE_KEY={BAD}\n"},
            set(),
            id="another-environment",
        ),
        pytest.param(
            {"api.env": f"SUPABASE_URL={URL}\n", "worker.env": f"SUPABASE_KEY={BAD}\n"}, set(), id="two-programs"
        ),
        pytest.param(
            {"compose.yaml": f"services:\n  web:\n    environment:\n      - SUPABASE_URL={URL}\n      - SUPABASE_KEY={BAD}\n"},
            {"KL406 compose.yaml:5"},
            id="one-service",
        ),
        pytest.param(
            {"pod.yaml": f"spec:\n  env:\n    - name: SUPABASE_URL\n      value: {URL}\n    - name: SUPABASE_KEY\n      value: {BAD}\n"},
            {"KL406 pod.yaml:6"},
            id="container",
        ),
        pytest.param({"app.toml": f'[db]\nSUPABASE_URL = "{URL}"\n[other]\nSUPABASE_KEY = "{BAD}"\n'}, set(), id="two-tables"),
        pytest.param({"tests/conftest.py": f'SUPABASE_URL = "{URL}"\nSUPABASE_KEY = "{BAD}"\n'}, set(), id="test-code"),
        pytest.param({"settings.py": f'SUPABASE_URL = "{URL}"\nSUPABASE_KEY = "{BAD}"\n'}, {"KL406 settings.py:2"}, id="module"),
        pytest.param(
            {".env": f"SUPABASE_URL={URL}\nSUPABASE_KEY={BAD}\n", "db.py": CLIENT + CALL}, {"KL406 db.py:5"}, id="at-the-call"
        ),
        pytest.param(
            {".env": f"SUPABASE_URL={URL}\nSUPABASE_KEY={BAD}\n", "db.py": f"{CLIENT}supabase.create_client('https://{THEIRS}.supabase.co', os.environ['SUPABASE_KEY'])\n"},
            set(),
            id="the-call-has-its-own-url",
        ),
        pytest.param(
            {".env": f"SUPABASE_KEY={BAD}\n", "db.py": f"{CLIENT}supabase.create_client('{URL}', os.environ['SUPABASE_KEY'])\n"},
            {"KL406 db.py:5"},
            id="the-call-has-another-url",
        ),
    ],
)  # fmt: skip
def test_a_key_and_its_url(files: Mapping[str, str], expected: set[str], project: Write, check: Check) -> None:
    assert found(check, project(files)) == expected


def test_the_outcome_and_its_words(project: Write, check: Check) -> None:
    root = project({".env": f"SUPABASE_URL={URL}\nSUPABASE_KEY={BAD}\n", "db.py": CLIENT + CALL})
    run = check(root)
    (finding,) = (f for f in run.json["findings"] if f["code"] == "KL406")
    assert (finding["outcome"], finding["severity"]) == ("fails", "error")
    assert f"{OURS}.supabase.co" in finding["message"]
    assert "Invalid API key" in finding["message"]
    assert finding["trace"][0]["path"] == ".env"
    (key,) = run.json["keys"]
    assert key["definitions"][0]["defects"] == ["KL406"]
    assert key["uses"][0]["outcome"] == "fails"
    assert expand(BAD) not in run.out + run.err


def test_settings_are_no_keys(project: Write, check: Check) -> None:
    lines = (
        f"SUPABASE_URL={URL}",
        "MAILCHIMP_SERVER_PREFIX=us6",
        "PLAID_ENV=sandbox",
        "SENTRY_ORG=acme",
        "SENTRY_URL=https://x.io",
    )
    root = project({".env": "\n".join(lines) + "\n", "settings.py": f'SUPABASE_URL = "{URL}"\nPLAID_ENV = "sandbox"\n'})
    run = check(root, ".", "--select", "ALL")
    assert (run.json["keys"], run.json["findings"]) == ([], [])


def test_a_key_in_a_setting_is_a_key(project: Write, check: Check) -> None:
    run = check(project({".env": "SENTRY_ORG={fake:github-classic-pat}\n"}))
    assert [key["kind"] for key in run.json["keys"]] == ["github-classic-pat"]


OPENAI = "OPENAI_BASE_URL=https://{host}/v1\nOPENAI_API_KEY={{fake:{kind}}}\n"


@pytest.mark.parametrize(
    ("host", "kind", "expected"),
    [
        ("api.groq.com/openai", "openai-project-key", {"KL406"}),
        ("api.groq.com/openai", "groq-api-key", set()),
        ("api.openai.com", "openai-project-key", set()),
        ("api.openai.com", "groq-api-key", {"KL406"}),
        ("llm.internal", "groq-api-key", set()),
        ("llm.internal", "openai-project-key", set()),
        ("gateway.api.groq.com", "openai-project-key", set()),
    ],
)
def test_the_sdk_reads_its_base_url(host: str, kind: str, expected: set[str], project: Write, check: Check) -> None:
    root = project({".env": OPENAI.format(host=host, kind=kind), "app.py": "import openai\n\nopenai.OpenAI()\n"})
    calls = {f["code"] for f in check(root).json["findings"] if f["code"].startswith("KL4")}
    assert calls == expected


def test_a_whole_env_file_of_a_shop_is_quiet(project: Write, check: Check) -> None:
    account = "NqT7sKw2LxVbR4d"
    lines = (
        f"SUPABASE_URL={URL}",
        f"NEXT_PUBLIC_SUPABASE_URL={URL}",
        f"NEXT_PUBLIC_SUPABASE_ANON_KEY={{fake:supabase-publishable-key!project={OURS}}}",
        f"SUPABASE_SERVICE_ROLE_KEY={GOOD}",
        f"LEGACY_SUPABASE_SERVICE_ROLE_KEY={BAD}",
        f"NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY={{fake:stripe-publishable-key-live!account={account}}}",
        f"STRIPE_SECRET_KEY={{fake:stripe-secret-key-live!account={account}}}",
        "STRIPE_APP_SECRET_KEY_TEST={fake:stripe-secret-key-test!account=JfH5gMz9CpYtW3n}",
        "STRIPE_APP_SECRET_KEY={fake:stripe-secret-key-live#2!account=JfH5gMz9CpYtW3n}",
        "STRIPE_WEBHOOK_SECRET={fake:stripe-webhook-secret}",
        "AWS_ACCESS_KEY_ID={fake:aws-access-key-id}",
        "AWS_SECRET_ACCESS_KEY={fake:aws-secret-access-key}",
        "TWILIO_ACCOUNT_SID={fake:twilio-account-sid}",
        "TWILIO_TOKEN={fake:twilio-auth-token}",
        "MAILCHIMP_API_KEY={fake:mailchimp-api-key!region=6}",
        "MAILCHIMP_SERVER_PREFIX=us6",
        "RECAPTCHA_SITE_KEY={fake:google-recaptcha-key!account=dX9mQwAAAAAz}",
        "RECAPTCHA_SECRET_KEY={fake:google-recaptcha-key#2!account=dX9mQwAAAAAz}",
        "DATABASE_URL=postgres://app:pa%2Bss%3Dword@db.internal/app",
    )
    samples = "\n".join(line.partition("=")[0] + "=" for line in lines)
    assert found(check, project({".env": "\n".join(lines) + "\n", ".env.example": samples + "\n"})) == set()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, {"KL210 .env:2"}, id="nowhere"),
        pytest.param({".env.example": "AWS_SECRET_ACCESS_KEY=\n"}, {"KL210 .env:2"}, id="in-a-sample"),
        pytest.param({"deploy.sh": 'export AWS_SECRET_ACCESS_KEY="$(vault read)"\n'}, set(), id="in-a-script"),
        pytest.param({"main.tf": "secret = var.aws_secret_access_key\n"}, set(), id="in-terraform"),
        pytest.param({"app.js": "const s = config.awsSecretAccessKey;\n"}, set(), id="in-javascript"),
        pytest.param({"b/.env": "S3_KEY={fake:aws-secret-access-key}\nAWS_SECRET={fake:aws-secret-access-key}\n"}, set(), id="elsewhere"),
    ],
)  # fmt: skip
def test_the_other_half(files: Mapping[str, str], expected: set[str], project: Write, check: Check) -> None:
    env = "GITHUB_TOKEN={fake:github-classic-pat}\nAWS_ACCESS_KEY_ID={fake:aws-access-key-id}\n"
    assert {each for each in found(check, project({".env": env, **files})) if "KL210" in each} == expected


def test_encoded_keys_are_the_keys_that_they_encode(project: Write, check: Check) -> None:
    key = "{fake:github-classic-pat}"
    root = project(
        {
            ".env": f"GITHUB_TOKEN={key[:-1]}!base64}}\n",
            "old.env": f"GITHUB_TOKEN={key}\n",
            "app.py": "import os\nfrom github import Auth\n\nAuth.Token(os.environ['GITHUB_TOKEN'])\n",
        }
    )
    run = check(root)
    assert len(run.json["keys"]) == 1
    assert {d["path"]: d["defects"] for d in run.json["keys"][0]["definitions"]} == {".env": ["KL209"], "old.env": []}
    assert ("KL209", ".env", 1) in run.found
    assert expand(key[:-1] + "!base64}") not in run.out + run.err


@pytest.mark.parametrize("line", ["GITHUB_TOKEN_B64", "ENCODED_GITHUB_TOKEN"])
def test_a_name_that_says_so_is_decoded(line: str, project: Write, check: Check) -> None:
    assert found(check, project({".env": line + "={fake:github-classic-pat!base64}\n"})) == set()


def test_which_line_wins(project: Write, check: Check) -> None:
    token = "GITHUB_TOKEN={fake:github-classic-pat#%d}\n"
    root = project(
        {
            ".env": token % 1,
            ".env.local": token % 2,
            ".env.production": token % 3,
            ".env.production.local": token % 4,
            "app/.env": token % 5 + token % 6,
        }
    )
    run = check(root)
    shadowed = {f["path"] + ":" + str(f["line"]): f for f in run.json["findings"] if f["code"] == "KL308"}
    assert set(shadowed) == {".env:1", ".env.production:1", "app/.env:1"}
    assert ".env.local:1 sets GITHUB_TOKEN too" in shadowed[".env:1"]["message"]
    assert {f["severity"] for f in shadowed.values()} == {"note"}


def test_sources_that_disagree_are_named(
    project: Write, keylint: Callable[..., Any], check: Check, tmp_path: Path
) -> None:
    root = project({".env": "GITHUB_TOKEN={fake:github-classic-pat}\n"})
    key = (root / ".env").read_text().strip().partition("=")[2]
    for name, status, day in (("a.yaml", "active", "2026-11-01"), ("b.yaml", "revoked", "2026-11-02")):
        added = keylint(
            "inventory", "add", "--file", f"../{name}", "--provider", "github", "--status", status, cwd=root, stdin=key
        )
        assert added.code == 0, added.err
        record = json.loads(added.out)
        text = json.dumps(
            {
                "keylint_inventory": 1,
                "pepper_id": record["fingerprint"].split(":")[2],
                "keys": [{"fp": record["fingerprint"], "provider": "github", "status": status, "checked_at": day}],
            }
        )
        (tmp_path / name).write_text(text)
    run = check(root, ".", "--status", "../a.yaml", "--status", "../b.yaml")
    (note,) = (f for f in run.json["findings"] if f["code"] == "KL309")
    assert "a.yaml says active (2026-11-01)" in note["message"]
    assert "b.yaml says revoked (2026-11-02)" in note["message"]


def test_keys_that_no_source_knows_are_named_on_request(
    project: Write, keylint: Callable[..., Any], check: Check
) -> None:
    root = project(
        {".env": "GITHUB_TOKEN={fake:github-classic-pat}\nSTRIPE_SECRET_KEY={fake:stripe-secret-key-live}\n"}
    )
    key = (root / ".env").read_text().splitlines()[0].partition("=")[2]
    options = ("--file", "../keys.yaml", "--provider", "github", "--status", "active")
    assert keylint("inventory", "add", *options, cwd=root, stdin=key).code == 0
    asked = (".", "--status", "../keys.yaml")
    assert found(check, root, *asked) == set()
    assert found(check, root, *asked, "--select", "KL310") == {"KL310 .env:2"}
    assert found(check, root, ".", "--select", "KL310") == set()
