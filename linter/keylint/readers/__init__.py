"""One module per language; which one reads a file is decided by its name, and only that one is imported."""

from __future__ import annotations

import importlib
import re
from typing import cast

from keylint.model import FileFacts
from keylint.readers.interface import ENVIRONMENTS, SAMPLE_WORDS, Interest, Reader, ReaderName, environment_of

_WORDS = "|".join([*ENVIRONMENTS, *SAMPLE_WORDS])
# In order: the first that fits reads the file.
_BY_NAME: tuple[tuple[re.Pattern[str], ReaderName], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cast(ReaderName, name))
    for pattern, name in (
        (r".*\.(?:py|pyi|pyw)", "python"),
        (r".*\.ipynb", "notebook"),
        (r".*\.(?:ya?ml|ya?ml\.(?:dist|example|sample|template))|\.(?:clang-format|yamllint)|\.?condarc", "yaml"),
        (r".*\.toml|Pipfile|(?:poetry|uv|Cargo|pdm)\.lock", "toml"),
        (r".*\.(?:json|json5|jsonc|jsonl|ndjson|geojson|webmanifest|code-workspace|tfstate|har|avsc)|"
         r"\.(?:babelrc|eslintrc|prettierrc|jshintrc|bowerrc)|composer\.lock|Pipfile\.lock|flake\.lock", "json"),
        (r".*\.(?:ini|cfg|conf|properties|desktop|editorconfig)|\.?(?:npmrc|pypirc|pylintrc|coveragerc|flake8|netlifyrc)|"
         r"\.?(?:boto|s3cfg|databrickscfg)|\.gitconfig|\.gitmodules", "ini"),
        (rf"\.env(?:rc)?|\.flaskenv|\.env[._-].+|.+\.env|(?:.+\.)?env[._-](?:{_WORDS})(?:\.local)?", "dotenv"),
    )
)  # fmt: skip
_CODE = re.compile(r".*\.(?:[cm]?[jt]sx?|d\.ts|sh|bash|zsh|fish|ps1|php|rb|go|rs|java|kt|md|rst|txt|html?|lock|j2|vue)")
_INI_FOLDERS = re.compile(r"(?:.*/)?(?:\.aws/(?:credentials|config)|\.gcloud/[^/]+|\.git/config)")


def reader_for(path: str) -> ReaderName | None:
    """Return the name of the reader for a file of this name, `None` where it is read as plain text."""
    name = path.rsplit("/", 1)[-1]
    if _CODE.fullmatch(name):
        return "json" if name in {"composer.lock", "Pipfile.lock", "flake.lock"} else None
    for pattern, reader in _BY_NAME:
        if pattern.fullmatch(name):
            return reader
    return "ini" if _INI_FOLDERS.fullmatch(path) else None


def read(name: ReaderName, text: str, path: str, interest: Interest) -> FileFacts:
    """Read a file with the reader of that name."""
    reader: Reader = importlib.import_module(f"keylint.readers.{name}").read
    return reader(text, path, interest, environment_of(path))
