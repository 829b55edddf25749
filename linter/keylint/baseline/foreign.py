"""What other tools were told to ignore: baselines of detect-secrets and kingfisher, `.gitleaksignore`, reports of gitleaks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keylint.baseline import detectsecrets
from keylint.baseline.entries import BaselineError
from keylint.status.files import read_regular

MAX_BYTES = 64 * 1024 * 1024
DETECT_SECRETS, GITLEAKS_IGNORE, GITLEAKS_REPORT, KINGFISHER = (
    "detect-secrets", "gitleaks-ignore", "gitleaks-report", "kingfisher",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ignored:
    """One thing that another tool does not report. What tells the secret best is used: its hash, itself, its place."""

    path: str
    """POSIX, as the tool has it: mostly relative to the project's root."""
    line: int | None = None
    sha1: str | None = None
    secret: str | None = field(default=None, repr=False)
    """A report of gitleaks that was not redacted holds it."""
    commit: str | None = None
    """Where `line` is counted: in the file as it was then."""
    is_secret: bool = True
    """False: somebody has looked at it, and said that it is none."""


def load(path: str, kind: str | None) -> tuple[str, list[Ignored]]:
    """Return the kind of a file, where it is not said, and what the file lists, each thing once.

    Raises:
        BaselineError: it cannot be read, or is of none of the kinds. The message quotes nothing of it.
    """
    try:
        data, _ = read_regular(path, MAX_BYTES)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise BaselineError(f"{path}: no such file") from None
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:  # no text, or no name of a file
        raise BaselineError(f"{path}: not UTF-8 text") from None
    if len(data) > MAX_BYTES:
        raise BaselineError(f"{path}: larger than {MAX_BYTES // 1024 // 1024} MiB")
    kind = kind or _kind_of(text)
    if kind is None:
        raise BaselineError(f"{path}: of no known kind; --from says what it is")
    return kind, list(dict.fromkeys(READERS[kind](text, path)))


def _kind_of(text: str) -> str | None:
    start = text.lstrip()[:1]
    if start == "[":
        return GITLEAKS_REPORT
    if start == "{":
        return DETECT_SECRETS
    if _KINGFISHER.search(text):
        return KINGFISHER
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return GITLEAKS_IGNORE if lines and all(_FINGERPRINT.fullmatch(line.strip()) for line in lines) else None


def _detect_secrets(text: str, name: str) -> Iterator[Ignored]:
    for recorded in detectsecrets.parse(text.encode(), name).all:
        digest = None if recorded.sha1 in detectsecrets.PARTIAL else recorded.sha1
        yield Ignored(recorded.path, recorded.line, digest, is_secret=recorded.is_secret is not False)


# `commit:file:rule:line`, `file:rule:line`; since 8.26 the commit is a short one.
_FINGERPRINT = re.compile(r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<path>[^\n]+?):(?P<rule>[\w.-]+):(?P<line>\d{1,9})")


def _gitleaks_ignore(text: str, name: str) -> Iterator[Ignored]:
    for number, written in enumerate(text.splitlines(), 1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        match = _FINGERPRINT.fullmatch(line)
        if match is None:
            raise BaselineError(f"{name}:{number}: not `file:rule:line`, nor `commit:file:rule:line`")
        yield Ignored(_posix(match["path"]), int(match["line"]), commit=match["commit"])


_REDACTED = re.compile(r"REDACTED|.*(?:\.\.\.|\*)", re.DOTALL)


def _gitleaks_report(text: str, name: str) -> Iterator[Ignored]:
    rows = _json(text, name)
    if not isinstance(rows, list):
        raise BaselineError(f"{name}: a report of gitleaks is a list")
    for number, row in enumerate(rows, 1):
        path = row.get("File") if isinstance(row, dict) else None
        line = row.get("StartLine") if isinstance(row, dict) else None
        if not isinstance(path, str) or not path or type(line) is not int:
            raise BaselineError(f"{name}: finding {number} has no `File` or no `StartLine`")
        secret, commit = row.get("Secret"), row.get("Commit")
        plain = secret if isinstance(secret, str) and secret and not _REDACTED.fullmatch(secret) else None
        known = commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else None
        yield Ignored(_posix(path), line, secret=plain, commit=known)


_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_KINGFISHER = re.compile(r"^(?:ExactFindings|repositories|fingerprint_algorithm)[ \t]*:", re.MULTILINE)


def _kingfisher(text: str, name: str) -> Iterator[Ignored]:
    document = _yaml(text, name)
    exact = document.get("ExactFindings")
    repositories = document.get("repositories")
    holders = [(exact, "matches"), *((r, "findings") for r in (repositories if isinstance(repositories, list) else []))]
    groups = [holder.get(field) for holder, field in holders if isinstance(holder, dict)]
    if exact is None and repositories is None:
        raise BaselineError(f"{name}: a baseline of kingfisher has `ExactFindings` or `repositories`")
    for row in (row for group in groups if isinstance(group, list) for row in group):
        found = row if isinstance(row, dict) else {}
        path, line = found.get("path", found.get("filepath")), found.get("line", found.get("linenum"))
        if not isinstance(path, str) or not path or not str(line).isdecimal():
            raise BaselineError(f"{name}: a finding has no path or no line")
        yield Ignored(_posix(path.rstrip("/")), int(str(line)))


def _yaml(text: str, name: str) -> Mapping[str, Any]:
    """Return a YAML document. Texts stay texts, and there are no aliases: a small file cannot become a large document."""
    import yaml

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise BaselineError(f"{name}: YAML with aliases")
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but texts
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BaselineError(f"{name}: not YAML") from None
    if not isinstance(document, dict):
        raise BaselineError(f"{name}: not a YAML mapping")
    return document


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BaselineError(f"{name}: not JSON") from None


def _posix(path: str) -> str:
    return path.replace("\\", "/").removeprefix("./")


READERS: Mapping[str, Callable[[str, str], Iterator[Ignored]]] = {
    DETECT_SECRETS: _detect_secrets,
    GITLEAKS_IGNORE: _gitleaks_ignore,
    GITLEAKS_REPORT: _gitleaks_report,
    KINGFISHER: _kingfisher,
}
