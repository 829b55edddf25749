"""`.netrc`: the passwords of machines."""

from __future__ import annotations

import re

from keylint.model import Channel, FileFacts, Role
from keylint.readers.collect import Collector, plain
from keylint.readers.interface import Interest

_MOST_CHARACTERS = 1_000_000
_TOKEN = re.compile(r"#[^\r\n]*|\"(?P<quoted>[^\"\r\n]*)\"|(?P<bare>[^\s\"]\S*)")
_MACRO = re.compile(r"[ \t]*\S*[^\n]*\n(?:[^\n]*\S[^\n]*\n?)*")


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a file of machines, each with `login`, `account` and `password`."""
    if len(text) > _MOST_CHARACTERS:
        return FileFacts(path, problem="larger than 1 MB: matched as text")
    collect = Collector(text, path, interest, Channel.INI, environment)
    at, machine, field = 0, "", ""
    while (match := _TOKEN.search(text, at)) is not None:
        at = match.end()
        token = match["quoted"] if match["quoted"] is not None else match["bare"]
        if token is None:
            collect.free(match.start(), at, Role.COMMENT)
        elif field == "machine":
            machine, field = token, ""
        elif field:
            start, label = (
                match.start("quoted" if match["quoted"] is not None else "bare"),
                f"{machine or 'default'}.{field}",
            )
            collect.value(field, token, lambda s=start, t=token: plain(s, s + len(t)), lambda name=label: name)  # type: ignore[misc]
            field = ""
        elif token in ("machine", "login", "account", "password"):
            field = token
        elif token == "default":
            machine = ""
        elif token == "macdef":
            macro = _MACRO.match(text, at)
            collect.free(at, macro.end() if macro is not None else at)
            at = macro.end() if macro is not None else at
        else:
            end = text.find("\n", at)
            at = end if end >= 0 else len(text)
            collect.free(match.start(), at)
    return FileFacts(path, definitions=tuple(collect.definitions))
