"""The first look at a file's bytes, and the cheap second look that decides whether it has to be parsed."""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from keylint.engine.reading import decode, defines_environment
from keylint.engine.sniffed import Sniffed, Totals, Wanted, kind_of
from keylint.generic.marks import Marker
from keylint.match import NOTHING, Hits, Matcher, TokenMatcher
from keylint.model import Confidence, Skipped
from keylint.readers import assigns_values
from keylint.sources.read import is_binary, read
from keylint.sources.stamp import ABSENT, INTEGERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keylint.engine.interest import KnownValues
    from keylint.generic.candidate import Candidate, Where
    from keylint.registry import Registry

# Around a hit of the matcher, in bytes: what may stand before its end, and how far a key may go on behind it.
_BEFORE, _WINDOW = 400, 4000
_UTF16 = (b"\xff", b"\xfe")
_PYTHON = (".py", ".pyi", ".pyw")
_CONFIG = (".yaml", ".yml", ".toml", ".json", ".jsonc", ".ini", ".cfg", ".conf", ".properties", ".ipynb", ".env")


class Sniffer:
    """Looks at files. One per process."""

    def __init__(
        self,
        matcher: Matcher,
        registry: Registry,
        known: KnownValues | None,
        cache_dir: str | None,
        secrets: bool = True,
        guesses: bool = False,
        every_file: bool = False,
    ) -> None:
        self._matcher = matcher
        self._registry = registry
        self._known = known
        # How sure it has to be that something is a secret.
        self._wanted = tuple(Confidence) if guesses else (Confidence.HIGH, Confidence.MEDIUM)
        # A user's own plugin may find something anywhere.
        self._every_file = every_file
        self._marker = Marker(cache_dir) if secrets else None
        self._cache_dir = cache_dir
        self._tokens = TokenMatcher(known.lengths if known is not None else (), cache_dir)

    def prepare(self) -> None:
        """Load what is otherwise loaded when a file first needs it."""
        from keylint.generic import look  # noqa: F401

        self._registry.catalogue.named("")

    def batch(self, root: str, paths: Sequence[str]) -> Totals:
        """Look at every file of `paths` (relative to `root`)."""
        files = size = 0
        found: list[Sniffed] = []
        skipped: list[Skipped] = []
        scan, may_hold_secret = self._matcher.scan, self._may_hold_secret
        prefix = os.path.join(root, "")
        stamps = array("q") if self._cache_dir is not None else None
        plain = self._known is None and not self._every_file
        for number, path in enumerate(paths, 1):
            data = read(prefix + path, path, stamps=stamps)
            if stamps is not None and len(stamps) < INTEGERS * number:
                stamps.extend(ABSENT)
            if not isinstance(data, bytes):
                skipped.append(data)
                continue
            if data.find(b"\0", 0, 8192) >= 0 and is_binary(data):
                skipped.append(Skipped(path, "binary"))
                continue
            files += 1
            size += len(data)
            hits = scan(data)
            secrets = may_hold_secret(path, data)
            if (
                hits is NOTHING
                and plain
                and not secrets
                and not defines_environment(path, data)
                and data[:1] not in _UTF16
            ):
                continue
            sniffed = self._look(path, data, hits, secrets)
            if sniffed is not None:
                found.append(sniffed)
        told = {each.path: kind_of(each) for each in found} | {each.path: kind_of(each) for each in skipped}
        before = stamps.tobytes() if stamps is not None else b""
        return Totals(files, size, found, skipped, before, bytes(told.get(path, 0) for path in paths))

    def look(self, path: str, data: bytes) -> Sniffed | None:
        """Look at one file's bytes; `None` when there is nothing in it."""
        return self._look(path, data, self._matcher.scan(data), self._may_hold_secret(path, data))

    def _look(self, path: str, data: bytes, hits: Hits, secrets: bool) -> Sniffed | None:
        if hits:
            wanted = self._second_look(path, data, hits)
        elif defines_environment(path, data):
            wanted = Wanted.READ
        elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self._look_at_utf16(path, data)
        else:
            wanted = Wanted.NOTHING
        if wanted is not Wanted.READ and self._holds_known(data):
            wanted = Wanted.READ
        if wanted is Wanted.NOTHING and not hits.ignores and not hits.stopped and not secrets:
            return None
        modules = imports(data) if wanted is not Wanted.NOTHING and path.endswith(_PYTHON) else ()
        return Sniffed(path, wanted, hits.ignores, hits.stopped, modules, secrets)

    def _holds_known(self, data: bytes) -> bool:
        """Say whether a token of the file is a key that the inventory knows."""
        known = self._known
        return known is not None and any(t.decode("latin-1") in known for t in self._tokens.tokens(data))

    def _may_hold_secret(self, path: str, data: bytes) -> bool:
        if self._every_file or self._marker is None:
            return self._every_file
        marks = self._marker.marks(path, data)
        if marks is None or _NO_KEYS.match(data):
            return False
        from keylint.generic.look import may_hold_secret

        return may_hold_secret(path, data, marks, self._is_wanted)

    def _is_wanted(self, candidate: Candidate, where: Where) -> bool:
        from keylint.engine.unmarked import is_told
        from keylint.generic.values import judge

        return judge(candidate, where) in self._wanted and not is_told(candidate.value, "", self._registry.catalogue)

    def _look_at_utf16(self, path: str, data: bytes) -> Sniffed | None:
        text = decode(data)[0].encode()
        return self.look(path, text)

    def _second_look(self, path: str, data: bytes, hits: Hits) -> Wanted:
        """Judge the hits where they stand before anything is parsed."""
        if _NO_KEYS.match(data):
            return Wanted.NOTHING
        if defines_environment(path, data) or path.endswith(".ipynb"):
            return Wanted.READ
        python = path.endswith(_PYTHON)
        if hits.keys and self._has_key(data, hits):
            return Wanted.READ
        assigns = bool(hits.names or hits.bound) and (path.endswith((*_PYTHON, *_CONFIG)) or assigns_values(path))
        if assigns and hits.names and self._binds_known_name(data):
            return Wanted.READ
        if assigns and hits.bound and self._names_a_kind(data, hits.bound, python):
            return Wanted.READ
        if hits.split and (python or assigns_values(path)) and self._has_split_key(data, hits.split):
            return Wanted.READ
        if not python or not hits.sdk:
            return Wanted.NOTHING
        hands_over = hits.header or self._names_a_call(data)
        if hands_over and (_binds_candidate(data) or _passes_candidate(data, self._calls)):
            return Wanted.READ
        return Wanted.IF_REACHED

    def _has_key(self, data: bytes, hits: Hits) -> bool:
        """Say whether any anchor hit is a candidate at all: boundaries hold, and it is more than a placeholder."""
        ends = sorted({end for _, end in hits.keys})
        seen_until = -1
        for first, end in enumerate(ends):
            if end <= seen_until:
                continue
            # One look for all hits nearby: a look for each would read a text of nothing but anchors thousands of times.
            last = ends[bisect_right(ends, end + _WINDOW, first) - 1]
            start = max(0, end - _BEFORE)
            window = data[start : last + _WINDOW].decode("latin-1")
            seen_until = last
            for candidate in self._registry.catalogue.recognise(window):
                if candidate.start + start < last:
                    seen_until = max(seen_until, candidate.end + start)
                    cut_off = candidate.end == len(window)
                    if hits.sdk or cut_off or self._is_key(window, candidate.start, candidate.end):
                        return True
        return False

    def _is_key(self, window: str, start: int, end: int) -> bool:
        """A whole key counts anywhere; a damaged one only behind the name of a credential, a placeholder nowhere."""
        from keylint.engine.interest import CREDENTIAL_NAME

        judgement = self._registry.catalogue.judge(window[start:end])
        if not judgement.kinds or any(d.code in ("KL205", "KL206", "KL207") for d in judgement.defects):
            return False
        return judgement.well_formed or CREDENTIAL_NAME.search(window, max(0, start - 100), start) is not None

    def _has_split_key(self, data: bytes, ends: Iterable[int]) -> bool:
        """Say whether literals that stand side by side begin like a key when they are put together."""
        if not _SPLIT_LITERAL.search(data):
            return False
        seen_until = -1
        for end in ends:
            if data[end - 1] == _PLUS and not _LITERAL_FOLLOWS.match(data, end):
                return True  # what a name stands for, the reader knows
            if end <= seen_until:
                continue
            seen_until = end + _WINDOW // 2
            joined = _GAP.sub(b"", data[max(0, end - _BEFORE) : end + _WINDOW])
            if self._registry.catalogue.recognise(joined.decode("latin-1")):
                return True
        return False

    def _names_a_call(self, data: bytes) -> bool:
        """Say whether a module of an SDK is imported, and a call of this SDK named: others have calls of the same name."""
        calls = self._calls_by_module
        modules = {re.split(r"\W", module, maxsplit=1)[0] for module in imports(data)}
        return any(calls[module].search(data) for module in modules if module in calls)

    @cached_property
    def _calls_by_module(self) -> dict[str, re.Pattern[bytes]]:
        names: dict[str, set[str]] = {}
        for call in self._registry.catalogue.sinks:
            names.setdefault(call.partition(".")[0], set()).add(re.escape(call.rpartition(".")[2]))
        return {module: re.compile(rf"\b(?:{'|'.join(sorted(known))})\b".encode()) for module, known in names.items()}

    def _names_a_kind(self, data: bytes, bound: Iterable[int], python: bool) -> bool:
        """Say whether a bound value is a key for its name: `heroku_api_key`, or in config `heroku:` with `api_key:` below."""
        reach = _NAME_REACH if python else _PATH_REACH
        for end in bound:
            start = max(0, end - reach)
            found = list(_NAMES_BEFORE.finditer(data[start:end].decode("latin-1")))
            names = [match[1] or match[2] for match in found]
            for name in (names[-1], "_".join(names[-3:])) if names else ():
                if self._registry.catalogue.named(name) and self._may_be_of(name, data, start + found[-1].end()):
                    return True
        return False

    def _may_be_of(self, name: str, data: bytes, start: int) -> bool:
        """Say whether the value that begins at `start` is of the kind that its name tells, whole or damaged."""
        from keylint.generic.detect import PLAIN_WORDS

        match = _VALUE.match(data[start : start + _VALUE_REACH].decode("latin-1"))
        if match is None:
            return True
        value = match[2] or match[3]
        return not PLAIN_WORDS.fullmatch(value) and bool(self._registry.catalogue.judge(value, name=name).kinds)

    @cached_property
    def _calls(self) -> re.Pattern[bytes]:
        """A literal or `None` as the first thing in a known call."""
        names = b"|".join(re.escape(name).encode() for name in self._registry.expressions.calls) or rb"\0"
        return re.compile(rb"\b(?:" + names + rb")\s*\(\s*(?:None\b|[rbu]?([\"'])([^\"'\n]{0,200})\1)")

    def _binds_known_name(self, data: bytes) -> bool:
        """Say whether a known variable is given a literal value, rather than a reference to one."""
        names = self._registry.catalogue.env
        return any(
            name.decode() in names
            and not value.startswith((b"$", b"{", b"os.", b"getenv", b"environ", b"None", b"Field", b"process."))
            for name, value in (*_BOUND_VARIABLE.findall(data), *_NAMED_VALUE.findall(data))
        )


