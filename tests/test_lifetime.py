"""How long keys live: the arithmetic of `Lifetime` and of dates inside keys."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import Claims, Confidence, KeyKind, Lifetime, Retirement


def on(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("longest", "span"),
    [
        ("15 minutes", timedelta(minutes=15)),
        ("1 hour", timedelta(hours=1)),
        ("36 hours", timedelta(hours=36)),
        ("90 days", timedelta(days=90)),
        ("6 months", timedelta(days=180)),
        ("1 year", timedelta(days=365)),
    ],
)
def test_span(longest, span):
    assert Lifetime(longest, "").span == span


@pytest.mark.parametrize(
    ("known", "end", "end_of_known"),
    [
        # Issued under the rule: bound by it. A key that only existed then may be older, and ended with the old ones.
        ("2025-10-13", "2026-01-11", "2026-02-03"),
        ("2026-01-01", "2026-04-01", "2026-04-01"),
        ("2025-10-12", "2026-02-03", "2026-02-03"),
        ("2019-01-01", "2026-02-03", "2026-02-03"),
    ],
)
def test_keys_of_before_the_rule_were_cut_off(known, end, end_of_known):
    npm = Lifetime("90 days", "", since=date(2025, 10, 13), older=date(2026, 2, 3))
    assert npm.end(on(known)) == on(end)
    assert npm.end_of_known(on(known)) == on(end_of_known)


def test_without_an_end_of_the_old_ones_existence_proves_nothing():
    lifetime = Lifetime("730 days", "", since=date(2025, 1, 1))
    assert lifetime.end(on("2025-01-01")) == on("2027-01-01")
    assert lifetime.end(on("2024-12-31")) is None
    assert lifetime.end_of_known(on("2024-12-31")) is None
    assert lifetime.end_of_known(on("2026-01-01")) is None


def test_an_absurd_day_of_issue_has_no_end():
    assert Lifetime("1 year", "").end(datetime.max.replace(tzinfo=UTC)) is None


@given(
    st.integers(600_000_000, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    st.timedeltas(timedelta(), timedelta(days=4000)),
    st.none() | st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.none() | st.dates(date(2000, 1, 1), date(2050, 1, 1)),
)
def test_what_existed_ends_no_later_than_is_said_of_it(known, earlier, since, older):
    lifetime = Lifetime("90 days", "", since, older if since else None)
    bound, end = lifetime.end_of_known(known), lifetime.end(known - earlier)
    assert bound is None or (end is not None and end <= bound)


def test_a_key_that_names_a_month_can_be_issued_at_its_end():
    claims = Claims(issued_at=on("2025-03-01"), details=(("issued", "2025-03"),))
    assert claims.issued_by == on("2025-04-01")
    assert Claims(issued_at=on("2025-03-01")).issued_by == on("2025-03-01")
    assert Claims(details=(("issued", "2025-03"),)).issued_by is None


def test_the_own_expiry_of_a_key_counts_more_than_its_age():
    kind = KeyKind("k", "acme", "K", (), lifetime=Lifetime("90 days", ""))
    assert kind.end_by_age(Claims(issued_at=on("2026-01-01"))) == on("2026-04-01")
    assert kind.end_by_age(Claims(issued_at=on("2026-01-01"), expires_at=on("2030-01-01"))) is None
    assert kind.end_by_age(Claims()) is None
    assert KeyKind("k", "acme", "K", ()).end_by_age(Claims(issued_at=on("2026-01-01"))) is None


@pytest.mark.parametrize("kind_confidence", Confidence)
@pytest.mark.parametrize("confidence", Confidence)
def test_only_sure_facts_about_sure_kinds_are_certain(kind_confidence, confidence):
    kind = KeyKind(
        "k", "acme", "K", (), confidence=kind_confidence,
        lifetime=Lifetime("1 day", "", confidence=confidence),
        retired=Retirement(date(2026, 1, 1), "", "", confidence),
    )  # fmt: skip
    certain = confidence is Confidence.HIGH and kind_confidence is Confidence.HIGH
    assert (kind.lifetime_is_certain, kind.retirement_is_certain) == (certain, certain)
    bare = KeyKind("k", "acme", "K", ())
    assert not bare.lifetime_is_certain
    assert not bare.retirement_is_certain
