"""The guarded HTTP client, against an emulated host: what it sends, what it puts up with, and whom it refuses to ask."""

from __future__ import annotations

import gzip
import importlib
import logging
import re
import socket
import ssl
import sys
import threading
import traceback
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

import keylint
from keylint import __version__
from keylint.model import Reason, Secret
from keylint.status.http import Client, Policy
from keylint.status.interface import SourceError

from .conftest import Emulator, Request, reply

KEY = "a-key-that-nobody-is-to-see"
QUICK = Policy(rate=10_000, burst=10_000)
HURRIED = Policy(rate=10_000, burst=10_000, total=0.3, tries=1)


class Asked:
    """A client whose pauses are noted, not made."""

    def __init__(self, emulator: Emulator, policy: Policy = QUICK, **kwargs: Any) -> None:
        self.pauses: list[float] = []
        self.client = Client(emulator.url, internal=True, policy=policy, sleep=self._note, **kwargs)

    def _note(self, seconds: float) -> None:
        if seconds:
            self.pauses.append(seconds)

    def error(self, **kwargs: Any) -> SourceError:
        with self.client, pytest.raises(SourceError) as caught:
            self.client.get("/", headers={"Authorization": Secret(KEY)}, **kwargs)
        return caught.value


def head(status: int = 200, *rows: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status} Answer", *rows, "", "")).encode()


def test_what_is_sent(provider: Emulator) -> None:
    with Client(provider.url, internal=True, headers={"X-Api-Key": Secret(KEY)}) as client:
        answer = client.get("/v1/a%20b", query={"q": "x y", "token": Secret("t&t")}, headers={"X-More": "1"})
        client.post("/form", form={"token": Secret("a b")})
        client.post("/json", document={"list": [Secret("s")]})
    got, form, document = provider.requests
    assert (answer.status, answer.body, answer.is_json) == (200, {}, True)
    assert (got.method, got.target, got.body) == ("GET", "/v1/a%20b?q=x+y&token=t%26t", b"")
    assert got.headers == {
        "host": f"127.0.0.1:{provider.port}",
        "user-agent": f"keylint/{__version__}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "x-api-key": KEY,
        "x-more": "1",
    }
    assert (form.body, form.headers["content-type"]) == (b"token=a+b", "application/x-www-form-urlencoded")
    assert (document.body, document.headers["content-type"]) == (b'{"list": ["s"]}', "application/json")
    assert provider.connections == 1


