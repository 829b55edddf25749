"""What becomes of a structure's reading in the verdict on a key."""

import pytest

from keylint.catalogue.fake import fake
from keylint.catalogue.load import builtin


def edited(kind: str, at: int, by: str = "AB") -> str:
    key = fake(kind)
    return key[:at] + (by[0] if key[at] != by[0] else by[1]) + (key[at + 1 :] if at != -1 else "")


@pytest.mark.parametrize(
    ("kind", "key", "name"),
    [
        ("jwt", edited("jwt", -1, "BC"), None),
        ("azure-devops-pat-legacy", edited("azure-devops-pat-legacy", 5, "ab"), "AZURE_DEVOPS_EXT_PAT_AZDO_PAT"),
    ],
)
def test_a_doubted_key_is_suspicious(kind: str, key: str, name: str | None) -> None:
    """The kinds are of high confidence; what their structures doubt refutes them all the same not."""
    judgement = builtin().judge(key, name=name, expected=(kind,))
    assert kind in judgement.kinds
    assert [(defect.code, defect.certain) for defect in judgement.defects] == [("KL211", False)]


@pytest.mark.parametrize(
    ("key", "kind", "message"),
    [
        (fake("stripe-publishable-key-live")[:-3], "stripe-publishable-key-live", "3 characters short"),
        (fake("clerk-publishable-key")[:-3], "clerk-publishable-key", "the end is missing"),
    ],
)
def test_keys_with_one_beginning_are_told_apart(key: str, kind: str, message: str) -> None:
    judgement = builtin().judge(key)
    assert judgement.kinds[0] == kind
    assert message in judgement.defects[0].message


@pytest.mark.parametrize(
    ("kind", "damage", "message"),
    [
        ("pgp-private-key", -80, "the END line is missing"),
        ("bitbucket-datacenter-token", -2, "2 characters missing"),
        ("aws-bedrock-long-term-key", -60, "characters short"),
        ("discord-webhook-url", -2, "66 of 68 characters"),
    ],
)
def test_cut_keys(kind: str, damage: int, message: str) -> None:
    judgement = builtin().judge(fake(kind)[:damage])
    assert judgement.kinds[0] == kind
    assert message in judgement.defects[0].message


def test_claims_of_several_structures() -> None:
    """A bot's token says whose it is and, in its second part, when it was made."""
    claims = builtin().judge(fake("discord-bot-token", form=1, issued="2019-05-06")).claims
    assert claims.account
    assert claims.issued_at is not None
    assert claims.issued_at.year == 2019
