"""The canary: keys are seeded, every command and format runs, and everything they produce is searched for them."""

import hashlib
import http.client
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from keylint.catalogue.fake import expand

SEEDED = [
    "github-classic-pat", "openai-project-key", "anthropic-api-key", "stripe-secret-key-live", "slack-bot-token", "jwt",
    "sendgrid-api-key", "google-api-key", "azure-storage-account-key", "pypi-api-token", "aws-secret-access-key",
]  # fmt: skip


# Of no known kind, and so short that only its place tells that it is a secret: no argument can be known to be it.
CHOSEN = "Tr4-" + "vkq9Wm"


def plant(root: Path) -> list[str]:
    """Write a project full of keys, sound and damaged, in every kind of file; return the plaintexts."""
    keys = [expand(f"{{fake:{kind}#{n}}}") for n, kind in enumerate(SEEDED)]
    damaged = [expand("{fake:github-classic-pat#90!bad-checksum}"), expand("{fake:openai-project-key#91!truncated=5}")]
    opaque = "q7Vb2mZx9LpTr4Wn8Kc1"
    everything = [*keys, *damaged, opaque]
    lines = "".join(f'KEY_{n}_TOKEN = "{key}"\n' for n, key in enumerate(everything))
    (root / "app.py").write_text("import openai, stripe\n" + lines + "client = openai.OpenAI(api_key=KEY_12_TOKEN)\n")
    table = "".join(f'M["{key}"] = "{key}"\nos.environ["{key}"]\n' for key in everything[:-1])
    uses = "".join(
        f'openai.OpenAI(api_key=os.getenv("{key}"))\nopenai.OpenAI(api_key=M["{key}"])\n' for key in everything[:-1]
    )
    (root / "names.py").write_text("import os, openai\n\nM = {}\n" + table + uses)
    (root / "names.env").write_text("".join(f"{key}={key}\n" for key in everything[:-1]))
    (root / "broken.py").write_text("def (:\n" + lines)
    (root / ".env").write_text("".join(f'K{n}_API_KEY=" {key} "\n' for n, key in enumerate(everything)))
    (root / "c.yaml").write_text("".join(f"k{n}_token: {key}\n" for n, key in enumerate(everything)))
    (root / "c.json").write_text("{" + ",".join(f'"k{n}_token": "{key}"' for n, key in enumerate(everything)) + "}")
    (root / "c.toml").write_text("".join(f'k{n}_token = "{key}"\n' for n, key in enumerate(everything)))
    (root / "urls.md").write_text("".join(f"https://user:{key}@example.com/?token={key}\n" for key in everything))
    (root / "service.yaml").write_text(f"db:\n  password: {CHOSEN}\n  url: postgres://bob:{CHOSEN}@db/x\n")
    commands = (
        f"curl -H 'Authorization: Bearer {opaque}' -u bob:{CHOSEN} https://x.example/\nmysql -u root -p{CHOSEN} x\n"
    )
    (root / "README.md").write_text(f"```sh\n{commands}```\n")
    return everything


