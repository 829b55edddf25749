"""Times the reference service and its client on loopback: 10,000 entries, 500 keys to check, 200 clients at once."""

import argparse
import hashlib
import http.client
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from keylint.model import KeyRef, Secret
from keylint.status.cache import FILE, Cache
from keylint.status.service import Memory, Mode, Pages, ServiceSource

READER, ADMIN = "r" * 40, "a" * 40


def fingerprint(number: int) -> str:
    return f"kl1:hmac-sha256:p-bench:{hashlib.sha256(str(number).encode()).hexdigest()}"


@contextmanager
def serving(directory: Path, entries: int, database: str) -> Iterator[str]:
    keys = (
        f'  - {{fp: "{fingerprint(n)}", provider: stripe, status: active, env: production, owner: team-{n % 40}, '
        "expires_at: 2027-06-01T00:00:00Z, checked_at: 2026-11-20T08:00:00Z}\n"
        for n in range(entries)
    )
    inventory = directory / "keys.yaml"
    inventory.write_text("keylint_inventory: 1\nkeys:\n" + "".join(keys))
    log = directory / "serve.log"
    command = shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint"
    environ = {**os.environ, "KEYLINT_SERVE_TOKEN": READER, "KEYLINT_SERVE_ADMIN_TOKEN": ADMIN}
    with log.open("wb") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            [command, "serve", "--port", "0", "--inventory", str(inventory), "--database", database],
            stderr=file,
            env=environ,
        )
    try:
        while not (match := re.search(r"serve: (\S+)", log.read_text())):
            if process.poll() is not None:
                sys.exit(log.read_text())
            time.sleep(0.02)
        print(f"| start, with the import of {entries:,} entries | {time.perf_counter() - start:.1f} s | |")
        yield match[1]
    finally:
        process.terminate()
        process.wait()


def timed(call: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Return best and median of some calls, in milliseconds."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return min(times), statistics.median(times)


def show(name: str, figures: tuple[float, float]) -> None:
    print(f"| {name} | {figures[0]:.1f} ms | {figures[1]:.1f} ms |")


def request(connection: http.client.HTTPConnection, path: str, **headers: str) -> tuple[http.client.HTTPResponse, int]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers={"Authorization": f"Bearer {READER}", "Accept-Encoding": "gzip", **sent})
    answer = connection.getresponse()
    return answer, len(answer.read())


def write(connection: http.client.HTTPConnection, number: int) -> None:
    body = json.dumps({"provider": "stripe", "status": "revoked"})
    headers = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
    connection.request("PUT", f"/v1/entries/{fingerprint(number)}", body, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (200, 201), answer.status


def requests(url: str, repeat: int) -> None:
    """Bare requests over a connection that is open: what the service needs."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    answer, size = request(connection, "/v1/snapshot")
    etag = answer.headers["ETag"]
    show(f"GET snapshot, {size // 1024} KB of gzip", timed(lambda: request(connection, "/v1/snapshot"), repeat))

    def unchanged() -> None:
        assert request(connection, "/v1/snapshot", If_None_Match=etag)[0].status == 304

    show("GET snapshot, 304", timed(unchanged, repeat))
    numbers = iter(range(10**6, 10**7))
    show("PUT entry, on the disk", timed(lambda: write(connection, next(numbers)), repeat))

    def changed() -> None:
        write(connection, next(numbers))
        request(connection, "/v1/snapshot")

    show("PUT entry, then GET snapshot (made anew)", timed(changed, max(repeat // 4, 3)))
    connection.close()


def sources(url: str, keys: list[KeyRef], repeat: int, directory: Path) -> None:
    """What a run of keylint waits for: from a new connection to the last observation."""

    def ask(mode: Mode, pages: Pages | None = None) -> None:
        source = ServiceSource(url, Secret(READER), mode, pages=pages)
        source.describe()
        assert len(list(source.check(keys))) == len(keys)

    show(f"{len(keys)} keys by snapshot, cold", timed(lambda: ask(Mode.SNAPSHOT), repeat))
    for where, kept in (
        ("in memory", Memory()),
        ("in the cache", Cache(directory / "cache" / FILE, datetime.now(UTC))),
    ):
        ask(Mode.SNAPSHOT, kept)
        show(
            f"{len(keys)} keys by snapshot, 304, kept {where}",
            timed(lambda kept=kept: ask(Mode.SNAPSHOT, kept), repeat),
        )
    for mode in (Mode.RANGE, Mode.SEALED, Mode.LOOKUP):
        show(f"{len(keys)} keys by {mode}", timed(lambda mode=mode: ask(mode), max(repeat // 4, 3)))


def crowd(url: str, clients: int) -> None:
    parts = urlsplit(url)
    gate = threading.Barrier(clients + 1)
    statuses: list[int] = []
    waited: list[float] = []

    def client() -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        gate.wait()
        start = time.perf_counter()
        answer, _ = request(connection, "/v1/snapshot")
        etag = answer.headers.get("ETag", "")
        again, _ = request(connection, "/v1/snapshot", If_None_Match=etag)
        waited.append((time.perf_counter() - start) * 1000)
        statuses.extend((answer.status, again.status))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    took = (time.perf_counter() - start) * 1000
    wrong = 2 * clients - sum(status in (200, 304) for status in statuses)
    print(f"| {clients} clients at once, snapshot and 304 each: all of them | {took:.0f} ms | errors: {wrong} |")
    print(f"| … one of them | {min(waited):.0f} ms | {statistics.median(waited):.0f} ms |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--database", help="postgresql://…; else a new file of SQLite")
    options = parser.parse_args()
    keys = [KeyRef(fingerprint(n * 7), "stripe", None) for n in range(options.keys)]
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {load}, {options.database or 'SQLite'}\n")
    print("| | best | median |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        database = options.database or str(Path(directory) / "status.db")
        with serving(Path(directory), options.entries, database) as url:
            requests(url, options.repeat)
            sources(url, keys, options.repeat, Path(directory))
            crowd(url, options.clients)


if __name__ == "__main__":
    main()
