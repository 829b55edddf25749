"""End-to-end tests: the installed command, in a process of its own, with its own home directory."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from keylint import engine
from keylint.catalogue.fake import expand
from keylint.config import Config
from keylint.model import Report

COMMAND = shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint"
AS_OF = "2026-11-20"


@dataclass(frozen=True)
class Run:
    """What one run of the command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def found(self) -> set[tuple[str, str, int]]:
        return {(f["code"], f["path"], f["line"]) for f in self.json["findings"]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache directory of most tests. The catalogue is compiled into it before the first of them."""
    directory = tmp_path_factory.mktemp("cache")
    project = tmp_path_factory.mktemp("nothing")
    (project / "nothing.py").write_text("nothing = 0\n")
    variables = {"PATH": os.environ["PATH"], "HOME": str(project), "XDG_CACHE_HOME": str(directory)}
    subprocess.run([COMMAND, "check", "nothing.py"], cwd=project, env=variables, capture_output=True, check=True)
    return directory


@pytest.fixture
def own_cache(cache: Path, tmp_path: Path) -> Path:
    """A cache directory of the test's own: it holds the compiled catalogue, and nothing of any project."""
    directory = tmp_path / "own-cache"
    shutil.copytree(cache, directory, ignore=shutil.ignore_patterns("results-*", "key", "status.*"))
    return directory


@pytest.fixture
def environ(home: Path, cache: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(cache),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
    }


@pytest.fixture
def keylint(environ: dict[str, str]) -> Callable[..., Run]:
    def run(*arguments: str, cwd: Path, stdin: str | bytes = b"", env: Mapping[str, str] | None = None) -> Run:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [COMMAND, *arguments], cwd=cwd, input=data, capture_output=True, env={**environ, **(env or {})}, timeout=120
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def check(keylint: Callable[..., Run]) -> Callable[..., Run]:
    """Check a directory, as JSON, on a fixed day."""

    def run(cwd: Path, *arguments: str, **options: Any) -> Run:
        return keylint("check", "--output-format", "json", "--as-of", AS_OF, *(arguments or (".",)), cwd=cwd, **options)

    return run


@pytest.fixture
def report_of(cache: Path) -> Callable[..., Report]:
    """Check a directory in this process, on a fixed day; a test of the engine alone starts no command."""

    def run(directory: Path, **options: Any) -> Report:
        request = engine.request([str(directory)], as_of=datetime.fromisoformat(f"{AS_OF}T00:00Z"), root=str(directory))
        return engine.check(request, Config(cache_dir=str(cache), **options))

    return run


@pytest.fixture
def serve(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., tuple[str, subprocess.Popen[str]]]]:
    """Start `keylint serve` with an inventory; its database is `status.db` and its log `serve.log`, both in `tmp_path`."""
    log = tmp_path / "serve.log"

    with ExitStack() as stack:

        def start(inventory: Path, token: str, admin: str = "a" * 40) -> tuple[str, subprocess.Popen[str]]:
            tokens = {"KEYLINT_SERVE_TOKEN": token, "KEYLINT_SERVE_ADMIN_TOKEN": admin}
            command = [COMMAND, "serve", "--port", "0", "--database", f"sqlite:///{tmp_path / 'status.db'}"]
            process = stack.enter_context(
                subprocess.Popen(
                    [*command, "--inventory", str(inventory)],
                    env={**environ, **tokens}, cwd=tmp_path, text=True,
                    stdout=stack.enter_context(log.open("w")), stderr=subprocess.STDOUT,
                )
            )  # fmt: skip
            stack.callback(process.terminate)
            for _ in range(600):
                match = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
                if match is not None or process.poll() is not None:
                    break
                time.sleep(0.05)
            assert match is not None, log.read_text()
            return match[0], process

        yield start


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write files (with `{fake:…}` templates) into a directory of their own."""

    def write(files: Mapping[str, str | bytes], name: str = "project") -> Path:
        root = tmp_path / name
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else expand(text).encode())
        root.mkdir(exist_ok=True)
        return root

    return write


@pytest.fixture
def git(environ: dict[str, str]) -> Callable[..., str]:
    def run(cwd: Path, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=cwd, env=environ, check=True, capture_output=True, text=True
        )
        return done.stdout

    return run
