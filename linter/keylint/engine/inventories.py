"""The inventories of a run: loaded, refused when they hold a key in plain text, and turned into what the search needs."""

from __future__ import annotations

from keylint.config import Config
from keylint.engine.identity import Identity
from keylint.engine.interest import KnownValues
from keylint.engine.request import UserError
from keylint.registry import Registry
from keylint.status.inventory import InventoryError, InventorySource, load
from keylint.status.plaintext import detector


class Inventories:
    """The inventory files that the user named, as sources of status."""

    def __init__(self, config: Config, registry: Registry, identity: Identity) -> None:
        looks_like_key = detector(registry.catalogue)

        try:
            loaded = [load(path, frozenset({identity.pepper_id}), looks_like_key) for path in config.status]
        except InventoryError as error:
            raise UserError(str(error)) from error
        self.sources = tuple(InventorySource(inventory) for inventory in loaded)
        fingerprints = frozenset(f for inventory in loaded for f in inventory.fingerprints())
        lengths = frozenset(n for inventory in loaded for n in inventory.lengths())
        self.known = KnownValues(identity.fingerprint, fingerprints, lengths)
