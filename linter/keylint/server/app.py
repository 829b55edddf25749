"""The service: the paths of the protocol, and two more to write entries."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keylint import __version__
from keylint.server import wire
from keylint.server.problems import ProblemError
from keylint.server.store import State, Store, UnavailableError
from keylint.server.tokens import Role, Tokens
from keylint.status import protocol
from keylint.status.plaintext import LooksLikeKey

BATCH_MAX = 500
MAX_BYTES = 262_144
"""How large the body of a request may be."""

_BODY_SECONDS = 10.0
_RETRY_AFTER = {"Retry-After": "2"}
_PRIVATE = {"Cache-Control": "private, max-age=0", "Vary": "Authorization, Accept-Encoding"}
_WORTH_COMPRESSING = 1_024
_PREFIX = re.compile(rf"[0-9a-f]{{1,{protocol.LONGEST_PREFIX}}}")
_ETAG = re.compile(r'(?:W/)?("[^"]*")')
_LOG = logging.getLogger("keylint.server")

Answering = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """All entries as they go over the wire."""

    state: State
    entries: int
    plain: bytes
    zipped: bytes
    etag: str


class Service:
    """Answers requests from a store."""

    def __init__(self, store: Store, tokens: Tokens, looks_like_key: LooksLikeKey) -> None:
        self._store = store
        self._tokens = tokens
        self._looks_like_key = looks_like_key
        self._building = threading.Lock()
        self._built: _Snapshot | None = None
        self._openapi = files("keylint.server").joinpath("openapi.yaml").read_bytes()

    def application(self) -> ASGIApp:
        """Return the ASGI application."""
        # It would log paths, and what is pasted into them.
        logging.getLogger("uvicorn.access").disabled = True
        routes = [
            ("/healthz", ["GET"], self._health),
            ("/openapi.yaml", ["GET"], self._description),
            (protocol.WELL_KNOWN, ["GET"], self._allowed(self._about)),
            ("/v1/snapshot", ["GET"], self._allowed(self._snapshot)),
            ("/v1/range/{prefix}", ["GET"], self._allowed(self._range)),
            ("/v1/lookup", ["POST"], self._allowed(self._lookup)),
            ("/v1/entries/{fp}", ["PUT", "DELETE"], self._allowed(self._entry, Role.ADMIN)),
        ]
        app = Starlette(
            routes=[Route(path, _labelled(path, answer), methods=methods) for path, methods, answer in routes],
            exception_handlers={
                ProblemError: _refused, HTTPException: _not_routed, UnavailableError: _unavailable, Exception: _broken,
            },
        )  # fmt: skip
        app.router.redirect_slashes = False
        return _Outermost(app)

    def warm_up(self) -> int:
        """Make the snapshot before anybody asks for it; return the number of entries."""
        return self._current().entries

    def _allowed(self, answer: Answering, least: Role = Role.READER) -> Answering:
        async def guarded(request: Request) -> Response:
            role = self._tokens.role(request.headers.get("authorization"))
            if role is None:
                raise ProblemError("unauthenticated", headers={"WWW-Authenticate": 'Bearer realm="keylint-status"'})
            if least is Role.ADMIN and role is not Role.ADMIN:
                raise ProblemError("forbidden", "entries are written with an admin token")
            return await answer(request)

        return guarded

    async def _health(self, _request: Request) -> Response:
        await run_in_threadpool(self._store.state)
        return _json({"status": "ok"}, {"Cache-Control": "no-store"})

    async def _description(self, _request: Request) -> Response:
        return Response(self._openapi, media_type="application/yaml")

    async def _about(self, _request: Request) -> Response:
        current = await run_in_threadpool(self._current)
        length = protocol.prefix_length(current.entries)
        document = {
            "versions": [protocol.VERSION],
            "fingerprint": {
                "alg": protocol.ALGORITHM, "pepper_id": self._store.pepper_id, "context": protocol.CONTEXT,
            },
            "modes": ["snapshot", *(["range", "sealed"] if length else []), "lookup"],
            "prefix_len": length,
            "batch_max": BATCH_MAX,
            "entries": current.entries,
            "as_of": current.state.as_of,
            "complete_for": current.state.complete_for,
            "server": f"keylint/{__version__}",
        }  # fmt: skip
        return _json(document, _PRIVATE)

    async def _snapshot(self, request: Request) -> Response:
        current = await run_in_threadpool(self._current)
        zipped = _takes_gzip(request)
        etag = f'"{current.etag}-gzip"' if zipped else f'"{current.etag}"'
        headers = {**_PRIVATE, "ETag": etag}
        wanted = request.headers.getlist("if-none-match")
        if wanted and (etag in _ETAG.findall(",".join(wanted)) or "*" in wanted):
            return Response(status_code=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        return Response(current.zipped if zipped else current.plain, headers=headers, media_type="application/json")

    def _current(self) -> _Snapshot:
        """Return the snapshot, made anew only when something has changed, and then once for all who ask."""
        revision = self._store.state().revision
        with self._building:
            if self._built is None or self._built.state.revision != revision:
                self._built = self._build()
            return self._built

    def _build(self) -> _Snapshot:
        state, rows = self._store.snapshot()
        plain = _dumped(self._stated(state, {"entries": list(map(wire.document, rows))}))
        return _Snapshot(
            state, len(rows), plain, gzip.compress(plain, 6, mtime=0), hashlib.sha256(plain).hexdigest()[:32]
        )

    def _stated(self, state: State, document: dict[str, Any]) -> dict[str, Any]:
        return {"as_of": state.as_of, "pepper_id": self._store.pepper_id, **document}

    async def _range(self, request: Request) -> Response:
        prefix = request.path_params["prefix"]
        if not _PREFIX.fullmatch(prefix):
            raise ProblemError("bad-prefix")
        profiles = request.query_params.getlist("profile")
        if profiles not in ([], ["sealed"]):
            raise ProblemError("invalid-request", "the one `profile` that there is is `sealed`")
        return await run_in_threadpool(self._ranged, prefix, bool(profiles), _takes_gzip(request))

    def _ranged(self, prefix: str, sealed: bool, zipped: bool) -> Response:
        state, rows = self._store.range(prefix)
        entries = map(_sealed if sealed else _without_prefix(prefix), map(wire.document, rows))
        return _json(self._stated(state, {"prefix": prefix, "entries": list(entries)}), _PRIVATE, zipped=zipped)

    async def _lookup(self, request: Request) -> Response:
        body = await _body(request)
        asked = body.get("fingerprints") if isinstance(body, dict) else None
        if not isinstance(asked, list) or len(body) != 1:
            raise ProblemError("invalid-request", 'a lookup is {"fingerprints": […]} and nothing else')
        if len(asked) > BATCH_MAX:
            raise ProblemError("batch-too-large", f"at most {BATCH_MAX} fingerprints at a time")
        wanted = [wire.fingerprint(text, self._store.pepper_id) for text in asked]
        return await run_in_threadpool(self._looked_up, wanted, _takes_gzip(request))

    def _looked_up(self, wanted: list[str], zipped: bool) -> Response:
        state, rows = self._store.lookup(wanted)
        results = [wire.document(rows[fp]) if fp in rows else {"fp": fp, "status": "not_found"} for fp in wanted]
        return _json(self._stated(state, {"results": results}), {"Cache-Control": "no-store"}, zipped=zipped)

    async def _entry(self, request: Request) -> Response:
        fp = wire.fingerprint(request.path_params["fp"], self._store.pepper_id)
        if request.method == "DELETE":
            await run_in_threadpool(self._store.delete, fp)
            return Response(status_code=204)
        entry = wire.entry(fp, await _body(request), self._looks_like_key)
        row = wire.row_of(entry)
        if row["checked_at"] is None:
            row["checked_at"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        new = await run_in_threadpool(self._store.put, row)
        return _json(wire.document(row), {"Cache-Control": "no-store"}, 201 if new else 200)


def _without_prefix(prefix: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def shorten(entry: dict[str, Any]) -> dict[str, Any]:
        return {"suffix": protocol.digest_of(entry.pop("fp"))[len(prefix) :], **entry}

    return shorten


def _sealed(entry: dict[str, Any]) -> dict[str, Any]:
    fp = entry["fp"]
    return {"tag": protocol.tag(fp), "box": protocol.seal(fp, entry)}


async def _body(request: Request) -> Any:
    """Return the JSON of a request; raises ProblemError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError("unsupported-media-type")
    too_large = ProblemError("too-large", f"at most {MAX_BYTES:,} bytes", {"Connection": "close"})
    if int(request.headers.get("content-length", 0)) > MAX_BYTES:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > MAX_BYTES:
                    raise too_large
    except TimeoutError:
        raise ProblemError("timeout", headers={"Connection": "close"}) from None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise ProblemError("invalid-request", "the body is not JSON") from None


