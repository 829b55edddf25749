from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from keylint.model import (
    Claims,
    Defect,
    Definition,
    Judgement,
    Key,
    KeyKind,
    Lifetime,
    Live,
    Observation,
    Outcome,
    OutcomeKind,
    Place,
    Reason,
    Report,
    Skipped,
    Tier,
    Trace,
    Verdict,
)
from keylint.report import words

AS_OF = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
TWO_DAYS_AGO = AS_OF - timedelta(days=2)
FAILS = Outcome(OutcomeKind.FAILS, "KL302", "401")
WORKS = Outcome(OutcomeKind.WORKS)
LATER = Outcome(OutcomeKind.WILL_FAIL, "KL304", on=datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1_204, "1,204 files")]
)
def test_count(number: int, expected: str) -> None:
    assert words.count(number, "file") == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (8_120_400, "8.1 MB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (999_950_000, "1.0 GB"),
        (2_345_000_000_000, "2345.0 GB"),
    ],
)
def test_size(number: int, expected: str) -> None:
    assert words.size(number) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=60), "on 2026-09-22"),
        (timedelta(days=-1), "on 2026-11-22"),
    ],
)
def test_age(before: timedelta, expected: str) -> None:
    assert words.age(AS_OF - before, AS_OF) == expected


def test_times_are_utc_and_naive_ones_are_taken_for_it() -> None:
    assert words.iso(datetime(2026, 1, 1, 12, 0)) == "2026-01-01T12:00:00Z"  # noqa: DTZ001
    assert words.iso(datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))) == "2025-12-31T23:00:00Z"
    assert words.age(datetime(2026, 11, 21, 7, 0), AS_OF) == "1 hour ago"  # noqa: DTZ001


def test_place() -> None:
    assert words.place(Place("a/b.py", 3, 4, 3, 9)) == "a/b.py:3:4"
    assert words.place(Place("n.ipynb", 3, 4, 3, 9, cell=2)) == "n.ipynb:cell 2:3:4"


@pytest.mark.parametrize(
    ("fingerprint", "expected"),
    [("kl1:p-1:3fa9c1d2e4", "kl:3fa9c1"), ("3fa9c1d2e4", "kl:3fa9c1"), ("kl1:p:3f", "kl:3f")],
)
def test_short_fingerprint(fingerprint: str, expected: str) -> None:
    assert words.short(fingerprint) == expected


@pytest.mark.parametrize(
    ("verdict", "standing", "expected"),
    [
        (Verdict(), "unknown", "unknown: no source was asked"),
        (Verdict(Live.NONE, Reason.OFFLINE, "service"), "unknown", "unknown: no source was asked"),
        (
            Verdict(Live.DEAD, Reason.REVOKED, "inventory keys.yaml", TWO_DAYS_AGO),
            "dead",
            "revoked, says inventory keys.yaml, checked 2 days ago",
        ),
        (Verdict(Live.DEAD, None, "vault"), "dead", "dead, says vault"),
        (
            Verdict(Live.DEAD, Reason.EXPIRED, "vault", expires_at=TWO_DAYS_AGO),
            "dead",
            "expired on 2026-11-19, says vault",
        ),
        (
            Verdict(Live.DEAD, Reason.ROTATED, "vault", replaced_by="payments#v3"),
            "dead",
            "rotated, says vault; replaced by payments#v3",
        ),
        (
            Verdict(Live.LIVE, Reason.ACTIVE, "vault", TWO_DAYS_AGO, AS_OF + timedelta(days=9), owner="ann"),
            "live",
            "live, says vault, checked 2 days ago; expires on 2026-11-30 (in 9 days); owner ann",
        ),
        (
            Verdict(Live.LIVE, Reason.ROTATED, "vault", grace_until=AS_OF),
            "live",
            "rotated, says vault; accepted until 2026-11-21",
        ),
        (
            Verdict(Live.NONE, Reason.SOURCE_ERROR, "vault", TWO_DAYS_AGO),
            "unknown",
            "unknown: the source failed (vault), checked 2 days ago",
        ),
        (Verdict(Live.NONE, Reason.UNKNOWN, "vault"), "unknown", "unknown, says vault"),
        (Verdict(Live.NONE, Reason.UNKNOWN, "vault", note="not listed"), "unknown", "unknown: not listed (vault)"),
        (Verdict(Live.DEAD, Reason.REVOKED, "its issuer", AS_OF), "dead", "revoked, says its issuer"),
        (Verdict(Live.DEAD, Reason.MALFORMED, "offline"), "malformed", "malformed"),
        (
            Verdict(
                Live.LIVE,
                Reason.ACTIVE,
                "vault",
                disagree=True,
                observations=(
                    Observation("f", "vault", Tier.VAULT, Live.LIVE, Reason.ACTIVE),
                    Observation("f", "inventory", Tier.INVENTORY, Live.DEAD, Reason.REVOKED),
                ),
            ),
            "live",
            "live, says vault; sources disagree (vault: live, inventory: revoked)",
        ),
    ],
)
def test_status(verdict: Verdict, standing: str, expected: str) -> None:
    key = Key("f", "…", None, None, (), verdict=verdict)
    assert words.standing(key) == standing
    assert words.status(key, AS_OF) == expected


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("live", Live)
def test_every_verdict_has_words(live: Live, reason: Reason) -> None:
    assert words.status(Key("f", "…", None, None, (), verdict=Verdict(live, reason)), AS_OF)


