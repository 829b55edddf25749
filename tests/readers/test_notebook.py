"""The notebook reader: code over all cells, magics, outputs, prose; places count within a cell."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.model import Channel, Definition, EnvRead, FileFacts, Literal, Reference, Role, Sink, Via, Within
from keylint.readers.interface import Found, Lines
from keylint.readers.notebook import read


class Marked:
    """An interest in `KEY-` and six characters or more."""

    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        return [
            Found(m.start(), m.end(), Within.WHOLE if m.span() == (0, len(text)) else Within.TEXT)
            for m in re.finditer(r"KEY-[A-Za-z0-9]{6,}", text)
        ]

    def sinks(self, call: str) -> tuple[Sink, ...]:
        return (Sink(call, "openai", keyword="api_key"),) if call == "openai.OpenAI" else ()

    def header(self, name: str) -> bool:
        return False

    def provider_of_host(self, host: str) -> str | None:
        return None


def code(source: str | list[str], *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source}


def facts(*cells: dict[str, Any] | str) -> FileFacts:
    document = {"nbformat": 4, "cells": [code(cell) if isinstance(cell, str) else cell for cell in cells]}
    return read(json.dumps(document), "n.ipynb", Marked())


def stands(definition: Definition) -> tuple[int | None, int, int]:
    return definition.place.cell, definition.place.line, definition.place.column


def slice_of(source: str, definition: Definition) -> str:
    place, starts = definition.place, Lines(source).starts
    return source[starts[place.line - 1] + place.column - 1 : starts[place.end_line - 1] + place.end_column - 1]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (['k = "KEY-abcdef"'], (1, 1, 6)),
        (["# é\n", "import a\n\nk = 'KEY-abcdef'"], (2, 3, 6)),
        ([markdown("x"), "x = 1\n", 'k = "KEY-abcdef"'], (3, 1, 6)),
        (["def f(): pass", "", "\n\n# KEY-abcdef"], (3, 3, 3)),
        (["%matplotlib inline\nk = 'KEY-abcdef'"], (1, 2, 6)),
        (["!pip install x\nif a:\n  !ls\nk = 'KEY-abcdef'"], (1, 4, 6)),
        (["files = !ls\nk = 'KEY-abcdef'"], (1, 2, 6)),
        (["f?\nk = 'KEY-abcdef'"], (1, 2, 6)),
        (["%%time\nk = 'KEY-abcdef'"], (1, 2, 6)),
        (["x = '''\n%env A=b\n'''\nk = 'KEY-abcdef'"], (1, 4, 6)),
        (["await f(key='KEY-abcdef')"], (1, 1, 14)),
        (["if a:\n  x", "  # more", "k = 'KEY-abcdef'"], (3, 1, 6)),
        (["x = 1\r\nk = 'KEY-abcdef'"], (1, 2, 6)),
    ],
)
def test_a_key_in_code(cells: list[Any], expected: tuple[int, int, int]) -> None:
    found = facts(*cells)
    (definition,) = found.definitions
    assert found.problem is None
    assert stands(definition) == expected
    assert definition.channel is Channel.NOTEBOOK


def test_the_source_may_be_a_list_of_lines() -> None:
    found = facts(code(["x = 1\n", 'k = "KEY-abcdef"\n']))
    assert [stands(definition) for definition in found.definitions] == [(1, 2, 6)]


def test_names_go_from_cell_to_cell() -> None:
    found = facts(
        "import os\nfrom openai import OpenAI", "key = os.environ['X']", markdown("now"), "OpenAI(api_key=key)"
    )
    (use,) = found.uses
    assert (use.place.cell, use.place.line, use.place.column, use.place.end_column) == (4, 1, 1, 20)
    assert isinstance(use.value, Reference)
    (binding,) = found.bindings
    assert binding.name == use.value.name == "key"
    assert isinstance(binding.value, EnvRead)
    assert binding.place.cell == 2


def test_a_name_that_is_bound_again_is_what_it_was() -> None:
    found = facts("from openai import OpenAI", "key = 'a'", "OpenAI(api_key=key)", "key = 'b'")
    value = found.uses[0].value
    assert isinstance(value, Via)
    assert value.place.cell == 2
    assert isinstance(value.value, Literal)
    assert value.value.definition.secret.reveal() == "a"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("%env X=KEY-abcdef", "X", "KEY-abcdef"),
        ("%env X KEY-abcdef", "X", "KEY-abcdef"),
        ("  %set_env X=KEY-abcdef", "X", "KEY-abcdef"),
        ("%env X = KEY-abcdef ", "X", "KEY-abcdef "),
        ('%env X="KEY-abcdef"', "X", '"KEY-abcdef"'),
    ],
)
def test_a_magic_sets_a_variable(line: str, name: str, value: str) -> None:
    found = facts(f"import a\n{line}")
    (binding,) = found.env
    assert (binding.name, binding.channel, binding.rank, binding.place.line) == (name, Channel.NOTEBOOK, 50, 2)
    assert isinstance(binding.value, Literal)
    assert binding.value.definition.secret.reveal() == value
    (definition,) = found.definitions
    assert (definition.name, definition.env, definition.secret.reveal()) == ("X", "X", "KEY-abcdef")
    assert slice_of(f"import a\n{line}", definition) == "KEY-abcdef"


def test_a_whole_value_is_one_definition() -> None:
    found = facts("%env X=KEY-abcdef")
    assert isinstance(found.env[0].value, Literal)
    assert found.env[0].value.definition is found.definitions[0]


@pytest.mark.parametrize("line", ["%env", "%env X", "!export X=1", "%%bash\nexport X=1"])
def test_what_sets_no_variable(line: str) -> None:
    assert facts(line).env == ()


OUTPUTS = [
    {"output_type": "stream", "text": ["one\n", "two KEY-abcdef\n"]},
    {"output_type": "execute_result", "data": {"text/plain": "one\ntwo KEY-abcdef"}},
    {"output_type": "display_data", "data": {"text/html": ["one\n", "two KEY-abcdef"]}},
    {"output_type": "error", "traceback": ["one", "two KEY-abcdef"]},
    {"output_type": "error", "evalue": "one\ntwo KEY-abcdef"},
    {"output_type": "pyout", "text": "one\ntwo KEY-abcdef"},
]


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_key_in_an_output(output: dict[str, Any]) -> None:
    (definition,) = facts("x", code("y", output)).definitions
    assert stands(definition) == (2, 2, 5)
    assert (definition.channel, definition.role, definition.name) == (Channel.NOTEBOOK_OUTPUT, Role.PLAIN, None)


def test_a_key_in_json_output() -> None:
    (definition,) = facts(code("y", {"data": {"application/json": {"key": "KEY-abcdef"}}})).definitions
    assert definition.secret.reveal() == "KEY-abcdef"


def test_images_are_not_text() -> None:
    assert facts(code("y", {"data": {"image/png": "KEY-abcdef"}})).definitions == ()


def test_a_key_in_prose() -> None:
    (definition,) = facts("x", markdown("# Title\nUse `KEY-abcdef`.")).definitions
    assert stands(definition) == (2, 2, 6)
    assert (definition.channel, definition.role, definition.within) == (Channel.NOTEBOOK, Role.COMMENT, Within.TEXT)


@pytest.mark.parametrize("source", ["x = 1\n!curl -u KEY-abcdef", "%%bash\ncurl -H KEY-abcdef x"])
def test_a_key_in_a_shell_command(source: str) -> None:
    found = facts(source)
    (definition,) = found.definitions
    assert found.problem is None
    assert slice_of(source, definition) == "KEY-abcdef"
    assert (definition.place.line, definition.role, definition.within) == (2, Role.PLAIN, Within.TEXT)


def test_a_broken_cell_hides_no_other() -> None:
    found = facts("from openai import OpenAI", "k = = 'KEY-broken'", "OpenAI(api_key='KEY-abcdef')")
    assert found.problem == "cell 2: invalid syntax"
    assert sorted(stands(definition) for definition in found.definitions) == [(2, 1, 8), (3, 1, 17)]
    assert len(found.uses) == 1


def test_an_older_format() -> None:
    cells = [{"cell_type": "code", "input": "k = 'KEY-abcdef'", "outputs": []}]
    document = {"nbformat": 3, "worksheets": [{"cells": cells}, {"cells": cells}]}
    found = read(json.dumps(document), "n.ipynb", Marked())
    assert [stands(definition) for definition in found.definitions] == [(1, 1, 6), (2, 1, 6)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "line 1: not JSON"),
        ('{\n"cells": [\n', "line 3: not JSON"),
        ("[" * 100_000, "line 1: not JSON"),
        ("", "line 1: not JSON"),
        ("[]", "line 1: not a notebook"),
        ('{"a": 1}', "line 1: not a notebook"),
    ],
)
def test_what_is_no_notebook(text: str, problem: str) -> None:
    found = read(text, "n.ipynb", Marked())
    assert (found.problem, found.definitions) == (problem, ())


def test_an_empty_notebook() -> None:
    assert read('{"cells": [], "nbformat": 4}', "n.ipynb", Marked()) == FileFacts("n.ipynb")


class Greedy(Marked):
    def spans(self, name: str | None, text: str) -> Sequence[Found]:
        return [Found(*match.span(), Within.WHOLE) for match in re.finditer(r"\S+", text)]


JSON = st.recursive(
    st.none() | st.integers() | st.text("KEY-a%!\n'=x ", max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "worksheets", "source", "input", "outputs", "data", "text", "cell_type", "traceback"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_any_document_is_read_or_refused(document: object) -> None:
    found = read(json.dumps(document), "n.ipynb", Greedy())
    assert all(definition.place.cell for definition in found.definitions)


def test_a_magic_below_an_empty_line_keeps_the_lines() -> None:
    found = read(json.dumps({"nbformat": 4, "cells": [code("\n%%time\nk = 'é'")]}), "n.ipynb", Greedy())
    assert ("é", 3) in {(definition.secret.reveal(), definition.place.line) for definition in found.definitions}


LINES = st.sampled_from(
    [
        "%env X=a",
        "!ls",
        "x = 1",
        "if a:",
        "  %time f()",
        "  pass",
        "x?",
        "%%bash",
        "%%time",
        "y = !ls",
        "'''",
        "(",
        "",
        "k = 'é'",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(LINES, max_size=6).map("\n".join), max_size=4))
def test_places_stay_in_their_cells(sources: list[str]) -> None:
    document = {"nbformat": 4, "cells": [code(source) for source in sources]}
    found = read(json.dumps(document), "n.ipynb", Greedy())
    for definition in found.definitions:
        assert definition.place.cell is not None
        source = sources[definition.place.cell - 1]
        if definition.contiguous:
            assert slice_of(source, definition) == definition.secret.reveal()
