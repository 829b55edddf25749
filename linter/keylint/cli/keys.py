"""`keylint keys [PATHS]…`: the keys of a project as a table."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

from keylint.cli import project

_EPILOG = """\b
Examples:
  keylint keys                             the keys of this project
  keylint keys services/api .env           those in these paths, or used there
  keylint keys --status keys.yaml --as-of 2027-01-01
  keylint keys --output-format json

Exit status: 0, whatever is found; 2 usage, configuration or unreadable input. `keylint check` is the one that fails."""


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, type=click.Path())
@project.answer_format
@project.asking
@project.as_of
@project.exclude
@project.config_file
@project.isolated
@project.no_cache
@project.color
def keys(paths: tuple[str, ...], **options: Any) -> None:
    """List the keys in PATHS (default: the current directory): status, definitions, uses and what becomes of them.

    What fails comes first. Uses that no key reaches are listed, too. Keys are masked. All of it is said whichever
    rules are selected or ignored.
    """
    from keylint.report.jsonv1 import render_keys
    from keylint.report.keys import render

    with project.refusals():
        report = project.looked_at(paths, options)
        project.noted(report)
        project.write(options, partial(render, report), partial(render_keys, report))
        unestablished = project.unestablished(report, project.configured(report.root, options))
        sys.exit(2 if project.failed(report) else 3 if unestablished else 0)
