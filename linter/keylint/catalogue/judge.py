"""The verdict of the grammar on one value: what kind of key it is, and what is wrong with it, where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from keylint.catalogue.align import Explanation, Fit, align, fit, plural, read_anyway
from keylint.catalogue.charsets import LOOKALIKES, ZERO_WIDTH
from keylint.catalogue.context import ContextNames, words
from keylint.catalogue.grammar import Checksum, Form, Literal, parse
from keylint.catalogue.pattern import Mark, is_distinctive
from keylint.catalogue.placeholder import MASKED, PLACEHOLDER, SURROUNDING, classify
from keylint.catalogue.prefix import damaged_prefix
from keylint.catalogue.published import Published, defect_of, defects_of
from keylint.catalogue.recognise import Recogniser, armour_of
from keylint.model import GENERIC, Claims, Confidence, Defect, Judgement, KeyKind, PublicExample

MAX_LENGTH = 20_000

# What surrounds a key, by what to call it.
_QUOTES = "\"'`"
_CLASSES = {PLACEHOLDER: "a placeholder, not a key", MASKED: "a masked key: part of it is hidden"}


class _Peeled(NamedTuple):
    key: str
    defects: tuple[Defect, ...]


class _Verdict(NamedTuple):
    """What the grammar of some kinds says about a key."""

    kinds: tuple[str, ...]
    well_formed: bool = False
    proven: bool = False
    defects: tuple[Defect, ...] = ()
    claims: Claims = Claims()


class _Try(NamedTuple):
    """A kind, one of its forms, and how a key fits."""

    kind: KeyKind
    form: Form
    fit: Fit | None


class Judge:
    """Judges values by the kinds of one catalogue."""

    def __init__(self, kinds: Mapping[str, KeyKind], recogniser: Recogniser, names: ContextNames) -> None:
        self._kinds = kinds
        self._recogniser = recogniser
        self._names = names

    def __call__(self, value: str, name: str | None, expected: Sequence[str]) -> Judgement:
        """Judge `value`; see `Catalogue.judge`."""
        key, defects = _peel(value)
        if not key or len(key) > MAX_LENGTH:
            return Judgement(defects=defects, key=key)
        named = tuple(kind.id for kind in self._named(name))
        public = self._published.find(key, (*expected, *named))
        if public is not None:
            return self._judge_public(key, defects, *public)
        code = classify(key)
        if code is not None:
            return Judgement(
                self._likely(key, name, expected), defects=(*defects, Defect(code, _CLASSES[code])), key=key
            )
        verdict = self._verdict(key, name, expected)
        found = (*defects, *verdict.defects, *defects_of(verdict.claims, verdict.kinds, self._kinds))
        return Judgement(verdict.kinds, verdict.well_formed, verdict.proven, found, verdict.claims, key)

    @cached_property
    def _published(self) -> Published:
        return Published(self._kinds.values())

    def _judge_public(self, key: str, defects: tuple[Defect, ...], kind: KeyKind, example: PublicExample) -> Judgement:
        found = [t for t in self._tries((kind,), key) if t.fit is not None and not t.fit.fault]
        claims = next((t.fit.claims for t in found if t.fit is not None), Claims())
        return Judgement((kind.id,), bool(found), False, (*defects, defect_of(example)), claims, key)

    def _likely(self, key: str, name: str | None, expected: Sequence[str]) -> tuple[str, ...]:
        """The kinds that a placeholder or masked key stands in for."""
        marks = self._recogniser.leading(key)
        if marks:
            return (
                marks[0].kinds if is_distinctive(marks[0], key) else tuple(k for k in marks[0].kinds if k in expected)
            )
        return tuple(kind.id for kind in self._named(name))

    def _verdict(self, key: str, name: str | None, expected: Sequence[str]) -> _Verdict:
        marks = (*self._recogniser.leading(key), *self._recogniser.inside(key))
        marked = [(mark, self._of(mark)) for mark in marks]
        named = self._named(name)
        # Both sides agreeing is better than either alone.
        named.sort(key=lambda kind: kind.id not in expected)
        wanted = [self._kinds[kind] for kind in expected if kind in self._kinds and self._kinds[kind].context]
        contextual = list(dict.fromkeys((*named, *wanted)))
        tries = self._tries((kind for _, kinds in marked for kind in kinds), key)
        good = [t for t in (*tries, *self._tries(contextual, key)) if _holds(t, key)]
        if good:
            return _well_formed(self._nearest(good, marks, key, name, expected))
        return (
            self._by_mark(key, marked, tries, expected)
            or self._near_name(key, named)
            or self._without_mark(key, expected)
            or _Verdict(())
        )

    def _nearest(
        self, good: Sequence[_Try], marks: Sequence[Mark], key: str, name: str | None, expected: Sequence[str]
    ) -> Sequence[_Try]:
        """Leave out what is less likely than the others: by what the text proves, by its mark, by where it stands."""
        telling = {kind for mark in marks if is_distinctive(mark, key) for kind in mark.kinds}

        def tier(t: _Try) -> int:
            if t.kind.provider == GENERIC:
                return _COMMON
            if t.fit is not None and t.fit.proven and not t.kind.context:
                return 0
            return 1 if t.kind.id in telling else 2

        least = min(map(tier, good))
        likely = [t for t in good if tier(t) == least]
        most = max(t.form.fixed for t in likely)
        likely = [t for t in likely if t.form.fixed > most - _TELLING]
        plain = words(name).replace("_", "") if name else ""
        fitting = [t for t in likely if t.kind.id in expected or t.kind.provider.replace("-", "") in plain]
        # A call that takes any web token takes an issuer's own too.
        common = [t for t in good if least < tier(t) == _COMMON and t.kind.id in expected]
        return [*(fitting or likely), *common]

    # Kinds with a mark of their own

    def _by_mark(
        self, key: str, marked: Sequence[tuple[Mark, list[KeyKind]]], tries: Sequence[_Try], expected: Sequence[str]
    ) -> _Verdict | None:
        foreign = {t.kind.id for t in tries if t.fit is not None and t.fit.foreign}
        only_words = _WORDS.fullmatch(key) is not None
        for mark, kinds in marked:
            telling = not only_words and _is_blamed(mark, key)
            blamed = [kind for kind in kinds if kind.id not in foreign and (telling or kind.id in expected)]
            verdict = self._explained(key, mark, blamed) if blamed else None
            if verdict is not None:
                return verdict
        return None

    def _of(self, mark: Mark) -> list[KeyKind]:
        return [self._kinds[kind] for kind in mark.kinds]

    def _tries(self, kinds: Iterable[KeyKind], key: str) -> list[_Try]:
        return [_Try(kind, form, fit(form, key)) for kind in dict.fromkeys(kinds) for form in map(parse, kind.forms)]

    def _explained(self, key: str, mark: Mark, kinds: Sequence[KeyKind]) -> _Verdict | None:
        """Say what is wrong with a key that has the mark of `kinds` and fits none of their forms."""
        tries = [t for t in self._tries(kinds, key) if not mark.leading or mark.text in t.form.anchors]
        if not tries:
            return None
        faulty = [(t, bad) for t in tries if (bad := t.fit or read_anyway(t.form, key)) is not None]
        if faulty:
            best, fault = faulty[0]
            found = [_faulty(best.kind, fault)]
            claims = fault.claims
            kinds = [t.kind for t, _ in faulty]
        else:
            best, found = self._misfit(key, mark, tries)
            claims = Claims()
            if not mark.leading and not _is_close(key, best.form):
                return None
        certain = is_distinctive(mark, key)
        defects = tuple(d if certain else Defect("KL211", d.message, False, d.remove) for d in found)
        order = dict.fromkeys((best.kind.id, *(kind.id for kind in kinds)))
        return _Verdict(tuple(order), defects=defects, claims=claims)

    def _misfit(self, key: str, mark: Mark, tries: Sequence[_Try]) -> tuple[_Try, list[Defect]]:
        head = len(mark.text) if mark.leading else 0
        explained = [(align(t.form, key, head), t) for t in tries]
        explanation, best = min(explained, key=lambda pair: pair[0].cost)
        odd = self._odd(key, best)
        if odd is not None:
            return best, [odd]
        if explanation.missing or explanation.excess:
            return best, [self._length(key, head, explanation, best, tries)]
        return best, [_position(best, key, explanation)]

    def _odd(self, key: str, best: _Try) -> Defect | None:
        """The defect of characters that the form has nowhere."""
        spots = [i for i, char in enumerate(key) if char not in best.form.charset]
        if not spots:
            return None
        cleaned = "".join(char for char in key if char in best.form.charset)
        remove = tuple((i, i + 1) for i in spots) if _is_good(best.form, cleaned) else ()
        first = key[spots[0]]
        message = f"character {spots[0] + 1} is {describe(first)}"
        if first.isascii() and first.isprintable() and first != " ":
            plain = _unescaped(key)
            if plain != key and _is_good(best.form, plain):
                return Defect(
                    "KL211", f"{message}: the key is escaped, and no key any more where nothing undoes that", False
                )
            message += ", which no such key has"
        if len(spots) > 1:
            message += f", and {plural(len(spots) - 1, 'more character')} like it"
        return _defect(best.kind, "KL203", message, remove)

    def _length(self, key: str, head: int, explanation: Explanation, best: _Try, tries: Sequence[_Try]) -> Defect:
        kind, form = best.kind, best.form
        halves = _halves(key, head, [t.form for t in tries if t.kind is kind])
        if halves:
            return _defect(kind, "KL201", halves)
        if explanation.missing:
            return self._short(key, explanation, best, tries)
        if len(key) <= form.max and any(isinstance(s, Checksum) for s in form.segments):
            return _defect(kind, "KL202", "the parts of the key do not fit together: mistyped")
        cut = _superfluous(form, key, head, explanation.excess)
        if cut is not None:
            which = (
                f"character {cut + 1}"
                if explanation.excess == 1
                else f"characters {cut + 1} to {cut + explanation.excess}"
            )
            message = f"{plural(explanation.excess, 'character')} too many: the checksum holds without {which}"
            return _defect(kind, "KL201", message, ((cut, cut + explanation.excess),))
        message = f"{plural(explanation.excess, 'character')} too many: {len(key)}, known is {form.max}"
        return Defect("KL211", message, False)

    def _short(self, key: str, explanation: Explanation, best: _Try, tries: Sequence[_Try]) -> Defect:
        form = best.form
        fixed = best.kind.lengths == "fixed"
        if len(key) >= form.min:
            return _defect(
                best.kind, "KL201", f"cut off: it ends {explanation.where}", certain=fixed or explanation.decided
            )
        known = str(form.min) if form.min == form.max else f"at least {form.min}"
        message = f"{plural(explanation.missing, 'character')} short: {len(key)} of {known}"
        return _defect(best.kind, "KL201", message, certain=fixed and len(key) < min(t.form.min for t in tries))

    # Kinds without a mark: only a name or a sink says what they are

    def _named(self, name: str | None) -> list[KeyKind]:
        return list(self._names.kinds(name)) if name else []

    def _near_name(self, key: str, named: Sequence[KeyKind]) -> _Verdict | None:
        for attempt in self._tries(named, key):
            kind, form, found = attempt
            if found is not None and found.fault:
                return _Verdict((kind.id,), defects=(_faulty(kind, found),), claims=found.claims)
            if found is None and _is_near(key, form):
                _, defects = self._misfit(key, _NO_MARK, [attempt])
                return _Verdict((kind.id,), defects=tuple(defects))
        return None

    def _without_mark(self, key: str, expected: Sequence[str]) -> _Verdict | None:
        """Recognise a key that is expected here and whose first characters are lost or mistyped."""
        for kind in (self._kinds[kind] for kind in expected if kind in self._kinds):
            for damage in (damaged_prefix(form, key) for form in map(parse, kind.forms)):
                if damage is not None:
                    defect = _defect(
                        kind, "KL201" if damage.lost else "KL202", damage.message, certain=damage.fit.proven
                    )
                    return _Verdict((kind.id,), defects=(defect,), claims=damage.fit.claims)
        return None


# So much more fixed text than another form has does not stand in a key by chance.
_TELLING = 4
_COMMON = 3
_NO_MARK = Mark("", (), False, False, True, 0, "", "", 0, 0, (), "", "", "")


# No issuer makes keys of words alone: a name that begins like a key, `tss_transport_layer_options`.
_WORDS = re.compile(r"(?:[a-z]+[_.-])+[a-z]+|(?:[A-Z]+[_.-])+[A-Z]+")


def _holds(attempt: _Try, key: str) -> bool:
    """Say whether a key has a form, and is more than words put together in one that anything has."""
    found = attempt.fit
    if found is None or found.fault or found.foreign:
        return False
    return found.proven or _WORDS.fullmatch(key) is None


def _well_formed(good: Sequence[_Try]) -> _Verdict:
    # Best: proven, then the one that says most about its text.
    def rank(t: _Try) -> tuple[bool, bool, int, int]:
        proven = t.fit is not None and t.fit.proven
        return t.kind.provider == GENERIC, not proven, -t.form.fixed, t.form.max - t.form.min

    ranked = sorted(good, key=rank)
    best = ranked[0].fit
    claims = next((t.fit.claims for t in ranked if t.fit is not None and t.fit.claims != Claims()), Claims())
    kinds = tuple(dict.fromkeys(t.kind.id for t in ranked))
    return _Verdict(kinds, True, best is not None and best.proven, claims=claims)


def _is_blamed(mark: Mark, key: str) -> bool:
    """Say whether a misfit with this mark is a damaged key at all, and not just another text that starts so."""
    if not is_distinctive(mark, key):
        return False
    return not mark.weak or re.match(mark.shape, key) is not None


def _is_close(key: str, form: Form) -> bool:
    return 0.6 * form.min <= len(key) <= 1.4 * form.max


def _is_near(key: str, form: Form) -> bool:
    """A slip of the hand away: a few characters lost or added, or one or two wrong."""
    strange = sum(char not in form.charset for char in key)
    gap = max(form.min - len(key), len(key) - form.max, 0)
    return form.min >= 16 and ((gap <= 3 and strange == 0) or (gap <= strange <= 2))


def _is_good(form: Form, key: str) -> bool:
    found = fit(form, key)
    return found is not None and not found.fault and not found.foreign


def _defect(
    kind: KeyKind, code: str, message: str, remove: tuple[tuple[int, int], ...] = (), certain: bool = True
) -> Defect:
    """Only facts of high confidence refute a key; the others make it suspicious."""
    if certain and kind.confidence is Confidence.HIGH:
        return Defect(code, message, True, remove)
    return Defect("KL211", message, False, remove)


def _faulty(kind: KeyKind, found: Fit) -> Defect:
    """The defect of a key whose checksum or structure does not hold."""
    return _defect(kind, "KL201" if found.truncated else "KL202", found.fault, certain=not found.doubtful)


def _position(best: _Try, key: str, explanation: Explanation) -> Defect:
    kind = best.kind
    at, segment = explanation.spot
    if isinstance(segment, Literal):
        start = explanation.segment_start + 1
        end = start + len(segment.text) - 1
        where = f"character {start}" if start == end else f"characters {start} to {end}"
        return _defect(kind, "KL202", f"`{segment.text}` is missing: it belongs at {where}")
    if segment is None or at >= len(key):
        return _defect(kind, "KL202", "the parts of the key do not fit together")
    if isinstance(segment, Checksum) and best.form.min != best.form.max:
        return _defect(kind, "KL202", f"the last {segment.min} characters are no checksum: mistyped or cut off")
    charset = segment.charset.name
    return _defect(kind, "KL203", f"character {at + 1} is {describe(key[at])}, not {charset}")


def describe(char: str) -> str:
    """Say what a character is, without ever printing an invisible one."""
    if char in ZERO_WIDTH:
        return f"invisible (U+{ord(char):04X}, zero width)"
    if char in LOOKALIKES:
        script = unicodedata.name(char, "other").split()[0].capitalize()
        return f"{script} `{char}` that looks like `{LOOKALIKES[char]}`"
    if char == " ":
        return "a blank"
    if char in "\r\n":
        return "a line break"
    if not char.isprintable() or char.isspace():
        return f"U+{ord(char):04X}"
    return f"`{char}`"


def _halves(key: str, head: int, forms: Sequence[Form]) -> str:
    """Say on which side of a fixed marker inside the key characters are missing; empty when that is not clear."""
    markers = {
        (i, s.text)
        for form in forms
        for i, s in enumerate(form.segments)
        if 1 < i < len(form.segments) - 1 and isinstance(s, Literal) and len(s.text) >= 4
    }
    if len(markers) != 1:
        return ""
    index, marker = markers.pop()
    if not all(len(f.segments) > index and isinstance(f.segments[index], Literal) and f.min == f.max for f in forms):
        return ""
    at = key.find(marker, head)
    if at < 0:
        return ""
    have = (at - head, len(key) - at - len(marker))
    wanted = {
        (sum(s.min for s in f.segments[:index]) - head, sum(s.min for s in f.segments[index + 1 :])) for f in forms
    }
    if all(before == after for before, after in wanted):
        return _unequal(marker, have, {before for before, _ in wanted})
    for before, after in wanted:
        for mine, want, other, side in (
            (have[0], before, have[1] == after, "before"),
            (have[1], after, have[0] == before, "behind"),
        ):
            if other and mine < want:
                return f"{plural(want - mine, 'character')} lost {side} `{marker}`: {mine} of {want}"
    return ""


def _unequal(marker: str, have: tuple[int, int], known: set[int]) -> str:
    before, after = have
    if before == after:
        return ""
    text = f"the halves around `{marker}` differ: {before} before, {after} after"
    gap = abs(before - after)
    if max(have) in known:
        return f"{text}: {plural(gap, 'character')} lost {'before' if before < after else 'behind'}"
    if min(have) in known:
        return f"{text}: {plural(gap, 'character')} too many {'before' if before > after else 'behind'}"
    return text


def _superfluous(form: Form, key: str, head: int, count: int) -> int | None:
    """Return where to take `count` characters away so that the checksum holds."""
    if count > 3 or len(key) > 400 or not any(isinstance(s, Checksum) for s in form.segments):
        return None
    for at in range(len(key) - count, head - 1, -1):
        found = fit(form, key[:at] + key[at + count :])
        if found is not None and found.proven and not found.fault:
            return at
    return None


def _unescaped(key: str) -> str:
    from urllib.parse import unquote

    return unquote(key.replace("\\", ""))


def _peel(value: str) -> _Peeled:
    """Take off what surrounds the key, and the invisible characters inside; say so, with the ranges to remove."""
    start = len(value) - len(value.lstrip(SURROUNDING))
    end = len(value.rstrip(SURROUNDING))
    if end <= start:
        return _Peeled("", ())
    defects: list[Defect] = []
    if (start or end < len(value)) and not armour_of(value):
        ranges = tuple(r for r in ((0, start), (end, len(value))) if r[0] < r[1])
        defects.append(Defect("KL204", _surrounded(value[:start], value[end:]), True, ranges))
    inner = value[start:end]
    hidden = [i for i, char in enumerate(inner) if char in ZERO_WIDTH]
    if hidden:
        ranges = tuple((start + i, start + i + 1) for i in hidden)
        more = f" and {plural(len(hidden) - 1, 'more')}" if len(hidden) > 1 else ""
        defects.append(
            Defect("KL203", f"character {start + hidden[0] + 1} is {describe(inner[hidden[0]])}{more}", True, ranges)
        )
        inner = "".join(char for char in inner if char not in ZERO_WIDTH)
    return _Peeled(inner, tuple(defects))


def _surrounded(before: str, after: str) -> str:
    both = before + after
    if set(both) & set(_QUOTES):
        return (
            "quotes are part of the value"
            if not set(both) - set(_QUOTES)
            else "quotes and other characters around the key are part of the value"
        )
    if "\ufeff" in before:
        return "a byte order mark stands before the key"
    if set(both) & set("\u200b\u200c\u200d\u2060\ufeff"):
        return "invisible characters (zero width) stand around the key"
    if "\n" in after or "\r" in after:
        return "a line break (CR LF) ends the value" if "\r\n" in after else "a line break ends the value"
    places = [place for text, place in ((before, "before"), (after, "behind")) if text]
    return f"white space stands {' and '.join(places)} the key"
