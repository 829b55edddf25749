from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import Live, Observation, Reason, Tier, Verdict
from keylint.status.merge import Said, merge

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVE = {Reason.ACTIVE}
DEAD = {
    Reason.EXPIRED, Reason.REVOKED, Reason.DISABLED, Reason.ROTATED, Reason.MALFORMED, Reason.WRONG_ENDPOINT,
    Reason.NOT_FOUND, Reason.INVALID,
}  # fmt: skip
NOTHING = set(Reason) - LIVE - DEAD
FAILED = NOTHING - {Reason.UNKNOWN}


def says(reason, **details):
    live = Live.LIVE if reason in LIVE else Live.DEAD if reason in DEAD else Live.NONE
    return Observation("kl1", details.pop("source", "a"), details.pop("tier", Tier.INVENTORY), live, reason, **details)


def verdict(*observations, max_age=None, complete=lambda _: False, as_of=NOW):
    return merge(observations, as_of, max_age, complete)


def outcome(*observations, **options):
    found = verdict(*observations, **options)
    return found.live, found.reason


# The words of a source, one by one


def test_nobody_said_anything():
    assert verdict() == Verdict()


@pytest.mark.parametrize("reason", sorted(DEAD - {Reason.NOT_FOUND}))
def test_a_reason_for_death(reason):
    assert outcome(says(reason)) == (Live.DEAD, reason)


def test_active_is_live():
    assert outcome(says(Reason.ACTIVE)) == (Live.LIVE, Reason.ACTIVE)


@pytest.mark.parametrize("reason", sorted(NOTHING))
@pytest.mark.parametrize("live", list(Live))
def test_no_answer_is_no_verdict_whatever_the_source_makes_of_it(reason, live):
    assert outcome(Observation("kl1", "a", Tier.ISSUER, live, reason)) == (Live.NONE, reason)


@pytest.mark.parametrize(
    ("live", "reason"), [(Live.LIVE, Reason.REVOKED), (Live.DEAD, Reason.ACTIVE), (Live.NONE, Reason.DISABLED)]
)
def test_a_source_that_contradicts_itself_says_nothing(live, reason):
    assert outcome(Observation("kl1", "a", Tier.ISSUER, live, reason)) == (Live.NONE, Reason.UNKNOWN)


def test_not_found_is_dead_only_where_the_source_is_complete():
    for live in (Live.NONE, Live.DEAD):
        seen = Observation("kl1", "a", Tier.INVENTORY, live, Reason.NOT_FOUND)
        assert outcome(seen) == (Live.NONE, Reason.UNKNOWN)
        assert outcome(seen, complete=lambda o: o.source == "b") == (Live.NONE, Reason.UNKNOWN)
        assert outcome(seen, complete=lambda o: o.source == "a") == (Live.DEAD, Reason.NOT_FOUND)


# Time


@pytest.mark.parametrize(
    "reason", sorted({Reason.ACTIVE, Reason.UNKNOWN, *DEAD} - {Reason.NOT_FOUND, Reason.MALFORMED})
)
def test_a_passed_expiry_beats_the_stored_status(reason):
    passed = says(reason, expires_at=NOW - DAY, grace_until=NOW + DAY)
    assert outcome(passed) == (Live.DEAD, Reason.EXPIRED)
    assert verdict(passed).expires_at == NOW - DAY


@pytest.mark.parametrize(
    ("ago", "live"),
    [(59, Live.LIVE), (60, Live.DEAD), (61, Live.DEAD), (0, Live.LIVE), (-60, Live.LIVE)],
)
def test_clocks_may_differ_by_a_minute(ago, live):
    assert verdict(says(Reason.ACTIVE, expires_at=NOW - timedelta(seconds=ago))).live is live


@pytest.mark.parametrize("reason", sorted(FAILED))
def test_a_failure_stays_one_even_with_a_passed_expiry(reason):
    assert outcome(says(reason, expires_at=NOW - DAY)) == (Live.NONE, reason)


