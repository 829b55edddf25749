"""The emulated host as a platform: a function answers its requests, and every byte that it is sent is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


@dataclass
class Asked:
    method: str
    target: str
    headers: Mapping[str, str]
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
    def sent(self) -> bytes:
        data = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        rows = {"Content-Type": "application/json", "Content-Length": str(len(data)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
        return f"HTTP/1.1 {self.status} Answer\r\n{head}\r\n".encode() + data


class Server:
    def __init__(self, emulator: Any) -> None:
        self._emulator = emulator
        emulator.script = self._script
        self.url: str = emulator.url
        self.seen: list[Asked] = []
        self.answer: Callable[[Asked], Reply] = lambda _: Reply(500)

    def _script(self, request: Any) -> list[bytes]:
        asked = Asked(request.method, request.target, request.headers, request.body)
        self.seen.append(asked)
        reply = self.answer(asked)
        return [] if reply.closed else [reply.sent]

    @property
    def received(self) -> bytes:
        """All that was sent here."""
        return b"".join(request.raw for request in self._emulator.requests)


@pytest.fixture
def server(emulate: Callable[[], Any]) -> Server:
    return Server(emulate())


@pytest.fixture
def elsewhere(emulate: Callable[[], Any]) -> Server:
    """Another server, which nobody is to ask."""
    return Server(emulate())


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
