"""Definitions -> keys: which values are keys at all, and which of them are one and the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from keylint.catalogue.grammar import parse
from keylint.catalogue.placeholder import is_dummy
from keylint.engine.encoded import encoded, is_data_of_a_secret
from keylint.engine.interest import CREDENTIAL_NAME, KnownValues
from keylint.generic.detect import is_secret
from keylint.model import (
    GENERIC,
    Channel,
    Definition,
    Judgement,
    Key,
    KeyKind,
    Place,
    Role,
    Secret,
    Setting,
    Within,
    is_sample_code,
    is_test_code,
    mask,
)

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_KEY_FILES = frozenset({"pem-private-key", "openssh-private-key", "pgp-private-key"})
_STAND_INS = frozenset({"KL205", "KL206", "KL207"})
_SHORTEST_NAME_WITH_KEY = 16
# A constant that says itself that it stands for no key, and is compared with.
_SENTINEL = re.compile(r"sentinel|placeholder", re.IGNORECASE)
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_NAME_JOINTS = re.compile(r"[.\[]")
_VARIABLE_FILES = (Channel.DOTENV, Channel.COMPOSE, Channel.SYSTEMD)
_CODE = (Channel.PYTHON, Channel.NOTEBOOK, Channel.SOURCE)
# Templates and programs may decode what stands in these.
_TEMPLATED = (Channel.YAML, Channel.TOML, Channel.JSON, Channel.INI, *_CODE)


class Judged(NamedTuple):
    """A definition with its judgement, and whether it is a key (or what stands in for one)."""

    definition: Definition
    is_key: bool


Identified = tuple[Place, Secret]


def identity_of(definition: Definition) -> Identified:
    """Return what makes two definitions the same: a program can make several values of what stands at one place."""
    return definition.place, definition.secret


class Judge:
    """Judges values by the catalogue, and decides which of them count as keys."""

    def __init__(self, catalogue: Catalogue, known: KnownValues | None) -> None:
        self._catalogue = catalogue
        self._known = known

    def definition(
        self, definition: Definition, expected: Sequence[str] = (), reached: bool = False, elsewhere: bool = False
    ) -> Judged:
        """Return the definition with its judgement.

        Args:
            definition: a value where it is defined.
            expected: kinds that the sinks take which it reaches.
            reached: a use consumes it.
            elsewhere: what consumes it talks to no known provider.
        """
        variable = self._catalogue.env.get(name_of(definition))
        accepts = tuple(expected) or (variable.accepts if variable is not None else ())
        # A path may tell more than its last part: `heroku.api_key`.
        judgement = self._catalogue.judge(
            definition.secret.reveal(), name=definition.env or definition.name, expected=accepts
        )
        if not judgement.well_formed and (reached or variable is not None or definition.channel is Channel.KUBERNETES):
            judgement = self._decoded(definition, accepts, reached) or judgement
        if reached and not judgement.kinds and not judgement.defects and is_secret(judgement.key):
            judgement = replace(judgement, generic=True)
        judged = replace(
            definition,
            judgement=judgement,
            secret=self._masked(definition.secret, judgement),
            name=without_keys(definition.name, self._catalogue),
            env=without_keys(definition.env, self._catalogue),
            environment=without_keys(definition.environment, self._catalogue),
        )
        is_key = self._is_key(judged, variable is not None, reached)
        return Judged(judged, is_key and not self._is_meant(judged, reached, elsewhere))

    def setting(self, definition: Definition) -> Setting | None:
        """Return the setting that a definition gives a value: it says where the keys beside it belong."""
        return self._catalogue.settings.get(name_of(definition))

    def _decoded(self, definition: Definition, accepts: Sequence[str], reached: bool) -> Judgement | None:
        """Judge the key inside an encoded value, where a program gets the value as it is."""
        if not reached and definition.channel in _TEMPLATED and not is_data_of_a_secret(definition):
            return None
        name = definition.env or definition.name
        return encoded(
            definition, lambda text: self._catalogue.judge(text, name=name, expected=accepts), self._distinctive
        )

    def _masked(self, secret: Secret, judgement: Judgement) -> Secret:
        prefix = _prefix(self._catalogue.kinds[judgement.kinds[0]]) if judgement.kinds else ""
        return Secret(secret.reveal(), mask(judgement.key or secret.reveal(), prefix))

    def _is_key(self, definition: Definition, variable: bool, reached: bool) -> bool:
        judgement = definition.judgement
        if self._known is not None and judgement.key in self._known:
            return True
        if not judgement.kinds and self.setting(definition) is not None:
            return False
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

    def _is_meant(self, definition: Definition, reached: bool, elsewhere: bool) -> bool:
        """Say whether the author knows that this is no working key: made up for a test, a sample or a local server."""
        judgement = definition.judgement
        if (self._known is not None and judgement.key in self._known) or definition.channel in _VARIABLE_FILES:
            return False
        stands_in = any(defect.code in _STAND_INS for defect in judgement.defects)
        path = definition.place.path
        if is_test_code(path) or definition.channel is Channel.PIPELINE:
            return stands_in or not judgement.well_formed or self._is_anybodys(judgement)
        if not stands_in:
            return False
        if definition.channel is Channel.DOCKERFILE and not reached:  # whoever runs the image gives it the key
            return True
        # `OPENAI_API_KEY=dummy npm run build`: what it goes to is not known.
        if definition.channel is Channel.SOURCE and is_dummy(judgement.key):
            return True
        if definition.channel in _CODE and not reached and self._names_a_variable(definition):
            return True
        if definition.channel in _CODE and _SENTINEL.search(last_name(definition.name) or ""):
            return True
        # An emulator's key is accepted where its emulator listens.
        accepted = any(defect.code == "KL207" and not defect.certain for defect in judgement.defects)
        return is_sample_code(path) or (elsewhere and (accepted or is_dummy(judgement.key)))

    def _is_anybodys(self, judgement: Judgement) -> bool:
        """Say whether the format is one that everybody makes keys in, and that a test suite makes up: a JSON web token."""
        kind = next(iter(judgement.kinds), None)
        return kind is not None and kind not in _KEY_FILES and self._catalogue.provider_of(kind).id == GENERIC

    def _names_a_variable(self, definition: Definition) -> bool:
        """Say whether it is the name of a variable: `KEY_VARIABLE = "OPENAI_API_KEY"`."""
        value = definition.judgement.key
        return definition.env is None and (value in self._catalogue.env or value == last_name(definition.name))

    def _in_context(self, definition: Definition) -> bool:
        if definition.within is Within.HEADER:
            return True
        name = definition.env or definition.name
        if name is None:
            return False
        return CREDENTIAL_NAME.search(last_name(name) or "") is not None or bool(self._catalogue.named(name))

    def _distinctive(self, judgement: Judgement) -> bool:
        return judgement.proven or not self._catalogue.kinds[judgement.kinds[0]].context


def without_keys(name: str | None, catalogue: Catalogue) -> str | None:
    """Return a name with an ellipsis for every key in it: keys are pasted where names belong, too."""
    if name is None or len(name) < _SHORTEST_NAME_WITH_KEY:
        return name
    # A dot may stand inside a key (`SG.…`) or between a name and a key (`OWNERS.ghp_…`): both are looked at.
    for start in (0, *(match.end() for match in _NAME_JOINTS.finditer(name))):
        for candidate in reversed(catalogue.recognise(name[start:])):
            text = name[start + candidate.start : start + candidate.end]
            if candidate.distinctive and any(map(str.isdigit, text)):
                return without_keys(f"{name[: start + candidate.start]}…{name[start + candidate.end :]}", catalogue)
    return _LONG_WORD.sub(lambda match: "…" if _is_nobodys_name(match[0]) else match[0], name)


def _is_nobodys_name(word: str) -> bool:
    """Say whether a word is more like a key of no known kind than like a name."""
    digits = sum(map(str.isdigit, word))
    mixed = any(map(str.islower, word)) and any(map(str.isupper, word))
    return digits >= 1 and ((mixed and digits >= 2) or "+" in word or "/" in word)


def _prefix(kind: KeyKind) -> str:
    """Return the fixed text that keys of this kind begin with."""
    anchors = parse(kind.forms[0]).anchors
    return anchors[0] if anchors else ""


def name_of(definition: Definition) -> str:
    """Return the variable that a definition sets, or the last part of its name; empty where it has none."""
    return definition.env or last_name(definition.name) or ""


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
    # Where several can be meant, the place that leaves the fewest.
    best = min(
        (d for d in definitions if d.judgement.kinds), key=lambda d: len(d.judgement.kinds), default=definitions[0]
    )
    kinds = [catalogue.kinds[kind] for kind in best.judgement.kinds]
    kind = kinds[0] if kinds else None
    provider = catalogue.providers[kind.provider] if kind is not None else None
    # Of a damaged key the nearest kind is the one that it was to be.
    others = {
        other.provider: other
        for other in kinds[1:]
        if best.judgement.well_formed and other.provider not in (kinds[0].provider, GENERIC)
    }
    ordered = tuple(sorted(definitions, key=_order))
    return Key(fingerprint, best.secret.masked, kind, provider, ordered, others=tuple(others.values()))


def _order(definition: Definition) -> tuple[str, int, int, int]:
    place = definition.place
    return place.path, place.cell or 0, place.line, place.column
