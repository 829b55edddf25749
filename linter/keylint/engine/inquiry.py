"""One value by itself: judged as a run would, and everybody asked about it whom a run would ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keylint.config import Config
from keylint.engine.asking import Asking
from keylint.engine.identity import Identity
from keylint.engine.keys import Judge, group
from keylint.model import Asked, Channel, Definition, Key, Place, Secret
from keylint.registry import Registry
from keylint.status import Progress
from keylint.status.offline import observations
from keylint.status.trying import Trial

_WHERE = Place("standard input", 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What was found out about one key."""

    key: Key
    asked: tuple[Asked, ...]
    as_of: datetime
    notes: tuple[str, ...]


def inquire(
    value: Secret,
    config: Config,
    as_of: datetime,
    *,
    name: str | None = None,
    environment: str | None = None,
    expected: Sequence[str] = (),
    progress: Progress | None = None,
) -> Inquiry:
    """Return what is known of a key.

    Args:
        value: the key with whatever stands around it.
        config: whom to ask, and how.
        as_of: the moment to judge by.
        name: the variable that holds it.
        environment: where it is used.
        expected: the kinds that the user says it is of.
        progress: as for a run.

    Raises:
        UserError: a source is not configured as it should be.
    """
    registry, identity = Registry(config.providers, config.cache_dir), Identity(config)
    asking = Asking(config, registry, identity, progress)
    definition = Definition(_WHERE, value, Channel.TEXT, name, environment=environment, env=name)
    judged = Judge(registry.catalogue, asking.known).definition(definition, expected).definition
    (key,) = group((judged,), identity.fingerprint, registry.catalogue)
    if key.kind is not None and key.kind.id in expected:
        key = replace(key, others=())
    # The user says whose it is, or its text does; what may as well be another's is sent to nobody.
    shareable = [key.fingerprint] if key.provider is not None and not key.others else []
    proofs = observations(key.fingerprint, judged.judgement, key.kind, as_of)
    resolution = asking.resolve((key,), proofs, shareable, as_of)
    verdict = resolution.verdicts[key.fingerprint]
    return Inquiry(replace(key, verdict=verdict), resolution.asked, as_of, identity.notes)


def tried(config: Config) -> tuple[tuple[Trial, ...], tuple[str, ...]]:
    """Return how each configured source does, and what the user should be told about the pepper.

    Raises:
        UserError: a source is not configured as it should be.
    """
    identity = Identity(config)
    asking = Asking(config, Registry(config.providers, config.cache_dir), identity)
    return asking.tried(), identity.notes
