"""A baseline over the life of a project: edits, other files, other keys, two branches that are merged."""

import subprocess
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.baseline import Baseline, Binding, Ledger, Salt, load, save
from keylint.baseline.entries import Entry
from keylint.baseline.jsonlines import parse, render
from keylint.model import Finding, Place, Severity

TODAY = date(2026, 11, 20)
Found = tuple[str, str, str | None, str]
"""Code, path, key, subject: a finding, as far as a baseline is concerned."""

found = st.tuples(
    st.sampled_from(["KL101", "KL202"]),
    st.sampled_from(["a.py", "b.py", "sub/a.py"]),
    st.none() | st.sampled_from(["one", "two", "three"]),
    st.sampled_from(["TOKEN", "OTHER"]),
)
projects = st.frozensets(found, max_size=10)


def silenced(ledger: Ledger, project: Iterable[Found], covered: Iterable[str] | None = None) -> set[Binding]:
    """Run a ledger over a project, whose findings stand on ever other lines, and return what it silenced."""
    bindings = {}
    for line, (code, path, key, subject) in enumerate(sorted(project, key=str), 1):
        finding = Finding(code, "rule", "message", Severity.ERROR, Place(path, line, 1, line, 2), subject=subject)
        bindings[finding] = Binding(code, path, key, subject)
    kept = ledger.silence(bindings, lambda finding: bindings[finding])
    ledger.settle(lambda entry: covered is None or entry.path in covered)
    return {_identity(binding) for finding, binding in bindings.items() if finding not in kept}


def _identity(binding: Binding) -> Binding:
    """Return what is one to a baseline: the name of a key does not matter."""
    return binding if binding.key is None else replace(binding, subject="")


def identities(project: Iterable[Found]) -> set[Binding]:
    return {_identity(Binding(*each)) for each in project}


def written(project: Iterable[Found], before: Baseline | None = None, covered: Iterable[str] | None = None) -> Baseline:
    ledger = Ledger(before or Baseline((Salt(b"0" * 32),)), "b", TODAY, recording=True)
    silenced(ledger, project, covered)
    return ledger.recorded()


@given(projects, projects)
def test_what_was_written_is_silenced_and_nothing_else(before: frozenset[Found], after: frozenset[Found]) -> None:
    ledger = Ledger(parse(render(written(before)), "b"), "b", TODAY)
    assert silenced(ledger, after) == identities(after) & identities(before)
    assert {(e.code, e.path) for e in ledger.unused} == {
        (b.code, b.path) for b in identities(before) - identities(after)
    } or len(ledger.unused) == len(identities(before) - identities(after))


@given(projects, projects)
def test_writing_again_changes_what_has_changed(before: frozenset[Found], after: frozenset[Found]) -> None:
    first = written(before)
    assert render(written(before, first)) == render(first)
    second = written(after, first)
    assert len(second.entries) == len(identities(after))
    assert second.salts == first.salts
    assert silenced(Ledger(second, "b", TODAY), before | after) == identities(after)
    old = {entry.id for entry in first.entries}
    assert len(old - {entry.id for entry in second.entries}) == len(identities(before) - identities(after))


@given(projects, projects, st.sampled_from(["a.py", "b.py"]))
def test_a_run_over_some_files_leaves_the_entries_of_the_others(
    before: frozenset[Found], after: frozenset[Found], path: str
) -> None:
    part = {each for each in after if each[1] == path}
    second = written(part, written(before), covered=[path])
    others = {each for each in before if each[1] != path}
    assert len(second.entries) == len(identities(part | others))
    assert silenced(Ledger(second, "b", TODAY), before | after) == identities(part | others)


def test_reasons_and_ends_are_kept() -> None:
    first = written([("KL101", "a.py", "one", "TOKEN"), ("KL101", "a.py", "two", "TOKEN")])
    reasoned = Baseline.of(
        first.salts, [Entry(e.id, e.code, e.path, e.name, reason="why", until=date(2027, 1, 1)) for e in first.entries]
    )
    second = written([("KL101", "a.py", "one", "RENAMED"), ("KL101", "a.py", "new", "TOKEN")], reasoned)
    assert sorted((e.name, e.reason, e.until) for e in second.entries if e.reason) == [
        ("RENAMED", "why", date(2027, 1, 1))
    ]
    assert [e.name for e in second.entries if not e.reason] == ["TOKEN"]


