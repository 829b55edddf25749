"""The committed pages of rules and providers are those that would be written now."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import keylint_rules
from keylint.catalogue import load
from keylint.catalogue.docs import provider_page
from keylint.rule import load_rules
from keylint.testing import pages
from keylint.testing.__main__ import main

DOCS = Path(__file__).parents[1] / "docs"
CATALOGUE = load(sorted((Path(keylint_rules.__path__[0]) / "providers").glob("*.toml")))
AGAIN = "run: python -m keylint.testing docs"


@pytest.mark.parametrize("provider", CATALOGUE.providers.values(), ids=lambda provider: provider.id)
def test_the_page_of_a_provider_is_current(provider):
    written = (DOCS / "providers" / f"{provider.id}.md").read_text("utf-8")
    assert written == provider_page(provider, CATALOGUE), AGAIN


def test_the_index_of_providers_is_current_and_no_page_is_left_over():
    wanted = pages.provider_pages(CATALOGUE)
    assert (DOCS / "providers" / "README.md").read_text("utf-8") == wanted["providers/README.md"], AGAIN
    assert {f"providers/{path.name}" for path in (DOCS / "providers").iterdir()} == set(wanted)


def test_the_index_names_what_a_provider_has():
    row = next(row for row in pages.provider_pages(CATALOGUE)["providers/README.md"].splitlines() if "(groq.md)" in row)
    assert row == "| [Groq](groq.md) | `groq-api-key` | `GROQ_API_KEY` | `groq`, `langchain_groq` |"


def test_only_what_changed_is_written(tmp_path: Path):
    wanted = {"codes.md": "new\n", "rules/a.md": "same\n"}
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.md").write_text("same\n")
    assert list(pages.write(wanted, tmp_path)) == [tmp_path / "codes.md"]
    assert list(pages.write(wanted, tmp_path)) == []


def test_the_command_writes_all_pages(tmp_path: Path):
    result = CliRunner().invoke(main, ["docs", "--out", str(tmp_path)])
    assert result.exit_code == 0
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert names == {*pages.rule_pages(load_rules(["keylint_rules"])), *pages.provider_pages(CATALOGUE)}


def test_a_package_that_cannot_be_imported_is_named(tmp_path: Path):
    result = CliRunner().invoke(main, ["docs", "--package", "no_such_package", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "no_such_package cannot be imported" in result.output
    assert not list(tmp_path.iterdir())
