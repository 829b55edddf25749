"""Every byte that a run sends: no key in plain text, but the opted-in one to its issuer."""

from __future__ import annotations

import base64
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from keylint.catalogue.fake import fake
from keylint.status.fingerprint import Fingerprinter, Pepper

from .conftest import Emulator, Request, reply

# The command, with the issuer's host on loopback, and a log of whom the process connects to and what it starts.
COMMAND = """
import sys
log, issuer = open(sys.argv[1], "a", buffering=1), sys.argv[2]
sys.argv[:3] = ["keylint"]
EVENTS = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "subprocess.Popen", "os.exec", "os.posix_spawn"}
sys.addaudithook(lambda event, args: event in EVENTS and log.write(f"{event} {args!r}\\n"))
from keylint.status import http, live

def connect(url):
    return http.Client(issuer, internal=True) if url == "https://api.openai.com" else http.Client(url)

live.LiveSource.__init__.__kwdefaults__["connect"] = connect
from keylint.cli import main
main()
"""
PEPPER = "p" * 32
SENT, ELSEWHERE = fake("openai-project-key"), fake("openai-project-key", 1)
OTHERS = (ELSEWHERE, fake("github-classic-pat"), fake("anthropic-api-key"), fake("sendgrid-api-key"))
PROGRAM = {
    "app.py": "import openai\n\nfrom settings import KEY, PROXIED\n\nclient = openai.OpenAI(api_key=KEY)\n"
    'other = openai.OpenAI(api_key=PROXIED, base_url="https://llm.example.com/v1")\n',
    "settings.py": f'KEY = "{SENT}"\nPROXIED = "{ELSEWHERE}"\n',
    ".env": "".join(f"K{n}_TOKEN={key}\n" for n, key in enumerate(OTHERS[1:])),
    "urls.md": "".join(f"https://{key}@hooks.example.com/{key}?token={key}\n" for key in (SENT, *OTHERS)),
}
TABLES = """\
[[source]]
type = "service"
url = "{service}"
token = "env:STATUS_TOKEN"
mode = "{mode}"
{more}
[live]
providers = ["openai"]
"""


def fingerprint(key: str) -> str:
    return Fingerprinter(Pepper("p-1", PEPPER.encode())).of(key)


def spellings(key: str) -> Iterator[bytes]:
    """The ways in which a key could be written, and its halves."""
    half = max(len(key) // 2, 12)
    for text in (key, key[:half], key[-half:]):
        yield text.encode()
        yield quote(text, safe="").encode()
        # Wherever it begins in what is encoded.
        for lead in (b"", b"x", b"xx"):
            yield base64.b64encode(lead + text.encode())[4:-4]


def holds(data: bytes, key: str) -> bool:
    return any(spelling in data for spelling in spellings(key))


def speaks_the_protocol(request: Request) -> list[bytes]:
    """A service that has one of the keys; it answers lookups of whatever it is asked."""
    row = {"fp": fingerprint(OTHERS[1]), "provider": "github", "status": "revoked"}
    if request.target == "/.well-known/keylint-status":
        given = {"alg": "hmac-sha256", "pepper_id": "p-1", "context": "keylint/v1"}
        about = {"versions": ["v1"], "fingerprint": given, "modes": ["snapshot", "lookup"], "entries": 1}
        return [reply(200, {**about, "prefix_len": 0, "batch_max": 500, "complete_for": []})]
    if request.target == "/v1/snapshot":
        return [reply(200, {"as_of": "2026-11-20T00:00:00Z", "pepper_id": "p-1", "entries": [row]})]
    wanted = json.loads(request.body)["fingerprints"]
    return [reply(200, {"results": [row if fp == row["fp"] else {"fp": fp, "status": "not_found"} for fp in wanted]})]


class Tap:
    """Passes a TCP connection on, and keeps what the client sends."""

    def __init__(self, port: int) -> None:
        self.sent = b""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._to)) as server, suppress(OSError):
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if ready is client:
                        self.sent += data
                    (server if ready is client else client).sendall(data)

    def close(self) -> None:
        self._listener.close()


