"""Run a project as its users do, in every one of its environments, and gather what really happened to its keys."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import static
from bundle import Environment, Project
from emulator import Credential, Request, credential_of, emulator, provider_of
from loaders import MOUNTS, load

SITE = Path(__file__).parent / "site"
_TIMEOUT = 60
# What HTTP clients raise, before anything is sent, about a value that cannot stand in a header or a URL.
_UNSENDABLE = re.compile(
    r"LocalProtocolError|InvalidHeader|UnicodeEncodeError|InvalidURL|HTTPClientError|ValueError: (Invalid header|Forbidden"
    r"|Newline|Header)|TypeError: Header value|NoCredentials|PartialCredentials|InvalidHeaderValue"
)
# What programs die of that lack a variable.
_MISSING = {
    "KeyError", "UndefinedValueError", "ImproperlyConfigured", "EnvError", "EnvNotSetError", "EnvValidationError",
    "ValidationError", "InterpolationResolutionError", "NoOptionError", "NoSectionError", "RuntimeError", "ValueError",
}  # fmt: skip
_NAMES_A_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")


@dataclass
class TruthUse:
    """A place of the project that used a key, and what came of it."""

    places: list[tuple[str, int, int]]
    sink: str
    provider: str | None = None
    values: set[str] = field(default_factory=set)
    pair: tuple[str, ...] = ()
    """Of two values that belong together: the one that says who, then the secret."""
    worked: bool = False
    failed: str | None = None
    """Why, in the provider's or the exception's words."""
    faults: set[str] = field(default_factory=set)
    """Those of the values that are to blame."""
    unreached: bool = False
    """The program died of a missing variable before it came to the call that wants it."""


@dataclass(frozen=True)
class Recorded:
    """What one environment's run came to."""

    environment: str
    uses: list[TruthUse]
    broken: str | None
    """Why this run proves nothing: a bug of the project or of this harness."""


def run(project: Project, root: Path, scratch: Path, python: str, certificate: Path) -> list[Recorded]:
    """Run a project that is written to `root`, in all of its environments."""
    return [
        _run(project, environment, root, scratch / f"run{number}", python, certificate)
        for number, environment in enumerate(project.environments)
    ]


def _run(
    project: Project, environment: Environment, root: Path, scratch: Path, python: str, certificate: Path
) -> Recorded:
    (scratch / "home").mkdir(parents=True)
    log = scratch / "log"
    log.touch()
    with emulator(project.issued, certificate) as port:
        variables = {
            "PATH": os.pathsep.join((str(Path(python).parent), "/usr/local/bin", "/usr/bin", "/bin")),
            "HOME": str(scratch / "home"),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(SITE),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "TRUTH_ROOT": str(root),
            "TRUTH_LOG": str(log),
            "TRUTH_PORT": str(port),
            **load(environment.load, root, environment.secrets),
        }
        _lay_out(variables, scratch / "mounts")
        output = [_execute(command, root, variables) for command in environment.run]
    events = [json.loads(line) for line in log.read_text(encoding="utf-8", errors="surrogatepass").splitlines()]
    return _recorded(environment.name, events, project, "\n".join(output))


def _lay_out(variables: dict[str, str], directory: Path) -> None:
    """Write what a container would find in files below a directory; Python programs are led there."""
    for path, text in json.loads(variables.get(MOUNTS, "{}")).items():
        file = directory / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    variables[MOUNTS] = str(directory)


def _execute(command: str, root: Path, variables: Mapping[str, str]) -> str:
    """Run one command line in a shell; stop all that it started."""
    process = subprocess.Popen(
        ["bash", "--norc", "-c", command],
        cwd=root,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        out = process.communicate(timeout=_TIMEOUT)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        out = f"stopped after {_TIMEOUT} s"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return out


# ---------------------------------------------------------------- from events to uses


def _recorded(name: str, events: list[dict[str, Any]], project: Project, output: str) -> Recorded:
    uses: dict[Any, TruthUse] = {}
    broken: str | None = None
    for event in events:
        if event["kind"] == "use":
            _constructed(uses, event)
        elif event["kind"] == "request":
            broken = _requested(uses, event, project) or broken
    crashes = [event for event in events if event["kind"] == "crash"]
    for event in crashes:
        broken = _crashed(uses, event) or broken
    for use in uses.values():
        # Given nothing, and nothing was sent in its name: the SDK refused by itself.
        if not use.worked and not use.failed and not any(use.values) and use.sink != "openai.api_key":
            use.failed = "no key"
    reached = [use for use in uses.values() if use.worked or use.failed]
    if not reached:
        broken = broken or "nothing was used"
    return Recorded(name, reached, _masked(f"{broken}\n{output[-1500:]}", uses.values(), project) if broken else None)


def _masked(text: str, uses: Iterable[TruthUse], project: Project) -> str:
    """Return a text without the keys of the project."""
    values = {value for use in uses for value in use.values} | {key for row in project.issued.values() for key in row}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, "***")
    return text


