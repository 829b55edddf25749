"""What files of every type hold: which values, under which names, at which places."""

import base64
import json
import sys
from pathlib import Path

import pytest

from keylint.generic.reading import secrets
from keylint.model import Confidence, Definition

sys.path.insert(0, str(Path(__file__).parent))
from shapes import VALUE

CHOSEN = "Tr4-vkq9Wm"
OTHER = "uX6-pgn2Hd"
PAIR = base64.b64encode(f"bob:{CHOSEN}".encode()).decode()
ENCODED = base64.b64encode(CHOSEN.encode()).decode()
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "source": ["import x\n", 'password = "«Tr4-vkq9Wm»"\n'],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["token: «token»\n"]}],
            "metadata": {},
            "execution_count": 1,
        },
        {"cell_type": "markdown", "source": ["Authorization: Bearer «token»"], "metadata": {}},
    ],
    "metadata": {"kernelspec": {"language": "python", "name": "python3", "display_name": "x"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}

FILES = {
    "app.yaml": "db:\n  user: bob\n  password: «pw»\n",
    "quoted.yml": "db: {user: bob, password: '«pw»'}\n",
    "scalar.yaml": "a: 1\ntoken: >-\n  «token»\n",
    "lines.yaml": "token: |\n  «token»\n",
    "embedded.yaml": "conf: |\n  [db]\n  password = «pw»\n  x = 1\n",
    "json.yaml": 'conf: |\n  {"a": 1,\n   "api_key": "«token»"}\n',
    "anchor.yaml": "base: &base\n  password: &p «pw»\nlive:\n  <<: *base\ntest:\n  password: *p\n",
    "documents.yaml": "a:\n  password: «pw»\n---\nb:\n  password: «pw»\n",
    "list.yaml": "passwords:\n  - «pw»\n  - «other»\n",
    "names.yaml": "env:\n  - name: DB_PASSWORD\n    value: «pw»\n  - name: DB_USER\n    value: bob\n",
    "windows.yaml": "a: \u00e4\r\npassword: «pw»\r\n",
    "secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  token: «token»\n",
    "compose.yml": "services:\n  db:\n    environment:\n      - MYSQL_PASSWORD=«pw»\n      - URL=mysql://bob:«other»@db/x\n"
    "    command: redis-server --requirepass «pw»\n",
    ".github/workflows/ci.yml": "jobs:\n  a:\n    env:\n      TOKEN: «token»\n    steps:\n"
    "      - run: curl -u bob:«pw» https://example.com/\n",
    "app.json": '{\n "db": {"user": "bob", "password": "«pw»"},\n "env": [{"name": "API_TOKEN", "value": "«token»"}]\n}',
    "string.json": json.dumps({"x": '{"password": "«pw»"}'}, ensure_ascii=False),
    "broken.json": '{"password": "«pw»",,}',
    "comments.jsonc": '{\n // db\n "password": "«pw»"}',
    ".docker/config.json": '{"auths": {"r.example.com": {"auth": "«pair»"}}}',
    "app.toml": '[db]\nuser = "bob"\npassword = "«pw»"\n',
    "app.ini": "[db]\nuser = bob\npassword = «pw»\n",
    "app.cfg": "[db]\npassword: «pw»\n",
    ".env": "DB_USER=bob\nDB_PASSWORD=«pw»\nexport API_TOKEN='«token»'\n",
    "app.properties": "db.user=bob\ndb.password=«pw»\n",
    ".npmrc": "//registry.example.com/:_authToken=«token»\n",
    ".pypirc": "[pypi]\nusername = bob\npassword = «pw»\n",
    ".netrc": "machine example.com login bob password «pw»\n",
    "app.service": "[Service]\nEnvironment=DB_PASSWORD=«pw»\n",
    "app.xml": "<c>\n <db password='«pw»'/>\n <token>«token»</token>\n <entry key='password'>«pw»</entry>\n"
    " <property name='password' value='«other»'/></c>",
    "web.config": '<add name="x" connectionString="Server=x;User Id=b;Password=«pw»;" />',
    "Dockerfile": "FROM x\nENV DB_PASSWORD=«pw»\nENV API_TOKEN «token»\nARG PASSWORD=«other»\nRUN curl -u bob:«pw» https://example.com/\n",
    "main.tf": 'variable "db_password" {\n  default = "«pw»"\n}\nresource "x" "y" {\n  password = "«other»"\n}\n',
    "terraform.tfvars": 'db_password = "«pw»"\n',
    "run.sh": "export DB_PASSWORD=«pw»\nmysql -u root -p«other» shop\n",
    "setup.sql": "CREATE USER bob IDENTIFIED BY '«pw»';\n",
    "README.md": "# x\n\n```sh\ncurl -H 'Authorization: Bearer «token»' x.example\n```\n\n    export DB_PASSWORD=«pw»\n",
    "guide.rst": "x::\n\n    password = '«pw»'\n",
    "index.html": "<input type='hidden' name='token' value='«token»'>\n<script>\nconst apiKey = '«token»';\n</script>",
    "headers.log": "12:00 DEBUG headers: {'Authorization': 'Bearer «token»', 'Host': 'x'}\n",
    "hadoop.xml": "<c><property><name>fs.s3a.secret.key</name><value>«token»</value></property></c>\n",
    "web.xml": "<c><context-param><param-name>apiKey</param-name>\n<param-value>«token»</param-value></context-param></c>\n",
    "context.xml": '<b><property name="secretKey">\n <value>«token»</value></property></b>\n',
    "parameters.json": '{"parameters": {"adminPassword": {"value": "«pw»"}, "size": {"value": "Standard_D2"}}}\n',
    "parameters.yaml": "parameters:\n  adminPassword:\n    value: «pw»\n  size:\n    value: Standard_D2\n",
    "res/values/strings.xml": '<resources>\n<string name="google_api_key">«token»</string>\n'
    '<string name="password">Passwort1</string><string name="hint">Enter a password</string></resources>\n',
    "app.log": "2026-01-01 INFO user=bob password=«pw» ok\n2026-01-01 INFO user=bob password=«pw» ok\n",
    "app.py": '\nconnect(password="«pw»")\nAPI_TOKEN = "«token»"\nsend("Authorization: Bearer «token»")\nurl = "https://bob:«other»@example.com/"\n',
    "app.js": 'const apiKey = "«token»";\nconnect({ password: "«pw»" });\n',
    "app.go": 'var password = "«pw»"\n',
    "notes.xyz": "password = «pw»\n",
    "notes": "password = «pw»\n",
}  # fmt: skip
"""Files in which each `«…»` marks a value that is to be found."""


def written(marked: str) -> tuple[str, list[tuple[str, int, int]]]:
    """Return a file without its marks, and (value, line, column) of each value that is marked."""
    for name, value in (("pw", CHOSEN), ("other", OTHER), ("token", VALUE), ("pair", PAIR), ("Tr4-vkq9Wm", CHOSEN)):
        marked = marked.replace(f"«{name}»", f"«{value}»")
    expected = []
    for number, line in enumerate(marked.replace("\r\n", "\n").split("\n"), 1):
        for count, part in enumerate(line.split("«")[1:]):
            column = len("«".join(line.split("«")[: count + 1]).replace("«", "").replace("»", "")) + 1
            expected.append((part.partition("»")[0], number, column))
    return marked.replace("«", "").replace("»", ""), expected


def read(path: str, content: str) -> tuple[Definition, ...]:
    return secrets(path, content, lambda value: False)


@pytest.mark.parametrize("path", FILES)
def test_every_value_is_found_where_it_stands(path: str) -> None:
    content, expected = written(FILES[path])
    assert expected
    found = read(path, content)
    assert [(d.secret.reveal().strip(), d.place.line, d.place.column) for d in found] == expected
    assert all(d.place.end_column == d.place.column + len(d.secret.reveal().strip()) for d in found)
    assert all(d.place.path == path for d in found)
    assert {d.confidence for d in found} <= {Confidence.HIGH, Confidence.MEDIUM}


def test_values_of_a_notebook_stand_in_their_cells() -> None:
    content, expected = written(json.dumps(NOTEBOOK, indent=1, ensure_ascii=False))
    found = read("book.ipynb", content)
    assert sorted(d.secret.reveal() for d in found) == sorted(value for value, _, _ in expected)
    for definition in found:
        cell = NOTEBOOK["cells"][(definition.place.cell or 0) - 1]
        texts = [cell["source"], *(output["text"] for output in cell.get("outputs", ()))]
        lines = [written("".join(text))[0].split("\n") for text in texts]
        place = definition.place
        shown = [
            each[place.line - 1][place.column - 1 : place.end_column - 1] for each in lines if len(each) >= place.line
        ]
        assert definition.secret.reveal() in shown


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("app.yaml", ["db.password"]),
        ("names.yaml", ["env[0].DB_PASSWORD"]),
        ("app.json", ["db.password", "env[0].API_TOKEN"]),
        ("app.toml", ["db.password"]),
        (".env", ["DB_PASSWORD", "API_TOKEN"]),
        ("main.tf", ["variable.db_password", "resource.x.y.password"]),
        ("Dockerfile", ["ENV.DB_PASSWORD", "ENV.API_TOKEN", "ARG.PASSWORD", "RUN.bob"]),
        ("app.js", ["apiKey", "password"]),
        ("README.md", ["Bearer", "DB_PASSWORD"]),
    ],
)
def test_a_value_has_the_name_that_its_language_gives_it(path: str, names: list[str]) -> None:
    content, _ = written(FILES[path])
    assert [d.name for d in read(path, content)] == names


