"""Snapshots of the text; `KEYLINT_SNAPSHOTS=write pytest tests/report` writes them anew."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from keylint.model import Finding, Outcome, OutcomeKind, Place, Report, Severity, Skipped, Step
from keylint.report.text import group_by_key, render

SNAPSHOTS = Path(__file__).parent / "snapshots"
ANSI = re.compile("\x1b\\[[0-9;]*m")


def check(name: str, text: str) -> None:
    snapshot = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("KEYLINT_SNAPSHOTS") == "write":
        snapshot.write_text(text, encoding="utf-8")
    assert snapshot.read_text(encoding="utf-8") == text


def test_findings(report: Report) -> None:
    check("findings", render(report))


def test_findings_in_narrow_ascii(report: Report) -> None:
    check("findings-narrow-ascii", render(report, unicode=False, width=60))


def test_nothing_found(clean_report: Report) -> None:
    check("nothing-found", render(clean_report))


def test_nothing_to_check(clean_report: Report) -> None:
    gone = Skipped("gone.py", "missing", fatal=True)
    check("nothing-to-check", render(replace(clean_report, files=0, bytes=0, keys=(), skipped=(gone,))))


def test_consequences_without_their_cause(report: Report) -> None:
    """With `--select KL4` the call is the root, and the excerpt stands at the end of the trace."""
    runtime = [f for f in report.findings if f.code.startswith("KL4")]
    check("runtime-only", render(replace(report, findings=tuple(runtime), skipped=())))


def test_colour_adds_nothing_but_colour(report: Report) -> None:
    painted = render(report, color=True)
    assert painted != render(report)
    assert ANSI.sub("", painted) == render(report)


def test_without_colour_there_is_no_escape(report: Report) -> None:
    assert "\x1b" not in render(report)


@pytest.mark.parametrize("width", [0, 60, 100, 200])
def test_prose_keeps_to_the_width(report: Report, width: int) -> None:
    long = replace(report.findings[0], message="word " * 100, help="word " * 100)
    lines = render(replace(report, findings=(long,)), width=width).splitlines()
    assert max(len(line) for line in lines if "word" in line) <= max(width, 60)


def test_every_finding_is_in_the_text(report: Report) -> None:
    text = render(report)
    for finding in report.findings:
        assert finding.code in text
        assert f"{finding.place.path}:" in text


def test_many_rows_are_cut_and_counted(report: Report) -> None:
    dead = report.keys[0]
    places = [Place(f"m{number}.py", 1, 1, 1, 9) for number in range(20)]
    definitions = tuple(replace(dead.definitions[0], place=place) for place in places)
    key = replace(dead, definitions=definitions)
    text = render(replace(report, findings=tuple(replace(f, key=key) for f in report.findings if f.code == "KL302")))
    assert "m7.py:1:1" in text
    assert "m8.py:1:1" not in text
    assert "… and 12 more" in text


def finding(code: str, line: int, severity: Severity = Severity.ERROR, cause: str | None = None) -> Finding:
    outcome = Outcome(OutcomeKind.FAILS, cause) if cause is not None else None
    return Finding(code, "rule", "message", severity, Place("a.py", line, 1, line, 5), outcome=outcome)


@pytest.mark.parametrize(
    ("findings", "root"),
    [
        ([finding("KL101", 1), finding("KL302", 1)], "KL302"),
        ([finding("KL101", 1), finding("KL405", 9)], "KL405"),
        ([finding("KL302", 1), finding("KL202", 1)], "KL202"),
        ([finding("KL401", 1, cause="KL205"), finding("KL205", 9, Severity.WARNING)], "KL205"),
        ([finding("KL304", 1, Severity.NOTE), finding("KL101", 1)], "KL101"),
        ([finding("KL401", 1, cause="KL302"), finding("KL101", 9)], "KL401"),
        ([finding("KL402", 1, cause="KL402"), finding("KL302", 9)], "KL302"),
        ([finding("KL408", 1, Severity.WARNING, "KL304"), finding("KL304", 9, Severity.NOTE)], "KL304"),
        (
            [finding("KL408", 1, Severity.WARNING, "KL304"), finding("KL304", 9, Severity.NOTE), finding("KL402", 2)],
            "KL402",
        ),
    ],
)
def test_root_cause(findings: list[Finding], root: str, report: Report) -> None:
    (group,) = group_by_key([replace(f, key=report.keys[0]) for f in findings])
    assert group.root.code == root
    assert len(group.rest) == len(findings) - 1


def test_findings_without_a_key_stand_alone() -> None:
    findings = [finding("KL403", 1), finding("KL105", 2), finding("KL403", 2)]
    assert [group.root for group in group_by_key(findings)] == findings


def test_a_trace_elsewhere_is_not_drawn_at_the_root(report: Report) -> None:
    root = next(f for f in report.findings if f.code == "KL302")
    call = next(f for f in report.findings if f.code == "KL401" and f.place.path == "app/jobs.py")
    text = render(replace(report, findings=(call, root), skipped=()))
    assert "╭" not in text
    calls = " ".join(text.partition("calls")[2].split())
    assert calls.startswith("app/jobs.py:8:3 error KL401 openai.AsyncOpenAI(): fails (401 invalid_api_key)")


def test_where_a_key_is_defined_is_said_once(report: Report) -> None:
    root = next(f for f in report.findings if f.code == "KL302")
    places = "deploy/values-production.yaml:14 and app/settings.py:3"
    told = replace(root, help=f"Make a new key at https://platform.openai.com/api-keys, then update {places}.")
    assert "  update   " in render(replace(report, findings=(root,)))
    assert "OpenAI keys: https://platform.openai.com/api-keys" in render(replace(report, findings=(root,)))
    text = render(replace(report, findings=(told,)))
    assert "  update   " not in text
    assert text.count("https://platform.openai.com/api-keys") == 1
    other = replace(told, help="Update deploy/values-production.yaml:140 and app/settings.py:3.")
    assert "  update   " in render(replace(report, findings=(other,)))


def test_a_finding_without_a_use_still_says_its_outcome(report: Report) -> None:
    root = replace(next(f for f in report.findings if f.code == "KL403"), environments=("production",))
    text = render(replace(report, findings=(root,), keyless=(), keys=()))
    assert "     fails in production (KeyError)\n" in text


def test_unsafe_fixes_say_their_flag(report: Report) -> None:
    fixed = report.findings[0]
    assert fixed.fix is not None
    text = render(replace(report, findings=(replace(fixed, fix=replace(fixed.fix, safe=False)),)))
    assert "fixable with --fix --unsafe-fixes" in text


def test_an_empty_message_and_a_one_step_trace_are_no_trouble(report: Report) -> None:
    bare = replace(finding("KL109", 1), message="", trace=(Step(Place("a.py", 1, 1, 1, 5), ""),))
    assert render(replace(report, findings=(bare,))).startswith("error KL109\n  ╰─ a.py:1:1\n")