@pytest.mark.parametrize(
    ("grace", "live"), [(NOW + DAY, Live.LIVE), (NOW, Live.DEAD), (NOW - DAY, Live.DEAD), (None, Live.DEAD)]
)
def test_a_rotated_key_lives_until_its_grace_ends(grace, live):
    found = verdict(says(Reason.ROTATED, grace_until=grace, replaced_by="vault: new"))
    assert (found.live, found.reason, found.replaced_by) == (live, Reason.ROTATED, "vault: new")


@pytest.mark.parametrize("reason", sorted({Reason.ACTIVE, *DEAD} - {Reason.NOT_FOUND}))
def test_old_words_are_dropped_unless_they_cannot_unhappen(reason):
    limit = {Tier.INVENTORY: DAY}
    old = says(reason, observed_at=NOW - DAY - HOUR)
    fresh = says(reason, observed_at=NOW - DAY)
    assert verdict(fresh, max_age=limit).live is not Live.NONE
    if reason in (Reason.REVOKED, Reason.MALFORMED):
        assert outcome(old, max_age=limit) == (Live.DEAD, reason)
    else:
        found = verdict(old, max_age=limit)
        assert (found.live, found.reason) == (Live.NONE, Reason.STALE)
        assert reason.value in found.note
        assert verdict(old, max_age={Tier.VAULT: DAY}).live is not Live.NONE


def test_an_expiry_that_has_passed_is_never_stale():
    for reason in (Reason.EXPIRED, Reason.ACTIVE):
        old = says(reason, observed_at=NOW - 90 * DAY, expires_at=NOW - 30 * DAY)
        assert outcome(old, max_age={Tier.INVENTORY: DAY}) == (Live.DEAD, Reason.EXPIRED)


def test_what_has_no_date_counts_as_old_only_when_age_counts():
    assert outcome(says(Reason.ACTIVE)) == (Live.LIVE, Reason.ACTIVE)
    assert outcome(says(Reason.ACTIVE), max_age={Tier.INVENTORY: DAY}) == (Live.NONE, Reason.STALE)


def test_a_clock_that_is_ahead_gains_nothing():
    ahead = says(Reason.ACTIVE, observed_at=NOW + timedelta(minutes=5))
    assert outcome(ahead, max_age={Tier.INVENTORY: HOUR}) == (Live.LIVE, Reason.ACTIVE)
    now = says(Reason.REVOKED, source="b", observed_at=NOW)
    assert verdict(ahead, now).disagree
    assert verdict(ahead, now).live is Live.NONE


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), 30 * DAY, datetime.max.replace(tzinfo=UTC) - NOW])
def test_a_date_in_the_future_is_none(ahead):
    future = says(Reason.ACTIVE, observed_at=NOW + ahead)
    assert outcome(future) == (Live.LIVE, Reason.ACTIVE)
    assert outcome(future, max_age={Tier.INVENTORY: 3650 * DAY}) == (Live.NONE, Reason.STALE)
    for ago in (timedelta(), DAY):
        revoked = says(Reason.REVOKED, source="b", observed_at=NOW - ago)
        assert verdict(future, revoked).live is Live.NONE, "it is not newer than anything"
        assert verdict(future, revoked).disagree


def test_what_is_said_today_about_another_day_has_its_date():
    today = NOW + 30 * DAY
    said = [says(Reason.ACTIVE, observed_at=today), says(Reason.DISABLED, source="b", observed_at=NOW - DAY)]
    found = merge(said, NOW, {Tier.INVENTORY: 2 * DAY}, clock=today)
    assert (found.live, found.reason, found.disagree) == (Live.LIVE, Reason.ACTIVE, True)
    assert (
        merge([says(Reason.ACTIVE, observed_at=today + DAY)], NOW, {Tier.INVENTORY: DAY}, clock=today).live is Live.NONE
    )


def test_times_without_a_zone_are_utc():
    naive = {name: value.replace(tzinfo=None) for name, value in
             {"observed_at": NOW - HOUR, "expires_at": NOW + DAY, "grace_until": NOW + HOUR}.items()}  # fmt: skip
    found = verdict(says(Reason.ROTATED, **naive), as_of=NOW.replace(tzinfo=None), max_age={Tier.INVENTORY: DAY})
    assert (found.live, found.expires_at, found.observed_at) == (Live.LIVE, NOW + DAY, NOW - HOUR)


