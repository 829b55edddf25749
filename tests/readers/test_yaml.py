import pytest
import yaml

import keylint.readers.yaml
from keylint.model import Channel, Role
from keylint.readers import read


@pytest.fixture(autouse=True, params=["libyaml", "pure Python"])
def _loader(request, monkeypatch):
    if request.param == "pure Python":
        monkeypatch.setattr(keylint.readers.yaml, "Loader", yaml.SafeLoader)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a: «b»", None),
        ("a: «b»\r\nc: «d»\r\n", None),
        ("a: «ü b»   # c\nb: '«é»'\n", None),
        ('é: "«é»"', None),
        ("\ufeffa: «b»", None),
        ("a: '«it''s»'", ["it's"]),
        (r'a: "«x\n\x41\u00e9\U0001F600\"\/»"', ['x\nAé😀"/']),
        ("a: &anchor «b»\nc: *anchor\n", None),
        ("a: !!str  '«b»'\n", None),
        ("a: !custom &x\n  «b»\n", None),
        ("a: !Sub '«b»'", None),
        ("- k: «a»\n  l:\n  - - «b»\n    - «c»\n", None),
        ("{a: «b», 'c': \"«d»\", e: [«f», «g h»]}", None),
        ("a: «x\n   y»\nb: «z»", ["x y", "z"]),
        ("a: «x\n\n\n   y»", ["x\n\ny"]),
        ("a: '«x  \r\n   y»'", ["x y"]),
        ('a: "«x\\\n   \\  y»"', ["x  y"]),
        ("a: |\n  «b\n»", None),
        ("a: |-\n  «b»\n\n", None),
        ("a: |+ # kept\n  «b\n»\n", ["b\n\n"]),
        ("a: |\n  «é\n    b\n\n  c\n»d: «e»\n", ["é\n  b\n\nc\n", "e"]),
        ("a: |\r\n  «b\r\n»c: «d»", ["b\n", "d"]),
        ("a: |2\n  « x\n»", None),
        ("a: >-\n  «b\n  c»\n", ["b c"]),
        ("a: >\n  «b\n\n  c\n    d\n  e\n»", ["b\nc\n  d\ne\n"]),
        ("? [x, y]\n: «z»\n", None),
        ("---\na: «b»\n---\nc: «d»\n...\n", None),
        ("a: «123»\nb: null\nc: ~\nd:\ne: true\nf: '«null»'\n", None),
    ],
)
def test_place_of_a_scalar(check, text, values):
    check("yaml", "a.yml", text, values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a: |\n    x\n    y: é«KEY1»\n", None),
        ("a: >\n  x\n  y «KEY1» z\n\n   «KEY2»\n  «KEY3»\n", None),
        ('a: "é \\" \\\n    «KEY1»  «KEY2»"', None),
        ("a: 'x''\n\n  «KEY1» y'", None),
        ("a: x\n  y «KEY1»\n", None),
        ('a: "«KEY\\u0031»-"', ["KEY1"]),
    ],
)
def test_place_of_a_part(check, words, text, values):
    check("yaml", "a.yml", text, values, interest=words)


def test_config_paths(check):
    check(
        "yaml",
        "a.yml",
        "s:\n  web:\n    k: «a»\n    l: [«b», {m: «c»}]\n  x.y: «d»\n  <<: {z: «e»}\n",
        names=["s.web.k", "s.web.l[0]", "s.web.l[1].m", "s.x.y", "s.<<.z"],
    )


def test_an_item_goes_by_the_key_of_its_list(check):
    check("yaml", "a.yml", "- a\n- tokens:\n  - «b»\n", names=["[1].tokens[0]"])


def test_a_value_goes_by_the_name_beside_it(everything):
    class Named(type(everything)):
        def spans(self, name, text):
            return super().spans(name, text) if name == "TOKEN" else ()

    facts = read("yaml", "c:\n- env:\n  - name: TOKEN\n    value: x\n- {name: TOKEN, value: y}\n", "a.yml", Named())
    assert [(d.name, d.env, d.secret.reveal()) for d in facts.definitions] == [
        ("c[0].env[0].TOKEN", "TOKEN", "x"),
        ("c[1].TOKEN", None, "y"),
    ]


def test_comments(check, words):
    facts = check(
        "yaml",
        "a.yml",
        "# old: «KEY1»\na: 'b # c' # «KEY2»\nc: |\n  # «KEY3»\n# «KEY4»\nd: [e, # «KEY5»\n  f]\n#",
        names=["old", None, "c", None, None],
        interest=words,
    )
    assert [d.role is Role.COMMENT for d in facts.definitions] == [True, True, False, True, True]


def test_a_key_in_the_place_of_a_name_is_found_and_not_shown(check, words):
    check("yaml", "a.yml", "owners:\n  x-«KEYLONG1234»: bob\n", interest=words)
    facts = read("yaml", "owners:\n  KEYLONG1234: 'KEY1'\n", "a.yml", words)
    assert [d.name for d in facts.definitions] == [None, "owners.…"]


@pytest.mark.parametrize(
    "text",
    [
        "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n",
        "a: $ANSIBLE_VAULT;1.1;AES256",
        "a: ENC[AES256_GCM,data:abc,iv:def]",
        "a: !secret openai_key",
        "a: !env TOKEN",
        "a: ${TOKEN}",
        "a: ${{ secrets.TOKEN }}",
        "a: '{{ token }}'",
        "a: op://vault/item/field",
    ],
)
def test_references_and_ciphertext_are_no_values(everything, text):
    assert read("yaml", text, "a.yml", everything).definitions == ()


@pytest.mark.parametrize(
    ("text", "environments"),
    [
        ("production:\n  a: x\nstaging: {a: x}\nother:\n  production: x\n", ["production", "staging", None]),
        ("prod: x\n", [None]),
    ],
)
def test_environment_of_a_branch(everything, text, environments):
    assert [d.environment for d in read("yaml", text, "a.yml", everything).definitions] == environments


def test_environment_of_the_file(everything):
    facts = read("yaml", "a: x\ntest:\n  b: y\n", "config/prod.yml", everything)
    assert [d.environment for d in facts.definitions] == ["production", "test"]
    assert {d.channel for d in facts.definitions} == {Channel.YAML}


@pytest.mark.parametrize(
    ("text", "line"), [("a: b\nc: [1\nd: }", 3), ("a: 'b", 1), ("a: b: c", 1), ("\ta: b", 1), ("a:\n  - b\n c: d", 3)]
)
def test_a_syntax_error_names_its_line(everything, text, line):
    facts = read("yaml", text, "a.yml", everything)
    assert facts.definitions == ()
    assert facts.problem.startswith(f"line {line}: ")


def test_a_template_is_read_as_text(check, words):
    facts = check("yaml", "a.yml", "a: {{ .Values.x }}\n{{- if .y }}\nb: «KEY1»\n", interest=words, names=["b"])
    assert facts.problem is None
    assert facts.definitions[0].channel is Channel.TEXT


def test_duplicated_keys_are_all_read(check):
    check("yaml", "a.yml", "a: «b»\na: «c»\n", names=["a", "a"])
