"""Reading provider files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.grammar import GrammarError, parse
from keylint.catalogue.live import problem_of as problem_of_check
from keylint.catalogue.pattern import problem_of
from keylint.catalogue.settings import CLAIMS, claim_of
from keylint.model import (
    Confidence,
    EnvName,
    Header,
    KeyKind,
    Lifetime,
    LiveCheck,
    Provider,
    PublicExample,
    Reason,
    Retirement,
    Secrecy,
    Setting,
    Sign,
    Sink,
    SinkForm,
)

if TYPE_CHECKING:
    from pathlib import Path


class CatalogueError(Exception):
    """A provider file cannot be used; the message begins with file and line."""


class UnreadableError(CatalogueError):
    """It cannot even be read, or is no TOML."""


class _Field(NamedTuple):
    check: Callable[[Any], bool]
    wanted: str
    default: Any = None
    required: bool = False


def _matches(regex: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(regex, value) is not None


def _is_call(value: Any) -> bool:
    calls = value if isinstance(value, list) and value else [value]
    return all(map(_matches(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"), calls))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _one_of(*values: str) -> _Field:
    return _Field(lambda value: value in values, f"one of {', '.join(values)}", values[0])


_TEXT = _Field(_is_text, "a string", "")
_NEEDED = _Field(_is_text, "a string", required=True)
_MAYBE = _Field(_is_text, "a string")
_TEXTS = _Field(_is_texts, "a list of strings", ())
_MAYBE_TEXTS = _Field(_is_texts, "a list of strings")
_FLAG = _Field(lambda value: isinstance(value, bool), "true or false", False)
_ID = _Field(_matches(r"[a-z0-9][a-z0-9-]*"), "lower-case letters, digits and hyphens", required=True)
_TABLE = _Field(_is_table, "a table")
_TABLES = _Field(_is_tables, "a list of tables", ())
_DAY = _Field(lambda value: type(value) is date, "a date")
_CONFIDENCE = _one_of("high", "medium", "low")
_NUMBER = _Field(lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0, "a number")
_COUNT = _NUMBER._replace(required=True)


def _is_text_table(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_word(value: Any) -> bool:
    return isinstance(value, str | int | bool)


_TEXT_TABLE = _Field(_is_text_table, "a table of strings", {})
_PROVIDER = {
    "id": _ID, "name": _TEXT, "hosts": _TEXTS, "dashboard": _TEXT, "rotation": _TEXT, "refusal": _TEXT,
    "exception": _TEXT, "dirty": _TEXT_TABLE,
    "header": _TABLES, "env": _TABLES, "setting": _TABLES, "sink": _TABLES, "kind": _TABLES, "check": _TABLES,
}  # fmt: skip
_HEADER = {"name": _NEEDED, "scheme": _TEXT, "refuses": _TEXTS}
_ENV = {"name": _NEEDED, "accepts": _MAYBE_TEXTS}
_SETTING = {"name": _NEEDED, "value": _NEEDED, "confidence": _CONFIDENCE}
_SINK = {
    "call": _Field(_is_call, "a dotted name, or several", required=True),
    "form": _one_of("call", "attribute"), "keyword": _MAYBE, "position": _NUMBER, "env": _TEXTS,
    "accepts": _MAYBE_TEXTS, "host_keyword": _MAYBE, "url_keyword": _MAYBE, "url_position": _NUMBER,
    "models": _TEXTS, "instead": _TEXTS, "empty_falls_back": _FLAG, "optional": _FLAG, "strips": _FLAG,
    "at_import": _FLAG, "missing": _TEXT,
}  # fmt: skip
_KIND = {
    "id": _ID, "name": _NEEDED, "forms": _TEXTS._replace(required=True),
    "secrecy": _one_of("secret", "publishable", "identifier"),
    "environment": _Field(lambda value: value in ("live", "test"), "live or test"),
    "confidence": _CONFIDENCE, "lengths": _one_of("fixed", "observed"),
    "context": _FLAG, "context_names": _TEXTS, "lifetime": _TABLE, "pair": _MAYBE,
    "retired": _TABLE, "source": _TEXT, "examples": _TABLES,
}  # fmt: skip
_RETIRED = {"day": _DAY._replace(required=True), "note": _NEEDED, "source": _NEEDED, "confidence": _CONFIDENCE}
_LIFETIME = {
    "longest": _Field(
        _matches(r"[1-9][0-9]{0,3} (?:minute|hour|day|month|year)s?"), 'a time like "90 days"', required=True
    ),
    "source": _NEEDED, "since": _DAY, "older": _DAY, "note": _TEXT, "confidence": _CONFIDENCE,
}  # fmt: skip
_CHECK = {
    "accepts": _TEXTS._replace(required=True), "prefixes": _TEXTS, "method": _one_of("GET", "POST"),
    "url": _Field(lambda value: _is_text(value) or _is_texts(value), "a string or a list of strings", required=True),
    "headers": _TEXT_TABLE, "query": _TEXT_TABLE, "form": _TEXT_TABLE, "json": _TEXT, "expires": _TEXT,
    "basic": _Field(lambda value: _is_texts(value) and len(value) == 2, "a list of user and password"),
    "live": _TABLES._replace(required=True), "dead": _TABLES,
    "side_effects": _one_of("none")._replace(required=True), "source": _NEEDED,
}  # fmt: skip
_SIGN = {
    "status": _COUNT, "at": _TEXT, "begins": _TEXT,
    "is": _Field(
        lambda value: _is_word(value) or (isinstance(value, list) and value != [] and all(map(_is_word, value))),
        "a string, a number, true or false, or a list of them", (),
    ),
}  # fmt: skip
_DEAD_SIGN = {**_SIGN, "reason": _one_of("invalid", "expired", "revoked", "disabled")}
_EXAMPLE = {
    "sha256": _Field(_matches(r"[0-9a-f]{64}"), "64 hexadecimal digits", required=True),
    "length": _COUNT,
    "note": _TEXT,
}


def load(files: Iterable[Path]) -> Catalogue:
    """Read and merge provider files.

    A provider that several files describe has the scalars of the first and the kinds, variables, sinks, headers and
    hosts of all.

    Raises:
        CatalogueError: a file cannot be read, or something in it is wrong; the message begins with file and line.
    """
    providers: dict[str, Provider] = {}
    readers: list[tuple[_File, Provider]] = []
    kinds: dict[str, str] = {}
    for path in files:
        file = _File(path)
        provider = file.provider()
        for number, kind in enumerate(provider.kinds):
            if kind.id in kinds:
                raise file.error(f"the kind {kind.id} is also in {kinds[kind.id]}", "kind", number, "id")
            kinds[kind.id] = str(path)
        readers.append((file, provider))
        first = providers.get(provider.id)
        providers[provider.id] = provider if first is None else _merged(first, provider)
    for file, provider in readers:
        file.check_references(provider, kinds)
    return Catalogue(_completed(provider) for provider in providers.values())


def builtin_files() -> tuple[Path, ...]:
    """Return the provider files of the installed packages, in order."""
    from importlib.metadata import entry_points
    from importlib.resources import files
    from pathlib import Path

    found = []
    for point in sorted(entry_points(group="keylint.providers"), key=lambda point: point.value):
        directory = Path(str(files(point.value)))
        found += sorted(path for path in directory.iterdir() if path.suffix == ".toml")
    return tuple(dict.fromkeys(found))


def installed_checks() -> Mapping[str, tuple[LiveCheck, ...]]:
    """Return the live checks of the installed packages, by provider.

    They are no part of a catalogue: what a project's own provider files say has no say in where a key is sent.

    Raises:
        CatalogueError: a file cannot be read, or something in it is wrong.
    """
    return checks_of(builtin_files())


def checks_of(files: Iterable[Path]) -> Mapping[str, tuple[LiveCheck, ...]]:
    """Return the live checks of provider files, by provider. Raises CatalogueError."""
    found: dict[str, tuple[LiveCheck, ...]] = {}
    for path in files:
        for check in _File(path).checks:
            found[check.provider] = (*found.get(check.provider, ()), check)
    return found


@lru_cache(maxsize=1)
def builtin() -> Catalogue:
    """Return the catalogue of the installed packages, without anybody's own files."""
    return load(builtin_files())


