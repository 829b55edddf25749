"""Synthetic keys with known checksums: each verifies, and no single slip of a key gets through."""

import pytest

from keylint.catalogue import Catalogue
from keylint.catalogue.align import fit
from keylint.catalogue.checksums import FUNCTIONS, marvin32
from keylint.catalogue.grammar import Form, Literal, Structure, parse

UNDECIDABLE = {"supabase-publishable-key", "supabase-secret-key"}


def form_of(catalogue: Catalogue, kind: str, key: str) -> Form:
    return next(form for form in map(parse, catalogue.kinds[kind].forms) if fit(form, key) is not None)


def test_verifies(catalogue: Catalogue, vector: tuple[str, str]) -> None:
    kind, key = vector
    judgement = catalogue.judge(key)
    # Azure's general kind gives way to the service that the key names.
    assert kind in judgement.kinds or (kind, judgement.kinds) == ("azure-cask-key", ("azure-devops-pat",))
    assert judgement.well_formed
    assert not judgement.defects
    assert judgement.proven == (kind not in UNDECIDABLE)


def edits(form: Form, key: str) -> list[tuple[int, str, bool]]:
    """Every replacement of one character outside the fixed text: index, character, whether it may stand there."""
    match = form.regex.match(key)
    assert match is not None
    found = []
    for number, segment in enumerate(form.segments, 1):
        if isinstance(segment, Literal):
            continue
        for at in range(*match.span(number)):
            found += [(at, char, True) for char in segment.charset.chars if char != key[at]]
            found.append((at, "!", False))
    return found


def test_refuses_every_edit(catalogue: Catalogue, vector: tuple[str, str]) -> None:
    kind, key = vector
    if kind in UNDECIDABLE:
        pytest.skip("the checksum covers something that is not in the key")
    form = form_of(catalogue, kind, key)
    for at, char, possible in edits(form, key):
        found = fit(form, key[:at] + char + key[at + 1 :])
        if possible:
            # Checksums of three or four characters let some edits through; none of these.
            assert found is None or found.fault, (at, char)
        else:
            assert found is None


def test_says_what_is_wrong(catalogue: Catalogue, vector: tuple[str, str]) -> None:
    """One replacement per place, by a character that may stand there and by one that may not."""
    kind, key = vector
    if kind in UNDECIDABLE:
        pytest.skip("the checksum covers something that is not in the key")
    form = form_of(catalogue, kind, key)
    anchor = max((len(text) for text in form.anchors if key.startswith(text)), default=0)
    structured = any(isinstance(segment, Structure) for segment in form.segments)
    seen: set[tuple[int, bool]] = set()
    for at, char, possible in edits(form, key):
        edited = key[:at] + char + key[at + 1 :]
        if (at, possible) in seen or at < anchor:
            continue
        seen.add((at, possible))
        judgement = catalogue.judge(edited, expected=[kind])
        assert not judgement.well_formed
        (defect,) = judgement.defects
        certain = catalogue.kinds[judgement.kinds[0]].confidence == "high"
        assert defect.certain == (defect.code != "KL211")
        if not possible:
            assert f"character {at + 1} is `!`" in defect.message
            assert defect.code == ("KL203" if certain else "KL211")
        elif certain and not structured:
            assert defect.code == "KL202"
            assert "mistyped" in defect.message


def test_supabase_is_never_refuted(catalogue: Catalogue) -> None:
    from keylint.catalogue.fake import fake

    key = fake("supabase-secret-key", catalogue=catalogue)
    judgement = catalogue.judge(key[:-1] + ("A" if key[-1] != "A" else "B"))
    assert judgement.well_formed
    assert not judgement.proven


@pytest.mark.parametrize(
    ("seed", "data", "value"),
    [
        (0xD53CD9CECD0893B7, b"abc", 0x22C74339492769BF),
        (0x0DDDDEEEEFFFF000, b"abcdefghijklmnopqrstuvwxyz", 0xA128EB7E7260ACA2),
    ],
)
def test_marvin32(seed: int, data: bytes, value: int) -> None:
    assert marvin32(data, seed) == value


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("text", ["", "x", "ü" * 9, "a1b2" * 200, "+ASt", "=" * 80, "age-secret-key-1qqq"])
def test_functions_take_any_text(name: str, text: str) -> None:
    function = FUNCTIONS[name]
    for tail in function.compute(text):
        assert set(tail) <= set(function.charset.chars)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lengths_and_alphabets(name: str) -> None:
    text = {"azure_his": "A" * 76 + "+ASt", "bech32": "age-secret-key-1qqqq"}.get(name, "Ab12" * 20)
    function = FUNCTIONS[name]
    tails = function.compute(text)
    assert tails
    assert {len(tail) for tail in tails} == {function.length}
    assert all(set(tail) <= set(function.charset.chars) for tail in tails)
