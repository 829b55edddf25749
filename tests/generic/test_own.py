"""A user's own plugins and filters for detect-secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylint.generic.own import Own, OwnError, load

PLUGIN = """
import re

from detect_secrets.plugins.base import RegexBasedDetector


class BadgeDetector(RegexBasedDetector):
    secret_type = "Badge"
    denylist = [re.compile(r"BADGE-[0-9]{6}")]
"""
FAILS = PLUGIN + "\n    def analyze_line(self, **kwargs):\n        raise ValueError('of the line')\n"
FILTER = "def is_training(filename, secret):\n    return secret.endswith('000000')\n"


def own(directory: Path, plugin: str = "", filters: str = "") -> Own:
    (directory / "plugin.py").write_text(plugin)
    (directory / "filters.py").write_text(filters)
    names = [str(directory / "plugin.py")] if plugin else []
    return load(names, [f"{directory / 'filters.py'}::is_training"] if filters else [])


def test_a_plugin_finds_what_is_bound_to_nothing(tmp_path: Path) -> None:
    content = "first\nlost: BADGE-123456, BADGE-654321\n"
    found = list(own(tmp_path, PLUGIN).candidates("a.txt", content))
    assert {(content[c.start : c.end], c.name) for c in found} == {("BADGE-123456", "Badge"), ("BADGE-654321", "Badge")}


def test_a_filter_is_called_by_the_names_of_its_parameters(tmp_path: Path) -> None:
    mine = own(tmp_path, filters=FILTER)
    assert mine.refuses("a.txt", "BADGE-000000", "BADGE-000000")
    assert not mine.refuses("a.txt", "BADGE-123456", "BADGE-123456")


def test_who_fails_is_named_and_the_value_is_not(tmp_path: Path) -> None:
    with pytest.raises(OwnError, match=r"plugin BadgeDetector: ValueError\Z"):
        list(own(tmp_path, FAILS).candidates("a.txt", "BADGE-123456"))
    broken = own(tmp_path, filters="def is_training(secret):\n    raise KeyError(secret)\n")
    with pytest.raises(OwnError, match=r"filter is_training: KeyError\Z"):
        broken.refuses("a.txt", "line", "BADGE-123456")


@pytest.mark.parametrize("text", ["", "x = 1\n", "import nothing_of_that_name\n", "def f(:\n"])
def test_a_file_without_a_plugin_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.py").write_text(text)
    with pytest.raises(OwnError, match=r"p\.py"):
        load([str(tmp_path / "p.py")], [])


@pytest.mark.parametrize("name", ["filters.py::nothing", "filters.py", "missing.py::is_training"])
def test_a_filter_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "filters.py").write_text(FILTER)
    with pytest.raises(OwnError):
        load([], [str(tmp_path / name)])
