"""Passwords among the arguments of commands and statements, where no name stands beside them: `zip -P …`, `mysql -p…`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from keylint.generic.candidate import Candidate, Form
from keylint.generic.names import Strength, last_part, strength

_USER = re.compile(
    r"(?:\bcurl\b[^\r\n]{0,300}?|\bwget\b[^\r\n]{0,300}?|^[ \t]*)(?:-u|--user)[ =]{1,3}[\"']?[^\s:\"']{1,100}:"
    r"(?P<password>[^\s\"']{1,200})",
    re.MULTILINE,
)
_STATED = re.compile(r"sshpass|mysql|redis-cli|securestring|identified")
_SQL = re.compile(r"\b(?:user|role|grant)\b|@", re.IGNORECASE)
_STATEMENTS = re.compile(
    r"\b(?:sshpass[ \t]{1,20}-p[ \t]{0,20}|mysql(?:dump|admin)?\b[^\r\n|;]{0,200}?[ \t]-p(?=[^\s-])"
    r"|redis-cli\b[^\r\n|;]{0,100}?[ \t]-a[ \t]{1,20}"
    r"|(?:ConvertTo-SecureString[ \t]{1,20}(?:-String[ \t]{1,20})?"
    r"|IDENTIFIED[ \t]{1,20}(?:WITH[ \t]{1,20}\w{1,60}[ \t]{1,20})?BY[ \t]{1,20})(?=[\"']))"
    r"(?:(?P<q>[\"'])(?P<quoted>(?:(?!(?P=q))[^\r\n]){1,300})(?P=q)|(?P<bare>[^\s\"';|&)-][^\s\"';|&)]{0,299}))",
    re.IGNORECASE,
)

# What follows an option in a sentence: `--password requires --user`.
SENTENCE = re.compile(
    r"(?:requires?|is|are|was|has|and|or|must|can(?:not)?|may|will|should|options?|flags?|arguments?|parameters?|for|to|with"
    r"|without|not|on|in|from|if|when|only|but|as|instead|together)[.,:]?(?=\s|\Z)"
)
# A command's arguments go on to the end of the line (behind a backslash on the next one), to a pipe or the next command.
_TAIL = re.compile(r"(?:\\\r?\n|(?!&&)[^\r\n|;]){1,400}")
# In quotes or without; `taken` reads it.
VALUE = (
    r"(?:\\?\"(?P<double>[^\"\\\r\n]{1,300})\\?\"|'(?P<single>[^'\r\n]{1,300})'"
    r"|(?P<bare>[^\s\"'`\\|;<>()-][^\s\"'`\\|;<>()]{0,299}))"
)
_NAME = r"[\"']?[^\s\"'-][^\s\"']{0,100}[\"']?[ \t]{1,9}"
_BLANKS = r"[ \t]{1,60}"


def _option(option: str, glue: str = _BLANKS) -> str:
    return rf"(?<!\S){option}{glue}(?![\d:.]+(?:\s|\Z)){VALUE}"  # no port


# What commands take their password by: how they are called, by words that a text is searched for, and by their rest. Elsewhere
# most of these options mean something else (`mkdir -p`).
_COMMANDS = (
    (("docker", "podman", "buildah", "nerdctl", "oras", "crane", "ibmcloud"), rf"{_BLANKS}login", _option("-p")),
    (("helm registry", "az", "oc", "cf"), rf"(?:{_BLANKS}acr)?{_BLANKS}login", _option("-p")),
    (("twine upload", "cqlsh", "beeline", "security unlock-keychain"), "", _option("-p")),
    (("security add-",), r"(?:generic|internet)-password", _option("-w")),
    (("wpa_passphrase",), "", rf"\A{_BLANKS}{_NAME}{VALUE}"),
    (("mc alias set", "mc config host add"), "", rf"\A(?:{_BLANKS}[^\s\"']{{1,100}}){{2}}{_BLANKS}{_NAME}{VALUE}"),
    (("etcdctl", "ab", "http"), "", rf"(?<!\S)(?:--user|-[aA])[ =]{{1,9}}[\"']?[^\s\"':/]{{1,60}}:{VALUE}"),
    (("mongo",), r"(?:sh|dump|restore|import|export)?", _option("-p")),
    (("psexec", "PsExec"), r"(?:64)?(?:\.exe)?", _option("-p")),
    (("ldap",), r"(?:search|modify|add|delete|passwd|whoami|compare|modrdn)", _option("-w")),
    (("zip", "unzip", "ipmitool", "sqlcmd", "bcp", "isql", "osql", "tsql"), "", _option("-P")),
    (("mosquitto_pub", "mosquitto_sub"), "", _option("-P")),
    (("7z", "rar", "unrar"), r"[arz]?", _option("-p", "")),
    (("openssl",), "", rf"(?<!\S)-pass(?:in|out)?{_BLANKS}[\"']?pass:{VALUE}"),
    (("openssl enc",), "", _option("-k")),
    (("smbclient", "rpcclient", "smbget", "winexe"), "", rf"(?<!\S)-U[ \t]{{0,9}}[\"']?[^\s\"'%]{{1,60}}%{VALUE}"),
    (("lftp", "ncftp"), "", rf"(?<!\S)-u{_BLANKS}[\"']?[^\s\"',]{{1,60}},{VALUE}"),
    (("curl",), "", rf"(?<!\S)-u(?=[^\s\"'-])[^\s\"':/]{{1,60}}:{VALUE}"),
    (("skopeo",), "", rf"--(?:src-|dest-)?creds[ =]{{1,9}}[\"']?[^\s\"':]{{1,60}}:{VALUE}"),
    (("snmp",), r"(?:walk|get|getnext|set|bulkwalk|bulkget|table|trap|inform)", _option("-[AX]")),
    (("rabbitmqctl",), rf"{_BLANKS}(?:add_user|change_password)", rf"\A{_BLANKS}{_NAME}{VALUE}"),
    (("net user", "NET USER"), "", rf"\A{_BLANKS}{_NAME}(?![/*]){VALUE}(?=[ \t]+/|\Z)"),
    (("net use", "NET USE"), "", rf"/user:{_NAME}(?![/*]){VALUE}"),
    (("cmdkey", "xfreerdp", "wfreerdp", "schtasks"), "", rf"(?<!\S)/(?:pass|p|rp)(?::|{_BLANKS}){VALUE}"),
    (("plink", "pscp", "psftp", "putty"), r"(?:\.exe)?", _option("-pw")),
    (
        ("sqlplus", "sqlldr", "expdp", "impdp"),
        "",
        r"(?<!\S)[\"']?(?P<user>[A-Za-z][\w$#]{0,30})/(?!(?P=user)\b)(?P<password>[^\s\"'@/]{1,100})",
    ),
    (
        ("htpasswd", "mosquitto_passwd"),
        "",
        rf"\A(?:{_BLANKS}-\w{{1,6}}){{0,3}}{_BLANKS}-\w{{0,6}}b\w{{0,6}}(?:{_BLANKS}-\w{{1,6}}){{0,3}}{_BLANKS}"
        rf"(?:{_NAME}){{1,2}}{VALUE}(?=[ \t]*(?:\Z|[\"'>&]))",
    ),
)
_PROGRAMS = tuple(
    (word, re.compile(rf"{word}{rest}(?=[ \t])"), re.compile(arguments))
    for words, rest, arguments in _COMMANDS
    for word in words
)
_BEFORE_NAME = frozenset("._$@-:=")
# `echo … | chpasswd`, `chpasswd <<< …`
_SAID = rf"(?:echo|printf)(?:[ \t]{{1,9}}-\w{{1,3}}){{0,3}}{_BLANKS}"
_PIPE = r"[ \t]{0,9}\|[ \t]{0,9}(?:sudo[ \t]{1,9})?"
_PAIR = r"(?P<q>\\?[\"']?)(?P<user>[^\s\"':$\\]{1,60}):(?!(?P=user)\b)(?P<bare>[^\s\"'\\|;<>]{1,300})(?P=q)"
_CHPASSWD = (
    re.compile(rf"\b{_SAID}{_PAIR}{_PIPE}(?:\S{{0,40}}/)?chpasswd\b"),
    re.compile(rf"\bchpasswd{_BLANKS}<<<[ \t]{{0,9}}{_PAIR}"),
)
_PIPED = re.compile(
    rf"\b{_SAID}{VALUE}[ \t]{{0,9}}\|[ \t]{{0,9}}(?:(?:sudo[ \t]{{1,9}})?(?:\S{{0,40}}/)?"
    r"(?:passwd\b[^\r\n|;]{0,60}--stdin|(?:docker|podman|buildah|oras|helm|skopeo)\b[^\r\n|;]{0,200}--password-stdin"
    r"|vncpasswd|smbpasswd|kinit)\b|sudo(?:[ \t]{1,9}-\w{1,9}){0,3}[ \t]{1,9}-\w{0,3}S\b)"
)
_SETS = re.compile(
    rf"\b(?:setx|user-secrets{_BLANKS}set|config(?:ure)?{_BLANKS}set|git{_BLANKS}config(?:{_BLANKS}--\w{{1,20}}){{0,2}}){_BLANKS}"
    rf"[\"']?(?P<name>[\w./:@-]{{2,100}})[\"']?{_BLANKS}{VALUE}"
)
_LOGS_IN = re.compile(rf"\b(?:vault{_BLANKS}login|snyk{_BLANKS}auth){_BLANKS}(?P<bare>[\w.~+/=-]{{8,300}})")
_STRING = r"(?:\\?\"[^\"\\\r\n]{0,300}\\?\"|'[^'\\\r\n]{0,300}')"
_ITEM = r"-[ \t]{1,9}[^\s#][^\r\n]{0,300}"
# Arrays of strings, lists in YAML, arrays without quotes; what says at once that there are options, and one element of each.
_ARRAYS = (
    (
        re.compile(r"[\"']--?[A-Za-z]"),
        re.compile(rf"{_STRING}(?:\s{{0,80}},\s{{0,80}}{_STRING}){{1,60}}"),
        re.compile(r"\\?\"(?P<double>[^\"\\\r\n]{0,300})\\?\"|'(?P<single>[^'\\\r\n]{0,300})'"),
    ),
    (
        re.compile(r"^[ \t]{0,60}-[ \t]{1,9}[\"']?--?[A-Za-z]", re.MULTILINE),
        re.compile(rf"^(?P<indent>[ \t]{{0,60}}){_ITEM}(?:\r?\n(?P=indent){_ITEM}){{1,60}}", re.MULTILINE),
        re.compile(
            r"^[ \t]*-[ \t]{1,9}(?:\"(?P<double>[^\"\r\n]*)\"|'(?P<single>[^'\r\n]*)'"
            r"|(?P<bare>[^\s\"'][^\r\n]*?))[ \t]*(?:[ \t]#[^\r\n]*)?\r?$",
            re.MULTILINE,
        ),
    ),
    (
        re.compile(r"[\[,][ \t]{0,9}--?[A-Za-z]"),
        re.compile(r"\[[^\[\]{}\r\n\"']{4,600}\]"),
        re.compile(r"[^\s,\[\]][^,\[\]\r\n]{0,300}"),
    ),
)
_LONG_OPTION = re.compile(r"(?<!\S)--?(?P<name>[A-Za-z][\w.-]{2,60}) {1,99}(?P<bare>[^\s-]\S{0,300})")
# What says which options a program has, and gives them no values.
_DECLARES = re.compile(r"(?:option|argument|flag|param)\w{0,20}[ \t]{0,9}\([^()\r\n]{0,40}\Z", re.IGNORECASE)


def commands(text: str) -> Iterator[Candidate]:
    """Yield the passwords of commands and statements: `curl -u user:…`, `ConvertTo-SecureString "…"`."""
    for match in _USER.finditer(text) if "-u" in text else ():
        yield taken(match, "password")
    for match in _STATEMENTS.finditer(text) if _STATED.search(text.lower()) is not None else ():
        if match[0].startswith("identified") and not _SQL.search(text, max(0, match.start() - 200), match.start()):
            continue  # a sentence
        yield taken(match, "password")
    if " " in text or "\t" in text:
        yield from _programs(text)


def _programs(text: str) -> Iterator[Candidate]:
    for word, called, arguments in _PROGRAMS:
        at = text.find(word)
        while at >= 0:
            name = called.match(text, at) if not _is_inside(text, at) else None
            tail = _TAIL.match(text, name.end()) if name is not None else None
            if tail is not None:
                found = (taken(match, "password", tail.start()) for match in arguments.finditer(tail[0]))
                yield from (candidate for candidate in found if SENTENCE.fullmatch(candidate.value) is None)
            at = text.find(word, at + len(word))
    for expression in _CHPASSWD if "chpasswd" in text else ():
        for match in expression.finditer(text):
            yield taken(match, "password")
    for match in _PIPED.finditer(text) if "|" in text and ("echo " in text or "printf " in text) else ():
        yield taken(match, "password")
    for match in _SETS.finditer(text) if "config" in text or "set" in text else ():
        if strength(match["name"]) is not Strength.NONE:
            yield taken(match, last_part(match["name"]))
    for match in _LOGS_IN.finditer(text) if "vault" in text or "snyk" in text else ():
        yield taken(match, "token")


def arrays(text: str) -> Iterator[Candidate]:
    """Yield the same of commands that stand in arrays, an argument each: `["tool", "--password", "…"]`, lists in YAML."""
    for guard, array, element in _ARRAYS:
        for match in array.finditer(text) if guard.search(text) is not None else ():
            start = match.start()
            if guard.search(match[0]) and not _DECLARES.search(text, max(0, start - 60), start):
                line = _as_line(match[0], element)
                for option in _LONG_OPTION.finditer(line):
                    if strength(option["name"]) is not Strength.NONE and "\0" not in option["bare"]:
                        yield taken(option, option["name"], start)
                for candidate in commands(line):
                    if "\0" not in candidate.value:
                        yield replace(candidate, start=candidate.start + start, end=candidate.end + start)


def _as_line(array: str, element: re.Pattern[str]) -> str:
    """Return the elements of an array with nothing but blanks between them, each where it stood."""
    line = [" "] * len(array)
    for match in element.finditer(array):
        start, end = match.span(match.lastgroup or 0)
        line[start:end] = match[match.lastgroup or 0].replace(" ", "\0")
    return "".join(line)


def _is_inside(text: str, at: int) -> bool:
    """Say whether a word goes on in front: `gunzip`."""
    before = text[at - 1 : at] if at else ""
    return before.isalnum() or before in _BEFORE_NAME


_GROUPS = ("password", "quoted", "double", "single", "bare")


def named(
    expression: re.Pattern[str], text: str, form: Form = Form.BOUND, least: Strength = Strength.WEAK
) -> Iterator[Candidate]:
    """Yield what the matches of an expression bind to the names of credentials: to its group `name`, in a form of `VALUE`."""
    for match in expression.finditer(text):
        if strength(match["name"]) >= least:
            yield taken(match, match["name"], form=form)


def taken(match: re.Match[str], name: str, moved: int = 0, form: Form = Form.COMMAND) -> Candidate:
    """Return what a match of `VALUE` says, `moved` characters further on."""
    group = next(group for group in _GROUPS if group in match.re.groupindex and match[group] is not None)
    start, end = match.span(group)
    return Candidate(start + moved, end + moved, match[group], name, form, quoted=True)
