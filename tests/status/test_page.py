"""docs/status.md is true: what it configures opens, what it counts is there, what answers hold is named."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keylint import config
from keylint.catalogue.load import installed_checks
from keylint.cli import status_text
from keylint.engine.inquiry import inquire
from keylint.model import Asked, Live, Observation, Reason, Secret, Tier, Verdict
from keylint.status import cache
from keylint.status.interface import Scope, SourceInfo
from keylint.status.opening import _KEYED, _TYPES, Keys, Surroundings, open_source
from keylint.status.settings import Settings
from keylint.status.trying import Trial

PAGE = (Path(__file__).parents[2] / "docs" / "status.md").read_text("utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
TABLES = [block for block in BLOCKS if "[[source]]" in block]


def loaded(text: str, directory: Path) -> config.Config:
    file = directory / "own" / "keylint.toml"
    file.parent.mkdir()
    file.write_text(text)
    return config.load(str(directory / "project"), str(file), True, {})


@pytest.mark.parametrize("text", TABLES, ids=lambda text: text.split('"')[1])
def test_every_source_opens_as_it_is_written(text: str, tmp_path: Path) -> None:
    (table,) = loaded(text.replace("~/.vault-token", "token"), tmp_path).sources
    (tmp_path / "own" / "token").write_text("t" * 20)
    named = re.findall(r'"env:(\w+)"', text)
    environ = dict.fromkeys(named, "t" * 20) | {"KEYS_DATABASE": "postgresql://keylint@db.example.com/keys"}
    settings = Settings(table.where, table.fields, table.directory, environ)
    sources = open_source(settings, Surroundings(lambda _: ""), Keys())
    assert sources
    assert len(text.strip().splitlines()) <= 6


def test_every_type_is_set_up() -> None:
    assert {re.findall(r'type = "([\w-]+)"', text)[0] for text in TABLES} == {*_TYPES, *_KEYED}


def test_live_providers_have_checks(tmp_path: Path) -> None:
    (text,) = [block for block in BLOCKS if "[live]" in block]
    named = loaded(text, tmp_path).live_providers
    assert named
    assert set(named) <= set(installed_checks())
    assert f"There are checks for {len(installed_checks())} providers" in PAGE


def test_how_long_answers_are_kept() -> None:
    words = {"active": "active", "revoked, expired": "revoked", "rotated": "rotated", "disabled, refused": "disabled",
             "not listed": "not_found", "unknown": "unknown"}  # fmt: skip
    kept = {row: re.search(rf"^\| {row} \| (\d+) (\w+?)s?\b", PAGE, re.MULTILINE) for row in words}
    for row, match in kept.items():
        assert match is not None, row
        assert cache._KEPT[Reason(words[row])] == timedelta(**{f"{match[2]}s": int(match[1])})
    assert set(cache._KEPT) == {*map(Reason, words.values()), Reason.EXPIRED, Reason.INVALID}


def test_the_fields_of_answers_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    found = inquire(Secret("a" * 40), config.Config(), datetime(2026, 11, 20, tzinfo=UTC))
    seen = Observation("f", "s", Tier.INVENTORY, Live.LIVE, Reason.ACTIVE)
    known = replace(found, key=replace(found.key, verdict=Verdict(observations=(seen,))), asked=(Asked("s", 1),))
    trial = Trial("s", Tier.INVENTORY, False, SourceInfo((Scope("acme"),)), None, 0.0)
    named = set(re.findall(r"`([\w-]+)`", PAGE))
    for text in (status_text.trials_json([trial], unicode=True), status_text.answer_json(known, unicode=True)):
        document = json.loads(text)
        assert f"`{document.pop('schema')}`" in PAGE
        own = {
            *document,
            *(name for row in document.get("evidence", ()) for name in row if not name.endswith(("_at", "until"))),
        }
        own |= set(document["sources"][0]) if "evidence" not in document else set()
        assert own <= named
