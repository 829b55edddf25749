import tomllib

import pytest

from keylint.model import Role
from keylint.readers import read


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('a = "«b»"', None),
        ("a = \"«b»\"\r\nc = '«d»'\r\n", None),
        ('# é\n"ü" = "«é»"\n', None),
        (r'a = "«x\n\u00e9\U0001F600\"\\»"', ['x\né😀"\\']),
        (r"a = '«x\n»'", None),
        ('a = """«b»"""', None),
        ('a = """\n«é\n""b»"""', None),
        ('a = """\r\n«b\r\nc»"""\r\nd = "«e»"', ["b\nc", "e"]),
        ('a = """«b \\\n\n   c»"""', ["b c"]),
        ("a = '''\n«b\\n\n»'''", None),
        ("a = «12345»\nb = «1.5»\nc = true\nd = 1979-05-27\n", None),
        ('a = ["«é»", "«b»", # c\n  ["«c»"], {d = "«e»"}]', None),
    ],
)
def test_place_of_a_value(check, text, values):
    check("toml", "a.toml", text, values)


def test_a_part_stands_behind_escapes_and_other_lines(check, words):
    check("toml", "a.toml", '"é" = """\né\\u0041 \\\n   «KEY1»\\n«KEY2»"""', interest=words, names=["é", "é"])


def test_config_paths(check):
    check(
        "toml",
        "a.toml",
        """
a.b."c d" = "«1»"
i = { j.k = "«2»", l = ["«3»", { m = "«4»" }] }
[t.u]
v = "«5»"
w.x = "«6»"
[[p.q]]
r = "«7»"
[[p.q]]
r = "«8»"
[[p.s]]
r = [["«9»"]]
[[p.q.n]]
o = "«10»"
""",
        names=[
            "a.b.c d", "i.j.k", "i.l[0]", "i.l[1].m", "t.u.v", "t.u.w.x",
            "p.q[0].r", "p.q[1].r", "p.s[0].r[0][0]", "p.q.n[0].o",
        ],
    )  # fmt: skip


def test_comments_and_names_that_are_keys(check, words):
    facts = check(
        "toml", "a.toml", '# OLD = "«KEY1»"\n[x]\n"«KEYLONG1234»" = "a" # «KEY2»\n', interest=words,
        names=["OLD", None, None],
    )  # fmt: skip
    assert [d.role for d in facts.definitions] == [Role.COMMENT, Role.PLAIN, Role.COMMENT]


def test_a_name_that_is_a_key_is_not_shown(words):
    facts = read("toml", "[x.KEYLONG1234]\na = 'KEY1'", "a.toml", words)
    assert [d.name for d in facts.definitions] == [None, "x.….a"]


def test_environments(everything):
    text = "top = 'x'\n[production]\na = 'x'\n[default.production]\nb = 'x'\n"
    facts = read("toml", text, "a.toml", everything)
    assert [d.environment for d in facts.definitions] == [None, "production", None]
    assert read("toml", text, "config/dev.toml", everything).definitions[0].environment == "development"


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = \n", 2), ("a = 'x\n", 1), ("[a\nb = 1", 1), ('a = 1\nb = 2\nc = "\\q"', 3)]
)
def test_a_syntax_error_names_its_line(everything, text, line):
    facts = read("toml", text, "a.toml", everything)
    assert facts.problem == f"line {line}: not valid TOML"
    assert facts.definitions == ()


@pytest.mark.parametrize("literal", [r'"\b\t\n\f\r\"\\\u00e9"', '"""a\\\n\n  b"""', '"""\n\\n"""', "'''\n'a'\n'''"])
def test_values_are_those_of_tomllib(everything, literal):
    facts = read("toml", f"a = {literal}", "a.toml", everything)
    assert facts.definitions[0].secret.reveal() == tomllib.loads(f"a = {literal}")["a"]


def test_too_large(everything):
    facts = read("toml", "a = 'x'\n" * 250_001, "a.toml", everything)
    assert facts.problem == "larger than 2 MB: matched as text"
