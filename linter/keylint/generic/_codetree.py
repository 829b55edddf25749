"""A source file -> its literals with the nodes above them, from tree-sitter's tree, by the tables of the source reader.

Byte offsets are those of characters: the parser is given one byte for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node, Tree

from keylint.readers.interface import SAMPLE_SUFFIX
from keylint.readers.source_languages import Strings, Syntax, syntax_of
from keylint.readers.source_nodes import fixed_parts
from keylint.readers.source_parse import is_deep, parse
from keylint.readers.source_text import Token

MOST_CHARACTERS = 1_000_000
_GRAMMARS = re.compile(
    r".+\.(?:[cm]?[jt]sx?|go|java|rb|rake|gemspec|php|phtml|sh|bash|zsh|ksh)|Gemfile|Rakefile"
    r"|\.(?:bash|zsh)(?:rc|env|_profile|_login|_logout)|\.profile",
    re.IGNORECASE,
)
_LONGEST_SLICE = 400


class Source:
    """The tree of a file, and what its table says of it."""

    __slots__ = ("is_shell", "syntax", "text", "tree")

    def __init__(self, text: str, tree: Tree, syntax: Syntax) -> None:
        self.text = text
        self.tree = tree
        self.syntax = syntax
        self.is_shell = bool(syntax.expansion)

    def strings(self) -> Iterator[list[Node]]:
        """Yield each literal behind the nodes above it, and each comment, in the order of the text: always the same list."""
        syntax = self.syntax
        cursor = self.tree.root_node.walk()
        above: list[Node] = []
        while True:
            node = cursor.node
            kind = node.type if node is not None else ""
            if node is not None and kind not in syntax.unread and kind not in syntax.types:
                is_comment = kind in syntax.comments
                above.append(node)
                if is_comment or kind in syntax.strings:
                    yield above
                if not is_comment and cursor.goto_first_child():
                    continue
                above.pop()
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                above.pop()

    def slice(self, node: Node) -> str:
        """Return the source of a node, of a long one the end."""
        return self.text[max(node.start_byte, node.end_byte - _LONGEST_SLICE) : node.end_byte]

    def parts(self, node: Node, strings: Strings) -> list[list[Token]]:
        """Return the fixed parts of a literal: one, unless something is computed in it."""
        return fixed_parts(self.text, node, strings, self.syntax)

    def is_join(self, node: Node) -> bool:
        """Say whether a node puts texts together."""
        if node.type in self.syntax.adjacent:
            return True
        sign = node.child_by_field_name("operator") if node.type in self.syntax.operators else None
        return sign is not None and sign.type in self.syntax.joins

    def operands(self, node: Node) -> list[Node]:
        """Return the terms of a sum, left to right. It is as deep as it is long."""
        if node.type in self.syntax.adjacent:
            return node.named_children
        found: list[Node] = []
        here: Node | None = node
        while here is not None and self.is_join(here):
            right = here.child_by_field_name("right")
            if right is None:
                break
            found.append(right)
            here = here.child_by_field_name("left")
        return [*([here] if here is not None else []), *found[::-1]]


def source(text: str, path: str) -> Source | None:
    """Parse a file; `None` for what is too large, nested too deeply, or not of the language of its name."""
    if len(text) > MOST_CHARACTERS or is_deep(text):
        return None
    syntax = syntax_of(path)
    tree = parse(text, syntax)
    return None if tree is None or tree.root_node.is_error else Source(text, tree, syntax)


def has_grammar(path: str) -> bool:
    """Say whether the language of a file's name has a grammar here."""
    name = SAMPLE_SUFFIX.sub("", path.rsplit("/", 1)[-1])
    return _GRAMMARS.fullmatch(name) is not None
