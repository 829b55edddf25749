"""One module per language; which one reads a file is decided by its name, and only that one is imported."""

from __future__ import annotations

import importlib
import re
from typing import cast

from keylint.model import FileFacts
from keylint.readers.interface import (
    ENVIRONMENTS,
    SAMPLE_SUFFIX,
    SAMPLE_WORDS,
    Interest,
    Reader,
    ReaderName,
    environment_of,
)

_WORDS = "|".join([*ENVIRONMENTS, *SAMPLE_WORDS])
# In order: the first that fits reads the file.
_BY_NAME: tuple[tuple[re.Pattern[str], ReaderName], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cast(ReaderName, name))
    for pattern, name in (
        (r".+\.(?:[cm]?[jt]sx?|go|java|php|phtml|rb|rake|gemspec|sh|bash|zsh|ksh)|Gemfile|Rakefile", "source"),
        (r"\.(?:bash|zsh)(?:rc|env|_profile|_login|_logout)|\.profile", "source"),
        (r".+\.(?:fish|ps1|rs|kt|md|rst|txt|html?|j2|vue)", "text"),
        (r".+\.(?:py|pyi|pyw)", "python"),
        (r".+\.ipynb", "notebook"),
        (r".+\.ya?ml|\.(?:clang-format|yamllint)|\.?condarc", "yaml"),
        (r".+\.toml|Pipfile|(?:poetry|uv|Cargo|pdm)\.lock", "toml"),
        (r".+\.(?:json|json5|jsonc|jsonl|ndjson|geojson|webmanifest|code-workspace|tfstate|har|avsc)", "json"),
        (r"\.(?:babelrc|eslintrc|prettierrc|jshintrc|bowerrc)|(?:composer|Pipfile|flake)\.lock", "json"),
        (r".+\.(?:ini|cfg|conf|properties)|\.editorconfig|\.gitconfig|\.gitmodules", "ini"),
        (r"\.?(?:npmrc|pypirc|pylintrc|coveragerc|flake8|boto|s3cfg|databrickscfg)", "ini"),
        (r"(?:.+\.)?(?:Dockerfile|Containerfile)(?:\..+)?", "dockerfile"),
        (r"(?:GNU)?Makefile(?:\.(?:am|in|inc|common))?|.+\.mk|\.?justfile|.+\.just|Procfile(?:\..+)?", "recipes"),
        (r".+\.(?:service|socket|timer)", "systemd"),
        (r".+\.(?:tf|tfvars|hcl)", "terraform"),
        (r"[._]netrc", "netrc"),
        (r".+\.(?:xml|config|plist|xml\.dist|resx|pubxml|csproj)", "xml"),
        (rf"\.env(?:rc)?|\.flaskenv|\.env[._-].+|.+\.env|(?:.+\.)?env[._-](?:{_WORDS})(?:\.local)?", "dotenv"),
    )
)
_INI_PATHS = re.compile(r"(?:.*/)?(?:\.aws/(?:credentials|config)|\.git/config)")
# Text in which a name is given a value: code, scripts, configuration of no known syntax.
_ASSIGNS = re.compile(
    r".+\.(?:[cm]?[jt]sx?|go|java|kts?|rb|php|rs|cs|swift|scala|groovy|gradle|vue|sh|bash|zsh|fish|ps1|bat|cmd|mk|just|tf|tfvars|hcl"
    r"|service|xml|config|plist|[cf]sproj)"
    r"|\.?(?:npmrc|pypirc|boto|s3cfg|databrickscfg|netrc|justfile)|_netrc|Dockerfile.*|Makefile|Jenkinsfile|Procfile|credentials",
    re.IGNORECASE,
)


def assigns_values(path: str) -> bool:
    """Say whether values are given to names in a file that no reader of its own or the one for INI files reads."""
    return _ASSIGNS.fullmatch(path[path.rfind("/") + 1 :]) is not None


def reader_for(path: str) -> ReaderName | None:
    """Return the name of the reader for a file of this name, `None` where it is read as plain text.

    A suffix that marks a sample is looked through: `config.toml.example` is TOML.
    """
    name = path.rsplit("/", 1)[-1]
    for candidate in (name, SAMPLE_SUFFIX.sub("", name)):
        for pattern, reader in _BY_NAME:
            if pattern.fullmatch(candidate):
                return reader if reader != "text" else None
    return "ini" if _INI_PATHS.fullmatch(path) else None


def read(name: ReaderName, text: str, path: str, interest: Interest) -> FileFacts:
    """Read a file with the reader of that name."""
    reader: Reader = importlib.import_module(f"keylint.readers.{name}").read
    return reader(text, path, interest, environment_of(path))
