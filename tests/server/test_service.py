"""What the reference service answers, over HTTP, from both databases."""

import gzip
import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand
from keylint.server import app
from keylint.server import store as stores
from keylint.server.app import BATCH_MAX, MAX_BYTES, Service
from keylint.server.store import Store
from keylint.server.tokens import load_tokens
from keylint.status import protocol
from keylint.status.inventory import parse

PROTECTED = [
    ("GET", "/.well-known/keylint-status"), ("GET", "/v1/snapshot"), ("GET", "/v1/range/ab"), ("POST", "/v1/lookup"),
    ("PUT", "/v1/entries/x"), ("DELETE", "/v1/entries/x"),
]  # fmt: skip


def fill(store: Store, tools: Any, numbers: range, extra: str = "") -> int:
    text = tools.inventory_text(numbers, extra=extra)
    return store.load([parse(text, "keys.yaml", None, lambda _: False)])


def test_nothing_is_said_without_a_token(service: Any) -> None:
    for token in (None, "x" * 40, "r" * 39, ""):
        for method, path in PROTECTED:
            reply = service.ask(method, path, token=token)
            assert (reply.status, reply.problem) == (401, "unauthenticated")
            assert reply.headers["www-authenticate"].startswith("Bearer")


def test_a_reader_does_not_write(service: Any, tools: Any) -> None:
    for method in ("PUT", "DELETE"):
        reply = service.ask(method, f"/v1/entries/{tools.fp(1)}", {"provider": "acme", "status": "active"})
        assert (reply.status, reply.problem) == (403, "forbidden")
    assert service.ask("GET", "/v1/snapshot").json["entries"] == []
    assert service.admin("GET", "/v1/snapshot").status == 200


def test_an_entry_is_written_found_replaced_and_removed(service: Any, tools: Any) -> None:
    path, about = f"/v1/entries/{tools.fp(1)}", "/.well-known/keylint-status"
    known = {
        "provider": "acme", "status": "rotated", "env": "prod", "owner": "payments Ω", "id": "key_1",
        "hint": {"length": 40, "prefix": "ac_"}, "grace_until": "2027-01-04T12:00:00Z", "replaced_by": "vault: a/b",
        "endpoints": ["api.acme.test"], "checked_at": "2026-11-20T00:00:00Z",
    }  # fmt: skip
    written = service.admin("PUT", path, known)
    assert (written.status, written.json) == (201, {"fp": tools.fp(1), **known})
    assert service.ask("GET", "/v1/snapshot").json["entries"] == [written.json]
    assert service.ask("GET", about).json["entries"] == 1
    assert service.ask("POST", "/v1/lookup", {"fingerprints": [tools.fp(2), tools.fp(1)]}).json["results"] == [
        {"fp": tools.fp(2), "status": "not_found"},
        written.json,
    ]
    replaced = service.admin("PUT", path, {"provider": "acme", "status": "revoked"})
    assert replaced.status == 200
    assert set(replaced.json) == {"fp", "provider", "status", "checked_at"}
    assert service.admin("DELETE", path).status == 204
    assert service.admin("DELETE", path).status == 204
    assert service.ask("GET", "/v1/snapshot").json["entries"] == []


