"""Whether sources answer is tried with a key that nobody has; what they list is said."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keylint.model import KeyRef, LiveCheck, Observation, Secret, Sign, Tier
from keylint.status.gitguardian import GitGuardianSource
from keylint.status.github import GitHubSource
from keylint.status.gitlab import GitLabSource
from keylint.status.http import Client
from keylint.status.interface import Scope, SourceError, SourceInfo
from keylint.status.introspection import IntrospectionSource
from keylint.status.inventory import Entry, Inventory, InventorySource, Status
from keylint.status.live import LiveHosts
from keylint.status.sql import SqlSource
from keylint.status.trying import tried
from keylint.status.vault import VaultMetadataSource, VaultTokenSource

from .conftest import Emulator, reply

FINGERPRINT = "kl1:hmac-sha256:p-1:" + "0" * 64
NOW = datetime(2026, 11, 20, tzinfo=UTC)
TOKEN = Secret("t" * 40)
ACME = LiveCheck("acme", ("acme-key",), ("https://api.acme.example/me",), (Sign(200),), (Sign(401),))


class Broken:
    tier, network, namespace, name = Tier.VAULT, True, "", "broken"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def describe(self) -> SourceInfo:
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        raise self._error


def test_sources_keep_their_order_and_errors_are_said() -> None:
    inventory = Inventory("keys.yaml", "p-1", (Scope("acme"),), (Entry("f", "acme", Status.ACTIVE, checked_at=NOW),))
    sources = [Broken(SourceError("no answer")), InventorySource(inventory), Broken(ValueError("a text"))]
    first, second, third = tried(sources, FINGERPRINT)
    assert [first.error, second.error, third.error] == ["no answer", None, "ValueError"]
    assert (second.info.entries, second.info.as_of, second.info.complete_for) == (1, NOW, (Scope("acme"),))


def test_who_hangs_is_not_waited_for() -> None:
    release = threading.Event()

    class Hung(Broken):
        def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
            release.wait(60)
            return ()

    hung, other = tried([Hung(ValueError()), Broken(SourceError("no answer"))], FINGERPRINT, 0.3)
    release.set()
    assert (hung.error, other.error) == ("no answer within 0.3 seconds", "no answer")


def test_a_table_says_how_much_and_how_fresh(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE keylint_status (fp TEXT, status TEXT, checked_at TEXT)")
        rows = [("kl1:hmac-sha256:p-1:" + f"{n:064x}", "active", f"2026-11-{10 + n}T00:00:00Z") for n in range(3)]
        database.executemany("INSERT INTO keylint_status VALUES (?, ?, ?)", rows)
    (trial,) = tried([SqlSource(str(path))], FINGERPRINT)
    assert (trial.error, trial.info.entries) == (None, 3)
    assert trial.info.as_of == datetime(2026, 11, 12, tzinfo=UTC)
    (gone,) = tried([SqlSource(str(tmp_path / "none.db"))], FINGERPRINT)
    assert gone.error is not None


SOURCES: list[Callable[[str], Any]] = [
    lambda url: GitHubSource("acme/shop", TOKEN, lambda _: "", url=url),
    lambda url: GitGuardianSource(TOKEN, lambda _: Secret("made-up"), url=url),
    lambda url: GitLabSource(TOKEN, url=url),
    lambda url: VaultTokenSource(url, TOKEN),
    lambda url: VaultMetadataSource(url, TOKEN, "secret", ("shop",)),
    lambda url: IntrospectionSource(url, lambda _: Secret("made-up"), ("acme",), token=TOKEN),
]


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_lists_nothing_is_asked_all_the_same(source: Callable[[str], Any], provider: Emulator) -> None:
    provider.answers(reply(401, {}))
    (trial,) = tried([source(provider.url)], FINGERPRINT)
    assert provider.requests, "a credential that is refused has to show"
    assert trial.error is not None
    assert "our own credential is refused" in trial.error


def test_the_hosts_of_live_checks_are_sent_nothing(provider: Emulator) -> None:
    provider.answers(reply(404, b"<html>", "text/html"))
    hosts = LiveHosts("acme", (ACME,), lambda _: Client(provider.url, internal=True))
    (trial,) = tried([hosts], FINGERPRINT)
    assert (trial.source, trial.error) == ("live check acme", None)
    (request,) = provider.requests
    assert (request.method, request.target, request.body) == ("HEAD", "/", b"")
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_a_host_that_is_not_there_is_said() -> None:
    hosts = LiveHosts("acme", (ACME,), lambda _: Client("http://127.0.0.1:1", internal=True))
    (trial,) = tried([hosts], FINGERPRINT)
    assert trial.error is not None
    assert "127.0.0.1:1: " in trial.error
