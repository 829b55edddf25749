"""Which values are taken for secrets, by what they are bound to and what they stand in."""

import base64
import random
import string
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.generic.candidate import Candidate, Form, Where
from keylint.generic.values import is_random, judge
from keylint.model import Confidence

sys.path.insert(0, str(Path(__file__).parent))
from shapes import VALUE

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
ORDER = (None, LOW, MEDIUM, HIGH)
_random = random.Random(7)


def made(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(_random.choice(alphabet) for _ in range(length))


HEX = "0123456789abcdef"
UUID = "-".join(made(n, HEX) for n in (8, 4, 4, 4, 12))
CHOSEN = "Tr4-vkq9Wm"


def told(value: str, name: str = "password", form: Form = Form.BOUND, quoted: bool = True) -> list[Confidence | None]:
    """Return what is said of a value in configuration, code, prose and examples."""
    candidate = Candidate(0, len(value), value, name, form, quoted)
    return [judge(candidate, where) for where in (Where.CONFIGURATION, Where.CODE, Where.PROSE, Where.EXAMPLE)]


@pytest.mark.parametrize("value", [CHOSEN, made(12), made(20), made(32, HEX), made(16, HEX), UUID, "bob:" + CHOSEN])
def test_what_looks_random_is_a_password_anywhere(value: str) -> None:
    assert told(value) == [HIGH, HIGH, HIGH, MEDIUM]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("marmalade", [MEDIUM, MEDIUM, MEDIUM, LOW]),
        ("Schl\u00fcssel9!x", [MEDIUM, MEDIUM, MEDIUM, LOW]),
        ("correct-horse", [MEDIUM, LOW, LOW, LOW]),
        ("invalid_auth", [MEDIUM, LOW, LOW, LOW]),
        ("admin", [MEDIUM, LOW, LOW, LOW]),
        ("postgres", [MEDIUM, LOW, LOW, LOW]),
        *((value, [LOW] * 4) for value in ("hunter2", "mysecretpassword", "p@ssw0rd!")),
    ],
)
def test_a_word_is_a_password_where_nothing_says_that_it_is_a_message(
    value: str, expected: list[Confidence | None]
) -> None:
    assert told(value) == expected


@pytest.mark.parametrize(
    "value", [made(20), made(40), made(32, HEX), made(43, string.ascii_letters + string.digits + "-_")]
)
def test_a_token_that_looks_random(value: str) -> None:
    assert told(value, "api_key") == [HIGH, HIGH, HIGH, MEDIUM]
    assert told(value, "key") == [HIGH, HIGH, HIGH, MEDIUM]
    assert told(value, "Bearer", Form.HEADER) == [HIGH, HIGH, HIGH, MEDIUM]
    assert told(value, "username") == [None] * 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (UUID, [MEDIUM, MEDIUM, MEDIUM, LOW]),
        (made(10), [MEDIUM, MEDIUM, MEDIUM, LOW]),
        ("marmalade", [None] * 4),
        ("correct-horse", [None] * 4),
        ("serviceAccountLoader", [None] * 4),
        ("admin", [None] * 4),
        ("hello-world-2", [LOW] * 4),
    ],
)
def test_a_machine_has_made_a_token(value: str, expected: list[Confidence | None]) -> None:
    assert told(value, "api_key") == expected


@pytest.mark.parametrize("value", [made(8), CHOSEN, "marmalade", "5f2c", "session-handler"])
def test_what_is_short_or_a_word_is_nothing_behind_a_weak_name(value: str) -> None:
    for name in ("key", "session", "cookie", "seed"):
        assert told(value, name) == [None] * 4


@pytest.mark.parametrize(
    "value",
    [
        # Placeholders and samples.
        "changeme", "secret", "password", "xxxxxxxx", "********", "YOUR_API_KEY",
        "your-password-here", "<password>", "12345678",
        "aaaaaaaaaaaaaaaa", "abcdefghijklmnop", "passed", "redacted",
        # References and templates.
        "${PASSWORD}", "$PASSWORD", "{{ password }}", "%(password)s", "#{password}", "@password@",
        "<%= password %>", "__PASSWORD__",
        "process.env.PASSWORD", "os.environ", 'getenv("X")', "pre-${PASSWORD}-post",
        "settings.db.password", "DB_PASSWORD_LIVE",
        "vault:secret/data/db#password", "op://vault/item/field",
        "arn:aws:secretsmanager:eu-west-1:1:secret:x", "env:DB_PASSWORD",
        # What belongs to the name.
        "NextToken", "access_token", "DbPassword",
        # Hashes and what is encrypted.
        "$2b$12$" + made(53), "$6$" + made(8) + "$" + made(60), "$argon2id$v=19$m=65536,t=3",
        "pbkdf2_sha256$1$" + made(30),
        "{SSHA}" + made(30), "ENC[" + made(20) + "]", "ENC(" + made(20) + ")", "U2FsdGVkX1" + made(30),
        # Places.
        "/run/secrets/db", "./secret.txt", "~/.ssh/id", "C:\\keys\\db",
        "https://example.com/reset", "server.pem", "secrets.yaml",
        "auth/login/reset",
        # Everything else that is written there.
        "bob@example.com", "2024-01-01", "12:30", "1.2.3-beta", ">=1.2.3", "true", "None",
        "string", "String!", "required", "[A-Za-z0-9]+", r"\w+-\d+",
        "a word or two", "Your password:", "\u043f\u0430\u0440\u043e\u043b\u044c", "ab", "", "  ",
        "----", made(5000), "tab\tbed9", "{}",
        '{"type": "object"}', "cn=admin,dc=example,dc=org", "Sensitive($password1)", "a::password",
        # Rules of validation, classes, algorithms.
        "required|string|min:8|confirmed", "App\\Security\\Hasher2", "App\\\\Security\\\\Hasher2", "SCRAM-SHA-512", "argon2id",
        # Public keys, accounts, and what is encrypted.
        "MIIBIjAN" + made(300), "MFkwEwYHKoZIzj0CAQ" + made(60), "0024000004800000" + made(300, HEX),
        "age1" + made(58, "023456789acdefghjklmnpqrstuvwxyz"), "0x" + made(40, HEX), "AgBy" + made(400), "{" + made(43) + "=}",
    ],
)  # fmt: skip
def test_what_stands_in_the_place_of_a_secret(value: str) -> None:
    assert told(value) == told(value, "access_token") == told(value, "Bearer", Form.HEADER) == [None] * 4


