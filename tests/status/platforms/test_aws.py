"""IAM, played by a real moto server."""

from __future__ import annotations

import http.client
import importlib
import logging
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from keylint.catalogue.fake import fake
from keylint.model import KeyRef, Live, Reason, Tier
from keylint.status.aws import AwsIamSource, _Iam, account_of
from keylint.status.interface import SourceError
from keylint.status.merge import merge
from keylint.status.trying import tried

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> str:
    own = "our-own-secret-access-key"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", own)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "our-own-session-token")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    # What keylint does not look at: neither may change whom it asks.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    return own


@pytest.fixture
def iam(moto: str) -> Iterator[Any]:
    direct = Config(proxies={})
    client = boto3.client("iam", endpoint_url=moto, region_name="us-east-1", config=direct)
    yield client
    for user in client.list_users()["Users"]:
        name = user["UserName"]
        for key in client.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            client.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        client.delete_user(UserName=name)
    client.close()


def issued(iam: Any, user: str = "ann") -> tuple[str, str]:
    if user not in {u["UserName"] for u in iam.list_users()["Users"]}:
        iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def ref(identity: str | None, kind: str = "aws-access-key-id") -> KeyRef:
    return KeyRef(f"fp of {identity}", "aws", kind, public_id=identity)


def source(url: str) -> AwsIamSource:
    return AwsIamSource(url=url)


def test_the_account_is_in_the_id(iam: Any) -> None:
    assert account_of(issued(iam)[0]) == ACCOUNT
    assert account_of("AKIAI" + "A" * 15) is None
    assert account_of("AKIAJ" + "A" * 15) is None


def test_active_inactive_deleted(moto: str, iam: Any) -> None:
    (active, _), (inactive, _), (deleted, _) = issued(iam), issued(iam), issued(iam, "bob")
    iam.update_access_key(UserName="ann", AccessKeyId=inactive, Status="Inactive")
    iam.delete_access_key(UserName="bob", AccessKeyId=deleted)
    asked = source(moto)
    seen = list(asked.check([ref(active), ref(inactive), ref(deleted)]))
    assert {s.tier for s in seen} == {Tier.PROOF}
    assert [(s.verdict, s.reason) for s in seen] == [
        (Live.LIVE, Reason.ACTIVE),
        (Live.DEAD, Reason.DISABLED),
        (Live.NONE, Reason.NOT_FOUND),
    ]
    assert [s.owner for s in seen] == ["ann", "ann", None]
    assert seen[0].note == "IAM status Active"
    assert seen[0].issued_at is not None
    assert seen[0].issued_at.utcoffset() is not None
    # In its own account a key that IAM does not know does not exist.
    info = asked.describe()
    verdicts = [
        merge([s], s.observed_at, complete=lambda _: info.covers(ref(deleted))).live for s in seen if s.observed_at
    ]
    assert verdicts == [Live.LIVE, Live.DEAD, Live.DEAD]


def test_keys_of_other_accounts_are_not_asked_about(proxied: Any, iam: Any) -> None:
    foreign = fake("aws-access-key-id")
    assert account_of(foreign) != ACCOUNT
    old = "AKIAI" + "A" * 15
    seen = list(source(proxied.url).check([ref(foreign), ref(old)]))
    assert [(s.verdict, s.reason) for s in seen] == [(Live.NONE, Reason.UNKNOWN)] * 2
    assert foreign.encode() not in proxied.received
    assert old.encode() in proxied.received


def test_the_secret_of_an_active_id_may_be_anothers(moto: str, iam: Any) -> None:
    (active, _), (inactive, _) = issued(iam), issued(iam)
    iam.update_access_key(UserName="ann", AccessKeyId=inactive, Status="Inactive")
    secrets = [ref(identity, "aws-secret-access-key") for identity in (active, inactive)]
    seen = list(source(moto).check(secrets))
    assert [(s.verdict, s.reason) for s in seen] == [(Live.NONE, Reason.UNKNOWN), (Live.DEAD, Reason.DISABLED)]
    assert seen[0].note == "its key id has IAM status Active"


