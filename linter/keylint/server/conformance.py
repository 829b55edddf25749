"""The conformance kit: does a server do what "keylint-status v1" says it must?

`python -m keylint.server.conformance https://keys.example.com --token-file token.txt`

It only reads. It needs nothing but keylint itself; sealed entries are opened where `cryptography` is installed. Every check
carries the number of the requirement in docs/status-protocol.md.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import re
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from keylint.status import protocol
from keylint.status.fingerprint import FINGERPRINT, PEPPER_ID
from keylint.status.inventory import PROVIDER

_SECONDS = 30
_PREFIX_OF_TYPE = "urn:keylint:problem:"
_SUFFICIENT = 16  # entries, to compare ways of asking by
_NOT_KEYS = {
    "no key, but as long": "not-a-key-" * 4,
    "64 hex digits": "ab" * 32,
    "an empty text": "",
    "a number": 7,
    "null": None,
}
_DIGIT = re.compile(r"[0-9a-f]+")


class Failure(Exception):  # noqa: N818 - it is a result, not an error
    """A requirement that the server does not meet."""


class Skip(Exception):  # noqa: N818 - as above
    """A requirement that cannot be checked here; the message says why."""


class ConnectionProblemError(Exception):
    """The server cannot be asked at all."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, decompressed. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def json(self) -> Any:
        """Return the JSON; a failure if it is none."""
        try:
            return json.loads(self.data)
        except ValueError:
            raise Failure(f"{self.status} with a body that is not JSON") from None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one check: `passed`, `failed` or `skipped`, and why."""

    number: str
    title: str
    outcome: str
    why: str = ""


@dataclass(slots=True)
class Server:
    """The server that is checked, and what it has said so far."""

    url: str
    token: str
    tls: ssl.SSLContext | None = None
    about: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The snapshot, by fingerprint."""

    def ask(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Reply:
        """Send one request, with the token unless another (or `None`) is given, and return the answer."""
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        if document is not None:
            data = json.dumps(document).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        parts = urlsplit(self.url)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = self.tls or ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=_SECONDS, context=context
            )
        else:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
        try:
            connection.request(method, parts.path + path, data, sent)
            answer = connection.getresponse()
            body = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionProblemError(f"{method} {path.partition('?')[0]}: {type(error).__name__}") from None
        finally:
            connection.close()
        if 300 <= answer.status < 400 and answer.status != 304:
            raise Failure(f"{method} {path}: {answer.status}; a server never redirects")
        if answer.status in (429, 503) and "retry-after" not in found:
            raise Failure(f"{answer.status} without Retry-After")
        if found.get("content-encoding") == "gzip" and body:
            body = _unzipped(body)
        return Reply(answer.status, found, body)

    def get(self, path: str) -> Any:
        """Return the JSON object of a path; anything else is a failure."""
        reply = self.ask("GET", path)
        _expect(reply.status == 200, f"GET {path}: {reply.status} instead of 200")
        return _object(reply)

    def fingerprint(self, digest: str) -> str:
        """Return a fingerprint of the server's pepper."""
        return f"kl1:{protocol.ALGORITHM}:{self.pepper_id}:{digest}"

    @property
    def pepper_id(self) -> str:
        """The id of the server's pepper."""
        given = self.about.get("fingerprint")
        return str(given.get("pepper_id")) if isinstance(given, dict) else ""

    def offers(self, mode: str) -> None:
        """Skip what is about a mode that the server does not offer."""
        if mode not in self.about.get("modes", ()):
            raise Skip(f"the server does not offer {mode}")


Check = Callable[[Server], None]
_CHECKS: list[tuple[str, str, Check]] = []


def check(number: str, title: str) -> Callable[[Check], Check]:
    """Register a check under the number of its requirement."""

    def register(function: Check) -> Check:
        _CHECKS.append((number, title, function))
        return function

    return register


def run(server: Server) -> Iterator[Result]:
    """Carry out all checks, in the order of the requirements."""
    for number, title, function in _CHECKS:
        try:
            function(server)
        except Failure as failure:
            yield Result(number, title, "failed", str(failure))
        except Skip as skip:
            yield Result(number, title, "skipped", str(skip))
        except ConnectionProblemError as problem:
            yield Result(number, title, "failed", f"no answer: {problem}")
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            yield Result(number, title, "failed", f"an answer of an unexpected shape ({type(error).__name__})")
        else:
            yield Result(number, title, "passed")


# 1: what the server says about itself.


