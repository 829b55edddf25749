from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keylint.catalogue.fake import fake
from keylint.model import KeyRef, Live, Reason, Secret, Tier
from keylint.status.interface import SourceError
from keylint.status.introspection import IntrospectionSource

TOKEN = fake("jwt")
OURS = Secret("our-own-credential")
KEY = KeyRef("kl1:one", "acme", "acme-token")
NOW = datetime.now(UTC)


def source(server: Any, **given: Any) -> IntrospectionSource:
    options = {"secret_of": lambda _: Secret(TOKEN), "ids": ["acme"], "client_id": "keylint", "client_secret": OURS}
    return IntrospectionSource(f"{server.url}/oauth/introspect/", **{**options, **given})


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        ({"active": True}, Live.LIVE, Reason.ACTIVE),
        ({"active": True, "exp": (NOW + timedelta(days=2)).timestamp()}, Live.LIVE, Reason.ACTIVE),
        ({"active": True, "exp": "tomorrow"}, Live.LIVE, Reason.ACTIVE),
        ({"active": True, "exp": 1e300}, Live.LIVE, Reason.ACTIVE),
        ({"active": True, "exp": True}, Live.LIVE, Reason.ACTIVE),
        ({"active": False}, Live.DEAD, Reason.INVALID),
        ({"active": False, "exp": (NOW + timedelta(days=2)).timestamp()}, Live.DEAD, Reason.INVALID),
        # Who says both has made a mistake somewhere, and the key may well work.
        ({"active": True, "exp": (NOW - timedelta(days=2)).timestamp()}, Live.NONE, Reason.UNKNOWN),
    ],
)
def test_what_the_server_says(server: Any, reply: Any, body: Any, verdict: Live, reason: Reason) -> None:
    server.answer = lambda _: reply(200, body)
    asked = datetime.now(UTC)
    (seen,) = source(server).check([KEY])
    assert (seen.fingerprint, seen.tier, seen.verdict, seen.reason) == (KEY.fingerprint, Tier.ISSUER, verdict, reason)
    assert seen.observed_at is not None
    assert asked <= seen.observed_at <= datetime.now(UTC)
    assert seen.note


def test_expiry_and_issue_are_told(server: Any, reply: Any) -> None:
    end = datetime(2090, 1, 2, tzinfo=UTC)
    server.answer = lambda _: reply(200, {"active": True, "exp": end.timestamp(), "iat": 0})
    (seen,) = source(server).check([KEY])
    assert seen.expires_at == end
    assert seen.issued_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_failure_says_nothing_about_the_key(server: Any, failure: Any) -> None:
    server.answer = lambda _: failure
    if failure.status == 400:
        assert [(seen.verdict, seen.reason) for seen in source(server).check([KEY])] == [
            (Live.NONE, Reason.SOURCE_ERROR)
        ]
        return
    with pytest.raises(SourceError) as raised:
        list(source(server).check([KEY]))
    assert TOKEN not in str(raised.value)
    assert OURS.reveal() not in str(raised.value)


def test_401_is_about_our_own_credentials(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(
        401, {"error": "invalid_token"}, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    )
    with pytest.raises(SourceError, match="our own credential"):
        list(source(server).check([KEY]))


@pytest.mark.parametrize("active", ["false", 0, None, []])
def test_active_is_true_or_false(server: Any, reply: Any, active: Any) -> None:
    server.answer = lambda _: reply(200, {"active": active})
    with pytest.raises(SourceError, match="no introspection endpoint"):
        list(source(server).check([KEY]))


def test_one_token_that_cannot_be_read_does_not_hide_the_next(server: Any, reply: Any) -> None:
    server.answer = lambda r: reply(200, {"active": False}) if r.form["token"] == "b" else reply(400, {})
    others = [KeyRef(name, "acme", None) for name in "ab"]
    seen = list(source(server, secret_of=Secret).check(others))
    assert [(s.fingerprint, s.verdict) for s in seen] == [("a", Live.NONE), ("b", Live.DEAD)]


def test_the_token_goes_to_this_endpoint_once_and_as_a_form(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(200, {"active": False})
    list(source(server, secret_of=lambda _: Secret(f" {TOKEN}\n")).check([KEY]))
    (request,) = server.seen
    assert (request.method, request.target, request.form) == ("POST", "/oauth/introspect/", {"token": TOKEN})
    assert TOKEN not in " ".join([request.target, *request.headers.values()])


def test_a_redirect_gets_nothing(server: Any, elsewhere: Any, reply: Any) -> None:
    server.answer = lambda _: reply(307, {}, {"Location": f"{elsewhere.url}/oauth/introspect/"})
    with pytest.raises(SourceError, match="redirects are not followed"):
        list(source(server).check([KEY]))
    assert not elsewhere.seen


def test_only_the_configured_keys_are_sent(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(200, {"active": True})
    keys = [KeyRef("a", "stripe", "stripe-secret"), KeyRef("b", None, None), KeyRef("c", "generic", "jwt")]
    seen = list(source(server, ids=["acme", "jwt"]).check(keys))
    assert [s.fingerprint for s in seen] == ["c"]
    assert not list(source(server, secret_of=lambda _: None).check([KEY]))
    assert len(server.seen) == 1


def test_who_asks(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(200, {"active": True})
    list(source(server, client_id="a:b", client_secret=Secret("c d")).check([KEY]))
    list(source(server, client_id=None, client_secret=None, token=OURS).check([KEY]))
    basic, bearer = (request.headers["authorization"] for request in server.seen)
    assert base64.b64decode(basic.removeprefix("Basic ")) == b"a%3Ab:c+d"
    assert bearer == f"Bearer {OURS.reveal()}"
    for given in ({"client_secret": None}, {"token": OURS}, {"client_id": None}):
        with pytest.raises(SourceError, match="either"):
            source(server, **given)


@pytest.mark.parametrize(
    "url", ["http://auth.example.com/i", "ftp://auth.example.com/i", "https://a:b@auth.example.com/i", "x"]
)
def test_only_https(url: str) -> None:
    with pytest.raises(SourceError):
        IntrospectionSource(url, lambda _: None, ["acme"], token=OURS)


def test_nothing_is_logged_or_shown(server: Any, reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda _: reply(200, {"active": True, "username": TOKEN})
    asked = source(server)
    with caplog.at_level(0):
        seen = list(asked.check([KEY]))
    shown = f"{caplog.text} {seen!r} {asked!r} {vars(asked)!r} {asked.name} {asked.namespace}"
    assert TOKEN not in shown
    assert OURS.reveal() not in shown


def test_answers_are_kept_apart(server: Any) -> None:
    spaces = {source(server).namespace, source(server, ids=["jwt"]).namespace, source(server, client_id="x").namespace}
    assert len(spaces) == 3
