"""`keylint rule [CODE]`."""

from __future__ import annotations

import inspect
import json
import sys

import click


@click.command(epilog="\b\nExamples:\n  keylint rule KL203\n  keylint rule truncated-key\n  keylint rule --all")
@click.argument("code", required=False)
@click.option("--all", "everything", is_flag=True, help="List every rule.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the answer.",
)
def rule(code: str | None, everything: bool, output_format: str) -> None:
    """Explain the rule CODE (`KL203` or `illegal-character`): what it finds, why it matters, what to do."""
    from keylint.config import quoted, user_cache_dir
    from keylint.registry import Registry, RegistryError

    try:
        rules = Registry(cache_dir=user_cache_dir()).rules
    except RegistryError as error:
        click.echo(f"keylint: error: {error}", err=True)
        sys.exit(2)
    if code is None or everything:
        _list(rules, output_format)
        return
    found = next((r for r in rules if code.upper() == r.code or code == r.name), None)
    if found is None:
        raise click.BadParameter(f"there is no rule {quoted(code)}; `keylint rule --all` lists them", param_hint="CODE")
    text = inspect.cleandoc(found.__doc__ or "")
    if output_format == "json":
        click.echo(json.dumps({**_row(found), "explanation": text}, indent=2))
        return
    state = "" if found.default else ", off by default"
    click.echo(f"{found.code} {found.name} ({found.severity}{state})\n\n{text}")


def _list(rules: tuple[object, ...], output_format: str) -> None:
    rows = [_row(found) for found in rules]
    if output_format == "json":
        click.echo(json.dumps(rows, indent=2))
        return
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        off = "" if row["default"] else "  (off by default)"
        click.echo(f"{row['code']}  {row['name']:<{width}}  {row['severity']:<7}  {row['summary']}{off}")


def _row(found: object) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("code", "name", "severity", "default", "summary")}
