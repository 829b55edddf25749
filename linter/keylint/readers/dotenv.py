"""The `.env` family, as python-dotenv reads it (pydantic-settings, environs and dynaconf read alike).

A line that python-dotenv cannot read sets nothing; it is searched as free text, and `problem` names the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from keylint.model import Channel, Damage, Definition, EnvBinding, EnvRead, FileFacts, Literal, Role, Secret, Value
from keylint.readers import env_raw, interpolation, shell
from keylint.readers.collect import Collector, plain, spelled
from keylint.readers.interface import SAMPLE_WORDS, Interest

_BLANK = re.compile(r"\s*")
_SPACE = re.compile(r"[^\S\r\n]*")
_EXPORT = re.compile(r"export[^\S\r\n]+")
_QUOTED_NAME = re.compile(r"'([^']+)'")
_NAME = re.compile(r"[^=#\s]+")
_REST = re.compile(r"[^\r\n]*")
_COMMENT = re.compile(r"(?:[^\S\r\n]*#[^\r\n]*)?")
_INLINE_COMMENT = re.compile(r"(?<!\s)\s+#")
_END = re.compile(r"[^\S\r\n]*(?:\r\n|\n|\r|\Z)")
_QUOTED = {quote: re.compile(rf"[^{quote}\\]*+(?:\\.[^{quote}\\]*+)*+{quote}", re.DOTALL) for quote in "'\""}
_TOKENS = {
    '"': re.compile(r"\\[\\'\"abfnrtv]|\r\n?|[^\\\r]+|\\"),
    "'": re.compile(r"\\[\\']|\r\n?|[^\\\r]+|\\"),
}
_COMMENTED_NAME = re.compile(r"#+[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]+)=")
# What direnv reads besides: `dotenv`, `dotenv_if_exists .env.local`, `source_env ../.envrc`.
_DIRENV = re.compile(
    r"^[ \t]*(?:dotenv(?:_if_exists)?|source_env(?:_if_exists)?)(?:[ \t]+[\"']?([\w./-]+))?", re.MULTILINE
)
# More is no list of variables, and every line costs.
_MOST_CHARACTERS = 1_000_000


_ESCAPES = {
    "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip


class _Kind(Enum):
    COMMENT = auto()
    BROKEN = auto()
    UNSET = auto()
    """A name and no `=`: nothing is set."""
    SET = auto()


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file, or several; `start` to `end` is the value inside its quotes."""

    kind: _Kind
    at: int
    stop: int
    name: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a `.env` file: every variable becomes an `EnvBinding`, or a documented name in a sample file."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 1 MB: matched as text")
    sample = documents(path)
    collect = Collector(text, path, interest, Channel.DOTENV, environment, Role.EXAMPLE if sample else Role.PLAIN)
    reader = _Reader(collect, _rank(path, environment), damaged=text.startswith("\ufeff"))
    # direnv's `.envrc` is a shell script: what is no assignment is a command, not a mistake.
    is_script = path.endswith(".envrc")
    for line in _parse(text):
        reader.take(line)
    return FileFacts(
        path,
        env_files=tuple(match[1] or ".env" for match in _DIRENV.finditer(text)) if is_script else (),
        definitions=tuple(collect.definitions),
        env=() if sample else tuple(reader.env),
        documented=tuple(dict.fromkeys(reader.names)) if sample else (),
        raw_env=() if sample or is_script else env_raw.bindings(collect),
        compose_env=() if sample else tuple(reader.compose),
        shell_env=() if sample else shell.sourced(collect),
        problem=None if is_script else reader.problem,
    )


def documents(path: str) -> bool:
    """Say whether a `.env` file only documents names: `.env.example`, `sample.env`."""
    return not SAMPLE_WORDS.isdisjoint(re.split(r"[._-]", path.rsplit("/", 1)[-1].lower()))


def _rank(path: str, environment: str | None) -> int:
    words = path.rsplit("/", 1)[-1].lower().split(".")
    if words[-1] == "flaskenv":
        return 8  # Flask loads it after `.env` and overrides nothing
    return 10 + 2 * (environment is not None) + 10 * ("local" in words)


