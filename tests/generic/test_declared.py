"""What single languages and libraries bind in a way of their own, each alone in a file."""

import sys
from pathlib import Path

import pytest

from keylint.engine.sniff import Sniffer
from keylint.generic.reading import secrets
from keylint.match import Matcher
from keylint.model import Confidence
from keylint.registry import Registry

sys.path.insert(0, str(Path(__file__).parent))
from shapes import VALUE

CHOSEN = "Tr4-vkq9Wm"
FOUND = [
    ("a.vb", 'Private Const Password As String = "<chosen>"'),
    ("b.vb", 'Dim apiKey As New String = "<value>"'),
    ("a.clj", '(def api-key "<value>")'),
    ("b.clj", '(def db {:host "db" :user "shop" :password "<chosen>"})'),
    ("a.edn", '{:db/password "<chosen>"}'),
    ("a.el", '(defvar my-api-token "<value>")'),
    ("a.exs", '@api_key "<value>"'),
    ("build.gradle", r'buildConfigField "String", "API_KEY", "\"<value>\""'),
    ("build.gradle.kts", r'buildConfigField("String", "API_KEY", "\"<value>\"")'),
    ("b.gradle", 'resValue "string", "maps_api_key", "<value>"'),
    ("a.m", '[request setValue:@"<value>" forHTTPHeaderField:@"X-API-Key"];'),
    ("b.m", '[params setObject:@"<value>" forKey:@"token"];'),
    ("a.cpp", 'void f() { QString passwd("<chosen>"); std::string other("x"); }'),
    ("b.cpp", 'std::string api_token{"<value>"};'),
    ("a.dart", "var t = String.fromEnvironment('API_TOKEN', defaultValue: '<value>');"),
    ("a.rs", 'let key = env::var("API_KEY").unwrap_or_else(|_| "<value>".into());'),
    ("b.rs", '#[clap(long, env = "MY_TOKEN", default_value = "<value>")]\nstruct A {}'),
    ("a.py", 'body = "<login><password><chosen></password></login>"'),
]
LEFT_ALONE = [
    ("a.vb", 'Private Const PasswordLabel As String = "<chosen>"'),
    ("a.clj", '(def api-key (env :api-key))\n(println :password "is wrong")'),
    ("a.exs", '@moduledoc "Tokens and passwords"\n@token_type "Bearer"'),
    ("build.gradle", 'buildConfigField "String", "API_URL", "https://example.com/v1"'),
    ("a.m", '[request setValue:@"application/json" forHTTPHeaderField:@"Content-Type"];'),
    ("a.cpp", 'QLabel password("Password"); QString token("changeme");'),
    ("a.rs", 'let key = env::var("API_KEY").unwrap_or_else(|_| "your-api-key".into());'),
]


def spelled(source: str) -> str:
    return source.replace("<value>", VALUE).replace("<chosen>", CHOSEN) + "\n"


def values(path: str, source: str) -> set[str]:
    found = secrets(path, spelled(source), lambda _: False)
    return {each.secret.reveal().strip('"') for each in found if each.confidence is not Confidence.LOW}


@pytest.mark.parametrize(("path", "source"), FOUND)
def test_it_is_found(path: str, source: str) -> None:
    assert values(path, source) == {VALUE if "<value>" in source else CHOSEN}


@pytest.mark.parametrize(("path", "source"), LEFT_ALONE)
def test_what_only_looks_like_it_is_none(path: str, source: str) -> None:
    assert values(path, source) == set()


def test_its_file_is_read(tmp_path: Path) -> None:
    registry = Registry(cache_dir=str(tmp_path))
    sniffer = Sniffer(Matcher(registry.expressions, str(tmp_path)), registry, None, str(tmp_path))
    looks = {(path, source): sniffer.look(path, spelled(source).encode()) for path, source in FOUND}
    assert {shape for shape, look in looks.items() if look is None or not look.secrets} == set()
