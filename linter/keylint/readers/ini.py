"""INI and its kin as configparser reads them, and Java's `.properties`. Lines of another syntax are read as free text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keylint.model import Channel, FileFacts, Role
from keylint.readers.collect import Collector, branch_environment, plain, spelled
from keylint.readers.interface import Interest

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_SECTION = re.compile(r"\[(.+)\]")
_EQUALS = re.compile("=")
_EQUALS_OR_COLON = re.compile("[=:]")
# configparser hands quotes on; what reads other files of this look takes them off.
_KEEPS_QUOTES = re.compile(
    r"(?:\.(?:ini|cfg)|\.?(?:pypirc|pylintrc|coveragerc|flake8|boto|s3cfg|databrickscfg)|/credentials|/config)\Z",
    re.IGNORECASE,
)

# Blank lines inside a value are part of it; a million of them is no value.
_MOST_BLANK = 100

_KEY = re.compile(r"(?:[^\\=:\s]|\\.)+")
_DELIMITER = re.compile(r"[ \t\f]*[=:]?[ \t\f]*")
_REST = re.compile(r"[^\r\n]*")
_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(r"\\u[0-9a-fA-F]{4}|\\(?:\r\n|[\r\n])[ \t\f]*|\\.|[^\\\r\n]+|\\")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

_Token = tuple[str, int, int]


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read an INI-like file. There is always something to read, and so never a `problem`."""
    collect = Collector(text, path, interest, Channel.INI, environment)
    if path.lower().endswith(".properties"):
        _properties(collect)
    else:
        _ini(collect)
    return FileFacts(path, definitions=tuple(collect.definitions))


def _ini(collect: Collector) -> None:
    text = collect.text
    keeps_quotes = _KEEPS_QUOTES.search(collect.path) is not None
    delimiter = _EQUALS if collect.path.endswith("npmrc") else _EQUALS_OR_COLON
    section: _Key | None = None
    option: _Option | None = None
    for start, end in _lines(text):
        indent = start
        start = indent + len(text[indent:end]) - len(text[indent:end].lstrip())
        if start >= end:
            if option is not None:
                option.blank += 1
            continue
        width = start - indent
        if text[start] in "#;":
            collect.free(start, end, Role.COMMENT)
        elif option is not None and width > option.indent:
            option.go_on(start, end)
        else:
            _take(collect, option, section, keeps_quotes)
            option = None
            header = _SECTION.match(text, start, end)
            found = delimiter.search(text, start, end)
            if header is not None:
                section = _Key(collect, *header.span(1))
            elif found is not None and found.start() > start:
                option = _Option(collect, start, found.start(), width)
                option.parts.append(_stripped(text, found.end(), end))
            else:
                collect.free(start, end)
    _take(collect, option, section, keeps_quotes)


class _Key:
    """A section or an option: what the file says, and what of it may be shown."""

    def __init__(self, collect: Collector, start: int, end: int) -> None:
        start, end = _stripped(collect.text, start, end)
        self.name = collect.text[start:end]
        self.label = collect.key(self.name, lambda: plain(start, end))


class _Option(_Key):
    """An option with the spans of its value's lines."""

    def __init__(self, collect: Collector, start: int, end: int, indent: int) -> None:
        super().__init__(collect, start, end)
        self.indent = indent
        self.parts: list[tuple[int, int]] = []
        self.blank = 0

    def go_on(self, start: int, end: int) -> None:
        """Take another line of the value, and the blank ones before it."""
        self.parts += [(start, start)] * min(self.blank, _MOST_BLANK)
        self.parts.append((start, end))
        self.blank = 0


def _take(collect: Collector, option: _Option | None, section: _Key | None, keeps_quotes: bool) -> None:
    """Gather what is of interest in an option's value, now that all its lines are known."""
    if option is None:
        return
    text = collect.text
    (start, end), *more = option.parts
    if not more and not keeps_quotes and end - start > 1 and text[start] in "\"'" and text[start] == text[end - 1]:
        start, end = start + 1, end - 1
    tokens: list[_Token] = [(text[start:end], start, end)]
    for left, right in more:
        tokens += [("\n", tokens[-1][2], left), (text[left:right], left, right)]
    value = "".join(token[0] for token in tokens)
    label = f"{section.label}.{option.label}" if section is not None else option.label
    collect.value(
        option.name,
        value,
        lambda: spelled(value, start, tokens[-1][2], tokens),
        lambda: label,
        environment=branch_environment(section.name) if section is not None else None,
    )


def _properties(collect: Collector) -> None:
    text, at = collect.text, 0
    while True:
        at = _end(_SPACE, text, at)
        if at >= len(text):
            return
        if text[at] in "#!":
            start, at = at, _end(_REST, text, at)
            collect.free(start, at, Role.COMMENT)
        else:
            at = _property(collect, at)


def _property(collect: Collector, at: int) -> int:
    """Read one logical line, trailing blanks kept as Java keeps them. Returns where it ends."""
    text = collect.text
    stop = _end(_KEY, text, at)
    name = re.sub(r"\\(.)", r"\1", text[at:stop])
    label = collect.key(name, lambda: spelled(name, at, stop, [(text[at:stop], at, stop)])) if name else ""
    start = _end(_DELIMITER, text, stop)
    tokens = list(_tokens(text, start))
    end = tokens[-1][2] if tokens else start
    value = "".join(token[0] for token in tokens)
    collect.value(name, value, lambda: spelled(value, start, end, tokens), lambda: label)
    return end


def _tokens(text: str, at: int) -> Iterator[_Token]:
    """Yield the parts of a property's value (meaning, start, end) up to the end of its logical line."""
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            return
        yield _meaning(match[0]), *match.span()
        at = match.end()


def _meaning(token: str) -> str:
    if token[0] != "\\" or len(token) == 1:
        return token
    if token[1] == "u" and len(token) == 6:
        digits = token[2:]
        return chr(int(digits, 16))
    return "" if token[1] in "\r\n" else _ESCAPES.get(token[1], token[1])


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the lines, white space at their ends left out."""
    at = 1 if text.startswith("\ufeff") else 0
    for match in _LINE.finditer(text, at):
        yield match.start(), match.start() + len(match[0].rstrip())


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), max(start, start + len(part.rstrip()))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
