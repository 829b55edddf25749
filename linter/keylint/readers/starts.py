"""Which files and modules of a project a command line starts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keylint.model.facts import TESTS

Runs = tuple[str, ...] | None
"""Files (`web.py`) and modules (`shop.worker`); empty: nothing of the project; `None`: not known."""

_PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?|py")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_TARGET = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[\w.]+(?:\(.*\))?", re.DOTALL)
# What runs the command behind it, and how many words of its own it has that are no options.
_WRAPPERS = {
    "exec": 0, "nohup": 0, "sudo": 0, "command": 0, "env": 0, "time": 0, "nice": 0, "tini": 0, "dumb-init": 0, "stdbuf": 0,
    "setsid": 0, "xvfb-run": 0, "poetry": 1, "pipenv": 1, "uv": 1, "pdm": 1, "hatch": 1, "rye": 1, "pixi": 1, "doppler": 1,
    "op": 1, "chamber": 2, "dotenv": 0, "honcho": 1, "timeout": 1, "gosu": 1, "su-exec": 1, "runuser": 0, "coverage": 1,
    "ddtrace-run": 0, "newrelic-admin": 1, "opentelemetry-instrument": 0, "watchmedo": 1, "watchfiles": 0, "infisical": 1,
    "strace": 0, "catchsegv": 0, "flock": 1, "xargs": 0, "then": 0, "do": 0, "else": 0, "if": 0, "while": 0, "until": 0, "!": 0,
    "{": 0, "@": 0, "wait-for-it.sh": 1, "wait-for-it": 1, "wait-for": 1, "dockerize": 0, "sentry-cli": 0,
}  # fmt: skip
# Options of those and of interpreters that take a word of their own.
_TAKES_WORD = frozenset(
    {
        "-X", "-W", "-u", "-g", "-n", "-t", "-k", "-f", "-e", "-o", "-s", "--env-file", "--user", "--group", "--package",
        "--with", "--project", "--python", "--directory", "--extra", "--signal", "-wait", "--config", "--env",
        "--check-hash-based-pycs", "--rcfile", "--source", "--only-group",
    }
)  # fmt: skip
_RUN = frozenset({"run", "exec", "run-script", "run-program", "start", "auto-restart"})
_SERVERS = frozenset(
    {"uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve", "uwsgi", "taskiq", "arq", "hug"}
)
# What names its module or file in an option.
_OPTIONS = {
    "celery": ("-A", "--app"), "faust": ("-A", "--app"), "flask": ("--app", "-A"), "quart": ("--app", "-A"),
    "locust": ("-f", "--locustfile"), "dagster": ("-f", "--python-file"), "saq": (),
}  # fmt: skip
# What is given a file, as a rule behind a word for what to do with it.
_FILES = frozenset(
    {
        "streamlit", "chainlit", "fastapi", "marimo", "gradio", "mesop", "solara", "panel", "bokeh", "litestar", "textual",
        "modal", "robyn", "ipython", "voila", "papermill", "shiny", "reflex", "functions-framework", "bentoml",
    }
)  # fmt: skip
_MODULES = frozenset({"dramatiq", "huey_consumer", "huey_consumer.py", "procrastinate", "python-m"})
_TESTERS = frozenset({"pytest", "py.test", "unittest", "tox", "nox", "nose2", "behave", "ward", "green"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ash", "ksh"})
# Programs that run no Python of the project.
_OTHERS = frozenset(
    {
        "node", "npm", "npx", "yarn", "pnpm", "bun", "deno", "next", "nginx", "caddy", "traefik", "redis-server", "postgres",
        "mysqld", "mongod", "java", "mvn", "gradle", "go", "cargo", "php", "ruby", "rails", "bundle", "rake", "dotnet",
        "terraform", "helm", "kubectl", "curl", "wget", "echo", "printf", "sleep", "mkdir", "cp", "mv", "rm", "cat", "chmod",
        "chown", "ls", "cd", "export", "source", ".", "set", "test", "[", "[[", "true", "false", "exit", "return", "trap",
        "pip", "pip3", "apt-get", "apt", "apk", "yum", "git", "gh", "aws", "gcloud", "az", "twine", "ruff", "black", "mypy",
        "flake8", "grafana", "prometheus", "rabbitmq-server", "minio", "otelcol", "tail", "grep", "sed", "awk", "jq", "fi",
        "done", "esac", "for", "case", "in", "local", "read", "wait", "kill", "shift", "unset", "touch", "date", "ln",
    }
)  # fmt: skip
_DEEPEST = 12


def started(words: Sequence[str], depth: int = 0) -> Runs:
    """Return what the command of these words starts."""
    if not words or depth > _DEEPEST:
        return None if words else ()
    name = words[0].strip().rsplit("/", 1)[-1]
    rest = [word.strip() for word in words[1:]]
    if _PYTHON.fullmatch(name):
        return _python(rest, depth)
    if name in _TESTERS:
        return (TESTS,)
    if name.endswith((".py", ".pyw")):
        return (words[0].strip(),)
    if name in _WRAPPERS:
        return started(_unwrapped(name, rest), depth + 1)
    if name in _SERVERS:
        return _server(rest)
    if name in _OPTIONS:
        found = _option(rest, _OPTIONS[name])
        return _modules(found) if found else None
    if name in _FILES:
        return next(((word,) for word in rest if word.endswith(".py")), None)
    if name in _MODULES:
        module = next((word.partition(":")[0] for word in rest if not word.startswith("-")), "")
        return _modules(module) if module else None
    if name in _SHELLS:
        script = next((word for word in rest if not word.startswith("-")), "")
        return (script,) if script.endswith((".sh", ".bash")) and "-c" not in rest else None
    if name.endswith((".sh", ".bash")):
        return (words[0].strip(),)
    return () if name in _OTHERS else None


def _python(rest: list[str], depth: int) -> Runs:
    at = 0
    while at < len(rest):
        word = rest[at]
        if word == "-m" or (
            word.startswith("-") and not word.startswith("--") and word.endswith("m") and "c" not in word
        ):
            module, behind = (rest[at + 1], rest[at + 2 :]) if at + 1 < len(rest) else ("", [])
            known = started([module, *behind], depth + 1) if module and not module.endswith(".py") else None
            if known is not None or module in _SERVERS or module in _OPTIONS or module in _FILES:
                return known
            return _modules(module) if _MODULE.fullmatch(module) else None
        if word in ("-c", "-"):
            return None
        if word.startswith("-"):
            at += 2 if word in ("-X", "-W") else 1
            continue
        if word.endswith("manage.py") and rest[at + 1 : at + 2] == ["test"]:
            return (TESTS,)
        return (word,) if word.endswith((".py", ".pyw")) or "/" in word or _MODULE.fullmatch(word) else None
    return None


def _unwrapped(name: str, rest: list[str]) -> list[str]:
    """Return the command behind a wrapper with its options and words."""
    if "--" in rest[:12]:
        return rest[rest.index("--") + 1 :]
    own, at = _WRAPPERS[name], 0
    while at < len(rest):
        word = rest[at]
        if word.startswith("-") and len(word) > 1:
            at += 2 if word in _TAKES_WORD and "=" not in word else 1
        elif re.match(r"[A-Za-z_]\w*=", word):
            at += 1
        elif own or word in _RUN:
            own -= own > 0
            at += 1
        else:
            break
    return rest[at:]


def _server(rest: Sequence[str]) -> Runs:
    """A server of applications is given `module:object`."""
    for word in rest:
        match = _TARGET.fullmatch(word)
        if match is not None:
            return _modules(match[1])
    plain = [word for i, word in enumerate(rest) if _MODULE.fullmatch(word) and not (i and rest[i - 1].startswith("-"))]
    return _modules(plain[-1]) if plain else None


def _option(rest: Sequence[str], names: Sequence[str]) -> str:
    for i, word in enumerate(rest):
        name, equals, value = word.partition("=")
        if name in names:
            return (value if equals else next(iter(rest[i + 1 : i + 2]), "")).partition(":")[0]
    return ""


def _modules(name: str) -> Runs:
    return (name,) if name.endswith(".py") or _MODULE.fullmatch(name) else None


def directory(words: Sequence[str]) -> str:
    """Return the directory that a command changes to before it starts anything: `--chdir app`, `--app-dir src`."""
    return _option([word.strip() for word in words], ("--chdir", "--app-dir", "--directory", "--workdir"))
