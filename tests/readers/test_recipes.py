"""Makefiles, justfiles, Procfiles and units of systemd."""

import pytest

from keylint.model import Within
from keylint.readers import read


def test_variables_of_make(check):
    facts = check(
        "recipes", "Makefile", "export A_KEY := «a»\nB_KEY ?= «b»  # note\nC_KEY=«c» \nexport C_KEY\n",
        names=["A_KEY", "B_KEY", "C_KEY"],
    )  # fmt: skip
    assert [b.name for b in facts.env] == ["A_KEY", "C_KEY"]  # a recipe gets what is exported


def test_recipes(words):
    text = "# KEY0\nrun: build\n\tA=KEY1 cmd --token KEY2\n"
    facts = read("recipes", text, "Makefile", words)
    assert [(d.secret.reveal(), d.name) for d in facts.definitions] == [
        ("KEY0", None),
        ("KEY1", "run.A"),
        ("KEY2", "run"),
    ]
    assert [d.within for d in facts.definitions[1:]] == [Within.COMMAND] * 2


def test_processes(words):
    facts = read("recipes", "web: TOKEN=KEY1 gunicorn app\nworker: celery -b KEY2\n", "Procfile", words)
    assert [d.name for d in facts.definitions] == ["web.TOKEN", "worker"]
    assert [(b.name, b.rank) for b in facts.env] == [("TOKEN", 50)]


@pytest.mark.parametrize(
    ("line", "files", "raw"),
    [
        ("\tdocker run --rm --env-file prod.env app", ("prod.env",), ("prod.env",)),
        ("\tdocker run \\\n\t  --env-file=prod.env app", ("prod.env",), ("prod.env",)),
        ("\tpodman create --env-file 'a.env' app", ("a.env",), ("a.env",)),
        ("\tdocker compose --env-file a.env up", ("a.env",), ()),
        ("\tuvicorn app:app --env-file a.env", ("a.env",), ()),
        ("\tdocker run x; uv run --env-file a.env y", ("a.env",), ()),
        ("\tdocker build .", (), ()),
    ],
)
def test_files_that_commands_take_variables_from(words, line, files, raw):
    facts = read("recipes", f"run:\n{line}\n", "Makefile", words)
    assert (facts.env_files, facts.raw_env_files) == (files, raw)


def test_units(check):
    facts = check(
        "systemd",
        "app.service",
        "[Service]\nEnvironment=\"A_KEY=«a b»\" B_KEY=«b» 'C_KEY=«c%%»'\nEnvironment=D_KEY=«d»\\\n E_KEY=«e»\n"
        "EnvironmentFile=-/etc/app.env\nEnvironmentFile=app.env\n",
        ["a b", "b", "c%", "d", "e"],
        [f"Environment.{name}_KEY" for name in "ABCDE"],
    )
    assert [(b.name, b.rank) for b in facts.env] == [(f"{name}_KEY", 40) for name in "ABCDE"]
    assert facts.env_files == ("/etc/app.env", "app.env")


def test_what_a_unit_starts(words):
    facts = read("systemd", "[Service]\nExecStart=/bin/app --token KEY1\n# KEY2\n", "app.service", words)
    assert [(d.secret.reveal(), d.within) for d in facts.definitions] == [
        ("KEY1", Within.COMMAND),
        ("KEY2", Within.TEXT),
    ]
