"""Input that was made to hurt: depth, size, aliases, bytes that do not belong. Every case ends, and keeps what can be kept."""

import pytest

from keylint.readers import read

FILES = {
    "dotenv": ".env", "yaml": "a.yml", "toml": "a.toml", "json": "a.json", "ini": "a.ini", "text": "a.txt",
    "dockerfile": "Dockerfile", "recipes": "Makefile", "systemd": "a.service",
    "terraform": "a.tf", "xml": "a.xml", "netrc": ".netrc",
}  # fmt: skip
DEPTH = 10_000


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("json", "[" * DEPTH + "]" * DEPTH),
        ("json", '{"a":' * DEPTH + "1" + "}" * DEPTH),
        ("yaml", "a: " + "[" * DEPTH + "]" * DEPTH),
        ("yaml", "a: " + "{a: " * DEPTH + "}" * DEPTH),
        ("yaml", "- " * DEPTH + "a"),
        ("toml", "a = " + "[" * DEPTH + "]" * DEPTH),
        ("toml", "a" + ".a" * DEPTH + " = 1"),
    ],
    ids=lambda value: value[:10],
)
@pytest.mark.parametrize("path", [None, "docker-compose.yml"])
def test_depth_is_refused(reader, text, path, anything):
    facts = read(reader, text, path or FILES[reader], anything)
    assert facts.definitions == ()
    assert "deep" in facts.problem


@pytest.mark.parametrize("path", ["a.yml", "docker-compose.yml"])
def test_aliases_are_never_expanded(words, path):
    lines = ["a0: &a0 [KEY1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 60)]
    lines += [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 10)}]}}" if i else "m0: &m0 {K: v}" for i in range(60)]
    lines += ["services: {web: {environment: *m59}, api: {environment: *a59, <<: *m59}}"]
    facts = read("yaml", "\n".join(lines), path, words)
    assert [d.secret.reveal() for d in facts.definitions] == ["KEY1"]
    assert [binding.name for binding in facts.env] == (["K"] if path != "a.yml" else [])


def test_work_on_aliases_is_bounded(words):
    big = ", ".join(f"K{i}: v" for i in range(2_000))
    services = "".join(f"  s{i}: {{environment: *big}}\n" for i in range(2_000))
    facts = read("yaml", f"x: &big {{{big}}}\nservices:\n{services}", "docker-compose.yml", words)
    assert len(facts.env) == 20_000


def test_a_huge_line_of_json(words):
    text = "[" + ",".join([f'"{"x" * 90}"'] * 53_000) + ', "KEY1"]'
    assert len(text) > 4_900_000
    facts = read("json", text, "a.json", words)
    assert [(d.place.line, d.place.column) for d in facts.definitions] == [(1, len(text) - 5)]


@pytest.mark.parametrize("reader", FILES)
@pytest.mark.parametrize(
    "text",
    ["\0" * 100_000, "[" * 100_000, "{" * 100_000, '"' * 100_001, "'" * 100_001, "\\" * 100_001, "a=" * 50_000,
     "a: " * 50_000, "${" * 50_000, "#" * 100_000, "&a " * 50_000, "/*" * 50_000, "a" + " " * 100_000 + "b",
     'a="' + " " * 100_000, "a: '" + "\n" * 100_000, 'a = """' + '\\"' * 50_000, "\r" * 100_000, "\ud800" * 1_000,
     ("a" + " " * 500) * 500, "\t" * 100_000 + "#", "a = '''" + "\r\n" * 50_000],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
def test_junk_ends(reader, text, anything, words, honest):
    honest(text, read(reader, text, FILES[reader], anything).definitions)
    assert read(reader, text, FILES[reader], words).definitions == ()


@pytest.mark.parametrize("reader", FILES)
def test_nul_bytes_and_lone_surrogates_hide_nothing_from_the_text_reader(reader, words):
    text = 'a = "\0\ud800KEY1"\n'
    facts = read(reader, text, FILES[reader], words)
    if facts.problem is not None and not facts.definitions:  # then the engine reads the file as text
        facts = read("text", text, FILES[reader], words)
    assert [(d.secret.reveal(), d.place.column) for d in facts.definitions] == [("KEY1", 8)]


@pytest.mark.parametrize("reader", ["json", "yaml"])
def test_a_value_with_a_lone_surrogate_can_be_encoded(reader, anything):
    facts = read(reader, '{"a": "\\ud800"}', FILES[reader], anything)
    for definition in facts.definitions:
        assert definition.secret.reveal().encode()


@pytest.mark.parametrize("reader", FILES)
def test_a_problem_shows_nothing_of_the_file(reader, words):
    for text in ('a = "KEY1', "KEY1: KEY2: KEY3", "{KEY1", "*KEY1", "[KEY1 = ", '"\\KEY1"', "%KEY1 KEY2\n", "!<KEY1"):
        problem = read(reader, text, FILES[reader], words).problem
        assert problem is None or "KEY" not in problem


@pytest.mark.parametrize(
    "line", ["x{new} = x{old} + x{old}", 'x{new} = f"{{x{old}}}{{x{old}}}"', "x{new} = ''.join([x{old}, x{old}])"]
)
def test_text_that_doubles_with_each_line_is_given_up(anything, line):
    lines = ['x0 = "abcdefgh"', *(line.format(old=n, new=n + 1) for n in range(60))]
    found = read("python", "\n".join(lines), "a.py", anything)
    assert found.problem is None
    assert all(len(definition.secret) < 1_000_000 for definition in found.definitions)


def test_long_glue_is_not_multiplied(anything):
    text = 'x = "' + "g" * 50_000 + '".join([' + '"", ' * 5_000 + "])"
    assert all(len(definition.secret) < 1_000_000 for definition in read("python", text, "a.py", anything).definitions)


def test_a_long_line_of_subclasses(anything):
    text = "\n".join(f"class C{n + 1}(C{n}):\n    x = 1" for n in range(3_000))
    assert read("python", text, "a.py", anything).problem is None


def test_a_name_with_many_values(anything):
    text = "class C:\n    def f(self):\n" + "        self.x = self.x\n" * 3_000
    assert read("python", text, "a.py", anything).problem is None
