"""What the calls of a syntax tree say of their arguments, and of what they are called on."""

from __future__ import annotations

import re

from tree_sitter import Node

from keylint.generic._binding import PLAIN_NAME, TYPES_IN, flat
from keylint.generic._codebound import ANNOTATION, NOTHING, Bound
from keylint.generic._codebranch import MOST_ARGUMENTS, Branch, Climb
from keylint.generic._codewords import EQUALS, FALLS_BACK, KEEPS, LOOKUPS, WRAPS, function_name, reference, takes_pair
from keylint.generic.candidate import Form
from keylint.readers.source_names import argument_name, lookup

MEMBERS = frozenset({"member_expression", "selector_expression", "field_access"})
RETURNS = frozenset({"return_statement", "return", "body_statement"})
# `page.getByLabel("Password")`, `driver.findElement(By.id("password"))`
_FIELD = re.compile(r"\(\s*(?:\w+(?:\.\w+)*\(?[,\s]\s*)?[\"'`][#.]?(?P<name>[A-Za-z][\w-]{1,60})[\"'`]\s*\){1,2}\Z")
_CONSTANT = re.compile(r"(?:\w+(?:\.|::))*([A-Z][A-Z0-9_]+)")


def argument(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """An argument of a call, or of an annotation."""
    call = branch.nodes[branch.at - 1] if branch.at else parent
    if call.type in RETURNS:
        return None
    if parent.named_child_count > MOST_ARGUMENTS:
        return NOTHING
    before = climb.text[max(call.start_byte, parent.start_byte - 200) : parent.start_byte]
    function = function_name(before)
    arguments = [each for each in parent.named_children if not each.type.endswith("comment")]
    index = next((i for i, each in enumerate(arguments) if each.id == child.id), 0)
    branch.at -= 1  # where it goes on, if it does: above the call
    if call.type == "annotation":
        return (ANNOTATION, Form.DEFAULT) if function == "Value" else NOTHING
    if index == 0:
        return _first(climb, branch, before, function, arguments)
    return _later(climb, branch, function, arguments, index)


def _first(climb: Climb, branch: Branch, before: str, function: str, arguments: list[Node]) -> Bound | None:
    """The first argument: of a setter, a comparison, a wrapper."""
    name = flat(function)
    if name in EQUALS:
        other = (
            climb.source.slice(arguments[1])
            if len(arguments) > 1
            else before[: before.rfind(function)].rstrip(".?!->:")
        )
        return climb.named(reference(other))
    if name in FALLS_BACK:
        branch.fallback = branch.fallback or lookup(before[: before.rfind(function)].rstrip(".?")) or ""
        return None
    if name in WRAPS:
        return None
    if name in TYPES_IN and len(arguments) == 1:
        field = _FIELD.search(before[: before.rfind(function)].rstrip(".?"))
        return climb.named(field["name"] if field is not None else "")
    return climb.setter(function, before)


def _later(climb: Climb, branch: Branch, function: str, arguments: list[Node], index: int) -> Bound | None:
    """Another argument: behind the name that it gets, or a user's."""
    name = flat(function)
    if name in EQUALS and index == 1:
        return climb.named(reference(climb.source.slice(arguments[0])))
    known = climb.known(function, index, index == len(arguments) - 1)
    if known is not None:
        return known
    if takes_pair(function):
        key = _key(climb, arguments[index - 1])
        if climb.wanted(key):
            return key, Form.BOUND
    goes_on = LOOKUPS.fullmatch(name) is not None and index == len(arguments) - 1
    return None if goes_on or (name in WRAPS and name.endswith("of")) else NOTHING


def _key(climb: Climb, node: Node) -> str:
    """Return the name that an argument is: a text, a symbol, a constant."""
    source = climb.source.slice(node)
    constant = _CONSTANT.fullmatch(source)
    name = constant[1] if constant is not None else argument_name(source) or ""
    return name.lstrip("#.[") if PLAIN_NAME.fullmatch(name) else ""


def method(climb: Climb, branch: Branch, parent: Node, child: Node) -> Bound | None:
    """What a method is called on."""
    above = branch.nodes[branch.at - 1] if branch.at else parent
    call = above if parent.type in MEMBERS else parent
    arguments = call.child_by_field_name("arguments")
    stop = parent.end_byte if parent.type in MEMBERS or arguments is None else arguments.start_byte
    name = flat(function_name(climb.text[child.end_byte : stop]))
    first = arguments.named_child(0) if arguments is not None and arguments.named_child_count else None
    if name in EQUALS and first is not None:
        return climb.named(reference(climb.source.slice(first)))
    if name not in KEEPS:
        return NOTHING
    branch.at -= call.id == above.id
    return None
