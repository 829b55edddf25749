"""`keylint serve` as people run it: started, stopped, killed, and refused what it cannot do."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from keylint.cli import cli
from keylint.server.tokens import ADMIN, READER


def refused(*arguments: str) -> str:
    """What the command says that ends before it listens; it is run in this process, which is quicker."""
    done = CliRunner().invoke(cli, ["serve", "--port", "0", *arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line.removeprefix("keylint: error: ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_an_inventory_until_it_is_told_to_stop(
    start: Callable[..., Any], tools: Any, tmp_path: Path, number: int
) -> None:
    (tmp_path / "keys.yaml").write_text(tools.inventory_text(range(3)))
    process = start("--inventory", "keys.yaml", "--database", "s.db")
    assert process.service.url.startswith("http://127.0.0.1:")
    assert len(process.service.ask("GET", "/v1/snapshot").json["entries"]) == 3
    assert process.service.ask("GET", "/healthz", token=None).json == {"status": "ok"}
    assert process.service.ask("GET", "/openapi.yaml", token=None).data.startswith(b"openapi: 3.1")
    assert process.stop(number) == 0
    log = process.log.read_text()
    assert "GET /v1/snapshot 200" in log
    assert "Traceback" not in log
    assert not any(token in log for token in tools.TOKENS.values())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_a_kill(
    start: Callable[..., Any], tools: Any, kind: str, request: pytest.FixtureRequest
) -> None:
    database = "s.db" if kind == "sqlite" else request.getfixturevalue("postgres")()
    process = start("--pepper-id", tools.PEPPER, "--database", database)
    acknowledged: list[int] = []
    sent: list[int] = []

    def write(first: int) -> None:
        for number in range(first, first + 10_000):
            sent.append(number)
            document = {"provider": "acme", "status": "revoked", "owner": f"team-{number}"}
            try:
                reply = process.service.admin("PUT", f"/v1/entries/{tools.fp(number)}", document)
            except OSError:
                return
            except Exception:  # noqa: BLE001 - an answer that was cut off is none
                return
            if reply.status == 201:
                acknowledged.append(number)

    threads = [threading.Thread(target=write, args=(n * 10_000,)) for n in range(4)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 200 and any(thread.is_alive() for thread in threads):
        threading.Event().wait(0.01)
    assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    for thread in threads:
        thread.join(60)
    assert 200 <= len(acknowledged) <= len(sent) <= len(acknowledged) + 4, "it was killed while it was writing"
    again = start("--database", database)
    owners = {entry["fp"]: entry["owner"] for entry in again.service.ask("GET", "/v1/snapshot").json["entries"]}
    assert {tools.fp(n): f"team-{n}" for n in acknowledged}.items() <= owners.items()
    assert owners.keys() <= {tools.fp(n) for n in sent}


def test_an_id_that_looks_like_a_key_is_not_served(start: Callable[..., Any], tools: Any, tmp_path: Path) -> None:
    identity = "0123456789abcdef" * 2 + "x"
    text = (
        tools.inventory_text(range(2))
        .replace("owner: team-1}", f"id: {identity}}}")
        .replace("owner: team-0}", "id: key-0}")
    )
    (tmp_path / "keys.yaml").write_text(text)
    process = start("--inventory", "keys.yaml", "--database", "s.db")
    entries = process.service.ask("GET", "/v1/snapshot").json["entries"]
    assert {entry.get("id") for entry in entries} == {"key-0", None}
    assert "note: keys.yaml: 1 id that looks like a key is left out" in process.log.read_text()


def test_tokens_of_a_file_are_hashes(start: Callable[..., Any], tools: Any, tmp_path: Path) -> None:
    import hashlib

    lines = [
        f"{role} sha256:{hashlib.sha256(token.encode()).hexdigest()}"
        for role, token in (("reader", "s3"), ("admin", "s4"))
    ]
    (tmp_path / "tokens.txt").write_text("# who may\n\n" + "\n".join(lines) + "\n")
    process = start("--pepper-id", "p-1", "--database", "s.db", "--token-file", "tokens.txt", environ={})
    assert process.service.ask("GET", "/v1/snapshot", token="s3").status == 200
    assert process.service.ask("GET", "/v1/snapshot", token="s5").status == 401
    path = f"/v1/entries/{tools.fp(1).replace(tools.PEPPER, 'p-1')}"
    assert process.service.ask("DELETE", path, token="s3").status == 403
    assert process.service.ask("DELETE", path, token="s4").status == 204


def test_https(start: Callable[..., Any], tmp_path: Path) -> None:
    import http.client
    import ssl
    from urllib.parse import urlsplit

    import trustme

    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    process = start(
        "--pepper-id", "p-1", "--database", "s.db", "--tls-certificate", "cert.pem", "--tls-key", "key.pem"
    )  # fmt: skip
    assert process.service.url.startswith("https://")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    connection = http.client.HTTPSConnection(
        "127.0.0.1", urlsplit(process.service.url).port, context=context, timeout=30
    )
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()


def test_what_cannot_be_served_is_said_in_one_line(tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys.yaml").write_text(tools.inventory_text(range(1)))
    (tmp_path / "other.yaml").write_text(tools.inventory_text(range(1), pepper="p-other"))
    (tmp_path / "bad.txt").write_text("reader " + "t" * 40)

    def said(*arguments: str, environ: dict[str, str] | None = None) -> str:
        for name in (READER, ADMIN):
            monkeypatch.delenv(name, raising=False)
        for name, value in (tools.TOKENS if environ is None else environ).items():
            monkeypatch.setenv(name, value)
        return refused("--database", "s.db", *arguments)

    assert said("--pepper-id", "p-1", environ={}).startswith(f"no tokens: set {READER} (and {ADMIN})")
    assert "at least 32 characters" in said("--pepper-id", "p-1", environ={READER: "short"})
    message = said("--pepper-id", "p-1", "--token-file", "bad.txt")
    assert message.startswith("bad.txt:1: ")
    assert "tttt" not in message
    assert "is new" in said()
    assert "p-other, p-test" in said("--inventory", "keys.yaml", "--inventory", "other.yaml")
    assert "none.yaml: cannot be read" in said("--inventory", "none.yaml")
    assert "belong together" in said("--pepper-id", "p-1", "--tls-key", "keys.yaml")
    assert "certificate" in said("--pepper-id", "p-1", "--tls-key", "keys.yaml", "--tls-certificate", "keys.yaml")
    message = said("--database", "postgresql://me:hush-hush@127.0.0.1:1/keys")
    assert "KEYLINT_SERVE_DATABASE" in message
    assert "hush" not in message
    assert "cannot listen" in said("--pepper-id", "p-1", "--host", "192.0.2.1")


@pytest.mark.parametrize("module", ["starlette", "uvicorn", "sqlalchemy"])
def test_without_the_extra_it_says_what_to_install(tools: Any, tmp_path: Path, module: str) -> None:
    lines = ["import sys", f"sys.modules[{module!r}] = None", "sys.argv = ['keylint', 'serve']"]
    code = "; ".join([*lines, "import keylint.cli", "keylint.cli.main()"])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HOME": str(tmp_path), **tools.TOKENS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "keylint: error: serve needs `pip install 'keylint[serve]'`\n"
