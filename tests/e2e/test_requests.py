# ruff: noqa: E501 (a program is text)
"""Requests over HTTP in the shapes in which people write them: each sends a placeholder, and it is known to whom."""

from collections.abc import Callable
from pathlib import Path

import pytest

from keylint.model import Report

KEYS = (
    "LINEAR_API_KEY", "DISCORD_BOT_TOKEN", "SERPAPI_API_KEY", "OPENWEATHERMAP_API_KEY", "TAVILY_API_KEY", "STRIPE_SECRET_KEY",
    "TELEGRAM_BOT_TOKEN", "GEMINI_API_KEY",
)  # fmt: skip
ENV = "".join(f"{name}=your-api-key-here\n" for name in KEYS)

# Name -> whose host it is, and the files.
SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "session-attr-aiohttp": (
        "discord",
        {
            "app.py": """\
import os, aiohttp
API = "https://discord.com/api/v10"
class Bot:
    def __init__(self, token):
        self._headers = {"Authorization": f"Bearer {token}"}
    async def send(self, channel, text):
        async with aiohttp.ClientSession(headers=self._headers) as session:
            async with session.post(f"{API}/channels/{channel}/messages", json={"content": text}) as r:
                return await r.json()
def main():
    return Bot(os.environ["DISCORD_BOT_TOKEN"])
main()
""",
        },
    ),
    "headers-fn-arg": (
        "linear",
        {
            "app.py": """\
import os, requests
BASE = "https://api.linear.app/graphql"
def headers():
    return {"Authorization": "Bearer " + os.environ["LINEAR_API_KEY"]}
def query(q):
    return requests.post(BASE, json={"query": q}, headers=headers())
""",
        },
    ),
    "base-url-attr": (
        "linear",
        {
            "app.py": """\
import os, httpx
class Linear:
    base = "https://api.linear.app"
    def __init__(self):
        self.key = os.environ["LINEAR_API_KEY"]
    def _headers(self):
        return {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
    def post(self, path, body):
        return httpx.post(self.base + path, json=body, headers=self._headers())
""",
        },
    ),
    "client-base-url": (
        "linear",
        {
            "app.py": """\
import os, httpx
client = httpx.Client(base_url="https://api.linear.app", headers={"Authorization": f"Bearer {os.environ['LINEAR_API_KEY']}"})
client.post("/graphql", json={})
""",
        },
    ),
    "session-update": (
        "linear",
        {
            "app.py": """\
import os, requests
class C:
    URL = "https://api.linear.app/graphql"
    def __init__(self):
        self.s = requests.Session()
        self.s.headers.update({"Authorization": f"Bearer {os.environ['LINEAR_API_KEY']}"})
    def q(self, body):
        return self.s.post(self.URL, json=body)
""",
        },
    ),
    "session-item": (
        "linear",
        {
            "app.py": """\
import os, requests
s = requests.Session()
s.headers["Authorization"] = "Bearer " + os.environ["LINEAR_API_KEY"]
def q(body):
    return s.post("https://api.linear.app/graphql", json=body)
""",
        },
    ),
    "urllib-request": (
        "linear",
        {
            "app.py": """\
import os, urllib.request, json
def q(body):
    req = urllib.request.Request("https://api.linear.app/graphql", data=json.dumps(body).encode(), headers={"Authorization": "Bearer %s" % os.environ["LINEAR_API_KEY"]})
    return urllib.request.urlopen(req).read()
""",
        },
    ),
    "urllib-add-header": (
        "linear",
        {
            "app.py": """\
import os, urllib.request, json
def q(body):
    req = urllib.request.Request("https://api.linear.app/graphql", data=b"")
    req.add_header("Authorization", "Bearer {}".format(os.environ["LINEAR_API_KEY"]))
    return urllib.request.urlopen(req).read()
""",
        },
    ),
    "urljoin": (
        "linear",
        {
            "app.py": """\
import os, requests
from urllib.parse import urljoin
ROOT = "https://api.linear.app/"
def call(path):
    return requests.get(urljoin(ROOT, path), headers={"Authorization": f"Bearer {os.environ['LINEAR_API_KEY']}"})
""",
        },
    ),
    "kwargs-dict": (
        "linear",
        {
            "app.py": """\
import os, requests
def call(path, **kw):
    headers = kw.pop("headers", {})
    headers["Authorization"] = f"Bearer {os.environ['LINEAR_API_KEY']}"
    return requests.request("GET", f"https://api.linear.app/{path}", headers=headers, **kw)
""",
        },
    ),
    "param-url": (
        "linear",
        {
            "app.py": """\
import os, requests
def _get(url, token):
    return requests.get(url, headers={"Authorization": f"Bearer {token}"})
def viewer():
    return _get("https://api.linear.app/graphql", os.environ["LINEAR_API_KEY"])
""",
        },
    ),
    "module-consts": (
        "linear",
        {
            "app.py": """\
import requests
from conf import BASE_URL, API_KEY
HEADERS = {"Authorization": f"Bearer {API_KEY}"}
def q():
    return requests.post(BASE_URL + "/graphql", headers=HEADERS)
""",
            "conf.py": """\
import os
BASE_URL = "https://api.linear.app"
API_KEY = os.getenv("LINEAR_API_KEY")
""",
        },
    ),
    "host-env-default": (
        "linear",
        {
            "app.py": """\
import os, requests
BASE = os.environ.get("LINEAR_URL", "https://api.linear.app")
def q():
    return requests.post(f"{BASE}/graphql", headers={"Authorization": f"Bearer {os.environ['LINEAR_API_KEY']}"})
""",
        },
    ),
    "dataclass-client": (
        "linear",
        {
            "app.py": """\
import os, httpx
from dataclasses import dataclass, field
@dataclass
class Client:
    api_key: str
    base_url: str = "https://api.linear.app"
    def request(self, path):
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx.get(f"{self.base_url}{path}", headers=headers)
c = Client(api_key=os.environ["LINEAR_API_KEY"])
c.request("/graphql")
""",
        },
    ),
    "auth-class": (
        "linear",
        {
            "app.py": """\
import os, requests
class Auth(requests.auth.AuthBase):
    def __init__(self, token): self.token = token
    def __call__(self, r):
        r.headers["Authorization"] = f"Bearer {self.token}"
        return r
requests.post("https://api.linear.app/graphql", auth=Auth(os.environ["LINEAR_API_KEY"]))
""",
        },
    ),
    "http-client": (
        "linear",
        {
            "app.py": """\
import os, http.client
conn = http.client.HTTPSConnection("api.linear.app")
conn.request("POST", "/graphql", headers={"Authorization": f"Bearer {os.environ['LINEAR_API_KEY']}"})
""",
        },
    ),
    "urlencode": (
        "serpapi",
        {
            "app.py": """\
import os, requests, urllib.parse
def search(q):
    params = {"q": q, "api_key": os.environ["SERPAPI_API_KEY"]}
    url = "https://serpapi.com/search.json" + "?" + urllib.parse.urlencode(params)
    return requests.get(url)
""",
        },
    ),
    "fquery": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
