"""Where configuration comes from, what it may say, and who may say it."""

from datetime import timedelta
from pathlib import Path

import pytest

from keylint import config
from keylint.config import Config, ConfigError


@pytest.fixture
def user(tmp_path: Path) -> Path:
    file = tmp_path / "user.toml"
    file.write_text("", encoding="utf-8")
    return file


def load(root: Path, user: Path | None = None, explicit: Path | None = None, isolated: bool = False) -> Config:
    environ = {"KEYLINT_CONFIG": str(user)} if user else {"KEYLINT_CONFIG": ""}
    return config.load(str(root), str(explicit) if explicit else None, isolated, environ)


def project(tmp_path: Path, text: str, name: str = "keylint.toml") -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / name).write_text(text, encoding="utf-8")
    return root


def test_project_overrides_user(tmp_path: Path, user: Path) -> None:
    user.write_text('fail-on = "error"\nignore = ["KL205"]\n', encoding="utf-8")
    merged = load(project(tmp_path, 'fail-on = "never"\n'), user)
    assert (merged.fail_on, merged.ignore) == ("never", ("KL205",))


def test_isolated_reads_no_file(tmp_path: Path, user: Path) -> None:
    user.write_text("nonsense = 1\n", encoding="utf-8")
    assert load(project(tmp_path, "nonsense = 1\n"), user, isolated=True) == Config()


def test_pyproject(tmp_path: Path, user: Path) -> None:
    root = project(tmp_path, '[project]\nname = "x"\n[tool.keylint]\nselect = ["KL2"]\n', "pyproject.toml")
    assert load(root, user).select == ("KL2",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('selct = ["KL1"]', ["keylint.toml", "'selct'", "did you mean 'select'"]),
        ('select = "KL1"', ["'select' is a list of strings"]),
        ('fail-on = "sometimes"', ["'fail-on' is one of", "'sometimes'"]),
        ("select = [", ["keylint.toml", "Invalid value"]),
        ("per-file-ignores = 3", ["per-file-ignores"]),
        ('status = ["keys.yaml"]', ["'status' is not taken from the scanned project"]),
        ('pepper-file = "p"', ["'pepper-file' is not taken from the scanned project"]),
        ('[[source]]\ntype = "sql"', ["'source' is not taken from the scanned project", "--trust-repo-config"]),
        ('[live]\nproviders = ["openai"]', ["'live' is not taken from the scanned project"]),
        ('on-source-error = "ignore"', ["'on-source-error' is not taken from the scanned project"]),
    ],
)
def test_refusals_name_file_and_key(tmp_path: Path, user: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(project(tmp_path, text + "\n"), user)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_user_may_name_status_sources(tmp_path: Path, user: Path) -> None:
    user.write_text('status = ["keys.yaml"]\n', encoding="utf-8")
    assert load(project(tmp_path, ""), user).status == (str(user.parent / "keys.yaml"),)


def test_the_user_may_say_whom_to_ask_and_how(tmp_path: Path, user: Path) -> None:
    user.write_text(
        'on-source-error = "fail"\non-unknown = "warn"\nmax-staleness = "36h"\npepper-keyring = "keylint/team"\n'
        'previous-pepper-file = "old"\nstatus = ["keys.yaml", "https://status.example"]\n'
        '[live]\nproviders = ["openai"]\n[[source]]\ntype = "vault"\nurl = "https://vault.example"\n',
        encoding="utf-8",
    )
    merged = load(project(tmp_path, ""), user)
    assert (merged.on_source_error, merged.on_unknown, merged.max_staleness) == ("fail", "warn", timedelta(hours=36))
    assert (merged.pepper_file, merged.previous_pepper_file) == ("keyring:keylint/team", str(user.parent / "old"))
    assert merged.status == (str(user.parent / "keys.yaml"), "https://status.example")
    assert (merged.live_providers, merged.live) == (("openai",), False)
    (table,) = merged.sources
    assert (table.type, table.directory, table.fields["url"]) == ("vault", str(user.parent), "https://vault.example")
    assert table.where.endswith("source 1 (vault)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('max-staleness = "soon"', ["'max-staleness'", "90m, 24h or 7d"]),
        ('on-unknown = "maybe"', ["'on-unknown' is one of ignore, warn, fail"]),
        ("source = 3", ["[[source]]"]),
        ("[[source]]\nurl = 'x'", ["source 1", "'type' is missing"]),
        ("live = ['openai']", ["'live' is a table"]),
        ("pepper-file = 'a'\npepper-keyring = 'b/c'", ["there is one pepper"]),
    ],
)
def test_refusals_of_what_the_user_says(tmp_path: Path, user: Path, text: str, words: list[str]) -> None:
    user.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(project(tmp_path, ""), user)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_trusted_project_may_say_everything(tmp_path: Path, user: Path) -> None:
    root = project(tmp_path, 'status = ["keys.yaml"]\n')
    assert config.load(str(root), None, False, {"KEYLINT_CONFIG": str(user)}, True).status == (str(root / "keys.yaml"),)


def test_an_explicit_file_inside_the_project_is_the_projects(tmp_path: Path, user: Path) -> None:
    root = project(tmp_path, "")
    (root / "ci.toml").write_text('status = ["keys.yaml"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="not taken from the scanned project"):
        load(root, user, explicit=root / "ci.toml")
    outside = tmp_path / "ci.toml"
    outside.write_text('status = ["keys.yaml"]\n', encoding="utf-8")
    assert load(root, user, explicit=outside).status == (str(tmp_path / "keys.yaml"),)


def test_a_named_user_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="KEYLINT_CONFIG"):
        load(tmp_path, tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("select", "ignore", "code", "default", "on"),
    [
        ((), (), "KL101", True, True),
        ((), (), "KL307", False, False),
        (("ALL",), (), "KL307", False, True),
        (("KL3",), (), "KL307", False, True),
        (("KL2",), (), "KL101", True, False),
        ((), ("KL1",), "KL101", True, False),
        (("KL101",), ("KL1",), "KL101", True, True),
        (("KL1",), ("KL101",), "KL101", True, False),
        (("KL101",), ("KL101",), "KL101", True, False),
        (("ALL",), ("KL4",), "KL401", True, False),
    ],
)
def test_selection(select: tuple[str, ...], ignore: tuple[str, ...], code: str, default: bool, on: bool) -> None:
    assert Config(select=select, ignore=ignore).selects(code, default) is on


def test_per_file_ignores_match_path_and_name() -> None:
    rules = Config(per_file_ignores=(("tests/*", ("KL1",)), ("settings_*.py", ("KL205",))))
    assert rules.ignored_in("tests/a.py", "KL101")
    assert not rules.ignored_in("src/a.py", "KL101")
    assert rules.ignored_in("src/settings_local.py", "KL205")
    assert not rules.ignored_in("src/settings_local.py", "KL101")
