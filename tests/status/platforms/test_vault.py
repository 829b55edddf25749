"""Vault, as its source and hvac know it: a fake on loopback, which real hvac is pointed at first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import hvac
import hvac.exceptions
import pytest

from keylint.catalogue.fake import fake
from keylint.model import KeyRef, Live, Reason, Secret, Tier
from keylint.status.interface import Scope, SourceError
from keylint.status.merge import merge
from keylint.status.vault import VaultMetadataSource, VaultTokenSource

OURS = Secret("hvs.of-our-own")
FP = [f"kl1:hmac-sha256:p-1:{number:064x}" for number in range(6)]
TOKENS = [KeyRef(FP[n], "hashicorp", "vault-service-token", public_id=f"accessor{n}") for n in range(3)]
KEYS = [KeyRef(fingerprint, "stripe", None) for fingerprint in FP]
NOT_DELETED: dict[str, Any] = {
    "created_time": "2026-01-01T00:00:00.123456789Z",
    "deletion_time": "",
    "destroyed": False,
}


class Vault:
    """The shapes and texts of the token store and of KV version 2."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.token = OURS.reveal()
        self.accessors: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, Any]] = {}

    def error(self, status: int, *texts: str) -> Any:
        return self.reply(status, {"errors": list(texts)})

    def data(self, data: Any) -> Any:
        return self.reply(
            200, {"request_id": "1", "lease_id": "", "renewable": False, "lease_duration": 0, "data": data}
        )

    def __call__(self, request: Any) -> Any:
        if request.headers.get("x-vault-token") != self.token:
            return self.error(403, "permission denied")
        path = unquote(request.path.removeprefix("/v1/"))
        if path == "auth/token/lookup-self":
            return self.data({"id": self.token, "expire_time": None, "ttl": 0})
        if path == "auth/token/lookup-accessor":
            found = self.accessors.get(request.document["accessor"])
            return self.data(found) if found is not None else self.error(400, "invalid accessor")
        mount, _, name = path.partition("/metadata")
        name = name.strip("/")
        if mount != "secret":
            return self.error(404, f'no handler for route "{path}". route entry not found.')
        if request.method == "LIST":
            below = [
                s.removeprefix(f"{name}/" if name else "")
                for s in self.secrets
                if s.startswith(f"{name}/" if name else "")
            ]
            names = sorted({b.partition("/")[0] + ("/" if "/" in b else "") for b in below})
            return self.data({"keys": names}) if names else self.error(404)
        return self.data(self.secrets[name]) if name in self.secrets else self.error(404)


@pytest.fixture
def vault(server: Any, reply: Any) -> Vault:
    server.answer = Vault(reply)
    return server.answer  # type: ignore[no-any-return]


def secret(custom: Any, current: int = 1, **versions: Any) -> dict[str, Any]:
    return {
        "cas_required": False,
        "current_version": current,
        "custom_metadata": custom,
        "delete_version_after": "0s",
        "versions": {number.strip("v"): {**NOT_DELETED, **given} for number, given in versions.items()},
    }


def tokens(server: Any, **given: Any) -> VaultTokenSource:
    return VaultTokenSource(server.url, OURS, **given)


def kept(server: Any, paths: Any = ("",), **given: Any) -> VaultMetadataSource:
    return VaultMetadataSource(server.url, OURS, "secret", paths, **given)


def test_hvac_finds_in_the_fake_what_it_finds_in_vault(server: Any, vault: Vault) -> None:
    vault.accessors["alive"] = {"expire_time": "2090-01-01T00:00:00Z", "ttl": 5}
    vault.secrets = {"payments/stripe": secret({"keylint_fp": FP[0]}, v1={})}
    client = hvac.Client(url=server.url, token=OURS.reveal())
    assert client.lookup_token()["data"]["id"] == OURS.reveal()
    assert client.auth.token.lookup_accessor("alive")["data"]["ttl"] == 5
    with pytest.raises(hvac.exceptions.InvalidRequest, match="invalid accessor"):
        client.auth.token.lookup_accessor("dead")
    assert client.secrets.kv.v2.list_secrets("")["data"]["keys"] == ["payments/"]
    assert client.secrets.kv.v2.list_secrets("payments")["data"]["keys"] == ["stripe"]
    read = client.secrets.kv.v2.read_secret_metadata("payments/stripe")["data"]
    assert read["custom_metadata"] == {"keylint_fp": FP[0]}
    with pytest.raises(hvac.exceptions.InvalidPath):
        client.secrets.kv.v2.read_secret_metadata("payments/none")
    with pytest.raises(hvac.exceptions.Forbidden, match="permission denied"):
        hvac.Client(url=server.url, token="another").secrets.kv.v2.read_secret_metadata("payments/stripe")
    client.adapter.close()


