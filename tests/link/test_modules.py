from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.link.modules import files_of, submodule

TABLE = [
    ("app.py", "settings", ("settings.py", "settings/__init__.py", "src/settings.py", "src/settings/__init__.py")),
    ("pkg/a.py", ".b", ("pkg/b.py", "pkg/b/__init__.py")),
    ("pkg/a.py", ".", ("pkg/__init__.py",)),
    ("pkg/__init__.py", ".b.c", ("pkg/b/c.py", "pkg/b/c/__init__.py")),
    ("pkg/sub/a.py", "..", ("pkg/__init__.py",)),
    ("a.py", "...b", ()),
]


@pytest.mark.parametrize(("path", "module", "files"), TABLE)
def test_table(path, module, files):
    assert files_of(path, module) == files


def test_nearest_directory_first():
    found = files_of("one/two/app.py", "m")
    order = [path for path in found if path.endswith("m.py")]
    assert order == ["one/two/m.py", "one/two/src/m.py", "one/m.py", "one/src/m.py", "m.py", "src/m.py"]


def test_a_file_does_not_import_itself():
    assert "stripe.py" not in files_of("stripe.py", "stripe")


def test_submodule():
    assert [submodule(module, "x") for module in (".", "..pkg", "pkg")] == [".x", "..pkg.x", "pkg.x"]


PARTS = st.lists(st.sampled_from(["a", "b", "é", ""]), max_size=6)


@given(PARTS, st.integers(0, 8), PARTS)
def test_stays_in_the_project(directories: list[str], dots: int, names: list[str]) -> None:
    path = "/".join([*filter(None, directories), "x.py"])
    for found in files_of(path, "." * dots + ".".join(names)):
        assert not found.startswith(("/", ".."))
