"""`keylint cache …`: what is kept between runs."""

from __future__ import annotations

import os
import re

import click

from keylint import config as configuration

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_EPILOG = """\b
Examples:
  keylint cache clear                      the next run looks at everything anew
  keylint check --no-cache                 do without, once"""
# What keylint writes there: nothing else in the directory is touched.
_OWN = re.compile(r"(?:results|registry|catalogue|database)-[0-9a-f-]+(?:\.json|\.hs)?|status\.sqlite3(?:-\w+)?|key")


@click.group(epilog=_EPILOG, context_settings=_SETTINGS)
def cache() -> None:
    """Look after what is kept between runs: results of unchanged files, the compiled catalogue, answers of status sources."""


@cache.command(epilog="\b\nExamples:\n  keylint cache clear", context_settings=_SETTINGS)
def clear() -> None:
    """Remove all of it; the next run looks at everything anew."""
    directory = configuration.user_cache_dir()
    removed = size = 0
    try:
        entries = (
            [entry for entry in os.scandir(directory) if _OWN.fullmatch(entry.name)] if directory is not None else []
        )
        for entry in entries:
            size += entry.stat(follow_symlinks=False).st_size
            os.unlink(entry.path)
            removed += 1
    except FileNotFoundError:
        pass  # there is none, or another process was faster
    except OSError as error:
        raise click.ClickException(f"{directory}: cannot be cleared: {error.strerror}") from None
    click.echo(f"removed {removed} file{'s' if removed != 1 else ''}, {size / 1e6:.1f} MB")
