# ruff: noqa: E501 (a program is one line of text)
"""Whole programs that hand keys about: through functions, objects, settings, files. Which calls fail, and why.

As in `test_programs`, `BAD` is a truncated key, and a program's answer is every KL4 finding as `CODE path:line`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from keylint.catalogue.fake import expand
from keylint.model import Report

GOOD = "{fake:github-classic-pat}"
BAD = "{fake:github-classic-pat!truncated=3}"
HEAD = "import os\nfrom github import Auth\n"  # the program goes on in line 3

PROGRAMS: dict[str, tuple[Mapping[str, str], set[str]]] = {}


def program(name: str, files: Mapping[str, str] | str, *expected: str) -> None:
    """Add a program; a text is an `app.py` that begins with `HEAD`."""
    assert name not in PROGRAMS
    PROGRAMS[name] = ({"app.py": HEAD + files} if isinstance(files, str) else files, set(expected))


def pair(name: str, files: Mapping[str, str] | str, *expected: str) -> None:
    """Add a program with `KEY` for the truncated key, and the same program with a sound one, of which nothing is said."""
    parts = {"app.py": HEAD + files} if isinstance(files, str) else files
    program(name, {path: text.replace("KEY!", BAD) for path, text in parts.items()}, *expected)
    program(f"{name}-sound", {path: text.replace("KEY!", GOOD) for path, text in parts.items()})


ENV = {".env": "T=KEY!\n"}

# ---------------------------------------------------------------- functions

pair(
    "returned",
    {**ENV, "app.py": HEAD + 'def load():\n    return os.getenv("T")\n\n\nAuth.Token(load())\n'},
    "KL401 app.py:7",
)
pair("returned-literal", 'def load():\n    key = "KEY!"\n    return key\n\n\nAuth.Token(load())\n', "KL401 app.py:8")
pair("passed", 'def go(key):\n    return Auth.Token(key)\n\n\ngo("KEY!")\n', "KL401 app.py:4")
pair("passed-by-keyword", 'def go(*, key):\n    return Auth.Token(key)\n\n\ngo(key="KEY!")\n', "KL401 app.py:4")
pair(
    "passed-variable",
    {**ENV, "app.py": HEAD + 'def go(key):\n    return Auth.Token(key)\n\n\ngo(os.environ["T"])\n'},
    "KL401 app.py:4",
)
pair(
    "passed-twice",
    'def inner(key):\n    return Auth.Token(key)\n\n\ndef outer(k):\n    return inner(key=k)\n\n\nouter("KEY!")\n',
    "KL401 app.py:4",
)
pair(
    "parameter-or-variable",
    {**ENV, "app.py": HEAD + 'def go(key=None):\n    return Auth.Token(key or os.environ["T"])\n\n\ngo()\n'},
    "KL401 app.py:4",
)
program(
    "parameter-given-over-variable",
    {
        ".env": f"T={BAD}\n",
        "app.py": HEAD + f'def go(key=None):\n    return Auth.Token(key or os.environ["T"])\n\n\ngo("{GOOD}")\n',
    },
)
pair(
    "if-none",
    {
        **ENV,
        "app.py": HEAD
        + 'def go(key=None):\n    if key is None:\n        key = os.environ["T"]\n    return Auth.Token(key)\n\n\ngo()\n',
    },
    "KL401 app.py:6",
)
program("default-not-used", f'def go(key="{BAD}"):\n    return Auth.Token(key)\n\n\ngo("{GOOD}")\n')
pair("default-used", 'def go(key="KEY!"):\n    return Auth.Token(key)\n\n\ngo()\n', "KL401 app.py:4")
pair(
    "name-of-the-variable-passed",
    {**ENV, "app.py": HEAD + 'def env(name):\n    return os.environ[name]\n\n\nAuth.Token(env("T"))\n'},
    "KL401 app.py:7",
)
pair(
    "name-and-default-passed",
    {
        **ENV,
        "app.py": HEAD
        + 'def env(name, default=None):\n    value = os.environ.get(name, default)\n    if not value:\n        raise RuntimeError(name)\n    return value\n\n\nAuth.Token(env("T", "x"))\n',
    },
    "KL401 app.py:10",
)
program(
    "other-variable-of-the-same-helper",
    {
        ".env": f"T={GOOD}\nU={BAD}\n",
        "app.py": HEAD + 'def env(name):\n    return os.environ[name]\n\n\nother = env("U")\nAuth.Token(env("T"))\n',
    },
)
program(
    "each-call-its-own-value", f'def same(key):\n    return key\n\n\nbad = same("{BAD}")\nAuth.Token(same("{GOOD}"))\n'
)
pair("returned-through", 'def same(key):\n    return key.strip()\n\n\nAuth.Token(same("KEY!"))\n', "KL401 app.py:7")
pair(
    "returned-dict",
    {
        **ENV,
        "app.py": HEAD
        + 'def load():\n    return {"key": os.environ["T"], "n": 1}\n\n\nc = load()\nAuth.Token(c["key"])\n',
    },
    "KL401 app.py:8",
)
pair("dict-passed", 'def go(c):\n    return Auth.Token(c["key"])\n\n\ngo({"key": "KEY!"})\n', "KL401 app.py:4")
pair(
    "dict-constant-passed",
    'C = {"api": {"key": "KEY!"}}\n\n\ndef go(c):\n    return Auth.Token(c["api"]["key"])\n\n\ngo(C)\n',
    "KL401 app.py:7",
)
pair("dict-get-passed", 'def go(c):\n    return Auth.Token(c.get("key"))\n\n\ngo({"key": "KEY!"})\n', "KL401 app.py:4")
pair(
    "async",
    {
        **ENV,
        "app.py": HEAD
        + 'async def load():\n    return os.environ["T"]\n\n\nasync def main():\n    key = await load()\n    Auth.Token(key)\n',
    },
    "KL401 app.py:9",
)
pair(
    "cached",
    {
        **ENV,
        "app.py": HEAD
        + 'from functools import lru_cache\n\n\n@lru_cache\ndef load():\n    return os.environ["T"]\n\n\nAuth.Token(load())\n',
    },
    "KL401 app.py:11",
)
pair("lambda", 'load = lambda: "KEY!"\nAuth.Token(load())\n', "KL401 app.py:4")
program(
    "recursion",
    f'def f(k, n):\n    if n:\n        return f(k, n - 1)\n    return Auth.Token(k)\n\n\nf("{BAD}", 3)\n',
    "KL401 app.py:6",
)
program("mutual-recursion", 'def f(k):\n    return g(k)\n\n\ndef g(k):\n    return f(k)\n\n\nAuth.Token(f("x"))\n')
program("unknown-decorator", f'import mine\n\n\n@mine.other\ndef load():\n    return "{BAD}"\n\n\nAuth.Token(load())\n')
program("generator", f'def load():\n    yield "{BAD}"\n    return "{BAD}"\n\n\nAuth.Token(load())\n')
program("stars", f'def go(key):\n    return Auth.Token(key)\n\n\nARGS = ["{BAD}"]\ngo(*ARGS)\n')
program("nobody-calls-it", "def go(key):\n    return Auth.Token(key)\n")

# ---------------------------------------------------------------- functions of other files

pair(
    "helper-module",
    {
        **ENV,
        "keys.py": 'import os\n\n\ndef load():\n    return os.getenv("T")\n',
        "app.py": HEAD + "from keys import load\n\nAuth.Token(load())\n",
    },
    "KL401 app.py:5",
)
pair(
    "helper-module-dotted",
    {
        **ENV,
        "lib/__init__.py": "",
        "lib/keys.py": 'import os\n\n\ndef load():\n    return os.getenv("T")\n',
        "app.py": HEAD + "from lib import keys\n\nAuth.Token(keys.load())\n",
    },
    "KL401 app.py:5",
)
pair(
    "client-module",
    {
        "client.py": "from github import Auth\n\n\ndef make(key):\n    return Auth.Token(key)\n",
        "main.py": 'from client import make\n\nmake("KEY!")\n',
    },
    "KL401 client.py:5",
)
pair(
    "client-module-variable",
    {
        **ENV,
        "client.py": "from github import Auth\n\n\ndef make(key):\n    return Auth.Token(key)\n",
        "main.py": 'import os\nimport client as c\n\nc.make(key=os.environ["T"])\n',
    },
    "KL401 client.py:5",
)
pair(
    "three-modules",
    {
        **ENV,
        "a.py": "from github import Auth\n\n\ndef make(key):\n    return Auth.Token(key)\n",
        "b.py": "from a import make\n\n\ndef start(token):\n    return make(token)\n",
        "conf.py": 'import os\n\nTOKEN = os.environ["T"]\n',
        "main.py": "import conf\nfrom b import start\n\nstart(conf.TOKEN)\n",
    },
    "KL401 a.py:5",
)
pair(
    "re-exported-function",
    {
        **ENV,
        "p/__init__.py": "from .keys import load\n",
        "p/keys.py": 'import os\n\n\ndef load():\n    return os.getenv("T")\n',
        "app.py": HEAD + "import p\n\nAuth.Token(p.load())\n",
    },
    "KL401 app.py:5",
)

# ---------------------------------------------------------------- objects

pair(
    "constructor",
    'class C:\n    def __init__(self, key):\n        self.key = key\n\n    def go(self):\n        return Auth.Token(self.key)\n\n\nC("KEY!").go()\n',
    "KL401 app.py:8",
)
pair(
    "constructor-or-variable",
    {
        **ENV,
        "app.py": HEAD
        + 'class C:\n    def __init__(self, key=None):\n        self.key = key or os.getenv("T")\n\n    def go(self):\n        return Auth.Token(self.key)\n\n\nC().go()\n',
    },
    "KL401 app.py:8",
)
pair(
    "object-attribute",
    'class C:\n    def __init__(self, key):\n        self.key = key\n\n\nc = C(key="KEY!")\nAuth.Token(c.key)\n',
    "KL401 app.py:9",
)
program(
    "two-objects",
    f'class C:\n    def __init__(self, key):\n        self.key = key\n\n\ngood, bad = C("{GOOD}"), C("{BAD}")\nAuth.Token(good.key)\n',
)
pair(
    "inherited-constructor",
    'class B:\n    def __init__(self, key):\n        self.key = key\n\n\nclass C(B):\n    def go(self):\n        return Auth.Token(self.key)\n\n\nC("KEY!").go()\n',
    "KL401 app.py:10",
)
pair(
    "super",
    'class B:\n    def __init__(self, key):\n        self.key = key\n\n\nclass C(B):\n    def __init__(self):\n        super().__init__("KEY!")\n\n    def go(self):\n        return Auth.Token(self.key)\n\n\nC().go()\n',
    "KL401 app.py:13",
)
pair(
    "property",
    {
        **ENV,
        "app.py": HEAD
        + 'class C:\n    @property\n    def key(self):\n        return os.environ["T"]\n\n\nAuth.Token(C().key)\n',
    },
    "KL401 app.py:9",
)
pair(
    "method",
    {
        **ENV,
        "app.py": HEAD
        + 'class C:\n    def _key(self):\n        return os.environ["T"]\n\n    def go(self):\n        return Auth.Token(self._key())\n',
    },
    "KL401 app.py:8",
)
pair(
    "class-method",
    {
        **ENV,
        "app.py": HEAD
        + 'class C:\n    @classmethod\n    def key(cls):\n        return os.environ["T"]\n\n\nAuth.Token(C.key())\n',
    },
    "KL401 app.py:9",
)
pair(
    "object-of-another-module",
    {
        **ENV,
        "client.py": "from github import Auth\n\n\nclass Client:\n    def __init__(self, key):\n        self.key = key\n\n    def go(self):\n        return Auth.Token(self.key)\n",
        "main.py": 'import os\nfrom client import Client\n\nClient(os.environ["T"]).go()\n',
    },
    "KL401 client.py:9",
)
pair(
    "dataclass",
    'from dataclasses import dataclass\n\n\n@dataclass\nclass C:\n    name: str\n    key: str\n\n\nc = C("x", "KEY!")\nAuth.Token(c.key)\n',
    "KL401 app.py:13",
)
pair(
    "dataclass-default",
    {
        **ENV,
        "app.py": HEAD
        + 'from dataclasses import dataclass, field\n\n\n@dataclass\nclass C:\n    key: str = field(default_factory=lambda: os.environ["T"])\n\n\nAuth.Token(C().key)\n',
    },
    "KL401 app.py:11",
)
pair(
    "object-passed",
    {
        **ENV,
        "conf.py": 'import os\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass Settings:\n    key: str\n\n\ndef load() -> Settings:\n    return Settings(key=os.environ["T"])\n',
        "app.py": HEAD
        + "from conf import Settings, load\n\n\ndef go(settings: Settings):\n    return Auth.Token(settings.key)\n\n\ngo(load())\n",
    },
    "KL401 app.py:7",
)
pair(
    "settings-kept",
    'class S:\n    key = "KEY!"\n\n\nclass C:\n    def __init__(self, settings: S):\n        self.settings = settings\n\n    def go(self):\n        return Auth.Token(self.settings.key)\n\n\nC(S()).go()\n',
    "KL401 app.py:12",
)
pair(
    "get-settings",
    {
        **ENV,
        "conf.py": 'from functools import lru_cache\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    t: str = ""\n\n\n@lru_cache()\ndef get_settings() -> Settings:\n    return Settings()\n',
        "app.py": HEAD + "from conf import get_settings\n\nAuth.Token(get_settings().t)\n",
    },
    "KL401 app.py:5",
)
pair(
    "depends",
    {
        **ENV,
        "conf.py": "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    t: str\n\n\ndef get_settings():\n    return Settings()\n",
        "app.py": HEAD
        + "from fastapi import Depends\nfrom conf import Settings, get_settings\n\n\ndef route(settings: Settings = Depends(get_settings)):\n    return Auth.Token(settings.t)\n",
    },
    "KL401 app.py:8",
)

# ---------------------------------------------------------------- files

pair(
    "yaml-file",
    {
        "config.yml": "github:\n  token: KEY!\n",
        "app.py": HEAD
        + 'import yaml\n\nwith open("config.yml") as f:\n    c = yaml.safe_load(f)\nAuth.Token(c["github"]["token"])\n',
    },
    "KL401 app.py:7",
)
pair(
    "json-file",
    {
        "config.json": '{"github": {"token": "KEY!"}}\n',
        "app.py": HEAD
        + 'import json\n\n\ndef load(path="config.json"):\n    with open(path) as f:\n        return json.load(f)\n\n\nAuth.Token(load()["github"]["token"])\n',
    },
    "KL401 app.py:11",
)
pair(
    "toml-file",
    {
        "conf/config.toml": '[github]\ntoken = "KEY!"\n',
        "app.py": HEAD
        + 'import tomllib\nfrom pathlib import Path\n\nP = Path(__file__).parent / "conf" / "config.toml"\nC = tomllib.loads(P.read_text())\nAuth.Token(C["github"]["token"])\n',
    },
    "KL401 app.py:8",
)
pair(
    "ini-file",
    {
        "config.ini": "[github]\ntoken = KEY!\n",
        "app.py": HEAD
        + 'import configparser\n\nc = configparser.ConfigParser()\nc.read("config.ini")\nAuth.Token(c["github"]["token"])\n',
    },
    "KL401 app.py:7",
)
pair(
    "ini-get",
    {
        "config.ini": "[github]\ntoken = KEY!\n",
        "app.py": HEAD
        + 'import configparser\n\nc = configparser.ConfigParser()\nc.read("config.ini")\nAuth.Token(c.get("github", "token"))\n',
    },
    "KL401 app.py:7",
)
pair(
    "streamlit",
    {
        ".streamlit/secrets.toml": 'token = "KEY!"\n',
        "app.py": HEAD + 'import streamlit as st\n\nAuth.Token(st.secrets["token"])\n',
    },
    "KL401 app.py:5",
)
pair(
    "dotenv-values",
    {**ENV, "app.py": HEAD + 'from dotenv import dotenv_values\n\nc = dotenv_values(".env")\nAuth.Token(c["T"])\n'},
    "KL401 app.py:6",
)
program("no-such-file", {"app.py": HEAD + 'import json\n\nAuth.Token(json.load(open("secret.json"))["token"])\n'})

# ---------------------------------------------------------------- command lines

pair(
    "argparse",
    {
        **ENV,
        "app.py": HEAD
        + 'import argparse\n\np = argparse.ArgumentParser()\np.add_argument("--api-key", default=os.environ.get("T"))\nargs = p.parse_args()\nAuth.Token(args.api_key)\n',
    },
    "KL401 app.py:8",
)
pair(
    "argparse-passed",
    {
        **ENV,
        "app.py": HEAD
        + 'import argparse\n\n\ndef run(args):\n    return Auth.Token(args.token)\n\n\np = argparse.ArgumentParser()\np.add_argument("--token", default=os.environ.get("T"))\nrun(p.parse_args())\n',
    },
    "KL401 app.py:7",
)
program(
    "argparse-no-default",
    'import argparse\n\np = argparse.ArgumentParser()\np.add_argument("--token")\nAuth.Token(p.parse_args().token)\n',
)
pair(
    "click",
    {
        **ENV,
        "app.py": HEAD
        + 'import click\n\n\n@click.command()\n@click.option("--token", envvar="T")\ndef main(token):\n    Auth.Token(token)\n',
    },
    "KL401 app.py:9",
)
pair(
    "typer",
    {
        **ENV,
        "app.py": HEAD
        + 'import typer\n\n\ndef main(token: str = typer.Option(..., envvar="T")):\n    Auth.Token(token)\n',
    },
    "KL401 app.py:7",
)
pair(
    "tuple-returned",
    {
        **ENV,
        "app.py": HEAD
        + 'def account():\n    return "me", os.environ["T"]\n\n\nname, key = account()\nAuth.Token(key)\n',
    },
    "KL401 app.py:8",
)
pair(
    "class-method-makes-it",
    {
        **ENV,
        "app.py": HEAD
        + 'from dataclasses import dataclass\n\n\n@dataclass\nclass S:\n    token: str\n\n    @classmethod\n    def load(cls):\n        return cls(token=os.environ["T"])\n\n\nAuth.Token(S.load().token)\n',
    },
    "KL401 app.py:15",
)
pair(
    "file-name-in-parts",
    {
        "conf/dev.json": '{"token": "KEY!"}\n',
        "app.py": HEAD
        + 'import json\n\nSTAGE = "dev"\nwith open(f"conf/{STAGE}.json") as f:\n    c = json.load(f)\nAuth.Token(c["token"])\n',
    },
    "KL401 app.py:8",
)

# ---------------------------------------------------------------- requests

URL = '"https://api.github.com/user"'
OPENAI = "{fake:openai-project-key}"


def http(name: str, text: str, line: int) -> None:
    """A request to GitHub: with the truncated key and with another provider's it fails; with a sound one it does not."""
    files = {".env": "T=KEY!\n", "app.py": f"import os\nimport requests\n{text}"}
    pair(name, files, f"KL401 app.py:{line}")
    other = {path: content.replace("KEY!", OPENAI) for path, content in files.items()}
    program(f"{name}-of-another", other, f"KL402 app.py:{line}")


