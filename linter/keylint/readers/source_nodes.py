"""What the tables say of one node of a syntax tree: the fixed parts of a literal, and the two ends of a binding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keylint.readers.source_text import Token, quotes, tokens

if TYPE_CHECKING:
    from tree_sitter import Node

    from keylint.readers.source_languages import Strings, Syntax


def fixed_parts(text: str, node: Node, strings: Strings, syntax: Syntax) -> list[list[Token]]:
    """Return the fixed parts of a literal: one, unless something is computed in it."""
    raw = text[node.start_byte : node.end_byte]
    prefix = 1 if raw[:1] in ("$", "b", "B") and raw[1:2] in ("'", '"') else 0
    escapes = strings.escapes
    opening, closing = quotes(raw, prefix)
    if raw[:1] == "%" and node.child_count:
        first = node.children[0]
        opening, closing = first.end_byte - first.start_byte, 1
    if raw[:1] == "'" and escapes == "c" and syntax.module == "tree_sitter_ruby":
        escapes = "single"
    start, end = node.start_byte + opening, node.end_byte - closing
    if not any(mark in raw for mark in strings.marks):
        return [list(tokens(text, start, end, escapes))]
    parts: list[list[Token]] = []
    for child in node.named_children:
        if _is_computed(child):
            parts.append(list(tokens(text, start, child.start_byte, escapes)))
            start = child.end_byte
    return [*parts, list(tokens(text, start, end, escapes))]


def ends(node: Node, syntax: Syntax) -> tuple[Node | None, Node | None]:
    """Return the nodes of name and value of a node that binds."""
    binds = syntax.binds[node.type]
    if binds.name and binds.value:
        return node.child_by_field_name(binds.name), node.child_by_field_name(binds.value)
    children = node.named_children
    if binds.name:
        return node.child_by_field_name(binds.name), children[-1] if children else None
    return (children[0], children[-1]) if len(children) > 1 else (None, None)


def _is_computed(node: Node) -> bool:
    """Say whether a part of a string is filled in when the program runs."""
    return not node.type.endswith(("_fragment", "_content", "escape_sequence"))
