"""GitLab's access tokens by their numbers: those of a user, of a project or of a group.

The list (`GET /personal_access_tokens`, `/projects/:id/access_tokens`, `/groups/:id/access_tokens`) holds no token and no
hash of one, only the number that GitLab gave it. A key is found there when its number is known, as an inventory's `id`.
An administrator's list has the tokens of everybody, a user's only his own. A token ends at midnight UTC of `expires_at`.

What GitLab's secret detection says of a finding's token (`findingTokenStatus`) is not asked for: a finding is known by file and
line alone, where the next key may stand by now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from keylint.model import KeyRef, Live, Observation, Reason, Secret, Tier
from keylint.status.http import Client
from keylint.status.interface import SourceError, SourceInfo
from keylint.status.merge import is_past
from keylint.status.remote import listing, moment, namespace, parted

API = "https://gitlab.com"

_PROVIDER = "gitlab"
_NUMBER = re.compile(r"[0-9]{1,18}")


class GitLabSource:
    """The access tokens of the user that `token` is of, or those of one `project` or `group` (path or number).

    `token` may read them (`read_api`). `url` is a GitLab of one's own: `https://gitlab.example.com`.
    """

    tier = Tier.PROOF
    network = True

    def __init__(self, token: Secret, *, project: str | None = None, group: str | None = None, url: str = API) -> None:
        if project is not None and group is not None:
            raise SourceError("GitLab's tokens are those of a project or those of a group, not both")
        origin, base = parted(url)
        place = "personal_access_tokens"
        if project is not None:
            place = f"projects/{quote(project, safe='')}/access_tokens"
        elif group is not None:
            place = f"groups/{quote(group, safe='')}/access_tokens"
        self._path = f"{base.rstrip('/')}/api/v4/{place}?per_page=100"
        self._client = Client(origin, internal=url != API, headers={"PRIVATE-TOKEN": token})
        self.name = " ".join(["GitLab", self._client.host, *filter(None, (project, group))])
        self.namespace = namespace("gitlab", url, project, group)

    def describe(self) -> SourceInfo:
        """Return that it may lack keys: whose tokens are listed depends on who asks."""
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the list says about the keys whose numbers are known. Raises SourceError."""
        wanted = [key for key in keys if key.provider == _PROVIDER and _number(key.public_id) is not None]
        if not wanted:
            return
        with self._client as client:
            tokens = {token["id"]: token for token in listing(client, self._path) if isinstance(token.get("id"), int)}
        now = datetime.now(UTC)
        for key in wanted:
            yield self._observation(key, tokens.get(_number(key.public_id)), now)

    def _observation(self, key: KeyRef, token: Mapping[str, Any] | None, now: datetime) -> Observation:
        if token is None:
            return Observation(
                key.fingerprint, self.name, self.tier, Live.NONE, Reason.NOT_FOUND, now, note="not listed"
            )
        return Observation(
            key.fingerprint,
            self.name,
            self.tier,
            *_state(token, now),
            observed_at=now,
            expires_at=moment(token.get("expires_at")),
            note=f"token {token['id']}",
            issued_at=moment(token.get("created_at")),
        )


def _number(public_id: str | None) -> int | None:
    return int(public_id) if public_id is not None and _NUMBER.fullmatch(public_id) else None


def _state(token: Mapping[str, Any], now: datetime) -> tuple[Live, Reason]:
    if token.get("revoked") is True:
        return Live.DEAD, Reason.REVOKED
    expires_at = moment(token.get("expires_at"))
    if expires_at is not None and is_past(expires_at, now):
        return Live.DEAD, Reason.EXPIRED
    if token.get("active") is True:
        return Live.LIVE, Reason.ACTIVE
    return (Live.DEAD, Reason.DISABLED) if token.get("active") is False else (Live.NONE, Reason.UNKNOWN)
