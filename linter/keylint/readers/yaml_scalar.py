"""How the characters of a YAML scalar's value are spelled in the file: quotes, escapes, folded lines, block scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from keylint.readers.collect import Spelling, plain, spelled

if TYPE_CHECKING:
    from yaml import ScalarEvent

_BREAKS = "\r\n\x85\u2028\u2029"
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_PROPERTY = re.compile(r"[ \t\r\n\x85\u2028\u2029]+|[&!]\S*|#[^\r\n\x85\u2028\u2029]*")
_SPACE = rf"[ \t{_BREAKS}]+"
_PLAIN = re.compile(rf"{_SPACE}|[^ \t{_BREAKS}]+")
_SINGLE = re.compile(rf"''|{_SPACE}|[^' \t{_BREAKS}]+|'")
_DOUBLE = re.compile(
    rf"\\x[0-9a-fA-F]{{2}}|\\u[0-9a-fA-F]{{4}}|\\U[0-9a-fA-F]{{8}}|\\(?:\r\n|[{_BREAKS}])[ \t]*"
    rf"|\\.|{_SPACE}|[^\\ \t{_BREAKS}]+|\\"
)
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


def extent(event: ScalarEvent, base: int) -> tuple[int, int]:
    """Return the span of a scalar with its quotes, tag and anchor."""
    if event.start_mark is None or event.end_mark is None:
        return base, base
    return event.start_mark.index + base, event.end_mark.index + base


def spell(text: str, event: ScalarEvent, base: int) -> Spelling:
    """Return the spelling of a scalar; `base` is what the parser's offsets lack."""
    start, end = extent(event, base)
    start = _content(text, start, end)
    value = event.value
    if event.style in ("|", ">"):
        return spelled(value, start, end, _block(text, start, value, event.style == ">"))
    if event.style in ("'", '"'):
        start, end = start + 1, end - 1
    if text[start:end] == value:
        return plain(start, end)
    pattern = {"'": _SINGLE, '"': _DOUBLE}.get(event.style or "", _PLAIN)
    return spelled(
        value, start, end, ((_meaning(m[0], event.style), *m.span()) for m in pattern.finditer(text, start, end))
    )


def _content(text: str, start: int, end: int) -> int:
    """Return where the scalar itself begins, after its anchor and tag."""
    while start < end and text[start] in "&! \t\r\n#\x85\u2028\u2029":
        match = _PROPERTY.match(text, start, end)
        if match is None:
            break
        start = match.end()
    return start


def _meaning(token: str, style: str | None) -> str:
    if token[0] in " \t" + _BREAKS:
        breaks = len(_BREAK.findall(token))
        return token if not breaks else "\n" * (breaks - 1) or " "
    if style == "'":
        return "'" if token == "''" else token
    if style == '"' and token[0] == "\\" and len(token) > 1:
        if token[1] in _BREAKS:
            return ""
        if token[1] in "xuU":
            digits = token[2:] or "0"
            code = int(digits, 16)
            return chr(code) if code <= 0x10FFFF else token
        return _ESCAPES.get(token[1], token[1])
    return token


def _block(text: str, start: int, value: str, folded: bool) -> Iterator[tuple[str, int, int]]:
    """Yield the tokens of a block scalar: one per line of content, and what stands between, guided by the value."""
    lines = _content_lines(text, start, value)
    done = 0  # of the value
    last = start  # the end in the file of what was yielded
    content_end = len(value.rstrip("\n"))
    for left, right in lines:
        content = text[left:right]
        if not content:
            continue
        between = _between(value, done, folded and not content[0].isspace())
        if between:
            yield between, last, left
        yield content, left, right
        done += len(between) + len(content)
        last = right
        if done >= content_end:
            break
    if done < len(value):
        end = _BREAK.match(text, last)
        yield value[done:], last, end.end() if end else last


def _between(value: str, start: int, may_fold: bool) -> str:
    if may_fold and value.startswith(" ", start):
        return " "
    end = start
    while value.startswith("\n", end):
        end += 1
    return value[start:end]


def _content_lines(text: str, start: int, value: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the lines below the header, without their indentation."""
    indent = -1
    first = re.match(r"\n*( *)", value)
    header = _BREAK.search(text, start)
    at = header.end() if header else len(text)
    while at < len(text):
        found = _BREAK.search(text, at)
        end = found.start() if found else len(text)
        if indent < 0 and text[at:end].strip(" "):
            indent = len(text[at:end]) - len(text[at:end].lstrip(" ")) - (len(first[1]) if first else 0)
        yield min(at + max(indent, 0), end) if indent >= 0 else end, end
        at = found.end() if found else len(text)
