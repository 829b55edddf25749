"""Keys in HTTP requests: headers, basic authentication, query parameters and URLs; and whose hosts they are sent to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import libcst as cst

from keylint.model import (
    Choice,
    EnvRead,
    Joined,
    Nothing,
    Opaque,
    Parameter,
    Place,
    Reference,
    Sink,
    Stripped,
    Use,
    Value,
    Via,
)
from keylint.readers._pyflow import Encoded, Flow, Row, Table, Template, followed, literal, text

if TYPE_CHECKING:
    from keylint.readers._pycalls import Arguments
    from keylint.readers._pyflow import Scope
    from keylint.readers._pyvalues import Expressions

MODULES = frozenset({"requests", "httpx", "aiohttp", "urllib", "urllib3", "httpx2"})
_SCHEMES = re.compile(
    r"(?:(?:bearer|basic|token|bot|oauth|digest|ssws|apikey|api-key|genie[-_]?key|key|negotiate)[ ]+)+(?:token=)?",
    re.IGNORECASE,
)
_URL_KEYWORDS = ("url", "base_url", "endpoint", "uri")
_METHODS = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send", "urlopen"}
)
_QUERY = frozenset(
    {
        "key",
        "api_key",
        "apikey",
        "api-key",
        "access_key",
        "access_token",
        "token",
        "auth_token",
        "appid",
        "auth",
        "subscription-key",
    }
)
_BODY = frozenset({"api_key", "apikey", "api-key", "access_token", "auth_token"})
"""Of the names of keys in queries those that are nothing else in a document that is sent."""
_IN_URL = re.compile(
    r"(?:[?&](?:key|api_?key|apikey|access_key|access_token|token|appid)=|/bot|/v\d+/)\Z", re.IGNORECASE
)
_BASIC = frozenset({"requests.auth.HTTPBasicAuth", "httpx.BasicAuth", "aiohttp.BasicAuth"})
_CREDENTIAL = re.compile(r"key|token|secret|passw|credential", re.IGNORECASE)


@dataclass(slots=True)
class Request:
    """A call that sends what it is given to the host of a URL."""

    uses: list[int]
    """Uses that stand in the call itself."""
    names: list[tuple[int, str]]
    """What else it sends: by scope and name."""
    provider: str | None
    url: Value | None


def host_given(sink: Sink, arguments: Arguments) -> Flow | None:
    """Return the argument that points the SDK to a host."""
    at, given = sink.url_position, arguments.positional
    for keyword in (sink.host_keyword, sink.url_keyword):
        if keyword is not None and keyword in arguments.keywords:
            return arguments.keywords[keyword]
    return given[at] if at is not None and at < len(given) else None


def named_host(host: Flow | None) -> str | None:
    """Return the host of a URL that is an argument; empty where it is not known, `None` where there is none."""
    return None if host is None or isinstance(host.value, Nothing) else host_of(host) or ""


def variable_named(value: Value) -> str | None:
    """Return what a value is read from: a variable, or the last part of a name (`settings.supabase_url`), in capitals."""
    while isinstance(value, Via):
        value = value.value
    match value:
        case EnvRead(name):
            return name
        case Reference(name):
            return name.rsplit(".", 1)[-1].upper()
    return None


def is_elsewhere(e: Expressions, sink: Sink, host: Flow) -> bool:
    """Say whether `host`, a URL, is not known to be the provider's own."""
    if isinstance(host.value, Nothing):
        return False
    name = host_of(host)
    return name is None or e.reading.interest.provider_of_host(name) != sink.provider


def host_of(flow: Flow) -> str | None:
    """Return the host of a URL of which at least the beginning is known."""
    url = text(flow)
    if url is None and isinstance(flow.thing, Template):
        url = flow.thing.prefix
        if not re.match(r"[a-zA-Z][\w+.-]*://[^/?#]+[/?#:]", url):
            return None
    if not url or "://" not in url:
        return None
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


# Headers


def header(e: Expressions, name: str, flow: Flow, place: Place) -> None:
    """Collect the use of a value as an authentication header."""
    if not e.reading.interest.header(name):
        return
    scheme, value = _after_scheme(e, flow)
    e.reading.uses.append(Use(place, f"header {name}", "", None, value, scheme=scheme, header=name))


