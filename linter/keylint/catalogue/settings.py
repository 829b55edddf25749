"""What a setting beside a key says, and whether the key agrees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from keylint.catalogue.checksums import supabase_holds
from keylint.catalogue.grammar import Checksum, parse
from keylint.catalogue.placeholder import classify
from keylint.model import Confidence, Judgement, KeyKind, Setting

CLAIMS = ("project", "region", "account", "environment", "host", "url")
"""What a setting can say. A key says it in a claim of that name; of a `host`, its provider's hosts say it too."""

_CLAIM = re.compile(r"\{(\w+)\}")
_WORD = r"[A-Za-z0-9_-]{1,100}"
_SAID = {"host": r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9}", "url": r"https?://[A-Za-z0-9.:-]{1,200}"}
_NOT_ITS_OWN = re.compile(r"(?:proxy|gateway|router)")


def claim_of(template: str) -> str | None:
    """Return the claim that a setting's template names, `None` where it does not name exactly one."""
    named = _CLAIM.findall(template)
    return named[0] if len(named) == 1 and named[0] in CLAIMS else None


def said(setting: Setting, text: str) -> tuple[str, str] | None:
    """Return which claim a setting makes, and what it says; `None` where the text is no such setting, or a placeholder."""
    match = _expression(setting.value).fullmatch(text.strip())
    claim = claim_of(setting.value)
    if match is None or claim is None or classify(match[1]) is not None:
        return None
    return claim, match[1]


@lru_cache(maxsize=256)
def _expression(template: str) -> re.Pattern[str]:
    before, claim, after = _CLAIM.split(template, maxsplit=1)
    is_url = "://" in template or claim == "url"
    rest = r"(?::\d+)?(?:[/?#]\S*)?" if is_url else ""
    head = re.escape(before).replace("https://", "https?://")
    return re.compile(f"{head}({_SAID.get(claim, _WORD)}){re.escape(after)}{rest}", re.IGNORECASE)


def bound(
    judgement: Judgement, kinds: Iterable[KeyKind], setting: Setting, text: str, hosts: Mapping[str, str]
) -> bool | None:
    """Say whether a key belongs where a setting says; see `Catalogue.bound`. `hosts`: provider ids by host."""
    found = said(setting, text)
    if found is None or not judgement.well_formed:
        return None
    claim, value = found
    answers = {_agrees(kind, judgement, claim, value, hosts) for kind in kinds}
    if True in answers:
        return True
    return False if answers == {False} else None


def _agrees(kind: KeyKind, judgement: Judgement, claim: str, value: str, hosts: Mapping[str, str]) -> bool | None:
    if claim == "project" and _has_project_checksum(kind):
        return supabase_holds(judgement.key, value)
    mine = judgement.claims.account if claim == "account" else dict(judgement.claims.details).get(claim)
    if mine is None:
        return _is_host_of(kind, value, hosts) if claim == "host" else None
    return _same(claim, mine.lower().rstrip("/"), value.lower().rstrip("/"))


def _same(claim: str, mine: str, value: str) -> bool | None:
    if claim == "region" and _shape(mine) != _shape(value):
        return None  # `us` and `prod-us-east-0` can be one region
    return mine == value


def _shape(region: str) -> str:
    return re.sub(r"\d+", "0", re.sub(r"[a-z]+", "a", region))


def _is_host_of(kind: KeyKind, host: str, hosts: Mapping[str, str]) -> bool | None:
    """Only an issuer's own host says whose keys it takes: below it there are proxies for everybody's."""
    owner = hosts.get(host.lower())
    if owner is None or kind.context or kind.confidence is not Confidence.HIGH or _NOT_ITS_OWN.search(host.lower()):
        return None
    return owner == kind.provider


def _has_project_checksum(kind: KeyKind) -> bool:
    return any(
        isinstance(segment, Checksum) and segment.function == "supabase"
        for form in kind.forms
        for segment in parse(form).segments
    )
