"""Who sets a program's environment variables before it starts: a shell, docker, compose, Kubernetes, a CI service.

Each loader follows its model's own rules for quotes, comments, `export` and `$`; libraries that load files inside the program
(python-dotenv and the like) are not here: they are really run.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Variables = dict[str, str]
MOUNTS = "TRUTH_MOUNTS"
_WORKLOADS = ("Deployment", "Job", "StatefulSet", "DaemonSet", "Pod", "CronJob")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<op>:?[-?+])(?P<word>[^}]*))?\})"
)


def load(sources: tuple[str, ...], root: Path, secrets: Mapping[str, str]) -> Variables:
    """Return what these sources set, later ones over earlier ones.

    A source is a line: `set NAME=VALUE`, `source FILE`, `docker FILE`, `compose FILE SERVICE`, `kubernetes FILE`,
    `kustomize DIRECTORY`, `actions FILE JOB`, `gitlab FILE JOB`, `systemd FILE`, `dockerfile FILE`.
    """
    found: Variables = {}
    for source in sources:
        word, _, rest = source.partition(" ")
        found |= _LOADERS[word](rest, root, secrets, found)
    return found


def _mounted(files: Iterable[tuple[str, str]]) -> Variables:
    """What a container finds in files, for `run.py` to lay out: {path: text} as JSON."""
    texts = dict(files)
    return {MOUNTS: json.dumps(texts)} if texts else {}


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
        whole = yaml.safe_load((root / name).read_text(encoding="utf-8"))
        block = whole["services"].get(service, {})
        for path, required in _env_files(block.get("env_file", [])):
            file = root / interpolate(path, variables)
            if required or file.exists():
                found |= compose_env_file(file.read_text(encoding="utf-8"), variables)
        direct |= _environment(block.get("environment", {}), variables)
        direct |= _mounted(_compose_secrets(whole, block, root))
    return {**found, **direct}


def _compose_secrets(whole: Mapping[str, Any], block: Mapping[str, Any], root: Path) -> Iterator[tuple[str, str]]:
    for row in block.get("secrets", []):
        name, target = (row, row) if isinstance(row, str) else (row["source"], row.get("target", row["source"]))
        file = root / whole["secrets"][name]["file"]
        yield f"/run/secrets/{target}", file.read_bytes().decode("utf-8")


def _env_files(value: Any) -> list[tuple[str, bool]]:
    """Return paths, each with whether it has to be there."""
    rows = [value] if isinstance(value, str) else value
    return [(row, True) if isinstance(row, str) else (row["path"], row.get("required", True)) for row in rows]


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
    return _container([document for name in rest.split() for document in _documents(root / name)])


def _documents(path: Path) -> list[Any]:
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def _container(documents: Sequence[Any]) -> Variables:
    stores = {(d["kind"], d["metadata"]["name"]): _store(d) for d in documents if d["kind"] in ("Secret", "ConfigMap")}
    workload = next(d for d in documents if d["kind"] in _WORKLOADS)
    spec = workload["spec"].get("jobTemplate", workload)["spec"]
    spec = spec.get("template", {}).get("spec", spec)
    container = spec["containers"][0]
    found: Variables = {}
    for row in container.get("envFrom", []):
        kind = "Secret" if "secretRef" in row else "ConfigMap"
        store = stores.get((kind, (row.get("secretRef") or row["configMapRef"])["name"]), {})
        found |= {row.get("prefix", "") + name: value for name, value in store.items() if _NAME.fullmatch(name)}
    for row in container.get("env", []):
        if "value" in row:
            found[row["name"]] = re.sub(r"\$\((\w+)\)", lambda m: found.get(m[1], m[0]), row["value"])
        else:
            kind, reference = next(iter(row["valueFrom"].items()))
            store = stores.get(("Secret" if kind == "secretKeyRef" else "ConfigMap", reference["name"]), {})
            if reference["key"] in store:
                found[row["name"]] = store[reference["key"]]
    return found | _mounted(_volumes(spec, container, stores))


def _volumes(
    spec: Mapping[str, Any], container: Mapping[str, Any], stores: Mapping[tuple[str, str], Variables]
) -> Iterator[tuple[str, str]]:
    """Yield the files that a container finds in its volumes, each with what it holds."""
    volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        volume = volumes[mount["name"]]
        block = volume.get("secret") or volume.get("configMap")
        if not block:
            continue
        kind = "Secret" if "secret" in volume else "ConfigMap"
        store = stores.get((kind, block.get("secretName") or block.get("name")), {})
        names = {item["key"]: item["path"] for item in block.get("items", [])} or {name: name for name in store}
        for key, name in names.items():
            if key in store and mount.get("subPath", name) == name:
                yield (
                    mount["mountPath"] if "subPath" in mount else f"{mount['mountPath'].rstrip('/')}/{name}",
                    store[key],
                )


def _store(document: Mapping[str, Any]) -> Variables:
    data = document.get("data") or {}
    if document["kind"] == "Secret":
        data = {name: base64.b64decode(value).decode() for name, value in data.items()}
    return {**data, **(document.get("stringData") or {})}


def _kustomize(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """The same for what `kubectl apply -k DIRECTORY` makes of its bases, generators and patches."""
    return _container(_built(root / rest))


def _built(directory: Path) -> list[Any]:
    settings = next(iter(_documents(next(directory.glob("kustomization.y*ml")))))
    documents: list[Any] = []
    for name in [*settings.get("resources", []), *settings.get("bases", []), *settings.get("components", [])]:
        path = directory / name
        documents += _built(path) if path.is_dir() else _documents(path)
    for kind, field in (("Secret", "secretGenerator"), ("ConfigMap", "configMapGenerator")):
        for row in settings.get(field, []):
            _generate(documents, kind, row, directory)
    for row in settings.get("patches", []) + [{"path": name} for name in settings.get("patchesStrategicMerge", [])]:
        patches = _documents(directory / row["path"]) if "path" in row else list(yaml.safe_load_all(row["patch"]))
        for patch in patches:
            wanted = row.get("target") or {"kind": patch["kind"], "name": patch["metadata"]["name"]}
            for document in documents:
                if document["kind"] == wanted["kind"] and wanted.get("name") in (None, document["metadata"]["name"]):
                    _merge(document, patch)
    return documents


def _generate(documents: list[Any], kind: str, row: Mapping[str, Any], directory: Path) -> None:
    """Add what a generator says; `behavior: merge` goes into what a base has made."""
    values: Variables = {}
    for name in [*row.get("envs", []), *([row["env"]] if "env" in row else [])]:
        for line in (directory / name).read_text(encoding="utf-8").splitlines():
            if "=" in line and not line.lstrip().startswith("#"):
                key, _, value = line.lstrip().partition("=")
                values[key] = value  # quotes and trailing blanks are part of it
    for entry in row.get("files", []):
        key, equals, name = entry.partition("=")
        values[key if equals else Path(entry).name] = (directory / (name or entry)).read_text(encoding="utf-8")
    for entry in row.get("literals", []):
        key, _, value = entry.partition("=")
        values[key] = value.strip("\"'")
    field = "stringData" if kind == "Secret" else "data"
    there = next((d for d in documents if d["kind"] == kind and d["metadata"]["name"] == row["name"]), None)
    if there and row.get("behavior") == "merge":
        there[field] = {**there.get(field, {}), **values}
        return
    if there:
        documents.remove(there)
    documents.append({"kind": kind, "metadata": {"name": row["name"]}, field: values})


def _merge(target: Any, patch: Any) -> None:
    """A strategic merge: mappings by key, lists of named things by name, all else replaced."""
    for key, value in patch.items():
        there = target.get(key)
        if value is None:
            target.pop(key, None)
        elif isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        elif isinstance(there, list) and all(isinstance(row, dict) and "name" in row for row in value):
            for row in value:
                same = next((old for old in there if old.get("name") == row["name"]), None)
                if same is None:
                    there.append(row)
                elif "value" in row or "valueFrom" in row:
                    there[there.index(same)] = row
                else:
                    _merge(same, row)
        else:
            target[key] = value


# ---------------------------------------------------------------- others


def _actions(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """`env:` of a workflow, of a job, of its last step that runs something; a secret that is not there is empty.

    Steps before it that write `$GITHUB_ENV` or a `.env` are really run.
    """
    path, job_name = rest.split()
    workflow = yaml.safe_load((root / path).read_text(encoding="utf-8"))
    job = workflow["jobs"][job_name]
    steps = [step for step in job["steps"] if "run" in step]
    found: Variables = {}
    for block in (workflow.get("env"), job.get("env")):
        found |= _expressions(block, found, secrets)
    written = root / ".github_env"
    for step in steps[:-1]:
        if "GITHUB_ENV" in step["run"] or re.search(r">\s*\S*\.env", step["run"]):
            env = {
                "PATH": "/usr/bin:/bin",
                "GITHUB_ENV": str(written),
                **found,
                **_expressions(step.get("env"), found, secrets),
            }
            script = _expressions({"run": step["run"]}, found, secrets)["run"]
            subprocess.run(["bash", "--norc", "-e", "-c", script], env=env, cwd=root, check=True)
            if written.exists():
                found |= dict(line.split("=", 1) for line in written.read_text(encoding="utf-8").splitlines())
                written.unlink()
    return found | _expressions(steps[-1].get("env"), found, secrets)


def _expressions(block: Mapping[str, Any] | None, known: Variables, secrets: Mapping[str, str]) -> Variables:
    """Return a block with each `${{ a.B || 'c' }}` replaced by the first of its parts that is not empty."""

    def value(match: re.Match[str]) -> str:
        for part in match[1].split("||"):
            part = part.strip()
            if part.startswith("'"):
                return part.strip("'")
            context, _, name = part.partition(".")
            there = known.get(name) if context == "env" else secrets.get(name) if context in ("secrets", "vars") else ""
            if there:
                return there
        return ""

    return {name: re.sub(r"\$\{\{(.*?)\}\}", value, str(text)) for name, text in (block or {}).items()}


def _gitlab(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """`variables:` of a pipeline, of a job and what it extends; the project's own variables are over all of them."""
    path, job_name = rest.split()
    pipeline = yaml.safe_load((root / path).read_text(encoding="utf-8"))
    job = pipeline[job_name]
    parents = job.get("extends", [])
    chain = [pipeline, *(pipeline[name] for name in ([parents] if isinstance(parents, str) else parents)), job]
    found: Variables = {}
    for part in chain:
        for name, value in (part.get("variables") or {}).items():
            found[name] = str(value["value"] if isinstance(value, dict) else value)
    found |= secrets
    return {name: interpolate(value, found) for name, value in found.items()}