def test_no_cookie_and_no_proxy(
    provider: Emulator, emulate: Callable[..., Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = emulate()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("NO_PROXY", "")
    provider.answers(reply(200, {}, Set_Cookie="session=1"))
    with Client(provider.url, internal=True) as client:
        client.get("/")
        client.get("/")
    assert len(provider.requests) == 2
    assert "cookie" not in provider.requests[1].headers
    assert proxy.connections == 0


@pytest.mark.parametrize("status", [200, 201, 400, 401, 402, 403, 404, 422])
def test_answers(provider: Emulator, status: int) -> None:
    provider.answers(reply(status, {"status": status}, Retry_After="1"))
    asked = Asked(provider)
    with asked.client as client:
        answer = client.get("/")
    assert (answer.status, answer.body, asked.pauses) == (status, {"status": status}, [])


def test_not_modified(provider: Emulator) -> None:
    provider.answers(reply(304, ETag='"1"'))
    with Client(provider.url, internal=True) as client:
        answer = client.get("/", headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, None, '"1"')


def test_refusals_that_are_no_json(provider: Emulator) -> None:
    provider.answers(reply(401, b"<html>", "text/html; charset=utf-8"), reply(401), reply(204))
    with Client(provider.url, internal=True) as client:
        answers = [client.get("/") for _ in range(3)]
    assert [(a.status, a.body, a.media_type) for a in answers] == [
        (401, None, "text/html"),
        (401, None, ""),
        (204, None, ""),
    ]


def test_a_compressed_answer(provider: Emulator) -> None:
    provider.answers(reply(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"))
    with Client(provider.url, internal=True) as client:
        assert client.get("/").body == {"a": 1}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_hosts_are_asked_again(provider: Emulator, status: int) -> None:
    provider.answers(reply(status), reply(status, Retry_After="2"), reply(200, {}))
    asked = Asked(provider)
    with asked.client as client:
        assert client.get("/").status == 200
    assert asked.pauses == [0.5, 2.0]


def test_three_tries_at_most(provider: Emulator) -> None:
    provider.answers(reply(429, Retry_After="1"))
    asked = Asked(provider)
    error = asked.error()
    assert (error.reason, len(provider.requests), asked.pauses) == (Reason.RATE_LIMITED, 3, [1.0, 1.0])


@pytest.mark.parametrize(
    "wait",
    ["6", "86400", "999999999999999", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)],
    ids=["seconds", "a day", "for ever", "a date"],
)
def test_who_asks_to_wait_long_is_not_waited_for(provider: Emulator, wait: str) -> None:
    provider.answers(reply(429, Retry_After=wait))
    asked = Asked(provider)
    with asked.client as client:
        for _ in range(3):
            with pytest.raises(SourceError) as caught:
                client.get("/")
            assert caught.value.reason is Reason.RATE_LIMITED
    assert (len(provider.requests), asked.pauses) == (1, [])


@pytest.mark.parametrize("wait", ["", "-1", "soon", "1.5", "²", "Wed, 99 Nov 2026 99:99:99 GMT"])
def test_a_wait_that_means_nothing(provider: Emulator, wait: str) -> None:
    provider.answers(
        reply(503).replace(b"\r\n\r\n", b"\r\nRetry-After: " + wait.encode() + b"\r\n\r\n"), reply(200, {})
    )
    asked = Asked(provider)
    with asked.client as client:
        assert client.get("/").status == 200
    assert asked.pauses == [0.5]


def test_what_is_not_repeatable_is_sent_once(provider: Emulator) -> None:
    provider.answers(reply(503))
    with Asked(provider).client as client:
        with pytest.raises(SourceError):
            client.post("/", document={})
        assert len(provider.requests) == 1
        with pytest.raises(SourceError):
            client.post("/", document={}, repeatable=True)
    assert len(provider.requests) == 4


def test_a_host_that_fails_three_times_in_a_row_is_left_alone(provider: Emulator) -> None:
    provider.answers(reply(500))
    with Asked(provider).client as client:
        for _ in range(5):
            with pytest.raises(SourceError) as caught:
                client.get("/")
    assert len(provider.requests) == 3
    assert "not asked any more" in str(caught.value)


def test_an_answer_closes_the_row_of_failures(provider: Emulator) -> None:
    provider.answers(reply(500), reply(500), reply(401, {}), reply(500), reply(500), reply(200, {}))
    with Asked(provider).client as client:
        for status in (None, None, 401, None, None, 200):
            if status is None:
                with pytest.raises(SourceError):
                    client.get("/")
            else:
                assert client.get("/").status == status


def test_an_end_for_all_requests_together(provider: Emulator) -> None:
    with Asked(provider, Policy(overall=0.0)).client as client, pytest.raises(SourceError, match="no time left"):
        client.get("/")
    assert provider.connections == 0


def test_so_many_at_once_and_no_more(provider: Emulator) -> None:
    here, most, lock = [0], [0], threading.Lock()
    third, go = threading.Event(), threading.Event()

    def script(_: Request) -> Iterator[bytes]:
        with lock:
            here[0] += 1
            most[0] = max(most[0], here[0])
            if here[0] > 2:
                third.set()
        go.wait(5)
        with lock:
            here[0] -= 1
        yield reply(200, {})

    provider.script = script
    with Client(provider.url, internal=True, policy=Policy(at_once=2, rate=10_000, burst=10_000)) as client:
        threads = [threading.Thread(target=client.get, args=("/",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        assert not third.wait(0.3)
        go.set()
        for thread in threads:
            thread.join(5)
    assert (most[0], len(provider.requests)) == (2, 6)


def test_requests_are_spread(provider: Emulator) -> None:
    asked = Asked(provider, Policy(rate=0.001, burst=2))
    with asked.client as client:
        for _ in range(3):
            client.get("/")
    assert len(asked.pauses) == 1
    assert 900 < asked.pauses[0] <= 1000


# What hosts do wrong.


def slow_body(emulator: Emulator) -> Iterator[bytes]:
    yield head(200, "Content-Type: application/json", "Content-Length: 2")
    emulator.stopping.wait(5)


def slow_head(emulator: Emulator) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while not emulator.stopping.wait(0.05):
        yield b"X-More: 1\r\n"


def silence(emulator: Emulator) -> Iterator[bytes]:
    emulator.stopping.wait(5)
    yield b""


def huge(_: Emulator) -> Iterator[bytes]:
    yield head(200, "Content-Type: application/json", "Transfer-Encoding: chunked")
    while True:
        yield b"10000\r\n" + b" " * 0x10000 + b"\r\n"


def bomb(_: Emulator) -> Iterator[bytes]:
    yield reply(200, gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")


def closed(_: Emulator) -> Iterator[bytes]:
    return iter(())


def cut(_: Emulator) -> Iterator[bytes]:
    yield head(200, "Content-Type: application/json", "Content-Length: 100", "Connection: close")[:-6]
    raise OSError


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (slow_body, "no answer in 0.3 seconds"),
        (slow_head, "no answer in 0.3 seconds"),
        (silence, "no answer in 0.3 seconds"),
        (huge, "answered with more than 1,024 KiB"),
        (bomb, "answered with more than 1,024 KiB"),
        (closed, "the connection was closed, or the answer was no HTTP"),
        (cut, "the connection was closed, or the answer was no HTTP"),
    ],
)
def test_hosts_that_misbehave(provider: Emulator, script: Callable[[Emulator], Iterator[bytes]], says: str) -> None:
    provider.script = lambda _: script(provider)
    error = Asked(provider, HURRIED if "seconds" in says else QUICK).error()
    assert (str(error), error.reason) == (f"127.0.0.1:{provider.port}: {says}", Reason.SOURCE_ERROR)
    assert len(provider.requests) == 1


def test_a_bomb_is_not_unpacked(provider: Emulator) -> None:
    provider.answers(reply(200, gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        Asked(provider).error()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10_000_000


@pytest.mark.parametrize("value", [b"{}", b"0"])
def test_many_small_values_are_not_read(provider: Emulator, value: bytes) -> None:
    text = b"[%s]" % b",".join([value] * 2_000_001)
    provider.answers(reply(200, gzip.compress(text), Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        error = Asked(provider).error(max_bytes=64 * 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(error).endswith("answered 200 with more than 2,000,000 values")
    assert error.reason is Reason.SOURCE_ERROR
    assert peak < 4 * len(text), "nothing but the text and its copies"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(200, b"<html>", "text/html"), "answered 200 with text/html instead of JSON"),
        (reply(200, b"{}", "image/made-up"), "answered 200 with something instead of JSON"),
        (reply(200, b"{", "application/json"), "answered 200 with broken JSON"),
        (reply(401, b"[" * 100_000), "answered 401 with broken JSON"),
        (reply(200, b"\xff\xfe"), "answered 200 with broken JSON"),
        (reply(200, b"junk", Content_Encoding="gzip"), "answered with broken compression"),
        (reply(200, gzip.compress(b"{}")[:-9], Content_Encoding="gzip"), "answered with broken compression"),
        (reply(200, b"{}", Content_Encoding="br"), "answered in a compression that was not asked for"),
        (reply(500, {}), "answered 500"),
        (reply(101), "the connection was closed, or the answer was no HTTP"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "the connection was closed, or the answer was no HTTP"),
        (head(200, "Content-Length: -1"), "the connection was closed, or the answer was no HTTP"),
    ],
)
def test_answers_that_are_none(provider: Emulator, answer: bytes, says: str) -> None:
    provider.answers(answer)
    error = Asked(provider).error()
    assert (str(error), error.reason) == (f"127.0.0.1:{provider.port}: {says}", Reason.SOURCE_ERROR)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_sent_after_a_redirect(provider: Emulator, emulate: Callable[..., Emulator], status: int) -> None:
    other = emulate()
    provider.answers(reply(status, Location=f"{other.url}/?here"))
    error = Asked(provider).error()
    assert str(error).endswith(f"answered {status}; redirects are not followed")
    assert (len(provider.requests), other.connections) == (1, 0)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    pauses: list[float] = []
    with (
        Client(f"http://127.0.0.1:{port}", internal=True, sleep=pauses.append) as client,
        pytest.raises(SourceError) as caught,
    ):
        client.get("/")
    assert str(caught.value) == f"127.0.0.1:{port}: no connection"
    assert [pause for pause in pauses if pause] == [0.5, 1.0]


# TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_tls_to_the_address_that_was_checked(
    emulate: Callable[..., Emulator], authority: trustme.CA, names: dict[str, list[str]]
) -> None:
    asked_for: list[str | None] = []
    context = server_tls(authority, "api.provider.example")
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    provider = emulate(context)
    names["api.provider.example"] = ["127.0.0.1"]
    url = f"https://api.provider.example:{provider.port}"
    with Client(url, internal=True, tls=trusting(authority)) as client:
        assert client.get("/").status == 200
    assert asked_for == ["api.provider.example"]
    assert provider.requests[0].headers["host"] == f"api.provider.example:{provider.port}"
    assert names["api.provider.example, asked for"] == [str(provider.port)]  # resolved once


@pytest.mark.parametrize("case", ["another name", "nobody's certificate", "no TLS"])
def test_bad_tls(
    case: str, emulate: Callable[..., Emulator], authority: trustme.CA, names: dict[str, list[str]]
) -> None:
    names["api.provider.example"] = ["127.0.0.1"]
    signer = trustme.CA() if case == "nobody's certificate" else authority
    name = "api.other.example" if case == "another name" else "api.provider.example"
    provider = emulate(None if case == "no TLS" else server_tls(signer, name))
    policy = HURRIED if case == "no TLS" else QUICK
    url = f"https://api.provider.example:{provider.port}"
    with (
        Client(url, internal=True, tls=trusting(authority), policy=policy, sleep=lambda _: None) as client,
        pytest.raises(SourceError) as caught,
    ):
        client.get("/", headers={"Authorization": Secret(KEY)})
    assert caught.value.reason is Reason.SOURCE_ERROR
    assert provider.requests == []
    if case != "no TLS":
        assert str(caught.value).endswith("its TLS certificate is not valid")
        assert provider.connections == 1  # a certificate does not get better by asking again


# Whom it refuses to ask.


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1", "https://localhost", "https://[::1]", "https://[::ffff:127.0.0.1]", "https://2130706433",
        "https://0", "https://0.0.0.0", "https://[::]", "https://127.1", "https://0x7f000001", "https://10.0.0.1",
        "https://192.168.1.1", "https://172.16.0.1", "https://100.64.0.1", "https://169.254.169.254", "https://[fe80::1]",
        "https://[fd00:ec2::254]", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]", "https://[::127.0.0.1]",
        "https://224.0.0.1", "https://255.255.255.255", "https://192.0.0.192", "https://198.18.0.1", "https://[ff02::1]",
    ],
)  # fmt: skip
def test_addresses_that_are_not_asked(url: str) -> None:
    with Client(url) as client, pytest.raises(SourceError) as caught:
        client.get("/")
    assert caught.value.reason is Reason.BLOCKED


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["10.1.2.3"], ["8.8.8.8", "127.0.0.1"], ["::ffff:7f00:1"]],
)
def test_names_with_addresses_that_are_not_asked(
    addresses: list[str], provider: Emulator, names: dict[str, list[str]]
) -> None:
    names["api.provider.example"] = addresses
    with Client(f"https://api.provider.example:{provider.port}") as client, pytest.raises(SourceError) as caught:
        client.get("/", headers={"Authorization": Secret(KEY)})
    assert caught.value.reason is Reason.BLOCKED
    assert len(names["api.provider.example, asked for"]) == 1
    assert provider.connections == 0


def test_a_name_that_is_not_known(names: dict[str, list[str]]) -> None:
    with Client("https://api.provider.example") as client, pytest.raises(SourceError, match="the name is not known"):
        client.get("/")
    assert names == {}


def test_a_resolver_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [stop.wait(5)][:0])
    policy = Policy(connect=0.05, tries=1)
    with (
        Client("https://api.provider.example", policy=policy) as client,
        pytest.raises(SourceError, match="no connection"),
    ):
        client.get("/")
    stop.set()


