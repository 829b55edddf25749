"""detect-secrets, as far as it judges single values. Importing it costs 100 ms: only when there is a candidate."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gibberish_detector.detector import Detector

_LIMIT = 3.7


def gibberish(value: str) -> bool:
    """Say whether the pairs of letters in a value are rare in English text (detect-secrets' model and limit)."""
    return score(value) > _LIMIT


@lru_cache(maxsize=4096)
def score(value: str) -> float:
    """Return how rare the pairs of letters are: the higher, the more likely nobody has chosen them."""
    return float(_detector().calculate_probability_of_being_gibberish(value.lower()))


@lru_cache(maxsize=1)
def _detector() -> Detector:
    import os

    from detect_secrets.filters import gibberish as shipped
    from gibberish_detector.detector import create_from_model

    return create_from_model(os.path.join(os.path.dirname(shipped.__file__), "rfc.model"), _LIMIT)
