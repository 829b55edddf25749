"""Who is who: the fingerprints of a value, under this user's pepper and whatever else sources know keys by."""

from __future__ import annotations

import os
from functools import cached_property

from keylint.config import Config, user_config_dir
from keylint.engine.request import UserError
from keylint.status.fingerprint import (
    Fingerprinter,
    ListFingerprinter,
    LoadedPepper,
    Pepper,
    PepperError,
    load_pepper,
    load_previous,
)


class Identity:
    """Fingerprints values. The pepper is found, or made, when the first value asks for it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.lists: frozenset[str] = frozenset()
        """The ids of the lists without a pepper that sources hold."""

    def fingerprint(self, value: str) -> str:
        """Return the fingerprint of a value."""
        return self._fingerprinter.of(value)

    def others(self, value: str) -> tuple[str, ...]:
        """Return the further fingerprints that a source may know a value by."""
        previous = [fingerprinter.of(value) for fingerprinter in self._previous]
        return (*previous, *(fingerprinter.of(value) for fingerprinter in self._slow))

    def under_peppers(self, value: str) -> tuple[str, ...]:
        """Return the fingerprints that are quick to make: under this pepper and the one before."""
        return (self.fingerprint(value), *(fingerprinter.of(value) for fingerprinter in self._previous))

    @property
    def pepper_id(self) -> str:
        """The public id of the pepper."""
        return self._loaded.pepper.id

    @property
    def pepper_ids(self) -> frozenset[str]:
        """The ids of the peppers at hand."""
        previous = self._loaded_previous
        return frozenset({self.pepper_id, *([previous.id] if previous is not None else [])})

    @property
    def persistent(self) -> bool:
        """Whether the next run will have the same pepper."""
        return self._loaded.persistent

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
    def _loaded_previous(self) -> Pepper | None:
        try:
            previous = load_previous(os.environ, self._config.previous_pepper_file)
        except PepperError as error:
            raise UserError(str(error)) from error
        if previous is not None and previous.id == self.pepper_id:
            raise UserError(f"the pepper and the one before both have the id {previous.id}")
        return previous

    @cached_property
    def _fingerprinter(self) -> Fingerprinter:
        return Fingerprinter(self._loaded.pepper)

    @cached_property
    def _previous(self) -> tuple[Fingerprinter, ...]:
        return (Fingerprinter(self._loaded_previous),) if self._loaded_previous is not None else ()

    @cached_property
    def _slow(self) -> tuple[ListFingerprinter, ...]:
        return tuple(map(ListFingerprinter, sorted(self.lists)))
