from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keylint.model import (
    Asked,
    Channel,
    Claims,
    Confidence,
    Defect,
    Definition,
    Edit,
    Finding,
    Fix,
    Judgement,
    Key,
    KeyKind,
    Live,
    Opaque,
    Outcome,
    OutcomeKind,
    Place,
    Provider,
    Reason,
    Report,
    RuleInfo,
    Secret,
    Severity,
    Skipped,
    Step,
    Trace,
    Use,
    Verdict,
)

AS_OF = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OPENAI_KIND = KeyKind("openai-project-key", "openai", "OpenAI project key", ())
STRIPE_KIND = KeyKind("stripe-secret-key", "stripe", "secret key", ())
OPENAI = Provider("openai", "OpenAI", (OPENAI_KIND,), dashboard="https://platform.openai.com/api-keys")
STRIPE = Provider("stripe", "Stripe", (STRIPE_KIND,), dashboard="https://dashboard.stripe.com/apikeys")


def at(path: str, line: int, column: int = 1, length: int = 10, cell: int | None = None) -> Place:
    return Place(path, line, column, line, column + length, cell)


def canary(number: int) -> str:
    """A value that must appear in no output; not shaped like any key."""
    return "".join(chr(ord("a") + (i * 7 + number) % 26) for i in range(48))


def definition(place: Place, number: int, masked: str, **more: object) -> Definition:
    return replace(
        Definition(place, Secret(canary(number), masked), Channel.PYTHON, judgement=Judgement(key=canary(number))),
        **more,  # type: ignore[arg-type]
    )


def use(place: Place, sink: str, provider: str) -> Use:
    return Use(place, sink, sink.split("(")[0], provider, Opaque(), "api_key")


SETTINGS = at("app/settings.py", 3, 19, 14)
VALUES = at("deploy/values-production.yaml", 14, 11, 51)
IMPORTED = at("app/clients.py", 4, 26, 14)
CALL = at("app/main.py", 30, 14, 30)
JOB = at("app/jobs.py", 8, 3, 22)
DOTENV = at(".env", 3, 19, 37)
CHARGE = at("app/billing.py", 12, 1, 40)
MISSING = at("app/search.py", 7, 10, 28)
CELL = at("notebooks/try it.ipynb", 2, 11, 51, cell=3)


def dead_key() -> Key:
    settings = definition(SETTINGS, 1, "sk-proj-…x9Qd", name="OPENAI_API_KEY", environment="production")
    values = definition(
        VALUES, 1, "sk-proj-…x9Qd", name="env.OPENAI_API_KEY", channel=Channel.YAML, environment="production"
    )
    steps = (Step(SETTINGS, "OPENAI_API_KEY"), Step(IMPORTED, "imported as OPENAI_API_KEY"), Step(CALL, "used"))
    main, job = use(CALL, "openai.OpenAI(api_key=…)", "openai"), use(JOB, "openai.AsyncOpenAI()", "openai")
    fails = Outcome(OutcomeKind.FAILS, "KL302", "401 invalid_api_key")
    return Key(
        "kl1:p1:3fa9c1d2e4f5a6b7",
        "sk-proj-…x9Qd",
        OPENAI_KIND,
        OPENAI,
        (settings, values),
        (
            Trace(main, settings, steps, "production", fails),
            Trace(main, None, (), "staging", Outcome(OutcomeKind.WORKS)),
            Trace(job, values, (), None, fails),
        ),
        Verdict(
            Live.DEAD,
            Reason.REVOKED,
            "inventory keys.yaml",
            observed_at=AS_OF - timedelta(days=2),
            replaced_by="vault payments/openai#v3",
            owner="team-ml",
        ),
    )


def malformed_key() -> Key:
    defect = Defect("KL202", "checksum says `2Bq1fZ`, key has `2Bq1fX`: mistyped")
    dotenv = definition(
        DOTENV,
        2,
        "sk_live_…",
        name="STRIPE_SECRET_KEY",
        channel=Channel.DOTENV,
        judgement=Judgement(("stripe-secret-key",), defects=(defect,), key=canary(2)),
    )
    steps = (Step(DOTENV, "STRIPE_SECRET_KEY"), Step(CHARGE, "stripe.api_key"))
    charge = use(CHARGE, "stripe.api_key", "stripe")
    trace = Trace(charge, dotenv, steps, None, Outcome(OutcomeKind.FAILS, "KL202", "401"), "STRIPE_SECRET_KEY")
    verdict = Verdict(Live.DEAD, Reason.MALFORMED, "offline proof")
    return Key("kl1:p1:77ab00c1d2e3f4a5", "sk_live_…", STRIPE_KIND, STRIPE, (dotenv,), (trace,), verdict)


def unknown_key() -> Key:
    cell = definition(CELL, 3, "hf_…", name="token", channel=Channel.NOTEBOOK)
    return Key("kl1:p1:0d0d0d1111111111", "hf_…", None, None, (cell,))


def missing_variable() -> Trace:
    outcome = Outcome(OutcomeKind.FAILS, "KL403", "KeyError")
    return Trace(use(MISSING, "pinecone.Pinecone(api_key=…)", "pinecone"), None, (), None, outcome, "PINECONE_KEY")


def refused(sink: str, where: str) -> str:
    return f"{sink} will raise openai.AuthenticationError (401 invalid_api_key): the key from {where} is dead"


