"""OAuth 2.0 token introspection (RFC 7662): the server that issued a token is asked whether it is active.

The token itself is sent, to the configured host and nowhere else. Of the answer only `active` is required, so `exp` and `iat`
are used where they are. `active: false` gives no reason on purpose: expired, revoked, unknown and "not yours to ask about" look
alike. A 401 is about keylint's own credentials, never about the token.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote_plus

from keylint.model import KeyRef, Live, Observation, Reason, Secret, Tier
from keylint.status.fingerprint import normalise
from keylint.status.http import Answer, Client
from keylint.status.interface import SourceError, SourceInfo
from keylint.status.merge import is_past
from keylint.status.remote import document, epoch, namespace, parted

_BAD_REQUEST = 400


class IntrospectionSource:
    """An authorization server's introspection endpoint, for the keys of some providers or kinds.

    `ids` are the providers or kinds whose keys may be sent there. `secret_of` returns a key by its fingerprint. The server
    is told who asks by `client_id` and `client_secret` (Basic), or by a `token` (Bearer).
    """

    tier = Tier.ISSUER
    network = True

    def __init__(
        self,
        url: str,
        secret_of: Callable[[str], Secret | None],
        ids: Collection[str],
        *,
        client_id: str | None = None,
        client_secret: Secret | None = None,
        token: Secret | None = None,
    ) -> None:
        origin, self._path = parted(url)
        authorization = _authorization(client_id, client_secret, token)
        self._client = Client(origin, internal=True, headers={"Authorization": authorization})
        self._secret_of = secret_of
        self._ids = frozenset(ids)
        self.name = f"introspection {self._client.host}"
        self.probe = KeyRef("", min(ids, default=None), min(ids, default=None))
        self.namespace = namespace("introspection", url, client_id, *sorted(ids))

    def describe(self) -> SourceInfo:
        """Return that it lists nothing: it answers for the tokens that it is shown."""
        return SourceInfo()

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the server says about each token. Raises SourceError."""
        with self._client as client:
            yield from self._answers(client, keys)

    def _answers(self, client: Client, keys: Sequence[KeyRef]) -> Iterator[Observation]:
        for key in keys:
            if not self._ids.intersection((key.provider, key.kind)):
                continue
            secret = self._secret_of(key.fingerprint)
            if secret is not None:
                token = Secret(normalise(secret.reveal()), "")
                # It changes nothing at the server: asking twice does no harm.
                answer = client.post(self._path or "/", form={"token": token}, repeatable=True)
                yield self._observation(key, answer)

    def _observation(self, key: KeyRef, answer: Answer) -> Observation:
        now = datetime.now(UTC)

        def say(live: Live, reason: Reason, note: str, expires_at: datetime | None = None) -> Observation:
            return Observation(
                key.fingerprint, self.name, self.tier, live, reason, now, expires_at, note=note, issued_at=issued_at
            )

        issued_at = None
        if answer.status == _BAD_REQUEST:
            # It may be this token that the server cannot read; the next one is still asked about.
            return say(Live.NONE, Reason.SOURCE_ERROR, "answered 400")
        body = document(answer, self._client.host)
        active, expires_at, issued_at = body.get("active"), epoch(body.get("exp")), epoch(body.get("iat"))
        if not isinstance(active, bool):
            raise SourceError(f"{self._client.host}: answered without `active`: this is no introspection endpoint")
        if not active:
            return say(Live.DEAD, Reason.INVALID, "not active; the reason is not given")
        if expires_at is not None and is_past(expires_at, now):
            return say(Live.NONE, Reason.UNKNOWN, "active, and expired according to `exp`")
        return say(Live.LIVE, Reason.ACTIVE, "active", expires_at)


def _authorization(client_id: str | None, client_secret: Secret | None, token: Secret | None) -> Secret:
    """Return the header that says who asks. Raises SourceError when there is not exactly one way to."""
    if token is not None and client_id is None and client_secret is None:
        return Secret(f"Bearer {token.reveal()}", "")
    if token is None and client_id is not None and client_secret is not None:
        # RFC 6749, 2.3.1: both are form-encoded first, so that a colon in them does no harm.
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.reveal())}"
        return Secret(f"Basic {base64.b64encode(pair.encode()).decode()}", "")
    raise SourceError("introspection needs either `client_id` and `client_secret`, or `token`")