def _takes_gzip(request: Request) -> bool:
    for part in ",".join(request.headers.getlist("accept-encoding")).lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        if coding in ("gzip", "*"):
            return not re.fullmatch(r"q=0(\.0*)?", weight)
    return False


def _dumped(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _json(document: object, headers: dict[str, str], status: int = 200, zipped: bool = False) -> Response:
    data = _dumped(document)
    if zipped and len(data) > _WORTH_COMPRESSING:
        data, headers = gzip.compress(data, 1, mtime=0), {**headers, "Content-Encoding": "gzip"}
    return Response(data, status, headers, media_type="application/json")


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - it is registered for these
    headers = {"Cache-Control": "no-store", **error.headers}
    return Response(_dumped(error.document), error.kind.status, headers, media_type="application/problem+json")


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    name = "method-not-allowed" if error.status_code == 405 else "not-found"
    return await _refused(request, ProblemError(name, headers=error.headers))


async def _unavailable(request: Request, _error: Exception) -> Response:
    return await _refused(request, ProblemError("unavailable", headers=_RETRY_AFTER))


async def _broken(request: Request, _error: Exception) -> Response:
    return await _refused(request, ProblemError("internal"))


def _labelled(path: str, answer: Answering) -> Answering:
    async def labelled(request: Request) -> Response:
        request.scope["keylint.route"] = path
        return await answer(request)

    return labelled


class _Outermost:
    """Logs every request by its route, never by its path, and lets no error out: its text could repeat what was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the last resort; it has been answered
            _LOG.error("%s at %s", type(error).__name__, _where(error))
        took = (time.perf_counter() - began) * 1000
        _LOG.info("%s %s %d %.1f ms", scope["method"], scope.get("keylint.route", "?"), status, took)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
