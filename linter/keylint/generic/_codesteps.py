"""What the nodes above a literal say of it: bindings, lists and mappings, operators, functions."""

from __future__ import annotations

import re

from tree_sitter import Node

from keylint.generic._binding import AUTH, member
from keylint.generic._codebound import FLAG, NOTHING, Bound
from keylint.generic._codebranch import MOST_ARGUMENTS, Branch, Climb, Step
from keylint.generic._codecalls import MEMBERS, RETURNS, argument, method
from keylint.generic._codewords import NAME_KEYS, VALUE_KEYS, getter, last_name, reference
from keylint.generic.candidate import Form
from keylint.readers.source_languages import Syntax
from keylint.readers.source_names import argument_name, lookup, name_of
from keylint.readers.source_nodes import ends

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
_CALLS = frozenset({"method_invocation", "call", "member_call_expression", "nullsafe_member_call_expression"})
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
_QUOTED = re.compile(r"[:\w]?([\"'`]).*\1", re.DOTALL)


def _passes(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """The node leaves a value as it is."""
    return None


def _item(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """One of a list's items. A list of lists is a table."""
    if parent.type == "array_creation_expression" and child.type != "array_element_initializer":
        return None  # of Java: `new String[] {…}`
    branch.size = parent.named_child_count
    branch.item = _index(parent, child, 2)
    branch.lists += 1
    return NOTHING if branch.lists > 1 else None


def _row(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """One of the values on the right of `a, b = …`."""
    branch.row = max(0, _index(parent, child, 9))
    return None


def _binding(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """A name and its value."""
    name, value = ends(parent, climb.source.syntax)
    if name is None or value is None or name.end_byte > value.start_byte:
        return None
    if child.start_byte < name.end_byte:
        return NOTHING  # a key
    target = climb.source.slice(_target(climb, branch, parent, name))
    full = name_of(target) or ""
    owner, last = ("", full) if _QUOTED.fullmatch(target) else full.rpartition(".")[::2]
    if AUTH.fullmatch(last) and branch.lists and branch.size == 2:
        return (last, Form.BASIC) if branch.item == 1 else NOTHING
    if parent.type in _PAIRS:
        return _pair(climb, branch, last)
    if climb.wanted(last):
        return last, Form.BOUND
    return climb.named(member(owner.rsplit(".", 1)[-1], last, climb.wanted) or branch.fallback)


def _target(climb: Climb, branch: Branch, parent: Node, name: Node) -> Node:
    """Return what a value is assigned to, of several the one in its place."""
    targets = name.named_children if name.type in climb.source.syntax.lists else []
    if parent.type in ("const_spec", "var_spec"):
        targets = parent.children_by_field_name("name")
    return targets[branch.row] if branch.row < len(targets) else name


def _pair(climb: Climb, branch: Branch, name: str) -> Bound:
    """A pair of a mapping: its key with the path to it, what the mapping is called, or the name beside a `value`."""
    keys, holder = _owners(climb, branch)
    path = ".".join([*keys[::-1], name])
    if climb.wanted(path):
        return path, Form.BOUND
    described = _described(climb, branch.nodes[branch.at - 1]) if name in VALUE_KEYS and branch.at else ""
    return climb.named(described or member(keys[0] if keys else holder, name, climb.wanted) or branch.fallback)


def _owners(climb: Climb, branch: Branch) -> tuple[list[str], str]:
    """Return the keys of the mappings that one is in, innermost first, and what all of it is bound to."""
    keys: list[str] = []
    for node in branch.nodes[max(0, branch.at - 12) : branch.at][::-1]:
        if node.type in climb.source.syntax.binds:
            left = ends(node, climb.source.syntax)[0]
            if left is None:
                continue
            name = last_name(climb.source.slice(left))
            if node.type not in _PAIRS:
                return keys, name
            keys.append(name)
        elif node.type not in _MAPS and node.type not in _PASSES and node.type not in _LISTS and node.type not in _ROWS:
            break
    return keys, ""


def _described(climb: Climb, mapping: Node) -> str:
    """Return the name that stands beside a value: `{name: "password", value: "…"}`."""
    if mapping.named_child_count > MOST_ARGUMENTS:
        return ""
    for each in mapping.named_children:
        if each.type in _PAIRS:
            key, value = ends(each, climb.source.syntax)
            if key is not None and value is not None and last_name(climb.source.slice(key)) in NAME_KEYS:
                return argument_name(climb.source.slice(value)) or ""
    return ""


def _operator(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """A comparison, or a fallback."""
    sign = parent.child_by_field_name("operator")
    left, right = parent.child_by_field_name("left"), parent.child_by_field_name("right")
    if sign is None or left is None or right is None:
        return NOTHING
    is_right = right.id == child.id
    if sign.type in _COMPARISONS:
        other = left if is_right else right
        return climb.named(reference(climb.source.slice(other), shell=climb.source.is_shell))
    if sign.type in _FALLBACKS and is_right:
        branch.fallback = branch.fallback or _looked_up(climb, left)
    return None if sign.type in _FALLBACKS or (sign.type in ("&&", "and") and is_right) else NOTHING


def _looked_up(climb: Climb, node: Node) -> str:
    """Return what an expression looks up, or is called."""
    source = climb.source.slice(node)
    return lookup(source) or reference(source)


def _conditional(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """Both sides of a condition are values; the condition is none."""
    condition = parent.child_by_field_name("condition")
    if condition is None or condition.id == child.id:
        return NOTHING
    branch.fallback = branch.fallback or (lookup(climb.source.slice(condition), compared=True) or "")
    return None


def _expansion(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """`${PASSWORD:-…}` of a shell."""
    variable = climb.source.slice(parent.named_children[0])
    return (variable, Form.DEFAULT) if climb.wanted(variable) else None


def _flag(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """`--password …` and `--password=…` of a shell."""
    own = FLAG.match(climb.text, child.start_byte, child.end_byte)
    if own is not None and own[2]:
        return climb.named(own[1], Form.COMMAND)
    before = child.prev_named_sibling if parent.named_child_count <= MOST_ARGUMENTS else None
    flag = FLAG.fullmatch(climb.source.slice(before)) if before is not None else None
    return climb.named(flag[1], Form.COMMAND) if flag is not None and not flag[2] else NOTHING


def _returned(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """What a function returns that is named for it."""
    if parent.type == "body_statement" and child.end_byte < parent.end_byte:
        return NOTHING
    for at in range(branch.at - 1, 0, -1):
        node = branch.nodes[at]
        if node.type in climb.source.syntax.functions:
            name = node.child_by_field_name("name") or node.child_by_field_name("method")
            if name is not None:
                return climb.named(getter(climb.source.slice(name)))
            branch.at = at
            return None if node.type in ("arrow_function", "function_expression") else NOTHING
    return NOTHING


def _arrow(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """`password => "…"` is no binding; what a function is bound to names what it returns."""
    body = parent.child_by_field_name("body")
    return None if body is not None and body.id == child.id else NOTHING


def _case(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """What something is compared with in a switch."""
    for node in branch.nodes[max(0, branch.at - 4) : branch.at][::-1]:
        if node.type in _SWITCHES:
            subject = node.child_by_field_name("value") or node.child_by_field_name("condition")
            if subject is not None:
                return climb.named(reference(climb.source.slice(subject), shell=climb.source.is_shell))
    return NOTHING


def _index(parent: Node, child: Node, most: int) -> int:
    """Return which of a node's first named children one is, -1 for a later one."""
    for index in range(min(most, parent.named_child_count)):
        if parent.named_child(index) == child:
            return index
    return -1


def steps_of(syntax: Syntax) -> dict[str, Step]:
    """Return what each kind of node means for the literal below it."""
    steps: dict[str, Step] = dict.fromkeys(_PASSES, _passes)
    steps |= dict.fromkeys(_LISTS, _item)
    steps |= dict.fromkeys(_ROWS, _row)
    steps |= dict.fromkeys(MEMBERS | _CALLS, method)
    steps |= dict.fromkeys(RETURNS, _returned)
    steps |= dict.fromkeys(_CASES, _case)
    steps |= dict.fromkeys({"binary_expression", *syntax.operators}, _operator)
    steps |= dict.fromkeys(syntax.conditionals, _conditional)
    steps |= dict.fromkeys(syntax.arguments, argument)
    steps["arrow_function"] = _arrow
    if syntax.expansion:
        steps[syntax.expansion] = _expansion
        steps |= dict.fromkeys(syntax.commands, _flag)
    return steps | dict.fromkeys(syntax.binds, _binding)