@check("1.1", "/.well-known/keylint-status describes the server")
def _about(server: Server) -> None:
    about = server.get(protocol.WELL_KNOWN)
    given = about.get("fingerprint")
    _expect(isinstance(given, dict), "`fingerprint` is not an object")
    _expect(protocol.VERSION in _list(about, "versions"), "`versions` does not hold v1")
    _expect(given.get("alg") == protocol.ALGORITHM, "`fingerprint.alg` is not hmac-sha256")
    _expect(given.get("context") == protocol.CONTEXT, "`fingerprint.context` is not keylint/v1")
    _expect(_matches(PEPPER_ID, given.get("pepper_id")), "`fingerprint.pepper_id` is not an id")
    server.about = about


@check("1.2", "the snapshot is one of its modes")
def _modes(server: Server) -> None:
    _expect("snapshot" in _list(server.about, "modes"), "`modes` does not hold snapshot")


@check("1.3", "prefixes are short enough to hide a key")
def _prefix_len(server: Server) -> None:
    length, entries = (_number(server.about, name) for name in ("prefix_len", "entries"))
    if not {"range", "sealed"} & set(server.about["modes"]):
        raise Skip("the server offers neither range nor sealed")
    allowed = protocol.prefix_length(entries)
    _expect(1 <= length <= allowed, f"`prefix_len` is {length}; among {entries} entries it is at most {allowed}")


@check("1.4", "complete_for names providers and environments")
def _complete_for(server: Server) -> None:
    for scope in _list(server.about, "complete_for"):
        _expect(_matches(PROVIDER, scope.get("provider")), "a `provider` of `complete_for` is not an id")
        _expect(isinstance(scope.get("env", ""), str), "an `env` of `complete_for` is not a text")


# 2: who may ask.


@check("2.1", "without a token, and with a wrong one, the answer is 401 with WWW-Authenticate")
def _unauthenticated(server: Server) -> None:
    for method, path in _asked_for(server):
        for token in (None, "wrong-" * 8):
            document: object = {"fingerprints": []} if method == "POST" else None
            reply = server.ask(method, path, document, token=token)
            _expect(reply.status == 401, f"{method} {path}: {reply.status} instead of 401")
            _expect(
                "bearer" in reply.headers.get("www-authenticate", "").lower(), f"{path}: no WWW-Authenticate: Bearer"
            )
            _problem(reply, "unauthenticated")


@check("2.2", "an ETag opens nothing without a token")
def _etag_without_token(server: Server) -> None:
    etag = server.ask("GET", "/v1/snapshot").headers.get("etag", "*")
    reply = server.ask("GET", "/v1/snapshot", token=None, headers={"If-None-Match": etag})
    _expect(reply.status == 401, f"{reply.status} instead of 401")


# 3: the snapshot.


@check("3.1", "the snapshot lists entries of the server's pepper, each once")
def _snapshot(server: Server) -> None:
    body = server.get("/v1/snapshot")
    _expect(body.get("pepper_id") == server.pepper_id, "`pepper_id` is not that of the server")
    _time(body.get("as_of"), "as_of")
    for entry in _list(body, "entries"):
        _entry(server, entry)
        _expect(entry["fp"] not in server.entries, "a fingerprint is listed twice")
        server.entries[entry["fp"]] = entry


@check("3.2", "it says how many entries there are")
def _entries(server: Server) -> None:
    said, found = _number(server.about, "entries"), len(server.entries)
    _expect(said == found, f"`entries` is {said}, and the snapshot has {found}")


@check("3.3", "an unchanged snapshot is 304, with no body")
def _not_modified(server: Server) -> None:
    first = server.ask("GET", "/v1/snapshot")
    etag = first.headers.get("etag", "")
    _expect(bool(etag), "no ETag")
    again = server.ask("GET", "/v1/snapshot", headers={"If-None-Match": etag})
    _expect(again.status == 304, f"{again.status} for the ETag of just now")
    _expect(not again.data, "304 with a body")
    other = server.ask("GET", "/v1/snapshot", headers={"If-None-Match": '"another"'})
    _expect(other.status == 200, f"{other.status} for another ETag")


@check("3.4", "answers are private, and differ by token")
def _private(server: Server) -> None:
    headers = server.ask("GET", "/v1/snapshot").headers
    control = {part.strip() for part in headers.get("cache-control", "").lower().split(",")}
    _expect("no-store" in control or {"private", "max-age=0"} <= control, "Cache-Control is not private, max-age=0")
    _expect("authorization" in headers.get("vary", "").lower(), "Vary does not name Authorization")


