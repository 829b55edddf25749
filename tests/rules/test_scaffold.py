"""Skeletons work as they are written, and never overwrite."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from keylint.rule import load_rules
from keylint.testing import cases, check_provider, run
from keylint.testing.__main__ import main
from keylint.testing.scaffold import ScaffoldError, new_provider, new_rule


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.syspath_prepend(tmp_path)
    name = f"scaffolded_{tmp_path.name.replace('-', '_')}"
    new_rule("no-personal-tokens", "KL901", tmp_path / name)
    return name


def test_a_new_rule_can_be_loaded(rules: str) -> None:
    (rule,) = load_rules([rules])
    assert (rule.code, rule.name) == ("KL901", "no-personal-tokens")


def test_a_new_directory_becomes_a_package(rules: str, tmp_path: Path) -> None:
    init = tmp_path / rules / "__init__.py"
    init.write_text("mine = 1\n")
    new_rule("no-team-tokens", "KL902", tmp_path / rules)
    assert init.read_text() == "mine = 1\n"
    new_rule("loose", "KL903", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {rules, "loose.py"}


def test_the_module_is_named_from_the_outermost_package(rules: str, tmp_path: Path) -> None:
    out = tmp_path / rules / "stale"
    said = CliRunner().invoke(main, ["new-rule", "no-tokens", "--code", "KL904", "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert f"python -m keylint.testing run {rules}.stale.no_tokens\n" in said.output
    assert f'= "{rules}"\n' in said.output


def test_a_new_rule_passes_its_examples(rules: str, tmp_path: Path) -> None:
    found = cases([rules])
    assert [str(case) for case in found] == ["no-personal-tokens-valid-0", "no-personal-tokens-invalid-0"]
    for case in found:
        run(case, tmp_path / str(case))


def test_a_wrong_example_is_reported_with_both_sides(rules: str, tmp_path: Path) -> None:
    module = tmp_path / rules / "no_personal_tokens.py"
    module.write_text(module.read_text().replace('"app.py", 1)', '"app.py", 2)'))
    _, invalid = cases([rules])
    with pytest.raises(AssertionError, match=r"expected:\n  KL901 app.py:2\nreported:\n  KL901 app.py:1"):
        run(invalid, tmp_path)


def test_a_new_provider_recognises_its_own_keys(tmp_path: Path) -> None:
    path = new_provider("acme-cloud", tmp_path)
    assert tomllib.loads(path.read_text())["kind"][0]["forms"] == ["'acmecloud_' body:base62{30} =crc32_base62(body)"]
    assert list(check_provider(path)) == []


@pytest.mark.parametrize("name", ["Acme", "acme_cloud", "../acme", "", "acme-", "9lives"])
def test_names_are_checked(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="is not a name"):
        new_rule(name, "KL901", tmp_path)
    with pytest.raises(ScaffoldError, match="is not a name"):
        new_provider(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_codes_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="'KLX' is not a code"):
        new_rule("acme", "KLX", tmp_path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = new_provider("acme", tmp_path)
    path.write_text("mine")
    with pytest.raises(ScaffoldError, match="exists"):
        new_provider("acme", tmp_path)
    assert path.read_text() == "mine"


def test_the_command_line_says_what_comes_next(tmp_path: Path) -> None:
    runner = CliRunner()
    said = runner.invoke(main, ["new-rule", "no-tokens", "--code", "KL902", "--out", str(tmp_path / "acme_rules")])
    assert said.exit_code == 0, said.output
    assert '[project.entry-points."keylint.rules"]\nacme-rules = "acme_rules"' in said.output
    said = runner.invoke(main, ["new-provider", "acme", "--out", str(tmp_path)])
    assert f'providers = ["{tmp_path.as_posix()}/acme.toml"]' in said.output
    again = runner.invoke(main, ["new-provider", "acme", "--out", str(tmp_path)])
    assert (again.exit_code, "exists" in again.output) == (1, True)


def test_docs_are_written_once(tmp_path: Path) -> None:
    command = ["docs", "--package", "keylint_rules.malformed", "--out", str(tmp_path)]
    first = CliRunner().invoke(main, command)
    assert f"wrote {tmp_path / 'rules' / 'truncated-key.md'}" in first.output
    assert CliRunner().invoke(main, command).output == ""


def test_run_counts_and_fails(tmp_path: Path) -> None:
    path = new_provider("acme", tmp_path)
    good = CliRunner().invoke(main, ["run", str(path)])
    assert (good.exit_code, good.output) == (0, "1 of 1 passed\n")
    path.write_text(path.read_text().replace("forms", "shapes"))
    bad = CliRunner().invoke(main, ["run", str(path)])
    assert bad.exit_code == 1
    assert "0 of 1 passed" in bad.output
    missing = CliRunner().invoke(main, ["run", "no_such_package"])
    assert (missing.exit_code, "no_such_package" in missing.output) == (1, True)