@pytest.fixture
def proxied(server: Any, reply: Any, moto: str) -> Any:
    """The moto server, with everything kept that is sent to it."""

    def forward(request: Any) -> Any:
        connection = http.client.HTTPConnection(moto.removeprefix("http://"))
        headers = {n: v for n, v in request.headers.items() if n not in ("connection", "content-length")}
        connection.request(request.method, request.target, request.content, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return reply(answer.status, content, {"Content-Type": answer.headers["Content-Type"]})

    server.answer = forward
    return server


def test_only_ids_are_sent(proxied: Any, iam: Any, caplog: pytest.LogCaptureFixture, credentials: str) -> None:
    keys = [issued(iam) for _ in range(2)]
    with caplog.at_level(logging.DEBUG):
        seen = list(source(proxied.url).check([ref(identity) for identity, _ in keys]))
    assert [s.verdict for s in seen] == [Live.LIVE] * 2
    actions = [request.form["Action"] for request in proxied.seen]
    assert actions == ["GetCallerIdentity", "GetAccessKeyLastUsed", "ListAccessKeys", "GetAccessKeyLastUsed"]
    for secret in (credentials, *(secret for _, secret in keys)):
        assert secret.encode() not in proxied.received
        assert secret not in caplog.text
    assert "our-own-session-token" not in caplog.text
    assert "our-own-session-token" not in repr(seen)


def test_without_ids_nobody_is_asked(server: Any) -> None:
    ids = [None, "", "AKIA", "ASIA" + "A" * 16, "AKIA" + "a" * 16, "AKIA" + "A" * 16 + "\n", "../x"]
    others = KeyRef("fp", "stripe", None, public_id="AKIA" + "Q" * 16)
    assert not list(source(server.url).check([*map(ref, ids), others]))
    assert not server.seen


OURS = fake("aws-access-key-id")
IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::1:user/x</Arn><UserId>x</UserId><Account>{account_of(OURS)}</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
LAST_USED = """<GetAccessKeyLastUsedResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccessKeyLastUsedResult>
<UserName>an\x7fn</UserName><AccessKeyLastUsed><Region>us-east-1</Region><LastUsedDate>2026-09-28T00:00:00Z</LastUsedDate>
<ServiceName>s3</ServiceName></AccessKeyLastUsed></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>"""
LISTED = """<ListAccessKeysResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListAccessKeysResult><UserName>a</UserName>
<AccessKeyMetadata>{rows}</AccessKeyMetadata><IsTruncated>{more}</IsTruncated>{marker}</ListAccessKeysResult>
</ListAccessKeysResponse>"""
ERROR = """<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>{}</Code>
<Message>our-own-secret-access-key</Message></Error><RequestId>1</RequestId></ErrorResponse>"""


def row(identity: str, status: str) -> str:
    return f"<member><UserName>a</UserName><AccessKeyId>{identity}</AccessKeyId><Status>{status}</Status></member>"


@pytest.fixture
def scripted(server: Any, reply: Any) -> Any:
    """AWS, with an answer for each action."""
    server.answers = {
        "GetCallerIdentity": (200, IDENTITY),
        "GetAccessKeyLastUsed": (200, LAST_USED),
        "ListAccessKeys": (200, LISTED.format(rows=row(OURS, "Active"), more="false", marker="")),
    }

    def answer(request: Any) -> Any:
        status, text = server.answers[request.form["Action"]]
        return reply(status, text.encode(), {"Content-Type": "text/xml"})

    server.answer = answer
    return server


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("Active", Live.LIVE, Reason.ACTIVE),
        ("Inactive", Live.DEAD, Reason.DISABLED),
        ("Expired", Live.DEAD, Reason.EXPIRED),
        ("Sleeping", Live.NONE, Reason.UNKNOWN),
        ("", Live.NONE, Reason.UNKNOWN),
    ],
)
def test_every_status(scripted: Any, status: str, verdict: Live, reason: Reason) -> None:
    scripted.answers["ListAccessKeys"] = 200, LISTED.format(rows=row(OURS, status), more="false", marker="")
    (seen,) = source(scripted.url).check([ref(OURS)])
    assert (seen.verdict, seen.reason) == (verdict, reason)
    assert seen.note.endswith("last used 2026-09-28")
    assert seen.owner == "ann"


def test_a_key_whose_user_has_no_list_may_be_anybodys(scripted: Any) -> None:
    # The root of an account is no user.
    for answer in ((404, ERROR.format("NoSuchEntity")), (200, LISTED.format(rows="", more="false", marker=""))):
        scripted.answers["ListAccessKeys"] = answer
        (seen,) = source(scripted.url).check([ref(OURS)])
        assert (seen.verdict, seen.reason) == (Live.NONE, Reason.UNKNOWN)


def test_the_list_of_a_user_is_read_to_its_end(scripted: Any, reply: Any) -> None:
    other = fake("aws-access-key-id", 1)
    first = LISTED.format(rows=row(other, "Active"), more="true", marker="<Marker>m</Marker>")
    usual = scripted.answer

    def answer(request: Any) -> Any:
        if request.form["Action"] == "ListAccessKeys" and "Marker" not in request.form:
            return reply(200, first.encode(), {"Content-Type": "text/xml"})
        return usual(request)

    scripted.answer = answer
    (seen,) = source(scripted.url).check([ref(OURS)])
    assert seen.verdict is Live.LIVE