EARLIEST, LATEST = datetime.min, datetime.max  # noqa: DTZ901 - without a zone is the case to test


@pytest.mark.parametrize("as_of", [EARLIEST, LATEST, LATEST.replace(tzinfo=UTC)])
@pytest.mark.parametrize("moment", [EARLIEST, LATEST.replace(tzinfo=timezone(-HOUR))])
def test_the_ends_of_time(as_of, moment):
    seen = says(Reason.ROTATED, observed_at=moment, expires_at=moment, grace_until=moment)
    other = says(Reason.ACTIVE, source="b", observed_at=NOW)
    found = verdict(seen, other, as_of=as_of, max_age={Tier.INVENTORY: DAY})
    assert len(found.observations) == 2


# Several sources


def test_the_highest_tier_that_says_anything_wins_and_disagreement_is_kept():
    listed = says(Reason.REVOKED, observed_at=NOW - DAY, owner="payments", replaced_by="vault: new")
    asked = says(Reason.ACTIVE, source="issuer", tier=Tier.ISSUER, observed_at=NOW)
    silent = says(Reason.SOURCE_ERROR, source="cloud", tier=Tier.PROOF, observed_at=NOW)
    found = verdict(listed, asked, silent)
    assert (found.live, found.source, found.disagree) == (Live.LIVE, "issuer", True)
    assert set(found.observations) == {listed, asked, silent}
    # The loser's details are about another world.
    assert found.owner is None
    assert found.replaced_by is None
    assert (verdict(listed, silent).live, verdict(listed, silent).disagree) == (Live.DEAD, False)


def test_details_come_from_whoever_does_not_contradict():
    asked = says(Reason.ACTIVE, source="issuer", tier=Tier.ISSUER)
    listed = says(Reason.ACTIVE, owner="payments", expires_at=NOW + DAY)
    embedded = says(Reason.UNKNOWN, source="key", tier=Tier.PROOF, expires_at=NOW + HOUR)
    found = verdict(listed, asked, embedded)
    assert (found.source, found.owner, found.expires_at, found.disagree) == ("issuer", "payments", NOW + HOUR, False)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (timedelta(minutes=5), (Live.NONE, Reason.UNKNOWN)),
        (timedelta(minutes=5, seconds=1), (Live.LIVE, Reason.ACTIVE)),
        (timedelta(minutes=-6), (Live.DEAD, Reason.REVOKED)),
        (timedelta(0), (Live.NONE, Reason.UNKNOWN)),
    ],
)
def test_in_one_tier_the_clearly_newer_word_wins(gap, expected):
    dead = says(Reason.REVOKED, source="a", observed_at=NOW - DAY)
    live = says(Reason.ACTIVE, source="b", observed_at=NOW - DAY + gap)
    found = verdict(dead, live)
    assert (found.live, found.reason) == expected
    assert found.disagree


def test_a_conflict_hides_what_lower_tiers_say():
    conflict = [says(r, source=r, tier=Tier.VAULT) for r in (Reason.ACTIVE, Reason.REVOKED)]
    found = verdict(*conflict, says(Reason.ACTIVE))
    assert (found.live, found.disagree, found.source) == (Live.NONE, True, None)


def test_without_a_date_a_conflict_cannot_be_decided():
    found = verdict(says(Reason.REVOKED, source="a"), says(Reason.ACTIVE, source="b", observed_at=NOW))
    assert (found.live, found.disagree) == (Live.NONE, True)


def test_the_most_telling_reason_for_knowing_nothing():
    found = verdict(says(Reason.UNKNOWN, tier=Tier.ISSUER), says(Reason.RATE_LIMITED, source="b"))
    assert (found.live, found.reason, found.source) == (Live.NONE, Reason.RATE_LIMITED, "b")


# Laws

