"""Patterns in the syntax of `.gitignore`, as git reads them.

A path is asked about by itself, never about what lies below it: whoever walks a tree asks for each directory on the way
down, as git does. Every pattern becomes one regular expression whose stars are atomic groups, so that a hostile pattern
costs no more than a long one. (pathspec would do, at 34 ms for its import in every run.)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_BYTES = 256 * 1024
"""More of an ignore file than this is not read."""
MAX_PATTERNS = 5_000

_STAR, _SLASH = "*", "/"
_SPECIAL = re.compile(r"[\\*?\[]| (?= *\Z)")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class _Pattern(NamedTuple):
    regex: re.Pattern[str]
    negated: bool
    directory: bool
    """The pattern ends in a slash: it matches directories only."""
    name: bool
    """The pattern has no other slash: it matches the last part of a path."""


class Patterns:
    """The patterns of one ignore file, or of one `exclude` setting. Later patterns win."""

    def __init__(self, lines: Iterable[str], *, ignore_case: bool = False) -> None:
        flags = (re.IGNORECASE if ignore_case else 0) | re.DOTALL | re.ASCII
        sources = [s for s in map(_parse, lines) if s is not None][:MAX_PATTERNS]
        self._patterns = tuple(_Pattern(re.compile(s.regex, flags), s.negated, s.directory, s.name) for s in sources)
        self._names = _any_of((s.regex for s in sources if s.name), flags)
        self._paths = _any_of((s.regex for s in sources if not s.name), flags)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def match(self, path: str, *, directory: bool = False) -> bool | None:
        """Return True for ignored, False for named as not ignored, None when no pattern matches `path` itself.

        `path` is POSIX and relative to the directory of the ignore file.
        """
        text = as_bytes(path)
        name = text.rpartition("/")[2]
        if not (self._names and self._names.match(name)) and not (self._paths and self._paths.match(text)):
            return None
        for pattern in reversed(self._patterns):
            if (directory or not pattern.directory) and pattern.regex.match(name if pattern.name else text):
                return not pattern.negated
        return None

    def covers(self, path: str) -> bool:
        """Say whether `path` or a directory above it is ignored."""
        if not self._patterns:
            return False
        cut = path.find("/")
        while cut >= 0:
            if self.match(path[:cut], directory=True):
                return True
            cut = path.find("/", cut + 1)
        return self.match(path) is True


def read_patterns(path: str, *, ignore_case: bool = False, follow: bool = False) -> Patterns:
    """Return the patterns of the ignore file `path`; none when it is absent or unreadable.

    As in git, a `.gitignore` that is a symbolic link does not count; with `follow` (the user's own files) it does.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        descriptor = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:
            data = file.read(MAX_BYTES)
    except OSError:
        return Patterns(())
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return Patterns((line.removesuffix("\r") for line in text.split("\n")), ignore_case=ignore_case)


def patterns_of(globs: Iterable[str]) -> Patterns:
    """Return the patterns of an `exclude` setting."""
    return Patterns(as_bytes(glob) for glob in globs)


def pattern_of(path: str) -> str:
    """Return the pattern that matches one POSIX path, relative to the directory of the ignore file."""
    return "/" + _SPECIAL.sub(r"\\\g<0>", path)


def as_bytes(text: str) -> str:
    """Return the text's UTF-8 bytes as characters: git's `?` is one byte."""
    return text if text.isascii() else os.fsencode(text).decode("latin-1")


class _Source(NamedTuple):
    regex: str
    negated: bool
    directory: bool
    name: bool


def _any_of(regexes: Iterable[str], flags: int) -> re.Pattern[str] | None:
    joined = "|".join(dict.fromkeys(regexes))
    return re.compile(joined, flags) if joined else None


def _parse(line: str) -> _Source | None:
    """Return the regular expression of one line, None for blank lines, comments and patterns that never match."""
    if line.startswith("#"):
        return None
    negated = line.startswith("!")
    text = _trim(line[1:] if negated else line)
    directory = text.endswith("/")
    text = text[:-1] if directory else text
    if not text:
        return None
    tokens = _tokens(text)
    if tokens is None:
        return None
    name = "/" not in text
    segments = _segments(tokens)
    if not name and not segments[0]:
        segments = segments[1:]
    return _Source(_one(segments[0]) + r"\Z" if name else _path(segments), negated, directory, name)


def _trim(text: str) -> str:
    """Strip trailing blanks, but not escaped ones."""
    stripped = text.rstrip(" ")
    escapes = len(stripped) - len(stripped.rstrip("\\"))
    return stripped + " " if escapes % 2 and len(stripped) < len(text) else stripped


def _tokens(text: str) -> list[str] | None:
    """Split a pattern into slashes, runs of stars and regular expressions of one character; None for no match, ever."""
    tokens: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "*":
            if tokens and tokens[-1].startswith(_STAR):
                tokens[-1] += _STAR
            else:
                tokens.append(_STAR)
        elif char == "/":
            tokens.append(_SLASH)
        elif char == "?":
            tokens.append("[^/]")
        elif char == "[":
            token, position = _bracket(text, position)
            if not token:
                return None
            tokens.append(token)
        elif char == "\\":
            if position == len(text):
                return None
            tokens.append(_SLASH if text[position] == "/" else re.escape(text[position]))
            position += 1
        else:
            tokens.append(re.escape(char))
    return tokens


def _bracket(text: str, position: int) -> tuple[str, int]:
    """Read a bracket expression whose `[` stands before `position`; `("", …)` when it is not closed."""
    negated = text[position : position + 1] in ("!", "^")
    position += negated
    parts: list[str] = []
    start: str | None = None
    first = True
    while position < len(text) and (first or text[position] != "]"):
        first = False
        char = text[position]
        if char == "[" and text[position + 1 : position + 2] == ":":
            end = text.find("]", position + 2)
            if end < 0:
                return "", position
            if end > position + 2 and text[end - 1] == ":":
                if (name := text[position + 2 : end - 1]) not in _CLASSES:
                    return "", position
                parts.append(_CLASSES[name])
                start, position = None, end + 1
                continue
        if char == "-" and start is not None and text[position + 1 : position + 2] not in ("", "]"):
            end_char, position = _escaped(text, position + 1)
            parts.append(f"{_code(start)}-{_code(end_char)}" if start <= end_char else "")
            start = None
            continue
        start, position = _escaped(text, position)
        parts.append(_code(start))
    if position >= len(text):
        return "", position
    inner = "".join(parts)
    if negated:
        return (f"[^/{inner}]", position + 1)
    return (f"(?!/)[{inner}]" if inner else r"(?!)", position + 1)


def _escaped(text: str, position: int) -> tuple[str, int]:
    if text[position] == "\\" and position + 1 < len(text):
        position += 1
    return text[position], position + 1


def _code(char: str) -> str:
    return f"\\x{ord(char):02x}"


def _segments(tokens: list[str]) -> list[list[str]]:
    segments: list[list[str]] = [[]]
    for token in tokens:
        if token == _SLASH:
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def _chunks(segment: list[str]) -> Iterator[str]:
    chunk = ""
    for token in segment:
        if token.startswith(_STAR):
            yield chunk
            chunk = ""
        else:
            chunk += token
    yield chunk


def _one(segment: list[str]) -> str:
    """Return the regular expression of one part of a path.

    All chunks between stars have a fixed length, so the earliest match of each is as good as any: atomic, no way back.
    """
    first, *chunks = _chunks(segment)
    if not chunks:
        return first
    middle = "".join(f"(?>[^/]*?{chunk})" for chunk in chunks[:-1])
    return f"{first}{middle}[^/]*{chunks[-1]}"


def _path(segments: list[list[str]]) -> str:
    """Return the regular expression of a whole path; `**` between slashes spans any number of parts."""
    groups: list[list[str]] = [[]]
    for segment in segments:
        if len(segment) == 1 and segment[0].startswith("**"):
            groups.append([])
        else:
            groups[-1].append(_one(segment))
    if len(groups) == 1:
        return "/".join(groups[0]) + r"\Z"
    first, *middle, last = groups
    head = "".join(f"{part}/" for part in first)
    body = "".join("(?>(?:[^/]++/)*?" + "".join(f"{part}/" for part in group) + ")" for group in middle if group)
    if not last:
        return head + body + r".+\Z"
    return head + body + r"(?:[^/]++/)*" + "/".join(last) + r"\Z"
