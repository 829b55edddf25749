"""Configuration: user file < project file < command line. Unknown keys are refused, with file and key."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from keylint import sources
from keylint.model import cut

_LARGEST = 1_000_000
FAIL_ON = ("error", "warning", "never")
CONFIDENCE = ("high", "medium", "low")
FORMATS = ("text", "json", "sarif", "github")
ON_SOURCE_ERROR = ("warn", "fail", "ignore")
ON_UNKNOWN = ("ignore", "warn", "fail")
TOOLS = ("gitleaks", "kingfisher", "trufflehog", "ggshield", "bandit")
"""Those with ignore comments of their own."""
SECRETS_BASELINE = ".secrets.baseline"


def quoted(text: object) -> str:
    """Return what somebody wrote, for an error message: a key that was pasted into the wrong place is cut short."""
    return repr(cut(str(text)))


class ConfigError(Exception):
    """A configuration file or option cannot be used; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Config:
    """The merged configuration of one run. Paths are absolute."""

    select: tuple[str, ...] = ()
    """Codes or prefixes of codes; empty: the rules that are on by default."""
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Git-ignore style patterns, relative to the project root."""
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(glob, codes): findings of these codes in matching files are not reported."""
    providers: tuple[str, ...] = ()
    confidence: str = "medium"
    """Findings that are less sure are not reported."""
    fail_on: str = "warning"
    output_format: str = "text"
    status: tuple[str, ...] = ()
    """Inventory files. Never taken from the scanned project: its own word about its own keys proves nothing."""
    sources: tuple[SourceTable, ...] = ()
    """Who else is asked; from the same places as `status`."""
    live_providers: tuple[str, ...] = ()
    """Whose keys may be tried at the provider itself, where `live` says that they are."""
    live: bool = False
    offline: bool = False
    on_source_error: str = "warn"
    on_unknown: str = "ignore"
    max_staleness: timedelta | None = None
    pepper_file: str | None = None
    """A file, or `keyring:SERVICE/USER`."""
    previous_pepper_file: str | None = None
    cache_dir: str | None = None
    baseline: str | None = None
    """Findings that are not reported."""
    detect_secrets_baseline: str | None = SECRETS_BASELINE
    """The baseline of detect-secrets, where there is one; relative to the root."""
    detect_secrets_plugins: tuple[str, ...] = ()
    """Files of Python: plugins for detect-secrets. Never taken from the scanned project, as nothing that is executed."""
    detect_secrets_filters: tuple[str, ...] = ()
    """`FILE::FUNCTION`, from the same places."""
    ignore_comments: tuple[str, ...] = ()
    """The tools whose ignore comments count; those of detect-secrets always do."""

    @property
    def asks(self) -> bool:
        """Whether anybody is asked about keys."""
        return bool(self.status or self.sources or self.live)

    def selects(self, code: str, default: bool) -> bool:
        """Say whether a rule is on: the longest matching prefix of `select` and `ignore` decides, `ignore` in a tie."""
        selected = _longest(self.select, code) if self.select else (0 if default else -1)
        return selected >= 0 and _longest(self.ignore, code) < max(selected, 1)

    def shows(self, confidence: str) -> bool:
        """Say whether findings of this confidence are reported."""
        return CONFIDENCE.index(confidence) <= CONFIDENCE.index(self.confidence)

    def ignored_in(self, path: str, code: str) -> bool:
        """Say whether `per-file-ignores` silences `code` in the file at `path` (relative to the root)."""
        return any(
            _longest(codes, code) >= 0
            for glob, codes in self.per_file_ignores
            if fnmatch.fnmatch(path, glob) or fnmatch.fnmatch(os.path.basename(path), glob)
        )


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A source of key status as it is written in a configuration. What its type makes of it is read when it is asked."""

    where: str
    """How messages call it: `config.toml: source 2 (service)`."""
    fields: Mapping[str, object]
    directory: str
    """What relative paths in it are relative to."""

    @property
    def type(self) -> str:
        """What kind of source it is."""
        return str(self.fields.get("type", ""))


def _longest(prefixes: tuple[str, ...], code: str) -> int:
    """Return the length of the longest prefix of `code` in `prefixes`, -1 for none; `ALL` is the empty prefix."""
    return max((0 if p == "ALL" else len(p) for p in prefixes if p == "ALL" or code.startswith(p)), default=-1)


# Who may set what. The scanned project is not trusted with anything that makes keylint believe or contact somebody.
_PROJECT = frozenset(
    {
        "select", "ignore", "exclude", "per-file-ignores", "providers", "confidence", "fail-on", "output-format",
        "baseline", "detect-secrets-baseline", "ignore-comments",
    }
)  # fmt: skip
_USER = _PROJECT | {
    "status", "source", "live", "on-source-error", "on-unknown", "max-staleness",
    "pepper-file", "pepper-keyring", "previous-pepper-file", "previous-pepper-keyring",
    "detect-secrets-plugins", "detect-secrets-filters",
}  # fmt: skip


def load(root: str, explicit: str | None, isolated: bool, environ: Mapping[str, str], trusted: bool = False) -> Config:
    """Merge the user's configuration, the project's and an explicit `--config FILE` (which replaces the project's).

    An explicit file outside `root` may set everything that the user's may; inside it counts as the project's. `trusted`:
    the user has said that the project's may do so too.

    Raises:
        ConfigError: a file cannot be read or parsed, or holds an unknown key or a value of the wrong type.
    """
    config = Config()
    if not isolated:
        user = _user_file(environ)
        if user is not None:
            config = _apply(config, user, _read(user), _USER)
    if explicit is not None:
        path = os.path.abspath(explicit)
        inside = os.path.commonpath([os.path.realpath(root), os.path.realpath(path)]) == os.path.realpath(root)
        return _apply(config, path, _table(path, _read(path)), _PROJECT if inside and not trusted else _USER)
    if not isolated:
        for name in ("keylint.toml", "pyproject.toml"):
            path = os.path.join(root, name)
            if _mentions_keylint(path, name):
                return _apply(config, path, _table(path, _read(path)), _USER if trusted else _PROJECT)
    return config


def override(config: Config, **options: Any) -> Config:
    """Return `config` with every option that was given on the command line (not `None`, not empty)."""
    return replace(config, **{name: value for name, value in options.items() if value not in (None, ())})


def _user_file(environ: Mapping[str, str]) -> str | None:
    named = environ.get("KEYLINT_CONFIG")
    if named:
        if not os.path.isfile(named):
            raise ConfigError(f"{named}: no such file (named by $KEYLINT_CONFIG)")
        return os.path.abspath(named)
    directory = user_config_dir()
    path = os.path.join(directory, "config.toml") if directory is not None else None
    return path if path is not None and os.path.isfile(path) else None


def user_config_dir() -> str | None:
    """Return the platform's directory for keylint's user configuration; it may not exist. `None` without a home directory."""
    import platformdirs

    return _absolute(platformdirs.user_config_dir)


def user_cache_dir() -> str | None:
    """Return the platform's directory for keylint's caches; it may not exist. `None` without a home directory."""
    import platformdirs

    return _absolute(platformdirs.user_cache_dir)


def user_data_dir() -> str | None:
    """Return the platform's directory for what keylint keeps; it may not exist. `None` without a home directory."""
    import platformdirs

    return _absolute(platformdirs.user_data_dir)


def _absolute(directory_of: Callable[[str], str]) -> str | None:
    """A relative directory would be one of the scanned project's: `~` where there is no home directory."""
    try:
        directory = directory_of("keylint")
    except RuntimeError:
        return None
    return directory if os.path.isabs(directory) else None


def _mentions_keylint(path: str, name: str) -> bool:
    """Look before parsing: most projects' pyproject.toml says nothing about keylint."""
    if name == "keylint.toml":
        return os.path.lexists(path)
    data = sources.read(path, path, _LARGEST)
    return isinstance(data, bytes) and b"tool.keylint" in data


def _read(path: str) -> dict[str, Any]:
    import tomllib

    data = sources.read(path, path, _LARGEST)
    if not isinstance(data, bytes):
        raise ConfigError(f"{path}: cannot be read: {data.reason}")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _table(path: str, document: dict[str, Any]) -> dict[str, Any]:
    if os.path.basename(path) != "pyproject.toml":
        return document
    tool = document.get("tool", {})
    table = tool.get("keylint", {}) if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.keylint is not a table")
    return table


def _apply(config: Config, path: str, table: dict[str, Any], allowed: frozenset[str]) -> Config:
    where = f"{path}: [tool.keylint]" if path.endswith("pyproject.toml") else f"{path}:"
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key not in allowed:
            raise ConfigError(f"{where} {_refusal(key)}")
        name = _NAMES.get(key, key.replace("-", "_"))
        if name in changes:
            raise ConfigError(f"{where} {key!r}: there is one pepper, in a file or in the keyring")
        changes[name] = _convert(where, os.path.dirname(path), key, value)
    for key in ("baseline", "detect-secrets-baseline") if allowed is _PROJECT else ():
        _demand_inside(where, os.path.dirname(path), key, changes.get(key.replace("-", "_")))
    return replace(config, **changes)


def _demand_inside(where: str, directory: str, key: str, path: str | None) -> None:
    inside = os.path.join(os.path.realpath(directory), "")
    if path is not None and not os.path.realpath(os.path.join(directory, path)).startswith(inside):
        raise ConfigError(f"{where} {key!r} names a file of the project; only the user's configuration names any other")


# Key in the file -> field of Config, where they differ by more than hyphens.
_NAMES = {
    "source": "sources", "live": "live_providers",
    "pepper-keyring": "pepper_file", "previous-pepper-keyring": "previous_pepper_file",
}  # fmt: skip


def _refusal(key: str) -> str:
    if key in _USER:
        return (
            f"{key!r} is not taken from the scanned project: it decides whom keylint believes, or what it runs. "
            "Give it in the user's configuration or a --config FILE outside the project, or say --trust-repo-config"
        )
    import difflib

    near = difflib.get_close_matches(key, _USER, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(sorted(_USER))}"
    return f"unknown key {quoted(key)}{hint}"


def _convert(where: str, directory: str, key: str, value: Any) -> Any:
    if key == "per-file-ignores":
        if not isinstance(value, dict):
            raise ConfigError(f'{where} {key!r} is a table of "glob" = ["CODE", …]')
        return tuple((glob, _strings(where, f"{key}.{glob}", codes)) for glob, codes in value.items())
    if key in _CHOICES:
        if value not in _CHOICES[key]:
            raise ConfigError(f"{where} {key!r} is one of {', '.join(_CHOICES[key])}, not {quoted(value)}")
        return value
    if key in ("pepper-file", "previous-pepper-file", "baseline"):
        return os.path.join(directory, _string(where, key, value))
    if key in ("pepper-keyring", "previous-pepper-keyring"):
        return "keyring:" + _string(where, key, value)
    if key == "max-staleness":
        return _duration(where, key, value)
    if key in _NOT_STRINGS:
        return _NOT_STRINGS[key](where, directory, value)
    strings = _strings(where, key, value)
    if key == "ignore-comments":
        return tools(strings, f"{where} {key!r}")
    if key in ("providers", "status", "detect-secrets-plugins", "detect-secrets-filters"):
        return tuple(text if is_url(text) else os.path.join(directory, text) for text in strings)
    return strings


def _secrets_baseline(where: str, directory: str, value: Any) -> str | None:
    if isinstance(value, bool):
        return SECRETS_BASELINE if value else None
    if not isinstance(value, str):
        raise ConfigError(f"{where} 'detect-secrets-baseline' is a file's name, or false")
    return os.path.join(directory, value)


def tools(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Return the names of tools whose ignore comments count.

    Raises:
        ConfigError: there is no such tool.
    """
    for name in names:
        if name not in TOOLS:
            raise ConfigError(f"{where} is made of {', '.join(TOOLS)}, not {quoted(name)}")
    return names


_CHOICES = {
    "confidence": CONFIDENCE, "fail-on": FAIL_ON, "output-format": FORMATS,
    "on-source-error": ON_SOURCE_ERROR, "on-unknown": ON_UNKNOWN,
}  # fmt: skip
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """Return the time span that `90m`, `24h` or `7d` is.

    Raises:
        ValueError: it is written in another way, or too long.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit()) or unit not in _UNITS or len(number) > 6:
        raise ValueError("a time span is written 90m, 24h or 7d")
    return timedelta(**{_UNITS[unit]: int(number)})


def is_url(text: str) -> bool:
    """Say whether a source is named by a URL rather than by a file."""
    return "://" in text


def _duration(where: str, key: str, value: Any) -> timedelta:
    try:
        return duration(_string(where, key, value))
    except ValueError as error:
        raise ConfigError(f"{where} {key!r}: {error}") from None


def _source_tables(where: str, directory: str, value: Any) -> tuple[SourceTable, ...]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ConfigError(f"{where} 'source' is a list of tables: [[source]]")
    for number, table in enumerate(value, 1):
        if not isinstance(table.get("type"), str):
            raise ConfigError(f"{where} source {number}: 'type' is missing: it says what kind of source this is")
    return tuple(
        SourceTable(f"{where} source {number} ({cut(table['type'])})", table, directory)
        for number, table in enumerate(value, 1)
    )


def _live(where: str, _directory: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, dict) or set(value) != {"providers"}:
        raise ConfigError(f"{where} 'live' is a table with one key: providers = [\"openai\", …]")
    return _strings(where, "live.providers", value["providers"])


_NOT_STRINGS: Mapping[str, Callable[[str, str, Any], Any]] = {
    "source": _source_tables,
    "live": _live,
    "detect-secrets-baseline": _secrets_baseline,
}


def _string(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{where} {key!r} is a string, not {type(value).__name__}")
    return value


def _strings(where: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where} {key!r} is a list of strings, not {type(value).__name__}")
    return tuple(value)
