"""TOML, from the syntax tree of tree-sitter: every value with its exact place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import tree_sitter_toml
from tree_sitter import Language, Node, Parser, Tree

from keylint.model import Channel, FileFacts, Role
from keylint.readers import variable
from keylint.readers.collect import MAX_DEPTH, Collector, Spelling, branch_environment, plain, spelled
from keylint.readers.interface import Interest
from keylint.readers.offsets import Offsets

_LANGUAGE = Language(tree_sitter_toml.language())

_BASIC = re.compile(
    r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[ \t]*\r?\n[ \t\r\n]*|\\.|\r\n|[^\\\r]+|[\\\r]"
)
_LITERAL = re.compile(r"\r\n|[^\r]+|\r")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}
# A syntax tree takes 300 times its text where the text is no TOML.
_MOST_BYTES = 2_000_000
_SCALARS = frozenset({"string", "integer", "float"})
_KEYS = frozenset({"bare_key", "quoted_key"})


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a TOML file."""
    data = text.encode("utf-8", "replace")
    if len(data) > _MOST_BYTES:
        return FileFacts(path, problem="larger than 2 MB: matched as text")
    tree = Parser(_LANGUAGE).parse(data)
    collect = Collector(text, path, interest, Channel.TOML, environment)
    if tree.root_node.has_error:
        return FileFacts(path, problem=f"line {_first_error(tree)}: not valid TOML")
    walk = _Walk(collect, Offsets(text, data))
    if not walk.run(tree):
        return FileFacts(path, problem=f"nested deeper than {MAX_DEPTH}")
    return FileFacts(path, definitions=tuple(collect.definitions), env=variable.started(collect))


class _Part:
    """One element of the path at hand: a key, or an index (then `name` is `None`)."""

    __slots__ = ("label", "name")

    def __init__(self, label: str, name: str | None = None) -> None:
        self.label = label
        self.name = name


class _Open:
    """A node that is being read: its type, how long the path was before it, and the elements of an array so far."""

    __slots__ = ("count", "kind", "mark")

    def __init__(self, kind: str, mark: int) -> None:
        self.kind = kind
        self.mark = mark
        self.count = 0


