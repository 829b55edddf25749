"""`keylint providers`: what keylint knows, and whether a provider file of your own is any good."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keylint.cli.discreet import UserError

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue
    from keylint.model import KeyKind, LiveCheck, Provider
    from keylint.report.terminal import Paper

_SHOW_EXAMPLES = """\b
Examples:
  keylint providers show                   all providers; "show" can be left out
  keylint providers show stripe            one: its kinds of key, variables, calls
  keylint providers show --kinds           all kinds of key
  keylint providers show --output-format json"""
_CHECK_EXAMPLES = """\b
Examples:
  keylint providers check keys/acme.toml
  keylint providers check keys/acme.toml keys/acme-internal.toml"""
_EXAMPLES = """\b
Examples:
  keylint providers                        all providers
  keylint providers stripe                 one: its kinds of key, variables, calls
  keylint providers --kinds                all kinds of key
  keylint providers check keys/acme.toml   check a provider file of your own"""

_HELP = {"help_option_names": ["-h", "--help"]}


class _Group(click.Group):
    """What is no command's name is what to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:  # completion: what comes next can be a command or an id
            return super().parse_args(ctx, args)
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, epilog=_EXAMPLES, context_settings=_HELP, no_args_is_help=False)
def providers() -> None:
    """List the providers, show one, or check a provider file of your own.

    `keylint providers [ID]` shows; `keylint providers show --help` lists its options.
    """


@providers.command(epilog=_SHOW_EXAMPLES, context_settings=_HELP, short_help="Show what is known (the default).")
@click.argument("wanted", metavar="[ID]", required=False)
@click.option("--kinds", is_flag=True, help="List the kinds of key instead of the providers.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the answer.",
)
@click.option("--config", "config_file", metavar="FILE", help="Use this keylint.toml or pyproject.toml.")
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
def show(wanted: str | None, kinds: bool, output_format: str, **options: Any) -> None:
    """List all providers, or say what is known of one (or of one kind of key)."""
    from keylint.cli.catalogue import load

    catalogue = load(options["config_file"], options["isolated"])
    paper = _paper()
    chosen, only = _chosen(catalogue, wanted)
    if output_format == "json":
        from keylint.cli.stream import shows_unicode
        from keylint.report.safe import dump

        sys.stdout.write(dump(_document(chosen, only, kinds), unicode=shows_unicode(sys.stdout)))
        return
    if kinds:
        lines = _kinds_table(paper, [only] if only else [kind for provider in chosen for kind in provider.kinds])
    elif wanted is None:
        lines = _table(paper, chosen)
    else:
        lines = _page(paper, chosen[0], only)
    sys.stdout.write("\n".join(lines) + "\n")


def _paper() -> Paper:
    from keylint.cli.stream import shows_unicode, wants_color, width
    from keylint.report.terminal import Paper

    if sys.stdout is None:
        raise UserError("standard output is closed")
    stream = sys.stdout
    return Paper(color=wants_color(stream), unicode=shows_unicode(stream), width=width(stream))


def _chosen(catalogue: Catalogue, wanted: str | None) -> tuple[list[Provider], KeyKind | None]:
    """Return the providers to show, and the kind where one was asked for."""
    if wanted is None:
        return sorted(catalogue.providers.values(), key=lambda provider: provider.name.casefold()), None
    name = wanted.lower()
    if name in catalogue.providers:
        return [catalogue.providers[name]], None
    if name in catalogue.kinds:
        return [catalogue.provider_of(name)], catalogue.kinds[name]
    raise UserError(f"no provider is called {_quoted(wanted)}{_suggestion(catalogue, name)}")


def _quoted(text: str) -> str:
    from keylint.config import quoted
    from keylint.report.safe import clean

    return quoted(clean(text))


def _suggestion(catalogue: Catalogue, name: str) -> str:
    import difflib

    ids = {provider.name.lower(): provider.id for provider in catalogue.providers.values()}
    known = {**ids, **{each: each for each in (*catalogue.providers, *catalogue.kinds)}}
    near = dict.fromkeys(known[match] for match in difflib.get_close_matches(name[:60], known, n=3))
    return f"; did you mean {' or '.join(near)}?" if near else "; `keylint providers` lists them"


def _table(paper: Paper, chosen: Sequence[Provider]) -> list[str]:
    heads = ("ID", "KINDS", "VARIABLES", "CALLS")
    rows = [[*((head, "bold") for head in heads), ("NAME", "bold")]]
    for provider in chosen:
        counts = (len(provider.kinds), len(provider.env), len({sink.call for sink in provider.sinks}))
        numbers = [(str(number).rjust(len(head)), "") for number, head in zip(counts, heads[1:], strict=True)]
        rows.append([(provider.id, "cyan"), *numbers, (provider.name, "")])
    total = (
        f"{len(chosen)} providers, {sum(len(p.kinds) for p in chosen)} kinds of key, "
        f"{len({env.name for p in chosen for env in p.env})} variables, "
        f"{len({sink.call for p in chosen for sink in p.sinks})} SDK calls"
    )
    return [*(line for row in paper.columns(rows, 0) for line in row), "", total]


