"""A look at Python text before it is parsed: its comments, and whether a parser survives it and the run can pay it.

LibCST's parser recurses on the C stack and has no limit of its own: a few thousand nested parentheses kill the process,
and some nestings cost it exponential time. This scan is linear and follows strings and f-strings as the tokenizer does.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MAX_DEPTH = 600
_MAX_BRACKETS = 100
_MAX_ELIFS = 1_000
# A token costs a kilobyte and 25 µs once its tree is built; the largest modules in use have 90,000.
_MAX_TOKENS = 300_000
_FREE_DEPTH = 16
_BUDGET = 300_000

_TOKEN = re.compile(
    r"""\"{3}|'{3}|["']|\#[^\r\n]*|[(\[{]|[)\]}]|\\(?:\r\n?|[\n"'])|[\r\n]+[ \t\f]*(?:case\b)?|[,;:]|[.+\-*/%@&|^~]"""
    r"""|\b(?:not|and|or|if|else|elif|lambda)\b""",
    re.VERBOSE,
)
_STRING_END = {
    quote: re.compile(rf"(?:[^\\{quote[0]}]|\\.|{quote[0]}(?!{quote[0] * 2}))*+{quote}", re.DOTALL)
    if len(quote) == 3
    else re.compile(rf"(?:[^\\{quote}\r\n]|\\.)*+{quote}", re.DOTALL)
    for quote in ('"', "'", '"""', "'''")
}
_TEMPLATE_PART = re.compile(r"\"{3}|'{3}|[\"']|\{\{|[{]|\\\{|\\.|[\r\n]", re.DOTALL)

_FORMAT_PART = re.compile(r"\"{3}|'{3}|[\"'{}\r\n]")


class Scan(NamedTuple):
    """Offsets of the comments (`#` included), or why the text is not parsed."""

    comments: list[tuple[int, int]]
    problem: str | None


class _Level:
    """One open bracket: how deep the tree below it gets."""

    __slots__ = ("in_format", "inner", "links", "template")

    def __init__(self, template: str | None = None, in_format: bool = False) -> None:
        self.links = 0
        self.inner = 0
        self.template = template
        """The quote of the f-string that this brace belongs to."""
        self.in_format = in_format
        """True when the brace stands in another one's format: `f"{x:{width}}"`."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.comments: list[tuple[int, int]] = []
        self.levels = [_Level()]
        self.links = 0
        self.cost = 0
        self.elifs = 0
        self.case = False

    def run(self) -> str | None:
        position = 0
        search = _TOKEN.search
        tokens = 0
        while (match := search(self.text, position)) is not None:
            position = self._take(match)
            tokens += 1
            if tokens > _MAX_TOKENS:
                return f"more than {_MAX_TOKENS:,} tokens: matched as text"
            deep = self.levels[-1].links + self.levels[-1].inner > _MAX_DEPTH or len(self.levels) > _MAX_BRACKETS
            if deep or self.cost > _BUDGET or self.elifs > _MAX_ELIFS:
                return self._problem(match.start())
        return None

    def _take(self, match: re.Match[str]) -> int:
        """Take one token and return where to go on."""
        token, position = match[0], match.end()
        first = token[0]
        if first in "([{":
            self._open(None)
        elif first in ")]}":
            return self._close(position)
        elif first in "\"'":
            return self._string(match.start(), token)
        elif first in ",;":
            self._separate()
        elif first in "\r\n":
            if len(self.levels) == 1:
                self._separate()
                self.case = token.endswith("case")
        elif first == ":":
            return self._format(position)
        elif first == "#":
            self.comments.append(match.span())
        elif first != "\\":
            self._link(token)
        return position

    def _problem(self, offset: int) -> str:
        return f"line {self.text.count(chr(10), 0, offset) + 1}: nested too deeply to parse"

    def _link(self, token: str) -> None:
        self.levels[-1].links += 1
        self.links += 1
        self.elifs += token == "elif"
        self.cost += max(0, self.links - _FREE_DEPTH)

    def _separate(self) -> None:
        level = self.levels[-1]
        self.links -= level.links
        level.links = level.inner = 0

    def _open(self, template: str | None, in_format: bool = False) -> None:
        self._link("(")
        self.levels.append(_Level(template, in_format))
        self.links += 1
        depth = len(self.levels)
        if self.case and depth > 4:
            self.cost += 4 ** min(depth, 12)
        self.cost += max(0, self.links - _FREE_DEPTH)

    def _close(self, position: int) -> int:
        if len(self.levels) == 1:
            return position
        level = self.levels.pop()
        self.links -= level.links + 1
        outer = self.levels[-1]
        outer.inner = max(outer.inner, level.links + level.inner + 1)
        if level.template is None:
            return position
        return self._format(position) if level.in_format else self._template(position, level.template)

    def _format(self, position: int) -> int:
        """Skip the format of an f-string's expression (`:>10`), up to its brace or to the next expression in it."""
        quote = self.levels[-1].template
        if quote is None:
            return position
        match = _FORMAT_PART.search(self.text, position)
        if match is None:
            return len(self.text)
        if match[0] == "{":
            self._open(quote, in_format=True)
        elif match[0] == "}":
            return self._close(match.end())
        elif match[0] == quote:
            self.links -= self.levels.pop().links + 1
        return match.end()

    def _string(self, start: int, quote: str) -> int:
        before = self.text[max(0, start - 2) : start].lower()
        end = start + len(quote)
        if before[-1:] in ("f", "t") or (before[-1:] == "r" and before[:1] in ("f", "t")):
            return self._template(end, quote)
        match = _STRING_END[quote].match(self.text, end)
        return match.end() if match is not None else end

    def _template(self, position: int, quote: str) -> int:
        """Go on in the text part of an f-string, up to its end or to the next expression in it."""
        while (match := _TEMPLATE_PART.search(self.text, position)) is not None:
            token = match[0]
            position = match.end()
            if token == "{" or token == "\\{":
                self._open(quote)
                return position
            if token == quote or (token[:1] in "\"'" and token.startswith(quote)):
                return match.start() + len(quote)
            if token[0] in "\r\n" and len(quote) == 1:
                return position
        return len(self.text)


def scan(text: str) -> Scan:
    """Find the comments of a module and refuse what is nested too deeply."""
    scanner = _Scanner(text)
    problem = scanner.run()
    return Scan(scanner.comments, problem)
