"""Keys against what stands beside them: a URL, a region, a project that the key is not of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from keylint.catalogue.settings import claim_of, said
from keylint.engine.keys import Identified, Judged, identity_of, name_of
from keylint.link.beside import Beside
from keylint.model import Confidence, Defect, Definition, Judgement, Setting, Sink, Use, is_test_code
from keylint.rule import at

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_CODE = "KL406"
# Words of a variable's name that say what a key may do, and not where it belongs.
_OF_KEYS = frozenset(
    {
        "key", "api", "token", "secret", "auth", "access", "service", "role", "anon", "publishable", "public", "private",
        "jwt", "admin", "server", "client", "password", "id", "default",
    }
)  # fmt: skip
_PUBLIC = ("NEXT_PUBLIC_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "VITE_", "NUXT_", "GATSBY_")


class Neighbours:
    """What stands beside the keys of a project, and what of it contradicts them."""

    def __init__(self, judged: Mapping[Identified, Judged], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        kept = [d for d, is_key in judged.values() if is_key or name_of(d) in catalogue.settings]
        self.beside = Beside(kept)
        # By themselves: a generated file can hold ten thousand keys, and each is asked about.
        self._settings_beside = Beside(d for d in kept if name_of(d) in catalogue.settings)
        self._is_key = {which for which, (_, is_key) in judged.items() if is_key}

    def contradictions(self, definition: Definition) -> Iterator[Defect]:
        """Yield a defect where a setting beside a well-formed key says that it belongs elsewhere."""
        judgement = definition.judgement
        if not judgement.well_formed or judgement.defects or is_test_code(definition.place.path):
            return
        contrary = [(s, d) for s, d in self._settings(definition) if self._bound(definition, s, d) is False]
        agreeing = {said(s, d.secret.reveal()) for s, d in self._settings(definition) if self._bound(definition, s, d)}
        claims = {found[0] for found in agreeing if found is not None}
        for setting, where in contrary[:1]:
            found = said(setting, where.secret.reveal())
            if found is None or found[0] in claims or self._is_meant_for_another(definition, setting, where, found[0]):
                continue
            certain = setting.confidence is Confidence.HIGH and self._is_sure(judgement)
            yield Defect(
                _CODE, f"{self._contradiction(judgement, found)} {name_of(where)} in {at(where.place)} names", certain
            )

    def host(self, definition: Definition, use: Use, sink: Sink | None) -> str | None:
        """Return the one host that a setting beside the key says: one that the call reads, or the SDK by itself."""
        settings = self._settings(definition)
        if use.host_variable is not None:
            settings = [(s, d) for s, d in settings if s.name == use.host_variable]
        elif use.host is None and sink is not None and sink.host_keyword is not None:
            settings = [(s, d) for s, d in settings if s.provider == use.provider and claim_of(s.value) == "host"]
        else:
            return None
        hosts = {_host_of(where.secret.reveal()) for _, where in settings}
        return hosts.pop() if len(hosts) == 1 else None

    def _settings(self, definition: Definition) -> list[tuple[Setting, Definition]]:
        """Return the settings beside a key that have one value there."""
        found: dict[str, list[Definition]] = {}
        for d in self._settings_beside.of(definition):
            if identity_of(d) not in self._is_key:
                found.setdefault(name_of(d), []).append(d)
        return [
            (self._catalogue.settings[name], places[0])
            for name, places in found.items()
            if len({d.secret.reveal().strip() for d in places}) == 1
        ]

    def _bound(self, definition: Definition, setting: Setting, where: Definition) -> bool | None:
        variable = self._catalogue.env.get(name_of(definition))
        judgement = definition.judgement
        providers = {self._catalogue.kinds[kind].provider for kind in judgement.kinds}
        if variable is not None:
            providers.add(variable.provider)
        if setting.provider not in providers:
            return None
        return self._catalogue.bound(judgement, setting, where.secret.reveal())

    def _is_meant_for_another(self, definition: Definition, setting: Setting, where: Definition, claim: str) -> bool:
        """Say whether the setting serves another key: this one's variable is of its own family, or another key agrees."""
        name, other = _plain(name_of(definition)), _plain(name_of(where))
        if name.partition("_")[0] != other.partition("_")[0]:
            return True
        if claim != "host" and name in self._catalogue.env:
            return False
        if not {*name.lower().split("_")} - {*other.lower().split("_")} <= _OF_KEYS:
            return True
        keys = [d for d in self.beside.of(definition) if identity_of(d) in self._is_key]
        return any(self._bound(key, setting, where) for key in keys)

    def _is_sure(self, judgement: Judgement) -> bool:
        return judgement.proven or all(
            self._catalogue.kinds[kind].confidence is Confidence.HIGH for kind in judgement.kinds
        )

    def _contradiction(self, judgement: Judgement, found: tuple[str, str]) -> str:
        claim, value = found
        if claim == "host" and "host" not in dict(judgement.claims.details):
            issuer = self._catalogue.provider_of(judgement.kinds[0]).name
            owner = self._catalogue.providers[self._catalogue.hosts[value.lower()]].name
            return f"it is a key of {issuer}, and a host of {owner} is what"
        return f"it is of another {claim} than"


def crossed(judged: Mapping[Identified, Judged], neighbours: Neighbours) -> dict[Identified, Judged]:
    """Return the judged definitions, with a defect where what stands beside a key contradicts it."""
    found: dict[Identified, Judged] = {}
    for place, (definition, is_key) in judged.items():
        defects = tuple(neighbours.contradictions(definition)) if is_key else ()
        if defects:
            judgement = replace(definition.judgement, defects=(*definition.judgement.defects, *defects))
            definition = replace(definition, judgement=judgement)
        found[place] = Judged(definition, is_key)
    return found


def fits(definition: Definition, use: Use, catalogue: Catalogue) -> bool | None:
    """Say whether the host that a call names takes this key, as far as is known; `None` where it names none."""
    judgement = definition.judgement
    if use.host is None or not judgement.well_formed or not judgement.kinds:
        return None
    if not use.host:
        return True  # what stands beside the key says nothing about this call
    url = f"https://{use.host}"
    providers = {catalogue.kinds[kind].provider for kind in judgement.kinds}
    templates = [s for p in providers for s in catalogue.providers[p].settings if s.value.startswith("https://")]
    answers = {catalogue.bound(judgement, s, url) for s in (*templates, Setting("", "", "https://{host}"))}
    return True in answers or False not in answers


def _plain(name: str) -> str:
    """Return a variable's name without the prefix that makes it public."""
    return next((name.removeprefix(prefix) for prefix in _PUBLIC if name.startswith(prefix)), name)


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url.strip()).hostname
    except ValueError:
        return None
