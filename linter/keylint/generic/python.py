"""What a Python module binds to the name of a credential, from the standard library's tree.

A literal counts where it is *bound*: assigned, passed by keyword, paired in a mapping, given as a default, compared with,
returned from what is named so. That it stands on the same line is no reason.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from keylint.generic import _codeguess, _codescan
from keylint.generic._binding import (
    AUTH,
    GETTER,
    LOGINS,
    LONGEST_NAME,
    MOST_CANDIDATES,
    PLAIN_NAME,
    SETTER,
    TAKES_PAIR,
    flat,
    held,
    is_authorization,
)
from keylint.generic._codescan import dialect_of
from keylint.generic._pymodule import Module, Text, parse
from keylint.generic._pyvalues import LOOKUPS, Values, called, can_hold, terms
from keylint.generic.candidate import Candidate, Form
from keylint.readers._pyscan import scan

_MOST_TARGETS = 8
_NO_TREE = "module.py"
_ENCODES = frozenset({"b64encode", "standard_b64encode", "urlsafe_b64encode"})
_OPTIONS = frozenset({"add_argument", "add_option", "option", "Option"})
_COMPARES = frozenset({"compare_digest", "constant_time_compare", "assertEqual", "assert_equal"})
# `{"name": "password", "value": "…"}`
_NAME_KEYS = frozenset({"name", "key", "field", "param", "header", "env"})
_VALUE_KEYS = frozenset({"value", "default"})
_LISTS = (ast.List, ast.Tuple, ast.Set)

# Fields that lead to no value; an annotation is a type.
_SKIPPED = frozenset(
    {
        "ctx", "op", "ops", "id", "attr", "type_comment", "kind", "simple", "conversion", "level", "module", "annotation",
        "returns", "type_params",
    }
)  # fmt: skip
_LEAVES = (
    ast.Name,
    ast.Constant,
    ast.Pass,
    ast.Break,
    ast.Continue,
    ast.Import,
    ast.ImportFrom,
    ast.Global,
    ast.Nonlocal,
)


def _children() -> dict[type, tuple[str, ...]]:
    kinds = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
    fields = {kind: tuple(field for field in kind._fields if field not in _SKIPPED) for kind in kinds}
    return {kind: names for kind, names in fields.items() if names and not issubclass(kind, _LEAVES)}


_CHILDREN = _children()


def candidates(text: str, wanted: Callable[[str], bool]) -> Iterator[Candidate]:
    """Yield the literals of a module that are bound to a wanted name, in the order of the text.

    `wanted` is asked about names as they are written: `api_key`, `apiKey`, `--password` without its dashes, and in nested
    mappings with the path (`db.password`). What is in a mapping with a wanted name goes by that, if a name made of both is
    wanted too (`api_keys` holds an `api_key_stripe`). Passwords beside a user's name (`Form.BASIC`) and the values of
    Authorization headers are yielded without asking. Of those, what `Basic` carries stays in base64 and is named
    `Authorization: Basic`.
    A text that this interpreter cannot parse is read as a language without a tree, by what stands around its literals.
    """
    module = parse(text)
    if module is not None:
        yield from bindings(module, wanted)
    else:
        yield from _codeguess.candidates(text, dialect_of(_NO_TREE), wanted)


def literals(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and value of each string literal, docstrings too, in the order of the text.

    The characters `start` to `end` are those between the quotes. A sum of literals is one; an f-string is given as written.
    """
    module = parse(text)
    yield from strings(module) if module is not None else _codescan.literals(text, dialect_of(_NO_TREE))


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the comments of a module stand, without their `#`. Where it is nested without end, up to there."""
    for start, end in scan(text).comments:
        yield start + 1, end


def bindings(module: Module, wanted: Callable[[str], bool]) -> Iterator[Candidate]:
    """Yield the candidates of a parsed module."""
    walk = _Walk(module, wanted)
    walk.run()
    yield from sorted(walk.found.values(), key=lambda candidate: (candidate.start, candidate.end))


def strings(module: Module) -> Iterator[tuple[int, int, str]]:
    """Yield the string literals of a parsed module, as `literals` does."""
    values = Values(module)
    found: list[Text] = []
    read: set[int] = set()
    stack: list[ast.AST] = [module.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant):
            text = module.text(node)
        elif isinstance(node, ast.JoinedStr):
            text = module.raw(node)
            stack += (each for each in node.values if isinstance(each, ast.FormattedValue))
        else:
            text = _sum(values, node, read) if isinstance(node, ast.BinOp) and id(node) not in read else None
            if text is None:
                _push(stack, node, node._fields)
        if text is not None and text.value:
            found.append(text)
    yield from sorted(found)


def _sum(values: Values, node: ast.BinOp, read: set[int]) -> Text | None:
    """Return a sum as one text where nothing in it is computed; note what belongs to it."""
    here: ast.expr = node
    while isinstance(here, ast.BinOp):
        read.add(id(here))
        here = here.left
    plain = isinstance(node.op, ast.Add) and all(isinstance(each, ast.Constant | ast.JoinedStr) for each in terms(node))
    return values.whole(node) if plain else None


def _push(stack: list[ast.AST], node: ast.AST, fields: Iterable[str]) -> None:
    for field in fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            stack += (each for each in value if isinstance(each, ast.AST))
        elif isinstance(value, ast.AST):
            stack.append(value)


class _Walk:
    """One pass over a tree, from the outside to the inside. Nothing recurses."""

    __slots__ = ("_known", "_paths", "_wanted", "found", "module", "values")

    def __init__(self, module: Module, wanted: Callable[[str], bool]) -> None:
        self.module = module
        self.values = Values(module)
        self.found: dict[tuple[int, int], Candidate] = {}
        self._wanted = wanted
        self._known: dict[str, bool] = {}
        self._paths: dict[int, tuple[str, str]] = {}
        """By mapping: the path of keys to it, and what it is bound to."""

    def run(self) -> None:
        """Walk the tree."""
        stack: list[ast.AST] = [self.module.tree]
        while stack and len(self.found) < MOST_CANDIDATES:
            node = stack.pop()
            kind = type(node)
            if kind in _HANDLERS:
                _HANDLERS[kind](self, node)
            fields = _CHILDREN.get(kind)
            if fields is None:
                continue
            for field in fields[::-1]:
                value = getattr(node, field, None)
                if value.__class__ is list:
                    stack += value[::-1]
                elif value is not None:
                    stack.append(value)

    def wanted(self, name: str) -> bool:
        """Ask whether a name is a credential's."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = len(name) <= LONGEST_NAME and self._wanted(name)
        return known

    def member(self, holder: str, key: str) -> str:
        """Return the name of a mapping whose items are credentials, as `api_keys["stripe"]` is, and `token["type"]` is not."""
        items = holder[:-1] if holder.endswith(("s", "S")) else holder
        return holder if holder and self.wanted(holder) and self.wanted(f"{items}_{key}") else ""

    # What is bound

    def bind(self, name: str, node: ast.expr) -> None:
        """Take what an expression comes to, if the name says so."""
        if isinstance(node, ast.Dict):
            # Its pairs are read when the walk gets there.
            self._paths.setdefault(id(node), ("", name.rsplit(".", 1)[-1]))
        elif can_hold(node):
            if is_authorization(name):
                if not self._encoded(node):
                    self._take(name, self.values.texts(node))
            elif (
                AUTH.fullmatch(name.rsplit(".", 1)[-1])
                and isinstance(node, ast.Tuple | ast.List)
                and len(node.elts) == 2
            ):
                self._basic(name, *node.elts)
            elif self.wanted(name):
                self._take(name, self.values.texts(node))

    def _take(self, name: str, texts: Iterable[Text]) -> None:
        for text in texts:
            bound = held(name, text.value)
            if bound is not None:
                self._add(bound[0], self.module.part(text, bound[1], bound[2]), bound[3])

    def _encoded(self, node: ast.expr) -> bool:
        """Read `"Basic " + b64encode(b"user:password").decode()`."""
        last = (
            terms(node)[-1]
            if isinstance(node, ast.BinOp)
            else node.values[-1]
            if isinstance(node, ast.JoinedStr)
            else node
        )
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

    def _basic(self, name: str, user: ast.expr, password: ast.expr) -> None:
        """Take the password; the user where there is none, as of those who pass a key for a name."""
        given = user if isinstance(password, ast.Constant) and password.value == "" else password
        known = {text.value for text in self.values.texts(user)} if given is password else set()
        for text in self.values.texts(given):
            if text.value not in known:  # `("guest", "guest")` is what a service is shipped with
                self._add(name, text, Form.BASIC)

    def _add(self, name: str, text: Text, form: Form = Form.BOUND) -> None:
        """Keep a candidate, the first at its place: what is outside is read before what is inside."""
        if text.value.strip():
            self.found.setdefault(
                (text.start, text.end), Candidate(text.start, text.end, text.value, name, form, quoted=True)
            )

    # Assignments

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Bind a target, or each of several."""
        pairs = [(target, value)]
        while pairs:
            to, what = pairs.pop()
            if isinstance(to, ast.Tuple | ast.List):
                if isinstance(what, ast.Tuple | ast.List) and len(to.elts) == len(what.elts):
                    pairs += zip(to.elts, what.elts, strict=True)
            elif can_hold(what) or isinstance(what, ast.Dict):
                name = self._target(to)
                if name:
                    self.bind(name, what)

    def _target(self, node: ast.expr) -> str:
        """Return what an expression is called that is assigned to, or compared."""
        if not isinstance(node, ast.Subscript):
            return _target_name(node)
        key, outer = _key(node.slice), _target_name(node.value)
        return (key if self.wanted(key) else self.member(outer, key) or key) if key else outer

    def _assignment(self, node: ast.Assign) -> None:
        if can_hold(node.value) or isinstance(node.value, ast.Dict):
            for target in node.targets[:_MOST_TARGETS]:
                self.assign(target, node.value)

    def _annotated(self, node: ast.AnnAssign | ast.AugAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self.assign(node.target, node.value)

    def _keyword(self, node: ast.keyword) -> None:
        if node.arg is not None:
            self.bind(node.arg, node.value)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> None:
        """Read `for password in ("…", "…")`."""
        if isinstance(node.iter, _LISTS):
            for each in node.iter.elts:
                self.assign(node.target, each)

    # Functions

    def _parameters(self, node: ast.arguments) -> None:
        named = [*node.posonlyargs, *node.args]
        defaults = chain(
            zip(named[::-1], node.defaults[::-1], strict=False), zip(node.kwonlyargs, node.kw_defaults, strict=True)
        )
        for parameter, default in defaults:
            if default is not None:
                self.bind(parameter.arg, default)

    def _returns(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Read what a function returns that is named for it: `def get_password()`."""
        getter = GETTER.match(node.name)
        name = node.name[getter.end() :] if getter is not None else node.name
        if not self.wanted(name):
            return
        stack: list[ast.AST] = [*node.body]
        while stack:
            here = stack.pop()
            if isinstance(here, ast.Return):
                if here.value is not None:
                    self.bind(name, here.value)
            elif isinstance(here, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(
                here, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ):
                _push(stack, here, _CHILDREN.get(type(here), ()))

    # Mappings

    def _pairs(self, node: ast.Dict) -> None:
        path, holder = self._paths.pop(id(node), ("", ""))
        for key, value in zip(node.keys, node.values, strict=True):
            name = _key(key) if key is not None else ""
            if not name:
                continue
            full = f"{path}.{name}"[-LONGEST_NAME:] if path else name
            if isinstance(value, ast.Dict):
                self._paths[id(value)] = full, name
            elif can_hold(value):
                if isinstance(value, _LISTS):
                    self._paths.update((id(each), (full, name)) for each in value.elts if isinstance(each, ast.Dict))
                self.bind(full if self.wanted(full) else self.member(holder, name) or full, value)
        self._described(
            (key.value, value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        )

    def _described(self, pairs: Iterable[tuple[str, ast.expr]]) -> None:
        """Read `{"name": "password", "value": "…"}`."""
        name = value = None
        for key, each in pairs:
            if key in _NAME_KEYS and isinstance(each, ast.Constant) and isinstance(each.value, str):
                name = name or each.value
            elif key in _VALUE_KEYS:
                value = value or each
        if name and value is not None and PLAIN_NAME.fullmatch(name):
            self.bind(name, value)

    def _rows(self, node: ast.List | ast.Tuple | ast.Set) -> None:
        """Read `[("password", "…"), …]`, where every row is a pair."""
        first = node.elts[0] if node.elts else None
        if not isinstance(first, ast.Tuple) or len(first.elts) != 2 or not _is_text(first.elts[0]):
            return
        for each in node.elts:
            if isinstance(each, ast.Tuple) and len(each.elts) == 2 and _is_text(each.elts[0]):
                self.bind(_key(each.elts[0]), each.elts[1])

    # Comparisons

    def _compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
                self._equal(left, right)
            if isinstance(operator, ast.Eq | ast.NotEq):
                self._equal(right, left)
            left = right

    def _equal(self, name: ast.expr, value: ast.expr) -> None:
        if can_hold(value) and (known := self._target(name)):
            for each in value.elts if isinstance(value, _LISTS) else [value]:
                self.bind(known, each)

    def _match(self, node: ast.Match) -> None:
        name = self._target(node.subject)
        if name:
            for case in node.cases:
                self._pattern(name, case.pattern)

    def _pattern(self, name: str, pattern: ast.pattern) -> None:
        stack = [pattern]
        while stack:
            here = stack.pop()
            if isinstance(here, ast.MatchValue):
                self.bind(name, here.value)
            elif isinstance(here, ast.MatchOr):
                stack += here.patterns
            elif isinstance(here, ast.MatchAs) and here.pattern is not None:
                stack.append(here.pattern)

    def _match_mapping(self, node: ast.MatchMapping) -> None:
        for key, pattern in zip(node.keys, node.patterns, strict=True):
            if name := _key(key):
                self._pattern(name, pattern)

    # Calls

    def _call(self, node: ast.Call) -> None:
        name = called(node)
        arguments = node.args
        if name in _OPTIONS:
            self._option(node)
            return
        if node.keywords:
            self._named(node)
        if len(arguments) > 1:
            if len(arguments) == 2 and flat(name) in LOGINS:
                self._basic("login" if name == "login" else "auth", *arguments)
            elif name in _COMPARES:
                self._equal(arguments[0], arguments[1])
                self._equal(arguments[1], arguments[0])
            elif (
                name in ("encode", "decode")
                and isinstance(node.func, ast.Attribute)
                and _target_name(node.func.value) == "jwt"
            ):
                self.bind("secret_key", arguments[1])
            elif TAKES_PAIR.fullmatch(name):
                self._arguments(node)
        elif arguments:
            self._one(node, name)

    def _arguments(self, node: ast.Call) -> None:
        """Read `set("password", "…")`, `setattr(x, "password", "…")`, `environ.get("PASSWORD", "…")`."""
        for key, value in zip(node.args, node.args[1:], strict=False):
            name = _key(key)
            if name and PLAIN_NAME.fullmatch(name):
                self.bind(name.lstrip("#.["), value)

    def _one(self, node: ast.Call, name: str) -> None:
        """Read `set_password("…")`."""
        setter = SETTER.match(name)
        if setter is not None:
            self.bind(name[setter.end() :], node.args[0])

    def _named(self, node: ast.Call) -> None:
        """Read `EnvVar(name="PASSWORD", value="…")`, and `config("PASSWORD", default="…")`."""
        self._described((each.arg, each.value) for each in node.keywords if each.arg)
        key = _key(node.args[-1]) if node.args else ""
        for keyword in node.keywords:
            if key and keyword.arg in ("default", "fallback", "default_var"):
                self.bind(key, keyword.value)

    def _option(self, node: ast.Call) -> None:
        """Read `add_argument("--password", default="…")`."""
        flags = [key.lstrip("-") for each in node.args if _is_text(each) and (key := _key(each))]
        flag = next((each for each in flags if self.wanted(each)), "")
        for keyword in node.keywords:
            if flag and keyword.arg == "default":
                self.bind(flag, keyword.value)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _key(node: ast.expr) -> str:
    """Return the name that a key is: a text, or a constant named like one (`CONF_PASSWORD`)."""
    if isinstance(node, ast.Constant):
        value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        return value if isinstance(value, str) and len(value) <= LONGEST_NAME else ""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name if name.isupper() else ""


def _target_name(node: ast.expr) -> str:
    """Return the last name of an expression, through `.strip()` and `.get("password")`."""
    for _ in range(12):
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            return node.attr
        if isinstance(node, ast.Starred | ast.Await):
            node = node.value
        elif isinstance(node, ast.NamedExpr):
            node = node.target
        elif isinstance(node, ast.Subscript):
            if _is_text(node.slice):
                return _key(node.slice)
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
        if node.args:
            return _key(node.args[-1 if name == "getattr" else 0])
        return name
    if name in ("str", "bytes") and node.args:
        return node.args[0]
    keeps = isinstance(node.func, ast.Attribute) and name in (
        "strip",
        "lower",
        "upper",
        "encode",
        "decode",
        "rstrip",
        "lstrip",
    )
    return node.func.value if keeps and isinstance(node.func, ast.Attribute) else ""


_HANDLERS: dict[type, Callable[[_Walk, ast.AST], None]] = {
    kind: handler  # type: ignore[misc]
    for kinds, handler in (
        ((ast.Assign,), _Walk._assignment),
        ((ast.AnnAssign, ast.AugAssign, ast.NamedExpr), _Walk._annotated),
        ((ast.keyword,), _Walk._keyword),
        ((ast.For, ast.AsyncFor, ast.comprehension), _Walk._loop),
        ((ast.arguments,), _Walk._parameters),
        ((ast.FunctionDef, ast.AsyncFunctionDef), _Walk._returns),
        ((ast.Dict,), _Walk._pairs),
        ((ast.List, ast.Tuple, ast.Set), _Walk._rows),
        ((ast.Compare,), _Walk._compare),
        ((ast.Match,), _Walk._match),
        ((ast.MatchMapping,), _Walk._match_mapping),
        ((ast.Call,), _Walk._call),
    )
    for kind in kinds
}
