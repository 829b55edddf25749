import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from keylint.catalogue.fake import fake
from keylint.cli import cli
from keylint.model import KeyRef, Live, Reason
from keylint.status import resolve
from keylint.status.fingerprint import Fingerprinter, Pepper
from keylint.status.inventory import Hint, InventorySource, Status, load

PEPPER = "p" * 32
KEY = fake("github-classic-pat")
OTHER = fake("github-classic-pat", 1)
OPAQUE = "0pAqUe" * 8
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def home(tmp_path, monkeypatch, cache):
    for name in ("KEYLINT_PEPPER", "KEYLINT_PEPPER_ID", "KEYLINT_PEPPER_FILE", "KEYLINT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path / "home"


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setenv("KEYLINT_PEPPER", PEPPER)
    monkeypatch.setenv("KEYLINT_PEPPER_ID", "p-1")

    def run(*arguments, stdin=""):
        return CliRunner().invoke(cli, ["inventory", *arguments], input=stdin)

    return run


def added(run, *more, key=KEY, provider="github", status="active"):
    return run("add", "--file", "keys.yaml", "--provider", provider, "--status", status, *more, stdin=key)


def entries():
    return load("keys.yaml", {"p-1"}, lambda _: False).entries


def fingerprint(key):
    return Fingerprinter(Pepper("p-1", PEPPER.encode())).of(key)


def test_add_prints_one_line_of_json_and_nothing_else(run):
    result = added(run)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "fingerprint": fingerprint(KEY),
        "provider": "github",
        "status": "active",
        "file": "keys.yaml",
        "added": True,
    }
    assert result.stdout.count("\n") == 1
    assert json.loads(added(run).stdout)["added"] is False


def test_add_stores_what_was_said(run):
    options = {"--expires-at": "2027-01-04", "--replaced-by": "vault: github#v2", "--environment": "production",
               "--owner": "Zoë", "--id": "key 1", "--checked-at": "2026-11-20T10:00:00.5+02:00"}  # fmt: skip
    assert added(run, *(part for pair in options.items() for part in pair), status="rotated").exit_code == 0
    (entry,) = entries()
    assert (entry.fingerprint, entry.provider, entry.status) == (fingerprint(KEY), "github", Status.ROTATED)
    assert (entry.environment, entry.owner, entry.id, entry.replaced_by) == (
        "production", "Zoë", "key 1", "vault: github#v2",
    )  # fmt: skip
    assert entry.expires_at == datetime(2027, 1, 4, tzinfo=UTC)
    assert entry.checked_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert entry.hint == Hint(40, "ghp_", KEY[-4:])


def test_a_status_was_checked_now_unless_said_otherwise(run):
    before = datetime.now(UTC).replace(microsecond=0)
    added(run)
    (entry,) = entries()
    assert before <= entry.checked_at <= before + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("short-key", Hint(9)),
        ("a-b" * 10 + "x", Hint(31)),
        ("sk-" + "aB3" * 10, Hint(33, "sk-", "3aB3")),
        ("a1b2" * 8, Hint(32, None, "a1b2")),
        ("abcdefgh-" + "x1" * 20, Hint(49, None, "x1x1")),
        ("SG." + "x1" * 20 + "._-", Hint(46, "SG.", None)),
        ("_" + "x1" * 20, Hint(41, None, "x1x1")),
    ],
)
def test_a_hint_gives_little_away(run, key, hint):
    assert added(run, provider="acme", key=key).exit_code == 0
    assert entries()[0].hint == hint
    if len(key) < 32:
        assert key[-4:] not in Path("keys.yaml").read_text()


@pytest.mark.parametrize("around", ["{}", "{}\n", " {}\r\n", '"{}"\n', "'{}'", "\ufeff{}\n", "`{}`"])
def test_what_surrounds_the_key_does_not_count(run, around):
    assert json.loads(added(run, key=around.format(KEY)).stdout)["fingerprint"] == fingerprint(KEY)


