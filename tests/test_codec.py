"""The codec of the result cache: facts come back as they were, sealed ones only to those who have the content."""

import dataclasses
import enum
import sys
import types
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint import readers
from keylint.catalogue.fake import expand
from keylint.engine import codec
from keylint.engine.reading import _EveryValue
from keylint.engine.seal import Sealer
from keylint.model import Arguments, FileFacts, Function, Hidden, Literal, Secret, Shown, Stripped, Value

FILES = {
    "a.py": "import os, openai\nfrom b import KEY as K\n\nclass Settings(Base):\n    key: str = os.environ['OPENAI_API_KEY']\n"
    "def make(key, *, other=None):\n    return openai.OpenAI(api_key=(key or other).strip())\n"
    "D = {'a': K, 'b': f'{K}/v1'}\nmake(D['a'], other='{fake:openai-project-key}')\nos.environ['X'] = 'y'\n"
    "with open('c.yaml') as f:\n    V = yaml.safe_load(f)\nrequests.get(URL, headers={'Authorization': 'Bearer ' + V['k']})\n",
    ".env": 'A=1\nexport B="{fake:github-classic-pat}"\nC=${A}x\nD=\'a\n',
    "compose.yaml": "services:\n  web:\n    env_file: .env\n    environment:\n      K: {fake:stripe-secret-key-live}\n",
    "c.yaml": "a: {b: [x, {c: '{fake:jwt}'}]}\n---\nkind: Secret\napiVersion: v1\ndata: {K: eHh4}\n",
    "c.json": '{"a": ["\\ud800", "{fake:pypi-api-token}"], "b": {"c": ""}}',
    "Dockerfile": "FROM x\nENV K={fake:slack-bot-token}\nRUN curl -H 'Authorization: Bearer y'\n",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES)
def test_facts_of_files_come_back(path: str) -> None:
    name = readers.reader_for(path)
    assert name is not None
    facts = readers.read(name, expand(FILES[path]), path, _EveryValue())
    packed = codec.encode(facts)
    assert packed is not None
    assert facts != FileFacts(path)
    assert codec.decode(packed) == facts
    assert [d.secret.masked for d in codec.decode(packed).definitions] == [d.secret.masked for d in facts.definitions]


def strategy(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    """Return values of an annotation of the model."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        leaves = [a for a in arguments if not dataclasses.is_dataclass(a) or a in (Function, Literal)]
        return st.one_of([strategy(a, depth) for a in (arguments if depth else leaves)])
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(strategy(arguments[0], depth - 1), max_size=2 if depth > 0 else 0).map(tuple)
    if origin is tuple:
        return st.tuples(*(strategy(a, depth) for a in arguments))
    if origin is frozenset:
        return st.frozensets(strategy(arguments[0], depth), max_size=3)
    if kind is Secret:
        return st.builds(Secret, st.text(max_size=20), st.none() | st.text(max_size=5))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    if dataclasses.is_dataclass(kind):
        return instances(kind, depth)
    return {str: st.text(max_size=8), int: st.integers(), bool: st.booleans(), type(None): st.none()}[kind]


def instances(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]) | {"Value": Value} | vars(codec.flow))
    fields = [
        f for f in dataclasses.fields(kind) if f.name != "judgement" and (depth > 0 or f.default is dataclasses.MISSING)
    ]
    return st.builds(kind, **{f.name: st.deferred(lambda f=f: strategy(hints[f.name], depth - 1)) for f in fields})


@settings(max_examples=150, deadline=None)
@given(st.deferred(lambda: instances(FileFacts, 4)))
def test_any_facts_come_back(facts: FileFacts) -> None:
    packed = codec.encode(facts)
    assert packed is not None
    assert codec.decode(packed) == facts


def test_what_is_shared_is_written_once_and_depth_is_no_harm() -> None:
    value: Any = Function("f")
    for _ in range(5_000):
        value = Stripped(Shown(Hidden(value)))
    shared: Any = Function("g")
    for _ in range(60):  # 2 ** 60 values, if they were not shared
        shared = codec.flow.Choice((shared, shared))
    call = codec.facts.Call("f", Arguments((value, shared)), codec.place.Place("a.py", 1, 1, 1, 2))
    packed = codec.encode(FileFacts("a.py", calls=(call,)))
    assert packed is not None
    assert len(packed) < 1_000_000
    again = codec.encode(codec.decode(packed))
    assert again == packed


def test_what_has_no_place_in_the_table_is_not_kept() -> None:
    assert codec.encode(FileFacts("a.py", problem=object())) is None  # type: ignore[arg-type]


@given(st.binary(max_size=400), st.binary(max_size=400), st.binary(max_size=40))
def test_only_the_content_unseals(plain: bytes, content: bytes, other: bytes) -> None:
    sealer = Sealer(b"k" * 32)
    hidden = sealer.seal(plain, content)
    assert sealer.unseal(hidden, content) == plain
    assert sealer.seal(plain, content) != hidden
    if other != content:
        assert sealer.unseal(hidden, other) is None
    assert Sealer(b"l" * 32).unseal(hidden, content) is None
    assert sealer.unseal(hidden[:-1], content) is None
    assert sealer.unseal(other, content) is None
