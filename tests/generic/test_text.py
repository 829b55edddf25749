"""What text of no known syntax binds to the names of credentials."""

import base64
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic import text
from keylint.generic.candidate import Candidate, Form

sys.path.insert(0, str(Path(__file__).parent))
from shapes import VALUE, spelled

BOUND = {
    "blanks": ("password = <value>", "password"),
    "no blanks": ("password=<value>", "password"),
    "double quotes": ('password = "<value>"', "password"),
    "single quotes": ("password='<value>'", "password"),
    "backticks": ("apiKey = `<value>`", "apiKey"),
    "three quotes": ('password = """<value>"""', "password"),
    "short declaration": ('password := "<value>"', "password"),
    "thick arrow": ("'password' => '<value>'", "password"),
    "symbol": (":password => '<value>'", "password"),
    "thin arrow": ('"password" -> "<value>"', "password"),
    "compared": ('if password == "<value>"', "password"),
    "differs": ('if (token !== "<value>")', "token"),
    "type": ('password: str = "<value>"', "password"),
    "type of TypeScript": ('const apiKey: string = "<value>";', "apiKey"),
    "subscript": ('config["password"] = "<value>"', "password"),
    "table of Lua": ('["token"] = "<value>",', "token"),
    "bytes": ('secret_key = b"<value>"', "secret_key"),
    "Objective-C": ('apiKey = @"<value>"', "apiKey"),
    "wrapped": ('api_key: Some("<value>")', "api_key"),
    "wrapped twice": ('key = bytes(bytearray.fromhex("<value>"))', "key"),
    "macro": ('#define WIFI_PASSWORD "<value>"', "WIFI_PASSWORD"),
    "beside": ('password "<value>"', "password"),
    "in a sentence": ('The password is "<value>".', "password"),
    "bold": ("**Password**: `<value>`", "Password"),
    "list of Markdown": ("- password: <value>", "password"),
    "export": ("export API_TOKEN=<value>", "API_TOKEN"),
    "variable of a command": ("PGPASSWORD=<value> psql -h db", "PGPASSWORD"),
    "variable of a container": ("docker run -e DB_PASSWORD=<value> image", "DB_PASSWORD"),
    "setting of a chart": ("helm install x --set auth.password=<value>", "auth.password"),
    "literal of kubectl": ("kubectl create secret generic x --from-literal=password=<value>", "password"),
    "YAML": ("db:\n  password: <value>\n  port: 1", "password"),
    "YAML with a comment": ("password: <value>  # old", "password"),
    "YAML in quotes": ('password: "<value>"', "password"),
    "line ends of Windows": ("password: <value>\r\nx: y", "password"),
    "JSON": ('{"user": "bob", "password": "<value>"}', "password"),
    "JSON without blanks": ('{"user":"bob","password":"<value>"}', "password"),
    "JSON, a line each": ('{"a": 1}\n{"token": "<value>"}', "token"),
    "JSON in a string": (r'x = "{\"password\": \"<value>\"}"', "password"),
    "JSON in a string of a string": (r'x = "{\\\"password\\\": \\\"<value>\\\"}"', "password"),
    "entities": ("&quot;password&quot;: &quot;<value>&quot;", "password"),
    "entities by number": ("password=&#39;<value>&#39;", "password"),
    "INI": ("[db]\npassword = <value>\n", "password"),
    "properties": ("db.password=<value>", "db.password"),
    "npm": ("//registry.example.com/:_authToken=<value>", "_authToken"),
    "element": ("<password><value></password>", "password"),
    "element with blanks": ("<Password> <value> </Password>", "Password"),
    "element with a namespace": ("<db:password><value></db:password>", "password"),
    "attribute": ('<login user="bob" password="<value>"/>', "password"),
    "entry by its key": ('<entry key="password"><value></entry>', "password"),
    "setting by its key": ('<add key="ApiKey" value="<value>" />', "ApiKey"),
    "property by its name": ("<property name='db.password' value='<value>'/>", "db.password"),
    "property with a text": ('<property name="password"><value></property>', "password"),
    "name and value in YAML": ("- name: DB_PASSWORD\n  value: <value>", "DB_PASSWORD"),
    "name and value in JSON": ('{"name": "DB_PASSWORD", "value": "<value>"}', "DB_PASSWORD"),
    "name and value in lines of JSON": ('{\n  "name": "DB_PASSWORD",\n  "value": "<value>"\n}', "DB_PASSWORD"),
    "Key and Value": ('{"Key": "api_key", "Value": "<value>"}', "api_key"),
    "id and default": ("id: apiToken\ndefaultValue: <value>", "apiToken"),
    "array": ('passwords = ["x", "<value>"]', "passwords"),
    "tuple": ("tokens: ('<value>',)", "tokens"),
    "array in a string": (r'"{\"tokens\": [\"<value>\"]}"', "tokens"),
    "header of a key": ("X-Api-Key: <value>", "X-Api-Key"),
    "header without a scheme": ("Authorization: <value>", "Authorization"),
    "header of a command": ("curl -H 'X-Api-Key: <value>' https://api.example.com/", "X-Api-Key"),
    "query": ("https://example.com/?token=<value>", "token"),
    "query with more": ("see https://example.com/?a=1&api_key=<value>&b=2.", "api_key"),
    "query, any key": ("https://example.com/?key=<value>", "key"),
    "fragment": ("https://example.com/#access_token=<value>&x=1", "access_token"),
    "form": ("user=bob&password=<value>&x=1", "password"),
    "cookie": ("Cookie: a=b; sessionid=<value>; c=d", "sessionid"),
    "cookie that is set": ("Set-Cookie: auth_token=<value>; Path=/", "auth_token"),
    "ADO": ("Server=x;User Id=bob;Password=<value>;Encrypt=true", "Password"),
    "ODBC": ("Driver={x};Uid=bob;Pwd=<value>;", "Pwd"),
    "storage": ("AccountName=x;AccountKey=<value>;EndpointSuffix=y", "AccountKey"),
    "libpq": ("host=x user=bob password=<value> dbname=y", "password"),
    "JDBC": ("jdbc:mysql://x/y?user=bob&password=<value>", "password"),
    "JDBC with semicolons": ("jdbc:sqlserver://x;user=bob;password=<value>;a=b", "password"),
    "log": ("2026-01-01 12:00:00 INFO login user=bob password=<value> ok", "password"),
    "log with a colon": ("DEBUG token: <value>", "token"),
    "SQL, a role": ("CREATE ROLE bob WITH PASSWORD '<value>';", "PASSWORD"),
    "SQL, set": ("SET PASSWORD = '<value>'", "PASSWORD"),
    "SQL, a column": ("UPDATE users SET password='<value>' WHERE id=1", "password"),
}  # fmt: skip
"""Text, and the name that it binds `VALUE` to."""

