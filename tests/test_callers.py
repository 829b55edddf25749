"""The search for callers: who is found by text alone, and where it stops."""

from collections.abc import Mapping

import pytest

from keylint.engine import callers as searching
from keylint.engine.callers import MOST_CALLERS, Callers
from keylint.engine.sniff import imports


def search(files: Mapping[str, str]) -> Callers:
    """Return the search in a project of these files."""
    return Callers(
        files, lambda path: files[path].encode() if path in files else None, lambda p: imports(files[p].encode())
    )


def test_a_caller_names_the_function_and_imports_its_module() -> None:
    files = {
        "app/client.py": "def read(key): ...\n",
        "app/uses.py": "from app.client import read\nread(1)\n",
        "app/beside.py": "from .client import read\nread(1)\n",
        "app/imports.py": "from app import client\n",
        "app/names.py": "def read(): ...\nread()\n",
    }
    assert search(files).of([("app/client.py", "read")], ()) == ["app/beside.py", "app/uses.py"]
    assert search(files).of([("app/client.py", "read")], {"app/uses.py"}) == ["app/beside.py"]


def test_a_package_counts_where_the_function_is_come_to_by_it() -> None:
    files = {
        "app/__init__.py": "from app.client import send\n",
        "app/client.py": "def send(key): ...\ndef read(key): ...\n",
        "main.py": "from app import send\nsend(1)\n",
        "other.py": "from app import version\nread(1)\n",
        "dotted.py": "import app\napp.client.read(1)\n",
    }
    found = search(files)
    assert found.of([("app/client.py", "send")], ()) == ["app/__init__.py", "main.py"]
    assert found.of([("app/client.py", "read")], ()) == ["dotted.py"]


def test_tests_call_for_tests_alone() -> None:
    call = "from tests.help import make\nfrom client import make\nmake()\n"
    files = {"client.py": "def make(): ...\n", "tests/help.py": "def make(): ...\n", "tests/test_x.py": call}
    assert search(files).of([("client.py", "make")], ()) == []
    assert search(files).of([("tests/help.py", "make")], ()) == ["tests/test_x.py"]


def test_what_too_many_call_takes_no_place_of_others() -> None:
    call = "from client import make\nmake()\n"
    files = {"client.py": "def make(): ...\ndef send(): ...\n", "few.py": "from client import send\nsend()\n"}
    files |= {f"call{n}.py": call for n in range(MOST_CALLERS + 1)}
    found = search(files)
    assert found.of([("client.py", "make"), ("client.py", "send")], ()) == ["few.py"]
    assert not found.left_out
    del files["call0.py"]
    assert len(search(files).of([("client.py", "make")], ())) == MOST_CALLERS


def test_one_run_reads_so_many_callers_small_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_BYTES", 1_000)
    call = "from client import make\nmake()\n"
    files = {"client.py": "def make(): ...\n", "big.py": call + "#" * 990, "small.py": call, "tiny.py": call}
    found = search(files)
    assert found.of([("client.py", "make")], ()) == ["small.py", "tiny.py"]
    assert found.left_out == {"client.py"}
    monkeypatch.setattr(searching, "MOST_FILES", 3)
    files["third.py"] = call
    found = search(files)
    assert found.of([("client.py", "make")], {"tiny.py"}) == ["small.py", "third.py"]
    assert found.of([("client.py", "make")], {"small.py", "third.py"}) == ["tiny.py"]
    assert found.of([("client.py", "make")], {"small.py", "third.py", "tiny.py"}) == []


def test_who_loads_variables_need_not_import_the_module_itself() -> None:
    files = {
        "main.py": "from dotenv import load_dotenv\nfrom app import web\nload_dotenv()\n",
        "app/__init__.py": "",
        "app/web.py": "from . import llm\n",
        "app/llm.py": "",
    }
    assert search(files).of([("app/llm.py", "load_dotenv")], ()) == ["main.py"]
