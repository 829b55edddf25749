"""Keys that are made to be seen: published examples, tokens with a published payload, canaries."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from keylint.model import Claims, Defect, Judgement, KeyKind, PublicExample

CODE = "KL207"

# What a note says of a key that somebody accepts.
_ACCEPTED = re.compile(r"\b(?:emulator|local\w*|demo|works?|playground)\b", re.IGNORECASE)
# A word is a key only where one of its kind is expected: `demo` is for one issuer a key, for all others a placeholder.
_LONGEST_WORD = 16

# The claims of the token that jwt.io starts with, and of the one in RFC 7519: people change a word and sign it again.
_SAMPLE_ACCOUNT = "1234567890"
_SAMPLE_MOMENTS = (datetime(2018, 1, 18, 1, 30, 22, tzinfo=UTC), datetime(2011, 3, 22, 18, 43, tzinfo=UTC))
_SAMPLE_TOKEN = Defect(CODE, "a token with the claims of a public example (jwt.io, RFC 7519)", certain=False)

# Accounts of canarytokens.org (trufflehog pkg/detectors/aws/common.go). A key of theirs is not to be tried.
_CANARIES = frozenset(
    {
        "052310077262", "171436882533", "266735846894", "534261010715", "595918472158", "717712589309", "730335385048",
        "819147034852", "893192397702", "992382622183",
    }
)  # fmt: skip
_CANARY = Defect(CODE, "a canary token: using it raises an alarm with its owner", certain=False)


def is_canary(judgement: Judgement) -> bool:
    """Say whether a key raises an alarm when it is used."""
    return _CANARY in judgement.defects


class Published:
    """The examples of all kinds, by hash."""

    def __init__(self, kinds: Iterable[KeyKind]) -> None:
        self._by_hash: dict[tuple[int, str], list[tuple[KeyKind, PublicExample]]] = {}
        for kind in kinds:
            for example in kind.examples:
                self._by_hash.setdefault((example.length, example.sha256), []).append((kind, example))

    def find(self, key: str, likely: Sequence[str]) -> tuple[KeyKind, PublicExample] | None:
        """Return the example that `key` is, if it is one; `likely` are the kinds that belong where it stands."""
        found = self._by_hash.get((len(key), hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()), ())
        for kind, example in found:
            if kind.id in likely:
                return kind, example
        return found[0] if found and (len(key) > _LONGEST_WORD or any(map(str.isdigit, key))) else None


def defect_of(example: PublicExample) -> Defect:
    """Return the defect of a key that is a published example; uncertain where somebody accepts it."""
    note = f" ({example.note})" if example.note else ""
    return Defect(CODE, f"a public example key{note}", _ACCEPTED.search(example.note) is None)


def defects_of(claims: Claims, kinds: Sequence[str], by_id: Mapping[str, KeyKind]) -> tuple[Defect, ...]:
    """Return what the claims of a key give away: a public example that somebody has signed again, a canary."""
    if claims.account in _CANARIES and kinds and by_id[kinds[0]].provider == "aws":
        return (_CANARY,)
    moments = (claims.issued_at, claims.expires_at)
    if claims.account == _SAMPLE_ACCOUNT or any(moment in _SAMPLE_MOMENTS for moment in moments):
        return (_SAMPLE_TOKEN,)
    return ()