def test_an_embedded_expiry_is_said_by_the_key_itself(expired_key: Key) -> None:
    assert words.status(expired_key, AS_OF) == "expired on 2017-01-01, as the key itself says"


@pytest.mark.parametrize(
    ("defect", "expected"),
    [
        (Defect("KL201", "3 characters short"), "malformed, proven offline by its length"),
        (Defect("KL202", "checksum says `a`"), "malformed, proven offline by its checksum"),
        (Defect("KL202", "no JSON in its header"), "malformed, proven offline by its structure"),
        (Defect("KL205", "placeholder"), "malformed, a placeholder"),
        (Defect("KL204", "newline"), "unknown: no source was asked"),
        (Defect("KL201", "unusual length", certain=False), "unknown: no source was asked"),
    ],
)
def test_a_certain_defect_proves_a_key_malformed(expired_key: Key, defect: Defect, expected: str) -> None:
    (definition,) = expired_key.definitions
    damaged = replace(definition, judgement=Judgement(defects=(defect,)))
    assert words.status(replace(expired_key, definitions=(damaged,), verdict=Verdict()), AS_OF) == expected


def test_one_sound_definition_keeps_a_key_from_being_malformed(expired_key: Key) -> None:
    (definition,) = expired_key.definitions
    damaged = replace(definition, judgement=Judgement(defects=(Defect("KL201", "short"),)))
    key = replace(expired_key, definitions=(damaged, definition), verdict=Verdict())
    assert words.standing(key) == "unknown"


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([(None, FAILS)], "fails (401)"),
        ([(None, FAILS), (None, FAILS)], "fails (401)"),
        ([("staging", WORKS), ("production", FAILS)], "fails in production (401), works in staging"),
        (
            [("test", FAILS), ("staging", FAILS), ("production", FAILS), ("development", WORKS)],
            "fails in production, staging and test (401), works in development",
        ),
        (
            [("production", LATER), (None, WORKS)],
            "will fail on 2026-12-01 in production, works in every other environment",
        ),
        ([(None, WORKS), (None, FAILS)], "fails (401), works"),
    ],
)
def test_outcomes(outcomes: list[tuple[str | None, Outcome]], expected: str, report: Report) -> None:
    use = report.keyless[0].use
    assert words.outcomes([Trace(use, None, (), environment, outcome) for environment, outcome in outcomes]) == expected


def test_one_outcome() -> None:
    assert words.outcome(FAILS, ()) == "fails (401)"
    assert words.outcome(FAILS, ("staging", "production")) == "fails in production and staging (401)"


def test_summary(report: Report) -> None:
    assert words.summary(report) == (
        "6 errors, 1 warning, 1 note in 7 files; 4 calls will fail; 3 keys: 1 dead, 1 malformed, 1 unknown"
    )


def test_summary_leaves_out_calls_of_the_mere_context(report: Report) -> None:
    (trace,) = report.keyless
    context = replace(trace, use=replace(trace.use, reported=False))
    assert "; 3 calls will fail;" in words.summary(replace(report, keyless=(context,)))


def test_summary_counts_calls_that_fail_later_apart(report: Report) -> None:
    (trace,) = report.keyless
    assert "; 3 calls will fail; 1 call will fail later;" in words.summary(
        replace(report, keyless=(replace(trace, outcome=LATER),))
    )


def test_receipt(report: Report) -> None:
    assert words.receipt(report) == (
        "1,204 files, 8.1 MB, 3 skipped (2 binary, 1 too large), 1 read in part, 0.4 s; 1 suppressed inline"
    )


