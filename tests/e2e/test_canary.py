"""The canary: keys are seeded, every command and format runs, and everything they produce is searched for them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from keylint.catalogue.fake import expand

SEEDED = [
    "github-classic-pat", "openai-project-key", "anthropic-api-key", "stripe-secret-key-live", "slack-bot-token", "jwt",
    "sendgrid-api-key", "google-api-key", "azure-storage-account-key", "pypi-api-token", "aws-secret-access-key",
]  # fmt: skip


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
    return everything


def parts(key: str) -> Iterator[str]:
    """What may not appear: the key, and any half of it."""
    yield key
    yield key[: max(len(key) // 2, 12)]
    yield key[-max(len(key) // 2, 12) :]


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
    (root / "own.toml").write_text("".join(f'note = "{key}"\n' for key in keys[:1]) + 'id = "own"\n')
    produced += [(run := keylint("providers", "check", "own.toml", cwd=root)).out, run.err]
    assert any("KL" in text for text in produced)
    files = [
        path
        for path in [*home.rglob("*"), *cache.rglob("*"), root.parent / "keys.yaml"]
        if path.is_file() and path.name != "pepper"
    ]
    assert files
    produced += [path.read_bytes().decode("latin-1") for path in files]
    for key in keys:
        for part in parts(key):
            assert not any(part in text for text in produced), f"{part[:4]}… leaked"
