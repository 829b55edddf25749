"""A user's own detect-secrets plugins and filters. They are Python, so they come from the user's configuration alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from keylint.generic.candidate import Candidate, Form

_LINE = re.compile(r"[^\r\n]+")
# detect-secrets reads lines of any length; a plugin's expressions may not be made for those of packed scripts.
_LONGEST_LINE = 10_000


class OwnError(Exception):
    """A plugin or a filter cannot be used, or has failed; the message says which."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a user has added: instances of plugins, and filters that are called by the names of their parameters."""

    plugins: tuple[Any, ...] = ()
    filters: tuple[Callable[..., object], ...] = ()

    def candidates(self, path: str, content: str) -> Iterator[Candidate]:
        """Yield what the plugins find; the name of each is the plugin's type of secret.

        Raises:
            OwnError: a plugin has failed.
        """
        for line in _LINE.finditer(content) if self.plugins else ():
            if len(line[0]) > _LONGEST_LINE:
                continue
            for plugin in self.plugins:
                for value in _found(plugin, path, line[0]):
                    start = line.start() + line[0].find(value)
                    yield Candidate(start, start + len(value), value, plugin.secret_type, Form.BOUND)

    def refuses(self, path: str, line: str, value: str) -> bool:
        """Say whether one of the filters takes a value for none.

        Raises:
            OwnError: a filter has failed.
        """
        from detect_secrets.util.inject import get_injectable_variables

        given = {"filename": path, "line": line, "secret": value, "plugin": None, "context": None}
        for each in self.filters:
            try:
                if each(**{name: given[name] for name in get_injectable_variables(each)}):
                    return True
            except Exception as error:
                raise OwnError(f"detect-secrets filter {each.__name__}: {type(error).__name__}") from error
        return False


def _found(plugin: Any, path: str, line: str) -> list[str]:
    try:
        found = plugin.analyze_line(filename=path, line=line, line_number=0)
    except Exception as error:
        raise OwnError(f"detect-secrets plugin {type(plugin).__name__}: {type(error).__name__}") from error
    values = (secret.secret_value for secret in found)
    return [value for value in values if value and value in line]


def load(plugins: Sequence[str], filters: Sequence[str]) -> Own:
    """Import plugins (files) and filters (`FILE::FUNCTION`).

    Raises:
        OwnError: there is no such file or function, or it cannot be imported.
    """
    return Own(tuple(each for path in plugins for each in _plugins(path)), tuple(map(_filter, filters)))


def _plugins(path: str) -> list[Any]:
    from detect_secrets.core.plugins.util import get_plugins_from_file

    try:
        made = [plugin() for plugin in get_plugins_from_file(path)]  # type: ignore[var-annotated]
    except Exception as error:
        raise OwnError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    own = [plugin for plugin in made if not type(plugin).__module__.startswith("detect_secrets.")]
    if not own:
        raise OwnError(f"{path}: holds no plugin of detect-secrets")
    return own


def _filter(text: str) -> Callable[..., object]:
    from detect_secrets.util.importlib import import_file_as_module

    path, _, name = text.partition("::")
    try:
        function = getattr(import_file_as_module(path), name, None)
    except Exception as error:
        raise OwnError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise OwnError(f"{path}: has no function {name!r}")
    return function  # type: ignore[no-any-return]
