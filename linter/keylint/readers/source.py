"""JavaScript, TypeScript, Go, Java, Ruby, PHP and shell, from the syntax trees of tree-sitter.

Literals that are bound to a name become definitions under that name. The rest of a file is searched as text.
"""

from __future__ import annotations

from typing import Protocol

from tree_sitter import Node

from keylint.model import Channel, FileFacts, Role
from keylint.readers import command, shell
from keylint.readers.collect import Collector
from keylint.readers.interface import Interest
from keylint.readers.source_languages import Strings, Syntax, syntax_of
from keylint.readers.source_names import argument_name, called, lookup, mentioned, name_of, shows, variable_of
from keylint.readers.source_nodes import ends, fixed_parts
from keylint.readers.source_parse import MOST_OPEN, is_deep, parse
from keylint.readers.source_text import Token, spelling_of, value_of
from keylint.readers.text import search

# A tree takes a hundred times its text, and bundles are made by programs.
MOST_CHARACTERS = 1_000_000
_SHORTEST = 4
_VERBATIM = Strings("raw")
_LONGEST_PATH = 200
_LONGEST_CALLEE = 200
_LONGEST_SLICE = 400
_ITEMS = frozenset({"subscript_expression", "index_expression", "element_reference"})
_COMPARISONS = frozenset({"==", "===", "!=", "!==", "eq", "="})
_FALLBACKS = frozenset({"||", "??", "?:", "or"})
_SETS_MISSING = frozenset({"||=", "??="})


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a source file. Broken syntax is read as far as it can be."""
    if len(text) > MOST_CHARACTERS:
        return FileFacts(path, problem=f"larger than {MOST_CHARACTERS // 1_000_000} MB: matched as text")
    if is_deep(text):
        return FileFacts(path, problem=f"nested deeper than {MOST_OPEN}: matched as text")
    syntax = syntax_of(path)
    tree = parse(text, syntax)
    if tree is None:
        return FileFacts(path, problem="takes too long to parse: matched as text")
    if tree.root_node.is_error:
        return FileFacts(path, problem="not of the language of its name: matched as text")
    collect = Collector(text, path, interest, Channel.SOURCE, environment)
    walk = _Walk(collect, syntax)
    walk.run(tree.root_node)
    walk.rest()
    definitions = tuple(collect.definitions)
    if not syntax.expansion:
        return FileFacts(path, definitions=definitions)
    collect.text = text
    script = shell.read(collect, text, None, "script")
    named = command.env_files(text)
    return FileFacts(
        path,
        definitions=definitions,
        env=tuple(script.env),
        env_files=tuple(dict.fromkeys([*named.all, *(file for w in script.workloads for file, _ in w.env_files)])),
        raw_env_files=named.raw,
        shell_env=shell.sourced(collect),
        workloads=tuple(script.workloads),
    )


class _Scope:
    """What a value is bound to. `path` is the name with what it belongs to."""

    __slots__ = ("env", "name", "path", "role")

    def __init__(
        self, name: str | None = None, path: str = "", role: Role | None = None, env: str | None = None
    ) -> None:
        self.name = name
        self.path = path
        self.role = role
        self.env = env

    def child(self, node: Node, field: str | None) -> _Scope | None:
        """Return what a child of a node is bound to; `None` when it is not to be read."""
        return self

    def below(self, name: str, role: Role | None = None) -> _Scope:
        """Return the scope of a named value inside this one."""
        owner = self.path if len(self.path) < _LONGEST_PATH else ""
        return _Scope(name.rsplit(".", 1)[-1], f"{owner}.{name}" if owner else name, role, variable_of(name))

    def unnamed(self) -> _Scope:
        """Return the scope of what belongs to this one, but is not its value."""
        return _Scope(None, self.path)


_NOWHERE = _Scope()
_SHOWN = _Scope(role=Role.COMMENT)
"""That of a text for people: a message, the output of a script."""


class _Inside(Protocol):
    """A node whose children are being read."""

    def child(self, node: Node, field: str | None) -> _Scope | None:
        """Return what a child is bound to; `None` when it is not to be read."""
        ...


class _Fields:
    """A node with fields that are bound differently."""

    __slots__ = ("fields", "outer")

    def __init__(self, outer: _Scope, fields: dict[str, _Scope | None]) -> None:
        self.outer = outer
        self.fields = fields

    def child(self, node: Node, field: str | None) -> _Scope | None:
        return self.fields.get(field or "", self.outer)


class _Last:
    """A node whose name ends at `end` and whose value begins at `start`. The search reads the name."""

    __slots__ = ("end", "scope", "start")

    def __init__(self, scope: _Scope, end: int, start: int) -> None:
        self.scope = scope
        self.end = end
        self.start = start

    def child(self, node: Node, field: str | None) -> _Scope | None:
        if node.start_byte >= self.start:
            return self.scope
        return _NOWHERE if node.start_byte >= self.end else None


class _Row(_Scope):
    """A list of values that each have a name of their own. A scope, since it is the list's own node that gets it."""

    __slots__ = ("index", "scopes")

    def __init__(self, scopes: list[_Scope]) -> None:
        super().__init__()
        self.scopes = scopes
        self.index = 0

    def child(self, node: Node, field: str | None) -> _Scope | None:
        if node.is_named:
            self.index += 1
        return self.scopes[self.index - 1] if 0 < self.index <= len(self.scopes) else _NOWHERE


