"""The catalogue for commands that look things up: the installed providers and the user's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from keylint.cli.discreet import UserError

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue


def load(config_file: str | None, isolated: bool) -> Catalogue:
    """Return the catalogue that `keylint check` would use in the working directory.

    Raises:
        UserError: a configuration or provider file cannot be used.
    """
    from keylint import config, sources
    from keylint.registry import Registry, RegistryError

    try:
        settings = config.load(sources.project_root(()), config_file, isolated, os.environ)
        return Registry(settings.providers, config.user_cache_dir()).catalogue
    except (config.ConfigError, RegistryError) as error:
        raise UserError(str(error)) from None
