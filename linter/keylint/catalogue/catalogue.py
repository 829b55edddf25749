"""The catalogue: every provider and kind that is known, and what can be asked of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from keylint.catalogue.context import ContextNames
from keylint.catalogue.pattern import Mark, Pattern, marks_of, patterns_of
from keylint.catalogue.recognise import Candidate, Recogniser
from keylint.model import (
    Confidence,
    EnvName,
    Header,
    Judgement,
    KeyKind,
    Lifetime,
    Provider,
    PublicExample,
    Retirement,
    Secrecy,
    Setting,
    Sink,
    SinkForm,
)

if TYPE_CHECKING:
    from keylint.catalogue.judge import Judge

_VERSION = 6


class Catalogue:
    """All providers, merged. Immutable; made by `load` or `from_json`."""

    def __init__(self, providers: Iterable[Provider], marks: Sequence[Mark] | None = None) -> None:
        self.providers: Mapping[str, Provider] = MappingProxyType({provider.id: provider for provider in providers})
        self.kinds: Mapping[str, KeyKind] = MappingProxyType(
            {kind.id: kind for p in self.providers.values() for kind in p.kinds}
        )
        self._marks = tuple(marks) if marks is not None else marks_of(self.kinds.values())

    @cached_property
    def env(self) -> Mapping[str, EnvName]:
        """Known environment variables by name. A name that several providers use accepts the kinds of all of them."""
        found: dict[str, EnvName] = {}
        for name in (env for provider in self.providers.values() for env in provider.env):
            first = found.get(name.name)
            accepts = (*first.accepts, *name.accepts) if first is not None else name.accepts
            found[name.name] = EnvName(
                name.name, first.provider if first is not None else name.provider, tuple(dict.fromkeys(accepts))
            )
        return MappingProxyType(found)

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Variables that say where the keys beside them belong, by name."""
        found: dict[str, Setting] = {}
        for setting in (setting for provider in self.providers.values() for setting in provider.settings):
            found.setdefault(setting.name, setting)
        return MappingProxyType(found)

    def bound(self, judgement: Judgement, setting: Setting, text: str) -> bool | None:
        """Say whether a key belongs where a setting, whose value is `text`, says that the keys beside it do.

        `None`: the key or the setting does not tell, or the value is no such setting (`http://localhost`).
        """
        from keylint.catalogue.settings import bound

        return bound(judgement, [self.kinds[kind] for kind in judgement.kinds], setting, text, self.hosts)

    @cached_property
    def hosts(self) -> Mapping[str, str]:
        """Ids of providers by host, in lower case."""
        return MappingProxyType({host.lower(): p.id for p in self.providers.values() for host in p.hosts})

    @cached_property
    def sinks(self) -> Mapping[str, tuple[Sink, ...]]:
        """Sinks by dotted call."""
        found: dict[str, tuple[Sink, ...]] = {}
        for sink in (sink for provider in self.providers.values() for sink in provider.sinks):
            found[sink.call] = (*found.get(sink.call, ()), sink)
        return MappingProxyType(found)

    @cached_property
    def sdk_modules(self) -> frozenset[str]:
        """The top-level modules of all sinks."""
        return frozenset(call.split(".", 1)[0] for call in self.sinks)

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the matcher's expressions for all kinds that have a mark of their own."""
        return patterns_of(self._marks)

    def recognise(self, text: str) -> tuple[Candidate, ...]:
        """Return the spans of `text` that start like a key, damaged ones included."""
        return self._recogniser.candidates(text)

    def judge(self, value: str, *, name: str | None = None, expected: Sequence[str] = ()) -> Judgement:
        """Judge one value.

        Args:
            value: the text as the program receives it, white space and quotes included.
            name: the name that it is bound to.
            expected: ids of the kinds that the variable or sink takes.
        """
        return self._judge(value, name, expected)

    def named(self, name: str) -> tuple[KeyKind, ...]:
        """Return the kinds without a mark of their own that a value bound to `name` is likely to be of."""
        return self._names.kinds(name)

    def provider_of(self, kind_id: str) -> Provider:
        """Return the provider of a kind.

        Raises:
            KeyError: no kind has this id.
        """
        return self.providers[self.kinds[kind_id].provider]

    @cached_property
    def _recogniser(self) -> Recogniser:
        return Recogniser(self._marks)

    @cached_property
    def _judge(self) -> Judge:
        from keylint.catalogue.judge import Judge

        return Judge(self.kinds, self._recogniser, self._names)

    @cached_property
    def _names(self) -> ContextNames:
        return ContextNames(self.kinds.values())

    def to_json(self) -> str:
        """Return the compiled catalogue; `from_json` reads it."""
        providers = [_row(provider) for provider in self.providers.values()]
        return json.dumps({"version": _VERSION, "providers": providers, "marks": self._marks}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Catalogue:
        """Return the catalogue that `to_json` wrote.

        Raises:
            ValueError: the text is of another version.
        """
        stored = json.loads(text)
        if stored["version"] != _VERSION:
            raise ValueError("a compiled catalogue of another version")
        marks = [Mark._make(tuple(v) if isinstance(v, list) else v for v in row) for row in stored["marks"]]
        return cls(map(_provider, stored["providers"]), marks)


def _row(value: Any) -> Any:
    """Return a model value as plain lists, fields in order."""
    if isinstance(value, tuple):
        return [_row(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(
        value, Provider | KeyKind | Sink | EnvName | Setting | Header | PublicExample | Retirement | Lifetime
    ):
        return [_row(getattr(value, field.name)) for field in fields(value)]
    return value


def _provider(row: list[Any]) -> Provider:
    identity, name, kinds, env, sinks, hosts, headers, settings, *rest = row
    return Provider(
        identity,
        name,
        tuple(map(_kind, kinds)),
        tuple(EnvName(name, provider, tuple(accepts)) for name, provider, accepts in env),
        tuple(map(_sink, sinks)),
        tuple(hosts),
        tuple(Header(name, scheme, tuple(refuses)) for name, scheme, refuses in headers),
        tuple(Setting(name, provider, value, Confidence(sure)) for name, provider, value, sure in settings),
        *rest,
    )


def _kind(row: list[Any]) -> KeyKind:
    (
        identity,
        provider,
        name,
        forms,
        secrecy,
        environment,
        confidence,
        lengths,
        context,
        names,
        retired,
        lifetime,
        pair,
        examples,
        source,
    ) = row
    return KeyKind(
        identity,
        provider,
        name,
        tuple(forms),
        Secrecy(secrecy),
        environment,
        Confidence(confidence),
        lengths,
        context,
        tuple(names),
        _retirement(retired) if retired else None,
        _lifetime(lifetime) if lifetime else None,
        pair,
        tuple(PublicExample(*example) for example in examples),
        source,
    )


def _retirement(row: list[Any]) -> Retirement:
    day, note, source, confidence = row
    return Retirement(date.fromisoformat(day), note, source, Confidence(confidence))


def _lifetime(row: list[Any]) -> Lifetime:
    longest, source, since, older, note, confidence = row
    return Lifetime(longest, source, _date(since), _date(older), note, Confidence(confidence))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _sink(row: list[Any]) -> Sink:
    call, provider, form, keyword, position, env, accepts, host, url, at, models, instead, *rest = row
    return Sink(
        call, provider, SinkForm(form), keyword, position, tuple(env), tuple(accepts),
        host, url, at, tuple(models), tuple(instead), *rest,
    )  # fmt: skip
