"""A name and an expression of Python -> candidates: what the expression comes to, if the name is a credential's."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from keylint.generic._binding import AUTH, LONGEST_NAME, PLAIN_NAME, held, is_authorization, member
from keylint.generic._pymodule import Module, Text
from keylint.generic._pynames import key_of, target_name
from keylint.generic._pyvalues import Values, called, can_hold, terms
from keylint.generic.candidate import Candidate, Form

_ENCODES = frozenset({"b64encode", "standard_b64encode", "urlsafe_b64encode"})
# `{"name": "password", "value": "…"}`
_NAME_KEYS = frozenset({"name", "key", "field", "param", "header", "env"})
_VALUE_KEYS = frozenset({"value", "default"})


class Binder:
    """Collects the candidates of one module."""

    __slots__ = ("_authorizes", "_known", "_wanted", "found", "module", "paths", "values")

    def __init__(self, module: Module, wanted: Callable[[str], bool]) -> None:
        self.module = module
        self.values = Values(module)
        self.found: dict[tuple[int, int], Candidate] = {}
        self._wanted = wanted
        self._known: dict[str, bool] = {}
        self._authorizes: dict[str, bool] = {}
        self.paths: dict[int, tuple[str, str]] = {}
        """By mapping: the path of keys to it, and what it is bound to."""

    def wanted(self, name: str) -> bool:
        """Ask whether a name is a credential's."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = len(name) <= LONGEST_NAME and self._wanted(name)
        return known

    def bind(self, name: str, node: ast.expr) -> None:
        """Take what an expression comes to, if the name says so."""
        if isinstance(node, ast.Dict):
            # Its pairs are read when the walk gets there.
            self.paths.setdefault(id(node), ("", name.rsplit(".", 1)[-1]))
        elif can_hold(node):
            if self._is_authorization(name):
                if not self._encoded(node):
                    self._take(name, node)
            elif (
                isinstance(node, ast.Tuple | ast.List)
                and len(node.elts) == 2
                and AUTH.fullmatch(name.rsplit(".", 1)[-1])
            ):
                self.login(name, *node.elts)
            elif self.wanted(name):
                self._take(name, node)

    def _is_authorization(self, name: str) -> bool:
        known = self._authorizes.get(name)
        if known is None:
            known = self._authorizes[name] = is_authorization(name)
        return known

    def login(self, name: str, user: ast.expr, password: ast.expr) -> None:
        """Take the password; the user where there is none, as of those who pass a key for a name."""
        given = user if isinstance(password, ast.Constant) and password.value == "" else password
        known = {text.value for text in self.values.texts(user)} if given is password else set()
        for text in self.values.texts(given):
            if text.value not in known:  # `("guest", "guest")` is what a service is shipped with
                self._add(name, text, Form.BASIC)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Bind a target, or each of several."""
        pairs = [(target, value)]
        while pairs:
            to, what = pairs.pop()
            if isinstance(to, ast.Tuple | ast.List):
                if isinstance(what, ast.Tuple | ast.List) and len(to.elts) == len(what.elts):
                    pairs += zip(to.elts, what.elts, strict=True)
            elif can_hold(what) or isinstance(what, ast.Dict):
                name = self.target(to)
                if name:
                    self.bind(name, what)

    def target(self, node: ast.expr) -> str:
        """Return what an expression is called that is assigned to, or compared."""
        if not isinstance(node, ast.Subscript):
            return target_name(node)
        key, outer = key_of(node.slice), target_name(node.value)
        return (key if self.wanted(key) else member(outer, key, self.wanted) or key) if key else outer

    def described(self, pairs: Iterable[tuple[str, ast.expr]]) -> None:
        """Read `{"name": "password", "value": "…"}`."""
        name = value = None
        for key, each in pairs:
            if key in _NAME_KEYS and isinstance(each, ast.Constant) and isinstance(each.value, str):
                name = name or each.value
            elif key in _VALUE_KEYS:
                value = value or each
        if name and value is not None and PLAIN_NAME.fullmatch(name):
            self.bind(name, value)

    def _take(self, name: str, node: ast.expr) -> None:
        for text in self.values.texts(node):
            bound = held(name, text.value)
            if bound is not None:
                self._add(bound[0], self.module.part(text, bound[1], bound[2]), bound[3])

    def _encoded(self, node: ast.expr) -> bool:
        """Read `"Basic " + b64encode(b"user:password").decode()`."""
        last = node
        if isinstance(node, ast.BinOp):
            last = terms(node)[-1]
        elif isinstance(node, ast.JoinedStr) and node.values:
            last = node.values[-1]
        here = last.value if isinstance(last, ast.FormattedValue) else last
        while isinstance(here, ast.Call):
            if called(here) in _ENCODES and here.args:
                text = self.values.whole(here.args[0])
                at = text.value.find(":") + 1 if text is not None else 0
                if text is not None and at:
                    self._add("Authorization", self.module.part(text, at, len(text.value)), Form.BASIC)
                return True
            if not isinstance(here.func, ast.Attribute):
                return False
            here = here.func.value
        return False

    def _add(self, name: str, text: Text, form: Form = Form.BOUND) -> None:
        """Keep a candidate, the first at its place: what is outside is read before what is inside."""
        if text.value.strip():
            self.found.setdefault(
                (text.start, text.end), Candidate(text.start, text.end, text.value, name, form, quoted=True)
            )
