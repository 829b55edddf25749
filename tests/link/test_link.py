from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.link import Reach, link
from keylint.model import (
    Binding,
    Channel,
    Choice,
    Definition,
    EnvBinding,
    EnvRead,
    FileFacts,
    Import,
    Literal,
    Nothing,
    Opaque,
    Place,
    Reference,
    Secret,
    Sink,
    Stripped,
    Use,
    Value,
    Via,
)

OPENAI = Sink("openai.OpenAI", "openai", keyword="api_key", env=("OPENAI_API_KEY",), missing="openai.OpenAIError")
STRIPE = Sink("stripe.api_key", "stripe")
T = TypeVar("T")
SINKS = {sink.call: (sink,) for sink in (OPENAI, STRIPE)}


def at(path: str, line: int = 1, column: int = 1) -> Place:
    return Place(path, line, column, line, column + 5)


def literal(
    path: str,
    value: str,
    line: int = 1,
    *,
    name: str | None = None,
    env: str | None = None,
    environment: str | None = None,
) -> Literal:
    channel = Channel.PYTHON if path.endswith(".py") else Channel.DOTENV
    return Literal(Definition(at(path, line, 10), Secret(value), channel, name, environment, env=env))


def read(path: str, name: str, line: int = 5, default: Value | None = None, *, required: bool = False) -> EnvRead:
    return EnvRead(name, at(path, line, 20), default, required)


def ref(path: str, name: str, line: int = 6) -> Reference:
    return Reference(name, at(path, line, 30))


def use(path: str, value: Value, line: int = 9, call: str = "openai.OpenAI", keyword: str | None = "api_key") -> Use:
    return Use(at(path, line), f"{call}(…)", call, call.partition(".")[0], value, keyword)


def nothing(path: str, line: int = 9) -> Nothing:
    return Nothing(at(path, line))


def dotenv(path: str, environment: str | None = None, rank: int = 10, **values: str) -> FileFacts:
    """A `.env` file: one line per value."""
    lines = [
        EnvBinding(
            name, literal(path, value, line, name=name, env=name, environment=environment), at(path, line), Channel.DOTENV,
            environment, rank,
        )
        for line, (name, value) in enumerate(values.items(), 1)
    ]  # fmt: skip
    return FileFacts(path, env=tuple(lines), definitions=tuple(b.value.definition for b in lines))


def compose(path: str, *, env_files: Iterable[str] = (), **values: Value) -> FileFacts:
    """A compose file with one service."""
    env = [
        EnvBinding(name, value, at(path, line), Channel.COMPOSE, rank=40)
        for line, (name, value) in enumerate(values.items(), 1)
    ]
    return FileFacts(path, env=tuple(env), env_files=tuple(env_files))


def module(path: str, *imports: Import, uses: Iterable[Use] = (), **bindings: Value) -> FileFacts:
    """A Python file; `Class__attr` binds `Class.attr`."""
    bound = [
        Binding(name.replace("__", "."), value, at(path, line))
        for line, (name, value) in enumerate(bindings.items(), 1)
    ]
    return FileFacts(path, uses=tuple(uses), bindings=tuple(bound), imports=imports)


def run(
    *files: FileFacts, later: Iterable[FileFacts] = (), sinks: dict[str, tuple[Sink, ...]] | None = None
) -> list[Reach]:
    """Link `files`; `later` are those that have to be asked for."""
    on_demand = {each.path: each for each in later}
    asked: list[str] = []

    def load(path: str) -> FileFacts | None:
        asked.append(path)
        return on_demand.get(path)

    table = SINKS if sinks is None else sinks
    reaches = link({each.path: each for each in files}, lambda call: table.get(call, ()), load)
    assert len(asked) == len(set(asked)), "each file is asked for once"
    return list(reaches)


def value_of(reach: Reach) -> str | None:
    return reach.definition.secret.reveal() if reach.definition is not None else reach.why


def values(reaches: Iterable[Reach]) -> dict[str | None, object]:
    """Environment -> what arrives: one value, or a sorted list."""
    found: dict[str | None, list[str | None]] = {}
    for reach in reaches:
        found.setdefault(reach.environment, []).append(value_of(reach))
    return {key: each[0] if len(each) == 1 else sorted(map(str, each)) for key, each in found.items()}


# -------------------------------------------------------------------- keys that a call can do without

ADMIN = Sink("openai.OpenAI", "openai", keyword="admin", env=("ADMIN_KEY",), optional=True)


