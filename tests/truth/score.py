"""Compare what keylint predicts with what really happens: `python tests/truth/score.py [--projects DIR] [PROJECT …]`.

The projects in `projects/` are run with the real SDKs, in an environment of their own (`$KEYLINT_TRUTH_PYTHON`, else one is
built in the user's cache directory), against an emulator on loopback. Exits with 1 if a score is below what was reached
before or a run proves nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs
from bundle import PROJECTS, Project, projects
from click.testing import CliRunner
from run import Recorded, TruthUse, run, used_values

from keylint.cli import cli
from keylint.status.fingerprint import Fingerprinter, load_pepper

GOAL = 0.95
# What has been reached, precision and recall: less is a step back. Raised towards the goal, never lowered.
REACHED = {"uses": (0.98, 0.95), "keys": (0.98, 0.95)}
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
_PEPPER = {"KEYLINT_PEPPER": "projects that are run to see what is true", "KEYLINT_PEPPER_ID": "truth"}
_STATUS = {"active": "active", "revoked": "revoked", "expired": "expired", "disabled": "disabled", "rotated": "rotated"}


@dataclass
class Tally:
    """Counts of one kind of thing: right and wrong predictions of failure."""

    hit: int = 0
    wrong: int = 0
    missed: int = 0
    right_about_working: int = 0

    @property
    def precision(self) -> float:
        return self.hit / (self.hit + self.wrong) if self.hit + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else 1.0


@dataclass
class Result:
    """What one project's comparison came to."""

    project: Project
    uses: Tally = field(default_factory=Tally)
    keys: Tally = field(default_factory=Tally)
    rows: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    all_works: bool = True
    environments: int = 0


# ---------------------------------------------------------------- the two sides


