"""GitLab's access tokens by their numbers: those of a user, of a project or of a group.

The list (`GET /personal_access_tokens`, `/projects/:id/access_tokens`, `/groups/:id/access_tokens`) holds no token and no
hash of one, only the number that GitLab gave it. A key is found there when its number is known, as an inventory's `id`:
`42`, or `gid://gitlab/PersonalAccessToken/42` for a routable token, since that may be a runner's, which has a number of
another series. An administrator's list has the tokens of everybody, a user's only their own. A token ends at midnight UTC
when the day `expires_at` begins.

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

_GLOBAL = "gid://gitlab/PersonalAccessToken/"
_NUMBER = re.compile(r"[0-9]{1,18}")
# Deploy tokens, runners and others have numbers of their own.
_ACCESS_TOKEN, _ROUTABLE = "gitlab-pat", "gitlab-routable-token"


class GitLabSource:
    """The access tokens of the user that `token` is of, or those of one `project` or `group` (path or number).

    `token` may read them (`read_api`). `url` is a GitLab of one's own: `https://gitlab.example.com`.
    """

    tier = Tier.PROOF
    network = True
    probe = KeyRef("", "gitlab", _ACCESS_TOKEN, public_id="0")

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
        wanted = [(key, number) for key in keys if (number := _number(key)) is not None]
        if not wanted:
            return
        with self._client as client:
            tokens = {token["id"]: token for token in listing(client, self._path) if isinstance(token.get("id"), int)}
        now = datetime.now(UTC)
        for key, number in wanted:
            yield self._observation(key, tokens.get(number), now)

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


def _number(key: KeyRef) -> int | None:
    """Return the number of an access token, `None` for what is none, or may be none."""
    written = key.public_id or ""
    number = written.removeprefix(_GLOBAL)
    if not _NUMBER.fullmatch(number):
        return None
    return int(number) if key.kind == _ACCESS_TOKEN or (key.kind == _ROUTABLE and number != written) else None


def _state(token: Mapping[str, Any], now: datetime) -> tuple[Live, Reason]:
    if token.get("revoked") is True:
        return Live.DEAD, Reason.REVOKED
    expires_at = moment(token.get("expires_at"))
    if expires_at is not None and is_past(expires_at, now):
        return Live.DEAD, Reason.EXPIRED
    if token.get("active") is True:
        return Live.LIVE, Reason.ACTIVE
    return (Live.DEAD, Reason.DISABLED) if token.get("active") is False else (Live.NONE, Reason.UNKNOWN)