def with_two_keys(value: Value) -> tuple[FileFacts, ...]:
    return (module("a.py", uses=[use("a.py", literal("a.py", "x")), use("a.py", value, keyword="admin")]),)


def test_a_second_key_that_is_not_given_is_no_use():
    table = {"openai.OpenAI": (OPENAI, ADMIN)}
    assert [reach.use.keyword for reach in run(*with_two_keys(nothing("a.py")), sinks=table)] == ["api_key"]
    rest = Choice((Opaque("**kwargs"), read("a.py", "ADMIN_KEY")))
    assert [reach.use.keyword for reach in run(*with_two_keys(rest), sinks=table)] == ["api_key"]


def test_a_second_key_that_is_given_or_set_is_a_use():
    table = {"openai.OpenAI": (OPENAI, ADMIN)}
    found = run(*with_two_keys(nothing("a.py")), dotenv(".env", ADMIN_KEY="y"), sinks=table)
    assert [value_of(reach) for reach in found] == ["x", "y"]
    found = run(*with_two_keys(read("a.py", "OTHER")), sinks=table)
    assert [reach.use.keyword for reach in found] == ["api_key", "admin"]


def test_the_only_key_of_a_call_is_a_use_where_it_is_not_given():
    only = replace(ADMIN, keyword="api_key")
    assert len(run(module("a.py", uses=[use("a.py", nothing("a.py"))]), sinks={"openai.OpenAI": (only,)})) == 1


# -------------------------------------------------------------------- names


def test_a_literal_at_the_use():
    (reach,) = run(module("app.py", uses=[use("app.py", literal("app.py", "v", 9))]))
    assert value_of(reach) == "v"
    assert [step.note for step in reach.steps] == ["written here", "passed to openai.OpenAI(…)"]
    assert reach.steps[-1].place == reach.use.place


def test_steps_of_a_constant_and_a_local_name():
    value = Via(ref("app.py", "KEY"), at("app.py", 8), "key = …")
    (reach,) = run(module("app.py", uses=[use("app.py", value)], KEY=literal("app.py", "v", name="KEY")))
    assert [(step.place.line, step.note) for step in reach.steps] == [
        (1, "KEY defined"), (8, "key = …"), (9, "passed to openai.OpenAI(…)"),
    ]  # fmt: skip


def test_later_bindings_win():
    facts = module("app.py", uses=[use("app.py", ref("app.py", "KEY"))])
    bindings = tuple(
        Binding("KEY", literal("app.py", value, line), at("app.py", line)) for line, value in ((1, "a"), (2, "b"))
    )
    (reach,) = run(replace(facts, bindings=bindings))
    assert value_of(reach) == "b"


IMPORTS = [
    ("app.py", Import("KEY", "settings", "KEY"), "KEY", "settings.py", "KEY"),
    ("app.py", Import("K", "settings", "KEY"), "K", "settings.py", "KEY"),
    ("app.py", Import("settings", "settings"), "settings.KEY", "settings.py", "KEY"),
    ("app.py", Import("s", "pkg.settings"), "s.KEY", "pkg/settings.py", "KEY"),
    ("app.py", Import("pkg", "pkg.settings"), "pkg.settings.KEY", "pkg/settings.py", "KEY"),
    ("app.py", Import("pkg.settings", "pkg.settings"), "pkg.settings.KEY", "pkg/settings.py", "KEY"),
    ("app.py", Import("settings", "pkg", "settings"), "settings.KEY", "pkg/settings.py", "KEY"),
    ("app.py", Import("*", "settings", "*"), "KEY", "settings.py", "KEY"),
    ("app.py", Import("KEY", "pkg", "KEY"), "KEY", "pkg/__init__.py", "KEY"),
    ("app.py", Import("Settings", "settings", "Settings"), "Settings.api_key", "settings.py", "Settings.api_key"),
    ("app.py", Import("KEY", "settings", "KEY"), "KEY", "src/settings.py", "KEY"),
    ("tests/test_a.py", Import("KEY", "app.settings", "KEY"), "KEY", "src/app/settings.py", "KEY"),
    ("pkg/app.py", Import("KEY", ".settings", "KEY"), "KEY", "pkg/settings.py", "KEY"),
    ("pkg/app.py", Import("settings", ".", "settings"), "settings.KEY", "pkg/settings.py", "KEY"),
    ("pkg/sub/app.py", Import("KEY", "..settings", "KEY"), "KEY", "pkg/settings.py", "KEY"),
    ("pkg/sub/app.py", Import("c", "..", "config"), "c.KEY", "pkg/config.py", "KEY"),
    ("pkg/sub/app.py", Import("KEY", "pkg.settings", "KEY"), "KEY", "pkg/settings.py", "KEY"),
    ("a/b/app.py", Import("KEY", "lib.settings", "KEY"), "KEY", "a/lib/settings.py", "KEY"),
]


