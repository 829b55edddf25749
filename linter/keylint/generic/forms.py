"""Secrets that files bind without a sign: data sources without a scheme, directives (`requirepass …`), `.netrc`, `.pgpass`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from keylint.generic import tables
from keylint.generic.candidate import Candidate, Form
from keylint.generic.commands import VALUE, named, taken
from keylint.generic.names import Strength, strength

# `user:password@tcp(host:3306)/db`: Go's driver for MySQL.
_TCP = re.compile(
    r"(?<![\w.:/-])(?P<user>[A-Za-z_][\w.-]{0,60}):(?P<password>[^\s\"'`<>]{1,200}?)@(?:(?:tcp6?|unix|cloudsql)\(|\([\w.-]{1,100}:\d)"
)
_ORACLE = re.compile(
    r"\boracle:(?:thin|oci8?):\"?(?P<user>[A-Za-z][\w$#]{0,30})/(?P<password>[^\s\"'`<>@/]{1,100})@", re.IGNORECASE
)
_NETRC = re.compile(
    r"\b(?:machine\s{1,40}[^\s\"']{1,100}|default)\s{1,40}login\s{1,40}(?P<user>[^\s\"']{1,100})"
    r"(?:\s{1,40}account\s{1,40}\S{1,100})?\s{1,40}password\s{1,40}(?P<password>[^\s\"'\\]{1,300})"
)
# Apple's property lists: `<key>ApiKey</key><string>…</string>`.
_PLIST = re.compile(
    r"<key>[ \t]{0,9}(?P<name>[A-Za-z][\w.-]{1,80})[ \t]{0,9}</key>\s{0,80}"
    r"<string>[ \t]{0,9}(?P<bare>[^<>\r\n]{1,4096}?)[ \t]{0,9}</string>"
)
_ENDS = r"(?=[ \t]{0,9};?[ \t]{0,9}(?:\r?$|#|\\[rn]))"
# Verbs that set a variable or a header: `SetEnv NAME …`, `proxy_set_header X-Api-Key …;`, `set -gx NAME …`.
_VERB = re.compile(
    r"(?:^|(?<=[;{\"'>]))[ \t]{0,60}(?:SetEnv|setenv|(?:fastcgi|uwsgi|scgi)_param|(?:proxy_set|more_set_input|grpc_set)_header"
    r"|set(?:[ \t]{1,9}-{1,2}\w{1,10}){1,3}|http-request[ \t]{1,9}set-header|RequestHeader[ \t]{1,9}(?:set|add))[ \t]{1,40}"
    rf"[\"']?(?P<name>[A-Za-z][\w.-]{{1,80}})[\"']?[ \t]{{1,40}}{VALUE}{_ENDS}",
    re.MULTILINE,
)
# Directives that are called like nothing else.
_DIRECTIVE = re.compile(
    r"^[ \t]{0,60}(?:sentinel[ \t]{1,9}auth-pass[ \t]{1,9}\S{1,60}|user[ \t]{1,9}\S{1,60}[ \t]{1,9}insecure-password"
    rf"|requirepass|masterauth|auth_pass|bindpw|rootpw(?:[ \t]{{1,9}}--plaintext)?|olcRootPW:?|ao_secret"
    rf"|d-i[ \t]{{1,9}}\S{{1,60}}password(?:-again)?[ \t]{{1,9}}password)[ \t]{{1,40}}{VALUE}{_ENDS}",
    re.MULTILINE,
)
_ACL = re.compile(
    r"^[ \t]{0,9}(?:ACL[ \t]{1,9}SETUSER|user)[ \t]{1,9}\S{1,60}[ \t]{1,9}[^\r\n\"']{0,200}?(?<=[ \t])>"
    r"(?P<password>[^\s\"'>]{1,200})",
    re.MULTILINE | re.IGNORECASE,
)
_STATS = re.compile(r"^[ \t]{0,60}stats[ \t]{1,9}auth[ \t]{1,9}[^\s:]{1,60}:(?P<password>\S{1,200})", re.MULTILINE)
# In configuration of no known syntax: a name and its value on a line of their own.
_ALONE = re.compile(rf"^[ \t]{{0,60}}(?P<name>[A-Za-z][\w.-]{{2,60}})[ \t]{{1,40}}{VALUE}{_ENDS}", re.MULTILINE)
_WORDS = re.compile(r"[A-Za-z]+(?:[_-][A-Za-z]+)*\d{0,2}")
_ANCHOR = re.compile(
    r"(?<=[\s\[{,])&(?P<name>[A-Za-z][\w-]{2,60})[ \t]{1,9}"
    r"(?:\"(?P<double>[^\"\r\n]{1,300})\"|'(?P<single>[^'\r\n]{1,300})'|(?P<bare>[^\s\"'!&*{\[|>#,\]}][^\s,\]}]{0,300}))"
    r"(?=[ \t]{0,9}(?:\r?$|#|[,\]}]))",
    re.MULTILINE,
)
_DEFAULT = re.compile(r"\$\{(?P<name>[A-Za-z_][\w.]{1,60}):[-=]?(?P<bare>[^\s\"'`{}$\\-][^\s\"'`{}$\\]{0,300})\}")
# Of templates in Jinja: `{{ db_password | default('…') }}`, `password: "{{ lookup(…) | default('…') }}"`.
_JINJA = re.compile(
    r"(?P<name>[A-Za-z_][\w.]{1,60})(?:[\"']?[ \t]{0,9}[:=][ \t]{0,9}[\"']?\{\{-?[^{}\r\n|]{1,100})?[ \t]{0,9}"
    r"\|[ \t]{0,9}default\([ \t]{0,9}(?:value=)?(?:\\?\"(?P<double>[^\"\\\r\n]{1,300})\\?\"|'(?P<single>[^'\r\n]{1,300})')"
)
# A parameter that is described: `DbPassword: {Type: String, Default: …}`.
_DESCRIBED = re.compile(
    r"(?<![A-Za-z])(?P<name>[A-Za-z][\w.-]{2,60})[\"']?[ \t]{0,9}:\s{0,80}\{?\s{0,80}"
    r"(?:[\"']?(?:Type|NoEcho|Description|type|description|title|secret)[\"']?[ \t]{0,9}:[^\r\n,]{1,200}[,\r\n]\s{0,80}){1,4}"
    rf"[\"']?[Dd]efault[\"']?[ \t]{{0,9}}:[ \t]{{0,9}}{VALUE}"
)
_IN_YAML = re.compile(r"\.ya?ml\Z", re.IGNORECASE)
_HAS_PARAMETERS = re.compile(r"\.(?:ya?ml|json|template)\Z", re.IGNORECASE)
_OF_DATA = re.compile(r"\.[ct]sv\Z", re.IGNORECASE)
# Configuration of no known syntax: `.vimrc`, `sshd_config`.
_CONFIGURATION = re.compile(
    r"\.(?:conf|cnf|cfg|config|rc|ini)\Z|(?:\A|/)\.[^./]+rc\Z|(?:\A|/)[^./]+[._-](?:config|conf|cfg)\Z", re.IGNORECASE
)
# Files with a password in a certain place of each line.
_BY_PLACE = (
    (
        re.compile(r"(?:\A|[/.])pgpass(?:\.conf)?\Z"),
        re.compile(
            r"^(?!#)(?:[^:\s\\]|\\.){1,200}(?::(?:[^:\r\n\\]|\\.){1,100}){3}:(?P<password>[^\s]{1,300})[ \t]*\r?$",
            re.MULTILINE,
        ),
    ),
    (
        re.compile(r"(?:\A|[/._-])(?:sasl_?passwd|passwd_client)\Z"),
        re.compile(r"^(?!#)[^\s#]{1,200}(?:[ \t]{1,40}|:)[^\s:]{1,100}:(?P<password>\S{1,300})[ \t]*\r?$", re.MULTILINE),
    ),
    (
        re.compile(r"(?:\A|/)(?:chap|pap)-secrets\Z"),
        re.compile(
            r"^(?!#)(?:\"[^\"\r\n]{1,100}\"|\S{1,100})[ \t]{1,40}\S{1,100}[ \t]{1,40}\"?(?P<password>[^\s\"]{1,300})",
            re.MULTILINE,
        ),
    ),
)  # fmt: skip


def unsigned(text: str) -> Iterator[Candidate]:
    """Yield what any text binds without a sign."""
    tcp = _TCP.finditer(text) if any(mark in text for mark in ("@tcp", "@unix(", "@cloudsql(", "@(")) else ()
    for match in chain(tcp, _ORACLE.finditer(text) if "oracle:" in text.lower() else ()):
        if match["user"] != match["password"]:  # what a service is shipped with
            yield taken(match, "password", form=Form.URL)
    yield from filtered(text)
    if "login" in text and "password" in text:
        for match in _NETRC.finditer(text):
            yield taken(match, "password", form=Form.BOUND)
    for expression in _signs(text):
        for match in expression.finditer(text):
            name = match["name"] if "name" in expression.groupindex else "password"
            candidate = taken(match, name, form=Form.BOUND)
            if strength(name) is not Strength.NONE and " " not in candidate.value:  # `Basic …` is found by its scheme
                yield candidate


def _signs(text: str) -> Iterator[re.Pattern[str]]:
    """Yield the expressions that a text may have matches of."""
    if "</key>" in text:
        yield _PLIST
    if "etenv" in text or "SetEnv" in text or "_param" in text or "eader" in text or "set -" in text:
        yield _VERB
    if any(word in text for word in ("pass", "auth", "pw", "PW", "ao_secret")):
        yield _DIRECTIVE
    if "stats" in text:
        yield _STATS
    if " >" in text:
        yield _ACL


def defaults(text: str) -> Iterator[Candidate]:
    """Yield what is taken where nothing sets a variable: `${PASSWORD:-…}`, and in Spring `${password:…}`."""
    if "${" in text:
        yield from named(_DEFAULT, text, Form.DEFAULT)


def filtered(text: str) -> Iterator[Candidate]:
    """Yield the defaults of templates."""
    if "default(" in text:
        yield from named(_JINJA, text, Form.DEFAULT)


def _described(text: str) -> Iterator[Candidate]:
    """Yield the defaults of parameters."""
    if "efault" in text:
        yield from named(_DESCRIBED, text, Form.DEFAULT, least=Strength.SECRET)


def of_file(path: str, text: str) -> Iterator[Candidate]:
    """Yield what only the name of a file says of its lines."""
    if _IN_YAML.search(path) is not None:
        yield from _anchored(text)
    elif _OF_DATA.search(path) is not None:
        yield from tables.csv(text)
    elif _CONFIGURATION.search(path) is not None:
        yield from _alone(text)
    if _HAS_PARAMETERS.search(path) is not None:
        yield from _described(text)
    for name, line in _BY_PLACE:
        for match in line.finditer(text) if name.search(path) is not None else ():
            yield taken(match, "password", form=Form.BOUND)


def _anchored(text: str) -> Iterator[Candidate]:
    """Yield the values of YAML that an anchor names: `&db_password …`."""
    if "&" in text:
        yield from named(_ANCHOR, text)


def _alone(text: str) -> Iterator[Candidate]:
    """Yield what configuration gives to names on lines of their own: `password …`. Two words are no such line."""
    yield from (candidate for candidate in named(_ALONE, text) if not _WORDS.fullmatch(candidate.value))
