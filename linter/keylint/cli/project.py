"""What the commands share that look at a whole project: options, configuration, refusals, and where the answer goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from keylint import config as configuration
from keylint.cli.stream import shows_unicode, wants_color, width
from keylint.config import Config, ConfigError

if TYPE_CHECKING:
    from keylint.model import Report


def _moment(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{configuration.quoted(text)} is not an ISO date or time (2027-01-01, 2027-01-01T12:00:00Z)"
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


exclude = click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Git-ignore style pattern of files to leave out."
)
status = click.option(
    "--status", multiple=True, metavar="FILE", help="Inventory of keys and their status; may be repeated."
)
as_of = click.option("--as-of", callback=_moment, metavar="ISO", help="Judge as on this date (default: now, UTC).")
config_file = click.option("--config", "config_file", metavar="FILE", help="Use this keylint.toml or pyproject.toml.")
isolated = click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
no_cache = click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
color = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour the text report.  [default: auto]",
)
answer_format = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the answer.",
)


def configured(root: str, options: dict[str, Any]) -> Config:
    """Return the configuration of the project at `root`, with the options that are declared above."""
    config = configuration.load(root, options["config_file"], options["isolated"], os.environ)
    return configuration.override(
        config,
        exclude=config.exclude + options["exclude"],
        status=config.status + tuple(os.path.abspath(path) for path in options["status"]),
        cache_dir=None if options["no_cache"] else configuration.user_cache_dir(),
    )


def looked_at(paths: tuple[str, ...], options: dict[str, Any], root: str | None = None) -> Report:
    """Return the report on `paths` by all rules that are on by default, whichever of them the project wants to hear."""
    from keylint import engine

    request = engine.request(paths, as_of=options["as_of"] or datetime.now(UTC), root=root)
    config = replace(configured(request.root, options), select=(), ignore=(), per_file_ignores=())
    return engine.check(request, config)


def noted(report: Report) -> None:
    """Say on standard error what a run has to say once."""
    for note in report.notes:
        click.echo(f"keylint: note: {note}", err=True)


def failed(report: Report) -> bool:
    """Say whether a file that the user named could not be read."""
    return any(skipped.fatal for skipped in report.skipped)


def output() -> TextIO:
    """Return where the answer goes.

    Raises:
        ConfigError: nowhere.
    """
    if sys.stdout is None:
        raise ConfigError("standard output is closed")
    return sys.stdout


def write(options: dict[str, Any], text: Callable[..., str], json: Callable[..., str]) -> None:
    """Write an answer in the format asked for: what one of the two functions returns for what standard output shows."""
    stream = output()
    unicode = shows_unicode(stream)
    if options["output_format"] == "json":
        answer = json(unicode=unicode)
    else:
        painted = options["color"] == "always" or (options["color"] == "auto" and wants_color(stream))
        answer = text(color=painted, unicode=unicode, width=width(stream))
    stream.write(answer)
    stream.flush()


@contextmanager
def refusals() -> Iterator[None]:
    """End with one line and status 2 where a command cannot be carried out as asked."""
    from keylint.engine import UserError
    from keylint.registry import RegistryError

    try:
        yield
    except (ConfigError, UserError, RegistryError) as error:
        click.echo(f"keylint: error: {error}", err=True)
        sys.exit(2)
