"""Entries as they cross the wire and as rows of the database. A row is flat; a field that is not known is `None`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from keylint.server.problems import ProblemError
from keylint.status import protocol
from keylint.status.editing import as_json
from keylint.status.fingerprint import FINGERPRINT
from keylint.status.inventory import FIELDS, MAX_TEXT, Entry, InventoryError, entry_from
from keylint.status.plaintext import LooksLikeKey, may_be_key
from keylint.status.yamltext import Mapping as Tree
from keylint.status.yamltext import Node, Scalar, Sequence

Row = dict[str, Any]

_HINTS = ("length", "prefix", "last4")
_HINT_COLUMNS = tuple((f"hint_{part}", part) for part in _HINTS)
_TIMES = frozenset(name for name in FIELDS if name.endswith(("_at", "_until")))
COLUMNS = tuple(
    column
    for name in FIELDS
    for column in ([f"hint_{part}" for part in _HINTS] if name == "hint" else [name])
)  # fmt: skip
"""The columns of a row: the fields of an inventory's entry, the hint as three of them."""

HEAD = f"kl1:{protocol.ALGORITHM}:"
"""How the fingerprints of the protocol begin; the id of the pepper follows."""

_GIVEN = {name: None for name in FIELDS if name != "fp"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_LONGEST_HINT = {"prefix": 16, "last4": 4}
_MOST_ENDPOINTS = 64
_MOST_LENGTH = 9_999_999
_HERE = (0, 0)


def row_of(entry: Entry) -> Row:
    """Return an entry as a row."""
    row: Row = dict.fromkeys(COLUMNS)
    for name, value in as_json(entry).items():
        if isinstance(value, dict):
            row.update({f"hint_{part}": known for part, known in value.items()})
        else:
            row[name] = json.dumps(value) if isinstance(value, list) else value
    return row


def document(row: Row) -> dict[str, Any]:
    """Return a row as the JSON of the protocol, without what is not known."""
    found = {name: value for name, value in row.items() if value is not None}
    hint = {part: found.pop(column) for column, part in _HINT_COLUMNS if column in found}
    if hint:
        found["hint"] = hint
    if "endpoints" in found:
        found["endpoints"] = json.loads(found["endpoints"])
    return found


def fingerprint(text: object, pepper_id: str) -> str:
    """Return `text` if it is a fingerprint of this pepper; raises ProblemError."""
    match = FINGERPRINT.fullmatch(text) if isinstance(text, str) and text.startswith(HEAD) else None
    if match is None:
        raise ProblemError(
            "not-a-fingerprint", "a fingerprint is kl1:hmac-sha256:<pepper id>:<64 lower-case hex digits>"
        )
    if match[1] != pepper_id:
        raise ProblemError("unknown-pepper", f"the pepper here is {pepper_id}")
    return match[0]


def entry(fp: str, body: object, looks_like_key: LooksLikeKey) -> Entry:
    """Return the entry that a request's body says about `fp`; raises ProblemError."""
    if not isinstance(body, dict):
        raise ProblemError("invalid-request", "an entry is an object")
    if body.keys() - _GIVEN.keys():
        raise ProblemError("invalid-request", f"an unknown field; known: {', '.join(_GIVEN)}")
    values = {name: _value(name, value) for name, value in body.items() if value is not None}
    provider = str(values.get("provider"))
    if any(looks_like_key(text) for text in _texts(values) if not FINGERPRINT.fullmatch(text)) or any(
        isinstance(text, str) and may_be_key(name, text, provider) for name, text in values.items()
    ):
        raise ProblemError("holds-a-key", "say where the key is found or how it is called")
    try:
        return entry_from(_node({**values, "fp": fp}))
    except InventoryError as error:
        raise ProblemError("invalid-request", str(error)) from None


def _value(name: str, value: object) -> object:
    """Return the value of a field, its texts cleaned; raises ProblemError for one of a wrong type."""
    if name == "hint":
        return _hint(value)
    if name == "endpoints":
        if not isinstance(value, list) or len(value) > _MOST_ENDPOINTS:
            raise ProblemError("invalid-request", f"`endpoints` is a list of at most {_MOST_ENDPOINTS} texts")
        return [cleaned for text in value if (cleaned := _clean(name, text, MAX_TEXT)) is not None]
    if name in _TIMES and not (isinstance(value, str) and _TIME.fullmatch(value)):
        raise ProblemError("invalid-request", f"`{name}` is a time in UTC: 2027-01-04T12:00:00Z")
    return _clean(name, value, MAX_TEXT)


def _hint(value: object) -> object:
    if not isinstance(value, dict) or value.keys() - set(_HINTS):
        raise ProblemError("invalid-request", f"`hint` is an object of {', '.join(_HINTS)}")
    length = value.get("length")
    if isinstance(length, float) and length.is_integer():
        length = int(length)  # JSON does not tell 32 from 32.0
    if length is not None and (type(length) is not int or not 1 <= length <= _MOST_LENGTH):
        raise ProblemError("invalid-request", "`hint.length` is a number of characters")
    texts = {
        part: _clean(f"hint.{part}", value[part], limit)
        for part, limit in _LONGEST_HINT.items()
        if value.get(part) is not None
    }
    return {"length": length, **texts}


def _clean(name: str, value: object, limit: int) -> str | None:
    """Return a text without control characters and what else is not shown; `None` if nothing is left."""
    if not isinstance(value, str) or len(value) > limit:
        raise ProblemError("invalid-request", f"`{name}` is a text of at most {limit} characters")
    return "".join(filter(str.isprintable, value)).strip() or None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _node(value: object) -> Node:
    """Return a JSON value as the tree that inventories are read from."""
    if isinstance(value, Mapping):
        return Tree(tuple((_scalar(name), _node(part)) for name, part in value.items()), True, _HERE, _HERE)
    if isinstance(value, list):
        return Sequence(tuple(map(_node, value)), True, _HERE, _HERE)
    return _scalar("" if value is None else str(value), plain=value is None)


def _scalar(text: str, plain: bool = False) -> Scalar:
    return Scalar(text, plain, False, _HERE, _HERE)
