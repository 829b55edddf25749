"""What stands beside a key, and which of several lines wins."""

import pytest

from keylint.link import Beside, shadows
from keylint.model import Channel, Definition, EnvBinding, FileFacts, Literal, Place, Role, Secret


def defined(
    path: str, name: str, value: str = "value", line: int = 1, channel: Channel = Channel.DOTENV, **more: object
) -> Definition:
    env = name if channel is Channel.DOTENV else None
    return Definition(Place(path, line, 1, line, 9), Secret(value), channel, name, env=env, **more)  # type: ignore[arg-type]


def beside(definition: Definition, *others: Definition) -> list[str]:
    return sorted(d.secret.reveal() for d in Beside((definition, *others)).of(definition))


KEY = defined(".env", "KEY", "key")


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([defined(".env", "URL", "a", 2)], ["a"]),
        ([defined(".env", "URL", "a", 2), defined(".env", "URL", "b", 3)], ["b"]),
        ([defined(".env.local", "URL", "a")], ["a"]),
        ([defined(".env", "URL", "a", 2), defined(".env.local", "URL", "b")], ["a"]),
        ([defined(".env.local", "URL", "a"), defined(".env.defaults", "URL", "b")], ["a", "b"]),
        ([defined(".env.production", "URL", "a", environment="production")], []),
        ([defined("web/.env", "URL", "a")], []),
        ([defined("api.env", "URL", "a")], []),
        ([defined(".env", "URL", "a", 2, role=Role.COMMENT)], []),
        ([defined(".env.local", "KEY", "other")], []),
        ([defined(".env", "URL", "a", 2, channel=Channel.TEXT)], []),
    ],
)
def test_variables_of_env_files(others: list[Definition], expected: list[str]) -> None:
    assert beside(KEY, *others) == expected


def test_an_environment_takes_what_it_lacks_from_all_environments() -> None:
    key = defined(".env.production", "KEY", "key", environment="production")
    staging = defined(".env.staging", "URL", "staging", environment="staging")
    common, own = (
        defined(".env", "URL", "common"),
        defined(".env.production.local", "URL", "own", environment="production"),
    )
    assert beside(key, staging, common) == ["common"]
    assert beside(key, staging, common, own) == ["own"]


@pytest.mark.parametrize(
    ("channel", "mine", "other", "are"),
    [
        (Channel.YAML, "db.KEY", "db.URL", True),
        (Channel.YAML, "db.KEY", "web.URL", False),
        (Channel.TOML, "KEY", "URL", True),
        (Channel.COMPOSE, "services.web.environment.KEY", "services.web.environment.URL", True),
        (Channel.COMPOSE, "services.web.environment.KEY", "services.db.environment.URL", False),
        (Channel.PYTHON, "KEY", "URL", True),
        (Channel.PYTHON, "Settings.KEY", "Settings.URL", True),
        (Channel.PYTHON, "Settings.KEY", "URL", False),
    ],
)
def test_values_of_one_mapping(channel: Channel, mine: str, other: str, are: bool) -> None:
    key, url = (defined("a", name, name, line, channel=channel) for line, name in enumerate((mine, other), 1))
    assert beside(key, url) == ([other] if are else [])


def facts(path: str, *rows: tuple[str, str, int], rank: int = 10, environment: str | None = None) -> FileFacts:
    return FileFacts(
        path,
        env=tuple(
            EnvBinding(name, Literal(d), d.place, Channel.DOTENV, environment, rank)
            for name, value, line in rows
            for d in (defined(path, name, value, line),)
        ),
    )


def winners(*files: FileFacts) -> dict[str, str]:
    found = shadows({each.path: each for each in files})
    return {f"{place.path}:{place.line}": f"{s.place.path}:{s.place.line}" for place, s in found.items()}


def test_layers() -> None:
    base, local = facts(".env", ("KEY", "a", 1)), facts(".env.local", ("KEY", "b", 1), rank=20)
    assert winners(base, local) == {".env:1": ".env.local:1"}
    assert winners(base, facts(".env.local", ("KEY", "a", 1), rank=20)) == {}
    assert winners(base, facts(".env.production", ("KEY", "b", 1), rank=12, environment="production")) == {}
    assert winners(base, facts("web/.env.local", ("KEY", "b", 1), rank=20)) == {}
    assert winners(facts("api.env", ("KEY", "a", 1)), local) == {}


def test_lines_of_one_file() -> None:
    assert winners(facts(".env", ("KEY", "a", 1), ("KEY", "b", 2), ("KEY", "c", 3))) == {
        ".env:1": ".env:3",
        ".env:2": ".env:3",
    }
    assert winners(facts(".env", ("KEY", "a", 1), ("OTHER", "b", 2))) == {}


def test_files_of_equal_rank_hide_nothing() -> None:
    assert winners(facts(".env", ("KEY", "a", 1)), facts(".env.shared", ("KEY", "b", 1))) == {}
