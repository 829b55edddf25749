"""Keys that everybody can read in documentation: never a leak, and wherever a program uses one, a call that fails.

`works` marks those of emulators, local installations and demonstrations, which somebody accepts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keylint import engine
from keylint.catalogue import Catalogue, load
from keylint.catalogue.load import builtin_files
from keylint.config import Config
from keylint.model import SinkForm

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "public_examples.json").read_text())
IDS = [f"{number}-{row['of']}-{row['kind']}" for number, row in enumerate(ROWS)]
CATALOGUE: Catalogue = load(builtin_files())
STAND_INS = {"KL205", "KL206", "KL207"}
SAMPLE_KIND = "github-secret-scanning-sample"
JUDGED = CATALOGUE.kinds.keys() - {SAMPLE_KIND}


def program(kind: str, value: str) -> str:
    """Return a program that passes the value where its provider's SDK takes such a key; empty when none does."""
    sinks = [sink for sinks in CATALOGUE.sinks.values() for sink in sinks if kind in sink.accepts]
    for sink in sinks:
        module, _, name = sink.call.rpartition(".")
        if sink.form is SinkForm.ATTRIBUTE and module:
            return f"import {module}\n\n{sink.call} = {value!r}\n"
        if sink.form is SinkForm.CALL and sink.keyword and name:
            return f"import {module}\n\nclient = {sink.call}({sink.keyword}={value!r})\n"
    return ""


def project(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the files that hold one example: in code, in a document, in a variable, in a header, and at a call."""
    value = "".join(row["segments"])
    files = {
        "settings.py": f"SECRET_KEY = {value!r}\n",
        "notes.txt": f"{value}\n",
        "config.yaml": f"secret: {value!r}\n",
    }
    variable = next((name for name, env in CATALOGUE.env.items() if row["kind"] in env.accepts), None)
    if variable is not None:
        files[".env"] = f"{variable}='{value}'\n"
    call = program(row["kind"], value)
    if call:
        files["call.py"] = call
    return files


@pytest.fixture(scope="session")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """Path -> codes, of one project that holds them all."""
    root = tmp_path_factory.mktemp("published") / "project"
    for number, row in enumerate(ROWS):
        for name, text in project(row).items():
            file = root / str(number) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    report = engine.check(engine.request((str(root),), as_of=AS_OF, root=str(root)), Config(cache_dir=None))
    codes: dict[str, set[str]] = {}
    for finding in report.findings:
        codes.setdefault(finding.place.path, set()).add(finding.code)
    return codes


@pytest.mark.parametrize("number", range(len(ROWS)), ids=IDS)
def test_is_no_leak(number: int, found: Mapping[str, set[str]]) -> None:
    leaks = {
        path: codes
        for path, codes in found.items()
        if path.startswith(f"{number}/") and any(code.startswith("KL1") for code in codes)
    }
    assert leaks == {}


@pytest.mark.parametrize("number", range(len(ROWS)), ids=IDS)
def test_fails_where_it_is_used(number: int, found: Mapping[str, set[str]]) -> None:
    row = ROWS[number]
    files = project(row)
    if "call.py" in files:
        codes = found.get(f"{number}/call.py", set())
        # GitHub's sample for testing scanners is of a kind of its own: another kind than the call takes.
        assert codes & STAND_INS or row["works"] or row["kind"] == SAMPLE_KIND
        assert ("KL401" in codes or "KL402" in codes) == (not row["works"])
    # Words in an env file may be a name as well as a value.
    if ".env" in files and not re.fullmatch("[a-z_]+", "".join(row["segments"])) and row["kind"] != SAMPLE_KIND:
        assert found.get(f"{number}/.env", set()) & STAND_INS or row["works"]


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] in JUDGED], ids=lambda row: row["of"])
def test_is_judged_a_stand_in(row: Mapping[str, Any]) -> None:
    judgement = CATALOGUE.judge("".join(row["segments"]), expected=(row["kind"],))
    defects = {defect.code: defect.certain for defect in judgement.defects}
    assert STAND_INS & set(defects)
    assert not (row["works"] and any(defects.get(code) for code in STAND_INS))
