"""The providers, on loopback: each accepts the keys that it has issued and refuses all others in its own words.

One port takes plain HTTP and TLS. Which provider is meant is said by the `Host` header, so that the programs talk to the hosts
that they always talk to. Every answer says in `X-Truth` what became of the key: `accepted`, or `refused` and what was wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

Headers = Mapping[str, str]
"""Names in lower case."""
Issued = Mapping[str, Mapping[str, str]]
"""Provider -> key -> `active`, `revoked`, `expired` …; for pairs the key is `id:secret`."""


@dataclass(frozen=True)
class Request:
    """What was asked, as far as it matters."""

    method: str
    url: str
    headers: Headers
    body: bytes = b""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rsplit("@", 1)[-1].partition(":")[0].lower()

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


@dataclass(frozen=True)
class Credential:
    """What a request says of who sends it."""

    key: str
    """What is looked up; `id:secret` for a pair; empty where there is none."""
    values: tuple[str, ...]
    """The keys in it, one by one."""
    formed: bool = True
    """Whether it stands where this provider looks for it, under the scheme that it wants."""


@dataclass(frozen=True)
class Answer:
    """A status and a body, JSON unless it is a text."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[Request], Credential]


def _none() -> Credential:
    return Credential("", (), formed=False)


def _header(name: str, *schemes: str) -> Reader:
    """A key in a header, behind one of these schemes; a scheme of `""` is the bare key."""

    def read(request: Request) -> Credential:
        # A server drops white space around a header's value.
        text = request.headers.get(name, "").strip(" \t")
        if text.lower() in ("", *(scheme.lower() for scheme in schemes)):
            return _none()
        for scheme in schemes:
            if not scheme:
                return Credential(text, (text.rpartition(" ")[2],), formed=" " not in text)
            head, blank, key = text.partition(" ")
            if head.lower() == scheme.lower() and blank and key:
                return Credential(key, (key,))
        return Credential(text, (text.rpartition(" ")[2],), formed=False)

    return read


def _basic(join: bool = True) -> Reader:
    """HTTP Basic: a pair, or (not `join`) the one of both that is the key."""

    def read(request: Request) -> Credential:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return _none()
        try:
            user, _, password = base64.b64decode(text).decode("utf-8", "replace").partition(":")
        except ValueError:
            return _none()
        if join:
            return Credential(f"{user}:{password}", (user, password))
        key = password if user in ("api", "apikey", "x-access-token") or not user else user
        return Credential(key, (key,))

    return read


def _query(name: str) -> Reader:
    def read(request: Request) -> Credential:
        key = parse_qs(urlsplit(request.url).query, keep_blank_values=True).get(name, [""])[0]
        return Credential(key, (key,)) if key else _none()

    return read


def _telegram(request: Request) -> Credential:
    part = unquote(request.path).split("/")[1] if "/" in request.path else ""
    return Credential(part[3:], (part[3:],)) if part.startswith("bot") else _none()


def _pagerduty(request: Request) -> Credential:
    text = request.headers.get("authorization", "")
    found = re.fullmatch(r"Token token=(\S+)", text)
    key = found[1] if found else text.rpartition(" ")[2]
    return Credential(key, (key,), formed=bool(found)) if key else _none()


def _first(*readers: Reader) -> Reader:
    """The first that finds something; the last word where none does."""

    def read(request: Request) -> Credential:
        found = [reader(request) for reader in readers]
        return next((c for c in found if c.formed), next((c for c in found if c.key), found[-1]))

    return read


# ---------------------------------------------------------------- AWS signatures, version 4


def _signed(request: Request) -> tuple[str, str, dict[str, str]]:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(",") if "=" in part)
    return scheme, parts.get("Credential", "").partition("/")[0], parts


