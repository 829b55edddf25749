"""The literals that a Python expression can come to: through wrappers, fallbacks, sums, both sides of a condition."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from keylint.generic._binding import LARGE, LONGEST_VALUE
from keylint.generic._pymodule import Module, Text

_MOST_VALUES = 1_000
_MOST_DEPTH = 12
_FEWEST_BYTES = 8

# Methods whose result is the text that they are called on.
_KEEPS = frozenset(
    {"encode", "decode", "strip", "lstrip", "rstrip", "lower", "upper", "removeprefix", "removesuffix", "copy"}
)
# Functions whose result is their first argument, or holds it.
_WRAPS = frozenset(
    {
        "str", "bytes", "bytearray", "list", "tuple", "set", "frozenset", "sorted", "deque", "b", "u",
        "SecretStr", "SecretBytes", "Secret", "SecureString", "Password", "String", "StringVar", "Var",
        "b64decode", "b64encode", "urlsafe_b64decode", "urlsafe_b64encode", "standard_b64decode", "standard_b64encode",
        "b32decode", "b16decode", "unhexlify", "fromhex", "a2b_hex", "a2b_base64", "decodebytes",
        "quote", "quote_plus", "unquote", "unquote_plus", "to_bytes", "to_text", "to_native", "to_str",
        "force_bytes", "force_str", "smart_str", "smart_bytes", "ensure_str", "ensure_text", "ensure_binary",
        "Field", "field", "Option", "Argument", "Form", "Query", "Header", "Cookie", "PrivateAttr", "literal",
    }
)  # fmt: skip
# Functions that look a name up, and return their second argument where there is none.
LOOKUPS = frozenset(
    {
        "get", "getenv", "pop", "setdefault", "env", "config", "get_env", "getattr", "get_config", "get_setting",
        "get_option", "env_or", "read_env",
    }
)  # fmt: skip
_DEFAULTS = frozenset(
    {
        "default", "fallback", "default_value", "default_var", "default_factory", "server_default", "initial",
        "initial_value", "secret_value", "value",
    }
)  # fmt: skip
LISTS = (ast.List, ast.Tuple, ast.Set)
_PERCENT = re.compile(r"%(.?)", re.DOTALL)
_BRACES = re.compile(r"\{(\d{0,3})\}|\{\{|\}\}|[{}]")
_Reader = Callable[["Values", ast.expr, int], list[Text]]


class Values:
    """Reads the expressions of one module."""

    __slots__ = ("module",)

    def __init__(self, module: Module) -> None:
        self.module = module

    def texts(self, node: ast.expr, depth: int = 0) -> list[Text]:
        """Return the literals that an expression can come to, those of a list each for itself."""
        read = _READERS.get(type(node))
        return read(self, node, depth + 1) if read is not None and depth < _MOST_DEPTH else []

    def all(self, nodes: Iterable[ast.expr], depth: int = 0) -> list[Text]:
        """Return the literals of several expressions."""
        found: list[Text] = []
        for node in nodes:
            found += self.texts(node, depth)
            if len(found) > _MOST_VALUES:
                break
        return found

    def whole(self, node: ast.expr, depth: int = 0) -> Text | None:
        """Return the one text that an expression always is."""
        if isinstance(node, (*LISTS, ast.IfExp, ast.BoolOp)):
            return None
        found = self.texts(node, depth)
        return found[0] if len(found) == 1 else None

    def _constant(self, node: ast.expr, depth: int) -> list[Text]:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
            return []
        if not node.value or len(node.value) > LONGEST_VALUE:
            return []
        text = self.module.text(node)
        if text is None:
            return []
        return [text._replace(value=_printable(node.value)) if isinstance(node.value, bytes) else text]

    def _template(self, node: ast.expr, depth: int) -> list[Text]:
        if not isinstance(node, ast.JoinedStr):
            return []
        parts, whole = self.module.fixed(node)
        return parts if whole else [part for part in parts if LARGE.fullmatch(part.value)]

    def _list(self, node: ast.expr, depth: int) -> list[Text]:
        if not isinstance(node, LISTS):
            return []
        numbers = _bytes_of(node.elts)
        if numbers is None:
            # A list of lists is a table.
            return self.all((each for each in node.elts if not isinstance(each, LISTS)), depth)
        start, end = self.module.span(node.elts[0])[0], self.module.span(node.elts[-1])[1]
        return [Text(start, end, _printable(numbers))]

    def _operator(self, node: ast.expr, depth: int) -> list[Text]:
        if not isinstance(node, ast.BinOp):
            return []
        if isinstance(node.op, ast.Mod):
            return self._percent(node, depth)
        if not isinstance(node.op, ast.Add):
            return []
        operands = terms(node)
        if any(isinstance(each, LISTS) for each in operands):
            return self.all(operands, depth)
        return self._joined([self.whole(each, depth) for each in operands])

    def _joined(self, parts: list[Text | None], separator: str = "") -> list[Text]:
        """Put the neighbours among some parts together; `None` is a part that is computed."""
        groups: list[list[Text]] = [[]]
        for part in parts:
            if part is None:
                groups.append([])
            else:
                groups[-1].append(part)
        found = [
            Text(group[0].start, max(group[0].end, group[-1].end), separator.join(part.value for part in group))
            for group in groups
            if group
        ]
        return found if len(groups) == 1 else [text for text in found if LARGE.fullmatch(text.value)]

    def _percent(self, node: ast.BinOp, depth: int) -> list[Text]:
        """Read `"%s" % "…"` where nothing is computed."""
        form = self.whole(node.left, depth)
        right = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        if form is None or any(match[1] not in ("s", "%") for match in _PERCENT.finditer(form.value)):
            return []
        values = [self.whole(each, depth) for each in right]
        return _filled(form, _PERCENT, values)

    def _either(self, node: ast.expr, depth: int) -> list[Text]:
        if isinstance(node, ast.IfExp):
            return self.all((node.body, node.orelse), depth)
        if isinstance(node, ast.BoolOp):
            return self.all(node.values if isinstance(node.op, ast.Or) else node.values[-1:], depth)
        return []

    def _inner(self, node: ast.expr, depth: int) -> list[Text]:
        if isinstance(node, ast.NamedExpr | ast.Starred):
            return self.texts(node.value, depth)
        return self.texts(node.body, depth) if isinstance(node, ast.Lambda) else []

    def _item(self, node: ast.expr, depth: int) -> list[Text]:
        """Read `{"live": "…", "test": "…"}[mode]`."""
        if not isinstance(node, ast.Subscript):
            return []
        if isinstance(node.value, ast.Dict):
            return self.all(node.value.values, depth)
        return self.texts(node.value, depth) if isinstance(node.value, LISTS) else []

    def _call(self, node: ast.expr, depth: int) -> list[Text]:
        if not isinstance(node, ast.Call):
            return []
        found = self.all((each.value for each in node.keywords if each.arg in _DEFAULTS), depth)
        name = called(node)
        if isinstance(node.func, ast.Attribute):
            found += self._method(node, node.func, depth)
        # `env.str("TOKEN", "…")`, but not `str(b"…", "utf-8")`
        if (name in LOOKUPS or (name == "str" and isinstance(node.func, ast.Attribute))) and len(node.args) > 1:
            found += self.texts(node.args[-1], depth)
        elif name == "cast" and len(node.args) == 2:
            found += self.texts(node.args[1], depth)
        elif name in _WRAPS and node.args and not _is_option(node.args[0]):
            found += self.texts(node.args[0], depth)
        return found

    def _method(self, node: ast.Call, function: ast.Attribute, depth: int) -> list[Text]:
        if function.attr in _KEEPS:
            return self.texts(function.value, depth)
        if function.attr in ("join", "format", "split"):
            form = self.whole(function.value, depth) if isinstance(function.value, ast.Constant) else None
            if function.attr == "join":
                return self._join(node, form.value if form is not None else None, depth)
            if form is not None:
                return self._format(node, form, depth) if function.attr == "format" else self._split(node, form)
        return []

    def _join(self, node: ast.Call, separator: str | None, depth: int) -> list[Text]:
        if separator is None:
            # `"".join`: an empty text is no literal of interest, but joins.
            function = node.func.value if isinstance(node.func, ast.Attribute) else None
            if not isinstance(function, ast.Constant) or function.value not in ("", b""):
                return []
            separator = ""
        if len(node.args) != 1 or not isinstance(node.args[0], ast.List | ast.Tuple):
            return []
        return self._joined([self.whole(each, depth) for each in node.args[0].elts], separator)

    def _format(self, node: ast.Call, form: Text, depth: int) -> list[Text]:
        if node.keywords or any(match[0] in ("{", "}") for match in _BRACES.finditer(form.value)):
            return []
        return _filled(form, _BRACES, [self.whole(each, depth) for each in node.args])

    def _split(self, node: ast.Call, form: Text) -> list[Text]:
        separator = node.args[0] if node.args else None
        if separator is not None and not (isinstance(separator, ast.Constant) and isinstance(separator.value, str)):
            return []
        mark = separator.value if isinstance(separator, ast.Constant) else None
        pattern = re.escape(mark) if isinstance(mark, str) and mark else r"\s+"
        found: list[Text] = []
        at = 0
        for match in [*re.finditer(pattern, form.value)][:_MOST_VALUES]:
            found.append(self.module.part(form, at, match.start()))
            at = match.end()
        return [text for text in (*found, self.module.part(form, at, len(form.value))) if text.value]


_READERS: dict[type[ast.expr], _Reader] = {
    ast.Constant: Values._constant,
    ast.JoinedStr: Values._template,
    ast.List: Values._list,
    ast.Tuple: Values._list,
    ast.Set: Values._list,
    ast.BinOp: Values._operator,
    ast.BoolOp: Values._either,
    ast.IfExp: Values._either,
    ast.NamedExpr: Values._inner,
    ast.Starred: Values._inner,
    ast.Lambda: Values._inner,
    ast.Subscript: Values._item,
    ast.Call: Values._call,
}


def can_hold(node: ast.expr) -> bool:
    """Say whether an expression may hold a literal. Cheap."""
    return type(node) in _READERS


def called(node: ast.Call) -> str:
    """Return the last name of what is called."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def terms(node: ast.BinOp) -> list[ast.expr]:
    """Return the operands of a sum, left to right. It is as deep as it is long."""
    found: list[ast.expr] = []
    here: ast.expr = node
    while isinstance(here, ast.BinOp) and isinstance(here.op, ast.Add):
        found.append(here.right)
        here = here.left
    found.append(here)
    return found[::-1]


