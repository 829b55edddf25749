"""A literal's name in source code -> candidates. What the tree and the scanner of signs share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from keylint.generic._binding import LARGE, LOGINS, LONGEST_VALUE, PASSWORD_AT, SETTER, flat, held, is_authorization
from keylint.generic._codewords import place
from keylint.generic.candidate import Candidate, Form
from keylint.readers.source_names import called
from keylint.readers.source_text import Token, value_of

Bound = tuple[str, Form]
"""The wanted name that a literal is bound to, and how."""
NOTHING: Bound = ("", Form.BOUND)
ANNOTATION = "@Value"
FLAG = re.compile(r"--?([A-Za-z][\w-]{1,80})(=?)")

_VALUE = re.compile(r"\\?\$\{([\w.-]{1,100}):(?!\$)([^{}]+)\}")


class Names:
    """Asks about the names of one file."""

    __slots__ = ("_known", "_wanted", "text")

    def __init__(self, text: str, wanted: Callable[[str], bool]) -> None:
        self.text = text
        self._wanted = wanted
        self._known: dict[str, bool] = {}

    def wanted(self, name: str) -> bool:
        """Ask whether a name is a credential's, or the Authorization header's."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = bool(name) and (is_authorization(name) or self._wanted(name))
        return known

    def named(self, name: str, form: Form = Form.BOUND) -> Bound:
        """Return a name if it is wanted."""
        return (name, form) if self.wanted(name) else NOTHING

    def setter(self, function: str, before: str) -> Bound:
        """Return what the first argument of a function is bound to, which may be named for it."""
        setter = SETTER.match(function)
        return self.named(function[setter.end() :] if setter is not None else called(before).setter or "")

    def known(self, function: str, index: int, is_last: bool) -> Bound | None:
        """Return what a later argument is bound to that a function is known for."""
        name = flat(function)
        if name in LOGINS and index == 1 and is_last:
            return "auth", Form.BASIC
        if name == "authenticationheadervalue" and index == 1:
            return "Authorization", Form.HEADER
        return self.named("password") if PASSWORD_AT.get(name) == index else None

    def taken(
        self, bound: Bound, groups: list[list[Token]], *, whole: bool, quoted: bool = True
    ) -> Iterator[Candidate]:
        """Yield what the fixed parts of a literal or a sum hold; beside something computed only what is large."""
        name, form = bound
        for group in groups:
            value = value_of(group)
            if not value.strip() or len(value) > LONGEST_VALUE or not (whole or LARGE.fullmatch(value)):
                continue
            what = self._what(name, form, value)
            if what is not None:
                start, end = place(self.text, group, what[1], what[2])
                yield Candidate(start, end, value[what[1] : what[2]], what[0], what[3], quoted)

    def _what(self, name: str, form: Form, value: str) -> tuple[str, int, int, Form] | None:
        """Return what of a value is the credential's."""
        if form is Form.BOUND:
            return held(name, value)
        if form is Form.COMMAND and (flag := FLAG.match(value)) and flag[2]:
            return name, flag.end(), len(value), form
        if name == ANNOTATION:
            inner = _VALUE.fullmatch(value)
            return (inner[1], *inner.span(2), form) if inner is not None and self.wanted(inner[1]) else None
        return name, 0, len(value), form
