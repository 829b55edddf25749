"""`python -m keylint.testing`: for those who write rules and provider files."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

import click

from keylint.rule import RuleLoadError, load_rules
from keylint.testing import cases, check_provider, run
from keylint.testing.scaffold import ScaffoldError, new_provider, new_rule

_DIRECTORY = click.Path(file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """Start, test and document rules and provider files."""


@main.command("new-rule", short_help="Write the skeleton of a rule.")
@click.argument("name")
@click.option("--code", required=True, help="The rule's code; KL900 to KL999 are yours.")
@click.option(
    "--out", type=_DIRECTORY, default=".", show_default=True, help="The directory of the package that holds it."
)
def _new_rule(name: str, code: str, out: Path) -> None:
    """Write the skeleton of the rule NAME (`no-personal-tokens`). Its examples pass as they are."""
    try:
        path = new_rule(name, code, out)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    module = _dotted(path)
    package = module.partition(".")[0]
    click.echo(f"Wrote {path}.\n\nIn the pyproject.toml of the package that holds it, unless it is there already:\n")
    click.echo(f'[project.entry-points."keylint.rules"]\n{package.replace("_", "-")} = "{package}"\n')
    click.echo(f"Run its examples: python -m keylint.testing run {module}")


def _dotted(path: Path) -> str:
    """Return the dotted name of a module: its directory is a package, and so is what lies above with an `__init__.py`."""
    directory = path.resolve().parent
    parts = [directory.name, path.stem]
    while (directory / "__init__.py").is_file() and (directory.parent / "__init__.py").is_file():
        directory = directory.parent
        parts.insert(0, directory.name)
    return ".".join(parts)


@main.command("new-provider", short_help="Write the skeleton of a provider file.")
@click.argument("name")
@click.option("--out", type=_DIRECTORY, default=".", show_default=True, help="The directory that holds it.")
def _new_provider(name: str, out: Path) -> None:
    """Write the skeleton of a file for the provider NAME (`acme`). It can be checked as it is."""
    try:
        path = new_provider(name, out)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {path}.\n\nIn the pyproject.toml of a project that uses it:\n")
    click.echo(f'[tool.keylint]\nproviders = ["{path.as_posix()}"]\n')
    click.echo(f"Check it: python -m keylint.testing run {path}")


@main.command("run", short_help="Run examples of rules, check provider files.")
@click.argument("targets", nargs=-1, required=True)
def _run(targets: tuple[str, ...]) -> None:
    """Run the examples of rules (packages or modules, by their dotted names), and check provider files (`*.toml`)."""
    files = [Path(target) for target in targets if target.endswith(".toml")]
    packages = [target for target in targets if not target.endswith(".toml")]
    failures = [failure for file in files for failure in _provider_failures(file)]
    count = len(files)
    try:
        found = cases(packages)
    except RuleLoadError as error:
        raise click.ClickException(str(error)) from error
    for case in found:
        count += 1
        with tempfile.TemporaryDirectory() as directory:
            try:
                run(case, Path(directory))
            except AssertionError as failure:
                failures.append(str(failure))
    for text in failures:
        click.echo(text + "\n")
    click.echo(f"{count - len(failures)} of {count} passed")
    if failures:
        raise click.exceptions.Exit(1)


def _provider_failures(file: Path) -> list[str]:
    from keylint.catalogue import CatalogueError

    try:
        problems = list(check_provider(file))
    except CatalogueError as error:
        problems = [str(error)]
    return ["\n".join(problems)] if problems else []


@main.command("docs", short_help="Write the pages of rules and providers.")
@click.option("--package", default="keylint_rules", show_default=True, help="The package that holds the rules.")
@click.option("--out", type=_DIRECTORY, default="docs", show_default=True, help="The directory of the documentation.")
def _docs(package: str, out: Path) -> None:
    """Write `codes.md`, a page per rule, and a page per provider file in the package's `providers` directory.

    Also `kinds.md`: every kind of key, what is checked, and what slips of the hand that finds. It takes some seconds.
    """
    from keylint.testing import pages

    try:
        written = dict(pages.rule_pages(load_rules([package])))
    except RuleLoadError as error:
        raise click.ClickException(str(error)) from error
    files = _provider_files(package)
    if files:
        from keylint.catalogue import load
        from keylint.catalogue.load import checks_of

        catalogue = load(files)
        written |= pages.provider_pages(catalogue, checks_of(files))
        written |= pages.kind_pages(catalogue)
    for path in pages.write(written, out):
        click.echo(f"wrote {path}")


def _provider_files(package: str) -> list[Path]:
    module = import_module(package)
    return sorted(file for path in getattr(module, "__path__", ()) for file in Path(path).glob("providers/*.toml"))


if __name__ == "__main__":
    main(prog_name="python -m keylint.testing")
