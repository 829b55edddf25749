"""A service that lists nothing, and the credential of services that are named by their URLs alone."""

from __future__ import annotations

import pytest

from keylint.cli import status_text
from keylint.engine.asking import TOKEN, _tables
from keylint.engine.request import UserError
from keylint.model import KeyRef, Live, Reason, Secret, Tier
from keylint.status import resolve
from keylint.status.service import ServiceSource
from keylint.status.trying import Trial

from .conftest import Emulator, Request, reply
from .test_trying import FINGERPRINT, NOW

ONE, TWO = "https://one.example.com", "https://two.example.com"


@pytest.mark.parametrize(
    ("complete_for", "said"), [([{"provider": "acme"}], Reason.SOURCE_ERROR), ([], Reason.UNKNOWN)]
)
def test_an_empty_snapshot_kills_no_key(provider: Emulator, complete_for: list[object], said: Reason) -> None:
    given = {"alg": "hmac-sha256", "pepper_id": "p-1", "context": "keylint/v1"}
    about = {"versions": ["v1"], "fingerprint": given, "modes": ["snapshot"], "complete_for": complete_for}

    def script(request: Request) -> list[bytes]:
        return [reply(200, {"entries": []} if request.target == "/v1/snapshot" else about)]

    provider.script = script
    found = resolve([KeyRef(FINGERPRINT, "acme", None)], [ServiceSource(provider.url)], (), NOW).verdicts[FINGERPRINT]
    assert (found.live, found.reason) == (Live.NONE, said)


def test_one_credential_is_of_one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "t" * 40)
    for urls in ([ONE], [ONE, ONE], [ONE, "sqlite:///keys.db"]):
        assert [table.fields["url"] for table in _tables(urls)] == urls
    with pytest.raises(UserError, match=f"{TOKEN} is the credential of one service, and --status names 2"):
        _tables([ONE, TWO])
    monkeypatch.delenv(TOKEN)
    assert len(_tables([ONE, TWO])) == 2


def test_no_part_of_a_credential_is_shown() -> None:
    source = ServiceSource(ONE, Secret("t" * 36 + "tail"))
    assert "tail" not in repr(source._client._headers)
    assert "tail" not in str([*source._client._headers.values()])


def test_a_huge_number_is_not_shown(provider: Emulator) -> None:
    given = {"alg": "hmac-sha256", "pepper_id": "p-1", "context": "keylint/v1"}
    about = {"versions": ["v1"], "fingerprint": given, "modes": ["range"], "entries": 10**4000, "prefix_len": 10**4000}
    provider.answers(reply(200, about))
    info = ServiceSource(provider.url).describe()
    assert info.entries == 10**12
    text = status_text.trials(
        [Trial("s", Tier.INVENTORY, True, info, None, 0.0)], NOW, color=False, unicode=True, width=100
    )
    assert "1,000,000,000,000" in text
    assert max(map(len, text.splitlines())) < 100
