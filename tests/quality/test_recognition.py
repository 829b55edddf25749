"""Every kind of key is found where it stands: in code, settings, URLs and prose, at the exact characters, by the real path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from keylint import engine
from keylint.catalogue.fake import expand, fake
from keylint.catalogue.load import builtin
from keylint.config import Config
from keylint.engine.sniff import Sniffer, Wanted
from keylint.match import Matcher
from keylint.model import KeyKind
from keylint.registry import Registry

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
CATALOGUE = builtin()
KINDS = list(CATALOGUE.kinds.values())


class Way(NamedTuple):
    """A way in which a key stands in a file: `write(name, key)` returns what is before it, the key as written, the rest."""

    suffix: str
    write: Callable[[str, str], tuple[str, str, str]]
    alone: bool = False
    """Nothing there says what the key is: only kinds with a mark of their own can be found."""
    told: bool = False
    """The name is one that tells the kind, and no variable."""


def quoted(key: str) -> str:
    return json.dumps(key)[1:-1]


def plain_or_quoted(key: str) -> tuple[str, str, str]:
    return ("", key, "") if re.fullmatch(r"[A-Za-z][\w.-]*", key) else ('"', quoted(key), '"')


def in_python(name: str, key: str) -> tuple[str, str, str]:
    quote = '"""' if "\n" in key else '"'
    return f"import os\n\n{name} = {quote}", key, f"{quote}\n"


def in_a_call(_name: str, key: str) -> tuple[str, str, str]:
    quote = '"""' if "\n" in key else '"'
    return f"from acme import connect\n\nsession = connect({quote}", key, f"{quote}, 3)\n"


def in_dotenv(name: str, key: str) -> tuple[str, str, str]:
    quote = '"' if re.search(r"[\s#$]", key) else ""
    return f"DEBUG=1\n{name}={quote}", key, f"{quote}\n"


def in_yaml(name: str, key: str) -> tuple[str, str, str]:
    before, written, behind = plain_or_quoted(key)
    return f"service:\n  debug: true\n  {name}: {before}", written, f"{behind}\n  port: 80\n"


def in_settings(name: str, key: str) -> tuple[str, str, str]:
    before, written, behind = plain_or_quoted(key)
    return f"debug: true\n{name.lower()}: {before}", written, f"{behind}\nport: 80\n"


def in_json(name: str, key: str) -> tuple[str, str, str]:
    return f'{{\n  "debug": true,\n  "{name}": "', quoted(key), '"\n}\n'


def in_a_url(_name: str, key: str) -> tuple[str, str, str]:
    return 'import acme\n\nURL = "https://api.example.org/v1/items?page=2&key=', key, '&sort=up"\n'


def in_prose(_name: str, key: str) -> tuple[str, str, str]:
    return "# Setting up\n\nThe staging system wants ", key, " and nothing else.\n"


WAYS = {
    "python": Way(".py", in_python),
    "call": Way(".py", in_a_call, alone=True),
    "dotenv": Way(".env", in_dotenv),
    "yaml": Way(".yaml", in_yaml),
    "settings": Way(".yml", in_settings, told=True),
    "json": Way(".json", in_json),
    "url": Way(".py", in_a_url, alone=True),
    "prose": Way(".md", in_prose, alone=True),
}

NAMED = {"python", "dotenv", "yaml", "settings", "json"}

# Where a kind is not found, or not at exactly its characters: why, in which ways, which kinds.
EXCEPTIONS: list[tuple[str, set[str], set[str]]] = [
    ("it is a query string: what follows in the URL is part of it", {"url"}, {"azure-sas-token"}),
    ("it holds blanks: the words behind it are taken for more of it", {"prose"}, {"fly-access-token"}),
    ("nothing but small letters: taken for words", NAMED, {"cloudant-password"}),
    ("the private key inside of it is found, as one", NAMED, {"google-service-account-json"}),
    ("it stands for the keys that specifications show, and no name tells it", NAMED, {"specification-sample"}),
    ("a JSON object in a text is no value of a known name", NAMED, {"jwk-private"}),
    (
        "not quoted, and no digit where one is looked for: taken for an expression",
        {"settings"},
        {"azure-devops-pat-legacy", "sumologic-access-id"},
    ),
]  # fmt: skip


class Span(NamedTuple):
    line: int
    column: int
    end_line: int
    end_column: int


