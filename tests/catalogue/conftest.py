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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind_form" in metafunc.fixturenames:
        pairs = [(kind.id, form) for kind in ALL.kinds.values() for form in range(len(kind.forms))]
        metafunc.parametrize("kind_form", pairs, ids=[f"{kind}-{form}" for kind, form in pairs])
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", VECTORS.items(), ids=list(VECTORS))
