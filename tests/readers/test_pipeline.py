"""CI configuration: the variables of every level, and the command lines."""

import pytest

from keylint.model import Channel, Literal, Within
from keylint.readers import read
from keylint.readers.interface import Found

GITHUB = ".github/workflows/ci.yml"


def shown(facts):
    return [
        (b.name, b.value.definition.secret.reveal() if isinstance(b.value, Literal) else "?", b.environment)
        for b in facts.env
    ]


def test_levels_of_a_workflow(everything):
    text = """
env: {A_KEY: top}
jobs:
  deploy:
    environment: {name: prod, url: 'https://x'}
    env: {B_KEY: job}
    steps:
      - env:
          C_KEY: ${{ secrets.C_KEY }}
          D_TOKEN: Bearer ${{ secrets.D }}
          E_KEY: step
  test:
    env: {F_KEY: other}
"""
    assert sorted(shown(read("yaml", text, GITHUB, everything))) == [
        ("A_KEY", "top", None), ("B_KEY", "job", "production"), ("C_KEY", "?", "production"),
        ("D_TOKEN", "?", "production"), ("E_KEY", "step", "production"), ("F_KEY", "other", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "variables:\n  A_KEY: «v»\ntest: {variables: {B_KEY: {value: «w», description: d}}}"),
        (
            ".circleci/config.yml",
            "jobs: {build: {docker: [{image: x, environment: {A_KEY: «v»}}]}, b: {environment: {B_KEY: «w»}}}",
        ),
        ("azure-pipelines.yml", "variables:\n- name: A_KEY\n  value: «v»\nsteps: [{script: x, env: {B_KEY: «w»}}]"),
    ],
)
def test_other_services(check, path, text):
    class Values:
        def spans(self, name, text):
            return (Found(0, len(text), Within.WHOLE),) if text in ("v", "w") else ()

    facts = check("yaml", path, text, interest=Values())
    assert [d.env for d in facts.definitions] == ["A_KEY", "B_KEY"]
    assert [(name, value) for name, value, _ in shown(facts)] == [("A_KEY", "v"), ("B_KEY", "w")]
    assert {d.channel for d in facts.definitions} == {Channel.PIPELINE}


def test_command_lines(words):
    text = "jobs:\n  a:\n    steps:\n      - run: |\n          export A=KEY1\n          curl -H 'X: KEY2' https://h\n"
    facts = read("yaml", text, GITHUB, words)
    assert [(d.secret.reveal(), d.within, d.place.line) for d in facts.definitions] == [
        ("KEY1", Within.COMMAND, 5), ("KEY2", Within.COMMAND, 6),
    ]  # fmt: skip
    assert [d.name for d in facts.definitions] == ["jobs.a.steps[0].run.A", "jobs.a.steps[0].run.X"]


def test_inputs_of_an_action_are_ordinary_values(check):
    check(
        "yaml",
        GITHUB,
        "jobs:\n  a:\n    steps:\n      - with:\n          token: «v»\n",
        names=["jobs.a.steps[0].with.token"],
    )