def _constructed(uses: dict[Any, TruthUse], event: Mapping[str, Any]) -> None:
    path, start, end, _ = event["site"]
    values = {value for value in event["values"] if value}
    pair = tuple(event["values"]) if event["sink"].startswith(("twilio", "boto3")) and len(values) == 2 else ()
    use = TruthUse([(path, start, end)], event["sink"], values=values, pair=pair)
    if event["raised"]:
        use.failed, use.faults = event["raised"], values
    uses[event["process"], event["number"]] = use


def _requested(uses: dict[Any, TruthUse], event: Mapping[str, Any], project: Project) -> str | None:
    """Add what a request says; return what is wrong with the run."""
    headers = dict(event["headers"])
    if event["auth"] and "authorization" not in headers:
        headers["authorization"] = "Basic " + base64.b64encode(":".join(event["auth"]).encode()).decode()
    request = Request("", event["url"], headers)
    credential = credential_of(request)
    truth = event["truth"] or ""
    if event["raised"] and not _UNSENDABLE.search(event["raised"]):
        return f"{event['url']}: {event['raised']}"
    if provider_of(request.host) is None and request.host not in ("", "localhost"):
        return f"no provider is known to answer at {request.host}"
    touched = [uses[event["process"], number] for number in event["uses"]]
    if not touched:
        touched = [
            use
            for (process, *_), use in uses.items()
            if process == event["process"] and use.values & set(credential.values)
        ]
    if not touched and not credential.formed:
        sink = f"{provider_of(request.host)}.api_key"
        touched = [use for use in uses.values() if use.sink == sink and not use.values][-1:]
    if not touched and truth == "none":
        return None
    if not touched:
        if not event["sites"]:
            return f"nobody sent {event['url']}"
        touched = [_raw(uses, event, request, credential, project)]
    for use in touched:
        use.provider = use.provider or provider_of(request.host)
        use.values |= {value for value in credential.values if value}
        if truth in ("accepted", "none"):
            use.worked = True
        else:
            use.failed = truth or event["raised"].partition(":")[0]
            use.pair = use.pair or (credential.values if len(credential.values) == 2 else ())
            use.faults |= {use.pair[truth != "refused id"]} if use.pair else set(credential.values) or use.values
    return None


def _raw(
    uses: dict[Any, TruthUse], event: Mapping[str, Any], request: Request, credential: Credential, project: Project
) -> TruthUse:
    """Return the use that a request without an SDK is: the call, or where its header is written."""
    path, start, end, _ = event["sites"][0]
    key = ("raw", event["process"], path, start, end, request.host)
    if key not in uses:
        places = [(path, start, end)]
        places += static.header_places(project.files, request.headers, event["sites"], credential.values)
        uses[key] = TruthUse(places, f"request to {request.host}")
    return uses[key]


def _crashed(uses: dict[Any, TruthUse], event: Mapping[str, Any]) -> str | None:
    """Explain the end of a program; return why it cannot be explained."""
    sites, errors = event["sites"], event["errors"]
    failing = [use for use in uses.values() if use.failed]
    if not sites:
        return f"{errors}: {event['text']}"
    places = {(path, line) for path, line, _, _ in sites}
    for use in failing:
        if any(path == p and start <= line <= end for path, line in places for p, start, end in use.places):
            return None
    named = errors[0] not in ("KeyError", "RuntimeError", "ValueError") or _NAMES_A_VARIABLE.search(event["text"])
    if errors[0] in _MISSING and named:
        path, start, end, _ = sites[0]
        uses["crash", event["process"]] = TruthUse(
            [(path, start, end)], "a missing variable", failed=errors[0], unreached=True
        )
        return None
    if failing:
        return None
    return f"{errors}: {event['text']} at {sites[0]}"


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def used_values(project: Project, records: Iterable[Recorded]) -> dict[str, bool]:
    """Return {key: whether it failed anywhere} of the project's keys that the runs used.

    What a program made of a key (the mask of a `SecretStr`, the text `None`) is no key of the project.
    """
    text = b"\n".join(project.files.values())
    own = {key for row in project.issued.values() for key in row}
    found: dict[str, bool] = {}
    for record in records:
        for use in record.uses:
            for value in use.values:
                if use.pair and value == use.pair[0] and value not in use.faults:
                    continue  # it only says who
                plain = value.strip(" \t\r\n\"'")
                if not plain or not (plain in own or any(v.encode() in text for v in (plain, _base64(value)))):
                    continue
                failed = bool(use.failed) and value in use.faults
                found[value] = found.get(value, False) or failed
    return found