def name_of(kind: KeyKind, told: bool) -> str:
    """Return a name that such a key is bound to: one of its variables, or a name that tells the kind."""
    variables = [env.name for env in CATALOGUE.env.values() if kind.id in env.accepts]
    names = [*kind.context_names, *variables] if told else [*variables, *kind.context_names]
    return (names or [f"{kind.id}-value"])[0].upper().replace("-", "_")


def span_of(before: str, written: str) -> Span:
    start, end = before, before + written
    return Span(
        start.count("\n") + 1,
        len(start) - start.rfind("\n"),
        end.count("\n") + 1,
        len(end) - end.rfind("\n"),
    )


def expected(way: Way) -> Iterator[KeyKind]:
    return (kind for kind in KINDS if not (way.alone and kind.context))


def amiss(directory: Path) -> dict[tuple[str, str], str]:
    """What was not found, by way and kind; all forms of all kinds are checked in one run for each way."""
    home = directory / "home"
    home.mkdir()
    (home / "pepper").write_text(json.dumps({"id": "tests", "pepper": "the pepper of these tests of recognition"}))
    config = Config(cache_dir=str(home / "cache"), pepper_file=str(home / "pepper"))
    missed: dict[tuple[str, str], str] = {}
    for name, way in WAYS.items():
        root = directory / name
        root.mkdir()
        spans = {path: (kind, span) for kind in expected(way) for path, span in written(kind, way, root)}
        found = kinds_found(root, config)
        for path, (kind, span) in spans.items():
            here = found.get(path, {})
            if kind.id not in here.get(span, ()):
                missed[name, kind.id] = f"{name}: {path}: {span} is to be {kind.id}; found: {here or 'nothing'}"
    return missed


def written(kind: KeyKind, way: Way, root: Path) -> Iterator[tuple[str, Span]]:
    """Write a file for each form of a kind; yield its name and where the key stands in it."""
    for form in range(len(kind.forms)):
        before, key, behind = way.write(name_of(kind, way.told), fake(kind.id, form + 1, form=form))
        path = f"{kind.id}.{form}{way.suffix}"
        (root / path).write_text(before + key + behind)
        yield path, span_of(before, key)


def kinds_found(root: Path, config: Config) -> dict[str, dict[Span, tuple[str, ...]]]:
    """Return path -> place -> kinds of everything that a run calls a key."""
    report = engine.check(engine.request((str(root),), as_of=AS_OF, root=str(root)), config)
    found: dict[str, dict[Span, tuple[str, ...]]] = {}
    for place, judgement in ((d.place, d.judgement) for key in report.keys for d in key.definitions):
        span = Span(place.line, place.column, place.end_line, place.end_column)
        found.setdefault(place.path, {})[span] = judgement.kinds
    return found


def test_every_key_is_found_where_it_stands(tmp_path: Path) -> None:
    missed = amiss(tmp_path)
    excepted = {(way, kind) for _, ways, kinds in EXCEPTIONS for way in ways for kind in kinds}
    assert [text for place, text in missed.items() if place not in excepted] == []
    assert excepted - set(missed) == set(), "found now: no exception any more"


def test_exceptions_are_of_kinds_that_exist() -> None:
    assert set().union(*(kinds for _, _, kinds in EXCEPTIONS)) <= set(CATALOGUE.kinds)


@pytest.fixture(scope="module")
def sniffer(tmp_path_factory: pytest.TempPathFactory) -> Sniffer:
    cache = str(tmp_path_factory.mktemp("sniffer"))
    registry = Registry(cache_dir=cache)
    return Sniffer(Matcher(registry.expressions, cache), registry, None, cache)


@pytest.mark.parametrize(
    ("path", "text", "is_read"),
    [
        ("app.py", 'STORAGE_KEY = "core.config_entries"', False),
        ("app.py", 'STORAGE_KEY = "{fake:azure-storage-key-legacy}"', True),
        ("app.py", 'datadog_api_key = "{fake:datadog-api-key}"', True),
        ("app.py", 'datadog_api_key = "{fake:datadog-api-key!truncated=2}"', True),
        ("app.py", 'datadog_api_key = "settings.datadog.primary"', False),
        ("app.yaml", "datadog:\n  api_key: {fake:datadog-api-key}\n", True),
        ("app.yaml", "datadog:\n  api_key: vault-path/2/datadog-key\n", False),
    ],
)
def test_a_name_alone_lets_nothing_be_parsed(path: str, text: str, is_read: bool, sniffer: Sniffer) -> None:
    found = sniffer.look(path, expand(text).encode())
    assert (found is not None and found.wanted is Wanted.READ) is is_read