def _merged(first: Provider, second: Provider) -> Provider:
    return replace(
        first,
        kinds=(*first.kinds, *second.kinds),
        env=(*first.env, *second.env),
        settings=(*first.settings, *second.settings),
        sinks=(*first.sinks, *second.sinks),
        hosts=tuple(dict.fromkeys((*first.hosts, *second.hosts))),
        headers=tuple(dict.fromkeys((*first.headers, *second.headers))),
        dirty={**second.dirty, **first.dirty},
    )


def _completed(provider: Provider) -> Provider:
    """Variables and sinks that say nothing take the provider's secret kinds."""
    secrets = tuple(kind.id for kind in provider.kinds if kind.secrecy is Secrecy.SECRET)
    return replace(
        provider,
        env=tuple(env if env.accepts else replace(env, accepts=secrets) for env in provider.env),
        sinks=tuple(sink if sink.accepts else replace(sink, accepts=secrets) for sink in provider.sinks),
    )


_LARGEST = 1_000_000


def _bounded(path: Path) -> bytes:
    """Return the bytes of a provider file; a device or a pipe is none."""
    if not path.is_file():
        raise UnreadableError(f"{path}: {'not a regular file' if path.exists() else 'no such file'}")
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UnreadableError(f"{path}: larger than {_LARGEST:,} bytes: this is no provider file")
    return data


