"""`keylint baseline …`: findings that a project lives with are walked through, dropped, taken over and handed on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from keylint.cli import baselines, project
from keylint.config import CONFIDENCE, SECRETS_BASELINE, Config, ConfigError

if TYPE_CHECKING:
    from keylint.baseline import Baseline, Entry, Ledger
    from keylint.catalogue import Catalogue
    from keylint.model import Report

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_KINDS = ("detect-secrets", "gitleaks-ignore", "gitleaks-report", "kingfisher")
_EXAMPLES = """\b
Examples:
  keylint . --write-baseline keylint-baseline.jsonl     begin one, or bring it up to date
  keylint . --baseline keylint-baseline.jsonl           report what is new
  keylint baseline audit keylint-baseline.jsonl         say of each entry why it is there
  keylint baseline prune keylint-baseline.jsonl
  keylint baseline import .gitleaksignore --into keylint-baseline.jsonl"""
_AUDIT = """\b
Examples:
  keylint baseline audit keylint-baseline.jsonl
  keylint baseline audit keylint-baseline.jsonl --all   also the entries that have a reason"""
_PRUNE = """\b
Examples:
  keylint baseline prune keylint-baseline.jsonl
  keylint baseline prune keylint-baseline.jsonl src/    only entries about these paths"""
_EXPORT = """\b
Examples:
  keylint baseline export keylint-baseline.jsonl --format detect-secrets -o .secrets.baseline"""
_IMPORT = """\b
Examples:
  keylint baseline import .secrets.baseline --into keylint-baseline.jsonl
  keylint baseline import .gitleaksignore --into keylint-baseline.jsonl
  keylint baseline import report.json --from gitleaks-report --into keylint-baseline.jsonl
  keylint baseline import kingfisher.yml --into keylint-baseline.jsonl"""


def _looking(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command that looks at the project."""
    for option in (project.no_cache, project.isolated, project.config_file, project.as_of):
        command = option(command)
    return command


@click.group(epilog=_EXAMPLES, context_settings=_SETTINGS)
def baseline() -> None:
    """Look after a baseline: findings that are known and not reported.

    It is a file of JSON Lines that holds no key and can be committed. An entry is about one rule, one file and one key,
    wherever in the file that stands.
    """


@baseline.command(epilog=_AUDIT, context_settings=_SETTINGS, short_help="Walk through the entries, and decide.")
@click.argument("file", metavar="FILE")
@click.option("--all", "everything", is_flag=True, help="Ask about entries that have a reason, too.")
@project.naming
@_looking
def audit(file: str, everything: bool, **options: Any) -> None:
    """Show what each entry of FILE is about, and ask what becomes of it.

    It can be ignored, with a reason and, if you like, the last day on which that holds; the finding can be kept, so
    that it is reported again; an answer can be taken back. What was decided is written at once: stop when you like.
    The lines around it are shown, with masks in the place of keys and of whatever looks like a secret.
    """
    from keylint.cli.auditing import walk
    from keylint.engine.nearby import Nearby
    from keylint.status.plaintext import detector, is_opaque

    with project.refusals():
        if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
            raise ConfigError("`baseline audit` asks questions: it needs a terminal")
        report, ledger, shown, catalogue = _looked(file, baselines.opened(file), (), options)
        project.noted(report)
        recognised = detector(catalogue)
        keys = [match.finding.key for match in ledger.matches if match.finding.key is not None]
        nearby = Nearby(report.root, (*report.keys, *keys), catalogue)
        walk(ledger, file, shown, nearby, lambda text: recognised(text) or is_opaque(text), everything=everything)
        sys.exit(2 if project.failed(report) else 0)


@baseline.command(epilog=_PRUNE, context_settings=_SETTINGS, short_help="Drop the entries whose findings are gone.")
@click.argument("file", metavar="FILE")
@click.argument("paths", nargs=-1, type=click.Path())
@project.naming
@_looking
def prune(file: str, paths: tuple[str, ...], **options: Any) -> None:
    """Drop the entries of FILE that name nothing any more, and say which.

    Only entries about PATHS (default: the current directory) and about rules that are on are looked for. What depends
    on the status of a key is dropped only where a source of status is asked.
    """
    with project.refusals():
        before = baselines.opened(file)
        report, ledger, shown, _ = _looked(file, before, paths, options)
        _demand_all(report, file)
        orphans = before.orphans
        after = before.without((*ledger.unused, *orphans))
        if after != before:
            baselines.saved(after, file)
        for entry in ledger.unused:
            baselines.say(f"dropped: {shown.entry(entry)}")
        for entry in orphans:
            baselines.say(f"dropped: {shown.entry(entry)}: the header with its salt is not in the file")
        dropped, left = len(before.entries) - len(after.entries), len(after.entries)
        baselines.say(f"{dropped:,} dropped, {left:,} {'entry' if left == 1 else 'entries'} left")