moments = st.none() | st.sampled_from([NOW + offset for offset in (-40 * DAY, -DAY, -HOUR, -timedelta(minutes=3),
                                                                   timedelta(0), HOUR, 40 * DAY)])  # fmt: skip
some = st.builds(
    Observation,
    st.just("kl1"),
    st.sampled_from("abc"),
    st.sampled_from(Tier),
    st.sampled_from(Live),
    st.sampled_from(Reason),
    moments,
    moments,
    moments,
    st.sampled_from([None, "", "x"]),
    st.sampled_from([None, "", "y"]),
    st.sampled_from(["", "n"]),
)
honest = st.builds(lambda o: says(o.reason, source=o.source, tier=o.tier, observed_at=o.observed_at,
                                  expires_at=o.expires_at, grace_until=o.grace_until), some)  # fmt: skip
ages = st.none() | st.dictionaries(st.sampled_from(Tier), st.sampled_from([HOUR, DAY]))
completeness = st.sampled_from([lambda _: False, lambda _: True, lambda o: o.source == "a"])


@given(st.lists(some, max_size=4), ages, completeness)
def test_the_order_of_sources_never_matters(observations, max_age, complete):
    first, *others = (merge(order, NOW, max_age, complete) for order in permutations(observations))
    assert all(other == first for other in others)


@given(st.lists(some, max_size=6), ages, completeness)
def test_saying_it_twice_changes_nothing(observations, max_age, complete):
    once = merge(observations, NOW, max_age, complete)
    assert merge(observations * 2, NOW, max_age, complete) == once


@given(st.sampled_from(Said), st.sampled_from(Said), st.sampled_from(Said))
def test_the_join_is_a_lattice(a, b, c):
    assert (a | b) | c == a | (b | c)
    assert a | b == b | a
    assert a | a == a
    assert a | Said.NOTHING == a
    assert a | Said.CONFLICT == Said.CONFLICT


@given(
    st.lists(some.filter(lambda o: o.reason in FAILED or (o.reason is Reason.UNKNOWN and o.expires_at is None))), ages
)
def test_no_failure_ever_kills(observations, max_age):
    found = merge(observations, NOW, max_age, lambda _: True)
    assert found.live is Live.NONE
    assert not found.disagree


@given(st.lists(some, max_size=5), some, ages)
def test_a_failure_never_clears_or_changes_a_verdict(observations, failure, max_age):
    failed = Observation("kl1", failure.source, failure.tier, Live.NONE, Reason.SOURCE_ERROR, failure.observed_at)
    before = merge(observations, NOW, max_age)
    after = merge([*observations, failed], NOW, max_age)
    assert (after.live, after.disagree) == (before.live, before.disagree)
    if before.live is not Live.NONE:
        assert (after.reason, after.source) == (before.reason, before.source)


@given(st.lists(honest, min_size=1, max_size=4), honest, ages)
def test_a_lower_tier_never_changes_what_a_higher_one_says(observations, lower, max_age):
    before = merge(observations, NOW, max_age)
    deciding = [o.tier for o in before.observations if o.verdict is not Live.NONE]
    if not deciding or lower.tier >= max(deciding):
        return
    after = merge([*observations, lower], NOW, max_age)
    assert (after.live, after.reason, after.source, after.observed_at) == (
        before.live, before.reason, before.source, before.observed_at,
    )  # fmt: skip
    assert after.disagree >= before.disagree


@given(honest.filter(lambda o: o.reason in (Reason.REVOKED, Reason.MALFORMED)), st.timedeltas(timedelta(0), 300 * DAY))
def test_what_cannot_unhappen_stays_at_any_age(fact, later):
    assert merge([fact], NOW + later, {fact.tier: HOUR}).live is Live.DEAD


@given(st.lists(some, max_size=5), ages, completeness)
def test_a_verdict_always_has_somebody_who_said_so(observations, max_age, complete):
    found = merge(observations, NOW, max_age, complete)
    if found.live is not Live.NONE:
        assert any(
            (o.verdict, o.reason, o.source) == (found.live, found.reason, found.source) for o in found.observations
        )
    assert len(found.observations) <= len(observations)
