import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import fake
from keylint.catalogue.placeholder import classify, entropy

PLACEHOLDERS = [
    "<your key>", "<API_KEY>", "{{ secrets.KEY }}", "${OPENAI_API_KEY}", "$OPENAI_API_KEY", "%API_KEY%",
    "%(api_key)s", "@API_KEY@", "{api_key}", "[YOUR KEY]", "$(cat key)", "prefix-${SECRET}", "YOUR_API_KEY",
    "your-openai-key", "your_api_key_here", "my-api-key", "my_token", "some-secret-key", "changeme", "change_me",
    "CHANGE-ME", "replace-me", "REPLACE_WITH_YOUR_KEY", "insert-key-here", "INSERT_YOUR_KEY", "enter your token here",
    "xxxx", "XXXXXXXX", "sk-xxxx", "gsk_xxxxxxxxxxxx", "sk-...", "sk-proj-...", "…", "...", "aaaaaaaa",
    "00000000-0000-0000-0000-000000000000", "0123456789abcdef", "abcdefghijklmnopqrstuvwxyz", "123456", "12345",
    "1234567890", "1a2b3c4d5e6f7g8h", "deadbeefdeadbeefdeadbeefdeadbeef", "01234567-89ab-cdef-0123-456789abcdef",
    "sk-1234567890abcdef", "zyxwvutsrqponmlk", "foo", "foobar", "test", "test-key", "fake-api-key", "dummy_token",
    "placeholder", "example-key", "todo", "TODO", "none", "null", "tbd", "sk-fake", "sk-test-key", "not-a-real-key",
    "goes_here", "my-secret-key-here", "ABCDABCDABCDABCDABCD", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\"changeme\"",
    " YOUR_KEY ", "abababababababab",
    # The patterns that scanners and issuers know
    "YourApiKeyToken", "your_auth_token", "YOURKEY", "fakeMyKeyId", "fakeSecretAccessKey", "DummyToken", "mysecretkey",
    "testkey", "NotARealKey", "THIS_IS_NOT_A_KEY", "changeit", "set-me", "FILL_ME", "todo: add the key", "undefined",
    "demo", "DEMO_KEY", "xoxb-not-a-real-token", "pk_test_12345", "token123", "foobarbaz", "AKIDEXAMPLE",
    "deadbeef", "DEADBEEF", "cafebabe", "deadbeefcafebabe", "feedfacedeadbeefcafebabe8badf00d",
    "deadbeef-dead-beef-dead-beefdeadbeef", "fedcba9876543210", "0123456789ABCDEF" * 4, "qwertyuiopasdfghjklzxcvbnm",
    "12345678-1234-1234-1234-123456789012", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "abcd1234" * 8, "0" * 64,
    "ghp_" + "deadbeef" * 4 + "dead", "ghp_" + "abcdefghijklmnopqrstuvwxyz" + "0123456789", "ghp_" + "0" * 36,
    "AKIA" + "Z" * 16, "AKIA" + "1234567890ABCDEF", "sk-proj-" + "0123456789abcdef" * 3, "npm_" + "dead" * 9,
    "AIzaSy" + "abcdefghijklmnopqrstuvwxyz" + "1234567", "yyy7Q~" + "y" * 31, "glpat-" + "x" * 20,
    # A checksum that holds is no proof against it.
    "ghp_" + "0" * 30 + "4WZ4" + "EQ", "npm_" + "0" * 30 + "4WZ4" + "EQ", "zzz8Q~" + "z" * 31 + "blP",
]  # fmt: skip
MASKED = [
    "****", "**********", "sk-****abcd", "ghp_************", "[REDACTED]", "<redacted>", "(hidden)", "sk-abc1…wxyz",
    "abcd...wxyz", "ghp_16C7e42F...", "••••••••", "sk-proj-a9Bd…", "AKIA***", "[masked]", "REDACTED",
    "sk_live_4eC39...dc",
]  # fmt: skip
VALUES = [
    "", " ", "hunter2", "postgres", "s3cr3tPassw0rd", "my_db_pass1", "correct horse", "localhost", "v1.2.3", "Bearer",
    "production", "2024-01-01", "admin", "us-east-1", "Loading... please wait", "https://api.openai.com/v1",
    "gpt-4o-mini", "user@acme.org", "x", "id", "a1b2", "some_model", "my-bucket", "/etc/ssl/key.pem", "key", "secret",
    "deadlock-detector", "coffee", "beef7a31c09d52e4f8b61d", "attestkey9", "democracy",
    # Three dots among many characters are chance.
    "00D" + "q7Lm2Xc9Vb4Ns6" * 7 + "..." + "Rw8Tz5Ky3Hp1",
]  # fmt: skip


@pytest.mark.parametrize("value", PLACEHOLDERS)
def test_placeholders(value: str) -> None:
    assert classify(value) == "KL205"


@pytest.mark.parametrize("value", MASKED)
def test_masked(value: str) -> None:
    assert classify(value) == "KL206"


@pytest.mark.parametrize("value", VALUES)
def test_values(value: str) -> None:
    assert classify(value) is None


def test_no_made_up_key_is_a_placeholder(catalogue: Catalogue, every_form: list[tuple[str, int]]) -> None:
    """Keys straight from the generator's inner function, which does not look at `classify` itself."""
    from random import Random

    from keylint.catalogue.fake import _made
    from keylint.catalogue.grammar import parse

    for kind, number in every_form:
        form = parse(catalogue.kinds[kind].forms[number])
        made = [_made(form, Random(f"{kind}/{seed}"), {}) for seed in range(51)]
        found = [key for key in made if classify(key) is not None]
        # A dozen random digits may well run upwards.
        assert len(found) <= (1 if form.min < 24 else 0), (kind, number, found)


@pytest.mark.parametrize("seed", range(10))
def test_no_damaged_key_is_a_placeholder(catalogue: Catalogue, seed: int) -> None:
    for damage in ({"truncated": 5}, {"typo": 12}, {"newline": True}, {"illegal": 20}):
        assert classify(fake("github-classic-pat", seed, catalogue=catalogue, **damage)) is None


@given(st.text())
def test_never_raises(value: str) -> None:
    assert classify(value) in (None, "KL205", "KL206")
    assert classify(f" '{value}'\n") == classify(value)


@pytest.mark.parametrize(
    "value",
    ["a" * 4096, "<" * 4096, "${" * 2048, "{{" * 2048, "x-" * 2048, "your" * 1024, "A" * 1_000_000, "ab1-" * 1024],
)
def test_long_values_are_taken(value: str) -> None:
    assert classify(value) in (None, "KL205")


def test_entropy() -> None:
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2
