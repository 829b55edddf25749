"""The committed pages of rules and providers are those that would be written now."""

from pathlib import Path

from click.testing import CliRunner

import keylint_rules
from keylint.catalogue import load
from keylint.catalogue.docs import provider_page
from keylint.catalogue.load import checks_of
from keylint.rule import load_rules
from keylint.testing import pages
from keylint.testing.__main__ import main

DOCS = Path(__file__).parents[1] / "docs"
FILES = sorted((Path(keylint_rules.__path__[0]) / "providers").glob("*.toml"))
CATALOGUE, CHECKS = load(FILES), checks_of(FILES)
AGAIN = "run: python -m keylint.testing docs"


def test_the_page_of_a_provider_is_current():
    for provider in CATALOGUE.providers.values():
        written = (DOCS / "providers" / f"{provider.id}.md").read_text("utf-8")
        assert written == provider_page(provider, CATALOGUE, CHECKS.get(provider.id, ())), AGAIN


def test_the_index_of_providers_is_current_and_no_page_is_left_over():
    wanted = pages.provider_pages(CATALOGUE, CHECKS)
    assert (DOCS / "providers" / "README.md").read_text("utf-8") == wanted["providers/README.md"], AGAIN
    assert {f"providers/{path.name}" for path in (DOCS / "providers").iterdir()} == set(wanted)


def test_the_index_names_what_a_provider_has():
    row = next(
        row for row in pages.provider_pages(CATALOGUE, CHECKS)["providers/README.md"].splitlines() if "(groq.md)" in row
    )
    assert row == "| [Groq](groq.md) | `groq-api-key` | `GROQ_API_KEY` | `groq`, `langchain_groq`, `litellm` | yes |"


def test_only_what_changed_is_written(tmp_path: Path):
    wanted = {"codes.md": "new\n", "rules/a.md": "same\n"}
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.md").write_text("same\n")
    assert list(pages.write(wanted, tmp_path)) == [tmp_path / "codes.md"]
    assert list(pages.write(wanted, tmp_path)) == []


def test_the_command_writes_all_pages_as_they_are_committed(tmp_path: Path):
    """One test: the command measures all kinds, and two workers would do that twice."""
    result = CliRunner().invoke(main, ["docs", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert names == {
        *pages.rule_pages(load_rules(["keylint_rules"])), *pages.provider_pages(CATALOGUE, CHECKS), "kinds.md",
    }  # fmt: skip
    table = (tmp_path / "kinds.md").read_text("utf-8")
    assert (DOCS / "kinds.md").read_text("utf-8") == table, AGAIN
    rows = [line for line in table.splitlines() if line.startswith("| [")]
    assert [row.split("](")[0].removeprefix("| [") for row in rows] == [
        kind.id
        for provider in sorted(CATALOGUE.providers.values(), key=lambda provider: provider.name.casefold())
        for kind in provider.kinds
    ]
    assert len({row.replace("\\|", "").count("|") for row in rows}) == 1


def test_a_package_that_cannot_be_imported_is_named(tmp_path: Path):
    result = CliRunner().invoke(main, ["docs", "--package", "no_such_package", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "no_such_package cannot be imported" in result.output
    assert not list(tmp_path.iterdir())


def test_a_page_says_how_its_issuer_is_asked():
    page = (DOCS / "providers" / "stripe.md").read_text("utf-8")
    assert "- Asks: `GET https://api.stripe.com/v1/account`" in page
    assert "- Refused: `401 with error.code = " in page
    assert sum(
        "## Live check" in (DOCS / "providers" / f"{name}.md").read_text("utf-8") for name in CATALOGUE.providers
    ) == len(CHECKS)