def test_a_private_key_may_have_lines(run):
    pem = "\n".join(["-----BEGIN " + "PRIVATE KEY-----", "x1" * 30, "-----END " + "PRIVATE KEY-----"])
    assert added(run, key=pem + "\n", provider="acme").exit_code == 0
    assert entries()[0].hint == Hint(len(pem))


def test_an_added_key_is_known_to_a_check(run):
    added(run, status="revoked")
    added(run, key=OTHER)
    source = InventorySource(load("keys.yaml", {"p-1"}, lambda _: False))
    found = resolve([KeyRef(fingerprint(k), "github", None) for k in (KEY, OTHER)], [source], (), NOW).verdicts
    assert [v.reason for v in found.values()] == [Reason.REVOKED, Reason.ACTIVE]
    assert [v.live for v in found.values()] == [Live.DEAD, Live.LIVE]


def test_a_created_pepper_is_announced_once(home):
    arguments = ["inventory", "add", "--file", "keys.yaml", "--provider", "acme", "--status", "active"]
    first = CliRunner().invoke(cli, arguments, input=KEY)
    pepper = home / "config" / "keylint" / "pepper"
    assert first.exit_code == 0
    assert str(pepper) in first.stderr
    assert first.stderr.count("\n") == 1
    second = CliRunner().invoke(cli, arguments, input=KEY)
    assert second.stderr == ""
    assert json.loads(first.stdout)["fingerprint"] == json.loads(second.stdout)["fingerprint"]
    secret = json.loads(pepper.read_text())["pepper"]
    assert secret not in first.output + second.output


def test_a_pepper_that_cannot_be_kept_is_no_pepper_for_an_inventory(home):
    home.parent.joinpath("home").write_text("")
    arguments = ["inventory", "add", "--file", "keys.yaml", "--provider", "acme", "--status", "active"]
    result = CliRunner().invoke(cli, arguments, input=KEY)
    assert result.exit_code == 2
    assert result.stderr.startswith("keylint: error: there is no pepper, and none can be kept in ")
    assert not Path("keys.yaml").exists()


def test_the_pepper_file_of_the_users_configuration_is_used(home, monkeypatch):
    config = home / "config" / "keylint"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('pepper-file = "team"\n')
    (config / "team").write_text(json.dumps({"id": "p-1", "pepper": PEPPER}))
    arguments = ["inventory", "add", "--file", "keys.yaml", "--provider", "acme", "--status", "active"]
    result = CliRunner().invoke(cli, arguments, input=KEY)
    assert json.loads(result.stdout)["fingerprint"] == fingerprint(KEY)


# Mistakes: exit status 2, one line, no key