KEY = os.environ["OPENWEATHERMAP_API_KEY"]
def w(city):
    return requests.get(f"https://api.openweathermap.org/data/2.5/weather?q={city}&appid={KEY}").json()
""",
        },
    ),
    "params-var": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
def w(city):
    params = {"q": city, "units": "metric"}
    params["appid"] = os.environ["OPENWEATHERMAP_API_KEY"]
    r = requests.get("https://api.openweathermap.org/data/2.5/weather", params=params)
""",
        },
    ),
    "json-body": (
        "tavily",
        {
            "app.py": """\
import os, requests
class T:
    base_url = "https://api.tavily.com/search"
    def __init__(self): self.api_key = os.environ["TAVILY_API_KEY"]
    def s(self, q):
        data = {"query": q, "api_key": self.api_key}
        return requests.post(self.base_url, json=data)
""",
        },
    ),
    "basic-auth-header": (
        "stripe",
        {
            "app.py": """\
import os, requests, base64
def call():
    token = base64.b64encode(f"{os.environ['STRIPE_SECRET_KEY']}:".encode()).decode()
    return requests.get("https://api.stripe.com/v1/charges", headers={"Authorization": "Basic " + token})
""",
        },
    ),
    "async-with-client": (
        "linear",
        {
            "app.py": """\
import os, httpx
async def q():
    async with httpx.AsyncClient(base_url="https://api.linear.app") as client:
        client.headers["Authorization"] = f"Bearer {os.getenv('LINEAR_API_KEY')}"
        return await client.post("/graphql")
""",
        },
    ),
    "two-modules-client": (
        "linear",
        {
            "app.py": """\
import os
from client import ApiClient
c = ApiClient("https://api.linear.app", os.environ["LINEAR_API_KEY"])
c.get("/graphql")
""",
            "client.py": """\
import requests
class ApiClient:
    def __init__(self, base_url, token):
        self.base_url = base_url.rstrip("/")
        self.session = requests.Session()
        self.session.headers.update({"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    def get(self, path):
        return self.session.get(self.base_url + path, timeout=10)
""",
        },
    ),
    "url-var": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
