"""One `[[source]]` table of a configuration, read field by field; whatever is wrong with it names table and field."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from keylint.model import Secret, cut
from keylint.status.files import read_regular
from keylint.status.interface import Scope

_LARGEST_CREDENTIAL = 65_536
_REFERENCE = re.compile(r"[A-Z_][A-Z0-9_]*|.*[/\\].*")


class SettingsError(Exception):
    """A source is not configured as it should be; the message says where and what to write."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user has written about one source."""

    where: str
    """How messages call the table: `config.toml: source 2 (service)`."""
    fields: Mapping[str, object]
    directory: str
    """What relative paths are relative to."""
    environ: Mapping[str, str] = field(repr=False)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text.

        Raises:
            SettingsError: it is not there and has no default, or is something else.
        """
        value = self.fields.get(name, default)
        if value is None:
            raise SettingsError(f"{self.where}: {name!r} is missing")
        if not isinstance(value, str) or not value:
            raise SettingsError(f"{self.where}: {name!r} is a text that is not empty")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, an empty one where there is none. Raises SettingsError."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise SettingsError(f"{self.where}: {name!r} is a list of texts")
        return tuple(value)

    def optional(self, name: str) -> str | None:
        """Return a text, `None` where there is none. Raises SettingsError."""
        return self.text(name) if name in self.fields else None

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """Return one of some words, the first where it is not there. Raises SettingsError."""
        value = self.text(name, choices[0])
        if value not in choices:
            raise SettingsError(f"{self.where}: {name!r} is one of {', '.join(choices)}")
        return value

    def words(self, name: str) -> Mapping[str, str]:
        """Return a table of texts, an empty one where there is none. Raises SettingsError."""
        value = self.fields.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise SettingsError(f"{self.where}: {name!r} is a table of texts")
        return value

    def scopes(self, name: str) -> tuple[Scope, ...]:
        """Return the list of `{provider = "…", env = "…"}` (`env` may be left out). Raises SettingsError."""
        value = self.fields.get(name, [])
        wrong = SettingsError(f'{self.where}: {name!r} is a list like [{{provider = "acme", env = "production"}}]')
        if not isinstance(value, list):
            raise wrong
        scopes = []
        for row in value:
            if not isinstance(row, dict) or not set(row) <= {"provider", "env"} or "provider" not in row:
                raise wrong
            if not all(isinstance(item, str) for item in row.values()):
                raise wrong
            scopes.append(Scope(row["provider"], row.get("env")))
        return tuple(scopes)

    def flag(self, name: str) -> bool:
        """Return true or false (where it is not there). Raises SettingsError."""
        value = self.fields.get(name, False)
        if not isinstance(value, bool):
            raise SettingsError(f"{self.where}: {name!r} is true or false")
        return value

    def credential(self, name: str) -> Secret | None:
        """Return the credential that a field refers to: `env:NAME`, `file:PATH` or `keyring:SERVICE/USER`.

        Raises:
            SettingsError: it is not one of these (a credential itself never stands in a configuration), or not there.
        """
        if name not in self.fields:
            return None
        kind, colon, rest = self.text(name).partition(":")
        if kind not in _STORES or not colon or not rest:
            raise SettingsError(
                f"{self.where}: {name!r} says where the credential is: env:NAME, file:PATH or keyring:SERVICE/USER"
            )
        try:
            value = _STORES[kind](rest, self).strip()
        except SettingsError as error:
            raise SettingsError(f"{self.where}: {name!r}: {error}") from None
        if not value or not value.isprintable():
            raise SettingsError(f"{self.where}: {name!r}: what is in {kind}:{_named(rest)} is no credential")
        return Secret(value, "…")

    def only(self, *names: str) -> None:
        """Refuse fields that nobody reads: a misspelt one would change nothing, in silence.

        Raises:
            SettingsError: there is one.
        """
        for name in self.fields:
            if name not in (*names, "type", "name"):
                raise SettingsError(f"{self.where}: unknown key {cut(name)!r}; known keys: {', '.join(sorted(names))}")


def holds_password(url: str) -> bool:
    """Say whether a password stands in the URL of a database."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "@" in url
    return bool(parts.password) or any(name.endswith("password") for name, _ in parse_qsl(parts.query))


def _named(reference: str) -> str:
    """Return the name of a variable or the path of a file as a message may repeat it: it may be a key that was pasted there."""
    return reference if _REFERENCE.fullmatch(reference) else cut(reference)


def _from_environment(name: str, settings: Settings) -> str:
    if name not in settings.environ:
        raise SettingsError(f"the environment variable {_named(name)} is not set")
    return settings.environ[name]


def _from_file(path: str, settings: Settings) -> str:
    try:
        data, _ = read_regular(os.path.join(settings.directory, os.path.expanduser(path)), _LARGEST_CREDENTIAL)
        return data.decode()
    except OSError as error:
        raise SettingsError(f"{_named(path)} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{_named(path)} is not UTF-8 text") from None


def _from_keyring(entry: str, _: Settings) -> str:
    from keylint.status.keyrings import KeyringError, read

    try:
        return read(entry)
    except KeyringError as problem:
        raise SettingsError(str(problem)) from None


_STORES = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}
