"""Shell scripts and command lines: the variables that each command is started with, and what it starts.

Commands are taken in the order of the text, whatever branches and functions they stand in. Nothing is expanded but what a
variable's whole value is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

from keylint.model import EnvBinding, EnvRead, Literal, Loader, Opaque, Value, Workload
from keylint.readers import starts, variable
from keylint.readers.collect import Collector, Spelling
from keylint.readers.starts import Runs

_MOST_CHARACTERS = 1_000_000
_MOST_WORKLOADS = 40
_MOST_VARIABLES = 400
# What a script sets beats what its surroundings set.
_RANK = 50
_BEFORE_FILES = 42

_SPACE = re.compile(r"(?:[ \t]|\\\r?\n)+")
_SEPARATOR = re.compile(r"\n|;;?&?|&&|\|\|?|&(?!>)|[()]")
_REDIRECT = re.compile(r"(?:\d*(?:<<<|<<-?|>>|>&|>\||<&|<>|[<>])|&>>?)[ \t]*")
_PLAIN = re.compile(r"[^ \t\n;&|()<>'\"\\$`]+")
_SINGLE = re.compile(r"'([^']*)'")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+=])([^{}\n]*))?\}|[0-9@*#?$!-]|\{[^{}\n]*\})")
_IN_DOUBLE = re.compile(r"[^\"\\$`]+|\\\n|\\.", re.DOTALL)
_PIECE = re.compile(r"\\.|[^\\]+|\\", re.DOTALL)
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\+?=")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "e": "\x1b"}
# `export $(grep -v '^#' .env | xargs)`
_READS_FILE = re.compile(
    r"(?:cat|grep|egrep|sed|xargs|cut|awk)\b[^`)]*?(?<![\w$*?])((?:[\w./~-]*/)?[\w.-]*\.?env[\w.-]*)(?=[\s|)`<>\"']|\Z)"
)
_SHELLS = frozenset({"sh", "bash", "zsh", "ash", "dash", "ksh"})
_EXPORTS = frozenset({"export", "declare", "typeset", "local", "readonly", "setenv"})
_SKIPPED = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec", "command", "function"}
)
_ENV_OPTION = re.compile(r"--env=|--build-env=|--set-env-vars=|-e(?=[A-Za-z_]\w*=)")
_LAUNCHERS = re.compile(
    r"(?:heroku|fly|flyctl|dokku|railway|gcloud|eb|copilot|modal|docker|podman|nerdctl|docker-compose|compose|make|just|npm|yarn|pnpm|invoke|task|supervisord|honcho|foreman|heroku"
    r"|serverless|sam|act|kubectl|helm|ansible-playbook|terraform|airflow|prefect|dagster)\Z"
)


@dataclass(slots=True)
class Word:
    """A word with quotes taken off. What is expanded in it is missing from `tokens`."""

    start: int
    end: int
    tokens: list[tuple[str, int, int]] = field(default_factory=list)
    variables: list[tuple[str, str | None, int, int]] = field(default_factory=list)
    """Name, what stands in for it, and the span of that."""
    computed: bool = False
    """Something else than plain variables is expanded."""

    @property
    def value(self) -> str:
        """The word as far as it is written."""
        return "".join(token[0] for token in self.tokens)

    @property
    def is_literal(self) -> bool:
        """Nothing is expanded in it."""
        return not self.computed and not self.variables


def commands(text: str) -> Iterator[list[Word]]:
    """Yield the commands of a text, each with its words, redirections left out."""
    at, end = (1 if text.startswith("\ufeff") else 0), len(text)
    words: list[Word] = []
    documents: list[str] = []
    while at < end:
        if space := _SPACE.match(text, at):
            at = space.end()
        elif text[at] == "#":
            at = _line_end(text, at)
        elif redirect := _REDIRECT.match(text, at):
            at = redirect.end()
            if redirect[0].strip() in ("(", ")"):
                continue
            word = _word(text, at)
            if redirect[0].lstrip("0123456789").startswith("<<") and "<<<" not in redirect[0] and word.end > at:
                documents.append(word.value)
            at = word.end
        elif separator := _SEPARATOR.match(text, at):
            at = separator.end()
            if words:
                yield words
                words = []
            while separator[0] == "\n" and documents:
                at = _after_document(text, at, documents.pop(0))
        else:
            word = _word(text, at)
            words.append(word)
            at = max(word.end, at + 1)
    if words:
        yield words


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return found if found >= 0 else len(text)


def _after_document(text: str, at: int, mark: str) -> int:
    """Return where the text goes on after a here-document."""
    while at < len(text):
        stop = _line_end(text, at)
        if text[at:stop].strip() == mark.strip():
            return stop
        at = stop + 1
    return len(text)


def _word(text: str, at: int) -> Word:
    word = Word(at, at)
    while at < len(text):
        if match := _PLAIN.match(text, at):
            word.tokens.append((match[0], *match.span()))
        elif match := _SINGLE.match(text, at):
            word.tokens.append((match[1], *match.span(1)))
        elif match := _ANSI.match(text, at):
            inner = match.start(1)
            word.tokens += [(_meaning(m[0]), inner + m.start(), inner + m.end()) for m in _PIECE.finditer(match[1])]
        elif text[at] == '"':
            at = _double(text, at, word)
            continue
        elif text[at] == "\\":
            if text[at + 1 : at + 2] != "\n":
                word.tokens.append((text[at + 1 : at + 2], at, min(at + 2, len(text))))
            at += 2
            continue
        elif text[at] in "$`":
            at = _expansion(text, at, word)
            continue
        elif text[at] == "'":
            word.tokens.append(("'", at, at + 1))  # never closed
            at += 1
            continue
        else:
            break
        at = match.end()
    word.end = min(at, len(text))
    return word


def _meaning(piece: str) -> str:
    return _ESCAPES.get(piece[1], piece) if piece[0] == "\\" and len(piece) == 2 else piece


def _double(text: str, at: int, word: Word) -> int:
    start, at = at, at + 1
    before = len(word.tokens)
    while at < len(text) and text[at] != '"':
        if match := _IN_DOUBLE.match(text, at):
            piece = match[0]
            if piece[0] == "\\":
                piece = "" if piece[1] == "\n" else piece[1] if piece[1] in '$`"\\' else piece
            word.tokens.append((piece, *match.span()))
            at = match.end()
        else:
            at = _expansion(text, at, word)
    if at >= len(text):  # never closed: the quote is a character
        del word.tokens[before:]
        word.tokens.append(('"', start, start + 1))
        return start + 1
    if len(word.tokens) == before:
        word.tokens.append(("", start + 1, start + 1))
    return at + 1


def _expansion(text: str, at: int, word: Word) -> int:
    """Take what begins with `$` or a backtick; return where it ends."""
    if match := _VARIABLE.match(text, at):
        name = match[1] or match[2]
        if name and not (match[3] or "").endswith("+"):
            default = match[4] if (match[3] or "").endswith(("-", "=")) else None
            word.variables.append((name, default, *(match.span(4) if default is not None else (at, at))))
        else:
            word.computed = True
        return match.end()
    word.computed = True
    if text.startswith("${{", at):  # what a CI service fills in
        end = text.find("}}", at, at + 500)
        return end + 2 if end >= 0 else at + 3
    if text.startswith("$(", at):
        depth, end = 0, at + 1
        while end < len(text) and end - at < 5_000:
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
            if not depth:
                return end
        return at + 2
    if text[at] == "`":
        end = text.find("`", at + 1)
        return end + 1 if end >= 0 else at + 1
    word.computed = False
    word.tokens.append(("$", at, at + 1))
    return at + 1


def runs(text: str) -> Runs:
    """Return what the commands of a text start."""
    return _together(words_run([word.value for word in words]) for words in commands(text))


def words_run(values: Sequence[str]) -> Runs:
    """Return what one command starts, also one that is handed to a shell."""
    inner = _inner(values)
    return runs(inner) if inner is not None else starts.started(values)


def _together(found: Iterable[Runs]) -> Runs:
    """Return all that some commands start, of which at least one has to be known."""
    each = list(found)
    known = tuple(dict.fromkeys(entry for entries in each for entry in entries or ()))
    return known or (None if None in each else ())


def _inner(values: Sequence[str]) -> str | None:
    """Return the script of `sh -c "…"`."""
    for i, value in enumerate(values[:-2]):
        if value.strip().rsplit("/", 1)[-1] in _SHELLS and re.fullmatch(r"-\w*c", values[i + 1]):
            return values[-1] if i + 3 == len(values) else None
    return None


# ---------------------------------------------------------------- what is started with what


@dataclass(slots=True)
class Script:
    """What a script or command line sets and starts."""

    env: list[EnvBinding] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)

    def add(self, other: Script) -> None:
        """Take what another part of the same file sets and starts."""
        self.env += other.env
        self.workloads += other.workloads


class _State:
    """The variables of a shell while its commands run."""

    def __init__(self) -> None:
        self.exported: dict[str, EnvBinding] = {}
        self.assigned: dict[str, EnvBinding] = {}
        self.files: list[tuple[str, Loader]] = []
        self.all = False
        self.directory = ""


def read(collect: Collector, text: str, spelling: Spelling | None, name: str, **options: Unpack[Options]) -> Script:
    """Return what a script sets and starts; workloads are called `name`, and `name#2` … from the second on.

    `spelling` says where in the file the text stands (`None`: it is the file).
    """
    session = Session(collect, name, **options)
    session.feed(text, spelling)
    return session.end()


class Options(TypedDict, total=False):
    """What a script is started with."""

    ambient: Sequence[EnvBinding]
    files: Sequence[tuple[str, Loader]]
    """Files of variables."""
    environment: str | None
    directories: Sequence[str]


class Session:
    """A shell that is given its commands in one or several texts of a file."""

    def __init__(
        self,
        collect: Collector,
        name: str,
        ambient: Sequence[EnvBinding] = (),
        files: Sequence[tuple[str, Loader]] = (),
        environment: str | None = None,
        directories: Sequence[str] = (),
    ) -> None:
        self.collect = collect
        self.spelling: Spelling | None = None
        self.name = name
        self.ambient = ambient
        self.files = files
        self.environment = environment or collect.environment
        self.directories = directories
        self.state = _State()
        self.script = Script()
        self.handed_on: list[EnvBinding] = []
        """What it sets for the steps behind it: `echo "NAME=value" >> $GITHUB_ENV`."""
        self._entries: list[Runs] = []

    def feed(self, text: str, spelling: Spelling | None) -> None:
        """Take the commands of a text."""
        self.spelling = spelling
        if len(text) <= _MOST_CHARACTERS:
            for words in commands(text):
                self._entries.append(self._command(words, text))

    def end(self) -> Script:
        """Return what was set and started. Where nothing known was started, what is set is set for all that may be."""
        state, entries = self.state, _together(self._entries)
        if not self.script.workloads and (state.exported or state.files or self.ambient or self.files):
            if entries != () or state.exported or state.files:
                self._start(entries or None, {})
        elif not self.script.workloads and entries:
            self._start(entries, {})
        return self.script

    def _command(self, words: list[Word], text: str) -> Runs:
        """Take one command; return what it starts."""
        at = 0
        while at < len(words) and words[at].value.strip() in _SKIPPED:
            at += 1
        prefix: dict[str, EnvBinding] = {}
        at = self._prefix(words, at, prefix)
        name = words[at].value.strip() if at < len(words) else ""
        if not name and at >= len(words):
            for assigned, binding in prefix.items():
                self._assign(assigned, binding, exported=self.state.all)
            return ()
        if name == "env" or name.endswith("/env"):
            at = self._prefix(words, at + 1, prefix)
            name = words[at].value.strip() if at < len(words) else ""
        rest = words[at + 1 :]
        if name in _EXPORTS:
            self._export(name, rest, text)
        elif name in ("source", ".") and rest:
            self._source(rest[0])
        elif name == "set":
            self._set(rest)
        elif name == "unset":
            for word in rest:
                self.state.exported.pop(word.value.strip(), None)
                self.state.assigned.pop(word.value.strip(), None)
        elif name == "cd" and rest:
            self._cd(rest[0])
        elif name in ("echo", "printf") and "GITHUB_ENV" in text[words[at].start : _line_end(text, words[-1].end)]:
            self.handed_on += [found[1] for word in rest if (found := self._assigned(word, quoted=True))]
        else:
            return self._execute(words[at:], prefix)
        return ()

    def _prefix(self, words: list[Word], at: int, prefix: dict[str, EnvBinding]) -> int:
        while at < len(words) and (assigned := self._assigned(words[at])) is not None:
            prefix[assigned[0]] = assigned[1]
            at += 1
        return at

    def _execute(self, words: list[Word], prefix: dict[str, EnvBinding]) -> Runs:
        values = [word.value for word in words]
        first = values[0].strip().rsplit("/", 1)[-1] if values else ""
        entries = words_run(values)
        if _LAUNCHERS.match(first):  # `docker run -e NAME=value`, `heroku config:set NAME=value`
            prefix |= dict(found for word in words[1:] if (found := self._option(word)) is not None)
        if entries == ():
            return entries
        hands_on = not first and self.spelling is None and "$@" in self.collect.text[words[0].start : words[-1].end]
        if entries or prefix or hands_on or _LAUNCHERS.match(first):
            self._start(entries, prefix, starts.directory(values))
        return entries

    def _option(self, word: Word) -> tuple[str, EnvBinding] | None:
        """Return the variable that a word sets for what is launched: `NAME=value`, `--env=NAME=value`."""
        match = _ENV_OPTION.match(word.tokens[0][0]) if word.tokens else None
        if match is not None:
            first, start, end = word.tokens[0]
            tokens = [(first[match.end() :], start + match.end(), end), *word.tokens[1:]]
            word = Word(start + match.end(), word.end, tokens, word.variables, word.computed)
        return self._assigned(word)

    def _start(self, entries: Runs, prefix: dict[str, EnvBinding], directory: str = "") -> None:
        script = self.script
        if len(script.workloads) >= _MOST_WORKLOADS:
            return
        name = self.name if not script.workloads else f"{self.name}#{len(script.workloads) + 1}"
        where = tuple(dict.fromkeys(d for d in (directory, self.state.directory, *self.directories) if d))
        files = (*self.files, *self.state.files)
        script.workloads.append(Workload(name, entries, directories=where, env_files=files))
        given = {binding.name: binding for binding in self.ambient}
        given |= {**self.state.exported, **prefix}
        matters = [b for b in given.values() if self._matters(b)]
        script.env += [replace(binding, workload=name) for binding in matters[:_MOST_VARIABLES]]

    def _matters(self, binding: EnvBinding) -> bool:
        """Say whether a variable can hold a key, for its name or its value."""
        if variable.may_hold_key(binding.name):
            return True
        value = binding.value.definition.secret.reveal() if isinstance(binding.value, Literal) else ""
        return bool(value and self.collect.interest.spans(binding.name, value))

    # ------------------------------------------------------------------ variables

    def _assigned(self, word: Word, *, quoted: bool = False) -> tuple[str, EnvBinding] | None:
        """Return the variable that a word assigns; of one that is `quoted` as a whole, too."""
        first = word.tokens[0] if word.tokens else ("", word.start, word.start)
        match = _ASSIGNED.match(first[0]) if first[1] - quoted <= word.start else None
        if match is None:
            return None
        cut = match.end()
        tokens = [(first[0][cut:], first[1] + cut, first[2]), *word.tokens[1:]]
        return match[1], self._binding(match[1], word, tokens)

    def _binding(self, name: str, word: Word, tokens: list[tuple[str, int, int]]) -> EnvBinding:
        collect = self.collect
        shown = [token for token in tokens if token[0]] or tokens[-1:]
        value = "".join(token[0] for token in shown)
        spelling = Spelling([(len(text), *self._span(a, b)) for text, a, b in shown])
        whole = collect.define(value, spelling, label=name, env=name, environment=self.environment)
        bound: Value = Literal(whole)
        if not word.is_literal:
            bound = self._expanded(word, value, name)
        elif variable.is_filled_in(value):
            bound = variable.OUTSIDE
        return EnvBinding(name, bound, whole.place, collect.channel, self.environment, _RANK)

    def _expanded(self, word: Word, value: str, name: str) -> Value:
        """Return what a value with variables in it is, as far as one variable is all of it."""
        if word.computed or value or len(word.variables) != 1:
            return Opaque("put together by a shell")
        other, default, start, end = word.variables[0]
        known = self.state.exported.get(other) or self.state.assigned.get(other)
        if known is not None:
            return known.value
        collect = self.collect
        stand_in: Value | None = None
        if default and "$" not in default and default[0] not in "\"'":
            spelling = Spelling([(len(default), *self._span(start, end))])
            stand_in = Literal(collect.define(default, spelling, label=name, env=name, environment=self.environment))
        return EnvRead(other, collect.place(*self._span(word.start, word.end)), stand_in)

    def _span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the file of a span of the text."""
        return (start, end) if self.spelling is None else self.spelling.span(start, end)

    def _assign(self, name: str, binding: EnvBinding, *, exported: bool) -> None:
        if exported or name in self.state.exported:
            self.state.exported[name] = binding
        else:
            self.state.assigned[name] = binding

    def _export(self, keyword: str, rest: list[Word], text: str) -> None:
        options = "".join(word.value for word in rest if word.value.startswith("-"))
        exported = keyword in ("export", "setenv") or "x" in options
        for word in rest:
            name = word.value.strip()
            assigned = self._assigned(word)
            if assigned is not None:
                self._assign(*assigned, exported=exported or self.state.all)
            elif exported and name in self.state.assigned:
                self.state.exported[name] = self.state.assigned.pop(name)
            elif word.computed and (read := _READS_FILE.search(text, word.start, word.end)):
                self.state.files.append((read[1], Loader.SHELL))

    def _source(self, word: Word) -> None:
        path = word.value.strip()
        if path and not path.rstrip("/").endswith("/bin/activate"):
            self.state.files.append((path, Loader.SHELL if self.state.all else Loader.SHELL_EXPORTS))
            # What the file sets comes later.
            before = {name: replace(b, rank=_BEFORE_FILES) for name, b in self.state.exported.items()}
            self.state.exported.update(before)

    def _set(self, rest: list[Word]) -> None:
        values = [word.value.strip() for word in rest]
        for i, value in enumerate(values):
            option = values[i + 1] if value in ("-o", "+o") and i + 1 < len(values) else ""
            if re.fullmatch(r"[-+][a-zA-Z]+", value) and ("a" in value or option == "allexport"):
                self.state.all = value.startswith("-")

    def _cd(self, word: Word) -> None:
        path = word.value.strip()
        if word.is_literal and path and not path.startswith(("/", "-", "~")):
            self.state.directory = f"{self.state.directory}/{path}".strip("/") if self.state.directory else path


def sourced(collect: Collector) -> tuple[EnvBinding, ...]:
    """Return what a shell that sources the file sets: rank 1 where the file exports it, else 0."""
    reader = Session(collect, "")
    for words in commands(collect.text) if len(collect.text) <= _MOST_CHARACTERS else ():
        if reader._assigned(words[0]) is not None or words[0].value in _EXPORTS or words[0].value == "set":
            reader._command(words, collect.text)
    state = reader.state
    return (
        *(replace(binding, rank=0) for binding in state.assigned.values()),
        *(replace(binding, rank=1) for binding in state.exported.values()),
    )
