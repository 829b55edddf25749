"""What the commands share that look at a whole project: options, configuration, refusals, and where the answer goes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TextIO

import click

from keylint import config as configuration
from keylint.cli.stream import shows_unicode, wants_color, width
from keylint.config import ON_SOURCE_ERROR, ON_UNKNOWN, Config, ConfigError

if TYPE_CHECKING:
    from keylint.model import Report

_PATIENCE_S = 1.0


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


def _span(ctx: click.Context, param: click.Parameter, text: str | None) -> timedelta | None:
    try:
        return configuration.duration(text) if text is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


exclude = click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Git-ignore style pattern of files to leave out."
)
_status = click.option(
    "--status",
    multiple=True,
    metavar="FILE|URL",
    help="Inventory, status service (https://…) or database (postgresql://…) to ask about keys; may be repeated.",
)
_live = click.option(
    "--live", is_flag=True, help="Try keys at their providers, as far as `live` of your configuration names them."
)
_offline = click.option("--offline", is_flag=True, help="Ask nobody over the network; what was said before counts.")
_on_source_error = click.option(
    "--on-source-error",
    type=click.Choice(ON_SOURCE_ERROR),
    help="Where a status source cannot be asked.  [default: warn; fail: exit 3]",
)
_on_unknown = click.option(
    "--on-unknown",
    type=click.Choice(ON_UNKNOWN),
    help="Where nobody knows a key's status.  [default: ignore; fail: exit 3]",
)
_max_staleness = click.option(
    "--max-staleness", callback=_span, metavar="TIME", help="What was said longer ago says nothing: 90m, 24h, 7d."
)
_trust = click.option(
    "--trust-repo-config",
    is_flag=True,
    help="Let the project's configuration name status sources, live providers and the pepper.",
)


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say whom to ask about keys, and what to do where there is no answer."""
    for option in (_trust, _max_staleness, _on_unknown, _on_source_error, _offline, _live, _status):
        command = option(command)
    return command


def inquiring(command: Callable[..., None]) -> Callable[..., None]:
    """Add those of the options of `asking` that say whom to ask, and how."""
    for option in (_trust, _max_staleness, _offline, _live, _status):
        command = option(command)
    return command


def naming(command: Callable[..., None]) -> Callable[..., None]:
    """Add those of the options of `asking` that name sources."""
    for option in (_trust, _status):
        command = option(command)
    return command


as_of = click.option("--as-of", callback=_moment, metavar="ISO", help="Judge as on this date (default: now, UTC).")
config_file = click.option("--config", "config_file", metavar="FILE", help="Use this keylint.toml or pyproject.toml.")
isolated = click.option("--isolated", is_flag=True, help="Ignore all configuration files, and .secrets.baseline.")
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
    """Return the configuration of the project at `root`, with the options that are declared above.

    `options` may lack those that a command does not have.
    """
    trusted = options["trust_repo_config"]
    config = configuration.load(root, options["config_file"], options["isolated"], os.environ, trusted)
    if options.get("live") and not config.live_providers:
        raise ConfigError('--live: the configuration names no provider; write [live] providers = ["openai", …] there')
    if options["isolated"]:
        config = replace(config, detect_secrets_baseline=None)
    return configuration.override(
        config,
        exclude=config.exclude + options.get("exclude", ()),
        status=config.status
        + tuple(each if configuration.is_url(each) else os.path.abspath(each) for each in options["status"]),
        live=options.get("live") or None,
        offline=options.get("offline") or None,
        on_source_error=options.get("on_source_error"),
        on_unknown=options.get("on_unknown"),
        max_staleness=options.get("max_staleness"),
        cache_dir=None if options.get("no_cache") else configuration.user_cache_dir(),
    )


def looked_at(paths: tuple[str, ...], options: dict[str, Any], root: str | None = None) -> Report:
    """Return the report on `paths` by all rules that are on by default, whichever of them the project wants to hear."""
    from keylint import engine

    request = engine.request(paths, as_of=options["as_of"] or datetime.now(UTC), root=root)
    config = replace(
        configured(request.root, options),
        select=(), ignore=(), per_file_ignores=(), baseline=None, detect_secrets_baseline=None,
    )  # fmt: skip
    with waiting() as progress:
        return engine.check(request, config, progress=progress)


@contextmanager
def waiting() -> Iterator[Callable[[int, int], None] | None]:
    """Show on a terminal how many answers are there, once asking takes more than a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    start = time.monotonic()
    bars: list[Any] = []

    def progress(done: int, total: int) -> None:
        if not bars and time.monotonic() - start > _PATIENCE_S:
            bars.append(click.progressbar(length=total, label="asking about keys", file=sys.stderr))
            bars[0].__enter__()
        for bar in bars:
            bar.length = total
            bar.update(done - bar.pos)

    try:
        yield progress
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


def noted(report: Report) -> None:
    """Say on standard error what a run has to say once."""
    for note in report.notes:
        click.echo(f"keylint: {note if note.startswith('error: ') else f'note: {note}'}", err=True)


def failed(report: Report) -> bool:
    """Say whether a file that the user named could not be read."""
    return any(skipped.fatal for skipped in report.skipped)


def unestablished(report: Report, config: Config) -> bool:
    """Say, on standard error, where no status could be had; return whether the user demanded one."""
    from keylint.model import Live

    errors = [asked for asked in report.asked if asked.error is not None]
    for asked in errors if config.on_source_error != "ignore" else ():
        click.echo(f"keylint: warning: {asked.source}: {asked.error}", err=True)
    unknown = sum(key.verdict.live is Live.NONE for key in report.keys)
    if unknown and config.on_unknown != "ignore":
        keys = "key is" if unknown == 1 else "keys is"
        click.echo(f"keylint: warning: the status of {unknown} {keys} not known", err=True)
    return bool((errors and config.on_source_error == "fail") or (unknown and config.on_unknown == "fail"))


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
