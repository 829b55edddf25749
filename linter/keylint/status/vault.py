"""Vault and OpenBao: tokens by their accessors, and keys by the metadata of the secrets that hold them. No secret is read.

Paths, fields and texts are those of the token store and the KV engine (version 2) of OpenBao, and of hvac 2.4.

Tokens: `lookup-accessor` tells of a token by its accessor, which is no secret. Whether keylint's own token works is asked first
(`lookup-self`), since Vault answers 403 for too many things. Then an accessor that is answered by 400 `invalid accessor` is
one of a token that this Vault does not have (any more).

Keys: whoever stores a key writes its fingerprint beside it, where it can be read without reading the key:

    vault kv metadata put -mount=secret -custom-metadata keylint_fp=kl1:hmac-sha256:… payments/stripe

`keylint_fp` is the fingerprint of the current version, `keylint_fp_v3` that of version 3. A version that is not the current one
counts as rotated. This is what a vault holds, not what an issuer says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from keylint.model import KeyRef, Live, Observation, Reason, Secret, Tier
from keylint.status.fingerprint import FINGERPRINT
from keylint.status.http import Answer, Client, Policy
from keylint.status.interface import Scope, SourceError, SourceInfo
from keylint.status.remote import document, moment, namespace, parted, refused, scoped, shown

_WITH_ACCESSOR = frozenset({"vault-service-token"})
_POLICY = Policy(rate=50, burst=50)
_MOST_SECRETS = 1000
_DEEPEST = 10
_FIELD = re.compile(r"keylint_fp(?:_v([1-9][0-9]{0,8}))?")
_GONE = "invalid accessor"
_BAD_REQUEST, _FORBIDDEN = 400, 403


class _Vault:
    """A server, and the token that it is asked with."""

    def __init__(self, url: str, token: Secret, vault_namespace: str | None) -> None:
        origin, base = parted(url)
        headers: dict[str, str | Secret] = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        if vault_namespace is not None:
            headers["X-Vault-Namespace"] = vault_namespace
        self.client = Client(origin, internal=True, headers=headers, policy=_POLICY)
        self._base = base.rstrip("/")

    def greet(self) -> None:
        """See that our own token works. Raises SourceError."""
        document(self.client.get(f"{self._base}/v1/auth/token/lookup-self"), self.client.host)

    def token(self, accessor: str) -> Answer:
        """Ask about a token. Raises SourceError."""
        path = f"{self._base}/v1/auth/token/lookup-accessor"
        return self.client.post(path, document={"accessor": accessor}, repeatable=True)

    def metadata(self, mount: str, path: str, method: str = "GET") -> Mapping[str, Any]:
        """Return the metadata of a secret, or with LIST the names in a folder. Raises SourceError."""
        target = f"{self._base}/v1/{quote(mount)}/metadata/{quote(path)}".rstrip("/")
        return _data(self.client.send(method, target, repeatable=True), self.client.host)


class VaultTokenSource:
    """Vault's own tokens, by accessor (`KeyRef.public_id`).

    `token` may use `auth/token/lookup-accessor`. `complete_for` is where this server has issued every token there is: only
    then is one dead that it does not know.
    """

    tier = Tier.PROOF
    network = True
    probe = KeyRef("", "hashicorp", "vault-service-token", public_id="nobody")

    def __init__(
        self,
        url: str,
        token: Secret,
        *,
        vault_namespace: str | None = None,
        complete_for: Sequence[Scope] = (),
    ) -> None:
        self._vault = _Vault(url, token, vault_namespace)
        self._complete_for = tuple(complete_for)
        self.name = f"Vault {self._vault.client.host}"
        self.namespace = namespace("vault-token", url, vault_namespace, scoped(complete_for))

    def describe(self) -> SourceInfo:
        """Return where the server has issued every token."""
        return SourceInfo(self._complete_for)

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the server says about the tokens whose accessors are known. Raises SourceError."""
        wanted = [(key, key.public_id) for key in keys if key.kind in _WITH_ACCESSOR and key.public_id]
        if not wanted:
            return
        with self._vault.client:
            self._vault.greet()
            for key, accessor in wanted:
                yield self._observation(key, self._vault.token(accessor))

    def _observation(self, key: KeyRef, answer: Answer) -> Observation:
        now = datetime.now(UTC)
        if _says_gone(answer):
            # Only the 400 is known to mean that; a 403 with this text is not, and no reason to ask no more.
            reason = Reason.NOT_FOUND if answer.status == _BAD_REQUEST else Reason.UNKNOWN
            return Observation(key.fingerprint, self.name, self.tier, Live.NONE, reason, now, note=_GONE)
        data = _data(answer, self._vault.client.host)
        return Observation(
            key.fingerprint,
            self.name,
            self.tier,
            Live.LIVE,
            Reason.ACTIVE,
            now,
            expires_at=moment(data.get("expire_time")),
            owner=shown(data.get("display_name")),
            note="known to the token store",
            issued_at=moment(data.get("issue_time")),
        )


