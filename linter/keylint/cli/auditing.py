"""The walk through a baseline: one question for each entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click

from keylint.baseline.jsonlines import day
from keylint.cli import baselines
from keylint.report.safe import MESSAGE_LIMIT, clean

if TYPE_CHECKING:
    from keylint.baseline import Baseline, Entry, Ledger
    from keylint.baseline.ledger import Match

_QUESTION = "(i)gnore it  (k)eep it: report it again  (s)kip  (b)ack  (q)uit"
_LONGEST_REASON = 500
_SHOWN_PLACES = 5


def walk(
    ledger: Ledger, path: str, shown: baselines.Shown, looks_like_key: Callable[[str], bool], *, everything: bool
) -> None:
    """Ask about the entries of a baseline that name something, and write each answer into the file at `path`.

    `everything`: ask about entries that have a reason and hold, too.
    """
    today = ledger.today
    found: dict[str, list[Match]] = {}
    for match in ledger.matches:
        for entry in match.entries:
            found.setdefault(entry.id, []).append(match)
    asked = [
        entry
        for entry in ledger.baseline.entries
        if entry.id in found and (everything or entry.reason is None or not entry.holds(today))
    ]
    if not asked:
        reasons = "all entries have a reason (--all asks about them, too)" if found else "no entry names anything"
        click.echo(f"{shown.path(path)}: {reasons}")
        return
    answers = _Answers(ledger.baseline, path, today, looks_like_key)
    number = 0
    while number < len(asked):
        entry = answers.entry(asked[number])
        click.echo(_described(entry, found[entry.id], shown, f"{number + 1}/{len(asked)}", kept=answers.is_kept(entry)))
        try:
            step = answers.ask(entry)
        except click.Abort:  # the end of the input
            break
        if step is None:
            break
        number = max(number + step, 0)
    click.echo(answers.summary(len(asked)))


class _Answers:
    """The baseline as it is after each answer."""

    def __init__(self, before: Baseline, path: str, today: date, looks_like_key: Callable[[str], bool]) -> None:
        self._baseline = before
        self._path = path
        self._today = today
        self._looks_like_key = looks_like_key
        self._kept: dict[str, Entry] = {}
        self._ignored: set[str] = set()

    def entry(self, entry: Entry) -> Entry:
        """Return an entry as it is by now."""
        return self._baseline.by_id.get(entry.id) or self._kept.get(entry.id, entry)

    def is_kept(self, entry: Entry) -> bool:
        """Say whether its finding is to be reported again."""
        return entry.id in self._kept

    def ask(self, entry: Entry) -> int | None:
        """Ask, and do it; return how many entries to go on, or `None` to stop."""
        while True:
            answer = click.prompt(_QUESTION, default="s", show_default=False).strip().lower()[:1]
            if answer == "q":
                return None
            if answer in "sb":
                return 1 if answer == "s" else -1
            if answer == "i":
                self._ignore(entry)
                return 1
            if answer == "k":
                self._kept[entry.id] = entry
                self._ignored.discard(entry.id)
                self._write(self._baseline.without([entry]))
                return 1
            click.echo("i, k, s, b or q")

    def summary(self, asked: int) -> str:
        """Return what it came to."""
        kept, ignored = len(self._kept), len(self._ignored)
        return (
            f"{ignored:,} ignored with a reason, {kept:,} reported again, {asked - kept - ignored:,} left as they are"
        )

    def _ignore(self, entry: Entry) -> None:
        reason = self._reason(entry.reason)
        until = self._until()
        self._kept.pop(entry.id, None)
        self._ignored.add(entry.id)
        written = replace(entry, reason=reason, until=until)
        self._write(type(self._baseline).of(self._baseline.salts, (*self._baseline.without([entry]).entries, written)))

    def _reason(self, before: str | None) -> str:
        while True:
            reason: str = click.prompt("Why", default=before).strip()
            if not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
                click.echo(f"one line of at most {_LONGEST_REASON} characters")
            elif self._looks_like_key(reason):
                click.echo("this looks like a key; a baseline holds none")
            else:
                return reason

    def _until(self) -> date | None:
        while True:
            written = click.prompt("Until (YYYY-MM-DD; empty: for good)", default="", show_default=False).strip()
            until = day(written)
            if not written or (until is not None and until >= self._today):
                return until
            click.echo(f"a day from {self._today} on, written YYYY-MM-DD")

    def _write(self, baseline: Baseline) -> None:
        baselines.saved(baseline, self._path)
        self._baseline = baseline


def _described(entry: Entry, matches: list[Match], shown: baselines.Shown, count: str, *, kept: bool) -> str:
    finding = matches[0].finding
    lines = ["", f"[{count}] {finding.code} {finding.rule}: {clean(finding.message, MESSAGE_LIMIT)}"]
    for match in matches[:_SHOWN_PLACES]:
        place = match.finding.place
        cell = f" (cell {place.cell})" if place.cell is not None else ""
        lines.append(f"  {shown.path(place.path)}:{place.line}:{place.column}{cell}   {clean(match.finding.excerpt)}")
    if len(matches) > _SHOWN_PLACES:
        lines.append(f"  and {len(matches) - _SHOWN_PLACES:,} more in this file")
    lines += [f"    {shown.path(step.place.path)}:{step.place.line}   {clean(step.note)}" for step in finding.trace]
    key = finding.key
    if key is not None:
        uses = sorted({f"{shown.path(t.use.place.path)}:{t.use.place.line}   {clean(t.use.sink)}" for t in key.traces})
        lines += [f"  used at {use}" for use in uses[:_SHOWN_PLACES]]
    state = (
        "reported again" if kept else f"ignored: {shown.text(entry.reason)}" if entry.reason else "no reason is given"
    )
    lines.append(f"  now: {state}{f' (until {entry.until})' if entry.until is not None and not kept else ''}")
    return "\n".join(lines)
