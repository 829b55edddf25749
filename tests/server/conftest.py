"""The reference service on loopback: in this process where a test needs its insides, else the installed command."""

import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from keylint.server.app import Service
from keylint.server.store import Store
from keylint.server.tokens import ADMIN, READER, load_tokens

PEPPER = "p-test"
TOKENS = {READER: "r" * 40, ADMIN: "a" * 40}
COMMAND = shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def problem(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        assert set(self.json) <= {"type", "title", "status", "detail"}
        return str(self.json["type"]).removeprefix("urn:keylint:problem:")


@dataclass(frozen=True)
class Running:
    url: str

    def ask(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        token: str | None = TOKENS[READER],
        headers: Mapping[str, str] | None = None,
        data: Any = None,
    ) -> Reply:
        sent = {"Authorization": f"Bearer {token}"} if token is not None else {}
        if document is not None:
            data = json.dumps(document).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            chunked = "Transfer-Encoding" in (headers or {})
            connection.request(method, path, data, {**sent, **(headers or {})}, encode_chunked=chunked)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def admin(self, method: str, path: str, document: Any = None, **options: Any) -> Reply:
        return self.ask(method, path, document, token=TOKENS[ADMIN], **options)


def fp(number: int) -> str:
    return f"kl1:hmac-sha256:{PEPPER}:{hashlib.sha256(str(number).encode()).hexdigest()}"


def row(number: int, **known: Any) -> dict[str, Any]:
    return {"fp": fp(number), "provider": "acme", "status": "active", **known}


def inventory_text(numbers: range, pepper: str = PEPPER, extra: str = "") -> str:
    keys = "".join(
        f'  - {{fp: "{fp(n).replace(PEPPER, pepper)}", provider: acme, status: active, owner: team-{n}}}\n'
        for n in numbers
    )
    return f"keylint_inventory: 1\npepper_id: {pepper}\n{extra}keys:\n{keys or '  []'}\n"


@pytest.fixture
def tools() -> Any:
    """What several modules need; they cannot import each other."""
    return sys.modules[__name__]


class InProcess:
    """A server in a thread of this process."""

    def __init__(self, app: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._listening]}, daemon=True)
        self._thread.start()
        self.running = Running(f"http://127.0.0.1:{self._listening.getsockname()[1]}")

    def wait(self) -> None:
        self._thread.join(30)
        self._listening.close()
        assert not self._thread.is_alive()


@pytest.fixture(scope="session")
def ending() -> Iterator[list[InProcess]]:
    """Servers that have been told to stop. They take a fifth of a second to do so, while the next test runs."""
    servers: list[InProcess] = []
    yield servers
    for server in servers:
        server.wait()


@pytest.fixture
def run(ending: list[InProcess]) -> Iterator[Callable[[Any], Running]]:
    """Run an ASGI application until the end of the test."""
    started: list[InProcess] = []

    def begin(app: Any) -> Running:
        started.append(InProcess(app))
        return started[-1].running

    yield begin
    for each in started:
        each.server.should_exit = True
    ending += started


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, in both databases."""
    url = str(tmp_path / "s.db") if request.param == "sqlite" else request.getfixturevalue("postgres")()
    opened = Store(url, PEPPER)
    yield opened
    opened.close()


@pytest.fixture
def service(run: Callable[[Any], Running], store: Store) -> Running:
    return run(Service(store, load_tokens(TOKENS, None), looks_like_key).application())


def looks_like_key(text: str) -> bool:
    return re.search("ghp_[A-Za-z0-9]{20,}", text) is not None


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for what a server does after it has answered: it writes its log."""
    for _ in range(500):
        if holds():
            return True
        time.sleep(0.02)
    return False


@dataclass
class Process:
    """The command, running."""

    popen: subprocess.Popen[bytes]
    log: Path
    service: Running

    def stop(self, number: int) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start `keylint serve` at a free port, and wait until it listens."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, environ: Mapping[str, str] = TOKENS) -> Process:
        log = tmp_path / f"serve-{len(started)}.log"
        home = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], **environ}
        with log.open("wb") as file:
            popen = subprocess.Popen(
                [COMMAND, "serve", "--port", "0", *arguments], stdin=subprocess.DEVNULL, stderr=file, stdout=file, env=home,
                cwd=tmp_path,
            )  # fmt: skip
        started.append(popen)
        for _ in range(600):
            match = re.search(r"keylint serve: (\S+)", log.read_text())
            if match:
                return Process(popen, log, Running(match[1]))
            if popen.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    try:
        yield begin
    finally:
        for popen in started:
            if popen.poll() is None:
                popen.kill()
            popen.wait()
