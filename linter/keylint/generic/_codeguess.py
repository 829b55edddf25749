"""What a source file binds to the name of a credential, where there is no tree: by what stands around a literal.

It counts behind `name =`, `name:`, `"name" =>`, in `name("…")` and `put("name", "…")`, beside a comparison. Nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from keylint.generic._binding import AUTH, MOST_CANDIDATES, Contents, flat
from keylint.generic._codearound import FARTHEST, OF_TYPES, Around
from keylint.generic._codebound import ANNOTATION, NOTHING, Bound
from keylint.generic._codescan import Dialect, Sign, inside, signs
from keylint.generic._codewords import EQUALS, FALLS_BACK, KEEPS, LOOKUPS, WRAPS, takes_pair
from keylint.generic.candidate import Candidate, Form
from keylint.readers.source_text import Token, tokens

_BINDS = frozenset({"=", ":=", "=>", "??=", "||=", "<-", ":"})
_COMPARES = frozenset(
    {"==", "===", "!=", "!==", "=~", "~=", "-eq", "-ne", "-ceq", "-cne", "-ieq", "-match", "-like", "eq", "ne", "<>"}
)
_FALLBACKS = frozenset({"??", "||", "?:", "or", "orelse"})
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_MOST_STEPS = 12
_SETS_HEADER = frozenset({"setValue", "addValue"})
_SQL_VALUES = frozenset({"by", "password", "identified"})


def read(text: str, dialect: Dialect, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    """Return the literals of a text that are bound to a wanted name, those that `holds` says yes to, and the comments."""
    found = list(signs(text, dialect))
    spans = [inside(text, sign, dialect)[:2] for sign in found if sign.kind == "string"]
    return Contents(
        list(_candidates(_Guess(text, dialect, [sign for sign in found if sign.kind != "comment"], wanted))),
        [(start, end, text[start:end]) for start, end in spans if holds(text[start:end])],
        [(sign.start, sign.end) for sign in found if sign.kind == "comment"],
    )


def _candidates(guess: _Guess) -> Iterator[Candidate]:
    count = at = 0
    while at < len(guess.code) and count < MOST_CANDIDATES:
        if guess.code[at].kind != "string":
            at += 1
            continue
        last = guess.last_of_sum(at)
        for candidate in guess.read(at, last):
            count += 1
            yield candidate
        at = last + 1


class _Listed(NamedTuple):
    """The list that a comma belongs to."""

    opening: int
    """Its bracket."""
    items: int
    """How many items come before the comma."""
    before: int
    """The comma before, or the bracket."""
    texts: bool
    """All of them are literals."""


class _Guess(Around):
    """Looks around the literals of one file."""

    __slots__ = ("lists", "steps")

    def __init__(self, text: str, dialect: Dialect, code: list[Sign], wanted: Callable[[str], bool]) -> None:
        super().__init__(text, dialect, code, wanted)
        self.lists: dict[int, _Listed] = {}
        """By comma."""
        self.steps = 0
        """How far it may still be from a literal to what binds it."""

    # The literal

    def last_of_sum(self, at: int) -> int:
        """Return the last literal of a sum that begins at `at`."""
        while True:
            if self.kind(at + 1) in self.dialect.joins and self.kind(at + 2) == "string":
                at += 2
            elif self.dialect.adjacent and self.kind(at + 1) == "string":
                at += 1
            else:
                return at

    def read(self, first: int, last: int) -> Iterator[Candidate]:
        """Yield what a literal or a sum of literals holds."""
        bound = self.bound(first, last)
        if bound[0]:
            groups = self.groups(first, last)
            joins = self.dialect.joins
            computed = len(groups) > 1 or self.kind(last + 1) in joins or self.kind(first - 1) in joins
            yield from self.taken(bound, groups, whole=not computed)

    def groups(self, first: int, last: int) -> list[list[Token]]:
        """Return the fixed parts of a sum; a single one where nothing is computed."""
        groups: list[list[Token]] = [[]]
        for sign in self.code[first : last + 1]:
            if sign.kind != "string":
                continue
            at, end, escapes = inside(self.text, sign, self.dialect)
            if self.dialect.marks and self.text[at - 1] != "'":
                for match in re.compile(self.dialect.marks).finditer(self.text, at, end):
                    groups[-1] += tokens(self.text, at, match.start(), escapes)
                    groups.append([])
                    at = match.end()
            groups[-1] += tokens(self.text, at, end, escapes)
        return groups

    # What stands around it

    def bound(self, first: int, last: int) -> Bound:
        """Return the wanted name that a literal is bound to, and how."""
        after = self.kind(last + 1)
        if after in _COMPARES or self.word(last + 1) in _COMPARES:
            return self.named(self.ahead(last + 2))
        if after == "." and self.kind(last + 3) == "(":
            method = flat(self.word(last + 2))
            if method in EQUALS:
                return self.named(self.ahead(last + 4))
            if method not in KEEPS:
                return NOTHING
        at = first - 1
        if self.kind(at) in self.dialect.joins:
            at = self.before_sum(at)
        self.steps = _MOST_STEPS
        return self.behind(at, last)

    def before_sum(self, at: int) -> int:
        """Return what stands in front of the names that a literal is added to."""
        while self.kind(at) in self.dialect.joins and self.kind(at - 1) in ("name", "number"):
            at -= 2
            while self.kind(at) in (".", "->", "::") and self.kind(at - 1) == "name":
                at -= 2
        return at

    def behind(self, at: int, last: int, listed: bool = False) -> Bound:
        """Return the name for a literal behind the sign at `at`."""
        while self.steps > 0:
            self.steps -= 1
            sign, word = self.kind(at), self.word(at)
            if sign in ("&", "*", "@", "!", "?.") or word in ("new", "await", "const", "b", "lazy"):
                at -= 1
            elif sign in _BINDS or (sign in ("->", "name") and word in ("->", "to") and self.kind(at - 1) == "string"):
                return self.behind_bind(at, listed)
            elif sign in _COMPARES or word in _COMPARES:
                return self.named(self.target(at - 1))
            elif sign in _FALLBACKS or word in _FALLBACKS or sign == "?":
                return self.fallback(at)
            elif sign == ",":
                return NOTHING if listed else self.later(at, last)
            elif sign == "(":
                callee = self.callee(at)
                if callee and not self.passes(callee):
                    return self.first(at, callee, last)
                at = self.before_callee(at)
            elif sign in ("[", "{"):
                if listed or (sign == "[" and self.kind(at - 1) in ("name", "]", ")")):
                    return NOTHING
                listed, at = True, self.before_type(at)
            else:
                return self.behind_word(at)
        return NOTHING

    def behind_bind(self, at: int, listed: bool) -> Bound:
        """`name =`, `name:`; `? :` is a condition."""
        if self.kind(at) == ":" and self.is_condition(at):
            return self.fallback(at)
        name = self.target(at - 1)
        if listed and AUTH.fullmatch(name):
            return NOTHING
        return self.named(name)

    def behind_word(self, at: int) -> Bound:
        """`return "…"`, `#define PASSWORD "…"`, and the arguments of calls without brackets."""
        word = self.word(at)
        if self.kind(at) != "name":
            return NOTHING
        if word == "return":
            return self.named(self.function(at))
        if self.word(at - 1) == "define" and self.kind(at - 2) == "#":
            return self.named(word)
        if not self.dialect.bare_calls:
            return NOTHING
        if self.kind(at - 1) == "-":
            return self.named(word, Form.COMMAND)
        if self.dialect.raw == "sql":
            return ("PASSWORD", Form.COMMAND) if word.lower() in _SQL_VALUES else NOTHING
        if flat(word) in WRAPS:
            return self.behind(at - 1, at)
        start = self.code[at].start
        is_first = not self.text[self.text.rfind("\n", 0, start) + 1 : start].strip()
        return self.named(word) if is_first else NOTHING

    def is_condition(self, at: int) -> bool:
        """Say whether the colon at a place belongs to `? :`."""
        depth = 0
        for back in range(at - 1, max(-1, at - FARTHEST), -1):
            kind = self.kind(back)
            depth += (kind in _CLOSES) - (kind in _OPENS)
            if depth < 0 or (depth == 0 and kind in (",", ";", "=", ":")):
                return False
            if depth == 0 and kind == "?":
                return self.kind(back + 1) not in (":", "=", ")", ",")
        return False

    def fallback(self, at: int) -> Bound:
        """`name = … ?? "…"`, or what is looked up in front of it."""
        depth = 0
        looked_up = ""
        for back in range(at - 1, max(-1, at - FARTHEST), -1):
            kind = self.kind(back)
            depth += (kind in _CLOSES) - (kind in _OPENS)
            if kind == "string" and depth == 1 and not looked_up:
                looked_up = self.content(back)
            if depth < 0 or kind == ";":
                break
            if depth == 0 and (kind in ("=", ":=") or (kind == ":" and self.kind(back + 1) not in OF_TYPES - {"name"})):
                name = self.target(back - 1)
                return self.named(name if self.wanted(name) else looked_up)
        return self.named(looked_up or self.target(at - 1))

    # Calls

    def passes(self, callee: str) -> bool:
        """Say whether a function returns its argument, or holds it."""
        name = flat(callee)
        return name in WRAPS and not (name == "set" and callee == "set")

    def first(self, at: int, callee: str, last: int) -> Bound:
        """The first argument: of a setter, a comparison, a default."""
        name = flat(callee)
        if name in EQUALS:
            other = self.ahead(last + 2) if self.kind(last + 1) == "," else self.target(at - 3)
            return self.named(other)
        if name in FALLS_BACK:
            return self.fallback(at - 1)
        if callee in _SETS_HEADER and self.word(last + 2) == "forHTTPHeaderField":
            return self.named(self.content(last + 4) if self.kind(last + 4) == "string" else "")
        if callee == ANNOTATION:
            return ANNOTATION, Form.DEFAULT
        return self.setter(callee, callee)

    def later(self, at: int, last: int) -> Bound:
        """Another argument, or another item of a list."""
        listed = self.listed(at)
        if listed is None:
            return NOTHING
        opening = listed.opening
        callee = self.callee(opening) if self.kind(opening) == "(" else ""
        key = self.key(listed.before, at)
        is_last = self.kind(last + 1) in _CLOSES
        if callee and not (self.passes(callee) and not self.wanted(key)):
            return self.argument(opening, callee, key, listed.items, is_last)
        if self.wanted(key) and is_last and listed.items == 1:
            return key, Form.BOUND
        if not listed.texts:
            return NOTHING
        return self.behind(self.before_callee(opening) if callee else self.before_type(opening), last, listed=True)

    def argument(self, opening: int, callee: str, key: str, index: int, is_last: bool) -> Bound:
        """An argument behind others: behind the name that it gets, or a user's."""
        name = flat(callee)
        if name in EQUALS and index == 1:
            return self.named(self.target(opening + 1))
        known = self.known(callee, index, is_last)
        if known is not None:
            return known
        if takes_pair(callee) and self.wanted(key):
            return key, Form.BOUND
        if LOOKUPS.fullmatch(name) and is_last:
            return self.behind(self.before_callee(opening), opening)
        return NOTHING

    def listed(self, at: int) -> _Listed | None:
        """Return which list the comma at a place belongs to; `None` where its beginning is far away."""
        commas = [at]
        known: _Listed | None = None
        depth = 0
        for back in range(at - 1, max(-1, at - 10 * FARTHEST), -1):
            kind = self.kind(back)
            if depth == 0 and (kind in _OPENS or back in self.lists):
                known = self.lists.get(back) or _Listed(back, 0, back, True)
                break
            if depth == 0 and kind in (",", ";"):
                if kind == ";":
                    return None
                commas.append(back)
            depth += (kind in _CLOSES) - (kind in _OPENS)
        if known is None:
            return None
        before = back
        for comma in reversed(commas):
            kinds = {self.kind(each) for each in range(before + 1, comma)}
            known = _Listed(
                known.opening, known.items + 1, before, known.texts and kinds <= {"string", *self.dialect.joins}
            )
            self.lists[comma] = known
            before = comma
        return known
