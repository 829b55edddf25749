"""GitHub workflow commands: each finding as an annotation of its line in the pull request.

::error title=keylint (KL201),file=app.py,line=3,col=8,endLine=3,endColumn=45::3 characters short: 37 of 40
"""

from __future__ import annotations

from keylint.model import Finding, Place, Report, Severity
from keylint.report import words
from keylint.report.safe import to_ascii

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})


def render(report: Report, *, unicode: bool = True) -> str:
    """Return one command per finding, then what they add up to, and the receipt as the last plain line."""
    closing = words.summary(report) if report.findings else words.all_clear(report)
    text = "\n".join([*map(_command, report.findings), closing, words.receipt(report)]) + "\n"
    return text if unicode else to_ascii(text)


def _command(finding: Finding) -> str:
    properties = {
        "title": f"keylint ({finding.code})",
        "file": words.place_of_file(finding.place.path),
        **_region(finding.place),
    }
    listed = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {listed}::{words.said(finding).translate(_DATA)}"


def _region(place: Place) -> dict[str, str]:
    """Return the lines and columns. A cell of a notebook has none in its file; columns go with a single line only."""
    if place.cell is not None:
        return {}
    region = {"line": str(place.line), "col": str(place.column), "endLine": str(place.end_line)}
    if place.end_line == place.line:
        region["endColumn"] = str(place.end_column)
    return region
