"""What `--help` says, and what it costs: every option explained, every example valid, nothing heavy imported."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from keylint.catalogue.fake import expand
from keylint.cli import cli

README = Path(__file__).parents[1] / "README.md"
HEAVY = (
    "hyperscan", "libcst", "yaml", "detect_secrets", "tomllib", "importlib.metadata", "multiprocessing", "httpcore2",
    "httpx2", "boto3", "keyring", "sqlite3", "ssl", "sqlalchemy", "starlette", "uvicorn", "cryptography", "keylint.server",
)  # fmt: skip
OFFLINE = ("offline", "fingerprint", "files")
SPY = """
import sys
sys.argv[0] = "keylint"
from keylint.cli import main
try:
    main()
except SystemExit as end:
    assert end.code in (None, 0), end.code
finally:
    print(*sys.modules, file=sys.stderr, sep="\\n")
"""


def commands(
    command: click.Command = cli, name: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name="keylint")
        for part in command.list_commands(context):
            found = command.get_command(context, part)
            assert found is not None
            yield from commands(found, (*name, part))


COMMANDS = dict(commands())
OPTIONS = {
    " ".join((*name, option.opts[0])): (name, option)
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
}


def help_of(name: tuple[str, ...]) -> str:
    done = CliRunner().invoke(cli, [*name, "--help"], prog_name="keylint", terminal_width=200)
    assert done.exit_code == 0, done.output
    return done.output


def test_help_names_every_command() -> None:
    text = help_of(())
    assert re.findall(r"^  (\w+)  +\w.*\.$", text, re.MULTILINE) == [
        "baseline", "cache", "check", "completion", "identify", "inventory", "keys", "providers", "rule", "serve", "status",
        "trace",
    ]  # fmt: skip
    assert set(COMMANDS) >= {(), ("check",), ("rule",), ("inventory", "add"), ("inventory", "list")}
    assert set(COMMANDS) >= {("identify",), ("providers",), ("providers", "show"), ("providers", "check")}


@pytest.mark.parametrize("way", OPTIONS)
def test_every_option_says_what_it_does(way: str) -> None:
    name, option = OPTIONS[way]
    assert not option.hidden
    assert re.match(r"[A-Z][^\[]{8,}[.)](  \[.*\])?$", option.help or ""), option.help
    text = help_of(name)
    assert (option.help or "") in text
    assert all(re.search(rf"^  .*{re.escape(spelling)}\b", text, re.MULTILINE) for spelling in option.opts)


def examples(text: str) -> list[str]:
    """The keylint command lines in `text`, without what follows two blanks, `<` and `#`."""
    lines = text.replace("\\\n", " ").splitlines()
    found = [re.search(r"(?:^\s*(?:\$ )?|\| |&& )keylint\b(?! completion)( [^<#\n]*)?", line) for line in lines]
    return [re.split(r"(?<=\S) {2,}(?=[a-z])", m[1] or "")[0].strip() for m in found if m]


def parse(line: str) -> tuple[str, ...]:
    """Parse the arguments of a command line and return the command's name; raises what click raises."""
    arguments = shlex.split(line)
    name: tuple[str, ...] = ()
    while arguments and (*name, arguments[0]) in COMMANDS:
        name = (*name, arguments.pop(0))
    name = name or ("check",)
    COMMANDS[name].make_context(" ".join(name), arguments)
    return name


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != ("completion",)], ids="-".join)
def test_every_command_shows_examples_that_parse(name: tuple[str, ...]) -> None:
    shown = help_of(name).partition("Examples:\n")[2]
    lines = examples(shown)
    assert lines
    assert any(parse(line)[: len(name)] == name for line in lines)


