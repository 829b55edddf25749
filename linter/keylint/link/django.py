"""Which settings modules of Django a project has: one for each environment, as a rule."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Protocol

from keylint.link.modules import files_of, upwards
from keylint.model.facts import FileFacts
from keylint.model.flow import Literal, Stripped, Value, Via
from keylint.model.place import is_test_code
from keylint.readers.interface import ENVIRONMENTS

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_STARTERS = ("wsgi.py", "asgi.py")
_LAYERS = ("production.py", "prod.py", "staging.py", "development.py", "dev.py", "local.py")
_COMMON = ("base.py", "common.py", "defaults.py")
_TEST = "test"


class Project(Protocol):
    """The files of a project."""

    facts: dict[str, FileFacts | None]

    def file(self, path: str) -> FileFacts | None:
        """Return the facts of a file, `None` when the project has no such file."""
        ...


def settings_files(project: Project, path: str) -> list[tuple[str, str | None]]:
    """Return the settings modules of the code in the file `path`, each with its environment.

    They are those that somebody names: `manage.py`, `wsgi.py`, or whatever sets the variable; else those that lie near by.
    """
    named = list(dict.fromkeys(_named(project, path)))
    found = [(file, _environment(file)) for file in named or _near(project, path)]
    return [(file, environment) for file, environment in found if environment != _TEST]


def _environment(file: str) -> str | None:
    return ENVIRONMENTS.get(posixpath.basename(file).removesuffix(".py"))


def _named(project: Project, path: str) -> Iterator[str]:
    scripts = [posixpath.join(directory, "manage.py") for directory in upwards(posixpath.dirname(path))]
    script = next((each for each in scripts if project.file(each) is not None), None)
    first = list(_named_by(project, script)) if script is not None else []
    yield from first
    home = posixpath.dirname(script) if script is not None else None
    packages = {posixpath.dirname(file) for file in first}
    for package in sorted(packages | {posixpath.dirname(each) for each in packages}):
        for starter in _STARTERS:
            yield from _named_by(project, posixpath.join(package, starter))
    for other in sorted(project.facts) if home is not None else ():
        if other != script and not is_test_code(other) and (not home or other.startswith(home + "/")):
            yield from _named_by(project, other)


def _named_by(project: Project, path: str) -> Iterator[str]:
    facts = project.file(path)
    for binding in facts.env if facts is not None else ():
        value = _unwrapped(binding.value)
        if binding.name == _VARIABLE and isinstance(value, Literal):
            files = files_of(path, value.definition.secret.reveal())
            yield from [file for file in files if project.file(file) is not None][:1]


def _near(project: Project, path: str) -> list[str]:
    """Return `settings.py`, or the modules of `settings/`, in the nearest directory that has them."""
    for directory in upwards(posixpath.dirname(path)):
        for home in (directory, posixpath.join(directory, "config")):
            module, package = posixpath.join(home, "settings.py"), posixpath.join(home, "settings")
            if project.file(module) is not None:
                return [module]
            for names in (_LAYERS, _COMMON, ("__init__.py",)):
                files = [posixpath.join(package, name) for name in names]
                if found := [file for file in files if project.file(file) is not None]:
                    return found
    return []


def _unwrapped(value: Value) -> Value:
    while isinstance(value, Via | Stripped):
        value = value.value
    return value
