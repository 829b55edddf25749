"""GitHub's secret-scanning alerts of a repository or an organisation.

An alert holds the secret in plain text. Its fingerprint is made and it is dropped at once: the answer says nothing of it
to anybody. `validity` is what GitHub's own check found, at a time that is not given: it is as old as the alert's last change
or older. `resolution: revoked` is what a person has said when closing the alert, and weighs no more than an inventory.
An alert list that cannot be had (404: no access, or secret scanning is off) says nothing about any key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from keylint.model import KeyRef, Live, Observation, Reason, Secret, Tier
from keylint.status.http import Client
from keylint.status.interface import SourceError, SourceInfo
from keylint.status.remote import listing, moment, namespace, parted

API = "https://api.github.com"

_PART = r"(?!\.\.?(?:/|\Z))[A-Za-z0-9._-]{1,100}"
_NAME = re.compile(f"{_PART}(?:/{_PART})?")
_VALIDITY = {"active": (Live.LIVE, Reason.ACTIVE), "inactive": (Live.DEAD, Reason.INVALID)}
_NOTHING = (Live.NONE, Reason.UNKNOWN)
_RESOLUTIONS = ("false_positive", "wont_fix", "revoked", "used_in_tests")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class GitHubSource:
    """The alerts of `owner/repository`, or of an organisation.

    `token` may read secret-scanning alerts. `fingerprint_of` is applied to the secret of each alert. `url` is the API of a
    server of one's own: `https://github.example.com/api/v3`.
    """

    tier = Tier.PLATFORM
    network = True

    def __init__(self, of: str, token: Secret, fingerprint_of: Callable[[str], str], *, url: str = API) -> None:
        if not _NAME.fullmatch(of):
            raise SourceError("GitHub's alerts are those of `owner/repository` or of an organisation")
        origin, base = parted(url)
        place = f"repos/{of}" if "/" in of else f"orgs/{of}"
        self._path = f"{base.rstrip('/')}/{place}/secret-scanning/alerts?per_page=100"
        headers: dict[str, str | Secret] = {
            "Authorization": Secret(f"Bearer {token.reveal()}", ""),
            "Accept": "application/vnd.github+json",
        }
        self._client = Client(origin, internal=url != API, headers=headers)
        self._fingerprint_of = fingerprint_of
        self.name = f"GitHub {of}"
        self.namespace = namespace("github", url, of)

    def describe(self) -> SourceInfo:
        """Return that it lists no keys but those which were found leaked."""
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the alerts say about each key. Raises SourceError."""
        if not keys:
            return
        wanted = {fingerprint: key for key in keys for fingerprint in key.fingerprints}
        found: dict[str, Observation] = {}
        with self._client as client:
            for alert in listing(client, self._path):
                secret = alert.pop("secret", None)
                key = wanted.get(self._fingerprint_of(secret)) if isinstance(secret, str) else None
                del secret
                if key is not None:
                    seen = self._observation(key.fingerprint, alert)
                    found[key.fingerprint] = max(found.get(key.fingerprint, seen), seen, key=_weight)
        for key in keys:
            yield found.get(key.fingerprint) or Observation(
                key.fingerprint, self.name, self.tier, Live.NONE, Reason.NOT_FOUND, datetime.now(UTC), note="no alert"
            )

    def _observation(self, fingerprint: str, alert: Mapping[str, Any]) -> Observation:
        live, reason = _VALIDITY.get(_text(alert.get("validity")), _NOTHING)
        tier, observed_at = self.tier, moment(alert.get("updated_at")) or moment(alert.get("created_at"))
        if live is Live.NONE and alert.get("resolution") == "revoked":
            tier, live, reason = Tier.INVENTORY, Live.DEAD, Reason.REVOKED
            observed_at = moment(alert.get("resolved_at")) or observed_at
        return Observation(fingerprint, self.name, tier, live, reason, observed_at, note=_note(alert))


def _weight(seen: Observation) -> tuple[bool, Tier, datetime, bool]:
    """Of several alerts about one secret, what GitHub checked weighs most, then what was said last, then that it lives."""
    return seen.verdict is not Live.NONE, seen.tier, seen.observed_at or _LONG_AGO, seen.verdict is Live.LIVE


def _note(alert: Mapping[str, Any]) -> str:
    number, validity, resolution = alert.get("number"), _text(alert.get("validity")), alert.get("resolution")
    parts = [f"alert {number}" if isinstance(number, int) else "an alert"]
    parts.append(f"validity {validity}" if validity in _VALIDITY else "validity unknown")
    if resolution in _RESOLUTIONS:
        parts.append(f"closed as {resolution}")
    return ", ".join(parts)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
