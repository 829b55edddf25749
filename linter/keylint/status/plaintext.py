"""Is there a key in this text? An inventory names keys and never holds one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from keylint.model import Secrecy

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

LooksLikeKey = Callable[[str], bool]

_RUN = re.compile(r"[A-Za-z0-9]{32,}")


def detector(catalogue: Catalogue) -> LooksLikeKey:
    """Return a test for texts that hold a well-formed secret; identifiers and publishable keys may be written down."""

    def looks_like_key(text: str) -> bool:
        for candidate in catalogue.recognise(text):
            judgement = catalogue.judge(text[candidate.start : candidate.end])
            if judgement.well_formed and any(catalogue.kinds[k].secrecy is Secrecy.SECRET for k in judgement.kinds):
                return True
        return False

    return looks_like_key


def is_opaque(text: str) -> bool:
    """Say whether a text has a run of at least 32 letters and digits, both of them: nobody's name for anything."""
    return any(not run[0].isalpha() and not run[0].isdecimal() for run in _RUN.finditer(text))