class VaultMetadataSource:
    """Keys that are kept in Vault, by the fingerprint in the metadata of the secret.

    `paths` are secrets below `mount`, or folders with everything in them where they end with a slash; an empty text is all of
    it. `token` may read (and for folders list) the metadata. `complete_for` is what the vault holds every key of.
    """

    tier = Tier.VAULT
    network = True

    def __init__(
        self,
        url: str,
        token: Secret,
        mount: str,
        paths: Sequence[str],
        *,
        vault_namespace: str | None = None,
        complete_for: Sequence[Scope] = (),
    ) -> None:
        self._vault = _Vault(url, token, vault_namespace)
        self._mount = mount.strip("/")
        self._paths = tuple(path.lstrip("/") for path in paths)
        if any(part in (".", "..") for path in (self._mount, *self._paths) for part in path.split("/")):
            raise SourceError("a path in Vault has no `.` and no `..`")
        self._complete_for = tuple(complete_for)
        self.name = f"Vault {self._vault.client.host} {self._mount}"
        asked = (url, vault_namespace, self._mount, *self._paths)
        self.namespace = namespace("vault-metadata", *asked, scoped(complete_for))

    def describe(self) -> SourceInfo:
        """Return what the vault holds every key of."""
        return SourceInfo(self._complete_for)

    def check(self, keys: Sequence[KeyRef]) -> Iterable[Observation]:
        """Return what the vault holds of the keys. Raises SourceError."""
        if not keys:
            return
        wanted = {fingerprint: key.fingerprint for key in keys for fingerprint in key.fingerprints}
        found: dict[str, Observation] = {}
        with self._vault.client:
            self._vault.greet()
            for path in self._secrets():
                for written, seen in self._held(path):
                    fingerprint = wanted.get(written)
                    # A key that stands in two places lives as long as it is current in one.
                    if fingerprint is not None and (fingerprint not in found or seen.verdict is Live.LIVE):
                        found[fingerprint] = seen
        for key in keys:
            seen = found.get(key.fingerprint, self._said(Live.NONE, Reason.NOT_FOUND, "not listed"))
            yield replace(seen, fingerprint=key.fingerprint)

    def _secrets(self) -> Iterator[str]:
        """Yield the paths of the secrets, folders walked."""
        count = 0
        for path in self._paths:
            for secret in self._below(path, _DEEPEST) if path.endswith("/") or not path else [path]:
                count += 1
                if count > _MOST_SECRETS:
                    raise SourceError(f"{self.name}: more than {_MOST_SECRETS:,} secrets; name smaller folders")
                yield secret

    def _below(self, folder: str, depth: int) -> Iterator[str]:
        names = self._vault.metadata(self._mount, folder, "LIST").get("keys")
        if not isinstance(names, list):
            raise SourceError(f"{self._vault.client.host}: answered with something else than was asked for")
        for name in names:
            if not isinstance(name, str) or name.strip("/") in ("", ".", ".."):
                continue
            if not name.endswith("/"):
                yield folder + name
            elif depth:
                yield from self._below(folder + name, depth - 1)

    def _held(self, path: str) -> Iterator[tuple[str, Observation]]:
        """Yield the fingerprints that are written beside a secret, with what its versions say."""
        data = self._vault.metadata(self._mount, path)
        custom, versions, current = data.get("custom_metadata"), data.get("versions"), data.get("current_version")
        if not isinstance(custom, dict) or not isinstance(versions, dict) or not isinstance(current, int):
            return
        for name, written in custom.items():
            match = _FIELD.fullmatch(name)
            if match is not None and isinstance(written, str) and FINGERPRINT.fullmatch(written):
                yield written, self._version(path, int(match[1] or current), current, versions)

    def _version(self, path: str, number: int, current: int, versions: Mapping[str, Any]) -> Observation:
        version = versions.get(str(number))
        if not isinstance(version, dict):
            version = {}
        named = f"{shown(f'{self._mount}/{path}')}#v{number}"
        deleted_at = moment(version.get("deletion_time"))
        if version.get("destroyed") is True:
            return self._said(Live.DEAD, Reason.REVOKED, f"{named} is destroyed")
        if deleted_at is not None and deleted_at <= datetime.now(UTC):
            return self._said(Live.DEAD, Reason.DISABLED, f"{named} is deleted")
        if number < current:
            seen = self._said(Live.DEAD, Reason.ROTATED, f"{named} is not the current version")
            return replace(seen, replaced_by=f"vault {shown(f'{self._mount}/{path}')}#v{current}")
        if number > current or not version:
            return self._said(Live.NONE, Reason.UNKNOWN, f"{named} does not exist")
        return self._said(Live.LIVE, Reason.ACTIVE, f"{named} is the current version")

    def _said(self, live: Live, reason: Reason, note: str) -> Observation:
        return Observation("", self.name, self.tier, live, reason, datetime.now(UTC), note=note)


def _data(answer: Answer, host: str) -> Mapping[str, Any]:
    if answer.status != 200:
        refused(answer, host)
    data = document(answer, host).get("data")
    if not isinstance(data, dict):
        raise SourceError(f"{host}: answered with something else than was asked for")
    return data


def _says_gone(answer: Answer) -> bool:
    """Say whether an answer is the error that there is no such accessor, alone or as the only one of a list."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    if answer.status not in (_BAD_REQUEST, _FORBIDDEN) or not isinstance(errors, list) or len(errors) != 1:
        return False
    return isinstance(errors[0], str) and errors[0].strip().rpartition("\n")[2].strip(" \t*") == _GONE