class _Arguments:
    """The arguments of a call: a literal goes by the call's name if that says so, or by the name in front of it."""

    __slots__ = ("callee", "first", "index", "outer", "start", "walk")

    def __init__(self, outer: _Scope, start: int, end: int, walk: _Walk) -> None:
        self.outer = outer
        self.start = max(start, end - _LONGEST_CALLEE)
        self.callee = called(walk.text[self.start : end])
        self.walk = walk
        self.index = 0
        self.first: str | None = None

    def child(self, node: Node, field: str | None) -> _Scope | None:
        plain = self.outer.unnamed()
        if not node.is_named or node.type.endswith("comment"):
            return plain
        self.index += 1
        if self.index == 1:
            self.first = self.walk.argument_name(node)
            if self.callee.setter is not None:
                return plain.below(self.callee.setter)
        elif self.index == 2 and self.first is not None and self.walk.is_text(node):
            return _Scope(self.first, self.first, self.callee.role, self.first if self.callee.sets else None)
        if self.callee.shows:
            return _SHOWN
        if not self.callee.passes:
            return plain
        read = mentioned(self.walk.text[self.start : node.start_byte]) if self.callee.falls_back else None
        return _Scope(read, read, Role.DEFAULT) if read else self.outer


class _Walk:
    """One pass over a tree, in the order of the file. Nothing recurses: depth costs as much as length."""

    def __init__(self, collect: Collector, syntax: Syntax) -> None:
        self.collect = collect
        self.text = collect.text
        self.syntax = syntax
        self.starts = [0]
        """Where the nodes begin that are being read."""
        self.done: list[tuple[int, int]] = []
        """Spans that are read; the rest is searched as text."""
        self.folded: set[int] = set()
        """Where strings begin that are read as a part of a sum."""
        self.sums: set[int] = set()
        """Where sums begin that are read."""

    def run(self, root: Node) -> None:
        """Walk the tree."""
        cursor = root.walk()
        inside: list[_Inside] = [_NOWHERE]
        starts = self.starts
        while True:
            node = cursor.node
            scope = inside[-1].child(node, cursor.field_name) if node is not None else None
            inner = self.enter(node, scope) if node is not None and scope is not None else None
            if inner is not None and cursor.goto_first_child():
                inside.append(inner)
                starts.append(node.start_byte if node is not None else 0)
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                inside.pop()
                starts.pop()

    def enter(self, node: Node, scope: _Scope) -> _Inside | None:
        """Read a node; return what its children are bound to, `None` when they are not to be read."""
        kind, syntax = node.type, self.syntax
        if not node.is_named or kind in syntax.unread:
            return None
        if kind in syntax.types:
            self.done.append((node.start_byte, node.end_byte))
            return None
        if kind in syntax.commands:
            name = node.child_by_field_name("name")
            return _SHOWN if name is not None and shows(self.slice(name)) else _NOWHERE
        if kind in syntax.comments:
            self.prose(node.start_byte, node.end_byte)
            return None
        strings = syntax.strings.get(kind)
        if strings is not None:
            return self.string(node, strings, scope)
        binds = syntax.binds.get(kind)
        if binds is not None:
            return self.binding(node, scope)
        if kind in syntax.operators:
            return self.operator(node, scope)
        if kind in syntax.adjacent:
            self.sum(node.named_children, scope)
            return scope
        return self.structure(node, kind, scope)

    def structure(self, node: Node, kind: str, scope: _Scope) -> _Inside:
        """Enter what is neither a value nor its name."""
        syntax = self.syntax
        if kind in syntax.arguments:
            return _Arguments(scope, self.starts[-1], node.start_byte, self)
        if kind in syntax.functions:
            # `ENV.fetch("TOKEN") { "…" }`
            read = lookup(self.text[max(0, node.start_byte - _LONGEST_CALLEE) : node.start_byte])
            return _Scope(read, read, Role.DEFAULT) if read else _NOWHERE
        if kind in syntax.classes:
            name = node.child_by_field_name("name")
            return _Scope(None, scope.below(self.slice(name)).path if name is not None else scope.path)
        if kind in _ITEMS:
            return scope.unnamed()
        if kind in syntax.conditionals:
            return self.conditional(node, scope)
        if kind == syntax.expansion:
            variable = self.slice(node.named_children[0]) if node.named_child_count > 1 else ""
            return _Scope(variable, variable, Role.DEFAULT, variable) if variable else scope
        return scope

    def prose(self, start: int, end: int) -> None:
        """Search a text for people."""
        self.collect.free(start, end, Role.COMMENT)
        self.done.append((start, end))

    def slice(self, node: Node) -> str:
        """Return the source of a node, of a long one the end."""
        return self.text[max(node.start_byte, node.end_byte - _LONGEST_SLICE) : node.end_byte]

    def is_text(self, node: Node) -> bool:
        """Say whether an argument is a literal, or a sum."""
        if node.type == "argument" and node.named_child_count:
            node = node.named_children[-1]
        return node.type in self.syntax.strings or node.type in self.syntax.operators

    def argument_name(self, node: Node) -> str | None:
        """Return the name that an argument is; a key is none."""
        name = argument_name(self.slice(node)) if node.end_byte - node.start_byte < _LONGEST_PATH else None
        return name if name and not self.collect.interest.spans(None, name) else None

    # Bindings

    def binding(self, node: Node, scope: _Scope) -> _Inside:
        """Return the scope of a node that gives its value a name."""
        binds = self.syntax.binds[node.type]
        name, value = ends(node, self.syntax)
        if name is None or value is None or name.end_byte > value.start_byte:
            return scope
        names = [name_of(self.slice(part)) for part in self.targets(node, name)]
        if value.type in self.syntax.lists:
            row = _Row([scope.below(each) if each else scope.unnamed() for each in names])
            return _Fields(scope, {binds.name: None, binds.value: row})
        if names[0] is None:
            # A pattern, or a computed name: there may be values in it.
            return scope.unnamed()
        inner = scope.below(names[0], Role.DEFAULT if binds.default else None)
        if inner.env and self.text[name.end_byte : value.start_byte].strip() in _SETS_MISSING:
            inner.role = Role.DEFAULT
        if self.syntax.expansion:
            inner.env = names[0]  # a shell's variables are its environment's
        return _Last(inner, name.end_byte, value.start_byte)

    def targets(self, node: Node, name: Node) -> list[Node]:
        """Return what stands before the sign of an assignment."""
        if name.type in self.syntax.lists:
            return name.named_children
        return node.children_by_field_name("name") if node.type in ("const_spec", "var_spec") else [name]

    def conditional(self, node: Node, scope: _Scope) -> _Inside:
        """The condition is no value; what stands for a missing variable is a default."""
        condition = node.child_by_field_name("condition")
        read = lookup(self.slice(condition), compared=True) if condition is not None else None
        inner = _Scope(read, read, Role.DEFAULT) if read else scope
        return _Fields(inner, {"condition": scope.unnamed()})

    def operator(self, node: Node, scope: _Scope) -> _Inside:
        """Read a sum, a comparison, or a fallback."""
        sign = node.child_by_field_name("operator")
        left = node.child_by_field_name("left")
        if sign is None or left is None:
            return scope
        kind = sign.type
        if kind in self.syntax.joins:
            if node.start_byte not in self.sums:
                self.sum(self.operands(node), scope)
            return scope
        if kind in _FALLBACKS:
            read = lookup(self.text[max(left.start_byte, left.end_byte - 200) : left.end_byte])
            return _Fields(scope, {"right": _Scope(read, read, Role.DEFAULT)}) if read else scope
        if kind in _COMPARISONS:
            name = name_of(self.slice(left)) if left.type not in self.syntax.strings else None
            return _Fields(scope, {"right": _Scope(name.rsplit(".", 1)[-1], name) if name else scope.unnamed()})
        return scope

    # Text

    def string(self, node: Node, strings: Strings, scope: _Scope) -> _Inside | None:
        """Read a string; only what is computed inside it is looked at further."""
        parts = fixed_parts(self.text, node, strings, self.syntax)
        if node.start_byte not in self.folded:
            if len(parts) == 1:
                self.value(parts[0], scope)
            else:
                for part in parts:
                    self.value(part, scope if scope is _SHOWN else _NOWHERE)
        return _NOWHERE if len(parts) > 1 else None

    def operands(self, node: Node) -> list[Node]:
        """Return the terms of a sum, left to right."""
        found: list[Node] = []
        here: Node | None = node
        while here is not None and here.type in self.syntax.operators:
            sign, right = here.child_by_field_name("operator"), here.child_by_field_name("right")
            if sign is None or sign.type not in self.syntax.joins or right is None:
                break
            found.append(right)
            self.sums.add(here.start_byte)
            here = here.child_by_field_name("left")
        if here is not None:
            found.append(here)
        return found[::-1]

    def sum(self, operands: list[Node], scope: _Scope) -> None:
        """Read neighbouring literals as one. Beside something computed they are parts, and go by no name."""
        groups: list[list[Token]] = [[]]
        for operand in operands:
            strings = self.syntax.strings.get(operand.type)
            if operand.type == "variable_name" and self.syntax.expansion:
                strings = _VERBATIM  # the `sk` of `${KEY:-sk-…}`
            if strings is None:
                groups.append([])
                continue
            self.folded.add(operand.start_byte)
            first, *others = fixed_parts(self.text, operand, strings, self.syntax)
            groups[-1] += first
            groups += others
        whole = len(groups) == 1
        for group in groups:
            self.value(group, scope if whole or scope is _SHOWN else _NOWHERE)

    def value(self, parts: list[Token], scope: _Scope) -> None:
        """Gather what is of interest in a literal. One without a name is left to the search, if it is spelled as it is."""
        value = value_of(parts)
        if len(value) < _SHORTEST:
            return
        start, end = parts[0][1], parts[-1][2]
        if scope is _SHOWN and self.text[start:end] == value:
            self.prose(start, end)
            return
        if scope.name is None:
            # A flag's name stands in front of its value: `--api-key="…"`.
            if self.text[start:end] == value or value.startswith("--"):
                return
            spelling = spelling_of(parts)
            for found in self.collect.interest.spans(None, value):
                self.collect.definitions.append(self.collect.define(value, spelling, found))
        else:
            self.collect.value(
                scope.name, value, lambda: spelling_of(parts), lambda: scope.path, role=scope.role, env=scope.env
            )
        self.done += [(left, right) for _, left, right in parts]

    def rest(self) -> None:
        """Search what was not read: names are those directly in front."""
        pieces: list[str] = []
        at = 0
        for start, end in sorted(self.done):
            if start >= at:
                pieces += (self.text[at:start], "\n" * (end - start))  # no expression goes on over the end of a line
                at = end
        _ = self.collect.lines  # counted before
        self.collect.text = "".join(pieces) + self.text[at:]
        search(self.collect)
