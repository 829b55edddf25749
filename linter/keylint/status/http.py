"""The one door to the network: requests to one host, guarded.

A client talks to the host that it was made for and to nobody else. It follows no redirect, keeps no cookie, reads no proxy
from the environment, trusts no answer to be small, quick or well-formed, and shows nothing of what was sent: not in an
exception, not in a log record. It is written on `httpcore2`, the engine of `httpx2`, which can do no more than that.
"""

from __future__ import annotations

import json
import logging
import math
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from keylint import __version__
from keylint.model import Reason, Secret
from keylint.status.addresses import Address, is_loopback, is_public, names_loopback, resolve
from keylint.status.interface import SourceError

try:
    import httpcore2
except ImportError:
    raise SourceError("asking over the network needs `pip install 'keylint[status]'`") from None

Text = str | Secret
"""What is sent. A `Secret` is revealed only where the bytes of the request are put together."""

USER_AGENT = f"keylint/{__version__}"
MIB = 1024 * 1024

_MOST_VALUES = 2_000_000
"""How much may stand in an answer: a value takes some hundred bytes of memory, however short it is written."""
_BUSY = frozenset({429, 502, 503, 504})
_TOO_MANY = 429
_NOT_MODIFIED = 304


def _silence() -> None:
    """Its engine writes of every request and every answer to the log: what it says there is nobody's."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "httpcore2":
            logging.getLogger(name).disabled = True


_silence()


@dataclass(frozen=True, slots=True)
class Policy:
    """How long, how often and how much. Times are in seconds."""

    connect: float = 2.0
    """For the name, the connection and TLS."""
    total: float = 5.0
    """For one try, from the name to the last byte."""
    overall: float = 60.0
    """For everything that a client is asked, from its first request on."""
    tries: int = 3
    longest_wait: float = 5.0
    """A `Retry-After` that is longer than this is not waited for."""
    failures: int = 3
    """After so many failures in a row the host is not asked again; nor is one that asks for a longer pause than is made."""
    rate: float = 10.0
    """Requests in a second, once `burst` of them have been sent at once."""
    burst: int = 10
    at_once: int = 4
    max_bytes: int = MIB
    """How large an answer may be, before and after decompression."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host answered: 2xx, 304 or 4xx (never 429). Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    """The JSON; `None` when there is none."""
    media_type: str = ""
    """`application/json`, in lower case and without parameters; empty without a body."""

    @property
    def is_json(self) -> bool:
        """True when the answer has a body and says that it is JSON."""
        return _is_json(self.media_type)


class Client:
    """Requests to one host. It can be used from several threads at once.

    `base_url` is the scheme, the host and the port: `https://api.example.com`. `internal=True` is for a host that the user
    has configured: it may have a private address, and plain `http` is allowed to loopback. Without it every address of the
    host has to be a public one. `headers` go with every request.

    Methods return an `Answer`, or raise `SourceError` with a reason: `rate_limited`, `blocked` (an address or a scheme that
    is not allowed), else `source_error` (no answer, 5xx, a redirect, no JSON where there should be, not asked any more).
    """

    def __init__(
        self,
        base_url: str,
        *,
        internal: bool = False,
        headers: Mapping[str, Text] | None = None,
        policy: Policy | None = None,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._policy = policy or Policy()
        self._scheme, self._host, self._port = _origin(base_url, internal)
        self._headers = dict(headers or {})
        self._sleep = sleep
        allowed = is_loopback if self._scheme == "http" else _anywhere if internal else is_public
        self._watch = _Watch()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or (_tls() if self._scheme == "https" else None),
            max_connections=None,
            keepalive_expiry=5.0,
            network_backend=_Backend(allowed, self._watch),
        )
        self._at_once = threading.BoundedSemaphore(self._policy.at_once)
        self._bucket = _Bucket(self._policy.rate, self._policy.burst)
        self._lock = threading.Lock()
        self._failures = 0
        self._shut: tuple[str, Reason] | None = None
        self._until: float | None = None

    @property
    def host(self) -> str:
        """The host that is asked, with the port where it is not the usual one."""
        usual = {"http": 80, "https": 443}[self._scheme]
        return self._host if self._port == usual else f"{self._host}:{self._port}"

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.host!r})"

    def get(
        self,
        path: Text,
        *,
        query: Mapping[str, Text] | None = None,
        headers: Mapping[str, Text] | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """Ask for `path`, which begins with a slash, is percent-encoded and may have a query of its own.

        Raises:
            SourceError: there is no answer that could be used.
        """
        return self.send("GET", _with_query(path, query), headers=headers, max_bytes=max_bytes)

    def post(
        self,
        path: Text,
        *,
        form: Mapping[str, Text] | None = None,
        document: object = None,
        headers: Mapping[str, Text] | None = None,
        repeatable: bool = False,
        max_bytes: int | None = None,
    ) -> Answer:
        """Send a form, or a document as JSON in which a `Secret` may stand for any text.

        `repeatable` says that sending it twice does no more than sending it once; only then is it tried again.

        Raises:
            SourceError: there is no answer that could be used.
        """
        if form is not None:
            content, kind = Secret(urlencode(_plain(form)), ""), "application/x-www-form-urlencoded"
        else:
            content, kind = Secret(json.dumps(document, default=_reveal), ""), "application/json"
        wanted = {"Content-Type": kind, **(headers or {})}
        return self.send("POST", path, headers=wanted, content=content, repeatable=repeatable, max_bytes=max_bytes)

    def send(
        self,
        method: str,
        target: Text,
        *,
        headers: Mapping[str, Text] | None = None,
        content: Secret | None = None,
        repeatable: bool | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """Send one request, again where that is allowed (GET and HEAD always), and return the answer.

        Raises:
            SourceError: there is no answer that could be used.
        """
        again = method in ("GET", "HEAD") if repeatable is None else repeatable
        message = _Message(method, target, {**self._headers, **(headers or {})}, content)
        limit = self._policy.max_bytes if max_bytes is None else max_bytes
        self._may_ask()
        outcome = self._tried(message, limit, self._policy.tries if again else 1)
        with self._lock:
            if not isinstance(outcome, SourceError):
                self._failures = 0
            elif outcome.reason is not Reason.UNSUPPORTED:
                self._failures += 1
                if self._failures >= self._policy.failures:
                    self._shut = self._shut or (f"{self._failures} failures in a row", outcome.reason)
        if isinstance(outcome, SourceError):
            raise outcome
        return outcome

    def reach(self) -> None:
        """See that the host can be connected to, and answers anything at all; nothing is asked and no secret is sent.

        Raises:
            SourceError: it does not.
        """
        message = _Message("HEAD", "/", {}, None)
        try:
            with self._watch.running(self._policy.total):
                self._exchange(message, self._policy.max_bytes)
        except _GivenUpError as problem:
            raise self._error(str(problem), problem.reason) from None
        except Exception as error:  # noqa: BLE001 - as for every request
            raise self._error(_why(error, self._policy)) from None

    def _may_ask(self) -> None:
        with self._lock:
            shut = self._shut
        if shut is not None:
            raise self._error(f"not asked any more after {shut[0]}", shut[1])

    def _tried(self, message: _Message, limit: int, tries: int) -> Answer | SourceError:
        """Return the answer, or why there is none: raised from here, it would carry what it was about."""
        outcome: Answer | SourceError = self._error("not asked")
        for number in range(tries):
            remaining = self._remaining()
            if remaining <= 0 or not self._at_once.acquire(timeout=remaining):
                return self._error(f"no time left ({self._policy.overall:g} seconds for all requests)")
            try:
                self._sleep(self._bucket.wait())
                outcome, wait = self._once(message, limit)
            finally:
                self._at_once.release()
            if wait is None or number == tries - 1:
                break
            pause = 0.5 * 2**number if wait < 0 else wait
            if pause > self._policy.longest_wait and isinstance(outcome, SourceError):
                with self._lock:
                    self._shut = "it asked for a longer pause than is made", outcome.reason
            if pause > min(self._policy.longest_wait, self._remaining()):
                break
            self._sleep(pause)
        return outcome

    def _remaining(self) -> float:
        with self._lock:
            now = time.monotonic()
            if self._until is None:
                self._until = now + self._policy.overall
            return self._until - now

    def _once(self, message: _Message, limit: int) -> tuple[Answer | SourceError, float | None]:
        """Return the outcome of one try and how long to wait before the next: negative when nobody said, `None` for never."""
        try:
            with self._watch.running(min(self._policy.total, self._remaining())):
                status, headers, data = self._exchange(message, limit)
        except _GivenUpError as problem:
            return self._error(str(problem), problem.reason), None
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, its text may hold what was sent
            unconnected = isinstance(error, httpcore2.ConnectError | httpcore2.ConnectTimeout)
            return self._error(_why(error, self._policy)), -1.0 if unconnected and _tls_problem(error) is None else None
        return self._read(status, headers, data), _pause(headers) if status in _BUSY else None

    def _read(self, status: int, headers: Mapping[str, str], data: bytes) -> Answer | SourceError:
        if status == _TOO_MANY:
            return self._error("answered 429, too many requests", Reason.RATE_LIMITED)
        if status >= 500 or status < 200:
            return self._error(f"answered {status}")
        if 300 <= status < 400 and status != _NOT_MODIFIED:
            return self._error(f"answered {status}; redirects are not followed")
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower() if data else ""
        if data and status < 300 and not _is_json(media_type):
            return self._error(f"answered {status} with {_shown_type(media_type)} instead of JSON")
        body = None
        if _is_json(media_type):
            if sum(map(data.count, (b",", b"{", b"["))) > _MOST_VALUES:
                return self._error(f"answered {status} with more than {_MOST_VALUES:,} values")
            try:
                body = json.loads(data)
            except (ValueError, RecursionError):
                return self._error(f"answered {status} with broken JSON")
        return Answer(status, headers, body, media_type)

    def _exchange(self, message: _Message, limit: int) -> tuple[int, dict[str, str], bytes]:
        times = {"connect": self._policy.connect, "pool": self._policy.total}
        times |= {"read": self._policy.total, "write": self._policy.total}
        request = message.request(self._scheme, self._host, self._port, {"timeout": times})
        response = self._pool.handle_request(request)
        try:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return response.status, headers, _decoded(response.iter_stream(), headers, limit)
        finally:
            response.close()

    def _error(self, message: str, reason: Reason = Reason.SOURCE_ERROR) -> SourceError:
        return SourceError(f"{self.host}: {message}", reason)


class _GivenUpError(Exception):
    """Why a try is given up; the message is fit to be shown."""

    def __init__(self, message: str, reason: Reason = Reason.SOURCE_ERROR) -> None:
        super().__init__(message)
        self.reason = reason


def _origin(base_url: str, internal: bool) -> tuple[str, str, int]:
    """Return scheme, host and port of a base URL."""
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise SourceError("not the URL of a host") from None
    host = parts.hostname
    if not host or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise SourceError("the URL of a host is made of https://, a name, and a port if need be")
    try:
        name = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise SourceError("not the URL of a host") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and internal and names_loopback(name)):
        raise SourceError(f"{name}: only https is allowed, and http to this machine", Reason.BLOCKED)
    return parts.scheme, name, port or {"http": 80, "https": 443}[parts.scheme]


# Connections.


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """The authorities that the system trusts: reading them takes longer than a request."""
    return httpcore2.default_ssl_context()


def _anywhere(_: Address) -> bool:
    return True


class _Watch(threading.local):
    """When the try of this thread is over."""

    end: float = math.inf

    @contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        self.end = time.monotonic() + seconds
        try:
            yield
        finally:
            self.end = math.inf

    def left(self, timeout: float | None) -> float:
        """Return the seconds that are left, at most `timeout`; raise when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if timeout is None else min(left, timeout)