@pytest.mark.parametrize(("path", "imported", "name", "target", "bound"), IMPORTS)
def test_imports(path, imported, name, target, bound):
    using = module(path, imported, uses=[use(path, ref(path, name))])
    settings = module(target, **{bound.replace(".", "__"): literal(target, "v", name=bound)})
    (reach,) = run(using, later=[settings])
    assert value_of(reach) == "v"
    assert reach.steps[0].place.path == target


def test_re_exports_aliases_and_objects():
    using = module(
        "app.py", Import("settings", "config", "settings"), uses=[use("app.py", ref("app.py", "settings.api_key"))]
    )
    package = module("config/__init__.py", Import("settings", ".values", "settings"))
    by_class = module(
        "config/values.py",
        Settings__api_key=literal("config/values.py", "v"),
        settings=ref("config/values.py", "Settings"),
    )
    by_object = module(
        "config/values.py", Settings__api_key=literal("config/values.py", "v"), settings=Opaque("Settings()")
    )
    assert values(run(using, later=[package, by_class])) == {None: "v"}
    assert values(run(using, later=[package, by_object])) == {None: "v"}


def test_an_object_that_could_be_of_two_classes_is_not_guessed():
    facts = module(
        "app.py", uses=[use("app.py", ref("app.py", "s.key"))], A__key=literal("app.py", "a"), B__key=literal("app.py", "b", 2),
        s=Opaque("make()"),
    )  # fmt: skip
    assert values(run(facts)) == {None: "opaque"}


def test_submodule_of_an_imported_package():
    using = module("app.py", Import("pkg", "pkg"), uses=[use("app.py", ref("app.py", "pkg.config.KEY"))])
    later = [module("pkg/__init__.py"), module("pkg/config.py", KEY=literal("pkg/config.py", "v"))]
    assert values(run(using, later=later)) == {None: "v"}


def test_unknown_names_are_opaque():
    assert values(run(module("app.py", uses=[use("app.py", ref("app.py", "nowhere"))]))) == {None: "opaque"}
    private = module("app.py", Import("*", "s", "*"), uses=[use("app.py", ref("app.py", "_KEY"))])
    assert values(run(private, later=[module("s.py", _KEY=literal("s.py", "v"))])) == {None: "opaque"}


def test_cycles_end():
    one = module("one.py", Import("A", "two", "A"), uses=[use("one.py", ref("one.py", "A"))])
    two = module("two.py", Import("A", "one", "A"))
    assert values(run(one, later=[two])) == {None: "opaque"}
    itself = module("a.py", uses=[use("a.py", ref("a.py", "A"))], A=ref("a.py", "B"), B=ref("a.py", "A"))
    assert values(run(itself)) == {None: "opaque"}


def test_too_many_ways_end():
    names = {f"n{number}": Choice((ref("a.py", f"n{number + 1}"),) * 3) for number in range(30)}
    facts = module("a.py", uses=[use("a.py", ref("a.py", "n0"))], **names, n30=literal("a.py", "v"))
    assert len(run(facts)) >= 1


def test_choices():
    def arrives(*options: Value) -> object:
        return values(run(module("app.py", uses=[use("app.py", Choice(options))])))

    one, two = literal("app.py", "a", 1), literal("app.py", "b", 2)
    assert arrives(one, two) == {None: ["a", "b"]}
    assert arrives(one, nothing("app.py")) == {None: "a"}
    assert arrives(read("app.py", "UNSET"), two) == {None: "b"}
    assert arrives(Opaque("input()"), two) == {None: ["b", "opaque"]}
    assert arrives(literal("app.py", "  ", 1), two) == {None: "b"}


def test_stripped_is_carried():
    (reach,) = run(module("app.py", uses=[use("app.py", Stripped(literal("app.py", "v\n")))]))
    assert reach.stripped
    assert value_of(reach) == "v\n"


