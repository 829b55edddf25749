"""Python text -> LibCST statements with the offsets of their nodes.

LibCST's own position provider costs three times the parse. One pass of its code generator that notes where each node
begins and ends costs a quarter of the parse, and gives the same numbers.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType

import libcst as cst
from libcst._nodes.internal import CodegenState

from keylint.readers._pyscan import scan
from keylint.readers._pyslices import ranges, split, wanted
from keylint.readers.interface import Interest

SLICED_ABOVE = 300_000
READ_AT_MOST = 300_000
_RECURSION = 20_000
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Tree:
    """The statements of a module, in order; `spans` are by node identity, so the tree has to be kept alive with them."""

    statements: tuple[cst.CSTNode, ...]
    spans: dict[int, tuple[int, int]]
    comments: tuple[tuple[int, int], ...]
    unread: tuple[ast.stmt, ...] = ()
    """Statements that matter and are too large for LibCST."""


class UnparsableError(Exception):
    """The text is not parsed; the message says where and why and shows none of it."""


class _Mark:
    __slots__ = ("node", "start", "state")

    def __init__(self, state: _Positions, node: cst.CSTNode) -> None:
        self.state = state
        self.node = node

    def __enter__(self) -> None:
        self.start = len(self.state.tokens)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.state.marks.append((self.node, self.start, len(self.state.tokens)))


class _Positions(CodegenState):
    """Generates the code of a tree, and notes which tokens belong to which node."""

    marks: list[tuple[cst.CSTNode, int, int]]

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.marks = []

    def record_syntactic_position(  # type: ignore[override]  # a plain object is a cheaper context than a generator
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Mark:
        return _Mark(self, node)


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let Python frames nest as deep as `_pyscan` lets a tree nest."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def parse(text: str, interest: Interest, starts: Sequence[int]) -> Tree:
    """Parse a module whose lines begin at `starts`. Of a large one only the statements that matter to `interest`.

    Raises `UnparsableError`.
    """
    scanned = scan(text)
    if scanned.problem is not None:
        raise UnparsableError(scanned.problem)
    bom = text.startswith("\ufeff")
    parts = [(int(bom), text[bom:])]
    unread: list[ast.stmt] = []
    if len(text) > SLICED_ABOVE:
        parts, unread = _slices(text, interest, [*starts, len(text)])
    statements: list[cst.CSTNode] = []
    spans: dict[int, tuple[int, int]] = {}
    for offset, part in parts:
        module = _parse(part, text, offset)
        statements.extend(module.body)
        _locate(module, part, offset, spans)
    return Tree(tuple(statements), spans, tuple(scanned.comments), tuple(unread))


def parses(text: str) -> bool:
    """Say whether `text` is a module of its own."""
    if scan(text).problem is not None:
        return False
    try:
        _parse(text, text, 0)
    except UnparsableError:
        return False
    return True


def _parse(part: str, text: str, offset: int) -> cst.Module:
    try:
        return cst.parse_module(part)
    except cst.ParserSyntaxError as error:
        line = _line_of_error(part) or error.raw_line
        raise UnparsableError(f"line {line + text.count(chr(10), 0, offset)}: {_reason(error)}") from None
    except UnicodeEncodeError:
        raise UnparsableError(f"line {_line_of_surrogate(text)}: a lone surrogate is not text") from None
    except (cst.CSTValidationError, cst.CSTLogicError, RecursionError, MemoryError, ValueError) as error:
        raise UnparsableError(f"line 1: not parsed ({type(error).__name__})") from None


def _reason(error: cst.ParserSyntaxError) -> str:
    match = re.search(r"tokenizer error: ([a-z ]+)", error.message)
    return match[1].strip() if match is not None else "invalid syntax"


def _line_of_error(part: str) -> int | None:
    """Return the line as CPython counts it: LibCST's tokenizer does not say where it stopped."""
    try:
        _ast(part)
    except SyntaxError as error:
        return error.lineno
    except (RecursionError, MemoryError, ValueError):
        return None
    return None


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _line_of_surrogate(text: str) -> int:
    match = _SURROGATE.search(text)
    return text.count("\n", 0, match.start() if match is not None else 0) + 1


def _locate(module: cst.Module, text: str, offset: int, spans: dict[int, tuple[int, int]]) -> None:
    state = _Positions(module)
    try:
        module._codegen(state)
    except RecursionError:
        raise UnparsableError("line 1: nested too deeply to parse") from None
    if not text.startswith("".join(state.tokens)):
        raise UnparsableError("line 1: LibCST does not give the text back")
    at = list(accumulate(map(len, state.tokens), initial=offset))
    for node, start, end in state.marks:
        # The last token is taken back where the file does not end in a newline.
        spans[id(node)] = (at[min(start, len(at) - 1)], at[min(end, len(at) - 1)])


def _slices(text: str, interest: Interest, starts: Sequence[int]) -> tuple[list[tuple[int, str]], list[ast.stmt]]:
    bom = text.startswith("\ufeff")
    try:
        tree = _ast(text[bom:])
    except SyntaxError as error:
        raise UnparsableError(f"line {error.lineno or 1}: invalid syntax") from None
    except (RecursionError, MemoryError, ValueError):
        raise UnparsableError("line 1: not parsed") from None
    read, unread = split(wanted(tree, interest), starts, READ_AT_MOST)
    parts: list[tuple[int, str]] = []
    for first, last in ranges(read):
        start = starts[first - 1] + (bom and first == 1)
        parts.append((start, text[start : starts[last]]))
    return parts, unread