def parts(key: str) -> Iterator[str]:
    """What may not appear: the key, and any half of it."""
    yield key
    yield key[: max(len(key) // 2, 12)]
    yield key[-max(len(key) // 2, 12) :]


def about_baselines(root: Path, keys: list[str]) -> Iterator[tuple[list[str], int]]:
    """Commands about baselines, and their exit status. They write files beside the project."""
    report = [{"File": "app.py", "StartLine": n + 2, "Secret": key, "Fingerprint": key} for n, key in enumerate(keys)]
    (root / "report.json").write_text(json.dumps([*report, {"File": keys[0], "StartLine": 1}]))
    (root / ".gitleaksignore").write_text("".join(f"{path}:x:1\n" for path in ("names.env", *keys)))
    yield [".", "--write-baseline", "../b.jsonl", "--select", "ALL"], 0
    for name in ("text", "json", "sarif", "github"):
        yield [".", "--baseline", "../b.jsonl", "--output-format", name], 0
    yield ["baseline", "prune", "../b.jsonl"], 0
    yield ["baseline", "prune", "../b.jsonl", "--as-of", "2030-01-01", "app.py"], 0
    yield ["baseline", "export", "../b.jsonl", "--format", "detect-secrets", "-o", "../exported.json"], 0
    yield ["baseline", "export", "../b.jsonl", "--format", "detect-secrets"], 0
    yield ["baseline", "import", "../exported.json", "--into", "../c.jsonl"], 0
    yield ["baseline", "import", "report.json", "--into", "../d.jsonl"], 0
    yield ["baseline", "import", ".gitleaksignore", "--into", "../d.jsonl"], 0
    yield ["baseline", "audit", "../b.jsonl"], 2
    broken = root / "broken.jsonl"
    broken.write_text(f'{{"keylint_baseline": 1, "salt": "{keys[0]}"}}\n')
    for key in (keys[0], keys[-1]):
        for file in (key, "broken.jsonl"):
            yield [".", "--baseline", file], 2
            yield ["baseline", "prune", file], 2
            yield ["baseline", "import", file, "--into", file], 2
            yield ["baseline", "import", "report.json", "--into", f"{file}/x"], 2
            yield ["baseline", "export", file, "--format", key], 2
        yield [".", "--ignore-comments", key], 2
        yield ["baseline", key], 2


def test_no_plaintext_anywhere(
    project: Callable[..., Path], keylint: Callable[..., Any], home: Path, cache: Path
) -> None:
    root = project({"readme.md": "x\n"})
    keys = plant(root)
    produced: list[str] = []
    add = ("inventory", "add", "--file", "../keys.yaml", "--provider", "acme", "--status", "revoked")
    for key in keys:
        run = keylint(*add, cwd=root, stdin=key)
        assert run.code == 0, run.err
        produced += [run.out, run.err]
    commands = [
        [".", "--output-format", name, *status]
        for name in ("text", "json", "sarif", "github")
        for status in ([], ["--status", "../keys.yaml"])
    ]
    commands += [
        [".", "--diff"],
        [".", "--diff", "--unsafe-fixes"],
        [".", "--select", "ALL"],
        [".", "--color", "always"],
    ]
    commands += [["-", "--stdin-filename", "x.py"], ["inventory", "list", "--file", "../keys.yaml"], [".", "--strict"]]
    for command in commands:
        run = keylint(*command, cwd=root, stdin=(root / "app.py").read_bytes(), env={"PYTHONDEVMODE": "1"})
        produced += [run.out, run.err]
        assert run.code in (0, 1, 2), run.err
    for key in keys:
        for command in (["identify"], ["identify", "--output-format", "json"], ["identify", "--provider", "github"]):
            run = keylint(*command, cwd=root, stdin=key, env={"PYTHONDEVMODE": "1"})
            assert run.code in (0, 1), run.err
            produced += [run.out, run.err]
    for command in (
        ["identify", keys[0]],
        ["identify", "--name", keys[0], "--provider", keys[0]],
        ["providers", keys[0]],
    ):
        run = keylint(*command, cwd=root, stdin=keys[0])
        assert run.code == 2
        produced += [run.out, run.err]
    lines = [
        "app.py:16",
        ".env:13",
        "names.py:5",
        "names.py:40",
        "c.yaml:2",
        "urls.md:3",
        "names.env:1",
        "broken.py:40",
    ]
    looks = [["keys", *output] for output in ([], ["--output-format", "json"], ["--status", "../keys.yaml"])]
    looks += [["trace", line, *output] for line in lines for output in ([], ["--output-format", "json"])]
    passed = 0
    for command in looks:
        run = keylint(*command, cwd=root)
        assert run.code in (0, 1, 2), run.err
        passed += command[0] == "trace" and run.code == 0
        produced += [run.out, run.err]
    assert passed > 8
    for key in keys[-3:]:
        run = keylint("trace", f"{key}:3", cwd=root)
        assert run.code == 2
        produced += [run.out, run.err]
    for command, code in about_baselines(root, keys):
        run = keylint(*command, cwd=root)
        assert run.code == code, (command[:3], run.err)
        produced += [run.out, run.err]
    made = [root.parent / name for name in ("b.jsonl", "c.jsonl", "d.jsonl", "exported.json")]
    assert all(path.stat().st_size > 1000 for path in made)
    (root / "own.toml").write_text("".join(f'note = "{key}"\n' for key in keys[:1]) + 'id = "own"\n')
    produced += [(run := keylint("providers", "check", "own.toml", cwd=root)).out, run.err]
    assert any("KL" in text for text in produced)
    files = [
        path
        for path in [*home.rglob("*"), *cache.rglob("*"), root.parent / "keys.yaml", *made]
        if path.is_file() and path.name != "pepper"
    ]
    assert files
    produced += [path.read_bytes().decode("latin-1") for path in files]
    for key in (*keys, CHOSEN):
        for part in parts(key):
            leaks = [text[max(0, at - 80) : at] for text in produced if (at := text.find(part)) >= 0]
            assert not leaks, f"{part[:4]}… leaked after {leaks[0]!r}"


SOURCES = """\
[[source]]
type = "service"
url = "{url}"
token = "env:STATUS_TOKEN"
mode = "{mode}"
[[source]]
type = "sql"
url = "keys.db"
"""


def asked(url: str, method: str, path: str, token: str, body: object) -> str:
    """Send a request and return the answer, whatever it is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body), sent)
        answer = connection.getresponse()
        return f"{answer.status} {answer.getheaders()} {answer.read()!r}"
    finally:
        connection.close()


MANAGING = 7
"""How many of the commands below have keys where they belong; they come last."""


def managing(key: str, other: str) -> list[tuple[list[str], str, int]]:
    """Commands about an inventory: arguments, standard input, exit status."""
    file = ["--file", "../keys.yaml"]
    misplaced = [
        ["add", "--file", "../x.yaml", "--provider", "acme", "--status", "active", option, key]
        for option in ("--owner", "--id", "--environment", "--replaced-by", "--list-id", "--expires-at")
    ]
    misplaced += [["add", "--file", f"no/{key}", "--provider", "acme", "--status", "active"], ["revoke", "--file", key]]
    misplaced += [["revoke", *file, "--replaced-by", other], ["rotate", *file, "--grace", key], ["rotate", *file, key]]
    misplaced += [["import", *file, "--from", key], ["import", *file, "--from", "csv", "--input", key], [key]]
    misplaced += [["import", *file, "--from", kind] for kind in ("csv", "aws", "gcloud", "detect-secrets")]
    table = f"key,provider,status,owner\n{key},acme,active,me\n{other},acme,active,me\n"
    baseline = {
        "results": {f"{key}.py": [{"hashed_secret": hashlib.sha1(other.encode()).hexdigest(), "line_number": 1}]}
    }
    return [
        *((command, key, 2) for command in misplaced),
        (["import", *file, "--from", "csv"], table, 0),
        (["import", *file, "--from", "detect-secrets"], json.dumps(baseline), 0),
        (["add", "--file", "../list.yaml", "--provider", "acme", "--status", "active", "--list-id", "l"], key, 0),
        (["rotate", *file, "--successor", "--grace", "7d"], f"{key}\n{other}\n", 0),
        (["revoke", *file], other, 0),
        (["list", *file], "", 0),
        (["list", "--file", "../list.yaml", "--output-format", "json"], "", 0),
    ]


def misplaced(key: str) -> Iterator[tuple[list[str], int]]:
    """Commands about sources with a key where none belongs, and their exit status."""
    yield ["check", key], 2
    yield ["check", "--name", key, "--status", "../keys.yaml"], -1
    yield ["check", "--provider", key], 2
    for option in ("--status", "--config", "--max-staleness", "--as-of", "--output-format"):
        yield ["check", option, key], 2
    for url, code in (
        (key, 2),
        (f"https://{key}@127.0.0.1:1/", 2),
        (f"http://127.0.0.1:1/{key}", 3),
        (f"sql://{key}", 2),
    ):
        yield ["test", "--status", url], code


def usual(keys: list[str]) -> Iterator[tuple[list[str], str]]:
    """Commands that ask sources, and their standard input."""
    for output in ([], ["--output-format", "json"]):
        yield ["status", "test", *output], ""
        yield from ((["status", "check", "--name", "KEY", *output], key) for key in keys)
    yield from (([".", "--output-format", name], "") for name in ("text", "json", "sarif", "github"))


def misconfigured(key: str) -> list[str]:
    """Configurations with a key where none belongs."""
    service = '[[source]]\ntype = "service"\nurl = "http://127.0.0.1:1"\n'
    return [
        f'[[source]]\ntype = "{key}"\n',
        f'[[source]]\ntype = "service"\nurl = "{key}"\n',
        f'[[source]]\ntype = "github"\nof = "{key}!"\ntoken = "env:STATUS_TOKEN"\n',
        f'{service}token = "{key}"\n',
        f'{service}token = "env:{key}"\n',
        f'{service}token = "file:{key}"\n',
        f'{service}token = "{key}:{key}"\n',
        f'{service}"{key}" = 1\n',
        f'{service}mode = "{key}"\n',
        f'[live]\nproviders = ["{key}"]\n',
        f'on-unknown = "{key}"\n',
        f'"{key}" = 1\n',
    ]


def bothered(url: str, keys: list[str], tokens: list[str]) -> Iterator[str]:
    """Send keys to a service in every place where one fits, and yield its answers."""
    for key in keys:
        said = {"provider": "acme", "status": "active", "owner": key}
        for token in (*tokens, key):
            yield asked(url, "PUT", f"/v1/entries/{key}", token, said)
            yield asked(url, "PUT", f"/v1/entries/kl1:hmac-sha256:p:{'0' * 64}", token, said)
            yield asked(url, "POST", "/v1/lookup", token, {"fingerprints": [key], key: key})
            yield asked(url, "GET", f"/v1/range/{key}?profile={key}", token, None)


def left_in(places: list[Path]) -> Iterator[str]:
    """Yield what files hold, all of those below directories."""
    files = [file for place in places for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file()]
    assert {"status.sqlite3", "status.db", "serve.log", "keys.yaml"} <= {file.name for file in files}
    yield from (file.read_bytes().decode("latin-1") for file in files if file.name != "pepper")


def test_no_plaintext_by_sources(
    project: Callable[..., Path],
    keylint: Callable[..., Any],
    serve: Callable[..., Any],
    home: Path,
    own_cache: Path,
    tmp_path: Path,
) -> None:
    root = project({"readme.md": "x\n"})
    keys = plant(root)
    own = {"XDG_CACHE_HOME": str(own_cache), "STATUS_TOKEN": "t" * 40}
    produced: list[str] = []

    def run(*arguments: str, stdin: str = "", code: int = -1) -> None:
        done = keylint(*arguments, cwd=root, stdin=stdin, env=own)
        assert done.code == code or (code == -1 and done.code in (0, 1, 3)), (arguments[:4], done.code, done.err)
        produced.extend((done.out, done.err))

    for arguments, stdin, code in (*managing(keys[0], keys[1]), *managing(keys[8], keys[-1])[-MANAGING:]):
        run("inventory", *arguments, stdin=stdin, code=code)
    inventory = root.parent / "keys.yaml"
    url, process = serve(inventory, own["STATUS_TOKEN"])
    produced += bothered(url, keys[:3], [own["STATUS_TOKEN"], "a" * 40])
    with closing(sqlite3.connect(root.parent / "keys.db")) as database, database:
        database.execute("CREATE TABLE keylint_status (fp TEXT, status TEXT)")
    config = ("--config", "../own.toml")
    for mode in ("snapshot", "lookup"):
        (root.parent / "own.toml").write_text(SOURCES.format(url=url, mode=mode))
        for command, stdin in usual(keys[::2] if mode == "lookup" else keys[1:2]):
            run(*command, *config, stdin=stdin)
    process.terminate()
    process.wait(30)
    run(".", *config, "--no-cache")
    run(".", *config, "--offline")
    run("serve", "--pepper-id", keys[0], "--port", "0", "--database", str(tmp_path / "no.db"), code=2)
    for key in (keys[0], keys[-1]):
        for arguments, code in misplaced(key):
            run("status", *arguments, stdin=key, code=code)
        for text in misconfigured(key):
            (root.parent / "wrong.toml").write_text(text)
            run("status", "test", "--config", "../wrong.toml", code=2)
    assert (root.parent / "serve.log").stat().st_size
    places = [home, own_cache, inventory, tmp_path / "list.yaml", tmp_path / "serve.log"]
    produced += left_in([*places, *tmp_path.glob("status.db*")])
    for key in (*keys, CHOSEN):
        for part in parts(key):
            leaks = [text[max(0, at - 80) : at] for text in produced if (at := text.find(part)) >= 0]
            assert not leaks, f"{part[:4]}… leaked after {leaks[0]!r}"
