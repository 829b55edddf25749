"""AWS IAM: an access key by its id. The secret that belongs to it is neither needed nor sent.

`GetAccessKeyLastUsed` tells whose key it is, `ListAccessKeys` of that user whether it is `Active`, `Inactive` or `Expired`.
`NoSuchEntity` is said of deleted keys and of those of others alike. Which account a key is of can be read from its id,
though: a key of this very account that IAM does not know does not exist (any more).

Requests are made by boto3, with the credentials that it finds as all AWS tools do, and signed; the guards of `status/http.py`
are not its own. It takes no proxy and no endpoint from the environment.
"""

from __future__ import annotations

import base64
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from keylint import __version__
from keylint.model import KeyRef, Live, Observation, Reason, Tier
from keylint.status.interface import Scope, SourceError, SourceInfo
from keylint.status.merge import aware
from keylint.status.remote import namespace, shown

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError, NoCredentialsError
except ImportError:
    raise SourceError("asking AWS IAM needs `pip install 'keylint[aws]'`") from None

_PROVIDER = "aws"
_ID_KIND = "aws-access-key-id"
_ACCESS_KEY_ID = re.compile(r"AKIA[A-Z2-7]{16}")
_STATUS = {
    "Active": (Live.LIVE, Reason.ACTIVE),
    "Inactive": (Live.DEAD, Reason.DISABLED),
    "Expired": (Live.DEAD, Reason.EXPIRED),
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TOO_OFTEN = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})
_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException"})
_GONE = "NoSuchEntity"
_OVERALL_S = 60.0

# At its lowest level the log of botocore has the headers of requests, among them the session token.
logging.getLogger("botocore").setLevel(logging.INFO)


