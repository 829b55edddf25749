"""Text of a language without a grammar here -> names, literals and signs. Linear, whatever the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from keylint.readers.interface import SAMPLE_SUFFIX
from keylint.readers.source_languages import Escapes
from keylint.readers.source_text import quotes

MOST_CHARACTERS = 2_000_000


class Sign(NamedTuple):
    """A name, a literal or a sign at the characters `start` to `end`."""

    kind: str
    """`name`, `string`, `comment`, or the sign itself."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a family of languages writes texts and comments."""

    comments: str = "c"
    """`c`: `//` and `/* */`; `#`; `-`: `--`; several together."""
    single: bool = False
    """Single quotes are those of a text, not of a character."""
    raw: str = ""
    """Texts with a spelling of their own: `rust`, `c++`, `c#`, `lua`, `perl`, `sql`, `powershell`, `python`."""
    marks: str = ""
    """What is computed inside a text, as a pattern."""
    joins: frozenset[str] = frozenset({"+"})
    adjacent: bool = False
    """Texts side by side are one."""
    bare_calls: bool = False
    """`password "…"` passes an argument, or sets a property."""
    escapes: Escapes = "c"


_DOLLAR = r"(?<!\\)(?:\$\{[^{}]*\}|\$[A-Za-z_]\w*)"
_C = Dialect(adjacent=True, raw="c++")
_JAVA = Dialect(marks=_DOLLAR)
_BY_NAME = tuple(
    (re.compile(rf".+\.(?:{names})", re.IGNORECASE), dialect)
    for names, dialect in (
        ("cs|csx|cshtml|razor", Dialect(raw="c#", marks=r"\{[^{}\"]+\}")),
        ("vb|vbs|bas", Dialect(comments="", raw="sql", joins=frozenset({"&", "+"}))),
        ("kts?|scala|sc", _JAVA),
        ("groovy|gradle|jenkinsfile", Dialect(single=True, marks=_DOLLAR, bare_calls=True)),
        ("rs", Dialect(raw="rust")),
        ("swift", Dialect(marks=r"\\\([^()]*\)")),
        ("c|h|cc|cpp|cxx|hpp|hh|hxx|ino|m|mm|cu", _C),
        ("dart", Dialect(single=True, adjacent=True, marks=_DOLLAR)),
        ("ps1|psm1|psd1", Dialect("#", True, "powershell", rf"\$\([^()]*\)|{_DOLLAR}", bare_calls=True)),
        ("p[lm]|t", Dialect("#", True, "perl", r"(?<!\\)[$@](?:\{[^{}]*\}|[A-Za-z_]\w*)", frozenset({"."}))),
        ("lua", Dialect(comments="-", single=True, raw="lua", joins=frozenset({".."}))),
        ("exs?", Dialect(comments="#", marks=r"#\{[^{}]*\}", joins=frozenset({"<>"}))),
        ("r", Dialect(comments="#", single=True)),
        ("jl", Dialect(comments="#", marks=_DOLLAR, joins=frozenset({"*"}))),
        ("sql|psql|ddl|dml|hql", Dialect(comments="c-", single=True, raw="sql", joins=frozenset({"||"}), bare_calls=True)),
        ("coffee|cr", Dialect(comments="#", single=True, marks=r"#\{[^{}]*\}")),
        ("clj[sc]?|edn|hs|elm", Dialect(comments="-", marks="")),
        ("py[iwx]?|nim", Dialect("#", True, "python", adjacent=True)),
        ("rb|rake|gemspec", Dialect(comments="#", single=True, marks=r"#\{[^{}]*\}", bare_calls=True)),
        ("php|phtml", Dialect(comments="c#", single=True, joins=frozenset({"."}))),
        ("sh|bash|zsh|ksh", Dialect(comments="#", single=True)),
    )
)  # fmt: skip
_ANY = Dialect(single=True, marks=_DOLLAR)
_BASE = re.compile(r"jenkinsfile\Z", re.IGNORECASE)