def interpreter() -> str:
    """Return the Python that has the SDKs; build its environment when there is none."""
    given = os.environ.get("KEYLINT_TRUTH_PYTHON")
    if given:
        return given
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    directory = Path(platformdirs.user_cache_dir("keylint-truth")) / digest
    python = directory / "bin" / "python"
    if not (directory / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", directory], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "-r", str(REQUIREMENTS)]
        subprocess.run(pip, check=True)
        (directory / "complete").touch()
    return str(python)


def certificate(python: str, directory: Path) -> Path:
    """Make a certificate for the emulator; clients are told not to look at it."""
    path = directory / "emulator.pem"
    subprocess.run([python, str(Path(__file__).parent / "certificate.py"), str(path)], check=True)
    return path


def predicted(project: Project, root: Path, scratch: Path) -> dict[str, Any]:
    """Return keylint's report of a project. The command runs in this process: starting it takes longer than its work."""
    keys = Fingerprinter(load_pepper(_PEPPER, scratch).pepper)
    rows = [
        f'  - {{fp: "{keys.of(part)}", provider: {provider}, status: {_STATUS[status]}}}\n'
        for provider, issued in project.issued.items()
        for key, status in issued.items()
        if project.inventory == "all" or status != "active"
        for part in (key.split(":")[-1:] if provider in ("twilio", "aws") else [key])
    ]
    command = ["check", ".", "--output-format", "json", "--exit-zero"]
    if rows:
        inventory = scratch / "keys.yaml"
        inventory.write_text("keylint_inventory: 1\npepper_id: truth\nkeys:\n" + "".join(rows))
        command += ["--status", str(inventory)]
    hidden = {name: None for name in os.environ if name not in ("PATH", "LANG")}
    environ = {**hidden, "HOME": str(scratch), "XDG_CACHE_HOME": str(scratch.parent / "cache"), **_PEPPER}
    with chdir(root):
        done = CliRunner().invoke(cli, command, env=environ)
    if not done.stdout.startswith("{"):
        raise RuntimeError(f"keylint said\n{done.output[-2000:]}{done.exception!r}")
    return dict(json.loads(done.stdout))


# ---------------------------------------------------------------- comparing


@dataclass
class Predicted:
    """All that keylint says about one place, in one environment."""

    path: str
    first: int
    last: int
    outcomes: set[str]
    sinks: set[str]
    met: bool = False

    @property
    def fails(self) -> bool:
        return "fails" in self.outcomes

    def at(self, use: TruthUse) -> bool:
        return any(self.path == path and self.first <= end and start <= self.last for path, start, end in use.places)


def rows_for(report: dict[str, Any], environment: str) -> list[Predicted]:
    """Return keylint's uses in one environment: those that name it, and those that hold in all."""
    everything = [row for key in report["keys"] for row in key["uses"]] + report["uses"]
    places: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in everything:
        places.setdefault((row["path"], row["line"]), []).append(row)
    found = []
    for (path, line), rows in sorted(places.items()):
        chosen = _in(rows, environment)
        if chosen:
            last = max(row["end_line"] for row in chosen)
            found.append(Predicted(path, line, last, {r["outcome"] for r in chosen}, {r["sink"] for r in chosen}))
    return found


def _in(rows: list[dict[str, Any]], environment: str) -> list[dict[str, Any]]:
    exact = [row for row in rows if row["environment"] == environment]
    everywhere = [row for row in rows if row["environment"] is None]
    if environment:
        return exact or everywhere
    return everywhere or rows


def compare_uses(result: Result, environment: str, uses: Sequence[TruthUse], report: dict[str, Any]) -> None:
    """Count one environment's uses."""
    name = f"{result.project.name}[{environment}]" if environment else result.project.name
    rows = rows_for(report, environment)
    tally = result.uses
    pending = [use for use in uses if use.unreached]
    for use in _merged([use for use in uses if not use.unreached]):
        here = [row for row in rows if row.at(use)]
        for row in here:
            row.met = True
        said = sorted({outcome for row in here for outcome in row.outcomes})
        if use.failed and any(row.fails for row in here):
            tally.hit += 1
        elif use.failed:
            tally.missed += 1
            result.rows.append(f"MISSED use  {name} {_where(use)} {use.failed}: {', '.join(said) or 'no use there'}")
        elif any(row.fails for row in here):
            tally.wrong += 1
            result.rows.append(f"WRONG use   {name} {_where(use)} works: {', '.join(said)}")
        else:
            tally.right_about_working += 1
    unmet = [row for row in rows if row.fails and not row.met]
    for use in pending:
        if unmet or any(row.at(use) for row in rows if row.fails):
            tally.hit += max(1, len(unmet))
            unmet = []
        else:
            tally.missed += 1
            result.rows.append(f"MISSED use  {name} {_where(use)} {use.failed}: no failing use")
    result.rows.extend(f"unreached   {name} {row.path}:{row.first} {row.sinks} said to fail" for row in unmet)


def _merged(uses: Sequence[TruthUse]) -> Iterator[TruthUse]:
    """Yield one use for each place: several runs of one line are one use."""
    places: dict[tuple[str, int, int], TruthUse] = {}
    for use in uses:
        before = places.get(use.places[0])
        if before is None or (use.failed and not before.failed):
            places[use.places[0]] = use
    yield from places.values()


def _where(use: TruthUse) -> str:
    path, first, _ = use.places[0]
    return f"{path}:{first} {use.sink}"


def compare_keys(result: Result, records: Sequence[Recorded], report: dict[str, Any]) -> None:
    """Count the project's keys: does this one fail anywhere?"""
    keys = Fingerprinter(load_pepper(_PEPPER, ".").pepper)
    failing = {k["fingerprint"] for k in report["keys"] if any(u["outcome"] == "fails" for u in k["uses"])}
    known = {k["fingerprint"]: k for k in report["keys"]}
    truth: dict[str, bool] = {}
    for value, failed in used_values(result.project, records).items():
        fingerprint = keys.of(value)
        if fingerprint not in known:
            fingerprint = _by_place(result.project, value, report) or fingerprint
        truth[fingerprint] = truth.get(fingerprint, False) or failed
    for fingerprint, failed in truth.items():
        if failed and fingerprint in failing:
            result.keys.hit += 1
        elif failed:
            result.keys.missed += 1
            there = known.get(fingerprint)
            what = f"{there['kind']}: {[u['outcome'] for u in there['uses']]}" if there else "not found"
            result.rows.append(f"MISSED key  {result.project.name} {what}")
        elif fingerprint in failing:
            result.keys.wrong += 1
            result.rows.append(f"WRONG key   {result.project.name} {known[fingerprint]['kind']}")
        else:
            result.keys.right_about_working += 1


def _by_place(project: Project, value: str, report: dict[str, Any]) -> str | None:
    """Return the fingerprint of keylint's only key in a line that holds this value: it may see another value in it."""
    places = {
        (path, number)
        for path, data in project.files.items()
        for number, line in enumerate(data.decode(errors="replace").splitlines(), 1)
        if value.strip() in line
    }
    found = {k["fingerprint"] for k in report["keys"] if places & {(d["path"], d["line"]) for d in k["definitions"]}}
    return found.pop() if len(found) == 1 else None


def examine(project: Project, python: str, pem: Path, scratch: Path) -> Result:
    """Run one project and compare."""
    result = Result(project)
    directory = scratch / project.name
    root = directory / "project"
    project.write(root)
    try:
        report = predicted(project, root, directory)
        records = run(project, root, directory, python, pem)
    except (RuntimeError, ValueError, OSError, LookupError) as error:  # of keylint, or of a loader
        result.broken.append(f"BROKEN      {project.name} {type(error).__name__}: {error}")
        return result
    for record in records:
        if record.broken:
            result.broken.append(f"BROKEN      {project.name}[{record.environment}] {record.broken}")
        result.all_works &= not any(use.failed for use in record.uses)
    for environment in dict.fromkeys(record.environment for record in records):
        compare_uses(result, environment, [u for r in records if r.environment == environment for u in r.uses], report)
        result.environments += 1
    compare_keys(result, records, report)
    return result


# ---------------------------------------------------------------- the command


def main(arguments: Sequence[str]) -> int:
    """Run, compare, print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PROJECT", help="names of projects; all by default")
    parser.add_argument("--projects", type=Path, default=PROJECTS, metavar="DIR", help="where the projects are")
    options = parser.parse_args(arguments)
    selected = [project for project in projects(options.projects) if not options.names or project.name in options.names]
    python = interpreter()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        pem = certificate(python, scratch)
        with ProcessPoolExecutor() as pool:
            results = list(pool.map(partial(examine, python=python, pem=pem, scratch=scratch), selected))
    return 0 if show(results) else 1


def show(results: Sequence[Result]) -> bool:
    """Print the tables; return whether the goal is reached."""
    write = sys.stdout.write
    for result in results:
        for row in (*result.broken, *result.rows):
            write(row + "\n")
    good = not any(result.broken for result in results)
    works = sum(result.all_works for result in results)
    write(
        f"{len(results)} projects, {sum(r.environments for r in results)} environments; everything works in {works} projects\n"
    )
    for what in ("uses", "keys"):
        tallies = [getattr(result, what) for result in results]
        total = Tally(*(sum(getattr(t, f) for t in tallies) for f in Tally.__dataclass_fields__))
        write(
            f"{what}: precision {total.precision:.3f}, recall {total.recall:.3f} ({total.hit} failures predicted,"
            f" {total.missed} missed, {total.wrong} wrongly predicted; {total.right_about_working} work)\n"
        )
        good &= total.precision >= REACHED[what][0] and total.recall >= REACHED[what][1]
        if min(total.precision, total.recall) < GOAL:
            write(f"{what}: the goal, {GOAL} for both, is not reached\n")
    return good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
