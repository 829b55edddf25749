"""What a Python module binds to the name of a credential, from the standard library's tree.

A literal counts where it is *bound*: assigned, passed by keyword, paired in a mapping, given as a default, compared with,
returned from what is named so. That it stands on the same line is no reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from keylint.generic import _codeguess
from keylint.generic._binding import Contents
from keylint.generic._codescan import dialect_of
from keylint.generic._pybind import Binder
from keylint.generic._pymodule import Module, Text, parse
from keylint.generic._pywalk import Literal, walk
from keylint.readers._pyscan import scan

_NO_TREE = "module.py"
# Strings, to know what is none of them. Those of a module that has been parsed are closed.
_COMMENT = re.compile(
    r"\"{3}[^\\\"]*+(?:(?:\\.|\"(?!\"{2}))[^\\\"]*+)*+\"{3}|'{3}[^\\']*+(?:(?:\\.|'(?!'{2}))[^\\']*+)*+'{3}"
    r"|\"[^\\\"\r\n]*+(?:\\.[^\\\"\r\n]*+)*+\"|'[^\\'\r\n]*+(?:\\.[^\\'\r\n]*+)*+'|\#(?P<comment>[^\r\n]*)",
    re.DOTALL,
)


def read(text: str, wanted: Callable[[str], bool], holds: Callable[[str], bool]) -> Contents:
    """Return what a module binds to wanted names, its literals (docstrings, too) that `holds` says yes to, and its comments.

    `wanted` is asked about names as they are written: `api_key`, `apiKey`, `--password` without its dashes, and in nested
    mappings with the path (`db.password`). What is in a mapping with a wanted name goes by that, if a name made of both is
    wanted too (`api_keys` holds an `api_key_stripe`). Passwords beside a user's name (`Form.BASIC`) and the values of
    Authorization headers are yielded without asking. Of those, what `Basic` carries stays in base64 and is named
    `Authorization: Basic`. A sum of literals is one; an f-string is given as written.
    A text that this interpreter cannot parse is read as a language without a tree, by what stands around its literals.
    """
    module = parse(text)
    if module is None:
        guessed = _codeguess.read(text, dialect_of(_NO_TREE), wanted, holds)
        return guessed._replace(comments=[(start + 1, end) for start, end in scan(text).comments])
    binder = Binder(module, wanted)
    literals = walk(binder, module.tree)
    return Contents(
        sorted(binder.found.values(), key=lambda candidate: (candidate.start, candidate.end)),
        sorted(_placed(module, literals, holds)),
        [match.span("comment") for match in _COMMENT.finditer(text) if match["comment"] is not None],
    )


def _placed(module: Module, literals: list[Literal], holds: Callable[[str], bool]) -> Iterator[Text]:
    """Yield the texts of those literals that hold something. To place one costs more than to look at it."""
    for node in literals:
        if isinstance(node, ast.Constant):
            value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            text = module.text(node) if isinstance(value, str) and holds(value) else None
        else:
            text = module.raw(node) if isinstance(node, ast.JoinedStr) else node
        if text is not None and holds(text.value):
            yield text
