"""Whatever a server answers, it is an answer or a `SourceError`, and what is shown of it is one short line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import KeyRef, Live, Secret
from keylint.status.gitguardian import GitGuardianSource, hmsl_hash
from keylint.status.github import GitHubSource
from keylint.status.gitlab import GitLabSource
from keylint.status.http import Answer
from keylint.status.interface import SourceError
from keylint.status.introspection import IntrospectionSource
from keylint.status.merge import merge
from keylint.status.remote import epoch, listing, moment, parted, shown
from keylint.status.vault import VaultMetadataSource, VaultTokenSource

OURS = Secret("our-own-credential")
FP = f"kl1:hmac-sha256:p-1:{7:064x}"
URL = "https://platform.example.com"
REFS = [
    KeyRef(FP, "acme", "acme-token"),
    KeyRef("fp gitlab", "gitlab", "gitlab-pat", public_id="42"),
    KeyRef("fp vault", "hashicorp", "vault-service-token", public_id="accessor"),
]
HASH = hmsl_hash("the key")

SOURCES: list[Callable[[], Any]] = [
    lambda: GitHubSource("octo/app", OURS, lambda text: FP if text == "the key" else text, url=URL),
    lambda: GitGuardianSource(OURS, {FP: Secret("the key")}.get, url=URL),
    lambda: IntrospectionSource(URL, {FP: Secret("the key")}.get, ["acme"], token=OURS),
    lambda: GitLabSource(OURS, url=URL),
    lambda: VaultTokenSource(URL, OURS),
    lambda: VaultMetadataSource(URL, OURS, "secret", [""]),
]
FIELDS = [
    "secret", "validity", "resolution", "resolved_at", "updated_at", "number", "hmsl_hash", "secret_revoked", "id", "active",
    "exp", "iat", "expires_at", "created_at", "revoked", "data", "keys", "errors", "expire_time", "issue_time", "display_name",
    "custom_metadata", "versions", "current_version", "deletion_time", "destroyed", "keylint_fp", "keylint_fp_v1", "1",
]  # fmt: skip
WORDS = [
    "the key", HASH, "active", "inactive", "valid", "invalid", "revoked", FP, "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00", "0001-01-01", "", "\x1b[31m", "a/", "/", "..", "invalid accessor",
]  # fmt: skip
LEAVES = st.sampled_from([*WORDS, None, True, False, 0, 1, 42, -1, 10**400, 1e300, float("nan"), float("inf")])
DOCUMENTS = st.recursive(
    LEAVES | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=8)
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("make", SOURCES)
@given(
    bodies=st.lists(DOCUMENTS, min_size=1, max_size=4),
    status=st.sampled_from([200, 200, 200, 204, 304, 400, 401, 403, 404]),
)
def test_any_json(make: Any, bodies: list[Any], status: int) -> None:
    asked = make()
    client = asked._vault.client if hasattr(asked, "_vault") else asked._client
    left = list(bodies)
    client.send = lambda *_, **__: Answer(status, {}, left.pop(0) if len(left) > 1 else left[0], "application/json")
    message = ""
    told = []
    try:
        told = list(asked.check(REFS))
    except SourceError as error:
        message = str(error)
    for seen in told:
        assert seen.fingerprint in {ref.fingerprint for ref in REFS}
        assert seen.note.isprintable()
        assert len(seen.note) < 300
        assert "the key" not in repr(seen)
        assert merge([seen], datetime.now(UTC)).live in Live
        assert status == 200 or seen.verdict is Live.NONE
    assert message.isprintable()
    assert OURS.reveal() not in message


@given(st.text() | st.integers() | st.floats() | st.none() | st.sampled_from(WORDS))
def test_odd_values(value: Any) -> None:
    for read in (moment, epoch):
        found = read(value)
        assert found is None or found.utcoffset() is not None
    text = shown(value)
    assert text is None or (text.isprintable() and 0 < len(text) <= 80)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ('<https://a.example/x?page=2>; rel="next"', "/x?page=2"),
        ('<https://a.example/x?page=1>; rel="prev", <https://b.example/y?a=1,2>; rel="next last"', "/y?a=1,2"),
        ("<?page=2>; rel=next", "/?page=2"),
        ('</x>; title="next"; rel=next', "/x"),
        ("<//b.example/z>; rel=next", "/z"),
        ('<https://a.example/x>; rel="prev"', None),
        ('<https://a.example/x>; rel="nextish"', None),
        ("<https://[/x>; rel=next", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_where_the_next_page_is(link: str, target: str | None) -> None:
    class Client:
        host = "a.example"

        def __init__(self) -> None:
            self.asked: list[str] = []

        def get(self, path: str, **_: Any) -> Answer:
            self.asked.append(path)
            return Answer(200, {"link": link} if len(self.asked) == 1 else {}, [{}], "application/json")

    client: Any = Client()
    assert len(list(listing(client, "/first"))) == (1 if target is None else 2)
    assert client.asked[1:] == ([] if target is None else [target])


@given(st.text())
def test_odd_links(link: str) -> None:
    class Client:
        host = "a.example"

        def get(self, path: str, **_: Any) -> Answer:
            return Answer(200, {"link": link} if path == "/first" else {}, [], "application/json")

    client: Any = Client()
    assert list(listing(client, "/first")) == []


@pytest.mark.parametrize("url", ["https://a:b@x.example", "https://x.example/?q", "https://x.example/#f", "https://[x"])
def test_urls_that_are_more_than_a_place(url: str) -> None:
    with pytest.raises(SourceError):
        parted(url)


def test_the_parts_of_a_url() -> None:
    assert parted("https://x.example:8443/a/b/") == ("https://x.example:8443", "/a/b/")
    assert parted("https://x.example") == ("https://x.example", "")
