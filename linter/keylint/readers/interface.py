"""What every reader is given and gives back, and the arithmetic of places that they share."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, Protocol

from keylint.model import FileFacts, Place, Sink, Within

ReaderName = Literal[
    "python", "notebook", "dotenv", "yaml", "toml", "json", "ini", "source", "text",
    "dockerfile", "recipes", "systemd", "netrc", "terraform", "xml",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A span of a value (character offsets into it) that is to become a definition."""

    start: int
    end: int
    within: Within


class Interest(Protocol):
    """What a run looks for. Readers ask it about every literal and scalar that they meet."""

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        """Return what in `text` is a key or a candidate; `(0, len(text))` is all of it.

        `text` is one literal or scalar, `name` what it is bound to.
        """
        ...

    def sinks(self, call: str) -> tuple[Sink, ...]:
        """Return the catalogue's sinks of a dotted call."""
        ...

    def header(self, name: str) -> bool:
        """Say whether an HTTP header carries a key; case does not matter."""
        ...

    def provider_of_host(self, host: str) -> str | None:
        """Return the id of the provider that owns `host`."""
        ...


class NoCalls:
    """The part of an `Interest` for which only values count."""

    def sinks(self, call: str) -> tuple[Sink, ...]:
        """No calls are of interest."""
        return ()

    def header(self, name: str) -> bool:
        """No headers are of interest."""
        return False

    def provider_of_host(self, host: str) -> str | None:
        """No hosts are of interest."""
        return None


class Reader(Protocol):
    """The one function of a reader module."""

    def __call__(self, text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
        """Return the facts of a file. Never raises: what does not parse is said in `FileFacts.problem`."""
        ...


_LINE_END = re.compile(r"\r\n?|\n")


class Lines:
    """Offset -> line and column of one text. Lines end with `\\n`, `\\r\\n` or `\\r`; columns count characters."""

    def __init__(self, text: str) -> None:
        if "\r" in text:
            self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        else:
            self.starts = [*accumulate((len(line) + 1 for line in text.split("\n")), initial=0)][:-1]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the 1-based line and column of a character offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, path: str, start: int, end: int) -> Place:
        """Return the place of the characters `start` to `end` (exclusive)."""
        return Place(path, *self.position(start), *self.position(end))


# Words for an environment, and what they are called here. Other words stay as written.
ENVIRONMENTS = {
    "production": "production", "prod": "production", "prd": "production", "live": "production",
    "staging": "staging", "stage": "staging", "stg": "staging",
    "development": "development", "dev": "development", "local": "development",
    "test": "test", "testing": "test", "ci": "test",
    "qa": "qa", "uat": "uat", "preprod": "preprod", "preview": "preview", "sandbox": "sandbox",
}  # fmt: skip
SAMPLE_WORDS = frozenset({"example", "examples", "sample", "template", "tmpl", "tpl", "dist", "defaults", "default"})
SAMPLE_SUFFIX = re.compile(r"\.(?:example|sample|template|tmpl|tpl|dist)\Z", re.IGNORECASE)
_SAMPLE_NAME = re.compile(r"\.(?:example|sample)\.[^./]+\Z", re.IGNORECASE)

# Who ends a file name in these words means the environment; `test.yaml` and `local.json` can be anything.
_PLAIN_WORDS = "production|prod|prd|staging|stg|development"
_SUFFIX = r"\.(?:ya?ml|toml|jsonc?|ini|cfg|conf|properties|tfvars|py)"
_FOLDER = r"(?:settings|configs?|conf|environments?|envs?|inventor(?:y|ies)|group_vars)"
_WORDS = "|".join(ENVIRONMENTS)
_ANY = r"[A-Za-z][A-Za-z0-9_-]*"
# The first position that fits decides. `_ANY` stands where the design says that any word names an environment.
_POSITIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:docker-)?(?:compose|stack)\.({_ANY})\.ya?ml\Z",
        rf"(?:\A|/)values[-.]({_ANY})\.ya?ml\Z",
        rf"(?:\A|/)overlays/({_ANY})/",
        rf"(?:\A|/)appsettings\.({_ANY})\.json\Z",
        rf"(?:\A|/)(?:application|bootstrap)-({_ANY})\.(?:ya?ml|properties)\Z",
        rf"(?:\A|/){_FOLDER}/(?:[^/]+/)?({_WORDS})(?:{_SUFFIX}\Z|/)",
        rf"(?:\A|/)(?:[^/]*[._-])?({_PLAIN_WORDS}){_SUFFIX}\Z",
        rf"(?:\A|/)(?:[^/]*[._-])?({_WORDS})\.env\Z",
    )
)
_LAYERS = SAMPLE_WORDS | {"override", "overrides", "base", "common", "shared"}
_ENV_FILE = re.compile(rf"(?:\A|/)(?:\.env[._-]([^/]+)|(?:[^/]+\.)?env[.-]((?:{_WORDS})(?:\.[^/]+)?))\Z", re.IGNORECASE)
# What an editor, a tool or another language hangs on a file name.
_NOISE = _LAYERS | {
    "local", "bak", "backup", "old", "orig", "save", "swp", "tmp", "enc", "vault", "gpg", "age", "keys", "j2",
    "json", "yaml", "yml", "toml", "ini", "conf", "py", "js", "cjs", "mjs", "ts", "tsx", "sh", "zsh", "fish",
    "php", "rb", "go", "txt", "md", "html", "d",
}  # fmt: skip


def is_sample(path: str) -> bool:
    """Say whether a file only shows what a real one looks like: `config.toml.example`, `settings.sample.ini`."""
    return SAMPLE_SUFFIX.search(path) is not None or _SAMPLE_NAME.search(path) is not None


def canonical_environment(word: str) -> str:
    """Return the name that an environment goes by here (`prod` -> `production`); an unknown word stays as written."""
    return ENVIRONMENTS.get(word.lower(), word)


def environment_of(path: str) -> str | None:
    """Return the environment that a file's name or folder stands for, `None` where they name none.

    `.env.local` and `docker-compose.override.yml` are layers over every environment, and so they name none.
    """
    env_file = _ENV_FILE.search(path)
    if env_file is not None:
        words = [word for word in (env_file[1] or env_file[2]).split(".") if word.lower() not in _NOISE]
        known = [word for word in words if word.lower() in ENVIRONMENTS]
        if known:
            return canonical_environment(known[0])
        return words[0] if len(words) == 1 and re.fullmatch(_ANY, words[0]) else None
    for position in _POSITIONS:
        match = position.search(path)
        if match is not None:
            return None if match[1].lower() in _LAYERS else canonical_environment(match[1])
    return None
