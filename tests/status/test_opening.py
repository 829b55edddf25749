"""Which sources are handed keys: two types, and of the keys those that they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keylint.model import KeyRef, Secret
from keylint.status import opening
from keylint.status.opening import Keys, Surroundings, open_source
from keylint.status.settings import Settings, SettingsError

TEXT = "a-key-of-acme-0001"


def held() -> Keys:
    keys = Keys()
    keys.hold("sent", Secret(TEXT), ("acme", "acme-key"))
    keys.hold("kept", Secret(TEXT))
    keys.hold("other", Secret(TEXT), ("other",))
    return keys


@pytest.mark.parametrize("ids", [["acme"], ["acme-key"], ["acme", "nobody"]])
def test_a_key_goes_to_its_issuer_alone(ids: list[str]) -> None:
    secret_of = held().issued_by(ids)
    assert secret_of("sent") is not None
    assert [secret_of(name) for name in ("kept", "other", "unknown")] == [None, None, None]


def test_one_that_is_made_up_goes_to_anybody() -> None:
    keys = held()
    keys.hold("probe", Secret("made-up"), None)
    assert keys.issued_by(["acme"])("probe") is not None


def test_any_key_can_be_hashed() -> None:
    assert held().to_hash("kept") is not None
    assert held().to_hash("unknown") is None


def test_introspection_is_told_to_send_no_other(tmp_path: Path) -> None:
    pytest.importorskip("httpx2")
    fields = {"type": "introspection", "url": "http://127.0.0.1:9/i", "for": ["acme"], "token": "env:T"}
    (source,) = open_source(Settings("s", fields, str(tmp_path), {"T": "t" * 20}), Surroundings(str), held())
    # Nobody listens there: an answer would need a connection.
    assert list(source.check([KeyRef("kept", "acme", None), KeyRef("other", "acme", None)])) == []


def test_what_is_installed_by_others_is_handed_none(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def opener(*arguments: Any) -> tuple[()]:
        given.extend(arguments)
        return ()

    monkeypatch.setattr(opening, "_installed", lambda kind: opener if kind == "theirs" else None)
    open_source(Settings("s", {"type": "theirs"}, "", {}), Surroundings(str), held())
    assert [type(each) for each in given] == [Settings, Surroundings]
    assert not any(isinstance(getattr(given[1], name), Keys) for name in Surroundings.__slots__)


HUSH = "hush-hush"
WITH_PASSWORD = (
    f"postgresql://me:{HUSH}@db.example.com/keys",
    f"postgresql://db.example.com/keys?user=me&password={HUSH}",
    f"postgresql://db.example.com/keys?sslpassword={HUSH}",
    f"postgresql://me:{HUSH}@[db/keys",
)


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_a_password_stands_in_no_url(url: str) -> None:
    settings = Settings("--status: database", {"type": "sql", "url": url}, ".", {})
    with pytest.raises(SettingsError, match="name the whole URL") as caught:
        open_source(settings, Surroundings(lambda _: ""), Keys())
    assert HUSH not in str(caught.value)


@pytest.mark.parametrize("url", WITH_PASSWORD[:1])
def test_it_may_stand_in_the_url_that_a_variable_holds(url: str) -> None:
    settings = Settings("s", {"type": "sql", "url_from": "env:KEYS"}, ".", {"KEYS": url})
    (source,) = open_source(settings, Surroundings(lambda _: ""), Keys())
    assert source.name == "database db.example.com/keys"


@pytest.mark.parametrize(
    "url", ["postgresql://me@db.example.com/keys", "postgresql:///keys", "sqlite:////tmp/a:b@c.db"]
)
def test_other_urls_are_as_they_were(url: str) -> None:
    settings = Settings("--status: database", {"type": "sql", "url": url}, ".", {})
    (source,) = open_source(settings, Surroundings(lambda _: ""), Keys())
    assert source.name.startswith("database ")
