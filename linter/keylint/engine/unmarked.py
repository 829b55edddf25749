"""Secrets of no known kind: those of which nothing more is known than their name and their look."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from keylint.engine.keys import Judged, without_keys
from keylint.engine.project import Project
from keylint.model import GENERIC, Definition, Judgement, Place, is_test_code

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue


_STAND_INS = frozenset({"KL205", "KL206", "KL207"})
# So many definitions begin inside of one another at most: a key in a URL in a text.
_NESTED = 20


def unmarked(project: Project, judged: Iterable[Judged], catalogue: Catalogue) -> Iterator[Definition]:
    """Yield what looks like a secret and is of no known kind: about the others more is known.

    What is known as a key at the same place is yielded with that confidence: in documentation, where the rules for keys say
    nothing of it, it is a secret all the same.
    """
    taken: dict[str, list[Definition]] = {}
    for definition, is_key in judged:
        if is_key or definition.judgement.well_formed:
            taken.setdefault(definition.place.path, []).append(definition)
    for path in taken:
        taken[path].sort(key=lambda each: _start(each.place))
    for definition in project.secrets:
        known = _at(definition.place, taken.get(definition.place.path, ()))
        if known:
            yield from (replace(other, confidence=definition.confidence) for other in known)
        else:
            yield replace(
                definition,
                judgement=Judgement(key=definition.secret.reveal().strip()),
                name=without_keys(definition.name, catalogue),
                ignored=project.is_ignored(definition.place.path),
            )


def is_told(value: str, path: str, catalogue: Catalogue) -> bool:
    """Say whether the rules for keys of a kind say what there is to say of a value.

    It is a whole key of a form that is one issuer's own, or a known example; in test code it may be damaged.
    """
    judgement = catalogue.judge(value)
    if any(defect.code in _STAND_INS for defect in judgement.defects):
        return True
    if not judgement.well_formed and not is_test_code(path):
        return False
    kinds = (catalogue.kinds[kind] for kind in judgement.kinds)
    return any(not kind.context and kind.provider != GENERIC for kind in kinds)


def _at(place: Place, definitions: Sequence[Definition]) -> list[Definition]:
    """Return those of one file's definitions, in order, that overlap with a place."""
    after = bisect_left(definitions, _end(place), key=lambda each: _start(each.place))
    return [each for each in definitions[max(0, after - _NESTED) : after] if _overlap(place, each.place)]


def _start(place: Place) -> tuple[int, int, int]:
    return place.cell or 0, place.line, place.column


def _end(place: Place) -> tuple[int, int, int]:
    return place.cell or 0, place.end_line, place.end_column


def _overlap(one: Place, other: Place) -> bool:
    return _start(one) < _end(other) and _start(other) < _end(one)
