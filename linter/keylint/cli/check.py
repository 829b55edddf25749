"""`keylint check [PATHS]…`, the default command."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from keylint import config as configuration
from keylint.cli import baselines, project
from keylint.cli.stream import shows_unicode, wants_color
from keylint.config import CONFIDENCE, FAIL_ON, FORMATS, TOOLS, Config, ConfigError

if TYPE_CHECKING:
    from keylint.model import Report

_CODES = "CODES"
_EPILOG = """\b
Examples:
  keylint check src/ .env
  keylint check . --select KL2,KL4 --ignore KL211
  keylint check . --status keys.yaml --as-of 2027-01-01
  keylint check . --fix --diff             show what --fix would change
  keylint check . --write-baseline keylint-baseline.jsonl
  keylint check . --baseline keylint-baseline.jsonl
  git show HEAD:app.py | keylint check - --stdin-filename app.py"""


def _codes(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for text in texts for code in text.split(",") if code.strip())


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--select", multiple=True, metavar=_CODES, callback=_codes, help="Rules to run: codes or prefixes, or ALL."
)
@click.option("--ignore", multiple=True, metavar=_CODES, callback=_codes, help="Rules not to run.")
@click.option("--baseline", metavar="FILE", help="Do not report the findings that this baseline names.")
@click.option(
    "--write-baseline",
    metavar="FILE",
    help="Write the findings into a baseline; those of PATHS that are gone leave it.",
)
@click.option(
    "--ignore-comments",
    multiple=True,
    metavar="TOOLS",
    callback=_codes,
    help=f"Heed the ignore comments of other tools, too: {', '.join(TOOLS)}.",
)
@project.exclude
@project.asking
@project.as_of
@click.option("--staged", is_flag=True, help="Check the content of the git index instead of the work tree.")
@click.option("--stdin-filename", metavar="FILE", help="The name of what comes from standard input (PATHS is `-`).")
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also those that can change behaviour.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--output-format", type=click.Choice(FORMATS), help="How to write the report.  [default: text]")
@click.option("--output-file", "-o", metavar="FILE", help="Write the report there instead of to standard output.")
@click.option(
    "--confidence", type=click.Choice(CONFIDENCE), help="Lowest confidence that is reported.  [default: medium]"
)
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Lowest severity that fails the run.  [default: warning]")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even when there are findings.")
@click.option("--strict", is_flag=True, help="Exit 2 when a file could not be read or parsed as it should.")
@project.config_file
@project.isolated
@project.no_cache
@project.color
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Check PATHS (default: the current directory).

    PATHS choose what is reported; the whole project stays the context, so that a single file neither loses a
    trace nor invents a missing key.
    """
    with project.refusals():
        sys.exit(_run(paths, options))


def _run(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    from keylint import engine

    request = _request(paths, options)
    config = _config(request.root, options)
    ledger = baselines.recording(options["write_baseline"], request.as_of) if options["write_baseline"] else None
    with project.waiting() as progress:
        report = engine.check(request, config, progress=progress, ledger=ledger)
    if ledger is not None:
        baselines.record(ledger, report, options["write_baseline"], config)
    if options["fix"] or options["diff"]:
        report = _fix(report, request, config, options)
    _write(report, config, options)
    return _status(report, config, options)


def _request(paths: tuple[str, ...], options: dict[str, Any]) -> Any:
    from keylint import engine

    stdin = None
    if "-" in paths or (options["stdin_filename"] and not paths):
        if len(paths) > 1:
            raise click.UsageError("`-` (standard input) is given alone")
        if not options["stdin_filename"]:
            raise click.UsageError("what comes from standard input needs a name: --stdin-filename FILE")
        if sys.stdin is None:
            raise click.UsageError("standard input is closed")
        stdin = sys.stdin.buffer.read()
        paths = (options["stdin_filename"],)
    if (options["fix"] or options["diff"]) and (options["staged"] or stdin is not None):
        raise click.UsageError("--fix and --diff work on files, not on the index or standard input")
    if options["staged"] and stdin is not None:
        raise click.UsageError("--staged and standard input exclude each other")
    if options["write_baseline"] and (options["staged"] or stdin is not None or options["fix"] or options["diff"]):
        raise click.UsageError(
            "--write-baseline is about files as they are: not --staged, standard input, --fix or --diff"
        )
    if options["write_baseline"] and options["baseline"]:
        raise click.UsageError("--write-baseline brings its own baseline up to date; --baseline is not needed")
    if options["unsafe_fixes"] and not (options["fix"] or options["diff"]):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff")
    return engine.request(paths, stdin=stdin, staged=options["staged"], as_of=options["as_of"] or datetime.now(UTC))


def _config(root: str, options: dict[str, Any]) -> Config:
    config = project.configured(root, options)
    return configuration.override(
        config,
        baseline=os.path.abspath(options["baseline"]) if options["baseline"] else None,
        ignore_comments=configuration.tools(options["ignore_comments"], "--ignore-comments"),
        select=options["select"],
        ignore=config.ignore + options["ignore"],
        confidence=options["confidence"],
        fail_on=options["fail_on"],
        output_format=options["output_format"],
    )


def _fix(report: Report, request: Any, config: Config, options: dict[str, Any]) -> Report:
    from keylint import engine
    from keylint.engine.fix import apply, diff

    if options["diff"]:
        click.echo(diff(report, unsafe=options["unsafe_fixes"]), nl=False)
        return report
    fixed = apply(report, unsafe=options["unsafe_fixes"])
    for problem in fixed.problems:
        click.echo(f"keylint: warning: {problem}", err=True)
    if not fixed.findings:
        return report
    click.echo(f"keylint: fixed {fixed.findings} finding{'s' if fixed.findings != 1 else ''}", err=True)
    return engine.check(request, config)


def _write(report: Report, config: Config, options: dict[str, Any]) -> None:
    from keylint.report import Format, render

    project.noted(report)
    stream = project.output()
    color = options["color"] == "always" or (
        options["color"] == "auto" and not options["output_file"] and wants_color(stream)
    )
    text = render(report, Format(config.output_format), color=color, unicode=shows_unicode(stream))
    if options["output_file"]:
        try:
            with open(options["output_file"], "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise ConfigError(f"{options['output_file']}: cannot be written: {error.strerror}") from error
    elif not options["diff"]:
        stream.write(text)
        stream.flush()


def _status(report: Report, config: Config, options: dict[str, Any]) -> int:
    if project.failed(report) or (options["strict"] and not report.complete):
        return 2
    counted = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[config.fail_on]
    unestablished = project.unestablished(report, config)
    if any(finding.severity in counted for finding in report.findings) and not options["exit_zero"]:
        return 1
    return 3 if unestablished else 0