class Wire:
    """A project, somebody to ask about it, and what they were sent."""

    def __init__(self, directory: Path, emulate: Callable[..., Emulator]) -> None:
        self.service, self.issuer, self.elsewhere = emulate(), emulate(), emulate()
        self.service.script = speaks_the_protocol
        self.issuer.answers(reply(401, {"error": {"code": "invalid_api_key"}}))
        self._directory = directory
        for name, text in PROGRAM.items():
            (directory / "project").mkdir(exist_ok=True)
            (directory / "project" / name).write_text(text)

    def check(
        self, *arguments: str, mode: str = "lookup", more: str = "", stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        tables = TABLES.format(service=self.service.url, mode=mode, more=more)
        (self._directory / "own.toml").write_text(tables)
        homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(self._directory / "home"))
        own = {"KEYLINT_PEPPER": PEPPER, "KEYLINT_PEPPER_ID": "p-1", "STATUS_TOKEN": "t" * 40}
        command = [sys.executable, "-c", COMMAND, str(self._directory / "log"), self.issuer.url, *arguments]
        done = subprocess.run(
            [*command, "--config", "../own.toml", "--live", "--no-cache", "--output-format", "json"],
            cwd=self._directory / "project", env={**os.environ, **homes, **own}, input=stdin,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode in (0, 1, 3), done.stderr
        return done

    def connected(self) -> set[int]:
        """The ports that the processes connected to; nothing but this machine may be among the addresses."""
        log = (self._directory / "log").read_text()
        started = re.findall(r"^(?!socket\.)(\S+ \('?[^',]*)", log, re.MULTILINE)
        assert {os.path.basename(name.strip("'")) for name in started} <= {"git"}, "nothing else is started"
        assert not any(key in log for key in (SENT, *OTHERS))
        assert set(re.findall(r"(?<!laddr=)\('([^']+)', \d+", log)) <= {"127.0.0.1"}
        return {int(port) for port in re.findall(r"^socket\.connect .*\('127\.0\.0\.1', (\d+)\)", log, re.MULTILINE)}


@pytest.fixture
def wire(tmp_path: Path, emulate: Callable[..., Emulator]) -> Wire:
    return Wire(tmp_path, emulate)


def all_sent(emulator: Emulator) -> bytes:
    return b"".join(request.raw for request in emulator.requests)


def statuses(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {key["fingerprint"]: key["status"]["reason"] for key in json.loads(done.stdout)["keys"]}


@pytest.mark.parametrize("mode", ["snapshot", "lookup"])
def test_the_issuer_alone_gets_its_own_key(wire: Wire, mode: str) -> None:
    found = statuses(wire.check(".", mode=mode))
    assert found[fingerprint(SENT)] == "invalid", "the issuer was asked"
    assert found[fingerprint(OTHERS[1])] == "revoked", "the service was asked"
    issued, served = all_sent(wire.issuer), all_sent(wire.service)
    assert issued.count(SENT.encode()) == 1
    assert not any(holds(issued, key) for key in OTHERS)
    assert not any(holds(served, key) for key in (SENT, *OTHERS))
    assert (fingerprint(SENT).encode() in served) is (mode == "lookup")
    assert wire.connected() == {wire.service.port, wire.issuer.port}


def test_nothing_is_sent_after_a_redirect(wire: Wire) -> None:
    wire.issuer.answers(reply(302, Location=f"{wire.elsewhere.url}/v1/models"))
    wire.service.answers(reply(302, Location=f"{wire.elsewhere.url}/.well-known/keylint-status"))
    found = statuses(wire.check("."))
    assert set(found.values()) == {"source_error"}
    assert SENT.encode() in all_sent(wire.issuer), "the issuer was asked"
    assert wire.service.requests
    assert (wire.elsewhere.connections, wire.connected()) == (0, {wire.service.port, wire.issuer.port})


def test_one_key_alone(wire: Wire) -> None:
    for key in (SENT, *OTHERS[1:]):
        done = wire.check("status", "check", stdin=key)
        assert done.returncode == (1 if key in (SENT, OTHERS[1]) else 3), done.stdout
    assert all_sent(wire.issuer).count(SENT.encode()) == 1
    assert not any(holds(all_sent(wire.issuer), key) for key in OTHERS)
    assert not any(holds(all_sent(wire.service), key) for key in (SENT, *OTHERS))


def test_a_database_gets_fingerprints(wire: Wire, postgres: Callable[[], str]) -> None:
    import psycopg

    url = postgres()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE keylint_status (fp VARCHAR(160), status TEXT)")
        connection.execute("INSERT INTO keylint_status VALUES (%s, 'disabled')", (fingerprint(OTHERS[2]),))
    parts = urlsplit(url)
    tap = Tap(parts.port or 0)
    tapped = url.replace(f":{parts.port}", f":{tap.port}")
    try:
        found = statuses(wire.check(".", more=f'[[source]]\ntype = "sql"\nurl = "{tapped}"\n'))
    finally:
        tap.close()
    assert found[fingerprint(OTHERS[2])] == "disabled"
    assert fingerprint(OTHERS[2]).encode() in tap.sent
    assert not any(holds(tap.sent, key) for key in (SENT, *OTHERS))
