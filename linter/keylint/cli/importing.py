"""What other tools list, as entries of an inventory: tables, baselines of detect-secrets, key listings of AWS and Google Cloud.

A key in plain text is hashed and forgotten. What tells a key by its public id alone is entered by the fingerprint of that id.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from keylint.catalogue import Catalogue
from keylint.cli.discreet import UserError
from keylint.engine.keys import without_keys
from keylint.status.files import read_regular
from keylint.status.fingerprint import normalise
from keylint.status.inventory import (
    FIELDS,
    MAX_BYTES,
    Entry,
    InventoryError,
    Status,
    hint_of,
    parse,
    parse_time,
    text_problem,
)
from keylint.status.plaintext import LooksLikeKey, may_be_key

_TEXTS = ("environment", "owner", "id", "replaced_by")
_LEAST_TO_SEARCH = 8
_SHORTEST, _LONGEST_RUN = 6, 400
_LARGEST_SOURCE = 4 * 1024 * 1024
_QUOTED = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'|`([^`\n]+)`")
_PIECE = re.compile(r"[^\s\"'`,;<>()\[\]{}]+")
_AWS = {"Active": Status.ACTIVE, "Inactive": Status.DISABLED, "Expired": Status.EXPIRED}
_GOOGLE_KEY = re.compile(r"projects/[^/]+/serviceAccounts/([^/]+)/keys/([0-9a-f]{8,64})")
_NEVER = 9999
_NO_SECRET = ("Private Key",)
"""What detect-secrets finds by its first line alone: the hash is of no key."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What reading a list takes."""

    fingerprint: Callable[[str], str]
    catalogue: Catalogue
    looks_like_key: LooksLikeKey
    now: datetime
    provider: str | None = None
    """Who issued the keys of which nothing else tells it."""
    directory: str = ""
    """What the paths in the list are relative to."""