@pytest.mark.parametrize(("until", "holds"), [(date(2026, 11, 20), True), (date(2026, 11, 19), False)])
def test_an_entry_that_has_ended_silences_nothing_and_says_so(until: date, holds: bool) -> None:
    (entry,) = written([("KL101", "a.py", "one", "TOKEN")]).entries
    ended = Baseline.of([Salt(b"0" * 32)], [Entry(entry.id, entry.code, entry.path, until=until, line=7)])
    for recording in (False, True):  # writing the baseline anew does not prolong it
        ledger = Ledger(ended, "b", TODAY, recording=recording)
        assert bool(silenced(ledger, [("KL101", "a.py", "one", "TOKEN")])) is holds
        assert bool(ledger.ended) is not holds
        assert (ledger.notes == ()) is holds
        if not holds:
            assert "2026-11-19" in ledger.notes[0]
            assert ledger.unused == ()


def merged(ours: Baseline, base: Baseline | None, theirs: Baseline, directory: Path) -> Baseline:
    """Merge two files as git does where `.gitattributes` says `merge=union`."""
    names = ("ours", "base", "theirs")
    for name, baseline in zip(names, (ours, base, theirs), strict=True):
        (directory / name).write_text(render(baseline) if baseline is not None else "")
    command = ["git", "merge-file", "--union", "-p", *(str(directory / name) for name in names)]
    done = subprocess.run(command, capture_output=True, check=True)
    return parse(done.stdout.decode(), "merged")


@settings(max_examples=40)
@given(projects, projects, projects)
def test_two_branches_merge_by_themselves(
    tmp_path_factory: pytest.TempPathFactory, before: frozenset[Found], ours: frozenset[Found], theirs: frozenset[Found]
) -> None:
    base = written(before)
    result = merged(written(ours, base), base, written(theirs, base), tmp_path_factory.mktemp("merge"))
    ledger = Ledger(result, "b", TODAY)
    gone = silenced(ledger, before | ours | theirs)
    b, o, t = identities(before), identities(ours), identities(theirs)
    assert gone >= (o & t) | ((o | t) - b), "nothing that a branch has written down comes back"
    assert gone <= o | t, "nothing is hidden that no branch has written down"
    assert not ledger.notes or gone
    assert render(parse(render(result), "b")) == render(result)


@settings(max_examples=40)
@given(projects, projects)
def test_two_baselines_that_were_written_apart_merge_by_themselves(
    tmp_path_factory: pytest.TempPathFactory, ours: frozenset[Found], theirs: frozenset[Found]
) -> None:
    one = written(ours, Baseline((Salt(b"1" * 32),)))
    other = written(theirs, Baseline((Salt(b"2" * 32),)))
    result = merged(one, None, other, tmp_path_factory.mktemp("merge"))
    assert len(result.salts) == 2
    everything = ours | theirs | {("KL101", "a.py", "never written", "TOKEN")}
    assert silenced(Ledger(result, "b", TODAY), everything) == identities(ours | theirs)
    tidy = written(ours | theirs, result)
    assert len(tidy.entries) == len(identities(ours | theirs)), "what both wrote down is one entry again"
    assert tidy.salts == result.salts, "another branch may still have entries of either"
    assert silenced(Ledger(tidy, "b", TODAY), everything) == identities(ours | theirs)


def test_saved_and_loaded(tmp_path: Path) -> None:
    baseline = written([("KL101", "a.py", "one", "TOKEN")])
    save(baseline, tmp_path / "b.jsonl")
    assert load(tmp_path / "b.jsonl") == baseline
    assert (tmp_path / "b.jsonl").stat().st_mode & 0o044 == 0o044, "it is there to be shared"
    assert [path.name for path in tmp_path.iterdir()] == ["b.jsonl"]
