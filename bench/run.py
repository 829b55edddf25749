"""Times keylint and its peers in one run, on the same trees, and prints a Markdown table.

Whole trees: best and median of some runs, the rule caches of each tool warm. "First" is keylint without the results of an
earlier run, "again" the same over the unchanged tree. Small files: cold processes. Memory: the largest process.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

# Outside of this checkout: a tree inside it would have all of it as its context.
HERE = Path(os.environ.get("KEYLINT_BENCH", "~/.cache/keylint-bench")).expanduser()
PEERS = HERE / "peers" / "bin"
CACHE = HERE / "cache"
TREES = ["homeassistant", "ansible", "airflow"]


class Figure(NamedTuple):
    best: float
    median: float
    memory_mb: float
    cpu: float
    """The least processor time of one run, of all its processes."""


def run(command: list[str], repeat: int, before: Callable[[], None] = lambda: None) -> Figure:
    times, used, memory = [], [], 0.0
    for _ in range(repeat):
        before()
        with tempfile.TemporaryFile() as sink:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)
            _, _, usage = os.wait4(process.pid, 0)
            times.append(time.perf_counter() - start)
            used.append(usage.ru_utime + usage.ru_stime)
            memory = max(memory, usage.ru_maxrss / 1024)
    return Figure(min(times), statistics.median(times), memory, min(used))


def forget() -> None:
    """Remove the results of earlier runs; the compiled catalogue and the database stay."""
    for path in CACHE.glob("keylint/results-*"):
        path.unlink()


def read_all(paths: list[str]) -> int:
    total = 0
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            total += len(file.read())
    return total


def floor(tree: Path, repeat: int) -> Figure:
    """List the tree and read every byte, with as many processes as there are cores."""
    times, used = [], []
    for _ in range(repeat):
        start, before = time.perf_counter(), sum(os.times()[:4])
        paths = [os.path.join(d, name) for d, _, names in os.walk(tree) for name in names]
        parts = [paths[i : i + 1000] for i in range(0, len(paths), 1000)]
        with get_context("fork").Pool(os.cpu_count()) as pool:
            sum(pool.imap_unordered(read_all, parts))
            pool.close()
            pool.join()
        times.append(time.perf_counter() - start)
        used.append(sum(os.times()[:4]) - before)
    return Figure(min(times), statistics.median(times), 0, min(used))


COLUMNS = "best | median | processor | of {} | largest process |\n|---|---|---|---|---|---|"


def row(name: str, figure: Figure, reference: float) -> str:
    return (
        f"| {name} | {figure.best:.2f} s | {figure.median:.2f} s | {figure.cpu:.2f} s "
        f"| {figure.median / reference:.2f}x | {figure.memory_mb:.0f} MB |"
    )


def keylint(*arguments: str) -> list[str]:
    return [
        shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint",
        "check",
        "--isolated",
        *arguments,
    ]


def kingfisher(path: str) -> list[str]:
    return [
        str(PEERS / "kingfisher"),
        "scan",
        path,
        "--no-validate",
        "--quiet",
        "--no-update-check",
        "--git-history",
        "none",
    ]


def trees(only: list[str], repeat: int, detect_secrets: bool) -> None:
    for name in only:
        tree = HERE / name
        subprocess.run(keylint(str(tree)), capture_output=True, check=False)  # warm: page cache and rule database
        peer = run(kingfisher(str(tree)), repeat)
        reference = peer.median
        print(f"\n### {name}\n\n| | {COLUMNS.format('kingfisher')}")
        read = floor(tree, repeat)
        print(row("read every byte", read, reference))
        print(row("keylint, first", run(keylint(str(tree)), repeat, forget), reference))
        again = run(keylint(str(tree)), repeat)
        print(row("keylint, again", again, reference))
        print(row("kingfisher 2.14.0 --no-validate", peer, reference))
        if detect_secrets:
            command = [
                str(PEERS / "detect-secrets"),
                "--cores",
                str(os.cpu_count()),
                "scan",
                "--no-verify",
                "--all-files",
            ]
            print(row("detect-secrets 1.5.0", run([*command, str(tree)], 1), reference))
        ratios = (again.best / read.best, again.median / read.median, again.cpu / read.cpu)
        print("\nAgain, of reading every byte: {:.2f}x best, {:.2f}x median, {:.2f}x processor time".format(*ratios))


SMALL = {
    "nothing in it": "def area(width: float, height: float) -> float:\n    return width * height\n",
    "an SDK call (reaches LibCST)": 'import openai\n\nclient = openai.OpenAI(api_key="YOUR_API_KEY")\n',
}


def small(repeat: int) -> None:
    print(f"\n### One small file, cold process\n\n| | {COLUMNS.format('kingfisher')}")
    for name, text in SMALL.items():
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "area.py")
            file.write_text(text, encoding="utf-8")
            peer = run(kingfisher(str(file)), repeat)
            print(row(f"keylint, {name}", run(keylint(str(file)), repeat), peer.median))
            print(row(f"kingfisher, {name}", peer, peer.median))
    bin_help = [*keylint()[:1], "--help"]
    print(row("keylint --help", run(bin_help, repeat), 1.0))


def opaque(repeat: int, name: str = "homeassistant") -> None:
    """An inventory of opaque keys makes every token a question."""
    with tempfile.TemporaryDirectory() as directory:
        inventory = str(Path(directory, "keys.yaml"))
        for number in range(50):
            key = f"{number:02d}" + os.urandom(15 + number % 3).hex()
            subprocess.run(
                [*keylint()[:1], "inventory", "add", "--file", inventory, "--provider", "acme", "--status", "active"],
                input=key, text=True, capture_output=True, check=True,
            )  # fmt: skip
        tree = str(HERE / name)
        plain, known = run(keylint(tree), repeat, forget), run(keylint(tree, "--status", inventory), repeat, forget)
        print(f"\n### {name} with an inventory of 50 opaque keys\n\n| | {COLUMNS.format('plain')}")
        print(row("without", plain, plain.median))
        print(row("with", known, plain.median))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=TREES)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--no-detect-secrets", action="store_true")
    options = parser.parse_args()
    os.environ["XDG_CACHE_HOME"] = str(CACHE)
    steps: list[Callable[[], None]] = [
        lambda: trees(options.only, options.repeat, not options.no_detect_secrets),
        lambda: small(options.repeat * 3),
        lambda: opaque(options.repeat),
    ]
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    for step in steps:
        step()


if __name__ == "__main__":
    main()
