"""What the functions of other languages do with their arguments, and what their expressions are called."""

from __future__ import annotations

import re

from keylint.generic._binding import GETTER, TAKES_PAIR, flat
from keylint.readers.source_names import name_of
from keylint.readers.source_text import Token, value_of

_LONGEST = 300

# Functions as `flat` gives them. Those that return their argument, or hold it:
WRAPS = frozenset(
    {
        "string", "from", "fromstring", "new", "atob", "btoa", "some", "strdup", "base64decode", "base64encode",
        "decode64", "encode64", "strictdecode64", "decodebase64", "frombase64string", "utf8encode", "trim",
        "bytes", "bytearray", "copyof", "aslist", "listof", "arrayof", "setof", "of", "set", "secretkeyspec",
        "securestring", "secretstring", "secret", "uint8array", "decodestring", "ok", "lazy", "getbytes",
        "nsstring", "qstring", "asprintf", "u8", "text", "convertto-securestring", "vec", "array", "bytestring",
        "stringbuilder", "std::string", "tochararray", "sensitive", "q", "qq",
    }
)  # fmt: skip
# … the text that they are called on:
KEEPS = frozenset(
    {
        "trim", "tochararray", "getbytes", "freeze", "strip", "tos", "tosym", "tostring", "encode", "b", "intern",
        "chomp", "into", "tolowercase", "touppercase", "forceencoding", "dup", "split", "asbytes", "toowned",
        "tobytearray", "cstr", "data", "utf8", "encodetobytearray", "tobytes", "asstr", "toarray", "utf8string",
        "unsafe",
    }
)  # fmt: skip
# … what they look up, and their last argument where there is nothing:
LOOKUPS = re.compile(r"get\w*|fetch|env|config|option|lookup|optstring|\w*default\w*|val|readenv|var")
# … their argument where what they are called on has nothing:
FALLS_BACK = frozenset(
    {
        "orelse", "unwrapor", "getorelse", "coalesce", "firstnonnull", "defaultto", "ifempty", "ifblank", "or",
        "default", "orelseget",
    }
)  # fmt: skip
EQUALS = frozenset(
    {
        "equals", "equalsignorecase", "eql?", "equal?", "strcmp", "strncmp", "strcasecmp", "hashequals", "compare",
        "contentequals", "assertequals", "isequal", "isequaltostring", "securecompare", "compareto",
        "comparetoignorecase",
    }
)  # fmt: skip

NAME_KEYS = frozenset({"name", "key", "field", "param", "header", "env"})
VALUE_KEYS = frozenset({"value", "default", "defaultValue"})
"""`{name: "password", value: "…"}`"""

# Functions that give a name to a value and begin with no word for that.
_DEFINES = frozenset(
    {
        "define", "of", "entry", "string", "stringp", "stringvar", "defaultquery", "pair", "simpleentry", "to",
        "fetch", "key", "namevaluepair", "basicnamevaluepair", "keyvaluepair", "tuple", "buildconfigfield",
        "property", "systemproperty", "resvalue", "cookie", "const", "curlsetopt", "curleasysetopt",
    }
)  # fmt: skip
_LAST_NAME = re.compile(r"([\w$-]+[?!]?)!?\s*(?:::)?(?:<[^<>]*>)?\s*(?:\?\.)?\s*\Z")
_CALLED_ON = re.compile(r"(?s:(.+))(?:\.|->|&\.|\?\.|!\.|::)(\w+[?!]?)\(\s*\)\Z")
_LOOKED_UP = re.compile(
    r"(?:get\w*|fetch|param\w*|header|input|env|post|query|var|read\w*)"
    r"\(\s*[\"'`:]([\w.-]{1,100})[\"'`]?\s*\)\Z",
    re.IGNORECASE,
)
_OF_SHELL = re.compile(r"[\"'${}\s]+")
_CASTS = re.compile(r"[\s(!]*(?:\((?:string|char|const char)\s*\*?\)\s*)?", re.IGNORECASE)


def function_name(source: str) -> str:
    """Return the last name of what stands in front of a call's arguments."""
    match = _LAST_NAME.search(source[-_LONGEST:])
    return match[1] if match is not None else ""


def takes_pair(function: str) -> bool:
    """Say whether a function takes a name and then its value."""
    return TAKES_PAIR.fullmatch(function) is not None or flat(function) in _DEFINES


def reference(source: str, *, shell: bool = False) -> str:
    """Return what an expression is called that is compared: through `.trim()`, `getPassword()`, `param("password")`."""
    source = source[-_LONGEST:].strip()
    if shell:
        return _OF_SHELL.sub("", source)
    while source.startswith("(") and source.endswith(")"):
        source = source[1:-1].strip()
    for _ in range(4):
        method = _CALLED_ON.fullmatch(source)
        if method is None:
            break
        if flat(method[2]) not in KEEPS:
            return getter(method[2])
        source = method[1]
    looked_up = _LOOKED_UP.search(source)
    if looked_up is not None:
        return looked_up[1]
    source = source[_CASTS.match(source).end() :] if _CASTS.match(source) else source  # type: ignore[union-attr]
    if not source or source[0] in "\"'`" or source.endswith(")"):
        return ""
    return last_name(source)


def last_name(source: str) -> str:
    """Return the last part of what a target is called."""
    return (name_of(source) or "").rsplit(".", 1)[-1]


def getter(function: str) -> str:
    """Return what a function is named for: `getPassword` -> `Password`."""
    match = GETTER.match(function)
    return function[match.end() :] if match is not None else function


def place(text: str, group: list[Token], start: int, end: int) -> tuple[int, int]:
    """Return where the characters `start` to `end` of what some tokens come to stand in a text."""
    value = value_of(group)
    left, right = group[0][1], group[-1][2]
    if text[left:right] == value:
        return left + start, left + end
    at = text.rfind(value[start:end], left, right)
    return (at, at + end - start) if at >= 0 else (left, right)