# -------------------------------------------------------------------- environment variables

USING = module("app.py", uses=[use("app.py", read("app.py", "OPENAI_API_KEY"))])


def test_steps_through_a_variable():
    settings = module("settings.py", KEY=read("settings.py", "OPENAI_API_KEY", 1))
    using = module("app.py", Import("KEY", "settings", "KEY"), uses=[use("app.py", ref("app.py", "KEY"))])
    (reach,) = run(using, dotenv(".env", OPENAI_API_KEY="v"), later=[settings])
    assert [(step.place.path, step.note) for step in reach.steps] == [
        (".env", "OPENAI_API_KEY set in .env"),
        ("settings.py", "read from OPENAI_API_KEY"),
        ("app.py", "passed to openai.OpenAI(…)"),
    ]
    assert reach.variable == "OPENAI_API_KEY"


PASSED_ON = compose("compose.yaml", OPENAI_API_KEY=read("compose.yaml", "OPENAI_API_KEY"))
PRECEDENCE = [
    # env files -> what arrives per environment
    ([dotenv(".env", OPENAI_API_KEY="a")], {None: "a"}),
    ([dotenv(".env", OPENAI_API_KEY="a"), dotenv(".env.local", rank=20, OPENAI_API_KEY="b")], {None: "b"}),
    (
        [dotenv(".env", OPENAI_API_KEY="a"), dotenv(".env.production", "production", OPENAI_API_KEY="b")],
        {None: "a", "production": "b"},
    ),
    (
        [
            dotenv(".env.staging", "staging", OPENAI_API_KEY="a"),
            dotenv(".env.production", "production", OPENAI_API_KEY="b"),
        ],
        {"staging": "a", "production": "b"},
    ),
    ([dotenv(".env", OPENAI_API_KEY="a"), dotenv(".env.production", "production", OPENAI_API_KEY="a")], {None: "a"}),
    ([dotenv(".env.production", "production", OPENAI_API_KEY="a")], {None: "a"}),
    (
        [dotenv(".env.local", rank=20, OPENAI_API_KEY="l"), dotenv(".env.production", "production", OPENAI_API_KEY="b")],
        {None: "l", "production": "b"},
    ),
    ([dotenv(".env", OPENAI_API_KEY="a"), compose("compose.yaml", OPENAI_API_KEY=literal("compose.yaml", "c"))], {None: "c"}),
    ([dotenv(".env", OPENAI_API_KEY="a"), PASSED_ON], {None: "a"}),
    ([dotenv(".env", OTHER="x"), PASSED_ON], {None: "opaque"}),
    (
        [
            dotenv(".env", OUTER="a"),
            compose("compose.yaml", OPENAI_API_KEY=read("compose.yaml", "OUTER"), OUTER=literal("compose.yaml", "no", 7)),
        ],
        {None: "a"},
    ),
    ([dotenv(".env", OPENAI_API_KEY="")], {None: "empty"}),
]  # fmt: skip


@pytest.mark.parametrize(("files", "arrives"), PRECEDENCE)
def test_precedence(files, arrives):
    assert {env: value or "empty" for env, value in values(run(USING, *files)).items()} == arrives


def test_an_empty_value_keeps_its_definition():
    (reach,) = run(USING, dotenv(".env", OPENAI_API_KEY=""))
    assert reach.why == "empty"
    assert reach.definition is not None
    assert reach.definition.place.path == ".env"


def test_last_line_of_a_dotenv_file_wins():
    lines = dotenv(".env", OPENAI_API_KEY="a", X="b")
    env = (lines.env[0], replace(lines.env[1], name="OPENAI_API_KEY"))
    assert values(run(USING, replace(lines, env=env))) == {None: "b"}


def test_two_services_are_two_possibilities():
    first = compose("compose.yaml", OPENAI_API_KEY=literal("compose.yaml", "a"))
    second = EnvBinding(
        "OPENAI_API_KEY", literal("compose.yaml", "b", 7), at("compose.yaml", 7), Channel.COMPOSE, rank=40
    )
    assert values(run(USING, replace(first, env=(*first.env, second)))) == {None: ["a", "b"]}


def test_compose_names_env_files():
    named = dotenv("deploy/api.env", OPENAI_API_KEY="d")
    files = (compose("compose.yaml", env_files=["./deploy/api.env"]), dotenv(".env", OPENAI_API_KEY="e"))
    assert values(run(USING, *files, later=[named])) == {None: "d"}