http(
    "headers-of-a-function",
    f'def auth():\n    return {{"Authorization": f"Bearer {{os.environ[\'T\']}}"}}\n\n\nrequests.get({URL}, headers=auth())\n'.replace(
        "def auth", "def headers"
    ).replace("auth()", "headers()"),
    4,
)
http(
    "headers-of-a-method",
    f'class C:\n    def get(self):\n        return requests.get({URL}, headers=self._headers())\n\n    def _headers(self):\n        return {{"Authorization": "token " + os.environ["T"]}}\n',
    8,
)
http(
    "base-url-attribute",
    'class C:\n    def __init__(self):\n        self.base = "https://api.github.com"\n        self.session = requests.Session()\n        self.session.headers.update({"Authorization": f"Bearer {os.environ[\'T\']}"})\n\n    def get(self):\n        return self.session.get(f"{self.base}/user")\n',
    7,
)
http(
    "url-passed",
    'def get(url):\n    return requests.get(url, headers={"Authorization": f"Bearer {os.environ[\'T\']}"})\n\n\nget("https://api.github.com/user")\n',
    4,
)
http("basic-tuple", f'requests.get({URL}, auth=("me", os.environ["T"]))\n', 3)
http(
    "basic-object",
    f'from requests.auth import HTTPBasicAuth\n\nrequests.get({URL}, auth=HTTPBasicAuth("me", os.environ["T"]))\n',
    5,
)
http("basic-session", f's = requests.Session()\ns.auth = ("me", os.environ["T"])\ns.get({URL})\n', 4)
http("query", f'requests.get({URL}, params={{"access_token": os.environ["T"]}})\n', 3)
http("query-in-url", 'TOKEN = os.environ["T"]\nrequests.get(f"https://api.github.com/user?access_token={TOKEN}")\n', 4)

