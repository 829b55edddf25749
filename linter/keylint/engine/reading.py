"""Bytes of one file -> its facts. A file that does not parse is matched as text, and says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from keylint import readers
from keylint.match import MAX_HITS
from keylint.model import Channel, Definition, FileFacts, Secret, Within
from keylint.readers.interface import Found, Interest, Lines, NoCalls, environment_of
from keylint.sources.read import PARSE_LIMIT

_LARGEST_CONTENT = 20_000
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)


def read(path: str, data: bytes, interest: Interest) -> FileFacts:
    """Return what one file contributes. Never raises on what is in the file.

    Of definitions and of uses it holds at most `MAX_HITS`, and says so.
    """
    facts = _read(path, data, interest)
    if len(facts.definitions) <= MAX_HITS and len(facts.uses) <= MAX_HITS:
        return facts
    problem = f"more than {MAX_HITS:,} values or calls: the rest is left out"
    return replace(
        facts,
        definitions=facts.definitions[:MAX_HITS],
        uses=facts.uses[:MAX_HITS],
        problem=f"{facts.problem}; {problem}" if facts.problem else problem,
    )


def _read(path: str, data: bytes, interest: Interest) -> FileFacts:
    text, undecoded = decode(data)
    name = readers.reader_for(path) or ("source" if is_script(path, data) else None)
    if name is None or name == "text" or len(data) > PARSE_LIMIT:
        too_large = (
            f"larger than {PARSE_LIMIT // 1_000_000} MB: matched as text" if name not in (None, "text") else None
        )
        facts = readers.read("text", text, path, interest)
        return replace(facts, problem=undecoded or too_large)
    facts = readers.read(name, text, path, interest)
    if facts.problem is None:
        return replace(facts, problem=undecoded) if undecoded else facts
    if facts.definitions or facts.env or facts.uses:
        return facts  # the reader kept what it could read
    return replace(readers.read("text", text, path, interest), problem=facts.problem)


class _EveryValue(NoCalls):
    """Wants every value that has a name, and those that OmegaConf takes from variables."""

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        wanted = (name and text) or text.startswith("${oc.env:")
        return (Found(0, len(text), Within.WHOLE),) if wanted else ()


def read_values(path: str, data: bytes) -> FileFacts:
    """Return all values of a configuration file; of any small file, as its first value, all that it holds."""
    name, text = readers.reader_for(path), decode(data)[0]
    known = name in ("yaml", "toml", "json", "ini", "dotenv")
    facts = readers.read(name, text, path, _EveryValue()) if name is not None and known else FileFacts(path)
    if not text or len(data) > _LARGEST_CONTENT:
        return facts
    contiguous, text = "\r" not in text, text.replace("\r\n", "\n")  # as a program reads it
    place = Lines(text).place(path, 0, len(text))
    whole = Definition(place, Secret(text), Channel.TEXT, environment=environment_of(path), contiguous=contiguous)
    return replace(facts, definitions=(whole, *facts.definitions))


def decode(data: bytes) -> tuple[str, str | None]:
    """Return the text of a file and, where the bytes are not what they should be, what was done about it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace"), "UTF-16: most loaders cannot read it"
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        cookie = _CODING.search(data[:200])
        if cookie is not None:
            try:
                return data.decode(cookie[1].decode("ascii")), None
            except (LookupError, UnicodeDecodeError):
                pass
        line = data.count(b"\n", 0, error.start) + 1
        return data.decode("latin-1"), f"line {line}: not valid UTF-8, read as Latin-1"


_ENV_FILE = re.compile(
    r"\.env(\..+)?|.+\.env|\.envrc|env\.(example|sample|template)|.+\.env\.(example|sample|template)"
)
_COMPOSE = re.compile(r".*(compose|docker-stack).*\.ya?ml", re.IGNORECASE)


# What starts programs, and may name the files that they take variables from.
_RUNS = ("Makefile", "makefile", "justfile", "Procfile", ".mk", ".just", ".sh", ".bash", ".zsh", ".yml", ".yaml")
# A script that reads a file of variables: `source .env`, `. ./prod.env`, `export $(cat .env | xargs)`.
_SOURCES = re.compile(
    rb"(?:^|[\s;&({])(?:source|\.)[ \t]+[\"']?[^\s;&|]{0,200}env|\b(?:cat|grep|sed|xargs)\b[^\n)`]{0,200}\.env\b"
    rb"|^-?s?include[ \t]+\S{0,200}env",
    re.MULTILINE,
)
_SHEBANG = re.compile(rb"#![^\n]{0,60}\b(?:ba|z|k|da|a)?sh\b")
# What makes a manifest fill in variables, or keep keys where no matcher sees them.
_MANIFEST = re.compile(
    rb"secretKeyRef|configMapKeyRef|envFrom|volumeMounts|(?:secret|configMap)Generator"
    rb"|\{\{[^}]{0,200}\.Values\.|^[ \t-]*kind:[ \t]*[\"']?Secret\b",
    re.MULTILINE,
)


def is_script(path: str, data: bytes) -> bool:
    """Say whether a file with no suffix is a shell script."""
    return data[:2] == b"#!" and "." not in path[path.rfind("/") + 1 :] and _SHEBANG.match(data) is not None


def defines_environment(path: str, data: bytes) -> bool:
    """Say whether a file is read for its variables though nothing in it looks like a key.

    So are the `.env` family, compose files, units, manifests with Secrets or references to them, and scripts that hand `.env`
    files to a command.
    """
    name = path[path.rfind("/") + 1 :]
    if (name.endswith(_RUNS) or is_script(path, data)) and (
        b"--env-file" in data or (b"env" in data and _SOURCES.search(data))
    ):
        return True
    if name.endswith(".service") and b"Environment" in data:
        return True
    if ".github/workflows/" in path and b"env:" in data and b"python" in data:
        return True  # which variables a step has, and which it lacks
    if (
        name.endswith((".yml", ".yaml"))
        and (b"kind:" in data or b"env" in data or b"Generator" in data)
        and _MANIFEST.search(data)
    ):
        return True
    if "env" not in name and "compose" not in name.lower() and "stack" not in name:
        return False  # nearly every file of a tree: three searches instead of two expressions
    return _ENV_FILE.fullmatch(name) is not None or _COMPOSE.fullmatch(name) is not None