NO_PAGE, LOG_IN = "<html>no such page</html>", "<html>log in</html>"


@pytest.mark.parametrize(
    ("action", "status", "text"),
    [
        ("GetCallerIdentity", 401, ERROR.format("InvalidClientTokenId")),
        ("GetCallerIdentity", 403, ERROR.format("SignatureDoesNotMatch")),
        ("GetCallerIdentity", 404, NO_PAGE),
        ("GetCallerIdentity", 200, LOG_IN),
        ("GetAccessKeyLastUsed", 401, ERROR.format("InvalidClientTokenId")),
        ("GetAccessKeyLastUsed", 403, ERROR.format("AccessDenied")),
        ("GetAccessKeyLastUsed", 404, NO_PAGE),
        ("GetAccessKeyLastUsed", 404, ""),
        ("GetAccessKeyLastUsed", 500, ""),
        ("GetAccessKeyLastUsed", 302, ""),
        ("GetAccessKeyLastUsed", 200, LOG_IN),
        ("GetAccessKeyLastUsed", 200, "{}"),
        ("ListAccessKeys", 403, ERROR.format("AccessDenied")),
        ("ListAccessKeys", 404, NO_PAGE),
        ("ListAccessKeys", 200, LOG_IN),
    ],
)
def test_a_failure_says_nothing(scripted: Any, action: str, status: int, text: str, credentials: str) -> None:
    scripted.answers[action] = status, text
    told: list[Any] = []
    message = ""
    try:
        told += source(scripted.url).check([ref(OURS)])
    except SourceError as error:
        message = str(error)
    # A page in the place of an answer may pass for an empty one; no list and no owner say nothing either.
    assert message or [seen.verdict for seen in told] == [Live.NONE]
    assert message or text == LOG_IN
    assert credentials not in message
    assert OURS not in message


def test_a_failure_is_named(scripted: Any) -> None:
    scripted.answers["GetAccessKeyLastUsed"] = 403, ERROR.format("AccessDenied")
    with pytest.raises(SourceError, match="AccessDenied"):
        list(source(scripted.url).check([ref(OURS)]))
    scripted.answers["GetAccessKeyLastUsed"] = 400, ERROR.format("Throttling")
    with pytest.raises(SourceError) as raised:
        list(source(scripted.url).check([ref(OURS)]))
    assert raised.value.reason is Reason.RATE_LIMITED
    # Of a key that may be another account's, a refusal is no failure.
    scripted.answers["GetAccessKeyLastUsed"] = 403, ERROR.format("AccessDenied")
    (seen,) = source(scripted.url).check([ref("AKIAI" + "A" * 15)])
    assert seen.verdict is Live.NONE


def test_a_closed_connection_and_a_redirect(server: Any, elsewhere: Any, reply: Any) -> None:
    for answer in (reply(closed=True), reply(307, b"", {"Location": f"{elsewhere.url}/"})):
        server.answer = lambda _, a=answer: a
        with pytest.raises(SourceError):
            list(source(server.url).check([ref(OURS)]))
    assert not elsewhere.seen


def test_credentials_and_profiles(monkeypatch: pytest.MonkeyPatch, server: Any) -> None:
    with pytest.raises(SourceError):
        list(AwsIamSource(profile="nobody's", url=server.url).check([ref(OURS)]))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(SourceError, match="no credentials"):
        list(source(server.url).check([ref(OURS)]))
    assert not server.seen


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "keylint.status.aws")
    with pytest.raises(SourceError, match=r"pip install 'keylint\[aws\]'"):
        importlib.import_module("keylint.status.aws")


def test_the_environment_does_not_say_who_is_asked() -> None:
    iam = _Iam(None, "us-east-1", None)
    assert iam._iam.meta.endpoint_url == "https://iam.amazonaws.com"
    assert iam._sts.meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"


@pytest.mark.parametrize("url", ["http://iam.example.com", "ftp://127.0.0.1.example.com"])
def test_only_https(url: str) -> None:
    with pytest.raises(SourceError, match="https"):
        source(url)


def test_whether_iam_answers(moto: str) -> None:
    fine, gone = tried([source(moto), source("http://127.0.0.1:1")], "f")
    assert fine.error is None
    assert gone.error == "AWS IAM: no answer (EndpointConnectionError)"