@check("3.5", "who does not ask for gzip gets none")
def _encodings(server: Server) -> None:
    plain = server.ask("GET", "/v1/snapshot")
    _expect("content-encoding" not in plain.headers, "Content-Encoding without Accept-Encoding")
    zipped = server.ask("GET", "/v1/snapshot", headers={"Accept-Encoding": "gzip"})
    _expect(zipped.json() == plain.json(), "with gzip it says something else")


# 4: ranges.


@check("4.1", "ranges add up to the snapshot")
def _ranges(server: Server) -> None:
    server.offers("range")
    length = _number(server.about, "prefix_len")
    prefixes = sorted({protocol.digest_of(fp)[:length] for fp in server.entries})[:_SUFFICIENT]
    for prefix in prefixes:
        body = server.get(f"/v1/range/{prefix}")
        _expect(body.get("prefix") == prefix, "`prefix` is not what was asked for")
        found = {}
        for entry in _list(body, "entries"):
            suffix = entry.get("suffix", "")
            _expect("fp" not in entry and _matches(_DIGIT, suffix), "an entry without `suffix`, or with `fp`")
            found[server.fingerprint(prefix + suffix)] = {name: v for name, v in entry.items() if name != "suffix"}
        wanted = {
            fp: {name: value for name, value in entry.items() if name != "fp"}
            for fp, entry in server.entries.items()
            if protocol.digest_of(fp).startswith(prefix)
        }
        _expect(found == wanted, f"{len(found)} entries that are not the {len(wanted)} of the snapshot")


@check("4.2", "a shorter prefix is answered too, and nobody's is an empty list")
def _shorter(server: Server) -> None:
    server.offers("range")
    length = _number(server.about, "prefix_len")
    for digits in range(1, length):
        server.get(f"/v1/range/{'0' * digits}")
    used = {protocol.digest_of(fp)[:length] for fp in server.entries}
    free = next((text for n in range(16**length) if (text := f"{n:0{length}x}") not in used), None)
    if free is None:
        raise Skip("every prefix has entries")
    _expect(server.get(f"/v1/range/{free}")["entries"] == [], "entries of a prefix that nobody has")


@check("4.3", "what is no prefix is 400 bad-prefix")
def _bad_prefix(server: Server) -> None:
    server.offers("range")
    for text in ("xy", "AB", "0" * 64):
        reply = server.ask("GET", f"/v1/range/{text}")
        _expect(reply.status == 400, f"{reply.status} for {text[:8]}")
        _problem(reply, "bad-prefix")


# 5: sealed ranges.


@check("5.1", "a sealed entry opens with its fingerprint, and says what the snapshot says")
def _sealed(server: Server) -> None:
    server.offers("sealed")
    prefix, here = _a_bucket(server)
    boxes = {entry.get("tag"): entry.get("box") for entry in _sealed_entries(server, prefix)}
    _expect(len(boxes) == len(here), f"{len(boxes)} tags for {len(here)} entries")
    for fp in here:
        _expect(protocol.tag(fp) in boxes, "an entry without its tag")
        try:
            opened = protocol.unseal(fp, str(boxes[protocol.tag(fp)]))
        except protocol.SealError:
            raise Failure("a box that does not open") from None
        except ModuleNotFoundError:
            raise Skip("cryptography is not installed") from None
        _expect(opened == server.entries[fp], "a box holds something else than the snapshot")


@check("5.2", "nothing of an entry stands beside its box")
def _only_boxes(server: Server) -> None:
    server.offers("sealed")
    prefix, _ = _a_bucket(server)
    for entry in _sealed_entries(server, prefix):
        _expect(set(entry) == {"tag", "box"}, "an entry has more than `tag` and `box`")


@check("5.3", "no nonce is used for two contents")
def _nonces(server: Server) -> None:
    server.offers("sealed")
    prefix, _ = _a_bucket(server)
    seen: dict[tuple[str, str], str] = {}
    for _ in range(2):
        for entry in _sealed_entries(server, prefix):
            nonce = (entry["tag"], entry["box"][:16])
            _expect(seen.setdefault(nonce, entry["box"]) == entry["box"], "one key, one nonce, two boxes")


# 6: lookups.


