"""Candidates in text of no known syntax: documentation, logs, commands, and what a literal or a scalar embeds.

One search finds the words that credentials are called by; everything else looks at the few characters around such a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from keylint.generic.candidate import Candidate, Form
from keylint.generic.commands import SENTENCE, arrays, commands
from keylint.generic.forms import unsigned
from keylint.generic.names import Strength, strength
from keylint.generic.tables import inserted, markdown

# In lower case, and each alternative with a letter in front: a search by the first letter is ten times as fast as one with a
# flag or with a look behind.
_ANCHOR = re.compile(
    r"p(?:ass(?:(?=[wp_\d]|code|\b)|(?<=[_.-]pass))|wd|sw|w(?:(?<=[_.-]pw)\b|(?<=\bpw)(?=[\"']?[ \t]?[:=]))|sk\b|at(?<=_pat)\b)"
    r"|key(?:(?<=[a-z_.-]key)|(?<=\bkey)\b)"
    r"|api[_.-]?key|auth|s(?:e(?:cret|ssion|ss(?=id))|id(?<=[._-]sid)\b)|t(?:oken|icket)|credential|bearer|requirepass"
    r"|masterauth"
)
_SCHEME = re.compile(r"b(?:earer|asic|ot)|token|api-?key|ssws|geniekey|jwt")
_NAME_BEFORE = re.compile(r"[A-Za-z_$][\w.$\-]{0,80}\Z|\Z")
_NAME_AFTER = re.compile(r"[\w.\-]{0,80}")
_LONGEST_VALUE = 4096
_MOST_ELEMENTS = 1_100
# Names in one value: `token=token=token=…`.
_MOST_INSIDE = 30

_QUOTE = r"(?P<q>\\{0,7}[\"'`]{1,3}|&(?:quot|#34|#39|#x27|apos);)"
_VALUE_QUOTED = (
    rf"(?:[rbufN@$]{{0,2}}){_QUOTE}(?P<quoted>(?:(?!(?P=q))(?:\\[^\r\n]|[^\\\r\n])){{1,{_LONGEST_VALUE}}}?)(?P=q)"
)
_VALUE_BARE = r"(?P<bare>[^\s\"'`,;<>(){}\[\]|\\]{1,4096})"
# What may stand between a name and its value: the quote that ends the name, a subscript's bracket, a type, the sign itself.
_ENDS_NAME = r"(?:\\{0,7}[\"'`*_]{0,3}|&(?:quot|#34|#39|#x27|apos);)\]?[ \t]{0,20}"
# `Some("…")`, `bytes.fromhex("…")`: what wraps a literal, and does not look something up by it.
_LOOKS_UP = (
    r"(?!(?:[\w.]{0,60}\.)?(?i:get|find|query|load|read|fetch|prompt|input|ask|env|lookup|select|param)\w{0,40}\()"
)
_WRAPPED = rf"(?:{_LOOKS_UP}(?:[A-Za-z_][\w.]{{0,60}}\([ \t]{{0,9}}){{1,3}}(?=\\{{0,7}}[\"'`]))?"
_SIGN = (
    r"(?:(?::[ \t]*[A-Za-z_][\w.\[\]|?]{0,40}[ \t]*|string[ \t]{1,9})?(?P<sign>:[=-]|=>|->|={1,3}|!==?)"
    r"|(?P<colon>:)(?:\*\*|__)?)"
)
_ASSIGNED = re.compile(rf"{_ENDS_NAME}{_SIGN}[ \t]{{0,40}}(?:{_WRAPPED}{_VALUE_QUOTED}|{_VALUE_BARE})")
_ARRAY = re.compile(rf"{_ENDS_NAME}{_SIGN}[ \t]{{0,40}}[\[(][ \t]{{0,9}}(?=\\{{0,7}}[\"'])")
_ELEMENT = re.compile(rf"\s{{0,80}}{_VALUE_QUOTED}\s{{0,80}}(?P<more>,?)")
_CALLED = re.compile(rf"(?:\.[a-z]\w{{0,20}})?\([ \t]{{0,9}}{_VALUE_QUOTED}[ \t]{{0,9}}[,)]")
_BESIDE = re.compile(rf"[ \t]{{1,9}}(?:is[ \t]{{1,9}})?{_VALUE_QUOTED}")
# Behind a colon a value ends the line, or a comment or the next pair follows.
_ENDS_VALUE = re.compile(r"[^\S\n]*(?:\n|\Z|[#,}/;\"'`|<)\\])")
# A function that looks something up, a verb: `get_password("service")`, "pass `stream=True`".
_READS = re.compile(
    r"(?:\w+\.)*(?:(?:get|fetch|read|find|load|has|is|delete|remove)_?(?=[A-Z_])|pass\Z)", re.IGNORECASE
)
_TAGGED = re.compile(r">[ \t]{0,20}(?:<!\[CDATA\[)?(?P<bare>[^<>\r\n]{1,4096}?)(?:\]\]>)?[ \t]{0,20}</")
_OPENS_ELEMENT = re.compile(r"<(?:[A-Za-z][\w.\-]{0,40}:)?\Z")
_FLAGGED = re.compile(rf"[ \t=]{{1,4}}(?:{_VALUE_QUOTED}|(?P<bare>[^\s\"'`;<>|&()]{{1,4096}}))")
_VALUE_OF = re.compile(
    rf"\\{{0,7}}[\"']?[ \t]{{0,9}},?\s{{0,80}}\\{{0,7}}[\"']?(?:[Vv]alue|defaultValue|default)\\{{0,7}}[\"']?"
    rf"[ \t]{{0,9}}[=:][ \t]{{0,9}}(?:{_VALUE_QUOTED}|{_VALUE_BARE})"
)
_NAMES_IT = re.compile(
    r"(?:name|key|id|variable|field)\\{0,7}[\"']?[ \t]{0,9}[=:][ \t]{0,9}\\{0,7}[\"']?\Z", re.IGNORECASE
)

_HEADER = re.compile(
    r"(?<![\w-])(?P<scheme>Bearer|Basic|Token|ApiKey|Api-Key|Bot|SSWS|GenieKey|JWT)(?::?[ \t]{1,4}|%20)"
    r"(?P<value>[A-Za-z0-9+/=_.:|~%\-]{6,4096})",
    re.IGNORECASE,
)
# `<name>fs.s3a.secret.key</name><value>…</value>`, `<property name="password"><value>…</value>`.
_VALUE_ELEMENT = (
    r"(?:\s{0,40}</[\w:\-]{1,40}|[\"'][^<>]{0,80})>\s{0,80}<(?:[\w\-]{1,20}[\-:])?value>\s{0,40}"
    r"(?P<bare>[^<>\s]{4,400})\s{0,40}</"
)
_BESIDE_ELEMENT = re.compile(_VALUE_ELEMENT)
_NAMED_ELEMENT = re.compile(rf"[>\"']\s{{0,40}}(?P<name>[A-Za-z][\w.\-]{{2,80}}){_VALUE_ELEMENT}")
# `"adminPassword": {"value": "…"}`, in YAML on the next line.
_MEMBER = (
    r"[\"']?[ \t]{0,9}[:=][ \t]{0,9}(?:\{\s{0,80}|\r?\n[ \t]{1,80})[\"']?(?:[Vv]alue|plain[Tt]ext)[\"']?[ \t]{0,9}"
    r"[:=][ \t]{0,9}"
    rf"(?:{_VALUE_QUOTED}|{_VALUE_BARE})"
)
_MEMBER_OF = re.compile(_MEMBER)
_NAMED_MEMBER = re.compile(rf"(?<![A-Za-z])(?P<name>[A-Za-z][\w.\-]{{2,80}}){_MEMBER}")
_SIBLING = re.compile(
    r"(?:name|key|variable|field)[\"']?[ \t]{0,9}[=:][ \t]{0,9}[\"']?(?P<name>[a-z_][\w.-]{2,80})"
    r"(?=[\"']?[ \t]{0,9},?\s{0,80}[\"']?value\b)"
)
# `Server=db;User Id=bob;Password=…`
_OF_CONNECTION = re.compile(r"[A-Za-z][A-Za-z ]{1,30}=[^;=\"'\s(){}]{1,80};\Z")
_ONE_DASH = re.compile(r"(?:^|[ \t\"'])-\Z")
# Before the name of a parameter: a badge, a file that Firebase shares.
_BADGE = re.compile(r"badge(?:\.svg)?\?\Z|\.svg\?\Z|[?&]alt=media&\Z")
# `GPG key: …` is the fingerprint of one.
_FINGERPRINT = re.compile(r"\b(?:gpg|pgp|ssh|host|public)[ -]\Z", re.IGNORECASE)
_JWT = re.compile(r"eyJ(?<![\w.-]eyJ)[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{8,4096}(?![\w.-])")
# What begins with a port is a host with a path: `http://localhost:8000/?user=me@example.com`.
_URL_SCHEME = re.compile(r"\b[A-Za-z][A-Za-z0-9+.\-]{1,30}\Z")
_URL = re.compile(
    r"://(?P<user>[^\s:@/\"'`<>()\[\]{}]{0,100}):"
    r"(?!\d{1,5}[/?#])(?P<password>[^\s@\"'`<>]{1,300})@[\w\[{$%<(]"
)


def candidates(text: str, *, bare: bool = True) -> Iterator[Candidate]:
    """Yield what a text binds to credentials, and what stands where they do, in no order; some of it twice.

    `bare`: a value needs no quotes. In source code it does.
    """
    yield from bound(text, bare=bare)
    yield from headers(text)
    yield from _urls(text)
    for match in _JWT.finditer(text):
        yield Candidate(*match.span(), match[0], "JWT", Form.HEADER)
    yield from commands(text)
    yield from arrays(text)
    yield from unsigned(text)
    yield from markdown(text)
    yield from inserted(text)


def bound(text: str, *, bare: bool = True) -> Iterator[Candidate]:
    """Yield what a text binds to the names of credentials with a sign."""
    seen = until = -1
    inside = 0
    for anchor in _ANCHOR.finditer(_lower(text)):
        if anchor.start() < seen:
            continue
        inside = inside + 1 if anchor.start() < until else 0
        if inside > _MOST_INSIDE:
            continue
        start, end = _name_around(text, anchor.start(), anchor.end())
        seen = end
        name = text[start:end]
        if strength(name) is not Strength.NONE:
            for candidate in _bound(text, start, end, name, bare):
                until = max(until, candidate.end)
                yield candidate


def siblings(text: str) -> Iterator[Candidate]:
    """Yield the values beside names: `{"key": "token", "value": "…"}`."""
    for match in _SIBLING.finditer(_lower(text)):
        start, end = match.span("name")
        name = text[start:end]
        if strength(name) is not Strength.NONE:
            candidate = _named(text, start, end, name)
            if candidate is not None and " " not in candidate.value:  # what has a scheme is found by that
                yield candidate
    for match in chain(_NAMED_ELEMENT.finditer(text) if "alue>" in text else (), _NAMED_MEMBER.finditer(text)):
        if strength(match["name"]) is not Strength.NONE:
            yield _candidate(match, match["name"], Form.BOUND, quoted=True)


def _lower(text: str) -> str:
    """Return a text in lower case, each character in its place: there is one whose small letter is two."""
    return text.replace("\u0130", "i").lower()


def _name_around(text: str, start: int, end: int) -> tuple[int, int]:
    before = _NAME_BEFORE.search(text, max(0, start - 80), start)
    after = _NAME_AFTER.match(text, end)
    left = before.start() if before is not None else start
    right = after.end() if after is not None else end
    while right > end and text[right - 1] in ".-":
        right -= 1
    return left, right


def _bound(text: str, start: int, end: int, name: str, bare: bool) -> Iterator[Candidate]:
    """Yield what follows a name that may be bound to it."""
    if text[start - 1 : start] in ("?", "&") and _BADGE.search(text, max(0, start - 30), start) is not None:
        return  # a picture that everybody may load
    if _FINGERPRINT.search(text, max(0, start - 12), start) is not None:
        return
    marked = _option(text, start, end, name) or _markup(text, start, end, name) or _named(text, start, end, name)
    if marked is not None:
        yield marked
        return
    if text[start - 1 : start] == ":" and text.startswith(":", end):
        return  # a part of a path: `arn:aws:secretsmanager:::secret:name`
    array = _ARRAY.match(text, end)
    if array is not None:
        yield from _elements(text, array.end(), name)
        return
    match = _ASSIGNED.match(text, end)
    if match is None and not _READS.match(name):
        match = _CALLED.match(text, end) or _BESIDE.match(text, end)
    if match is None or (match["q"] is None and not _may_be_bare(text, match, start, bare)):
        return
    if match.re is _ASSIGNED and match["colon"] and (text[start - 1 : start] == "/" or _is_name(text, match, start)):
        return  # `username/password: …` is prose
    yield _candidate(match, name, Form.DEFAULT if text[max(0, start - 2) : start] == "${" else Form.BOUND)


def _option(text: str, start: int, end: int, name: str) -> Candidate | None:
    """Return the argument of an option: `--password …`."""
    if not text.endswith("--", 0, start) and not _ONE_DASH.search(text, max(0, start - 2), start):
        return None
    match = _FLAGGED.match(text, end)
    if match is None or (match["bare"] or "").startswith("-") or SENTENCE.match(match["bare"] or "") is not None:
        return None
    return _candidate(match, name, Form.COMMAND)


def _markup(text: str, start: int, end: int, name: str) -> Candidate | None:
    """Return the text of an element: `<password>…</password>`, `<entry key="password">…</entry>`."""
    before = _OPENS_ELEMENT.search(text, max(0, start - 60), start)
    quoted = text[max(0, start - 1) : start] in ("'", '"') and text[end : end + 2] in ('">', "'>")
    match = _TAGGED.match(text, end + quoted) if before is not None or quoted else None
    return _candidate(match, name, Form.BOUND, quoted=True) if match is not None else None


def _named(text: str, start: int, end: int, name: str) -> Candidate | None:
    """Return the value beside a name: `name: PASSWORD`, `value: …`."""
    match = _VALUE_OF.match(text, end) if _NAMES_IT.search(text, max(0, start - 30), start) else None
    match = match or _BESIDE_ELEMENT.match(text, end) or _MEMBER_OF.match(text, end)
    return _candidate(match, name, Form.BOUND) if match is not None else None


def _may_be_bare(text: str, match: re.Match[str], start: int, bare: bool) -> bool:
    """Say whether what stands without quotes behind a sign is a value, and no part of a sentence or an expression."""
    end = match.end("bare")
    if text[end : end + 1] in ("(", "["):
        return False
    if text[max(0, start - 1) : start] in ("&", "?"):
        return True
    if text[max(0, start - 2) : start] == "${":
        return text.startswith("}", end)
    if text[start - 1 : start] == ";" and _OF_CONNECTION.search(text, max(0, start - 100), start) is not None:
        return True
    if not bare:
        return False
    glued = match["sign"] is not None and text[match.start("sign") - 1] not in " \t"
    if match["sign"] == "=" and glued:
        return True
    if glued and match["sign"].startswith("==") and text[match.end("sign")] in " \t":
        return False  # the padding of base64
    return _ENDS_VALUE.match(text, end) is not None


def _is_name(text: str, match: re.Match[str], start: int) -> bool:
    """Say whether both sides of a colon are one name in quotes: `data-field="password:disableEdit"`."""
    quote = text[start - 1 : start] if start else ""
    return quote in ("'", '"') and text.startswith(quote, match.end()) and (match["bare"] or "").isalpha()


def _elements(text: str, at: int, name: str) -> Iterator[Candidate]:
    """Yield the values of an array."""
    for _ in range(_MOST_ELEMENTS):
        element = _ELEMENT.match(text, at)
        if element is None:
            return
        yield _candidate(element, name, Form.BOUND)
        if not element["more"]:
            return
        at = element.end()


def _candidate(match: re.Match[str], name: str, form: Form, quoted: bool | None = None) -> Candidate:
    groups = match.re.groupindex
    group = "quoted" if "quoted" in groups and match["quoted"] is not None else "bare"
    start, end = match.span(group)
    value = match[group]
    if (
        group == "bare"
        and match.string[max(0, match.start() - len(name) - 1) : match.start() - len(name)] in ("?", "&", "#")
        and "&" in value
    ):
        end = start + value.index("&")
        value = match.string[start:end]
    return Candidate(start, end, value, name, form, quoted=group == "quoted" if quoted is None else quoted)


def headers(text: str) -> Iterator[Candidate]:
    """Yield what stands behind the scheme of an Authorization header."""
    at = 0
    for scheme in _SCHEME.finditer(_lower(text)):
        match = _HEADER.match(text, scheme.start()) if scheme.start() >= at else None
        if match is None:
            continue
        at = match.end()
        form = Form.BASIC if match["scheme"].lower() == "basic" else Form.HEADER
        yield Candidate(*match.span("value"), match["value"], match["scheme"], form)


def _urls(text: str) -> Iterator[Candidate]:
    at = 0
    for match in _URL.finditer(text):
        if _URL_SCHEME.search(text, max(at, match.start() - 31), match.start()) is None:
            continue
        at = match.end()
        if match["user"] == match["password"]:
            continue  # `guest:guest@`: what a service is shipped with
        yield Candidate(*match.span("password"), match["password"], "password", Form.URL)