def test_tokens_by_accessor(server: Any, vault: Vault) -> None:
    vault.accessors["accessor0"] = {
        "display_name": "ci\x1b[31m" + "x" * 500,
        "expire_time": "2090-01-01T00:00:00.123456789Z",
        "issue_time": "2026-01-01T00:00:00Z",
        "num_uses": 0,
    }
    vault.accessors["accessor1"] = {"expire_time": None}
    alive, root, gone = tokens(server).check([*TOKENS, KeyRef("x", "hashicorp", "vault-service-token"), *KEYS])
    assert (alive.tier, alive.verdict, alive.reason) == (Tier.PROOF, Live.LIVE, Reason.ACTIVE)
    assert alive.expires_at is not None
    assert alive.expires_at.date() == datetime(2090, 1, 1, tzinfo=UTC).date()
    assert alive.owner is not None
    assert alive.owner.isprintable()
    assert len(alive.owner) <= 80
    assert (root.verdict, root.expires_at) == (Live.LIVE, None)
    assert (gone.verdict, gone.reason, gone.note) == (Live.NONE, Reason.NOT_FOUND, "invalid accessor")


def test_an_unknown_accessor_is_dead_only_where_this_vault_has_issued_every_token(server: Any, vault: Vault) -> None:
    (gone,) = tokens(server).check(TOKENS[:1])
    for scopes, live in (((), Live.NONE), ((Scope("hashicorp"),), Live.DEAD)):
        info = tokens(server, complete_for=scopes).describe()
        assert merge([gone], datetime.now(UTC), complete=lambda _, i=info: i.covers(TOKENS[0])).live is live


@pytest.mark.parametrize(
    ("status", "errors", "reason"),
    [
        (400, ["invalid accessor"], Reason.NOT_FOUND),
        (400, ["1 error occurred:\n\t* invalid accessor\n\n"], Reason.NOT_FOUND),
        (403, ["invalid accessor"], Reason.UNKNOWN),
        (400, ["missing accessor"], None),
        (400, ["invalid accessor", "and more"], None),
        (400, [], None),
        (400, [{"invalid accessor": 1}], None),
        (400, ["not an invalid accessor"], None),
        (403, ["permission denied"], None),
        (403, ["bad token"], None),
        (404, ["invalid accessor"], None),
    ],
)
def test_only_these_words_mean_that_there_is_no_such_token(
    server: Any, vault: Vault, status: int, errors: Any, reason: Reason | None
) -> None:
    server.answer = lambda r: vault.reply(status, {"errors": errors}) if "accessor" in r.path else vault(r)
    if reason is None:
        with pytest.raises(SourceError):
            list(tokens(server).check(TOKENS))
    else:
        assert {(seen.verdict, seen.reason) for seen in tokens(server).check(TOKENS)} == {(Live.NONE, reason)}


def test_our_own_token_is_tried_first(server: Any, vault: Vault) -> None:
    vault.token = "another"
    for source, keys in ((tokens(server), TOKENS), (kept(server), KEYS)):
        with pytest.raises(SourceError, match="our own credential") as raised:
            list(source.check(keys))
        assert OURS.reveal() not in str(raised.value)
    assert [request.path for request in server.seen] == ["/v1/auth/token/lookup-self"] * 2


@pytest.mark.parametrize(
    ("version", "live", "reason"),
    [
        ({}, Live.LIVE, Reason.ACTIVE),
        ({"deletion_time": "2090-01-01T00:00:00Z"}, Live.LIVE, Reason.ACTIVE),
        ({"deletion_time": "2026-01-02T00:00:00.5Z"}, Live.DEAD, Reason.DISABLED),
        ({"destroyed": True}, Live.DEAD, Reason.REVOKED),
        ({"destroyed": True, "deletion_time": "2026-01-02T00:00:00Z"}, Live.DEAD, Reason.REVOKED),
    ],
)
def test_the_state_of_the_current_version(server: Any, vault: Vault, version: Any, live: Live, reason: Reason) -> None:
    vault.secrets = {"payments/stripe": secret({"keylint_fp": FP[0]}, 3, v3=version)}
    (seen,) = kept(server, ["payments/stripe"]).check(KEYS[:1])
    assert (seen.fingerprint, seen.tier, seen.verdict, seen.reason) == (FP[0], Tier.VAULT, live, reason)
    assert seen.note.startswith("secret/payments/stripe#v3 ")