class _Walk:
    def __init__(self, collect: Collector, offsets: Offsets) -> None:
        self.collect = collect
        self.offsets = offsets
        self.path: list[_Part] = []
        self.opened: list[_Open] = []
        self.tables: Counter[str] = Counter()

    def run(self, tree: Tree) -> bool:
        """Walk the tree in the order of the file; `False` when it is nested too deep."""
        cursor = tree.walk()
        while True:
            node = cursor.node
            if node is None:
                return True
            inside = self.enter(node)
            if len(self.opened) > MAX_DEPTH:
                return False
            if inside and cursor.goto_first_child():
                continue
            if inside:
                self.leave()
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return True
                self.leave()

    def enter(self, node: Node) -> bool:
        """Read a node; `True` when its children are to be read."""
        kind = node.type
        if kind in _KEYS:
            self.key(node, kind == "quoted_key")
            return False
        if kind == "comment":
            self.collect.free(*self.span(node), Role.COMMENT)
            return False
        if kind == "]]" and self.opened[-1].kind == "table_array_element":
            table = self.label()
            self.path.append(_Part(f"[{self.tables[table]}]"))
            self.tables[table] += 1
        if not node.is_named:
            return False
        if self.opened and self.opened[-1].kind == "array":
            array = self.opened[-1]
            self.path[array.mark :] = [_Part(f"[{array.count}]")]
            array.count += 1
        if kind in _SCALARS:
            self.value(node)
            return False
        self.opened.append(_Open(kind, len(self.path)))
        return True

    def leave(self) -> None:
        if self.opened:
            closed = self.opened.pop()
            # The key of a table is a node of its own, and the path has to outlive it.
            if closed.kind != "dotted_key":
                del self.path[closed.mark :]

    def span(self, node: Node) -> tuple[int, int]:
        return self.offsets.character(node.start_byte), self.offsets.character(node.end_byte)

    def label(self) -> str:
        label = ""
        for part in self.path:
            label += part.label if part.name is None or not label else f".{part.label}"
        return label

    def key(self, node: Node, quoted: bool) -> None:
        raw = (node.text or b"").decode()
        if not quoted:
            self.path.append(_Part(self.collect.key(raw, lambda: plain(*self.span(node))), raw))
            return
        name = "".join(meaning for meaning, _, _ in _tokens(raw))
        self.path.append(_Part(self.collect.key(name, lambda: self.spell(node, raw, name)), name))

    def value(self, node: Node) -> None:
        raw = (node.text or b"").decode()
        value = raw if node.type != "string" else "".join(meaning for meaning, _, _ in _tokens(raw))
        self.collect.value(
            next((part.name for part in reversed(self.path) if part.name is not None), None),
            value,
            lambda: self.spell(node, raw, value),
            self.label,
            environment=self.environment(),
            env=self.variable(),
        )

    def environment(self) -> str | None:
        """Return the environment of a branch: `[production]`, `[context.production.environment]`, `[env.staging]`."""
        names = [part.name for part in self.path[:-1]]
        at = 1 if names[:1] in (["context"], ["env"]) and len(names) > 1 else 0
        return branch_environment(names[at]) if names else None

    def variable(self) -> str | None:
        """Return the variable that a value sets: Streamlit exports its top-level secrets, other tools have `[env]`."""
        depth, top = len(self.path), self.path[0].name if self.path else None
        if depth == 1 and self.collect.path.endswith(".streamlit/secrets.toml"):
            return top
        name = self.path[-1].name
        is_variable = (depth == 2 and top == "env") or (
            depth in (2, 3, 4) and self.path[-2].name in ("environment", "vars")
        )
        return name if is_variable and name is not None and name.isupper() else None

    def spell(self, node: Node, raw: str, value: str) -> Spelling:
        start = self.offsets.character(node.start_byte)
        if node.type not in ("string", "quoted_key"):
            return plain(start, start + len(raw))
        opening, closing = _quotes(raw)
        tokens = ((meaning, start + left, start + right) for meaning, left, right in _tokens(raw))
        return spelled(value, start + opening, start + len(raw) - closing, tokens)


def _quotes(raw: str) -> tuple[int, int]:
    """Return how many characters of a string literal are its opening and closing quotes."""
    size = 3 if len(raw) >= 6 and raw.startswith(('"""', "'''")) else 1
    if size == 1:
        return 1, 1
    return size + (2 if raw.startswith("\r\n", 3) else raw.startswith("\n", 3)), size


def _tokens(raw: str) -> Iterator[tuple[str, int, int]]:
    """Yield the parts of a string literal (meaning, start, end)."""
    opening, closing = _quotes(raw)
    pattern = _BASIC if raw[0] == '"' else _LITERAL
    for match in pattern.finditer(raw, opening, len(raw) - closing):
        yield _meaning(match[0], raw[0] == '"'), match.start(), match.end()


def _meaning(token: str, escapes: bool) -> str:
    if token == "\r\n":
        return "\n"  # as tomllib reads it
    if not escapes or token[0] != "\\" or len(token) == 1:
        return token
    if token[1] in "uUx" and len(token) > 2:
        digits = token[2:]
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else token
    return "" if token[1] in " \t\r\n" else _ESCAPES.get(token[1], token[1])


def _first_error(tree: Tree) -> int:
    """Return the 1-based line of the first error; only subtrees with an error are looked at."""
    cursor = tree.walk()
    while True:
        node = cursor.node
        if node is None or node.is_error or node.is_missing:
            return node.start_point.row + 1 if node else 1
        if node.has_error and cursor.goto_first_child():
            continue
        if not cursor.goto_next_sibling():
            return node.start_point.row + 1
