"""JSON with places: also JSON Lines, and the comments, trailing commas and bare words of JSONC and JSON5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from keylint.model import Channel, EnvBinding, FileFacts, Literal, Loader, Role, Workload
from keylint.readers import shell, variable
from keylint.readers.collect import MAX_DEPTH, Collector, Spelling, plain, spelled, without_surrogates
from keylint.readers.interface import Interest
from keylint.readers.nesting import Nesting

_SPACE = re.compile(r"[ \t\r\n\f\v\ufeff\xa0\u2028\u2029]*")
_LINE_COMMENT = re.compile(r"//[^\r\n]*")
_SINGLE = re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL)
_WORD = re.compile(r"[^\s,:\[\]{}\"'/]+")
_TOKEN = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\\r\n|\\.|[^\\]+|\\",
    re.DOTALL,
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0", "\n": "", "\r": ""}
_CONSTANTS = frozenset({"null", "true", "false", "undefined", "NaN", "Infinity", "-Infinity", "+Infinity"})
_LINE = re.compile(r"[^\r\n]+")
_MANIFEST = re.compile(r"[{,]\s*\"apiVersion\"\s*:")
_HEAD = 2_000
_OVER_FILES = 60
_MOST_SCALARS = 5_000
_CONFIGURATION = re.compile(r"(configurations\[\d+\])\.(program|module|args|envFile|env)\b")
_FOLDER = re.compile(r"\A\$\{(?:workspaceFolder|workspaceRoot|cwd)\}/?")


class _SyntaxError(Exception):
    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a JSON file, or each line of a `.jsonl` file by itself."""
    if _MANIFEST.search(text[:_HEAD]) is not None:
        from keylint.readers import yaml  # JSON is YAML, and what reads manifests reads that

        if (facts := yaml.manifests(text, path, interest, environment)) is not None:
            return facts
    collect = Collector(text, path, interest, Channel.JSON, environment)
    if path.lower().endswith((".jsonl", ".ndjson")):
        return _read_lines(collect)
    walk = _Walk(collect, 0, len(text))
    try:
        walk.run()
    except _SyntaxError as error:
        return FileFacts(path, problem=f"line {collect.line(error.offset)}: {error}")
    facts = FileFacts(path, definitions=tuple(collect.definitions), env=variable.started(collect))
    return _launched(facts, walk.scalars) if path.endswith(".vscode/launch.json") else facts


def _launched(facts: FileFacts, scalars: Sequence[tuple[str, str]]) -> FileFacts:
    """Return the facts of an editor's `launch.json` with what its configurations start."""
    found: dict[str, dict[str, list[str]]] = {}
    for label, value in scalars:
        match = _CONFIGURATION.match(label)
        if match is not None:
            found.setdefault(match[1], {}).setdefault(match[2], []).append(_FOLDER.sub("", value))
    workloads = []
    for name, given in found.items():
        words = [*given.get("program", ()), *(["python", "-m", *given["module"]] if "module" in given else ())]
        started = shell.words_run([*words, *given.get("args", ())]) if words and "$" not in words[0] else None
        files = tuple((file, Loader.DOTENV) for file in given.get("envFile", ()))
        workloads.append(Workload(name, started or None, env_files=files))
    env = (
        replace(b, rank=_OVER_FILES, workload=m[1] if (m := _CONFIGURATION.match(_label(b))) else None)
        for b in facts.env
    )
    named = tuple(dict.fromkeys(file for workload in workloads for file, _ in workload.env_files))
    return replace(facts, env=tuple(env), env_files=named, workloads=tuple(workloads))


def _label(binding: EnvBinding) -> str:
    return (binding.value.definition.name or "") if isinstance(binding.value, Literal) else ""


def _read_lines(collect: Collector) -> FileFacts:
    problem = None
    for line in _LINE.finditer(collect.text):
        before = len(collect.definitions)
        try:
            _Walk(collect, *line.span()).run()
        except _SyntaxError as error:
            problem = problem or f"line {collect.line(error.offset)}: {error}"
            del collect.definitions[before:]
            collect.free(*line.span())
    return FileFacts(collect.path, definitions=tuple(collect.definitions), problem=problem)


