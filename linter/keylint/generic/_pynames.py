"""What the expressions of Python are called: keys, targets, what a call looks up."""

from __future__ import annotations

import ast

from keylint.generic._binding import LONGEST_NAME
from keylint.generic._pyvalues import LOOKUPS, called

_MOST_STEPS = 12
# Methods through which a text keeps its name.
_KEEPS = frozenset({"strip", "lower", "upper", "encode", "decode", "rstrip", "lstrip"})


def is_text(node: ast.expr) -> bool:
    """Say whether an expression is a literal of text or of bytes."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def key_of(node: ast.expr) -> str:
    """Return the name that a key is: a text, or a constant named like one (`CONF_PASSWORD`)."""
    if isinstance(node, ast.Constant):
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        return value if isinstance(value, str) and len(value) <= LONGEST_NAME else ""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name if name.isupper() else ""


def target_name(node: ast.expr) -> str:
    """Return the last name of an expression, through `.strip()` and `.get("password")`."""
    for _ in range(_MOST_STEPS):
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return node.attr
        if isinstance(node, ast.Starred | ast.Await):
            node = node.value
        elif isinstance(node, ast.NamedExpr):
            node = node.target
        elif isinstance(node, ast.Subscript):
            if is_text(node.slice):
                return key_of(node.slice)
            node = node.value
        elif isinstance(node, ast.Call):
            inner = _looked_up(node)
            if isinstance(inner, str):
                return inner
            node = inner
        else:
            break
    return ""


def _looked_up(node: ast.Call) -> str | ast.expr:
    """Return the name that a call looks up, or the expression whose value it returns."""
    name = called(node)
    if name in LOOKUPS or name.startswith("get"):
        return key_of(node.args[-1 if name == "getattr" else 0]) if node.args else name
    if name in ("str", "bytes") and node.args:
        return node.args[0]
    return node.func.value if isinstance(node.func, ast.Attribute) and name in _KEEPS else ""
