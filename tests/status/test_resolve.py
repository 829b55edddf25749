import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.model import KeyRef, Live, Observation, Reason, Tier, Verdict
from keylint.status import Asked, Policy, SourceError, resolve
from keylint.status.cache import Cache
from keylint.status.interface import Scope, SourceInfo

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ONE, TWO = KeyRef("kl1:1", "acme", None, ("production",)), KeyRef("kl1:2", "acme", None)


class Source:
    tier = Tier.VAULT
    network = False
    namespace = ""

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
    assert resolve([ONE], (), (), NOW).verdicts == {"kl1:1": Verdict()}


def test_every_key_is_asked_about_once():
    source = Source({"kl1:1": REVOKED})
    again = KeyRef("kl1:1", None, "kind", ("staging",))
    found = resolve([ONE, TWO, again], [source], (), NOW).verdicts
    assert list(found) == ["kl1:1", "kl1:2"]
    assert source.asked == [KeyRef("kl1:1", "acme", "kind", ("production", "staging")), TWO]
    assert found["kl1:1"].live is Live.DEAD
    assert found["kl1:2"] == Verdict()


def test_no_key_no_question():
    source = Source({}, error=SourceError("never"))
    assert resolve([], [source], (), NOW).verdicts == {}
    assert source.asked == []


@pytest.mark.parametrize(
    ("error", "note"), [(SourceError("vault is sealed"), "vault is sealed"), (RuntimeError("a secret"), "RuntimeError")]
)
def test_a_source_that_breaks_kills_no_key(error, note):
    source = Source({"kl1:1": REVOKED}, error=error, complete_for=[Scope("acme")])
    found = resolve([ONE, TWO], [source], (), NOW).verdicts
    assert (found["kl1:1"].live, found["kl1:1"].reason) == REVOKED
    assert (found["kl1:2"].live, found["kl1:2"].reason, found["kl1:2"].note) == (Live.NONE, Reason.SOURCE_ERROR, note)
    assert "secret" not in repr(found)


def test_a_source_that_broke_is_complete_for_nothing():
    source = Source({"kl1:1": NOT_FOUND}, error=SourceError("half way"), complete_for=[Scope("acme")])
    assert resolve([ONE], [source], (), NOW).verdicts["kl1:1"].live is Live.NONE


def test_proofs_count_as_a_source():
    proof = Observation("kl1:1", "key format", Tier.PROOF, Live.DEAD, Reason.MALFORMED, NOW)
    found = resolve([ONE, TWO], [Source({"kl1:1": ACTIVE, "kl1:2": ACTIVE})], [proof], NOW).verdicts
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
    found = resolve([KeyRef("kl1:1", "acme", None, environments)], [source], (), NOW).verdicts["kl1:1"]
    assert (found.live, found.reason) == ((Live.DEAD, Reason.NOT_FOUND) if dead else (Live.NONE, Reason.UNKNOWN))


def test_a_key_of_no_known_provider_is_never_missing():
    source = Source({"kl1:1": NOT_FOUND}, complete_for=[Scope("acme")])
    assert resolve([KeyRef("kl1:1", None, None)], [source], (), NOW).verdicts["kl1:1"].live is Live.NONE


def test_of_two_sources_with_one_name_both_must_be_complete():
    whole = Source({"kl1:1": NOT_FOUND}, complete_for=[Scope("acme")])
    part = Source({"kl1:1": NOT_FOUND})
    assert resolve([ONE], [whole, part], (), NOW).verdicts["kl1:1"].live is Live.NONE


# Sources that take time, or fail, or cannot be reached


class Remote(Source):
    tier = Tier.PLATFORM
    network = True

    def __init__(self, answers, name="service", tier=Tier.PLATFORM, **others):
        super().__init__(answers, name, **others)
        self.tier, self.namespace = tier, f"namespace of {name}"


def cache(tmp_path, hours=0):
    return Cache(tmp_path / "cache" / "status.sqlite3", NOW + timedelta(hours=hours))


