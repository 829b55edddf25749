"""`keylint trace FILE:LINE`: every way that a key takes through one line."""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from keylint.cli import project

if TYPE_CHECKING:
    from keylint.report.line import Spot

_EPILOG = """\b
Examples:
  keylint trace app/main.py:30             what reaches the calls on that line?
  keylint trace .env:3                     where does this definition lead?
  keylint trace "notebooks/a.ipynb:cell 2:3"
  keylint trace app/main.py:30 --status keys.yaml --output-format json

Exit status: 0 something passes the line, whatever its outcome; 1 nothing does; 2 usage, configuration, no such file or line."""
_PLACE = re.compile(r"(?P<path>.+?)(?::cell (?P<cell>\d{1,9}))?:(?P<line>\d{1,9})(?::\d{1,9})?", re.DOTALL)
_MARKS = (".git", "keylint.toml", "pyproject.toml")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("place", metavar="FILE:LINE", type=click.Path())
@click.option("--root", metavar="DIR", help="The project that FILE is part of (default: found from FILE).")
@project.answer_format
@project.asking
@project.as_of
@project.exclude
@project.config_file
@project.isolated
@project.no_cache
@project.color
def trace(place: str, root: str | None, **options: Any) -> None:
    """Show every way that a key takes through FILE:LINE: from where it is defined to the call, and what becomes of it.

    The line can be that of a call, of a definition, or of anything between the two. Places can be pasted from a
    report: FILE:LINE:COLUMN shows the whole line; lines of a notebook count within a cell, FILE:cell 2:LINE.
    """
    from keylint.report import tracev1
    from keylint.report.line import on_line
    from keylint.report.trace import render

    with project.refusals():
        path, line, cell = _parsed(place)
        where = _root(path, root)
        spot = _spot(path, line, cell, where)
        report = project.looked_at((where, path), options, where)
        project.noted(report)
        found = on_line(report, spot)
        project.write(options, partial(render, report, spot, found), partial(tracev1.render, report, spot, found))
        unestablished = project.unestablished(report, project.configured(report.root, options))
        if project.failed(report):
            sys.exit(2)
        if not (found.ways or found.idle):
            sys.exit(1)
        sys.exit(3 if unestablished else 0)


def _parsed(place: str) -> tuple[str, int, int | None]:
    match = _PLACE.fullmatch(place)
    if match is None or not int(match["line"]):
        raise _refusal(f"{_shown(place)} names no line: write FILE:LINE, for example app/main.py:30")
    return match["path"], int(match["line"]), int(match["cell"]) if match["cell"] else None


def _root(path: str, root: str | None) -> str:
    """Return the project's directory: where nothing marks it, the working directory if FILE is below it."""
    from keylint import sources

    if root is None:
        found, here = sources.project_root((path,)), os.getcwd()
        marked = any(os.path.exists(os.path.join(found, mark)) for mark in _MARKS)
        return here if not marked and found.startswith(os.path.join(here, "")) else found
    if not os.path.isdir(root):
        raise _refusal(f"--root: {_shown(root)} is not a directory")
    return os.path.abspath(root)


def _spot(path: str, line: int, cell: int | None, root: str) -> Spot:
    """Return the line, relative to the root; one that is not there is refused."""
    from keylint import sources
    from keylint.report.line import Spot

    relative = sources.relative_path(os.path.abspath(path), root)
    if relative.startswith("../") or os.path.isabs(relative):
        raise _refusal(f"{_shown(path)} is not in the project {_shown(root)}")
    try:
        with open(path, "rb") as file:
            data = file.read(sources.MATCH_LIMIT + 1)
    except OSError as error:
        raise _refusal(f"{_shown(path)}: {error.strerror}") from error
    lines = len(_LINE_END.findall(data)) + (not data.endswith((b"\n", b"\r")))
    # What is too long to be read is said by the receipt; lines of a notebook are no lines of its file.
    if line > lines and len(data) <= sources.MATCH_LIMIT and not path.endswith(".ipynb"):
        raise _refusal(f"{_shown(path)} ends with line {lines:,}")
    return Spot(relative, line, cell)


def _refusal(message: str) -> Exception:
    from keylint.engine import UserError

    return UserError(message)


def _shown(path: str) -> str:
    """Return a path as it can be shown: what names no file may be a key that was pasted into the wrong place."""
    from keylint.cli.catalogue import load
    from keylint.engine.keys import without_keys
    from keylint.report.safe import clean

    known = path
    while known and not os.path.lexists(known):
        known = os.path.dirname(known)
    rest = path[len(known) :]
    return clean(known + (without_keys(rest, load(None, isolated=True)) or "") if rest else path)