@check("6.1", "a lookup answers each fingerprint, in order, as the snapshot does")
def _lookup(server: Server) -> None:
    server.offers("lookup")
    unknown = server.fingerprint("0" * 63 + "1")
    some = list(server.entries)[: min(_SUFFICIENT, _number(server.about, "batch_max") - 1)]
    reply = server.ask("POST", "/v1/lookup", {"fingerprints": [unknown, *some]})
    _expect(reply.status == 200, f"{reply.status} instead of 200")
    body = _object(reply)
    _expect(body.get("pepper_id", server.pepper_id) == server.pepper_id, "`pepper_id` is not that of the server")
    wanted = [
        server.entries.get(unknown, {"fp": unknown, "status": "not_found"}),
        *map(server.entries.__getitem__, some),
    ]
    _expect(body.get("results") == wanted, "`results` is not one result for each, in the order of the question")


@check("6.2", "the answer to a lookup is not kept: no-store")
def _no_store(server: Server) -> None:
    server.offers("lookup")
    reply = server.ask("POST", "/v1/lookup", {"fingerprints": []})
    _expect(reply.status == 200, f"{reply.status} for no fingerprints at all")
    _expect("no-store" in reply.headers.get("cache-control", "").lower(), "Cache-Control is not no-store")


@check("6.3", "what is not a fingerprint is 400 not-a-fingerprint, and is not repeated")
def _not_a_fingerprint(server: Server) -> None:
    server.offers("lookup")
    good = server.fingerprint("0" * 64)
    wrong = {
        **_NOT_KEYS,
        "63 digits": good[:-1],
        "65 digits": f"{good}0",
        "capitals": good[:-64] + "AB" * 32,
        "\\n": f"{good}\n",
    }
    for what, text in wrong.items():
        reply = server.ask("POST", "/v1/lookup", {"fingerprints": [good, text]})
        _expect(reply.status == 400, f"{reply.status} for {what}")
        _problem(reply, "not-a-fingerprint")
        if isinstance(text, str) and text:
            _expect(text.encode() not in reply.data, f"{what} is repeated in the answer")


@check("6.4", "no request has a field for a key")
def _no_other_fields(server: Server) -> None:
    server.offers("lookup")
    for document in ({"fingerprints": [], "key": "x"}, {"keys": ["x"]}, {"key": "x"}, ["x"], "x", {}):
        reply = server.ask("POST", "/v1/lookup", document)
        _expect(reply.status == 400, f"{reply.status} for a lookup with something else in it")
        _problem(reply)


@check("6.5", "more than batch_max fingerprints are 400 batch-too-large")
def _batch(server: Server) -> None:
    server.offers("lookup")
    most = _number(server.about, "batch_max")
    reply = server.ask("POST", "/v1/lookup", {"fingerprints": [server.fingerprint(f"{n:064x}") for n in range(most)]})
    _expect(reply.status == 200, f"{reply.status} for batch_max fingerprints")
    reply = server.ask(
        "POST", "/v1/lookup", {"fingerprints": [server.fingerprint(f"{n:064x}") for n in range(most + 1)]}
    )
    _expect(reply.status == 400, f"{reply.status} for one more than batch_max")
    _problem(reply, "batch-too-large")


@check("6.6", "a fingerprint of another pepper is 409 unknown-pepper")
def _other_pepper(server: Server) -> None:
    server.offers("lookup")
    other = f"kl1:{protocol.ALGORITHM}:{'x' if server.pepper_id != 'x' else 'y'}:{'0' * 64}"
    reply = server.ask("POST", "/v1/lookup", {"fingerprints": [other]})
    _expect(reply.status == 409, f"{reply.status} instead of 409")
    _problem(reply, "unknown-pepper")


# 7: errors.


@check("7.1", "what is no JSON is refused")
def _no_json(server: Server) -> None:
    server.offers("lookup")
    for data, kind in ((b"{", "application/json"), (b"\xff", "application/json"), (b"key=x", "text/plain")):
        reply = server.ask("POST", "/v1/lookup", data=data, headers={"Content-Type": kind})
        _expect(reply.status in (400, 415), f"{reply.status} instead of 400 or 415")
        _problem(reply)


@check("7.2", "there is nothing else, and that is a problem document too")
def _nothing_else(server: Server) -> None:
    for method, path, statuses in (("GET", "/v1/nothing", (404,)), ("DELETE", "/v1/snapshot", (404, 405))):
        reply = server.ask(method, path)
        _expect(reply.status in statuses, f"{method} {path}: {reply.status}")
        _problem(reply)


def _asked_for(server: Server) -> Iterator[tuple[str, str]]:
    modes = server.about.get("modes", ())
    yield "GET", "/v1/snapshot"
    if "range" in modes or "sealed" in modes:
        yield "GET", "/v1/range/0"
    if "lookup" in modes:
        yield "POST", "/v1/lookup"