http(
    "basic-by-hand",
    f'from base64 import b64encode\n\nc = b64encode(f"{{os.environ[\'T\']}}:".encode()).decode()\nrequests.get({URL}, headers={{"Authorization": f"Basic {{c}}"}})\n',
    6,
)
http(
    "basic-by-hand-user",
    f'from base64 import b64encode\n\nc = b64encode(("me:" + os.environ["T"]).encode()).decode()\nrequests.get({URL}, headers={{"Authorization": "Basic " + c}})\n',
    6,
)

# ---------------------------------------------------------------- Flask

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
pair(
    "flask-set",
    {**ENV, "app.py": HEAD + APP + 'app.config["TOKEN"] = os.environ["T"]\nAuth.Token(app.config["TOKEN"])\n'},
    "KL401 app.py:7",
)
pair(
    "flask-from-object",
    {
        "config.py": 'class Prod:\n    TOKEN = "KEY!"\n',
        "app.py": HEAD + APP + 'app.config.from_object("config.Prod")\nAuth.Token(app.config["TOKEN"])\n',
    },
    "KL401 app.py:7",
)
pair(
    "flask-from-class",
    {
        "config.py": 'class Prod:\n    TOKEN = "KEY!"\n',
        "app.py": HEAD
        + APP
        + 'from config import Prod\napp.config.from_object(Prod)\nAuth.Token(app.config.get("TOKEN"))\n',
    },
    "KL401 app.py:8",
)
pair(
    "flask-prefixed",
    {
        ".env": "FLASK_TOKEN=KEY!\n",
        "app.py": HEAD + APP + 'app.config.from_prefixed_env()\nAuth.Token(app.config["TOKEN"])\n',
    },
    "KL401 app.py:7",
)
pair(
    "flask-current-app",
    {
        **ENV,
        "app.py": "import os\n" + APP + 'app.config.from_mapping(TOKEN=os.environ["T"])\nimport views\n',
        "views.py": HEAD
        + 'from flask import current_app\nimport app\n\n\ndef go():\n    return Auth.Token(current_app.config["TOKEN"])\n',
    },
    "KL401 views.py:8",
)

