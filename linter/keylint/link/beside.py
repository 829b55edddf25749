"""What stands beside a key: the other values of the same file, mapping, service or layer of env files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence

from keylint.model.definition import Channel, Definition, Role

_DELIVERED = (Role.PLAIN, Role.DEFAULT)
_INDEX = re.compile(r"\[\d+\]\Z")
_Scope = tuple[str, ...]


class Beside:
    """Definitions by the scope that they stand in.

    Beside each other are values of one mapping (one config path but the last name), of one service of a compose file, of
    one module or class, and the variables of one `.env` file. What such a file does not set is taken from the `.env` files
    next to it: those of the same environment, else those of all environments.
    """

    def __init__(self, definitions: Iterable[Definition]) -> None:
        """Take the definitions that can be somebody's neighbours: keys and settings."""
        self._scopes: dict[_Scope, list[Definition]] = {}
        self._layers: dict[str, list[Definition]] = {}
        for definition in definitions:
            if definition.role not in _DELIVERED or definition.channel in (Channel.TEXT, Channel.NOTEBOOK_OUTPUT):
                continue
            self._scopes.setdefault(_scope(definition), []).append(definition)
            if _is_layer(definition):
                self._layers.setdefault(posixpath.dirname(definition.place.path), []).append(definition)

    def of(self, definition: Definition) -> tuple[Definition, ...]:
        """Return what stands beside a definition, itself left out. Several of one name: any of them can be the one."""
        if definition.role not in _DELIVERED:
            return ()
        here = [d for d in self._scopes.get(_scope(definition), ()) if d.place != definition.place]
        if not _is_layer(definition):
            return tuple(here)
        here = list({d.env: d for d in here}.values())  # within one file the last line of a name wins
        set_here = {definition.env, *(d.env for d in here)}
        return (
            *here,
            *(d for name, found in self._elsewhere(definition).items() if name not in set_here for d in found),
        )

    def _elsewhere(self, definition: Definition) -> Mapping[str | None, Sequence[Definition]]:
        """Return what the other layers set, by variable."""
        found: dict[str | None, list[Definition]] = {}
        layers = self._layers.get(posixpath.dirname(definition.place.path), ())
        for environment in dict.fromkeys((definition.environment, None)):
            layer: dict[str | None, list[Definition]] = {}
            for d in layers:
                if d.environment == environment and d.place.path != definition.place.path:
                    layer.setdefault(d.env, []).append(d)
            found = layer | found
        return found


def _scope(definition: Definition) -> _Scope:
    path, environment = definition.place.path, definition.environment or ""
    if definition.channel is Channel.DOTENV:
        return path, environment
    parent, _, _ = (definition.name or "").rpartition(".")
    if definition.env is not None:
        parent = _INDEX.sub("", parent)  # an entry of a container's list of variables
    return path, environment, definition.role.value, parent


def _is_layer(definition: Definition) -> bool:
    """Say whether a variable stands in a file of the `.env` family; `api.env` and `worker.env` are two programs'."""
    return definition.channel is Channel.DOTENV and posixpath.basename(definition.place.path).startswith(".env")