def test_a_version_that_was_replaced_names_the_current_one(server: Any, vault: Vault) -> None:
    custom = {
        "keylint_fp_v1": FP[0],
        "keylint_fp_v2": FP[1],
        "keylint_fp": FP[2],
        "keylint_fp_v9": FP[3],
        "owner": "ann",
    }
    vault.secrets = {"payments/stripe": secret(custom, 3, v2={}, v3={})}
    forgotten, old, current, future = kept(server, ["payments/stripe"]).check(KEYS[:4])
    assert {(s.verdict, s.reason, s.replaced_by) for s in (forgotten, old)} == {
        (Live.DEAD, Reason.ROTATED, "vault secret/payments/stripe#v3")
    }
    assert (current.verdict, current.replaced_by) == (Live.LIVE, None)
    assert (future.verdict, future.reason) == (Live.NONE, Reason.UNKNOWN)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_key_in_two_places_lives_while_one_is_current(server: Any, vault: Vault, backwards: bool) -> None:
    vault.secrets = {"a": secret({"keylint_fp_v1": FP[0]}, 2, v2={}), "b": secret({"keylint_fp": FP[0]}, v1={})}
    (seen,) = kept(server, ["b", "a"] if backwards else ["a", "b"]).check(KEYS[:1])
    assert seen.verdict is Live.LIVE


def test_folders_are_walked_and_fingerprints_of_two_peppers_match(server: Any, vault: Vault) -> None:
    for number, path in enumerate(["a", "team/b", "team/deep/er/c d", "other/d"]):
        vault.secrets[path] = secret({"keylint_fp": FP[number]}, v1={})
    keys = [*KEYS[:3], KeyRef("of the new pepper", "stripe", None, others=(FP[3],))]
    seen = list(kept(server).check(keys))
    assert [s.verdict for s in seen] == [Live.LIVE] * 4
    assert [s.fingerprint for s in seen] == [key.fingerprint for key in keys]
    below = list(kept(server, ["team/"]).check(keys))
    assert [s.reason for s in below] == [Reason.NOT_FOUND, Reason.ACTIVE, Reason.ACTIVE, Reason.NOT_FOUND]


def test_whatever_stands_in_metadata(server: Any, vault: Vault) -> None:
    vault.secrets = {
        "a": secret(None, v1={}),
        "b": secret({"keylint_fp": 7, "keylint_fp_v0": FP[0], "keylint_fp_v1": "the key itself?"}, v1={}),
        "c": {"custom_metadata": {"keylint_fp": FP[0]}, "versions": [], "current_version": 1},
        "d": {"custom_metadata": {"keylint_fp": FP[0]}, "versions": {"1": None}, "current_version": 1},
    }
    (seen,) = kept(server).check(KEYS[:1])
    assert seen.verdict is Live.NONE


def test_a_secret_that_is_named_and_not_there_is_an_error(server: Any, vault: Vault) -> None:
    with pytest.raises(SourceError, match="404"):
        list(kept(server, ["payments/stripe"]).check(KEYS))


def test_a_vault_with_very_many_secrets_is_not_read_to_its_end(server: Any, vault: Vault, monkeypatch: Any) -> None:
    monkeypatch.setattr("keylint.status.vault._MOST_SECRETS", 5)
    vault.secrets = {f"s{number}": secret(None, v1={}) for number in range(9)}
    with pytest.raises(SourceError, match="smaller folders"):
        list(kept(server).check(KEYS))


@pytest.mark.parametrize("greets", [True, False])
def test_a_failure_says_nothing(server: Any, vault: Vault, failure: Any, greets: bool) -> None:
    server.answer = lambda r: vault(r) if greets and "self" in r.path else failure
    for source, keys in ((tokens(server), TOKENS), (kept(server), KEYS)):
        with pytest.raises(SourceError) as raised:
            list(source.check(keys))
        assert OURS.reveal() not in str(raised.value)


def test_what_is_sent_is_accessors_and_paths(server: Any, vault: Vault, caplog: pytest.LogCaptureFixture) -> None:
    key = fake("vault-service-token")
    vault.secrets = {"payments/stripe": secret({"keylint_fp": FP[0]}, v1={})}
    with caplog.at_level(0):
        told = [*tokens(server, vault_namespace="team").check(TOKENS), *kept(server, ["payments/stripe"]).check(KEYS)]
    assert {request.method for request in server.seen} == {"GET", "POST"}
    assert [r.document for r in server.seen if r.method == "POST"] == [{"accessor": f"accessor{n}"} for n in range(3)]
    assert server.seen[0].headers["x-vault-namespace"] == "team"
    assert all("/data/" not in request.target for request in server.seen)
    assert key.encode() not in server.received
    assert OURS.reveal() not in f"{caplog.text} {told!r} {vars(tokens(server))!r}"


@pytest.mark.parametrize("path", ["../x", "a/../b", "a/./b", ".."])
def test_paths_stay_below_their_mount(server: Any, path: str) -> None:
    with pytest.raises(SourceError):
        kept(server, [path])


def test_without_keys_nobody_is_asked(server: Any) -> None:
    assert not list(tokens(server).check(KEYS))
    assert not list(kept(server).check([]))
    assert not server.seen
    assert len({tokens(server).namespace, kept(server).namespace, kept(server, ["a"]).namespace}) == 3
