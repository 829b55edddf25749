"""The service is as its OpenAPI file says, whatever it is asked."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from keylint.server.problems import KINDS
from keylint.server.wire import COLUMNS
from keylint.status import protocol
from keylint.status.inventory import FIELDS, Status

DOCUMENT = yaml.safe_load(files("keylint.server").joinpath("openapi.yaml").read_text("utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_schemathesis_finds_nothing(start: Callable[..., Any], tools: Any, tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(tools.inventory_text(range(900)))
    process = start("--inventory", "keys.yaml", "--database", "s.db")
    token = f"Authorization: Bearer {tools.TOKENS['KEYLINT_SERVE_ADMIN_TOKEN']}"
    command = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run", f"{process.service.url}/openapi.yaml",
        "--header", token, "--max-examples", "15", "--seed", "20", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"HOME": str(tmp_path), **os.environ}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout
    operations = [name for path in DOCUMENT["paths"].values() for name in path if name != "parameters"]
    assert f"Tested: {len(operations) - 1}" in done.stdout, "all but the description itself"
    log = process.log.read_text()
    assert " 500 " not in log
    assert " 503 " not in log


def test_it_names_every_field_and_status() -> None:
    assert set(SCHEMAS["Known"]["properties"]) | {"fp"} == set(FIELDS)
    assert set(SCHEMAS["NewEntry"]["properties"]) | {"fp"} == set(FIELDS)
    assert SCHEMAS["Status"]["enum"] == list(Status)
    assert {f"hint_{part}" for part in SCHEMAS["Hint"]["properties"]} < set(COLUMNS)


def test_the_protocol_page_names_every_problem_and_path() -> None:
    page = (Path(__file__).parents[2] / "docs" / "status-protocol.md").read_text("utf-8")
    public = {path for path, item in DOCUMENT["paths"].items() if "'protocol'" in str(item)}
    assert protocol.WELL_KNOWN in public
    assert [
        word for word in (*public, *KINDS) if f"`{word}`" not in page.replace("GET ", "").replace("POST ", "")
    ] == []
