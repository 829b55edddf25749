"""Values that never arrive: another line sets the same variable, and wins."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from keylint.link.variables import in_place, upwards
from keylint.model.definition import Channel, Definition, Role
from keylint.model.facts import EnvBinding, FileFacts
from keylint.model.flow import Literal
from keylint.model.place import Place, is_test_code
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
    orders = _orders(facts)
    for (directory, _, _), bindings in _layers(facts, orders).items():
        above = upwards(directory)
        near = [order for home, order in orders if home in above or directory in upwards(home)]
        known = bool(near) and all(order is not None for order in near)
        found.update(_in_layers(bindings, [order for order in near if order is not None] if known else None))
    return found


def _orders(facts: Mapping[str, FileFacts]) -> list[tuple[str, Sequence[str] | None]]:
    """Return the directory of each program that loads `.env` files, and these, the one that loses first; `None`: not known."""
    return [
        (posixpath.dirname(path), None if "*" in each.layers else in_place(facts, path, each.layers))
        for path, each in sorted(facts.items())
        if each.layers and not is_test_code(path)
    ]


def _layers(
    facts: Mapping[str, FileFacts], orders: Sequence[tuple[str, Sequence[str] | None]]
) -> Mapping[tuple[str, str, str | None], Sequence[EnvBinding]]:
    together = {path for _, order in orders if order is not None and len(order) > 1 for path in order}
    found: dict[tuple[str, str, str | None], list[EnvBinding]] = {}
    for path, each in sorted(facts.items()):
        if not posixpath.basename(path).startswith(".env"):
            continue
        for binding in each.env:
            if binding.channel is Channel.DOTENV:
                environment = None if path in together else binding.environment
                found.setdefault((posixpath.dirname(path), binding.name, environment), []).append(binding)
    return found


def _in_layers(
    bindings: Sequence[EnvBinding], orders: Sequence[Sequence[str]] | None
) -> Iterator[tuple[Place, Shadow]]:
    """Bindings of one variable, in the order of files and lines; `orders`: of the programs that say what they load."""
    last = {binding.place.path: binding for binding in bindings}
    top = max(binding.rank for binding in last.values())
    winners = [binding for binding in last.values() if binding.rank == top]
    for binding in bindings:
        final = last[binding.place.path]
        if final is not binding:
            yield from _shadow(binding, final, "of several lines for one variable the last one counts")
        elif orders is not None:
            if (winner := _over(binding, last, orders)) is not None:
                layer, base = (posixpath.basename(b.place.path) for b in (winner, binding))
                yield from _shadow(binding, winner, f"the program loads both files, and `{layer}` wins over `{base}`")
        elif len(winners) == 1 and binding.rank < top:
            layer, base = (posixpath.basename(b.place.path) for b in (winners[0], binding))
            yield from _shadow(binding, winners[0], f"`{layer}` is read over `{base}`")


def _over(binding: EnvBinding, last: Mapping[str, EnvBinding], orders: Sequence[Sequence[str]]) -> EnvBinding | None:
    """Return what wins over a binding in every program that loads its file; `None` where it arrives in one of them."""
    path = binding.place.path
    winners = {next(p for p in reversed(order) if p in last) for order in orders if path in order}
    return last[winners.pop()] if len(winners) == 1 and path not in winners else None


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
