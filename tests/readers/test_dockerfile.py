"""Dockerfiles: what an image sets, and what its build runs."""

import pytest

from keylint.model import Channel, Literal, Opaque, Role, Within
from keylint.readers import read


def test_env_and_arg(check):
    facts = check(
        "dockerfile",
        "Dockerfile",
        "FROM x\nENV A_KEY=«a» B_KEY=\"«b c»\" C_KEY='«d»'\\\n    D_KEY=«e\\ f»\nENV E_KEY «old form»\n"
        "ARG F_KEY=«g»\nARG G_KEY\n",
        ["a", "b c", "d", "e f", "old form", "g"],
        ["ENV.A_KEY", "ENV.B_KEY", "ENV.C_KEY", "ENV.D_KEY", "ENV.E_KEY", "ARG.F_KEY"],
    )
    bound = {b.name: b.value.definition.secret.reveal() for b in facts.env if isinstance(b.value, Literal)}
    assert bound == {"A_KEY": "a", "B_KEY": "b c", "C_KEY": "d", "D_KEY": "e f", "E_KEY": "old form"}
    assert {d.channel for d in facts.definitions} == {Channel.DOCKERFILE}


def test_a_variable_of_the_build_is_filled_in_from_outside(everything):
    facts = read("dockerfile", "ARG A_KEY\nENV A_KEY=$A_KEY B_KEY=${B} PORT=80\n", "Dockerfile", everything)
    assert [b.name for b in facts.env if isinstance(b.value, Literal)] == ["PORT"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("RUN A=KEY1 cmd && \\\n  # note\n  curl -H 'X: KEY2' h\n", ["RUN.A", "RUN.X"]),
        ("RUN --mount=type=secret,id=a cmd --token=KEY1", ["RUN.token"]),
        ('CMD ["cmd", "--token", "KEY1"]', ["CMD"]),
        ("RUN <<EOF\nexport A=KEY1\nEOF\nRUN B=KEY2 x", ["RUN.A", "RUN.B"]),
    ],
)
def test_command_lines(words, at, text, names):
    facts = read("dockerfile", text, "Dockerfile", words)
    assert [d.name for d in facts.definitions] == names
    for definition in facts.definitions:
        assert definition.within is Within.COMMAND
        assert at(text, definition.place) == definition.secret.reveal()


def test_comments(words):
    facts = read("dockerfile", "# A=KEY1\nFROM x\n", "Dockerfile", words)
    assert [d.role for d in facts.definitions] == [Role.COMMENT]


def test_an_empty_variable_says_nothing(everything):
    (binding,) = read("dockerfile", 'ENV A_KEY=""\n', "Dockerfile", everything).env
    assert isinstance(binding.value, Opaque)