def _is_option(node: ast.expr) -> bool:
    """`typer.Option("--password")` names an option, and gives no default."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("-")


def _bytes_of(nodes: list[ast.expr]) -> bytes | None:
    """Return the bytes that a list of numbers spells."""
    if len(nodes) < _FEWEST_BYTES:
        return None
    numbers = [node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is int]
    fits = len(numbers) == len(nodes) <= LONGEST_VALUE and all(0 <= number <= 255 for number in numbers)
    return bytes(numbers) if fits else None


def _printable(value: bytes) -> str:
    """Return bytes as the text that they are, others in hexadecimal."""
    return value.decode("ascii") if value.isascii() and value.decode("ascii").isprintable() else value.hex()


def _filled(form: Text, marks: re.Pattern[str], values: list[Text | None]) -> list[Text]:
    """Return a form with its gaps filled in, `[]` where that is not known."""
    texts = [each.value for each in values if each is not None]
    if len(texts) != len(values) or len(form.value) * max(map(len, texts), default=0) > LONGEST_VALUE * 100:
        return []
    gaps = 0

    def fill(match: re.Match[str]) -> str:
        nonlocal gaps
        if match[0] in ("%%", "{{", "}}"):
            return match[0][0]
        index = int(match[1]) if match[1].isdigit() else gaps
        gaps += 1
        return texts[index]

    try:
        value = marks.sub(fill, form.value)
    except IndexError:
        return []
    ends = [form, *(each for each in values if each is not None)]
    return [Text(min(each.start for each in ends), max(each.end for each in ends), value[:LONGEST_VALUE])]
