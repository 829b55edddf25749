"""The bar that says that somebody is being asked: on a terminal, once it takes more than a second, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keylint.catalogue.fake import fake

from .conftest import Emulator, Request, reply

pty = pytest.importorskip("pty", reason="there are no terminals here")

PEPPER, BAR = "p" * 32, "asking about keys"
ABOUT = {
    "versions": ["v1"], "fingerprint": {"alg": "hmac-sha256", "pepper_id": "p-1", "context": "keylint/v1"},
    "modes": ["snapshot"],
}  # fmt: skip
PATIENCE_S = 1.0
_LONG_S = 10.0
"""As long as somebody may take to answer."""


@pytest.fixture
def gate(provider: Emulator) -> Iterator[threading.Event]:
    """A service whose entries wait until the gate is open."""
    opened = threading.Event()

    def script(request: Request) -> Iterator[bytes]:
        if request.target == "/v1/snapshot":
            opened.wait(_LONG_S)
            yield reply(200, {"entries": []})
        else:
            yield reply(200, ABOUT)

    provider.script = script
    yield opened
    opened.set()


def started(provider: Emulator, home: Path, stderr: int) -> subprocess.Popen[bytes]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "KEYLINT_PEPPER": PEPPER, "KEYLINT_PEPPER_ID": "p-1"}
    command = [sys.executable, "-m", "keylint", "status", "check", "--no-cache", "--status", provider.url]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr, env=environ, cwd=home
    )
    assert process.stdin is not None
    process.stdin.write(fake("github-classic-pat").encode())
    process.stdin.close()
    return process


def test_on_a_terminal(provider: Emulator, gate: threading.Event, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = started(provider, tmp_path, theirs)
    os.close(theirs)
    shown = ""
    try:
        while BAR not in shown:
            # The end of the program, whose service has answered at last, is the end of this.
            shown += os.read(ours, 4096).decode()
    except OSError:
        pass
    finally:
        gate.set()
        os.close(ours)
        process.wait(60)
    assert BAR in shown


def test_never_in_a_pipe(provider: Emulator, gate: threading.Event, tmp_path: Path) -> None:
    process = started(provider, tmp_path, subprocess.PIPE)
    assert process.stderr is not None
    for _ in range(600):
        if provider.requests or process.poll() is not None:
            break
        threading.Event().wait(0.05)
    threading.Event().wait(1.5 * PATIENCE_S)
    gate.set()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 3, said
    assert BAR not in said
