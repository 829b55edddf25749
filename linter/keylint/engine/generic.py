"""Values of no known kind: detect-secrets says whether one looks like a secret. It is imported only when there is one."""

from __future__ import annotations

import re

from keylint.catalogue.structures import decode_base64
from keylint.engine.interest import PLAIN_WORDS

_SHORTEST = 16
# What `Basic` carries for a public client: a name and no password.
_NO_PASSWORD = re.compile(rb"[ -9;-~]+:")
_HEX = re.compile(r"[0-9a-fA-F]+")
# Bits per character. detect-secrets' own limit for base64 (4.5) is for any string of a file, and no text of fewer than 23
# characters reaches it; these values have reached a call that takes a key.
_HEX_LIMIT, _OTHER_LIMIT = 3.0, 3.5


def is_secret(value: str) -> bool:
    """Say whether a value that is passed as a key is more than a word, an identifier or a template."""
    if len(value) < _SHORTEST or " " in value or PLAIN_WORDS.fullmatch(value) or value.isdigit():
        return False
    if _NO_PASSWORD.fullmatch(decode_base64(value) or b""):
        return False
    from detect_secrets.filters import heuristic
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    refused = (
        heuristic.is_sequential_string,
        heuristic.is_potential_uuid,
        heuristic.is_templated_secret,
        heuristic.is_not_alphanumeric_string,
        heuristic.is_prefixed_with_dollar_sign,
    )
    if "://" in value or any(refuses(value) for refuses in refused):
        return False
    if _HEX.fullmatch(value):
        return bool(HexHighEntropyString().calculate_shannon_entropy(value) >= _HEX_LIMIT)
    return bool(Base64HighEntropyString().calculate_shannon_entropy(value) >= _OTHER_LIMIT)
