import pytest

from keylint.model import Channel, Role, Within
from keylint.readers import read
from keylint.readers.collect import OVERLAP, WINDOW, is_ciphertext, is_reference
from keylint.readers.interface import Found


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("export TOKEN=«KEY1»", "TOKEN"),
        ("ENV TOKEN=«KEY1» OTHER=x", "TOKEN"),
        ('TOKEN="«KEY1»"', "TOKEN"),
        ("const apiKey = '«KEY1»';", "apiKey"),
        ("$env:TOKEN = `«KEY1»`", "TOKEN"),
        ('"api_key": "«KEY1»"', "api_key"),
        ("config['api_key'] = '«KEY1»'", "api_key"),
        ("key := «KEY1»", "key"),
        ("'key' => '«KEY1»'", "key"),
        ("if token == '«KEY1»'", "token"),
        ('curl -H "Authorization: Bearer «KEY1»"', "Authorization"),
        ("https://user:«KEY1»@host", "user"),
        ("é «KEY1»", None),
        ("«KEY1»", None),
        ("a = b «KEY1»", None),
        ("run --x-token=«KEY1»", "x-token"),
        ("x-api-key: «KEY1»", "x-api-key"),
        ("\ufeffTOKEN=«KEY1»", "TOKEN"),
    ],
)
def test_the_name_directly_in_front(check, words, line, name):
    facts = check("text", "a.md", f"x\r\n{line}\r\n", interest=words, names=[name])
    assert facts.definitions[0].channel is Channel.TEXT


@pytest.mark.parametrize("shift", range(-12, 3))
@pytest.mark.parametrize("seam", [WINDOW, WINDOW - OVERLAP, 2 * (WINDOW - OVERLAP), 2 * WINDOW - OVERLAP])
def test_a_key_at_a_seam_is_found_once_and_whole(check, words, seam, shift):
    filler = "-" * (seam + shift)
    check("text", "a.min.js", f"é\n{filler}«KEYKEY12345»{'-' * WINDOW}", interest=words)


def test_every_key_of_a_long_line_is_found(words):
    text = "".join(f"KEY{i}-" for i in range(20_000))
    facts = read("text", text, "a.log", words)
    assert [d.secret.reveal() for d in facts.definitions] == [f"KEY{i}" for i in range(20_000)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "ENV TOKEN=«v» OTHER='«a b»'"),
        ("run.sh", 'export TOKEN="«v»"; OTHER=«w»; cmd yyy=${Z} zzz="$Q"'),
        ("prod.tfvars", 'token   = "«é»"'),
        ("Makefile", "TOKEN=«v»"),
    ],
)
def test_assignments_of_scripts_are_asked_for_by_name(check, path, text):
    facts = check("text", path, text)
    assert all(d.env == d.name for d in facts.definitions)
    assert read("text", text, "README.md", _Named()).definitions == ()


class _Named:
    def spans(self, name, text):
        return (Found(0, len(text), Within.WHOLE),) if name is not None else ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("config.js", 'export default { apiKey: "«q1w2e3r4t5y6u7i8o9»", other: x }'),
        ("main.go", 'key := "«q1w2e3r4t5y6u7i8o9»"'),
        ("app.php", "'key' => '«q1w2e3r4t5y6u7i8o9»',"),
        ("settings.mk", '"a-key" := "«q1w2e3r4t5y6u7i8o9»"'),
        ("run.sh", "deploy --api-key «q1w2e3r4t5y6u7i8o9» --token=«p1o2i3u4y5t6r7e8w9» --name x"),
        (".npmrc", "//registry.npmjs.org/:_authToken=«q1w2e3r4t5y6u7i8o9»"),
        # Words, short values and prose are left alone.
        ("config.js", 'export default { apiKey: "insert_your_own_key_here", id: "a1b2c3" }'),
        ("notes.txt", "key: q1w2e3r4t5y6u7i8o9"),
    ],
)
def test_values_bound_to_names_in_code_are_asked_for_by_name(check, path, text):
    check("text", path, text)


def test_names_without_end_are_read_once(words):
    for text in ("a" * 300_000, "--a-" * 100_000, 'key: "' * 50_000, "k=" + "a" * 300_000, "k='" + "1" * 300_000):
        assert read("text", text, "a.js", words).definitions == ()


def test_an_assignment_that_shows_a_key_is_found_once(check, words):
    check("text", "run.sh", "TOKEN=«KEY1» OTHER='«KEY2»'", interest=words, names=["TOKEN", "OTHER"])


def test_samples_are_examples(words):
    assert read("text", "a=KEY1", "run.sh.example", words).definitions[0].role is Role.EXAMPLE


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        ("${X}", True),
        ("${X:-default}", True),
        ("$X", True),
        ("$(X)", True),
        ("${{ secrets.X }}", True),
        ("{{ x }}", True),
        ("%(x)s", True),
        ("%X%", True),
        ("<%= x %>", True),
        ("op://vault/item", True),
        ("ref+vault://x#y", True),
        ("@Microsoft.KeyVault(SecretUri=x)", True),
        ("arn:aws:secretsmanager:eu:1:secret:x", True),
        ("projects/p/secrets/s/versions/1", True),
        ("x${X}", False),
        ("$1$abc", False),
        ("https://x", False),
        ("", False),
        ("<your key>", False),
    ],
)
def test_is_reference(value, reference):
    assert is_reference(value) is reference


@pytest.mark.parametrize("value", ["ENC[AES256_GCM,data:x]", "ENC(x)", "encrypted:abc=", "{cipher}00", "vault:v1:x"])
def test_is_ciphertext(value):
    assert is_ciphertext(value)
    assert not is_ciphertext("x" + value)
