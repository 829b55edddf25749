"""What the calls of Python bind: arguments beside a name, those of what is named for them."""

from __future__ import annotations

import ast

from keylint.generic._binding import LOGINS, PASSWORD_AT, PLAIN_NAME, SETTER, TAKES_PAIR, TYPES_IN, flat
from keylint.generic._pybind import Binder
from keylint.generic._pynames import is_text, key_of, target_name
from keylint.generic._pyvalues import LISTS, called, can_hold

_OPTIONS = frozenset({"add_argument", "add_option", "option", "Option"})
# Modules whose `connect` takes a server, a user and a password.
_DATABASES = frozenset({"MySQLdb", "pymysql", "mariadb", "connector"})
_COMPARES = frozenset({"compare_digest", "constant_time_compare", "assertEqual", "assert_equal"})


def call(binder: Binder, node: ast.Call) -> None:
    """Read the arguments of a call."""
    name = called(node)
    if name in _OPTIONS:
        _option(binder, node)
        return
    if node.keywords:
        _named(binder, node)
    if len(node.args) > 1:
        _several(binder, node, name)
    elif node.args:
        _one(binder, node, name)


def equal(binder: Binder, name: ast.expr, value: ast.expr) -> None:
    """Read one side of a comparison: `password == "…"`, `password in ("…", "…")`."""
    if can_hold(value) and (known := binder.target(name)):
        for each in value.elts if isinstance(value, LISTS) else [value]:
            binder.bind(known, each)


def _several(binder: Binder, node: ast.Call, name: str) -> None:
    first, second = node.args[:2]
    at = PASSWORD_AT.get(flat(name)) or (2 if name == "connect" and _is_of_database(node.func) else 0)
    if 0 < at < len(node.args):
        binder.bind("password", node.args[at])
    elif len(node.args) == 2 and flat(name) in LOGINS:
        binder.login("login" if name == "login" else "auth", first, second)
    elif name in _COMPARES:
        equal(binder, first, second)
        equal(binder, second, first)
    elif (
        name in ("encode", "decode") and isinstance(node.func, ast.Attribute) and target_name(node.func.value) == "jwt"
    ):
        binder.bind("secret_key", second)
    elif TAKES_PAIR.fullmatch(name):
        _pairs(binder, node)


def _is_of_database(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and target_name(function.value) in _DATABASES


def _pairs(binder: Binder, node: ast.Call) -> None:
    """Read `set("password", "…")`, `setattr(x, "password", "…")`, `environ.get("PASSWORD", "…")`."""
    for key, value in zip(node.args, node.args[1:], strict=False):
        name = key_of(key)
        if name and PLAIN_NAME.fullmatch(name):
            binder.bind(name.lstrip("#.["), value)


def _one(binder: Binder, node: ast.Call, name: str) -> None:
    """Read `set_password("…")`, `Fernet("…")`, `page.get_by_label("Password").fill("…")`."""
    setter = SETTER.match(name)
    if setter is not None:
        binder.bind(name[setter.end() :], node.args[0])
    elif name == "Fernet":
        binder.bind("encryption_key", node.args[0])
    elif flat(name) in TYPES_IN and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        field = node.func.value.args
        key = key_of(field[-1]).lstrip("#.") if field and is_text(field[-1]) else ""
        if PLAIN_NAME.fullmatch(key):
            binder.bind(key, node.args[0])


def _named(binder: Binder, node: ast.Call) -> None:
    """Read `EnvVar(name="PASSWORD", value="…")`, and `config("PASSWORD", default="…")`."""
    binder.described((each.arg, each.value) for each in node.keywords if each.arg)
    key = key_of(node.args[-1]) if node.args else ""
    for keyword in node.keywords:
        if key and keyword.arg in ("default", "fallback", "default_var"):
            binder.bind(key, keyword.value)


def _option(binder: Binder, node: ast.Call) -> None:
    """Read `add_argument("--password", default="…")`."""
    flags = [key.lstrip("-") for each in node.args if is_text(each) and (key := key_of(each))]
    flag = next((each for each in flags if binder.wanted(each)), "")
    for keyword in node.keywords:
        if flag and keyword.arg == "default":
            binder.bind(flag, keyword.value)
