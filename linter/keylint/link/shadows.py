"""Values that never arrive: another line sets the same variable, and wins."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from keylint.model.definition import Channel, Definition, Role
from keylint.model.facts import EnvBinding, FileFacts
from keylint.model.flow import Literal
from keylint.model.place import Place
from keylint.model.use import Shadow


def shadows(facts: Mapping[str, FileFacts]) -> dict[Place, Shadow]:
    """Return, by the place of a value, the other value that a program gets in its stead.

    Looked at are the lines of one `.env` file, the layers of `.env` files in one directory, and what a service of a
    compose file sets over the files that it takes variables from.
    """
    found: dict[Place, Shadow] = {}
    for path, each in sorted(facts.items()):
        for service, written in each.served:
            named = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
            found.update(_over_file(service, each, facts.get(named)))
    for bindings in _layers(facts).values():
        found.update(_in_layers(bindings))
    return found


def _layers(facts: Mapping[str, FileFacts]) -> Mapping[tuple[str, str, str | None], Sequence[EnvBinding]]:
    found: dict[tuple[str, str, str | None], list[EnvBinding]] = {}
    for path, each in sorted(facts.items()):
        if not posixpath.basename(path).startswith(".env"):
            continue
        for binding in each.env:
            if binding.channel is Channel.DOTENV:
                found.setdefault((posixpath.dirname(path), binding.name, binding.environment), []).append(binding)
    return found


def _in_layers(bindings: Sequence[EnvBinding]) -> Iterator[tuple[Place, Shadow]]:
    """Bindings of one variable, in the order of files and lines."""
    last = {binding.place.path: binding for binding in bindings}
    top = max(binding.rank for binding in last.values())
    winners = [binding for binding in last.values() if binding.rank == top]
    for binding in bindings:
        final = last[binding.place.path]
        if final is not binding:
            yield from _shadow(binding, final, "of several lines for one variable the last one counts")
        elif len(winners) == 1 and binding.rank < top:
            layer, base = (posixpath.basename(b.place.path) for b in (winners[0], binding))
            yield from _shadow(binding, winners[0], f"`{layer}` is read over `{base}`")


def _over_file(service: str, compose: FileFacts, file: FileFacts | None) -> Iterator[tuple[Place, Shadow]]:
    own = {b.name: b for b in compose.env if (d := _literal(b)) is not None and _service(d) == service}
    for binding in file.env if file is not None else ():
        if binding.name in own:
            why = f"`environment:` of the service {service} is taken over its `env_file:`"
            yield from _shadow(binding, own[binding.name], why)


def _shadow(binding: EnvBinding, winner: EnvBinding, why: str) -> Iterator[tuple[Place, Shadow]]:
    hidden, shown = _literal(binding), _literal(winner)
    if hidden is not None and shown is not None and hidden.secret != shown.secret:
        yield hidden.place, Shadow(shown.place, why)


def _literal(binding: EnvBinding) -> Definition | None:
    value = binding.value
    return value.definition if isinstance(value, Literal) and value.definition.role is Role.PLAIN else None


def _service(definition: Definition) -> str:
    return (definition.name or "").removeprefix("services.").partition(".environment.")[0]
