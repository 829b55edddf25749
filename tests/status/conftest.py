"""An emulated provider on loopback that answers by a script and remembers every byte that it was sent."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Request:
    raw: bytes
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Script = Callable[[Request], Iterable[bytes]]


def reply(status: int, body: object = None, kind: str = "application/json", **headers: str) -> bytes:
    """An answer; `body` is JSON unless it is bytes already. Underscores in names of headers are hyphens."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    rows = {"Content-Length": str(len(data)), **({"Content-Type": kind} if data else {})}
    rows |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
    return f"HTTP/1.1 {status} Answer\r\n{head}\r\n".encode() + data


class Emulator:
    """A server. `script` says what it answers; what it yields is sent piece by piece, and then the connection stays open."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script: Script = lambda _: [reply(200, {})]
        self.requests: list[Request] = []
        self.connections = 0
        self.stopping = threading.Event()
        self.hangs_up = False
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def answers(self, *answers: bytes) -> None:
        """Give these answers, one for each request; the last one again and again."""
        left = list(answers)
        self.script = lambda _: [left.pop(0) if len(left) > 1 else left[0]]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while (request := _read(connection)) is not None:
                self.requests.append(request)
                sent = False
                for piece in self.script(request):
                    connection.sendall(piece)
                    sent = True
                if self.hangs_up or not sent:
                    break
        except OSError:
            pass  # the client has had enough
        finally:
            connection.close()

    def stop(self) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # whoever reads from it notices
            connection.close()
        for thread in self._threads:
            thread.join(5)


def _read(connection: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rows = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, target, _ = first.split(" ")
    return Request(head + b"\r\n\r\n" + body, method, target, headers, body)


@pytest.fixture
def emulate() -> Iterator[Callable[..., Emulator]]:
    """Returns a function that starts an emulator."""
    running: list[Emulator] = []

    def start(tls: ssl.SSLContext | None = None) -> Emulator:
        running.append(Emulator(tls))
        return running[-1]

    yield start
    for emulator in running:
        emulator.stop()


@pytest.fixture
def provider(emulate: Callable[..., Emulator]) -> Emulator:
    return emulate()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Addresses by name, for the tests to fill; the resolver knows no others."""
    known: dict[str, list[str]] = {}

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror("unknown")
        known.setdefault(f"{host}, asked for", []).append(str(port))
        return [(socket.AF_INET6 if ":" in a else socket.AF_INET, 1, 6, "", (a, port)) for a in known[host]]

    resolved = socket.getaddrinfo

    def either(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        numeric = (isinstance(host, str) and host.replace(".", "").isdecimal()) or ":" in str(host)
        return resolved(host, port, *args, **kwargs) if numeric else getaddrinfo(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", either)
    return known