class AwsIamSource:
    """The access keys of the account that the credentials are of.

    `profile` is one of the user's AWS configuration; without it boto3 looks where it always does. They need
    `iam:GetAccessKeyLastUsed` and `iam:ListAccessKeys`. `region` says which partition it is; IAM itself has none. `url` is
    asked instead of AWS.
    """

    tier = Tier.PROOF
    network = True
    probe = KeyRef("", _PROVIDER, _ID_KIND, public_id="AKIA" + "A" * 16)

    def __init__(self, *, profile: str | None = None, region: str = "us-east-1", url: str | None = None) -> None:
        if url is not None and urlsplit(url).scheme != "https" and urlsplit(url).hostname not in _LOOPBACK:
            raise SourceError("AWS IAM: only https is allowed, and http to this machine", Reason.BLOCKED)
        self._profile = profile
        self._region = region
        self._url = url
        self.name = f"AWS IAM {profile}" if profile is not None else "AWS IAM"
        self.namespace = namespace("aws-iam", profile, region, url)

    def describe(self) -> SourceInfo:
        """Return that keys which it does not find do not exist: it says so only of keys of its own account."""
        return SourceInfo((Scope(_PROVIDER),))

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what IAM says about the keys whose ids are known. Raises SourceError."""
        wanted = [(key, key.public_id) for key in keys if key.provider == _PROVIDER and key.public_id is not None]
        wanted = [(key, identity) for key, identity in wanted if _ACCESS_KEY_ID.fullmatch(identity)]
        if wanted:
            yield from self._answers(_Iam(self._profile, self._region, self._url), wanted)

    def _answers(self, iam: _Iam, wanted: Sequence[tuple[KeyRef, str]]) -> Iterator[Observation]:
        end = time.monotonic() + _OVERALL_S
        ours = iam.account()
        for key, identity in wanted:
            if time.monotonic() > end:
                raise SourceError(f"AWS IAM: no time left ({_OVERALL_S:g} seconds for all requests)")
            account = account_of(identity)
            if account not in (ours, None):
                yield self._said(key, Live.NONE, Reason.UNKNOWN, "a key of another account")
            else:
                yield self._observation(key, iam.key(identity, account == ours), account == ours)

    def _observation(self, key: KeyRef, found: Mapping[str, Any] | None, is_ours: bool) -> Observation:
        if found is None:
            if is_ours:
                return self._said(key, Live.NONE, Reason.NOT_FOUND, "no such key in this account")
            return self._said(key, Live.NONE, Reason.UNKNOWN, "no such key, or one of another account")
        status, owner = shown(found.get("Status")) or "", shown(found.get("UserName"))
        live, reason = _STATUS.get(status, (Live.NONE, Reason.UNKNOWN))
        stated = f"IAM status {status}" if status else "no status in IAM's list"
        note = ", ".join(filter(None, (stated, _last_used(found.get("LastUsedDate")))))
        if live is Live.LIVE and key.kind != _ID_KIND:
            # The secret of an active id may still be another one's.
            live, reason, note = Live.NONE, Reason.UNKNOWN, f"its key id has {note}"
        return self._said(key, live, reason, note, owner, found.get("CreateDate"))

    def _said(
        self, key: KeyRef, live: Live, reason: Reason, note: str, owner: str | None = None, created: object = None
    ) -> Observation:
        issued_at = aware(created) if isinstance(created, datetime) else None
        return Observation(
            key.fingerprint,
            self.name,
            self.tier,
            live,
            reason,
            datetime.now(UTC),
            owner=owner,
            note=note,
            issued_at=issued_at,
        )


class _Iam:
    """IAM and STS, asked with one set of credentials. Every method raises SourceError."""

    def __init__(self, profile: str | None, region: str, url: str | None) -> None:
        config = Config(
            connect_timeout=2,
            read_timeout=5,
            retries={"mode": "standard", "total_max_attempts": 3},
            proxies={},
            ignore_configured_endpoint_urls=True,
            user_agent_extra=f"keylint/{__version__}",
        )

        def clients() -> tuple[Any, Any]:
            session = boto3.session.Session(profile_name=profile, region_name=region)
            return (
                session.client("iam", endpoint_url=url, config=config),
                session.client("sts", endpoint_url=url, config=config),
            )

        self._iam, self._sts = _asked(clients)
        self._keys_of: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def account(self) -> str:
        """Return the number of the account that the credentials are of."""
        account = _asked(self._sts.get_caller_identity).get("Account")
        if not isinstance(account, str) or not re.fullmatch(r"[0-9]{12}", account):
            raise SourceError("AWS IAM: STS does not say which account the credentials are of")
        return account

    def key(self, identity: str, is_ours: bool) -> Mapping[str, Any] | None:
        """Return what IAM knows of a key, `None` when it has none of this id, and nothing where it does not say."""
        try:
            used = _asked(lambda: self._iam.get_access_key_last_used(AccessKeyId=identity))
        except _RefusedError as error:
            if error.code == _GONE:
                return None
            if error.code in _NOT_ALLOWED and not is_ours:
                return {}
            raise
        user = used.get("UserName")
        if not isinstance(user, str):
            return {}
        last = used.get("AccessKeyLastUsed", {}).get("LastUsedDate")
        return {**self._keys(user).get(identity, {}), "UserName": user, "LastUsedDate": last}

    def _keys(self, user: str) -> Mapping[str, Mapping[str, Any]]:
        if user not in self._keys_of:
            pages = self._iam.get_paginator("list_access_keys").paginate(UserName=user)
            try:
                rows = _asked(lambda: [row for page in pages for row in page.get("AccessKeyMetadata", ())])
            except _RefusedError as error:
                if error.code not in (_GONE, "ValidationError"):
                    raise
                rows = []  # no user that has a list, as the root of the account: nothing follows for the key
            self._keys_of[user] = {row["AccessKeyId"]: row for row in rows if "AccessKeyId" in row}
        return self._keys_of[user]


class _RefusedError(SourceError):
    """AWS has answered with an error."""

    def __init__(self, message: str, reason: Reason, code: str) -> None:
        super().__init__(message, reason)
        self.code = code


def _asked(ask: Callable[[], Any]) -> Any:
    """Return what boto3 returns. Its errors quote what was sent and answered: nothing of them is shown but a code."""
    try:
        return ask()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
    except NoCredentialsError:
        raise SourceError("AWS IAM: there are no credentials") from None
    except Exception as error:  # noqa: BLE001 - what is no error of AWS: no connection, no profile, no XML
        raise SourceError(f"AWS IAM: no answer ({type(error).__name__})") from None
    named = code if re.fullmatch(r"[A-Za-z][A-Za-z.]{2,60}", code) else "an error"
    raise _RefusedError(
        f"AWS IAM: answered {named}", Reason.RATE_LIMITED if code in _TOO_OFTEN else Reason.SOURCE_ERROR, code
    )


def account_of(access_key_id: str) -> str | None:
    """Return the number of the account that an access key id is of, `None` for those from before it was in there.

    Behind the four letters stands base32: 48 bits, of which all but the first and the last seven are the number.
    """
    if access_key_id[4] in "IJ":
        return None
    bits = int.from_bytes(base64.b32decode(access_key_id[4:])[:6], "big")
    return f"{(bits & 0x7FFFFFFFFF80) >> 7:012d}"


def _last_used(moment: object) -> str:
    return f"last used {moment.date().isoformat()}" if isinstance(moment, datetime) else ""
