"""What expressions of other languages call a value, and the variables that they read."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from keylint.model import Role

_LONGEST = 300
_QUOTED = re.compile(r"[rbu]?([\"'`])([^\"'`\r\n]{1,120})\1")
_ITEM = re.compile(r"\[\s*(?:[\"'`]([\w.$/@-]{1,100})[\"'`]|:(\w{1,100}))\s*\]")
_INDEX = re.compile(r"\[[^\[\]]*\]")
_ARROWS = re.compile(r"\?\.|->|::|&\.|!\.")
_SIGILS = re.compile(r"[\s$@#&*!]+")
_DOTTED = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*\Z")
_SELF = re.compile(r"\A(?:this|self)\.")
_VARIABLE = re.compile(r"(?:process\.env|import\.meta\.env|Bun\.env|ENV|_ENV|_SERVER)\.(\w+)\Z")
_NAME = re.compile(r"[:\"'`]([A-Za-z_][\w.-]{1,99})[\"'`]?")
_NAME_BEGINS = frozenset("\"'`:")

_READ = (
    r"(?:process\.env|import\.meta\.env|Deno\.env\.get|Bun\.env|\bENV(?:\.fetch)?|[gG]et_?[eE]nv(?:iron\w*|Or\w*)?|LookupEnv"
    r"|System\.getenv|getProperty|_ENV|_SERVER|\benv)\s*(?:\?\.)?[.\[(]*\s*[\"']?([A-Za-z_]\w{1,99})[\"']?[\])\s]*"
)
# All of those hold one of these.
_SIGN = re.compile(r"[eE]nv|ENV|SERVER|getProp")
_READ_AT_END = re.compile(_READ + r"(?:[?&]?\.(?:presence|strip|trim)\b(?:\(\))?\s*)?\Z")
_IS_MISSING = re.compile(r"\s*[!=]==?\s*(?:null|undefined|nil|\"\"|'')\s*\)?\Z")
_READ_ANYWHERE = re.compile(_READ)
_LAST_NAME = re.compile(r"(\w+)[!?]?\s*(?:<[^<>]*>)?\s*(?:\?\.)?\s*\Z")
_SETTER = re.compile(
    r"(?:set|with|use|add)?_?(?:(?:\w*_)?(?:api|access|auth|secret|private|bearer|client)_?)?(?:key|token|secret|password|auth)\Z",
    re.IGNORECASE,
)
_LOOKUP = re.compile(
    r"(?:get_?)?env(?:_?or(?:_?default)?|_?var(?:iable)?|_?str(?:ing)?|_?default)?|getenv\w*|getOrDefault|getProperty|fetch"
    r"|SetDefault|DefaultEnv",
    re.IGNORECASE,
)
_SET = re.compile(r"set_?env|putenv", re.IGNORECASE)
_PASSES = re.compile(r"String|from|atob|coalesce|or|or_?else|default(?:_?to)?|trim|Some|strdup", re.IGNORECASE)
_SHOWS = re.compile(
    r"log|info|warn|error|debug|trace|e?print(?:ln|f|_r)?|puts|echo|F?Print(?:ln|f)?|Errorf?|Fatalf?|\w+(?:Error|Exception)"
    r"|usage|help|die|exit|abort|fail|panic"
)
_FALLS_BACK = re.compile(r"coalesce|or|or_?else|default(?:_?to)?", re.IGNORECASE)


class Called(NamedTuple):
    """What the name of a function says of its arguments."""

    setter: str | None
    """The name that its first argument goes by: `setApiKey`."""
    role: Role | None
    """That of the literal behind a name: `env("TOKEN", "…")` falls back to it."""
    sets: bool
    """It sets a variable of the environment."""
    passes: bool
    """Its argument is what it returns."""
    falls_back: bool
    """It returns its argument where there is nothing better."""
    shows: bool
    """It shows its argument to people: `console.log`, `throw new Error`."""


def name_of(source: str) -> str | None:
    """Return what a value assigned to an expression is called: `this.stripe["key"]` is `stripe.key`."""
    return _name_of(source) if len(source) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _name_of(source: str) -> str | None:
    quoted = _QUOTED.fullmatch(source.rstrip(":"))
    if quoted is not None:
        return quoted[2]
    plain = _ARROWS.sub(".", _ITEM.sub(lambda item: f".{item[1] or item[2]}", source))
    plain = _SIGILS.sub("", _INDEX.sub("", plain)).lstrip(":").rstrip(":")
    match = _DOTTED.search(plain)
    return _SELF.sub("", match[0]) if match is not None else None


def variable_of(name: str) -> str | None:
    """Return the environment variable that an assignment to a name sets: `process.env.TOKEN`."""
    match = _VARIABLE.search(name)
    return match[1] if match is not None else None


def lookup(source: str, *, compared: bool = False) -> str | None:
    """Return the environment variable that an expression ends with reading; `compared` with nothing, if it may be."""
    if compared:
        source = _IS_MISSING.sub("", source)
    match = _READ_AT_END.search(source[-_LONGEST:]) if _SIGN.search(source, len(source) - _LONGEST) else None
    return match[1] if match is not None else None


def mentioned(source: str) -> str | None:
    """Return the environment variable that an expression reads somewhere."""
    match = _READ_ANYWHERE.search(source)
    return match[1] if match is not None else None


def argument_name(source: str) -> str | None:
    """Return the name that an argument is, if it is one: `"TOKEN"`, `:token`."""
    match = _NAME.fullmatch(source) if source[:1] in _NAME_BEGINS and len(source) <= _LONGEST else None
    return match[1] if match is not None else None


def called(callee: str) -> Called:
    """Return what the source in front of a call's arguments says of them."""
    match = _LAST_NAME.search(callee)
    name = match[1] if match is not None else ""
    return Called(
        name if _SETTER.fullmatch(name) else None,
        Role.DEFAULT if _LOOKUP.fullmatch(name) else None,
        _SET.fullmatch(name) is not None,
        _PASSES.fullmatch(name) is not None,
        _FALLS_BACK.fullmatch(name) is not None,
        shows(name),
    )


def shows(function: str) -> bool:
    """Say whether a function or command shows its arguments to people."""
    return _SHOWS.fullmatch(function) is not None
