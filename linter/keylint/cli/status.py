"""`keylint status …`: are the sources of key status fit to be asked, and what do they say about one key?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import click

from keylint.cli import project
from keylint.cli.discreet import DiscreetGroup, read_key

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_EXAMPLES = """\b
Examples:
  keylint status test                      do all sources answer?
  keylint status check < key.txt           what is known of this key, and who says so?"""
_TEST_EXAMPLES = """\b
Examples:
  keylint status test
  keylint status test --status keys.yaml --status https://keys.example.com
  keylint status test --config ci/keylint.toml --output-format json

Exit status: 0 all sources answer, 3 one does not, 2 usage or configuration."""
_CHECK_EXAMPLES = """\b
Examples:
  keylint status check                     ask for the key, without showing it
  pass show stripe | keylint status check --live
  keylint status check --status keys.yaml --name HEROKU_API_KEY < key.txt
  keylint status check --status keys.yaml --environment production < key.txt
  keylint status check --provider openai --output-format json < key.txt

Exit status: 0 live, 1 dead, 3 unknown, 2 usage, configuration, or no key to be read."""


@click.group(cls=DiscreetGroup, epilog=_EXAMPLES, context_settings=_SETTINGS)
def status() -> None:
    """Try the sources of key status that are configured, or ask them about one key.

    Sources are named by `--status`, and in your own configuration: see docs/status.md.
    """


@status.command(epilog=_TEST_EXAMPLES, context_settings=_SETTINGS, short_help="Try every source that is configured.")
@project.answer_format
@project.naming
@project.config_file
@project.isolated
@project.color
def test(**options: Any) -> None:
    """Ask every configured source about a key that is made up: does it answer, what does it cover, how fresh is it?

    The hosts of live checks are connected to, and sent no key.
    """
    with project.refusals():
        from keylint.cli import status_text
        from keylint.engine.inquiry import tried

        trials, notes = tried(project.configured(_root(), options))
        _noted(notes)
        now = datetime.now(UTC)
        project.write(options, partial(status_text.trials, trials, now), partial(status_text.trials_json, trials))
        sys.exit(3 if any(trial.error is not None for trial in trials) else 0)


@status.command(epilog=_CHECK_EXAMPLES, context_settings=_SETTINGS, short_help="Ask all sources about one key.")
@click.option("--provider", metavar="ID", help="The provider, or the kind of key, that it is of.")
@click.option("--name", metavar="NAME", help="The variable or setting that holds the key.")
@click.option(
    "--environment", metavar="ENV", help="Where it is used, for sources that list all keys of one: `production`."
)
@project.answer_format
@project.inquiring
@project.as_of
@project.config_file
@project.isolated
@project.no_cache
@project.color
def check(provider: str | None, name: str | None, environment: str | None, **options: Any) -> None:
    """Ask everybody about the key on standard input whom a run would ask, and say who said what, and when.

    On a terminal the key is asked for without being shown; it is never an argument.
    """
    with project.refusals():
        from keylint.cli import status_text
        from keylint.cli.identify import expected
        from keylint.engine.inquiry import inquire
        from keylint.model import Secret
        from keylint.registry import Registry
        from keylint.report.words import standing

        config = project.configured(_root(), options)
        wanted: tuple[str, ...] = ()
        if provider is not None:
            wanted = expected(Registry(config.providers, config.cache_dir).catalogue, None, provider)
        value = Secret(read_key().removesuffix("\n").removesuffix("\r"), "…")
        with project.waiting() as progress:
            found = inquire(
                value, config, options["as_of"] or datetime.now(UTC),
                name=name, environment=environment, expected=wanted, progress=progress,
            )  # fmt: skip
        _noted(found.notes)
        project.write(options, partial(status_text.answer, found), partial(status_text.answer_json, found))
        sys.exit({"live": 0, "unknown": 3}.get(standing(found.key), 1))


def _root() -> str:
    from keylint import sources

    return sources.project_root(())


def _noted(notes: Sequence[str]) -> None:
    for note in notes:
        click.echo(f"keylint: note: {note}", err=True)
