import pytest

from keylint.model import Channel, Damage, EnvRead, Literal, Opaque, Role, Within
from keylint.readers import read
from keylint.readers.interface import Found

NAME = "docker-compose.yml"


def shown(value):
    match value:
        case Literal(definition):
            return definition.secret.reveal()
        case EnvRead(name, _, None, required):
            return f"${name}" + "!" * required
        case EnvRead(name, _, default):
            return f"${name} or {shown(default)}"
        case Opaque():
            return "?"


@pytest.mark.parametrize(
    ("written", "delivered"),
    [
        ("v", "v"),
        ('"v"', "v"),
        ("''", ""),
        ("", "$K"),
        ("~", "$K"),
        ("'~'", "~"),
        ("123", "123"),
        ("a$$b$$", "a$b$"),
        ("$$${X}", "?"),
        ("$X", "$X"),
        ("${X}", "$X"),
        ("${X:-d}", "$X or d"),
        ("${X-d}", "$X or d"),
        ("'${X:-}'", "$X or "),
        ("${X:?gone}", "$X!"),
        ("${X?gone}", "$X!"),
        ("${X:+d}", "?"),
        ("a-${X}", "?"),
        ("${X}${Y}", "?"),
    ],
)
@pytest.mark.parametrize("form", ["map", "list"])
def test_what_a_container_gets(words, form, written, delivered):
    if form == "list" and written in ("", "~", "'~'", '"v"', "''", "'${X:-}'"):
        pytest.skip("means something else in a list")
    entry = f"K: {written}" if form == "map" else f"- K={written}"
    facts = read("yaml", f"services:\n  web:\n    environment:\n      {entry}\n", NAME, words)
    assert [(b.name, shown(b.value), b.rank, b.channel) for b in facts.env] == [("K", delivered, 40, Channel.COMPOSE)]


@pytest.mark.parametrize(
    ("item", "name", "delivered"),
    [
        ("- K='v'", "K", "'v'"),
        ('- K="v"', "K", '"v"'),
        ('- "K=v"', "K", "v"),
        ("- K", "K", "$K"),
        ("- K=", "K", ""),
        ("- K=~", "K", "~"),
        ("- K=a=b", "K", "a=b"),
    ],
)
def test_items_of_a_list_keep_their_quotes(words, item, name, delivered):
    facts = read("yaml", f"services: {{web: {{environment: [{item[2:]}]}}}}", NAME, words)
    assert [(b.name, shown(b.value)) for b in facts.env] == [(name, delivered)]


def test_places_and_names(check):
    facts = check(
        "yaml",
        NAME,
        "services:\n  web:\n    environment:\n      A: '«a»'\n      B: «b$$c»\n      C: ${X:-«d»}\n"
        "  job:\n    environment:\n      - D=«'e'»\n      - \"E=«f»\"\n",
        ["a", "b$c", "d", "'e'", "f"],
        [f"services.{name}" for name in ("web.environment.A", "web.environment.B", "web.environment.C")]
        + ["services.job.environment.D", "services.job.environment.E"],
    )
    assert [d.env for d in facts.definitions] == ["A", "B", "C", "D", "E"]
    assert [d.role for d in facts.definitions] == [Role.PLAIN] * 2 + [Role.DEFAULT] + [Role.PLAIN] * 2
    assert {d.channel for d in facts.definitions} == {Channel.COMPOSE}


def test_anchors_and_merges(words):
    text = """
x-common: &common {A: base, B: base}
x-secret: &secret KEY1
x-service: &service
  environment: {S: shared}
services:
  web:
    environment:
      <<: *common
      A: own
      K: *secret
  api:
    environment: *common
  job:
    <<: *service
  old:
    <<: [*service, {environment: {S: later}}]
    environment: {S: own}
"""
    facts = read("yaml", text, NAME, words)
    assert [(b.workload, b.name, shown(b.value)) for b in facts.env] == [
        ("services.web", "A", "own"), ("services.web", "B", "base"), ("services.web", "K", "KEY1"),
        ("services.api", "A", "base"), ("services.api", "B", "base"), ("services.job", "S", "shared"),
        ("services.old", "S", "own"),
    ]  # fmt: skip
    assert [(d.secret.reveal(), d.place.line, d.env) for d in facts.definitions] == [("KEY1", 3, "K")]