def test_a_program_names_env_files():
    using = replace(
        module("src/app.py", uses=[use("src/app.py", read("src/app.py", "OPENAI_API_KEY"))]), env_files=("conf/x",)
    )
    assert values(run(using, later=[dotenv("conf/x", OPENAI_API_KEY="v")])) == {None: "v"}


def set_in_code(path: str, value: str, line: int) -> FileFacts:
    binding = EnvBinding("OPENAI_API_KEY", literal(path, value, line), at(path, line), Channel.PYTHON, rank=50)
    return FileFacts(path, env=(binding,))


def test_statements_that_set_variables():
    before, after = set_in_code("app.py", "p", 2), set_in_code("app.py", "p", 7)
    env = dotenv(".env", OPENAI_API_KEY="e")
    assert values(run(replace(USING, env=before.env), env)) == {None: "p"}
    assert values(run(replace(USING, env=after.env), env)) == {None: "e"}
    assert values(run(USING, set_in_code("boot.py", "p", 2))) == {None: "p"}
    assert values(run(USING, set_in_code("boot.py", "p", 2), env)) == {None: ["e", "p"]}
    assert values(run(USING, set_in_code("tests/conftest.py", "p", 2), env)) == {None: "e"}
    assert values(run(USING, set_in_code("tests/conftest.py", "p", 2))) == {None: "opaque"}


def in_directory(directory: str) -> FileFacts:
    path = f"{directory}/app.py" if directory else "app.py"
    return module(path, uses=[use(path, read(path, "OPENAI_API_KEY"))])


MONOREPO = [
    ("a", {"a/.env": "a", "b/.env": "b"}, {"a": "a", "b": "b"}),
    ("a/src/deep", {"a/.env": "a", "b/.env": "b", ".env": "root"}, {"a": "a"}),
    ("a", {"b/.env": "b", ".env": "root"}, {"root": "root"}),
    ("a", {"deploy/prod.env": "d"}, {"d": "d"}),
]


@pytest.mark.parametrize(("directory", "files", "arrives"), MONOREPO)
def test_nearest_env_file(directory, files, arrives):
    using = in_directory(directory)
    found = values(run(using, *(dotenv(path, OPENAI_API_KEY=value) for path, value in files.items())))
    assert found[None] in arrives


def test_the_neighbours_variables_do_not_serve():
    a, b = in_directory("a"), in_directory("b")
    files = (dotenv("a/.env", OPENAI_API_KEY="a", X="1"), dotenv("b/.env", OPENAI_KEY="b"))
    reaches = {reach.use.place.path: reach for reach in run(a, b, *files)}
    assert value_of(reaches["a/app.py"]) == "a"
    assert (reaches["b/app.py"].why, reaches["b/app.py"].nearest) == ("missing", "OPENAI_KEY")


# -------------------------------------------------------------------- defaults, missing and absent keys


def test_default_only_where_nothing_sets_it():
    default = literal("app.py", "d", 5)
    using = module("app.py", uses=[use("app.py", read("app.py", "OPENAI_API_KEY", default=default))])
    assert values(run(using)) == {None: "d"}
    assert values(run(using, dotenv(".env", OPENAI_API_KEY="e"))) == {None: "e"}
    assert values(run(using, dotenv(".env.production", "production", OPENAI_API_KEY="e"))) == {
        "production": "e",
        None: "d",
    }


def test_an_empty_default_is_no_key():
    for default in (literal("app.py", "", 5), nothing("app.py", 5)):
        using = module("app.py", uses=[use("app.py", read("app.py", "OPENAI_KEY", default=default))])
        assert values(run(using)) == {None: "opaque"}
        assert values(run(using, dotenv(".env", OPENAI_API_KEY="e"))) == {None: "missing"}


SAMPLE = FileFacts(".env.example", documented=("OPENAI_KEY",))
MISSING = [
    # files, why, nearest
    ([dotenv(".env", OPENAI_API_KEY="v")], "missing", "OPENAI_API_KEY"),
    ([], "opaque", None),
    ([dotenv(".env", DEBUG="1")], "opaque", None),
    ([SAMPLE, dotenv(".env", DEBUG="1")], "missing", None),
    ([SAMPLE], "opaque", None),
    ([dotenv(".env", STRIPE_API_KEY="v")], "opaque", None),
]