def _signature(request: Request, secret: str, parts: Mapping[str, str]) -> str:
    """Return the signature that this request has to have."""
    split = urlsplit(request.url)
    names = parts["SignedHeaders"].split(";")
    query = "&".join(
        sorted(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, values in parse_qs(split.query, keep_blank_values=True).items()
            for value in values
        )
    )
    payload = request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join(
        [
            request.method,
            split.path or "/",
            query,
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            parts["SignedHeaders"],
            payload,
        ]
    )
    _, day, region, service, end = parts["Credential"].split("/")
    scope = f"{day}/{region}/{service}/{end}"
    text = "\n".join(
        ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _aws(request: Request) -> Credential:
    scheme, name, parts = _signed(request)
    if scheme != "AWS4-HMAC-SHA256" or len(parts.get("Credential", "").split("/")) != 5:
        return _none()
    return Credential(name, (name,))


# ---------------------------------------------------------------- the providers


@dataclass(frozen=True)
class Provider:
    """Where a provider is, where it looks for keys, and how it says no."""

    hosts: tuple[str, ...]
    """One that begins with a dot stands for all below it."""
    read: Reader
    refuse: Callable[[Request, str], Answer]
    accept: Callable[[Request], Answer] = lambda request: Answer(200, {})
    public: str = ""
    """What the paths have in common that answer without a key."""


def _says(status: int, body: Any) -> Callable[[Request, str], Answer]:
    return lambda request, why: Answer(status, body)


def _error(status: int, message: str, /, **more: Any) -> Callable[[Request, str], Answer]:
    return _says(status, {"error": {"message": message, **more}})


def _chat(request: Request) -> Answer:
    """What the chat-completion API, and those that copy it, answer."""
    if request.path.endswith("/models"):
        return Answer(200, {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]})
    if request.path.endswith("/embeddings"):
        rows = [{"object": "embedding", "index": 0, "embedding": [0.0, 1.0]}]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return Answer(200, {"object": "list", "data": rows, "model": "m", "usage": usage})
    if request.path.endswith("/responses"):
        content = [{"type": "output_text", "text": "hello", "annotations": []}]
        message = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": content}
        return Answer(200, {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [message]})
    choice = {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return Answer(
        200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    )


def _claude(request: Request) -> Answer:
    if request.path.endswith("/models"):
        return Answer(200, {"data": [], "has_more": False, "first_id": None, "last_id": None})
    usage = {"input_tokens": 1, "output_tokens": 1}
    content = [{"type": "text", "text": "hello"}]
    return Answer(
        200,
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": content,
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": usage,
        },
    )


def _cohere(request: Request) -> Answer:
    if request.path.startswith("/v2/chat"):
        message = {"role": "assistant", "content": [{"type": "text", "text": "hello"}]}
        return Answer(200, {"id": "1", "finish_reason": "COMPLETE", "message": message})
    return Answer(
        200, {"text": "hello", "generation_id": "1", "models": [], "embeddings": {"float": [[0.1]]}, "id": "1"}
    )


def _stripe(request: Request) -> Answer:
    name = request.path.rsplit("/", 1)[-1]
    if request.method == "GET" and name not in ("balance", "account"):
        return Answer(200, {"object": "list", "data": [], "has_more": False, "url": request.path})
    return Answer(200, {"id": "x_1", "object": name.rstrip("s"), "livemode": False, "available": []})


def _stripe_refuses(request: Request, why: str) -> Answer:
    if why == "expired":
        return Answer(401, {"error": {"code": "api_key_expired", "message": "Expired API Key provided: sk_live_***"}})
    if why == "missing":
        return Answer(401, {"error": {"message": "You did not provide an API key.", "type": "invalid_request_error"}})
    if why == "publishable":
        return Answer(403, {"error": {"code": "secret_key_required", "message": "use a secret API key"}})
    return Answer(401, {"error": {"message": "Invalid API Key provided: ***", "type": "invalid_request_error"}})


def _github(request: Request) -> Answer:
    if request.path == "/user/repos" or request.path.endswith(("/issues", "/pulls", "/releases")):
        return Answer(200, [])
    if request.path.startswith("/repos/"):
        name = request.path.removeprefix("/repos/")
        return Answer(200, {"id": 1, "name": name.split("/")[-1], "full_name": name, "url": request.url})
    return Answer(200, {"login": "octo", "id": 1, "name": "Octo", "url": request.url, "resources": {}, "rate": {}})


def _slack(request: Request, why: str) -> Answer:
    words = {"missing": "not_authed", "expired": "token_expired", "revoked": "token_revoked"}
    return Answer(200, {"ok": False, "error": words.get(why, "invalid_auth")})


def _gitlab(request: Request, why: str) -> Answer:
    if why in ("revoked", "expired"):
        return Answer(401, {"error": "invalid_token", "error_description": f"Token {why}."})
    return Answer(401, {"message": "401 Unauthorized"})


