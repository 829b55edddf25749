import configparser

import pytest

from keylint.model import Role
from keylint.readers import read


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[s]\nk = «v»", None),
        ("[s]\r\nk=«v»\r\nl: «é w»  \r\n", None),
        ("# é\n[s]\n  é  :  «é»", None),
        ('[s]\nk = «"v"»\n', None),
        ("[s]\nk = «v ; kept»\n", None),
        ("[s]\nk = «a\n  b\n\n\tc»\n\nl = «d»\n", ["a\nb\n\nc", "d"]),
        ("[s]\nk =«\n  a\n  b»\n", ["\na\nb"]),
        ("[s]\n\tk = «v»\n\tl = «w»\n", None),
        ("\ufeff[s]\nk=«v=w:x»", None),
        ("[s]\nk = «a\n# c\n  b»\n", ["a\nb"]),
    ],
)
def test_place_of_a_value(check, text, values):
    facts = check("ini", "setup.cfg", text, values)
    parser = configparser.RawConfigParser()
    parser.read_string(text.replace("«", "").replace("»", "").removeprefix("\ufeff"))
    assert [d.secret.reveal() for d in facts.definitions] == [
        value.replace("\r", "") for value in parser["s"].values() if value
    ]


def test_names(check):
    check(
        "ini",
        "a.ini",
        'top = «a»\n[one two]\nKey = «b»\n[remote "x"]\nurl = «c»\n',
        names=["top", "one two.Key", 'remote "x".url'],
    )


def test_comments_and_lines_of_another_syntax(check, words):
    facts = check(
        "ini",
        "nginx.conf",
        "# OLD = «KEY1»\n; «KEY2»\nserver {\n  set $token «KEY3»;\n  header Authorization «KEY4»\n}\n=«KEY5»\n",
        interest=words,
        names=["OLD", None, None, None, None],
    )
    assert [d.role for d in facts.definitions] == [Role.COMMENT] * 2 + [Role.PLAIN] * 3
    assert facts.problem is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ini", "k = «'v'»"),
        (".pypirc", "k = «'v'»"),
        ("x/.aws/credentials", "k = «'v'»"),
        ("a.conf", "k = '«v»'"),
        (".gitconfig", 'k = "«v»"'),
        (".npmrc", '//registry.example.org/:_authToken="«v»"'),
    ],
)
def test_quotes_are_kept_where_the_loader_keeps_them(check, path, text):
    check("ini", path, text)


def test_a_name_in_an_npmrc_may_have_colons(check):
    check("ini", ".npmrc", "//host/:_authToken=«v»\nx=${TOKEN}\n", names=["//host/:_authToken"])


def test_environment_of_a_section(everything):
    facts = read("ini", "[production]\na=x\n[other]\na=y\n", "a.ini", everything)
    assert [d.environment for d in facts.definitions] == ["production", None]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a.b=«v»\nc:«d»\ne «f»\n g = «h»\n", None),
        ("a=«v  »\r\nb=«w»", None),
        (r"a=«\u00e9\t\=é»", ["é\t=é"]),
        ("a=«b\\\n   c»\nd=«e»", ["bc", "e"]),
        ("a\\ b\\==«c»", None),
        ("# c\n! d\na\n\nb=«x\\»", None),
        ("a=«x\\\\»\nb=«y»", ["x\\", "y"]),
        ("a=«\\u00e»", ["u00e"]),
    ],
)
def test_properties(check, text, values):
    check("ini", "a.properties", text, values)


def test_names_and_comments_of_properties(check, words):
    facts = check("ini", "a.properties", "! x=«KEY1»\na\\ b=«KEY2»\n", interest=words, names=["x", "a b"])
    assert [d.role for d in facts.definitions] == [Role.COMMENT, Role.PLAIN]
