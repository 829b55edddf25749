from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.catalogue.fake import fake
from keylint.model import KeyRef, Live, Reason, Secret, Tier
from keylint.status.github import GitHubSource
from keylint.status.interface import SourceError

OURS = Secret("our-own-credential")
KEYS = [fake("stripe-secret-key-live", seed) for seed in range(3)]
CHANGED = datetime(2026, 11, 1, 8, tzinfo=UTC)
CLOSED = datetime(2026, 10, 1, tzinfo=UTC)


def of(secret: str) -> str:
    return f"fp{KEYS.index(secret)}" if secret in KEYS else "fp?"


REFS = [KeyRef(f"fp{number}", "stripe", None) for number in range(3)]


def alert(secret: Any = KEYS[0], **given: Any) -> dict[str, Any]:
    """An alert with the fields of the schema of 2026-03-10."""
    return {
        "number": 7,
        "created_at": "2026-09-01T00:00:00Z",
        "updated_at": "2026-11-01T08:00:00Z",
        "state": "open",
        "resolution": None,
        "resolved_at": None,
        "resolution_comment": "it was \x1b[31m me",
        "secret_type": "stripe_api_key",
        "secret": secret,
        "validity": "unknown",
        "publicly_leaked": False,
        "first_location_detected": {"path": ".env"},
        **given,
    }


def source(server: Any, of_: str = "octo/app") -> GitHubSource:
    return GitHubSource(of_, OURS, of, url=f"{server.url}/api/v3")


