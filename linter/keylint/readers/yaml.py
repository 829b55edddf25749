"""YAML, read from the parser's events: no alias is expanded, no tag is resolved, and nesting costs no stack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import yaml

from keylint.model import Channel, FileFacts, Role
from keylint.readers import helm, variable
from keylint.readers.collect import MAX_DEPTH, Collector
from keylint.readers.compose import Services
from keylint.readers.interface import Interest, canonical_environment
from keylint.readers.kubernetes import MANIFEST, Manifests
from keylint.readers.nesting import Nesting
from keylint.readers.pipeline import PIPELINE, Pipeline
from keylint.readers.yaml_scalar import extent, spell

Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_COMPOSE_FILE = re.compile(r"(?:\A|/)(?:[^/]*compose[^/]*|docker-stack[^/]*)\.ya?ml\Z", re.IGNORECASE)
_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
# Larger files are read for their keys only, not for what they set.
_LARGEST_TREE = 1_000_000
_CONSTANTS = frozenset({"~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"})
_TEMPLATE = re.compile(r"\{\{|\{%|<%")
# Such a tag makes its scalar a name to look up, or ciphertext: Ansible, CloudFormation, Home Assistant, environment tags.
_LOOKUP_TAG = re.compile(
    r"!(?:vault.*|secret|encrypted.*|env.*|ref|getatt|importvalue|include.*|reference|sops.*)\Z", re.IGNORECASE
)


Setting = Services | Manifests | Pipeline | helm.Values


# Spring: `spring.config.activate.on-profile: prod`, before 2.4 `spring.profiles: prod`.
_DOCUMENT = re.compile(r"^---", re.MULTILINE)
_PROFILE = re.compile(
    r"(?:on-profile|spring\.profiles|^spring:[ \t]*\r?\n[ \t]+profiles)[\"']?:[ \t]*[\"']?([A-Za-z][\w-]*)[\"']?[ \t]*\r?$",
    re.MULTILINE,
)


class _TooDeepError(Exception):
    pass


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a YAML file; of what a tool reads for variables also those, and the files that it names."""
    base = 1 if text.startswith("\ufeff") else 0
    channel, setting = _setting(path, text)
    collect = Collector(text, path, interest, channel, environment)
    sets = setting(collect, base) if setting is not None else None
    try:
        events: Iterable[yaml.Event] = parse(text[base:])
        if sets is not None:
            events = list(events)
            sets.read(events)
        _Walk(collect, base, sets.taken if sets is not None else set()).run(events)
        if sets is not None and channel is Channel.KUBERNETES and helm.TEMPLATE.search(text):
            raise yaml.YAMLError  # a template that happens to be YAML
    except _TooDeepError:
        return FileFacts(path, problem=f"nested deeper than {MAX_DEPTH}")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return _unreadable(text, path, interest, environment, error)
    facts = FileFacts(path, definitions=tuple(collect.definitions))
    if sets is None:
        return replace(facts, env=variable.started(collect))
    return _with(facts, sets)


def manifests(text: str, path: str, interest: Interest, environment: str | None) -> FileFacts | None:
    """Read manifests that are written as JSON; `None` where the text is no YAML."""
    collect = Collector(text, path, interest, Channel.KUBERNETES, environment)
    sets = Manifests(collect, 0)
    try:
        events = list(parse(text))
        sets.read(events)
        _Walk(collect, 0, sets.taken).run(events)
    except (_TooDeepError, yaml.YAMLError, ValueError, OverflowError):
        return None
    return _with(FileFacts(path, definitions=tuple(collect.definitions)), sets)


def _with(facts: FileFacts, sets: Setting) -> FileFacts:
    """Return the facts of a file with what it sets and starts."""
    served = tuple(sets.served) if isinstance(sets, Services) else ()
    return replace(
        facts,
        env=tuple(sets.env),
        env_files=tuple(dict.fromkeys([*(file for _, file in served), *sets.env_files])),
        raw_env_files=tuple(dict.fromkeys(sets.raw_env_files)),
        served=served,
        workloads=tuple(sets.workloads),
        mounts=tuple(sets.mounts),
        generated=tuple(sets.generated),
    )


