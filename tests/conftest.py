"""What holds for all tests."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Nothing is timed here: a slow machine is no defect.
settings.register_profile("keylint", deadline=None)
settings.load_profile("keylint")

_NO_POSTGRES = "no PostgreSQL here"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of this run's own, as the URL of a server without a database."""
    found = [*map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ.get("PATH", "")]
    initdb, postgres = (shutil.which(name, path=os.pathsep.join(found)) for name in ("initdb", "postgres"))
    if initdb is None or postgres is None:
        pytest.skip(_NO_POSTGRES)
    user = _unprivileged()
    base = Path(tempfile.mkdtemp(prefix="keylint-postgres-"))
    try:
        if user is not None:
            shutil.chown(base, user)
        data, home = str(base / "data"), str(base)
        made = subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "keylint", "-E", "UTF8", "--no-sync"],
            user=user, cwd=home, capture_output=True, check=False,
        )  # fmt: skip
        if made.returncode:
            pytest.skip(_NO_POSTGRES)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
        server = subprocess.Popen(
            [postgres, "-D", data, *options.split()], user=user, cwd=home,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(port)
            yield f"postgresql://keylint@127.0.0.1:{port}"
        finally:
            # Not SIGTERM: it would wait until the last client has gone.
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: str) -> Callable[[], str]:
    """Makes a new database and returns its URL."""
    import psycopg

    def new() -> str:
        name = f"t{time.monotonic_ns()}"
        with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"{postgres_server}/{name}"

    return new


def _unprivileged() -> str | None:
    """Return whom to run a database as, which root may not; `None` for the user that this is."""
    if os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None) or pytest.skip(_NO_POSTGRES)


def _wait_for(port: int) -> None:
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(f"postgresql://keylint@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("PostgreSQL does not start")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tested, and why."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if _NO_POSTGRES in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{_NO_POSTGRES}: {len(skipped)} tests of it were skipped", yellow=True)