def _after_scheme(e: Expressions, flow: Flow) -> tuple[str | None, Value]:
    if isinstance(flow.thing, Template):
        match = _SCHEMES.match(flow.thing.prefix)
        scheme = (match[0] if match is not None else flow.thing.prefix).rstrip(" ") or None
        value = flow.thing.value.value
        if match is not None and match.end() < len(flow.thing.prefix) and followed(value):
            value = Joined((flow.thing.prefix[match.end() :], value))  # `f"Bearer ${token}"`
        if isinstance(flow.thing.value.thing, Encoded):
            return scheme, _password(flow.thing.value.thing.flow.value)
        return scheme, value if flow.thing.last else Opaque("formatted text")
    found = literal(flow.value)
    if found is None:
        return None, flow.value
    known = found.definition.secret.reveal()
    match = _SCHEMES.match(known)
    if match is None or match.end() == len(known):
        return None, flow.value
    part = e.reading.part(found.definition, match.end())
    return match[0].rstrip(" "), _replace_literal(flow.value, replace(found, definition=part))


def _replace_literal(value: Value, new: Value) -> Value:
    return replace(value, value=_replace_literal(value.value, new)) if isinstance(value, Via) else new


def _password(value: Value) -> Value:
    """Return the key in `user:password`, which basic authentication encodes: the last part that is no plain text."""
    while isinstance(value, Via | Stripped):
        value = value.value
    parts = [part for part in value.parts if not isinstance(part, str)] if isinstance(value, Joined) else []
    return parts[-1] if parts else Opaque("base64")


def holder(e: Expressions, node: cst.CSTNode) -> str | None:
    """Return under which name the headers of an object are remembered: `headers`, `Client.session`, `auth_headers()`."""
    if isinstance(node, cst.Call):
        node = node.func
    while isinstance(node, cst.Attribute):
        if isinstance(node.value, cst.Name) and node.value.value == e.scope.self_name:
            return f"{e.scope.owner}.{node.attr.value}"
        node = node.value
    return node.value if isinstance(node, cst.Name) else None


def remember_headers(e: Expressions, node: cst.CSTNode | str, since: int) -> None:
    """Note that the uses of no call collected `since` are in what `node` names."""
    indexes = [i for i in range(since, len(e.reading.uses)) if not e.reading.uses[i].call]
    name = (node if isinstance(node, str) else holder(e, node)) if indexes else None
    if name is not None:
        e.headers.setdefault(_key(e, name), []).extend(indexes)


def _key(e: Expressions, name: str) -> tuple[int, str]:
    scope: Scope = e.scope
    while scope.parent is not None and (scope.kind != "function" or not scope.counts.get(name)):
        scope = scope.parent
    e.kept.append(scope)  # no other scope may get its id
    return id(scope), name


def request(e: Expressions, node: cst.Call, dotted: str, method: str, arguments: Arguments, since: int) -> None:
    """Note what a call sends, and where to; collect keys in its query, its URL and its basic authentication."""
    flows = [*arguments.positional[:2], *(arguments.keywords[k] for k in _URL_KEYWORDS if k in arguments.keywords)]
    hosts = [host for flow in flows if (host := host_of(flow)) is not None]
    provider = e.reading.interest.provider_of_host(hosts[0]) if hosts else None
    sends = dotted.split(".", 1)[0] in MODULES or (method in _METHODS and not _is_lookup(method, arguments))
    if sends:
        _in_request(e, node, arguments, provider)
    url = None if hosts else next((flow.value for flow in flows if followed(flow.value)), None)
    if provider is None and (url is None or not sends):
        return
    indexes = [i for i in range(since, len(e.reading.uses)) if not e.reading.uses[i].call]
    named: list[cst.CSTNode] = [a.value for a in node.args if isinstance(a.value, cst.Name | cst.Attribute | cst.Call)]
    if isinstance(node.func, cst.Attribute):
        named.append(node.func.value)
    names = [_key(e, name) for part in named if (name := holder(e, part)) is not None]
    if indexes or names:
        e.requests.append(Request(indexes, names, provider, url))


def _is_lookup(method: str, arguments: Arguments) -> bool:
    """Say whether `.get("name")` looks a name up rather than a page."""
    first = text(arguments.positional[0]) if arguments.positional else None
    return method == "get" and first is not None and "/" not in first


