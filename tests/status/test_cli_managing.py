"""`keylint inventory revoke`, `rotate` and `import`: what they write, what they refuse, and that no key is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from keylint.catalogue.fake import fake
from keylint.cli import cli
from keylint.model import KeyRef, Live, Reason
from keylint.status import resolve
from keylint.status.fingerprint import Fingerprinter, ListFingerprinter, Pepper
from keylint.status.inventory import Entry, InventorySource, Status, load

PEPPER = "p" * 32
KEY, NEW = fake("github-classic-pat"), fake("github-classic-pat", 1)
OPAQUE = "0pAqUe" * 8
AWS_ID, OTHER_ID = fake("aws-access-key-id"), fake("aws-access-key-id", 1)
GOOGLE_ID = hashlib.sha1(b"a key of Google").hexdigest()
ADD = ("add", "--file", "keys.yaml", "--provider", "github", "--status", "active")

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Iterator[Run]:
    """Runs `keylint inventory …`; in the end no file may hold a key."""
    for name, value in (("HOME", tmp_path), ("XDG_CONFIG_HOME", tmp_path / "config"), ("XDG_CACHE_HOME", cache)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("KEYLINT_PEPPER", PEPPER)
    monkeypatch.setenv("KEYLINT_PEPPER_ID", "p-1")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    said: list[str] = []

    def run(*arguments: str, stdin: str = "") -> Result:
        result = CliRunner().invoke(cli, ["inventory", *arguments], input=stdin)
        said.append(result.output)
        return result

    yield run
    written = [path.read_text("utf-8", "replace") for path in work.rglob("*.yaml")]
    assert not any(key in text for key in (KEY, NEW, OPAQUE) for text in (*said, *written))


def fingerprint(key: str) -> str:
    return Fingerprinter(Pepper("p-1", PEPPER.encode())).of(key)


@pytest.fixture
def rotated(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """An inventory of pepper p-1 lists a key; by now the pepper is p-2, and p-1 the one before."""
    assert run(*ADD, stdin=KEY).exit_code == 0
    monkeypatch.setenv("KEYLINT_PREVIOUS_PEPPER", PEPPER)
    monkeypatch.setenv("KEYLINT_PREVIOUS_PEPPER_ID", "p-1")
    monkeypatch.setenv("KEYLINT_PEPPER", "q" * 32)
    monkeypatch.setenv("KEYLINT_PEPPER_ID", "p-2")
    return run


def test_an_inventory_of_the_pepper_before_is_still_kept_up(rotated: Run) -> None:
    successor = json.loads(rotated("rotate", "--file", "keys.yaml", "--successor", stdin=f"{KEY}\n{NEW}\n").stdout)[
        "successor"
    ]
    assert successor == fingerprint(NEW)
    assert rotated("revoke", "--file", "keys.yaml", stdin=NEW).exit_code == 0
    entries = {entry.fingerprint: entry.status for entry in load("keys.yaml", ["p-1"], lambda _: False).entries}
    assert entries == {fingerprint(KEY): Status.ROTATED, fingerprint(NEW): Status.REVOKED}


def test_one_of_neither_pepper_is_refused(rotated: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYLINT_PREVIOUS_PEPPER_ID", "p-0")
    for command in ("revoke", "rotate"):
        refused = rotated(command, "--file", "keys.yaml", stdin=KEY)
        assert refused.exit_code == 2
        assert "keys.yaml: of pepper p-1, and the pepper here is p-2 and p-0" in refused.output
    monkeypatch.setenv("KEYLINT_PREVIOUS_PEPPER", "short")
    assert (
        "KEYLINT_PREVIOUS_PEPPER: a pepper has at least 32 bytes"
        in rotated("revoke", "--file", "keys.yaml", stdin=KEY).output
    )


def entries() -> tuple[Entry, ...]:
    return load("keys.yaml", {"p-1"}, lambda _: False).entries


def verdict(ref: KeyRef, day: str = "2026-11-22") -> Any:
    source = InventorySource(load("keys.yaml", {"p-1"}, lambda _: False))
    (found,) = resolve([ref], [source], (), datetime.fromisoformat(day).replace(tzinfo=UTC)).verdicts.values()
    return found


def test_revoke(run: Run) -> None:
    run(*ADD, "--owner", "payments", stdin=KEY)
    result = run("revoke", "--file", "keys.yaml", "--revoked-at", "2026-11-01", stdin=KEY)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "fingerprint": fingerprint(KEY), "provider": "github", "status": "revoked", "file": "keys.yaml", "added": False,
    }  # fmt: skip
    (entry,) = entries()
    assert (entry.status, entry.revoked_at, entry.owner) == (
        Status.REVOKED, datetime(2026, 11, 1, tzinfo=UTC), "payments",
    )  # fmt: skip


def test_rotate_with_a_grace_period(run: Run) -> None:
    run(*ADD, "--environment", "production", stdin=KEY)
    arguments = ("rotate", "--file", "keys.yaml", "--rotated-at", "2026-11-20", "--grace", "7d", "--successor")
    result = run(*arguments, stdin=f"{KEY}\n{NEW}\n")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["successor"] == fingerprint(NEW)
    old, new = entries()
    assert (old.status, old.rotated_at, old.replaced_by) == (
        Status.ROTATED, datetime(2026, 11, 20, tzinfo=UTC), fingerprint(NEW),
    )  # fmt: skip
    assert old.grace_until == datetime(2026, 11, 27, tzinfo=UTC)
    assert (new.fingerprint, new.status, new.provider, new.environment) == (
        fingerprint(NEW), Status.ACTIVE, "github", "production",
    )  # fmt: skip
    ref = KeyRef(fingerprint(KEY), "github", None)
    assert (verdict(ref).live, verdict(ref, "2026-11-28").live) == (Live.LIVE, Live.DEAD)


def test_rotate_without_one(run: Run) -> None:
    run(*ADD, stdin=KEY)
    assert run("rotate", "--file", "keys.yaml", "--replaced-by", "vault: github", stdin=KEY).exit_code == 0
    (entry,) = entries()
    assert (entry.grace_until, entry.replaced_by) == (None, "vault: github")
    assert verdict(KeyRef(fingerprint(KEY), "github", None)).reason is Reason.ROTATED


def test_a_list_without_a_pepper(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEYLINT_PEPPER")
    assert run(*ADD, "--list-id", "acme-1", stdin=KEY).exit_code == 0
    assert run("revoke", "--file", "keys.yaml", stdin=KEY).exit_code == 0
    result = run("rotate", "--file", "keys.yaml", "--successor", stdin=f"{KEY}\n{NEW}\n")
    assert result.exit_code == 0, result.stderr
    made = ListFingerprinter("acme-1")
    assert [entry.fingerprint for entry in entries()] == [made.of(KEY), made.of(NEW)]
    assert not (Path("..") / "config").exists(), "nothing needed a pepper"
    assert run("list", "--file", "keys.yaml").stdout.splitlines()[-1] == "2 keys, list acme-1"


def test_both_sorts_in_one_file(run: Run) -> None:
    run(*ADD, stdin=KEY)
    assert run(*ADD, "--list-id", "acme-1", stdin=NEW).exit_code == 0
    assert run("revoke", "--file", "keys.yaml", stdin=NEW).exit_code == 0
    assert [entry.status for entry in entries()] == [Status.ACTIVE, Status.REVOKED]


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("revoke", "--file", "keys.yaml"), NEW, "does not list this key"),
        (("revoke", "--file", "absent.yaml"), KEY, "cannot be read"),
        (("revoke", "--file", "keys.yaml", "--replaced-by", NEW), KEY, "looks like a key"),
        (("revoke", "--file", "keys.yaml", KEY), "", "a key is read from standard input"),
        (("rotate", "--file", "keys.yaml", "--grace", "7 days"), KEY, "--grace: a time span is written"),
        (("rotate", "--file", "keys.yaml", "--grace", "7d", "--grace-until", "2027-01-01"), KEY, "either --grace"),
        (("rotate", "--file", "keys.yaml", "--successor"), KEY, "two keys are needed"),
        (("rotate", "--file", "keys.yaml", "--successor"), f"{KEY}\n{KEY}\n", "the same key"),
        (("rotate", "--file", "keys.yaml", "--replaced-by", NEW, "--successor"), f"{KEY}\n{NEW}", "this looks like a key"),
        (("rotate", "--file", "keys.yaml"), f"{KEY}\n{NEW}\n", "several lines"),
        ((*ADD, "--list-id", "a b"), KEY, "--list-id: an id is made of"),
        (("import", "--file", "keys.yaml", "--from", "aws"), "{}", "no `AccessKeyMetadata`"),
        (("import", "--file", "keys.yaml", "--from", "aws"), "{", "no JSON"),
        (("import", "--file", "keys.yaml", "--from", "gcloud"), "[{}]", "has no `name`"),
        (("import", "--file", "keys.yaml", "--from", "detect-secrets"), "[]", "no baseline"),
        (("import", "--file", "keys.yaml", "--from", "csv"), "fp,key\n", "either the column"),
        (("import", "--file", "keys.yaml", "--from", "csv"), f"key,provider,status,owner\n{NEW},a,active,{NEW}\n",
         "a key of the table stands in another column"),
        (("import", "--file", "keys.yaml", "--from", "csv"),
         f"key,provider,status,owner\n{OPAQUE},a,active,\n{NEW},a,active,of {OPAQUE}\n", "row 3: a key of the table"),
        (("import", "--file", "keys.yaml", "--from", "csv"),
         "key,provider,status,owner\nplain-words-1,a,active,x\n,a,active,plain-words-1\n", "row 3: a key of the table"),
        (("import", "--file", "keys.yaml", "--from", "csv"), f"key,provider,status,owner\n{NEW},a,active,{OPAQUE}\n",
         "`owner`: looks like a key"),
        (("import", "--file", "keys.yaml", "--from", "aws"),
         json.dumps({"AccessKeyMetadata": [{"AccessKeyId": AWS_ID, "UserName": OPAQUE}]}), "`owner` looks like a key"),
        (("import", "--file", "keys.yaml", "--from", "csv"), f"key,provider,status,owner\n{NEW},a,active,{KEY}\n",
         "holds a key in plain text"),
        (("import", "--file", "keys.yaml", "--from", "csv", "--input", KEY), "", "--input cannot be read"),
        (("import", "--file", "keys.yaml", "--from", KEY), "", "--from is one of csv,"),
    ],
)  # fmt: skip
def test_what_is_refused(arguments: tuple[str, ...], stdin: str, message: str, run: Run) -> None:
    run(*ADD, stdin=KEY)
    before = Path("keys.yaml").read_bytes()
    result = run(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("keylint: error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert Path("keys.yaml").read_bytes() == before


def test_the_wrong_pepper_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*ADD, stdin=KEY)
    monkeypatch.setenv("KEYLINT_PEPPER_ID", "p-2")
    result = run("revoke", "--file", "keys.yaml", stdin=KEY)
    assert "of pepper p-1, and the pepper here is p-2" in result.stderr


# import


def test_import_csv_with_keys(run: Run) -> None:
    table = (
        f'key;provider;status;owner;expires_at\n{KEY};github;active;"a; b";2027-01-04\n"{OPAQUE}";acme;revoked;;\n\n'
    )
    result = run("import", "--file", "keys.yaml", "--from", "csv", stdin=table)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"file": "keys.yaml", "from": "csv", "added": 2, "changed": 0, "left_out": 0}
    first, second = entries()
    assert (first.fingerprint, first.owner, first.expires_at) == (
        fingerprint(KEY), "a; b", datetime(2027, 1, 4, tzinfo=UTC),
    )  # fmt: skip
    assert second.hint is not None
    assert (second.fingerprint, second.hint.length, second.status) == (
        fingerprint(OPAQUE), len(OPAQUE), Status.REVOKED,
    )  # fmt: skip


def test_import_csv_with_fingerprints_changes_what_is_known(run: Run) -> None:
    run(*ADD, "--owner", "me", stdin=KEY)
    table = f"fp,provider,status\n{fingerprint(KEY)},github,disabled\n{fingerprint(NEW)},github,active\n"
    Path("table.csv").write_text(table)
    result = run("import", "--file", "keys.yaml", "--from", "csv", "--input", "table.csv")
    assert json.loads(result.stdout)["added"] == 1
    assert json.loads(result.stdout)["changed"] == 1
    assert [(entry.status, entry.owner) for entry in entries()] == [(Status.DISABLED, "me"), (Status.ACTIVE, None)]


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def test_import_a_baseline(run: Run) -> None:
    Path("app.py").write_text(f'A = 1\nKEY = "{KEY}"\nurl = "https://u:{OPAQUE}@example.com/x"\n')
    Path("moved.env").write_text(f"\n\nTOKEN={NEW}\n")
    (Path("..") / "outside.py").write_text(f'KEY = "{NEW}"\n')
    found = {
        "app.py": [
            {"type": "GitHub Token", "hashed_secret": sha1(KEY), "is_verified": True, "line_number": 2},
            {"type": "Basic Auth Credentials", "hashed_secret": sha1(OPAQUE), "is_verified": False, "line_number": 3},
            {"type": "Secret Keyword", "hashed_secret": sha1("gone"), "is_verified": False, "line_number": 1},
            {"type": "Secret Keyword", "hashed_secret": sha1(KEY), "line_number": 2, "is_secret": False},
            {"type": "Private Key", "hashed_secret": sha1("BEGIN"), "line_number": 1},
        ],
        "moved.env": [{"type": "GitHub Token", "hashed_secret": sha1(NEW), "is_verified": False, "line_number": 1}],
        "../outside.py": [{"type": "GitHub Token", "hashed_secret": sha1(NEW), "line_number": 1}],
    }
    baseline = {"version": "1.5.0", "results": found, "generated_at": "2026-11-20T10:00:00Z"}
    Path(".secrets.baseline").write_text(json.dumps(baseline))
    arguments = ("import", "--file", "keys.yaml", "--from", "detect-secrets", "--input", ".secrets.baseline")
    result = run(*arguments, "--provider", "acme")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["added"] == 3
    assert [(entry.fingerprint, entry.provider, entry.status) for entry in entries()] == [
        (fingerprint(KEY), "github", Status.ACTIVE),
        (fingerprint(OPAQUE), "acme", Status.UNKNOWN),
        (fingerprint(NEW), "github", Status.UNKNOWN),
    ]
    assert entries()[0].checked_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    said = [line.removeprefix("keylint: note: left out: ") for line in result.stderr.splitlines()]
    assert said == [
        "app.py:1: the value is not there any more",
        "app.py:2: marked as no secret",
        "app.py:1: its first line alone is in the baseline",
        "../outside.py:1: the file cannot be read",
    ]
    assert not any(sha1(key) in Path("keys.yaml").read_text() + result.output for key in (KEY, OPAQUE, NEW))
    without = run(*arguments)
    assert "app.py:3: of no kind that keylint knows; --provider says whose it is" in without.stderr


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "a\x1b[2Jb", "x" * 5000, "", "."])
def test_a_path_that_no_file_has_is_left_out(path: str, run: Run) -> None:
    found = {path: [{"type": "GitHub Token", "hashed_secret": sha1(KEY), "line_number": 1}]}
    Path("b").write_text(json.dumps({"results": found}))
    result = run("import", "--file", "keys.yaml", "--from", "detect-secrets", "--input", "b")
    assert (result.exit_code, json.loads(result.stdout)["left_out"]) == (0, 1), result.exception
    assert result.stderr.endswith(":1: the file cannot be read\n")
    assert result.stderr.rstrip("\n").isprintable()


def test_a_real_baseline(run: Run) -> None:
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    Path("app.py").write_text(f'KEY = "{KEY}"\npassword = "{OPAQUE}"\n')
    secrets = SecretsCollection()
    with default_settings():
        secrets.scan_file("app.py")
    Path("b").write_text(json.dumps({"results": secrets.json()}))
    result = run("import", "--file", "keys.yaml", "--from", "detect-secrets", "--input", "b", "--provider", "acme")
    assert result.exit_code == 0, result.stderr
    assert {fingerprint(KEY), fingerprint(OPAQUE)} <= {entry.fingerprint for entry in entries()}


def aws(*rows: tuple[str, str]) -> str:
    listed = [
        {"UserName": "ci", "AccessKeyId": identity, "Status": status, "CreateDate": "2026-01-04T00:00:00+00:00"}
        for identity, status in rows
    ]
    return json.dumps({"AccessKeyMetadata": listed})


def test_import_from_aws(run: Run) -> None:
    arguments = ("import", "--file", "keys.yaml", "--from", "aws")
    result = run(*arguments, stdin=aws((AWS_ID, "Active"), (OTHER_ID, "Inactive")))
    assert result.exit_code == 0, result.stderr
    active, inactive = entries()
    assert (active.fingerprint, active.id, active.owner) == (fingerprint(AWS_ID), AWS_ID, "ci")
    assert (active.status, inactive.status) == (Status.ACTIVE, Status.DISABLED)
    assert active.created_at == datetime(2026, 1, 4, tzinfo=UTC)
    assert json.loads(run(*arguments, stdin=aws((AWS_ID, "Inactive"))).stdout)["changed"] == 1
    assert [entry.status for entry in entries()] == [Status.DISABLED, Status.DISABLED]


def test_import_from_gcloud(run: Run) -> None:
    name = "projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com/keys/"
    rows = [
        {"name": name + GOOGLE_ID, "keyType": "USER_MANAGED", "validAfterTime": "2026-01-04T00:00:00Z",
         "validBeforeTime": "9999-12-31T23:59:59Z"},
        {"name": name + "f" * 40, "keyType": "USER_MANAGED", "validBeforeTime": "2026-06-01T00:00:00Z", "disabled": True},
        {"name": name + "e" * 40, "keyType": "SYSTEM_MANAGED"},
    ]  # fmt: skip
    result = run("import", "--file", "keys.yaml", "--from", "gcloud", stdin=json.dumps(rows))
    assert result.exit_code == 0, result.stderr
    first, second = entries()
    assert (first.id, first.owner, first.expires_at, first.status) == (
        GOOGLE_ID, "ci@p.iam.gserviceaccount.com", None, Status.ACTIVE,
    )  # fmt: skip
    assert (second.status, second.expires_at) == (Status.DISABLED, datetime(2026, 6, 1, tzinfo=UTC))
    assert "managed by Google" in result.stderr
    assert json.loads(result.stdout)["left_out"] == 1


def test_an_entry_made_by_id_gets_no_second_one_for_the_key(run: Run) -> None:
    arguments = ("--file", "keys.yaml", "--provider", "google", "--status", "active")
    assert run("add", *arguments, "--id", GOOGLE_ID, stdin=OPAQUE).exit_code == 0
    name = f"projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com/keys/{GOOGLE_ID}"
    rows = json.dumps([{"name": name, "keyType": "USER_MANAGED", "disabled": True}])
    assert run("import", "--file", "keys.yaml", "--from", "gcloud", stdin=rows).exit_code == 0
    (entry,) = entries()
    assert (entry.fingerprint, entry.status) == (fingerprint(OPAQUE), Status.DISABLED)


# public ids


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        (KeyRef("f", "google", "google-service-account-json", public_id=GOOGLE_ID), (Live.LIVE, Reason.ACTIVE)),
        (KeyRef("f", "google", "google-api-key", public_id=GOOGLE_ID), (Live.NONE, Reason.UNKNOWN)),
        (KeyRef("f", "aws", "google-service-account-json", public_id=GOOGLE_ID), (Live.NONE, Reason.UNKNOWN)),
        (KeyRef("f", "google", "google-service-account-json"), (Live.NONE, Reason.UNKNOWN)),
        (KeyRef("f", "aws", "aws-secret-access-key", public_id=AWS_ID), (Live.DEAD, Reason.DISABLED)),
        (KeyRef("f", "aws", "aws-secret-access-key", public_id=OTHER_ID), (Live.NONE, Reason.UNKNOWN)),
    ],
)
def test_a_key_is_known_by_its_public_id(ref: KeyRef, said: tuple[Live, Reason], run: Run) -> None:
    run("import", "--file", "keys.yaml", "--from", "aws", stdin=aws((AWS_ID, "Inactive"), (OTHER_ID, "Active")))
    name = f"projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com/keys/{GOOGLE_ID}"
    run("import", "--file", "keys.yaml", "--from", "gcloud", stdin=json.dumps([{"name": name}]))
    found = verdict(ref)
    assert (found.live, found.reason) == said


def test_an_id_that_two_entries_have_tells_nothing(run: Run) -> None:
    for key in (KEY, NEW):
        run(*ADD, "--id", "shared", stdin=key)
    ref = KeyRef("f", "github", None, public_id="shared")
    assert verdict(ref).live is Live.NONE