def test_offline_nobody_is_asked_over_the_network():
    remote, local = Remote({"kl1:1": REVOKED}), Source({"kl1:2": ACTIVE})
    found = resolve([ONE, TWO], [remote, local], (), NOW, Policy(offline=True))
    assert remote.asked == []
    assert (found.verdicts["kl1:1"].live, found.verdicts["kl1:1"].reason) == (Live.NONE, Reason.OFFLINE)
    assert found.verdicts["kl1:2"].live is Live.LIVE


def test_what_was_said_before_counts_offline(tmp_path):
    resolve([ONE], [Remote({"kl1:1": REVOKED})], (), NOW, cache=cache(tmp_path))
    found = resolve([ONE, TWO], [Remote({})], (), NOW, Policy(offline=True), cache(tmp_path, 1))
    assert found.verdicts["kl1:1"].reason is Reason.REVOKED
    assert found.verdicts["kl1:2"].reason is Reason.OFFLINE
    assert found.asked == (Asked("service", 2, cached=1, said=1),)


def test_only_what_is_not_in_the_cache_is_asked_for(tmp_path):
    resolve([ONE], [Remote({"kl1:1": REVOKED})], (), NOW, cache=cache(tmp_path))
    remote = Remote({"kl1:2": ACTIVE})
    resolve([ONE, TWO], [remote], (), NOW, cache=cache(tmp_path))
    assert remote.asked == [TWO]


def test_that_a_key_is_missing_is_remembered_with_where_the_source_is_complete(tmp_path):
    complete = {"complete_for": [Scope("acme")]}
    resolve([ONE], [Remote({"kl1:1": NOT_FOUND}, **complete)], (), NOW, cache=cache(tmp_path))
    found = resolve([ONE], [Remote({}, **complete)], (), NOW, cache=cache(tmp_path, 0.1))
    assert found.verdicts["kl1:1"].reason is Reason.NOT_FOUND


@pytest.mark.parametrize(("said", "still"), [((Live.DEAD, Reason.INVALID), True), (ACTIVE, False)])
def test_a_failure_does_not_bring_a_key_back_to_life(tmp_path, said, still):
    resolve([ONE], [Remote({"kl1:1": said})], (), NOW, cache=cache(tmp_path))
    later = NOW + timedelta(hours=5)
    found = resolve([ONE], [Remote({}, error=SourceError("down"))], (), later, cache=cache(tmp_path, 5))
    assert found.verdicts["kl1:1"].reason is (Reason.INVALID if still else Reason.SOURCE_ERROR)
    much_later = resolve([ONE], [Remote({}, error=SourceError("down"))], (), later, cache=cache(tmp_path, 50))
    assert much_later.verdicts["kl1:1"].reason is Reason.SOURCE_ERROR


def test_the_issuer_is_not_asked_about_what_is_proven():
    issuer = Remote({}, "issuer", Tier.ISSUER)
    proof = Observation("kl1:1", "key format", Tier.PROOF, Live.DEAD, Reason.MALFORMED, NOW)
    resolve([ONE, TWO], [issuer], [proof], NOW)
    assert issuer.asked == [TWO]


def test_the_issuer_is_asked_about_what_a_list_says():
    issuer = Remote({"kl1:1": ACTIVE}, "issuer", Tier.ISSUER)
    found = resolve([ONE], [Source({"kl1:1": REVOKED}), issuer], (), NOW).verdicts["kl1:1"]
    assert (found.live, found.source, found.disagree) == (Live.LIVE, "issuer", True)


