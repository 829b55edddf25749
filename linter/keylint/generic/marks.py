"""One vectorised pass over a file's bytes: does a value stand in it where secrets stand?"""

from __future__ import annotations

from typing import NamedTuple

from keylint.generic.left_alone import is_left_alone
from keylint.match import MAX_HITS, Table, scanner


class Marks(NamedTuple):
    """What one pass found: end offsets inside of values."""

    quoted: tuple[int, ...]
    """Literals of any look that are bound to the name of a credential."""
    bare: tuple[int, ...]
    """The same of values without quotes; in code most are expressions."""
    loose: tuple[int, ...]
    """Values that stand where credentials do: in a header, a URL, a command."""
    near: tuple[int, ...]
    """Values with a digit that stand not far from a word for credentials."""
    stopped: bool
    """There were more than `MAX_HITS`, and the rest was not looked at."""


class Marker:
    """A compiled database. One marker serves one process and thread."""

    def __init__(self, cache_dir: str | None) -> None:
        self._scan = scanner(_table(), cache_dir)

    def marks(self, path: str, data: bytes) -> Marks | None:
        """Return what one pass over a file found; `None` when that is nothing, or the file is left alone."""
        if is_left_alone(path):
            return None
        hits = self._scan(data)
        if not hits:
            return None
        quoted, bare, loose, near = (tuple(end for number, end in hits if number == mark) for mark in _MARKS)
        return Marks(quoted, bare, loose, near, len(hits) > MAX_HITS)


_LITERAL, _BARE, _LOOSE, _NEAR = _MARKS = range(4)

_CREDENTIAL = (
    rb"(?:passw(?:or)?d|passwd|passphrase|[_.-]pass|pwd|[_.-]pw|secret|token|api_?-?key|[a-z_.-]key|\x22key|credentials?|authorization"
    rb"|[\x22']auth|ticket|session|sessid|[._-]sid)"
)
_EXPRESSIONS = (
    # In an array, in a call, behind a word of SQL, too.
    (
        _LITERAL,
        rb"NAMEQUOTE?\]?[ \t]{0,8}(?::=|=>|[:=]{1,3}|,)[ \t]{0,8}(?:[a-z][a-z_.]{0,30})?[\[(]?[rbu@]?QUOTE[\x22']{0,2}"
        rb"(?:ANY[^\s\\<>{}$]{3}|\{[ \t]{0,4}QUOTE)",
    ),
    (_LITERAL, rb"NAME(?:\([ \t]{0,4}|[ \t](?:is |by )?)[\x22']ANY{4}"),
    # It ends the line, or the assignment has no blanks.
    (_BARE, rb"NAMEQUOTE?[ \t]{0,4}[:=][ \t]{0,4}(?:WORD{4,}|ANY{0,60}[0-9]ANY{3,})[ \t]*(?:\r?$|[ \t]#|[\x22'`\\])"),
    (_BARE, rb"NAMEQUOTE?[ \t]{0,4}[:=][ \t]{0,4}(?:SIGNED[0-9]SIGNED|SIGNED[0-9])(?:\r?$|[ \t,}])"),
    (_BARE, rb"NAME=WORD{4,}[\s\x22'`&;]"),
    # In markup, beside the name, as an option, in a query.
    (_LOOSE, rb"NAME[\x22']?>[ \t]{0,9}ANY{4,80}[ \t]{0,9}</"),
    (_LOOSE, rb"NAMEQUOTE?,?\s{1,40}QUOTE?(?:default_?)?value\\{0,3}[\x22']?[ \t]{0,4}[=:][ \t]{0,4}[\x22']?ANY{4}"),
    (_LOOSE, rb"--[a-z-]{0,20}NAME[ =][\x22']?ANY{4}"),
    (_LOOSE, rb"[?&;]NAME=[^\s\x22'`\\<>{}$&]{8}"),
    (_LOOSE, rb"NAME=[A-Za-z0-9_.~+/-]{0,40}%[0-9A-F]{2}[A-Za-z0-9]{8}"),
    (_LOOSE, rb"\bkey[\x22']?[ \t]{0,4}[:=][ \t]{0,4}[\x22']?[A-Za-z0-9+/=_-]{16}"),
    # Where no name stands.
    (_LOOSE, rb"://[^\s:@/\x22'<>]{0,40}:[^\s@\x22'<>{}$/]{3,80}@"),
    (_LOOSE, rb"\b(?:bearer|basic|token|apikey)(?: {1,4}|%20)[A-Za-z0-9+/=_.-]{16}"),
    (
        _LOOSE,
        rb"(?:sshpass -p|identified by|-securestring|[ \t](?:-u|--user)[ =][\x22']?[^\s:\x22']{1,60}:) ?[\x22']?ANY{4}",
    ),
    (_LOOSE, rb"\b(?:mysql|docker[ \t]{1,9}login|redis-cli)[^\r\n|;]{0,200}[ \t]-[pa][ \t]{0,9}[\x22']?ANY{4}"),
    # The language binds it: an argument, a default, what is returned or compared.
    (_NEAR, rb"WHERE[\x00-\xff]{0,100}LITERAL"),
    (_NEAR, rb"LITERAL[^\n]{0,40}WHERE"),
    (_NEAR, rb"WHERE[a-z0-9_.-]{0,16}:[ \t]{0,4}(?:[|>&!][^\s]{0,30})?\s{1,40}(?:- ?)?DIGIT\s"),
)
_PARTS = (
    (b"NAME", _CREDENTIAL + rb"[A-Za-z0-9_.-]{0,16}"),
    (b"WHERE", rb"(?:pass|pwd|[_.-]pw|secret|token|api_?-?key|[a-z_.-]key|credential|auth|login)"),
    (b"LITERAL", rb"[\x22'`]DIGIT[\x22'`]"),
    (b"DIGIT", rb"(?:CHAR{0,60}[0-9]CHAR{2,60}|CHAR{4,60}[0-9]CHAR{0,2})"),
    (b"CHAR", rb"[^\s\x22'`\\<>]"),
    (b"SIGNED", rb"[^\s\x22'`\\<>{}$(\[]{1,60}"),
    (b"QUOTE", rb"\\{0,3}[\x22'`]"),
    (b"ANY", rb"[^\s\x22'`\\<>{}$%()]"),
    (b"WORD", rb"[^\s\x22'`\\<>{}$%(),;|&.]"),
)


def _table() -> Table:
    import hyperscan

    rows = []
    for number, expression in _EXPRESSIONS:
        for part, meaning in _PARTS:
            expression = expression.replace(part, meaning)
        rows.append((number, expression, hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_MULTILINE))
    return rows
