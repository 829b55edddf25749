"""A service that lists nothing, and the credential of services that are named by their URLs alone."""

from __future__ import annotations

import pytest

from keylint.engine.asking import TOKEN, _tables
from keylint.engine.request import UserError
from keylint.model import KeyRef, Live, Reason
from keylint.status import resolve
from keylint.status.service import ServiceSource

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