class _Reader:
    def __init__(self, collect: Collector, rank: int, damaged: bool) -> None:
        self.collect = collect
        self.rank = rank
        self.damage = Damage.BYTE_ORDER_MARK if damaged else None
        self.env: list[EnvBinding] = []
        self.compose: list[EnvBinding] = []
        self.names: list[str] = []
        self.problem: str | None = None

    def take(self, line: _Line) -> None:
        if line.kind is _Kind.COMMENT:
            match = _COMMENTED_NAME.match(self.collect.text, line.at, line.stop)
            if match is not None:
                self.names.append(match[1])
            self.collect.free(line.at, line.stop, Role.COMMENT)
        elif line.kind is _Kind.BROKEN:
            self.problem = self.problem or f"line {self.collect.line(line.at)}: not a NAME=value line"
            self.collect.free(line.at, line.stop)
        elif line.kind is _Kind.UNSET:
            self.collect.free(line.at, line.stop)
            self.names.append(line.name)
        else:
            self.bind(line)

    def bind(self, line: _Line) -> None:
        collect = self.collect
        damage, self.damage = self.damage, None
        value, tokens = _decode(collect.text, line)
        spelling = spelled(value, line.start, line.end, tokens)
        label = collect.key(line.name, lambda: plain(line.at, line.at + len(line.name)))
        variables = interpolation.braced(value)
        outside = [(variable.start, variable.end) for variable in variables]
        collect.value(line.name, value, lambda: spelling, lambda: label, env=line.name, damage=damage, outside=outside)
        whole = collect.define(value, spelling, label=label, env=line.name, damage=damage)
        bound = interpolation.bound(collect, whole, value, spelling, variables)
        binding = EnvBinding(line.name, bound, whole.place, Channel.DOTENV, collect.environment, self.rank)
        self.env.append(binding)
        if "$" in value and (other := _of_compose(collect, line, value, whole)) is not None:
            self.compose.append(replace(binding, value=other))
        self.names.append(line.name)
        collect.free(line.end + len(line.quote), line.stop, Role.COMMENT)


def _of_compose(collect: Collector, line: _Line, value: str, whole: Definition) -> Value | None:
    """Return what docker compose makes of a value with a `$` in it; `None` where it does what python-dotenv does.

    Between single quotes it replaces nothing; elsewhere also `$NAME`, and `$$` is one.
    """
    if line.quote == "'":
        return Literal(whole)
    written = collect.text[line.start : line.end]
    text, _, variables = interpolation.compose(value)
    cut = [v for v in variables if not text.startswith("${", v.start)]
    if written != value or not (cut or text != value):
        return None
    if len(cut) == 1 and (cut[0].start, cut[0].end) == (0, len(text)):
        return EnvRead(cut[0].name, whole.place)
    ends = [0, *(v.end for v in cut)]
    left = "".join(text[a:b] for a, b in zip(ends, [*(v.start for v in cut), len(text)], strict=True))
    # The place ends where the first part is lost: what stands at the whole one is another value.
    end = line.start + (cut[0].start if cut else len(value) - 1)
    place = collect.place(line.start, end) if end > line.start else whole.place
    damage = Damage.INTERPOLATED if cut else None
    return Literal(
        replace(whole, place=place, secret=Secret(left), contiguous=False, damage=damage, loader="docker compose")
    )


def _parse(text: str) -> Iterator[_Line]:
    """Yield the lines of a file, empty ones left out. Follows python-dotenv's grammar to the letter."""
    position = 1 if text.startswith("\ufeff") else 0
    while True:
        position = _end(_BLANK, text, position)
        if position >= len(text):
            return
        line = _line(text, position)
        yield line
        position = line.stop


def _line(text: str, at: int) -> _Line:
    if text.startswith("#", at):
        return _Line(_Kind.COMMENT, at, _end(_REST, text, at))
    export = _EXPORT.match(text, at)
    position = export.end() if export else at
    name = (_QUOTED_NAME if text.startswith("'", position) else _NAME).match(text, position)
    if name is None:
        return _broken(text, at, position)
    word = name[name.re.groups]
    position = _end(_SPACE, text, name.end())
    if not text.startswith("=", position):
        position = _end(_COMMENT, text, position)
        if _END.match(text, position) is None:
            return _broken(text, at, position)
        return _Line(_Kind.UNSET, at, _end(_REST, text, position), word)
    equals = position
    position = _end(_SPACE, text, equals + 1)
    quote = text[position : position + 1]
    if quote == "#" and position > equals + 1:
        return _Line(_Kind.SET, at, _end(_REST, text, position), word, equals + 1, equals + 1)
    if quote not in ("'", '"'):
        stop = _end(_REST, text, position)
        comment = _INLINE_COMMENT.search(text, position, stop)
        value = text[position : comment.start() if comment else stop].rstrip()
        return _Line(_Kind.SET, at, stop, word, position, position + len(value))
    closed = _QUOTED[quote].match(text, position + 1)
    if closed is None:
        return _broken(text, at, position)
    end = closed.end() - 1
    rest = _end(_COMMENT, text, end + 1)
    if _END.match(text, rest) is None:
        return _broken(text, at, rest)
    return _Line(_Kind.SET, at, rest, word, position + 1, end, quote)


def _broken(text: str, at: int, position: int) -> _Line:
    return _Line(_Kind.BROKEN, at, max(at + 1, _end(_REST, text, position)))


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _decode(text: str, line: _Line) -> tuple[str, list[tuple[str, int, int]]]:
    """Return the delivered value and its tokens (text, start, end)."""
    if not line.quote:
        return text[line.start : line.end], [(text[line.start : line.end], line.start, line.end)]
    tokens = [
        (_meaning(match[0]), match.start(), match.end())
        for match in _TOKENS[line.quote].finditer(text, line.start, line.end)
    ]
    return "".join(token[0] for token in tokens), tokens


def _meaning(token: str) -> str:
    if token[0] == "\r":
        return "\n"  # loaders open the file in text mode
    if token[0] == "\\" and len(token) == 2:
        return _ESCAPES[token[1]]
    return token
