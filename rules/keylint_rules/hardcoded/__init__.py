"""A secret where everybody who can read the project can read it.

One definition gets one code, the most specific: key in the front end, private key, key as default, key in a URL, key in a
notebook's output, key in a command, key in config, hardcoded key.
"""

from __future__ import annotations

import re

from keylint.model import (
    CONFIGURATION,
    GENERIC,
    Channel,
    Confidence,
    Definition,
    Key,
    Live,
    Reason,
    Role,
    Secrecy,
    Within,
)
from keylint.rule import Hit, at, in_prose, named, upper_first

# Variables that a build tool copies into what the browser loads. `PUBLIC_` is also one half of a pair of keys.
_SHIPPED_NAME = re.compile(
    r"(?:NEXT_PUBLIC|VITE|REACT_APP|VUE_APP|NUXT_PUBLIC|GATSBY|EXPO_PUBLIC)_[A-Z0-9_]+|PUBLIC_(?!KEY)[A-Z0-9_]+"
)
_SHIPPED_FILE = re.compile(
    r"\.(?:vue|svelte)\Z|(?:\A|/)environments/environment(?:\.\w+)?\.ts\Z"
    r"|(?:\A|/)(?:public|static|wwwroot|app/assets|app/javascript)/(?:[^/]+/)*[^/]+\.m?js\Z"
)
_PRIVATE_KEYS = frozenset({"pem-private-key", "openssh-private-key", "pgp-private-key"})
_STAND_INS = frozenset({"KL205", "KL206", "KL207"})
_KNOWN = frozenset({Reason.ACTIVE, Reason.EXPIRED, Reason.REVOKED, Reason.DISABLED, Reason.ROTATED, Reason.STALE})


def code_of(definition: Definition, key: Key | None) -> str | None:
    """Return the code that a leaked definition is reported under; `None` when it leaks nothing."""
    if key is None or definition.loader is not None or not _is_secret(definition, key):
        return None
    if _is_shipped(definition, key):
        return "KL107"
    if definition.ignored:
        return None
    if key.kind is not None and key.kind.id in _PRIVATE_KEYS:
        return "KL105"
    if definition.role is Role.DEFAULT:
        return "KL103"
    if definition.within is Within.URL:
        return "KL104"
    if definition.channel is Channel.NOTEBOOK_OUTPUT:
        return "KL106"
    if _in_command(definition):
        return "KL110"
    return "KL102" if definition.channel in CONFIGURATION else "KL101"


def _in_command(definition: Definition) -> bool:
    """Say whether it stands on a command line, or in what becomes a layer of an image."""
    in_image = definition.channel is Channel.DOCKERFILE
    return definition.role is Role.PLAIN and (in_image or definition.within is Within.COMMAND)


def _is_shipped(definition: Definition, key: Key) -> bool:
    """Say whether the browser gets it. Where several programs use a key of a form, it may be meant to."""
    if key.kind is None or key.kind.context or ("role", "anon") in definition.judgement.claims.details:
        return False
    if definition.channel in (Channel.SOURCE, Channel.TEXT) and _SHIPPED_FILE.search(definition.place.path):
        return True
    if definition.channel in (Channel.PYTHON, Channel.NOTEBOOK):
        return False
    name = definition.env or (definition.name or "").rsplit(".", 1)[-1]
    shipped = _SHIPPED_NAME.fullmatch(name) is not None
    return shipped and (definition.channel is Channel.DOTENV or not name.startswith("PUBLIC_"))


def _is_secret(definition: Definition, key: Key) -> bool:
    judgement = definition.judgement
    if any(defect.code in _STAND_INS for defect in judgement.defects):
        return False
    if key.kind is None:
        return is_known(key) or (judgement.generic and not in_prose(definition))
    if key.kind.secrecy is not Secrecy.SECRET:
        return False
    if in_prose(definition):
        return judgement.well_formed and not key.kind.context and not _is_sample(definition, key)
    # A damage that can be cut off leaves the key as it was; an uncertain defect proves nothing.
    return all(not d.certain or d.remove or d.code in ("KL204", "KL305") for d in judgement.defects)


def is_known(key: Key) -> bool:
    """Say whether a source of status knows the key: it is one, whatever it looks like."""
    return key.verdict.reason in _KNOWN


def _is_sample(definition: Definition, key: Key) -> bool:
    """Say whether documentation only shows what a JWT or a key pair looks like. Notes and dead code show real ones."""
    is_note = definition.place.path.endswith(".txt") or (definition.role is Role.COMMENT and definition.name)
    if is_note or definition.channel is Channel.NOTEBOOK_OUTPUT or key.provider is None or key.provider.id != GENERIC:
        return False
    claims = definition.judgement.claims
    is_somebodys = claims.account is not None or bool(claims.details)
    return key.verdict.live is Live.DEAD or not is_somebodys


def leak(definition: Definition, key: Key | None, where: str, instead: str) -> Hit:
    """Return the hit: the key is `where`; `instead` says what to do beside revoking it."""
    provider = key.provider if key is not None else None
    dead = key is not None and key.verdict.live is Live.DEAD
    generic = definition.judgement.generic and key is not None and not is_known(key)
    certain = not generic and all(defect.certain for defect in definition.judgement.defects)
    harm = "it is dead by now, but it shows where keys are kept" if dead else "whoever reads the project can use it"
    place = f" at {provider.dashboard}" if provider is not None and provider.dashboard else ""
    return Hit(
        definition.place,
        f"{upper_first(named(key))} {where}: {harm}",
        confidence=Confidence.HIGH if certain else Confidence.MEDIUM,
        help=f"{f'Delete it from {at(definition.place)}' if dead else f'Revoke it{place}'}, and {instead}.",
    )
