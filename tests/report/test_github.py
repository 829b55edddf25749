from __future__ import annotations

from dataclasses import replace

import pytest

from keylint.model import Report, Severity
from keylint.report.github import render


def test_commands(report: Report) -> None:
    lines = render(report).splitlines()
    assert lines[0] == (
        "::error title=keylint (KL202),file=.env,line=3,col=19,endLine=3,endColumn=56"
        "::checksum says `2Bq1fZ`, key has `2Bq1fX`: mistyped. Copy the key again from the dashboard."
    )
    assert [line.partition(" ")[0] for line in lines[: len(report.findings)]] == [
        {Severity.ERROR: "::error", Severity.WARNING: "::warning", Severity.NOTE: "::notice"}[f.severity]
        for f in report.findings
    ]


def test_the_receipt_is_the_last_plain_line(report: Report, clean_report: Report) -> None:
    assert render(report).splitlines()[-1].startswith("1,204 files, 8.1 MB, 3 skipped")
    assert render(clean_report).splitlines() == [
        "No problem found. 1 key seen, status of 1 unknown: no source was asked.",
        "12 files, 3.4 kB, 0.1 s",
    ]


def test_a_notebook_has_no_lines_of_its_file(report: Report) -> None:
    (line,) = [line for line in render(report).splitlines() if "ipynb" in line]
    assert line == (
        "::notice title=keylint (KL211),file=notebooks/try it.ipynb"
        "::41 characters: keys of this kind had 37 so far (cell 3, line 2)"
    )


def test_the_end_column_goes_with_a_single_line_only(report: Report) -> None:
    finding = report.findings[0]
    spread = replace(finding, place=replace(finding.place, end_line=finding.place.line + 2))
    line = render(replace(report, findings=(spread,))).splitlines()[0]
    assert ",line=3,col=19,endLine=5::" in line


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a,b:c.py", "a%2Cb%3Ac.py"), ("50%.py", "50%25.py"), ("a\r\nb.py", "a  b.py"), ("a\x1bb.py", "ab.py")],
)
def test_properties_are_escaped(report: Report, path: str, shown: str) -> None:
    finding = replace(report.findings[0], place=replace(report.findings[0].place, path=path))
    assert f",file={shown},line=" in render(replace(report, findings=(finding,)))


def test_data_is_escaped(report: Report) -> None:
    finding = replace(report.findings[0], message="100%\n::warning::x, y: z", help="")
    line = render(replace(report, findings=(finding,))).splitlines()[0]
    assert line.endswith("::100%25 ::warning::x, y: z")