OTHER_FORMS = {
    "bearer": ("Authorization: Bearer <value>", "Bearer", Form.HEADER),
    "bearer in a command": ("curl -H 'Authorization: Bearer <value>' https://api.example.com/", "Bearer", Form.HEADER),
    "bearer, escaped": ("Bearer%20<value>", "Bearer", Form.HEADER),
    "token": ("Authorization: token <value>", "token", Form.HEADER),
    "key": ("Authorization: ApiKey <value>", "ApiKey", Form.HEADER),
    "basic": ("Authorization: Basic <value>", "Basic", Form.BASIC),
    "user of a URL": ("postgres://bob:<value>@db.example.com/x", "password", Form.URL),
    "password of a URL": ("redis://:<value>@cache:6379", "password", Form.URL),
    "curl": ("curl -s -u bob:<value> https://example.com/", "password", Form.COMMAND),
    "curl, long": ("curl --user 'bob:<value>' https://example.com/", "password", Form.COMMAND),
    "curl over lines": ("curl https://example.com/ \\\n  -u bob:<value>", "password", Form.COMMAND),
    "wget": ("wget --user=bob --password=<value> https://example.com/", "password", Form.COMMAND),
    "sshpass": ("sshpass -p '<value>' ssh bob@example.com", "password", Form.COMMAND),
    "sshpass, tight": ("sshpass -p<value> ssh bob@example.com", "password", Form.COMMAND),
    "mysql": ("mysql -h db -uroot -p<value> shop", "password", Form.COMMAND),
    "mysqldump": ("mysqldump -u root -p'<value>' shop", "password", Form.COMMAND),
    "docker": ("docker login -u bob -p <value> registry.example.com", "password", Form.COMMAND),
    "docker, long": ("docker login --username bob --password <value>", "password", Form.COMMAND),
    "redis-cli": ("redis-cli -h cache -a <value> ping", "password", Form.COMMAND),
    "option": ("tool --api-key <value> run", "api-key", Form.COMMAND),
    "option with a sign": ("tool --token=<value>", "token", Form.COMMAND),
    "option of PowerShell": ("Connect-It -User bob -Password '<value>'", "Password", Form.COMMAND),
    "keytool": ("keytool -storepass <value> -list", "storepass", Form.COMMAND),
    "property of Java": ("java -Ddb.password=<value> -jar x.jar", "Ddb.password", Form.COMMAND),
    "SQL, identified": ("CREATE USER bob IDENTIFIED BY '<value>';", "password", Form.COMMAND),
    "SQL, a plugin": ("ALTER USER bob IDENTIFIED WITH mysql_native_password BY '<value>';", "password", Form.COMMAND),
    "secure string": ("ConvertTo-SecureString -String '<value>' -AsPlainText", "password", Form.COMMAND),
    "default": ("psql ${DB_PASSWORD:-<value>}", "DB_PASSWORD", Form.DEFAULT),
}