def _twilio(request: Request) -> Answer:
    if request.path.endswith("Messages.json"):
        return Answer(201, {"sid": "SM1", "status": "queued", "messages": [], "body": "hello"})
    return Answer(200, {"sid": "AC1", "status": "active", "friendly_name": "x"})


def _aws_accepts(request: Request) -> Answer:
    if request.host.startswith("sts."):
        result = "<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>x</UserId><Account>123456789012</Account>"
        inner = f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult>"
        return Answer(200, f"<GetCallerIdentityResponse>{inner}</GetCallerIdentityResponse>")
    if request.headers.get("x-amz-target"):
        return Answer(200, {"TableNames": [], "Items": [], "Count": 0})
    buckets = "<ListAllMyBucketsResult><Owner><ID>x</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>"
    return Answer(200, buckets)


def _aws_refuses(request: Request, why: str) -> Answer:
    code = {"secret": "SignatureDoesNotMatch", "expired": "ExpiredToken"}.get(why, "InvalidClientTokenId")
    if request.headers.get("x-amz-target"):
        return Answer(400, {"__type": "UnrecognizedClientException", "message": "The security token is invalid."})
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>refused</Message></Error></ErrorResponse>"
    if request.host.startswith("s3") or ".s3." in request.host:
        code = "SignatureDoesNotMatch" if why == "secret" else "InvalidAccessKeyId"
        body = f"<Error><Code>{code}</Code><Message>refused</Message></Error>"
    return Answer(403, body)


_BEARER = _header("authorization", "Bearer")
_UNAUTHORIZED = _says(401, {"detail": "Unauthorized"})

