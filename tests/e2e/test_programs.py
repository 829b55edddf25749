# ruff: noqa: E501 (a program is one line of text)
"""Small whole programs with a known answer: which calls fail and why, and which must not be reported.

`BAD` is a truncated key: wherever it flows, the call that uses it fails. A program's answer is every KL4 finding, no more, no
less, as `CODE path:line`.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from keylint.catalogue.fake import expand
from keylint.model import Report

GOOD = "{fake:github-classic-pat}"
BAD = "{fake:github-classic-pat!truncated=3}"
OPENAI = "{fake:openai-project-key}"

HEAD = "import os\nfrom github import Auth\n"  # the program goes on in line 3

PROGRAMS: dict[str, tuple[Mapping[str, str], set[str]]] = {}


def program(name: str, files: Mapping[str, str] | str, *expected: str) -> None:
    """Add a program; a text is an `app.py` that begins with `HEAD`."""
    assert name not in PROGRAMS
    PROGRAMS[name] = ({"app.py": HEAD + files} if isinstance(files, str) else files, set(expected))


# ---------------------------------------------------------------- values within one file

program("literal", f'Auth.Token("{BAD}")\n', "KL401 app.py:3")
program("literal-sound", f'Auth.Token("{GOOD}")\n')
program("keyword", f'Auth.Token(token="{BAD}")\n', "KL401 app.py:3")
program("name", f'KEY = "{BAD}"\nAuth.Token(KEY)\n', "KL401 app.py:4")
program("rebound-before-the-call", f'KEY = "{BAD}"\nKEY = "{GOOD}"\nAuth.Token(KEY)\n')
program("rebound-after-the-call", f'KEY = "{GOOD}"\nAuth.Token(KEY)\nKEY = "{BAD}"\n')
program("walrus", f'if (key := "{BAD}"):\n    Auth.Token(key)\n', "KL401 app.py:4")
program("annotated", f'KEY: str = "{BAD}"\nAuth.Token(KEY)\n', "KL401 app.py:4")
program("tuple", f'A, KEY = "x", "{BAD}"\nAuth.Token(KEY)\n', "KL401 app.py:4")
program("chained", f'A = KEY = "{BAD}"\nAuth.Token(KEY)\n', "KL401 app.py:4")
program("strip-repairs", f'Auth.Token(" {GOOD} ".strip())\n')
program("blank-inside-the-literal", f'Auth.Token(" {GOOD}")\n', "KL401 app.py:3")
program("newline-inside-the-literal", f'Auth.Token("{GOOD}\\n")\n', "KL401 app.py:3")
program(
    "implicit-concatenation", 'Auth.Token("ghp_"\n    "{fake:github-classic-pat!tail,truncated=3}")\n', "KL401 app.py:3"
)
program("f-string", f'KEY = "{BAD}"\nAuth.Token(f"{{KEY}}")\n', "KL401 app.py:4")
program("dict-item", f'C = {{"token": "{BAD}", "x": 1}}\nAuth.Token(C["token"])\n', "KL401 app.py:4")
program("dict-other-item", f'C = {{"token": "{BAD}", "ok": "{GOOD}"}}\nAuth.Token(C["ok"])\n')
program("dict-get", f'C = {{"token": "{BAD}"}}\nAuth.Token(C.get("token"))\n', "KL401 app.py:4")
program("dict-call", f'C = dict(token="{BAD}")\nAuth.Token(C["token"])\n', "KL401 app.py:4")
program("dict-set-item", f'C = {{}}\nC["token"] = "{BAD}"\nAuth.Token(C["token"])\n', "KL401 app.py:5")
program("keywords-unpacked", f'C = {{"token": "{BAD}"}}\nAuth.Token(**C)\n', "KL401 app.py:4")
program("default", f'def go(token="{BAD}"):\n    return Auth.Token(token)\n', "KL401 app.py:4")
program("class-attribute", f'class C:\n    TOKEN = "{BAD}"\n\n\nAuth.Token(C.TOKEN)\n', "KL401 app.py:7")
program(
    "instance-attribute",
    f'class C:\n    def __init__(self):\n        self.token = "{BAD}"\n\n    def go(self):\n        return Auth.Token(self.token)\n',
    "KL401 app.py:8",
)
program(
    "other-class-same-attribute", f'class A:\n    T = "{BAD}"\n\n\nclass B:\n    T = "{GOOD}"\n\n\nAuth.Token(B.T)\n'
)
program("shadowed-by-a-parameter", f'KEY = "{BAD}"\n\n\ndef go(KEY):\n    return Auth.Token(KEY)\n')
program("shadowed-by-a-local", f'KEY = "{BAD}"\n\n\ndef go():\n    KEY = "{GOOD}"\n    return Auth.Token(KEY)\n')
program("conditional-expression", f'KEY = "{GOOD}" if os.name else "{GOOD}"\nAuth.Token(KEY)\n')
program(
    "local-import", 'def go():\n    from github import Auth as A\n    return A.Token("' + BAD + '")\n', "KL401 app.py:5"
)
program("alias", {"app.py": f'import github as gh\n\ngh.Auth.Token("{BAD}")\n'}, "KL401 app.py:3")
program("not-the-sdk", {"app.py": f'class Auth:\n    def Token(self, t): ...\n\n\nAuth().Token("{BAD}")\n'})
program("own-class-of-that-name", {"app.py": f'from mine import OpenAI\n\nOpenAI(api_key="{BAD}")\n'})
program(
    "unreachable-branch-of-types",
    {
        "app.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from openai import OpenAI\n\n\ndef f(c: 'OpenAI'): ...\n"
    },
)
program("none", "Auth.Token(None)\n", "KL404 app.py:3")
program("empty", 'Auth.Token("")\n', "KL404 app.py:3")
program("placeholder", 'Auth.Token("your-github-token-here")\n', "KL401 app.py:3")
program(
    "wrong-provider",
    {"app.py": 'from openai import OpenAI\n\nOpenAI(api_key="{fake:anthropic-api-key}")\n'},
    "KL402 app.py:3",
)
program(
    "wrong-provider-and-damaged",
    {"app.py": 'from openai import OpenAI\n\nOpenAI(api_key="{fake:anthropic-api-key!truncated=3}")\n'},
    "KL402 app.py:3",
)
program(
    "wrong-provider-and-damaged-elsewhere",
    {
        "app.py": 'from openai import OpenAI\n\nOpenAI(api_key="{fake:anthropic-api-key!truncated=3}", base_url="https://api.anthropic.com/v1/")\n'
    },
    "KL401 app.py:3",
)
program(
    "other-host-takes-other-keys",
    {
        "app.py": 'from openai import OpenAI\n\nOpenAI(api_key="{fake:anthropic-api-key}", base_url="https://api.anthropic.com/v1/")\n'
    },
)
program(
    "local-server-takes-anything",
    {"app.py": 'from openai import OpenAI\n\nOpenAI(api_key="not-needed", base_url="http://localhost:1234/v1")\n'},
)
program("partial", f'import functools\nmake = functools.partial(Auth.Token, "{BAD}")\nmake()\n')
program("deleted-code", f'# Auth.Token("{BAD}")\nX = """Auth.Token("{BAD}")"""\n')
program(
    "match-statement",
    f'match os.name:\n    case "nt":\n        K = "{GOOD}"\n    case _:\n        K = "{GOOD}"\nAuth.Token(K)\n',
)
program("try-except", f'try:\n    K = os.environ["T"]\nexcept KeyError:\n    K = "{GOOD}"\nAuth.Token(K)\n')
program("async", f'async def go():\n    k = "{BAD}"\n    return Auth.Token(k)\n', "KL401 app.py:5")
program("lambda", f'f = lambda: Auth.Token("{BAD}")\n', "KL401 app.py:3")
program("comprehension", f'[Auth.Token("{BAD}") for _ in range(3)]\n', "KL401 app.py:3")
program("decorated", f'def d(f): return f\n\n\n@d\ndef go():\n    return Auth.Token("{BAD}")\n', "KL401 app.py:8")
program("percent-format", f'K = "{BAD}"\nAuth.Token("%s" % K)\n', "KL401 app.py:4")
program("or-default", f'Auth.Token(os.getenv("NOPE_TOKEN") or "{GOOD}")\n')
program(
    "module-attribute",
    {"app.py": 'import stripe\n\nstripe.api_key = "{fake:stripe-publishable-key-live}"\n'},
    "KL401 app.py:3",
)

# ---------------------------------------------------------------- environment variables

program("env-index", {".env": f"T={BAD}\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'}, "KL401 app.py:3")
program("env-get", {".env": f"T={BAD}\n", "app.py": HEAD + 'Auth.Token(os.environ.get("T"))\n'}, "KL401 app.py:3")
program("env-getenv", {".env": f"T={BAD}\n", "app.py": HEAD + 'Auth.Token(os.getenv("T"))\n'}, "KL401 app.py:3")
program(
    "env-imported",
    {".env": f"T={BAD}\n", "app.py": 'from os import environ as e\nfrom github import Auth\nAuth.Token(e["T"])\n'},
    "KL401 app.py:3",
)
program(
    "env-name-in-a-constant",
    {".env": f"T={BAD}\n", "app.py": HEAD + 'N = "T"\nAuth.Token(os.environ[N])\n'},
    "KL401 app.py:4",
)
program("env-sound", {".env": f"T={GOOD}\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'})
program(
    "env-default-sound-env-bad",
    {".env": f"T={BAD}\n", "app.py": HEAD + f'Auth.Token(os.getenv("T", "{GOOD}"))\n'},
    "KL401 app.py:3",
)
program("env-default-bad-env-sound", {".env": f"T={GOOD}\n", "app.py": HEAD + f'Auth.Token(os.getenv("T", "{BAD}"))\n'})
program("env-default-bad-env-unset", f'Auth.Token(os.getenv("T", "{BAD}"))\n', "KL401 app.py:3")
program(
    "env-missing",
    {".env": f"GITHUB_TOKEN={GOOD}\n", "app.py": HEAD + 'Auth.Token(os.environ["GITHUB_TOKN"])\n'},
    "KL403 app.py:3",
)
program("env-empty", {".env": "T=\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'}, "KL404 app.py:3")
program("env-commented-out", {".env": f"# T={BAD}\nT={GOOD}\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'})
program("env-last-wins", {".env": f"T={BAD}\nT={GOOD}\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'})
program(
    "env-example-is-no-definition",
    {".env.example": f"T={BAD}\n", ".env": f"T={GOOD}\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'},
)
program("env-quoted", {".env": f'T="{GOOD}"\n', "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'})
program("env-export", {".env": f"export T={GOOD} # mine\n", "app.py": HEAD + 'Auth.Token(os.environ["T"])\n'})
program("env-set-by-the-program", f'os.environ["T"] = "{GOOD}"\nAuth.Token(os.environ["T"])\n')
program("env-setdefault", f'os.environ.setdefault("T", "{BAD}")\nAuth.Token(os.environ["T"])\n', "KL401 app.py:4")
program(
    "implicit",
    {".env": "OPENAI_API_KEY=YOUR_API_KEY\n", "app.py": "from openai import OpenAI\n\nc = OpenAI()\n"},
    "KL401 app.py:3",
)
program(
    "implicit-sound", {".env": f"OPENAI_API_KEY={OPENAI}\n", "app.py": "from openai import OpenAI\n\nc = OpenAI()\n"}
)
program(
    "implicit-overridden",
    {
        ".env": "OPENAI_API_KEY=YOUR_API_KEY\n",
        "app.py": f'from openai import OpenAI\n\nc = OpenAI(api_key="{OPENAI}")\n',
    },
)
program(
    "implicit-set-in-code",
    {"app.py": f'import os\nfrom openai import OpenAI\n\nos.environ["OPENAI_API_KEY"] = "{OPENAI}"\nc = OpenAI()\n'},
)
program(
    "implicit-none-passed",
    {".env": f"OPENAI_API_KEY={OPENAI}\n", "app.py": "from openai import OpenAI\n\nc = OpenAI(api_key=None)\n"},
)
program(
    "implicit-wrong-provider",
    {".env": "OPENAI_API_KEY={fake:anthropic-api-key}\n", "app.py": "from openai import OpenAI\n\nc = OpenAI()\n"},
    "KL402 app.py:3",
)
program(
    "env-parametrised",
    {".env": f"T={GOOD}\n", "app.py": HEAD + 'def key(name):\n    return os.environ[name]\n\n\nAuth.Token(key("T"))\n'},
)

# ---------------------------------------------------------------- several files

program(
    "sibling",
    {"conf.py": f'TOKEN = "{BAD}"\n', "app.py": HEAD + "from conf import TOKEN\nAuth.Token(TOKEN)\n"},
    "KL401 app.py:4",
)
program(
    "sibling-module",
    {"conf.py": f'TOKEN = "{BAD}"\n', "app.py": HEAD + "import conf\nAuth.Token(conf.TOKEN)\n"},
    "KL401 app.py:4",
)
program(
    "relative",
    {
        "p/__init__.py": "",
        "p/conf.py": f'TOKEN = "{BAD}"\n',
        "p/app.py": HEAD + "from .conf import TOKEN as T\nAuth.Token(T)\n",
    },
    "KL401 p/app.py:4",
)
program(
    "re-export",
    {
        "p/__init__.py": "from p.conf import TOKEN\n",
        "p/conf.py": f'TOKEN = "{BAD}"\n',
        "app.py": HEAD + "from p import TOKEN\nAuth.Token(TOKEN)\n",
    },
    "KL401 app.py:4",
)
program(
    "src-layout",
    {
        "src/p/__init__.py": "",
        "src/p/conf.py": f'TOKEN = "{BAD}"\n',
        "src/p/app.py": HEAD + "from p.conf import TOKEN\nAuth.Token(TOKEN)\n",
    },
    "KL401 src/p/app.py:4",
)
program(
    "star",
    {"conf.py": f'TOKEN = "{BAD}"\n', "app.py": HEAD + "from conf import *\nAuth.Token(TOKEN)\n"},
    "KL401 app.py:4",
)
program(
    "circular",
    {
        "a.py": "from app import x\n" + f'TOKEN = "{BAD}"\n',
        "app.py": HEAD + "from a import TOKEN\nx = Auth.Token(TOKEN)\n",
    },
    "KL401 app.py:4",
)
program(
    "env-over-a-module",
    {
        ".env": f"T={BAD}\n",
        "conf.py": 'import os\n\nTOKEN = os.environ["T"]\n',
        "app.py": HEAD + "import conf\nAuth.Token(conf.TOKEN)\n",
    },
    "KL401 app.py:4",
)
program(
    "monorepo-each-its-own-env",
    {
        "a/.env": f"T={GOOD}\n",
        "b/.env": f"T={BAD}\n",
        "a/app.py": HEAD + 'Auth.Token(os.environ["T"])\n',
        "b/app.py": HEAD + 'Auth.Token(os.environ["T"])\n',
    },
    "KL401 b/app.py:3",
)
program(
    "pydantic-settings",
    {
        ".env": f"GITHUB_TOKEN={BAD}\n",
        "app.py": HEAD
        + "from pydantic_settings import BaseSettings\n\n\nclass S(BaseSettings):\n    github_token: str\n\n\ns = S()\nAuth.Token(s.github_token)\n",
    },
    "KL401 app.py:11",
)
program(
    "compose-environment",
    {
        "compose.yaml": f"services:\n  web:\n    build: .\n    environment:\n      T: {BAD}\n",
        "app.py": HEAD + 'Auth.Token(os.environ["T"])\n',
    },
    "KL401 app.py:3",
)
program(
    "compose-env-file",
    {
        "compose.yaml": "services:\n  web:\n    build: .\n    env_file: web.env\n",
        "web.env": f"T={BAD}\n",
        "app.py": HEAD + 'Auth.Token(os.environ["T"])\n',
    },
    "KL401 app.py:3",
)
program(
    "compose-interpolation",
    {
        "compose.yaml": "services:\n  web:\n    build: .\n    environment:\n      T: ${GH}\n",
        ".env": f"GH={BAD}\n",
        "app.py": HEAD + 'Auth.Token(os.environ["T"])\n',
    },
    "KL401 app.py:3",
)
program(
    "compose-interpolation-default",
    {
        "compose.yaml": f"services:\n  web:\n    build: .\n    environment:\n      - T=${{GH:-{BAD}}}\n",
        ".env": f"GH={GOOD}\n",
        "app.py": HEAD + 'Auth.Token(os.environ["T"])\n',
    },
)
program(
    "notebook",
    {
        "a.ipynb": '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": ["from github import Auth\\n", "K = \\"'
        + BAD
        + '\\""]}, {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": "Auth.Token(K)"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    },
    "KL401 a.ipynb:1",
)

# ---------------------------------------------------------------- headers

program(
    "header",
    {
        "app.py": f'import requests\n\nrequests.get("https://api.github.com/user", headers={{"Authorization": "Bearer {BAD}"}})\n'
    },
    "KL401 app.py:3",
)
program(
    "header-f-string",
    {
        "app.py": f'import requests\n\nT = "{BAD}"\nrequests.get("https://api.github.com/user", headers={{"Authorization": f"token {{T}}"}})\n'
    },
    "KL401 app.py:4",
)
program(
    "header-dict-of-its-own",
    {
        "app.py": f'import requests\n\nT = "{BAD}"\nheaders = {{"Authorization": f"Bearer {{T}}"}}\nrequests.get("https://api.github.com/user", headers=headers)\n'
    },
    "KL401 app.py:4",
)
program(
    "header-prefix-and-key-in-three",
    {
        "app.py": 'import requests\n\nR = "{fake:github-classic-pat!tail}"\nrequests.get("https://api.github.com/user", headers={"Authorization": f"Bearer ghp_{R}"})\n'
    },
)
program(
    "header-sound",
    {
        "app.py": f'import requests\n\nrequests.get("https://api.github.com/user", headers={{"Authorization": "Bearer {GOOD}"}})\n'
    },
)
program(
    "header-newline",
    {
        ".env": "x=1\n",
        "app.py": f'import requests\n\nT = "{GOOD}\\n"\nrequests.get("https://api.github.com/user", headers={{"Authorization": f"Bearer {{T}}"}})\n',
    },
    "KL401 app.py:4",
)
program(
    "header-own-service",
    {
        "app.py": 'import requests\n\nrequests.get("https://api.acme.example/v1", headers={"Authorization": "Bearer " + open("t").read()})\n'
    },
)

# ---------------------------------------------------------------- what functions make of a value

program("file", {"app.py": HEAD + 'Auth.Token(open("token.txt").read())\n', "token.txt": f"{GOOD}\n"}, "KL401 app.py:3")
program("file-stripped", {"app.py": HEAD + 'Auth.Token(open("token.txt").read().strip())\n', "token.txt": f"{GOOD}\n"})
program(
    "file-stripped-later",
    {
        "app.py": HEAD + 'with open("token.txt") as f:\n    token = f.read()\nAuth.Token(token.strip())\n',
        "token.txt": f"{GOOD}\n",
    },
)
program("file-without-newline", {"app.py": HEAD + 'Auth.Token(open("token.txt").read())\n', "token.txt": GOOD})
program(
    "file-first-line",
    {
        "app.py": HEAD + 'Auth.Token(open("keys").read().splitlines()[1])\nAuth.Token(open("keys").readline())\n',
        "keys": f"{GOOD}\n{BAD}\n",
    },
    "KL401 app.py:3",
    "KL401 app.py:4",
)
program("file-of-many-lines", {"app.py": HEAD + 'Auth.Token(open("notes").read())\n', "notes": f"one\n{BAD}\n"})
program(
    "file-of-a-function",
    {
        "app.py": HEAD
        + 'from pathlib import Path\n\n\ndef secret(name):\n    return (Path("secrets") / name).read_text()\n\n\nAuth.Token(secret("token"))\n',
        "secrets/token": f"{GOOD}\n",
    },
    "KL401 app.py:10",
)
program(
    "key-without-a-mark-in-a-file",
    {
        "app.py": 'from mistralai.client import Mistral\n\nMistral(api_key=open("key").read())\nMistral(api_key=open("key").read().rstrip())\n',
        "key": "{fake:mistral-api-key}\n",
    },
    "KL401 app.py:3",
)
program(
    "json-in-a-variable",
    {
        "app.py": HEAD
        + 'import json\nD = json.loads(os.environ["ALL"])\nAuth.Token(D["a"]["token"])\nAuth.Token(D["b"])\n',
        ".env": 'ALL=\'{"a": {"token": "' + BAD + '"}, "b": "' + GOOD + "\"}'\n",
    },
    "KL401 app.py:5",
)
program(
    "split",
    {
        "app.py": HEAD
        + 'Auth.Token(os.environ["PAIR"].split(":", 1)[1])\nAuth.Token(os.environ["PAIR"].split(":")[0])\n',
        ".env": f"PAIR={BAD}:{GOOD}\n",
    },
    "KL401 app.py:4",
)
program(
    "repaired",
    {
        "app.py": HEAD
        + 'Auth.Token(os.environ["T"].replace("\\n", ""))\nAuth.Token("".join(os.environ["T"].split()))\nAuth.Token(os.environ["T"][:-1])\n'
        + 'Auth.Token(os.environ["T"])\n',
        ".env": f'T="{GOOD}\\n"\n',
    },
    "KL401 app.py:6",
)
program(
    "base64",
    {
        "app.py": HEAD + 'import base64\nAuth.Token(base64.b64decode(os.environ["T"]).decode())\n',
        ".env": f"T={b64encode(expand(BAD).encode()).decode()}\n",
    },
    "KL401 app.py:4",
)
program(
    "scheme-in-the-argument-of-an-sdk",
    {
        "app.py": "import os\nfrom openai import OpenAI\nOpenAI(api_key=f\"Bearer {os.environ['K']}\")\nOpenAI(api_key=f\"{os.environ['K']}\")\n",
        ".env": f"K={OPENAI}\n",
    },
    "KL407 app.py:3",
)

# ---------------------------------------------------------------- collections

program("loop", f'for key in ["{BAD}", "{GOOD}"]:\n    Auth.Token(key)\n', "KL401 app.py:4")
program("loop-sound", f'for key in ["{GOOD}", "{GOOD}"]:\n    Auth.Token(key)\n')
program(
    "loop-over-items",
    f'T = {{"a": "{BAD}", "b": "{GOOD}"}}\nfor name, key in T.items():\n    Auth.Token(key)\n',
    "KL401 app.py:5",
)
program(
    "loop-over-part-of-a-file",
    {
        "app.py": HEAD
        + 'import yaml\nwith open("tenants.yaml") as f:\n    tenants = yaml.safe_load(f)["tenants"]\nfor name, tenant in tenants.items():\n    Auth.Token(tenant["token"])\n    Auth.Token(tenant["other"])\n',
        "tenants.yaml": f"tenants:\n  one:\n    token: {GOOD}\n    other: {GOOD}\n  two:\n    token: {BAD}\n    other: {GOOD}\n",
    },
    "KL401 app.py:7",
)
program(
    "list-of-keys",
    {
        "app.py": HEAD
        + 'KEYS = [key.strip() for key in os.environ["KEYS"].split(",") if key.strip()]\n\n\ndef clients():\n    for key in KEYS:\n        yield Auth.Token(key)\n',
        ".env": f"KEYS={BAD}, {GOOD}\n",
    },
    "KL401 app.py:8",
)
program(
    "list-of-keys-sound",
    {
        "app.py": HEAD + 'for key in os.environ["KEYS"].split(","):\n    Auth.Token(key)\n',
        ".env": f"KEYS={GOOD},{GOOD}\n",
    },
)
program(
    "computed-key",
    {
        "app.py": HEAD + 'from conf import T\n\n\ndef go(name):\n    Auth.Token(T[name])\n\n\ngo("a")\n',
        "conf.py": f'T = {{"a": "{BAD}", "b": "{GOOD}"}}\n',
    },
    "KL401 app.py:7",
)
program(
    "computed-key-of-another",
    {
        "app.py": HEAD + 'from conf import T\n\n\ndef go(name):\n    Auth.Token(T[name])\n\n\ngo("b")\n',
        "conf.py": f'T = {{"a": "{BAD}", "b": "{GOOD}"}}\n',
    },
)
program(
    "classes-of-environments",
    {
        "app.py": 'import os\nfrom flask import Flask\nfrom github import Auth\nfrom config import config\napp = Flask(__name__)\napp.config.from_object(config[os.environ["MODE"]])\nAuth.Token(app.config["TOKEN"])\n',
        "config.py": f'class Dev:\n    TOKEN = "changeme"\n\n\nclass Prod:\n    TOKEN = "{GOOD}"\n\n\nconfig = {{"development": Dev, "production": Prod}}\n',
    },
    "KL401 app.py:7",
)
program(
    "module-by-computed-name",
    {
        "app.py": HEAD
        + "import importlib\nconf = importlib.import_module(f\"settings.{os.environ['MODE']}\")\nAuth.Token(conf.TOKEN)\nAuth.Token(conf.OTHER)\n",
        "settings/__init__.py": "",
        "settings/production.py": f'TOKEN = "{GOOD}"\nOTHER = "{GOOD}"\n',
        "settings/staging.py": f'TOKEN = "{BAD}"\nOTHER = "{GOOD}"\n',
    },
    "KL401 app.py:5",
)

# ---------------------------------------------------------------- how libraries read variables

program(
    "pydantic-aliases",
    {
        "app.py": HEAD
        + 'from pydantic import AliasChoices, Field\nfrom pydantic_settings import BaseSettings\n\n\nclass S(BaseSettings):\n    token: str = Field(validation_alias=AliasChoices("FIRST", "SECOND"))\n    other: str = Field(validation_alias=AliasChoices("NONE", "SECOND"))\n\n\ns = S()\nAuth.Token(s.token)\nAuth.Token(s.other)\n',
        ".env": f"FIRST={GOOD}\nSECOND={BAD}\n",
    },
    "KL401 app.py:14",
)
program(
    "django-environ-keeps-comments",
    {
        "app.py": HEAD
        + 'import environ\nenv = environ.Env()\nenv.read_env()\nAuth.Token(env("T"))\nAuth.Token(os.environ["T"])\nAuth.Token(env("U"))\n',
        ".env": f'T={GOOD} # staging\nU="{GOOD}"\n',
    },
    "KL401 app.py:6",
)
program(
    "default-outside-of-production",
    {
        "app.py": HEAD + f'Auth.Token(os.getenv("T", "{BAD}"))\n',
        ".env.production": f"T={GOOD}\n",
    },
    "KL401 app.py:3",
)
program(
    "default-where-it-is-set-always",
    {"app.py": HEAD + f'Auth.Token(os.getenv("T", "{BAD}"))\n', ".env": f"T={GOOD}\n"},
)

# ---------------------------------------------------------------- before and after load_dotenv()

CLIENT = "from groq import Groq\n\nclient = Groq()\n"
GROQ = "GROQ_API_KEY={fake:groq-api-key}\n"
program(
    "client-of-a-module-before-it",
    {
        "main.py": "from dotenv import load_dotenv\nimport llm\nload_dotenv()\nllm.client.models.list()\n",
        "llm.py": CLIENT,
        ".env": GROQ,
    },
    "KL409 llm.py:3",
)
program(
    "client-of-a-module-after-it",
    {
        "main.py": "from dotenv import load_dotenv\nload_dotenv()\nimport llm\nllm.client.models.list()\n",
        "llm.py": CLIENT,
        ".env": GROQ,
    },
)
program(
    "client-of-a-module-over-two-imports",
    {
        "main.py": "from dotenv import load_dotenv\nfrom app import web\nload_dotenv()\n",
        "app/__init__.py": "",
        "app/web.py": "from . import llm\n",
        "app/llm.py": CLIENT,
        ".env": GROQ,
    },
    "KL409 app/llm.py:3",
)
program(
    "package-that-loads-first",
    {
        "main.py": "from dotenv import load_dotenv\nfrom app import llm\nload_dotenv()\n",
        "app/__init__.py": "import dotenv\ndotenv.load_dotenv()\n",
        "app/llm.py": CLIENT,
        ".env": GROQ,
    },
)
program(
    "client-in-a-function",
    {
        "main.py": "from dotenv import load_dotenv\nfrom groq import Groq\n\n\ndef go():\n    return Groq()\n\n\nload_dotenv()\ngo()\n",
        ".env": GROQ,
    },
)
program(
    "default-argument-before-it",
    {
        "main.py": "import os\nfrom dotenv import load_dotenv\nfrom groq import Groq\n\n\ndef go(key=os.environ.get('GROQ_API_KEY')):\n    return Groq(api_key=key or None)\n\n\nload_dotenv()\ngo()\n",
        ".env": GROQ,
    },
    "KL409 main.py:7",
)

# ---------------------------------------------------------------- options that are not known

program(
    "options-beside-an-implicit-variable",
    {
        "app.py": "from groq import Groq\n\n\ndef go(**options):\n    return Groq(**options)\n",
        ".env": "GROQ_API_KEY={fake:groq-api-key!truncated=3}\n",
    },
    "KL401 app.py:5",
)
program(
    "options-that-may-hold-the-key",
    {
        "app.py": "from groq import Groq\n\n\ndef go(**options):\n    return Groq(**options)\n",
        ".env": "OTHER_API_KEY=x\n",
    },
)

# ---------------------------------------------------------------- options of command lines

PLACEHOLDER = "T=your-github-token-here\n"
ARGPARSE = "import argparse, os\nfrom github import Auth\nparser = argparse.ArgumentParser()\n"
program(
    "option-of-a-variable",
    {
        "app.py": ARGPARSE
        + "parser.add_argument('--token', default=os.getenv('T'))\n\n\ndef options(argv=None):\n    return parser.parse_args(argv)\n\n\ndef run(args):\n    Auth.Token(args.token)\n\n\nrun(options())\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app.py:12",
)
program(
    "option-of-a-variable-that-is-not-set",
    {
        "app.py": ARGPARSE
        + "parser.add_argument('--token', default=os.getenv('TOKEN'))\nargs = parser.parse_args()\nAuth.Token(args.token)\n",
        ".env": PLACEHOLDER + "OTHER=x\n",
    },
)
program(
    "option-with-a-text-to-be-replaced",
    {
        "app.py": ARGPARSE
        + "parser.add_argument('--token', default='your-github-token-here')\nargs = parser.parse_args()\nAuth.Token(args.token)\n"
    },
)
program(
    "options-as-a-dict",
    {
        "app.py": ARGPARSE
        + "parser.add_argument('--token', default=os.getenv('T'))\n\n\ndef run(args):\n    options = vars(args)\n    Auth.Token(options['token'])\n\n\nrun(parser.parse_args())\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app.py:9",
)
CLICK = "import click\nfrom github import Auth\n\n\n"
program(
    "option-with-a-variable",
    {
        "app.py": CLICK
        + "@click.command()\n@click.option('--token', envvar='T', required=True)\ndef run(token):\n    Auth.Token(token)\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app.py:8",
)
program(
    "option-with-an-empty-variable",
    {
        "app.py": CLICK
        + "@click.command()\n@click.option('--token', envvar='T', required=True)\ndef run(token):\n    Auth.Token(token)\n",
        ".env": "T=\n",
    },
)
GROUP = "@click.group()\n@click.option('--token', envvar='T')\n@click.pass_context\ndef cli(ctx, token):\n"
program(
    "handed-on-to-commands",
    {
        "app.py": CLICK
        + GROUP
        + "    ctx.ensure_object(dict)\n    ctx.obj['token'] = token\n    ctx.obj['other'] = '"
        + GOOD
        + "'\n\n\n@cli.command()\n@click.pass_context\ndef one(ctx):\n    Auth.Token(ctx.obj['token'])\n    Auth.Token(ctx.obj['other'])\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app.py:17",
)
program(
    "handed-on-as-an-object",
    {
        "app/__init__.py": "",
        "app/cli.py": CLICK + GROUP + "    ctx.obj = {'token': token}\n\n\nfrom app import more  # noqa\n",
        "app/more.py": CLICK
        + "from app.cli import cli\n\n\n@cli.command()\n@click.pass_obj\ndef one(obj):\n    Auth.Token(obj['token'])\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app/more.py:11",
)
TYPER = (
    "from typing import Annotated\nimport typer\nfrom github import Auth\n\napp = typer.Typer()\n\n\n@app.command()\n"
)
program(
    "typer-option",
    {
        "app.py": TYPER + "def run(token: str = typer.Option(..., envvar='T')):\n    Auth.Token(token)\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app.py:10",
)
program(
    "typer-annotated-option",
    {
        "app.py": TYPER
        + "def run(token: Annotated[str, typer.Option('--token', envvar=['A', 'T'])] = ''):\n    Auth.Token(token)\n",
        ".env": PLACEHOLDER,
    },
    "KL401 app.py:10",
)

# ---------------------------------------------------------------- FastAPI

SETTINGS = "from functools import lru_cache\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    t: str\n\n\n@lru_cache\ndef get_settings() -> Settings:\n    return Settings()\n"
FASTAPI = "from typing import Annotated\nfrom fastapi import Depends, FastAPI, Request\nfrom github import Auth\nfrom settings import Settings, get_settings\n\napp = FastAPI()\n\n\n"
program(
    "depends",
    {
        "settings.py": SETTINGS,
        "main.py": FASTAPI
        + "@app.get('/')\ndef root(settings: Settings = Depends(get_settings)):\n    Auth.Token(settings.t)\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 main.py:11",
)
program(
    "annotated-depends",
    {
        "settings.py": SETTINGS,
        "main.py": FASTAPI
        + "def token(settings: Annotated[Settings, Depends(get_settings)]):\n    return settings.t\n\n\n@app.get('/')\ndef root(token: Annotated[str, Depends(token)]):\n    Auth.Token(token)\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 main.py:15",
)
program(
    "annotated-depends-by-a-name",
    {
        "settings.py": SETTINGS
        + "\n\nfrom fastapi import Depends\nfrom typing import Annotated\nSettingsDep = Annotated[Settings, Depends(get_settings)]\n",
        "main.py": FASTAPI.replace("Settings, get_settings", "SettingsDep")
        + "@app.get('/')\ndef root(settings: SettingsDep):\n    Auth.Token(settings.t)\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 main.py:11",
)
program(
    "annotated-with-something-else",
    {
        "settings.py": SETTINGS,
        "main.py": FASTAPI
        + "@app.get('/')\ndef root(token: Annotated[str, 'any'] = '"
        + GOOD
        + "'):\n    Auth.Token(token)\n",
        ".env": f"T={BAD}\n",
    },
)
program(
    "state-of-an-application",
    {
        "settings.py": SETTINGS,
        "main.py": FASTAPI
        + "app.state.token = get_settings().t\napp.state.other = '"
        + GOOD
        + "'\nimport routes  # noqa\n",
        "routes.py": "from fastapi import Request\nfrom github import Auth\n\n\ndef root(request: Request):\n    Auth.Token(request.app.state.token)\n    Auth.Token(request.app.state.other)\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 routes.py:6",
)

# ---------------------------------------------------------------- Django

DJANGO_USE = "from django.conf import settings\nfrom github import Auth\n\n\ndef client():\n    return Auth.Token(settings.TOKEN)\n"
DJANGO_ENV = 'import environ\n\nenv = environ.Env()\nenviron.Env.read_env()\nTOKEN = env.str("T", default="")\n'
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings.local")\n'
WSGI = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings.production")\n'
DJANGO = {"site1/__init__.py": "", "site1/settings/__init__.py": "", "site1/pay.py": DJANGO_USE}
program(
    "settings-package",
    {
        **DJANGO,
        "site1/settings/base.py": DJANGO_ENV,
        "site1/settings/production.py": "from .base import *\n\nDEBUG = False\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 site1/pay.py:6",
)
program(
    "settings-of-wsgi",
    {
        **DJANGO,
        "manage.py": MANAGE,
        "site1/wsgi.py": WSGI,
        "site1/settings/base.py": "DEBUG = True\n",
        "site1/settings/local.py": f'from .base import *\n\nTOKEN = "{GOOD}"\n',
        "site1/settings/production.py": f'from .base import *\n\nTOKEN = "{BAD}"\n',
    },
    "KL401 site1/pay.py:6",
)
program(
    "settings-that-nobody-names",
    {
        **DJANGO,
        "manage.py": MANAGE,
        "site1/wsgi.py": WSGI.replace("production", "local"),
        "site1/settings/local.py": f'TOKEN = "{GOOD}"\n',
        "site1/settings/old.py": f'TOKEN = "{BAD}"\n',
    },
)
program(
    "settings-of-tests",
    {
        **DJANGO,
        "site1/settings/base.py": f'TOKEN = "{GOOD}"\n',
        "site1/settings/test.py": f'from .base import *\n\nTOKEN = "{BAD}"\n',
    },
)

# ---------------------------------------------------------------- environs, dynaconf, omegaconf

program(
    "environs-prefix",
    {
        "app.py": 'from environs import Env\nfrom github import Auth\n\nenv = Env()\nenv.read_env()\nwith env.prefixed("A_"):\n    with env.prefixed("B_"):\n        Auth.Token(env.str("T"))\n    Auth.Token(env("T"))\nAuth.Token(env.str("T"))\n',
        ".env": f"A_B_T={BAD}\nA_T={GOOD}\nT={BAD}\n",
    },
    "KL401 app.py:8",
    "KL401 app.py:10",
)
program(
    "environs-file-of-a-variable",
    {
        "app.py": 'import os\nfrom environs import Env\nfrom github import Auth\n\nenv = Env()\nenv.read_env(os.environ.get("FILE", "config/dev.env"))\nAuth.Token(env.str("T"))\n',
        "config/dev.env": f"T={BAD}\n",
    },
    "KL401 app.py:7",
)
DYNACONF = "from dynaconf import Dynaconf\nfrom github import Auth\n\n"
LAYERS = (
    'settings = Dynaconf(envvar_prefix="A", settings_files=["settings.toml", ".secrets.toml"], environments=True)\n'
)
program(
    "dynaconf-section",
    {
        "app.py": DYNACONF + LAYERS + "Auth.Token(settings.TOKEN)\n",
        "settings.toml": f'[default]\ntoken = "{GOOD}"\n',
        ".secrets.toml": f'[production]\ntoken = "{BAD}"\n',
    },
    "KL401 app.py:5",
)
program(
    "dynaconf-section-in-a-later-file",
    {
        "app.py": DYNACONF + LAYERS + "Auth.Token(settings.TOKEN)\n",
        "settings.toml": f'[production]\ntoken = "{BAD}"\n',
        ".secrets.toml": f'[production]\ntoken = "{GOOD}"\n',
    },
)
program(
    "dynaconf-default-that-sections-replace",
    {
        "app.py": DYNACONF + LAYERS + "Auth.Token(settings.hub.token)\n",
        "settings.toml": f'[default.hub]\ntoken = "your-github-token-here"\n[production.hub]\ntoken = "{GOOD}"\n',
    },
)
program(
    "dynaconf-variable",
    {
        "app.py": DYNACONF + LAYERS + "Auth.Token(settings.hub.token)\n",
        "settings.toml": f'[default.hub]\ntoken = "{GOOD}"\n',
        ".env": f"A_HUB__TOKEN={BAD}\n",
    },
    "KL401 app.py:5",
)
OMEGA = "from omegaconf import OmegaConf\nfrom github import Auth\n\n"
program(
    "omegaconf-variable",
    {
        "app.py": OMEGA + 'cfg = OmegaConf.load("conf.yaml")\nAuth.Token(cfg.hub.token)\n',
        "conf.yaml": "hub:\n  token: ${oc.env:T}\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 app.py:5",
)
program(
    "omegaconf-default-not-used",
    {
        "app.py": OMEGA
        + 'cfg = OmegaConf.merge(OmegaConf.load("conf.yaml"), OmegaConf.from_cli())\nAuth.Token(cfg.hub.token)\n',
        "conf.yaml": "hub:\n  token: ${oc.env:T,KEY}\n".replace("KEY", BAD),
        ".env": f"T={GOOD}\n",
    },
)
program(
    "omegaconf-default",
    {
        "app.py": OMEGA
        + 'cfg = OmegaConf.merge(OmegaConf.load("conf.yaml"), OmegaConf.from_cli())\nAuth.Token(cfg.hub.token)\n',
        "conf.yaml": "hub:\n  token: ${oc.env:T,KEY}\n".replace("KEY", BAD),
        ".env": f"OTHER={GOOD}\n",
    },
    "KL401 app.py:5",
)
program(
    "hydra",
    {
        "app.py": 'import hydra\nfrom github import Auth\n\n\n@hydra.main(version_base=None, config_path="conf", config_name="config")\ndef main(cfg):\n    Auth.Token(cfg.hub.token)\n\n\nmain()\n',
        "conf/config.yaml": "hub:\n  token: ${oc.env:T}\n",
        ".env": f"T={BAD}\n",
    },
    "KL401 app.py:7",
)

# ---------------------------------------------------------------- constants that stand for a variable

program(
    "constant-for-a-variable-of-outside",
    f'OLD = "{BAD}"\nKEY = os.getenv("T", OLD)\nAuth.Token(KEY)\n',
)
program(
    "default-for-a-variable-of-outside",
    f'DEFAULT = "{BAD}"\nKEY = os.getenv("T", DEFAULT)\nAuth.Token(KEY)\n',
    "KL401 app.py:5",
)
program(
    "constant-for-a-variable-of-one-environment",
    {
        "app.py": HEAD + f'OLD = "{BAD}"\nKEY = os.getenv("T", OLD)\nAuth.Token(KEY)\n',
        ".env.production": f"T={GOOD}\n",
    },
    "KL401 app.py:5",
)

UNIT = "[Service]\nEnvironment=APP_CONFIG=production\nEnvironmentFile=-/srv/app/app.env\nExecStart=/srv/venv/bin/python app.py\n"
CLASSES = (
    HEAD
    + 'class Config:\n    TOKEN = os.environ.get("T")\n\n\nclass Development(Config):\n    TOKEN = "your-github-token-here"\n\n\n'
    + 'CONFIGS = {"development": Development, "production": Config}\n'
    + 'Auth.Token(CONFIGS[os.getenv("APP_CONFIG", "development")].TOKEN)\n'
)
program("class-that-a-unit-chooses", {"app.py": CLASSES, "app.service": UNIT, "app.env": f"T={GOOD}\n"})
program(
    "class-that-nobody-chooses",
    {"app.py": CLASSES, "app.service": UNIT.replace("APP_CONFIG", "OTHER"), "app.env": f"T={GOOD}\n"},
    "KL401 app.py:12",
)
program(
    "choice-of-settings-is-no-definition-of-keys",
    {
        "app.py": HEAD + 'print(os.environ["APP_CONFIG"])\nAuth.Token(os.environ["T"])\n',
        "app.service": UNIT,
    },
)

SLACK = "SLACK_BOT_TOKEN={fake:slack-bot-token}\n"
POST = "import os\nfrom slack_sdk import WebClient\n\n\ndef post(text, token=os.getenv('SLACK_BOT_TOKEN')):\n    WebClient(token=token).chat_postMessage(text=text)\n"
program(
    "default-argument-of-a-module-before-it",
    {
        "main.py": "from dotenv import load_dotenv\nfrom chat import post\n\nload_dotenv()\npost('x')\n",
        "chat.py": POST,
        ".env": SLACK,
    },
    "KL409 chat.py:6",
)
program(
    "default-argument-of-a-module-after-it",
    {
        "main.py": "from dotenv import load_dotenv\nload_dotenv()\nfrom chat import post\n\npost('x')\n",
        "chat.py": POST,
        ".env": SLACK,
    },
)

program(
    "set-before-it-is-asked-for",
    f'os.environ["T"] = "{BAD}"\nif not os.environ.get("T"):\n    os.environ["T"] = input()\nAuth.Token(os.environ["T"])\n',
    "KL401 app.py:6",
)
program(
    "set-where-it-is-not-set",
    f'if "T" not in os.environ:\n    os.environ["T"] = "{BAD}"\nAuth.Token(os.environ["T"])\n',
    "KL401 app.py:5",
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