@pytest.mark.parametrize(("files", "why", "nearest"), MISSING)
def test_missing(files, why, nearest):
    using = module("app.py", uses=[use("app.py", read("app.py", "OPENAI_KEY"), call="acme.Client")])
    (reach,) = run(using, *files)
    assert (reach.definition, reach.why, reach.nearest, reach.variable) == (None, why, nearest, "OPENAI_KEY")


def test_missing_where_the_project_defines_its_others():
    stripe = use("app.py", read("app.py", "STRIPE_API_KEY"), 10, "stripe.api_key", None)
    using = module("app.py", uses=[use("app.py", read("app.py", "OPENAI_API_KEY")), stripe])
    assert [reach.why for reach in run(using, dotenv(".env", STRIPE_API_KEY="v"))] == ["missing", None]


def test_a_lookup_that_raises():
    using = module("app.py", uses=[use("app.py", read("app.py", "OPENAI_KEY", required=True))])
    (reach,) = run(using, dotenv(".env", OPENAI_API_KEY="v"))
    assert (reach.why, reach.required, reach.instead) == ("missing", True, None)


def test_a_lookup_that_yields_nothing_lets_the_sdk_look_itself():
    (reach,) = run(
        module("app.py", uses=[use("app.py", read("app.py", "OPENAI_KEY"))]), dotenv(".env", OPENAI_API_KEY="v")
    )
    assert (reach.why, reach.instead) == ("missing", "OPENAI_API_KEY")


def absent(path: str = "app.py") -> FileFacts:
    return module(path, uses=[use(path, nothing(path))])


def test_the_sdk_reads_the_environment_where_nothing_is_passed():
    (reach,) = run(absent(), dotenv(".env", OPENAI_API_KEY="v"))
    assert (value_of(reach), reach.variable) == ("v", "OPENAI_API_KEY")
    assert [step.note for step in reach.steps] == [
        "OPENAI_API_KEY set in .env", "read from OPENAI_API_KEY", "passed to openai.OpenAI(…)",
    ]  # fmt: skip
    assert values(run(absent())) == {None: "opaque"}
    assert values(run(absent(), dotenv(".env", OPENAI_KEY="v"))) == {None: "missing"}


def test_nothing_for_a_sink_without_variables():
    using = module("app.py", uses=[use("app.py", nothing("app.py"), call="stripe.api_key", keyword=None)])
    assert values(run(using)) == {None: "none"}
    optional = {"stripe.api_key": (replace(STRIPE, optional=True),)}
    assert values(run(using, sinks=optional)) == {None: "works-without"}


def test_the_first_of_several_names_wins():
    sinks = {"openai.OpenAI": (replace(OPENAI, env=("FIRST_KEY", "SECOND_KEY")),)}
    both = dotenv(".env", SECOND_KEY="2", FIRST_KEY="1")
    assert values(run(absent(), both, sinks=sinks)) == {None: "1"}
    assert values(run(absent(), dotenv(".env", SECOND_KEY="2"), sinks=sinks)) == {None: "2"}
    per_environment = (dotenv(".env.production", "production", FIRST_KEY="1"), dotenv(".env", SECOND_KEY="2"))
    assert values(run(absent(), *per_environment, sinks=sinks)) == {None: "2", "production": "1"}
    assert values(run(absent(), dotenv(".env", FIRST_KEY="", SECOND_KEY="2"), sinks=sinks)) == {None: ""}
    falling = {"openai.OpenAI": (replace(sinks["openai.OpenAI"][0], empty_falls_back=True),)}
    assert values(run(absent(), dotenv(".env", FIRST_KEY="", SECOND_KEY="2"), sinks=falling)) == {None: "2"}


def test_an_explicit_empty_value():
    using = module("app.py", uses=[use("app.py", literal("app.py", ""))])
    env = dotenv(".env", OPENAI_API_KEY="v")
    assert [reach.why for reach in run(using, env)] == ["empty"]
    falling = {"openai.OpenAI": (replace(OPENAI, empty_falls_back=True),)}
    assert values(run(using, env, sinks=falling)) == {None: "v"}


def test_environment_of_a_settings_module():
    using = module("settings/production.py", uses=[use("settings/production.py", ref("settings/production.py", "KEY"))],
                   KEY=literal("settings/production.py", "v", environment="production"))  # fmt: skip
    assert values(run(using)) == {"production": "v"}


# -------------------------------------------------------------------- anything at all

