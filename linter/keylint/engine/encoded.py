"""Keys that are encoded once more than anything decodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote

from keylint.catalogue.structures import decode_base64
from keylint.model import Channel, Defect, Definition, Judgement, Within

CODE = "KL209"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,20000}={0,2}")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# A variable that says so is decoded by whoever reads it.
_SAYS_SO = re.compile(r"b(?:ase)?_?64|encoded|(?:\A|_)enc(?:\Z|_)", re.IGNORECASE)
_TWICE = "base64 of base64: the cluster decodes it once"


class _Spelling(NamedTuple):
    text: str
    what: str


def encoded(
    definition: Definition, judge: Callable[[str], Judgement], is_distinctive: Callable[[Judgement], bool]
) -> Judgement | None:
    """Return the judgement of the key that a value is an encoding of, with that as its defect; `None` where it is none."""
    if definition.within is not Within.WHOLE or _SAYS_SO.search(definition.env or definition.name or ""):
        return None
    for text, what in _decoded(definition):
        found = judge(text)
        if found.well_formed and not found.defects and (is_distinctive(found) or "%" in what):
            return replace(found, well_formed=False, defects=(Defect(CODE, what),))
    return None


def _decoded(definition: Definition) -> Iterator[_Spelling]:
    value = definition.secret.reveal().strip()
    if _ESCAPE.search(value):
        yield _Spelling(unquote(value), "`%2B` for `+`: only what reads a URL decodes that")
        return
    once = _from_base64(value)
    if once is None:
        return
    if not is_data_of_a_secret(definition):
        manifest = definition.channel is Channel.KUBERNETES and not definition.contiguous
        yield _Spelling(once, _TWICE if manifest else "base64 of the key")
    elif (twice := _from_base64(once)) is not None:
        yield _Spelling(twice, _TWICE)


def _from_base64(value: str) -> str | None:
    data = decode_base64(value) if _BASE64.fullmatch(value) else None
    if not data or not data.isascii():
        return None
    text = data.decode("ascii").strip()
    return text if text.isprintable() and " " not in text else None


def is_data_of_a_secret(definition: Definition) -> bool:
    """Say whether the value stands where Kubernetes keeps base64."""
    parents = (definition.name or "").split(".")[:-1]
    return definition.channel in (Channel.YAML, Channel.JSON) and bool(parents) and parents[-1] == "data"
