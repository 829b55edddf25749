"""Pages and components: what their tags and their scripts bind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from keylint.generic._binding import held, is_authorization
from keylint.generic._codewords import NAME_KEYS
from keylint.generic.candidate import Candidate

_PAGE = re.compile(
    r".+\.(?:html?|xhtml|vue|svelte|astro|jsp|jspx|aspx|ascx|erb|ejs|hbs|mustache|twig|cshtml|razor|ftl)", re.IGNORECASE
)
_SCRIPT = re.compile(r"<script\b(?P<attributes>[^<>]{0,500})>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_TYPED = re.compile(r"\blang\s*=\s*[\"']?ts", re.IGNORECASE)
_DATA = re.compile(r"\btype\s*=\s*[\"']?(?:application/(?:ld\+)?json|text/(?:html|template|x-))", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z][\w:-]{0,60}(?=\s)(?P<attributes>(?:[^<>\"']|\"[^\"]{0,5000}\"|'[^']{0,5000}')*+)>")
_ATTRIBUTE = re.compile(r"(?P<name>[\w:@.-]{1,80})\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')")
_COMPUTED = re.compile(r"\{\{|<[%?]|\$\{|\{%")


def is_page(path: str) -> bool:
    """Say whether a file is a page or a component."""
    return _PAGE.fullmatch(path.rsplit("/", 1)[-1]) is not None


def scripts(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield where each script begins, its text, and a file name for its language."""
    at = 0
    while (match := _SCRIPT.search(text, at)) is not None and (end := _END.search(text, match.end())) is not None:
        at = end.end()
        if _DATA.search(match["attributes"]) is None:
            name = "script.ts" if _TYPED.search(match["attributes"]) else "script.js"
            yield match.end(), text[match.end() : end.start()], name


def attributes(text: str, wanted: Callable[[str], bool]) -> Iterator[Candidate]:
    """Yield the values of attributes with a wanted name, and of those beside one: `<input name="password" value="…">`."""
    for tag in _TAG.finditer(text):
        found = [(match["name"].lower(), match) for match in _ATTRIBUTE.finditer(text, *tag.span("attributes"))]
        named = next((_value(match) for name, match in found if name in NAME_KEYS or name in ("id", "property")), "")
        for name, match in found:
            own = name in ("value", "content", "data-value")
            bound = named if own else match["name"].removeprefix("data-")
            value = _value(match)
            # A bound attribute's value is an expression: `:password="form.password"`.
            if not value.strip() or name[0] in ":@" or name.startswith(("v-", "on", "ng-")) or _COMPUTED.search(value):
                continue
            what = held(bound, value) if bound and (is_authorization(bound) or wanted(bound)) else None
            if what is not None:
                start = match.start(match.lastgroup or "double")
                yield Candidate(start + what[1], start + what[2], value[what[1] : what[2]], what[0], what[3])


def _value(match: re.Match[str]) -> str:
    return match[match.lastgroup or "double"]
