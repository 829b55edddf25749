"""Is there a key in this text? An inventory names keys and never holds one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from keylint.model import Secrecy
from keylint.status.fingerprint import FINGERPRINT

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

LooksLikeKey = Callable[[str], bool]

_RUN = re.compile(r"[A-Za-z0-9]{32,}")
_UUID = r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}"
_PUBLIC_IDS = {
    "cloudflare": re.compile(r"[0-9a-f]{32}"),
    "google": re.compile(r"[0-9a-f]{32,64}"),
    "twilio": re.compile(r"(?:AC|SK)[0-9a-f]{32}"),
}
"""The ids of issuers that look like nobody's name for anything."""
_ANY_ID = re.compile(_UUID)
# The version of a secret in Azure Key Vault is a run of hexadecimal digits.
_VERSION = re.compile(r"(https://[a-z0-9-]{1,24}\.vault\.azure\.net/(?:secrets|keys)/[^/\s]+)/[0-9a-f]{32}")
_NAMES = frozenset({"env", "owner", "replaced_by", "id"})


def detector(catalogue: Catalogue) -> LooksLikeKey:
    """Return a test for texts that hold a well-formed secret; identifiers and publishable keys may be written down."""

    def looks_like_key(text: str) -> bool:
        for candidate in catalogue.recognise(text):
            judgement = catalogue.judge(text[candidate.start : candidate.end])
            if judgement.well_formed and any(catalogue.kinds[k].secrecy is Secrecy.SECRET for k in judgement.kinds):
                return True
        return False

    return looks_like_key


def may_be_key(name: str, text: str, provider: str | None) -> bool:
    """Say whether what a field of an inventory (`owner`, `replaced_by`, …) holds may be a key of no known kind.

    `provider` is the one of the entry: the public ids of some look like keys.
    """
    if name not in _NAMES or FINGERPRINT.fullmatch(text):
        return False
    known = _PUBLIC_IDS.get(provider or "", _ANY_ID)
    if name == "id" and (known.fullmatch(text) or _ANY_ID.fullmatch(text)):
        return False
    return is_opaque(_VERSION.sub(r"\1", text) if name == "replaced_by" else text)


def is_opaque(text: str) -> bool:
    """Say whether a text has a run of at least 32 letters and digits, both of them: nobody's name for anything."""
    return any(not run[0].isalpha() and not run[0].isdecimal() for run in _RUN.finditer(text))
