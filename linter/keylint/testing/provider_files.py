"""Whether a provider file can be used: its kinds can be found, told from ordinary text, and told from other kinds.

See `docs/your-own-keys.md` for what is refused and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from keylint.catalogue import Catalogue, CatalogueError, load
from keylint.catalogue.align import Fit, fit
from keylint.catalogue.fake import fake
from keylint.catalogue.grammar import Form, parse
from keylint.catalogue.load import UnreadableError, builtin_files, line_of
from keylint.catalogue.pattern import marks_of, patterns_of
from keylint.model import KeyKind, Provider
from keylint.testing import ordinary

_SEEDS = 20
_KEYS, _EDITS = 50, 80
_LARGEST_DATABASE = 4_000_000
_MID_WORD_SHARE = 0.01
_TAIL_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, and where; as text `path:line: error: message`."""

    path: Path
    line: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'warning' if self.warning else 'error'}: {self.message}"


@dataclass(frozen=True, slots=True)
class Vetted:
    """What was found in one file."""

    problems: tuple[Problem, ...]
    summary: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """True when there is more than warnings."""
        return any(not problem.warning for problem in self.problems)


def vet(path: Path, others: Sequence[Path] = ()) -> Vetted:
    """Check a provider file beside the installed ones and those of `others` that can be loaded.

    Raises:
        UnreadableError: the file cannot be read, or is no TOML.
    """
    beside = [file for file in builtin_files() if file.resolve() != path.resolve()]
    beside += [other for other in others if _is_loadable(other, beside)]
    try:
        whole, rest = load([*beside, path]), load(beside)
    except UnreadableError:
        raise
    except CatalogueError as error:
        return Vetted((_refused(path, str(error)),))
    file = _File(path, whole, rest)
    problems = tuple(sorted(file.problems(), key=lambda problem: (problem.line, problem.warning)))
    return Vetted(problems, tuple(file.summary()))


def _is_loadable(path: Path, beside: Sequence[Path]) -> bool:
    try:
        load([*beside, path])
    except CatalogueError:
        return False
    return True


def _refused(path: Path, message: str) -> Problem:
    match = re.match(rf"{re.escape(str(path))}:(\d+): ", message)
    return Problem(path, int(match[1]) if match else 1, message[match.end() :] if match else message)


