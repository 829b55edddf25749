"""What a program reads from a file of the project: the value under a path in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from keylint.link.found import OPAQUE, Found, Where, bound, literal
from keylint.link.modules import upwards
from keylint.link.mounts import Mounts
from keylint.link.resolve import Names
from keylint.link.rows import pinned_key
from keylint.model.definition import Channel, Definition, Role, Within
from keylint.model.facts import FileFacts
from keylint.model.flow import ANY, KEYS, FileItem
from keylint.readers.interface import ENVIRONMENTS

_KEYS = re.compile(r"\[([^\]]*)\]|\.([^.\[(]+)")
_TEMPLATE = re.compile(r"\$\{|\{\{|%\(|\A\$\w|\A%\w+%\Z")
VARIABLE = re.compile(r"\$\{oc\.env:(\w+)(?:,\s*(.*?)\s*)?\}")
"""A value that OmegaConf takes from a variable; the second part is what it is where that is not set."""
_ANY_ITEM = r"(\.[^.\[\]]+|\[\d+\])"
_MOST_ITEMS = 40
_OF_ALL = ("", "default", "global")
_INI = (".ini", ".cfg", ".conf")


class Files:
    """The files that programs open by name. What is not found there is not known: another file may be read at runtime."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def below(self, item: FileItem, path: str, where: Where) -> list[Found] | None:
        """Return what stands in a file under its own path and `path` (`[openai][key]`, `.key`); `None` where nothing does."""
        keys = (*item.path, *(key or name for key, name in _KEYS.findall(path)))
        if keys and keys[-1] == KEYS:
            return self._keys(item, keys[:-1], where)
        for facts in self._read(item.file, where) if keys else ():
            if item.prefix is not None:
                return self._of_sections(item, keys, facts)
            whole = self._names.values(facts.path) if ANY in keys else None
            found = [d for d in (whole or facts).definitions if d.role is Role.PLAIN and _is_at(d, keys, facts.path)]
            found = [d for d in found if d.within is not Within.TEXT]  # a part of a value is none
            if not found and (whole := self._names.values(facts.path)) is not None:
                found = [d for d in whole.definitions if d.role is Role.PLAIN and _is_at(d, keys, facts.path)]
            if found and ANY in keys:
                return _any_of(found, item, keys, where)
            if found:
                return [_found(found[-1], item)]
        return None

    def _of_sections(self, item: FileItem, keys: tuple[str, ...], facts: FileFacts) -> list[Found] | None:
        """Return what dynaconf reads: in each environment what its own section says, else the one of all."""
        whole, name = self._names.values(facts.path) or facts, ".".join(keys).lower()
        found: dict[str | None, Found] = {}
        for definition in whole.definitions:
            section, _, rest = (definition.name or "").lower().partition(".") if item.sections else ("", "", "")
            environment = ENVIRONMENTS.get(section) or (section if section not in _OF_ALL else None)
            if (rest if item.sections else (definition.name or "").lower()) == name:
                found[environment] = _found(definition, item)._replace(environment=environment)
        return list(found.values()) or None

    def _keys(self, item: FileItem, keys: tuple[str, ...], where: Where) -> list[Found] | None:
        """Return what a loop gets that goes over a part of a file: the keys of a mapping, the items of a list."""
        pattern, choice = _below_any((*keys, ANY)), _choices(item.file, (*keys, ANY))[-1]
        for facts in self._read(item.file, where):
            whole = self._names.values(facts.path) or facts
            matches = [match[match.lastindex or 0] for d in whole.definitions if (match := pattern.match(_path(d)))]
            rows = list(dict.fromkeys(matches))[:_MOST_ITEMS]
            if rows and rows[0].startswith("["):
                return self.below(replace(item, path=(*keys, ANY)), "", where)
            return [OPAQUE._replace(text=key, rows={**where.rows, choice: key}) for key in (row[1:] for row in rows)]
        return None

    def contents(self, item: FileItem, where: Where) -> list[Found]:
        """Return all that a file holds, as a program reads it."""
        note = f"read from {posixpath.basename(item.file)}"
        if item.file.startswith("/"):
            mounts = Mounts(self._names.facts, self._names.file, item.file)
            if found := [bound(literal(definition), item.place, note) for definition in mounts.definitions()]:
                return found
        for facts in self._read(item.file, where):
            whole = self._names.values(facts.path)
            for definition in whole.definitions if whole is not None else ():
                if is_whole_file(definition):
                    return [bound(literal(definition), item.place, note)]
        return [OPAQUE]

    def _read(self, file: str, where: Where) -> Iterator[FileFacts]:
        """Yield the files that a name can be: beside the module or above it, wherever the program starts."""
        mounted = Mounts(self._names.facts, self._names.file, file).files() if file.startswith("/") else ()
        for path in mounted:
            if (facts := self._names.file(path)) is not None:
                yield facts
                return
        for directory in upwards(posixpath.dirname(where.path)):
            path = posixpath.normpath(posixpath.join(directory, file.lstrip("/")))
            facts = self._names.file(path) if not path.startswith("../") else None
            if facts is not None and path != where.path:
                yield facts
                return


def is_whole_file(definition: Definition) -> bool:
    """Say whether a definition is the content of a file, and not a value in it."""
    place = definition.place
    return definition.channel is Channel.TEXT and definition.name is None and (place.line, place.column) == (1, 1)


def _any_of(definitions: list[Definition], item: FileItem, keys: tuple[str, ...], where: Where) -> list[Found]:
    """Return what stands under any keys: those of a row that was chosen before, else of every row."""
    pattern, choices = _below_any(keys), _choices(item.file, keys)
    found: list[Found] = []
    for definition in list({d.name: d for d in definitions}.values())[:_MOST_ITEMS]:
        match = pattern.fullmatch(_path(definition))
        rows = [key.strip(".[]") for key in match.groups()] if match is not None else []
        chosen = {**where.rows, **dict(zip(choices, rows, strict=False))}
        found.append(_found(definition, item)._replace(rows=chosen, alternative=len(definitions) > 1))
    for choice in choices:
        pinned = pinned_key(choice, [each.rows[choice] for each in found], where.rows)
        found = [each for each in found if pinned in (None, each.rows[choice])]
    return found


def _choices(file: str, keys: tuple[str, ...]) -> list[str]:
    """Name the choices that are made below a file: one for each key that can be any."""
    return [".".join((file, *keys[:index])) for index, key in enumerate(keys) if key == ANY]


def _below_any(keys: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "".join(_ANY_ITEM if key == ANY else rf"(?:\.{re.escape(key)}|\[{re.escape(key)}\])" for key in keys)
    )


def _path(definition: Definition) -> str:
    """Return the path of a value as what is looked up below a file: `.openai.key`, `[0].key`."""
    name = definition.name or ""
    return name if name.startswith("[") else f".{name}"


def _is_at(definition: Definition, keys: tuple[str, ...], path: str) -> bool:
    if definition.env is not None and len(keys) == 1:
        return definition.env == keys[0]
    dotted = ".".join(keys)
    name = definition.name or ""
    if ANY in keys:
        return _below_any(keys).fullmatch(_path(definition)) is not None
    return name == dotted or (path.endswith(_INI) and name.lower() == dotted.lower())


def _found(definition: Definition, item: FileItem) -> Found:
    value = definition.secret.reveal()
    if _TEMPLATE.search(value) and VARIABLE.fullmatch(value) is None:
        return OPAQUE
    return bound(literal(definition), item.place, f"read from {posixpath.basename(item.file)}")