def test_who_is_late_has_not_answered():
    release = threading.Event()

    class Slow(Remote):
        def check(self, keys):
            yield Observation("kl1:1", self.name, self.tier, Live.DEAD, Reason.REVOKED)
            release.wait(20)
            yield Observation("kl1:2", self.name, self.tier, Live.DEAD, Reason.REVOKED)

    found = resolve([ONE, TWO], [Slow({}), Remote({"kl1:2": ACTIVE}, "other")], (), NOW, Policy(deadline_s=0.3))
    release.set()
    assert found.verdicts["kl1:1"].reason is Reason.REVOKED
    assert found.verdicts["kl1:2"].live is Live.LIVE
    assert "no answer within 0.3 seconds" in {asked.error for asked in found.asked}


_HANGS = """
import threading
from datetime import datetime, UTC
from keylint.model import KeyRef, Tier
from keylint.status import Policy, resolve
from keylint.status.interface import SourceInfo
from keylint.status.trying import tried

class Hung:
    name, tier, network, namespace = "hung", Tier.VAULT, True, ""
    def describe(self):
        return SourceInfo()
    def check(self, keys):
        threading.Event().wait()

asked = resolve([KeyRef("kl1:1", "acme", None)], [Hung()], (), datetime.now(UTC), Policy(deadline_s=0.2)).asked
print(asked[0].error, tried([Hung()], "kl1:1", 0.2)[0].error, sep="\\n")
"""


def test_a_source_that_hangs_does_not_keep_the_process():
    done = subprocess.run([sys.executable, "-c", _HANGS], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["no answer within 0.2 seconds"] * 2


def test_sources_are_asked_at_the_same_time():
    both = threading.Barrier(2, timeout=20)

    class Meeting(Remote):
        def check(self, keys):
            both.wait()
            return super().check(keys)

    found = resolve([ONE], [Meeting({"kl1:1": REVOKED}, "one"), Meeting({"kl1:1": REVOKED}, "two")], (), NOW)
    assert [asked.error for asked in found.asked] == [None, None]


def test_progress_is_told_until_the_last_answer():
    told = []
    resolve([ONE, TWO], [Remote({"kl1:1": REVOKED})], (), NOW, progress=lambda done, of: told.append((done, of)))
    assert told[-1][1] == 2


@pytest.mark.parametrize(("hours", "reason"), [(23, Reason.ACTIVE), (25, Reason.STALE)])
def test_what_was_said_too_long_ago_says_nothing(hours, reason):
    class Dated(Source):
        def check(self, keys):
            yield Observation("kl1:1", "s", self.tier, Live.LIVE, Reason.ACTIVE, NOW - timedelta(hours=hours))

    policy = Policy(max_age=timedelta(hours=24))
    assert resolve([ONE], [Dated({})], (), NOW, policy).verdicts["kl1:1"].reason is reason


answers = st.dictionaries(
    st.sampled_from(["kl1:1", "kl1:2"]),
    st.sampled_from([REVOKED, ACTIVE, NOT_FOUND, (Live.DEAD, Reason.INVALID), (Live.NONE, Reason.RATE_LIMITED)]),
)
errors = st.sampled_from([None, SourceError("down"), SourceError("slow down", Reason.RATE_LIMITED), ValueError("?")])
remotes = st.builds(
    Remote,
    answers,
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(Tier),
    error=errors,
    complete_for=st.sampled_from([(), (Scope("acme"),)]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(remotes, max_size=4), st.randoms())
def test_the_order_of_sources_never_matters(sources, random):
    shuffled = random.sample(sources, len(sources))
    one = resolve([ONE, TWO], sources, (), NOW).verdicts
    assert resolve([TWO, ONE], shuffled, (), NOW).verdicts == one


@settings(max_examples=60, deadline=None)
@given(st.lists(remotes, max_size=4))
def test_no_failure_makes_a_key_dead(sources):
    said = {f for source in sources for f, (live, reason) in source._answers.items() if reason not in SAYS_NOTHING}
    for fingerprint, verdict in resolve([ONE, TWO], sources, (), NOW).verdicts.items():
        assert verdict.live is not Live.DEAD or fingerprint in said


SAYS_NOTHING = {Reason.RATE_LIMITED, Reason.ACTIVE}
