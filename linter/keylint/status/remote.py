"""What sources do alike with the answers of servers: nothing in them is taken to be there, to be short, or fit to be shown."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from keylint.model import Reason
from keylint.status.interface import Scope, SourceError
from keylint.status.inventory import parse_time

if TYPE_CHECKING:
    from keylint.status.http import Answer, Client

LISTING = 16 * 1024 * 1024
"""How large one page of a listing may be."""

_LONGEST_TEXT = 80
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next\b)", re.IGNORECASE)
_OURS = {
    401: "our own credential is refused",
    403: "our own credential may not ask this",
    404: "it is not there, or our own credential may not see it",
}


def parted(url: str) -> tuple[str, str]:
    """Return the origin of a URL, which a `Client` is made for, and the path behind it.

    Raises:
        SourceError: it is no URL, or has more parts than these.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SourceError("not a URL") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise SourceError("a source's URL is made of https://, a name, a port and a path if need be, and nothing else")
    return f"{parts.scheme}://{parts.netloc}", parts.path


def document(answer: Answer, host: str) -> Mapping[str, Any]:
    """Return the JSON object of a 200.

    Raises:
        SourceError: it is anything else.
    """
    if answer.status != 200:
        refused(answer, host)
    if not isinstance(answer.body, dict):
        raise SourceError(f"{host}: answered with something else than was asked for")
    return answer.body


def refused(answer: Answer, host: str) -> NoReturn:
    """Say that an answer is none. Raises SourceError."""
    # GitHub and others refuse with 403 who asks too often.
    if "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0":
        raise SourceError(f"{host}: answered {answer.status}, too many requests", Reason.RATE_LIMITED)
    why = _OURS.get(answer.status)
    raise SourceError(f"{host}: answered {answer.status}{f': {why}' if why is not None else ''}")


def listing(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a list, page by page as the `Link` headers lead.

    Of such a link only path and query are followed: no other host is asked.

    Raises:
        SourceError: a page cannot be had, or is no list.
    """
    followed = set()
    target: str | None = path
    while target is not None:
        followed.add(target)
        answer = client.get(target, max_bytes=LISTING)
        if answer.status != 200:
            refused(answer, client.host)
        if not isinstance(answer.body, list):
            raise SourceError(f"{client.host}: answered with something else than a list")
        yield from (item for item in answer.body if isinstance(item, dict))
        target = _next(answer.headers.get("link", ""))
        if target in followed:
            raise SourceError(f"{client.host}: its pages lead in a circle")


def _next(header: str) -> str | None:
    for url, parameters in _LINK.findall(header):
        if _NEXT.search(parameters):
            try:
                parts = urlsplit(url)
            except ValueError:
                return None
            return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return None


def shown(value: object, longest: int = _LONGEST_TEXT) -> str | None:
    """Return a server's text as it may be shown: one short line without control characters; `None` for no text."""
    if not isinstance(value, str):
        return None
    text = value[: 4 * longest]
    text = (text if text.isprintable() else "".join(filter(str.isprintable, text))).strip()
    return f"{text[: longest - 1]}…" if len(text) > longest else text or None


def moment(value: object) -> datetime | None:
    """Return an ISO date or time as an aware one, `None` for anything else."""
    try:
        return parse_time(value) if isinstance(value, str) else None
    except ValueError:
        return None


def epoch(value: object) -> datetime | None:
    """Return the time that is so many seconds after 1970, `None` for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def namespace(*parts: str | None) -> str:
    """Return the name under which answers are kept that depend on these parts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def scoped(scopes: Iterable[Scope]) -> str:
    """Return what sources are complete for as a part of a namespace."""
    return json.dumps(sorted((scope.provider, scope.environment or "") for scope in scopes))