class _Backend(httpcore2.NetworkBackend):
    """Resolves a name once, checks every address, and connects to one that it has checked."""

    def __init__(self, allowed: Callable[[Address], bool], watch: _Watch) -> None:
        self._allowed = allowed
        self._watch = watch
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        end = time.monotonic() + self._watch.left(timeout)
        try:
            addresses = resolve(host, port, end - time.monotonic())
        except TimeoutError:
            raise httpcore2.ConnectTimeout from None
        if not addresses:
            raise _GivenUpError("the name is not known")
        if not all(map(self._allowed, addresses)):
            raise _GivenUpError("its address is not one that may be asked", Reason.BLOCKED)
        last: Exception = httpcore2.ConnectTimeout()
        for address in addresses:
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                stream = self._sockets.connect_tcp(str(address), port, left, local_address, socket_options or ())
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
            else:
                return _Stream(stream, self._watch)
        raise last

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> NoReturn:
        raise httpcore2.ConnectError


class _Stream(httpcore2.NetworkStream):
    """A connection on which no step outlasts the try that it belongs to."""

    def __init__(self, stream: httpcore2.NetworkStream, watch: _Watch) -> None:
        self._stream = stream
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._watch.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._watch.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._watch.left(timeout))
        return _Stream(secured, self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


# Messages.


class _Message:
    """A request before it is bytes. It shows nothing of itself."""

    __slots__ = ("_content", "_headers", "_method", "_target")

    def __init__(self, method: str, target: Text, headers: Mapping[str, Text], content: Secret | None) -> None:
        self._method = method
        self._target = target
        self._headers = headers
        self._content = content

    def request(self, scheme: str, host: str, port: int, extensions: dict[str, Any]) -> httpcore2.Request:
        """Return the bytes. Raises _GivenUpError for what cannot be sent."""
        usual = port == {"http": 80, "https": 443}[scheme]
        bracketed = f"[{host}]" if ":" in host else host
        headers = {
            "Host": bracketed if usual else f"{bracketed}:{port}",
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **self._headers,
        }
        content = None if self._content is None else self._content.reveal().encode()
        if content is not None:
            headers["Content-Length"] = str(len(content))
        url = httpcore2.URL(scheme=scheme, host=host, port=port, target=_bytes(self._target, "the URL"))
        if not url.target.startswith(b"/"):
            raise _GivenUpError("a path begins with a slash")
        rows = [(_bytes(name, "a header"), _bytes(value, "a header")) for name, value in headers.items()]
        return httpcore2.Request(self._method, url, headers=rows, content=content, extensions=extensions)


def _bytes(text: Text, where: str) -> bytes:
    plain = text.reveal() if isinstance(text, Secret) else text
    if not plain.isascii() or not plain.isprintable() or plain != plain.strip():
        raise _GivenUpError(f"{where} would hold a character that cannot be sent there", Reason.UNSUPPORTED)
    return plain.encode()


def _plain(values: Mapping[str, Text]) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in values.items()}


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} is no JSON")


