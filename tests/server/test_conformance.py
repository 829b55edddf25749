"""The conformance kit passes the reference service, and names what each broken server does not meet."""

import base64
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keylint.server.app import Service
from keylint.server.conformance import Result, Server
from keylint.server.conformance import run as run_kit
from keylint.server.store import Store
from keylint.server.tokens import READER, load_tokens
from keylint.status.inventory import parse


@dataclass
class Exchange:
    """A request, and what the reference service answered to it."""

    method: str
    path: str
    asked: dict[str, str]
    sent: bytes
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def say(self, document: Any) -> None:
        self.body = json.dumps(document).encode()


Break = Callable[[Exchange], None]


def broken(app: Any, change: Break, before: Callable[[dict[str, str]], None] = lambda _: None) -> Any:
    """The reference service with one thing wrong."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        asked = {name.decode(): value.decode() for name, value in scope["headers"]}
        before(asked)
        scope = {**scope, "headers": [(name.encode(), value.encode()) for name, value in asked.items()]}
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        exchange = Exchange(scope["method"], path, asked, body)

        async def again() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def collect(message: Any) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                exchange.body += message.get("body", b"")

        await app(scope, again, collect)
        change(exchange)
        exchange.headers["content-length"] = str(len(exchange.body))
        if exchange.status == 304:
            del exchange.headers["content-length"]
        headers = [(name.encode(), value.encode()) for name, value in exchange.headers.items()]
        await send({"type": "http.response.start", "status": exchange.status, "headers": headers})
        await send({"type": "http.response.body", "body": exchange.body})

    return wrapped


def about(**changes: Any) -> Break:
    def change(it: Exchange) -> None:
        if it.path.startswith("/.well-known") and it.status == 200:
            it.say({**it.json, **changes})

    return change


def snapshot(edit: Callable[[list[Any]], list[Any]]) -> Break:
    def change(it: Exchange) -> None:
        if it.path == "/v1/snapshot" and it.status == 200 and "content-encoding" not in it.headers:
            it.say({**it.json, "entries": edit(it.json["entries"])})

    return change


def header(path: str, name: str, value: str | None, status: int = 200) -> Break:
    def change(it: Exchange) -> None:
        if it.path.startswith(path) and it.status == status:
            it.headers.pop(name, None)
            if value is not None:
                it.headers[name] = value

    return change


def at(path: str, act: Break, *, status: int | None = None, containing: bytes = b"") -> Break:
    def change(it: Exchange) -> None:
        if it.path.startswith(path) and (status is None or it.status == status) and containing in it.sent:
            act(it)

    return change


def answer(status: int, document: Any) -> Break:
    def act(it: Exchange) -> None:
        it.status = status
        it.say(document)

    return act


def without_last(it: Exchange) -> None:
    it.say({**it.json, "entries": it.json["entries"][:-1]})


def other_boxes(it: Exchange) -> None:
    entries = it.json["entries"]
    boxes = [entry["box"] for entry in entries]
    it.say({**it.json, "entries": [{**e, "box": box} for e, box in zip(entries, boxes[1:] + boxes[:1], strict=True)]})


def one_nonce() -> Break:
    calls: list[int] = []

    def act(it: Exchange) -> None:
        calls.append(1)
        entries = it.json["entries"]
        for entry in entries:
            data = base64.b64decode(entry["box"])
            entry["box"] = base64.b64encode(data + bytes([len(calls)])).decode()
        it.say({**it.json, "entries": entries})

    return act


def plain_problem(it: Exchange) -> None:
    it.headers["content-type"] = "text/plain"
    it.body = b"no"


def repeats(it: Exchange) -> None:
    it.say({**it.json, "detail": str(json.loads(it.sent)["fingerprints"][1])})


def zip_always(it: Exchange) -> None:
    if "content-encoding" not in it.headers:
        it.body = gzip.compress(it.body)
        it.headers["content-encoding"] = "gzip"


def etag_opens(it: Exchange) -> None:
    if "if-none-match" in it.asked and "authorization" not in it.asked:
        it.status, it.body = 304, b""


def reverse(it: Exchange) -> None:
    it.say({**it.json, "results": it.json["results"][::-1]})


def extra(it: Exchange) -> None:
    it.say({**it.json, "entries": [{**entry, "provider": "acme"} for entry in it.json["entries"]]})


BROKEN: dict[str, tuple[str, Break]] = {
    "another context": ("1.1", about(fingerprint={"alg": "hmac-sha256", "context": "x", "pepper_id": "p-test"})),
    "no v1": ("1.1", about(versions=["v2"])),
    "about as HTML": ("1.1", at("/.well-known", plain_problem, status=200)),
    "no snapshot": ("1.2", about(modes=["range", "lookup"])),
    "prefixes of five digits": ("1.3", about(prefix_len=5)),
    "a lie about its size": ("3.2", about(entries=10**9)),
    "complete for what is no provider": ("1.4", about(complete_for=[{"provider": "A b"}])),
    "complete for a list": ("1.4", about(complete_for=[["acme"]])),
    "403 for no token": ("2.1", at("/v1/snapshot", answer(403, {}), status=401)),
    "401 without a challenge": ("2.1", header("/v1", "www-authenticate", None, 401)),
    "an ETag that opens": ("2.2", etag_opens),
    "an entry twice": ("3.1", snapshot(lambda entries: [*entries, entries[0]])),
    "an entry of another pepper": (
        "3.1",
        snapshot(lambda es: [{**es[0], "fp": es[0]["fp"].replace("p-test", "p-2")}, *es]),
    ),
    "a plain hash": ("3.1", snapshot(lambda es: [{**es[0], "fp": "ab" * 32}, *es[1:]])),
    "a time without a zone": ("3.1", snapshot(lambda es: [{**es[0], "expires_at": "2027-01-04T00:00:00"}, *es[1:]])),
    "an entry less": ("3.2", snapshot(lambda entries: entries[1:])),
    "no ETag": ("3.3", header("/v1/snapshot", "etag", None)),
    "always 200": ("3.3", at("/v1/snapshot", lambda it: setattr(it, "status", 200), status=304)),
    "public": ("3.4", header("/v1/snapshot", "cache-control", "public, max-age=60")),
    "no Vary": ("3.4", header("/v1/snapshot", "vary", None)),
    "always gzip": ("3.5", at("/v1/snapshot", zip_always, status=200)),
    "ranges that leave one out": ("4.1", at("/v1/range", without_last, status=200)),
    "ranges that are not found": ("4.1", at("/v1/range", answer(404, {}), status=200)),
    "prefixes of anything": ("4.3", at("/v1/range", answer(200, {"entries": []}), status=400)),
    "the box of another": (
        "5.1",
        at("/v1/range/", lambda it: other_boxes(it) if "sealed" in it.path else None, status=200),
    ),
    "not all sealed": ("5.2", at("/v1/range/", lambda it: extra(it) if "sealed" in it.path else None, status=200)),
    "one nonce": (
        "5.3",
        (lambda act: at("/v1/range/", lambda it: act(it) if "sealed" in it.path else None))(one_nonce()),
    ),
    "another order": ("6.1", at("/v1/lookup", reverse, status=200)),
    "lookups that are kept": ("6.2", header("/v1/lookup", "cache-control", "private, max-age=0")),
    "it takes anything": ("6.3", at("/v1/lookup", answer(200, {"results": []}), status=400, containing=b"not-a-key")),
    "it repeats what was sent": ("6.3", at("/v1/lookup", repeats, status=400, containing=b"not-a-key")),
    "it has a field for a key": (
        "6.4",
        at("/v1/lookup", answer(200, {"results": []}), status=400, containing=b'"key"'),
    ),
    "no end of a batch": ("6.5", at("/v1/lookup", answer(200, {"results": []}), status=400, containing=b"%064x" % 500)),
    "any pepper": ("6.6", at("/v1/lookup", answer(200, {"results": []}), status=409)),
    "errors in plain text": ("7.1", at("/v1/lookup", plain_problem, status=400)),
    "HTML for what is not there": ("7.2", at("/v1/nothing", plain_problem)),
    "a redirect": ("7.2", at("/v1/nothing", lambda it: setattr(it, "status", 307))),
    "503 without an end": ("6.1", at("/v1/lookup", lambda it: setattr(it, "status", 503), status=200)),
}


@pytest.fixture
def reference(tools: Any, tmp_path: Path) -> Iterator[Any]:
    store = Store(str(tmp_path / "s.db"), tools.PEPPER)
    text = tools.inventory_text(range(900), extra="complete_for: [{provider: acme, env: prod}]\n")
    store.load([parse(text, "keys.yaml", None, lambda _: False)])
    yield Service(store, load_tokens(tools.TOKENS, None), tools.looks_like_key).application()
    store.close()


def results(url: str, tools: Any) -> list[Result]:
    return list(run_kit(Server(url, tools.TOKENS[READER])))


def test_the_reference_service_conforms(reference: Any, run: Callable[[Any], Any], tools: Any) -> None:
    outcomes = {result.number: (result.outcome, result.why) for result in results(run(reference).url, tools)}
    assert outcomes.pop("4.2") == ("skipped", "every prefix has entries")
    assert set(outcomes.values()) == {("passed", "")}
    assert len(outcomes) > 20


def test_a_small_service_conforms(run: Callable[[Any], Any], store: Store, tools: Any) -> None:
    url = run(Service(store, load_tokens(tools.TOKENS, None), tools.looks_like_key).application()).url
    outcomes = [result for result in results(url, tools) if result.outcome != "passed"]
    assert {(result.outcome, result.number[0]) for result in outcomes} == {("skipped", n) for n in "145"}


def test_every_broken_server_is_found_out(reference: Any, run: Callable[[Any], Any], tools: Any) -> None:
    missed = {}
    for name, (number, change) in BROKEN.items():
        failed = {
            result.number for result in results(run(broken(reference, change)).url, tools) if result.outcome == "failed"
        }
        if number not in failed:
            missed[name] = failed
    assert missed == {}
    assert {number for number, _ in BROKEN.values()} >= {"1.1", "2.1", "3.1", "4.1", "5.1", "6.1", "7.1"}


def test_a_server_that_asks_for_no_token_is_found_out(reference: Any, run: Callable[[Any], Any], tools: Any) -> None:
    def let_in(asked: dict[str, str]) -> None:
        asked["authorization"] = f"Bearer {tools.TOKENS[READER]}"

    url = run(broken(reference, lambda _: None, let_in)).url
    assert {result.number for result in results(url, tools) if result.outcome == "failed"} == {"2.1", "2.2"}


def kit(*arguments: str, token: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "keylint.server.conformance", *arguments],
        env={"PATH": os.environ["PATH"], "KEYLINT_STATUS_TOKEN": token}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_prints_what_failed(reference: Any, run: Callable[[Any], Any], tools: Any, tmp_path: Path) -> None:
    good = kit(run(reference).url, token=tools.TOKENS[READER])
    assert (good.returncode, good.stderr) == (0, "")
    assert "0 failed" in good.stdout
    (tmp_path / "token").write_text(tools.TOKENS[READER] + "\n")
    url = run(broken(reference, snapshot(lambda entries: entries[1:]))).url
    bad = kit(url, "--token-file", str(tmp_path / "token"), token="")
    assert bad.returncode == 1
    assert "failed  3.2  it says how many entries there are: `entries` is 900, and the snapshot has 899" in bad.stdout
    assert kit(url, token="wrong-" * 8).returncode == 1
    assert tools.TOKENS[READER] not in good.stdout + bad.stdout
    nobody = kit("http://127.0.0.1:1", token="x")
    assert nobody.returncode == 2
    assert "no answer" in nobody.stderr


def test_the_kit_needs_nothing_of_the_service() -> None:
    names = ["starlette", "uvicorn", "sqlalchemy", "httpcore2"]
    code = f"import sys; [sys.modules.__setitem__(n, None) for n in {names}]; import keylint.server.conformance"
    subprocess.run([sys.executable, "-c", code], check=True)
