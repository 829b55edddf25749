# ruff: noqa: E501 (a program is text)
"""Keys that programs take out of tables, loops, registries, subclasses and objects: which of them reaches which call.

A program's answer is every key that reaches a call, as `path:line kind outcome`, no more, no less. A damaged key fails wherever
it arrives; a whole key of another provider fails at a host that does not take it, so that rows that are mixed up show.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from keylint.catalogue.fake import expand
from keylint.model import Report

# Name -> the answer, and the files.
PROGRAMS: dict[str, tuple[set[str], Mapping[str, str]]] = {
    "namedtuple": (
        {"app.py:8 groq-api-key unknown", "app.py:8 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os, sys
from collections import namedtuple
from openai import OpenAI
Backend = namedtuple("Backend", "url variable")
BACKENDS = {"g": Backend("https://api.groq.com/openai/v1", "GROQ_API_KEY"), "x": Backend("https://api.x.ai/v1", "XAI_KEY")}
def connect(which):
    backend = BACKENDS[which]
    return OpenAI(base_url=backend.url, api_key=os.getenv(backend.variable))
connect(sys.argv[1])
""",
        },
    ),
    "dict-rows-imported": (
        {"app.py:8 groq-api-key unknown", "app.py:8 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "conf.py": """\
import os
MODELS = {
  "a": {"endpoint": "https://api.groq.com/openai/v1", "key": os.environ["GROQ_API_KEY"]},
  "b": {"endpoint": "https://api.x.ai/v1", "key": os.environ["XAI_KEY"]},
}
""",
            "app.py": """\
import sys
from conf import MODELS
from openai import OpenAI
def client(name):
    row = MODELS.get(name)
    if row is None:
        raise SystemExit(1)
    return OpenAI(api_key=row["key"], base_url=row["endpoint"])
client(sys.argv[1])
""",
        },
    ),
    "tuple-rows-loop": (
        {"app.py:6 groq-api-key unknown", "app.py:6 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os
from openai import OpenAI
SERVICES = [("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"), ("xai", "https://api.x.ai/v1", "XAI_KEY")]
def main():
    for name, url, var in SERVICES:
        c = OpenAI(api_key=os.environ[var], base_url=url)
        print(name, c.models.list())
main()
""",
        },
    ),
    "parallel-dicts": (
        {"app.py:6 groq-api-key unknown", "app.py:6 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os, sys
from openai import OpenAI
URLS = {"groq": "https://api.groq.com/openai/v1", "xai": "https://api.x.ai/v1"}
NAMES = {"groq": "GROQ_API_KEY", "xai": "XAI_KEY"}
def client(provider):
    return OpenAI(api_key=os.environ[NAMES[provider]], base_url=URLS[provider])
client(sys.argv[1])
""",
        },
    ),
    "fstring-name": (
        {"app.py:5 groq-api-key unknown", "app.py:5 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_API_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os
from openai import OpenAI
URLS = {"groq": "https://api.groq.com/openai/v1", "xai": "https://api.x.ai/v1"}
for name, url in URLS.items():
    client = OpenAI(api_key=os.environ[f"{name.upper()}_API_KEY"], base_url=url)
    print(client.models.list())
""",
        },
    ),
    "big-table": (
        {"app.py:23 groq-api-key unknown", "app.py:23 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os, sys
from openai import OpenAI
P = {
 "a1": {"name": "a1", "url": "https://a1.example/v1", "env": "A1_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a2": {"name": "a1", "url": "https://a1.example/v1", "env": "A2_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a3": {"name": "a1", "url": "https://a1.example/v1", "env": "A3_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a4": {"name": "a1", "url": "https://a1.example/v1", "env": "A4_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a5": {"name": "a1", "url": "https://a1.example/v1", "env": "A5_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a6": {"name": "a1", "url": "https://a1.example/v1", "env": "A6_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a7": {"name": "a1", "url": "https://a1.example/v1", "env": "A7_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a8": {"name": "a1", "url": "https://a1.example/v1", "env": "A8_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "a9": {"name": "a1", "url": "https://a1.example/v1", "env": "A9_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "b1": {"name": "a1", "url": "https://a1.example/v1", "env": "B1_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "b2": {"name": "a1", "url": "https://a1.example/v1", "env": "B2_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "b3": {"name": "a1", "url": "https://a1.example/v1", "env": "B3_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "b4": {"name": "a1", "url": "https://a1.example/v1", "env": "B4_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "b5": {"name": "a1", "url": "https://a1.example/v1", "env": "B5_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "groq": {"name": "a1", "url": "https://api.groq.com/openai/v1", "env": "GROQ_API_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
 "xai": {"name": "a1", "url": "https://api.x.ai/v1", "env": "XAI_KEY", "model": "m", "note": "n", "extra": "e", "more": "f"},
}
def client(provider):
    row = P[provider]
    return OpenAI(api_key=os.environ[row["env"]], base_url=row["url"])
client(sys.argv[1])
""",
        },
    ),
    "json-file-list": (
        {"app.py:6 groq-api-key unknown", "app.py:6 openrouter-api-key fails"},
        {
            "accounts.json": """\
[{"name": "a", "token": "{fake:groq-api-key#1}", "url": "https://api.groq.com/openai/v1"}, {"name": "b", "token": "{fake:openrouter-api-key#2}", "url": "https://api.x.ai/v1"}]
""",
            "app.py": """\
import json
from pathlib import Path
from openai import OpenAI
ACCOUNTS = json.loads(Path("accounts.json").read_text())
for account in ACCOUNTS:
    client = OpenAI(api_key=account["token"], base_url=account["url"])
    client.models.list()
""",
        },
    ),
    "dataclass-list-loop": (
        {"app.py:13 groq-api-key unknown", "app.py:13 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os
from dataclasses import dataclass
from openai import OpenAI
@dataclass(frozen=True)
class Svc:
    name: str
    base: str
    secret: str
def services():
    return [Svc("groq", "https://api.groq.com/openai/v1", os.environ["GROQ_API_KEY"]), Svc("xai", "https://api.x.ai/v1", os.environ["XAI_KEY"])]
def main():
    for s in services():
        OpenAI(api_key=s.secret, base_url=s.base).models.list()
main()
""",
        },
    ),
    "zip-lists": (
        {"app.py:6 groq-api-key unknown", "app.py:6 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_KEY={fake:openrouter-api-key#2}
""",
            "app.py": """\
import os
from openai import OpenAI
U = ["https://api.groq.com/openai/v1", "https://api.x.ai/v1"]
V = ["GROQ_API_KEY", "XAI_KEY"]
for u, v in zip(U, V):
    OpenAI(api_key=os.environ[v], base_url=u).models.list()
""",
        },
    ),
    "dispatch-file-profiles": (
        {"app.py:6 mistral-api-key unknown", "app.py:7 anthropic-api-key fails"},
        {
            "p.toml": """\
[p.mistral]
api_key = "{fake:mistral-api-key#518}"
[p.claude]
api_key = "{fake:anthropic-api-key#519!truncated=7}"
""",
            "app.py": """\
import sys, tomllib
from anthropic import Anthropic
from mistralai.client import Mistral
with open("p.toml", "rb") as fh:
    CONF = tomllib.load(fh)
def a(profile): return Mistral(api_key=profile["api_key"])
def b(profile): return Anthropic(api_key=profile["api_key"])
RUN = {"mistral": a, "claude": b}
def main(name):
    p = CONF["p"][name]
    RUN[name](p)
main(sys.argv[1])
""",
        },
    ),
    "super-init-pairs": (
        {"clients.py:14 anthropic-api-key unknown", "clients.py:9 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
ANTHROPIC_API_KEY={fake:anthropic-api-key#1}
""",
            "base.py": """\
class Client:
    def __init__(self, key):
        self.key = key
        self.sdk = self.build()
    def build(self):
        raise NotImplementedError
""",
            "clients.py": """\
import os
from anthropic import Anthropic
from openai import OpenAI
from base import Client
class Gpt(Client):
    def __init__(self):
        super().__init__(os.environ["OPENAI_API_KEY"])
    def build(self):
        return OpenAI(api_key=self.key)
class Claude(Client):
    def __init__(self):
        super().__init__(os.environ["ANTHROPIC_API_KEY"])
    def build(self):
        return Anthropic(api_key=self.key)
""",
        },
    ),
    "base-uses-sink": (
        {"core/base.py:7 groq-api-key unknown", "core/base.py:7 openrouter-api-key fails"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
XAI_API_KEY={fake:openrouter-api-key#2}
""",
            "core/__init__.py": "",
            "core/base.py": """\
import os
from openai import OpenAI
class Provider:
    key_env = None
    url = None
    def client(self):
        return OpenAI(api_key=os.environ[self.key_env], base_url=self.url)
""",
            "core/groq.py": """\
from core.base import Provider
class Groq(Provider):
    key_env = "GROQ_API_KEY"
    url = "https://api.groq.com/openai/v1"
""",
            "core/xai.py": """\
from core.base import Provider
class Xai(Provider):
    key_env = "XAI_API_KEY"
    url = "https://api.x.ai/v1"
""",
            "main.py": """\
import sys
from core.groq import Groq
from core.xai import Xai
{"g": Groq, "x": Xai}[sys.argv[1]]().client()
""",
        },
    ),
    "mixin-get-key": (
        {"model.py:11 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "keys.py": """\
import os
class KeyMixin:
    variable = None
    def get_key(self, explicit=None):
        if explicit:
            return explicit
        return os.environ.get(self.variable)
""",
            "model.py": """\
from openai import OpenAI
from keys import KeyMixin
class Chat(KeyMixin):
    variable = "OPENAI_API_KEY"
    def ask(self):
        kwargs = {}
        if self.variable:
            kwargs["api_key"] = self.get_key()
        else:
            kwargs["api_key"] = "none"
        return OpenAI(**kwargs)
Chat().ask()
""",
        },
    ),
    "subclass-method-called-by-base": (
        {"oai.py:5 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "models.py": """\
import os
class Embedder:
    def embed_all(self, items):
        return self.embed_batch(items, key=os.environ["OPENAI_API_KEY"])
    def embed_batch(self, items, *, key=None):
        raise NotImplementedError
""",
            "oai.py": """\
import openai
from models import Embedder
class Ada(Embedder):
    def embed_batch(self, items, *, key=None):
        return openai.OpenAI(api_key=key).embeddings.create(model="x", input=items)
""",
        },
    ),
    "explicit-class-attr": (
        {"app.py:3 openai-project-key unknown"},
        {
            "conf.py": """\
class Base:
    KEY = "{fake:openai-project-key#1}"
class Prod(Base):
    KEY = "{fake:openai-project-key#2!truncated=5}"
""",
            "app.py": """\
from conf import Base, Prod
from openai import OpenAI
OpenAI(api_key=Base.KEY)
""",
        },
    ),
    "dataclass-inherit": (
        {"b.py:8 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "a.py": """\
import os
from dataclasses import dataclass, field
@dataclass
class Common:
    key: str = field(default_factory=lambda: os.environ["OPENAI_API_KEY"])
""",
            "b.py": """\
from dataclasses import dataclass
from openai import OpenAI
from a import Common
@dataclass
class Job(Common):
    model: str = "x"
    def run(self):
        return OpenAI(api_key=self.key)
Job().run()
""",
        },
    ),
    "class-constant-base-default": (
        {"a.py:6 openai-project-key fails", "a.py:6 openai-project-key unknown"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1}
BACKUP_KEY={fake:openai-project-key#2!truncated=5}
""",
            "a.py": """\
import os
from openai import OpenAI
class Svc:
    VAR = "OPENAI_API_KEY"
    def __init__(self):
        self._c = OpenAI(api_key=os.environ[self.VAR])
class Backup(Svc):
    VAR = "BACKUP_KEY"
Svc(); Backup()
""",
        },
    ),
    "set-defaults-func": (
        {"app.py:4 openai-project-key fails"},
        {
            ".env": """\
MISTRAL_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "app.py": """\
import argparse, os
from openai import OpenAI
def cmd_list(key):
    OpenAI(api_key=key).models.list()
def cmd_noop(key):
    print("x")
def main():
    parser = argparse.ArgumentParser()
    sub = parser.add_subparsers()
    a = sub.add_parser("list"); a.set_defaults(func=cmd_list)
    b = sub.add_parser("noop"); b.set_defaults(func=cmd_noop)
    args = parser.parse_args()
    args.func(os.environ["MISTRAL_API_KEY"])
main()
""",
        },
    ),
    "class-as-parameter": (
        {
            "tr/claude.py:4 anthropic-api-key unknown",
            "tr/claude.py:4 openai-project-key unknown",
            "tr/gpt.py:4 anthropic-api-key unknown",
            "tr/gpt.py:4 openai-project-key fails",
        },
        {
            ".env": """\
A_KEY={fake:openai-project-key#1!truncated=5}
B_KEY={fake:anthropic-api-key#2}
""",
            "tr/__init__.py": """\
from .gpt import Gpt
from .claude import Claude
MODELS = {"gpt": Gpt, "claude": Claude}
""",
            "tr/gpt.py": """\
from openai import OpenAI
class Gpt:
    def __init__(self, key, lang):
        self.c = OpenAI(api_key=key)
""",
            "tr/claude.py": """\
from anthropic import Anthropic
class Claude:
    def __init__(self, key, lang):
        self.c = Anthropic(api_key=key)
""",
            "loader.py": """\
class Book:
    def __init__(self, name, model, key, lang="en"):
        self.model = model(key, lang)
""",
            "cli.py": """\
import sys
from os import environ as env
from loader import Book
from tr import MODELS
LOADERS = {"epub": Book}
def main(options):
    model = MODELS.get(options.model)
    if options.model == "gpt":
        key = env.get("A_KEY")
    elif options.model == "claude":
        key = env.get("B_KEY")
    else:
        key = ""
    loader = LOADERS.get(options.kind)
    loader(options.book, model, key, lang="de")
main(sys.argv)
""",
        },
    ),
    "local-import": (
        {"docs/loader.py:6 openai-project-key fails"},
        {
            ".env": """\
A_KEY={fake:openai-project-key#1!truncated=5}
""",
            "docs/__init__.py": "",
            "docs/loader.py": """\
from openai import OpenAI
class Loader:
    def __init__(self, container, key):
        self.key = key
    def load(self):
        return OpenAI(api_key=self.key)
""",
            "app.py": """\
import os
def run(kind):
    if kind == "x":
        pass
    elif kind == "y":
        from docs.loader import Loader
        Loader(container="c", key=os.getenv("A_KEY")).load()
run("y")
""",
        },
    ),
    "rebound-parameter": (
        {"app.py:4 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "keys.py": """\
import os
def get_key(explicit=None, alias=None, env_var=None, *, env=None):
    if env:
        env_var = env
    stored = {}
    if explicit in stored:
        return stored[explicit]
    if explicit:
        return explicit
    if env_var and os.environ.get(env_var):
        return os.environ[env_var]
    return None
""",
            "app.py": """\
import openai
def run(key=None):
    from keys import get_key
    openai.OpenAI(api_key=get_key(key, "openai", "OPENAI_API_KEY"))
run()
""",
        },
    ),
    "attr-after": (
        {"client.py:4 openai-project-key fails"},
        {
            ".env": """\
THE_KEY={fake:openai-project-key#1!truncated=5}
""",
            "auth.py": """\
from dataclasses import dataclass
@dataclass
class Auth:
    token: str
    url: str
""",
            "client.py": """\
from openai import OpenAI
import auth
def connect(info: auth.Auth):
    return OpenAI(api_key=info.token)
""",
            "main.py": """\
import os
import auth
from client import connect
def load():
    info = auth.Auth(token=None, url="")
    info.token = os.environ.get("THE_KEY")
    return info
def direct():
    info = auth.Auth(token=None, url="")
    info.token = os.environ["THE_KEY"]
    connect(info)
connect(load())
direct()
""",
        },
    ),
    "vars-args": (
        {"app.py:7 openai-project-key fails", "app.py:9 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "app.py": """\
import argparse, os
from openai import OpenAI
class App:
    def __init__(self, **kwargs):
        self.key = kwargs.get("api_key")
    def run(self):
        OpenAI(api_key=self.key)
def connect(api_key=None, name=None):
    OpenAI(api_key=api_key)
p = argparse.ArgumentParser()
p.add_argument("--api-key", default=os.environ.get("OPENAI_API_KEY"))
p.add_argument("--name")
args = p.parse_args()
connect(**vars(args))
App(**vars(args)).run()
""",
        },
    ),
    "rows-without-keys-are-not-missed": (
        {"app.py:9 groq-api-key unknown"},
        {
            ".env": """\
GROQ_API_KEY={fake:groq-api-key#1}
""",
            "app.py": """\
import os, sys
from openai import OpenAI
TABLE = {
    "groq": {"url": "https://api.groq.com/openai/v1", "variable": "GROQ_API_KEY"},
    "xai": {"url": "https://api.x.ai/v1", "variable": "XAI_API_KEY"},
    "local": {"url": "http://localhost:11434/v1", "variable": "OLLAMA_KEY"},
}
def client(name):
    return OpenAI(base_url=TABLE[name]["url"], api_key=os.environ[TABLE[name]["variable"]])
client(sys.argv[1])
""",
        },
    ),
    "handlers-get-one-value": (
        {"app.py:5 openai-project-key unknown", "app.py:7 anthropic-api-key unknown"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1}
ANTHROPIC_API_KEY={fake:anthropic-api-key#2}
""",
            "app.py": """\
import os, sys
from anthropic import Anthropic
from openai import OpenAI
def gpt(key):
    return OpenAI(api_key=key)
def claude(key):
    return Anthropic(api_key=key)
HANDLERS = {"gpt": gpt, "claude": claude}
KEYS = {"gpt": os.environ["OPENAI_API_KEY"], "claude": os.environ["ANTHROPIC_API_KEY"]}
def run(name):
    return HANDLERS[name](KEYS[name])
run(sys.argv[1])
""",
        },
    ),
    "key-list-cycle": (
        {"app.py:7 openai-project-key fails", "app.py:7 openai-project-key unknown"},
        {
            ".env": """\
OPENAI_API_KEYS={fake:openai-project-key#1},{fake:openai-project-key#2!truncated=5}
""",
            "app.py": """\
import itertools, os
from openai import OpenAI
class Pool:
    def __init__(self, keys):
        self.keys = itertools.cycle(keys.split(","))
    def client(self):
        return OpenAI(api_key=next(self.keys))
Pool(os.environ["OPENAI_API_KEYS"]).client()
""",
        },
    ),
    "key-list-choice": (
        {"app.py:5 openai-project-key fails", "app.py:5 openai-project-key unknown"},
        {
            ".env": """\
OPENAI_API_KEYS={fake:openai-project-key#1} {fake:openai-project-key#2!truncated=5}
""",
            "app.py": """\
import os, random
from openai import OpenAI
KEYS = os.getenv("OPENAI_API_KEYS", "").split()
def client():
    return OpenAI(api_key=random.choice(KEYS))
client()
""",
        },
    ),
    "yaml-list-of-mappings": (
        {"app.py:7 openai-project-key fails", "app.py:7 openai-project-key unknown"},
        {
            "accounts.yml": """\
accounts:
  - name: a
    openai: {fake:openai-project-key#1}
  - name: b
    openai: {fake:openai-project-key#2!truncated=5}
""",
            "app.py": """\
import yaml
from openai import OpenAI
def main():
    with open("accounts.yml") as stream:
        config = yaml.safe_load(stream)
    for index, account in enumerate(config["accounts"]):
        print(index, OpenAI(api_key=account["openai"]).models.list())
main()
""",
        },
    ),
    "list-of-functions": (
        {"app.py:3 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "app.py": """\
import os
from openai import OpenAI
def one(key): return OpenAI(api_key=key)
def two(key): return None
for step in (one, two):
    step(os.environ["OPENAI_API_KEY"])
""",
        },
    ),
    "class-in-loop": (
        {"a.py:4 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "a.py": """\
from openai import OpenAI
class Gpt:
    def __init__(self, key): self.key = key
    def go(self): return OpenAI(api_key=self.key)
class Other:
    def __init__(self, key): self.key = key
    def go(self): return None
""",
            "main.py": """\
import os
from a import Gpt, Other
BACKENDS = [Gpt, Other]
clients = [cls(os.environ["OPENAI_API_KEY"]) for cls in BACKENDS]
for c in clients: c.go()
""",
        },
    ),
    "classmethod-factory": (
        {"a.py:10 openai-project-key fails"},
        {
            ".env": """\
OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}
""",
            "a.py": """\
import os
from openai import OpenAI
class Base:
    variable = ""
    def __init__(self, key): self.key = key
    @classmethod
    def from_env(cls): return cls(os.environ[cls.variable])
class Gpt(Base):
    variable = "OPENAI_API_KEY"
    def go(self): return OpenAI(api_key=self.key)
Gpt.from_env().go()
""",
        },
    ),
    "json-in-variable": (
        {"app.py:5 openai-project-key fails", "app.py:5 openai-project-key unknown"},
        {
            ".env": """\
TENANTS={"a": {"key": "{fake:openai-project-key#1}"}, "b": {"key": "{fake:openai-project-key#2!truncated=5}"}}
""",
            "app.py": """\
import json, os, sys
from openai import OpenAI
tenants = json.loads(os.environ["TENANTS"])
def client(name):
    return OpenAI(api_key=tenants[name]["key"])
client(sys.argv[1])
""",
        },
    ),
}


def answer(report: Report) -> set[str]:
    return {
        f"{trace.use.place.path}:{trace.use.place.line} {key.kind.id if key.kind is not None else None} {trace.outcome.kind.value}"
        for key in report.keys
        for trace in key.traces
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_answer(name: str, tmp_path: Path, report_of: Callable[..., Report]) -> None:
    expected, files = PROGRAMS[name]
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(expand(text), "utf-8")
    assert answer(report_of(tmp_path)) == expected


def test_no_call_is_said_to_miss_a_key_that_other_rows_have(tmp_path: Path, report_of: Callable[..., Report]) -> None:
    for path, text in PROGRAMS["rows-without-keys-are-not-missed"][1].items():
        (tmp_path / path).write_text(expand(text), "utf-8")
    assert [trace for trace in report_of(tmp_path).keyless if trace.outcome.kind.value == "fails"] == []


def test_tables_and_classes_that_name_each_other_end(tmp_path: Path, report_of: Callable[..., Report]) -> None:
    count = 20
    rows = "".join(f"    'k{i}': TABLE['k{(i + 1) % count}'],\n" for i in range(count))
    classes = "".join(
        f"class C{i}(C{i - 1 if i else count - 1}):\n    def run(self, key):\n        return self.next()(key) or self.run(self.key)\n"
        for i in range(count)
    )
    calls = "".join(f"TABLE[x{i}](TABLE[y{i}])\nfor f in TABLE: f(TABLE[f])\n" for i in range(count))
    (tmp_path / "app.py").write_text(
        f"import os\nfrom openai import OpenAI\nTABLE = {{\n{rows}}}\n{classes}{calls}\n"
        "def end(key): return OpenAI(api_key=key)\nTABLE['end'] = end\nend(os.environ['OPENAI_API_KEY'])\n",
        "utf-8",
    )
    (tmp_path / ".env").write_text(expand("OPENAI_API_KEY={fake:openai-project-key#1!truncated=5}\n"), "utf-8")
    assert any(line.endswith("openai-project-key fails") for line in answer(report_of(tmp_path)))