class _File:
    """A provider file that can be loaded."""

    def __init__(self, path: Path, whole: Catalogue, rest: Catalogue) -> None:
        self._path = path
        self._text = path.read_text("utf-8")
        self._whole = whole
        self._rest = rest
        self._kinds = [kind for kind in whole.kinds.values() if kind.id not in rest.kinds]
        self._unmade: set[str] = set()

    def problems(self) -> Iterator[Problem]:
        yield from self._pasted_keys()
        yield from self._unmatchable()
        for number, kind in enumerate(self._kinds):
            for key, message, warning in (
                *((key, message, False) for key, message in self._errors(kind)),
                *((key, message, True) for key, message in self._warnings(kind)),
                *self._ambiguities(kind),
                *self._broad_names(kind),
            ):
                yield Problem(self._path, line_of(self._text, "kind", number, key), f"{kind.id}: {message}", warning)

    def _errors(self, kind: KeyKind) -> Iterator[tuple[str, str]]:
        """Yield the key of the table that is to blame, and why."""
        if kind.context and not kind.context_names and not _contexts(self._whole, kind):
            yield "context", "nothing leads to it: it has neither context_names nor a variable or call that accepts it"
        yield from (("forms", message) for message in self._misjudged(kind))
        taken = [] if kind.context else self._taken_names(kind)
        if taken:
            yield (
                "forms",
                f"too common: {len(taken):,} of {len(ordinary.names()):,} ordinary names are candidates for such a key, like "
                f"{taken[0]}; a longer mark, one with a separator, or context = true tells it apart",
            )

    def _misjudged(self, kind: KeyKind) -> Iterator[str]:
        for number, line in enumerate(kind.forms):
            try:
                keys = [fake(kind.id, seed, catalogue=self._whole, form=number) for seed in range(_SEEDS)]
            except ValueError as error:
                self._unmade.add(kind.id)
                yield str(error)
                continue
            good = [key for key in keys if self._is_accepted(kind, key)]
            if len(good) < len(keys):
                yield f"of {len(keys)} keys made from {line} {len(good)} are recognised as whole ones"
            elif not kind.context and not all(map(self._is_found, keys)):
                yield f"a key made from {line} is not found in a text as a whole"

    def _is_accepted(self, kind: KeyKind, key: str) -> bool:
        judgement = self._whole.judge(key, expected=(kind.id,))
        return judgement.well_formed and kind.id in judgement.kinds

    def _is_found(self, key: str) -> bool:
        spans = [(candidate.start, candidate.end) for candidate in self._whole.recognise(f"x = '{key}'")]
        return (5, 5 + len(key)) in spans

    # Telling it from ordinary text

    def _alone(self, kind: KeyKind) -> Catalogue:
        return Catalogue([Provider("alone", "alone", (kind,))])

    def _taken_names(self, kind: KeyKind) -> list[str]:
        alone = self._alone(kind)
        return [name for name in ordinary.names() if alone.recognise(name)]

    def _warnings(self, kind: KeyKind) -> Iterator[tuple[str, str]]:
        if kind.context or kind.id in self._unmade:
            return
        alone = self._alone(kind)
        anchors = dict.fromkeys(anchor for form in map(parse, kind.forms) for anchor in form.anchors)
        for anchor in anchors:
            tails = [tail for tail in ordinary.tails() if alone.judge(anchor + tail).well_formed]
            if len(tails) > _TAIL_SHARE * len(ordinary.tails()):
                yield (
                    "forms",
                    f"every name of the right length that begins with {anchor} is a whole key, like {anchor}{tails[0]}: "
                    f"a checksum, or characters that no name has, would tell them apart",
                )
        begins = _expression(kind)
        touched = sum(begins.search(name) is not None for name in ordinary.names())
        if touched > _MID_WORD_SHARE * len(ordinary.names()):
            yield (
                "forms",
                f"its beginning stands inside of {touched:,} of {len(ordinary.names()):,} ordinary names: slow",
            )

    # Telling it from other kinds

    def _ambiguities(self, kind: KeyKind) -> Iterator[tuple[str, str, bool]]:
        if kind.context or kind.id in self._unmade:
            return
        own = _samples(kind, self._whole)
        for other in self._whole.kinds.values():
            if other is kind or other.context or (other in self._kinds and other.id < kind.id):
                continue
            keys = [*own, *(_samples(other, self._whole) if _is_related(kind, other) else ())]
            tied = sum(_is_tied(kind, other, key) for key in keys)
            if tied:
                decided = bool(set(_contexts(self._whole, kind)) - set(_contexts(self._whole, other)))
                how = "the variable or call decides" if decided else "and no variable or call of its own decides"
                yield "forms", f"it cannot be told from {other.id} ({other.name}) by its text: {how}", decided

    def _broad_names(self, kind: KeyKind) -> Iterator[tuple[str, str, bool]]:
        for fragment in kind.context_names:
            plain = _squashed(fragment)
            hit = [
                env
                for env in self._whole.env.values()
                if env.provider != kind.provider and plain in _squashed(env.name)
            ]
            issuers = {env.provider for env in hit}
            if hit:
                variables = (
                    f"{len(hit)} variables of other providers" if len(hit) > 1 else "a variable of another provider"
                )
                message = f"context_names: {fragment} also stands in {variables}, like {hit[0].name}"
                yield "context_names", message, len(issuers) == 1

    # The file as a whole

    def _pasted_keys(self) -> Iterator[Problem]:
        from keylint.status.plaintext import detector

        looks_like_key = detector(self._whole)
        for number, line in enumerate(self._text.splitlines(), 1):
            if looks_like_key(line):
                message = "this looks like a key: a provider file holds none; examples are stored as SHA-256 and length"
                yield Problem(self._path, number, message)

    def _unmatchable(self) -> Iterator[Problem]:
        """Yield the kinds whose expressions Hyperscan refuses, or needs too much memory for."""
        import hyperscan

        for number, kind in enumerate(self._kinds):
            expressions = [pattern.regex for pattern in patterns_of(marks_of([kind]))]
            line = line_of(self._text, "kind", number, "forms")
            try:
                size = _database_size(expressions) if expressions else 0
            except hyperscan.error as error:
                yield Problem(self._path, line, f"{kind.id}: the matcher refuses its expression: {error}")
                continue
            if size > _LARGEST_DATABASE:
                yield Problem(self._path, line, f"{kind.id}: its expression takes {size / 1e6:.1f} MB: too large")

    def summary(self) -> Iterator[str]:
        """Yield what the file gives, and how well each kind is checked."""
        from keylint.catalogue.measure import measure

        variables = {env.name for env in self._whole.env.values()} - set(self._rest.env)
        calls = set(self._whole.sinks) - set(self._rest.sinks)
        yield (
            f"{self._path}: {_count(len(self._kinds), 'kind')} of key, {_count(len(variables), 'variable')}, "
            f"{_count(len(calls), 'call')}"
        )
        for kind in self._kinds:
            if kind.id in self._unmade:
                continue
            found = measure(kind, self._whole, _KEYS, _EDITS)
            tallies = (found.typos, found.tails, found.heads, found.transpositions)
            edits, caught = sum(tally.edits for tally in tallies), sum(tally.caught for tally in tallies)
            yield (
                f"  {kind.id}: {found.accepted} of {found.keys} made-up keys recognised, "
                f"{caught} of {edits} slips of the hand caught"
            )


