"""What detect-secrets says of a single value. Importing it costs 100 ms: only when there is a value to judge."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gibberish_detector.detector import Detector

_SHORTEST = 16
_GIBBERISH = 3.7
"""detect-secrets' own limit for its model."""
# What `Basic` carries for a public client: a name and no password.
_NO_PASSWORD = re.compile(rb"[ -9;-~]+:")
# A word, a path, an identifier: `aws_secret_access_key` names a key and is none.
PLAIN_WORDS = re.compile(r"[A-Za-z]+(?:[ _.:/-]+[A-Za-z]+)*[.:/]?")
_HEX = re.compile(r"[0-9a-fA-F]+")
# Bits per character. detect-secrets' own limit for base64 (4.5) is for any string of a file, and no text of fewer than 23
# characters reaches it; these values have reached a call that takes a key.
_HEX_LIMIT, _OTHER_LIMIT = 3.0, 3.5


def is_gibberish(value: str) -> bool:
    """Say whether the pairs of letters in a value are rare in English text. detect-secrets itself is not imported."""
    return _rarity(value) > _GIBBERISH


@lru_cache(maxsize=4096)
def _rarity(value: str) -> float:
    return float(_detector().calculate_probability_of_being_gibberish(value.lower()))


@lru_cache(maxsize=1)
def _detector() -> Detector:
    import os
    from importlib.util import find_spec

    from gibberish_detector.detector import create_from_model

    found = find_spec("detect_secrets")
    assert found is not None  # noqa: S101 - a dependency
    assert found.submodule_search_locations is not None  # noqa: S101
    model = os.path.join(found.submodule_search_locations[0], "filters", "gibberish", "rfc.model")
    return create_from_model(model, _GIBBERISH)


def refuses(value: str) -> bool:
    """Say whether one of detect-secrets' filters takes a value for something else than a secret."""
    from detect_secrets.filters import heuristic

    return (
        heuristic.is_sequential_string(value)
        or heuristic.is_templated_secret(value)
        or heuristic.is_prefixed_with_dollar_sign(value)
        or (heuristic.is_not_alphanumeric_string(value) and not any(map(str.isdigit, value)))
    )


def is_secret(value: str) -> bool:
    """Say whether a value that is passed as a key is more than a word, an identifier or a template."""
    from keylint.catalogue.structures import decode_base64

    if len(value) < _SHORTEST or " " in value or PLAIN_WORDS.fullmatch(value) or value.isdigit():
        return False
    if _NO_PASSWORD.fullmatch(decode_base64(value) or b""):
        return False
    from detect_secrets.filters import heuristic
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    if (
        "://" in value
        or refuses(value)
        or heuristic.is_not_alphanumeric_string(value)
        or heuristic.is_potential_uuid(value)
    ):
        return False
    if _HEX.fullmatch(value):
        return bool(HexHighEntropyString().calculate_shannon_entropy(value) >= _HEX_LIMIT)
    return bool(Base64HighEntropyString().calculate_shannon_entropy(value) >= _OTHER_LIMIT)
