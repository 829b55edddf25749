"""Who sets a program's environment variables before it starts: a shell, docker, compose, Kubernetes, a CI service.

Each loader follows its model's own rules for quotes, comments, `export` and `$`; libraries that load files inside the program
(python-dotenv and the like) are not here: they are really run.
"""

from __future__ import annotations

import base64
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

Variables = dict[str, str]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<op>:?[-?+])(?P<word>[^}]*))?\})"
)


def load(sources: tuple[str, ...], root: Path, secrets: Mapping[str, str]) -> Variables:
    """Return what these sources set, later ones over earlier ones.

    A source is a line: `set NAME=VALUE`, `source FILE`, `docker FILE`, `compose FILE SERVICE`, `kubernetes FILE`,
    `actions FILE JOB`, `dockerfile FILE`.
    """
    found: Variables = {}
    for source in sources:
        word, _, rest = source.partition(" ")
        found |= _LOADERS[word](rest, root, secrets, found)
    return found


def _set(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    name, _, value = rest.partition("=")
    return {name: value}


def _source(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """`set -a; . FILE` in a real shell."""
    script = f"set -a; . {shlex.quote(str(root / rest))} >/dev/null 2>&1; env -0"
    env = {"PATH": "/usr/bin:/bin", **before}
    done = subprocess.run(["bash", "--norc", "-c", script], env=env, cwd=root, capture_output=True, check=False)
    rows = (row.partition("=") for row in done.stdout.decode().split("\0") if "=" in row)
    return {name: value for name, _, value in rows if name not in ("PATH", "PWD", "SHLVL", "_", "OLDPWD")}


def docker_env_file(text: str, host: Mapping[str, str]) -> Variables:
    """`docker run --env-file`: no quotes, no `export`, no comments behind values, no `$`.

    Raises:
        ValueError: docker refuses such a file.
    """
    found: Variables = {}
    for line in text.removeprefix("\ufeff").splitlines():
        line = line.lstrip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if any(char.isspace() for char in name):
            raise ValueError(f"variable '{name}' contains whitespaces")
        if equals:
            found[name] = value
        elif name in host:
            found[name] = host[name]
    return found


def _docker(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    return docker_env_file((root / rest).read_text(encoding="utf-8"), before)


# ---------------------------------------------------------------- compose


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Replace `$NAME`, `${NAME}`, `${NAME:-word}` …; `$$` is a dollar."""

    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        name, op, word = match["plain"] or match["name"], match["op"] or "", match["word"] or ""
        there = variables.get(name)
        missing = there is None or (op.startswith(":") and there == "")
        if op.endswith("-"):
            return interpolate(word, variables) if missing else there or ""
        if op.endswith("+"):
            return "" if missing else interpolate(word, variables)
        return there or ""

    return _REFERENCE.sub(value, text)


def compose_env_file(text: str, variables: Mapping[str, str]) -> Variables:
    """An `env_file:` or the `.env` beside compose.yaml, by compose's rules.

    Values in single quotes are as written; in double quotes escapes and variables count; without quotes a blank and `#` begin
    a comment and variables count.
    """
    found: Variables = {}
    lines = iter(text.removeprefix("\ufeff").splitlines())
    for line in lines:
        line = line.strip().removeprefix("export ").lstrip()
        match = re.match(r"([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)", line)
        if line.startswith("#") or not match:
            continue
        name, value = match[1], match[2]
        known = {**found, **variables}
        if value[:1] in ("'", '"'):
            quote, body = value[0], value[1:]
            while quote not in body.replace("\\" + quote, ""):
                body += "\n" + next(lines)
            body = re.match(rf"((?:\\.|[^{quote}\\])*){quote}", body, re.DOTALL)[1]  # type: ignore[index]
            found[name] = body if quote == "'" else interpolate(_escapes(body), known)
        else:
            found[name] = interpolate(re.sub(r"\s+#.*", "", value).strip(), known)
    return found


def _escapes(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t").replace('\\"', '"').replace("\\\\", "\\")


def _compose(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """One or more compose files (joined by `+`) and a service; `.env` beside them fills in `${…}` only."""
    names, service = rest.split()
    beside = root / ".env"
    shell = dict(before)
    dotenv = compose_env_file(beside.read_text(encoding="utf-8"), shell) if beside.exists() else {}
    variables = {**dotenv, **shell}
    found: Variables = {}
    direct: Variables = {}
    for name in names.split("+"):
        block = yaml.safe_load((root / name).read_text(encoding="utf-8"))["services"].get(service, {})
        for path in _env_files(block.get("env_file", [])):
            file = root / interpolate(path, variables)
            found |= compose_env_file(file.read_text(encoding="utf-8"), variables)
        direct |= _environment(block.get("environment", {}), variables)
    return {**found, **direct}


def _env_files(value: Any) -> list[str]:
    rows = [value] if isinstance(value, str) else value
    return [row if isinstance(row, str) else row["path"] for row in rows]


def _environment(block: Any, variables: Mapping[str, str]) -> Variables:
    rows = [row.partition("=") for row in block] if isinstance(block, list) else block.items()
    found: Variables = {}
    for row in rows:
        name, value = row[0], row[-1]
        if value is None or (len(row) == 3 and not row[1]):
            if name in variables:
                found[name] = variables[name]
        else:
            found[name] = interpolate(str(value), variables)
    return found


# ---------------------------------------------------------------- Kubernetes


def _kubernetes(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """The environment of the first container of the Deployment (or Job …) among these files."""
    documents = [d for name in rest.split() for d in yaml.safe_load_all((root / name).read_text(encoding="utf-8")) if d]
    stores = {(d["kind"], d["metadata"]["name"]): _store(d) for d in documents if d["kind"] in ("Secret", "ConfigMap")}
    workload = next(d for d in documents if d["kind"] in ("Deployment", "Job", "StatefulSet", "DaemonSet", "Pod"))
    spec = workload["spec"]
    container = spec.get("template", {}).get("spec", spec)["containers"][0]
    found: Variables = {}
    for row in container.get("envFrom", []):
        kind = "Secret" if "secretRef" in row else "ConfigMap"
        store = stores.get((kind, (row.get("secretRef") or row["configMapRef"])["name"]), {})
        found |= {row.get("prefix", "") + name: value for name, value in store.items() if _NAME.fullmatch(name)}
    for row in container.get("env", []):
        if "value" in row:
            found[row["name"]] = row["value"]
        else:
            kind, reference = next(iter(row["valueFrom"].items()))
            store = stores.get(("Secret" if kind == "secretKeyRef" else "ConfigMap", reference["name"]), {})
            if reference["key"] in store:
                found[row["name"]] = store[reference["key"]]
    return found


def _store(document: Mapping[str, Any]) -> Variables:
    data = document.get("data") or {}
    if document["kind"] == "Secret":
        data = {name: base64.b64decode(value).decode() for name, value in data.items()}
    return {**data, **(document.get("stringData") or {})}


# ---------------------------------------------------------------- others


def _actions(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """`env:` of a workflow, of a job, of its last step that runs something; a secret that is not there is empty."""
    path, job_name = rest.split()
    workflow = yaml.safe_load((root / path).read_text(encoding="utf-8"))
    job = workflow["jobs"][job_name]
    step = next(s for s in reversed(job["steps"]) if "run" in s)
    found: Variables = {}
    for block in (workflow.get("env"), job.get("env"), step.get("env")):
        for name, value in (block or {}).items():
            found[name] = re.sub(
                r"\$\{\{\s*(\w+)\.(\w+)\s*\}\}",
                lambda m: found.get(m[2], "") if m[1] == "env" else secrets.get(m[2], ""),
                str(value),
            )
    return found


def _dockerfile(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    found: Variables = {}
    for line in (root / rest).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        word, _, text = line.strip().partition(" ")
        if word.upper() == "ENV" and "=" in text.split(" ")[0]:
            found |= dict(part.split("=", 1) for part in shlex.split(text))
        elif word.upper() == "ENV":
            name, _, value = text.strip().partition(" ")
            found[name] = value.strip()
    return found


_LOADERS: dict[str, Callable[[str, Path, Mapping[str, str], Variables], Variables]] = {
    "set": _set,
    "source": _source,
    "docker": _docker,
    "compose": _compose,
    "kubernetes": _kubernetes,
    "actions": _actions,
    "dockerfile": _dockerfile,
}