def _setting(path: str, text: str) -> tuple[Channel, type[Setting] | None]:
    """Return the channel of a file, and what reads the variables that it sets."""
    if len(text) <= _LARGEST_TREE:
        if _COMPOSE_FILE.search(path) is not None:
            return Channel.COMPOSE, Services
        if PIPELINE.search(path) is not None:
            return Channel.PIPELINE, Pipeline
        if MANIFEST.search(text) is not None:
            return Channel.KUBERNETES, Manifests
        if helm.VALUES.search(path) is not None:
            return Channel.YAML, helm.Values
    return Channel.YAML, None


def parse(text: str) -> Iterator[yaml.Event]:
    """Yield the parser's events, up to `MAX_DEPTH`."""
    depth = 0
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _TooDeepError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        yield event


def _unreadable(text: str, path: str, interest: Interest, environment: str | None, error: Exception) -> FileFacts:
    if _TEMPLATE.search(text):  # Helm, Jinja: no YAML before it is rendered, and nobody's mistake
        collect = Collector(text, path, interest, Channel.TEXT, environment)
        collect.free(0, len(text))
        facts = FileFacts(path, definitions=tuple(collect.definitions))
        in_chart = helm.TEMPLATE.search(text) is not None
        return (
            helm.template(facts, Collector(text, path, interest, Channel.KUBERNETES, environment))
            if in_chart
            else facts
        )
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return FileFacts(path, problem=f"line {error.problem_mark.line + 1}: {error.problem}")
    return FileFacts(path, problem="characters that YAML does not allow")


class _Walk:
    def __init__(self, collect: Collector, base: int, taken: set[int]) -> None:
        self.collect = collect
        self.base = base
        self.taken = taken
        self.nesting = Nesting()
        self.end = base
        self.profile: str | None = None
        """The environment of the document at hand, where it says of itself that it holds in one only."""

    def run(self, events: Iterable[yaml.Event]) -> None:
        nesting = self.nesting
        profiles = "profile" in self.collect.text
        for event in events:
            if profiles and isinstance(event, yaml.DocumentStartEvent) and event.end_mark is not None:
                self.profile = self.profile_of(event.end_mark.index + self.base)
            if isinstance(event, yaml.ScalarEvent):
                start, end = extent(event, self.base)
                self.comments(start)
                self.scalar(event, start)
                self.end = end
            elif isinstance(event, yaml.CollectionStartEvent):
                nesting.open(isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                nesting.close()
            elif isinstance(event, yaml.AliasEvent):
                if nesting.expects_key():
                    nesting.key(f"*{event.anchor}", f"*{event.anchor}")
                else:
                    nesting.step()
        self.comments(len(self.collect.text))

    def profile_of(self, start: int) -> str | None:
        text = self.collect.text
        end = _DOCUMENT.search(text, start)
        match = _PROFILE.search(text, start, end.start() if end is not None else len(text))
        return canonical_environment(match[1]) if match is not None else None

    def comments(self, start: int) -> None:
        for match in _COMMENT.finditer(self.collect.text, self.end, start):
            self.collect.free(match.start(), match.end(), Role.COMMENT)

    def scalar(self, event: yaml.ScalarEvent, start: int) -> None:
        text, base, nesting = self.collect.text, self.base, self.nesting
        if nesting.expects_key():
            nesting.key(event.value, self.collect.key(event.value, lambda: spell(text, event, base)))
            return
        lookup = event.tag is not None and _LOOKUP_TAG.match(event.tag)
        constant = not event.style and event.value in _CONSTANTS
        found = False
        if not (lookup or constant or start in self.taken):
            found = self.collect.value(
                nesting.name(),
                event.value,
                lambda: spell(text, event, base),
                nesting.label,
                environment=self.profile or nesting.environment(),
                env=nesting.variable(),
            )
        nesting.step(None if found else event.value)
