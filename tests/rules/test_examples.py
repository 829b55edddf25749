"""Every example of every rule, through the whole program."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylint.testing import Case, cases, run

engine = pytest.importorskip("keylint.engine", reason="the engine cannot be imported")


@pytest.mark.parametrize("case", cases(["keylint_rules"]), ids=str)
def test_example(case: Case, tmp_path: Path) -> None:
    run(case, tmp_path)
