"""Compares keylint with itself: the whole catalogue against 45 widely used kinds, in one run, taking turns.

Both catalogues are copies of the package of rules and providers that come before the installed one; one of them is cut down.
Caches are warm and of this run's own.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from run import HERE, SMALL, keylint

import keylint_rules
from keylint.catalogue.fake import fake

KINDS = frozenset(
    {
        "github-classic-pat", "github-fine-grained-pat", "github-oauth-token", "github-app-user-token", "gitlab-pat",
        "npm-access-token", "pypi-api-token", "openai-project-key", "openai-service-account-key", "openai-legacy-key",
        "anthropic-api-key", "aws-access-key-id", "aws-sts-access-key-id", "aws-secret-access-key", "google-api-key",
        "google-oauth-client-secret", "azure-storage-account-key", "azure-openai-key", "stripe-secret-key-live",
        "stripe-secret-key-test", "stripe-restricted-key-live", "stripe-webhook-secret", "slack-bot-token", "slack-user-token",
        "slack-webhook-url", "twilio-account-sid", "twilio-auth-token", "twilio-api-key-sid", "sendgrid-api-key",
        "mailgun-api-key", "huggingface-user-token", "groq-api-key", "cohere-api-key", "mistral-api-key", "deepseek-api-key",
        "replicate-api-token", "databricks-pat", "datadog-api-key", "digitalocean-token", "discord-bot-token",
        "telegram-bot-token", "shopify-token", "sentry-user-token", "jwt", "pem-private-key",
    }
)  # fmt: skip
NAMES = ("45 kinds", "all kinds")

# What one process does that only loads: milliseconds, best and median of many.
LOADS = """
import glob, json, os, statistics, sys, tempfile, time
from keylint.catalogue import Catalogue
from keylint.match import Matcher
from keylint.registry import Registry

def timed(call, repeat):
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return min(times), statistics.median(times)

with tempfile.TemporaryDirectory() as cache:
    registry = Registry(cache_dir=cache)
    catalogue, expressions = registry.catalogue, registry.expressions
    text = catalogue.to_json()
    figures = {
        "compile the database": timed(lambda: Matcher(expressions, None), 2),
        "load the database": (Matcher(expressions, cache), timed(lambda: Matcher(expressions, cache), 30))[1],
        "load the compiled catalogue": timed(lambda: Catalogue.from_json(text), 30),
        "registry, expressions and catalogue from the cache": timed(
            lambda: (lambda fresh: (fresh.expressions, fresh.catalogue))(Registry(cache_dir=cache)), 30
        ),
    }
    size = sum(os.path.getsize(path) for path in glob.glob(os.path.join(cache, "database-*")))
    sizes = {
        "kinds": len(catalogue.kinds), "expressions": len(expressions.keys), "database, KB": size // 1024,
        "compiled catalogue, KB": len(text) // 1024,
    }
json.dump({"ms": figures, "sizes": sizes}, sys.stdout)
"""


def cut(text: str) -> str:
    """Return a provider file with the kinds of the list alone, and with what takes one of them."""
    head, *tables = re.split(r"(?m)^(?=\[\[)", text)
    return head + "".join(filter(None, map(shortened, tables)))


def shortened(table: str) -> str:
    if table.startswith("[[kind]]"):
        identity = re.search(r'(?m)^id = "([^"]+)"', table)
        pair = re.search(r'(?m)^pair = "([^"]+)"\n', table)
        table = table.replace(pair[0], "") if pair and pair[1] not in KINDS else table
        return table if identity and identity[1] in KINDS else ""
    accepts = re.search(r"(?ms)^accepts = \[(.*?)\]", table)
    if accepts is None:
        return table
    kept = [kind for kind in re.findall(r'"([^"]+)"', accepts[1]) if kind in KINDS]
    return table.replace(accepts[0], f"accepts = {json.dumps(kept)}") if kept else ""


def packages(directory: Path) -> dict[str, Path]:
    """Return the directories that hold a copy of the rules, with the cut catalogue and with the whole."""
    found = {}
    for name in NAMES:
        found[name] = directory / name.split()[0]
        copy = found[name] / "keylint_rules"
        shutil.copytree(Path(keylint_rules.__path__[0]), copy, ignore=shutil.ignore_patterns("__pycache__"))
        for file in sorted(copy.glob("providers/*.toml")) if name == NAMES[0] else ():
            text = cut(file.read_text("utf-8"))
            file.write_text(text, "utf-8") if "[[kind]]" in text else file.unlink()
    return found


def environment(package: Path) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": str(package / "cache")}


class Taken(NamedTuple):
    """Seconds on the clock and of processors, of one process and its workers."""

    wall: float
    processor: float


def once(command: list[str], package: Path) -> Taken:
    start = time.perf_counter()
    with tempfile.TemporaryFile() as sink:
        process = subprocess.Popen(
            command, env=environment(package), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
        _, _, usage = os.wait4(process.pid, 0)
    return Taken(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)


def in_turns(command: list[str], found: dict[str, Path], repeat: int) -> list[list[Taken]]:
    """Return the times of each catalogue; every round runs both, the first one changing."""
    times: dict[str, list[Taken]] = {name: [] for name in NAMES}
    for name in NAMES:
        once(command, found[name])  # warm: page cache, byte code, catalogue and database
    for number in range(repeat):
        for name in NAMES if number % 2 else reversed(NAMES):
            times[name].append(once(command, found[name]))
    return list(times.values())


def row(what: str, few: list[Taken], many: list[Taken]) -> str:
    cells = []
    for times in zip(zip(*few, strict=True), zip(*many, strict=True), strict=True):
        for of in (min, statistics.median):
            one, other = (1000 * of(each) for each in times)
            cells.append(f"{one:.0f} → {other:.0f} ({other / one:.2f}x)")
    return f"| {what} | {' | '.join(cells)} |"


def processes(found: dict[str, Path], repeat: int, trees: list[str]) -> None:
    print("\n| 45 → all kinds, ms | best | median | processors, best | processors, median |\n|---|---:|---:|---:|---:|")
    print(row("`keylint --help`", *in_turns([keylint()[0], "--help"], found, 3 * repeat)))
    small = {**SMALL, "a key in it": f'TOKEN = "{fake("github-classic-pat")}"\n'}
    for name, text in small.items():
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory, "area.py")
            file.write_text(text, "utf-8")
            print(row(f"one small file, {name}", *in_turns(keylint(str(file)), found, 3 * repeat)))
    for tree in trees:
        print(row(tree, *in_turns(keylint(str(HERE / tree)), found, repeat)))


def loads(found: dict[str, Path]) -> None:
    rows = []
    for package in found.values():
        process = subprocess.run(
            [sys.executable, "-c", LOADS], env=environment(package), stdout=subprocess.PIPE, check=True
        )
        rows.append(json.loads(process.stdout))
    print("\n| ms | 45, best | 45, median | all, best | all, median |\n|---|---:|---:|---:|---:|")
    for what, (best, median) in rows[0]["ms"].items():
        figures = (best, median, *rows[1]["ms"][what])
        print(f"| {what} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")
    print("\n| | 45 | all |\n|---|---:|---:|")
    for what, size in rows[0]["sizes"].items():
        print(f"| {what} | {size:,} | {rows[1]['sizes'][what]:,} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", nargs="*", default=["homeassistant"])
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as directory:
        found = packages(Path(directory))
        loads(found)
        processes(found, options.repeat, options.trees)


if __name__ == "__main__":
    main()
