"""GitGuardian's incidents, found by a hash that both sides can compute.

An incident carries `hmsl_hash`: scrypt of the secret with a public salt, that of HasMySecretLeaked (read in ggshield 1.56.1).
keylint computes the same for each of its keys, in 4 milliseconds, and compares here: nothing of a key is sent. `validity` is
what GitGuardian's own check found; when, is not said. `secret_revoked` is what a person has said when resolving the
incident, and weighs no more than an inventory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from keylint.model import KeyRef, Live, Observation, Reason, Secret, Tier
from keylint.status.fingerprint import normalise
from keylint.status.http import Client
from keylint.status.interface import SourceInfo
from keylint.status.remote import listing, moment, namespace, parted

API = "https://api.gitguardian.com"

_SALT = hashlib.sha256(b"GitGuardian").digest()
_VALIDITY = {"valid": (Live.LIVE, Reason.ACTIVE), "invalid": (Live.DEAD, Reason.INVALID)}
_NOTHING = (Live.NONE, Reason.UNKNOWN)
_UNDECIDED = ("failed_to_check", "no_checker", "not_checked")


def hmsl_hash(key: str) -> str:
    """Return the hash by which HasMySecretLeaked knows a key: 64 hex digits."""
    message = key.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(message, salt=_SALT, n=2048, r=8, p=1, dklen=32).hex()


class GitGuardianSource:
    """The secret incidents of a workspace.

    `token` may read incidents. `secret_of` returns a key by its fingerprint. `url` is the API of a server of one's own:
    `https://gitguardian.example.com/exposed`.
    """

    tier = Tier.PLATFORM
    network = True

    def __init__(self, token: Secret, secret_of: Callable[[str], Secret | None], *, url: str = API) -> None:
        origin, base = parted(url)
        self._path = f"{base.rstrip('/')}/v1/incidents/secrets?per_page=100"
        headers = {"Authorization": Secret(f"Token {token.reveal()}", "")}
        self._client = Client(origin, internal=url != API, headers=headers)
        self._secret_of = secret_of
        self.name = f"GitGuardian {self._client.host}"
        self.namespace = namespace("gitguardian", url)

    def describe(self) -> SourceInfo:
        """Return that it lists no keys but those which were found leaked."""
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the incidents say about each key. Raises SourceError."""
        hashes = self._hashes(keys)
        if not hashes:
            return
        found: dict[str, Observation] = {}
        with self._client as client:
            for incident in listing(client, self._path):
                fingerprint = hashes.get(_text(incident.get("hmsl_hash")).lower())
                if fingerprint is not None:
                    seen = self._observation(fingerprint, incident)
                    found[fingerprint] = max(found.get(fingerprint, seen), seen, key=_weight)
        for fingerprint in hashes.values():
            yield found.get(fingerprint) or Observation(
                fingerprint, self.name, self.tier, Live.NONE, Reason.NOT_FOUND, datetime.now(UTC), note="no incident"
            )

    def _hashes(self, keys: Sequence[KeyRef]) -> Mapping[str, str]:
        """Return the fingerprints of the keys by the hash that GitGuardian knows them by."""
        hashes = {}
        for key in keys:
            secret = self._secret_of(key.fingerprint)
            if secret is not None:
                hashes[hmsl_hash(normalise(secret.reveal()))] = key.fingerprint
        return hashes

    def _observation(self, fingerprint: str, incident: Mapping[str, Any]) -> Observation:
        live, reason = _VALIDITY.get(_text(incident.get("validity")), _NOTHING)
        tier, observed_at = self.tier, None
        if live is Live.NONE and incident.get("secret_revoked") is True:
            tier, live, reason = Tier.INVENTORY, Live.DEAD, Reason.REVOKED
            observed_at = moment(incident.get("resolved_at"))
        return Observation(fingerprint, self.name, tier, live, reason, observed_at, note=_note(incident))


def _weight(seen: Observation) -> tuple[bool, Tier, bool]:
    """Of several incidents about one key, what was checked weighs most, and then that it lives."""
    return seen.verdict is not Live.NONE, seen.tier, seen.verdict is Live.LIVE


def _note(incident: Mapping[str, Any]) -> str:
    number, validity = incident.get("id"), _text(incident.get("validity"))
    parts = [f"incident {number}" if isinstance(number, int) else "an incident"]
    parts.append(f"validity {validity}" if validity in _VALIDITY or validity in _UNDECIDED else "validity unknown")
    if incident.get("secret_revoked") is True:
        parts.append("resolved as revoked")
    return ", ".join(parts)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
