"""What `check` and `keylint baseline` share: a baseline is opened, written, and introduced to git."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from keylint.cli import project
from keylint.cli.stream import shows_unicode
from keylint.config import Config, ConfigError
from keylint.report.safe import clean, to_ascii

if TYPE_CHECKING:
    from keylint.baseline import Baseline, Entry, Ledger
    from keylint.catalogue import Catalogue
    from keylint.model import Report


class Shown:
    """Texts of baselines as a terminal may show them: one line, and masks in the place of keys."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def path(self, path: str) -> str:
        """Return the name of a file. What has no suffix may be a key of no known kind, with slashes in it."""
        from keylint.engine.keyed_paths import keys_in, without

        return clean(without(keys_in([path], self._catalogue), path)) if "." in path else self.text(path)

    def text(self, text: str) -> str:
        """Return the name of something, or what somebody has written."""
        from keylint.engine.keys import without_keys

        return clean(without_keys(text, self._catalogue) or "")

    def entry(self, entry: Entry) -> str:
        """Return what an entry is about."""
        name = f" ({self.text(entry.name)})" if entry.name is not None else ""
        return f"{entry.code} in {self.path(entry.path)}{name}"


def say(text: str, *, err: bool = False) -> None:
    """Print lines, for people; on the error stream with `err`."""
    stream = sys.stderr if err else sys.stdout
    click.echo(text if stream is None or shows_unicode(stream) else to_ascii(text), err=err)


def opened(path: str, *, new: bool = False) -> Baseline:
    """Return the baseline in a file; with `new`, an empty one where there is no file.

    Raises:
        ConfigError: it cannot be read, or is no baseline.
    """
    from keylint.baseline import Baseline, BaselineError, Salt, load

    if new and not os.path.lexists(path):
        return Baseline((Salt.new(),))
    try:
        return load(path)
    except BaselineError as error:
        raise ConfigError(str(error)) from None


def saved(baseline: Baseline, path: str) -> None:
    """Write a baseline, unless the file says so already. Raises ConfigError."""
    from keylint.baseline import BaselineError, save

    try:
        save(baseline, path)
    except BaselineError as error:
        raise ConfigError(str(error)) from None


def recording(path: str, as_of: datetime) -> Ledger:
    """Return what takes down the findings of a run for the baseline at `path`."""
    from keylint.baseline import Ledger

    return Ledger(opened(path, new=True), path, as_of.date(), recording=True)


def record(ledger: Ledger, report: Report, path: str, config: Config) -> None:
    """Write what was taken down, and say what has changed and how the file is used."""
    if project.failed(report):
        say(f"keylint: {path} is not written: not everything could be read", err=True)
        return
    before, after = ledger.baseline, ledger.recorded()
    new = not os.path.lexists(path)
    saved(after, path)
    fresh = len(after.by_id.keys() - before.by_id.keys())
    gone = len(ledger.unused)
    changes = ", ".join(f"{n:,} {what}" for n, what in ((fresh, "new"), (gone, "gone")) if n)
    entries = "entry" if len(after.entries) == 1 else "entries"
    say(f"keylint: {path}: {len(after.entries):,} {entries}{f' ({changes})' if changes else ''}", err=True)
    if config.baseline is None or not _is_same(config.baseline, path):
        named = os.path.relpath(path, report.root).replace(os.sep, "/")
        say(f'keylint: note: use it by --baseline {path}, or by `baseline = "{named}"` in the configuration', err=True)
    if new:
        offer_merging(path)


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def offer_merging(path: str) -> None:
    """Say, or where somebody sits at the terminal ask, what lets git merge the baselines of two branches by itself."""
    from keylint.sources import SourceError, merge_driver, work_tree

    absolute = os.path.realpath(path)
    top = work_tree(os.path.dirname(absolute))
    if top is None:
        return
    try:
        if merge_driver(absolute) == "union":
            return
    except SourceError:
        return
    line = _attributes(os.path.relpath(absolute, os.path.realpath(top)))
    attributes = os.path.join(top, ".gitattributes")
    ours = os.path.relpath(attributes)
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()):
        say(f"keylint: note: so that git merges it without conflicts, add to {ours}:\n{line}", err=True)
        return
    if click.confirm(f"Add `{line}` to {ours}, so that git merges it without conflicts?", err=True):
        _append(attributes, line)


def _attributes(path: str) -> str:
    """Return the line of `.gitattributes` for one file, whatever its name."""
    from keylint.sources import pattern_of

    pattern = pattern_of(path.replace(os.sep, "/"))
    if any(character.isspace() or character == '"' for character in pattern):
        pattern = '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{pattern} merge=union"


def _append(path: str, line: str) -> None:
    try:
        with open(path, "a+b") as file:
            file.seek(0)
            text = file.read()
            newline = b"\r\n" if b"\r\n" in text else b"\n"
            file.write((b"" if not text or text.endswith(b"\n") else newline) + line.encode() + newline)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