PATHS = st.sampled_from(
    ["app.py", "pkg/__init__.py", "pkg/a.py", "pkg/b.py", "src/c.py", ".env", "pkg/.env", "compose.yaml"]
)
NAMES = st.sampled_from(["A", "B", "C.a", "pkg", "a", "a.A", "pkg.a.A", "s", "s.a", "OPENAI_API_KEY", "OPENAI_KEY"])
MODULES = st.sampled_from(["pkg", "pkg.a", ".a", ".", "..", "b", "c", "app", "...x"])
PLACES = st.builds(at, PATHS, st.integers(1, 20))
ENVIRONMENTS = st.sampled_from([None, "production", "staging"])
LITERALS = st.builds(
    literal, PATHS, st.sampled_from(["x", "y", "", " z "]), st.integers(1, 20), environment=ENVIRONMENTS
)
LEAVES = st.one_of(
    LITERALS,
    st.builds(Reference, NAMES, PLACES),
    st.builds(Nothing, PLACES),
    st.builds(Opaque),
    st.builds(EnvRead, NAMES, PLACES),
)
VALUES: st.SearchStrategy[Value] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Via, inner, PLACES, st.just("note")),
        st.builds(Stripped, inner),
        st.lists(inner, max_size=3).map(lambda options: Choice(tuple(options))),
        st.builds(EnvRead, NAMES, PLACES, inner, st.booleans()),
    ),
    max_leaves=5,
)
CHANNELS = st.sampled_from([Channel.DOTENV, Channel.COMPOSE, Channel.PYTHON])
CALLS = st.sampled_from(["openai.OpenAI", "stripe.api_key", ""])
USES = st.builds(Use, PLACES, st.just("sink"), CALLS, st.none(), VALUES)
ENV_BINDINGS = st.builds(EnvBinding, NAMES, VALUES, PLACES, CHANNELS, ENVIRONMENTS, st.sampled_from([10, 20, 40]))
IMPORTED = st.builds(Import, NAMES, MODULES, st.sampled_from(["", "*", "A", "a", "s"]))
ENV_FILES = st.sampled_from([".env", "../.env", "../../x", "pkg/.env", "/etc/x", ""])


def tuples_of(what: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(what, max_size=most).map(tuple)


FACTS = st.builds(
    FileFacts,
    PATHS,
    uses=tuples_of(USES, 2),
    bindings=tuples_of(st.builds(Binding, NAMES, VALUES, PLACES), 4),
    imports=tuples_of(IMPORTED, 3),
    env=tuples_of(ENV_BINDINGS, 3),
    documented=tuples_of(NAMES, 2),
    env_files=tuples_of(ENV_FILES, 2),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FACTS, max_size=5), st.lists(FACTS, max_size=3))
def test_any_facts_link(now: list[FileFacts], later: list[FileFacts]) -> None:
    files = {facts.path: facts for facts in now}
    reaches = run(*files.values(), later=[facts for facts in later if facts.path not in files])
    uses = [use for facts in files.values() for use in facts.uses]
    assert {reach.use for reach in reaches} == set(uses)
    for reach in reaches:
        assert (reach.definition is None) <= (reach.why is not None)
        assert reach.steps[-1].place == reach.use.place
        if reach.why in ("missing", "none", "opaque"):
            assert reach.definition is None
        if reach.definition is not None:
            assert reach.steps[0].place == reach.definition.place
    assert reaches == run(*files.values(), later=[facts for facts in later if facts.path not in files])


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(ENVIRONMENTS, st.tuples(st.sampled_from("xyz"), st.sampled_from([10, 20])), max_size=3),
    st.one_of(st.none(), st.sampled_from("xyz")),
)
def test_every_environment_gets_its_own_value(set_in: dict[str | None, tuple[str, int]], base: str | None) -> None:
    """Against the rule in one line: what names the environment, else what names none."""
    files = [
        dotenv(f".env.{environment}", environment, rank, OPENAI_API_KEY=value)
        for environment, (value, rank) in set_in.items()
    ]
    if base is not None:
        files.append(dotenv(".env", rank=5, OPENAI_API_KEY=base))
    found = values(run(USING, *files))
    expected = {environment: value for environment, (value, _) in set_in.items()}
    if base is not None:
        expected.setdefault(None, base)
    if not expected:
        assert found == {None: "opaque"}
    elif len(set(expected.values())) == 1:
        assert found == {None: next(iter(expected.values()))}
    else:
        assert found == expected
