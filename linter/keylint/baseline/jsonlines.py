"""The file: JSON Lines, a header with the salt first, then one entry per line, sorted. The reader takes any order.

{"keylint_baseline": 1, "salt": "…"}
{"path": "app.py", "code": "KL101", "id": "3f9c01ab:…", "name": "TOKEN", "kind": "github-classic-pat"}
"""

from __future__ import annotations

import errno
import gc
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from keylint.baseline.entries import Baseline, BaselineError, Entry, Salt
from keylint.status.files import read_regular, replace

VERSION = 1
MAX_BYTES = 128 * 1024 * 1024
HEADER = "keylint_baseline"
_LONGEST_TEXT = 4000
_ID = re.compile(r"[0-9a-f]{8}:[0-9a-f]{32}")
_CODE = re.compile(r"[A-Z]{2,8}[0-9]{1,5}")
_SALT = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FIELDS = ("path", "code", "id", "name", "kind", "confidence", "reason", "until")
_NEEDED = ("path", "code", "id")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
# An entry as it is written, without an escape in it: so most of them are read at a third of the cost.
_TEXT = rf'"([^"\\\x00-\x1f]{{1,{_LONGEST_TEXT}}})"'
_WRITTEN = re.compile(
    rf'\{{"path": {_TEXT}, "code": "({_CODE.pattern})", "id": "({_ID.pattern})"(?:, "name": {_TEXT})?(?:, "kind": {_TEXT})?'
    rf'(?:, "confidence": "(low|medium)")?(?:, "reason": {_TEXT})?(?:, "until": "({_DAY.pattern})")?\}}',
    re.ASCII,
)


def load(path: str | os.PathLike[str], name: str | None = None) -> Baseline:
    """Return the baseline in a file, which messages call `name`.

    Raises:
        BaselineError: there is none, it cannot be read, or a line of it is not what it should be.
    """
    name = name or os.fspath(path)
    try:
        data, _ = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        raise BaselineError(f"{name}: no such baseline; `keylint --write-baseline FILE` makes one") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise BaselineError(
            f"{name}: cannot be read: {getattr(error, 'strerror', None) or 'not a file name'}"
        ) from None
    if len(data) > MAX_BYTES:
        raise BaselineError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB: this is no baseline")
    try:
        return parse(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise BaselineError(f"{name}:{data.count(10, 0, error.start) + 1}: not UTF-8 text") from None


def parse(text: str, name: str) -> Baseline:
    """Return the baseline that a text holds. Raises BaselineError, which quotes nothing of it."""
    with _uncollected():
        return _parse(text, name)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Do without the collector of cycles, which would go through all entries again and again while they are made."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parse(text: str, name: str) -> Baseline:
    salts: list[Salt] = []
    entries: list[Entry] = []
    for number, line in enumerate(text.split("\n"), 1):
        written = _as_written(line, number) if salts else None
        if written is not None:
            entries.append(written)
            continue
        if not line.strip():
            continue
        where = f"{name}:{number}"
        row = _row(where, line)
        if HEADER in row:
            salts.append(_salt(where, row))
        elif not salts and not entries:
            raise BaselineError(f"{where}: this is no baseline of keylint: it does not begin with its header")
        else:
            entries.append(_entry(where, number, row))
    if not salts:
        raise BaselineError(f"{name}: this is no baseline of keylint: it has no header")
    return Baseline.of(salts, entries)


def _as_written(line: str, number: int) -> Entry | None:
    """Return the entry of a line that has the form in which entries are written."""
    match = _WRITTEN.fullmatch(line)
    if match is None:
        return None
    path, code, id_, name, kind, confidence, reason, until = match.groups()
    end = day(until) if until is not None else None
    return Entry(id_, code, path, name, kind, confidence, reason, end, number) if until is None or end else None


def _row(where: str, line: str) -> Mapping[str, Any]:
    if line.startswith(_CONFLICT):
        raise BaselineError(
            f"{where}: a conflict of git: keep the lines of both sides. With `merge=union` in .gitattributes there are none"
        )
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise BaselineError(f"{where}: not JSON") from None
    if not isinstance(row, dict):
        raise BaselineError(f"{where}: not a JSON object")
    return row


def _salt(where: str, row: Mapping[str, Any]) -> Salt:
    version, salt = row[HEADER], row.get("salt")
    if type(version) is int and version > VERSION:
        raise BaselineError(f"{where}: of version {version}, by a newer keylint; this one reads version {VERSION}")
    if type(version) is not int or version != VERSION:
        raise BaselineError(f"{where}: of no version that there is; this keylint reads version {VERSION}")
    if not isinstance(salt, str) or not _SALT.fullmatch(salt) or set(row) != {HEADER, "salt"}:
        raise BaselineError(f"{where}: a header has a `salt` of 64 hexadecimal digits, and nothing else")
    return Salt(bytes.fromhex(salt))


def _entry(where: str, number: int, row: Mapping[str, Any]) -> Entry:
    if not set(row) <= set(_FIELDS):
        raise BaselineError(f"{where}: an entry has the fields {', '.join(_FIELDS)}, and no other")
    for field in _FIELDS:
        text = row.get(field)
        if text is None and field not in _NEEDED:
            continue
        if not isinstance(text, str) or not text or len(text) > _LONGEST_TEXT:
            raise BaselineError(f"{where}: `{field}` is a text of 1 to {_LONGEST_TEXT:,} characters")
    if not _CODE.fullmatch(row["code"]):
        raise BaselineError(f"{where}: `code` is the code of a rule, such as KL101")
    if not _ID.fullmatch(row["id"]):
        raise BaselineError(f"{where}: `id` is made of 8 and 32 hexadecimal digits")
    if row.get("confidence", "low") not in ("low", "medium"):
        raise BaselineError(f"{where}: `confidence` is low or medium; without it, it is high")
    until = row.get("until")
    end = None if until is None else day(until)
    if until is not None and end is None:
        raise BaselineError(f"{where}: `until` is a day, YYYY-MM-DD")
    return Entry(
        row["id"],
        row["code"],
        row["path"],
        row.get("name"),
        row.get("kind"),
        row.get("confidence"),
        row.get("reason"),
        end,
        number,
    )


def day(text: str) -> date | None:
    """Return the day that is written YYYY-MM-DD, `None` if it is no such day."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def render(baseline: Baseline) -> str:
    """Return the text of a baseline: equal ones have equal texts."""
    headers = ({HEADER: VERSION, "salt": salt.value.hex()} for salt in baseline.salts)
    return "".join(f"{_line(row)}\n" for row in (*headers, *map(_fields, baseline.entries)))


def _fields(entry: Entry) -> dict[str, str]:
    values = ((field, getattr(entry, field)) for field in _FIELDS)
    return {field: str(value) for field, value in values if value is not None}


def _line(row: object) -> str:
    """What does not print, and what is no character at all, is escaped: a path can hold both."""
    text = json.dumps(row, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(row)


def save(baseline: Baseline, path: str | os.PathLike[str], name: str | None = None) -> None:
    """Write a baseline, whole or not at all. Raises BaselineError."""
    target = Path(os.path.realpath(path))
    new = not target.exists()
    try:
        if not new and not os.access(target, os.W_OK):  # a file can be put in its place all the same
            raise PermissionError(errno.EACCES, "read-only")
        replace(target, render(baseline).encode())
        if new:  # it is there to be committed and shared
            os.chmod(target, 0o666 & ~_umask())
    except OSError as error:
        raise BaselineError(f"{name or os.fspath(path)}: cannot be written: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