# ---------------------------------------------------------------- the wrong header

program(
    "doubled-scheme",
    {
        ".env": f"T=Bearer {OPENAI}\n",
        "app.py": 'import os\nimport requests\n\nrequests.get("https://api.openai.com/v1", headers={"Authorization": f"Bearer {os.environ[\'T\']}"})\n',
    },
    "KL407 app.py:4",
)
program(
    "doubled-scheme-written",
    {
        "app.py": f'import requests\n\nrequests.get("https://api.openai.com/v1", headers={{"Authorization": "Bearer Bearer {OPENAI}"}})\n'
    },
    "KL407 app.py:3",
)
program(
    "scheme-in-the-value-only",
    {
        ".env": f"T=Bearer {OPENAI}\n",
        "app.py": 'import os\nimport requests\n\nrequests.get("https://api.openai.com/v1", headers={"Authorization": os.environ["T"]})\n',
    },
)
program(
    "linear-bearer",
    {
        ".env": "T={fake:linear-api-key}\n",
        "app.py": 'import os\nimport httpx\n\nhttpx.post("https://api.linear.app/graphql", headers={"Authorization": f"Bearer {os.environ[\'T\']}"})\n',
    },
    "KL407 app.py:4",
)
program(
    "linear-plain",
    {
        ".env": "T={fake:linear-api-key}\n",
        "app.py": 'import os\nimport httpx\n\nhttpx.post("https://api.linear.app/graphql", headers={"Authorization": os.environ["T"]})\n',
    },
)
program(
    "anthropic-bearer",
    {
        ".env": "T={fake:anthropic-api-key}\n",
        "app.py": 'import os\nimport httpx\n\nhttpx.post("https://api.anthropic.com/v1/messages", headers={"Authorization": f"Bearer {os.environ[\'T\']}"})\n',
    },
    "KL407 app.py:4",
)
program(
    "anthropic-own-header",
    {
        ".env": "T={fake:anthropic-api-key}\n",
        "app.py": 'import os\nimport httpx\n\nhttpx.post("https://api.anthropic.com/v1/messages", headers={"x-api-key": os.environ["T"]})\n',
    },
)