def test_plain_http_leaves_no_other_way_than_this_machine(provider: Emulator, names: dict[str, list[str]]) -> None:
    names["localhost"] = ["192.0.2.1"]
    with Client(f"http://localhost:{provider.port}", internal=True) as client, pytest.raises(SourceError) as caught:
        client.get("/")
    assert caught.value.reason is Reason.BLOCKED


@pytest.mark.parametrize(
    ("url", "internal"),
    [
        ("http://api.provider.example", False), ("http://api.provider.example", True), ("http://127.0.0.1", False),
        ("ftp://127.0.0.1", True), ("https://", True), ("api.provider.example", True), ("https://a@b.example", True),
        ("https://a.example/path", True), ("https://a.example?q", True), ("https://a.example:port", True),
        ("https://[::1", True), ("file:///etc/passwd", True), ("https://a..example", True),
    ],
)  # fmt: skip
def test_urls_that_are_no_hosts(url: str, internal: bool) -> None:
    with pytest.raises(SourceError):
        Client(url, internal=internal)


# It is the only door.


def test_without_the_extra_it_is_said_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpcore2", None)
    monkeypatch.delitem(sys.modules, "keylint.status.http")
    with pytest.raises(SourceError, match=re.escape("needs `pip install 'keylint[status]'`")):
        importlib.import_module("keylint.status.http")