def findings() -> tuple[Finding, ...]:
    dead, malformed, unknown = dead_key(), malformed_key(), unknown_key()
    trace = (*dead.traces[0].steps[:2], Step(CALL, "openai.OpenAI(api_key=…)"))
    error = Severity.ERROR
    found = (
        Finding(
            "KL202", "bad-checksum", malformed.definitions[0].judgement.defects[0].message, error, DOTENV,
            key=malformed, excerpt="STRIPE_SECRET_KEY=sk_live_…", excerpt_span=(18, 26), subject="STRIPE_SECRET_KEY",
            fix=Fix(True, "drop the quotes that the loader keeps", (Edit(at(".env", 3, 19, 1), ""),)),
            help="Copy the key again from the dashboard", url="https://keylint.example/rules/KL202",
        ),
        Finding(
            "KL401", "call-will-fail", "stripe.api_key will raise stripe.AuthenticationError (401)", error, CHARGE,
            key=malformed, subject="stripe.api_key",
            outcome=malformed.traces[0].outcome, trace=malformed.traces[0].steps, excerpt="stripe.api_key = key",
            excerpt_span=(0, 20),
        ),
        Finding(
            "KL401", "call-will-fail", refused("openai.AsyncOpenAI()", "deploy/values-production.yaml:14"), error, JOB,
            key=dead, outcome=dead.traces[0].outcome, trace=(Step(VALUES, "env"), Step(JOB, "openai.AsyncOpenAI()")),
            subject="openai.AsyncOpenAI",
        ),
        Finding(
            "KL401", "call-will-fail", refused("openai.OpenAI(api_key=…)", "app/settings.py:3"), error, CALL,
            key=dead, outcome=dead.traces[0].outcome, environments=("production",), trace=trace,
            subject="openai.OpenAI",
        ),
        Finding(
            "KL403", "missing-key", "PINECONE_KEY is defined nowhere; the nearest name is PINECONE_API_KEY",
            Severity.WARNING, MISSING, outcome=missing_variable().outcome, excerpt='pc = Pinecone(os.environ["…"])',
            excerpt_span=(5, 30), help="Define PINECONE_KEY, or read PINECONE_API_KEY.", subject="PINECONE_KEY",
        ),
        Finding(
            "KL101", "hardcoded-key", "an OpenAI key is written into the code", error, SETTINGS, key=dead,
            excerpt='OPENAI_API_KEY = "sk-proj-…x9Qd"', excerpt_span=(18, 31), subject="OPENAI_API_KEY",
        ),
        Finding(
            "KL302", "dead-key", "the key was revoked: whoever uses it is refused", error, SETTINGS, key=dead,
            excerpt='OPENAI_API_KEY = "sk-proj-…x9Qd"', excerpt_span=(18, 31), subject="OPENAI_API_KEY",
            help="Make a new key, store it outside the code and replace the old one everywhere.",
        ),
        Finding(
            "KL211", "suspicious-key", "41 characters: keys of this kind had 37 so far", Severity.NOTE, CELL,
            confidence=Confidence.MEDIUM, key=unknown, excerpt='token = "hf_…"', excerpt_span=(9, 13), subject="token",
        ),
    )  # fmt: skip
    return tuple(sorted(found, key=lambda f: (f.place.path, f.place.cell or 0, f.place.line, f.place.column, f.code)))


RULES = (
    RuleInfo("KL101", "hardcoded-key", "A key is written into the code.", "Take it out.\n\nMore.", Severity.ERROR, ""),
    RuleInfo("KL202", "bad-checksum", "A key is mistyped.", "", Severity.ERROR, "https://keylint.example/rules/KL202"),
    RuleInfo("KL302", "dead-key", "A key is dead.", "Make a new one.", Severity.ERROR, ""),
    RuleInfo("KL401", "call-will-fail", "This call will fail.", "See its cause.", Severity.ERROR, ""),
    RuleInfo("KL403", "missing-key", "A variable is not defined.", "Define it.", Severity.WARNING, ""),
)


@pytest.fixture
def report() -> Report:
    return Report(
        version="1.2.3",
        root="/srv/a project",
        as_of=AS_OF,
        files=1204,
        bytes=8_120_400,
        duration_s=0.4321,
        findings=findings(),
        keys=(dead_key(), malformed_key(), unknown_key()),
        keyless=(missing_variable(),),
        skipped=(
            Skipped("img/a.png", "binary"),
            Skipped("img/b.png", "binary"),
            Skipped("big.json", "too large"),
            Skipped("broken.py", "line 3: invalid syntax", partial=True),
        ),
        asked=(Asked("vault", 3, cached=1, said=1),),
        suppressed_inline=1,
        rules=RULES,
    )


@pytest.fixture
def clean_report() -> Report:
    return Report("1.2.3", "/srv/project", AS_OF, 12, 3400, 0.05, keys=(unknown_key(),))


@pytest.fixture
def expired_key() -> Key:
    expires = datetime(2017, 1, 1, tzinfo=UTC)
    judgement = Judgement(well_formed=True, claims=Claims(expires_at=expires))
    place = at("token.txt", 1)
    found = definition(place, 4, "eyJ…", judgement=judgement, channel=Channel.TEXT)
    verdict = Verdict(Live.DEAD, Reason.EXPIRED, "claims", expires_at=expires)
    return Key("kl1:p1:abcdef0123", "eyJ…", None, None, (found,), verdict=verdict)
