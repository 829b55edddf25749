"""Live checks: is what a provider file says about one safe to be done with somebody's key, and how is it put in words?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from urllib.parse import urlsplit

from keylint.model import LiveCheck, Sign

Problem = tuple[str, str]
"""A key of the table, and what is wrong with it."""

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_NOT_OURS = frozenset({"host", "connection", "content-length", "cookie", "transfer-encoding", "proxy-authorization"})
_REFUSED, _ERRORS = 401, 400
_TOLD = frozenset({*range(200, 300), *range(400, 429), *range(430, 500)})
"""Statuses that can say something about a key: 429 and 5xx never do, and a redirect is not followed."""


def rows_of(check: LiveCheck, code: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Return a check in words, as labels and texts: what is sent, of which keys, and what answers mean."""
    begins = f" that begin with {' or '.join(map(code, check.prefixes))}" if check.prefixes else ""
    return [
        ("Asks", "; ".join(code(f"{check.method} {url}") for url in check.urls)),
        ("About", ", ".join(map(code, check.accepts)) + begins),
        ("Works", "; ".join(code(_shown(sign)) for sign in check.live)),
        ("Refused", "; ".join(code(_shown(sign)) for sign in check.dead) or "no answer is sure to mean that"),
    ]


def _shown(sign: Sign) -> str:
    wanted = " or ".join(json.dumps(value, ensure_ascii=False) for value in sign.values)
    condition = f" = {wanted}" if wanted else f" beginning with {json.dumps(sign.begins)}" if sign.begins else ""
    return f"{sign.status}{f' with {sign.at}' if sign.at else ''}{condition}"


def problem_of(check: LiveCheck, hosts: Collection[str]) -> Problem | None:
    """Return what is wrong with a check of a provider with these hosts, `None` if nothing."""
    return next(_problems(check, hosts), None)


def _problems(check: LiveCheck, hosts: Collection[str]) -> Iterator[Problem]:
    for url in check.urls or ("",):
        problem = _of_url(url, hosts)
        if problem is not None:
            yield "url", problem
    for key, templates in _templates(check):
        unknown = [name for text in templates for name in _TEMPLATE.findall(text) if name not in ("key", "pair")]
        if unknown:
            yield key, f"{{{unknown[0]}}} is neither {{key}} nor {{pair}}"
    if not any("{key}" in text for text in check.templates):
        yield "url", "{key} stands nowhere: what would be checked?"
    for name, _ in check.headers:
        if not _HEADER.fullmatch(name) or name.lower() in _NOT_OURS:
            yield "headers", f"{name} cannot be set"
    if check.method == "GET" and (check.form or check.json):
        yield "method", "a GET has neither form nor json"
    if check.form and check.json:
        yield "json", "there is a form already"
    if check.json and not _is_json(check.json):
        yield "json", "is no JSON"
    yield from _of_signs(check)


def _templates(check: LiveCheck) -> Iterator[tuple[str, list[str]]]:
    yield "url", list(check.urls)
    yield "headers", [value for _, value in check.headers]
    yield "query", [value for _, value in check.query]
    yield "basic", list(check.basic or ())
    yield "form", [value for _, value in check.form]


def _of_url(url: str, hosts: Collection[str]) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no URL"
    host = parts.netloc
    if parts.scheme != "https" or not host or port is not None or "@" in host or "{" in host:
        return "is to begin with https:// and the name of a host, without a port or a template"
    if not any(host == known or host.endswith(f".{known}") for known in hosts):
        return f"{host} is none of the provider's hosts"
    if not parts.path.startswith("/") or "?" in url or "#" in url:
        return "is to have a path, and nothing behind it: what is asked for stands in query"
    return None


def _of_signs(check: LiveCheck) -> Iterator[Problem]:
    if not check.live:
        yield "live", "is empty: no answer would say that the key works"
    for key, signs in (("live", check.live), ("dead", check.dead)):
        for sign in signs:
            if sign.status not in _TOLD:
                yield key, f"an answer with status {sign.status} says nothing about a key"
            if (sign.values or sign.begins) and not sign.at:
                yield key, "is and begins need at: where is it to stand?"
    for sign in check.live:
        if sign.status >= _ERRORS and not sign.at:
            yield "live", f"a bare {sign.status} may be anybody's refusal: it needs at, which only this issuer writes"
    for sign in check.dead:
        if sign.status != _REFUSED and not _is_spelt_out(sign):
            yield "dead", f"only {_REFUSED} refuses a key by itself: another status needs at, with is or begins"


def _is_spelt_out(sign: Sign) -> bool:
    return bool(sign.at and (sign.values or sign.begins))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
