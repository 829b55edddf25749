"""Secrets of no known kind: those of which nothing more is known than their name and their look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from keylint.engine.keys import Judged, without_keys
from keylint.engine.project import Project
from keylint.model import Definition, Judgement, Place

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue


def unmarked(project: Project, judged: Iterable[Judged], catalogue: Catalogue) -> Iterator[Definition]:
    """Yield what looks like a secret and is of no known kind: about the others more is known."""
    taken: dict[str, list[Place]] = {}
    for definition, is_key in judged:
        if is_key or definition.judgement.kinds:
            taken.setdefault(definition.place.path, []).append(definition.place)
    for definition in project.secrets:
        path = definition.place.path
        kinds = catalogue.judge(definition.secret.reveal(), name=definition.name).kinds
        marked = any(not catalogue.kinds[kind].context for kind in kinds)
        if marked or any(_overlap(definition.place, place) for place in taken.get(path, ())):
            continue
        yield replace(
            definition,
            judgement=Judgement(key=definition.secret.reveal().strip()),
            name=without_keys(definition.name, catalogue),
            ignored=project.is_ignored(path),
        )


def _overlap(one: Place, other: Place) -> bool:
    return one.cell == other.cell and not (
        (one.end_line, one.end_column) <= (other.line, other.column)
        or (other.end_line, other.end_column) <= (one.line, one.column)
    )