def _kinds_table(paper: Paper, kinds: Sequence[KeyKind]) -> list[str]:
    """One line for each kind, however long it is."""
    rows = [tuple(map(paper.say, row.values())) for row in map(_kind_row, kinds)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _kind_row(kind: KeyKind) -> dict[str, str]:
    from keylint.catalogue.docs import checks, recognised_by
    from keylint.catalogue.grammar import parse

    forms = [parse(line) for line in kind.forms]
    least, most = min(form.min for form in forms), max(form.max for form in forms)
    return {
        "id": kind.id,
        "provider": kind.provider,
        "name": kind.name,
        "recognised by": recognised_by(kind) or "context",
        "length": str(least) if least == most else f"{least}-{most}",
        "checks": ", ".join(checks(kind)) or "length and characters",
    }


def _page(paper: Paper, provider: Provider, only: KeyKind | None) -> list[str]:
    from keylint.catalogue.docs import about, drawn, facts, length
    from keylint.catalogue.grammar import parse
    from keylint.catalogue.live import rows_of
    from keylint.catalogue.load import installed_checks

    lines = [paper.paint(paper.say(f"{provider.name} ({provider.id})"), "bold"), ""]
    lines += _rows(paper, about(provider), 2)
    for kind in [only] if only is not None else provider.kinds:
        lines += ["", f"{paper.paint(kind.id, 'cyan')}  {paper.say(kind.name)}"]
        lines += [f"    {paper.say(drawn(form))}    {length(form)}" for form in map(parse, kind.forms)]
        lines += _rows(paper, facts(kind), 4)
    if only is None:
        variables = [(env.name, ", ".join(env.accepts) or "any key") for env in provider.env]
        lines += _section(paper, "Environment variables, and what they take", variables)
        taken = [(sink.call, ", ".join(sink.accepts) or "any key") for sink in provider.sinks]
        lines += _section(paper, "SDK calls, and what they take", list(dict.fromkeys(taken)))
        for check in installed_checks().get(provider.id, ()):
            lines += _section(paper, "Live check, only where you ask for it", rows_of(check))
    return lines


def _section(paper: Paper, title: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    return ["", paper.paint(title, "bold"), *_rows(paper, rows, 2)] if rows else []


def _rows(paper: Paper, rows: Sequence[tuple[str, str]], indent: int) -> list[str]:
    cells = [((label, ""), (text, "")) for label, text in rows if text]
    return [f"{' ' * indent}{line}" for row in paper.columns(cells, indent) for line in row] if cells else []


def _document(chosen: Sequence[Provider], only: KeyKind | None, kinds: bool) -> dict[str, Any]:
    if kinds:
        listed = [only] if only is not None else [kind for provider in chosen for kind in provider.kinds]
        return {"schema": "keylint-kinds/v1", "kinds": [_kind(kind) for kind in listed]}
    from keylint.catalogue.load import installed_checks

    checks = installed_checks()
    rows = [_provider(provider, only, checks.get(provider.id, ())) for provider in chosen]
    return {"schema": "keylint-providers/v1", "providers": rows}


def _provider(provider: Provider, only: KeyKind | None, checks: Sequence[LiveCheck]) -> dict[str, Any]:
    return {
        "id": provider.id,
        "name": provider.name,
        "hosts": list(provider.hosts),
        "headers": [{"name": header.name, "scheme": header.scheme} for header in provider.headers],
        "dashboard": provider.dashboard,
        "rotation": provider.rotation,
        "refusal": provider.refusal,
        "exception": provider.exception,
        "variables": [{"name": env.name, "accepts": list(env.accepts)} for env in provider.env],
        "calls": [
            {"call": sink.call, "keyword": sink.keyword, "variables": list(sink.env), "accepts": list(sink.accepts)}
            for sink in provider.sinks
        ],
        "live_checks": [
            {"method": check.method, "urls": list(check.urls), "accepts": list(check.accepts)} for check in checks
        ],
        "kinds": [_kind(kind) for kind in provider.kinds if only is None or kind is only],
    }


def _kind(kind: KeyKind) -> dict[str, Any]:
    from keylint.catalogue.docs import checks, recognised_by
    from keylint.catalogue.grammar import parse

    forms = [parse(line) for line in kind.forms]
    return {
        "id": kind.id,
        "provider": kind.provider,
        "name": kind.name,
        "forms": list(kind.forms),
        "recognised_by": recognised_by(kind) or None,
        "length": {"min": min(form.min for form in forms), "max": max(form.max for form in forms)},
        "checks": checks(kind),
        "secrecy": kind.secrecy.value,
        "environment": kind.environment,
        "confidence": kind.confidence.value,
        "lifetime": kind.lifetime.longest if kind.lifetime is not None else None,
        "retired": kind.retired.day.isoformat() if kind.retired is not None else None,
        "source": kind.source,
    }


@providers.command(epilog=_CHECK_EXAMPLES, context_settings=_HELP, short_help="Check provider files of your own.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check provider files before they are used: can each kind be told from ordinary text and from other kinds?

    Exit status: 0 they can be used (there may be warnings), 1 problems, 2 a file cannot be read or is no TOML.
    """
    from keylint.catalogue.load import UnreadableError
    from keylint.testing.provider_files import vet

    status = 0
    for number, path in enumerate(files):
        if number:
            click.echo()
        try:
            vetted = vet(path, [other for other in files if other != path])
        except UnreadableError as error:
            click.echo(f"keylint: error: {error}", err=True)
            status = 2
            continue
        paper = _paper()
        for problem in vetted.problems:
            click.echo(paper.say(str(problem)))
        for line in vetted.summary:
            click.echo(paper.say(line))
        status = max(status, 1 if vetted.failed else 0)
    sys.exit(status)