def test_nobody_else_speaks_http() -> None:
    room = Path(keylint.__file__).parent
    network = re.compile(
        r"^\s*(?:import|from) (?:httpx2?|httpcore2?|requests|urllib3|aiohttp|urllib\.request|http\.client)\b",
        re.MULTILINE,
    )
    files = [path for path in room.rglob("*.py") if path.parent.name != "server"]
    speakers = {str(path.relative_to(room)) for path in files if network.search(path.read_text("utf-8"))}
    assert speakers == {"status/http.py"}


# Nothing is shown of what was sent.

_DEFECTS: dict[str, Callable[[Emulator], Any]] = {
    "refused": lambda e: e.answers(reply(500, {"echo": KEY}, X_Echo=KEY)),
    "redirected": lambda e: e.answers(reply(302, Location=f"https://other.example/?{KEY}")),
    "page": lambda e: e.answers(reply(200, KEY.encode(), "text/html")),
    "type": lambda e: e.answers(reply(200, b"x", KEY)),
    "broken": lambda e: e.answers(reply(200, KEY.encode())),
    "no http": lambda e: e.answers(KEY.encode() + b"\r\n\r\n"),
    "closed": lambda e: setattr(e, "script", lambda _: closed(e)),
    "answered": lambda e: e.answers(reply(401, {"echo": KEY}, X_Echo=KEY)),
}


