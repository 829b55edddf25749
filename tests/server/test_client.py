"""A server of keylint-status v1 as a source: every way of asking says the same, and a bad server is believed nothing."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keylint.model import KeyRef, Live, Observation, Reason, Secret
from keylint.server.app import Service
from keylint.server.store import Store
from keylint.server.tokens import READER, load_tokens
from keylint.status import protocol, resolve
from keylint.status.cache import Cache
from keylint.status.interface import Scope, SourceError
from keylint.status.inventory import parse
from keylint.status.service import Memory, Mode, ServiceSource

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def served(run: Callable[[Any], Any], tools: Any, tmp_path: Path) -> Iterator[Any]:
    """The reference service with 900 entries."""
    store = Store(str(tmp_path / "s.db"), tools.PEPPER)
    text = tools.inventory_text(range(900), extra="complete_for: [{provider: acme, env: prod}]\n")
    store.load([parse(text, "keys.yaml", None, lambda _: False)])
    yield run(Service(store, load_tokens(tools.TOKENS, None), tools.looks_like_key).application())
    store.close()


def source(running: Any, tools: Any, mode: Mode = Mode.SNAPSHOT, **options: Any) -> ServiceSource:
    return ServiceSource(running.url, Secret(tools.TOKENS[READER]), mode, **options)


def ref(tools: Any, number: int, **known: Any) -> KeyRef:
    return KeyRef(tools.fp(number), "acme", None, **known)


@pytest.mark.parametrize("mode", Mode)
def test_every_way_of_asking_says_the_same(served: Any, tools: Any, mode: Mode) -> None:
    written = {
        "provider": "acme", "status": "rotated", "owner": "payments", "grace_until": "2026-12-01T00:00:00Z",
        "replaced_by": "vault: a", "created_at": "2026-01-04T00:00:00Z", "checked_at": "2026-11-19T00:00:00Z",
        "rotated_at": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    assert served.admin("PUT", f"/v1/entries/{tools.fp(7)}", written).status == 200
    asked = source(served, tools, mode)
    assert asked.describe().complete_for == (Scope("acme", "prod"),)
    said = {seen.fingerprint: seen for seen in asked.check([ref(tools, n) for n in (7, 8, 5_000)])}
    assert said[tools.fp(7)] == Observation(
        tools.fp(7), asked.name, asked.tier, Live.DEAD, Reason.ROTATED,
        observed_at=datetime(2026, 11, 19, tzinfo=UTC), grace_until=datetime(2026, 12, 1, tzinfo=UTC),
        replaced_by="vault: a", owner="payments", note="rotated on 2026-11-01", issued_at=datetime(2026, 1, 4, tzinfo=UTC),
    )  # fmt: skip
    assert (said[tools.fp(8)].verdict, said[tools.fp(8)].owner) == (Live.LIVE, "team-8")
    assert said[tools.fp(5_000)].reason is Reason.NOT_FOUND
    verdicts = resolve([ref(tools, 5_000, environments=("production",))], [asked], (), NOW).verdicts
    assert verdicts[tools.fp(5_000)].live is Live.DEAD, "the server lists every key there is"


@pytest.mark.parametrize("kept", ["memory", "cache"])
def test_an_unchanged_snapshot_is_not_sent_again(
    served: Any, tools: Any, kept: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="keylint.server")
    pages = Memory() if kept == "memory" else Cache(tmp_path / "cache" / "status.db", NOW)
    if kept == "cache":
        (tmp_path / "cache").mkdir(mode=0o700)
    for _ in range(2):
        (said,) = source(served, tools, pages=pages).check([ref(tools, 1)])
        assert said.verdict is Live.LIVE
    assert served.admin("PUT", f"/v1/entries/{tools.fp(1)}", {"provider": "acme", "status": "revoked"}).status == 200
    (said,) = source(served, tools, pages=pages).check([ref(tools, 1)])
    assert said.reason is Reason.REVOKED

    def statuses() -> list[str]:
        said = [record.getMessage().split() for record in caplog.records]
        return [words[2] for words in said if words[1:2] == ["/v1/snapshot"]]

    assert tools.eventually(lambda: statuses() == ["200", "304", "200"]), statuses()


def test_what_was_kept_and_is_broken_is_asked_for_again(served: Any, tools: Any) -> None:
    from keylint.status.cache import Page

    class Broken(Memory):
        def page(self, source: str, url: str) -> Page | None:
            page = super().page(source, url)
            return page and Page(page.etag, page.body[:-9])

    pages = Broken()
    for _ in range(2):
        (said,) = source(served, tools, pages=pages).check([ref(tools, 1)])
        assert said.verdict is Live.LIVE


def test_only_the_fingerprints_of_the_servers_pepper_are_sent(
    served: Any, tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tools.fp(1).replace(tools.PEPPER, "p-new")
    key = KeyRef(other, "acme", None, others=("kl1:scrypt:list:" + "0" * 64, tools.fp(1)))
    for mode in Mode:
        (said,) = source(served, tools, mode).check([key])
        assert (said.fingerprint, said.verdict) == (other, Live.LIVE)
        stranger = KeyRef(other, "acme", None)
        with pytest.raises(SourceError, match=r"is of pepper p-test, and the pepper here is p-new"):
            list(source(served, tools, mode).check([stranger]))
        verdict = resolve([stranger], [source(served, tools, mode)], (), NOW).verdicts[other]
        assert (verdict.live, verdict.reason) == (Live.NONE, Reason.SOURCE_ERROR)


def test_a_refused_token_is_an_error_of_the_source(served: Any, tools: Any) -> None:
    asked = ServiceSource(served.url, Secret("x" * 40))
    with pytest.raises(SourceError, match="answered 401: our own credential is refused") as caught:
        asked.describe()
    assert "xxx" not in str(caught.value)
    verdict = resolve([ref(tools, 1)], [asked], (), NOW).verdicts[tools.fp(1)]
    assert (verdict.live, verdict.reason) == (Live.NONE, Reason.SOURCE_ERROR)


# A server of anybody's.

ABOUT = {
    "versions": ["v1", "v7"], "fingerprint": {"alg": "hmac-sha256", "pepper_id": "p-test", "context": "keylint/v1", "x": 1},
    "modes": ["snapshot", "range", "sealed", "lookup", "new"], "prefix_len": 1, "batch_max": 2, "entries": 1_000,
    "complete_for": [], "new": {},
}  # fmt: skip


class Fake:
    """Answers whatever it is told to, and remembers what it was asked."""

    def __init__(self, run: Callable[[Any], Any], **answers: Any) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._answers = {"about": ABOUT, **answers}
        paths = {
            "/.well-known/keylint-status": "about", "/v1/snapshot": "snapshot", "/v1/range/{prefix}": "range",
            "/v1/lookup": "lookup",
        }  # fmt: skip
        routes = [Route(path, self._endpoint(name), methods=["GET", "POST"]) for path, name in paths.items()]
        self.url = run(Starlette(routes=routes)).url

    def _endpoint(self, name: str) -> Any:
        async def endpoint(request: Any) -> Response:
            body = await request.body()
            self.asked.append((name, json.loads(body) if body else request.path_params.get("prefix")))
            answer = self._answers[name]
            answer = answer(self.asked[-1][1]) if callable(answer) else answer
            return answer if isinstance(answer, Response) else JSONResponse(answer)

        return endpoint

    def check(self, keys: list[KeyRef], mode: Mode = Mode.SNAPSHOT, **options: Any) -> list[Observation]:
        return list(ServiceSource(self.url, Secret("t" * 40), mode, **options).check(keys))


def test_what_a_client_does_not_know_is_ignored_or_unknown(run: Callable[[Any], Any], tools: Any) -> None:
    long = "o" * 5_000
    entries = [
        {**tools.row(1), "new": [1], "owner": f"\x1b]0;pwned\x07{long}", "replaced_by": "a\r\nb\u202ec"},
        {**tools.row(2), "status": "quarantined"},
        {**tools.row(3), "status": ["active"]},
        {**tools.row(4), "expires_at": "soon"},
        {**tools.row(5), "status": "rotated", "grace_until": 17},
        {**tools.row(6), "owner": 5, "replaced_by": {}},
        {**tools.row(7), "expires_at": "2026-11-01T00:00:00Z"},
        {"fp": ["x"]}, {},
    ]  # fmt: skip
    fake = Fake(run, snapshot={"entries": entries, "new": 1})
    said = {seen.fingerprint: seen for seen in fake.check([ref(tools, n) for n in range(1, 8)])}
    first = said[tools.fp(1)]
    assert first.owner is not None
    assert (first.owner[:8], len(first.owner), first.replaced_by) == ("]0;pwned", 256, "abc")
    unknown = [said[tools.fp(n)] for n in (2, 3, 4, 5)]
    assert {(seen.verdict, seen.reason) for seen in unknown} == {(Live.NONE, Reason.UNKNOWN)}
    assert (said[tools.fp(6)].verdict, said[tools.fp(6)].owner) == (Live.LIVE, None)
    asked = ServiceSource(fake.url)
    verdicts = resolve([ref(tools, 7)], [asked], (), NOW).verdicts
    assert verdicts[tools.fp(7)].reason is Reason.EXPIRED, "whatever its status says"


def test_a_scope_that_is_not_understood_promises_nothing(run: Callable[[Any], Any]) -> None:
    scopes = [
        {"provider": "a", "env": ["prod"]},
        {"provider": "A b"},
        {"env": "prod"},
        "a",
        None,
        {"provider": "ok", "env": None},
    ]
    fake = Fake(run, about={**ABOUT, "complete_for": scopes})
    assert ServiceSource(fake.url).describe().complete_for == (Scope("ok"),)


def test_a_server_that_asks_for_longer_prefixes_is_refused(run: Callable[[Any], Any], tools: Any) -> None:
    keys = [ref(tools, 1)]
    for mode in (Mode.RANGE, Mode.SEALED):
        for length, entries in ((2, 1_000), (1, 799), (8, 10**9)):
            fake = Fake(run, about={**ABOUT, "prefix_len": length, "entries": entries}, range={"entries": []})
            with pytest.raises(SourceError, match=f"asks for {length} hex digits of each fingerprint"):
                fake.check(keys, mode)
            assert [name for name, _ in fake.asked] == ["about"], "not a digit was sent"
            fake.check(keys, mode, long_prefixes=True)
            assert fake.asked[-1] == ("range", protocol.digest_of(tools.fp(1))[:length])
        for length in (0, 9, 64):
            fake = Fake(run, about={**ABOUT, "prefix_len": length, "entries": 16**70})
            with pytest.raises(SourceError, match="does not offer"):
                fake.check(keys, mode, long_prefixes=True)


def test_a_server_that_lies_about_its_size_learns_one_prefix(run: Callable[[Any], Any], tools: Any) -> None:
    fake = Fake(run, about={**ABOUT, "prefix_len": 5, "entries": 10**9}, range={"entries": [{"suffix": "0"}]})
    with pytest.raises(SourceError, match="has 1 entries for a prefix that should hide a key among 50 others"):
        fake.check([ref(tools, n) for n in range(20)], Mode.RANGE)
    assert [name for name, _ in fake.asked] == ["about", "range"]


def test_lookups_are_sent_in_batches_and_have_to_be_answered(run: Callable[[Any], Any], tools: Any) -> None:
    fake = Fake(run, lookup=lambda body: {"results": [{"fp": f, "status": "not_found"} for f in body["fingerprints"]]})
    said = fake.check([ref(tools, n) for n in range(5)], Mode.LOOKUP)
    assert [seen.reason for seen in said] == [Reason.NOT_FOUND] * 5
    batches = [body["fingerprints"] for name, body in fake.asked if name == "lookup"]
    assert [len(batch) for batch in batches] == [2, 2, 1]
    left_out = Fake(run, lookup=lambda body: {"results": [{"fp": body["fingerprints"][0], "status": "not_found"}]})
    with pytest.raises(SourceError, match="left out 2 of the 4 keys"):
        left_out.check([ref(tools, n) for n in range(4)], Mode.LOOKUP)


def sealed_with(box: str, tools: Any) -> list[dict[str, str]]:
    others = [{"tag": f"{n:016x}", "box": "AAAA"} for n in range(60)]
    return [*others, {"tag": protocol.tag(tools.fp(1)), "box": box}]


def test_a_box_that_does_not_open_says_nothing(run: Callable[[Any], Any], tools: Any) -> None:
    foreign = protocol.seal(tools.fp(2), tools.row(2))
    for box in (foreign, "", "!", "AAAA", foreign[:40]):
        fake = Fake(run, range={"entries": sealed_with(box, tools)})
        with pytest.raises(SourceError, match="does not open"):
            fake.check([ref(tools, 1)], Mode.SEALED)
    good = Fake(run, range={"entries": sealed_with(protocol.seal(tools.fp(1), tools.row(1)), tools)})
    (said,) = good.check([ref(tools, 1)], Mode.SEALED)
    assert said.verdict is Live.LIVE


def test_without_cryptography_it_says_what_to_install(
    run: Callable[[Any], Any], tools: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Fake(run, range={"entries": sealed_with(protocol.seal(tools.fp(1), tools.row(1)), tools)})
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(SourceError, match=r"sealed needs `pip install 'keylint\[status\]'`"):
        fake.check([ref(tools, 1)], Mode.SEALED)


BAD = {
    "another version": {"about": {**ABOUT, "versions": ["v2"]}},
    "another hash": {"about": {**ABOUT, "fingerprint": {"alg": "sha1", "context": "keylint/v1", "pepper_id": "p"}}},
    "no pepper": {
        "about": {**ABOUT, "fingerprint": {"alg": "hmac-sha256", "context": "keylint/v1", "pepper_id": "p\x1b"}}
    },
    "numbers in words": {"about": {**ABOUT, "entries": "many"}},
    "a list about itself": {"about": []},
    "no such mode": {"about": {**ABOUT, "modes": "snapshot"}},
    "entries in an object": {"snapshot": {"entries": {}}},
    "entries that are none": {"snapshot": {"entries": [1]}},
    "no entries": {"snapshot": {}},
    "a list": {"snapshot": []},
    "304 for nothing": {"snapshot": Response(status_code=304)},
    "another pepper meanwhile": {"snapshot": {"entries": [], "pepper_id": "p-2"}},
    "404": {"snapshot": JSONResponse({"type": "urn:keylint:problem:not-found"}, 404)},
    "403": {"snapshot": JSONResponse({}, 403)},
    "500": {"snapshot": JSONResponse({}, 500)},
    "429": {"snapshot": JSONResponse({}, 429, {"Retry-After": "9999"})},
    "a redirect": {"snapshot": Response(status_code=302, headers={"Location": "http://127.0.0.1:1/"})},
    "HTML": {"snapshot": Response("<p>hello", media_type="text/html")},
    "broken JSON": {"snapshot": Response("{", media_type="application/json")},
    "a redirect about itself": {"about": Response(status_code=307, headers={"Location": "/v1/snapshot"})},
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_answer_kills_no_key(run: Callable[[Any], Any], tools: Any, bad: str) -> None:
    about = {**ABOUT, "complete_for": [{"provider": "acme"}]}
    fake = Fake(run, **{"about": about, "snapshot": {"entries": []}, **BAD[bad]})
    asked = ServiceSource(fake.url, Secret("t" * 40))
    resolution = resolve([ref(tools, 1)], [asked], (), NOW)
    verdict = resolution.verdicts[tools.fp(1)]
    assert verdict.live is Live.NONE
    assert verdict.reason in (Reason.SOURCE_ERROR, Reason.RATE_LIMITED)
    (outcome,) = resolution.asked
    assert outcome.error is not None
    assert outcome.error.isprintable()
    assert "127.0.0.1" in outcome.error, "it says who"