@pytest.mark.parametrize(
    "value", ["config.password1", "get_password(1)", "args[0]", "self.secret9", "Auth::token9", "value:"]
)
def test_without_quotes_it_is_an_expression(value: str) -> None:
    assert told(value, quoted=False) == [None] * 4


@pytest.mark.parametrize("name", ["test_token", "dummy_api_key", "FAKE_PASSWORD", "example-secret", "wrong_password"])
def test_a_name_that_says_that_its_value_is_made_up(name: str) -> None:
    assert told(VALUE, name) == [LOW] * 4


@pytest.mark.parametrize("sign", "@*!#%&?")
def test_a_password_in_quotes_may_begin_with_any_sign(sign: str) -> None:
    assert told(f"{sign}{CHOSEN}")[0] is HIGH
    assert told(f"{sign}{CHOSEN}", quoted=False) == [None] * 4


def test_a_base64_may_hold_slashes() -> None:
    value = "/".join(made(n) for n in (9, 14, 9))
    assert told(value, "api_secret")[0] is HIGH
    assert told("src/main/resources/app", "api_secret") == [None] * 4


@pytest.mark.parametrize("name", ["attestation_token", "latest_api_key", "contest_secret"])
def test_a_name_in_which_test_is_a_part_of_a_word(name: str) -> None:
    assert told(VALUE, name)[0] is HIGH


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bob:" + CHOSEN, HIGH),
        (encoded("bob:" + CHOSEN), HIGH),
        (encoded("bob:" + CHOSEN).rstrip("="), HIGH),
        (encoded(":" + VALUE), HIGH),
        (encoded("bob:marmalade"), MEDIUM),
        (encoded("bob:hunter2"), LOW),
        (encoded("user:password"), None),
        (encoded("bob:${PASSWORD}"), None),
        (encoded("bob:"), None),
        (encoded("no pair at all"), None),
        (encoded("bob:\x01\x02\x03\x04"), None),
        ("bob:${PASSWORD}", None),
        ("credentials", None),
        (made(24), None),
    ],
)
def test_basic_carries_a_pair(value: str, expected: Confidence | None) -> None:
    assert told(value, "Basic", Form.BASIC)[0] is expected


def test_a_base64_is_judged_by_the_text_that_it_carries() -> None:
    assert told(encoded("marmalade"))[0] is MEDIUM
    assert told(encoded("hunter2x"))[0] is MEDIUM
    assert told(encoded("secret"))[0] is LOW
    assert told(encoded("bob:" + CHOSEN), "auth")[0] is MEDIUM


def test_the_default_of_a_variable_is_a_guess() -> None:
    assert told("marmalade", form=Form.DEFAULT) == told("Postgres9!", form=Form.DEFAULT) == [LOW] * 4
    assert told(CHOSEN, form=Form.DEFAULT) == told(CHOSEN)


def test_a_token_may_be_an_object() -> None:
    assert told(f'{{"access_token": "{VALUE}", "scope": "read"}}', "token") == [MEDIUM, MEDIUM, MEDIUM, LOW]
    assert told('{"properties": {"type": "string"}}', "token") == [None] * 4


def test_a_token_of_a_header_that_is_bound_to_nothing_is_a_guess() -> None:
    token = ".".join((encoded('{"alg":"HS256"}'), made(40), made(43)))
    assert told(token, "JWT", Form.HEADER) == [LOW] * 4
    assert told(token, "Bearer", Form.HEADER)[0] is HIGH


@given(
    st.text(max_size=80),
    st.sampled_from(["password", "api_key", "key", "Bearer", "name"]),
    st.sampled_from(Form),
    st.booleans(),
)
def test_what_it_stands_in_never_makes_it_surer(value: str, name: str, form: Form, quoted: bool) -> None:
    configuration, code, prose, example = map(ORDER.index, told(value, name, form, quoted))
    assert configuration >= code >= example
    assert configuration >= prose >= example


@given(st.binary(min_size=20, max_size=40))
def test_random_bytes_look_random_in_hexadecimal(data: bytes) -> None:
    if len(set(data.hex())) >= 10 and any(map(str.isdigit, data.hex())):
        assert is_random(data.hex())


@pytest.mark.parametrize(
    "value", ["marmalade", "correct-horse-battery", "serviceAccountLoader", "user_session_handler", "12345678"]
)
def test_words_look_like_words(value: str) -> None:
    assert not is_random(value)
