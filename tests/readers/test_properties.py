"""What holds for every text: readers end, never raise, and places say what they claim; what was written is found."""

import json

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from keylint.readers import read
from keylint.readers.collect import is_ciphertext, is_reference

PATHS = {
    "dotenv": ".env",
    "yaml": "docker-compose.yml",
    "toml": "a.toml",
    "json": "a.json",
    "ini": "a.ini",
    "text": "run.sh",
}
VARIANTS = [
    *PATHS.items(), ("dotenv", ".env.example"), ("yaml", "a.yaml"), ("json", "a.jsonl"), ("ini", "a.properties"),
    ("ini", ".npmrc"), ("text", "README.md"), ("yaml", ".github/workflows/ci.yml"), ("dockerfile", "Dockerfile"),
    ("recipes", "Makefile"), ("systemd", "app.service"),
    ("terraform", "main.tf"), ("xml", "web.config"), ("netrc", ".netrc"),
]  # fmt: skip
_PIECES = [
    "a", "KEY1", "é", "\U0001f600", " ", "  ", "\t", "\n", "\r\n", "\r", "\x85", "\u2028", "\ufeff", "\0", "\ud800",
    '"', "'", '"""', "'''", "`", "\\", "\\u00e9", "\\ud83d", "\\U0001F600", "\\x41", "\\n", "\\\n", "=", ":", ": ", "- ",
    "#", " #", ";", "//", "/*", "*/", "!", "? ", "{", "}", "[", "]", "[[", "]]", ",", "|", ">", "|-", ">+2", "&a ", "*a",
    "<<: ", "!tag ", "!vault ", "---\n", "...\n", "%YAML 1.1\n", "${", "$", "$$", "${X:-d}", "export ", "0", "null", "true",
    "services:\n  w:\n    environment:\n", "env_file: ", "name: ", "value: ", "\n  ", "\n      ", "Bearer ",
    "apiVersion: v1\nkind: Secret\ndata:\n  ", "envFrom: [{secretRef: {name: a}}]", "env:\n  - name: A_KEY\n    value: ",
    "run: ", "S0VZMQ==", "ENV ", "RUN ", "<<EOF\n", "EOF\n", "Environment=", "--env-file ", ":=", "$(", ")", "%",
    "<a>", "</a>", "<a b='", "/>", "<![CDATA[", "]]>", "&#65;", "&amp;", "machine ", "password ", "macdef ", "<<E\n", "\nE\n",
    "(",
]  # fmt: skip
texts = st.one_of(st.text(), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join))


@pytest.mark.parametrize(("reader", "path"), VARIANTS)
@given(text=texts)
@example(text="\ud800: \ud800")
@example(text="env:\n-   name:\n    value: |")
@example(text='a: "\\ud800"')
@example(text='a: "\\UFFFFFFFF"')
@example(text='a="\\UFFFFFFFF"')
def test_any_text(reader, path, text, anything, words, honest):
    for interest in (anything, words):
        facts = read(reader, text, path, interest)
        honest(text, facts.definitions)
        assert facts.path == path
        assert facts.problem is None or "KEY1" not in facts.problem
        for binding in facts.env:
            assert binding.place.line <= binding.place.end_line


names = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True)
values = st.one_of(st.text(min_size=1), st.text("ab \\\"'#;:=$\n\té", min_size=1)).filter(
    lambda value: not is_reference(value) and not is_ciphertext(value)
)
mappings = st.dictionaries(names, values, min_size=1, max_size=5)


@pytest.fixture(scope="session")
def found(everything, honest):
    """Assert that a rendered mapping gives its names and values back, at honest places."""

    def found(reader, text, mapping):
        facts = read(reader, text, PATHS[reader] if reader != "yaml" else "a.yml", everything)
        assert facts.problem is None
        assert [(d.name, d.secret.reveal()) for d in facts.definitions] == list(mapping.items())
        honest(text, facts.definitions)

    return found


@given(mapping=mappings, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_json_round_trip(found, mapping, ascii_only, indent):
    found("json", json.dumps(mapping, ensure_ascii=ascii_only, indent=indent), mapping)


@given(
    mapping=mappings,
    style=st.sampled_from([None, "'", '"', "|", ">"]),
    flow=st.booleans(),
    width=st.sampled_from([10, 80, 10_000]),
    unicode=st.booleans(),
    line_break=st.sampled_from(["\n", "\r\n"]),
)
def test_yaml_round_trip(found, mapping, style, flow, width, unicode, line_break):
    text = yaml.safe_dump(
        mapping,
        default_style=style,
        default_flow_style=flow,
        width=width,
        allow_unicode=unicode,
        line_break=line_break,
        sort_keys=False,
    )
    assume(yaml.safe_load(text) == mapping)  # PyYAML does not read all that it writes
    found("yaml", text, mapping)


def _toml(value, form):
    if form == "literal" and value.isprintable() and "'" not in value:
        return f"'{value}'"
    if form == "block" and value.replace("\n", "").isprintable() and "'''" not in value and not value.endswith("'"):
        return f"'''\n{value}'''"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@given(mapping=mappings, form=st.sampled_from(["basic", "literal", "block"]))
def test_toml_round_trip(found, mapping, form):
    found("toml", "".join(f"{name} = {_toml(value, form)}\n" for name, value in mapping.items()), mapping)


@given(mapping=mappings, quote=st.sampled_from("'\""), start=st.sampled_from(["", "export ", "\t"]))
def test_dotenv_round_trip(found, mapping, quote, start):
    assume(not any("${" in value or "\r" in value for value in mapping.values()))
    escaped = {name: value.replace("\\", "\\\\").replace(quote, "\\" + quote) for name, value in mapping.items()}
    found("dotenv", "".join(f"{start}{name}={quote}{value}{quote}\n" for name, value in escaped.items()), mapping)


one_line = values.map(lambda value: " ".join(value.split())).filter(
    lambda value: value and not is_reference(value) and value.isprintable()
)


@given(
    mapping=st.dictionaries(names, one_line, min_size=1, max_size=5),
    equals=st.sampled_from(["=", " = ", ":"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_ini_round_trip(found, mapping, equals, end):
    found("ini", "".join(f"{name}{equals}{value}{end}" for name, value in mapping.items()), mapping)


@given(mapping=mappings)
def test_properties_round_trip(mapping, everything, honest):
    text = "".join(
        f"{name}=" + "".join(f"\\u{ord(c):04x}" if c in "\\\n\r\t\f " else c for c in value) + "\n"
        for name, value in mapping.items()
    )
    facts = read("ini", text, "a.properties", everything)
    assert [(d.name, d.secret.reveal()) for d in facts.definitions] == list(mapping.items())
    honest(text, facts.definitions)
