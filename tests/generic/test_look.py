"""The cheap look at a file's bytes: it never passes over what reading would find."""

import sys
from pathlib import Path

import pytest

from keylint.engine.sniff import Sniffer
from keylint.generic.reading import secrets
from keylint.match import Matcher
from keylint.model import Confidence
from keylint.registry import Registry

sys.path.insert(0, str(Path(__file__).parent))
from shapes import PYTHON_FALSE_ALARMS, PYTHON_FOUND, SOURCE_FOUND, VALUE, spelled
from test_forms import FOUND, filled
from test_reading import FILES, written
from test_text import BOUND, OTHER_FORMS

# Spelled so that no look at bytes can tell them: what they are made of is not beside a quote, or is no text.
UNSEEN = {"a.txt wrapped twice", "a.md wrapped twice"}
SHAPES = {
    **{f"a.py {name}": ("a.py", spelled(source)) for name, source in PYTHON_FOUND.items()},
    **{f"{path} {name}": (path, spelled(s)) for path, sources in SOURCE_FOUND.items() for name, s in sources.items()},
    **{f"{p} {name}": (p, spelled(s[0])) for p in ("a.txt", "a.md") for name, s in (BOUND | OTHER_FORMS).items()},
    **{f"{path} {name}": (path, filled(source)) for name, (path, source) in FOUND.items()},
    **{f"{path} file": (path, written(marked)[0]) for path, marked in FILES.items()},
}


@pytest.fixture(scope="module")
def sniffer(tmp_path_factory: pytest.TempPathFactory) -> Sniffer:
    cache = str(tmp_path_factory.mktemp("look"))
    registry = Registry(cache_dir=cache)
    return Sniffer(Matcher(registry.expressions, cache), registry, None, cache)


def is_read(sniffer: Sniffer, path: str, content: str) -> bool:
    sniffed = sniffer.look(path, content.encode())
    return sniffed is not None and sniffed.secrets


def is_found(path: str, content: str) -> bool:
    return any(d.confidence is not Confidence.LOW for d in secrets(path, content, lambda value: False))


@pytest.mark.parametrize("padding", ["", "x = 1\n\n\n"], ids=["alone", "amid others"])
def test_what_reading_finds_is_read(sniffer: Sniffer, padding: str) -> None:
    around = {name: (path, padding * 40 + content + "\n" + padding * 40) for name, (path, content) in SHAPES.items()}
    if padding:
        around = {name: shape for name, shape in around.items() if shape[0].startswith(("a.", "A."))}
    found = {name for name, shape in around.items() if is_found(*shape)}
    assert len(found) > 0.9 * len(around)
    passed_over = {name for name in found if not is_read(sniffer, *around[name])}
    assert passed_over - UNSEEN == set()


def test_what_is_unseen_is_named_only_as_long_as_it_is(sniffer: Sniffer) -> None:
    assert {name for name in UNSEEN if is_read(sniffer, *SHAPES[name])} == set()


@pytest.mark.parametrize("source", PYTHON_FALSE_ALARMS.values(), ids=PYTHON_FALSE_ALARMS)
def test_most_code_is_not_read(sniffer: Sniffer, source: str) -> None:
    assert not is_read(sniffer, "a.py", source)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("app.min.js", f'apiKey="{VALUE}"'),
        ("app.js", "a();" * 6000 + f'apiKey="{VALUE}";'),
        ("package-lock.json", f'{{"token": "{VALUE}"}}'),
        ("translations/de.json", '{"password": "Kennwort2"}'),
        ("app.py", 'import os\n\npassword = os.environ["DB_PASSWORD"]\ntoken = load()\n'),
        ("app.yaml", "password: ${DB_PASSWORD}\ntoken: !vault x\nsecretRef: db\n"),
        ("README.md", "Set `password` to your password, and the token to `YOUR_TOKEN`.\n"),
        ("a.js", 'const tokenType = "Bearer"; const password = form.password.value;'),
    ],
)
def test_what_holds_no_secret_is_not_read(sniffer: Sniffer, path: str, content: str) -> None:
    assert not is_read(sniffer, path, content)


def test_a_guess_is_read_only_where_guesses_are_asked_for(tmp_path: Path) -> None:
    registry = Registry(cache_dir=str(tmp_path))
    matcher = Matcher(registry.expressions, str(tmp_path))
    content = "password: mysecretpassword\n"
    shown = [
        is_read(Sniffer(matcher, registry, None, str(tmp_path), guesses=guesses), "a.yaml", content)
        for guesses in (False, True)
    ]
    assert shown == [False, True]


def test_text_in_another_encoding_is_looked_at(sniffer: Sniffer) -> None:
    sniffed = sniffer.look("a.ps1", f'$password = "{VALUE}"\r\n'.encode("utf-16"))
    assert sniffed is not None
    assert sniffed.secrets
