from datetime import UTC, datetime

import pytest

from keylint.model import KeyRef, Live, Observation, Reason, Tier, Verdict
from keylint.status import SourceError, resolve
from keylint.status.interface import Scope, SourceInfo

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ONE, TWO = KeyRef("kl1:1", "acme", None, ("production",)), KeyRef("kl1:2", "acme", None)


class Source:
    tier = Tier.VAULT

    def __init__(self, answers, name="vault", complete_for=(), error=None):
        self.name, self._answers, self._error = name, answers, error
        self._info = SourceInfo(tuple(complete_for))
        self.asked = []

    def describe(self):
        return self._info

    def check(self, keys):
        self.asked += keys
        for key in keys:
            if key.fingerprint in self._answers:
                live, reason = self._answers[key.fingerprint]
                yield Observation(key.fingerprint, self.name, self.tier, live, reason)
        yield Observation("kl1:nobody-asked", self.name, self.tier, Live.DEAD, Reason.REVOKED)
        if self._error is not None:
            raise self._error


REVOKED, ACTIVE, NOT_FOUND = (
    (Live.DEAD, Reason.REVOKED), (Live.LIVE, Reason.ACTIVE), (Live.NONE, Reason.NOT_FOUND),
)  # fmt: skip


def test_no_source_no_verdict():
    assert resolve([ONE], (), (), NOW) == {"kl1:1": Verdict()}


def test_every_key_is_asked_about_once():
    source = Source({"kl1:1": REVOKED})
    again = KeyRef("kl1:1", None, "kind", ("staging",))
    found = resolve([ONE, TWO, again], [source], (), NOW)
    assert list(found) == ["kl1:1", "kl1:2"]
    assert source.asked == [KeyRef("kl1:1", "acme", "kind", ("production", "staging")), TWO]
    assert found["kl1:1"].live is Live.DEAD
    assert found["kl1:2"] == Verdict()


def test_no_key_no_question():
    source = Source({}, error=SourceError("never"))
    assert resolve([], [source], (), NOW) == {}
    assert source.asked == []


@pytest.mark.parametrize(
    ("error", "note"), [(SourceError("vault is sealed"), "vault is sealed"), (RuntimeError("a secret"), "RuntimeError")]
)
def test_a_source_that_breaks_kills_no_key(error, note):
    source = Source({"kl1:1": REVOKED}, error=error, complete_for=[Scope("acme")])
    found = resolve([ONE, TWO], [source], (), NOW)
    assert (found["kl1:1"].live, found["kl1:1"].reason) == REVOKED
    assert (found["kl1:2"].live, found["kl1:2"].reason, found["kl1:2"].note) == (Live.NONE, Reason.SOURCE_ERROR, note)
    assert "secret" not in repr(found)


def test_a_source_that_broke_is_complete_for_nothing():
    source = Source({"kl1:1": NOT_FOUND}, error=SourceError("half way"), complete_for=[Scope("acme")])
    assert resolve([ONE], [source], (), NOW)["kl1:1"].live is Live.NONE


def test_proofs_count_as_a_source():
    proof = Observation("kl1:1", "key format", Tier.PROOF, Live.DEAD, Reason.MALFORMED, NOW)
    found = resolve([ONE, TWO], [Source({"kl1:1": ACTIVE, "kl1:2": ACTIVE})], [proof], NOW)
    assert (found["kl1:1"].reason, found["kl1:1"].disagree) == (Reason.MALFORMED, True)
    assert found["kl1:2"].live is Live.LIVE


@pytest.mark.parametrize(
    ("scopes", "environments", "dead"),
    [
        ([Scope("acme")], (), True),
        ([Scope("acme")], ("production",), True),
        ([Scope("other")], ("production",), False),
        ([Scope("acme", "prod")], ("production",), True),
        ([Scope("acme", "production")], ("prd",), True),
        ([Scope("acme", "production")], (), False),
        ([Scope("acme", "production")], ("production", "staging"), False),
        ([Scope("acme", "production"), Scope("acme", "stg")], ("production", "staging"), True),
        ([], ("production",), False),
    ],
)
def test_not_found_counts_where_the_source_lists_everything(scopes, environments, dead):
    source = Source({"kl1:1": NOT_FOUND}, complete_for=scopes)
    found = resolve([KeyRef("kl1:1", "acme", None, environments)], [source], (), NOW)["kl1:1"]
    assert (found.live, found.reason) == ((Live.DEAD, Reason.NOT_FOUND) if dead else (Live.NONE, Reason.UNKNOWN))


def test_a_key_of_no_known_provider_is_never_missing():
    source = Source({"kl1:1": NOT_FOUND}, complete_for=[Scope("acme")])
    assert resolve([KeyRef("kl1:1", None, None)], [source], (), NOW)["kl1:1"].live is Live.NONE


def test_of_two_sources_with_one_name_both_must_be_complete():
    whole = Source({"kl1:1": NOT_FOUND}, complete_for=[Scope("acme")])
    part = Source({"kl1:1": NOT_FOUND})
    assert resolve([ONE], [whole, part], (), NOW)["kl1:1"].live is Live.NONE