@baseline.command(epilog=_EXPORT, context_settings=_SETTINGS, short_help="Write a baseline for another tool.")
@click.argument("file", metavar="FILE")
@click.option(
    "--format", "kind", type=click.Choice(["detect-secrets"]), required=True, help="The tool that is to read it."
)
@click.option("--output-file", "-o", metavar="FILE", help="Write there instead of to standard output.")
@_looking
def export(file: str, kind: str, output_file: str | None, **options: Any) -> None:
    """Write the leaks (KL1xx) that FILE names, and that are still there, as the baseline of another tool.

    `detect-secrets`: a `.secrets.baseline`. It holds the SHA-1 of each secret, without a salt: whoever has the file can
    test guesses, and can see where the same secret stands elsewhere. In it is what detect-secrets finds, as it hashes that:
    of a GitHub token it is the prefix, so that detect-secrets then overlooks every GitHub token of the file.
    """
    with project.refusals():
        from keylint.baseline import detectsecrets
        from keylint.engine.silencing import texts_of
        from keylint.suppress import LEAKS

        report, ledger, shown, _ = _looked(file, baselines.opened(file), (), options)
        _demand_all(report, file)
        leaks = [m for m in ledger.matches if m.entries and m.finding.code.startswith(LEAKS) and texts_of(m.finding)]
        named = {entry.id for match in leaks for entry in match.entries}
        for entry in ledger.baseline.entries:
            if entry.id not in named:
                baselines.say(f"keylint: left out: {shown.entry(entry)}: {_why_not(entry, LEAKS)}", err=True)
        places = [detectsecrets.Exported(m.binding.path, m.finding.place.line, texts_of(m.finding)) for m in leaks]
        there = output_file or os.path.join(report.root, SECRETS_BASELINE)
        text, unseen = detectsecrets.export(places, report.root, gibberish=detectsecrets.filters_gibberish(there))
        for each in unseen:
            baselines.say(
                f"keylint: left out: {shown.path(each.path)}:{each.line}: detect-secrets does not find it", err=True
            )
        if output_file is None:
            project.output().write(text)
            return
        try:
            with open(output_file, "w", encoding="utf-8") as written:
                written.write(text)
        except OSError as error:
            raise ConfigError(f"{output_file}: cannot be written: {error.strerror}") from None


def _why_not(entry: Entry, leaks: str) -> str:
    return "its finding is gone" if entry.code.startswith(leaks) else "no leak"


@baseline.command(
    "import", epilog=_IMPORT, context_settings=_SETTINGS, short_help="Take over what another tool was told to ignore."
)
@click.argument("file", metavar="FILE")
@click.option("--into", metavar="BASELINE", help="The baseline of keylint; made where it is not there.")
@click.option("--from", "kind", type=click.Choice(_KINDS), help="What FILE is.  [default: what it looks like]")
@_looking
def import_(file: str, into: str | None, kind: str | None, **options: Any) -> None:
    """Take over what another tool was told to ignore: FILE is a `.secrets.baseline`, a `.gitleaksignore`, a JSON report of
    gitleaks or a baseline of kingfisher.

    Each becomes an entry about the leak (KL1xx) that is there now, and binds its key. Where FILE knows a line alone, that
    is the key on this line, and is shown; what names nothing that keylint finds is listed.
    """
    with project.refusals():
        from keylint.baseline import BaselineError, foreign
        from keylint.cli.taking_over import taken_over

        try:
            kind, ignored = foreign.load(file, kind)
        except BaselineError as error:
            raise ConfigError(str(error)) from None
        target = into or _configured(options)
        new = not os.path.lexists(target)
        report, ledger, shown, _ = _looked(target, baselines.opened(target, new=True), (), options)
        _demand_all(report, target)
        taken = taken_over(ignored, ledger.matches, report.root, shown, file)
        after = ledger.including(taken.chosen)
        if new or after != ledger.baseline:
            baselines.saved(after, target)
        for line in taken.by_line:
            baselines.say(f"by its line: {line}")
        for line in taken.left_out:
            baselines.say(f"left out: {line}")
        fresh = len(after.entries) - len(ledger.baseline.entries)
        counts = f"{fresh:,} new of {len(ignored):,} in {shown.path(file)} ({kind}), {len(taken.left_out):,} left out"
        baselines.say(f"{shown.path(target)}: {counts}")
        if new:
            baselines.offer_merging(target)


def _configuration(root: str, options: dict[str, Any]) -> Config:
    """Return the configuration for a command that may ask nobody about keys."""
    return project.configured(root, {"trust_repo_config": False, "status": (), **options})


def _configured(options: dict[str, Any]) -> str:
    from keylint import engine

    root = engine.request((), as_of=datetime.now(UTC)).root
    named = _configuration(root, options).baseline
    if named is None:
        raise ConfigError("--into is missing, and the configuration names no `baseline`")
    return os.path.relpath(named)


class _Looked(NamedTuple):
    """What a look at the project came to."""

    report: Report
    ledger: Ledger
    shown: baselines.Shown
    catalogue: Catalogue


def _looked(path: str, before: Baseline, paths: tuple[str, ...], options: dict[str, Any]) -> _Looked:
    """Look at the project as a check does; say what was found, and what of it the baseline at `path` names."""
    from keylint import engine
    from keylint.baseline import Ledger
    from keylint.registry import Registry

    request = engine.request(paths, as_of=options["as_of"] or datetime.now(UTC))
    config = replace(_configuration(request.root, options), detect_secrets_baseline=None)
    doubts = {config.confidence, *(entry.confidence or "high" for entry in before.entries)}
    config = replace(config, confidence=max(doubts, key=CONFIDENCE.index))  # what was written down is looked for
    ledger = Ledger(before, path, request.as_of.date())
    with project.waiting() as progress:
        report = engine.check(request, config, progress=progress, ledger=ledger)
    catalogue = Registry(config.providers, config.cache_dir).catalogue
    return _Looked(report, ledger, baselines.Shown(catalogue), catalogue)


def _demand_all(report: Report, path: str) -> None:
    """Refuse to go on from half of a look. Raises ConfigError."""
    unread = [skipped for skipped in report.skipped if skipped.fatal]
    if unread:
        raise ConfigError(f"{unread[0].path}: {unread[0].reason}; {path} is left as it is")
