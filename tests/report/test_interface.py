from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from keylint.model import (
    Definition,
    Finding,
    Fix,
    Key,
    Observation,
    Place,
    Report,
    Secret,
    Skipped,
    Step,
    Tier,
    Verdict,
)
from keylint.report import Format, render

HOSTILE = "a\x1b[31m\x9b2J\u202eb\r\n::error::\ud800c\u2028%,x](http://evil.example)" + "y" * 2000


@pytest.mark.parametrize("format_", Format)
def test_every_format_is_rendered(format_: Format, report: Report) -> None:
    text = render(report, format_)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "KL202" in text


@pytest.mark.parametrize("format_", Format)
def test_the_same_report_gives_the_same_text(format_: Format, report: Report) -> None:
    assert render(report, format_) == render(report, format_)


def test_an_unknown_format_is_an_error() -> None:
    with pytest.raises(ValueError, match="xml"):
        Format("xml")


def test_a_format_is_imported_when_it_is_asked_for() -> None:
    code = "import sys, keylint.report; print([m for m in sys.modules if m.startswith('keylint.report.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['keylint.report.interface']"


@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("format_", Format)
def test_without_unicode_the_text_is_ascii(format_: Format, color: bool, report: Report) -> None:
    assert render(report, format_, color=color, unicode=False).isascii()


@pytest.mark.parametrize("unicode", [False, True])
@pytest.mark.parametrize("format_", Format)
def test_no_value_reaches_a_report(format_: Format, unicode: bool, report: Report) -> None:
    text = render(report, format_, unicode=unicode)
    values = {definition.secret.reveal() for key in report.keys for definition in key.definitions}
    values |= {definition.judgement.key for key in report.keys for definition in key.definitions}
    assert len(values) == len(report.keys)
    for value in values:
        assert value not in text
        assert value[8:24] not in text
    assert all(key.masked.partition("…")[0] in text for key in report.keys) or format_ is Format.GITHUB


@pytest.mark.parametrize("format_", Format)
def test_hostile_names_steer_nothing(format_: Format, report: Report) -> None:
    text = render(_hostile(report), format_)
    text.encode("utf-8")
    assert all(line.isprintable() for line in text.removesuffix("\n").split("\n"))
    commands = [line for line in text.splitlines() if line.startswith("::")]
    assert len(commands) == (len(report.findings) if format_ is Format.GITHUB else 0)
    assert "y" * 1001 not in text or format_ in (Format.JSON, Format.SARIF)  # there only in paths, which stay exact


def _hostile(report: Report) -> Report:
    keys = {key.fingerprint: _hostile_key(key) for key in report.keys}
    return replace(
        report,
        findings=tuple(_hostile_finding(f, keys) for f in report.findings),
        keys=tuple(keys.values()),
        skipped=(Skipped(HOSTILE, HOSTILE), Skipped(HOSTILE, HOSTILE, partial=True, fatal=True)),
    )


def _hostile_finding(finding: Finding, keys: dict[str, Key]) -> Finding:
    return replace(
        finding,
        place=_moved(finding.place),
        message=HOSTILE,
        excerpt=HOSTILE,
        excerpt_span=(3, 40),
        help=HOSTILE,
        environments=(HOSTILE,),
        trace=tuple(Step(_moved(step.place), HOSTILE) for step in finding.trace),
        fix=Fix(False, HOSTILE),
        key=keys[finding.key.fingerprint] if finding.key is not None else None,
    )


def _moved(place: Place) -> Place:
    return replace(place, path=HOSTILE)


def _hostile_key(key: Key) -> Key:
    seen = Observation("", HOSTILE, Tier.INVENTORY, key.verdict.live, key.verdict.reason or "unknown")  # type: ignore[arg-type]
    return replace(
        key,
        definitions=tuple(_hostile_definition(d) for d in key.definitions),
        traces=tuple(
            replace(
                t, environment=HOSTILE, outcome=replace(t.outcome, reason=HOSTILE), use=replace(t.use, sink=HOSTILE)
            )
            for t in key.traces
        ),
        masked=HOSTILE,
        verdict=Verdict(
            key.verdict.live,
            key.verdict.reason,
            HOSTILE,
            replaced_by=HOSTILE,
            owner=HOSTILE,
            disagree=True,
            observations=(seen,),
        ),
    )


def _hostile_definition(definition: Definition) -> Definition:
    secret = Secret(definition.secret.reveal(), HOSTILE)
    return replace(definition, name=HOSTILE, environment=HOSTILE, secret=secret, place=_moved(definition.place))
