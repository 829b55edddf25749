from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from keylint.model import Claims, Confidence, Defect, Judgement, KeyKind, Lifetime, Live, Reason, Retirement, Tier
from keylint.status.merge import merge
from keylint.status.offline import observations

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RETIRED = KeyKind(
    "old", "acme", "Old", ("'old_' hex{32}",), retired=Retirement(date(2026, 7, 28), "no longer taken", "https://acme")
)


def said(judgement, kind=None, as_of=NOW):
    found = observations("kl1", judgement, kind, as_of)
    assert all(o.tier is Tier.PROOF and o.observed_at == NOW for o in found)
    return [(o.verdict, o.reason) for o in found]


@pytest.mark.parametrize("code", ["KL201", "KL202", "KL203"])
def test_a_certain_defect_is_a_proof(code):
    found = observations("kl1", Judgement(defects=(Defect(code, "3 characters short"),)), None, NOW)
    assert [(o.verdict, o.reason, o.note) for o in found] == [(Live.DEAD, Reason.MALFORMED, "3 characters short")]
    assert said(Judgement(defects=(Defect(code, "unusual", certain=False),))) == []


@pytest.mark.parametrize("code", ["KL204", "KL205", "KL206", "KL207", "KL208", "KL211"])
def test_other_defects_prove_nothing_about_the_key(code):
    assert said(Judgement(defects=(Defect(code, "…"),))) == []


@pytest.mark.parametrize(("ago", "dead"), [(61, True), (60, True), (59, False), (-1, False), (-86_400, False)])
def test_an_embedded_expiry_proves_death_and_never_life(ago, dead):
    expires_at = NOW - timedelta(seconds=ago)
    (found,) = observations("kl1", Judgement(claims=Claims(expires_at=expires_at)), None, NOW)
    expected = (Live.DEAD, Reason.EXPIRED) if dead else (Live.NONE, Reason.UNKNOWN)
    assert (found.verdict, found.reason) == expected
    assert found.expires_at == expires_at
    assert merge([found], NOW).live is expected[0]


def test_naive_times_are_utc():
    naive = Judgement(claims=Claims(expires_at=datetime(2026, 11, 20, 11, 0)))  # noqa: DTZ001
    assert said(naive, as_of=NOW.replace(tzinfo=None)) == [(Live.DEAD, Reason.EXPIRED)]


@pytest.mark.parametrize(
    ("as_of", "dead"),
    [(NOW, True), (datetime(2026, 7, 28, tzinfo=UTC), True), (datetime(2026, 7, 27, 23, 59, tzinfo=UTC), False)],
)
def test_a_retired_kind_is_refused_from_its_day_on(as_of, dead):
    found = observations("kl1", Judgement(kinds=("old",)), RETIRED, as_of)
    assert [(o.verdict, o.reason) for o in found] == ([(Live.DEAD, Reason.REVOKED)] if dead else [])
    assert all(o.note == "no longer taken (2026-07-28)" for o in found)


def test_only_a_sure_fact_about_a_sure_kind_refutes():
    unsure = KeyKind("old", "acme", "Old", (), confidence=Confidence.MEDIUM, retired=RETIRED.retired)
    assert said(Judgement(kinds=("old",)), unsure) == []
    unchecked = replace(RETIRED, retired=replace(RETIRED.retired, confidence=Confidence.MEDIUM))
    assert said(Judgement(kinds=("old",)), unchecked) == []
    assert said(Judgement(kinds=("old", "new")), RETIRED) == []
    assert said(Judgement(), RETIRED) == [(Live.DEAD, Reason.REVOKED)]


def test_a_well_formed_key_says_nothing():
    assert said(Judgement(well_formed=True, proven=True)) == []


MORTAL = KeyKind("mortal", "acme", "Mortal", (), lifetime=Lifetime("1 year", "https://acme", since=date(2024, 1, 1)))


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ("2025-11-20T11:59:00Z", (Live.DEAD, Reason.EXPIRED)),
        ("2025-11-20T12:00:00Z", (Live.NONE, Reason.UNKNOWN)),
        ("2026-11-01T00:00:00Z", (Live.NONE, Reason.UNKNOWN)),
        ("2024-01-01T00:00:00Z", (Live.DEAD, Reason.EXPIRED)),
        ("2023-12-31T23:59:59Z", None),
    ],
)
def test_a_key_that_is_older_than_its_kind_lives_is_dead(issued, expected):
    issued_at = datetime.fromisoformat(issued)
    found = observations("kl1", Judgement(kinds=("mortal",), claims=Claims(issued_at=issued_at)), MORTAL, NOW)
    assert [(o.verdict, o.reason) for o in found] == ([expected] if expected else [])
    assert all(o.expires_at == issued_at + timedelta(days=365) for o in found)
    assert merge(found, NOW).live is (expected[0] if expected else Live.NONE)


def test_only_a_sure_lifetime_of_the_only_kind_refutes():
    old = Judgement(kinds=("mortal",), claims=Claims(issued_at=NOW - timedelta(days=800)))
    for changes in (
        {"lifetime": replace(MORTAL.lifetime, confidence=Confidence.MEDIUM)},
        {"confidence": Confidence.MEDIUM},
        {"lifetime": None},
    ):
        assert said(old, replace(MORTAL, **changes)) == []
    assert said(replace(old, kinds=("mortal", "new")), MORTAL) == []
    assert said(replace(old, claims=replace(old.claims, expires_at=NOW + timedelta(days=1))), MORTAL) == [
        (Live.NONE, Reason.UNKNOWN)
    ]