def _a_bucket(server: Server) -> tuple[str, list[str]]:
    """Return the prefix of some entry, and the fingerprints that have it."""
    if not server.entries:
        raise Skip("there are no entries")
    prefix = protocol.digest_of(next(iter(server.entries)))[: _number(server.about, "prefix_len")]
    return prefix, [fp for fp in server.entries if protocol.digest_of(fp).startswith(prefix)]


def _sealed_entries(server: Server, prefix: str) -> list[dict[str, str]]:
    return _list(server.get(f"/v1/range/{prefix}?profile=sealed"), "entries")


def _entry(server: Server, entry: Mapping[str, Any]) -> None:
    match = FINGERPRINT.fullmatch(str(entry.get("fp")))
    of_pepper = match is not None and match[0].startswith(server.fingerprint(""))
    _expect(of_pepper, "an `fp` is not a fingerprint of the server's pepper")
    _expect(_matches(PROVIDER, entry.get("provider")), "a `provider` is not an id")
    _expect(isinstance(entry.get("status"), str) and entry["status"] != "not_found", "a `status` is not one")
    for name, value in entry.items():
        if name.endswith(("_at", "_until")) and value is not None:
            _time(value, name)


def _time(value: object, name: str) -> None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    _expect(moment is not None and moment.tzinfo is not None, f"`{name}` is not a time of RFC 3339 with a zone")


def _problem(reply: Reply, name: str | None = None) -> None:
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    _expect(
        kind == "application/problem+json", f"{reply.status} as {kind or 'nothing'} instead of application/problem+json"
    )
    document = _object(reply)
    _expect(isinstance(document.get("title"), str), f"{reply.status} without a `title`")
    _expect(document.get("status") == reply.status, f"{reply.status} with another `status` in it")
    found = document.get("type")
    _expect(isinstance(found, str) and found.startswith(_PREFIX_OF_TYPE), f"{reply.status} with an unknown `type`")
    _expect(name is None or found == _PREFIX_OF_TYPE + str(name), f"{reply.status} of a `type` that is not {name}")


def _object(reply: Reply) -> dict[str, Any]:
    document = reply.json()
    if not isinstance(document, dict):
        raise Failure("JSON that is not an object")
    return document


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list):
        raise Failure(f"`{name}` is not a list")
    return value


def _number(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    if type(value) is not int or value < 0:
        raise Failure(f"`{name}` is not a number")
    return value


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _expect(met: bool, otherwise: str) -> None:
    if not met:
        raise Failure(otherwise)


def _unzipped(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError):
        raise Failure("Content-Encoding: gzip, and it is none") from None


def main() -> int:
    """Check a server and print what it does not meet; return 0 if it meets everything, 1 if not, 2 if it cannot be asked."""
    parser = argparse.ArgumentParser(
        prog="python -m keylint.server.conformance", description="Check a server of keylint-status v1. It is only read."
    )
    parser.add_argument("url", help="where the server is: https://keys.example.com")
    parser.add_argument("--token-file", help="a file with the bearer token; else KEYLINT_STATUS_TOKEN")
    parser.add_argument("--ca-file", help="certificates (PEM) to trust")
    options = parser.parse_args()
    try:
        token = (
            Path(options.token_file).read_text("utf-8")
            if options.token_file
            else os.environ.get("KEYLINT_STATUS_TOKEN", "")
        )
        tls = ssl.create_default_context(cafile=options.ca_file) if options.ca_file else None
    except (OSError, UnicodeDecodeError) as error:
        parser.error(f"a file cannot be read: {type(error).__name__}")
    if urlsplit(options.url).scheme not in ("http", "https") or not token.strip().isascii() or not token.strip():
        parser.error("a URL with http or https, and a token are needed")
    server = Server(options.url.rstrip("/"), token.strip(), tls)
    try:
        server.ask("GET", protocol.WELL_KNOWN)
    except ConnectionProblemError as problem:
        parser.error(f"no answer: {problem}")
    except Failure:
        pass  # it will be said
    return _report(list(run(server)))


def _report(results: list[Result]) -> int:
    counts = {outcome: sum(r.outcome == outcome for r in results) for outcome in ("passed", "failed", "skipped")}
    for result in results:
        why = f": {result.why}" if result.why else ""
        shown = "".join(
            c if c.isprintable() else "?" for c in f"{result.outcome:8}{result.number}  {result.title}{why}"
        )
        print(shown)  # noqa: T201 - this is a command
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))  # noqa: T201 - as above
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