def _database_size(expressions: Sequence[bytes]) -> int:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    count = len(expressions)
    database.compile(ids=list(range(count)), expressions=list(expressions), flags=[0] * count, elements=count)
    size: int = database.size()
    return size


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _expression(kind: KeyKind) -> re.Pattern[str]:
    return re.compile("|".join(p.regex.decode() for p in patterns_of(marks_of([kind])) if not p.split))


def _contexts(catalogue: Catalogue, kind: KeyKind) -> list[str]:
    """Return what leads to a kind besides its text: variables, calls, fragments of names."""
    names = [env.name for env in catalogue.env.values() if kind.id in env.accepts]
    calls = [call for call, sinks in catalogue.sinks.items() if any(kind.id in sink.accepts for sink in sinks)]
    return [*names, *calls, *kind.context_names]


def _samples(kind: KeyKind, catalogue: Catalogue) -> list[str]:
    forms = range(len(kind.forms))
    return [fake(kind.id, seed, catalogue=catalogue, form=form) for form in forms for seed in range(_SEEDS // 2)]


def _is_related(kind: KeyKind, other: KeyKind) -> bool:
    """Say whether one's beginning is the other's, or one has none."""
    mine, theirs = _anchors(kind), _anchors(other)
    return not mine or any(a.startswith(b) or b.startswith(a) for a in mine for b in theirs)


def _anchors(kind: KeyKind) -> list[str]:
    return [anchor for form in map(parse, kind.forms) for anchor in form.anchors]


def _is_tied(kind: KeyKind, other: KeyKind, key: str) -> bool:
    """Say whether a key is a whole one of both kinds, and neither is proven nor says more about the text."""
    one, two = _best(kind, key), _best(other, key)
    return one is not None and one == two


def _best(kind: KeyKind, key: str) -> tuple[bool, int] | None:
    found = [(result, form) for form in map(parse, kind.forms) if (result := fit(form, key)) is not None]
    return max((_rank(result, form) for result, form in found if not result.fault and not result.foreign), default=None)


def _rank(found: Fit, form: Form) -> tuple[bool, int]:
    return found.proven, form.fixed


def _squashed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