KEY = os.environ["OPENWEATHERMAP_API_KEY"]
def w(c):
    url = f"https://api.openweathermap.org/data/2.5/weather?q={c}&appid={KEY}"
    return requests.get(url).json()
"""
        },
    ),
    "url-plus": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
KEY = os.environ["OPENWEATHERMAP_API_KEY"]
def w(c):
    url = "https://api.openweathermap.org/data/2.5/weather?q=" + c + "&appid=" + KEY
    return requests.get(url).json()
"""
        },
    ),
    "url-format": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
KEY = os.environ["OPENWEATHERMAP_API_KEY"]
def w(c):
    url = "https://api.openweathermap.org/data/2.5/weather?q={}&appid={}".format(c, KEY)
    return requests.get(url).json()
"""
        },
    ),
    "url-percent": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
KEY = os.environ["OPENWEATHERMAP_API_KEY"]
def w(c):
    url = "https://api.openweathermap.org/data/2.5/weather?q=%s&appid=%s" % (c, KEY)
    return requests.get(url).json()
"""
        },
    ),
    "base-const": (
        "openweathermap",
        {
            "app.py": """\
import os, requests
BASE = "https://api.openweathermap.org/data/2.5"
KEY = os.environ["OPENWEATHERMAP_API_KEY"]
def w(c):
    return requests.get(f"{BASE}/weather?q={c}&appid={KEY}").json()
"""
        },
    ),
    "telegram": (
        "telegram",
        {
            "app.py": """\
import os, requests
TOKEN = os.environ["TELEGRAM_BOT_TOKEN"]
URL = f"https://api.telegram.org/bot{TOKEN}/sendMessage"
def send(t):
    requests.post(URL, data={"text": t})
"""
        },
    ),
    "telegram-self": (
        "telegram",
        {
            "app.py": """\
import os, requests
class T:
    def __init__(self, token):
        self.base = f"https://api.telegram.org/bot{token}"
    def send(self, t):
        return requests.post(self.base + "/sendMessage", json={"text": t})
T(os.environ["TELEGRAM_BOT_TOKEN"]).send("x")
"""
        },
    ),
    "aiohttp-params": (
        "openweathermap",
        {
            "app.py": """\
import os, aiohttp
async def w(c):
    async with aiohttp.ClientSession() as s:
        async with s.get("https://api.openweathermap.org/data/2.5/weather", params={"q": c, "appid": os.environ["OPENWEATHERMAP_API_KEY"]}) as r:
            return await r.json()
"""
        },
    ),
    "gemini-url": (
        "google",
        {
            "app.py": """\
import os, requests
def g(p):
    key = os.getenv("GEMINI_API_KEY")
    url = f"https://generativelanguage.googleapis.com/v1beta/models/gemini-pro:generateContent?key={key}"
    return requests.post(url, json={"contents": []}, headers={"Content-Type": "application/json"})
"""
        },
    ),
}


def uses(report: Report) -> list[tuple[str | None, str]]:
    traces = [trace for key in report.keys for trace in key.traces] + list(report.keyless)
    return [(trace.use.provider, trace.outcome.kind.value) for trace in traces]


@pytest.mark.parametrize("name", SHAPES)
def test_the_placeholder_is_seen_where_it_is_sent(name: str, tmp_path: Path, report_of: Callable[..., Report]) -> None:
    provider, files = SHAPES[name]
    for path, text in {**files, ".env": ENV}.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert uses(report_of(tmp_path)) == [(provider, "fails")]


def test_of_two_hosts_neither_is_taken_for_the_one(tmp_path: Path, report_of: Callable[..., Report]) -> None:
    (tmp_path / "app.py").write_text(
        """\
import os, requests
LINEAR, OTHER = "https://api.linear.app", "https://api.example.org"
def q(url):
    return requests.post(url(), headers={"Authorization": f"Bearer {os.environ['LINEAR_API_KEY']}"})
""",
        encoding="utf-8",
    )
    (tmp_path / ".env").write_text(ENV, encoding="utf-8")
    assert uses(report_of(tmp_path)) == [(None, "fails")]


def test_a_parameter_that_is_none_is_not_sent(tmp_path: Path, report_of: Callable[..., Report]) -> None:
    (tmp_path / "app.py").write_text(
        """\
import os, requests
def w(c):
    return requests.get("https://eutils.ncbi.nlm.nih.gov/x", params={"api_key": os.getenv("NCBI_API_KEY"), "q": c}).json()
""",
        encoding="utf-8",
    )
    assert uses(report_of(tmp_path)) in ([], [(None, "unknown")])