@pytest.mark.parametrize(
    ("written", "files"),
    [
        ("a.env", ["a.env"]),
        ("[a.env, ./b.env]", ["a.env", "./b.env"]),
        ("[a.env, {path: b.env, required: false}]", ["a.env", "b.env"]),
        ("{path: b.env}", ["b.env"]),
    ],
)
def test_env_files(words, written, files):
    text = f"services:\n  web: {{env_file: {written}}}\n  api: {{env_file: {files[0]}}}\n"
    assert read("yaml", text, NAME, words).env_files == tuple(files)


def test_a_value_beside_the_environment_is_an_ordinary_one(check):
    check(
        "yaml", NAME, "services:\n  web:\n    image: «a»\n    environment: {}\n",
        names=["services.web.image"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "environment", "bound"),
    [
        ("compose.yaml", None, True),
        ("deploy/docker-compose.prod.yml", "production", True),
        ("docker-stack.yml", None, True),
        ("docker-compose.override.yml", None, True),
        ("values.yml", None, False),
    ],
)
def test_files_that_are_compose_files(words, path, environment, bound):
    facts = read("yaml", "services: {web: {environment: {K: v}}}", path, words)
    assert [b.environment for b in facts.env] == [environment] * bound


def test_a_key_in_the_place_of_a_variable_is_no_name(words):
    facts = read("yaml", "services: {web: {environment: [KEY1]}}", NAME, words)
    assert facts.env == ()
    assert [d.secret.reveal() for d in facts.definitions] == ["KEY1"]


@pytest.mark.parametrize("text", ["a: &a [*a]", "services: &s {web: *s, environment: *s, <<: *s}", "services: [*b]"])
def test_circles_and_unknown_aliases(words, text):
    assert read("yaml", text, NAME, words).env == ()


@pytest.mark.parametrize(
    ("written", "key", "left"),
    [("$KEY1", "$KEY1", ""), ("a-$KEY1.b", "a-$KEY1.b", "a-.b"), ("$$KEY1", None, "$KEY1"), ("${KEY1}", None, "$KEY1")],
)
def test_a_key_that_compose_cuts_up(written, key, left):
    class Dollars:
        def spans(self, name, text):
            return (Found(0, len(text), Within.WHOLE),) if "$KEY" in text else ()

    facts = read("yaml", f"services: {{web: {{environment: {{K: '{written}'}}}}}}", NAME, Dollars())
    damaged = [d.secret.reveal() for d in facts.definitions if d.damage is Damage.INTERPOLATED]
    assert damaged == ([key] if key is not None else [])
    assert [shown(b.value) for b in facts.env] == [left]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("sk-aB3dE6gH9jK2$abcL-mN4", "sk-aB3dE6gH9jK2-mN4"),  # what stands behind the `$` is part of the key
        ("sk-aB3dE6gH9jK2$x-mN4", "sk-aB3dE6gH9jK2-mN4"),
        ("sk-aB3dE6gH9jK2$$x-mN4", "sk-aB3dE6gH9jK2$x-mN4"),
        ("sk-aB3dE6gH9jK2mN4$", "sk-aB3dE6gH9jK2mN4$"),  # no name behind it: it stays
        ("sk-aB3dE6gH9jK2-$SUFFIX", "?"),  # meant to be filled in
        ("key-of-$stage", "?"),
    ],
)
def test_a_key_of_no_known_shape_that_compose_cuts_up(written, left):
    class Named:
        def spans(self, name, text):
            return (Found(0, len(text), Within.WHOLE),) if name == "OPENAI_API_KEY" else ()

    facts = read("yaml", f"services: {{web: {{environment: {{OPENAI_API_KEY: '{written}'}}}}}}", NAME, Named())
    (binding,) = facts.env
    assert shown(binding.value) == left
    cut = left not in ("?", written, written.replace("$$", "$"))
    assert (isinstance(binding.value, Literal) and binding.value.definition.loader == "docker compose") == cut
