"""A server on loopback that answers as it is told, and keeps every byte that it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    content: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.content.decode()).items()}

    @property
    def document(self) -> Any:
        return json.loads(self.content)


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    closed: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[Request] = []
        self.answer: Callable[[Request], Reply] = lambda _: Reply(500)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def received(self) -> bytes:
        """All that was sent here, but for the names of headers."""
        rows = [[r.method, r.target, *r.headers.values(), r.content.decode("latin-1")] for r in self.seen]
        return "\n".join(text for row in rows for text in row).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def _any(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, content)
        self.server.seen.append(request)
        reply = self.server.answer(request)
        if reply.closed:
            self.close_connection = True
            return
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(reply.content)), **reply.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.content)

    do_GET = do_POST = do_LIST = do_PUT = do_DELETE = _any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _started() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    yield from _started()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """Another server, which nobody is to ask."""
    yield from _started()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


FAILURES = {
    "400": Reply(400, {"error": "invalid_request"}),
    "401": Reply(401, {"error": "invalid_client"}),
    "403": Reply(403, {"errors": ["permission denied"]}),
    "403 too often": Reply(403, {"message": "rate limit"}, {"X-RateLimit-Remaining": "0"}),
    "404": Reply(404, {"message": "Not Found"}),
    "404 empty": Reply(404, b""),
    "422": Reply(422, {}),
    "429": Reply(429, {}, {"Retry-After": "60"}),
    "500": Reply(500, {}),
    "503": Reply(503, {}, {"Retry-After": "0"}),
    "HTML": Reply(200, b"<html>log in</html>", {"Content-Type": "text/html"}),
    "broken JSON": Reply(200, b'{"active": fal'),
    "another JSON": Reply(200, "what?"),
    "null": Reply(200, None),
    "nothing": Reply(204, b""),
    "huge": Reply(200, b'{"active": false, "pad": "' + b"x" * (17 * 1024 * 1024) + b'"}'),
    "closed": Reply(closed=True),
}


@pytest.fixture(params=list(FAILURES))
def failure(request: pytest.FixtureRequest) -> Reply:
    """What a server may answer that is no answer."""
    return FAILURES[request.param]
