"""The file of a baseline: what is written is read, in any order, and what is no baseline is refused with its line."""

import itertools
import json
import os
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.baseline import Baseline, BaselineError, Binding, Entry, Salt, load, save
from keylint.baseline.jsonlines import MAX_BYTES, parse, render

SALT, OTHER = Salt(bytes(range(32))), Salt(bytes(range(1, 33)))

texts = st.text(min_size=1, max_size=20)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
salts = st.lists(st.binary(min_size=32, max_size=32).map(Salt), min_size=1, max_size=3)


@st.composite
def entries(draw: st.DrawFn, salt: Salt = SALT) -> Entry:
    binding = Binding(draw(st.sampled_from(["KL101", "KL403"])), draw(texts), draw(st.none() | texts), "subject")
    optional = st.none() | texts
    return Entry(
        salt.id_of(binding),
        binding.code,
        binding.path,
        draw(optional),
        draw(optional),
        draw(st.sampled_from([None, "medium", "low"])),
        draw(optional),
        draw(st.none() | days),
    )


baselines = st.builds(Baseline.of, salts, st.lists(entries(), max_size=6))


@given(baselines)
def test_what_is_written_is_read(baseline: Baseline) -> None:
    text = render(baseline)
    assert parse(text, "b") == baseline
    assert text.encode().decode() == text
    assert len(text.splitlines()) == len(baseline.salts) + len(baseline.entries), "a line for each, whatever it holds"
    assert render(parse(text, "b")) == text


@given(baselines, st.randoms(use_true_random=False), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_order_repetitions_and_line_ends_do_not_matter(baseline: Baseline, order: random.Random, end: str) -> None:
    first, *rest = render(baseline).splitlines()
    lines = [*rest, *rest, first]
    order.shuffle(lines)
    assert parse("\ufeff".join(["", first]) if not lines else end.join([first, *lines]), "b") == baseline


@given(baselines)
def test_the_form_of_a_line_does_not_matter(baseline: Baseline) -> None:
    def rewritten(line: str) -> str:
        fields = [*json.loads(line).items()]
        return json.dumps(dict(reversed(fields)), separators=(",", " : "))

    header, *lines = render(baseline).splitlines()
    assert parse("\n".join([header, *map(rewritten, lines)]), "b") == baseline


@given(entries(), entries(), entries())
def test_two_lines_about_one_finding_come_to_one(a: Entry, b: Entry, c: Entry) -> None:
    def union(order: Sequence[Entry]) -> Baseline:
        same = [replace(e, id=a.id, code=a.code, path=a.path) for e in order]
        return Baseline.of([SALT], same)

    known = union([a, b, c])
    assert all(union(order) == known for order in itertools.permutations([a, b, c]))
    assert union([a, a]) == union([a])
    ends = [entry.until for entry in (a, b, c) if entry.until is not None]
    assert known.entries[0].until == min(ends, default=None), "none of them silences longer than it says"


def test_what_it_binds() -> None:
    known = Binding("KL101", "app.py", "one", "TOKEN")
    assert SALT.id_of(known) == SALT.id_of(replace(known, subject="OTHER_NAME")), "a key is itself under any name"
    assert "one" not in repr(known)
    others = [
        replace(known, code="KL102"),
        replace(known, path="lib.py"),
        replace(known, key="two"),
        replace(known, key=None),
        replace(known, key=None, subject="one"),
    ]
    assert len({SALT.id_of(binding) for binding in (known, *others)}) == 1 + len(others)
    assert SALT.id_of(known) != OTHER.id_of(known), "two baselines do not tell that they hold the same key"


def test_nothing_of_the_secret_is_written(tmp_path: Path) -> None:
    binding = Binding("KL101", "app.py", "a-secret-of-some-length", "TOKEN")
    save(Baseline.of([SALT], [Entry(SALT.id_of(binding), "KL101", "app.py", "TOKEN")]), tmp_path / "b.jsonl")
    written = (tmp_path / "b.jsonl").read_text()
    assert "secret" not in written
    assert repr(SALT) == "Salt()"
    assert SALT.value.hex() in written


HEADER = json.dumps({"keylint_baseline": 1, "salt": "0" * 64})
GOOD = {"path": "a.py", "code": "KL101", "id": f"{'0' * 8}:{'0' * 32}"}

BROKEN = [
    # lines, the line that is named (0: none), a word of the message
    ([], 0, "no header"),
    (["{}"], 1, "header"),
    ([json.dumps(GOOD)], 1, "header"),
    (['{"version": "1.5.0", "results": {}}'], 1, "header"),
    ([HEADER, "{"], 2, "not JSON"),
    ([HEADER, "[" * 100_000], 2, "not JSON"),
    ([HEADER, "", "nonsense"], 3, "not JSON"),
    ([HEADER, "[]"], 2, "object"),
    ([HEADER, "1" * 5000], 2, "JSON"),
    (['{"keylint_baseline": 2, "salt": ""}'], 1, "of version 2, by a newer keylint"),
    (['{"keylint_baseline": 0, "salt": ""}'], 1, "version"),
    (['{"keylint_baseline": "1", "salt": ""}'], 1, "version"),
    (['{"keylint_baseline": true, "salt": ""}'], 1, "version"),
    (['{"keylint_baseline": null}'], 1, "version"),
    (['{"keylint_baseline": 1}'], 1, "salt"),
    (['{"keylint_baseline": 1, "salt": "00"}'], 1, "salt"),
    (['{"keylint_baseline": 1, "salt": 7}'], 1, "salt"),
    ([json.dumps({"keylint_baseline": 1, "salt": "0" * 64, "more": 1})], 1, "nothing else"),
    ([HEADER, "<<<<<<< HEAD"], 2, "conflict"),
    ([HEADER, json.dumps(GOOD), "======="], 3, "conflict"),
    ([HEADER, json.dumps(GOOD), json.dumps({**GOOD, "utnil": "2026-01-01"})], 3, "no other"),
    *(([HEADER, json.dumps({**GOOD, field: wrong})], 2, field) for field in GOOD for wrong in (1, None, "", ["x"], "x" * 5000)),
    *(([HEADER, json.dumps({**GOOD, field: 1})], 2, field) for field in ("name", "kind", "confidence", "reason", "until")),
    ([HEADER, json.dumps({**GOOD, "confidence": "high"})], 2, "confidence"),
    ([HEADER, json.dumps({**GOOD, "code": "S105'"})], 2, "code"),
    ([HEADER, json.dumps({**GOOD, "id": "0" * 40})], 2, "id"),
    ([HEADER, json.dumps({**GOOD, "id": f"{'G' * 8}:{'0' * 32}"})], 2, "id"),
    *(([HEADER, json.dumps({**GOOD, "until": day})], 2, "until") for day in ("2026-02-30", "2026-1-1", "tomorrow", "20260101")),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "line", "word"), BROKEN)
