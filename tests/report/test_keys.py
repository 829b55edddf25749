"""The table of keys and the traces of a line, on paper of any width and colour."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from keylint.model import Key, Report, Skipped
from keylint.report import jsonv1, keys, trace, tracev1
from keylint.report.line import Spot, on_line

ANSI = re.compile("\x1b\\[[0-9;]*m")
CALL = Spot("app/main.py", 30)
NOWHERE = Spot("app/main.py", 7)


def traced(spot: Spot) -> Callable[..., str]:
    def render(report: Report, **look: object) -> str:
        return trace.render(report, spot, on_line(report, spot), **look)  # type: ignore[arg-type]

    return render


TEXTS = pytest.mark.parametrize("render", [keys.render, traced(CALL), traced(NOWHERE)], ids=["keys", "call", "nowhere"])


@TEXTS
def test_colour_adds_nothing_but_colour(render: Callable[..., str], report: Report) -> None:
    assert ANSI.sub("", render(report, color=True)) == render(report)
    assert "\x1b" not in render(report)


@TEXTS
@pytest.mark.parametrize("width", [80, 100])
def test_lines_keep_to_the_width(width: int, render: Callable[..., str], report: Report) -> None:
    assert max(map(len, render(report, width=width).splitlines())) <= width


@TEXTS
def test_ascii_is_ascii(render: Callable[..., str], report: Report) -> None:
    assert render(report, unicode=False).isascii()


@TEXTS
def test_what_was_not_read_is_said(render: Callable[..., str], report: Report) -> None:
    gone = replace(report, skipped=(Skipped("big.py", "too large"),))
    assert "Not, or not wholly, checked:\n  big.py" in render(gone)


def test_the_columns_are_aligned(report: Report) -> None:
    head, *lines = keys.render(report).splitlines()
    starts = [head.index(word) for word in ("KEY", "KIND", "STATUS")]
    firsts = [line for line in lines if re.match(r"(fails|works|unknown|will fail|no use)\b", line)]
    assert len(firsts) > 2
    for line in firsts:
        assert all(line[start - 2 : start] == "  " and line[start] != " " for start in starts)


def test_a_mask_that_is_too_wide_runs_into_the_next_column(report: Report) -> None:
    wide = tuple(replace(key, masked="x" * 40) for key in report.keys)
    assert "x" * 40 + " " in keys.render(replace(report, keys=wide))


def test_nothing_to_check(clean_report: Report) -> None:
    assert keys.render(replace(clean_report, files=0, keys=())).startswith("Nothing to check.\n")


def test_uses_without_a_key_are_listed_where_there_is_no_key(report: Report) -> None:
    text = keys.render(replace(report, keys=()))
    assert "no key" in text
    assert "\nNo key was seen; 1 call will fail.\n" in text


def test_a_key_that_no_call_takes(report: Report) -> None:
    def unused(key: Key) -> Key:
        return replace(key, traces=())

    text = keys.render(replace(report, keys=tuple(map(unused, report.keys)), keyless=()))
    assert re.match(r"OUTCOME.*\nno use ", text)
    assert "used by" not in text


def test_json_is_ascii_where_nothing_else_is_shown(report: Report) -> None:
    found = on_line(report, CALL)
    for text in (jsonv1.render_keys(report, unicode=False), tracev1.render(report, CALL, found, unicode=False)):
        assert text.isascii()
        assert json.loads(text)["schema"].startswith("keylint")


def test_parts_of_a_trace_are_those_of_the_report(report: Report) -> None:
    """The rows that the two schemas share are the same."""
    whole = json.loads(jsonv1.render(report))
    rows = [use for key in whole["keys"] for use in key["uses"]]
    document = json.loads(tracev1.render(report, CALL, on_line(report, CALL)))
    assert document["traces"]
    assert all(each["use"] in rows for each in document["traces"])
    definition = document["traces"][0]["definition"]
    (key,) = [key for key in whole["keys"] if key["fingerprint"] == definition["key"]["fingerprint"]]
    assert definition["status"] == key["status"]
    assert set(key["definitions"][0]) < set(definition)
