"""Who is who: the fingerprint of a value, under this user's pepper."""

from __future__ import annotations

import os
from functools import cached_property

from keylint.config import Config, user_config_dir
from keylint.engine.request import UserError


class Identity:
    """Fingerprints values. The pepper is found, or made, when the first value asks for it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.notes: list[str] = []
