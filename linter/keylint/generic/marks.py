"""One vectorised pass over a file's bytes: does a value stand in it where secrets stand?"""

from __future__ import annotations

from typing import NamedTuple

from keylint.generic.left_alone import is_left_alone
from keylint.match import MAX_HITS, Table, scanner


class Marks(NamedTuple):
    """What one pass found: end offsets, but for `titles` inside of values."""

    quoted: tuple[int, ...]
    """Literals of any look that are bound to the name of a credential."""
    bare: tuple[int, ...]
    """The same of values without quotes; in code most are expressions."""
    loose: tuple[int, ...]
    """Values that stand where credentials do: in a header, a URL, a command."""
    near: tuple[int, ...]
    """Values with a digit that stand not far from a word for credentials."""
    numbers: tuple[int, ...]
    """The beginnings of lists of numbers that are bound to the name of a credential."""
    titles: tuple[int, ...]
    """Titles of columns that are called like credentials."""
    stopped: bool
    """There were more than `MAX_HITS`, and the rest was not looked at."""


# Files in which no name stands beside a password: it has its place in the line.
BY_PLACE = ("pgpass", "pgpass.conf", "sasl_passwd", "passwd_client", "chap-secrets", "pap-secrets")


class Marker:
    """A compiled database. One marker serves one process and thread."""

    def __init__(self, cache_dir: str | None) -> None:
        self._scan = scanner(_table(), cache_dir)

    def marks(self, path: str, data: bytes) -> Marks | None:
        """Return what one pass over a file found; `None` when that is nothing, or the file is left alone."""
        if is_left_alone(path):
            return None
        hits = self._scan(data)
        if not hits and not path.endswith(BY_PLACE):
            return None
        quoted, bare, loose, near, numbers, titles = (
            tuple(end for number, end in hits if number == mark) for mark in _MARKS
        )
        return Marks(quoted, bare, loose, near, numbers, titles, len(hits) > MAX_HITS)


_LITERAL, _BARE, _LOOSE, _NEAR, _NUMBERS, _TITLES = _MARKS = range(6)

