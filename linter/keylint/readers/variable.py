"""Variables that a deployment sets: manifests, pipelines, images and units bind them in one way."""

from __future__ import annotations

import re
from collections.abc import Callable

from keylint.model import Damage, EnvBinding, Literal, Opaque, Value, Within
from keylint.readers.collect import Collector, Spelling, is_reference

SELECTS = r"(?:\A|_)(?:config|config_name|env|environment|stage|settings|settings_module|mode|profile)\Z"
"""Names of variables that choose among settings: `APP_CONFIG`, `DJANGO_SETTINGS_MODULE`."""
# A variable of another name holds no key, nor says which settings are taken: what is bound is looked for in every file.
_MAY_HOLD_KEY = re.compile(
    r"key|token|secret|pass|pwd|cred|auth|pat(?:\Z|_)|dsn|sid(?:\Z|_)|webhook|url|uri|host|region|project|account"
    rf"|{SELECTS}",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,200}")
# What a pipeline, a cluster or a shell puts something else in place of.
_FILLED_IN = re.compile(r"\$\{|\{\{|(?<!\$)\$\([A-Za-z_]|(?<![\w$])\$[A-Z_][A-Z0-9_]*(?![a-z0-9])")
OUTSIDE = Opaque("supplied from outside the project")


# Files that start a program with the variables in them.
_STARTS = re.compile(
    r"(?:\A|/)(?:\.vscode/launch|\.?devcontainer|[^/]*task-?def(?:inition)?[^/]*|serverless|app|render|template|zappa_settings"
    r"|\.streamlit/secrets|fly|vercel|now|netlify|wrangler|railway|apprunner|zeabur|northflank|local\.settings|samconfig)"
    r"\.(?:jsonc?|ya?ml|toml)\Z",
    re.IGNORECASE,
)
_STARTED = 10


def may_hold_key(name: str) -> bool:
    """Say whether a variable of this name is worth following."""
    return _NAME.fullmatch(name) is not None and _MAY_HOLD_KEY.search(name) is not None


def is_filled_in(value: str) -> bool:
    """Say whether a pipeline, a cluster or a shell puts something else in place of a value, or of a part of it."""
    return is_reference(value) or _FILLED_IN.search(value) is not None


def literal(
    collect: Collector,
    name: str,
    value: str,
    spelling: Spelling,
    label: str,
    *,
    rank: int,
    bound_as: str | None = None,
    environment: str | None = None,
    damage: Damage | None = None,
    within: Within | None = None,
) -> EnvBinding | None:
    """Gather what is of interest in a variable's value, and return the binding if it can matter.

    Without `bound_as`, the variable itself is set; with it, the value is kept under that name for others to refer to.
    """
    env = name if bound_as is None else None
    wanted = collect.value(
        name, value, lambda: spelling, lambda: label, env=env, environment=environment, damage=damage, within=within
    )
    if not (wanted or may_hold_key(name)) or not _NAME.fullmatch(name):
        return None
    whole = collect.define(value, spelling, label=label, env=env, environment=environment, damage=damage)
    bound: Value = Literal(whole)
    if bound_as is None and is_filled_in(value):
        bound = OUTSIDE
    return EnvBinding(bound_as or name, bound, whole.place, collect.channel, whole.environment, rank)


def started(collect: Collector) -> tuple[EnvBinding, ...]:
    """Return the variables that a program is started with, where the file is one that starts programs."""
    if _STARTS.search(collect.path) is None:
        return ()
    return tuple(
        EnvBinding(d.env, Literal(d), d.place, d.channel, d.environment, _STARTED)
        for d in collect.definitions
        if d.env is not None and d.within is Within.WHOLE
    )


def reference(
    collect: Collector, name: str, value: Value, span: Callable[[], tuple[int, int]], rank: int, environment: str | None
) -> EnvBinding | None:
    """Return the binding of a variable that something else fills in, if the variable can matter."""
    if not may_hold_key(name) or collect.interest.spans(None, name):
        return None
    place = collect.place(*span())
    return EnvBinding(name, value, place, collect.channel, environment or collect.environment, rank)
