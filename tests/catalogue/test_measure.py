"""Every kind accepts its own keys, and what a checksum covers lets no slip of the hand through."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylint.catalogue import Catalogue, load
from keylint.catalogue.checksums import FUNCTIONS
from keylint.catalogue.grammar import Checksum, Structure, parse
from keylint.catalogue.load import builtin
from keylint.catalogue.measure import Measured, Tally, measure
from keylint.model import Confidence, Judgement, KeyKind

# Structures with a checksum inside. In the others a slip can make another key of the same structure.
SUMMED = {"nats_nkey"}
KINDS = builtin().kinds


def table() -> dict[str, dict[str, str]]:
    """The cells of `docs/kinds.md` by kind and column. `tests/test_pages.py` measures all kinds: it holds what is true now."""
    text = (Path(__file__).parents[2] / "docs" / "kinds.md").read_text("utf-8").replace("\\|", "")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    (columns,) = (cells for cells in lines if cells[0] == "kind")
    rows = (dict(zip(columns, cells, strict=True)) for cells in lines if cells[0].startswith("["))
    return {row["kind"].partition("]")[0].removeprefix("["): row for row in rows}


def is_summed(kind: KeyKind) -> bool:
    segments = [segment for line in kind.forms for segment in parse(line).segments]
    return any(
        FUNCTIONS[s.function].decidable if isinstance(s, Checksum) else isinstance(s, Structure) and s.name in SUMMED
        for s in segments
    )


def test_every_key_is_accepted() -> None:
    assert {kind: row["accepted"] for kind, row in table().items()} == dict.fromkeys(KINDS, "50 of 50")


def test_no_slip_in_what_is_covered_passes() -> None:
    summed = [kind for kind in KINDS.values() if is_summed(kind)]
    assert len(summed) > 20
    # Of all edits, caught and refuted. The figures are rounded down.
    covered = {kind.id: table()[kind.id]["covered"].split("/") for kind in summed}
    assert {kind: shares for kind, shares in covered.items() if shares[0] != "100"} == {}
    certain = {kind.id for kind in summed if kind.confidence is Confidence.HIGH}
    assert {kind: shares for kind, shares in covered.items() if kind in certain and shares != ["100", "100"]} == {}


OWN = """
id = "acme"
[[env]]
name = "ACME_PIN"
accepts = ["acme-pin"]
[[kind]]
id = "acme-plain"
name = "Acme key"
forms = ["'acme_' base62{30}"]
[[kind]]
id = "acme-summed"
name = "Acme key with a checksum"
forms = ["'acms_' body:base62{30} =crc32_base62(body)", "'acmt_' base62{24}"]
[[kind]]
id = "acme-partly"
name = "Acme key with a checksum over one part"
forms = ["'acmu_' base62{20} body:base62{20} =crc32_base62(body)"]
[[kind]]
id = "acme-doubtful"
name = "Acme key with a checksum that somebody guessed"
confidence = "medium"
forms = ["'acmv_' body:base62{30} =crc32_base62(body)"]
[[kind]]
id = "acme-pin"
name = "Acme pin"
context = true
forms = ["[0-9A-Fa-f]{32}"]
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    path: Path = tmp_path_factory.mktemp("own") / "acme.toml"
    path.write_text(OWN)
    return load([path])


def of(kind: str, catalogue: Catalogue) -> Measured:
    return measure(catalogue.kinds[kind], catalogue, 10, 60)


def test_the_same_every_time(own: Catalogue) -> None:
    assert of("acme-summed", own) == of("acme-summed", own)


def test_without_a_checksum_only_length_and_characters_tell(own: Catalogue) -> None:
    plain = of("acme-plain", own)
    assert (plain.keys, plain.accepted) == (10, 10)
    assert plain.tails == Tally(30, 30, 0)
    assert plain.heads.refuted == 0, "what lost its mark may be another key"
    assert 0 < plain.heads.suspicious < 30, "with all of its mark a key is not recognised"
    assert plain.transpositions.refuted == 0
    assert 0 < plain.typos.refuted < 10, "a neighbour on the keyboard may be no letter"
    assert plain.region == Tally()


def test_a_checksum_refutes_every_slip_in_what_it_covers(own: Catalogue) -> None:
    for kind in ("acme-summed", "acme-partly"):
        region = of(kind, own).region
        assert region.edits > 50
        assert region == Tally(region.edits, region.edits, 0)
    assert 10 < of("acme-partly", own).typos.caught < 50, "half of this key is not covered"


def test_forms_without_a_checksum_are_not_covered(own: Catalogue) -> None:
    assert of("acme-summed", own).typos.caught < 50


def test_doubtful_facts_make_suspicious(own: Catalogue) -> None:
    region = of("acme-doubtful", own).region
    assert region == Tally(region.edits, 0, region.edits)


def test_kinds_without_a_mark_are_judged_by_a_name(own: Catalogue) -> None:
    assert of("acme-pin", own).accepted == 10


def test_only_whole_keys_of_the_kind_are_accepted(own: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "judge", lambda *_, **__: Judgement(("acme-plain",), well_formed=True))
    assert of("acme-plain", own).accepted == 10
    assert of("acme-summed", own).accepted == 0
    monkeypatch.setattr(own, "judge", lambda *_, **__: Judgement(("acme-plain",)))
    assert of("acme-plain", own).accepted == 0


def test_an_edit_changes_something(own: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    judge = own.judge
    monkeypatch.setattr(own, "judge", lambda text, **known: seen.append(text) or judge(text, **known))
    of("acme-pin", own)
    whole, damaged = seen[:10], seen[10:]
    assert len(damaged) > 100
    assert {key.lower() for key in whole}.isdisjoint(text.lower() for text in damaged)
