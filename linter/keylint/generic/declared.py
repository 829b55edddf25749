"""What single languages and libraries bind in a way of their own: `Const Password As String = "…"`, `(def api-key "…")`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keylint.generic.candidate import Candidate
from keylint.generic.commands import named

_VALUE = r"@?\"(?:\\\")?(?P<quoted>[^\"\\\r\n]{4,300})(?:\\\")?\""
_EITHER = r"(?:\"(?P<quoted>[^\"\\\r\n]{4,300})\"|'(?P<single>[^'\\\r\n]{4,300})')"
_LISP = (".clj", ".cljs", ".cljc", ".edn", ".lisp", ".el", ".scm")
_VISUAL_BASIC = (".vb", ".bas", ".vbs", ".frm", ".cls")
_BOUND: dict[tuple[str, ...], tuple[re.Pattern[str], ...]] = {
    _VISUAL_BASIC: (
        re.compile(
            rf"\b(?P<name>[A-Za-z]\w{{1,60}})[ \t]+As[ \t]+(?:New[ \t]+)?String[ \t]*=[ \t]*{_VALUE}", re.IGNORECASE
        ),
    ),
    _LISP: (
        re.compile(
            rf"\(def[\w-]{{0,20}}\s{{1,20}}(?:\^\S{{1,40}}\s{{1,20}})?(?P<name>[\w*+-]{{2,60}})\s{{1,40}}{_VALUE}"
        ),
        re.compile(rf"(?<![\w:])::?(?P<name>[\w.-]{{2,60}})[ \t]{{1,20}}{_VALUE}"),
    ),
    (".ex", ".exs"): (re.compile(rf"(?<!\w)@(?P<name>[a-z]\w{{1,60}})[ \t]{{1,20}}{_VALUE}"),),
    (".gradle", ".kts"): (
        re.compile(
            r"\b(?:buildConfigField|resValue)[ \t]{0,9}\(?[ \t]{0,9}[\"']\w{1,40}[\"'][ \t]{0,9},[ \t]{0,9}"
            r"[\"'](?P<name>\w{1,80})[\"']"
            rf"[ \t]{{0,9}},[ \t]{{0,9}}(?:'\"?(?P<single>[^\"'\r\n]{{4,300}})\"?'|{_VALUE})"
        ),
    ),
    (".m", ".mm"): (
        re.compile(rf"{_VALUE}[ \t]{{1,9}}for(?:HTTPHeaderField|Key):[ \t]{{0,9}}@\"(?P<name>[\w.-]{{2,80}})\""),
    ),
    (".cpp", ".cc", ".cxx", ".h", ".hpp", ".ino"): (
        re.compile(
            rf"\b[A-Z:a-z]\w{{2,40}}[ \t]{{1,9}}(?P<name>[A-Za-z_]\w{{1,60}})[({{][ \t]{{0,9}}{_VALUE}[ \t]{{0,9}}[)}}];"
        ),
    ),
    (".rs", ".dart"): (
        re.compile(
            rf"[(=,][ \t]{{0,9}}[\"'](?P<name>[A-Z][A-Z0-9_]{{2,60}})[\"'][^\"'\r\n;]{{0,60}}"
            rf"(?:\bdefault_?[vV]alue[ \t]{{0,9}}[:=]|\bunwrap_or(?:_else)?\((?:\|_?\|)?)[ \t]{{0,9}}{_EITHER}"
        ),
    ),
}


def bound(path: str, text: str) -> Iterator[Candidate]:
    """Yield what a file binds to names of credentials in the way of its own language."""
    for suffixes, expressions in _BOUND.items():
        if path.endswith(suffixes):
            for expression in expressions:
                yield from named(expression, text)
