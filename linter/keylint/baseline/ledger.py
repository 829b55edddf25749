"""What a baseline comes to in one run: what it silences, which of its entries are used, and what is said of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from keylint.baseline.entries import Baseline, Binding, Entry
from keylint.model import Confidence, Finding

_NAMED = 5
_KEY = "key"


class Match(NamedTuple):
    """A finding of this run, what binds it, and the entries that name it."""

    finding: Finding
    binding: Binding
    entries: tuple[Entry, ...]


class Ledger:
    """Applies one baseline to the findings of one run. With `recording`, what is new becomes an entry."""

    def __init__(self, baseline: Baseline, name: str, today: date, *, recording: bool = False) -> None:
        self.baseline = baseline
        self.name = name
        """How messages call the file: its path, absolute or from the current directory."""
        self.recording = recording
        self.matches: list[Match] = []
        self.count = 0
        """How many findings were silenced."""
        self.today = today
        self._unused: tuple[Entry, ...] = ()

    def silence(self, findings: Iterable[Finding], bind: Callable[[Finding], Binding]) -> tuple[Finding, ...]:
        """Return the findings that are left."""
        kept = []
        for finding in findings:
            binding = bind(finding)
            entries = self.baseline.of_binding(binding)
            self.matches.append(Match(finding, binding, entries))
            # Of two lines about one finding the one that has ended counts: it was written later, by somebody who cared.
            holds = all(entry.holds(self.today) for entry in entries) if entries else self.recording
            if holds:
                self.count += 1
            else:
                kept.append(finding)
        return tuple(kept)

    def settle(self, covers: Callable[[Entry], bool]) -> None:
        """Tell which entries the run could have used: those of the files that it looked at and the rules that it asked."""
        known = {entry.id for match in self.matches for entry in match.entries}
        known.update(entry.id for entry in self.baseline.orphans)
        self._unused = tuple(entry for entry in self.baseline.entries if entry.id not in known and covers(entry))

    def mask(self, discreet: Callable[[Finding], Finding]) -> None:
        """Put masks in the place of keys in names of files."""
        self.matches = [match._replace(finding=discreet(match.finding)) for match in self.matches]

    @property
    def unused(self) -> tuple[Entry, ...]:
        """The entries that name nothing that is still there."""
        return self._unused

    @property
    def ended(self) -> tuple[Entry, ...]:
        """The entries that name something that is there, and do not hold any more."""
        return tuple({e.id: e for match in self.matches for e in match.entries if not e.holds(self.today)}.values())

    @property
    def named(self) -> tuple[Entry, ...]:
        """The entries that notes name."""
        return (*self.ended[:_NAMED], *self._unused[:_NAMED], *self.baseline.orphans[:_NAMED])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said on the error stream."""
        ended = self.ended
        notes = [
            f"{self.name}:{entry.line}: the entry for {entry.code} in {entry.path} ended on {entry.until}; it is reported again"
            for entry in ended[:_NAMED]
        ]
        if len(ended) > _NAMED:
            notes.append(f"{self.name}: {len(ended) - _NAMED:,} more entries have ended")
        if self._unused and not self.recording:
            one = len(self._unused) == 1
            notes.append(
                f"{self.name}: {'an entry' if one else f'{len(self._unused):,} entries'} without a finding "
                f"({_named(self._unused)}); `keylint baseline prune {self.name}` drops {'it' if one else 'them'}"
            )
        orphans = self.baseline.orphans
        if orphans:
            notes.append(f"{self.name}: the header of {_named(orphans)} is not in the file: what they name is reported")
        return tuple(notes)

    def recorded(self) -> Baseline:
        """Return the baseline of what was found: what is gone is dropped, what is known keeps what is written about it."""
        dropped = {entry.id for entry in self._unused}
        kept = {entry.id: entry for entry in self.baseline.entries if entry.id not in dropped}
        groups: dict[str, list[Match]] = {}
        for match in self.matches:
            groups.setdefault(self.baseline.salts[0].id_of(match.binding), []).append(match)
        for id_, matches in groups.items():
            known = matches[0].entries
            fresh = _described(matches, known[0].id if known else id_)
            for entry in known:  # several, where two branches wrote down the same finding, each with its salt
                del kept[entry.id]
                written = entry.merged(fresh)
                fresh = replace(fresh, reason=written.reason, until=written.until)
            kept[fresh.id] = fresh
        return Baseline.of(self.baseline.salts, kept.values())

    def including(self, matches: Iterable[tuple[Match, str | None]]) -> Baseline:
        """Return the baseline with an entry for each of some findings, and a reason for it; what is written stays."""
        fresh = []
        for match, reason in matches:
            if not match.entries:
                entry = _described([match], self.baseline.salts[0].id_of(match.binding))
                fresh.append(replace(entry, reason=reason))
        return Baseline.of(self.baseline.salts, (*self.baseline.entries, *fresh))


def _described(matches: Sequence[Match], id_: str) -> Entry:
    """Return an entry with what may be said about findings that are one to a baseline."""
    finding, key = matches[0].finding, matches[0].finding.key
    kind = None if key is None else _KEY if key.kind is None else key.kind.id
    names = sorted({match.finding.subject for match in matches} - {""})
    doubt = None if finding.confidence is Confidence.HIGH else finding.confidence.value
    return Entry(id_, finding.code, finding.place.path, names[0] if names else None, kind, doubt)


def _named(entries: Sequence[Entry]) -> str:
    shown = ", ".join(f"{entry.code} in {entry.path}" for entry in entries[:_NAMED])
    return shown if len(entries) <= _NAMED else f"{shown} and {len(entries) - _NAMED:,} more"