def found(source: str, **options: bool) -> list[Candidate]:
    """Return the candidates whose value is `VALUE`, each once."""
    return list({c.start: c for c in text.candidates(source, **options) if c.value == VALUE}.values())


@pytest.mark.parametrize(
    ("source", "name", "form"),
    [
        *(pytest.param(source, name, Form.BOUND, id=key) for key, (source, name) in BOUND.items()),
        *(pytest.param(*shape, id=key) for key, shape in OTHER_FORMS.items()),
    ],
)
def test_all_forms_are_found(source: str, name: str, form: Form) -> None:
    source = spelled(source)
    everything = list(text.candidates(source))
    shapes = [(c.name, c.form) for c in everything if source[c.start : c.end] == c.value == VALUE]
    assert (name, form) in shapes


@pytest.mark.parametrize("source", [source for source, _ in BOUND.values()], ids=BOUND)
def test_every_repetition_is_found(source: str) -> None:
    source = spelled(source)
    repeated = f"{source}\n\n{source}\n\n{source}"
    assert len(found(repeated)) == 3 * len(found(source)) == 3


@pytest.mark.parametrize(
    "source", ["`password` | no", "/user/password: <value>", "password <value>", "a password (<value>)"]
)
def test_what_is_prose(source: str) -> None:
    assert found(spelled(source)) == []


@pytest.mark.parametrize(
    "source",
    ["password: use <value> to log in", "token = make(<value>)", "the token: a <value>, for example", "key=<value>(1)"],
)
def test_what_stands_without_quotes_and_is_a_part_of_more(source: str) -> None:
    assert found(spelled(source)) == []


def test_in_code_only_what_stands_in_quotes_is_a_value() -> None:
    assert found(spelled("password=<value>"), bare=False) == []
    assert len(found(spelled('password="<value>"'), bare=False)) == 1


def test_elements_of_an_array_are_found_in_order() -> None:
    source = 'passwords = ["one1", \'two2\',\n  "three3"]; users = ["four4"]'
    assert [(c.name, c.value) for c in text.candidates(source)] == [
        ("passwords", v) for v in ("one1", "two2", "three3")
    ]


def test_two_pairs_of_one_line() -> None:
    source = "password=one1&x=2 token: 'two2', secret = three3"
    assert {(c.name, c.value) for c in text.candidates(source)} >= {("token", "two2"), ("secret", "three3")}


def test_a_token_of_three_parts_needs_no_name() -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode()
    token = f"{head}.{VALUE}.{VALUE}"
    [candidate] = text.candidates(f"got {token} back")
    assert (candidate.value, candidate.name, candidate.form) == (token, "JWT", Form.HEADER)
    assert list(text.candidates(f"x{token}")) == list(text.candidates(f"{token}.x")) == []


@pytest.mark.parametrize(
    "source", ["https://img.example.com/badge?token=<value>", "https://example.com/x.svg?token=<value>"]
)
def test_the_token_of_a_badge_is_public(source: str) -> None:
    assert found(spelled(source)) == []


def test_what_a_service_is_shipped_with() -> None:
    assert list(text.candidates("amqp://guest:guest@localhost/")) == []


_PARTS = st.sampled_from(
    [
        "password", "token", "api_key", "Bearer ", "Basic ", "://", ":", "@", "=", '"', "'", "`", "\\", '\\"', "[", "(",
        "<", ">", "</", ",", "&quot;", "\n", "\r\n", " ", "\t", "-u ", "curl ", "--", "?", "&", "${", ":-", "name: ", "value: ",
        VALUE, "x", "\u0130", "\u00e9", "eyJhbGciOiJ9", ".", "sshpass -p ", "IDENTIFIED BY ", "mysql -p",
    ]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(_PARTS, max_size=30).map("".join)), st.booleans())
def test_any_text(source: str, bare: bool) -> None:
    for candidate in text.candidates(source, bare=bare):
        assert 0 <= candidate.start < candidate.end <= len(source)
        assert source[candidate.start : candidate.end] == candidate.value
        assert candidate.name
        assert len(candidate.value) <= 2 * 4096


@given(st.lists(_PARTS, max_size=12).map("".join))
def test_what_stands_on_other_lines_takes_nothing_away(before: str) -> None:
    line = f'api_key = "{VALUE}"'
    source = f"{before}\n\n{line}\n"
    start = len(source) - len(line) - 1 + line.index(VALUE)
    if not before.count("[") and not before.count("("):
        assert any(c.start == start and c.value == VALUE for c in text.candidates(source))


def test_a_password_may_hold_the_other_quote() -> None:
    found = text.candidates(f'CREATE USER bob IDENTIFIED BY "{VALUE}\'x";')
    assert f"{VALUE}'x" in {candidate.value for candidate in found}