def _in_request(e: Expressions, node: cst.Call, arguments: Arguments, provider: str | None) -> None:
    place = e.place(node)
    auth = arguments.keywords.get("auth")
    if auth is not None:
        basic(e, auth, place)
    for keyword, kind, names in (("params", "query", _QUERY), ("json", "body", _BODY), ("data", "body", _BODY)):
        table = arguments.keywords.get(keyword)
        if table is not None and isinstance(table.thing, Table):
            _in_table(e, table.thing, kind, names, place)
    for flow in (*arguments.positional[:2], *(arguments.keywords[k] for k in _URL_KEYWORDS if k in arguments.keywords)):
        for value in _in_url(flow) if provider is not None or followed(flow.value) else ():
            e.reading.uses.append(Use(place, "request URL", "", None, value))


def encoded_query(e: Expressions, query: Flow, place: Place) -> None:
    """Collect the keys in a query that is put together before it is sent."""
    if isinstance(query.thing, Table):
        _in_table(e, query.thing, "query", _QUERY, place)


def _in_table(e: Expressions, table: Table, kind: str, names: frozenset[str], place: Place) -> None:
    for name, flow in table.entries.items():
        if name.lower() in names and not isinstance(flow.value, Opaque | Nothing):
            e.reading.uses.append(Use(place, f"{kind} {name}", "", None, flow.value))


def kept_url(e: Expressions, flow: Flow, place: Place) -> None:
    """Collect the key in a URL of a provider that an object keeps: `self.base = f"https://api.telegram.org/bot{token}"`."""
    host = host_of(flow)
    provider = e.reading.interest.provider_of_host(host) if host is not None else None
    for value in _in_url(flow) if provider is not None else ():
        e.reading.uses.append(Use(place, "request URL", "", provider, value))


def _in_url(flow: Flow) -> Iterator[Value]:
    """Return what stands in a URL where a key does, and is called like one."""
    value = flow.value
    while isinstance(value, Via):
        value = value.value
    found = [
        part
        for before, part in pairwise(value.parts if isinstance(value, Joined) else ())
        if isinstance(before, str) and not isinstance(part, str) and _IN_URL.search(before) and _is_key(part)
    ]
    thing = flow.thing
    if not found and isinstance(thing, Template) and _IN_URL.search(thing.prefix) and _is_key(thing.value.value):
        found = [thing.value.value]
    yield from found


def _is_key(value: Value) -> bool:
    """Say whether a value is called like a credential."""
    while isinstance(value, Via):
        value = value.value
    return isinstance(value, EnvRead | Reference | Parameter) and _CREDENTIAL.search(value.name) is not None


def basic(e: Expressions, auth: Flow, place: Place) -> None:
    """Collect the key of basic authentication: the password, or the user where there is none."""
    if not isinstance(auth.thing, Row) or len(auth.thing.items) != 2:
        return
    user, password = auth.thing.items
    key = user if text(password) == "" or isinstance(password.value, Nothing) else password
    if not isinstance(key.value, Opaque):
        e.reading.uses.append(Use(place, "basic authentication", "", None, key.value, scheme="Basic"))


def is_basic(dotted: str) -> bool:
    """Say whether a call makes basic authentication of a user and a password."""
    return dotted in _BASIC


def settle(e: Expressions) -> None:
    """Say of each use whose host it goes to, now that all requests are known.

    Where no request tells, nor what the link finds in its URL, and all hosts that the module names are one provider's, it is
    that one.
    """
    providers: dict[int, set[str]] = {}
    urls: dict[int, list[Value]] = {}
    for each in e.requests:
        for index in {*each.uses, *(i for name in each.names for i in e.headers.get(name, ()))}:
            if each.provider is not None:
                providers.setdefault(index, set()).add(each.provider)
            elif each.url is not None:
                urls.setdefault(index, []).append(each.url)
    for index in sorted({*providers, *urls}):
        use, known = e.reading.uses[index], providers.get(index, set())
        if len(known) == 1:
            e.reading.uses[index] = replace(use, provider=next(iter(known)))
        elif not known:
            e.reading.uses[index] = replace(use, url=_one(urls[index]))
    only = {e.reading.interest.provider_of_host(host) for host in e.reading.hosts}
    for index, use in enumerate(e.reading.uses) if len(only) == 1 and None not in only else ():
        if not use.call and use.provider is None:
            e.reading.uses[index] = replace(use, provider=next(iter(only)))


def _one(values: Sequence[Value]) -> Value:
    different: Iterable[Value] = [value for i, value in enumerate(values) if value not in values[:i]]
    options = tuple(different)
    return options[0] if len(options) == 1 else Choice(options[:8])
