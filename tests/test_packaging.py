"""What is installed: entry points, package data, and a wheel that holds all of it and nothing else."""

import ast
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from email.parser import HeaderParser
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import pytest

import keylint

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = {"console_scripts": PROJECT["scripts"], **PROJECT["entry-points"]}
SOURCES = {"keylint": ROOT / "linter" / "keylint", "keylint_rules": ROOT / "rules" / "keylint_rules"}
GENERATED = {".pyc"}


def contents(package: str) -> set[str]:
    """The files of a package as they are in the checkout, as paths in the wheel."""
    directory = SOURCES[package]
    found = (path for path in directory.rglob("*") if path.is_file() and path.suffix not in GENERATED)
    return {path.relative_to(directory.parent).as_posix() for path in found}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = directory.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [(group, name, value) for group, points in DECLARED.items() for name, value in points.items()],
)
def test_entry_points_are_installed_and_resolve(group: str, name: str, value: str) -> None:
    installed = [point for point in entry_points(group=group, name=name) if point.value == value]
    assert installed, f"install the checkout again: {group} {name} is not as in pyproject.toml"
    loaded = installed[0].load()
    assert callable(loaded) if group == "console_scripts" else loaded.__name__ == value


def test_the_groups_are_those_that_the_registry_reads() -> None:
    text = (SOURCES["keylint"] / "registry.py").read_text(encoding="utf-8")
    (groups,) = [
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_GROUPS"
    ]
    assert set(groups) | {"console_scripts"} == set(DECLARED)


def test_the_provider_files_are_package_data() -> None:
    names = {entry.name for entry in files("keylint_rules.providers").iterdir() if entry.name.endswith(".toml")}
    assert names == {path.name for path in (SOURCES["keylint_rules"] / "providers").glob("*.toml")}
    assert "github.toml" in names


def test_the_wheel_holds_both_packages_whole_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    information = f"keylint-{keylint.__version__}.dist-info/"
    held = {name for name in wheel.namelist() if not name.startswith(information)}
    expected = contents("keylint") | contents("keylint_rules")
    assert held == expected
    assert {"keylint/py.typed", "keylint_rules/py.typed", "keylint_rules/providers/github.toml"} <= held


def test_the_wheel_declares_what_pyproject_declares(wheel: zipfile.ZipFile) -> None:
    information = f"keylint-{keylint.__version__}.dist-info"
    points = ConfigParser()
    points.read_string(wheel.read(f"{information}/entry_points.txt").decode())
    assert {group: dict(points[group]) for group in points.sections()} == DECLARED
    metadata = HeaderParser().parsestr(wheel.read(f"{information}/METADATA").decode())
    assert metadata["Version"] == keylint.__version__
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(required) == sorted(PROJECT["dependencies"])
    assert f"{information}/licenses/LICENSE" in wheel.namelist()


def test_the_build_is_reproducible(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (again,) = tmp_path.glob("*.whl")
    assert wheel.filename is not None
    assert again.read_bytes() == Path(wheel.filename).read_bytes()
