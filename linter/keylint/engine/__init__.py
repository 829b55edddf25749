"""From paths to a report: the one path, and the only place that knows all rooms."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from keylint import __version__, sources
from keylint.config import Config
from keylint.engine.request import Request, UserError
from keylint.registry import Registry

if TYPE_CHECKING:
    from keylint.model import Report

__all__ = ["Request", "UserError", "check", "request"]


def request(
    paths: Sequence[str], *, as_of: datetime, stdin: bytes | None = None, staged: bool = False, root: str | None = None
) -> Request:
    """Return what to check; `root` is found from the paths unless given."""
    absolute = tuple(os.path.abspath(path) for path in paths or (".",))
    return Request(root or sources.project_root(absolute), absolute, as_of, staged, stdin)


def check(request: Request, config: Config) -> Report:
    """Check what `request` asks for.

    Raises:
        UserError: the request cannot be carried out (not a repository, an inventory that cannot be used).
        RegistryError: a provider file or an installed plugin cannot be used.
    """
    start = time.monotonic()
    registry = Registry(config.providers, config.cache_dir)
    inventories = None
    if config.status:
        from keylint.engine.inventories import Inventories

        inventories = Inventories(config, registry)
    from keylint.engine.project import Project, Setup

    setup = Setup(request.root, config.providers, config.cache_dir, inventories.known if inventories else None)
    project = Project(request, config.exclude, setup, registry)
    project.run()
    return _report(request, config, registry, project, inventories, start)


def _report(request, config, registry, project, inventories, start):  # type: ignore[no-untyped-def]
    raise NotImplementedError
