"""Definitions -> keys: which values are keys at all, and which of them are one and the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from keylint.catalogue.grammar import parse
from keylint.engine.interest import CREDENTIAL_NAME, KnownValues
from keylint.model import Definition, Judgement, Key, KeyKind, Place, Role, Secret, Within, mask

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_STAND_INS = frozenset({"KL205", "KL206", "KL207"})


class Judged(NamedTuple):
    """A definition with its judgement, and whether it is a key (or what stands in for one)."""

    definition: Definition
    is_key: bool


class Judge:
    """Judges values by the catalogue, and decides which of them count as keys."""

    def __init__(self, catalogue: Catalogue, known: KnownValues | None) -> None:
        self._catalogue = catalogue
        self._known = known

    def definition(self, definition: Definition, expected: Sequence[str] = (), reached: bool = False) -> Judged:
        """Return the definition with its judgement. `expected`: kinds that the sink takes; `reached`: a use consumes it."""
        name = definition.env or last_name(definition.name)
        variable = self._catalogue.env.get(name or "")
        accepts = tuple(expected) or (variable.accepts if variable is not None else ())
        judgement = self._catalogue.judge(definition.secret.reveal(), name=name, expected=accepts)
        judged = replace(definition, judgement=judgement, secret=self._masked(definition.secret, judgement))
        return Judged(judged, self._is_key(judged, variable is not None, reached))

    def _masked(self, secret: Secret, judgement: Judgement) -> Secret:
        prefix = _prefix(self._catalogue.kinds[judgement.kinds[0]]) if judgement.kinds else ""
        return Secret(secret.reveal(), mask(judgement.key or secret.reveal(), prefix))

    def _is_key(self, definition: Definition, variable: bool, reached: bool) -> bool:
        judgement = definition.judgement
        if self._known is not None and judgement.key in self._known:
            return True
        stands_in = any(defect.code in _STAND_INS for defect in judgement.defects)
        bound = reached or variable or self._in_context(definition)
        if definition.role is Role.EXAMPLE:
            return judgement.well_formed and not stands_in
        if definition.role is Role.COMMENT or (definition.within is Within.TEXT and not bound):
            return judgement.well_formed and not stands_in and self._distinctive(judgement)
        if stands_in or not judgement.kinds:
            return bound and (stands_in or reached) and bool(judgement.key)
        if judgement.well_formed:
            return self._distinctive(judgement) or bound
        return bound

    def _in_context(self, definition: Definition) -> bool:
        if definition.within is Within.HEADER:
            return True
        return definition.name is not None and CREDENTIAL_NAME.search(last_name(definition.name) or "") is not None

    def _distinctive(self, judgement: Judgement) -> bool:
        return judgement.proven or not self._catalogue.kinds[judgement.kinds[0]].context


def _prefix(kind: KeyKind) -> str:
    """Return the fixed text that keys of this kind begin with."""
    anchors = parse(kind.forms[0]).anchors
    return anchors[0] if anchors else ""


def last_name(name: str | None) -> str | None:
    """Return the last part of a config path or attribute: `services.web.environment.KEY` -> `KEY`."""
    if name is None:
        return None
    return name.rsplit(".", 1)[-1].split("[", 1)[0] or name


def group(
    definitions: Iterable[Definition], fingerprint: Callable[[str], str], catalogue: Catalogue
) -> tuple[Key, ...]:
    """Return one `Key` per distinct value, in order of first appearance; traces and verdicts come later."""
    groups: dict[str, dict[Place, Definition]] = {}
    for definition in definitions:
        groups.setdefault(fingerprint(definition.judgement.key), {}).setdefault(definition.place, definition)
    return tuple(_key(print_, tuple(members.values()), catalogue) for print_, members in groups.items())


def _key(fingerprint: str, definitions: tuple[Definition, ...], catalogue: Catalogue) -> Key:
    best = next((d for d in definitions if d.judgement.kinds), definitions[0])
    kind: KeyKind | None = catalogue.kinds[best.judgement.kinds[0]] if best.judgement.kinds else None
    provider = catalogue.providers[kind.provider] if kind is not None else None
    return Key(fingerprint, best.secret.masked, kind, provider, tuple(sorted(definitions, key=_order)))


def _order(definition: Definition) -> tuple[str, int, int, int]:
    place = definition.place
    return place.path, place.cell or 0, place.line, place.column


_TEST_CODE = re.compile(
    r"(?:^|/)(?:tests?|testing|conftest\.py$|test_[^/]*\.py$|[^/]*_tests?\.py$)(?:/|$)?", re.IGNORECASE
)


def is_test_code(path: str) -> bool:
    """Say whether a file is part of a test suite: keys there are mostly made up, and calls answered by a double."""
    return _TEST_CODE.search(path) is not None