def test_the_snapshot_is_sent_again_only_when_it_has_changed(service: Any, store: Store, tools: Any) -> None:
    fill(store, tools, range(50))
    first = service.ask("GET", "/v1/snapshot")
    assert first.headers["cache-control"] == "private, max-age=0"
    assert "Authorization" in first.headers["vary"]
    assert first.json["pepper_id"] == tools.PEPPER
    zipped = service.ask("GET", "/v1/snapshot", headers={"Accept-Encoding": "gzip, br"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.data) == first.data
    assert zipped.headers["etag"] != first.headers["etag"]
    for reply, encoding in ((first, "identity"), (zipped, "gzip"), (first, "gzip;q=0")):
        for known in (reply.headers["etag"], f'"x", W/{reply.headers["etag"]}', "*"):
            again = service.ask("GET", "/v1/snapshot", headers={"If-None-Match": known, "Accept-Encoding": encoding})
            assert (again.status, again.data) == (304, b"")
            assert again.headers["etag"] == reply.headers["etag"]
    known = {"If-None-Match": first.headers["etag"]}
    assert service.ask("GET", "/v1/snapshot", headers=known, token="x" * 40).status == 401
    service.admin("PUT", f"/v1/entries/{tools.fp(1)}", {"provider": "acme", "status": "revoked"})
    changed = service.ask("GET", "/v1/snapshot", headers=known)
    assert changed.status == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_ranges_add_up_to_the_snapshot(service: Any, store: Store, tools: Any) -> None:
    fill(store, tools, range(900))
    about = service.ask("GET", "/.well-known/keylint-status").json
    assert (about["prefix_len"], about["entries"]) == (1, 900)
    assert {"snapshot", "range", "sealed", "lookup"} == set(about["modes"])
    head, found = f"kl1:hmac-sha256:{tools.PEPPER}:", []
    for digit in "0123456789abcdef":
        reply = service.ask("GET", f"/v1/range/{digit}", headers={"Accept-Encoding": "gzip"}).data
        entries = json.loads(gzip.decompress(reply))["entries"]
        found += [{"fp": f"{head}{digit}{entry.pop('suffix')}", **entry} for entry in entries]
    assert found == service.ask("GET", "/v1/snapshot").json["entries"]
    whole = protocol.digest_of(tools.fp(7))
    assert [e["suffix"] for e in service.ask("GET", f"/v1/range/{whole[:8]}").json["entries"]] == [whole[8:]]
    nobody = "00000000"
    assert service.ask("GET", f"/v1/range/{nobody}").json["entries"] == []


def test_few_entries_are_not_offered_by_prefix(service: Any, store: Store, tools: Any) -> None:
    fill(store, tools, range(799))
    about = service.ask("GET", "/.well-known/keylint-status").json
    assert (about["prefix_len"], about["modes"]) == (0, ["snapshot", "lookup"])


def test_a_sealed_entry_opens_for_its_key_only(service: Any, store: Store, tools: Any) -> None:
    fill(store, tools, range(40))
    digit = protocol.digest_of(tools.fp(7))[0]
    path = f"/v1/range/{digit}?profile=sealed"
    reply = service.ask("GET", path)
    assert b"team-" not in reply.data
    boxes = {entry["tag"]: entry["box"] for entry in reply.json["entries"]}
    plain = service.ask("GET", f"/v1/range/{digit}").json["entries"]
    assert len(boxes) == len(plain) > 1
    mine = boxes.pop(protocol.tag(tools.fp(7)))
    assert protocol.unseal(tools.fp(7), mine) == tools.row(7, owner="team-7")
    for box in boxes.values():
        with pytest.raises(protocol.SealError):
            protocol.unseal(tools.fp(7), box)
    assert service.ask("GET", path).data == reply.data, "the same content is the same box"
    service.admin("PUT", f"/v1/entries/{tools.fp(7)}", {"provider": "acme", "status": "revoked"})
    changed = {entry["tag"]: entry["box"] for entry in service.ask("GET", path).json["entries"]}
    assert changed[protocol.tag(tools.fp(7))][:16] != mine[:16], "another content, another nonce"


def test_a_prefix_is_up_to_eight_hex_digits(service: Any) -> None:
    for prefix in ("AB", "xy", "123456789", "a%00", "a%20b", "a%0A", "-", "g"):
        reply = service.ask("GET", f"/v1/range/{prefix}")
        assert (prefix, reply.status, reply.problem) == (prefix, 400, "bad-prefix")


def test_no_key_gets_in_and_none_comes_out(service: Any, tools: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = expand("{fake:github-classic-pat}")
    path = f"/v1/entries/{tools.fp(1)}"
    entry = {"provider": "acme", "status": "active"}
    replies = [
        (service.ask("POST", "/v1/lookup", {"fingerprints": [tools.fp(1), key]}), "not-a-fingerprint"),
        (service.ask("POST", "/v1/lookup", {"fingerprints": ["ab" * 32]}), "not-a-fingerprint"),
        (service.ask("POST", "/v1/lookup", {"fingerprints": [tools.fp(1).upper()]}), "not-a-fingerprint"),
        (service.ask("POST", "/v1/lookup", {"fingerprints": [tools.fp(1) + "\n"]}), "not-a-fingerprint"),
        (service.ask("POST", "/v1/lookup", {"fingerprints": [tools.fp(1)[:-1]]}), "not-a-fingerprint"),
        (service.ask("POST", "/v1/lookup", {"fingerprints": [7]}), "not-a-fingerprint"),
        (service.ask("POST", "/v1/lookup", {"fingerprints": [], "key": key}), "invalid-request"),
        (service.ask("POST", "/v1/lookup", {"keys": [key]}), "invalid-request"),
        (service.ask("POST", "/v1/lookup", key), "invalid-request"),
        (service.ask("GET", f"/v1/range/{key}"), "bad-prefix"),
        (service.admin("PUT", f"/v1/entries/{key}", entry), "not-a-fingerprint"),
        (service.admin("DELETE", f"/v1/entries/{key}"), "not-a-fingerprint"),
        (service.admin("PUT", path, {**entry, "key": key}), "invalid-request"),
        (service.admin("PUT", path, {**entry, "status": key}), "holds-a-key"),
        (service.admin("PUT", path, {**entry, "owner": f"x {key}"}), "holds-a-key"),
        (service.admin("PUT", path, {**entry, "owner": f"{key[:9]}\u200b{key[9:]}"}), "holds-a-key"),
        (service.admin("PUT", path, {**entry, "endpoints": ["a.b", key]}), "holds-a-key"),
        (service.admin("PUT", path, {**entry, "hint": {"prefix": key}}), "invalid-request"),
        (service.ask("GET", f"/{key}"), "not-found"),
    ]
    assert [reply.problem for reply, _ in replies] == [problem for _, problem in replies]
    assert not any(key[:12].encode() in reply.data for reply, _ in replies)
    assert tools.eventually(lambda: "GET ? 404" in caplog.text)
    assert "/v1/entries/{fp} 400" in caplog.text
    assert key[:12] not in caplog.text
    assert service.ask("GET", "/v1/snapshot").json["entries"] == []


def test_fingerprints_of_another_pepper_are_refused(service: Any, tools: Any) -> None:
    other = tools.fp(1).replace(tools.PEPPER, "p-other")
    replies = [
        service.ask("POST", "/v1/lookup", {"fingerprints": [other]}),
        service.admin("PUT", f"/v1/entries/{other}", {"provider": "acme", "status": "active"}),
    ]
    for reply in replies:
        assert (reply.status, reply.problem) == (409, "unknown-pepper")
        assert tools.PEPPER in reply.json["detail"]


def test_requests_have_limits(service: Any, tools: Any) -> None:
    many = [tools.fp(n) for n in range(BATCH_MAX + 1)]
    assert service.ask("POST", "/v1/lookup", {"fingerprints": many}).problem == "batch-too-large"
    assert service.ask("POST", "/v1/lookup", {"fingerprints": many[1:]}).status == 200
    assert service.ask("POST", "/v1/lookup", data=b" " * (MAX_BYTES + 1)).problem == "too-large"
    announced = {"Content-Length": str(MAX_BYTES + 1)}
    assert service.ask("POST", "/v1/lookup", data=b"{", headers=announced).problem == "too-large", (
        "without waiting for it"
    )
    chunks = iter([b" " * MAX_BYTES, b" "])
    chunked = {"Transfer-Encoding": "chunked"}
    assert service.ask("POST", "/v1/lookup", data=chunks, headers=chunked).problem == "too-large"
    assert service.ask("POST", "/v1/lookup", data=b"[" * MAX_BYTES).problem == "invalid-request"
    assert service.ask("POST", "/v1/lookup", data=b"\xff").problem == "invalid-request"
    plain = {"Content-Type": "text/plain"}
    assert service.ask("POST", "/v1/lookup", data=b"{}", headers=plain).problem == "unsupported-media-type"
    wrong = service.ask("DELETE", "/v1/snapshot")
    assert (wrong.status, wrong.problem) == (405, "method-not-allowed")
    assert "GET" in wrong.headers["allow"]


def test_a_body_that_does_not_arrive_is_not_waited_for(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_BODY_SECONDS", 0.2)
    reply = service.ask("POST", "/v1/lookup", data=b"{", headers={"Content-Length": "100"})
    assert (reply.status, reply.problem) == (408, "timeout")


NO_ENTRIES = [
    ("status", "gone"), ("status", "not_found"), ("status", None), ("provider", "Acme"), ("provider", ""),
    ("expires_at", "2027-01-04"), ("expires_at", "2027-13-04T00:00:00Z"), ("expires_at", 1), ("owner", "x" * 257),
    ("owner", 5), ("owner", ["x"]), ("hint", {"length": 0}), ("hint", {"length": True}), ("hint", {"length": "5"}),
    ("hint", {"middle": "x"}), ("hint", "x"), ("endpoints", "x"), ("endpoints", ["x"] * 65), ("fp", "x"),
]  # fmt: skip


def test_an_entry_that_is_none_is_refused(service: Any, tools: Any) -> None:
    for field, value in NO_ENTRIES:
        document = {"provider": "acme", "status": "active", field: value}
        reply = service.admin("PUT", f"/v1/entries/{tools.fp(1)}", document)
        assert (field, value, reply.status, reply.problem) == (field, value, 400, "invalid-request")


def test_control_characters_are_removed(service: Any, tools: Any) -> None:
    texts = {"owner": "\x1b[31mred\u202e", "id": "\u0007", "replaced_by": "a\r\nb", "endpoints": ["\ud800", "a\0"]}
    reply = service.admin("PUT", f"/v1/entries/{tools.fp(1)}", {"provider": "acme", "status": "active", **texts})
    assert reply.status == 201
    shown = {name: value for name, value in reply.json.items() if name in texts}
    assert shown == {"owner": "[31mred", "replaced_by": "ab", "endpoints": ["a"]}


def test_an_inventory_is_taken_over_and_takes_nothing_back(service: Any, store: Store, tools: Any) -> None:
    scope = "complete_for: [{provider: acme, env: prod}]\n"
    assert fill(store, tools, range(3), scope) == 3
    assert service.ask("GET", "/.well-known/keylint-status").json["complete_for"] == [
        {"provider": "acme", "env": "prod"}
    ]
    etag = service.ask("GET", "/v1/snapshot").headers["etag"]
    assert fill(store, tools, range(3), scope) == 0
    assert service.ask("GET", "/v1/snapshot").headers["etag"] == etag
    service.admin("PUT", f"/v1/entries/{tools.fp(0)}", {"provider": "acme", "status": "revoked"})
    assert fill(store, tools, range(4), scope) == 1
    entries = {e["fp"]: e["status"] for e in service.ask("GET", "/v1/snapshot").json["entries"]}
    assert entries == {tools.fp(0): "revoked", **{tools.fp(n): "active" for n in (1, 2, 3)}}


def test_an_inventory_of_another_pepper_is_refused(store: Store, tools: Any) -> None:
    text = tools.inventory_text(range(1), pepper="p-other")
    with pytest.raises(stores.StoreError, match=tools.PEPPER):
        store.load([parse(text, "keys.yaml", None, lambda _: False)])
    assert store.snapshot()[1] == []


def test_200_clients_at_once(service: Any, store: Store, tools: Any) -> None:
    fill(store, tools, range(2_000))
    etag = service.ask("GET", "/v1/snapshot").headers["etag"]
    gate = threading.Barrier(200)
    statuses: list[tuple[int, int]] = []

    def ask(number: int) -> None:
        gate.wait(60)
        path = f"/v1/entries/{tools.fp(10_000 + number)}"
        some = [
            service.ask("GET", "/v1/snapshot", headers={"If-None-Match": etag}),
            service.ask("GET", f"/v1/range/{number % 16:x}"),
            service.ask("POST", "/v1/lookup", {"fingerprints": [tools.fp(number)]}),
        ]
        if number % 10 == 0:
            some.append(service.admin("PUT", path, {"provider": "acme", "status": "active"}))
        statuses.extend((number, reply.status) for reply in some)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(statuses) == 200 * 3 + 20
    assert {status for _, status in statuses} <= {200, 201, 304}
    assert service.ask("GET", "/.well-known/keylint-status").json["entries"] == 2_020


def test_a_database_that_is_busy_is_no_error_for_ever(
    run: Callable[[Any], Any], tools: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_BUSY_SECONDS", 0.1)
    store = Store(str(tmp_path / "s.db"), tools.PEPPER)
    service = run(Service(store, load_tokens(tools.TOKENS, None), tools.looks_like_key).application())
    path = f"/v1/entries/{tools.fp(1)}"
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    reply = service.admin("PUT", path, {"provider": "acme", "status": "active"})
    assert (reply.status, reply.problem) == (503, "unavailable")
    assert int(reply.headers["retry-after"]) > 0
    assert service.ask("GET", "/v1/snapshot").status == 200, "who reads does not wait for who writes"
    other.execute("ROLLBACK")
    other.close()
    assert service.admin("PUT", path, {"provider": "acme", "status": "active"}).status == 201
    store.close()


def test_an_error_says_nothing_of_what_it_was_about(
    service: Any, tools: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Any, prefix: str) -> None:
        raise RuntimeError(f"about {prefix}")

    monkeypatch.setattr(Store, "range", broken)
    reply = service.ask("GET", "/v1/range/abcdef")
    assert (reply.status, reply.problem) == (500, "internal")
    assert tools.eventually(lambda: "RuntimeError at test_service.py" in caplog.text)
    assert "abcdef" not in caplog.text + reply.data.decode()


def test_a_store_is_of_one_pepper(tmp_path: Path) -> None:
    path = str(tmp_path / "s.db")
    with pytest.raises(stores.StoreError, match="is new"):
        Store(path)
    Store(path, "p-1").close()
    reopened = Store(path)
    assert reopened.pepper_id == "p-1"
    reopened.close()
    with pytest.raises(stores.StoreError, match=r"of pepper p-1, and p-2"):
        Store(path, "p-2")
    assert (tmp_path / "s.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "x://"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(stores.StoreError, match="database"):
        Store(url, "p-1")


def test_a_postgresql_that_is_not_there_is_said_without_the_password() -> None:
    with pytest.raises(stores.StoreError, match="cannot be used") as caught:
        Store("postgresql://me:hush-hush@127.0.0.1:1/x", "p-1")
    assert "hush" not in str(caught.value)