# ---------------------------------------------------------------- dicts, branches, classes of SDKs

pair(
    "options-updated",
    {
        **ENV,
        "app.py": HEAD
        + 'def go(**more):\n    options = {"token": os.environ["T"]}\n    options.update(more)\n    return Auth.Token(**options)\n',
    },
    "KL401 app.py:6",
)
pair(
    "dict-in-a-dict",
    {**ENV, "app.py": HEAD + 'BASE = {"token": os.environ["T"]}\nAuth.Token(**{**BASE, "x": 1})\n'},
    "KL401 app.py:4",
)
pair(
    "subclass-of-the-sdk",
    {
        **ENV,
        "app.py": HEAD + 'class C(Auth.Token):\n    def __init__(self):\n        super().__init__(os.environ["T"])\n',
    },
    "KL401 app.py:5",
)
program(
    "placeholder-replaced",
    'KEY = "your-github-token-here"\nif os.path.exists("k"):\n    KEY = open("k").read().strip()\nAuth.Token(KEY)\n',
)
pair(
    "config-object-of-a-file",
    {
        "conf/a.yaml": "hub:\n  token: KEY!\n",
        "app.py": HEAD
        + 'import yaml\n\n\nclass C:\n    def __init__(self, path):\n        with open(path) as f:\n            self.data = yaml.safe_load(f)\n\n    @property\n    def token(self):\n        return self.data["hub"]["token"]\n\n\nAuth.Token(C(os.path.join(os.path.dirname(__file__), "conf", "a.yaml")).token)\n',
    },
    "KL401 app.py:16",
)

