"""`.secrets.baseline` of detect-secrets, read as data: what its `plugins_used` and `filters_used` name is never imported.

It knows a secret by its SHA-1. For some detectors that is the hash of a part that every such key has (`ghp`, `BEGIN RSA
PRIVATE KEY`): such an entry is the hash of no key, and silences none here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keylint.baseline.entries import BaselineError
from keylint.status.files import read_regular

FILE = ".secrets.baseline"
MAX_BYTES = 64 * 1024 * 1024
_SHA1 = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One secret of such a baseline."""

    path: str
    """POSIX, relative to where the baseline stands."""
    sha1: str
    line: int | None = None
    """Where it stood when the file was scanned; slim baselines do not say."""
    is_secret: bool | None = None
    """What somebody said of it who has looked at it."""


@dataclass(frozen=True, slots=True)
class SecretsBaseline:
    """The secrets of a baseline by their paths."""

    by_path: Mapping[str, Sequence[Recorded]]

    @property
    def all(self) -> Iterator[Recorded]:
        """All of them."""
        return (recorded for secrets in self.by_path.values() for recorded in secrets)

    def holds(self, path: str, texts: Iterable[str]) -> bool:
        """Say whether one of the texts is a secret of the file at `path`."""
        hashes = {recorded.sha1 for recorded in self.by_path.get(path, ())}
        return bool(hashes) and any(digest in hashes for text in texts for digest in digests(text))


def sha1(text: str) -> str:
    """Return the hash by which detect-secrets knows a secret."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


_SHORTEST_PART, _LONGEST = 32, 4096


def digests(text: str) -> Iterator[str]:
    """Yield the hashes by which detect-secrets can know a key: its own, and those of its beginnings.

    Of Stripe's keys it takes the first 32 characters, of a JSON web token the part before the signature. Shorter
    beginnings are left out: other keys have them, too.
    """
    yield sha1(text)
    if _SHORTEST_PART < len(text) <= _LONGEST:
        growing = hashlib.sha1(text[: _SHORTEST_PART - 1].encode("utf-8", "surrogatepass"), usedforsecurity=False)
        for character in text[_SHORTEST_PART - 1 : -1]:
            growing.update(character.encode("utf-8", "surrogatepass"))
            yield growing.hexdigest()


def load(path: str, name: str) -> SecretsBaseline:
    """Return the baseline in a file, which messages call `name`.

    Raises:
        BaselineError: it cannot be read, or is no such baseline.
    """
    try:
        data, _ = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise BaselineError(f"{name}: cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise BaselineError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB: this is no baseline")
    return parse(data, name)


def parse(data: bytes, name: str) -> SecretsBaseline:
    """Return the baseline that is written in `data`: full, slim, or of an older version. Raises BaselineError."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BaselineError(f"{name}: not JSON") from None
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        raise BaselineError(f"{name}: this is no baseline of detect-secrets: it has no `results`")
    secrets: dict[str, list[Recorded]] = {}
    for path, rows in results.items():
        if not isinstance(rows, list):
            raise BaselineError(f"{name}: what `results` holds for a file is a list")
        posix = path.replace("\\", "/").removeprefix("./")
        for row in rows:
            recorded = _recorded(posix, row)
            if recorded is None:
                raise BaselineError(f"{name}: an element of `results` has no `hashed_secret` of 40 hexadecimal digits")
            secrets.setdefault(posix, []).append(recorded)
    return SecretsBaseline(secrets)


def _recorded(path: str, row: Any) -> Recorded | None:
    digest = row.get("hashed_secret") if isinstance(row, dict) else None
    if not isinstance(digest, str) or not _SHA1.fullmatch(digest):
        return None
    line = row.get("line_number")
    number = line if type(line) is int and line > 0 else None
    verdict = row.get("is_secret")
    return Recorded(path, digest, number, verdict if isinstance(verdict, bool) else None)


# What the installed detect-secrets hashes of keys of these kinds: the group of its expression, not the key.
_PARTS = (
    "ghp", "gho", "ghu", "ghs", "ghr", "glpat", "gldt", "glft", "glsoat", "glrt", "",
    "BEGIN DSA PRIVATE KEY", "BEGIN EC PRIVATE KEY", "BEGIN OPENSSH PRIVATE KEY", "BEGIN PGP PRIVATE KEY BLOCK",
    "BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY", "BEGIN SSH2 ENCRYPTED PRIVATE KEY", "PuTTY-User-Key-File-2",
)  # fmt: skip
_HEX = "0123456789abcdefABCDEF"
PARTIAL = frozenset(map(sha1, (*_PARTS, *(f"{a}{b}_" for a in _HEX for b in _HEX))))  # `glcbt-1a_…`
"""The hashes that say nothing of the key: which one is meant, the line alone tells."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A key that goes into such a baseline. `texts`: what detect-secrets may take for the secret, the key first."""

    path: str
    line: int
    texts: tuple[str, ...] = field(repr=False)


def filters_gibberish(path: str) -> bool:
    """Say whether the baseline at `path` names that filter: its owner has the package which the filter needs."""
    try:
        document = json.loads(read_regular(path, MAX_BYTES)[0])
        return any(used["path"] == _GIBBERISH for used in document["filters_used"])
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return False


_GIBBERISH = "detect_secrets.filters.gibberish.should_exclude_secret"


def export(exported: Iterable[Exported], root: str, *, gibberish: bool = False) -> tuple[str, list[Exported]]:
    """Return a baseline as detect-secrets writes one, with its default plugins and filters, and the keys that are not in it.

    These are what detect-secrets does not find: its hook would drop them, and stop a commit for it. `gibberish`: its filter
    for that is used, too. Without the filter's package detect-secrets cannot load a baseline that names it.
    """
    from detect_secrets import filters
    from detect_secrets.core.baseline import format_for_output
    from detect_secrets.core.potential_secret import PotentialSecret
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    by_path: dict[str, list[Exported]] = {}
    for each in exported:
        by_path.setdefault(each.path, []).append(each)
    collection = SecretsCollection(root=root)
    left_out = []
    with default_settings():
        if gibberish:
            filters.gibberish.initialize()
        for path, keys in sorted(by_path.items()):
            theirs = _scanned(os.path.join(root, path))
            for key in keys:
                rows = {(secret.type, secret.secret_value) for secret in theirs if _is_of(secret, key)}
                for type_, text in rows:
                    collection[path].add(PotentialSecret(type_, path, text, line_number=key.line))
                if not rows:
                    left_out.append(key)
        document = format_for_output(collection)
    del document["generated_at"]  # two exports of the same are the same
    return json.dumps(document, indent=2) + "\n", left_out


def _scanned(path: str) -> list[Any]:
    from detect_secrets.core.scan import scan_file

    return list(scan_file(path))


def _is_of(secret: Any, key: Exported) -> bool:
    """Say whether what detect-secrets found is this key, the whole of it or what it takes for it."""
    digest = sha1(secret.secret_value)
    if digest in PARTIAL:
        return bool(secret.line_number == key.line)
    return any(digest in digests(text) for text in key.texts)
