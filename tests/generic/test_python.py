"""What Python binds to names of credentials, and where it stands."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic.candidate import Form
from keylint.generic.python import parse, read

sys.path.insert(0, str(Path(__file__).parent))
from shapes import FIRST, PYTHON_FOUND, SECOND, VALUE, spelled

_CREDENTIAL = re.compile(
    r"(?:\w+[.-])*\w*?(?:password|passwd|userpwd|api[_-]?key|access_?token|secret|secret_?key|token)s?", re.IGNORECASE
)


def wanted(name: str) -> bool:
    """A stand-in for the judge of names."""
    return _CREDENTIAL.fullmatch(name.replace("_stripe", "")) is not None


def found(source: str) -> list[tuple[str, str]]:
    return [(candidate.name, candidate.value) for candidate in read(source, wanted, bool).bound]


@pytest.mark.parametrize("source", PYTHON_FOUND.values(), ids=PYTHON_FOUND)
def test_all_forms_are_found(source: str) -> None:
    source = spelled(source)
    [candidate] = read(source, wanted, bool).bound
    assert candidate.value == VALUE
    spelling = source[candidate.start : candidate.end]
    assert (FIRST in spelling and SECOND in spelling) or "numbers" in source


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('self.password = "x1"', "password"),
        ('settings.DB["password"] = "x1"', "password"),
        ('{"db": {"password": "x1"}}', "db.password"),
        ('{"users": [{"password": "x1"}]}', "users.password"),
        ('clientSecret = "x1"', "clientSecret"),
        ('API_KEYS["stripe"] = "x1"', "API_KEYS"),
        ('parser.add_argument("--api-key", default="x1")', "api-key"),
        ('def fetch_token(): return "x1"', "token"),
        ('if user.password.strip() == "x1": ...', "password"),
        ('if form.get("password") == "x1": ...', "password"),
        ('{CONF_PASSWORD: "x1"}', "CONF_PASSWORD"),
        ('{b"X-Secret": b"x1"}', "X-Secret"),
        ('token = os.environ.get("API_KEY", "x1")', "token"),
        ('jwt.encode(payload, "x1", algorithm="HS256")', "secret_key"),
        ('pymysql.connect("localhost", "root", "x1", "shop")', "password"),
        ('ftplib.FTP("host", "bob", "x1")', "password"),
        ('User.objects.create_superuser("bob", "bob@example.org", "x1")', "password"),
        ('driver.find_element(By.ID, "password").send_keys("x1")', "password"),
        ('page.locator("#password").fill("x1")', "password"),
        ('curl.setopt(curl.USERPWD, "bob:x1")', "USERPWD"),
        ('monkeypatch.setenv("API_KEY", "x1")', "API_KEY"),
        ('os.putenv("API_KEY", "x1")', "API_KEY"),
        ('request.add_header("X-Api-Key", "x1")', "X-Api-Key"),
    ],
)
def test_names(source: str, name: str) -> None:
    assert found(source) == [(name, "x1")]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ('API_KEYS = ["k1", "k2"]', ["k1", "k2"]),
        ('API_KEYS = "k1,k2".split(",")', ["k1", "k2"]),
        ('API_KEYS = ["k1"] + ["k2"]', ["k1", "k2"]),
        ('password = "a" if live else "b"', ["a", "b"]),
        ('password = {"live": "a", "test": "b"}[mode]', ["a", "b"]),
        ('for user, password in [("bob", "a"), ("eve", "b")]: ...', ["a", "b"]),
        ('match password:\n  case "a" | "b": ...', ["a", "b"]),
        ('password = other = "a"', ["a"]),
        (r'secret = "a\x41\n"', ["aA\n"]),
        ("secret = bytes([0, 255, 1, 2, 3, 4, 5, 6])", ["00ff010203040506"]),
        (r'secret = b"\x00\xff"', ["00ff"]),
    ],
)
def test_values(source: str, values: list[str]) -> None:
    assert [value for _, value in found(source)] == values


@pytest.mark.parametrize(
    "source",
    [
        'password = get_secret("prod/db")',
        'password = getpass("Password: ")',
        'password = vault.read("a", "b")',
        'log("password", "is wrong")',
        'password["hint"] = 3; x = {password: "bob"}',
        'users[password] = 1; passwords = {"a": 1}',
        'token = f"{a}-{b}"',
        'token = "a" + b',
        'token = "*" * 32',
        'token = "%d-%s" % (1, "a")',
        'token = "{}".format(x)',
        'password = ""',
        'token: "SecretToken" = None',
        'def f(token: Literal["abc"]): ...',
        'if len(password) == "x": ...',
        'token, user = "a b".partition(" ")',
        'raise Error("secret")',
        'get(url, auth=("guest", "guest"))',
        '"password"\n"secret"',
        'headers = {"Authorization": "Bearer " + token, "authorization": "Bearer"}',
        'headers = {"Authorization": f"Basic {encoded}"}',
        'token = {"type": "x", "x": {"y": "z"}}',
        'tokens = {"root": [("a+", Text), ("b+", Text)]}; tokens = [("a", "b"), ["c"]]',
        "if token in [1, 2, 3, 4, 5, 6, 7, 8, 9]: ...",
        'def password(): \n    def other():\n        return "x"',
        'socket.connect("localhost", "root", "x1")',
        'widget.connect("password", on_change, "x1")',
        'pymysql.connect("localhost", "root")',
        'page.locator("#name").fill("x1"); page.fill("x1"); field.send_keys("x1")',
        'find("name").type("x1")',
    ],
)
def test_what_is_not_bound(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "name", "value", "form"),
    [
        ('{"Authorization": "Bearer abc"}', "Authorization", "abc", Form.HEADER),
        ('{"authorization": "Token token=abc"}', "Authorization", "abc", Form.HEADER),
        ('{"Authorization": "abc"}', "Authorization", "abc", Form.HEADER),
        ('{"Authorization": "Basic YTpi"}', "Authorization: Basic", "YTpi", Form.BASIC),
        ('{"Authorization": "Basic " + b64encode(b"bob:abc").decode()}', "Authorization", "abc", Form.BASIC),
        ('{"Authorization": f"Basic {b64encode(b\'bob:abc\').decode()}"}', "Authorization", "abc", Form.BASIC),
        ('client.credentials(HTTP_AUTHORIZATION="Token abc")', "Authorization", "abc", Form.HEADER),
        ('token = "Bearer abc"', "token", "abc", Form.HEADER),
        ('get(url, auth=("bob", "abc"))', "auth", "abc", Form.BASIC),
        ('get(url, auth=("abc", ""))', "auth", "abc", Form.BASIC),
        ('proxy_auth = ["bob", "abc"]', "proxy_auth", "abc", Form.BASIC),
        ('HTTPBasicAuth(USER, "abc")', "auth", "abc", Form.BASIC),
    ],
)
def test_forms(source: str, name: str, value: str, form: Form) -> None:
    [candidate] = read(source, wanted, bool).bound
    assert (candidate.name, candidate.value, candidate.form) == (name, value, form)
    assert source[candidate.start : candidate.end] == value or form is Form.BASIC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "password = ",
        "password = 'a",
        "\0",
        "password = '\ud800'",
        "(" * 5_000,
        "-" * 50_000 + "1",
        "a" + ".b" * 50_000,
        "password = " + "+".join(["'a'"] * 50_000),
        "password = " + "str(" * 150 + "'a'" + ")" * 150,
        "x = " + "9" * 10_000,
        "match x:\n case " + "(" * 150,
    ],
)
def test_hostile_text(text: str) -> None:
    contents = read(text, wanted, bool)
    assert parse(text) is None or not contents.bound


@pytest.mark.parametrize(
    "source",
    [
        "print 'a'\npassword = 'x1'",
        "def f(:\n    connect(password=u'x1')",
        "print 'a'\nd = {'password': b'x1'}  # password = 'x2'",
        "exec 'a'\nd['password'] = '''x1'''",
        "raise A, 'b'\nif password == 'x1': pass",
    ],
)
def test_what_is_no_python_of_today(source: str) -> None:
    assert parse(source) is None
    assert found(source) == [("password", "x1")]
    assert "x1" in [value for _, _, value in read(source, wanted, bool).literals]


def test_what_is_too_large() -> None:
    assert parse("x = 1\n" * 400_000) is None


def test_many_bindings_are_bounded() -> None:
    source = "password = 'a'\n" * 10_000
    assert len(read(source, wanted, bool).bound) == 5_000


def test_literals() -> None:
    source = '"""Doc."""\nx = f("a", b"b", "c" + "d", f"e{g[\'h\']}" "i", 3)\n'
    values = [value for _, _, value in read(source, wanted, bool).literals]
    assert values == ["Doc.", "a", "b", "cd", "e{g['h']}\" \"i", "h"]


def test_comments() -> None:
    source = 'x = "# no"  # yes\n# also\n'
    assert [source[start:end] for start, end in read(source, wanted, bool).comments] == [" yes", " also"]


_WIDE = st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("é漢😀\t\x0c"), max_size=8)
_PLAIN = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\"'\\{}") | st.sampled_from("\t\x0c"),
    min_size=1,
)
_FORMS = st.sampled_from(
    [
        'password = "{}"',
        "x = '{}'; password = '{}'",
        'connect("{}", password="{}")',
        'd = {{"é": 1, "password": """{}"""}}',
        "password = f'{}'",
        "password = r'{}'",
        "def f(a, ключ='{}', *, password='{}'): return [password, '{}']",
        "if True:\n\tpassword = (  # {}\n\t\t'{}')",
    ]
)


def _program(lines: list[tuple[str, str, str]], end: str, bom: bool) -> str:
    parts = [
        f"# {wide}{end}{form.replace('{}', '%s').replace('{{', '{').replace('}}', '}')}".replace("%s", text)
        for form, text, wide in lines
    ]
    return "\ufeff" * bom + end.join(parts).replace("\n", end)


@given(
    st.lists(st.tuples(_FORMS, _PLAIN, _WIDE), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_a_span_is_where_the_value_stands(lines: list[tuple[str, str, str]], end: str, bom: bool) -> None:
    source = _program(lines, end, bom)
    assert parse(source) is not None
    result = read(source, wanted, bool).bound
    expected = [text for _, text, _ in lines if text.strip()]
    assert [candidate.value for candidate in result] == expected
    for candidate in result:
        assert source[candidate.start : candidate.end] == candidate.value
    for start, stop, value in read(source, wanted, bool).literals:
        assert source[start:stop] == value


@given(st.text(st.sampled_from("password=\"'\\\n(){}[]:,fb#+%é \r"), max_size=60))
def test_nothing_raises(text: str) -> None:
    contents = read(text, wanted, bool)
    for candidate in contents.bound:
        assert 0 <= candidate.start <= candidate.end <= len(text)
    for start, end, _ in contents.literals:
        assert 0 <= start <= end <= len(text)