# ---------------------------------------------------------------- settings of libraries

program(
    "placeholder-in-json",
    {
        "config.json": '{"search": {"key": "<your github token>"}}\n',
        "app.py": HEAD + 'import json\n\nAuth.Token(json.load(open("config.json"))["search"]["key"])\n',
    },
    "KL401 app.py:5",
)
pair("decouple", {**ENV, "app.py": HEAD + 'from decouple import config\n\nAuth.Token(config("T"))\n'}, "KL401 app.py:5")
pair(
    "decouple-ini-hides-env",
    {
        ".env": f"T={GOOD}\n",
        "settings.ini": "[settings]\nT=KEY!\n",
        "app.py": HEAD + 'from decouple import config\n\nAuth.Token(config("T"))\n',
    },
    "KL401 app.py:5",
)
pair(
    "dynaconf",
    {
        "settings.toml": "x = 1\n",
        ".secrets.toml": 'token = "KEY!"\n',
        "conf.py": 'from dynaconf import Dynaconf\n\nsettings = Dynaconf(settings_files=["settings.toml", ".secrets.toml"])\n',
        "app.py": HEAD + "from conf import settings\n\nAuth.Token(settings.token)\n",
    },
    "KL401 app.py:5",
)
pair(
    "nested-settings",
    {
        ".env": "APP_HUB__TOKEN=KEY!\n",
        "app.py": HEAD
        + 'from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass Hub(BaseModel):\n    token: str\n\n\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_", env_nested_delimiter="__")\n    hub: Hub\n\n\ns = S()\nAuth.Token(s.hub.token)\n',
    },
    "KL401 app.py:17",
)
pair(
    "django-settings",
    {
        **ENV,
        "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")\n',
        "site1/__init__.py": "",
        "site1/settings.py": 'import os\n\nTOKEN = os.environ["T"]\n',
        "shop/pay.py": HEAD + "from django.conf import settings\n\nAuth.Token(settings.TOKEN)\n",
    },
    "KL401 shop/pay.py:5",
)

