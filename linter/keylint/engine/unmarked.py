"""Secrets of no known kind: those of which nothing more is known than their name and their look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from keylint.engine.keys import Judged, without_keys
from keylint.engine.project import Project
from keylint.model import GENERIC, Definition, Judgement, Place

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue


def unmarked(project: Project, judged: Iterable[Judged], catalogue: Catalogue) -> Iterator[Definition]:
    """Yield what looks like a secret and is of no known kind: about the others more is known.

    What is known as a key at the same place is yielded with that confidence: in documentation, where the rules for keys say
    nothing of it, it is a secret all the same.
    """
    taken: dict[str, list[Definition]] = {}
    for definition, is_key in judged:
        if is_key or definition.judgement.well_formed:
            taken.setdefault(definition.place.path, []).append(definition)
    for definition in project.secrets:
        path = definition.place.path
        known = [other for other in taken.get(path, ()) if _overlap(definition.place, other.place)]
        if known:
            yield from (replace(other, confidence=definition.confidence) for other in known)
        else:
            yield replace(
                definition,
                judgement=Judgement(key=definition.secret.reveal().strip()),
                name=without_keys(definition.name, catalogue),
                ignored=project.is_ignored(path),
            )


def is_marked(value: str, catalogue: Catalogue) -> bool:
    """Say whether a value is a whole key of a form that is one issuer's own."""
    judgement = catalogue.judge(value)
    if not judgement.well_formed:
        return False
    kinds = (catalogue.kinds[kind] for kind in judgement.kinds)
    return any(not kind.context and kind.provider != GENERIC for kind in kinds)


def _overlap(one: Place, other: Place) -> bool:
    return one.cell == other.cell and not (
        (one.end_line, one.end_column) <= (other.line, other.column)
        or (other.end_line, other.end_column) <= (one.line, one.column)
    )
