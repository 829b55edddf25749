from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.catalogue.fake import fake
from keylint.model import KeyRef, Live, Reason, Secret, Tier
from keylint.status.gitguardian import GitGuardianSource, hmsl_hash
from keylint.status.interface import SourceError

OURS = Secret("our-own-credential")
KEYS = {f"fp{number}": fake("stripe-secret-key-live", number) for number in range(3)}
REFS = [KeyRef(fingerprint, "stripe", None) for fingerprint in KEYS]


def incident(fingerprint: str = "fp0", **given: Any) -> dict[str, Any]:
    """An incident with the fields of pygitguardian 1.35.0."""
    return {
        "id": 3759,
        "date": "2026-08-22T14:15:22Z",
        "detector": {"name": "stripe", "display_name": "Stripe Keys", "nature": "specific", "family": "apikey"},
        "secret_hash": "Ri9FjVgdOlPn",
        "hmsl_hash": hmsl_hash(KEYS[fingerprint]),
        "status": "TRIGGERED",
        "severity": "high",
        "secret_revoked": False,
        "validity": "unknown",
        "resolved_at": None,
        "tags": ["FROM_HISTORICAL_SCAN"],
        **given,
    }


def source(server: Any) -> GitGuardianSource:
    return GitGuardianSource(
        OURS, lambda f: Secret(f"{KEYS[f]}\n") if f in KEYS else None, url=f"{server.url}/exposed/"
    )


def test_the_hash_is_that_of_has_my_secret_leaked() -> None:
    # The word and the hash that ggshield is tested with.
    assert hmsl_hash("test") == "bdbfe17c6018147f07ce79f8ec415a075d761ccacc14803e7d645155bf21a75f"


@pytest.mark.parametrize(
    ("given", "tier", "verdict", "reason"),
    [
        ({"validity": "valid"}, Tier.PLATFORM, Live.LIVE, Reason.ACTIVE),
        ({"validity": "invalid"}, Tier.PLATFORM, Live.DEAD, Reason.INVALID),
        ({"validity": "failed_to_check"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": "no_checker"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": "unknown"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": None}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"validity": {}}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
        ({"secret_revoked": True, "status": "RESOLVED"}, Tier.INVENTORY, Live.DEAD, Reason.REVOKED),
        ({"secret_revoked": True, "validity": "valid"}, Tier.PLATFORM, Live.LIVE, Reason.ACTIVE),
        ({"secret_revoked": "yes"}, Tier.PLATFORM, Live.NONE, Reason.UNKNOWN),
    ],
)
def test_what_an_incident_says(server: Any, reply: Any, given: Any, tier: Tier, verdict: Live, reason: Reason) -> None:
    server.answer = lambda _: reply(200, [incident(**given)])
    (seen,) = source(server).check(REFS[:1])
    assert (seen.fingerprint, seen.tier, seen.verdict, seen.reason) == ("fp0", tier, verdict, reason)
    assert seen.note.startswith("incident 3759, validity ")


def test_when_it_was_said(server: Any, reply: Any) -> None:
    resolved = incident("fp1", secret_revoked=True, resolved_at="2026-10-01T00:00:00Z")
    server.answer = lambda _: reply(200, [incident(validity="valid"), resolved])
    assert [seen.observed_at for seen in source(server).check(REFS[:2])] == [None, datetime(2026, 10, 1, tzinfo=UTC)]


@pytest.mark.parametrize("backwards", [False, True])
def test_of_several_incidents_one_counts(server: Any, reply: Any, backwards: bool) -> None:
    rows = [incident(validity=validity) for validity in ("invalid", "valid", "unknown")]
    server.answer = lambda _: reply(200, rows[::-1] if backwards else rows)
    (seen,) = source(server).check(REFS[:1])
    assert seen.verdict is Live.LIVE


def test_all_pages_are_read(server: Any, reply: Any) -> None:
    def answer(request: Any) -> Any:
        if "cursor" not in request.query:
            return reply(200, [incident()], {"Link": f'<{server.url}{request.path}?cursor=cD03Mjc%3D>; rel="next"'})
        return reply(200, [incident("fp1", validity="invalid")])

    server.answer = answer
    seen = list(source(server).check(REFS))
    assert [s.reason for s in seen] == [Reason.UNKNOWN, Reason.INVALID, Reason.NOT_FOUND]
    assert [r.target for r in server.seen] == [
        "/exposed/v1/incidents/secrets?per_page=100",
        "/exposed/v1/incidents/secrets?cursor=cD03Mjc%3D",
    ]
    assert {r.headers["authorization"] for r in server.seen} == {f"Token {OURS.reveal()}"}


def test_a_failure_says_nothing(server: Any, failure: Any) -> None:
    server.answer = lambda _: failure
    with pytest.raises(SourceError) as raised:
        list(source(server).check(REFS))
    assert OURS.reveal() not in str(raised.value)


def test_whatever_stands_in_an_incident(server: Any, reply: Any) -> None:
    rows = [{}, [], None, 3, {"hmsl_hash": 7}, {"hmsl_hash": None}, incident(id="\x1b[31m", tags=None)]
    server.answer = lambda _: reply(200, rows)
    (seen,) = source(server).check(REFS[:1])
    assert seen.note == "an incident, validity unknown"


def test_nothing_of_a_key_is_sent_or_shown(server: Any, reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda _: reply(200, [incident(validity="invalid")])
    asked = source(server)
    with caplog.at_level(0):
        seen = list(asked.check(REFS))
    shown = f"{caplog.text} {seen!r} {asked!r} {vars(asked)!r}"
    assert not any(text in shown for text in (*KEYS.values(), OURS.reveal()))
    for key in KEYS.values():
        assert key.encode() not in server.received
        assert hmsl_hash(key).encode() not in server.received


def test_without_keys_nobody_is_asked(server: Any) -> None:
    assert not list(source(server).check([]))
    assert not list(source(server).check([KeyRef("of nobody", None, None)]))
    assert not server.seen
