"""What detect-secrets says of a single value.

Importing it whole costs 130 ms, nearly all of it for requests and multiprocessing, which no judgement of a value asks for.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from types import ModuleType
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
    from gibberish_detector.detector import create_from_model

    return create_from_model(_file("filters", "gibberish", "rfc.model"), _GIBBERISH)


def _file(*parts: str) -> str:
    """Return the path of a file of detect-secrets."""
    import os
    from importlib.util import find_spec

    found = find_spec("detect_secrets")
    assert found is not None  # noqa: S101 - a dependency
    assert found.submodule_search_locations is not None  # noqa: S101
    return os.path.join(found.submodule_search_locations[0], *parts)


@lru_cache(maxsize=1)
def _heuristic() -> ModuleType:
    """Return the module of detect-secrets' heuristic filters, without its package where nothing else has imported that.

    Of the package it names the classes of plugins, for annotations and for a filter of lines.
    """
    if "detect_secrets" not in sys.modules:
        plugins = ModuleType("detect_secrets.plugins.base")
        plugins.__dict__.update(BasePlugin=object, RegexBasedDetector=object)
        stand_ins = {name: ModuleType(name) for name in ("detect_secrets", "detect_secrets.plugins")}
        stand_ins[plugins.__name__] = plugins
        path = _file("filters", "heuristic.py")
        sys.modules.update(stand_ins)
        try:
            return _executed(path)
        except ImportError:
            pass  # another version, which needs more
        finally:
            for name in stand_ins:
                del sys.modules[name]
    from detect_secrets.filters import heuristic

    return heuristic


def _executed(path: str) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("keylint.generic._heuristic", path)
    assert spec is not None  # noqa: S101 - there is a loader for `.py`
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refuses(value: str) -> bool:
    """Say whether one of detect-secrets' filters takes a value for something else than a secret."""
    heuristic = _heuristic()
    return bool(
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
    heuristic = _heuristic()
    if (
        "://" in value
        or refuses(value)
        or heuristic.is_not_alphanumeric_string(value)
        or heuristic.is_potential_uuid(value)
    ):
        return False
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

    if _HEX.fullmatch(value):
        return bool(HexHighEntropyString().calculate_shannon_entropy(value) >= _HEX_LIMIT)
    return bool(Base64HighEntropyString().calculate_shannon_entropy(value) >= _OTHER_LIMIT)
