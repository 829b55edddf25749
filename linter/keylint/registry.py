"""What is installed: providers and rules, built-in ones and anybody's, through the same entry points.

Reading the installed packages' metadata and the provider files costs more than a whole small run, so both are compiled
into the user's cache directory. A cached answer holds as long as nothing that it was made from has changed: the
directories that packages are installed into, and the provider files.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from keylint import __version__
from keylint.cachefiles import read_cache, write_cache

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue
    from keylint.match import Expressions
    from keylint.model import SinkForm
    from keylint.rule import Rule

# Of the compiled registry: one of another format is made anew.
_FORMAT = 6
_FIELDS = {"format", "stamps", "expressions", "catalogue", "provider_files", "rules", "codes"}
_GROUPS = ("keylint.providers", "keylint.rules")


class RegistryError(Exception):
    """An installed plugin or a provider file cannot be used; the message names it."""


class Registry:
    """The catalogue and the rules of one configuration. Everything is loaded when first asked for."""

    def __init__(self, provider_files: Sequence[str] = (), cache_dir: str | None = None) -> None:
        self._provider_files = tuple(provider_files)
        self._cache_dir = cache_dir
        self._loaded: Catalogue | None = None

    @cached_property
    def expressions(self) -> Expressions:
        """What the matcher is compiled from."""
        from keylint.match import Expressions

        stored = self._compiled["expressions"]
        return Expressions(
            keys=tuple(text.encode("latin-1") for text in stored["keys"]),
            split=tuple(stored["split"]),
            modules=tuple(stored["modules"]),
            calls=tuple(stored["calls"]),
            attributes=tuple(stored["attributes"]),
            headers=tuple(stored["headers"]),
            names=tuple(stored["names"]),
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """All providers, merged."""
        from keylint.catalogue import Catalogue

        compiled = self._compiled
        if self._loaded is not None:
            return self._loaded
        text = self._read_cache("catalogue")
        if text is not None and compiled["catalogue"] == _digest(text):
            return Catalogue.from_json(text)
        return self._load_catalogue(compiled["provider_files"])

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, sorted by code.

        Raises:
            RegistryError: a rule package cannot be imported, or two rules have one code.
        """
        return _load_rules(self._compiled["rules"])

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all rules."""
        return tuple(self._compiled["codes"])

    @cached_property
    def digest(self) -> str:
        """What is installed, in a few characters: results that were made with something else have another one."""
        return _digest(json.dumps([self._name, self._compiled["catalogue"], self._compiled["stamps"]]))

    @cached_property
    def _compiled(self) -> Mapping[str, Any]:
        text = self._read_cache("registry")
        if text is not None:
            try:
                stored: dict[str, Any] = json.loads(text)
                whole = stored["format"] == _FORMAT and stored.keys() == _FIELDS
                if whole and all(_stamp(path) == stamp for path, stamp in stored["stamps"]):
                    return stored
            except (ValueError, KeyError, TypeError, AttributeError):
                pass  # a damaged cache is as good as none
        return self._compile()

    def _compile(self) -> Mapping[str, Any]:
        from importlib.metadata import entry_points

        found = {group: sorted({point.value for point in entry_points(group=group)}) for group in _GROUPS}
        directories = [_package_directory(name) for name in found["keylint.providers"]]
        rule_directories = [each for name in found["keylint.rules"] for each in _directories(_package_directory(name))]
        files = sorted(path for directory in directories for path in _toml_files(directory))
        files += self._provider_files
        from keylint.engine.interest import auth_headers
        from keylint.model import SinkForm

        self._loaded = catalogue = self._load_catalogue(files)
        patterns = catalogue.patterns()
        text = catalogue.to_json()
        compiled = {
            "format": _FORMAT,
            "stamps": [
                (path, _stamp(path)) for path in (*_import_directories(), *directories, *rule_directories, *files)
            ],
            "expressions": {
                "keys": [pattern.regex.decode("latin-1") for pattern in patterns],
                "split": [number for number, pattern in enumerate(patterns) if pattern.split],
                "modules": sorted(catalogue.sdk_modules),
                "calls": _last_names(catalogue, SinkForm.CALL),
                "attributes": _last_names(catalogue, SinkForm.ATTRIBUTE),
                "headers": sorted(auth_headers(catalogue.providers.values())),
                "names": sorted(catalogue.env),
            },
            "catalogue": _digest(text),
            "provider_files": files,
            "rules": found["keylint.rules"],
            "codes": [rule.code for rule in _load_rules(found["keylint.rules"])],
        }
        self._write_cache("catalogue", text)
        self._write_cache("registry", json.dumps(compiled))
        return compiled

    def _load_catalogue(self, files: Iterable[str]) -> Catalogue:
        from pathlib import Path

        from keylint.catalogue import CatalogueError, load

        try:
            return load(Path(file) for file in files)
        except CatalogueError as error:
            raise RegistryError(str(error)) from error

    @cached_property
    def _name(self) -> str:
        parts = (__version__, sys.version, sys.prefix, *sys.path, "", *self._provider_files)
        return _digest("\0".join(parts))

    def _read_cache(self, what: str) -> str | None:
        if self._cache_dir is None:
            return None
        try:
            data = read_cache(os.path.join(self._cache_dir, f"{what}-{self._name}.json"))
            return data.decode() if data is not None else None
        except UnicodeDecodeError:
            return None

    def _write_cache(self, what: str, text: str) -> None:
        if self._cache_dir is not None:
            write_cache(os.path.join(self._cache_dir, f"{what}-{self._name}.json"), text.encode())


def _directories(top: str) -> list[str]:
    """Return a directory and those below it: a new rule changes the one that it stands in."""
    return [path for path, _, _ in os.walk(top) if not path.endswith("__pycache__")]


def _load_rules(packages: Sequence[str]) -> tuple[Rule, ...]:
    from keylint.rule import RuleLoadError, load_rules

    try:
        return load_rules(packages)
    except RuleLoadError as error:
        raise RegistryError(str(error)) from error


def _last_names(catalogue: Catalogue, form: SinkForm) -> list[str]:
    return sorted({s.call.rsplit(".", 1)[-1] for sinks in catalogue.sinks.values() for s in sinks if s.form is form})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _stamp(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def _import_directories() -> list[str]:
    return [path for path in sys.path if path and os.path.isdir(path)]


def _toml_files(directory: str) -> list[str]:
    return [os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(".toml")]


def _package_directory(name: str) -> str:
    from importlib.util import find_spec

    try:
        spec = find_spec(name)
    except ImportError as error:
        raise RegistryError(f"the package {name} cannot be imported: {error}") from error
    if spec is None or not spec.submodule_search_locations:
        raise RegistryError(
            f"{name} is not a package: entry points of keylint.providers and keylint.rules name packages"
        )
    return next(iter(spec.submodule_search_locations))