@pytest.mark.parametrize(
    ("inline", "baseline", "expected"),
    [
        (0, 0, "1,204 files, 8.1 MB, 0.4 s"),
        (0, 1200, "1,204 files, 8.1 MB, 0.4 s; 1,200 suppressed by baseline"),
        (1, 2, "1,204 files, 8.1 MB, 0.4 s; 1 suppressed inline, 2 by baseline"),
    ],
)
def test_receipt_counts_what_was_suppressed(report: Report, inline: int, baseline: int, expected: str) -> None:
    report = replace(report, skipped=(), suppressed_inline=inline, suppressed_baseline=baseline)
    assert words.receipt(report) == expected


def test_all_clear(clean_report: Report, expired_key: Key) -> None:
    live = Key("g", "…", None, None, (), verdict=Verdict(Live.LIVE, Reason.ACTIVE, "vault"))
    stale = Key("h", "…", None, None, (), verdict=Verdict(Live.NONE, Reason.STALE, "vault"))

    def said(*keys: Key) -> str:
        return words.all_clear(replace(clean_report, keys=keys))

    unknown = clean_report.keys[0]
    assert said() == "No problem found. No key was seen."
    assert said(unknown) == "No problem found. 1 key seen, status of 1 unknown: no source was asked."
    assert said(unknown, live) == "No problem found. 2 keys seen, 1 live, status of 1 unknown: no source was asked."
    assert said(unknown, stale) == "No problem found. 2 keys seen, status of 2 unknown."
    assert said(live, expired_key) == "No problem found. 2 keys seen, 1 dead, 1 live."
    assert words.all_clear(replace(clean_report, files=0)) == "Nothing to check."


def test_what_a_key_says_of_itself_is_no_answer(expired_key: Key) -> None:
    """An expiry that lies ahead: the key claims it, nobody has confirmed that the key is live."""
    expires = AS_OF + timedelta(days=5)
    (definition,) = expired_key.definitions
    ahead = replace(definition, judgement=replace(definition.judgement, claims=Claims(expires_at=expires)))
    own = Observation("f", "the key itself", Tier.PROOF, Live.NONE, Reason.UNKNOWN, AS_OF, expires)
    verdict = Verdict(Live.NONE, Reason.UNKNOWN, "the key itself", AS_OF, expires, observations=(own,))
    key = replace(expired_key, definitions=(ahead,), verdict=verdict)
    assert words.status(key, AS_OF) == "unknown: no source was asked; expires on 2026-11-26 (in 5 days)"
    asked = Observation("f", "vault", Tier.VAULT, Live.NONE, Reason.UNKNOWN, TWO_DAYS_AGO)
    answered = replace(
        key, verdict=replace(verdict, source="vault", observed_at=TWO_DAYS_AGO, observations=(own, asked))
    )
    assert words.status(answered, AS_OF) == "unknown, says vault, checked 2 days ago"


def test_nor_is_its_age(expired_key: Key) -> None:
    (definition,) = expired_key.definitions
    kind = KeyKind("acme", "acme", "Acme key", (), lifetime=Lifetime("90 days", ""))
    issued = replace(definition, judgement=replace(definition.judgement, claims=Claims(issued_at=TWO_DAYS_AGO)))
    end = TWO_DAYS_AGO + timedelta(days=90)
    own = Observation("f", "its date of issue", Tier.PROOF, Live.NONE, Reason.UNKNOWN, AS_OF, end)
    verdict = Verdict(Live.NONE, Reason.UNKNOWN, "its date of issue", AS_OF, end, observations=(own,))
    key = replace(expired_key, kind=kind, definitions=(issued,), verdict=verdict)
    assert words.status(key, AS_OF) == "unknown: no source was asked; expires on 2027-02-17"
    dead = replace(verdict, live=Live.DEAD, reason=Reason.EXPIRED, expires_at=AS_OF - timedelta(days=1))
    assert words.status(replace(key, verdict=dead), AS_OF) == "expired on 2026-11-20, says its date of issue"


def test_identity_names_the_provider_once(report: Report) -> None:
    dead, malformed, unknown = report.keys
    assert words.identity(dead) == "sk-proj-…x9Qd, OpenAI project key, kl:3fa9c1"
    assert words.identity(malformed) == "sk_live_…, secret key (Stripe), kl:77ab00"
    assert words.identity(unknown) == "hf_…, unknown kind, kl:0d0d0d"


def test_not_wholly_read(report: Report) -> None:
    skipped = (*report.skipped, Skipped("gone.py", "missing", fatal=True))
    assert [s.path for s in words.not_wholly_read(replace(report, skipped=skipped))] == [
        "big.json",
        "broken.py",
        "gone.py",
    ]


def test_a_definition_alone_does_not_speak(expired_key: Key) -> None:
    definition: Definition = expired_key.definitions[0]
    assert definition.secret.reveal() not in words.identity(expired_key) + words.status(expired_key, AS_OF)