def _with_query(path: Text, query: Mapping[str, Text] | None) -> Text:
    if not query:
        return path
    plain = path.reveal() if isinstance(path, Secret) else path
    return Secret(f"{plain}{'&' if '?' in plain else '?'}{urlencode(_plain(query))}", "")


def _decoded(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int) -> bytes:
    """Return the body, decompressed. Raises _GivenUpError when it is larger than `limit` at either end."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise _GivenUpError("answered in a compression that was not asked for")
    inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    data, read = bytearray(), 0
    for chunk in chunks:
        read += len(chunk)
        data += chunk if inflate is None else inflate.decompress(chunk, limit + 1 - len(data))
        if read > limit or len(data) > limit:
            raise _GivenUpError(f"answered with more than {limit // 1024:,} KiB")
    if inflate is not None and read and not inflate.eof:
        raise _GivenUpError("answered with broken compression")
    return bytes(data)


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _shown_type(media_type: str) -> str:
    known: Collection[str] = ("text/html", "text/plain", "application/xml", "text/xml")
    return media_type if media_type in known else "something"


def _pause(headers: Mapping[str, str]) -> float:
    """Return the seconds that `Retry-After` asks for; negative when it says nothing that could be understood."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return -1.0
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _why(error: Exception, policy: Policy) -> str:
    """Say what went wrong, without a word of what the error itself says."""
    tls = _tls_problem(error)
    if tls is not None:
        return tls
    if isinstance(error, httpcore2.ConnectTimeout):
        return f"no connection in {policy.connect:g} seconds"
    if isinstance(error, httpcore2.TimeoutException):
        return f"no answer in {policy.total:g} seconds"
    if isinstance(error, httpcore2.ConnectError):
        return "no connection"
    if isinstance(error, httpcore2.NetworkError | httpcore2.RemoteProtocolError):
        return "the connection was closed, or the answer was no HTTP"
    if isinstance(error, zlib.error):
        return "answered with broken compression"
    return f"the request failed ({type(error).__name__})"


def _tls_problem(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "its TLS certificate is not valid"
        if isinstance(error, ssl.SSLError):
            return "no TLS connection"
        error = error.__cause__ or error.__context__
    return None


class _Bucket:
    """A token bucket: so many requests at once, and then so many in a second."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._at = time.monotonic()

    def wait(self) -> float:
        """Take a token and return the seconds until it is there."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - 1
            self._at = now
            return max(0.0, -self._tokens / self._rate)
