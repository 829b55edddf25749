from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from keylint.model import Defect, Judgement, Outcome, OutcomeKind, Report
from keylint.report.jsonv1 import document, render

SCHEMA = json.loads((Path(__file__).parent / "schema_v1.json").read_text(encoding="utf-8"))


@pytest.fixture
def written(report: Report) -> dict[str, Any]:
    result = json.loads(render(report))
    assert isinstance(result, dict)
    return result


def test_it_keeps_the_contract(written: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(written)


def test_a_clean_run_keeps_the_contract(clean_report: Report) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(render(clean_report)))


def test_the_schema_refuses_what_is_not_in_the_contract(written: dict[str, Any]) -> None:
    for change in ({"extra": 1}, {"schema": "keylint/v2"}, {"uses": None}):
        assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(written | change)


def test_fields_come_in_the_order_of_the_contract(written: dict[str, Any]) -> None:
    definitions = SCHEMA["$defs"]
    assert list(written) == SCHEMA["required"]
    assert list(written["scan"]) == definitions["scan"]["required"]
    assert list(written["findings"][0]) == definitions["finding"]["required"]
    assert list(written["keys"][0]) == definitions["key"]["required"]
    assert list(written["keys"][0]["uses"][0]) == definitions["use"]["required"]


def test_scan(written: dict[str, Any]) -> None:
    assert written["scan"] == {
        "root": "/srv/a project",
        "as_of": "2026-11-21T08:00:00Z",
        "files": 1204,
        "bytes": 8120400,
        "skipped": [
            {"path": "img/a.png", "reason": "binary"},
            {"path": "img/b.png", "reason": "binary"},
            {"path": "big.json", "reason": "too large"},
            {"path": "broken.py", "reason": "line 3: invalid syntax"},
        ],
        "complete": False,
        "duration_s": 0.432,
        "suppressed": {"inline": 1, "baseline": 0, "detect_secrets": 0},
        "sources": [{"source": "vault", "keys": 3, "known": 1, "cached": 1, "error": None}],
    }


def test_findings_are_sorted(report: Report, written: dict[str, Any]) -> None:
    shuffled = document(replace(report, findings=report.findings[::-1]))
    assert shuffled["findings"] == written["findings"]
    places = [(f["path"], f["line"], f["column"], f["code"]) for f in written["findings"]]
    assert places == sorted(places)


def test_a_finding_of_a_call(written: dict[str, Any]) -> None:
    (call,) = [f for f in written["findings"] if f["path"] == "app/main.py"]
    assert call["key"] == {
        "fingerprint": "kl1:p1:3fa9c1d2e4f5a6b7",
        "provider": "openai",
        "kind": "openai-project-key",
        "other_kinds": [],
        "masked": "sk-proj-…x9Qd",
    }
    assert (call["outcome"], call["cause"], call["environments"]) == ("fails", "KL302", ["production"])
    assert call["status"] == {
        "verdict": "dead",
        "reason": "revoked",
        "source": "inventory keys.yaml",
        "observed_at": "2026-11-19T08:00:00Z",
        "expires_at": None,
        "replaced_by": "vault payments/openai#v3",
    }
    assert [step["path"] for step in call["trace"]] == ["app/settings.py", "app/clients.py", "app/main.py"]
    assert call["trace"][1] == {
        "path": "app/clients.py",
        "line": 4,
        "column": 26,
        "cell": None,
        "note": "imported as OPENAI_API_KEY",
    }


def test_a_finding_without_a_key(written: dict[str, Any]) -> None:
    (missing,) = [f for f in written["findings"] if f["code"] == "KL403"]
    assert (missing["key"], missing["status"], missing["fix"], missing["cell"]) == (None, None, None, None)
    assert missing["outcome"] == "fails"


def test_a_finding_in_a_notebook(written: dict[str, Any]) -> None:
    (found,) = [f for f in written["findings"] if f["code"] == "KL211"]
    assert (found["path"], found["cell"], found["line"]) == ("notebooks/try it.ipynb", 3, 2)
    assert found["confidence"] == "medium"
    assert found["outcome"] is None


def test_definitions_tell_their_defects(report: Report, written: dict[str, Any]) -> None:
    dead, malformed, _ = written["keys"]
    assert [d["defects"] for d in dead["definitions"]] == [["KL302"], []]
    assert malformed["definitions"] == [
        {
            "path": ".env",
            "line": 3,
            "column": 19,
            "cell": None,
            "name": "STRIPE_SECRET_KEY",
            "channel": "dotenv",
            "environment": None,
            "defects": ["KL202"],
        }
    ]
    key = report.keys[0]
    suppressed = replace(key.definitions[1], judgement=Judgement(defects=(Defect("KL204", ""), Defect("KL201", ""))))
    silent = replace(report, findings=(), keys=(replace(key, definitions=(suppressed,)),))
    assert document(silent)["keys"][0]["definitions"][0]["defects"] == ["KL201", "KL204"]


def test_uses_have_one_row_per_place_and_environment(written: dict[str, Any]) -> None:
    rows = [(u["path"], u["environment"], u["outcome"]) for u in written["keys"][0]["uses"]]
    assert rows == [
        ("app/jobs.py", None, "fails"),
        ("app/main.py", "production", "fails"),
        ("app/main.py", "staging", "works"),
    ]
    assert written["uses"] == [
        {
            "path": "app/search.py",
            "line": 7,
            "column": 10,
            "cell": None,
            "end_line": 7,
            "sink": "pinecone.Pinecone(api_key=…)",
            "provider": "pinecone",
            "environment": None,
            "outcome": "fails",
        }
    ]


def test_of_several_traces_to_one_use_the_worst_counts(report: Report) -> None:
    (trace,) = report.keyless
    both = (replace(trace, outcome=Outcome(OutcomeKind.WORKS)), trace, trace)
    assert [row["outcome"] for row in document(replace(report, keyless=both))["uses"]] == ["fails"]


def test_naive_times_are_utc(report: Report) -> None:
    naive = replace(report, as_of=datetime(2027, 1, 1))  # noqa: DTZ001
    assert document(naive)["scan"]["as_of"] == "2027-01-01T00:00:00Z"


def test_paths_are_exact_and_names_are_cleaned(report: Report) -> None:
    path = "a\x1b[2Jb\u202e.py"
    found = replace(report.findings[0], place=replace(report.findings[0].place, path=path), message="x\x1by")
    text = render(replace(report, findings=(found,)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    written = json.loads(text)["findings"][0]
    assert (written["path"], written["message"]) == (path, "xy")
