"""What each rule makes of hand-built facts: definitions, verdicts and outcomes, with no reader and no engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import (
    Channel,
    Claims,
    Confidence,
    Defect,
    Definition,
    EnvName,
    Judgement,
    Key,
    KeyKind,
    Lifetime,
    Literal,
    Live,
    Observation,
    Opaque,
    Outcome,
    OutcomeKind,
    Place,
    Provider,
    Reason,
    Retirement,
    Role,
    Secrecy,
    Secret,
    Severity,
    Tier,
    Trace,
    Use,
    Verdict,
    Within,
)
from keylint.rule import Context, Hit, at, deletion, listed, load_rules, part

RULES = {rule.code: rule for rule in load_rules(["keylint_rules"])}
VALUE = "the-value-of-the-key"

KIND = KeyKind("acme-key", "acme", "Acme API key", ())
PUBLIC = KeyKind("acme-public", "acme", "Acme public key", (), secrecy=Secrecy.PUBLISHABLE)
TEST = KeyKind("acme-test", "acme", "Acme test key", (), environment="test")
PEM = KeyKind("pem-private-key", "generic", "PEM private key", ())
CONTEXTUAL = KeyKind("acme-hex", "acme", "Acme hex key", (), context=True)
RETIRED = KeyKind(
    "acme-old", "acme", "Acme old key", (), retired=Retirement(date(2026, 12, 1), "No more.", "https://a.example")
)
VARIABLE = EnvName("ACME_API_KEY", "acme", ("acme-key",))
ACME = Provider(
    "acme",
    "Acme",
    env=(VARIABLE,),
    dashboard="https://acme.example/keys",
    refusal="401 bad key",
    exception="acme.AuthError",
)
CONTEXT = Context(
    datetime(2026, 11, 20, tzinfo=UTC),
    {kind.id: kind for kind in (KIND, PUBLIC, TEST, PEM, CONTEXTUAL, RETIRED)},
    {"acme": ACME},
    {VARIABLE.name: VARIABLE},
)


def defined(
    path: str = "app.py", line: int = 1, kind: KeyKind | None = KIND, value: str = VALUE, **changes: Any
) -> Definition:
    judgement = Judgement((kind.id,) if kind else (), well_formed="defects" not in changes, key=value)
    judgement = replace(judgement, defects=changes.pop("defects", ()), claims=changes.pop("claims", Claims()))
    channel = changes.pop("channel", Channel.PYTHON)
    place = Place(path, line, 8, line, 8 + len(value))
    return Definition(place, Secret(value), channel, "KEY", judgement=judgement, **changes)


def keyed(*definitions: Definition, kind: KeyKind | None = KIND, **changes: Any) -> Key:
    return Key("f", "…", kind, ACME if kind else None, definitions, **changes)


def traced(definition: Definition | None, outcome: Outcome, **changes: Any) -> Trace:
    value = Literal(definition) if definition is not None else Opaque()
    use = Use(Place("use.py", 9, 1, 9, 20), "acme.Client(api_key=…)", "acme.Client", "acme", value, keyword="api_key")
    environment = changes.pop("environment", None)
    return Trace(replace(use, **changes.pop("use", {})), definition, (), environment, outcome, **changes)


def codes_at(definition: Definition, key: Key | None) -> dict[str, Hit]:
    """Return code -> hit of all rules that look at definitions."""
    return {code: hit for code, rule in RULES.items() for hit in rule.check_definition(definition, key, CONTEXT)}


def says(code: str, trace: Trace, key: Key | None = None) -> list[Hit]:
    return list(RULES[code].check_trace(trace, key, CONTEXT))


CUT = Defect("KL201", "3 characters short: 37 of 40")
MAYBE = Defect("KL211", "a length never seen", certain=False)


class TestHardcoded:
    """One definition gets one KL1xx, the most specific, and only where a secret can be read by others."""

    @pytest.mark.parametrize(
        ("changes", "kind", "code"),
        [
            ({}, KIND, "KL101"),
            ({"channel": Channel.NOTEBOOK}, KIND, "KL101"),
            ({"channel": Channel.TEXT}, KIND, "KL101"),
            ({"channel": Channel.YAML}, KIND, "KL102"),
            ({"channel": Channel.DOTENV}, KIND, "KL102"),
            ({"role": Role.DEFAULT}, KIND, "KL103"),
            ({"role": Role.DEFAULT, "within": Within.URL}, KIND, "KL103"),
            ({"within": Within.URL}, KIND, "KL104"),
            ({"within": Within.URL, "channel": Channel.YAML}, KIND, "KL104"),
            ({"channel": Channel.NOTEBOOK_OUTPUT}, KIND, "KL106"),
            ({"role": Role.DEFAULT, "channel": Channel.YAML}, PEM, "KL105"),
            ({"defects": (MAYBE,)}, KIND, "KL101"),
            ({"defects": (Defect("KL204", "a line break after it"),)}, KIND, "KL101"),
            ({"defects": (Defect("KL203", "an invisible character", remove=((3, 4),)),)}, KIND, "KL101"),
            ({"role": Role.COMMENT}, KIND, "KL101"),
            ({"path": "README.md", "channel": Channel.TEXT}, KIND, "KL101"),
            ({"path": "README.md", "channel": Channel.TEXT}, CONTEXTUAL, None),
            ({"role": Role.COMMENT}, CONTEXTUAL, None),
            ({"role": Role.EXAMPLE, "defects": (MAYBE,)}, KIND, None),
            ({"defects": (CUT,)}, KIND, None),
            ({"defects": (Defect("KL205", "a placeholder"),)}, KIND, None),
            ({"defects": (Defect("KL207", "a public example"),)}, KIND, None),
            ({"ignored": True}, KIND, None),
            ({}, PUBLIC, None),
            ({"role": Role.DEFAULT}, PUBLIC, None),
            ({}, None, None),
        ],
    )
    def test_one_code_or_none(self, changes: dict[str, Any], kind: KeyKind | None, code: str | None) -> None:
        definition = defined(kind=kind, **changes)
        found = [c for c in codes_at(definition, keyed(definition, kind=kind)) if c.startswith("KL1")]
        assert found == ([code] if code else [])

    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            (Reason.ACTIVE, "KL101"),
            (Reason.REVOKED, "KL101"),
            (Reason.NOT_FOUND, None),
            (Reason.SOURCE_ERROR, None),
            (None, None),
        ],
    )
    def test_an_unrecognised_value_counts_where_a_source_knows_it(
        self, reason: Reason | None, code: str | None
    ) -> None:
        definition = defined(kind=None)
        found = codes_at(definition, keyed(definition, kind=None, verdict=Verdict(reason=reason)))
        assert [c for c in found if c.startswith("KL1")] == ([code] if code else [])

    def test_says_what_to_do(self) -> None:
        definition = defined()
        hit = codes_at(definition, keyed(definition))["KL101"]
        assert hit.message.startswith("Acme API key ")
        assert "https://acme.example/keys" in hit.help
        dead = codes_at(definition, keyed(definition, verdict=Verdict(Live.DEAD, Reason.REVOKED)))["KL101"]
        assert "Revoke" not in dead.help

    def test_an_uncertain_key_is_said_with_less_confidence(self) -> None:
        definition = defined(defects=(MAYBE,))
        assert codes_at(definition, keyed(definition))["KL101"].confidence is Confidence.MEDIUM


class TestMalformed:
    @pytest.mark.parametrize("code", ["KL201", "KL202", "KL203", "KL204"])
    def test_repeats_the_defect_and_names_kind_and_answer(self, code: str) -> None:
        definition = defined(defects=(Defect(code, "what and where"),))
        hit = codes_at(definition, keyed(definition))[code]
        assert hit.message.startswith("Acme API key ")
        assert "what and where" in hit.message
        assert hit.severity is None

    @pytest.mark.parametrize("role", [Role.COMMENT, Role.EXAMPLE])
    @pytest.mark.parametrize("code", ["KL201", "KL202", "KL203", "KL204", "KL205", "KL206", "KL207", "KL211"])
    def test_comments_and_samples_are_left_alone(self, code: str, role: Role) -> None:
        definition = defined(role=role, env="ACME_API_KEY", defects=(Defect(code, "x"),))
        assert code not in codes_at(definition, keyed(definition))

    @pytest.mark.parametrize("code", ["KL201", "KL202", "KL211"])
    def test_no_error_without_certainty(self, code: str) -> None:
        definition = defined(defects=(Defect(code, "x", certain=False),))
        hit = codes_at(definition, keyed(definition))[code]
        assert (hit.severity, hit.confidence, hit.fix) == (Severity.WARNING, Confidence.MEDIUM, None)

    @pytest.mark.parametrize("code", ["KL205", "KL206", "KL207"])
    @pytest.mark.parametrize(
        ("changes", "reached", "reported"),
        [
            ({}, False, False),
            ({}, True, True),
            ({"env": "ANYTHING"}, False, True),
            ({"channel": Channel.DOTENV}, False, True),
            ({"channel": Channel.YAML}, False, False),
            ({"path": "guide.md", "channel": Channel.TEXT}, True, False),
        ],
    )
    def test_stand_ins_matter_where_a_program_takes_them_for_a_key(
        self, code: str, changes: dict[str, Any], reached: bool, reported: bool
    ) -> None:
        definition = defined(kind=None, defects=(Defect(code, "what it is"),), **changes)
        traces = (traced(definition, Outcome(OutcomeKind.FAILS, code)),) if reached else ()
        assert (code in codes_at(definition, keyed(definition, kind=None, traces=traces))) is reported

    def test_a_known_name_is_enough(self) -> None:
        definition = replace(defined(kind=None, defects=(Defect("KL205", "x"),)), name="Settings.ACME_API_KEY")
        assert "Acme answers 401 bad key" in codes_at(definition, keyed(definition, kind=None))["KL205"].message

    @pytest.mark.parametrize(
        ("kind", "env", "cause", "reported"),
        [
            (PUBLIC, "ACME_API_KEY", None, True),
            (PUBLIC, "ACME_PUBLIC_KEY", None, False),
            (PUBLIC, None, "KL208", True),
            (PUBLIC, None, None, False),
            (KIND, "ACME_API_KEY", None, False),
        ],
    )
    def test_publishable_for_secret(self, kind: KeyKind, env: str | None, cause: str | None, reported: bool) -> None:
        definition = defined(kind=kind, env=env)
        traces = (traced(definition, Outcome(OutcomeKind.FAILS, cause)),) if cause else ()
        assert ("KL208" in codes_at(definition, keyed(definition, kind=kind, traces=traces))) is reported


def text_of(edits: Any, lines: list[str]) -> str:
    """Apply edits (which delete) to the lines of a file, last first."""
    text = list(lines)
    for edit in sorted(edits, key=lambda e: e.place, reverse=True):
        place = edit.place
        head, tail = text[place.line - 1][: place.column - 1], text[place.end_line - 1][place.end_column - 1 :]
        text[place.line - 1 : place.end_line] = [head + edit.text + tail]
    return "\n".join(text)


class TestFix:
    @given(st.text("\n \"'\ufeff", max_size=5), st.text("abc123", min_size=1), st.text("\n \"'", max_size=5))
    def test_deletes_what_surrounds_the_key_and_nothing_else(self, before: str, key: str, after: str) -> None:
        value = before + key + after
        remove = tuple(span for span in ((0, len(before)), (len(before) + len(key), len(value))) if span[0] < span[1])
        lines = value.count("\n")
        end = len(value) - value.rfind("\n") if lines else 3 + len(value)
        place = Place("a.env", 1, 3, 1 + lines, end)
        definition = replace(defined(value=value, channel=Channel.DOTENV), place=place)
        fix = deletion(definition, Defect("KL204", "x", remove=remove))
        if not remove:
            assert fix is None
            return
        assert fix is not None
        assert fix.safe
        assert text_of(fix.edits, ("K=" + value + "|").split("\n")) == "K=" + key + "|"

    def test_whole_value_is_the_definitions_place(self) -> None:
        definition = defined()
        assert part(definition, 0, len(VALUE)) == definition.place

    @pytest.mark.parametrize(
        ("definition", "defect"),
        [
            (defined(contiguous=False), Defect("KL204", "x", remove=((0, 1),))),
            (defined(), Defect("KL204", "x")),
            (defined(), Defect("KL204", "x", certain=False, remove=((0, 1),))),
        ],
    )
    def test_no_fix_where_places_or_facts_are_unsure(self, definition: Definition, defect: Defect) -> None:
        assert deletion(definition, defect) is None

    def test_the_rule_offers_it(self) -> None:
        definition = defined(defects=(Defect("KL204", "a blank after it", remove=((19, 20),)),))
        fix = codes_at(definition, keyed(definition))["KL204"].fix
        assert fix is not None
        assert [edit.place for edit in fix.edits] == [Place("app.py", 1, 27, 1, 28)]


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestStale:
    @pytest.mark.parametrize(
        ("expires", "codes"),
        [
            (None, set()),
            (on("2026-11-19"), {"KL301"}),
            (on("2026-11-20"), {"KL301"}),
            (on("2026-11-21"), {"KL304"}),
            (on("2026-12-20"), {"KL304"}),
            (on("2026-12-21"), set()),
        ],
    )
    def test_own_expiry(self, expires: datetime | None, codes: set[str]) -> None:
        definition = defined(claims=Claims(expires_at=expires))
        assert {c for c in codes_at(definition, keyed(definition)) if c.startswith("KL3")} - {"KL307"} == codes

    @pytest.mark.parametrize(
        ("verdict", "codes"),
        [
            (Verdict(), set()),
            (Verdict(Live.LIVE, Reason.ACTIVE), set()),
            (Verdict(Live.NONE, Reason.SOURCE_ERROR), set()),
            (Verdict(Live.DEAD, Reason.REVOKED), {"KL302"}),
            (Verdict(Live.DEAD, Reason.DISABLED), {"KL302"}),
            (Verdict(Live.DEAD, Reason.EXPIRED), {"KL302"}),
            (Verdict(Live.DEAD, Reason.NOT_FOUND), {"KL302"}),
            (Verdict(Live.DEAD, Reason.INVALID), {"KL302"}),
            (Verdict(Live.DEAD, Reason.MALFORMED), set()),
            (Verdict(Live.DEAD, Reason.ROTATED), {"KL303"}),
            (Verdict(Live.LIVE, Reason.ROTATED, grace_until=on("2026-12-01")), {"KL303"}),
            (Verdict(Live.LIVE, Reason.ACTIVE, expires_at=on("2026-12-01")), {"KL304"}),
            (Verdict(Live.DEAD, Reason.REVOKED, expires_at=on("2026-12-01")), {"KL302"}),
        ],
    )
    def test_verdicts(self, verdict: Verdict, codes: set[str]) -> None:
        definition = defined()
        found = codes_at(definition, keyed(definition, verdict=verdict))
        assert {c for c in found if c.startswith("KL3")} - {"KL307"} == codes

    def test_own_expiry_is_said_once(self) -> None:
        definition = defined(claims=Claims(expires_at=on("2026-01-01")))
        found = codes_at(definition, keyed(definition, verdict=Verdict(Live.DEAD, Reason.EXPIRED)))
        assert {"KL301", "KL302"} & set(found) == {"KL301"}

    def test_dead_key_lists_every_place_to_update(self) -> None:
        first, second = defined(".env", 3, channel=Channel.DOTENV), defined("compose.yaml", 12, channel=Channel.COMPOSE)
        sample = defined(".env.example", role=Role.EXAMPLE)
        verdict = Verdict(Live.DEAD, Reason.REVOKED, source="inventory", observed_at=on("2026-10-01"))
        hit = codes_at(first, keyed(first, second, sample, verdict=verdict))["KL302"]
        assert hit.message == "Acme API key is revoked (inventory, 2026-10-01): Acme answers 401 bad key"
        assert hit.help == "Create a new key at https://acme.example/keys, then update .env:3 and compose.yaml:12."

    def test_rotated_key_names_its_successor_and_grace(self) -> None:
        definition = defined()
        dead = Verdict(Live.DEAD, Reason.ROTATED, replaced_by="vault acme#v3")
        hit = codes_at(definition, keyed(definition, verdict=dead))["KL303"]
        assert "vault acme#v3" in hit.message
        assert hit.severity is None
        graceful = replace(dead, live=Live.LIVE, grace_until=on("2026-12-01"))
        hit = codes_at(definition, keyed(definition, verdict=graceful))["KL303"]
        assert "works until 2026-12-01" in hit.message
        assert hit.severity is Severity.WARNING

    @pytest.mark.parametrize(
        ("as_of", "confidence", "code", "severity"),
        [
            ("2026-10-01", Confidence.HIGH, None, None),
            ("2026-11-20", Confidence.HIGH, "KL304", None),
            ("2026-12-01", Confidence.HIGH, "KL305", None),
            ("2026-12-01", Confidence.MEDIUM, "KL305", Severity.WARNING),
        ],
    )
    def test_retired(self, as_of: str, confidence: Confidence, code: str | None, severity: Severity | None) -> None:
        kind = replace(RETIRED, confidence=confidence)
        context = replace(CONTEXT, as_of=on(as_of), kinds={kind.id: kind})
        definition = defined(kind=kind)
        found = {
            c: hit
            for c in ("KL304", "KL305")
            for hit in RULES[c].check_definition(definition, keyed(definition, kind=kind), context)
        }
        assert list(found) == ([code] if code else [])
        assert [hit.severity for hit in found.values()] == ([severity] if code else [])

    def test_one_current_kind_among_the_candidates_is_enough(self) -> None:
        definition = defined(kind=RETIRED)
        definition = replace(definition, judgement=replace(definition.judgement, kinds=(RETIRED.id, KIND.id)))
        context = replace(CONTEXT, as_of=on("2027-01-01"))
        assert list(RULES["KL305"].check_definition(definition, keyed(definition, kind=RETIRED), context)) == []

    def test_a_retirement_of_hearsay_is_a_warning(self) -> None:
        assert RETIRED.retired is not None
        kind = replace(RETIRED, retired=replace(RETIRED.retired, confidence=Confidence.MEDIUM))
        context = replace(CONTEXT, as_of=on("2026-12-24"), kinds={kind.id: kind})
        definition = defined(kind=kind)
        (hit,) = RULES["KL305"].check_definition(definition, keyed(definition, kind=kind), context)
        assert (hit.severity, hit.confidence) == (Severity.WARNING, Confidence.MEDIUM)
        assert "2026-12-01" in hit.message
        # It does not stand in the way of who knows for sure.
        revoked = keyed(definition, kind=kind, verdict=Verdict(Live.DEAD, Reason.REVOKED, source="inventory"))
        assert list(RULES["KL302"].check_definition(definition, revoked, context))

    def test_unused(self) -> None:
        used, unused = defined(), defined(line=2)
        key = keyed(used, unused, traces=(traced(used, Outcome(OutcomeKind.WORKS)),))
        assert not RULES["KL307"].default
        assert ["KL307" in codes_at(definition, key) for definition in (used, unused)] == [False, True]


YEAR = Lifetime("1 year", "https://a.example/lifetime", since=date(2024, 1, 1))
MORTAL = KeyKind("acme-mortal", "acme", "Acme mortal key", (), lifetime=YEAR)
HOUR = KeyKind("acme-hour", "acme", "Acme session key", (), lifetime=Lifetime("1 hour", "https://a.example/hour"))


def judged_by(
    code: str, definition: Definition, kind: KeyKind, committed: str | None = None, **changes: Any
) -> Hit | None:
    """Return what a rule says of a key of this kind, in a line that was committed on that day."""
    history = {definition.place: on(committed)} if committed else {}
    known = {kind.id: kind, **{each.id: each for each in changes.pop("others", ())}}
    as_of = on(changes.pop("as_of", "2026-11-20"))
    context = Context(as_of, known, {"acme": ACME}, history=history.get)
    hits = list(RULES[code].check_definition(definition, keyed(definition, kind=kind, **changes), context))
    assert len(hits) <= 1
    return hits[0] if hits else None


class TestAge:
    """A key that says when it was issued, one that an inventory knows, and one in an old line."""

    @pytest.mark.parametrize(
        ("issued", "code"),
        [
            ("2025-11-19", "KL301"),
            ("2025-11-20", "KL301"),
            ("2025-11-21", "KL304"),
            ("2026-11-01", None),
            ("2023-01-01", None),
        ],
    )
    def test_own_day_of_issue(self, issued: str, code: str | None) -> None:
        definition = defined(kind=MORTAL, claims=Claims(issued_at=on(issued)))
        assert [c for c in ("KL301", "KL304") if judged_by(c, definition, MORTAL)] == ([code] if code else [])

    def test_the_message_names_both_dates_and_the_source(self) -> None:
        hit = judged_by("KL301", defined(kind=MORTAL, claims=Claims(issued_at=on("2024-03-01"))), MORTAL)
        assert hit is not None
        assert hit.message == (
            "Acme mortal key expired on 2025-03-01 (issued on 2024-03-01, as it says itself; "
            "it lives at most 1 year (https://a.example/lifetime)): Acme answers 401 bad key"
        )
        assert (hit.severity, hit.confidence) == (None, Confidence.HIGH)

    def test_a_month_ends_on_its_last_day(self) -> None:
        claims = Claims(issued_at=on("2025-11-01"), details=(("issued", "2025-11"),))
        definition = defined(kind=MORTAL, claims=claims)
        assert judged_by("KL301", definition, MORTAL) is None
        hit = judged_by("KL301", definition, MORTAL, as_of="2026-12-24")
        assert hit is not None
        assert "issued by 2025-12-02" in hit.message

    @pytest.mark.parametrize(
        "kind",
        [
            replace(MORTAL, confidence=Confidence.MEDIUM),
            replace(MORTAL, lifetime=replace(YEAR, confidence=Confidence.MEDIUM)),
        ],
    )
    def test_hearsay_warns(self, kind: KeyKind) -> None:
        hit = judged_by("KL301", defined(kind=kind, claims=Claims(issued_at=on("2024-03-01"))), kind)
        assert hit is not None
        assert (hit.severity, hit.confidence) == (Severity.WARNING, Confidence.MEDIUM)

    def test_every_kind_that_it_can_be_of_has_to_agree(self) -> None:
        definition = defined(kind=MORTAL, claims=Claims(issued_at=on("2024-03-01")))
        both = replace(definition, judgement=replace(definition.judgement, kinds=(MORTAL.id, KIND.id)))
        assert judged_by("KL301", both, MORTAL, others=[KIND]) is None
        assert judged_by("KL306", both, MORTAL, "2024-06-01", others=[KIND]) is None

    @pytest.mark.parametrize(
        ("committed", "reported"),
        [(None, False), ("2023-06-01", True), ("2024-06-01", True), ("2025-11-20", True), ("2025-11-21", False)],
    )
    def test_old_lines(self, committed: str | None, reported: bool) -> None:
        kind = replace(MORTAL, lifetime=replace(YEAR, since=date(2024, 1, 1), older=date(2024, 12, 31)))
        hit = judged_by("KL306", defined(kind=kind), kind, committed)
        assert (hit is not None) == reported
        if hit is not None:
            assert committed is not None
            assert committed in hit.message
            assert "1 year (https://a.example/lifetime)" in hit.message

    def test_a_line_cannot_tell_whether_its_key_is_bound(self) -> None:
        assert judged_by("KL306", defined(kind=MORTAL), MORTAL, "2024-06-01") is None

    def test_what_lives_for_hours_is_not_to_be_stored(self) -> None:
        hit = judged_by("KL306", defined(kind=HOUR), HOUR, "2026-11-18")
        assert hit is not None
        assert "fetch one when it starts" in hit.help

    def test_an_inventory_knows_the_day_of_issue(self) -> None:
        seen = Observation(
            "f", "inventory keys.yaml", Tier.INVENTORY, Live.LIVE, Reason.ACTIVE, issued_at=on("2025-01-10")
        )
        verdict = Verdict(Live.LIVE, Reason.ACTIVE, observations=(seen,))
        hit = judged_by("KL306", defined(kind=MORTAL), MORTAL, verdict=verdict)
        assert hit is not None
        assert "issued on 2025-01-10 (inventory keys.yaml)" in hit.message
        assert hit.message.endswith("ended by 2026-01-10")
        # Who knows the end knows better.
        ends = replace(verdict, expires_at=on("2030-01-01"))
        assert judged_by("KL306", defined(kind=MORTAL), MORTAL, verdict=ends) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"claims": Claims(expires_at=on("2026-01-01"))},
            {"claims": Claims(expires_at=on("2030-01-01"))},
            {"defects": (CUT,)},
            {"role": Role.EXAMPLE},
        ],
    )
    def test_what_is_known_better_is_not_judged_by_its_line(self, changes: dict[str, Any]) -> None:
        assert judged_by("KL306", defined(kind=HOUR, **changes), HOUR, "2020-01-01") is None

    @pytest.mark.parametrize("reason", [Reason.EXPIRED, Reason.REVOKED, Reason.ROTATED, Reason.DISABLED])
    def test_a_dead_key_is_said_once(self, reason: Reason) -> None:
        assert judged_by("KL306", defined(kind=HOUR), HOUR, "2020-01-01", verdict=Verdict(Live.DEAD, reason)) is None

    @pytest.mark.parametrize(
        ("claims", "said"),
        [
            (Claims(issued_at=on("2026-11-21")), None),
            (Claims(issued_at=on("2026-11-22")), "was issued on 2026-11-22, after the day of the check"),
            (Claims(not_before=on("2026-11-21")), None),
            (Claims(not_before=on("2027-01-01")), "is not valid before 2027-01-01"),
        ],
    )
    def test_keys_from_the_future(self, claims: Claims, said: str | None) -> None:
        hit = judged_by("KL211", defined(kind=KIND, claims=claims), KIND)
        assert (hit is not None) == (said is not None)
        assert hit is None or (said is not None and said in hit.message and hit.confidence is Confidence.MEDIUM)

    @pytest.mark.parametrize(
        ("kind", "claims", "verdict", "why"),
        [
            (KIND, Claims(expires_at=on("2026-12-01")), Verdict(), "as it says itself"),
            (
                MORTAL,
                Claims(issued_at=on("2025-12-01")),
                Verdict(),
                "issued on 2025-12-01, as it says itself; it lives",
            ),
            (
                KIND,
                Claims(),
                Verdict(Live.LIVE, Reason.ACTIVE, source="inventory keys.yaml", expires_at=on("2026-12-01")),
                "says inventory keys.yaml",
            ),
            (RETIRED, Claims(), Verdict(), "No more.: https://a.example"),
        ],
    )
    def test_an_end_that_is_near_names_who_says_so(
        self, kind: KeyKind, claims: Claims, verdict: Verdict, why: str
    ) -> None:
        hit = judged_by("KL304", defined(kind=kind, claims=claims), kind, verdict=verdict)
        assert hit is not None
        assert hit.message.startswith(f"{kind.name} stops working on 2026-12-01, in 11 days (")
        assert why in hit.message


FAILS, UNKNOWN, WORKS = OutcomeKind.FAILS, OutcomeKind.UNKNOWN, OutcomeKind.WORKS


class TestRuntime:
    @pytest.mark.parametrize(
        ("outcome", "codes"),
        [
            (Outcome(FAILS, "KL201"), {"KL401"}),
            (Outcome(FAILS, "KL208"), {"KL401"}),
            (Outcome(FAILS, "KL302"), {"KL401"}),
            (Outcome(UNKNOWN, "KL211"), set()),
            (Outcome(UNKNOWN, "KL201"), set()),
            (Outcome(WORKS), set()),
            (Outcome(WORKS, "KL405"), {"KL405"}),
            (Outcome(FAILS, "KL402"), {"KL402"}),
            (Outcome(UNKNOWN, "KL402"), set()),
            (Outcome(FAILS, "KL403"), {"KL403"}),
            (Outcome(FAILS, "KL404"), {"KL404"}),
            (Outcome(OutcomeKind.WILL_FAIL, "KL301", on=on("2027-01-01")), {"KL408"}),
        ],
    )
    def test_one_code_per_cause(self, outcome: Outcome, codes: set[str]) -> None:
        definition = defined(".env", 3, channel=Channel.DOTENV)
        trace = traced(definition, outcome)
        key = keyed(definition, traces=(trace,))
        hits = {code: hit for code in RULES for hit in says(code, trace, key)}
        assert set(hits) == codes
        assert all(hit.place == trace.use.place for hit in hits.values())
        assert all(".env:3" in hit.message + hit.help for code, hit in hits.items() if code != "KL403")

    def test_a_failing_call_names_exception_cause_and_definition(self) -> None:
        definition = defined(".env", 3, channel=Channel.DOTENV, defects=(CUT,))
        (hit,) = says(
            "KL401", traced(definition, Outcome(FAILS, "KL201", "acme.AuthError: 401 bad key")), keyed(definition)
        )
        assert hit.message == (
            "acme.Client(api_key=…) will fail (acme.AuthError: 401 bad key): "
            "the Acme API key from .env:3 has the wrong length (3 characters short: 37 of 40)"
        )
        assert hit.help == "Create a new key at https://acme.example/keys, then update .env:3."

    def test_a_dead_key_names_who_says_so(self) -> None:
        definition = defined()
        verdict = Verdict(Live.DEAD, Reason.REVOKED, source="inventory keys.yaml", observed_at=on("2026-10-01"))
        trace = traced(definition, Outcome(FAILS, "KL302", "acme.AuthError"))
        (hit,) = says("KL401", trace, keyed(definition, verdict=verdict))
        assert hit.message.endswith("the Acme API key from app.py:1 is revoked (inventory keys.yaml, 2026-10-01)")

    def test_an_uncertain_defect_makes_no_failing_call(self) -> None:
        definition = defined(defects=(replace(CUT, certain=False),))
        assert says("KL401", traced(definition, Outcome(FAILS, "KL201")), keyed(definition)) == []

    @pytest.mark.parametrize(("kind", "severity"), [(FAILS, Severity.ERROR), (UNKNOWN, None)])
    def test_missing_key_is_an_error_only_where_nothing_else_can_supply_it(
        self, kind: OutcomeKind, severity: Severity | None
    ) -> None:
        trace = traced(
            None, Outcome(kind, "KL403", "acme.NoKey at construction"), variable="ACME_KEY", nearest="ACME_API_KEY"
        )
        (hit,) = says("KL403", trace)
        assert hit.severity is severity
        assert hit.message.endswith(
            " gets no key (acme.NoKey at construction): ACME_KEY is not defined in this project; ACME_API_KEY is"
        )
        assert (
            hit.help
            == "Did you mean ACME_API_KEY? Rename one of the two, or define ACME_KEY where the program is started."
        )

    def test_wrong_provider_names_both(self) -> None:
        other = Provider("other", "Other")
        key = Key("f", "…", replace(KIND, provider="other", name="Other API key"), other, ())
        (hit,) = says("KL402", traced(defined("use.py", 9), Outcome(FAILS, "KL402")), key)
        assert "takes a key of Acme, and gets the Other API key written here: Acme answers 401 bad key" in hit.message
        assert "ACME_API_KEY" in hit.help

    @pytest.mark.parametrize(
        ("environment", "kind", "reached", "reported"),
        [
            ("production", TEST, False, True),
            ("production", TEST, True, False),
            ("staging", TEST, False, False),
            (None, TEST, False, False),
            ("production", KIND, False, False),
        ],
    )
    def test_test_key_at_the_definition(
        self, environment: str | None, kind: KeyKind, reached: bool, reported: bool
    ) -> None:
        definition = defined(".env.production", kind=kind, environment=environment)
        traces = (traced(definition, Outcome(WORKS, "KL405")),) if reached else ()
        assert ("KL405" in codes_at(definition, keyed(definition, kind=kind, traces=traces))) is reported


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdef"), "a, b, c, d and 2 more"),
    ],
)
def test_listed(items: list[str], text: str) -> None:
    assert listed(items) == text


def test_a_place_in_a_notebook_names_its_cell() -> None:
    assert at(Place("a.ipynb", 2, 1, 2, 5, cell=3)) == "a.ipynb cell 3:2"


def test_no_hit_ever_shows_a_value() -> None:
    definition = defined(channel=Channel.DOTENV, defects=tuple(Defect(code, "x", remove=((0, 1),)) for code in RULES))
    outcomes = [Outcome(kind, cause, on=CONTEXT.as_of) for kind in OutcomeKind for cause in [*RULES, None]]
    traces = tuple(traced(definition, outcome) for outcome in outcomes)
    verdict = Verdict(Live.DEAD, Reason.REVOKED, "inventory", CONTEXT.as_of, replaced_by="vault#v3")
    key = keyed(definition, traces=traces, verdict=verdict)
    hits = [hit for trace in traces for code in RULES for hit in says(code, trace, key)]
    hits += codes_at(definition, key).values()
    assert len({hit.message for hit in hits}) > 15
    assert not [hit for hit in hits if VALUE in repr(hit)]
