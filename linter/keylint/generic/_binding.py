"""What all languages share: what a header's value holds, and what the names of functions say of their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from keylint.generic.candidate import Candidate, Form

LONGEST_VALUE = 10_000
LONGEST_NAME = 200
MOST_CANDIDATES = 5_000

LARGE = re.compile(r"[\w+/=.:~-]{16,}")
"""What a fixed part beside something computed has to be, to be more than a prefix."""
AUTH = re.compile(r"(?:\w+_)?auth", re.IGNORECASE)
"""What a pair of user and password is bound to."""
PLAIN_NAME = re.compile(r"[#.\[]?[A-Za-z_][\w.-]{1,80}(?: [\w-]{1,40}){0,3}")
"""An argument that may be the name of the next one."""
TAKES_PAIR = re.compile(
    r"(?:get|set|put|pop|add|fill|type|send|env|config|header|option|store|save|insert|append|with|input|hset|param|replace_?header)"
    r"(?:_?[a-zA-Z]\w*)?",
    re.IGNORECASE,
)
"""Functions that take a name and then its value."""
SETTER = re.compile(
    r"_*(?:(?:[sS]et|[wW]ith|[aA]dd|check|verify|validate|hash|make|encrypt)_?(?=[a-zA-Z])|[uU]se(?:_|(?=[A-Z])))"
)
GETTER = re.compile(r"_*(?:(?:[gG]et|fetch|load|read|default|retrieve|obtain)_?(?=[a-zA-Z]))?")
LOGINS = frozenset(
    {
        "httpbasicauth", "httpdigestauth", "httpproxyauth", "basicauth", "digestauth", "setbasicauth", "basic", "login",
        "authenticate", "plaintextauthprovider", "usernamepasswordcredentials", "usernamepwset", "passwordauthentication",
        "networkcredential", "usernamepasswordcredential", "httpbasicauthenticatewith", "basicauthentication",
        "userpassword", "signinwithemailandpassword", "createuserwithemailandpassword",
    }
)  # fmt: skip
"""What takes a user's name and then a password; compare with `flat`."""
PASSWORD_AT = {
    "getconnection": 2, "mysqliconnect": 2, "mysqlconnect": 2, "mysqli": 2, "pdo": 2, "mysqlrealconnect": 3,
    "ftplogin": 2, "ftp": 2, "ftptls": 2, "createsuperuser": 2,
}  # fmt: skip
"""Which argument is the password, counted from 0, of what takes a server and a user before it."""
TYPES_IN = frozenset({"sendkeys", "fill", "type", "typetext", "settext", "entertext"})
"""What types its only argument into the field that it is called on."""

_AUTHORIZATION = re.compile(r"(?:http[_-])?(?:x[_-]|proxy[_-])?authorization", re.IGNORECASE)
_SCHEME = re.compile(
    r"(?P<scheme>Bearer|Basic|Token|ApiKey|Api-Key|Key|Bot|OAuth|JWT|SSWS|Splunk|GenieKey|PRIVATE-TOKEN)"
    r"[ :]+(?:token=[\"']?)?(?P<value>[^\s\"']+)[\"']?\s*",
    re.IGNORECASE,
)
_ONLY_SCHEME = re.compile(
    r"\s*(?:Bearer|Basic|Token|ApiKey|Api-Key|Key|Bot|OAuth|JWT|Digest|Negotiate)?:?\s*", re.IGNORECASE
)
# In front of any other name only these are schemes: "Token" and "Key" begin many a sentence.
_FORMS = {"bearer": Form.HEADER, "basic": Form.BASIC}


class Contents(NamedTuple):
    """What a source file holds; each in the order of the text."""

    bound: list[Candidate]
    """Literals that are bound to a wanted name."""
    literals: list[tuple[int, int, str]]
    """Start, end and value of string literals; the characters are those between the quotes."""
    comments: list[tuple[int, int]]
    """Start and end of comments."""


def flat(name: str) -> str:
    """Return the name of a function as all languages spell it: without `_`, in lower case."""
    return name.replace("_", "").lower()


def member(holder: str, key: str, wanted: Callable[[str], bool]) -> str:
    """Return the name of a mapping whose items are credentials, as `api_keys["stripe"]` is, and `token["type"]` is not."""
    items = holder[:-1] if holder.endswith(("s", "S")) else holder
    return holder if holder and wanted(holder) and wanted(f"{items}_{key}") else ""


def is_authorization(name: str) -> bool:
    """Say whether a name is that of the Authorization header."""
    return _AUTHORIZATION.fullmatch(name.rsplit(".", 1)[-1]) is not None


def held(name: str, value: str) -> tuple[str, int, int, Form] | None:
    """Return what of a value a name is bound to: name, start, end and form; `None` for a scheme alone."""
    scheme = _SCHEME.fullmatch(value)
    kind = scheme["scheme"].lower() if scheme is not None else ""
    if is_authorization(name):
        if scheme is not None:
            if kind == "basic":
                return ("Authorization: Basic", *scheme.span("value"), Form.BASIC)
            return ("Authorization", *scheme.span("value"), Form.HEADER)
        return None if _ONLY_SCHEME.fullmatch(value) else ("Authorization", 0, len(value), Form.HEADER)
    if flat(name).endswith("userpwd") and ":" in value:
        return name, value.index(":") + 1, len(value), Form.BASIC
    if scheme is not None and kind in _FORMS:
        return ("Authorization: Basic" if kind == "basic" else name, *scheme.span("value"), _FORMS[kind])
    return name, 0, len(value), Form.BOUND
