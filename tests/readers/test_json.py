import pytest

from keylint.model import Role
from keylint.readers import read


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": "«b»"}', None),
        ('\ufeff{"a" : "«b»",\r\n "é": ["«é»", "«c»"]}\r\n', None),
        (r'{"a": "«x\n\u00e9\ud83d\ude00\"\/\\»"}', ['x\né😀"/\\']),
        (r'{"a": "«x\ud800y»"}', ["x\ufffdy"]),
        ('{"a": «123», "b": «-1.5e3», "c": true, "d": null, "e": ""}', None),
        ('{"a": "«b»", "a": "«c»"}', None),
        ('// c\n{"a": "«b»", /* "c" */ "d": ["«e»",],}', None),
        ("{a: '«b»', $c: '«it\\'s»'}", ["b", "it's"]),
        ('{"a": "«x\ty»"}', None),
    ],
)
def test_place_of_a_value(check, text, values):
    check("json", "a.json", text, values)


def test_a_part_stands_behind_escapes(check, words):
    check("json", "a.json", r'{"a": "é\u00e9\n«KEY1»\ud83d\ude00«KEY\u0032»"}', ["KEY1", "KEY2"], interest=words)


def test_config_paths(check):
    check(
        "json",
        "a.json",
        '{"s": {"w": {"k": "«1»", "l": ["«2»", {"m": "«3»"}, ["«4»"]]}, "x": "«5»"}, "y": "«6»"}',
        names=["s.w.k", "s.w.l[0]", "s.w.l[1].m", "s.w.l[2][0]", "s.x", "y"],
    )


def test_a_value_goes_by_the_name_beside_it(everything):
    class Named(type(everything)):
        def spans(self, name, text):
            return super().spans(name, text) if name == "TOKEN" else ()

    text = '{"environment": [{"name": "TOKEN", "value": "x"}, {"name": "OTHER", "value": "x"}]}'
    facts = read("json", text, "task.json", Named())
    assert [(d.name, d.env) for d in facts.definitions] == [("environment[0].TOKEN", "TOKEN")]


def test_a_name_that_is_a_key_is_found_and_not_shown(words):
    facts = read("json", '{"a-KEYLONG1234": {"b": "KEY1"}, "name": "KEY2", "value": "KEY3"}', "a.json", words)
    assert [d.name for d in facts.definitions] == [None, "a-….b", "name", "value"]


def test_comments(check, words):
    facts = check(
        "json", "a.jsonc", '{// "old": "«KEY1»"\n"a": "«KEY2»" /* «KEY3» */}', interest=words, names=["old", "a", None]
    )
    assert [d.role for d in facts.definitions] == [Role.COMMENT, Role.PLAIN, Role.COMMENT]


def test_environment_of_a_branch(everything):
    facts = read("json", '{"production": {"a": "x"}, "b": "y"}', "config.json", everything)
    assert [d.environment for d in facts.definitions] == ["production", None]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": "b"}}', "line 1: text after the end of the document"),
        ('{"a": 1}\n{"a": 2}', "line 2: text after the end of the document"),
        ("[1 2]", "line 1: expected a comma or a closing bracket"),
        ('{"a"\n}', "line 2: expected a colon"),
        ('["a\n', "line 1: unterminated string"),
        ("['a", "line 1: unterminated string"),
        (r'["\x"]', "line 1: invalid \\escape"),
        ("[\n", "line 2: unexpected end"),
        ("/* [", "line 1: comment without an end"),
        ("/[", "line 1: expected a value"),
        ("[1,,2]", "line 1: expected a value"),
        ("{]", "line 1: expected a value"),
        ("[1}", "line 1: expected a value"),
        ("hello world", "line 1: text after the end of the document"),
    ],
)
def test_a_syntax_error_names_its_line(everything, text, problem):
    facts = read("json", text, "a.json", everything)
    assert facts.problem.startswith(problem)
    assert facts.definitions == ()


@pytest.mark.parametrize("text", ["", " \n", "\ufeff", "null", "// nothing"])
def test_nothing_to_read(everything, text):
    facts = read("json", text, "a.json", everything)
    assert facts.problem is None
    assert facts.definitions == ()


def test_lines(check):
    facts = check(
        "json", "a.jsonl", '{"a": "«b»"}\r\n\r\n{"c": "«c»"}\n{"a": {"d": "«é»"}}', names=["a", "c", "a.d"]
    )  # fmt: skip
    assert facts.problem is None


@pytest.mark.parametrize("broken", ['{"a": KEY2', '{"a": "KEY2', "{'a': 'KEY2"])
def test_a_broken_line_is_read_as_text_and_spares_the_others(words, broken):
    facts = read("json", f'{{"a": "KEY1"}}\n{broken}\n{{"a": "KEY3"}}\n', "a.ndjson", words)
    assert facts.problem.startswith("line 2: ")
    assert [(d.secret.reveal(), d.place.line) for d in facts.definitions] == [("KEY1", 1), ("KEY2", 2), ("KEY3", 3)]
