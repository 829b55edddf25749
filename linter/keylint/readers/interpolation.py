"""`${NAME}` in values: what `.env` loaders and docker compose replace before a program sees the value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from keylint.model import Definition, EnvRead, Literal, Opaque, Role, Value, Within
from keylint.readers.collect import Collector, Spelling
from keylint.readers.interface import Found

_BRACES = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_.]*)(?:(:?[-?+])([^}]*))?\}")
_COMPOSE = re.compile(rf"(\$\$)|{_BRACES.pattern}|\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Variable:
    """One reference in a value; `start`, `end` and `default_at` (where `default` begins) are offsets in it."""

    name: str
    start: int
    end: int
    default: str | None = None
    default_at: int = 0
    required: bool = False
    replaced: bool = False
    """True for `${X:+other}`: the value is not that of `X`."""


def braced(value: str) -> list[Variable]:
    """Return the `${NAME}`, `${NAME:-default}` of a value, as python-dotenv and its kin expand them."""
    return [_variable(match, 1) for match in _BRACES.finditer(value)] if "${" in value else []


def compose(value: str) -> tuple[str, list[tuple[str, int, int]], list[Variable]]:
    """Return a value of a compose file with `$$` read as `$`, its tokens (text, start, end in `value`), its variables."""
    tokens: list[tuple[str, int, int]] = []
    variables: list[Variable] = []
    done = 0
    for match in _COMPOSE.finditer(value):
        if match[1]:
            tokens += [(value[done : match.start()], done, match.start()), ("$", *match.span())]
            done = match.end()
        else:
            variable = _variable(match, 2) if match[2] else Variable(match[5], *match.span())
            shift = len(tokens) // 2  # one character fewer for every `$$` before
            variables.append(
                replace(
                    variable,
                    start=variable.start - shift,
                    end=variable.end - shift,
                    default_at=variable.default_at - shift,
                )
            )
    tokens.append((value[done:], done, len(value)))
    return "".join(token[0] for token in tokens), tokens, variables


def bound(
    collect: Collector, whole: Definition, value: str, spelling: Spelling, variables: Sequence[Variable]
) -> Value:
    """Return what a variable is set to, and gather what is of interest in a default. `whole`: the value as written."""
    if not variables:
        return Literal(whole)
    variable = variables[0]
    if (variable.start, variable.end) != (0, len(value)) or variable.replaced:
        return Opaque("put together from other variables")
    if variable.default is None:
        return EnvRead(variable.name, whole.place, required=variable.required)
    at = variable.default_at
    role = Role.DEFAULT if collect.role is Role.PLAIN else collect.role

    def define(found: Found) -> Definition:
        shifted = Found(at + found.start, at + found.end, found.within)
        return collect.define(value, spelling, shifted, label=whole.name, role=role, env=whole.env)

    collect.definitions.extend(map(define, collect.interest.spans(whole.env, variable.default)))
    default = define(Found(0, len(variable.default), Within.WHOLE))
    return EnvRead(variable.name, whole.place, Literal(default))


def _variable(match: re.Match[str], group: int) -> Variable:
    operator, operand = match[group + 1] or "", match[group + 2]
    return Variable(
        match[group],
        *match.span(),
        default=operand if operator.endswith("-") else None,
        default_at=match.start(group + 2) if operand is not None else 0,
        required=operator.endswith("?"),
        replaced=operator.endswith("+"),
    )
