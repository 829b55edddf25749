import pytest

from keylint.model import Channel, EnvRead, Literal, Opaque, Role
from keylint.readers import read
from keylint.readers.interface import environment_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("K=«sk-abc»", None),
        ("K=«sk-abc»\r\nL=«x»\r\n", None),
        ("  export   K   =   «sk-abc»   \n", None),
        ("# é\nK=«é sk-abc»", None),
        ("K='«sk-abc»'", None),
        ('K="«sk-abc»" # note', None),
        ('É="«é»" \nK="«é-abc»"', None),
        ("K=«sk-abc» # note", None),
        ("K=«sk-abc#def»", None),
        ("K=«#def»", None),
        ("K=«`sk-abc`»", None),
        ("K=«sk abc def»", None),
        ("K=«sk-$abc»", None),
        (r'K="«a\nb\"c\\d»"', ['a\nb"c\\d']),
        (r"K='«a\nb\'c»'", ["a\\nb'c"]),
        (r'K="«a\qb»"', None),
        ('K="«a\r\nb»"\r\n', ["a\nb"]),
        ('K="«a\nb»"\nL=«c»', None),
        ("'K'=«v»", None),
        ("\ufeffK=«v»", None),
        ("K=«=v=»", None),
        ('K="unclosed\nL=«v»', None),
        ("K= # note\nL=«v»", None),
    ],
)
def test_the_delivered_value_and_its_place(check, text, values):
    check("dotenv", ".env", text, values)


def test_columns_count_characters(everything):
    facts = read("dotenv", 'É=x\nexport K="sk-abc"\n', ".env", everything)
    place = facts.definitions[1].place
    assert (place.line, place.column, place.end_line, place.end_column) == (2, 11, 2, 17)


def test_every_variable_is_bound(words):
    facts = read("dotenv", "A=1\nB=\nC\nD=x # c\nexport E='KEY1'\n", ".env", words)
    assert [(b.name, b.value.definition.secret.reveal()) for b in facts.env] == [
        ("A", "1"),
        ("B", ""),
        ("D", "x"),
        ("E", "KEY1"),
    ]
    assert {binding.channel for binding in facts.env} == {Channel.DOTENV}
    assert facts.env[1].place.column == 3
    assert [(d.name, d.env) for d in facts.definitions] == [("E", "E")]
    assert facts.problem is None


def test_a_part_of_a_value_is_found_where_it_stands(check, words):
    facts = check("dotenv", ".env", r'DSN="a\n\té://user:«KEY1»@host"', interest=words, names=["DSN"])
    assert facts.env[0].value.definition.secret.reveal() == "a\n\té://user:KEY1@host"


@pytest.mark.parametrize(
    ("value", "name", "default"),
    [("${OTHER}", "OTHER", None), ('"${OTHER:-fallback}"', "OTHER", "fallback"), ("${OTHER-}", "OTHER", "")],
)
def test_a_whole_reference_reads_another_variable(everything, value, name, default):
    facts = read("dotenv", f"K={value}\n", ".env", everything)
    bound = facts.env[0].value
    assert isinstance(bound, EnvRead)
    assert bound.name == name
    assert (bound.default and bound.default.definition.secret.reveal()) == default
    assert [(d.secret.reveal(), d.role) for d in facts.definitions if d.secret.reveal()] == (
        [(default, Role.DEFAULT)] if default else []
    )


def test_a_default_stands_where_it_is_written(check):
    check("dotenv", ".env", 'K="${OTHER:-«fällback»}"')


def test_a_value_with_a_reference_in_it_cannot_be_followed(words):
    facts = read("dotenv", "K=KEY1${OTHER}\nL=KEY${X}\nM=${KEY1}\n", ".env", words)
    assert [type(binding.value) for binding in facts.env] == [Opaque, Opaque, EnvRead]
    assert [d.secret.reveal() for d in facts.definitions] == ["KEY1", "KEY"]


@pytest.mark.parametrize(
    ("path", "rank", "environment"),
    [
        (".env", 10, None),
        ("a/.env.prod", 12, "production"),
        ("a/prod.env", 12, "production"),
        ("app.env", 10, None),
        (".env.local", 20, None),
        (".env.prod.local", 22, "production"),
        (".flaskenv", 8, None),
    ],
)
def test_rank_and_environment(everything, path, rank, environment):
    facts = read("dotenv", "K=v", path, everything)
    assert [(b.rank, b.environment) for b in facts.env] == [(rank, environment)]
    assert facts.definitions[0].environment == environment == environment_of(path)


@pytest.mark.parametrize("path", [".env.example", ".env.sample", "env.template", ".env.dist", "a/example.env"])
def test_a_sample_documents_and_binds_nothing(everything, path):
    facts = read("dotenv", "A=x\nB\n# OPTIONAL=\n#   comment\nA=y\n", path, everything)
    assert facts.documented == ("A", "B", "OPTIONAL")
    assert facts.env == ()
    assert {d.role for d in facts.definitions} == {Role.EXAMPLE}


def test_a_byte_order_mark_damages_the_first_name_only(everything):
    facts = read("dotenv", "\ufeff# c\nA=x\nB=y\n", ".env", everything)
    assert [(d.name, d.damage) for d in facts.definitions] == [
        ("A", "byte order mark before the first name"),
        ("B", None),
    ]
    assert isinstance(facts.env[0].value, Literal)
    assert facts.env[0].value.definition.damage is not None


@pytest.mark.parametrize(
    ("line", "broken"),
    [("K: v", True), ("a b c", True), ('K="v" w', True), ("=v", True), ('K="v', True), ("K v", True), ("K", False)],
)
def test_a_broken_line_sets_nothing_and_spares_the_others(everything, line, broken):
    facts = read("dotenv", f"A=x\n\n{line}\nB=y\n", ".env", everything)
    assert [binding.name for binding in facts.env] == ["A", "B"]
    assert facts.problem == ("line 3: not a NAME=value line" if broken else None)


def test_keys_in_comments_and_broken_lines_are_found(check, words):
    facts = check(
        "dotenv",
        ".env",
        "# OLD=«KEY1»\nA=b # was «KEY2»\nK: «KEY3»\n«KEY4»\n",
        names=["OLD", None, "K", None],
        interest=words,
    )
    assert [d.role for d in facts.definitions] == [Role.COMMENT, Role.COMMENT, Role.PLAIN, Role.PLAIN]


def test_commands_of_a_shell_script_are_no_mistakes(everything):
    assert read("dotenv", "source_up\nPATH_add bin\nexport K=v\n", ".envrc", everything).problem is None


def test_references_and_ciphertext_are_no_values(everything):
    text = "A=op://vault/item/field\nB=encrypted:BAbc+/=\nC=ENC[AES256_GCM,data:x]\n"
    assert read("dotenv", text, ".env", everything).definitions == ()


def test_too_large(everything):
    facts = read("dotenv", "A=b\n" * 250_001, ".env", everything)
    assert facts.problem == "larger than 1 MB: matched as text"
    assert facts.env == ()