def _nearest(key: str, known: Iterable[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key[:60], known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


class _File:
    """One provider file being read."""

    def __init__(self, path: Path) -> None:
        import tomllib

        self._path = path
        try:
            self._text = _bounded(path).decode("utf-8")
            self._data = tomllib.loads(self._text)
        except OSError as error:
            raise UnreadableError(f"{path}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise UnreadableError(f"{path}: not UTF-8") from error
        except RecursionError as error:
            raise CatalogueError(f"{path}:1: nested too deeply") from error
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            raise UnreadableError(f"{path}:{line[1] if line else 1}: {error}") from error

    def error(self, message: str, table: str = "", number: int = 0, key: str = "") -> CatalogueError:
        """Return the error for a key of the `number`th `[[table]]`."""
        return CatalogueError(f"{self._path}:{line_of(self._text, table, number, key)}: {message}")

    def provider(self) -> Provider:
        """Return the file's provider."""
        data = self._table(self._data, _PROVIDER)
        identity = data["id"]
        return Provider(
            id=identity,
            name=data["name"] or identity,
            kinds=tuple(self._kind(row, number, identity) for number, row in enumerate(data["kind"])),
            env=tuple(self._env(row, number, identity) for number, row in enumerate(data["env"])),
            settings=tuple(self._setting(row, number, identity) for number, row in enumerate(data["setting"])),
            sinks=tuple(sink for n, row in enumerate(data["sink"]) for sink in self._sinks(row, n, identity)),
            hosts=tuple(data["hosts"]),
            headers=tuple(self._header(row, number) for number, row in enumerate(data["header"])),
            **{key: data[key] for key in ("dashboard", "rotation", "refusal", "exception", "dirty")},
        )

    @cached_property
    def checks(self) -> tuple[LiveCheck, ...]:
        """The file's live checks."""
        data = self._table(self._data, _PROVIDER)
        return tuple(self._check(row, number, data["id"], data["hosts"]) for number, row in enumerate(data["check"]))

    def _check(self, row: Mapping[str, Any], number: int, provider: str, hosts: Sequence[str]) -> LiveCheck:
        data = self._table(row, _CHECK, "check", number)
        check = LiveCheck(
            provider=provider,
            accepts=tuple(data["accepts"]),
            urls=tuple([data["url"]] if isinstance(data["url"], str) else data["url"]),
            live=tuple(self._sign(sign, _SIGN, number, "live") for sign in data["live"]),
            dead=tuple(self._sign(sign, _DEAD_SIGN, number, "dead") for sign in data["dead"]),
            prefixes=tuple(data["prefixes"]),
            basic=(data["basic"][0], data["basic"][1]) if data["basic"] is not None else None,
            method=data["method"],
            headers=tuple(data["headers"].items()),
            query=tuple(data["query"].items()),
            form=tuple(data["form"].items()),
            json=data["json"],
            expires=data["expires"],
            source=data["source"],
        )
        problem = problem_of_check(check, hosts)
        if problem is not None:
            raise self.error(f"[[check]]: {problem[0]}: {problem[1]}", "check", number, problem[0])
        return check

    def _sign(self, row: Mapping[str, Any], fields: Mapping[str, _Field], number: int, key: str) -> Sign:
        data = self._table(row, fields, "check", number, f"{key}.")
        values = data["is"] if isinstance(data["is"], list | tuple) else (data["is"],)
        reason = Reason(data.get("reason", Reason.INVALID))
        return Sign(data["status"], data["at"], tuple(values), data["begins"], reason)

    def _header(self, row: Mapping[str, Any], number: int) -> Header:
        header = self._table(row, _HEADER, "header", number)
        return Header(header["name"], header["scheme"], tuple(header["refuses"]))

    def _table(
        self, data: Mapping[str, Any], fields: Mapping[str, _Field], table: str = "", number: int = 0, within: str = ""
    ) -> dict[str, Any]:
        """Check a table's keys and types; return it with the defaults filled in."""
        where = f"[[{table}]]: " if table else ""
        owner = within.rstrip(".")
        for key, value in data.items():
            if key not in fields:
                message = f"{where}unknown key {within}{key}; {_nearest(key, fields)}"
                raise self.error(message, table, number, owner or key)
            if not fields[key].check(value):
                raise self.error(f"{where}{within}{key} is to be {fields[key].wanted}", table, number, owner or key)
        absent = [key for key, field in fields.items() if field.required and key not in data]
        if absent:
            raise self.error(f"{where}{within}{absent[0]} is missing", table, number, owner)
        return {key: data.get(key, field.default) for key, field in fields.items()}

    def _env(self, row: Mapping[str, Any], number: int, provider: str) -> EnvName:
        data = self._table(row, _ENV, "env", number)
        return EnvName(data["name"], provider, tuple(data["accepts"] or ()))

    def _setting(self, row: Mapping[str, Any], number: int, provider: str) -> Setting:
        data = self._table(row, _SETTING, "setting", number)
        if claim_of(data["value"]) is None:
            claims = ", ".join(f"{{{claim}}}" for claim in CLAIMS)
            raise self.error(f"[[setting]]: value is to hold one of {claims}", "setting", number, "value")
        return Setting(data["name"], provider, data["value"], Confidence(data["confidence"]))

    def _sinks(self, row: Mapping[str, Any], number: int, provider: str) -> list[Sink]:
        data = self._table(row, _SINK, "sink", number)
        form = SinkForm(data.pop("form"))
        if form is SinkForm.CALL and data["keyword"] is None and data["position"] is None and not data["env"]:
            raise self.error("[[sink]]: a call needs a keyword, a position or an env", "sink", number)
        calls = data.pop("call")
        data |= {name: tuple(data[name] or ()) for name in ("env", "accepts", "models", "instead")}
        return [Sink(call, provider, form, **data) for call in ([calls] if isinstance(calls, str) else calls)]

    def _kind(self, row: Mapping[str, Any], number: int, provider: str) -> KeyKind:
        data = self._table(row, _KIND, "kind", number)
        self._check_forms(data, number)
        if data["context"] and any(
            fragment != fragment.lower() or len(fragment) < 3 for fragment in data["context_names"]
        ):
            raise self.error(
                "[[kind]]: context_names are lower-case and at least 3 characters long", "kind", number, "context_names"
            )
        examples = [self._table(example, _EXAMPLE, "kind", number, "examples.") for example in data["examples"]]
        return KeyKind(
            id=data["id"],
            provider=provider,
            name=data["name"],
            forms=tuple(data["forms"]),
            secrecy=Secrecy(data["secrecy"]),
            environment=data["environment"],
            confidence=Confidence(data["confidence"]),
            lengths=data["lengths"],
            context=data["context"],
            context_names=tuple(data["context_names"]),
            retired=self._retirement(data["retired"], number),
            lifetime=self._lifetime(data["lifetime"], number),
            pair=data["pair"],
            examples=tuple(PublicExample(**example) for example in examples),
            source=data["source"],
        )

    def _retirement(self, row: Mapping[str, Any] | None, number: int) -> Retirement | None:
        if row is None:
            return None
        data = self._table(row, _RETIRED, "kind", number, "retired.")
        return Retirement(**data | {"confidence": Confidence(data["confidence"])})

    def _lifetime(self, row: Mapping[str, Any] | None, number: int) -> Lifetime | None:
        if row is None:
            return None
        data = self._table(row, _LIFETIME, "kind", number, "lifetime.")
        if data["older"] is not None and data["since"] is None:
            raise self.error("[[kind]]: lifetime.older needs lifetime.since", "kind", number, "lifetime")
        return Lifetime(**data | {"confidence": Confidence(data["confidence"])})

    def _check_forms(self, data: Mapping[str, Any], number: int) -> None:
        if not data["forms"]:
            raise self.error("[[kind]]: forms is empty", "kind", number, "forms")
        for line in data["forms"]:
            try:
                form = parse(line)
            except GrammarError as error:
                raise self.error(f"[[kind]] {data['id']}: {error}", "kind", number, "forms") from error
            problem = None if data["context"] else problem_of(form)
            if problem:
                raise self.error(f"[[kind]] {data['id']}: {problem}", "kind", number, "forms")

    def check_references(self, provider: Provider, kinds: Mapping[str, str]) -> None:
        """Check that every kind that is named exists.

        Raises:
            CatalogueError: one does not.
        """
        tables: list[tuple[str, str, int, tuple[str, ...]]] = []
        tables += [("kind", "pair", i, (kind.pair,)) for i, kind in enumerate(provider.kinds) if kind.pair]
        tables += [("env", "accepts", i, env.accepts) for i, env in enumerate(provider.env)]
        tables += [("sink", "accepts", i, sink.accepts) for i, sink in enumerate(provider.sinks)]
        tables += [("check", "accepts", i, check.accepts) for i, check in enumerate(self.checks)]
        for table, key, number, named in tables:
            for kind in named:
                if kind not in kinds:
                    raise self.error(f"[[{table}]]: no kind is called {kind}", table, number, key)


_HEADING = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(?:#.*)?\Z")


def line_of(text: str, table: str, number: int, key: str) -> int:
    """Return the line of a key in the `number`th `[[table]]` (in the head of the file without `table`), else its heading's."""
    current, count, heading_line = "", 0, 1
    here = not table
    for line_number, line in enumerate(text.splitlines(), 1):
        heading = _HEADING.match(line)
        if heading:
            current = heading[1]
            here = current == table and count == number
            count += current == table
            if not table and current == key:
                return line_number
            heading_line = line_number if here else heading_line
        elif here and key and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
            return line_number
    return heading_line
