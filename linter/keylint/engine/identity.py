"""Who is who: the fingerprint of a value, under this user's pepper."""

from __future__ import annotations

import os
from functools import cached_property

from keylint.config import Config, user_config_dir
from keylint.engine.request import UserError
from keylint.status.fingerprint import Fingerprinter, LoadedPepper, PepperError, load_pepper


class Identity:
    """Fingerprints values. The pepper is found, or made, when the first value asks for it."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def fingerprint(self, value: str) -> str:
        """Return the fingerprint of a value."""
        return self._fingerprinter.of(value)

    @property
    def pepper_id(self) -> str:
        """The public id of the pepper."""
        return self._loaded.pepper.id

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should be told about the pepper, once it was needed."""
        if "_loaded" not in self.__dict__:
            return ()
        if self._loaded.created is not None:
            return (
                f"created a pepper for key fingerprints: {self._loaded.created} "
                "(share one with your team and CI through KEYLINT_PEPPER)",
            )
        if not self._loaded.persistent:
            return ("no home directory to keep a pepper in: the fingerprints of this run hold for this run only",)
        return ()

    @cached_property
    def _loaded(self) -> LoadedPepper:
        try:
            return load_pepper(os.environ, user_config_dir(), self._config.pepper_file)
        except PepperError as error:
            raise UserError(str(error)) from error

    @cached_property
    def _fingerprinter(self) -> Fingerprinter:
        return Fingerprinter(self._loaded.pepper)
