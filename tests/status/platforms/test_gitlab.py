from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model import KeyRef, Live, Reason, Secret, Tier
from keylint.status.gitlab import GitLabSource
from keylint.status.interface import SourceError
from keylint.status.merge import merge

OURS = Secret("our-own-credential")
KEY = KeyRef("fp", "gitlab", "gitlab-pat", public_id="42")


def token(**given: Any) -> dict[str, Any]:
    """A token as GitLab's documentation shows one."""
    return {
        "user_id": 141,
        "scopes": ["api"],
        "name": "token",
        "expires_at": "2090-01-31",
        "id": 42,
        "active": True,
        "created_at": "2021-01-20T22:11:48.151Z",
        "last_used_at": None,
        "revoked": False,
        **given,
    }


def source(server: Any, **given: Any) -> GitLabSource:
    return GitLabSource(OURS, url=f"{server.url}/git/", **given)


@pytest.mark.parametrize(
    ("given", "verdict", "reason"),
    [
        ({}, Live.LIVE, Reason.ACTIVE),
        ({"expires_at": None}, Live.LIVE, Reason.ACTIVE),
        ({"active": False, "revoked": True}, Live.DEAD, Reason.REVOKED),
        ({"active": False, "expires_at": "2021-01-31"}, Live.DEAD, Reason.EXPIRED),
        ({"active": True, "expires_at": "2021-01-31"}, Live.DEAD, Reason.EXPIRED),
        ({"active": False}, Live.DEAD, Reason.DISABLED),
        ({"active": None}, Live.NONE, Reason.UNKNOWN),
        ({"active": "false", "revoked": "true"}, Live.NONE, Reason.UNKNOWN),
        ({"id": 43}, Live.NONE, Reason.NOT_FOUND),
        ({"id": "42"}, Live.NONE, Reason.NOT_FOUND),
        ({"id": [42]}, Live.NONE, Reason.NOT_FOUND),
    ],
)
def test_what_the_list_says(server: Any, reply: Any, given: Any, verdict: Live, reason: Reason) -> None:
    server.answer = lambda _: reply(200, [token(**given)])
    (seen,) = source(server).check([KEY])
    assert (seen.fingerprint, seen.tier, seen.verdict, seen.reason) == ("fp", Tier.PROOF, verdict, reason)
    assert merge([seen], datetime.now(UTC)).live is verdict


def test_a_token_ends_when_its_last_day_begins(server: Any, reply: Any) -> None:
    server.answer = lambda _: reply(200, [token()])
    (seen,) = source(server).check([KEY])
    assert seen.expires_at == datetime(2090, 1, 31, tzinfo=UTC)
    assert seen.issued_at == datetime(2021, 1, 20, 22, 11, 48, 151000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, "/git/api/v4/personal_access_tokens"),
        ({"project": "group/app"}, "/git/api/v4/projects/group%2Fapp/access_tokens"),
        ({"group": "7"}, "/git/api/v4/groups/7/access_tokens"),
    ],
)
def test_whose_tokens(server: Any, reply: Any, given: Any, path: str) -> None:
    server.answer = lambda r: (
        reply(200, [token()])
        if "page" in r.query
        else reply(200, [], {"Link": f'<{server.url}{path}?page=2&per_page=100>; rel="next"'})
    )
    (seen,) = source(server, **given).check([KEY])
    assert seen.verdict is Live.LIVE
    assert [r.target for r in server.seen] == [f"{path}?per_page=100", f"{path}?page=2&per_page=100"]
    assert server.seen[0].headers["private-token"] == OURS.reveal()


def test_a_failure_says_nothing(server: Any, failure: Any) -> None:
    server.answer = lambda _: failure
    with pytest.raises(SourceError) as raised:
        list(source(server).check([KEY]))
    assert OURS.reveal() not in str(raised.value)


def test_only_access_tokens_with_a_number_are_asked_about(server: Any) -> None:
    ids = [None, "", "x", "-1", "4 2", "٤٢", "9" * 19, "gid://gitlab/Runner/42", "gid://gitlab/PersonalAccessToken/"]
    keys = [KeyRef("fp", "gitlab", "gitlab-pat", public_id=identity) for identity in ids]
    # Others have numbers of their own: this 42 is not that one.
    others = ["gitlab-routable-token", "gitlab-deploy-token", "gitlab-runner-auth-token", "github-classic-pat", None]
    keys += [KeyRef("fp", "gitlab", kind, public_id="42") for kind in others]
    assert not list(source(server).check(keys))
    assert not server.seen


@pytest.mark.parametrize("kind", ["gitlab-pat", "gitlab-routable-token"])
def test_a_global_id(server: Any, reply: Any, kind: str) -> None:
    server.answer = lambda _: reply(200, [token()])
    (seen,) = source(server).check([KeyRef("fp", "gitlab", kind, public_id="gid://gitlab/PersonalAccessToken/42")])
    assert seen.verdict is Live.LIVE


def test_a_project_or_a_group(server: Any) -> None:
    with pytest.raises(SourceError, match="not both"):
        source(server, project="a", group="b")
    names = {source(server, **given).namespace for given in ({}, {"project": "a"}, {"group": "a"})}
    assert len(names) == 3


def test_nothing_is_shown(server: Any, reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = lambda _: reply(200, [token()])
    asked = source(server)
    with caplog.at_level(0):
        seen = list(asked.check([KEY]))
    assert OURS.reveal() not in f"{caplog.text} {seen!r} {asked!r} {vars(asked)!r}"
