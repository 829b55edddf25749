"""YAML, read from the parser's events: no alias is expanded, no tag is resolved, and nesting costs no stack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import yaml

from keylint.model import Channel, FileFacts, Role
from keylint.readers import compose
from keylint.readers.collect import MAX_DEPTH, Collector, branch_environment
from keylint.readers.interface import Interest
from keylint.readers.yaml_scalar import extent, spell

Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_COMPOSE_FILE = re.compile(r"(?:\A|/)(?:[^/]*compose[^/]*|docker-stack[^/]*)\.ya?ml\Z", re.IGNORECASE)
_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_TEMPLATE = re.compile(r"\{\{|\{%|<%")
# Such a tag makes its scalar a name to look up, or ciphertext: Ansible, CloudFormation, Home Assistant, environment tags.
_LOOKUP_TAG = re.compile(
    r"!(?:vault.*|secret|encrypted.*|env.*|ref|getatt|importvalue|include.*|reference|sops.*)\Z", re.IGNORECASE
)


class _TooDeepError(Exception):
    pass


def read(text: str, path: str, interest: Interest, environment: str | None = None) -> FileFacts:
    """Read a YAML file; a compose file also for the variables that it sets and the files that it names."""
    base = 1 if text.startswith("\ufeff") else 0
    is_compose = _COMPOSE_FILE.search(path) is not None
    collect = Collector(text, path, interest, Channel.COMPOSE if is_compose else Channel.YAML, environment)
    services = compose.Services(collect, base)
    try:
        events: Iterable[yaml.Event] = parse(text[base:])
        if is_compose:
            events = list(events)
            services.read(events)
        _Walk(collect, base, services.taken).run(events)
    except _TooDeepError:
        return FileFacts(path, problem=f"nested deeper than {MAX_DEPTH}")
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return _unreadable(text, path, interest, environment, error)
    return FileFacts(
        path, definitions=tuple(collect.definitions), env=tuple(services.env), env_files=tuple(services.env_files)
    )


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
        return FileFacts(path, definitions=tuple(collect.definitions))
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return FileFacts(path, problem=f"line {error.problem_mark.line + 1}: {error.problem}")
    return FileFacts(path, problem="characters that YAML does not allow")


class _Frame:
    """An open mapping or sequence. `label` may be shown, `name` is what the file says."""

    __slots__ = ("index", "is_key", "label", "mapping", "name", "named")

    def __init__(self, mapping: bool, is_key: bool) -> None:
        self.mapping = mapping
        self.is_key = is_key
        self.label: str | None = None
        self.name: str | None = None
        self.named: str | None = None
        """The value beside `name:`, for lists of `{name: X, value: Y}`."""
        self.index = 0


class _Walk:
    def __init__(self, collect: Collector, base: int, taken: set[int]) -> None:
        self.collect = collect
        self.base = base
        self.taken = taken
        self.frames: list[_Frame] = []
        self.end = base

    def run(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                start, end = extent(event, self.base)
                self.comments(start)
                self.scalar(event, start)
                self.end = end
            elif isinstance(event, yaml.CollectionStartEvent):
                self.frames.append(_Frame(isinstance(event, yaml.MappingStartEvent), self.expects_key()))
            elif isinstance(event, yaml.CollectionEndEvent):
                if self.frames.pop().is_key:
                    self.frames[-1].label = self.frames[-1].name = "?"
                else:
                    self.step()
            elif isinstance(event, yaml.AliasEvent):
                if self.expects_key():
                    self.frames[-1].label = self.frames[-1].name = f"*{event.anchor}"
                else:
                    self.step()
        self.comments(len(self.collect.text))

    def expects_key(self) -> bool:
        return bool(self.frames) and self.frames[-1].mapping and self.frames[-1].label is None

    def step(self) -> None:
        """Go on after a value."""
        if self.frames:
            self.frames[-1].label = self.frames[-1].name = None
            self.frames[-1].index += 1

    def comments(self, start: int) -> None:
        if "#" in self.collect.text[self.end : start]:
            for match in _COMMENT.finditer(self.collect.text, self.end, start):
                self.collect.free(match.start(), match.end(), Role.COMMENT)

    def scalar(self, event: yaml.ScalarEvent, start: int) -> None:
        text, base = self.collect.text, self.base
        if self.expects_key():
            frame = self.frames[-1]
            frame.name = event.value
            frame.label = self.collect.key(event.value, lambda: spell(text, event, base))
            return
        if start not in self.taken:
            self.value(event)
        if self.frames and self.frames[-1].name == "name":
            self.frames[-1].named = event.value
        self.step()

    def value(self, event: yaml.ScalarEvent) -> None:
        if event.tag is not None and _LOOKUP_TAG.match(event.tag):
            return
        text, base = self.collect.text, self.base
        name = next((frame.name for frame in reversed(self.frames) if frame.name is not None), None)
        env = None
        if name == "value" and self.frames[-1].named is not None:
            name = self.frames[-1].named
            env = name if self.is_env() else None
        self.collect.value(
            name,
            event.value,
            lambda: spell(text, event, base),
            self.label,
            environment=branch_environment(self.frames[0].name) if len(self.frames) > 1 else None,
            env=env,
        )

    def is_env(self) -> bool:
        """Say whether the innermost mapping is an entry of a container's `env:` list."""
        return len(self.frames) > 2 and self.frames[-3].name in ("env", "environment")

    def label(self) -> str:
        parts = []
        for frame in self.frames:
            if not frame.mapping:
                parts.append(f"[{frame.index}]")
            elif frame.label is not None:
                parts.append(f".{frame.label}" if parts else frame.label)
        return "".join(parts)