# ---------------------------------------------------------------- masks, validators, guards

SECRET = "from pydantic import SecretStr, field_validator\nfrom pydantic_settings import BaseSettings\n\n\nclass S(BaseSettings):\n    t: SecretStr\n\n\ns = S()\n"
program(
    "secret-object-sent",
    {".env": f"T={OPENAI}\n", "app.py": "from openai import OpenAI\n" + SECRET + "OpenAI(api_key=s.t)\n"},
    "KL401 app.py:11",
)
program(
    "secret-text-sent",
    {
        ".env": f"T={OPENAI}\n",
        "app.py": "from openai import OpenAI\n" + SECRET + "OpenAI(api_key=s.t.get_secret_value())\n",
    },
)
program(
    "secret-object-wrapped",
    {
        ".env": f"T={OPENAI}\n",
        "app.py": "from langchain_openai import ChatOpenAI\n" + SECRET + "ChatOpenAI(api_key=s.t)\n",
    },
)
program(
    "validated-field",
    {
        ".env": f"T='\"{GOOD}\"'\n",
        "app.py": HEAD
        + 'from pydantic import field_validator\nfrom pydantic_settings import BaseSettings\n\n\nclass S(BaseSettings):\n    t: str\n\n    @field_validator("t")\n    def plain(cls, value):\n        return value.strip("\\"")\n\n\nAuth.Token(S().t)\n',
    },
)
program("asked-for-first", {".env": "T=\n", "app.py": HEAD + 'if os.getenv("T"):\n    Auth.Token(os.environ["T"])\n'})
program(
    "asked-for-first-by-name",
    {".env": "T=\n", "app.py": HEAD + 'key = os.getenv("T")\nif key and os.name:\n    Auth.Token(key)\n'},
)
program(
    "asked-for-another",
    {".env": "T=\nU=1\n", "app.py": HEAD + 'if os.getenv("U"):\n    Auth.Token(os.environ["T"])\n'},
    "KL404 app.py:4",
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_answer(name: str, tmp_path: Path, report_of: Callable[..., Report], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYLINT_PEPPER", "0123456789abcdef" * 4)
    files, expected = PROGRAMS[name]
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(expand(text), "utf-8")
    report = report_of(tmp_path, select=("KL4",))
    found = {f"{f.code} {f.place.path}:{f.place.line}": f.message for f in report.findings}
    assert set(found) == expected, found
