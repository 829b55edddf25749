"""Pages that are written by hand name every field that there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keylint.model import Channel, Live, OutcomeKind, Reason
from keylint.status.inventory import FIELDS, Status

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "tests" / "report" / "schema_v1.json").read_text("utf-8"))


def named(page: str) -> set[str]:
    return set(re.findall(r"`([\w-]+)`", (ROOT / "docs" / page).read_text("utf-8")))


def fields(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", ())
        for child in node.values():
            yield from fields(child)
    elif isinstance(node, list):
        for child in node:
            yield from fields(child)


def test_json_names_every_field() -> None:
    wanted = set(fields(SCHEMA))
    assert len(wanted) > 50
    assert wanted - named("json.md") == set()


def test_json_names_every_word() -> None:
    words = {word.value for words in (Channel, Live, OutcomeKind, Reason) for word in words}
    assert words - named("json.md") == set()


def test_inventory_names_every_field_and_status() -> None:
    assert {*FIELDS, *(status.value for status in Status)} - named("inventory.md") == set()
