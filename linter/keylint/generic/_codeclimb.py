"""From a literal of a syntax tree upwards, through what leaves it as it is, to what gives it a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tree_sitter import Node

from keylint.generic._binding import (
    AUTH,
    LARGE,
    LOGINS,
    LONGEST_VALUE,
    MOST_CANDIDATES,
    PLAIN_NAME,
    SETTER,
    Contents,
    flat,
    held,
    is_authorization,
)
from keylint.generic._codetree import Source
from keylint.generic._codewords import (
    CONNECTS,
    EQUALS,
    FALLS_BACK,
    KEEPS,
    LOOKUPS,
    NAME_KEYS,
    VALUE_KEYS,
    WRAPS,
    function_name,
    getter,
    last_name,
    place,
    reference,
    takes_pair,
)
from keylint.generic.candidate import Candidate, Form
from keylint.readers.source_languages import Syntax
from keylint.readers.source_names import argument_name, called, lookup, name_of
from keylint.readers.source_nodes import ends
from keylint.readers.source_text import Token, value_of

_PASSES = frozenset(
    {
        "parenthesized_expression", "parenthesized_statements", "as_expression", "satisfies_expression", "non_null_expression",
        "type_assertion", "cast_expression", "type_conversion_expression", "literal_element", "composite_literal",
        "jsx_expression", "await_expression", "argument", "array_element_initializer", "unary_expression",
        "element_value_array_initializer", "match_condition_list", "pattern",
    }
)  # fmt: skip
_LISTS = frozenset({"array", "array_initializer", "literal_value", "string_array", "array_creation_expression"})
_ROWS = frozenset({"expression_list", "right_assignment_list"})
_MAPS = frozenset({"object", "hash", "literal_value", "array_creation_expression"})
_PAIRS = frozenset({"pair", "keyed_element", "array_element_initializer"})
_MEMBERS = frozenset({"member_expression", "selector_expression", "field_access"})
_CALLS = frozenset({"method_invocation", "call", "member_call_expression", "nullsafe_member_call_expression"})
_RETURNS = frozenset({"return_statement", "return", "body_statement"})
_CASES = frozenset(
    {
        "switch_case",
        "expression_case",
        "switch_label",
        "case_statement",
        "when",
        "match_conditional_expression",
        "case_item",
    }
)
_SWITCHES = frozenset(
    {
        "switch_statement",
        "switch_expression",
        "expression_switch_statement",
        "case",
        "match_expression",
        "case_statement",
    }
)
_COMPARISONS = frozenset({"==", "===", "!=", "!==", "eq", "=", "=~"})
_FALLBACKS = frozenset({"||", "??", "?:", "or"})
_ANNOTATION = "@Value"
_VALUE = re.compile(r"\$\{([\w.-]{1,100}):(?!\$)([^{}]+)\}")
_FLAG = re.compile(r"--?([A-Za-z][\w-]{1,80})(=?)")
_QUOTED = re.compile(r"[:\w]?([\"'`]).*\1", re.DOTALL)
_CONSTANT = re.compile(r"(?:\w+(?:\.|::))*([A-Z][A-Z0-9_]+)")

_MOST_STEPS = 60
# Nodes count their children, but have to go through them to find one.
_MOST_ARGUMENTS = 40

_Bound = tuple[str, Form]
_NOTHING: _Bound = ("", Form.BOUND)


def read(source: Source, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    """Return the literals of a file that are bound to a wanted name, those that `holds` says yes to, and the comments."""
    climb = _Climb(source, wanted)
    contents = Contents([], [], [])
    syntax = source.syntax
    sums: set[int] = set()
    for nodes in source.strings():
        node = nodes[-1]
        if node.type in syntax.comments:
            contents.comments.append((node.start_byte, node.end_byte))
            continue
        strings = syntax.strings[node.type]
        written = source.text[node.start_byte : node.end_byte]
        if strings.escapes != "word" and ("\\" in written or holds(written)):
            parts = [part for part in source.parts(node, strings) if part]
            texts = ((part[0][1], part[-1][2], value_of(part)) for part in parts)
            contents.literals.extend(text for text in texts if holds(text[2]))
        if len(contents.bound) < MOST_CANDIDATES:
            contents.bound.extend(_candidates(climb, nodes, sums))
    return contents


def _candidates(climb: _Climb, nodes: list[Node], sums: set[int]) -> Iterator[Candidate]:
    """Yield what the literal at the end of a branch holds, or the sum that it is in; each sum is read once."""
    top = len(nodes) - 1
    while top and nodes[top - 1].id not in sums and climb.source.is_join(nodes[top - 1]):
        top -= 1
        sums.add(nodes[top].id)
    if not top or nodes[top - 1].id not in sums:
        yield from climb.read(nodes, top)


class _Branch:
    """A way up: the nodes from the root, and what has been met."""

    __slots__ = ("at", "fallback", "item", "lists", "nodes", "row", "size")

    def __init__(self, nodes: list[Node], at: int) -> None:
        self.nodes = nodes
        self.at = at
        self.lists = 0
        self.item = self.size = -1
        """Of the innermost list: which item it is, of how many."""
        self.row = 0
        """Which value it is of those on the right of `a, b = …`."""
        self.fallback = ""
        """What it stands in for: `process.env.TOKEN || "…"`."""


class _Climb:
    """Follows the literals of one file."""

    __slots__ = ("_known", "_steps", "_wanted", "source", "text")

    def __init__(self, source: Source, wanted: Callable[[str], bool]) -> None:
        self.source = source
        self.text = source.text
        self._wanted = wanted
        self._known: dict[str, bool] = {}
        self._steps = _steps(source.syntax)

    def wanted(self, name: str) -> bool:
        """Ask whether a name is a credential's, or the Authorization header's."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = bool(name) and (is_authorization(name) or self._wanted(name))
        return known

    def member(self, holder: str, key: str) -> str:
        """Return the name of a mapping whose items are credentials: `apiKeys.stripe`, but not `token.type`."""
        items = holder[:-1] if holder.endswith(("s", "S")) else holder
        return holder if self.wanted(holder) and self.wanted(f"{items}_{key}") else ""

    # The literal

    def read(self, nodes: list[Node], at: int) -> Iterator[Candidate]:
        """Yield what a literal or a sum holds: that at `at` on a branch of the tree."""
        name, form = self.bound(nodes, at)
        if not name:
            return
        node = nodes[at]
        groups = self.groups(node)
        quoted = not self.source.is_shell or self.text[node.start_byte] in "'\"$"
        for group in groups:
            value = value_of(group)
            if not value.strip() or len(value) > LONGEST_VALUE or (len(groups) > 1 and not LARGE.fullmatch(value)):
                continue
            what = self.what(name, form, value)
            if what is not None:
                start, end = place(self.text, group, what[1], what[2])
                yield Candidate(start, end, value[what[1] : what[2]], what[0], what[3], quoted)

    def what(self, name: str, form: Form, value: str) -> tuple[str, int, int, Form] | None:
        """Return what of a value is the credential's."""
        if form is Form.BOUND:
            return held(name, value)
        if form is Form.COMMAND and (flag := _FLAG.match(value)) and flag[2]:
            return name, flag.end(), len(value), form
        if name == _ANNOTATION:
            inner = _VALUE.fullmatch(value)
            return (inner[1], *inner.span(2), form) if inner is not None and self.wanted(inner[1]) else None
        return name, 0, len(value), form

    def groups(self, node: Node) -> list[list[Token]]:
        """Return the fixed parts of a literal or a sum; a single one where nothing is computed."""
        kinds = self.source.syntax.strings
        strings = kinds.get(node.type)
        if strings is not None:
            return self.source.parts(node, strings)
        groups: list[list[Token]] = [[]]
        for operand in self.source.operands(node):
            strings = kinds.get(operand.type)
            if strings is None:
                groups.append([])
                continue
            first, *others = self.source.parts(operand, strings)
            groups[-1] += first
            groups += others
        return groups

    # Upwards. A step returns `None` to go on.

    def bound(self, nodes: list[Node], at: int) -> _Bound:
        """Return the wanted name that a node is bound to, and how."""
        branch = _Branch(nodes, at)
        farthest = max(0, at - _MOST_STEPS)
        while branch.at > farthest:
            child, parent = nodes[branch.at], nodes[branch.at - 1]
            branch.at -= 1
            step = self._steps.get(parent.type)
            if step is None:
                break
            found = step(self, branch, parent, child)
            if found is not None and found[0]:
                return found
            if found is not None:
                break
        return self.named(branch.fallback)

    def named(self, name: str, form: Form = Form.BOUND) -> _Bound:
        """Return a name if it is wanted."""
        return (name, form) if self.wanted(name) else _NOTHING

    def passes(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """The node leaves a value as it is."""
        return None

    def item(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """One of a list's items. A list of lists is a table."""
        if parent.type == "array_creation_expression" and child.type != "array_element_initializer":
            return None  # of Java: `new String[] {…}`
        branch.size = parent.named_child_count
        branch.item = _index(parent, child, 2)
        branch.lists += 1
        return _NOTHING if branch.lists > 1 else None

    def row(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """One of the values on the right of `a, b = …`."""
        branch.row = max(0, _index(parent, child, 9))
        return None

    def binding(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """A name and its value."""
        name, value = ends(parent, self.source.syntax)
        if name is None or value is None or name.end_byte > value.start_byte:
            return None
        if child.start_byte < name.end_byte:
            return _NOTHING  # a key
        target = self.source.slice(self.target(branch, parent, name))
        full = name_of(target) or ""
        owner, last = ("", full) if _QUOTED.fullmatch(target) else full.rpartition(".")[::2]
        if AUTH.fullmatch(last) and branch.lists and branch.size == 2:
            return (last, Form.BASIC) if branch.item == 1 else _NOTHING
        if parent.type in _PAIRS:
            return self.pair(branch, last)
        if self.wanted(last):
            return last, Form.BOUND
        return self.named(self.member(owner.rsplit(".", 1)[-1], last) or branch.fallback)

    def target(self, branch: _Branch, parent: Node, name: Node) -> Node:
        """Return what a value is assigned to, of several the one in its place."""
        targets = name.named_children if name.type in self.source.syntax.lists else []
        if parent.type in ("const_spec", "var_spec"):
            targets = parent.children_by_field_name("name")
        return targets[branch.row] if branch.row < len(targets) else name

    def pair(self, branch: _Branch, name: str) -> _Bound:
        """A pair of a mapping: its key with the path to it, what the mapping is called, or the name beside a `value`."""
        keys, holder = self.owners(branch)
        path = ".".join([*keys[::-1], name])
        if self.wanted(path):
            return path, Form.BOUND
        described = self.described(branch.nodes[branch.at - 1]) if name in VALUE_KEYS and branch.at else ""
        return self.named(described or self.member(keys[0] if keys else holder, name) or branch.fallback)

    def owners(self, branch: _Branch) -> tuple[list[str], str]:
        """Return the keys of the mappings that one is in, innermost first, and what all of it is bound to."""
        keys: list[str] = []
        for node in branch.nodes[max(0, branch.at - 12) : branch.at][::-1]:
            if node.type in self.source.syntax.binds:
                left = ends(node, self.source.syntax)[0]
                if left is None:
                    continue
                name = last_name(self.source.slice(left))
                if node.type not in _PAIRS:
                    return keys, name
                keys.append(name)
            elif (
                node.type not in _MAPS
                and node.type not in _PASSES
                and node.type not in _LISTS
                and node.type not in _ROWS
            ):
                break
        return keys, ""

    def described(self, mapping: Node) -> str:
        """Return the name that stands beside a value: `{name: "password", value: "…"}`."""
        if mapping.named_child_count > _MOST_ARGUMENTS:
            return ""
        for each in mapping.named_children:
            if each.type in _PAIRS:
                key, value = ends(each, self.source.syntax)
                if key is not None and value is not None and last_name(self.source.slice(key)) in NAME_KEYS:
                    return argument_name(self.source.slice(value)) or ""
        return ""

    # Operators

    def operator(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """A comparison, or a fallback."""
        sign = parent.child_by_field_name("operator")
        left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
        if sign is None or left is None or right is None:
            return _NOTHING
        is_right = right.id == child.id
        if sign.type in _COMPARISONS:
            other = left if is_right else right
            return self.named(reference(self.source.slice(other), shell=self.source.is_shell))
        if sign.type in _FALLBACKS and is_right:
            branch.fallback = branch.fallback or self.looked_up(left)
        return None if sign.type in _FALLBACKS or (sign.type in ("&&", "and") and is_right) else _NOTHING

    def looked_up(self, node: Node) -> str:
        """Return what an expression looks up, or is called."""
        source = self.source.slice(node)
        return lookup(source) or reference(source)

    def conditional(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """Both sides of a condition are values; the condition is none."""
        condition = parent.child_by_field_name("condition")
        if condition is None or condition.id == child.id:
            return _NOTHING
        branch.fallback = branch.fallback or (lookup(self.source.slice(condition), compared=True) or "")
        return None

    def expansion(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """`${PASSWORD:-…}` of a shell."""
        variable = self.source.slice(parent.named_children[0])
        return (variable, Form.DEFAULT) if self.wanted(variable) else None

    # Calls

    def argument(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """An argument of a call, or of an annotation."""
        call = branch.nodes[branch.at - 1] if branch.at else parent
        if call.type in _RETURNS:
            return None
        if parent.named_child_count > _MOST_ARGUMENTS:
            return _NOTHING
        before = self.text[max(call.start_byte, parent.start_byte - 200) : parent.start_byte]
        function = function_name(before)
        arguments = [each for each in parent.named_children if not each.type.endswith("comment")]
        index = next((i for i, each in enumerate(arguments) if each.id == child.id), 0)
        branch.at -= 1  # where it goes on, if it does: above the call
        if call.type == "annotation":
            return (_ANNOTATION, Form.DEFAULT) if function == "Value" else _NOTHING
        if index == 0:
            return self.first(branch, before, function, arguments)
        return self.later(branch, function, arguments, index)

    def first(self, branch: _Branch, before: str, function: str, arguments: list[Node]) -> _Bound | None:
        """The first argument: of a setter, a comparison, a wrapper."""
        name = flat(function)
        if name in EQUALS:
            other = (
                self.source.slice(arguments[1])
                if len(arguments) > 1
                else before[: before.rfind(function)].rstrip(".?!->:")
            )
            return self.named(reference(other))
        if name in FALLS_BACK:
            branch.fallback = branch.fallback or lookup(before[: before.rfind(function)].rstrip(".?")) or ""
            return None
        if name in WRAPS:
            return None
        setter = SETTER.match(function)
        if setter is not None:
            return self.named(function[setter.end() :])
        return self.named(called(before).setter or "")

    def later(self, branch: _Branch, function: str, arguments: list[Node], index: int) -> _Bound | None:
        """Another argument: behind the name that it gets, or a user's."""
        name = flat(function)
        if name in LOGINS and index == 1 and len(arguments) == 2:
            return "auth", Form.BASIC
        if name in EQUALS and index == 1:
            return self.named(reference(self.source.slice(arguments[0])))
        if name in CONNECTS and index == 2:
            return self.named("password")
        if takes_pair(function):
            key = self.key(arguments[index - 1])
            if self.wanted(key):
                return key, Form.BOUND
        goes_on = LOOKUPS.fullmatch(name) is not None and index == len(arguments) - 1
        return None if goes_on or (name in WRAPS and name.endswith("of")) else _NOTHING

    def key(self, node: Node) -> str:
        """Return the name that an argument is: a text, a symbol, a constant."""
        source = self.source.slice(node)
        constant = _CONSTANT.fullmatch(source)
        name = constant[1] if constant is not None else argument_name(source) or ""
        return name.lstrip("#.[") if PLAIN_NAME.fullmatch(name) else ""

    def method(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """What a method is called on."""
        above = branch.nodes[branch.at - 1] if branch.at else parent
        call = above if parent.type in _MEMBERS else parent
        arguments = call.child_by_field_name("arguments")
        stop = parent.end_byte if parent.type in _MEMBERS or arguments is None else arguments.start_byte
        name = flat(function_name(self.text[child.end_byte : stop]))
        first = arguments.named_child(0) if arguments is not None and arguments.named_child_count else None
        if name in EQUALS and first is not None:
            return self.named(reference(self.source.slice(first)))
        if name not in KEEPS:
            return _NOTHING
        branch.at -= call.id == above.id
        return None

    def flag(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """`--password …` and `--password=…` of a shell."""
        own = _FLAG.match(self.text, child.start_byte, child.end_byte)
        if own is not None and own[2]:
            return self.named(own[1], Form.COMMAND)
        before = child.prev_named_sibling if parent.named_child_count <= _MOST_ARGUMENTS else None
        flag = _FLAG.fullmatch(self.source.slice(before)) if before is not None else None
        return self.named(flag[1], Form.COMMAND) if flag is not None and not flag[2] else _NOTHING

    # Functions

    def returned(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """What a function returns that is named for it."""
        if parent.type == "body_statement" and child.end_byte < parent.end_byte:
            return _NOTHING
        for at in range(branch.at - 1, 0, -1):
            node = branch.nodes[at]
            if node.type in self.source.syntax.functions:
                name = node.child_by_field_name("name") or node.child_by_field_name("method")
                if name is not None:
                    return self.named(getter(self.source.slice(name)))
                branch.at = at
                return None if node.type in ("arrow_function", "function_expression") else _NOTHING
        return _NOTHING

    def arrow(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """`password => "…"` is no binding; what a function is bound to names what it returns."""
        body = parent.child_by_field_name("body")
        return None if body is not None and body.id == child.id else _NOTHING

    def case(self, branch: _Branch, parent: Node, child: Node) -> _Bound | None:
        """What something is compared with in a switch."""
        for node in branch.nodes[max(0, branch.at - 4) : branch.at][::-1]:
            if node.type in _SWITCHES:
                subject = node.child_by_field_name("value") or node.child_by_field_name("condition")
                if subject is not None:
                    return self.named(reference(self.source.slice(subject), shell=self.source.is_shell))
        return _NOTHING


def _index(parent: Node, child: Node, most: int) -> int:
    """Return which of a node's first named children one is, -1 for a later one."""
    for index in range(min(most, parent.named_child_count)):
        if parent.named_child(index) == child:
            return index
    return -1


_Step = Callable[[_Climb, _Branch, Node, Node], _Bound | None]


def _steps(syntax: Syntax) -> dict[str, _Step]:
    """Return what each kind of node means for the literal below it."""
    steps: dict[str, _Step] = dict.fromkeys(_PASSES, _Climb.passes)
    steps |= dict.fromkeys(_LISTS, _Climb.item)
    steps |= dict.fromkeys(_ROWS, _Climb.row)
    steps |= dict.fromkeys(_MEMBERS | _CALLS, _Climb.method)
    steps |= dict.fromkeys(_RETURNS, _Climb.returned)
    steps |= dict.fromkeys(_CASES, _Climb.case)
    steps |= dict.fromkeys({"binary_expression", *syntax.operators}, _Climb.operator)
    steps |= dict.fromkeys(syntax.conditionals, _Climb.conditional)
    steps |= dict.fromkeys(syntax.arguments, _Climb.argument)
    steps["arrow_function"] = _Climb.arrow
    if syntax.expansion:
        steps[syntax.expansion] = _Climb.expansion
        steps |= dict.fromkeys(syntax.commands, _Climb.flag)
    return steps | dict.fromkeys(syntax.binds, _Climb.binding)