GOOD = ("add", "--file", "keys.yaml", "--provider", "acme", "--status", "active")
MISTAKES = [
    (("add", "--provider", "acme", "--status", "active"), KEY, "--file is missing"),
    (("add", "--file", "keys.yaml", "--status", "active"), KEY, "--provider is missing"),
    (("add", "--file", "keys.yaml", "--provider", "acme"), KEY, "--status is missing"),
    ((*GOOD, KEY), "", "a key is read from standard input"),
    ((*GOOD, f"--{KEY}"), "", "a key is read from standard input"),
    ((*GOOD, f"--key={KEY}"), "", "a key is read from standard input"),
    ((*GOOD, "--owner"), KEY, "--owner needs a value"),
    ((*GOOD, "--status", KEY), KEY, "--status is one of active, expired,"),
    ((*GOOD, "--provider", KEY), OPAQUE, "--provider: an id is made of"),
    ((*GOOD, "--provider", "Acme"), KEY, "--provider: an id is made of"),
    ((*GOOD, "--provider", ""), KEY, "--provider: an id is made of"),
    ((*GOOD, "--expires-at", KEY), KEY, "--expires-at: not an ISO date or time"),
    ((*GOOD, "--checked-at", "soon"), KEY, "--checked-at: not an ISO date or time"),
    ((*GOOD, "--owner", "a\nb"), KEY, "--owner: contains a control character"),
    ((*GOOD, "--owner", " "), KEY, "--owner: is empty"),
    ((*GOOD, "--owner", "x" * 300), KEY, "--owner: longer than 256 characters"),
    ((*GOOD, "--replaced-by", KEY), KEY, "--replaced-by: this is the key itself"),
    ((*GOOD, "--replaced-by", f"now {OPAQUE}!"), OPAQUE, "--replaced-by: this is the key itself"),
    ((*GOOD, "--replaced-by", OTHER), KEY, "--replaced-by: this looks like a key"),
    ((*GOOD, "--replaced-by", f"see {OTHER}"), KEY, "--replaced-by: this looks like a key"),
    ((*GOOD, "--replaced-by", OPAQUE), KEY, "--replaced-by: this looks like a key"),
    ((*GOOD, "--owner", OTHER), KEY, "--owner: this looks like a key"),
    ((*GOOD, "--environment", OTHER), KEY, "--environment: this looks like a key"),
    ((*GOOD, "--owner", f"team {OPAQUE}"), KEY, "--owner: this looks like a key"),
    ((*GOOD, "--id", OPAQUE), KEY, "--id: this looks like a key"),
    ((*GOOD, "--id", KEY), KEY, "--id: this is the key itself"),
    (GOOD, "", "no key on standard input"),
    (GOOD, ' "\ufeff" \n', "no key on standard input"),
    (GOOD, f"{KEY}\n{OTHER}\n", "several lines"),
    (GOOD, KEY.encode("utf-16"), "not UTF-8 text"),
    (GOOD, "\0".join(KEY), "not UTF-8 text"),
    (GOOD, KEY * 2000, "more than 65,536 bytes"),
    (("add", "--file", "absent/keys.yaml", "--provider", "acme", "--status", "active"), KEY, "No such file or directory"),
    (("add", "--file", ".", "--provider", "acme", "--status", "active"), KEY, "not a regular file"),
    (("add", "--file", "plain.yaml", "--provider", "acme", "--status", "active"), KEY, "plain.yaml:4: holds a key"),
    (("add", "--file", "other.yaml", "--provider", "acme", "--status", "active"), KEY, "made with pepper p-2, and"),
    (("list", "--file", "plain.yaml"), "", "plain.yaml:4: holds a key in plain text"),
    (("list", "--file", "absent.yaml"), "", "absent.yaml: cannot be read"),
    (("list",), "", "--file is missing"),
    (("list", "--file", "keys.yaml", "--output-format", KEY), "", "--output-format is one of text, json"),
    ((KEY,), "", "inventory has the commands add, import, list, revoke, rotate"),
    ((f"--{KEY}",), "", "no such option"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "stdin", "message"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_mistake_is_one_line_without_a_key(run, arguments, stdin, message):
    plain = f"keylint_inventory: 1\nkeys:\n- fp: {fingerprint('x')}\n  provider: {OTHER}\n  status: active\n"
    Path("plain.yaml").write_text(plain)
    Path("other.yaml").write_text("keylint_inventory: 1\npepper_id: p-2\nkeys:\n")
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("keylint: error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert not any(key in result.stderr for key in (KEY, OTHER, OPAQUE, PEPPER))
    assert not Path("keys.yaml").exists()


def test_a_public_identifier_may_look_like_one(run):
    assert added(run, "--id", fake("aws-access-key-id"), "--replaced-by", fingerprint(OTHER)).exit_code == 0


def test_no_file_holds_a_key(run, tmp_path, cache):
    for key in (KEY, OPAQUE):
        added(run, "--owner", "me", key=key, provider="acme")
        added(run, status="revoked", key=key, provider="acme")
    run("list", "--file", "keys.yaml")
    files = [path for top in (tmp_path, cache) for path in top.rglob("*") if path.is_file()]
    assert Path("keys.yaml").resolve() in files
    for path in files:
        data = path.read_bytes()
        assert not any(key.encode() in data for key in (KEY, OPAQUE))


# list


def test_list_shows_the_keys_without_a_pepper(run, monkeypatch):
    added(run, "--owner", "Zoë", "--expires-at", "2027-01-04", "--environment", "prod")
    added(run, key="short-key", provider="acme", status="revoked")
    monkeypatch.delenv("KEYLINT_PEPPER")
    result = run("list", "--file", "keys.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    head, first, second, summary = result.stdout.splitlines()
    assert head.split() == ["PROVIDER", "STATUS", "ENVIRONMENT", "EXPIRES", "OWNER", "HINT", "FINGERPRINT"]
    short = fingerprint(KEY).rsplit(":", 1)[1][:8]
    assert first.split() == ["github", "active", "prod", "2027-01-04", "Zoë", f"ghp_…{KEY[-4:]}", short]
    assert second.split() == ["acme", "revoked", fingerprint("short-key").rsplit(":", 1)[1][:8]]
    assert summary == "2 keys, pepper p-1"


def test_list_as_json(run):
    added(run, "--expires-at", "2027-01-04", "--checked-at", "2026-11-20")
    text = Path("keys.yaml").read_text()
    Path("keys.yaml").write_text(text + "complete_for: [{provider: acme, env: prod}, {provider: github}]\n")
    document = json.loads(run("list", "--file", "keys.yaml", "--output-format", "json").stdout)
    assert document == {
        "file": "keys.yaml",
        "pepper_id": "p-1",
        "complete_for": [{"provider": "acme", "env": "prod"}, {"provider": "github"}],
        "keys": [
            {
                "fp": fingerprint(KEY),
                "provider": "github",
                "status": "active",
                "hint": {"length": 40, "prefix": "ghp_", "last4": KEY[-4:]},
                "expires_at": "2027-01-04T00:00:00Z",
                "checked_at": "2026-11-20T00:00:00Z",
            }
        ],
    }


@pytest.mark.parametrize("command", [(), ("add",), ("list",)])
def test_help_has_examples(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Examples:\n" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_key_is_asked_for_and_not_shown(home, monkeypatch):
    import pty

    monkeypatch.setenv("KEYLINT_PEPPER", PEPPER)
    monkeypatch.setenv("KEYLINT_PEPPER_ID", "p-1")
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "keylint", "inventory", *GOOD])
    seen = b""
    try:
        while b"Key:" not in seen:
            seen += os.read(terminal, 1024)
        os.write(terminal, KEY.encode() + b"\n")
        while chunk := os.read(terminal, 1024):
            seen += chunk
    except OSError:
        pass  # Linux reports the end of a pseudo-terminal so
    finally:
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert fingerprint(KEY) in seen.decode()
    assert KEY not in seen.decode()


def test_an_id_that_looks_like_a_key_loads_and_is_not_shown(run):
    added(run, key=KEY)
    identity, text = "0123456789abcdef" * 2 + "x", Path("keys.yaml").read_text()
    Path("keys.yaml").write_text(f"{text.rstrip()}\n    id: {identity}\n")
    Path("a.py").write_text(f"KEY = {KEY!r}\n")
    result = CliRunner().invoke(cli, ["check", "a.py", "--status", "keys.yaml"])
    assert (result.exit_code, result.stderr) == (1, ""), "it is hardcoded, and that is all"
    listed = run("list", "--file", "keys.yaml", "--output-format", "json").stdout
    assert json.loads(listed)["keys"][0]["id"] == "012345…"
    assert identity not in listed
    assert run("revoke", "--file", "keys.yaml", stdin=KEY).exit_code == 0
    assert entries()[0].id == identity


def test_an_id_that_is_a_listed_key_does_not_load(run):
    opaque = "0pAqUe" * 8
    added(run, key=opaque, provider="acme")
    text = Path("keys.yaml").read_text()
    Path("keys.yaml").write_text(f"{text.rstrip()}\n    id: {opaque}\n")
    Path("a.py").write_text("x = 1\n")
    result = CliRunner().invoke(cli, ["check", "a.py", "--status", "keys.yaml"])
    assert result.exit_code == 2
    assert result.stderr.endswith("keys.yaml:4: holds a key in plain text; an inventory holds fingerprints only\n")
    assert opaque not in result.output
