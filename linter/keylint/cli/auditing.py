"""The walk through a baseline: one question for each entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import click

from keylint.baseline.jsonlines import day
from keylint.cli import baselines
from keylint.engine.silencing import is_output
from keylint.report.safe import MESSAGE_LIMIT, clean
from keylint.report.words import by_place

if TYPE_CHECKING:
    from keylint.baseline import Baseline, Entry, Ledger
    from keylint.baseline.ledger import Match
    from keylint.engine.nearby import Nearby

_ANSWERS = ("ignore", "keep", "skip", "back", "undo", "quit")
_QUESTION = "(i)gnore it  (k)eep it: report it again  (s)kip  (b)ack  (u)ndo  (q)uit"
_FOR_GOOD = "never"
_LONGEST_REASON = 500
_SHOWN_PLACES = 5
_SHOWN_WHOLE = 2
"""Lines that are shown with those around them."""


def walk(
    ledger: Ledger,
    path: str,
    shown: baselines.Shown,
    nearby: Nearby,
    looks_like_key: Callable[[str], bool],
    *,
    everything: bool,
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
    asked.sort(key=lambda entry: by_place(found[entry.id][0].finding.place))
    if not asked:
        reasons = "all entries have a reason (--all asks about them, too)" if found else "no entry names anything"
        baselines.say(f"{shown.path(path)}: {reasons}")
        return
    answers = _Answers(ledger.baseline, path, today, looks_like_key)
    number = 0
    try:
        while number < len(asked):
            entry, matches = asked[number], found[asked[number].id]
            baselines.say(f"\n[{number + 1}/{len(asked)}] {_described(matches, shown, nearby)}")
            baselines.say(f"  now: {answers.state(entry, shown)}")
            step = answers.ask(entry)
            if step is None:
                break
            number = max(number + step, 0)
    except click.Abort:  # the end of the input
        baselines.say("")
    finally:  # also after Ctrl-C
        baselines.say(answers.summary(len(asked)))


class _Answers:
    """The baseline as it is after each answer."""

    def __init__(self, before: Baseline, path: str, today: date, looks_like_key: Callable[[str], bool]) -> None:
        self._baseline = before
        self._path = path
        self._today = today
        self._looks_like_key = looks_like_key
        self._before = before.by_id
        self._kept: set[str] = set()
        self._ignored: set[str] = set()

    def state(self, entry: Entry, shown: baselines.Shown) -> str:
        """Return what becomes of an entry's finding by now."""
        now = self._now(entry)
        if now is None:
            return "reported again"
        until = f" (until {now.until})" if now.until is not None else ""
        ended = "" if now.holds(self._today) else ", which is over: reported again"
        return (f"ignored: {shown.text(now.reason)}" if now.reason else "ignored, no reason is given") + until + ended

    def ask(self, entry: Entry) -> int | None:
        """Ask, and do it; return how many entries to go on, or `None` to stop."""
        while True:
            written = click.prompt(_QUESTION, default="skip", show_default=False).strip().lower()
            answer = next((answer for answer in _ANSWERS if written in (answer, answer[0])), None)
            if answer == "quit":
                return None
            if answer in ("skip", "back"):
                return 1 if answer == "skip" else -1
            if answer == "undo":
                self._undo(entry)
                return 0
            if answer == "keep":
                self._kept.add(entry.id)
                self._ignored.discard(entry.id)
                self._write(entry, None)
                return 1
            if answer == "ignore" and self._ignore(entry):
                return 1
            if answer is None:
                baselines.say("i, k, s, b, u or q; or the whole word")

    def summary(self, asked: int) -> str:
        """Return what it came to."""
        kept, ignored = len(self._kept), len(self._ignored)
        return (
            f"{ignored:,} ignored with a reason, {kept:,} reported again, {asked - kept - ignored:,} left as they are"
        )

    def _now(self, entry: Entry) -> Entry | None:
        return self._baseline.by_id.get(entry.id)

    def _undo(self, entry: Entry) -> None:
        self._kept.discard(entry.id)
        self._ignored.discard(entry.id)
        if self._now(entry) != entry:
            self._write(entry, entry)

    def _ignore(self, entry: Entry) -> bool:
        """Ask for a reason and an end; return whether there is a reason now."""
        known = self._now(entry) or entry
        reason = self._reason(known.reason)
        if reason is None:
            return False
        until = self._until(known.until if known.holds(self._today) else None)
        self._kept.discard(entry.id)
        self._ignored.add(entry.id)
        self._write(entry, replace(entry, reason=reason, until=until))
        return True

    def _reason(self, before: str | None) -> str | None:
        while True:
            question = "Why" if before else "Why (empty: back to the question)"
            reason: str = click.prompt(question, default=before or "", show_default=bool(before)).strip()
            if not reason:
                return None
            if len(reason) > _LONGEST_REASON or not reason.isprintable():
                baselines.say(f"one line of at most {_LONGEST_REASON} characters")
            elif self._looks_like_key(reason):
                baselines.say("this looks like a key; a baseline holds none")
            else:
                return reason

    def _until(self, before: date | None) -> date | None:
        question = f"Until (YYYY-MM-DD; {f'{_FOR_GOOD}: it does not end' if before else 'empty: it does not end'})"
        while True:
            default = before.isoformat() if before else ""
            written = click.prompt(question, default=default, show_default=bool(before)).strip()
            until = day(written)
            if written in ("", _FOR_GOOD) or (until is not None and until >= self._today):
                return until
            baselines.say(f"a day from {self._today} on, written YYYY-MM-DD")

    def _write(self, entry: Entry, now: Entry | None) -> None:
        """Write what has become of an entry; what the file says of the others meanwhile stays."""
        current = baselines.opened(self._path)
        others = current.without([entry]).entries
        changed = type(current).of(current.salts, others if now is None else (*others, now))
        baselines.saved(changed, self._path)
        self._baseline = changed


def _described(matches: list[Match], shown: baselines.Shown, nearby: Nearby) -> str:
    finding = matches[0].finding
    lines = [f"{finding.code} {finding.rule}: {clean(finding.message, MESSAGE_LIMIT)}"]
    whole: set[tuple[int | None, int]] = set()
    for match in matches[:_SHOWN_PLACES]:
        place = match.finding.place
        cell = f" (cell {place.cell})" if place.cell is not None else ""
        lines.append(f"  {shown.path(place.path)}:{place.line}:{place.column}{cell}   {clean(match.finding.excerpt)}")
        if (place.cell, place.line) not in whole and len(whole) < _SHOWN_WHOLE and not is_output(match.finding):
            whole.add((place.cell, place.line))
            lines += (
                f"    {'>' if line.is_meant else ' '} {line.number:>4} | {line.text}".rstrip()
                for line in nearby.lines(match.binding.path, place)
            )
    if len(matches) > _SHOWN_PLACES:
        lines.append(f"  and {len(matches) - _SHOWN_PLACES:,} more in this file")
    lines += [f"    {shown.path(step.place.path)}:{step.place.line}   {clean(step.note)}" for step in finding.trace]
    key = finding.key
    if key is not None:
        uses = sorted({f"{shown.path(t.use.place.path)}:{t.use.place.line}   {clean(t.use.sink)}" for t in key.traces})
        lines += [f"  used at {use}" for use in uses[:_SHOWN_PLACES]]
    return "\n".join(lines)