def test_a_value_in_base64_stands_where_its_base64_does() -> None:
    content = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: {ENCODED}\n"
    [definition] = read("secret.yaml", content)
    assert (definition.secret.reveal(), definition.place.line, definition.place.column) == (CHOSEN, 6, 13)
    assert not definition.contiguous


def test_a_value_in_parts_is_one() -> None:
    [definition] = read("app.py", f'api_key = ("{VALUE[:8]}"\n           "{VALUE[8:]}")\n')
    assert (definition.secret.reveal(), definition.place.line, definition.contiguous) == (VALUE, 1, False)


COMMENTED = {
    "app.py": f'# password = "{CHOSEN}"\n',
    "app.js": f'// password: "{CHOSEN}"\n',
    "docs.py": f'"""Connect.\n\n    curl -u bob:{CHOSEN} https://example.com/\n"""\n',
}


@pytest.mark.parametrize("path", COMMENTED)
def test_a_comment_and_an_example_are_less_sure(path: str) -> None:
    [definition] = read(path, COMMENTED[path])
    assert definition.confidence is Confidence.MEDIUM


def test_in_test_code_a_password_is_more_than_a_word() -> None:
    content = f'connect(password="marmalade")\nconnect(password="{CHOSEN}")\n'
    sure = [
        [d.secret.reveal() for d in read(path, content) if d.confidence is not Confidence.LOW]
        for path in ("app.py", "tests/app.py")
    ]
    assert sure == [["marmalade", CHOSEN], [CHOSEN]]


