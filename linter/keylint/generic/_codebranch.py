"""From a literal of a syntax tree upwards, through what leaves it as it is, to what gives it a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tree_sitter import Node

from keylint.generic._codebound import Bound, Names
from keylint.generic._codetree import Source
from keylint.generic.candidate import Candidate
from keylint.readers.source_text import Token

MOST_ARGUMENTS = 40
"""Nodes count their children, but have to go through them to find one."""
_MOST_STEPS = 60


class Branch:
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


class Climb(Names):
    """Follows the literals of one file."""

    __slots__ = ("_steps", "source")

    def __init__(self, source: Source, wanted: Callable[[str], bool], steps: Mapping[str, Step]) -> None:
        super().__init__(source.text, wanted)
        self.source = source
        self._steps = steps

    def read(self, nodes: list[Node], at: int) -> Iterator[Candidate]:
        """Yield what a literal or a sum holds: that at `at` on a branch of the tree."""
        bound = self.bound(nodes, at)
        if bound[0]:
            groups = self.groups(nodes[at])
            quoted = not self.source.is_shell or self.text[nodes[at].start_byte] in "'\"$"
            yield from self.taken(bound, groups, whole=len(groups) == 1, quoted=quoted)

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

    def bound(self, nodes: list[Node], at: int) -> Bound:
        """Return the wanted name that a node is bound to, and how."""
        branch = Branch(nodes, at)
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


Step = Callable[[Climb, Branch, Node, Node], Bound | None]
"""What a kind of node means for the literal below it: given node and child, `None` to go on."""
