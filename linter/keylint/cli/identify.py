"""`keylint identify`: what the key on standard input is, and what is wrong with it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from keylint.cli.discreet import Discreet, UserError, read_key

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue
    from keylint.cli.identified import Identified

_EXAMPLES = """\b
Examples:
  keylint identify                         ask for the key, without showing it
  pass show stripe | keylint identify
  keylint identify --name HEROKU_API_KEY < key.txt
  keylint identify --provider openai --as-of 2027-01-01 < key.txt
  keylint identify --output-format json < key.txt"""


def _moment(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    from keylint.status.inventory import parse_time

    try:
        return parse_time(text) if text is not None else None
    except ValueError:
        raise click.BadParameter("not an ISO date or time (2027-01-01, 2027-01-01T12:00:00Z)", ctx, param) from None


@click.command(cls=Discreet, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--name", metavar="NAME", help="The variable or setting that holds the key.")
@click.option("--provider", metavar="ID", help="The provider, or the kind of key, that it should be of.")
@click.option("--as-of", callback=_moment, metavar="ISO", help="Judge as on this date (default: now, UTC).")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the answer.",
)
@click.option("--config", "config_file", metavar="FILE", help="Use this keylint.toml or pyproject.toml.")
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
def identify(name: str | None, provider: str | None, output_format: str, **options: Any) -> None:
    """Say what the key on standard input is, what each check of its kind finds, and what is wrong where.

    On a terminal the key is asked for without being shown; it is never an argument. Nothing is sent anywhere, and what
    is written shows the key only by its mask.

    Exit status: 0 well-formed, 1 anything else, 2 usage, or no key to be read.
    """
    from keylint.cli import identified
    from keylint.cli.catalogue import load

    catalogue = load(options["config_file"], options["isolated"])
    wanted = expected(catalogue, name, provider)
    found = identified.identify(
        catalogue,
        _without_line_end(read_key()),
        name=name,
        expected=wanted,
        demanded=provider is not None,
        as_of=options["as_of"] or datetime.now(UTC),
    )
    _write(found, catalogue, output_format)
    sys.exit(0 if found.verdict == identified.WELL_FORMED else 1)


def _write(found: Identified, catalogue: Catalogue, output_format: str) -> None:
    from keylint.cli.stream import shows_unicode, wants_color, width

    stream = sys.stdout
    if stream is None:
        raise UserError("standard output is closed")
    unicode = shows_unicode(stream)
    if output_format == "json":
        from keylint.cli.identified import document
        from keylint.report.safe import dump

        text = dump(document(found, catalogue), unicode=unicode)
    else:
        from keylint.cli.identified_text import render

        text = render(found, catalogue, color=wants_color(stream), unicode=unicode, width=width(stream))
    stream.write(text)
    stream.flush()


def expected(catalogue: Catalogue, name: str | None, provider: str | None) -> tuple[str, ...]:
    """Return the kinds that the option or the variable asks for. Raises UserError: there are none of this name."""
    if provider is not None:
        wanted = provider.strip().lower()
        if wanted in catalogue.kinds:
            return (wanted,)
        if wanted in catalogue.providers:
            return tuple(kind.id for kind in catalogue.providers[wanted].kinds)
        raise UserError(f"--provider: no provider and no kind is called that{_suggestion(catalogue, wanted)}")
    variable = catalogue.env.get(name or "")
    return variable.accepts if variable is not None else ()


def _suggestion(catalogue: Catalogue, wanted: str) -> str:
    import difflib

    near = difflib.get_close_matches(wanted[:60], [*catalogue.providers, *catalogue.kinds], n=3)
    return f"; did you mean {' or '.join(near)}?" if near else "; `keylint providers` lists them"


def _without_line_end(text: str) -> str:
    """Take off the one line end that every tool writes; a further one is part of the value."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