_BOUND_VARIABLE = re.compile(
    rb"""\b([A-Za-z][A-Za-z0-9_]{2,60})["']?\]?[ \t]*(?::[ \t]*str[ \t]*)?(?:[:?]=|[=:])[ \t]*["']?(?=([^\s"'#,;)}]{4,}))"""
)
# `name: OPENAI_API_KEY` and `value: …` side by side: lists of variables in YAML, JSON, XML and Terraform.
_NAMED_VALUE = re.compile(
    rb"""\b([A-Za-z][A-Za-z0-9_]{2,60})["']?,?\s{1,40}["']?value["']?[ \t]*[=:][ \t]*["']?([^\s"'#,;)}<>]{4,})""",
    re.IGNORECASE,
)
# How many bytes before a value its name is looked for, and in config the keys that it stands below.
_NAME_REACH, _PATH_REACH, _VALUE_REACH = 120, 300, 2000
_VALUE = re.compile(r"""[\s=>]*+[rbfuRBFU]{0,2}(?:(["'])([^\n]{4,}?)\1|([^\s"'`,;<>(){}\[\]]{4,}))""")
_NAMES_BEFORE = re.compile(
    r"(?:(?<![A-Za-z0-9_.-])|(?<=--))([A-Za-z_][A-Za-z0-9_.-]{1,80}+)[\"']?\]?[ \t]*(?::[^=\n\"']{0,60})?[:=]"
    r"|--([A-Za-z][A-Za-z0-9_-]{1,60}+)[ ]"
)
# Files of fingerprints and hashes: keylint's inventories and baselines, baselines of detect-secrets. No key stands in them.
_NO_KEYS = re.compile(
    rb"(?:[ \t]*#[^\n]*\n|[ \t]*\r?\n){0,100}keylint_inventory[ \t]*:"
    rb"|(?:\xef\xbb\xbf)?\s*\{\s*\"keylint_baseline\"[ \t]*:"
    rb"|(?:\xef\xbb\xbf)?\s*\{\s*\"(?:version|plugins_used|generated_at|custom_plugin_paths|exclude)\""
    rb"(?s:.{0,20000}?)\"plugins_used\"\s*:\s*\[\s*\{"
)
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+\(?([^\n#]*)|import[ \t]+([^\n#]+))", re.MULTILINE
)


def imports(data: bytes) -> tuple[str, ...]:
    """Return the modules that a Python file imports, and for `from a import b` also `a.b`, which may be one."""
    found: list[str] = []
    for module, names, plain in _IMPORT.findall(data):
        if plain:
            found += [part.split(b" as ")[0].strip().decode("latin-1") for part in plain.split(b",")]
            continue
        base = module.decode("latin-1")
        found.append(base)
        glue = "" if base.endswith(".") else "."
        for name in re.findall(rb"(\w+)(?:[ \t]+as[ \t]+\w+)?", names)[:50]:
            found.append(f"{base}{glue}{name.decode('latin-1')}")
    return tuple(dict.fromkeys(found))


# A literal that ends in a known prefix and goes on in another one.
_SPLIT_LITERAL = re.compile(rb"[A-Za-z0-9_-]{3,60}[\"'][ \t\r\n\\]*(?:[+.][ \t\r\n\\]*)?[rbRB]?[\"'][A-Za-z0-9_-]{4,}")

_PLUS = ord("+")
_LITERAL_FOLLOWS = re.compile(rb"[ \t\r\n\\(]*[rbfuRBFU]{0,2}[\"']")
_GAP = re.compile(rb"[\"'][ \t\r\n\\]*(?:[+.][ \t\r\n\\(]*)?[rbfuRBFU]{0,2}[\"']")

_BOUND_LITERAL = re.compile(
    rb"""(?:key|token|secret|passw|credential|auth|sid|pat)\w{0,60}["']?\]?[ \t]*(?::[^=\n"']{0,60})?[=:][ \t]*
         (?:[\w.]{0,40}\([ \t]*)?[rbfuRBFU]{0,2}(["'])([^"'\n]{0,200})\1""",
    re.IGNORECASE | re.VERBOSE,
)
# `aws_secret_access_key` is a name of a key, `your_api_key` stands in for one.
_WORDS = re.compile(rb"[a-z]+\d{0,4}(?:[ _.:/-]+[a-z]+\d{0,4})*[.:/]?\Z", re.IGNORECASE)
_TELLING = re.compile(
    rb"your|insert|replace|change|example|sample|dummy|fake|placeholder|redact|todo|xxx|here", re.IGNORECASE
)
_TOKEN = re.compile(rb"[A-Za-z0-9+]{12,}")


def _binds_candidate(data: bytes) -> bool:
    """Say whether a literal bound to a credential's name looks like a key, or like what stands in for one."""
    for match in _BOUND_LITERAL.finditer(data):
        value = match[2].strip()
        if not value:
            # An empty password is what a service without one has.
            if match[0][:5].lower() != b"passw":
                return True
            continue
        if b"{" not in value and (_is_opaque(value) or _stands_in(value)):
            return True
    return False


def _passes_candidate(data: bytes, calls: re.Pattern[bytes]) -> bool:
    """Say whether a known call is given nothing, or what stands in for a key, as its first argument."""
    return any(not value or _is_opaque(value) or _stands_in(value) for _, value in calls.findall(data))


def _is_opaque(value: bytes) -> bool:
    """Not a word, a path or a sentence: a long run of letters and digits mixed."""
    return b"://" not in value and any(not run.isalpha() and not run.isdigit() for run in _TOKEN.findall(value))


def _stands_in(value: bytes) -> bool:
    from keylint.catalogue.placeholder import classify

    if _WORDS.match(value) and not _TELLING.search(value):
        return False
    return b" " not in value and classify(value.decode("latin-1")) is not None
