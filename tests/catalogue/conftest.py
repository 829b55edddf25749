import json
from pathlib import Path

import pytest

from keylint.catalogue import Catalogue, load
from keylint.catalogue.load import builtin_files

HERE = Path(__file__).parent
MORE = HERE / "data" / "more.toml"
ALL = load([*builtin_files(), MORE])
VECTORS = {row["kind"]: "".join(row["segments"]) for row in json.loads((HERE / "vectors.json").read_text())}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Every built-in kind, and those of the tests."""
    return ALL


@pytest.fixture(scope="session")
def every_form() -> list[tuple[str, int]]:
    """Kind and number of every form: hundreds, and a test for each would cost more than what it tests."""
    return [(kind.id, form) for kind in ALL.kinds.values() for form in range(len(kind.forms))]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", VECTORS.items(), ids=list(VECTORS))
