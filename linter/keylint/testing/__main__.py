"""`python -m keylint.testing`: for those who write rules and provider files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from keylint.rule import RuleLoadError, load_rules
from keylint.testing import cases, check_provider, run
from keylint.testing.scaffold import ScaffoldError, new_provider, new_rule

_DIRECTORY = click.Path(file_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """Start, test and document rules and provider files."""


@main.command("new-rule")
@click.argument("name")
@click.option("--code", required=True, help="KL900 to KL999 are yours.")
@click.option("--out", type=_DIRECTORY, default=".", help="The package that holds your rules.")
def _new_rule(name: str, code: str, out: Path) -> None:
    """Write the skeleton of a rule."""
    try:
        path = new_rule(name, code, out)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    package = out.resolve().name
    click.echo(f"Wrote {path}.\n\nIn the pyproject.toml of the package that holds it:\n")
    click.echo(f'[project.entry-points."keylint.rules"]\n{package.replace("_", "-")} = "{package}"\n')
    click.echo(f"Run its examples: python -m keylint.testing run {package}")


@main.command("new-provider")
@click.argument("name")
@click.option("--out", type=_DIRECTORY, default=".", help="Where your provider files are.")
def _new_provider(name: str, out: Path) -> None:
    """Write the skeleton of a provider file."""
    try:
        path = new_provider(name, out)
    except ScaffoldError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {path}.\n\nIn the pyproject.toml of a project that uses it:\n")
    click.echo(f'[tool.keylint]\nproviders = ["{path.as_posix()}"]\n')
    click.echo(f"Check it: python -m keylint.testing run {path}")


@main.command("run")
@click.argument("targets", nargs=-1, required=True)
def _run(targets: tuple[str, ...]) -> None:
    """Run the examples of rule packages, and check provider files (`*.toml`)."""
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


@main.command("docs")
@click.option("--package", default="keylint_rules", show_default=True)
@click.option("--out", type=_DIRECTORY, default="docs", show_default=True)
def _docs(package: str, out: Path) -> None:
    """Write `codes.md` and a page per rule."""
    from keylint.testing.pages import write

    for path in write(load_rules([package]), out):
        click.echo(f"wrote {path}")


if __name__ == "__main__":
    main(prog_name="python -m keylint.testing")
