"""Runs first in every Python process of a project: sends all connections to the emulator, and writes down what happens.

Nothing of the project is changed. A *use* is the expression of the project that handed a key to an SDK: the call of a
constructor, or the assignment to a module's attribute. A *request* is an attempt to send something, with the headers that were
to be sent, what came of it, and the frames of the project that asked for it. Lines go to `$TRUTH_LOG`, one JSON object each.
"""

import builtins
import functools
import importlib.abc
import importlib.machinery
import io
import itertools
import json
import os
import socket
import ssl
import sys
import threading
import time

_ROOT = os.path.realpath(os.environ["TRUTH_ROOT"]) + os.sep
_CWD = os.getcwd()
_PORT = int(os.environ["TRUTH_PORT"])
_LOG = os.open(os.environ["TRUTH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_numbers = itertools.count(1)
_attributes = {}  # package -> number of the last assignment to its attribute
_instances = {}  # id of an SDK's object -> (the object, number of its use)
_inside = threading.local()

# What is given a key: module, class, and how to see what it was given (arguments and the finished object).
_CONSUMERS = {
    "openai": {
        "OpenAI": "api_key",
        "AsyncOpenAI": "api_key",
        "AzureOpenAI": "api_key !azure_ad_token_provider",
        "AsyncAzureOpenAI": "api_key !azure_ad_token_provider",
    },
    "anthropic": {"Anthropic": "api_key auth_token", "AsyncAnthropic": "api_key auth_token"},
    "groq": {"Groq": "api_key", "AsyncGroq": "api_key"},
    "together": {"Together": "api_key", "AsyncTogether": "api_key"},
    "cohere": {
        "Client": "0:api_key",
        "ClientV2": "0:api_key",
        "AsyncClient": "0:api_key",
        "AsyncClientV2": "0:api_key",
    },
    "mistralai.client": {"Mistral": "0:api_key"},
    "stripe": {"StripeClient": "0:api_key"},
    "github.Auth": {"Token": "0:token"},
    "github": {"Github": "0:login_or_token !auth !jwt"},
    "slack_sdk": {"WebClient": "0:token"},
    "slack_sdk.web.async_client": {"AsyncWebClient": "0:token"},
    "sendgrid": {"SendGridAPIClient": "0:api_key"},
    "twilio.rest": {"Client": "0:username 1:password"},
    "huggingface_hub": {
        "HfApi": "1:token",
        "InferenceClient": "api_key token",
        "AsyncInferenceClient": "api_key token",
    },
    "notion_client": {"Client": "auth", "AsyncClient": "auth"},
    "gitlab": {"Gitlab": "1:private_token 2:oauth_token job_token"},
    "replicate": {"Client": "0:api_token"},
    "tavily": {"TavilyClient": "0:api_key", "AsyncTavilyClient": "0:api_key"},
    "elevenlabs.client": {"ElevenLabs": "api_key", "AsyncElevenLabs": "api_key"},
    "deepgram": {"DeepgramClient": "api_key", "AsyncDeepgramClient": "api_key"},
    "boto3": {},
    "langchain_openai.chat_models.base": {"ChatOpenAI": "api_key openai_api_key"},
    "langchain_openai.chat_models.azure": {"AzureChatOpenAI": "api_key openai_api_key"},
    "langchain_openai.embeddings.base": {"OpenAIEmbeddings": "api_key openai_api_key"},
    "langchain_anthropic.chat_models": {"ChatAnthropic": "api_key anthropic_api_key"},
}
_ATTRIBUTES = {"stripe": "api_key", "openai": "api_key", "resend": "api_key"}
_HTTPX = "Client.send Client.build_request AsyncClient.send AsyncClient.build_request Headers.__init__"
_TRANSPORTS = {
    "requests.sessions": "Session.request Session.prepare_request Session.send",
    "urllib.request": "OpenerDirector.open",
    "httpx": _HTTPX,
    "httpx2": _HTTPX,
    "aiohttp": "ClientSession._request",
    "botocore.endpoint": "Endpoint._send",
    "urllib3": "PoolManager.urlopen",
}
_SENDS_NOTHING = {"prepare_request", "build_request", "__init__"}


def _write(**event):
    event["process"] = os.getpid()
    os.write(_LOG, (json.dumps(event, default=str) + "\n").encode("utf-8", "surrogatepass"))


# ---------------------------------------------------------------- where in the project


def _place(frame, lasti):
    path = os.path.realpath(os.path.join(_CWD, frame.f_code.co_filename))
    if frame.f_code.co_filename.startswith("<") or not path.startswith(_ROOT):
        return None
    positions = next(itertools.islice(frame.f_code.co_positions(), lasti // 2, None), (None,) * 4)
    start = positions[0] or frame.f_lineno
    return [path[len(_ROOT) :], start, positions[1] or start, frame.f_code.co_name]


def _sites(frame):
    """Return the frames of the project, the innermost first; none for what a library does while it is imported."""
    found = []
    while frame is not None:
        if not found and frame.f_code.co_filename.startswith("<frozen importlib"):
            return []
        place = _place(frame, frame.f_lasti)
        if place is not None:
            found.append(place)
        frame = frame.f_back
    return found


def _used_by(frame):
    """Return the uses whose objects are at work in these frames."""
    found = []
    while frame is not None:
        self = frame.f_locals.get("self")
        for part in (self, getattr(self, "__dict__", {}).get("_client_wrapper")):
            number = _instances.get(id(part), (None, None))[1] if part is not None else None
            if number is not None and number not in found:
                found.append(number)
        frame = frame.f_back
    return found


# ---------------------------------------------------------------- uses


def _given(names, args, kwargs):
    """Return {argument: value} of what was handed over, `None` where nothing was; nothing if the key came by another way."""
    values = {}
    for name in names.split():
        if name.startswith("!"):
            if kwargs.get(name[1:]) is not None:
                return {}
            continue
        if name == "?":
            return values if any(values.values()) else {}
        position, _, name = name.rpartition(":")
        value = kwargs.get(name)
        if value is None and position and len(args) > int(position):
            value = args[int(position)]
        values[name] = value
    return values


def _text(value, reveal=False):
    if isinstance(value, str):
        return value
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value() if reveal else str(value)
    return None


def _consume(cls, sink, names):
    original = cls.__init__

    @functools.wraps(original)
    def construct(self, *args, **kwargs):
        if getattr(_inside, "constructing", False):
            original(self, *args, **kwargs)
            return
        frame = sys._getframe(1)
        sites, owners = _sites(frame), _used_by(frame)
        package = cls.__module__.partition(".")[0]
        if not owners and frame.f_globals.get("__name__", "").partition(".")[0] == package in _attributes:
            owners = [_attributes[package]]  # the client that a module makes for itself
        number = owners[0] if owners else next(_numbers)
        _inside.constructing = True
        error = None
        try:
            original(self, *args, **kwargs)
        except BaseException as raised:
            error = type(raised).__name__
            raise
        finally:
            _inside.constructing = False
            given = _given(names, args, kwargs)
            if sites and given and not (owners and error is None):
                reveal = sink.startswith("langchain")
                values = [_text(v if v is not None else getattr(self, n, None), reveal) for n, v in given.items()]
                _write(kind="use", number=number, sink=sink, site=sites[0], values=values, raised=error)
            if (sites or owners) and given:
                for part in (self, getattr(self, "__dict__", {}).get("_client_wrapper")):
                    _instances[id(part)] = (part, number)

    cls.__init__ = construct


def _watch(module, name):
    """Record assignments to a module's attribute."""

    class Watched(type(module)):
        def __setattr__(self, attribute, value):
            if attribute == name:
                sites = _sites(sys._getframe(1))
                if sites:
                    number = _attributes[module.__name__] = next(_numbers)
                    sink = f"{module.__name__}.{name}"
                    _write(kind="use", number=number, sink=sink, site=sites[0], values=[_text(value)], raised=None)
            super().__setattr__(attribute, value)

    module.__class__ = Watched


# ---------------------------------------------------------------- requests


def _described(args, kwargs):
    """Return URL and headers of an attempt, whatever form the client's arguments have."""
    for value in (*args, *kwargs.values()):
        for candidate in (value, getattr(value, "request", None)):
            if hasattr(candidate, "headers") and (hasattr(candidate, "url") or hasattr(candidate, "full_url")):
                url = getattr(candidate, "full_url", None) or candidate.url
                headers = dict(candidate.headers.items())
                headers.update(getattr(candidate, "unredirected_hdrs", {}))
                return str(url), headers
    texts = [str(v) for v in (*args, *kwargs.values()) if not isinstance(v, (dict, bytes)) and "://" in str(v)[:12]]
    return (texts[0] if texts else ""), dict(kwargs.get("headers") or {})


def _plain(value):
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _attempt(self, args, kwargs, frame, answer=None, error=None):
    sent = getattr(answer, "request", None) or getattr(answer, "request_info", None)
    url, headers = _described((sent, *args), kwargs)
    own = getattr(self, "headers", None)
    if own is not None and hasattr(own, "items"):
        headers = {**dict(own.items()), **headers}
    truth = None
    if answer is not None:
        truth = (getattr(answer, "headers", None) or {}).get("x-truth")
    if error is not None:
        truth = (getattr(error, "headers", None) or getattr(error, "hdrs", None) or {}).get("x-truth")
    _write(
        kind="request",
        url=url,
        headers={_plain(name).lower(): _plain(value) for name, value in headers.items()},
        auth=[_plain(part) for part in kwargs["auth"]] if isinstance(kwargs.get("auth"), tuple) else None,
        truth=truth,
        raised=None if truth or error is None else f"{type(error).__name__}: {error}"[:200],
        sites=_sites(frame),
        uses=_used_by(frame),
    )


def _transport(cls, name):
    original = getattr(cls, name)

    @functools.wraps(original)
    def sync(self, *args, **kwargs):
        if getattr(_inside, "sending", False):
            return original(self, *args, **kwargs)
        _inside.sending = True
        try:
            answer = original(self, *args, **kwargs)
        except Exception as error:
            _attempt(self, args, kwargs, sys._getframe(1), error=error)
            raise
        finally:
            _inside.sending = False
        if name not in _SENDS_NOTHING:
            parts = answer if isinstance(answer, tuple) else (answer,)
            _attempt(self, args, kwargs, sys._getframe(1), answer=parts[0])
        return answer

    @functools.wraps(original)
    async def later(self, *args, **kwargs):
        try:
            answer = await original(self, *args, **kwargs)
        except Exception as error:
            _attempt(self, args, kwargs, sys._getframe(1), error=error)
            raise
        _attempt(self, args, kwargs, sys._getframe(1), answer=answer)
        return answer

    setattr(cls, name, later if original.__code__.co_flags & 0x80 else sync)


# ---------------------------------------------------------------- patching what is imported


def _prepare(module):
    name = module.__name__
    for cls, names in _CONSUMERS.get(name, {}).items():
        if isinstance(getattr(module, cls, None), type):
            _consume(getattr(module, cls), f"{name}.{cls}", names)
    if name in _ATTRIBUTES:
        _watch(module, _ATTRIBUTES[name])
    for method in _TRANSPORTS.get(name, "").split():
        cls, _, method = method.partition(".")
        _transport(getattr(module, cls), method)
    if name == "boto3":
        _boto3(module)


def _boto3(module):
    """Clients of AWS are made by functions, and know their keys by their request signer."""
    import boto3.session

    _consume(boto3.session.Session, "boto3.Session", "0:aws_access_key_id 1:aws_secret_access_key ?")
    for method in ("client", "resource"):
        _factory(boto3.session.Session, method)


def _factory(owner, method):
    original = getattr(owner, method)

    @functools.wraps(original)
    def make(self, *args, **kwargs):
        made = original(self, *args, **kwargs)
        client = getattr(getattr(made, "meta", None), "client", made)
        number = _instances.get(id(self), (None, None))[1]
        sites = _sites(sys._getframe(1))
        if number is None and sites and id(client) not in _instances:
            number = next(_numbers)
            credentials = client._request_signer._credentials
            values = [getattr(credentials, "access_key", None), getattr(credentials, "secret_key", None)]
            _write(kind="use", number=number, sink=f"boto3.{method}", site=sites[0], values=values, raised=None)
        _instances[id(client)] = (client, number)
        return made

    setattr(owner, method, make)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds nothing itself: has modules prepared once they are loaded."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in _CONSUMERS and fullname not in _ATTRIBUTES and fullname not in _TRANSPORTS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _prepare(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, _Finder())


# ---------------------------------------------------------------- all connections lead to the emulator


def _connect(original):
    def connect(self, address):
        if self.family == socket.AF_UNIX:
            return original(self, address)
        return original(self, ("127.0.0.1", _PORT))

    return connect


def _getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002
    if not isinstance(port, int):
        port = {"http": 80, "https": 443}.get(port, 443)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def _refuse(*args, **kwargs):
    raise OSError("no datagrams here")


def _trusting(original):
    def wrap(self, *args, **kwargs):
        self.check_hostname = False
        self.verify_mode = ssl.CERT_NONE
        return original(self, *args, **kwargs)

    return wrap


socket.socket.connect = _connect(socket.socket.connect)
socket.socket.connect_ex = _connect(socket.socket.connect_ex)
socket.socket.sendto = _refuse
socket.getaddrinfo = _getaddrinfo
socket.gethostbyname = lambda host: "127.0.0.1"
ssl.SSLContext.wrap_socket = _trusting(ssl.SSLContext.wrap_socket)
ssl.SSLContext.wrap_bio = _trusting(ssl.SSLContext.wrap_bio)
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, 0.01))


# ---------------------------------------------------------------- files that a container would find


def _led(original):
    @functools.wraps(original)
    def lead(path=".", *args, **kwargs):
        if isinstance(path, str | os.PathLike) and os.fspath(path)[:1] == "/":
            there = _MOUNTS + os.fspath(path)
            path = there if _exists(there) else path
        return original(path, *args, **kwargs)

    return lead


_MOUNTS = os.environ.get("TRUTH_MOUNTS", "")
if os.path.isdir(_MOUNTS):
    _exists = functools.partial(os.access, mode=os.F_OK)
    builtins.open = io.open = _led(open)
    for _name in ("stat", "lstat", "listdir", "scandir"):
        setattr(os, _name, _led(getattr(os, _name)))


# ---------------------------------------------------------------- how the program ended


def _ended(kind, error, traceback):
    chain, sites = [], []
    cause = error
    while cause is not None and len(chain) < 8:
        chain.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    while traceback is not None:
        place = _place(traceback.tb_frame, traceback.tb_lasti)
        if place is not None:
            sites.insert(0, place)
        traceback = traceback.tb_next
    _write(kind="crash", errors=chain, text=str(error)[:300], sites=sites)
    sys.__excepthook__(kind, error, None)


sys.excepthook = _ended