def test_the_examples_of_the_readme_parse() -> None:
    blocks = re.findall(r"```(?:console|sh)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in examples(block)]
    assert len(lines) > 5
    assert {parse(line) for line in lines} >= {("check",), ("inventory", "add")}


def test_an_option_that_is_not_there_does_not_parse() -> None:
    with pytest.raises(click.UsageError):
        parse(". --no-such-option")


def imported(*arguments: str, cwd: Path) -> set[str]:
    environment = {**os.environ, "HOME": str(cwd), "XDG_CACHE_HOME": str(cwd), "XDG_CONFIG_HOME": str(cwd)}
    done = subprocess.run(
        [sys.executable, "-c", SPY, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout
    return set(done.stderr.split())


def heavy(modules: set[str]) -> list[str]:
    assert {"click", "keylint.cli"} <= modules
    return [name for name in HEAVY if name in modules]


def test_help_imports_click_and_nothing_else(tmp_path: Path) -> None:
    for arguments in (("--help",), ("-h",)):
        modules = imported(*arguments, cwd=tmp_path)
        assert heavy(modules) == []
        assert sorted(name for name in modules if name.split(".")[0] in ("keylint", "keylint_rules")) == [
            "keylint",
            "keylint.cli",
        ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        *(
            (name, "--help")
            for name in (
                "baseline",
                "check",
                "rule",
                "inventory",
                "identify",
                "keys",
                "providers",
                "serve",
                "status",
                "trace",
            )
        ),
    ],
)
def test_no_help_imports_anything_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert heavy(imported(*arguments, cwd=tmp_path)) == []


def test_a_run_that_asks_nobody_imports_no_source(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").write_text(expand('KEY = "{fake:openai-project-key}"\n'))
    modules = imported("--exit-zero", str(project), cwd=tmp_path)
    assert "keylint.status.merge" in modules, "there is a key, with a verdict"
    loaded = {name for name in modules if name.startswith("keylint.status.")}
    assert loaded <= {f"keylint.status.{name}" for name in ("interface", "merge", "resolving", *OFFLINE)}
    assert {"httpcore2", "sqlalchemy", "sqlite3", "boto3", "ssl", "keyring", "keylint.engine.asking"}.isdisjoint(
        modules
    )


WITHOUT_A_SECRET = {
    "app.py": 'import os\n\npassword = os.environ["DB_PASSWORD"]\ntoken = get_token("session")\n',
    "settings.yaml": "db:\n  password: ${DB_PASSWORD}\n  secretName: db\n",
    "translations/de.json": '{"password": "Kennwort", "token": "Zugriffstoken"}\n',
    "README.md": "# Use\n\nSet `api_key` to your key, or pass the header `Authorization: Bearer YOUR_TOKEN`.\n",
}


@pytest.mark.parametrize("known", [False, True], ids=["nothing", "a known key"])
def test_what_is_no_unknown_secret_imports_no_detect_secrets(known: bool, tmp_path: Path) -> None:
    project = tmp_path / "project"
    key = {"key.py": expand('TOKEN = "{fake:github-classic-pat}"\n')} if known else {}
    for path, text in {**WITHOUT_A_SECRET, **key}.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    modules = imported("--exit-zero", str(project), cwd=tmp_path)
    assert ("keylint.status.merge" in modules) is known
    assert sorted({"detect_secrets", "requests", "ssl"} & modules) == []
    assert known or "gibberish_detector.detector" not in modules


def test_an_unknown_secret_is_judged_by_detect_secrets(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.yaml").write_text("password: Tr4-" + "vkq9Wm\n")
    modules = imported("--exit-zero", str(project), cwd=tmp_path)
    assert {"keylint.generic.detect", "gibberish_detector.detector"} <= modules
    assert "requests" not in modules


def test_a_run_that_finds_nothing_imports_no_parser(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").write_text("import os\n\nprint(os.name)\n")
    imported(str(project), cwd=tmp_path)
    modules = imported(str(project), cwd=tmp_path)
    assert heavy(modules) == ["hyperscan"], "the second run: the first one compiles the catalogue"
