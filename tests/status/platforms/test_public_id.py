from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.catalogue.fake import fake
from keylint.status.public_id import public_id


@pytest.mark.parametrize("kind", ["aws-access-key-id", "aws-sts-access-key-id", "twilio-api-key-sid"])
def test_keys_that_are_ids(kind: str) -> None:
    key = fake(kind)
    assert public_id(kind, key) == key


def test_ids_inside_keys() -> None:
    sendgrid, account = fake("sendgrid-api-key"), fake("google-service-account-json")
    assert public_id("sendgrid-api-key", sendgrid) == sendgrid.split(".")[1]
    assert public_id("google-service-account-json", account) == json.loads(account)["private_key_id"]


def test_tokens_have_an_id_whoever_issues_them() -> None:
    token = fake("jwt")
    for kind in ("jwt", "auth0-management-token", None):
        found = public_id(kind, token)
        assert found is not None
        assert len(found) == 16


@pytest.mark.parametrize(
    "kind",
    [
        "stripe-secret-key-live",
        "aws-secret-access-key",
        "vault-service-token",
        "github-classic-pat",
        "twilio-auth-token",
    ],
)
def test_keys_that_do_not_tell(kind: str) -> None:
    assert public_id(kind, fake(kind)) is None


@given(st.text() | st.text("eyJ.{}\"'0A=-_"))
def test_no_text_is_too_odd(text: str) -> None:
    for kind in (None, "jwt", "sendgrid-api-key", "google-service-account-json", "aws-access-key-id"):
        found = public_id(kind, text)
        assert found is None or (found.isprintable() and found.isascii() and 0 < len(found) <= 256)
