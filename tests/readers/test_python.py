"""The Python reader: what it finds in a module, where it says that it stands, and where values go."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.model import (
    Changed,
    Channel,
    Choice,
    Class,
    EnvRead,
    Fallback,
    Fields,
    FileFacts,
    FileItem,
    Function,
    Hidden,
    Item,
    Joined,
    Literal,
    Member,
    Nothing,
    Opaque,
    Parameter,
    Place,
    Reference,
    Role,
    Shown,
    Sink,
    SinkForm,
    Stripped,
    Value,
    Via,
    Within,
)
from keylint.readers import _pysyntax
from keylint.readers._pysyntax import SLICED_ABOVE
from keylint.readers.interface import Found, Lines
from keylint.readers.python import read

SINKS = (
    Sink("openai.OpenAI", "openai", keyword="api_key", env=("OPENAI_API_KEY",), host_keyword="base_url"),
    Sink("openai.OpenAI", "openai", keyword="admin_api_key", env=("OPENAI_ADMIN_KEY",)),
    Sink("openai.api_key", "openai", SinkForm.ATTRIBUTE, host_keyword="base_url"),
    Sink("stripe.api_key", "stripe", SinkForm.ATTRIBUTE),
    Sink("github.Github", "github", keyword="login_or_token", position=0),
    Sink("langchain_openai.ChatOpenAI", "openai", keyword="api_key", env=("OPENAI_API_KEY",)),
    Sink("langchain_openai.ChatOpenAI", "openai", keyword="openai_api_key", env=("OPENAI_API_KEY",)),
    Sink("boto3.client", "aws", keyword="aws_access_key_id", position=6),
)


@dataclass
class Marked:
    """An interest in `KEY-` and six characters or more, and in whatever is called `password`."""

    asked: list[tuple[str | None, str]] = field(default_factory=list)

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        self.asked.append((name, text))
        found = [
            Found(m.start(), m.end(), Within.WHOLE if m.span() == (0, len(text)) else Within.URL)
            for m in re.finditer(r"KEY-[A-Za-z0-9]{6,}", text)
        ]
        if not found and name == "password" and text:
            return [Found(0, len(text), Within.WHOLE)]
        return found

    def sinks(self, call: str) -> tuple[Sink, ...]:
        return tuple(sink for sink in SINKS if sink.call == call)

    def header(self, name: str) -> bool:
        return name.lower() in ("authorization", "x-api-key")

    def provider_of_host(self, host: str) -> str | None:
        return {"api.openai.com": "openai", "api.github.com": "github"}.get(host)


def facts(source: str) -> FileFacts:
    return read(source, "app/main.py", Marked())


def slice_of(source: str, place: Place) -> str:
    starts = Lines(source).starts
    return source[starts[place.line - 1] + place.column - 1 : starts[place.end_line - 1] + place.end_column - 1]


def shown(value: Value) -> str:
    """Write a value tree on one line."""
    match value:
        case Literal(definition):
            return repr(definition.secret.reveal())
        case Reference(name, _, arguments):
            given = [] if arguments is None else [shown(v) for v in arguments.positional]
            given += [] if arguments is None else [f"{k}={shown(v)}" for k, v in arguments.keywords]
            given += ["*"] if arguments is not None and arguments.open else []
            return f"{name} of {', '.join(given)}" if given else name
        case Fallback(first, second):
            return f"({shown(first)} or {shown(second)})"
        case EnvRead(name, _, default, required, computed):
            words = (
                [f"${name or shown(computed)}"]
                + (["required"] if required else [])
                + ([f"else {shown(default)}"] if default else [])
            )
            return " ".join(words)
        case Via(inner, _, note):
            return f"{shown(inner)} -> {note.split('`')[1] if '`' in note else note}"
        case Stripped(inner):
            return f"stripped({shown(inner)})"
        case Choice(options):
            return "(" + " | ".join(map(shown, options)) + ")"
        case Nothing():
            return "nothing"
        case Opaque():
            return "?"
    return shown_part(value)


def shown_part(value: Value) -> str:
    """Write what has to do with functions, classes and parts of values."""
    match value:
        case Parameter(function, name, _, position, default):
            words = [f"{function}#{name}"] + ([f"at {position}"] if position is not None else [])
            return " ".join(words + ([f"else {shown(default)}"] if default is not None else []))
        case Function(name) | Class(name, ()):
            return f"<{name}>"
        case Class(name, bases):
            return f"<{name} of {', '.join(bases)}>"
        case Fields(entries):
            return "{" + ", ".join(f"{key}: {shown(entry)}" for key, entry in entries) + "}"
        case Hidden(inner):
            return f"hidden({shown(inner)})"
        case Shown(inner):
            return f"shown({shown(inner)})"
        case Joined(parts):
            return " + ".join(repr(part) if isinstance(part, str) else shown(part) for part in parts)
        case Member(of, path):
            return f"({shown(of)}){path}"
        case FileItem(file, _, path, computed):
            return f"<{file or (computed and shown(computed))}>" + "".join(f"[{key}]" for key in path)
        case Item(of, key):
            return f"{shown(of)}[{shown(key)}]"
        case Changed(inner, how, arguments):
            return f"{how}({', '.join([shown(inner), *map(repr, arguments)])})"
    raise AssertionError(value)


# Definitions

ONE = [
    # How a literal is written.
    ('key = "KEY-abcdef"', "key", "KEY-abcdef"),
    ("key = 'KEY-abcdef'", "key", "KEY-abcdef"),
    ('key = r"KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = b"KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = u"KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = """KEY-abcdef"""', "key", "KEY-abcdef"),
    ('key = (\n  "KEY-abcdef"  # here\n)', "key", "KEY-abcdef"),
    ('\ufeffkey = "KEY-abcdef"', "key", "KEY-abcdef"),
    ('x = "é𝒳"; key = "KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = f"KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = f"{x}/KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = f"{x!r:>{width}}{{}}KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = "a\\n\\x41KEY-abcdef"', "key", "KEY-abcdef"),
    ('key = "https://host/?key=KEY-abcdef&x=1"', "key", "KEY-abcdef"),
    # What it is bound to.
    ('key: str = "KEY-abcdef"', "key", "KEY-abcdef"),
    ('a = key = "KEY-abcdef"', "a", "KEY-abcdef"),
    ('if (key := "KEY-abcdef"): pass', "key", "KEY-abcdef"),
    ('a, key = 1, "KEY-abcdef"', "key", "KEY-abcdef"),
    ('[a, key] = [f(), "KEY-abcdef"]', "key", "KEY-abcdef"),
    ('keys = ["a", "KEY-abcdef"]', "keys", "KEY-abcdef"),
    ('config = {"openai": {"api_key": "KEY-abcdef"}}', "config.openai.api_key", "KEY-abcdef"),
    ('config = dict(api_key="KEY-abcdef")', "api_key", "KEY-abcdef"),
    ('config["api_key"] = "KEY-abcdef"', "config.api_key", "KEY-abcdef"),
    ('app.config["api_key"] = "KEY-abcdef"', "app.config.api_key", "KEY-abcdef"),
    ('client.api_key = "KEY-abcdef"', "client.api_key", "KEY-abcdef"),
    ('connect("h", token="KEY-abcdef")', "token", "KEY-abcdef"),
    ('connect("KEY-abcdef")', None, "KEY-abcdef"),
    ('import github\ngithub.Github("KEY-abcdef")', "login_or_token", "KEY-abcdef"),
    ('class S:\n  key = "KEY-abcdef"', "S.key", "KEY-abcdef"),
    ('class A:\n  class B:\n    key: str = "KEY-abcdef"', "A.B.key", "KEY-abcdef"),
    ('class S:\n  def __init__(self):\n    self.key = "KEY-abcdef"', "S.key", "KEY-abcdef"),
    ('def f():\n  key = "KEY-abcdef"', "key", "KEY-abcdef"),
    ('def get_key():\n  return "KEY-abcdef"', "get_key", "KEY-abcdef"),
    ('if key == "KEY-abcdef": pass', "key", "KEY-abcdef"),
    ('if "KEY-abcdef" != settings.key: pass', "settings.key", "KEY-abcdef"),
    ('key = "KEY-abcdef" if x else None', "key", "KEY-abcdef"),
    ('key = SecretStr("KEY-abcdef")', "key", "KEY-abcdef"),
    ('key = "KEY-abcdef".encode()', "key", "KEY-abcdef"),
    ('setattr(client, "api_key", "KEY-abcdef")', "api_key", "KEY-abcdef"),
    ('headers = {"Authorization": "Bearer KEY-abcdef"}', "headers.Authorization", "KEY-abcdef"),
    ('x = [k for k in ("KEY-abcdef", y)]', "x", "KEY-abcdef"),
    ('key = lambda: "KEY-abcdef"', "key", "KEY-abcdef"),
    ('@deco(key="KEY-abcdef")\ndef f(): pass', "key", "KEY-abcdef"),
    ('raise Error("KEY-abcdef")', None, "KEY-abcdef"),
    ('assert check(), "KEY-abcdef"', None, "KEY-abcdef"),
    ('x: Literal["KEY-abcdef"]', None, "KEY-abcdef"),
    ('match x:\n  case "KEY-abcdef": pass', None, "KEY-abcdef"),
    ('with open("KEY-abcdef") as f: pass', None, "KEY-abcdef"),
    ('async def f():\n  await g(key="KEY-abcdef")', "key", "KEY-abcdef"),
    ('print(f"{connect(key="KEY-abcdef")}")', "key", "KEY-abcdef"),
    ('x[f("KEY-abcdef")] += 1', None, "KEY-abcdef"),
    ('type X = Literal["KEY-abcdef"]', None, "KEY-abcdef"),
    ('password = "no mark of its own"', "password", "no mark of its own"),
]


@pytest.mark.parametrize(("source", "name", "value"), ONE, ids=[case[0] for case in ONE])
def test_one_definition(source: str, name: str | None, value: str) -> None:
    (definition,) = facts(source).definitions
    assert (definition.name, definition.secret.reveal()) == (name, value)
    assert slice_of(source, definition.place) == value
    assert definition.contiguous
    assert definition.role is Role.PLAIN
    assert definition.channel is Channel.PYTHON


PUT_TOGETHER = [
    ('key = "KEY-" "abcdef"', "KEY-abcdef", 'KEY-" "abcdef'),
    ('key = "KEY-" + "abcdef"', "KEY-abcdef", 'KEY-" + "abcdef'),
    ('key = ("KEY-" +\n  "abc" "def")', "KEY-abcdef", 'KEY-" +\n  "abc" "def'),
    ("key = f\"KEY-{'abcdef'}\"", "KEY-abcdef", "KEY-{'abcdef"),
    ('key = "KEY-\\x61bcdef"', "KEY-abcdef", "KEY-\\x61bcdef"),
    ('key = "KEY-\\141bcdef"', "KEY-abcdef", "KEY-\\141bcdef"),
    ('key = "KEY-\\N{LATIN SMALL LETTER A}bcdef"', "KEY-abcdef", "KEY-\\N{LATIN SMALL LETTER A}bcdef"),
    ('key = "KEY-\\\nabcdef"', "KEY-abcdef", "KEY-\\\nabcdef"),
    ('key = "".join(["KEY-", "abcdef"])', "KEY-abcdef", 'KEY-", "abcdef'),
    ('p = "KEY-"\nkey = p + "abcdef"', "KEY-abcdef", 'p + "abcdef"'),
    ('p = "KEY-"\nkey = f"{p}abcdef"', "KEY-abcdef", 'f"{p}abcdef"'),
]


@pytest.mark.parametrize(("source", "value", "text"), PUT_TOGETHER, ids=[case[0] for case in PUT_TOGETHER])
def test_a_value_of_several_pieces(source: str, value: str, text: str) -> None:
    (definition,) = facts(source).definitions
    assert (definition.name, definition.secret.reveal()) == ("key", value)
    assert slice_of(source, definition.place) == text
    assert not definition.contiguous


ROLES = [
    ('def f(key="KEY-abcdef"): pass', "key", Role.DEFAULT),
    ('def f(*, key: str = "KEY-abcdef"): pass', "key", Role.DEFAULT),
    ('lambda key="KEY-abcdef": key', "key", Role.DEFAULT),
    ('import os\nos.getenv("X", "KEY-abcdef")', "X", Role.DEFAULT),
    ('import os\nk = os.environ.get("X", default="KEY-abcdef")', "X", Role.DEFAULT),
    ('import os\nk = os.getenv("X") or "KEY-abcdef"', "X", Role.DEFAULT),
    ('k = options.get("key", "KEY-abcdef")', "key", Role.DEFAULT),
    ('parser.add_argument("--api-key", default="KEY-abcdef")', "api_key", Role.DEFAULT),
    ('class S:\n  key: str = Field(default="KEY-abcdef")', "S.key", Role.DEFAULT),
    ('class S:\n  key: str = field(default_factory=lambda: "KEY-abcdef")', "S.key", Role.DEFAULT),
    ('from decouple import config\nk = config("X", default="KEY-abcdef")', "X", Role.DEFAULT),
    ('"""Docstring with KEY-abcdef."""', None, Role.COMMENT),
    ('def f():\n  "KEY-abcdef"', None, Role.COMMENT),
    ("# KEY-abcdef", None, Role.COMMENT),
    ('# api_key = "KEY-abcdef"', "api_key", Role.COMMENT),
    ("x = f(  # was KEY-abcdef\n)", None, Role.COMMENT),
]


@pytest.mark.parametrize(("source", "name", "role"), ROLES, ids=[case[0] for case in ROLES])
def test_roles(source: str, name: str | None, role: Role) -> None:
    (definition,) = facts(source).definitions
    assert (definition.name, definition.role) == (name, role)
    assert slice_of(source, definition.place) == "KEY-abcdef"


def test_a_whole_comment_stands_within_text() -> None:
    (definition,) = facts('"KEY-abcdef"').definitions
    assert definition.within is Within.TEXT


def test_the_interest_is_asked_with_the_name() -> None:
    interest = Marked()
    read('class S:\n  def f(self):\n    self.key = "a"\nd = {"k": "b"}\nf(kw="c")', "a.py", interest)
    assert {(n, t) for n, t in interest.asked if t in "abc"} == {("key", "a"), ("k", "b"), ("kw", "c")}


@pytest.mark.parametrize(
    "source",
    [
        'OPENAI = "x" if __debug__ else "y"',
        'x = "KEY-abc"',
        'x = "#KEY-"  # "abcdef"',
        "KEY_abcdef = KEY - abcdef",
        'x = "KEY-" + y + "abcdef"',
    ],
)
def test_no_definition(source: str) -> None:
    assert facts(source).definitions == ()


def test_line_ends_do_not_move_places() -> None:
    for end in ("\n", "\r\n", "\r"):
        source = end.join(["# one", 'x = """a', "b", '"""', 'key = "KEY-abcdef"', ""])
        (definition,) = facts(source).definitions
        assert (definition.place.line, definition.place.column) == (5, 8)


def test_an_environment_in_a_branch() -> None:
    source = 'import os\nif os.environ["APP_ENV"] == "prod":\n  k = "KEY-abcdef"\nelse:\n  k = "KEY-ghijkl"'
    assert [d.environment for d in facts(source).definitions] == ["production", None]


# Values

IMPORTS = "import os, openai\nfrom openai import OpenAI\n"
VALUES = [
    # Straight.
    ('OpenAI(api_key="x")', "'x'"),
    ('OpenAI(api_key="KEY-abcdef")', "'KEY-abcdef'"),
    ('OpenAI(api_key="")', "''"),
    ("OpenAI(api_key=None)", "nothing"),
    ("OpenAI()", "nothing"),
    ("OpenAI(**options)", "(? | $OPENAI_API_KEY)"),
    ('OpenAI(**{"api_key": "x"})', "'x'"),
    ("OpenAI(api_key=load())", "load()"),
    ("OpenAI(api_key=3)", "?"),
    ('OpenAI(api_key="abc"[1:])', "slice('abc', 1, None, None)"),
    ('OpenAI(api_key="abc"[n:])', "?"),
    ('OpenAI(api_key="a" + b)', "'a' + b"),
    # Names.
    ('KEY = "x"\nOpenAI(api_key=KEY)', "KEY"),
    ("from conf import KEY\nOpenAI(api_key=KEY)", "KEY"),
    ("import conf\nOpenAI(api_key=conf.app.KEY)", "conf.app.KEY"),
    ("from conf import settings as s\nOpenAI(api_key=s.KEY)", "s.KEY"),
    ('C = {"a": {"b": "x"}}\nOpenAI(api_key=C["a"]["b"])', "C[a][b]"),
    ('from conf import C\nOpenAI(api_key=C["a"]["b"])', "C[a][b]"),
    ('C = {"a": "x"}\nOpenAI(api_key=C.get("a"))', "C[a]"),
    ("data = load()\nOpenAI(api_key=data.key)", "data.key"),
    ('data = load()\nOpenAI(api_key=data["key"])', "data[key]"),
    ('data = load()\ndata["key"] = "x"\nOpenAI(api_key=data["key"])', "data[key]"),
    ('k = "x"\nOpenAI(api_key=k)\nk = "y"', "'x' -> k"),
    ('k = "x"\nk = k or "y"\nOpenAI(api_key=k)', "'x' -> k -> k"),
    ('class S:\n  key = "x"\nOpenAI(api_key=S.key)', "S.key"),
    ('class S:\n  key = "x"\ns = S()\nOpenAI(api_key=s.key)', "S().key"),
    ('class S:\n  key = "x"\nOpenAI(api_key=S(key="y").key)', "S().key of key='y'"),
    ('class S:\n  key = "x"\nOpenAI(api_key=S(values).key)', "S().key of values"),
    ('s = Settings()\ns.key = "x"\nOpenAI(api_key=s.key)', "'x' -> key"),
    ("class K(Enum):\n  A = 1\nOpenAI(api_key=K.A.value)", "K.A"),
    # The environment, in all spellings.
    ('OpenAI(api_key=os.environ["X"])', "$X required"),
    ('OpenAI(api_key=os.environ.get("X"))', "$X"),
    ('OpenAI(api_key=os.getenv("X", "d"))', "$X else 'd'"),
    ('OpenAI(api_key=os.getenv("X", None))', "$X"),
    ('OpenAI(api_key=os.getenv(key="X", default="d"))', "$X else 'd'"),
    ('from os import getenv\nOpenAI(api_key=getenv("X"))', "$X"),
    ('from os import environ as e\nOpenAI(api_key=e["X"])', "$X required"),
    ('import os as o\nOpenAI(api_key=o.environ["X"])', "$X required"),
    ('env = os.environ\nOpenAI(api_key=env["X"])', "$X required"),
    ('N = "X"\nOpenAI(api_key=os.environ[N])', "$X required"),
    ("OpenAI(api_key=os.environ[name()])", "$name() required"),
    ('OpenAI(api_key=os.getenv("A") or os.getenv("B") or "d")', "$A else $B else 'd'"),
    ('OpenAI(api_key=os.getenv("A", os.getenv("B")))', "$A else $B"),
    ('from decouple import config\nOpenAI(api_key=config("X"))', "<settings.ini>[settings][X]"),
    ('from environs import Env\nenv = Env()\nOpenAI(api_key=env.str("X", "d"))', "$X else 'd'"),
    # What hands a value through.
    ('OpenAI(api_key=os.environ["X"].strip())', "stripped($X required)"),
    ('OpenAI(api_key=os.environ["X"].rstrip("\\n").lstrip())', "stripped($X required)"),
    ('OpenAI(api_key=os.environ["X"].strip("sk-"))', "strip($X required, 'sk-')"),
    ('OpenAI(api_key=os.environ["X"].strip(characters))', "?"),
    # Parts of a text.
    ('OpenAI(api_key=os.environ["X"].split("=", 1)[1])', "split($X required, '=', 1, 1)"),
    ('OpenAI(api_key=os.environ["X"].split()[-1])', "split($X required, None, None, -1)"),
    ('OpenAI(api_key=os.environ["X"].split(",", maxsplit=2)[0])', "split($X required, ',', 2, 0)"),
    ('OpenAI(api_key=os.environ["X"].split(mark)[0])', "?"),
    (
        'def f():\n  _, _, k = os.environ["X"].partition("=")\n  OpenAI(api_key=k)',
        "partition($X required, '=', 2) -> k",
    ),
    ('OpenAI(api_key=os.environ["X"].splitlines()[0])', "splitlines($X required, 0)"),
    ('OpenAI(api_key=os.environ["X"][len("Bearer "):])', "slice($X required, 7, None, None)"),
    ('OpenAI(api_key=os.environ["X"].replace("\\n", ""))', "replace($X required, '\\n', '')"),
    ('OpenAI(api_key=os.environ["X"].removeprefix("Bearer "))', "removeprefix($X required, 'Bearer ')"),
    ('OpenAI(api_key="".join(os.environ["X"].split()))', "sub($X required, '\\\\s+', '')"),
    ('import re\nOpenAI(api_key=re.sub(r"\\s", "", os.environ["X"]))', "sub($X required, '\\\\s', '')"),
    ('import base64\nOpenAI(api_key=base64.b64decode(os.environ["X"]).decode())', "b64decode($X required)"),
    ('import json\nOpenAI(api_key=json.loads(os.environ["X"])["a"]["b"])', "loads($X required, 'a', 'b')"),
    ('import json\nOpenAI(api_key=json.loads(os.environ["X"]).get("a"))', "loads($X required, 'a')"),
    ('import json\nD = json.loads(os.environ["X"])\nOpenAI(api_key=D["a"])', "D[a]"),
    ('OpenAI(api_key=open("k.txt").readline())', "lines(<k.txt>, 0)"),
    ('OpenAI(api_key=open("k.txt").read().strip())', "stripped(<k.txt>)"),
    ('OpenAI(api_key=str(os.environ["X"]))', "$X required"),
    ("OpenAI(api_key=f\"{os.environ['X']}\")", "$X required"),
    ("OpenAI(api_key=f\"sk-{os.environ['X']}\")", "'sk-' + $X required"),
    ('OpenAI(api_key=SecretStr("x").get_secret_value())', "'x'"),
    ('OpenAI(api_key="x".encode().decode())', "'x'"),
    ('import typing\nOpenAI(api_key=typing.cast(str, "x"))', "'x'"),
    ('OpenAI(api_key="x" if a else os.getenv("Y"))', "('x' -> taken if a | $Y -> taken else of a)"),
    ('OpenAI(api_key=a and "x")', "(? | 'x')"),
    ('OpenAI(api_key=(k := "x"))', "'x' -> k"),
    # Inside functions.
    ('def f():\n  k = "x"\n  OpenAI(api_key=k)', "'x' -> k"),
    ('def f():\n  k = "x"\n  k = "y"\n  OpenAI(api_key=k)', "'y' -> k"),
    ('def f():\n  k = "x"\n  if a: k = "y"\n  OpenAI(api_key=k)', "('x' -> k | 'y' -> k)"),
    ('def f():\n  if a: k = "x"\n  else: k = "y"\n  OpenAI(api_key=k)', "('x' -> k | 'y' -> k)"),
    ('def f():\n  if a: k = "x"\n  else: raise E\n  OpenAI(api_key=k)', "'x' -> k"),
    ('def f():\n  k = os.getenv("X")\n  if not k: k = "y"\n  OpenAI(api_key=k)', "$X else 'y' -> k -> k"),
    ('def f():\n  k = os.getenv("X")\n  if k is None:\n    raise E\n  OpenAI(api_key=k)', "$X -> k"),
    (
        'def f():\n  try: k = os.environ["X"]\n  except KeyError: k = "y"\n  OpenAI(api_key=k)',
        "($X required -> k | 'y' -> k)",
    ),
    ("def f(k):\n  OpenAI(api_key=k)", "f#k at 0"),
    ('def f(k="x"):\n  OpenAI(api_key=k)', "f#k at 0 else 'x' -> k"),
    ('def f(k=None):\n  k = k or os.getenv("X")\n  OpenAI(api_key=k)', "(f#k at 0 else nothing or $X) -> k"),
    ('def f():\n  for k in ("x", "y"): OpenAI(api_key=k)', "('x' | 'y') -> k"),
    ("def f():\n  for k in keys: OpenAI(api_key=k)", "keys[*] -> k"),
    ("def f():\n  for n, k in keys.items(): OpenAI(api_key=k)", "keys[*] -> k"),
    ("def f():\n  for k in keys.values(): OpenAI(api_key=k)", "keys[*] -> k"),
    ("def f():\n  for i, k in enumerate(keys): OpenAI(api_key=k)", "keys[*] -> k"),
    (
        'def f():\n  for n, k in (("a", "x"), ("b", "y")): OpenAI(api_key=k)',
        "({0: {0: 'a', 1: 'x'}, 1: {0: 'b', 1: 'y'}})[*][1] -> k",
    ),
    ("def f(n):\n  OpenAI(api_key=keys[n])", "keys[f#n at 0]"),
    ('def f(n):\n  OpenAI(api_key={"a": "x", "b": "y"}[n])', "{a: 'x', b: 'y'}[f#n at 0]"),
    ("import random\ndef f():\n  OpenAI(api_key=random.choice(keys))", "keys[*]"),
    (
        'def f():\n  ks = [k.strip() for k in os.environ["X"].split(",")]\n  OpenAI(api_key=next(iter(ks)))',
        "stripped(split($X required, ',', None, '*') -> k)",
    ),
    ('def f():\n  k = "x"\n  while a:\n    OpenAI(api_key=k)\n    k = g()', "('x' -> k | ?)"),
    ('def f():\n  k = "x"\n  while a:\n    k = g()\n  OpenAI(api_key=k)', "('x' -> k | g() -> k)"),
    ('def f():\n  k = "x"\n  def g():\n    OpenAI(api_key=k)', "'x' -> k"),
    ('def f():\n  k = "x"\n  def g():\n    OpenAI(api_key=k)\n  k = "y"', "('x' -> k | ?)"),
    ('def f():\n  def g():\n    OpenAI(api_key=k)\n  k = "x"', "?"),
    ('def f():\n  k = "x"\n  return [OpenAI(api_key=k) for _ in y]', "'x' -> k"),
    ("def f():\n  return [OpenAI(api_key=k) for k in y]", "y[*] -> k"),
    ('def f():\n  a, k = "x", "y"\n  OpenAI(api_key=k)', "'y' -> k"),
    ("def f():\n  a, k = g()\n  OpenAI(api_key=k)", "g()[1] -> k"),
    ("def f():\n  with g() as k:\n    OpenAI(api_key=k)", "?"),
    ('def f():\n  c = {"key": "x"}\n  OpenAI(api_key=c["key"])', "'x'"),
    ('def f():\n  c = {"key": "x"}\n  c["key"] = "y"\n  OpenAI(api_key=c["key"])', "'y'"),
    ('def f():\n  c = {"key": "x", **g()}\n  OpenAI(api_key=c["key"])', "('x' | ?)"),
    ('def f():\n  c = {"key": "x"}\n  c.update(g())\n  OpenAI(api_key=c["key"])', "('x' | ?)"),
    ("def f():\n  OpenAI(api_key=KEY)\nKEY = 1", "KEY"),
    ("KEY = 1\ndef f(KEY):\n  OpenAI(api_key=KEY)", "f#KEY at 0"),
    ("KEY = 1\ndef f():\n  OpenAI(api_key=KEY)\n  KEY = 2", "?"),
    ("KEY = 1\ndef f():\n  global KEY\n  OpenAI(api_key=KEY)", "KEY"),
    ('def f():\n  k = "x"\n  k += "y"\n  OpenAI(api_key=k)', "?"),
    ('def f():\n  k = "x"\n  del k\n  OpenAI(api_key=k)', "?"),
    ("def f(a):\n  match a:\n    case {'k': [k, *_]}: OpenAI(api_key=k)", "?"),
    # Classes.
    ("class C:\n  def f(self):\n    OpenAI(api_key=self.key)", "C.key"),
    ("class C:\n  @classmethod\n  def f(cls):\n    OpenAI(api_key=cls.key)", "C.key"),
    ("class C:\n  @staticmethod\n  def f(x):\n    OpenAI(api_key=x.key)", "(C.f#x at 0).key"),
    ('class C:\n  key = "x"\n  def f(self):\n    OpenAI(api_key=key)', "key"),
    ('class C:\n  key = "x"\n  client = OpenAI(api_key=key)', "'x' -> key"),
]


@pytest.mark.parametrize(("source", "expected"), VALUES, ids=[case[0] for case in VALUES])
def test_the_value_of_an_argument(source: str, expected: str) -> None:
    found = facts(IMPORTS + source)
    assert found.problem is None
    assert [shown(use.value) for use in found.uses if use.keyword == "api_key"] == [expected]


def notes(value: object) -> list[str]:
    """Return what the bindings say that a value passed, the last one first."""
    if isinstance(value, Via):
        return [value.note, *notes(value.value)]
    return [note for option in value.options for note in notes(option)] if isinstance(value, Choice) else []


@pytest.mark.parametrize(
    ("branches", "expected"),
    [
        ("if DEBUG:\n  k = 'x'\nelse:\n  k = 'y'\n", ["`k` if DEBUG", "`k` (else of DEBUG)"]),
        (
            "if E == 'live':\n  k = 'x'\nelif D:\n  k = 'y'\nelse:\n  k = 'z'\n",
            ["`k` if E == 'live'", "`k` if D", "`k`"],
        ),
        ("if D:\n  if E:\n    k = 'x'\n  k2 = 'z'\n", ["`k` if E"]),
        ("if p == 'hunter2':\n  k = 'x'\n", ["`k`"]),
        ("if p == '" + "a-" * 8 + "':\n  k = 'x'\n", ["`k`"]),
        ("if f(\n  D\n):\n  k = 'x'\n", ["`k`"]),
        ("if D:\n  pass\nk = 'x'\n", ["`k`"]),
    ],
)
def test_steps_say_when_a_branch_is_taken(branches: str, expected: list[str]) -> None:
    found = facts(IMPORTS + "def go():\n" + indent(branches + "OpenAI(api_key=k)\n", "  "))
    (use,) = [use for use in found.uses if use.keyword == "api_key"]
    assert notes(use.value) == [f"assigned to {each}" for each in expected]


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("import openai", "openai.OpenAI"),
        ("import openai as oa", "oa.OpenAI"),
        ("from openai import OpenAI", "OpenAI"),
        ("from openai import OpenAI as Client", "Client"),
        ("from openai import *", "OpenAI"),
        ("import openai\nClient = openai.OpenAI", "Client"),
        ("import openai\nmodule = openai", "module.OpenAI"),
        ("try:\n  import openai\nexcept ImportError:\n  openai = None", "openai.OpenAI"),
    ],
)
def test_a_callee_resolves(imports: str, call: str) -> None:
    source = f"{imports}\nclient = {call}(\n  api_key='x',\n)"
    use = facts(source).uses[0]
    assert (use.sink, use.call, use.provider, use.keyword) == (
        "openai.OpenAI(api_key=…)",
        "openai.OpenAI",
        "openai",
        "api_key",
    )
    assert slice_of(source, use.place) == f"{call}(\n  api_key='x',\n)"


@pytest.mark.parametrize(
    "source",
    [
        "OpenAI(api_key='x')",
        "from elsewhere import OpenAI\nOpenAI(api_key='x')",
        "from .openai import OpenAI\nOpenAI(api_key='x')",
        "import openai\nopenai.Other(api_key='x')",
        "def f(openai):\n  openai.OpenAI(api_key='x')",
        "import openai\nclient = openai.OpenAI\nclient = other\nclient(api_key='x')",
    ],
)
def test_a_callee_that_is_no_sink(source: str) -> None:
    assert facts(source).uses == ()


def test_every_sink_of_a_call_is_a_use() -> None:
    found = facts("from openai import OpenAI\nOpenAI(admin_api_key='x')")
    assert [(use.keyword, shown(use.value)) for use in found.uses] == [("admin_api_key", "'x'"), ("api_key", "nothing")]


def test_two_names_of_one_argument_are_one_use() -> None:
    imports = "from langchain_openai import ChatOpenAI\n"
    given = facts(imports + "ChatOpenAI(openai_api_key='x')").uses
    assert [(use.keyword, shown(use.value)) for use in given] == [("openai_api_key", "'x'")]
    assert [shown(use.value) for use in facts(imports + "ChatOpenAI()").uses] == ["nothing"]


def test_positions() -> None:
    imports = "import boto3, github\n"
    assert [shown(u.value) for u in facts(imports + "github.Github('x')").uses] == ["'x'"]
    assert [shown(u.value) for u in facts(imports + "github.Github(*a)").uses] == ["?"]
    assert [shown(u.value) for u in facts(imports + "boto3.client(1, 2, 3, 4, 5, 6, 'x')").uses] == ["'x'"]
    assert [shown(u.value) for u in facts(imports + "boto3.client('s3')").uses] == ["nothing"]


@pytest.mark.parametrize(
    ("argument", "elsewhere"),
    [
        ("", False),
        ("base_url=None", False),
        ("base_url='https://api.openai.com/v1'", False),
        ("base_url='https://openrouter.ai/api/v1'", True),
        ("base_url=os.environ['URL']", True),
        ("base_url=URL", False),
        ("base_url='no url'", True),
    ],
)
def test_another_host(argument: str, elsewhere: bool) -> None:
    source = f"{IMPORTS}URL = 'https://api.openai.com'\nOpenAI(api_key='x', {argument})"
    assert facts(source).uses[0].elsewhere is elsewhere


def test_attributes_of_modules() -> None:
    source = 'import stripe, openai as oa\nstripe.api_key = "KEY-abcdef"\noa.api_key = oa.base_url = None'
    first, second = facts(source).uses
    assert (first.sink, first.call, shown(first.value)) == ("stripe.api_key = …", "stripe.api_key", "'KEY-abcdef'")
    assert slice_of(source, first.place) == 'stripe.api_key = "KEY-abcdef"'
    assert (second.call, shown(second.value), second.elsewhere) == ("openai.api_key", "nothing", False)
    other = facts('import openai\nopenai.api_key = "x"\nopenai.base_url = "https://localhost/"')
    assert [use.elsewhere for use in other.uses] == [True]


HEADERS = [
    ('headers = {"Authorization": f"Bearer {k}"}', "Bearer", "k", None),
    ('headers = {"Authorization": "Bearer " + k}', "Bearer", "k", None),
    ('headers = {"Authorization": "Token %s" % k}', "Token", "k", None),
    ('headers = {"Authorization": "Token %s" % (k,)}', "Token", "k", None),
    ('headers = {"Authorization": "Bearer {}".format(k)}', "Bearer", "k", None),
    ('headers = {"Authorization": "Bearer {key}".format(key=k)}', "Bearer", "k", None),
    ('headers = {"Authorization": " ".join(["Bearer", k])}', "Bearer", "k", None),
    ('headers = {"Authorization": f"Token token={k}"}', "Token token=", "k", None),
    ('headers = {"Authorization": f"Bearer ${k}"}', "Bearer", "'$' + k", None),
    ('headers = {"Authorization": f"{k}"}', None, "k", None),
    ('headers = {"Authorization": f"Bearer {k}!"}', "Bearer", "?", None),
    ('headers = {"Authorization": "Bearer KEY-abcdef"}', "Bearer", "'KEY-abcdef'", None),
    ('headers = {"Authorization": "Bearer Bearer KEY-abcdef"}', "Bearer Bearer", "'KEY-abcdef'", None),
    ('headers = {"Authorization": "Bearer unmarked"}', "Bearer", "'unmarked'", None),
    ('headers = {"Authorization": "unmarked"}', None, "'unmarked'", None),
    ('a = f"Bearer {k}"\nheaders = {"Authorization": a}', "Bearer", "k", None),
    ('s = "Bearer"\nheaders = {"Authorization": f"{s} {k}"}', "Bearer", "k", None),
    ('headers = {"X-Api-Key": k}', None, "k", None),
    ('HEADERS: dict = {"x-api-key": k}', None, "k", None),
    ('headers["Authorization"] = f"Bearer {k}"', "Bearer", "k", None),
    ('s.headers["Authorization"] = f"Bearer {k}"', "Bearer", "k", None),
    ('s.headers.update({"Authorization": f"Bearer {k}"})', "Bearer", "k", None),
    ('r.add_header("Authorization", f"Bearer {k}")', "Bearer", "k", None),
    ('def get_headers():\n  return {"Authorization": f"Bearer {k}"}', "Bearer", "k", None),
    ('call(headers={"Authorization": f"Bearer {k}"})', "Bearer", "k", None),
    ('requests.get("https://api.openai.com/v1", headers={"x-api-key": k})', None, "k", "openai"),
    ('requests.get(url="https://api.openai.com/v1", headers={"x-api-key": k})', None, "k", "openai"),
    ('requests.get("https://unknown.example/", headers={"x-api-key": k})', None, "k", None),
    ('requests.get(f"https://api.openai.com/{v}", headers={"x-api-key": k})', None, "k", "openai"),
    ('requests.get(f"https://api.openai.com{v}", headers={"x-api-key": k})', None, "k", "openai"),
    ('B = "https://api.openai.com/"\nrequests.get(B + v, headers={"x-api-key": k})', None, "k", "openai"),
    ('httpx.Client(base_url="https://api.openai.com", headers={"x-api-key": k})', None, "k", "openai"),
    ('urllib.request.Request("https://api.openai.com", None, {"x-api-key": k})', None, "k", "openai"),
    ('headers = {"x-api-key": k}\nrequests.get("https://api.openai.com", headers=headers)', None, "k", "openai"),
    (
        'headers = {"x-api-key": k}\n'
        'requests.get("https://api.openai.com", headers=headers)\n'
        'requests.get("https://api.github.com", headers=headers)',
        None,
        "k",
        None,
    ),
    (
        'def f():\n  s = requests.Session()\n  s.headers.update({"x-api-key": k})\n  s.get("https://api.github.com/x")',
        None,
        "k",
        "github",
    ),
]


@pytest.mark.parametrize(("source", "scheme", "value", "provider"), HEADERS, ids=[case[0] for case in HEADERS])
def test_headers(source: str, scheme: str | None, value: str, provider: str | None) -> None:
    found = facts("import requests, httpx, urllib.request\nfrom conf import k\n" + source)
    (use,) = found.uses
    assert use.sink.lower() in ("header authorization", "header x-api-key")
    assert (use.scheme, shown(use.value), use.provider, use.call) == (scheme, value, provider, "")


@pytest.mark.parametrize(
    "source",
    ['options = {"Authorization": k}', 'headers = {"Accept": k}', 'f({"Authorization": k})', "headers = {name: k}"],
)
def test_no_headers(source: str) -> None:
    assert facts(source).uses == ()


def test_the_key_in_a_header_is_the_definition() -> None:
    found = facts('headers = {"Authorization": "Bearer KEY-abcdef"}')
    assert isinstance(found.uses[0].value, Literal)
    assert found.uses[0].value.definition is found.definitions[0]


def test_the_key_in_an_argument_is_the_definition() -> None:
    found = facts('import openai\nopenai.OpenAI(api_key="KEY-abcdef")')
    assert isinstance(found.uses[0].value, Literal)
    assert found.uses[0].value.definition is found.definitions[0]


def test_a_step_has_the_place_of_the_name() -> None:
    source = 'import openai\ndef f():\n  key = "x"\n  openai.OpenAI(api_key=key)'
    value = facts(source).uses[0].value
    assert isinstance(value, Via)
    assert slice_of(source, value.place) == "key"
    assert value.place.line == 3


# Bindings, imports, environment

BINDINGS = [
    ('K = "x"', {"K": "'x'"}),
    ('K: str = "x"', {"K": "'x'"}),
    ('a, b = "x", "y"', {"a": "'x'", "b": "'y'"}),
    ('K = "x"\nK = "y"', {"K": "'y'"}),
    ('if a: K = "x"\nelse: K = "y"', {"K": "('x' -> K | 'y' -> K)"}),
    ('K = None\nif a: K = "y"', {"K": "(nothing | 'y' -> K)"}),
    ('import os\nK = os.environ.get("X")\nK = K or "y"', {"K": "$X else 'y' -> K"}),
    ('C = {"a": {"b": "x"}}', {"C": "{a: {b: 'x'}}", "C[a]": "{b: 'x'}", "C[a][b]": "'x'"}),
    ('C = {}\nC["a"] = "x"', {"C": "{a: 'x'}", "C[a]": "'x'"}),
    ('class S:\n  key = "x"', {"S": "<S>", "S.key": "'x'"}),
    ('class S:\n  class T:\n    key = "x"', {"S": "<S>", "S.T.key": "'x'", "S.T": "<S.T>"}),
    ('class S:\n  def __init__(self):\n    self.key = "x"', {"S": "<S>", "S.__init__": "<S.__init__>", "S.key": "'x'"}),
    (
        'class S:\n  key = None\n  def __init__(self):\n    self.key = "x"',
        {"S": "<S>", "S.key": "'x'", "S.__init__": "<S.__init__>"},
    ),
    ('class S:\n  key = "x"\n  def f(self):\n    self.key = "y"', {"S": "<S>", "S.key": "('x' | 'y')", "S.f": "<S.f>"}),
    (
        'class S:\n  def __init__(self, key="x"):\n    self.key = key',
        {"S": "<S>", "S.__init__": "<S.__init__>", "S.key": "S.__init__#key at 0 else 'x' -> key"},
    ),
    ('class S:\n  key = "x"\ns = S()', {"S": "<S>", "s": "S()", "S.key": "'x'"}),
    ('class S:\n  key = "x"\nclass T(S): pass', {"S": "<S>", "T": "<T of S>", "S.key": "'x'"}),
    ('class S:\n  key = "x"\nclass T(S):\n  a = "y"', {"S": "<S>", "T": "<T of S>", "S.key": "'x'", "T.a": "'y'"}),
    ('from b import S\nclass T(S):\n  a = "y"', {"T": "<T of S>", "T.a": "'y'"}),
    ('from b import S\ns = S(key="x")', {"s": "S() of key='x'", "s.key": "'x'"}),
    ('def f():\n  global K\n  K = "x"', {"f": "<f>", "K": "'x'"}),
    ('K = "x"\ndef f():\n  global K\n  K = "y"', {"K": "('x' | 'y')", "f": "<f>"}),
    ('if (K := "x"): pass', {"K": "'x'"}),
    ('def f():\n  K = "x"', {"f": "<f>"}),
    ("from a import K", {}),
]


@pytest.mark.parametrize(("source", "expected"), BINDINGS, ids=[case[0] for case in BINDINGS])
def test_bindings(source: str, expected: dict[str, str]) -> None:
    assert {binding.name: shown(binding.value) for binding in facts(source).bindings} == expected


def test_pydantic_settings() -> None:
    source = """
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

class Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="app_", env_file=("a.env", "b.env"))

class Settings(Base):
    model_config = SettingsConfigDict(env_prefix="my_")
    openai_key: SecretStr
    other: str = "x"
    third: str = Field(default="y", validation_alias="THIRD")
    fourth: str = Field(..., env="FOURTH")

settings = Settings()
"""
    found = facts(source)
    values = {binding.name: shown(binding.value) for binding in found.bindings}
    assert values["Settings.openai_key"] == "Settings.__init__#openai_key else hidden($MY_OPENAI_KEY required)"
    assert values["Settings.other"] == "Settings.__init__#other else $MY_OTHER else 'x'"
    assert values["Settings.third"] == "Settings.__init__#third else $THIRD else 'y'"
    assert values["Settings.fourth"] == "Settings.__init__#fourth else $FOURTH required"
    assert values["settings"] == "Settings()"
    assert found.env_files == ("a.env", "b.env")


def test_imports() -> None:
    source = """
import a, b.c, d.e as f
from g import h, i as j
from .k import l
from .. import m
from n import *
def o():
    import p
"""
    assert [(i.alias, i.module, i.name) for i in facts(source).imports] == [
        ("a", "a", ""),
        ("b.c", "b.c", ""),
        ("f", "d.e", ""),
        ("h", "g", "h"),
        ("j", "g", "i"),
        ("l", ".k", "l"),
        ("m", "..", "m"),
        ("", "n", "*"),
        ("p", "p", ""),
    ]


ENV = [
    ('os.environ["X"] = "KEY-abcdef"', "'KEY-abcdef'"),
    ('os.environ.setdefault("X", "KEY-abcdef")', "'KEY-abcdef'"),
    ('os.putenv("X", "KEY-abcdef")', "'KEY-abcdef'"),
    ('os.environ.update({"X": "KEY-abcdef"})', "'KEY-abcdef'"),
    ('os.environ.update(X="KEY-abcdef")', "'KEY-abcdef'"),
    ('from os import environ\nenviron["X"] = "KEY-abcdef"', "'KEY-abcdef'"),
    ('os.environ["X"] = k', "k"),
]


@pytest.mark.parametrize(("source", "expected"), ENV, ids=[case[0] for case in ENV])
def test_variables_that_a_program_sets(source: str, expected: str) -> None:
    found = facts(f"import os\nfrom conf import k\n{source}")
    assert [(e.name, shown(e.value), e.channel, e.rank) for e in found.env] == [("X", expected, Channel.PYTHON, 50)]
    assert all(definition.name == "X" for definition in found.definitions)


def test_a_definition_says_which_variable_its_line_sets() -> None:
    (definition,) = facts('import os\nos.environ["X"] = "KEY-abcdef"').definitions
    assert definition.env == "X"


def test_files_of_variables() -> None:
    source = 'from dotenv import load_dotenv, dotenv_values\nload_dotenv("a/.env")\nload_dotenv()\n' + (
        'load_dotenv(dotenv_path="b")\ndotenv_values("c")\nload_dotenv(path)'
    )
    assert facts(source).env_files == ("a/.env", "b", "c")


# What cannot be read


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = (\n", "line 1: invalid syntax"),
        ("a = 1\nb = = 2\n", "line 2: invalid syntax"),
        ("print 'x'\n", "line 1: invalid syntax"),
        ("a = 1\n\nx = 'abc\n", "line 3: unterminated string literal"),
        ("x = '\ud800'", "line 1: a lone surrogate is not text"),
        ("\0", "line 1: "),
    ],
)
def test_what_does_not_parse(source: str, problem: str) -> None:
    found = facts(source)
    assert found.problem is not None
    assert found.problem.startswith(problem)
    assert found.definitions == ()


def test_a_problem_shows_nothing_of_the_text() -> None:
    for source in ('key = "KEY-abcdef', '"KEY-abcdef" = 1 1', "key = KEY-abcdef = ]"):
        assert "abcdef" not in (facts(source).problem or "")


DEEP = {
    "parentheses": "x = " + "(" * 5_000 + "1" + ")" * 5_000,
    "open parentheses": "x = " + "(" * 5_000,
    "sum": "x = " + " + ".join(["a"] * 10_000),
    "sum of literals": "x = " + " + ".join(["'a'"] * 10_000),
    "calls": "x = a" + ".b()" * 10_000,
    "conditions": "x = " + "a if b else " * 5_000 + "c",
    "lambdas": "x = " + "lambda: " * 10_000 + "1",
    "nots": "x = " + "not " * 10_000 + "1",
    "elifs": "if a: pass\n" + "elif b: pass\n" * 20_000,
    "dicts": "x = " + "{1: " * 5_000 + "1" + "}" * 5_000,
    "patterns": "match a:\n case " + "{1: " * 40 + "a" + "}" * 40 + ": pass",
    "open patterns": "match a:\n case " + "(" * 40,
    "templates": "x = " + "f'{" * 3_000,
    "nested templates": "x = " + "f'{f\"{" * 1_000,
    "hidden in a template": 'x = f"{\'"\'}" + ' + "(" * 5_000 + "1" + ")" * 5_000 + ' + f"{\'"\'}"',
    "in a format": "x = f'{a:{" + "(" * 5_000 + ")" * 5_000 + "}}'",
    "subscripts": "x = a" + "[0]" * 10_000,
    "walrus": "x = " + "(a := " * 5_000 + "1" + ")" * 5_000,
}


LARGE = {
    "lookups": "import os\n" + "x = os.environ['V']\n" * 70_000,
    "list": "x = [\n" + "'s',\n" * 110_000 + "]\n",
    "functions": "def f(a, b):\n    return a[b](a + b)\n" * 30_000,
}


@pytest.mark.parametrize("source", LARGE.values(), ids=LARGE.keys())
def test_what_costs_too_much_is_refused_before_it_is_parsed(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keylint.readers._pysyntax._ast", lambda text: pytest.fail("parsed"))
    assert facts(source).problem == "more than 300,000 tokens: matched as text"


def test_a_large_file_of_few_tokens_is_read() -> None:
    source = (
        'import os\nX = """' + "a line of prose (of many), with [marks]: 1 + 1\n" * 20_000 + '"""\nK = "KEY-abcdef"\n'
    )
    found = facts(source)
    assert found.problem is None
    assert [d.secret.reveal() for d in found.definitions] == ["KEY-abcdef"]


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_is_refused(source: str) -> None:
    assert "nested too deeply" in (facts(source).problem or "")


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * 60 + "'KEY-abcdef'" + ")" * 60,
        "x = " + " + ".join(["'KEY-abcdef'"] + ["y"] * 400),
        "x = (" + "'a' " * 2_000 + "'KEY-abcdef')",
        "x = [" + "'a', " * 20_000 + "'KEY-abcdef']",
        "x = '" + "(" * 1_000 + "'  # " + "[" * 1_000 + "\ny = 'KEY-abcdef'",
        "".join(f"if a{i}: pass\n" for i in range(3_000)) + "y = 'KEY-abcdef'",
        "\n".join(["if a:"] + [f"{' ' * i}if a:" for i in range(1, 90)] + [" " * 90 + "y = 'KEY-abcdef'"]),
    ],
    ids=["parentheses", "sum", "literals", "list", "brackets in text", "ifs", "blocks"],
)
def test_what_people_write_is_read(source: str) -> None:
    found = facts(source)
    assert found.problem is None
    assert [slice_of(source, definition.place) for definition in found.definitions] == ["KEY-abcdef"]


def test_values_stay_small() -> None:
    swaps = "".join("  a, b = b, a\n  a = a or b\n" for _ in range(300))
    found = facts(f"{IMPORTS}def f(a, b):\n  a = 'x'\n{swaps}  OpenAI(api_key=a)")
    assert len(shown(found.uses[0].value)) < 2_000
    branches = "".join(f"  if a: k = '{i}'\n" for i in range(500))
    found = facts(f"{IMPORTS}def f(a):\n  k = ''\n{branches}  OpenAI(api_key=k)")
    assert len(shown(found.uses[0].value)) < 2_000


# Large files


def large(*statements: str) -> str:
    filler = "DATA = {\n" + "".join(f'    "name{i}": ["é", {i}],\n' for i in range(SLICED_ABOVE // 20)) + "}\n"
    return filler + "\n".join(statements) + "\n" + filler


def test_of_a_large_file_the_statements_that_matter_are_read() -> None:
    source = large(
        "import openai",
        'PREFIX = "KEY-"',
        "@deco",
        "def client():",
        "    return openai.OpenAI(api_key=get())",
        "def get(): return PREFIX",
        "class Unrelated: pass",
        'X = "KEY-abcdef"',
        "# KEY-comment",
    )
    found = facts(source)
    assert found.problem is None
    assert [slice_of(source, use.place) for use in found.uses if use.keyword == "api_key"] == [
        "openai.OpenAI(api_key=get())"
    ]
    assert [slice_of(source, definition.place) for definition in found.definitions] == ["KEY-abcdef", "KEY-comment"]
    assert {binding.name for binding in found.bindings} == {"PREFIX", "X", "get", "get()", "client"}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_statement_that_is_too_large_still_gives_its_literals(mark: str) -> None:
    rows = "".join(f'    "é{i}": "{i}",\n' for i in range(SLICED_ABOVE // 12))
    inside = '    "é": {"api_key": "KEY-abcdef", "raw": r"KEY-ghijkl"}, "two": "KEY-" "mnopqr",\n'
    source = f"{mark}D = {{{rows}{inside}}}\nimport openai\nopenai.OpenAI(api_key='KEY-stuvwx')\n"
    found = facts(source)
    assert found.problem == "line 1: too large: no flow analysis"
    assert [(d.name, slice_of(source, d.place), d.contiguous) for d in found.definitions] == [
        ("api_key", "KEY-stuvwx", True),
        ("D.é.api_key", "KEY-abcdef", True),
        ("D.é.raw", "KEY-ghijkl", True),
        ("D.two", '"KEY-" "mnopqr"', False),
    ]
    assert len(found.uses) == 2


def test_slices_give_the_same_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [source for source, *_ in [*ONE, *PUT_TOGETHER]]
    whole = [facts(source) for source in sources]
    monkeypatch.setattr(_pysyntax, "SLICED_ABOVE", 0)
    sliced = [facts(source) for source in sources]
    # `ast` refuses what is newer than the Python that runs the tests.
    same = [
        found.definitions == expected.definitions
        for found, expected in zip(sliced, whole, strict=True)
        if not found.problem
    ]
    assert all(same)
    assert len(same) > len(sources) - 4


# Anything


class Greedy(Marked):
    """Wants the whole and a part of everything, and sees sinks everywhere."""

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        return [Found(0, len(text), Within.WHOLE), *([Found(1, 3, Within.TEXT)] if len(text) > 3 else [])]

    def sinks(self, call: str) -> tuple[Sink, ...]:
        return (Sink(call, "x", keyword="k", position=0), Sink(call, "x", SinkForm.ATTRIBUTE))

    def header(self, name: str) -> bool:
        return True


def check(source: str) -> None:
    found = read(source, "a.py", Greedy())
    for definition in found.definitions:
        text = slice_of(source, definition.place)
        if definition.contiguous:
            assert text == definition.secret.reveal()
    places = [use.place for use in found.uses] + [binding.place for binding in found.bindings]
    for place in places:
        assert (place.line, place.column) < (place.end_line, place.end_column)


VOCABULARY = """
x y self os openai key headers f r b rf lambda def class if else elif for in while try except finally with as
import from return yield await async not and or is None match case global nonlocal del raise pass
( ) [ ] { } : ; , . = == := + % * ** -> @ ! # \\ {x {{ }} " ' f" f' 'KEY-' f'{x}' 0 1.5 é 𝒳 os.environ .get( (a:=
"""
SPACES = ["\n", "\n ", "\n  ", "\r\n", "\r", "\t", "\x0c", " ", "\ufeff", '"""', "'''", 'f"""', '"a\\n"', "b'\\xff'"]
WORDS = st.sampled_from([*VOCABULARY.split(), *SPACES])


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=30))
def test_anything_is_read_or_refused(words: list[str]) -> None:
    check(" ".join(words))
    check("".join(words))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_python_is_read_or_refused(data: st.DataObject) -> None:
    table = [source for source, *_ in [*VALUES, *ONE, *PUT_TOGETHER, *HEADERS, *BINDINGS, *ENV, *ROLES]]
    parts = data.draw(st.lists(st.sampled_from(table), min_size=1, max_size=3))
    source = IMPORTS + "\n".join(parts)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(source)))
        cut = data.draw(st.integers(0, 4))
        source = source[:at] + data.draw(st.sampled_from(["", "(", "\n", '"', "x", "{", " "])) + source[at + cut :]
    check(source)


@given(st.text(string.printable + "é𝒳\ufeff\x85\u2028", max_size=40), st.sampled_from(['"', "'", '"""', "'''"]))
def test_a_literal_reads_as_python_reads_it(text: str, quote: str) -> None:
    source = f"x = {quote}{text}{quote}\n"
    try:
        expected: object = eval(compile(source[4:].rstrip("\n"), "x", "eval"), {"__builtins__": {}})
    except (SyntaxError, ValueError, NameError, TypeError, SyntaxWarning, DeprecationWarning):
        return
    if isinstance(expected, str) and expected:
        found = read(source, "a.py", Greedy())
        if found.problem is None:
            assert found.definitions[0].secret.reveal() == expected