class _Walk:
    """One pass over the document in `text[at:end]`, with a stack of its own instead of recursion."""

    def __init__(self, collect: Collector, at: int, end: int) -> None:
        self.collect = collect
        self.text = collect.text
        self.at = at
        self.end = end
        self.nesting = Nesting()
        self.keeps = collect.path.endswith(".vscode/launch.json")
        self.scalars: list[tuple[str, str]] = []
        """Config paths and values, where they are of use."""

    def run(self) -> None:
        """Read one value. Raises `_SyntaxError`."""
        self.space()
        if self.at == self.end:
            return
        self.value()
        while self.nesting.frames:
            self.space()
            self.inside()
        self.space()
        if self.at < self.end:
            raise _SyntaxError(self.at, "text after the end of the document")

    def inside(self) -> None:
        """Read what may stand next in the innermost object or array."""
        mapping = self.nesting.frames[-1].mapping
        if self.peek() == ("}" if mapping else "]"):
            self.at += 1
            self.nesting.close()
        else:
            if mapping:
                self.key()
            self.value()
            return
        self.comma()

    def comma(self) -> None:
        """Read the comma or the closing bracket after a value."""
        if not self.nesting.frames:
            return
        self.space()
        if self.peek() == ",":
            self.at += 1
        elif self.peek() not in ("}", "]"):
            raise _SyntaxError(self.at, "expected a comma or a closing bracket")

    def peek(self) -> str:
        if self.at >= self.end:
            raise _SyntaxError(self.end, "unexpected end")
        return self.text[self.at]

    def space(self) -> None:
        """Skip white space, and look for keys in comments."""
        while True:
            match = _SPACE.match(self.text, self.at, self.end)
            self.at = match.end() if match else self.at
            if not self.text.startswith("/", self.at, self.end):
                return
            start = self.at
            if self.text.startswith("/*", start):
                stop = self.text.find("*/", start + 2, self.end)
                if stop < 0:
                    raise _SyntaxError(start, "comment without an end")
                self.at = stop + 2
            else:
                comment = _LINE_COMMENT.match(self.text, start, self.end)
                if comment is None:
                    raise _SyntaxError(start, "expected a value")
                self.at = comment.end()
            self.collect.free(start, self.at, Role.COMMENT)

    def key(self) -> None:
        start = self.at
        name, quoted = self.scalar()
        stop = self.at
        label = self.collect.key(name, lambda: self.spell(name, start, stop, quoted))
        self.space()
        if self.peek() != ":":
            raise _SyntaxError(self.at, "expected a colon")
        self.at += 1
        self.space()
        self.nesting.key(name, label)

    def value(self) -> None:
        """Read a scalar with what follows it, or open an object or array."""
        start = self.at
        opening = self.peek()
        if opening in ("{", "["):
            if len(self.nesting.frames) >= MAX_DEPTH:
                raise _SyntaxError(start, f"nested deeper than {MAX_DEPTH}")
            self.at += 1
            self.nesting.open(opening == "{")
            return
        value, quoted = self.scalar()
        stop = self.at
        found = False
        if quoted or value not in _CONSTANTS:
            found = self.collect.value(
                self.nesting.name(),
                value,
                lambda: self.spell(value, start, stop, quoted),
                self.nesting.label,
                environment=self.nesting.environment(),
                env=self.nesting.variable(),
            )
        if self.keeps and len(self.scalars) < _MOST_SCALARS:
            self.scalars.append((self.nesting.label(), value))
        self.nesting.step(None if found else value)
        self.comma()

    def scalar(self) -> tuple[str, bool]:
        """Return the text of a string or bare word, and whether it is quoted."""
        start = self.at
        opening = self.peek()
        if opening == '"':
            try:
                value, stop = scanstring(self.text, start + 1, False)
            except JSONDecodeError as error:
                raise _SyntaxError(start, error.msg.removesuffix(" starting at").lower()) from None
            if stop > self.end:
                raise _SyntaxError(start, "unterminated string")
            self.at = stop
            return without_surrogates(value), True
        match = (_SINGLE if opening == "'" else _WORD).match(self.text, start, self.end)
        if match is None:
            raise _SyntaxError(start, "expected a value" if opening != "'" else "unterminated string")
        self.at = match.end()
        if opening != "'":
            return match[0], False
        return "".join(_meaning(token[0]) for token in _TOKEN.finditer(match[1])), True

    def spell(self, value: str, start: int, stop: int, quoted: bool) -> Spelling:
        if not quoted:
            return plain(start, stop)
        start, stop = start + 1, stop - 1
        if stop - start == len(value):
            return plain(start, stop)
        return spelled(
            value, start, stop, ((_meaning(m[0]), *m.span()) for m in _TOKEN.finditer(self.text, start, stop))
        )


def _meaning(token: str) -> str:
    if token[0] != "\\" or len(token) == 1:
        return token
    if token[1] == "u" and len(token) == 12:
        return chr(0x10000 + ((int(token[2:6], 16) - 0xD800) << 10) + int(token[8:], 16) - 0xDC00)
    if token[1] in "ux" and len(token) > 2:
        digits = token[2:]
        return chr(int(digits, 16))
    return "" if token == "\\\r\n" else _ESCAPES.get(token[1], token[1])