_CREDENTIAL = (
    rb"(?:pass|pwd|[_.-]pw|\bpw[0-9]?\b|secret|token|api_?-?key|[a-z_.-]key|[\x22']key|credentials?|authorization|kennwort|contrase(?:n|\xc3\xb1)a|senha|wachtwoord|[\x22'_]auth|ticket"
    rb"|session|sessid|[._-]sid)"
)
_EXPRESSIONS = (
    # In an array, in a call, behind a word of SQL, too.
    (
        _LITERAL,
        rb"NAMEQUOTE?[\])]{0,2}TYPE?[ \t]{0,8}(?:=>|[:=!?~]?[:=]{1,2}|,|<-|\|\||\?\?|or )[ \t]{0,8}"
        rb"(?:[a-z][a-z_.]{0,30})?[\[(]?[rbu@]?QUOTE[\x22'\\]{0,3}"
        rb"(?:ANY[^\s\\<>{}$]{3}|\{[ \t]{0,4}QUOTE)",
    ),
    (_LITERAL, rb"NAME(?:\([ \t]{0,4}|[ \t](?:is |by )?)[\x22']ANY{4}"),
    # It ends the line, or the assignment has no blanks.
    (
        _BARE,
        rb"NAMEQUOTE?[ \t]{0,4}[:?+]?[:=][ \t]{0,4}(?:WORD{4,}|ANY{0,60}[0-9]ANY{3,})[ \t]*(?:\r?$|[ \t]#|[\x22'`\\])",
    ),
    (_BARE, rb"NAMEQUOTE?[ \t]{0,4}[:=](?:\*\*|__)?[ \t]{0,4}(?:SIGNED[0-9]SIGNED|SIGNED[0-9])(?:\r?$|[ \t,}])"),
    (_BARE, rb"NAME=WORD{4,}[\s\x22'`&;]"),
    # In markup, beside the name, as an option, in a query.
    (_LOOSE, rb"NAME[\x22']?>[ \t]{0,9}(?:<!\[CDATA\[)?ANY{4,80}"),
    (_LOOSE, rb"NAMEQUOTE?,?\s{1,40}QUOTE?(?:default_?)?value\\{0,3}[\x22']?[ \t]{0,4}[=:][ \t]{0,4}[\x22']?ANY{4}"),
    (_LOOSE, rb"--[a-z-]{0,20}NAME[ =][\x22']?ANY{4}"),
    (_LOOSE, rb"[?&;]NAME=[^\s\x22'`\\<>{}$&]{8}"),
    (_LOOSE, rb"NAME=[A-Za-z0-9_.~+/-]{0,40}%[0-9A-F]{2}[A-Za-z0-9]{8}"),
    (_LOOSE, rb"\bkey[\x22']?[ \t]{0,4}[:=>][ \t]{0,4}[\x22']?[A-Za-z0-9+/=_-]{16}"),
    # Where no name stands.
    (_LOOSE, rb"://[^\s:@/\x22'<>]{0,40}:[^\s@\x22'<>{}$/][^\s@\x22'<>{}]{2,80}@"),
    (_LOOSE, rb"\b(?:bearer|basic|token|api-?key|bot|ssws|geniekey|jwt)(?::? {1,4}|%20)[A-Za-z0-9+/=_.-]{16}"),
    (
        _LOOSE,
        rb"(?:sshpass -p|identified by|-securestring|[ \t](?:-u|--user)[ =][\x22']?[^\s:\x22']{1,60}:) ?[\x22']?ANY{4}",
    ),
    (_LOOSE, rb"\b(?:mysql|docker[ \t]{1,9}login|redis-cli)[^\r\n|;]{0,200}[ \t]-[pa][ \t]{0,9}[\x22']?ANY{4}"),
    # Data sources without a scheme, `.netrc`, defaults, anchors, property lists, entities of markup.
    (_LOOSE, rb":[^\s\x22'<>@]{3,60}@(?:tcp6?|unix|cloudsql)\("),
    (_LOOSE, rb":[^\s\x22'<>@]{3,60}@\([a-z0-9.-]{1,60}:[0-9]"),
    (_LOOSE, rb"oracle:(?:thin|oci8?):[^\s/]{1,40}/[^\s@\x22']{3,60}@"),
    (_LOOSE, rb"login\s{1,20}[^\s]{1,60}\s{1,20}password\s{1,20}ANY{4}"),
    (_LOOSE, rb"\$\{[a-z0-9_.]{0,40}NAME:[=-]?[^\s\x22'`\\<>{}$]{6}"),
    (_LOOSE, rb"&[a-z0-9_-]{0,30}NAME[ \t]{1,9}[\x22']?ANY{4}"),
    (_LOOSE, rb"</key>\s{0,60}<string>ANY{6}"),
    (
        _LOOSE,
        rb"NAMEQUOTE?[ \t]{0,4}[:=][ \t]{0,4}(?:\{\s{0,60}|\r?\n[ \t]{1,60})QUOTE?"
        rb"(?:value|plaintext)QUOTE?[ \t]{0,4}[:=][ \t]{0,4}QUOTE?ANY{4}",
    ),
    (_LOOSE, rb"NAME(?:</[a-z:-]{1,40}|[\x22'][^<>]{0,80})>\s{0,60}<(?:[a-z-]{1,20}[-:])?value>\s{0,20}ANY{4}"),
    (_LOOSE, rb"NAME(?:&[a-z0-9#]{3,5};)?[ \t]{0,4}[:=][ \t]{0,4}&(?:quot|#34|#39|#x27|apos);[^\s&]{4}"),
    (_LOOSE, rb"\b(?:psk|eap|xauth)[ \t]{1,4}[\x22']ANY{4}"),
    (_LOOSE, rb"psk[\x22']?[ \t]{0,4}[:=][ \t]{0,4}[\x22']?ANY{8}"),
    # Options in lists, with one dash, and what commands take a password by.
    (_LOOSE, rb"-NAME[\x22']?[ \t]{0,4}\r?\n[ \t]{0,60}-[ \t]{1,4}[\x22']?ANY{4}"),
    (_LOOSE, rb"-NAME, ?ANY{4}"),
    (_LOOSE, rb"[\x22']-[pwka][\x22'], {0,4}[\x22']ANY{4}"),
    (_LOOSE, rb"mysql[a-z]{0,5}[\x22'],[^\r\n]{0,60}[\x22']-pANY{4}"),
    (
        _LOOSE,
        rb"[ \t]-(?:[a-z]{0,12}pass(?:word|phrase)?|[a-z]{0,12}token|[a-z]{0,12}secret|passin pass:)[ \t:]{1,4}[\x22']?ANY{4}",
    ),
    (_LOOSE, rb"\blogin[ \t][^\r\n|;]{0,60}[ \t]-p[ \t]{1,9}[\x22']?ANY{4}"),
    (
        _LOOSE,
        rb"\b(?:ldap[a-z]{3,7}|unzip|zip|zipcloak|mongo[a-z]{0,7}|ipmitool|sqlcmd|bcp|[io]sql|snmp[a-z]{3,8}|openssl enc|psexec"
        rb"|mosquitto_[ps]ub|plink|pscp|psftp)[ \t][^\r\n|;]{0,60}-[pwkax]w?[ \t]{1,9}[\x22']?ANY{4}",
    ),
    (_LOOSE, rb"-pass(?:in|out)?[ \t\x22',]{1,9}pass:ANY{4}"),
    (_LOOSE, rb"\b(?:7z[arz]?|rar|unrar)[ \t][^\r\n|;]{0,60}[ \t]-pANY{4}"),
    (_LOOSE, rb"\b(?:smbclient|rpcclient|smbget|winexe)[ \t][^\r\n|;]{0,60}%ANY{4}"),
    (_LOOSE, rb"ftp[ \t][^\r\n|;]{0,30}-u[ \t]{1,4}[^\s,]{1,40},ANY{4}"),
    (_LOOSE, rb"curl[ \t][^\r\n]{0,60}-u[^\s:=-]{1,40}:ANY{4}"),
    (_LOOSE, rb"-?creds[ =][\x22']?[^\s:]{1,40}:ANY{4}"),
    (_LOOSE, rb"rabbitmqctl[ \t]{1,4}(?:add_user|change_password)[ \t]{1,4}[^\s]{1,40}[ \t]{1,4}ANY{4}"),
    (_LOOSE, rb"\bnet user[ \t]{1,4}[^\s]{1,40}[ \t]{1,4}ANY{4}"),
    (_LOOSE, rb"/user:[^\s]{1,40}[ \t]{1,4}ANY{4}"),
    (_LOOSE, rb"(?:cmdkey|freerdp|schtasks)[ \t][^\r\n]{0,60}/r?p(?:ass)?[ \t:]{1,4}ANY{4}"),
    (_LOOSE, rb"(?:ht|mosquitto_)passwd[ \t]{1,4}-[^\r\n]{12}"),
    (_LOOSE, rb"(?:sqlplus|sqlldr|expdp|impdp)[ \t][^\r\n]{0,30}/[^\s@/]{4}"),
    (_LOOSE, rb"\bchpasswd\b"),
    (_LOOSE, rb"(?:echo|printf)[ \t][^\r\n|]{4,60}\|[^\r\n|]{0,60}(?:-stdin|sudo -s|vncpasswd|smbpasswd|kinit)"),
    (_LOOSE, rb"(?:setx|secrets set|config(?:ure)? set) [^\s]{0,40}NAME[\x22']?[ \t]{1,4}[\x22']?ANY{6}"),
    (_LOOSE, rb"git config [^\s]{0,40}NAME[ \t]{1,4}[\x22']?ANY{6}"),
    (_LOOSE, rb"(?:vault login|snyk auth) [a-z0-9._-]{8}"),
    (
        _LOOSE,
        rb"(?:twine upload|cqlsh|beeline|unlock-keychain|(?:generic|internet)-password)[ \t]"
        rb"[^\r\n|;]{0,60}-[pw][ \t]{1,9}[\x22']?ANY{4}",
    ),
    (
        _LOOSE,
        rb"(?:wpa_passphrase|mc alias set|mc config host add|etcdctl --user)[ \t][^\r\n]{8}",
    ),
    (_LOOSE, rb"\| ?default\( ?\\?[\x22']ANY{6}"),
    (
        _LOOSE,
        rb"type[\x22']?: ?[\x22']?[a-z:]{3,20}[\x22']?,?\s{1,40}(?:noecho: ?[a-z]{4,5}\s{1,40})?"
        rb"[\x22']?default[\x22']?: ?[\x22']?ANY{6}",
    ),
    # Directives.
    (
        _LOOSE,
        rb"(?:requirepass|masterauth|auth_pass|auth-pass|bindpw|rootpw|--plaintext|insecure-password|password password)"
        rb"[ \t]{1,20}[\x22']?ANY{4}",
    ),
    (_LOOSE, rb"stats auth [^\s:]{1,40}:ANY{4}"),
    (_LOOSE, rb" (?:on|off|resetpass|allkeys) >ANY{4}"),
    (
        _LOOSE,
        rb"(?:setenv|[is]_param|set_header|input_header|set -[a-z]{1,4})[ \t]{1,9}[a-z0-9_-]{0,30}NAME[ \t]{1,9}[\x22']?ANY{4}",
    ),
    (_BARE, rb"^[ \t]{0,20}(?:env[ \t]{1,4})?[a-z0-9_.-]{0,30}NAME[ \t]{1,20}[^\s\x22'<>{}$()]{4,};?[ \t]{0,9}\r?$"),
    (
        _NUMBERS,
        rb"NAMEQUOTE?[^\n\x22'=]{0,40}[:=][^\n\x22';=]{0,40}[\[({]\s{0,40}(?:\(byte\) ?)?-?(?:0x[0-9a-f]{1,2}|[0-9]{1,3}),",
    ),
    # Titles of columns; the cells are below.
    (_TITLES, rb"\|[ \t*`]{0,4}(?:[a-z]{1,12}[ _-]){0,2}COLUMN[ \t*`]{0,20}(?:\||\r?$)"),
    (_TITLES, rb"\A[^\n]{0,400}COLUMN\x22?(?:[,;\t|]|\r?$)"),
    (_TITLES, rb"insert (?:ignore )?into [^\s(]{1,60}[ \t]?\([^()]{0,200}COLUMN[`\x22]?[,)\s]"),
    # The language binds it: an argument, a default, what is returned or compared.
    (_NEAR, rb"WHERE[\x00-\xff]{0,100}LITERAL"),
    (_NEAR, rb"LITERAL[^\n]{0,40}WHERE"),
    (
        _NEAR,
        rb"(?:getconnection|sqli?_connect|real_connect|(?:sql|mysqldb|mariadb|connector)\.connect|ftp(?:_tls)?|new pdo)"
        rb"\([^\r\n]{0,60}LITERAL",
    ),
    (_NEAR, rb"fernet\(b?LITERAL"),
    (_NEAR, rb"NAME[ \t]{0,4}=[ \t]{0,4}(?:r\x22\(|q\(|\[\[|%w\[)DIGIT"),
    (_NEAR, rb"WHERE[a-z0-9_.-]{0,16}:[ \t]{0,4}(?:[|>&!][^\s]{0,30})?\s{1,40}(?:- ?)?DIGIT\s"),
)
_PARTS = (
    (b"NAME", _CREDENTIAL + rb"[A-Za-z0-9_.-]{0,16}"),
    (
        b"COLUMN",
        rb"(?:passw(?:or)?d|passphrase|passwort|pwd|secret|token|api[ _-]?key|(?:access|secret)[ _-]?key|credentials?)",
    ),
    # `: str`, ` string`, `[16]`, ` As String`: what may stand between a name and its sign.
    (b"TYPE", rb"(?:[ \t]{0,4}[: \[][^\n\x22'`=;,(){}]{1,40})"),
    (b"WHERE", rb"(?:pass|pwd|[_.-]pw|secret|token|api_?-?key|[a-z_.-]key|credential|auth|login)"),
    (b"LITERAL", rb"[\x22'`]DIGIT[\x22'`]"),
    (b"DIGIT", rb"(?:CHAR{0,60}[0-9]CHAR{2,60}|CHAR{4,60}[0-9]CHAR{0,2})"),
    (b"CHAR", rb"[^\s\x22'`\\<>]"),
    (b"SIGNED", rb"[^\s\x22'`\\<>{}$(\[]{1,60}"),
    (b"QUOTE", rb"\\{0,3}[\x22'`]"),
    (b"ANY", rb"[^\s\x22'`\\<>{}$%()]"),
    (b"WORD", rb"[^\s\x22'`\\<>{}$%(),;|&.]"),
)


def _table() -> Table:
    import hyperscan

    rows = []
    for number, expression in _EXPRESSIONS:
        for part, meaning in _PARTS:
            expression = expression.replace(part, meaning)
        rows.append((number, expression, hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_MULTILINE))
    return rows
