from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from keylint.model import Edit, Finding, Fix, Place, Report, Skipped
from keylint.report.sarif import render

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))


def run_of(report: Report) -> dict[str, Any]:
    log = json.loads(render(report))
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER).validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@pytest.fixture
def run(report: Report) -> dict[str, Any]:
    return run_of(report)


def result(run: dict[str, Any], code: str, uri: str = "") -> dict[str, Any]:
    (found,) = [r for r in run["results"] if r["ruleId"] == code and uri in _uri(r)]
    assert isinstance(found, dict)
    return found


def _uri(result: dict[str, Any]) -> str:
    return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield str(name), child
        yield from walk(child)


def test_the_schema_is_the_published_one_and_strict(report: Report) -> None:
    assert SCHEMA["id"].endswith("/errata01/os/schemas/sarif-schema-2.1.0.json")
    log = json.loads(render(report))
    log["runs"][0]["results"][0]["surprise"] = 1
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(log)


def test_a_clean_run_is_valid(clean_report: Report) -> None:
    run = run_of(clean_report)
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_rules_and_their_indices(run: dict[str, Any]) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["KL101", "KL202", "KL211", "KL302", "KL401", "KL403"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    mistyped = rules[1]
    assert mistyped["name"] == "bad-checksum"
    assert mistyped["shortDescription"]["text"] == "A key is mistyped."
    assert mistyped["helpUri"] == "https://keylint.example/rules/KL202"
    assert mistyped["helpUri"] in mistyped["help"]["markdown"]
    assert mistyped["defaultConfiguration"] == {"level": "error"}
    assert rules[0]["fullDescription"]["text"] == "Take it out."
    assert "helpUri" not in rules[0]
    assert [rule["id"] for rule in rules if "security" in rule["properties"]["tags"]] == ["KL101"]


def test_levels(run: dict[str, Any]) -> None:
    assert {r["ruleId"]: r["level"] for r in run["results"]} == {
        "KL101": "error",
        "KL202": "error",
        "KL211": "note",
        "KL302": "error",
        "KL401": "error",
        "KL403": "warning",
    }


def test_locations_are_relative_to_the_root(run: dict[str, Any]) -> None:
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == "file:///srv/a%20project/"
    assert run["columnKind"] == "unicodeCodePoints"
    assert result(run, "KL202")["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": ".env", "uriBaseId": "SRCROOT"},
                "region": {"startLine": 3, "startColumn": 19, "endLine": 3, "endColumn": 56},
            }
        }
    ]


def test_a_root_that_is_not_absolute_has_no_uri(report: Report) -> None:
    assert "uri" not in run_of(replace(report, root="."))["originalUriBaseIds"]["SRCROOT"]


def test_message_and_next_step(run: dict[str, Any]) -> None:
    assert result(run, "KL302")["message"]["text"] == (
        "the key was revoked: whoever uses it is refused. "
        "Make a new key, store it outside the code and replace the old one everywhere."
    )


def test_the_trace_is_a_code_flow(run: dict[str, Any]) -> None:
    (flow,) = result(run, "KL401", "app/main.py")["codeFlows"]
    (thread,) = flow["threadFlows"]
    stops = [
        (s["location"]["physicalLocation"]["region"]["startLine"], s["location"]["message"]["text"])
        for s in thread["locations"]
    ]
    assert stops == [(3, "OPENAI_API_KEY"), (4, "imported as OPENAI_API_KEY"), (30, "openai.OpenAI(api_key=…)")]


def test_other_definitions_are_related(run: dict[str, Any]) -> None:
    (other,) = result(run, "KL302")["relatedLocations"]
    assert other["physicalLocation"]["artifactLocation"]["uri"] == "deploy/values-production.yaml"
    assert other["message"]["text"] == "also defined here: env.OPENAI_API_KEY"
    assert "relatedLocations" not in result(run, "KL202")


def test_related_places_are_bounded(report: Report) -> None:
    finding = report.findings[0]
    assert finding.key is not None
    many = tuple(
        replace(finding.key.definitions[0], place=replace(finding.place, line=line, end_line=line))
        for line in range(1, 500)
    )
    run = run_of(replace(report, findings=(replace(finding, key=replace(finding.key, definitions=many)),)))
    assert len(run["results"][0]["relatedLocations"]) == 20