@dataclass(slots=True)
class Listed:
    """What a list holds, and what of it was left out, with the reason."""

    entries: list[Entry] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_csv(text: str, tools: Tools) -> Listed:
    """Read a table with the fields of an inventory; in place of `fp` it may have `key`: the keys themselves."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise UserError("this is no CSV") from None
    names = [name.strip() for name in rows[0]] if rows else []
    if not {"key", "fp"}.intersection(names):
        raise UserError("a table has a column `fp` or `key`")
    if "key" in names:
        if "fp" in names:
            raise UserError("a table has either the column `fp` or `key`")
        text = _hashed(names, rows[1:], tools)
    try:
        inventory = parse(text, "the table.csv", None, tools.looks_like_key)
    except InventoryError as error:
        raise UserError(str(error)) from None
    return Listed([entry if entry.checked_at else replace(entry, checked_at=tools.now) for entry in inventory.entries])


def _hashed(names: Sequence[str], rows: Sequence[Sequence[str]], tools: Tools) -> str:
    """Return the table with fingerprints in the place of the keys."""
    place = names.index("key")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    sized = [] if "hint_length" in names else ["hint_length"]
    writer.writerow(["fp" if name == "key" else name for name in names] + sized)
    keys = {key for row in rows if len(row) > place and len(key := normalise(row[place])) >= _LEAST_TO_SEARCH}
    for number, row in enumerate(rows, 2):
        if _holds_one(keys, [*row[:place], *row[place + 1 :]]):
            raise UserError(f"row {number}: a key of the table stands in another column")
        key = normalise(row[place]) if len(row) > place else ""
        if not key:
            writer.writerow(row)  # the parser says what is missing, or passes over an empty line
            continue
        cells = list(row)
        cells[place] = tools.fingerprint(key)
        cells += [""] * (len(names) - len(cells))
        writer.writerow([*cells, *([str(len(key))] if sized else [])])
    return written.getvalue()


def _holds_one(keys: Collection[str], cells: Iterable[str]) -> bool:
    """Say whether one of the keys is a part of one of the cells."""
    lengths = {len(key) for key in keys}
    return any(
        cell[start : start + length] in keys
        for cell in cells
        for length in lengths
        for start in range(len(cell) - length + 1)
    )


def read_aws(text: str, tools: Tools) -> Listed:
    """Read the answer of `aws iam list-access-keys`."""
    listed = Listed()
    for row in _rows(_json(text), "AccessKeyMetadata"):
        identity, status = row.get("AccessKeyId"), row.get("Status")
        if not isinstance(identity, str) or not re.fullmatch(r"AKIA[A-Z2-7]{16}", identity):
            raise UserError("an element of `AccessKeyMetadata` has no access key id")
        listed.entries.append(
            Entry(
                tools.fingerprint(identity),
                "aws",
                _AWS.get(str(status), Status.UNKNOWN),
                owner=_shown(row.get("UserName")),
                id=identity,
                created_at=_time(row.get("CreateDate")),
                checked_at=tools.now,
            )
        )
    return listed


def read_gcloud(text: str, tools: Tools) -> Listed:
    """Read the answer of `gcloud iam service-accounts keys list --format json`."""
    listed = Listed()
    for row in _rows(_json(text), None):
        match = _GOOGLE_KEY.fullmatch(str(row.get("name")))
        if match is None:
            raise UserError("an element has no `name` like projects/…/serviceAccounts/…/keys/…")
        if row.get("keyType") == "SYSTEM_MANAGED":
            listed.left_out.append(f"{match[2][:8]}…: managed by Google, nobody holds it")
            continue
        expires = _time(row.get("validBeforeTime"))
        listed.entries.append(
            Entry(
                tools.fingerprint(match[2]),
                "google",
                Status.DISABLED if row.get("disabled") is True else Status.ACTIVE,
                owner=_shown(match[1]),
                id=match[2],
                created_at=_time(row.get("validAfterTime")),
                expires_at=None if expires is None or expires.year == _NEVER else expires,
                checked_at=tools.now,
            )
        )
    return listed


def read_baseline(text: str, tools: Tools) -> Listed:
    """Read a baseline of detect-secrets: the values stand in the files that it names, and are known by its hashes."""
    document = _json(text)
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        raise UserError("this is no baseline of detect-secrets: it has no `results`")
    scanned = _time(document.get("generated_at")) if isinstance(document, dict) else None
    listed = Listed()
    for path, found in results.items():
        lines = _lines(path, tools.directory)
        for secret in _rows(found, None):
            line = secret.get("line_number")
            number = line if isinstance(line, int) else 0
            entry = _found(secret, number, lines, scanned, tools)
            if isinstance(entry, Entry):
                listed.entries.append(entry)
            else:
                listed.left_out.append(f"{_printable(path, tools)}:{number}: {entry}")
    return listed


def _printable(path: str, tools: Tools) -> str:
    """Return a path as it may be shown; JSON can hold half a character, which no stream takes."""
    return "".join(char if char.isprintable() else "?" for char in without_keys(path, tools.catalogue) or "")


def _found(
    secret: Mapping[str, Any], number: int, lines: Sequence[str], scanned: datetime | None, tools: Tools
) -> Entry | str:
    """Return the entry of one secret of a baseline, or why there is none."""
    if secret.get("is_secret") is False:
        return "marked as no secret"
    if secret.get("type") in _NO_SECRET:
        return "its first line alone is in the baseline"
    if not lines:
        return "the file cannot be read"
    value = _value(str(secret.get("hashed_secret")), number, lines)
    if value is None:
        return "the value is not there any more"
    kinds = tools.catalogue.judge(value).kinds
    provider = tools.catalogue.kinds[kinds[0]].provider if kinds else tools.provider
    if provider is None:
        return "of no kind that keylint knows; --provider says whose it is"
    status = Status.ACTIVE if secret.get("is_verified") is True else Status.UNKNOWN
    key = normalise(value)
    return Entry(tools.fingerprint(key), provider, status, hint=hint_of(key), checked_at=scanned or tools.now)


def _lines(path: str, directory: str) -> Sequence[str]:
    """Return the lines of a file below the directory of the baseline; nothing of any other file."""
    try:
        root = os.path.realpath(directory)
        place = os.path.realpath(os.path.join(root, path))
        if os.path.commonpath([root, place]) != root:
            return ()
        data, _ = read_regular(place, _LARGEST_SOURCE)
    except (OSError, ValueError):  # ValueError: no file is called so
        return ()
    return data.decode("utf-8", "replace").splitlines() if len(data) <= _LARGEST_SOURCE else ()


def _value(sha1: str, number: int, lines: Sequence[str]) -> str | None:
    """Return the text that has this hash: any part of its line, else what stands by itself somewhere in the file."""
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    texts = (*_pieces(line), *_parts(line), *(piece for other in lines for piece in _pieces(other)))
    return next((t for t in texts if hashlib.sha1(t.encode(), usedforsecurity=False).hexdigest() == sha1), None)


def _pieces(line: str) -> Iterator[str]:
    for match in _QUOTED.finditer(line):
        yield next(group for group in match.groups() if group is not None)
    for match in _PIECE.finditer(line):
        yield match[0]
        yield from re.split(r"[=:]", match[0], maxsplit=1)[1:]


def _parts(line: str) -> Iterator[str]:
    for run in line.split():
        if len(run) <= _LONGEST_RUN:
            for start in range(len(run)):
                yield from (run[start:end] for end in range(start + _SHORTEST, len(run) + 1))


def refuse_keys(entries: Sequence[Entry], looks_like_key: LooksLikeKey) -> None:
    """Refuse entries with a key in one of their texts, or with a text that no inventory holds. Raises UserError."""
    names = {attribute: name for name, attribute in FIELDS.items()}
    for number, entry in enumerate(entries, 1):
        for attribute in _TEXTS:
            text = getattr(entry, attribute)
            problem = text_problem(text) if text is not None else None
            if (
                problem is None
                and text is not None
                and (looks_like_key(text) or may_be_key(names[attribute], text, entry.provider))
            ):
                problem = "looks like a key; an inventory holds no key"
            if problem is not None:
                raise UserError(f"key {number}: `{names[attribute]}` {problem}")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("this is no JSON") from None


def _rows(document: Any, name: str | None) -> list[Mapping[str, Any]]:
    rows = document.get(name) if name is not None and isinstance(document, dict) else document
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError("this is not such a list" + (f": it has no `{name}`" if name is not None else ""))
    return rows


def _shown(text: object) -> str | None:
    return text if isinstance(text, str) and text else None


def _time(text: object) -> datetime | None:
    try:
        return parse_time(text).astimezone(UTC).replace(microsecond=0) if isinstance(text, str) else None
    except ValueError:
        return None


READERS: Mapping[str, Callable[[str, Tools], Listed]] = {
    "csv": read_csv,
    "detect-secrets": read_baseline,
    "aws": read_aws,
    "gcloud": read_gcloud,
}
"""Reads a list, by what it comes from. Each raises UserError, whose message quotes nothing."""


def read_list(path: str | None, stdin: bytes | None) -> str:
    """Return the text of the file at `path`, or else what `stdin` was. Raises UserError."""
    if path is None:
        data = stdin or b""
    else:
        try:
            data, _ = read_regular(path, MAX_BYTES)
        except OSError as error:
            raise UserError(f"--input cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UserError(f"the list is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("the list is not UTF-8 text") from None