@pytest.mark.parametrize("defect", _DEFECTS)
@pytest.mark.parametrize("place", ["header", "path", "query", "form", "json", "own header", "bad header", "odd header"])
def test_nothing_is_shown_of_a_key(
    defect: str, place: str, provider: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    _DEFECTS[defect](provider)
    seen: list[object] = []
    carried = 0
    with (
        caplog.at_level(logging.DEBUG),
        Client(
            provider.url,
            internal=True,
            headers={"X-Key": Secret(KEY)} if place == "own header" else {},
            policy=QUICK,
            sleep=lambda _: None,
        ) as client,
    ):
        try:
            seen.append(_ask(client, place))
        except SourceError as error:
            seen += [error, *(cause for cause in (error.__context__, error.__cause__) if cause is not None)]
            carried = len(seen) - 1
            ours = [
                f for f, _ in traceback.walk_tb(error.__traceback__) if f.f_globals["__name__"].startswith("keylint")
            ]
            assert ours
            seen += [frame.f_locals for frame in ours]
        seen += [client, vars(client), caplog.text, [record.__dict__ for record in caplog.records]]
    assert KEY not in f"{seen!r} {seen}"
    assert carried == 0  # what an error was raised from shows more than the error


def _ask(client: Client, place: str) -> object:
    if place == "path":
        return client.get(Secret(f"/{KEY}"))
    if place == "query":
        return client.get("/", query={"key": Secret(KEY)})
    if place == "form":
        return client.post("/", form={"key": Secret(KEY)})
    if place == "json":
        return client.post("/", document={"key": Secret(KEY)})
    odd = {"bad header": f"{KEY}\r\nX-More: 1", "odd header": f"{KEY}ключ"}.get(place, KEY)
    return client.get("/", headers={} if place == "own header" else {"Authorization": Secret(odd)})


def test_what_cannot_be_sent_is_not_the_hosts_fault(provider: Emulator) -> None:
    with Client(provider.url, internal=True, policy=QUICK) as client:
        for _ in range(5):
            for bad in ("a\nb", "ä", " a", "a ", "\x00"):
                with pytest.raises(SourceError) as caught:
                    client.get("/", headers={"Authorization": Secret(bad)})
                assert caught.value.reason is Reason.UNSUPPORTED
        assert client.get("/").status == 200
    assert len(provider.requests) == 1