def test_properties(run: dict[str, Any]) -> None:
    assert result(run, "KL401", "app/main.py")["properties"] == {
        "confidence": "high",
        "outcome": "fails",
        "environments": ["production"],
        "provider": "openai",
        "kind": "openai-project-key",
        "masked": "sk-proj-…x9Qd",
        "keyStatus": "dead",
        "statusReason": "revoked",
        "statusSource": "inventory keys.yaml",
        "checkedAt": "2026-11-19T08:00:00Z",
    }
    assert result(run, "KL403")["properties"] == {"confidence": "high", "outcome": "fails"}


def test_a_notebook_is_located_by_its_cell(run: dict[str, Any]) -> None:
    found = result(run, "KL211")
    (location,) = found["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "notebooks/try%20it.ipynb", "uriBaseId": "SRCROOT"}
    }
    assert location["logicalLocations"] == [{"name": "cell 3"}]
    assert "(cell 3, line 2)" in found["message"]["text"]


def test_a_fix_is_a_replacement(run: dict[str, Any]) -> None:
    (fix,) = result(run, "KL202")["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == ".env"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 19, "endLine": 3, "endColumn": 20},
            "insertedContent": {"text": ""},
        }
    ]


@pytest.mark.parametrize("fix", [Fix(True, "by hand"), Fix(True, "in a cell", (Edit(Place("n", 1, 1, 1, 2, 1), "x"),))])
def test_a_fix_that_is_no_edit_of_the_file_is_left_out(report: Report, fix: Fix) -> None:
    run = run_of(replace(report, findings=(replace(report.findings[0], fix=fix),)))
    assert "fixes" not in run["results"][0]


def test_what_was_skipped_is_notified(report: Report) -> None:
    skipped = (*report.skipped, Skipped("gone.py", "missing", fatal=True))
    (invocation,) = run_of(replace(report, skipped=skipped))["invocations"]
    assert invocation["executionSuccessful"] is False
    said = [(n["level"], n["message"]["text"]) for n in invocation["toolExecutionNotifications"]]
    assert said == [
        ("note", "not checked: binary"),
        ("note", "not checked: binary"),
        ("warning", "not checked: too large"),
        ("warning", "read in part: line 3: invalid syntax"),
        ("error", "not checked: missing"),
    ]


def test_there_is_no_snippet_and_no_suppression(run: dict[str, Any]) -> None:
    assert not {name for name, _ in walk(run)} & {"snippet", "suppressions", "contextRegion"}


def fingerprints(report: Report) -> list[str]:
    return [r["partialFingerprints"]["keylintFingerprint/v1"] for r in run_of(report)["results"]]


def _lower(finding: Finding, lines: int) -> Finding:
    place = finding.place
    return replace(finding, place=replace(place, line=place.line + lines, end_line=place.end_line + lines))


def test_fingerprints_stay_when_lines_move_and_keys_or_peppers_change(report: Report) -> None:
    before = fingerprints(report)
    assert len(set(before)) == len(before)
    moved = tuple(_lower(finding, 7) for finding in report.findings)
    assert fingerprints(replace(report, findings=moved)) == before
    other = tuple(
        replace(f, key=replace(f.key, fingerprint="kl1:p2:ffff", masked="…")) if f.key is not None else f
        for f in report.findings
    )
    assert fingerprints(replace(report, findings=other)) == before


def test_equal_findings_are_told_apart_by_their_order(report: Report) -> None:
    finding = report.findings[0]
    first, second = fingerprints(replace(report, findings=(finding, _lower(finding, 1))))
    assert first != second
    assert fingerprints(replace(report, findings=(finding,))) == [first]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/c#d?.py", "a%20b/c%23d%3F.py"),
        ("schlüssel.py", "schl%C3%BCssel.py"),
        ("latin\udcfc.py", "latin%FC.py"),
        ("broken\ud800.py", "broken%3F.py"),
        ("100%.py", "100%25.py"),
    ],
)
def test_paths_are_percent_encoded(report: Report, path: str, uri: str) -> None:
    finding = replace(report.findings[0], place=replace(report.findings[0].place, path=path))
    assert _uri(run_of(replace(report, findings=(finding,)))["results"][0]) == uri


def test_a_name_cannot_make_a_link(report: Report) -> None:
    finding = replace(report.findings[0], message="see [here](http://evil.example)", help="")
    (found,) = run_of(replace(report, findings=(finding,)))["results"]
    assert found["message"]["text"] == "see [here] (http://evil.example)"
