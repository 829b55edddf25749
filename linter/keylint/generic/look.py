"""The cheap look that decides whether a file is read for secrets: at the lines on which the matcher found something."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from keylint.generic import context, forms, numbers, text
from keylint.generic.candidate import Candidate, Where
from keylint.generic.marks import BY_PLACE, Marks
from keylint.generic.values import is_random

# In bytes. What may stand above a line, and how long a line may be.
_ABOVE, _BELOW, _LINE = 130, 120, 4000
_MOST_LINES = 500
# In one window. They may be long and lie in each other.
_MOST_CANDIDATES = 200
_LITERAL = re.compile(rb"[\"'`]([^\"'`\r\n]*)")
_COMMENT = (b"#", b"//", b"*", b"--")
# What a program says to people or to itself: several words, or one that names no password.
_WORDS = re.compile(
    rb"[A-Za-z]*[A-Za-z][ _.:/,!?-][A-Za-z0-9 _.:/,!?\-]*|[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:[A-Z][a-z]+)+"
)
_SENTENCE = re.compile(rb"[^\d=:/{}\[\]<>@]*")
_TAIL, _HEAD = re.compile(rb"\w+\Z"), re.compile(rb"\w{0,60}")
_SNAKE = re.compile(rb"[a-z]+\d{0,4}(?:_[a-z]*\d{0,4}[a-z]{0,3}){1,12}|[A-Z]+\d{0,4}(?:_[A-Z]*\d{0,4}){1,12}")
_PASSWORD = re.compile(rb"pass|pwd|pw|psw|psk|kennwort|contrase|senha|wachtwoord", re.IGNORECASE)
_PHRASE = re.compile(rb"phrase|mnemonic", re.IGNORECASE)
_SHORTEST_GIBBERISH = 16
# Before the end of a hit. A text that is put together may begin with a value: `q7Vb…{suffix}`.
_REACH = 180
_QUOTED = re.compile(rb"(?<=[\"'`(\[])(?![(\[])(?=\D{0,60}\d)[^\s\"'`\\<>{}$]{8,}")
# What opens and closes a literal of several lines; a heredoc is taken to go on to the next one.
_FENCE = re.compile(rb"\"\"\"|'''|`|<<[<~-]?[ \t]?[\"']?[A-Za-z_]\w*[\"']?(?=[^\r\n]{0,80}\r?\n)")
# Of a value without quotes.
_ENDS_VALUE, _BEGINS_VALUE, _SHORTEST = (
    b" \t\r\n\"'`;&,}\\#",
    (b" ", b"\t", b"\n", b'"', b"'", b"`", b"=", b":", b"<", b">", b";", b"&"),
    4,
)
_WORD = re.compile(rb"(?<=[\s\"'`;])(?=\D{0,60}\d)[^\s\"'`\\<>{}$;]{8,}")
# MD5 to SHA-512.
_DIGEST = re.compile(rb"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}")
_HASH = re.compile(rb"sum|sha|md5|hash|digest|integrity|commit|rev", re.IGNORECASE)
# A password that a person has thought about: a digit, and a capital letter or a sign.
_CHOSEN = re.compile(rb"(?=.{0,60}[A-Z!@#$%^&*+=?~])(?=.{0,60}[a-z]).{6,40}\Z")
# `IPv4Address`, `MotionV2`, `pyotp==2.8.0`
_CALLED = re.compile(rb"[A-Za-z_]+\d{1,2}[A-Za-z_]+|[A-Za-z_]*[A-Z_]\d{1,2}|[A-Za-z_]+\d|.*==.*")
# A name, and what has no digit.
_NAMES = re.compile(rb"[a-z]+\d{0,4}(?:[_-][a-z]*\d{0,4}[a-z]{0,3})+|\D*")


def may_hold_secret(path: str, data: bytes, marks: Marks, is_wanted: Callable[[Candidate, Where], bool]) -> bool:
    """Say whether one of the values that were marked can be a secret of no known kind."""
    code = context.is_code(path)
    where = Where.CODE if code else Where.CONFIGURATION
    if path.endswith(BY_PLACE):
        return any(is_wanted(candidate, where) for candidate in forms.of_file(path, data.decode(errors="replace")))
    plain = context.has_tree(path) or context.has_no_expressions(path)  # what stands without quotes is no expression
    bound = _in_code(data, marks) if code else (*_no_sentences(data, marks.quoted), *marks.bare)
    lines = (text.bound(line, bare=not code) for line in _windows(data, sorted(bound), code))
    elsewhere = chain(_windows(data, sorted(_no_names(data, marks.loose)), code), _tables(data, marks.titles))
    places = (chain(text.candidates(each, bare=not code), forms.of_file(path, each)) for each in elsewhere)
    for number, found in enumerate(chain(lines, places)):
        if number > _MOST_LINES:
            return True
        for count, candidate in enumerate(found):
            if count > _MOST_CANDIDATES or is_wanted(replace(candidate, quoted=plain or candidate.quoted), where):
                return True
    rest = chain(
        _literals(data, marks.quoted) if code else (),
        _unquoted(data, marks.bare, code),
        _near(data, marks.near, code),
        _numbers(data, marks.numbers),
    )
    return marks.stopped or any(is_wanted(candidate, where) for candidate in rest)


def _literals(data: bytes, ends: Iterable[int]) -> Iterator[Candidate]:
    """Yield the literals in code that only the language may bind to the name beside them."""
    for end in ends:
        match = _LITERAL.search(data, max(0, end - 6), end + 300)
        if match is not None and not _NAMES.fullmatch(match[1]) and not _is_packed(data, end):
            yield _named_nearby(data, *match.span(1), match[1])


def _unquoted(data: bytes, ends: Sequence[int], code: bool) -> Iterator[Candidate]:
    """Yield what stands without quotes behind a name; in code it is a value only inside of a literal."""
    fences = [match.start() for match in _FENCE.finditer(data)] if code and ends else []
    for end in ends:
        value = data[max(0, end - _REACH) : end].rstrip(_ENDS_VALUE)
        stop = max(0, end - _REACH) + len(value)
        value = value[max(map(value.rfind, _BEGINS_VALUE)) + 1 :]
        start = stop - len(value)
        if len(value) >= _SHORTEST and (not code or _is_in_literal(data, start) or bisect(fences, start) % 2):
            yield _named_nearby(data, start, stop, value)


def _near(data: bytes, ends: Iterable[int], code: bool) -> Iterator[Candidate]:
    """Yield what looks random, or chosen, farther away from a word for credentials."""
    for end in ends:
        if code and _is_packed(data, end):
            continue
        for match in (_QUOTED if code else _WORD).finditer(data, max(0, end - _REACH), end):
            word = match[0].decode(errors="replace")
            if _NAMES.fullmatch(match[0]) or _is_checksum(data, match):
                continue
            if is_random(word) or (_CHOSEN.match(match[0]) and not _CALLED.fullmatch(match[0])):
                yield Candidate(*match.span(), word, "password")


def _is_checksum(data: bytes, match: re.Match[bytes]) -> bool:
    """Say whether a value is the hash of something, by the word before it: lists of files are full of them."""
    start = match.start()
    return _DIGEST.fullmatch(match[0]) is not None and _HASH.search(data, max(0, start - 40), start) is not None


def _named_nearby(data: bytes, start: int, end: int, value: bytes) -> Candidate:
    name = "password" if _PASSWORD.search(data, max(0, start - 60), start) else "token"
    return Candidate(start, end, value.decode(errors="replace"), name)


def _is_in_literal(data: bytes, at: int) -> bool:
    """Say whether a quote is open on the line."""
    line = data[max(data.rfind(b"\n", 0, at) + 1, at - _LINE) : at]
    return any(line.count(quote) % 2 for quote in (b'"', b"'", b"`"))


def _is_packed(data: bytes, end: int) -> bool:
    """Say whether a hit is on a line of a script that a machine has packed."""
    start = data.rfind(b"\n", max(0, end - _LINE), end)
    return start < 0 and end > _LINE


def _windows(data: bytes, ends: Iterable[int], code: bool) -> Iterator[str]:
    """Yield each line with a hit, and a little of what is around it."""
    seen_until = -1
    for end in ends:
        if end <= seen_until:
            continue
        stop = max(data.find(b"\n", end, end + _LINE), end + _BELOW)
        start = max(data.rfind(b"\n", 0, end), end - _LINE)
        seen_until = stop - _BELOW // 2
        if code and stop - start > _LINE:
            continue  # a line of a script that a machine has packed
        yield data[max(0, start - _ABOVE) : stop].decode(errors="replace")


def _tables(data: bytes, titles: Iterable[int]) -> Iterator[str]:
    """Yield the beginning of each table whose titles were marked."""
    seen_until = -1
    for end in titles:
        if end > seen_until:
            start = max(data.rfind(b"\n", 0, end - 1) + 1, end - _LINE)
            seen_until = start + _LINE
            yield data[start:seen_until].decode(errors="replace")


def _numbers(data: bytes, ends: Iterable[int]) -> Iterator[Candidate]:
    """Yield the lists of numbers that begin at the hits."""
    seen_until = -1
    for end in ends:
        if end > seen_until:
            seen_until = end + _ABOVE
            yield from numbers.arrays(data[max(0, end - _ABOVE) : end + _LINE].decode(errors="replace"))


def _no_names(data: bytes, ends: Iterable[int]) -> Iterator[int]:
    """Yield the hits that are no names: `key="total_cleaning_time"`."""
    for end in ends:
        before, behind = _TAIL.search(data, max(0, end - 60), end), _HEAD.match(data, end)
        word = (before[0] if before is not None else b"") + (behind[0] if behind is not None else b"")
        if not _SNAKE.fullmatch(word):
            yield end


def _no_sentences(data: bytes, ends: Iterable[int]) -> Iterator[int]:
    """Yield the hits whose literal is more than a sentence."""
    for end in ends:
        match = _LITERAL.search(data, max(0, end - 6), end + 300)
        if (
            match is None
            or b" " not in match[1]
            or not _SENTENCE.fullmatch(match[1])
            or _PHRASE.search(data, max(0, end - 60), match.start())
        ):
            yield end


def _in_code(data: bytes, marks: Marks) -> Iterator[int]:
    """Yield the hits in code that are worth a closer look: literals that are more than words, and comments."""
    for end in marks.quoted:
        match = _LITERAL.search(data, max(0, end - 6), end + 300)
        # One with a digit is looked at where it stands.
        if match is None or (_NAMES.fullmatch(match[1]) is not None and not _is_words(match[1], data, end)):
            yield end
    for end in marks.bare:
        line = data[data.rfind(b"\n", 0, end - 1) + 1 : end].lstrip()
        if line.startswith(_COMMENT):
            yield end


def _is_words(value: bytes, data: bytes, end: int) -> bool:
    if value.count(b" ") >= 3 and _PHRASE.search(data, max(0, end - 60), end) is not None:
        return False
    if value.isalpha() and len(value) < _SHORTEST_GIBBERISH:
        return _PASSWORD.search(data, max(0, end - 60), end) is None
    if _SNAKE.fullmatch(value) is not None:
        return _PASSWORD.search(data, max(0, end - 60), end) is None
    return _WORDS.fullmatch(value) is not None and not any(map(str.isdigit, value.decode(errors="replace")))