_RAW = {
    "rust": r"b?r(?P<hashes>\#*)\"(?:.*?\"(?P=hashes)|.*)|",
    "c++": r"(?:u8|[LuU])?R\"(?P<mark>[^()\\\s\"]{0,16})\((?:.*?\)(?P=mark)\"|.*)|",
    "c#": r"(?:@\$?|\$@)\"(?:[^\"]|\"\")*+\"|",
    "lua": r"\[(?P<level>=*)\[(?:.*?\](?P=level)\]|.*)|",
    "perl": r"\bqq?\s?(?:\([^()\n]*\)|\{[^{}\n]*\}|\[[^\[\]\n]*\]|([|!/~])[^\n]*?\1)|",
    "sql": r"'(?:[^']|'')*+'|\"(?:[^\"]|\"\")*+\"|",
    "powershell": r"@(?P<here>[\"'])\r?\n(?:.*?\n(?P=here)@|.*)|'(?:[^']|'')*+'|\"(?:[^\"`]|`.|\"\")*+\"|",
    "python": r"[rbufRBUF]{1,2}(?:'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\")|",
    "": "",
}  # fmt: skip
# No literal begins with an escaped quote. Without that a line of nothing else would be read to its end from each.
_TRIPLE = r"(?<!\\)\"{3}(?:[^\\]|\\.)*?\"{3}"
_DOUBLE = r"(?:u8|[LuUbBfs$@c])?(?<!\\)\"(?:[^\"\\\n]|\\.)*+\""
_SINGLE = r"(?<!\\)'{3}(?:[^\\]|\\.)*?'{3}|(?<!\\)'(?:[^'\\\n]|\\.)*+'"
_CHARACTER = r"(?P<character>'(?:[^'\\\n]|\\[^\n']{1,9}|\\')')|"
_COMMENTS = {
    "c": r"//[^\n]*|/\*(?:.*?\*/|.*)",
    "#": r"(?<![\w$&])\#(?!\{|!\[|\[|define\b)[^\n]*",
    "-": r"--(?:\[\[(?:.*?\]\]|.*)|[^\n]*)",
}
_SIGNS = (
    r"===|!==|\?\?=|\|\|=|:=|==|!=|=~|~=|=>|->|\?\?|\?:|\?\.|\|\||&&|::|\.\.|<>|<-"
    r"|-(?:[ci]?(?:eq|ne|match|like))\b|[-+=:;,.(){}\[\]<>?!&|*\#@]"
)


@cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    comments = "|".join(_COMMENTS[kind] for kind in dialect.comments) or r"(?!)"
    single = f"|{_SINGLE}" if dialect.single else ""
    character = "" if dialect.single else _CHARACTER
    name = r"[$@%]?[A-Za-z_][\w-]*" if dialect.raw == "powershell" else r"[$@%]?[A-Za-z_][\w$]*"
    return re.compile(
        rf"(?P<comment>{comments})|(?P<string>{_RAW[dialect.raw]}{_TRIPLE}|{_DOUBLE}{single})|{character}"
        rf"(?P<name>{name})|(?P<number>\d[\w.]*)|(?P<sign>{_SIGNS})",
        re.DOTALL,
    )


def dialect_of(path: str) -> Dialect:
    """Return how a file of this name writes texts and comments."""
    name = SAMPLE_SUFFIX.sub("", path.rsplit("/", 1)[-1])
    if _BASE.search(name):
        name += ".groovy"
    return next((dialect for pattern, dialect in _BY_NAME if pattern.fullmatch(name)), _ANY)


def signs(text: str, dialect: Dialect) -> Iterator[Sign]:
    """Yield what a text consists of; nothing of one that is too large."""
    if len(text) > MOST_CHARACTERS:
        return
    for match in _pattern(dialect).finditer(text):
        kind = match.lastgroup or ""
        if kind == "sign":
            yield Sign(match[0], match.start(), match.end())
        elif match["string"] is not None:
            yield Sign("string", match.start(), match.end())
        else:
            yield Sign(kind, match.start(), match.end())


_PREFIX = re.compile(r"(?:u8|[A-Za-z@$]|[rbufRBUF]{2})?(?=[\"'])|[$@]{2}(?=\")")
_BRACKETED = re.compile(r"(?:qq?\s?|\[=*\[|(?:u8|[LuU])?R\"[^(]*\(|b?r\#*\"|@[\"']\r?\n)", re.DOTALL)


def inside(text: str, sign: Sign, dialect: Dialect) -> tuple[int, int, Escapes]:
    """Return the characters between the quotes of a literal, and how they are spelled."""
    raw = text[sign.start : sign.end]
    special = _BRACKETED.match(raw) if dialect.raw else None
    if special is not None and raw[0] not in "\"'":
        opening = special.end() + (dialect.raw == "perl")
        closing = re.search(r"(?:\)[^()\"]{0,16}\"|\"\#*|\]=*\]|\n[\"']@|.)\Z", raw[opening:], re.DOTALL)
        return sign.start + opening, sign.end - (len(closing[0]) if closing is not None else 0), "raw"
    prefix = _PREFIX.match(raw)
    before = prefix.end() if prefix is not None else 0
    opening, ending = (
        (before + 3, 3) if raw.startswith("'''", before) and len(raw) >= before + 6 else quotes(raw, before)
    )
    verbatim = dialect.raw in ("sql", "powershell") or (dialect.raw == "c#" and raw.startswith(("@", "$@")))
    escapes: Escapes = "raw" if verbatim else "c"
    if raw[opening - 1 : opening] == "'" and dialect.raw == "perl":
        escapes = "single"
    return sign.start + opening, max(sign.start + opening, sign.end - ending), escapes
