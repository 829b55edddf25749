"""The sources of this directory, asked as a run asks them: together, with a cache, and not at all when offline."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import fake
from keylint.model import KeyRef, Live, Reason, Secret
from keylint.status import Policy, StatusSource, resolve
from keylint.status.aws import AwsIamSource
from keylint.status.cache import Cache
from keylint.status.gitguardian import GitGuardianSource, hmsl_hash
from keylint.status.github import GitHubSource
from keylint.status.gitlab import GitLabSource
from keylint.status.introspection import IntrospectionSource
from keylint.status.vault import VaultMetadataSource, VaultTokenSource

OURS = Secret("our-own-credential")
KEY = fake("stripe-secret-key-live")
FP = f"kl1:hmac-sha256:p-1:{7:064x}"
REFS = [
    KeyRef(FP, "stripe", "stripe-secret-key-live"),
    KeyRef("fp aws", "aws", "aws-access-key-id", public_id=fake("aws-access-key-id")),
    KeyRef("fp gitlab", "gitlab", "gitlab-pat", public_id="42"),
    KeyRef("fp vault", "hashicorp", "vault-service-token", public_id="accessor"),
]
NOW = datetime.now(UTC)


def github(url: str) -> StatusSource:
    return GitHubSource("octo/app", OURS, lambda text: FP if text == KEY else "another", url=url)


def gitguardian(url: str) -> StatusSource:
    return GitGuardianSource(OURS, {FP: Secret(KEY)}.get, url=url)


def introspection(url: str) -> StatusSource:
    return IntrospectionSource(url, {FP: Secret(KEY)}.get, ["stripe"], token=OURS)


def gitlab(url: str) -> StatusSource:
    return GitLabSource(OURS, url=url)


def vault_tokens(url: str) -> StatusSource:
    return VaultTokenSource(url, OURS)


def vault_metadata(url: str) -> StatusSource:
    return VaultMetadataSource(url, OURS, "secret", ["stripe"])


def aws(url: str) -> StatusSource:
    return AwsIamSource(url=url)


ALL = [github, gitguardian, introspection, gitlab, vault_tokens, vault_metadata, aws]
DEAD: dict[Callable[[str], StatusSource], Any] = {
    github: [{"secret": KEY, "validity": "inactive", "updated_at": NOW.isoformat()}],
    gitguardian: [{"hmsl_hash": hmsl_hash(KEY), "validity": "invalid"}],
    introspection: {"active": False},
    gitlab: [{"id": 42, "revoked": True}],
    vault_metadata: {
        "data": {
            "custom_metadata": {"keylint_fp_v1": FP},
            "current_version": 2,
            "versions": {},
        }
    },
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.mark.parametrize("make", DEAD)
def test_a_dead_key_is_kept_and_stays_dead_while_nobody_answers(
    server: Any, reply: Any, make: Any, tmp_path: Path
) -> None:
    server.answer = lambda _: reply(200, DEAD[make])
    path = tmp_path / "own" / "cache.sqlite3"
    first = resolve(REFS, [make(server.url)], (), NOW, cache=Cache(path, NOW))
    dead = [fingerprint for fingerprint, verdict in first.verdicts.items() if verdict.live is Live.DEAD]
    assert len(dead) == 1
    asked = len(server.seen)

    again = resolve(REFS, [make(server.url)], (), NOW, Policy(offline=True), Cache(path, NOW))
    assert len(server.seen) == asked
    assert again.verdicts[dead[0]].live is Live.DEAD
    assert again.verdicts[dead[0]].reason is first.verdicts[dead[0]].reason

    server.answer = lambda _: reply(403, {})
    later = NOW + timedelta(hours=2)
    broken = resolve(REFS, [make(server.url)], (), later, cache=Cache(path, later))
    assert broken.verdicts[dead[0]].live is Live.DEAD
    for name in tmp_path.rglob("*.sqlite3*"):
        assert KEY.encode() not in name.read_bytes()
        assert OURS.reveal().encode() not in name.read_bytes()


@pytest.mark.parametrize("make", ALL)
def test_who_cannot_answer_leaves_every_key_unknown(server: Any, reply: Any, make: Any, tmp_path: Path) -> None:
    server.answer = lambda _: reply(403, {})
    result = resolve(REFS, [make(server.url)], (), NOW, cache=Cache(tmp_path / "own" / "cache.sqlite3", NOW))
    assert result.asked[0].error
    assert {(v.live, v.reason) for v in result.verdicts.values()} == {(Live.NONE, Reason.SOURCE_ERROR)}


@pytest.mark.parametrize("make", ALL)
def test_nobody_is_asked_offline(server: Any, make: Any) -> None:
    result = resolve(REFS, [make(server.url)], (), NOW, Policy(offline=True))
    assert {verdict.reason for verdict in result.verdicts.values()} == {Reason.OFFLINE}
    assert not server.seen


def test_every_source_has_a_name_and_a_namespace_of_its_own(server: Any) -> None:
    sources = [make(server.url) for make in ALL]
    assert len({source.namespace for source in sources}) == len(sources)
    assert all(source.namespace and source.network for source in sources)
    assert all(source.name.isprintable() and "credential" not in source.name for source in sources)


def test_a_plain_run_imports_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    script = (
        "import sys; from keylint.cli import cli\n"
        "try: cli()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print([m for m in sys.modules if m.partition('.')[0] in ('boto3', 'botocore', 'httpcore2', 'ssl')"
        " or m in ('keylint.status.http', 'keylint.status.remote')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), "--no-cache"], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"