@pytest.mark.parametrize(
    ("given", "tier", "verdict", "reason"),
    [
        ({"validity": "active"}, Tier.PLATFORM, Live.LIVE, Reason.ACTIVE),
        ({"validity": "inactive"}, Tier.PLATFORM, Live.DEAD, Reason.INVALID),
        ({"validity": "unknown"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": None}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": ["inactive"]}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": "unknown", "resolution": "revoked"}, Tier.INVENTORY, Live.DEAD, Reason.REVOKED),
        ({"validity": "active", "resolution": "revoked"}, Tier.PLATFORM, Live.LIVE, Reason.ACTIVE),
        ({"resolution": "false_positive"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"resolution": "wont_fix"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"resolution": "used_in_tests"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
    ],
)
def test_what_an_alert_says(server: Any, reply: Any, given: Any, tier: Tier, verdict: Live, reason: Reason) -> None:
    server.answer = lambda _: reply(200, [alert(**given)])
    (seen,) = source(server).check(REFS[:1])
    assert (seen.fingerprint, seen.tier, seen.verdict, seen.reason) == ("fp0", tier, verdict, reason)
    assert seen.note.startswith("alert 7, validity ")


def test_an_alert_is_as_old_as_its_last_change(server: Any, reply: Any) -> None:
    closed = alert(KEYS[1], resolution="revoked", resolved_at="2026-10-01T00:00:00Z")
    timeless = alert(KEYS[2], validity="inactive", updated_at=None, created_at="soon")
    server.answer = lambda _: reply(200, [alert(validity="active"), closed, timeless])
    assert [seen.observed_at for seen in source(server).check(REFS)] == [CHANGED, CLOSED, None]


def test_a_key_without_an_alert_is_not_found_and_that_means_nothing(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(200, [alert()])
    asked = source(server)
    seen = {s.fingerprint: s for s in asked.check(REFS[:2])}
    assert (seen["fp1"].verdict, seen["fp1"].reason) == (Live.NONE, Reason.NOT_FOUND)
    assert not any(asked.describe().covers(ref) for ref in REFS)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("alerts", "verdict"),
    [
        ([{"validity": "inactive"}, {"validity": "active", "updated_at": "2026-11-02T00:00:00Z"}], Live.LIVE),
        ([{"validity": "active"}, {"validity": "inactive", "updated_at": "2026-11-02T00:00:00Z"}], Live.DEAD),
        ([{"validity": "active"}, {"validity": "inactive"}], Live.LIVE),
        ([{"validity": "active"}, {"resolution": "revoked", "resolved_at": "2026-11-20T00:00:00Z"}], Live.LIVE),
        ([{"validity": "unknown", "updated_at": "2026-11-20T00:00:00Z"}, {"validity": "inactive"}], Live.DEAD),
    ],
)
def test_of_several_alerts_one_counts(server: Any, reply: Any, alerts: Any, verdict: Live, backwards: bool) -> None:
    rows = [alert(**given) for given in alerts]
    server.answer = lambda _: reply(200, rows[::-1] if backwards else rows)
    (seen,) = source(server).check(REFS[:1])
    assert seen.verdict is verdict


def test_all_pages_are_read_and_no_other_host(server: Any, elsewhere: Any, reply: Any) -> None:
    def answer(request: Any) -> Any:
        page = int(request.query.get("page", 1))
        link = f'<{elsewhere.url}{request.path}?per_page=100&page={page + 1}>; rel="next", <x>; rel="last"'
        return reply(200, [alert(KEYS[page - 1], validity="inactive")], {"Link": link} if page < 3 else {})

    server.answer = answer
    assert [seen.verdict for seen in source(server).check(REFS)] == [Live.DEAD] * 3
    assert [r.target for r in server.seen][::2] == [
        "/api/v3/repos/octo/app/secret-scanning/alerts?per_page=100",
        "/api/v3/repos/octo/app/secret-scanning/alerts?per_page=100&page=3",
    ]
    assert {r.headers["authorization"] for r in server.seen} == {f"Bearer {OURS.reveal()}"}
    assert not elsewhere.seen


def test_pages_that_lead_in_a_circle_end(server: Any, reply: Any) -> None:
    server.answer = lambda r: reply(200, [], {"Link": f'<{server.url}{r.path}?per_page=100>; rel="next"'})
    with pytest.raises(SourceError, match="circle"):
        list(source(server).check(REFS))


def test_a_page_that_is_missing_says_nothing_about_those_who_may_be_on_it(
    server: Any, reply: Any, failure: Any
) -> None:
    def answer(request: Any) -> Any:
        if "page" in request.query:
            return failure
        return reply(200, [alert(validity="active")], {"Link": f'<{request.path}?page=2>; rel="next"'})

    server.answer = answer
    with pytest.raises(SourceError):
        list(source(server).check(REFS))


def test_a_failure_is_not_a_clean_list(server: Any, failure: Any) -> None:
    server.answer = lambda _: failure
    with pytest.raises(SourceError) as raised:
        list(source(server).check(REFS))
    assert OURS.reveal() not in str(raised.value)


def test_who_asks_too_often_is_told_by_403(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(403, {}, {"X-RateLimit-Remaining": "0"})
    with pytest.raises(SourceError) as raised:
        list(source(server).check(REFS))
    assert raised.value.reason is Reason.RATE_LIMITED


def test_whatever_stands_in_an_alert(server: Any, reply: Any) -> None:
    rows = [
        alert(7),
        alert(None),
        alert(),
        {},
        [],
        "x",
        None,
        {"secret": KEYS[0], "number": "\x1b[31m" * 500, "validity": {}},
    ]
    server.answer = lambda _: reply(200, rows)
    (seen,) = source(server).check(REFS[:1])
    assert seen.verdict is Live.NONE
    assert seen.note.isprintable()
    assert len(seen.note) < 100


def test_the_secret_of_an_alert_is_nowhere(server: Any, reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda _: reply(200, [alert(key, validity="inactive") for key in KEYS])
    asked = source(server)
    with caplog.at_level(0):
        seen = list(asked.check(REFS))
    shown = f"{caplog.text} {seen!r} {asked!r} {vars(asked)!r}"
    assert len(seen) == 3
    assert not any(text in shown for text in (*KEYS, OURS.reveal()))
    assert not any(key.encode() in server.received for key in KEYS)


def test_an_organisation(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(200, [])
    list(source(server, "octo").check(REFS))
    assert server.seen[0].path == "/api/v3/orgs/octo/secret-scanning/alerts"
    assert source(server, "octo").namespace != source(server).namespace
    assert not list(source(server).check([]))
    assert len(server.seen) == 1


@pytest.mark.parametrize("name", ["", "a/b/c", "../x", "a b", "a/b?x=", "octo/", "..\n", "octo/.."])
def test_no_other_place(server: Any, name: str) -> None:
    with pytest.raises(SourceError):
        source(server, name)