PROVIDERS: dict[str, Provider] = {
    "openai": Provider(
        ("api.openai.com", "us.api.openai.com", "eu.api.openai.com"),
        _BEARER,
        _error(401, "Incorrect API key provided: ***.", type="invalid_request_error", code="invalid_api_key"),
        _chat,
    ),
    "anthropic": Provider(
        ("api.anthropic.com",),
        _first(_header("x-api-key", ""), _BEARER),
        _says(401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}),
        _claude,
    ),
    "groq": Provider(("api.groq.com",), _BEARER, _error(401, "Invalid API Key", code="invalid_api_key"), _chat),
    "together": Provider(
        ("api.together.xyz", "api.together.ai", "api-inference.together.ai"),
        _BEARER,
        _error(401, "Invalid API key provided.", code="invalid_api_key"),
        _chat,
    ),
    "deepseek": Provider(("api.deepseek.com",), _BEARER, _error(401, "Authentication Fails, Your api key: ***"), _chat),
    "openrouter": Provider(("openrouter.ai",), _BEARER, _error(401, "User not found.", code=401), _chat),
    "perplexity": Provider(("api.perplexity.ai",), _BEARER, _error(401, "Invalid API key provided", code=401), _chat),
    "xai": Provider(
        ("api.x.ai",), _BEARER, _says(400, {"code": "Client specified an invalid argument", "error": "***"}), _chat
    ),
    "mistral": Provider(("api.mistral.ai", "codestral.mistral.ai"), _BEARER, _UNAUTHORIZED, _chat),
    "cohere": Provider(
        ("api.cohere.com", "api.cohere.ai"), _BEARER, _says(401, {"message": "invalid api token"}), _cohere
    ),
    "google": Provider(
        ("generativelanguage.googleapis.com", "maps.googleapis.com"),
        _first(_header("x-goog-api-key", ""), _query("key"), _BEARER),
        _error(400, "API key not valid. Please pass a valid API key.", code=400, status="INVALID_ARGUMENT"),
    ),
    "stripe": Provider(
        ("api.stripe.com", "files.stripe.com"), _first(_BEARER, _basic(join=False)), _stripe_refuses, _stripe
    ),
    "github": Provider(
        ("api.github.com", "uploads.github.com"),
        _first(_header("authorization", "Bearer", "token"), _basic(join=False)),
        _says(
            401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}
        ),
        _github,
        public="/repos/",
    ),
    "gitlab": Provider(
        ("gitlab.com",),
        _first(_header("private-token", ""), _BEARER),
        _gitlab,
        lambda r: Answer(200, {"id": 1, "username": "x"}),
    ),
    "slack": Provider(("slack.com",), _BEARER, _slack, lambda r: Answer(200, {"ok": True, "channels": [], "ts": "1"})),
    "sendgrid": Provider(
        ("api.sendgrid.com", "api.eu.sendgrid.com"),
        _BEARER,
        _says(401, {"errors": [{"message": "The provided authorization grant is invalid, expired, or revoked"}]}),
        lambda r: Answer(202 if r.method == "POST" else 200, {}),
    ),
    "twilio": Provider(
        ("api.twilio.com", "verify.twilio.com"),
        _basic(),
        _says(
            401,
            {
                "code": 20003,
                "message": "Authenticate",
                "more_info": "https://www.twilio.com/docs/errors/20003",
                "status": 401,
            },
        ),
        _twilio,
    ),
    "huggingface": Provider(
        ("huggingface.co", "router.huggingface.co", "api-inference.huggingface.co"),
        _BEARER,
        _says(401, {"error": "Invalid user token."}),
        lambda r: (
            _chat(r)
            if "/chat/" in r.path
            else Answer(
                200, {"name": "x", "type": "user", "id": "1", "orgs": [], "auth": {}} if "whoami" in r.path else []
            )
        ),
    ),
    "notion": Provider(
        ("api.notion.com",),
        _BEARER,
        _says(401, {"object": "error", "status": 401, "code": "unauthorized", "message": "API token is invalid."}),
        lambda r: Answer(200, {"object": "list", "results": [], "has_more": False, "next_cursor": None}),
    ),
    "replicate": Provider(
        ("api.replicate.com",),
        _header("authorization", "Bearer", "Token"),
        _says(
            401, {"title": "Unauthenticated", "detail": "You did not pass a valid authentication token", "status": 401}
        ),
        lambda r: Answer(
            200, {"results": [], "next": None, "previous": None, "type": "user", "username": "x", "name": "x"}
        ),
    ),
    "resend": Provider(
        ("api.resend.com",),
        _BEARER,
        _says(401, {"statusCode": 401, "name": "validation_error", "message": "API key is invalid"}),
        lambda r: Answer(200, {"id": "1", "object": "list", "data": []}),
    ),
    "tavily": Provider(
        ("api.tavily.com",),
        _BEARER,
        _says(401, {"detail": {"error": "Unauthorized: missing or invalid API key."}}),
        lambda r: Answer(200, {"results": [], "query": "q", "response_time": 0.1}),
    ),
    "elevenlabs": Provider(
        ("api.elevenlabs.io",),
        _header("xi-api-key", ""),
        _says(401, {"detail": {"status": "invalid_api_key", "message": "Invalid API key"}}),
        lambda r: Answer(200, {"voices": [], "models": []} if "voices" in r.path else []),
    ),
    "deepgram": Provider(
        ("api.deepgram.com",),
        _header("authorization", "Token"),
        _says(401, {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": "1"}),
        lambda r: Answer(200, {"projects": []}),
    ),
    "datadog": Provider(
        ("api.datadoghq.com",),
        _header("dd-api-key", ""),
        _says(403, {"errors": ["Forbidden"]}),
        lambda r: Answer(200, {"valid": True, "status": "ok"}),
    ),
    "airtable": Provider(
        ("api.airtable.com",),
        _BEARER,
        _error(401, "Authentication required", type="AUTHENTICATION_REQUIRED"),
        lambda r: Answer(200, {"records": []}),
    ),
    "mailgun": Provider(
        ("api.mailgun.net", "api.eu.mailgun.net"),
        _basic(join=False),
        _says(401, "Forbidden"),
        lambda r: Answer(200, {"id": "1", "message": "Queued."}),
    ),
    "hubspot": Provider(
        ("api.hubapi.com",),
        _BEARER,
        _says(401, {"status": "error", "category": "INVALID_AUTHENTICATION"}),
        lambda r: Answer(200, {"results": []}),
    ),
    "linear": Provider(
        ("api.linear.app",),
        _header("authorization", ""),
        _says(401, {"errors": [{"message": "Authentication required, not authenticated"}]}),
        lambda r: Answer(200, {"data": {}}),
    ),
    "digitalocean": Provider(
        ("api.digitalocean.com",),
        _BEARER,
        _says(401, {"id": "Unauthorized", "message": "Unable to authenticate you"}),
        lambda r: Answer(200, {"account": {}, "droplets": []}),
    ),
    "cloudflare": Provider(
        ("api.cloudflare.com",),
        _BEARER,
        _says(401, {"success": False, "errors": [{"code": 1000, "message": "Invalid API Token"}]}),
        lambda r: Answer(200, {"success": True, "result": []}),
    ),
    "telegram": Provider(
        ("api.telegram.org",),
        _telegram,
        _says(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
        lambda r: Answer(200, {"ok": True, "result": {}}),
    ),
    "aws": Provider((".amazonaws.com",), _aws, _aws_refuses, _aws_accepts),
    "azure": Provider(
        (".openai.azure.com",),
        _first(_header("api-key", ""), _BEARER),
        _error(401, "Access denied due to invalid subscription key or wrong API endpoint.", code="401"),
        _chat,
    ),
    "cerebras": Provider(
        ("api.cerebras.ai",), _BEARER, _says(401, {"message": "Wrong API Key", "code": "wrong_api_key"}), _chat
    ),
    "fireworks": Provider(("api.fireworks.ai",), _BEARER, _error(401, "Unauthorized"), _chat),
    "nvidia": Provider(
        ("integrate.api.nvidia.com",), _BEARER, _says(401, {"status": 401, "title": "Unauthorized"}), _chat
    ),
    "voyage": Provider(("api.voyageai.com",), _BEARER, _says(401, {"detail": "Provided API key is invalid."}), _chat),
    "pinecone": Provider(
        ("api.pinecone.io", ".pinecone.io"),
        _header("api-key", ""),
        _error(401, "Invalid API Key", code="UNAUTHENTICATED"),
        lambda r: Answer(200, {"indexes": [], "matches": []}),
    ),
    "discord": Provider(
        ("discord.com",), _header("authorization", "Bot"), _says(401, {"message": "401: Unauthorized", "code": 0})
    ),
    "pagerduty": Provider(
        ("api.pagerduty.com",), _pagerduty, _error(401, "Access Denied"), lambda r: Answer(200, {"incidents": []})
    ),
    "newsapi": Provider(
        ("newsapi.org",),
        _first(_header("x-api-key", ""), _query("apiKey"), _header("authorization", "Bearer", "")),
        _says(401, {"status": "error", "code": "apiKeyInvalid", "message": "Your API key is invalid or incorrect."}),
        lambda r: Answer(200, {"status": "ok", "articles": []}),
    ),
    "openweathermap": Provider(
        ("api.openweathermap.org",),
        _query("appid"),
        _says(401, {"cod": 401, "message": "Invalid API key."}),
        lambda r: Answer(200, {"main": {"temp": 280.0}, "weather": [{"description": "rain"}], "list": []}),
    ),
    "circleci": Provider(
        ("circleci.com",),
        _first(_header("circle-token", ""), _basic(join=False)),
        _says(401, {"message": "You must log in first."}),
        lambda r: Answer(200, {"items": [], "login": "x"}),
    ),
    "figma": Provider(
        ("api.figma.com",), _header("x-figma-token", ""), _says(403, {"status": 403, "err": "Invalid token"})
    ),
    "shopify": Provider(
        (".myshopify.com",),
        _header("x-shopify-access-token", ""),
        _says(401, {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}),
        lambda r: Answer(200, {"orders": [], "shop": {}}),
    ),
    "postmark": Provider(
        ("api.postmarkapp.com",),
        _header("x-postmark-server-token", ""),
        _says(401, {"ErrorCode": 10, "Message": "The Server Token you provided was invalid."}),
        lambda r: Answer(200, {"ErrorCode": 0, "Message": "OK"}),
    ),
    "sentry": Provider(
        ("sentry.io", "us.sentry.io", "de.sentry.io"),
        _BEARER,
        _says(401, {"detail": "Invalid token"}),
        lambda r: Answer(200, []),
    ),
    "vercel": Provider(
        ("api.vercel.com",),
        _BEARER,
        _error(403, "Not authorized", code="forbidden", invalidToken=True),
        lambda r: Answer(200, {"deployments": []}),
    ),
    "snyk": Provider(
        ("api.snyk.io",), _header("authorization", "token"), _says(401, {"message": "Invalid auth token provided"})
    ),
    "firecrawl": Provider(("api.firecrawl.dev",), _BEARER, _says(401, {"error": "Unauthorized: Invalid token"})),
    "assemblyai": Provider(
        ("api.assemblyai.com",),
        _header("authorization", ""),
        _says(401, {"error": "Authentication error, API token missing/invalid"}),
        lambda r: Answer(200, {"id": "1", "status": "queued"}),
    ),
    "asana": Provider(
        ("app.asana.com",),
        _BEARER,
        _says(401, {"errors": [{"message": "Not Authorized"}]}),
        lambda r: Answer(200, {"data": []}),
    ),
    "serpapi": Provider(("serpapi.com",), _query("api_key"), _says(401, {"error": "Invalid API key."})),
    "brevo": Provider(
        ("api.brevo.com",),
        _header("api-key", ""),
        _says(401, {"message": "Key not found", "code": "unauthorized"}),
        lambda r: Answer(201, {"messageId": "1"}),
    ),
}


def provider_of(host: str) -> str | None:
    """Return the provider that answers at a host."""
    for name, provider in PROVIDERS.items():
        if any(host == known or (known.startswith(".") and host.endswith(known)) for known in provider.hosts):
            return name
    return None


def credential_of(request: Request) -> Credential:
    """Return what a request says of who sends it, as its provider reads it."""
    name = provider_of(request.host)
    return PROVIDERS[name].read(request) if name else _none()


def answer(request: Request, issued: Issued) -> tuple[Answer, str]:
    """Return the answer, and the truth: `accepted`, `none` (nobody asked for a key) or `refused REASON`."""
    name = provider_of(request.host)
    if name is None:
        return _chat(request), "none"
    provider = PROVIDERS[name]
    if provider.public and provider.public in request.path and not _sent(request):
        return provider.accept(request), "none"
    wrong = _wrong(request, provider.read(request), name, issued.get(name, {}))
    if wrong:
        return provider.refuse(request, wrong), f"refused {wrong}"
    return provider.accept(request), "accepted"


def _sent(request: Request) -> bool:
    return "authorization" in request.headers


def _wrong(request: Request, credential: Credential, name: str, issued: Mapping[str, str]) -> str | None:
    """Return why a credential is refused."""
    if not credential.key:
        return "missing"
    if not credential.formed:
        return "form"
    if name == "aws":
        return _wrong_signature(request, credential, issued)
    if name == "twilio" and credential.key not in issued:
        known = {pair.partition(":")[0] for pair in issued}
        return "secret" if credential.values[0] in known else "id"
    if name == "stripe" and credential.key.startswith("pk_"):
        return "publishable"
    status = issued.get(credential.key, "unknown")
    return None if status == "active" else status


def _wrong_signature(request: Request, credential: Credential, issued: Mapping[str, str]) -> str | None:
    pairs = {pair.partition(":")[0]: (pair.partition(":")[2], status) for pair, status in issued.items()}
    if credential.key not in pairs:
        return "id"
    secret, status = pairs[credential.key]
    if status != "active":
        return status
    _, _, parts = _signed(request)
    return None if parts.get("Signature") == _signature(request, secret, parts) else "secret"


# ---------------------------------------------------------------- the server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def setup(self) -> None:
        # A handshake begins with the byte 22; no method of HTTP does.
        if self.request.recv(1, 2) == b"\x16":  # MSG_PEEK
            self.request = self.server.context.wrap_socket(self.request, server_side=True)  # type: ignore[attr-defined]
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def _answer(self) -> None:
        headers: Message = self.headers
        names = {name.lower(): _utf8(value) for name, value in headers.items()}
        body = self._body(names)
        request = Request(self.command, f"https://{names.get('host', '')}{self.path}", names, body)
        said, truth = answer(request, self.server.issued)  # type: ignore[attr-defined]
        text = said.body if isinstance(said.body, str) else json.dumps(said.body)
        kind = (
            "application/json"
            if not isinstance(said.body, str)
            else "text/xml"
            if text.startswith("<")
            else "text/plain"
        )
        data = text.encode()
        self.send_response(said.status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "X-Truth": truth,
            **said.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _body(self, headers: Headers) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer  # noqa: N815


def _utf8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # the block ends when the last answer is given
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that went away


@contextmanager
def emulator(issued: Issued, certificate: Path) -> Iterator[int]:
    """Answer on a free port of loopback until the block ends; yields the port.

    Args:
        issued: the keys that each provider knows.
        certificate: a PEM file with a certificate, for whomever, and its private key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.issued, server.context = issued, context  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