def test_what_is_no_baseline_is_refused(lines: list[str], line: int, word: str) -> None:
    with pytest.raises(BaselineError) as refused:
        parse("\n".join(lines), "b.jsonl")
    message = str(refused.value)
    assert message.startswith(f"b.jsonl:{line}: " if line else "b.jsonl: ")
    assert word in message
    assert len(message) < 300
    assert not any(len(text) > 20 and text in message for text in lines), "nothing of the file is repeated"


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: f"{HEADER}\n{text}".encode("utf-8", "surrogatepass"))
)
def test_any_bytes_are_a_baseline_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(data)
    problem = str(path)
    try:
        assert load(path).salts
    except BaselineError as error:
        problem = str(error)
    assert problem.startswith(str(path))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for name, word in (("none.jsonl", "no such baseline"), (".", "cannot be read"), ("a\0b", "not a file name")):
        with pytest.raises(BaselineError, match=word):
            load(f"{tmp_path}/{name}")


def test_a_file_that_may_not_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "b.jsonl"
    save(Baseline((SALT,)), path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(BaselineError, match="cannot be written: read-only"):
        save(Baseline((OTHER,)), path)
    assert load(path).salts == (SALT,)
    assert [each.name for each in tmp_path.iterdir()] == ["b.jsonl"]


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "large.jsonl", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(BaselineError, match="larger than 128 MiB"):
        load(tmp_path / "large.jsonl")


def test_entries_without_their_header_match_nothing() -> None:
    binding = Binding("KL101", "app.py", "one", "TOKEN")
    lost = Entry(OTHER.id_of(binding), "KL101", "app.py")
    baseline = Baseline.of([SALT], [lost])
    assert baseline.orphans == (lost,)
    assert baseline.of_binding(binding) == ()
    assert Baseline.of([SALT, OTHER], [lost]).of_binding(binding) == (lost,)
