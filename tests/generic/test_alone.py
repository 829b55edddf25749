"""A single secret in a file is enough for the file to be read, in whatever language it is bound and whatever it is made of."""

import hashlib
import sys
from pathlib import Path

import pytest

from keylint.engine.sniff import Sniffer
from keylint.generic.reading import secrets
from keylint.match import Matcher
from keylint.model import Confidence
from keylint.registry import Registry

sys.path.insert(0, str(Path(__file__).parent))
from test_numbers import FOUND as NUMBERS

VALUES = {
    "hex": hashlib.md5(b"alone", usedforsecurity=False).hexdigest(),
    "long hex": hashlib.sha256(b"alone").hexdigest(),
    "mixed": "kQ22d6B2" + "vT58c4X0802z2W6",
    "word": "falcon" + "2231",
    "chosen": "Falcon" + "2231!",
    "accents": "Straße" + "-kd92x!",
    "another script": "Зима" + "-kd92x!",
}
SECRETS = {
    "a.R": ["api_key <- '{}'"],
    "a.c": ["static const char secret_key[] = '{}';", "const char *secret_key = '{}';"],
    "b.c": ["h = curl_slist_append(h, 'X-Auth-Token: {}');"],
    "a.rs": ["const API_KEY: &str = '{}';"],
    "a.ts": ["const apiKey: string = '{}';", "class A {{{{ private readonly apiKey: string = '{}'; }}}}"],
    "a.js": ["const token = process.env.TOKEN || '{}';", "const token = process.env.TOKEN ?? '{}';"],
    "a.rb": ["TOKEN = ENV['TOKEN'] || '{}'"],
    "a.pl": ["my $token = $ENV{{T}} || '{}';"],
    "a.php": ["<?php\nif ($_GET['key'] !== '{}') die();"],
    "a.lua": ["if args.key ~= '{}' then ngx.exit(403) end"],
    "a.py": [
        "token: Optional[str] = '{}'",
        "token: str = '{}'",
        "p.add_argument('--api-key', dest='api_key', default='{}')",
        "PRIVATE_KEYS = {{\n    'eu': '{}',\n}}",
        "C = '''\n[db]\napi_token = {}\n'''",
    ],
    "a.go": ["package a\nvar s = `[db]\ntoken = {}\n`"],
    "b.php": ["<?php $s = <<<EOT\napi_key: {}\nEOT;\n"],
    "b.rb": ["x = <<~EOT\n  api_key: {}\nEOT\n"],
    "nginx.conf": ["location / {{\n  proxy_set_header Authorization 'Bearer {}';\n}}"],
    "a.toml": ["api_key = '{}'"],
    "Dockerfile": ["FROM x\nENV SECRET_KEY {}", "FROM x\nENV SECRET_KEY={}"],
    "Makefile": ["API_KEY := {}", "API_KEY = {}"],
    "a.yml": ["tokens:\n  - {}", "api_key: {}"],
    ".npmrc": ["//npm.example.test/:_authToken={}"],
}
PASSWORDS = {
    "a.R": ["password <- '{}'"],
    "a.rs": ["fn m() {{ let password = '{}'; }}", "fn m() {{ let password: String = '{}'.to_string(); }}"],
    "a.ts": ["const password: string = '{}';"],
    "a.kt": ["val password: String = '{}'"],
    "a.swift": ["let password: String = '{}'"],
    "a.scala": ["object A {{ val password: String = '{}' }}"],
    "a.go": ["package a\nvar password string = '{}'"],
    "a.php": ["<?php\n$this->password = '{}';", "<?php\n$password = '{}';"],
    "a.py": ["c = connect('host=pg user=a password={}')", "psk = '{}'", "contraseña = '{}'"],
    "a.cs": ["class A {{ string c = 'Server=.;User ID=sa;Password={}'; }}"],
    "a.xml": [
        "<c><password>{}</password></c>",
        "<c><db_password>{}</db_password></c>",
        "<c><password><![CDATA[{}]]></password></c>",
        "<c keystorePass='{}'/>",
    ],
    "Makefile": ["DB_PASSWORD ?= {}"],
    "a.env": ["PASS={}", "DB_PASSWORD={}"],
    "a.json": ["{{'db_password': '{}'}}"],
}
_DOUBLE = (".c", ".rs", ".kt", ".swift", ".scala", ".go", ".cs", ".json")
FILES = {
    f"{path} {template} {kind}": (path, template.replace("'", '"') if path.endswith(_DOUBLE) else template, value)
    for table, kinds in ((SECRETS, ("hex", "long hex", "mixed")), (PASSWORDS, tuple(VALUES)))
    for path, templates in table.items()
    for template in templates
    for kind, value in VALUES.items()
    if kind in kinds
}


@pytest.fixture(scope="module")
def sniffer(tmp_path_factory: pytest.TempPathFactory) -> Sniffer:
    cache = str(tmp_path_factory.mktemp("alone"))
    registry = Registry(cache_dir=cache)
    return Sniffer(Matcher(registry.expressions, cache), registry, None, cache)


def test_a_single_secret_is_found(sniffer: Sniffer) -> None:
    unread, unfound = set(), set()
    for name, (path, template, value) in FILES.items():
        content = template.format(value) + "\n"
        sniffed = sniffer.look(path, content.encode())
        if sniffed is None or not sniffed.secrets:
            unread.add(name)
        found = {
            d.secret.reveal() for d in secrets(path, content, lambda _: False) if d.confidence is not Confidence.LOW
        }
        if value not in found:
            unfound.add(name)
    assert unread == set()
    assert unfound == set()


def test_an_array_of_bytes_is_read(sniffer: Sniffer) -> None:
    looks = {path: sniffer.look(path, (content + "\n").encode()) for path, content in NUMBERS.items()}
    assert {path for path, look in looks.items() if look is None or not look.secrets} == set()
