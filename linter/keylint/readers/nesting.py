"""Where a reader stands in a tree of mappings and sequences: config paths, and the name that a value goes by."""

from __future__ import annotations

import re

from keylint.readers.collect import branch_environment

_VALUE = ("value", "Value")
_NAMES = ("name", "Name", "key")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
_VARIABLES = frozenset(
    {
        "env",
        "environment",
        "containerEnv",
        "remoteEnv",
        "env_variables",
        "environment_variables",
        "Variables",
        "envVars",
        "envs",
        "environmentVariables",
    }
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")


class _Frame:
    """An open mapping or sequence. `label` may be shown; `name` is what the file says."""

    __slots__ = ("index", "is_key", "label", "mapping", "name", "named")

    def __init__(self, mapping: bool, is_key: bool) -> None:
        self.mapping = mapping
        self.is_key = is_key
        self.label: str | None = None
        self.name: str | None = None
        self.named: str | None = None
        self.index = 0


class Nesting:
    """A stack of open mappings and sequences. Its size is the depth; nothing recurses."""

    def __init__(self) -> None:
        self.frames: list[_Frame] = []

    def open(self, mapping: bool) -> None:
        """Enter a mapping or a sequence."""
        self.frames.append(_Frame(mapping, self.expects_key()))

    def close(self) -> None:
        """Leave it; in YAML it may have been a key."""
        if self.frames.pop().is_key:
            self.key("?", "?")
        else:
            self.step()

    def expects_key(self) -> bool:
        """Say whether the next thing in the innermost mapping is a key."""
        return bool(self.frames) and self.frames[-1].mapping and self.frames[-1].name is None

    def key(self, name: str, label: str) -> None:
        """Take a key: what it is, and what of it may be shown."""
        self.frames[-1].name = name
        self.frames[-1].label = label

    def step(self, text: str | None = None) -> None:
        """Go on after a value; `text` is that of a scalar with nothing of interest in it."""
        if self.frames:
            frame = self.frames[-1]
            if frame.name in _NAMES:
                frame.named = text
            frame.label = frame.name = None
            frame.index += 1

    def name(self) -> str | None:
        """Return what the value at hand goes by: the nearest key, or the `name:` beside a `value:`."""
        name = next((frame.name for frame in reversed(self.frames) if frame.name is not None), None)
        return self.frames[-1].named or name if name in _VALUE else name

    def variable(self) -> str | None:
        """Return the environment variable that the value at hand sets: an entry of a mapping or of a list of variables."""
        frames = self.frames
        if len(frames) > 2 and frames[-3].name in _VARIABLES and frames[-1].name in _VALUE:
            return frames[-1].named or (frames[-2].name if _VARIABLE.fullmatch(frames[-2].name or "") else None)
        name = frames[-1].name if len(frames) > 1 and frames[-2].name in _VARIABLES else None
        return name if name is not None and _VARIABLE.fullmatch(name) else None

    def environment(self) -> str | None:
        """Return the environment of the top-level branch at hand."""
        return branch_environment(self.frames[0].name) if len(self.frames) > 1 else None

    def label(self) -> str:
        """Return the config path: `services.web.ports[0]`; a `value:` goes by the `name:` beside it."""
        parts: list[str] = []
        for frame in self.frames:
            label = frame.label
            if frame.name in _VALUE and frame.named is not None and _IDENTIFIER.fullmatch(frame.named):
                label = frame.named
            if not frame.mapping:
                parts.append(f"[{frame.index}]")
            elif label is not None:
                parts.append(f".{label}" if parts else label)
        return "".join(parts)
