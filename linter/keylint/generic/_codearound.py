"""The names around a place in source code without a tree: of what is assigned to, called, compared, returned."""

from __future__ import annotations

import re
from collections.abc import Callable

from keylint.generic._binding import PLAIN_NAME, flat
from keylint.generic._codebound import Names
from keylint.generic._codescan import Dialect, Sign, inside
from keylint.generic._codewords import KEEPS, getter

FARTHEST = 40
"""How many signs are looked at behind a place."""
OF_TYPES = frozenset({"name", ".", "<", ">", "?", "&", "*", "[", "]", "!", "|", "::", "number", "character"})
_OF_CALLEES = frozenset({"name", ".", "::", "->", "&", "*", "?.", "!", "<", ">"})
_OF_LISTS = frozenset({"name", "[", "]", "<", ">", "::", ".", "number", "!"})
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]+")


class Around(Names):
    """The names, literals and signs of one file, by their number."""

    __slots__ = ("code", "dialect")

    def __init__(self, text: str, dialect: Dialect, code: list[Sign], wanted: Callable[[str], bool]) -> None:
        super().__init__(text, wanted)
        self.dialect = dialect
        self.code = code

    def kind(self, at: int) -> str:
        """Return what stands at a place; nothing before the first and behind the last."""
        return self.code[at].kind if 0 <= at < len(self.code) else ""

    def word(self, at: int) -> str:
        """Return what is written at a place."""
        return self.text[self.code[at].start : self.code[at].end] if 0 <= at < len(self.code) else ""

    def content(self, at: int) -> str:
        """Return what a short literal says."""
        start, end, _ = inside(self.text, self.code[at], self.dialect)
        return self.text[start:end] if end - start <= 200 else ""

    def key(self, before: int, after: int) -> str:
        """Return the name that the argument between two signs is."""
        if after - before == 3 and self.kind(before + 1) in (":", "."):
            before += 1
        if after - before != 2:
            return ""
        word = self.word(before + 1)
        if self.kind(before + 1) == "string":
            name = self.content(before + 1)
            return name.lstrip("#.[") if PLAIN_NAME.fullmatch(name) else ""
        return word if _CONSTANT.fullmatch(word) or self.word(before) == ":" else ""

    def callee(self, at: int) -> str:
        """Return the name of what the bracket at a place calls; nothing where it calls nothing."""
        back = at - 1
        if self.kind(back) == "!":
            back -= 1
        if self.kind(back) == ">":
            back = self.opening(back, "<", ">") - 1
        return self.word(back) if self.kind(back) == "name" else ""

    def before_callee(self, at: int) -> int:
        """Return what stands in front of the name of a function, and of what that belongs to."""
        return self.skip(at, _OF_CALLEES)

    def before_type(self, at: int) -> int:
        """Return what stands in front of the type of a list: `new string[] {`, `Vec<String>{`."""
        return self.skip(at, _OF_LISTS)

    def skip(self, at: int, kinds: frozenset[str]) -> int:
        """Return what stands in front of the signs of some kinds that end before a place."""
        for back in range(at - 1, max(-2, at - FARTHEST), -1):
            if self.kind(back) not in kinds or self.word(back) in ("return", "case"):
                return back
        return -1

    def opening(self, at: int, opens: str, closes: str) -> int:
        """Return the bracket that the one at `at` closes."""
        depth = 0
        for back in range(at, max(-1, at - FARTHEST), -1):
            kind = self.kind(back)
            depth += (kind == closes) - (kind == opens)
            if depth == 0:
                return back
        return 0

    def target(self, at: int) -> str:
        """Return the last name of what ends at a place: a variable with its type, a key, an item, a function."""
        for _ in range(4):
            kind = self.kind(at)
            if kind == "string":
                return self.content(at)
            if kind == "]" or (kind == "}" and self.dialect.raw == "perl"):
                opening = self.opening(at, "[" if kind == "]" else "{", kind)
                if at - opening == 2 and (self.kind(opening + 1) == "string" or kind == "}"):
                    return self.target(opening + 1)
                at = opening - 1
            elif kind == "}":
                at = self.opening(at, "{", "}") - 1  # `Password { get; set; } =`
            elif kind == ")":
                opening = self.opening(at, "(", ")")
                name = self.callee(opening)
                if at - opening == 2 and self.kind(opening + 1) == "string":
                    return self.content(opening + 1)
                if flat(name) not in KEEPS:
                    return getter(name)
                at = opening - 3
            else:
                break
        return self.typed(at) or (self.word(at).lstrip("$@%") if self.kind(at) == "name" else "")

    def typed(self, at: int) -> str:
        """Return the name in front of a type: `password: Option<&str>`."""
        for back in range(at, max(-1, at - 14), -1) if self.dialect.raw != "powershell" else ():  # `$env:PASSWORD`
            if self.kind(back) == ":" and back < at + 1 and self.kind(back - 1) == "name":
                return self.word(back - 1).lstrip("$")
            if self.kind(back) not in OF_TYPES:
                break
        return ""

    def ahead(self, at: int) -> str:
        """Return the last name of the expression that begins at a place."""
        name = ""
        for forward in range(at, min(len(self.code), at + 12)):
            kind = self.kind(forward)
            if kind == "name" and flat(self.word(forward)) not in KEEPS:
                name = self.word(forward).lstrip("$@%")
            elif kind in ("string", "number") or kind not in ("name", ".", "->", "::", "?.", "[", "]", "(", ")"):
                break
        return getter(name)

    def function(self, at: int) -> str:
        """Return the name of the function that a `return` is the first statement of."""
        back = at - 1
        if self.kind(back) == "{":
            back -= 1
        while self.kind(back) in OF_TYPES or self.kind(back) in ("->", ":"):
            back -= 1
        return getter(self.callee(self.opening(back, "(", ")"))) if self.kind(back) == ")" else ""