def _systemd(rest: str, root: Path, secrets: Mapping[str, str], before: Variables) -> Variables:
    """A unit's `Environment=`, then its `EnvironmentFile=`s, which win; files are looked for in the project by their names."""
    direct: Variables = {}
    files: Variables = {}
    for line in (root / rest).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        word, _, text = line.partition("=")
        if word == "Environment":
            direct |= dict(part.split("=", 1) for part in shlex.split(text.replace("%%", "%")))
        elif word == "EnvironmentFile":
            parts = Path(text.removeprefix("-").lstrip("/")).parts
            # The project is deployed somewhere: the longest end of the path that is in it counts.
            file = next((f for f in (root.joinpath(*parts[n:]) for n in range(len(parts))) if f.exists()), None)
            if file is not None:
                files |= _systemd_file(file.read_text(encoding="utf-8"))
            elif not text.startswith("-"):
                raise ValueError(f"there is no {text}")
    return direct | files


def _systemd_file(text: str) -> Variables:
    """Quotes are taken off, a backslash continues; no `export`, no `$`, no comments behind values."""
    found: Variables = {}
    for line in text.replace("\\\n", "").splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals or name.startswith(("#", ";")) or not _NAME.fullmatch(name):
            continue
        quoted = value[:1] in ("'", '"')
        found[name] = "".join(shlex.split(value)) if quoted else value
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
    "kustomize": _kustomize,
    "actions": _actions,
    "gitlab": _gitlab,
    "systemd": _systemd,
    "dockerfile": _dockerfile,
}