@pytest.mark.parametrize(
    "path",
    [
        "translations/de.json", "locales/en.yaml", "app/i18n/fr.json", "strings.json", "de.json", "messages_de.properties",
        "de.po",
        "package-lock.json", "poetry.lock", "yarn.lock", "pnpm-lock.yaml", "go.sum", "SHA256SUMS", "app.min.js", "app.js.map",
        "style.css", "logo.svg", "server.pem",
    ],
)  # fmt: skip
def test_catalogues_and_lock_files_are_left_alone(path: str) -> None:
    assert read(path, json.dumps({"password": CHOSEN, "token": VALUE}, indent=1)) == ()


@pytest.mark.parametrize(
    "path", ["db.json", "ci.yml", "qa.yaml", "config/db.yml", "language.json", "locked.json", "locale.py"]
)
def test_other_files_are_not(path: str) -> None:
    assert read(path, f'password = "{CHOSEN}"\n')


def test_a_minified_script_is_left_alone() -> None:
    line = f'apiKey="{VALUE}";'
    assert len(read("app.js", line + "a();" * 10)) == 1
    assert read("app.js", line + "a();" * 6000) == ()


def test_a_catalogue_of_messages_has_no_special_name() -> None:
    words = {f"label_{n}": f"Some text number {n}" for n in range(20)}
    labels = {"a": {"password": "Losung"}, "b": {"password": "Parole"}, "c": {"password": "Kodewort"}}
    found = read("ui.json", json.dumps(words | labels | {"real": {"password": CHOSEN}}, indent=1))
    assert [d.secret.reveal() for d in found] == [CHOSEN]
    assert len(read("ui.json", json.dumps(labels, indent=1))) == 3


def test_what_is_known_is_left_to_others() -> None:
    content = f"password: {CHOSEN}\ntoken: {VALUE}\n"
    assert [d.name for d in secrets("a.yaml", content, {VALUE}.__contains__)] == ["password"]


def test_none_of_many_is_lost() -> None:
    content = "".join(f"password_{n}: {CHOSEN}{n}\n" for n in range(1_200))
    assert len(read("a.yaml", content)) == 1_200


NOTHING = ["", "\n", "\ufeff", "password", "password:", "password = ", '{"password":', "\0", "<password>", "'" * 50]


@pytest.mark.parametrize("path", [*FILES, "x.php", "x.rb", "x.kt", "x.vue", "x.csv", "x.tex"])
@pytest.mark.parametrize("content", NOTHING)
def test_files_with_nothing_in_them(path: str, content: str) -> None:
    assert read(path, content) == ()
