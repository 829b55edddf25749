"""Published examples by hash, tokens with a published payload, canaries."""

import base64

import pytest

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import fake


def key_id(account: int) -> str:
    """Return an AWS key id of an account."""
    number = 1 << 47 | account << 7 | 5
    return "AKIA" + base64.b32encode(number.to_bytes(6, "big") + bytes([9, 8, 7, 3])).decode()


@pytest.mark.parametrize("account", [52310077262, 171436882533, 893192397702])
def test_a_canary_is_not_to_be_used(catalogue: Catalogue, account: int) -> None:
    judgement = catalogue.judge(key_id(account))
    (defect,) = judgement.defects
    assert judgement.well_formed
    assert judgement.claims.account == f"{account:012d}"
    assert (defect.code, defect.certain) == ("KL207", False)
    assert "alarm" in defect.message


def test_a_key_of_another_account_is_none(catalogue: Catalogue) -> None:
    assert catalogue.judge(key_id(171436882534)).defects == ()
    assert catalogue.judge(fake("aws-access-key-id", catalogue=catalogue)).defects == ()


def test_a_word_is_a_key_where_one_of_its_kind_belongs(catalogue: Catalogue) -> None:
    """`demo` is published for two issuers, one of which accepts it; for all others it is a placeholder."""
    assert [d.code for d in catalogue.judge("demo").defects] == ["KL205"]
    assert [d.code for d in catalogue.judge("demo", name="OPENAI_API_KEY").defects] == ["KL205"]
    for name, kind, certain in (
        ("ALCHEMY_API_KEY", "alchemy-api-key", False),
        ("HUBSPOT_API_KEY", "hubspot-api-key", True),
    ):
        judgement = catalogue.judge("demo", name=name)
        assert judgement.kinds == (kind,)
        assert [(d.code, d.certain) for d in judgement.defects] == [("KL207", certain)]
