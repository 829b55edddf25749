from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from keylint.link import Reach, outcome
from keylint.model import (
    Channel,
    Confidence,
    Damage,
    Defect,
    Definition,
    Judgement,
    KeyKind,
    Live,
    Nothing,
    OutcomeKind,
    Place,
    Provider,
    Reason,
    Retirement,
    Secrecy,
    Secret,
    Sink,
    Use,
    Verdict,
)

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
FAILS, WORKS, WILL_FAIL, UNKNOWN = OutcomeKind.FAILS, OutcomeKind.WORKS, OutcomeKind.WILL_FAIL, OutcomeKind.UNKNOWN
PLACE = Place("app.py", 1, 1, 1, 5)


def kind(name: str, provider: str = "acme", **more: object) -> KeyKind:
    return replace(KeyKind(name, provider, f"the {name} key", ("'x'",)), **more)


KINDS = {
    each.id: each
    for each in (
        kind("acme-secret"),
        kind("acme-live", environment="live"),
        kind("acme-test", environment="test"),
        kind("acme-public", secrecy=Secrecy.PUBLISHABLE),
        kind("acme-id", secrecy=Secrecy.IDENTIFIER),
        kind("acme-admin"),
        kind("acme-old", retired=Retirement(date(2026, 7, 28), "gone", "")),
        kind("acme-going", retired=Retirement(date(2026, 12, 1), "going", "")),
        kind("acme-rumoured", retired=Retirement(date(2026, 7, 28), "gone", "", Confidence.MEDIUM)),
        kind("other-secret", "other"),
        kind("other-guess", "other", confidence=Confidence.MEDIUM),
        kind("other-context", "other", context=True),
    )
}
ACME = Provider(
    "acme", "Acme", kinds=tuple(each for each in KINDS.values() if each.provider == "acme"), refusal="401 bad key",
    exception="acme.AuthError", dirty={"newline": "InvalidHeader, nothing is sent", "empty": "acme.NoKey"},
)  # fmt: skip


@dataclass
class Known:
    kinds: dict[str, KeyKind] = field(default_factory=lambda: KINDS)
    providers: dict[str, Provider] = field(default_factory=lambda: {"acme": ACME})


SINK = Sink(
    "acme.Client",
    "acme",
    accepts=("acme-secret", "acme-live", "acme-test", "acme-old", "acme-going", "acme-rumoured"),
    missing="acme.NoKeyError",
)


def reach(
    *kinds: str, defects: tuple[Defect, ...] = (), value: str = "value", why: str | None = None, environment: str | None = None,
    provider: str = "acme", elsewhere: bool = False, call: str = "acme.Client", **more: object,
) -> Reach:  # fmt: skip
    judgement = Judgement(kinds, well_formed=not defects, defects=defects)
    definition = Definition(PLACE, Secret(value), Channel.DOTENV, judgement=judgement)
    use = Use(PLACE, "sink", call, provider, Nothing(PLACE), elsewhere=elsewhere)
    return Reach(use, None if why else definition, (), environment, why=why, **more)  # type: ignore[arg-type]


def judged(one: Reach, sink: Sink | None = SINK, verdict: Verdict | None = None) -> tuple[OutcomeKind, str | None]:
    result = outcome(one, sink, verdict, Known(), AS_OF)
    assert (result.kind in (FAILS, WILL_FAIL)) <= (result.cause is not None)
    assert (result.kind in (FAILS, WILL_FAIL)) <= bool(result.reason)
    return result.kind, result.cause


LIVE, DEAD = Verdict(Live.LIVE, Reason.ACTIVE), Verdict(Live.DEAD, Reason.REVOKED)


def live_until(days: int) -> Verdict:
    return replace(LIVE, expires_at=AS_OF + timedelta(days=days))


def defect(code: str, certain: bool = True) -> Defect:
    return Defect(code, f"what is wrong: {code}", certain)


TABLE = [
    # reach, verdict, outcome
    (reach("acme-secret"), None, (UNKNOWN, None)),
    (reach("acme-secret"), LIVE, (WORKS, None)),
    (reach("acme-secret"), DEAD, (FAILS, "KL302")),
    (reach("acme-secret"), replace(DEAD, reason=Reason.EXPIRED), (FAILS, "KL301")),
    (reach("acme-secret"), replace(DEAD, reason=Reason.ROTATED), (FAILS, "KL303")),
    (reach("acme-secret"), replace(DEAD, reason=None), (FAILS, "KL302")),
    (reach("acme-secret"), live_until(10), (WILL_FAIL, "KL304")),
    (reach("acme-secret"), live_until(30), (WILL_FAIL, "KL304")),
    (reach("acme-secret"), live_until(31), (WORKS, None)),
    (reach("acme-secret"), replace(LIVE, grace_until=AS_OF + timedelta(days=1)), (WILL_FAIL, "KL303")),
    (reach("acme-secret"), replace(LIVE, live=Live.NONE), (UNKNOWN, None)),
    *((reach("acme-secret", defects=(defect(code),)), LIVE, (FAILS, code))
      for code in ("KL201", "KL202", "KL203", "KL204", "KL205", "KL206", "KL207")),
    (reach("acme-secret", defects=(defect("KL211", certain=False),)), None, (UNKNOWN, None)),
    (reach("acme-secret", defects=(defect("KL201", certain=False),)), None, (UNKNOWN, None)),
    (reach("acme-secret", defects=(defect("KL201"), defect("KL205"))), None, (FAILS, "KL205")),
    (reach("acme-secret", defects=(defect("KL204"),), stripped=True), LIVE, (WORKS, None)),
    (reach("acme-secret", defects=(defect("KL204"),), stripped=True), DEAD, (FAILS, "KL302")),
    (reach("other-secret"), LIVE, (FAILS, "KL402")),
    (reach("other-secret", elsewhere=True), LIVE, (WORKS, None)),
    (reach("other-secret", "acme-secret"), None, (UNKNOWN, None)),
    (reach("other-guess"), None, (UNKNOWN, None)),
    (reach("other-context"), None, (UNKNOWN, None)),
    (reach("acme-admin"), LIVE, (FAILS, "KL402")),
    (reach("acme-id"), None, (FAILS, "KL402")),
    (reach("acme-public"), LIVE, (FAILS, "KL208")),
    (reach("acme-public", elsewhere=True), LIVE, (FAILS, "KL208")),
    (reach(), None, (UNKNOWN, None)),
    (reach("acme-old"), LIVE, (FAILS, "KL305")),
    (reach("acme-old", "acme-secret"), LIVE, (WORKS, None)),
    (reach("acme-rumoured"), LIVE, (WORKS, None)),
    (reach("acme-going"), LIVE, (WILL_FAIL, "KL305")),
    (reach("acme-going"), live_until(5), (WILL_FAIL, "KL304")),
    (reach("acme-test", environment="production"), LIVE, (UNKNOWN, "KL405")),
    (reach("acme-test", environment="production"), DEAD, (FAILS, "KL302")),
    (reach("acme-test", environment="staging"), LIVE, (WORKS, None)),
    (reach("acme-test"), None, (UNKNOWN, None)),
    (reach("acme-live", environment="production"), None, (UNKNOWN, None)),
    (reach(why="empty"), None, (FAILS, "KL404")),
    (reach(why="none"), None, (FAILS, "KL404")),
    (reach(why="missing", variable="ACME_KEY"), None, (FAILS, "KL403")),
    (reach(why="missing", variable="ACME_KEY", required=True), None, (FAILS, "KL403")),
    (reach(why="missing", variable="ACME_KEY", instead="ACME_API_KEY"), None, (UNKNOWN, "KL403")),
    (reach(why="opaque"), None, (UNKNOWN, None)),
    (reach(why="works-without"), None, (WORKS, None)),
]  # fmt: skip


@pytest.mark.parametrize(("one", "verdict", "expected"), TABLE)
def test_table(one, verdict, expected):
    assert judged(one, verdict=verdict) == expected


def test_what_the_sink_says():
    stray = reach("acme-secret", defects=(defect("KL204"),))
    assert judged(stray, replace(SINK, strips=True), LIVE) == (WORKS, None)
    assert judged(reach(why="none"), replace(SINK, optional=True)) == (WORKS, None)
    assert judged(reach("other-secret"), replace(SINK, accepts=())) == (UNKNOWN, None)


def test_a_test_key_defined_for_production():
    one = reach("acme-test")
    assert one.definition is not None
    there = replace(one, definition=replace(one.definition, environment="production"))
    assert judged(there, verdict=LIVE) == (UNKNOWN, "KL405")


def test_http_headers_take_the_keys_of_the_host():
    assert judged(reach("other-secret", call=""), None) == (FAILS, "KL402")
    assert judged(reach("acme-admin", call=""), None) == (UNKNOWN, None)
    assert judged(reach("other-secret", call="", provider="unheard-of"), None) == (UNKNOWN, None)


REASONS = [
    (reach("acme-secret"), SINK, DEAD, "acme.AuthError: 401 bad key"),
    (reach("acme-secret", call=""), None, DEAD, "401 bad key"),
    (reach("acme-secret", value="v\n", defects=(defect("KL204"),)), SINK, None, "InvalidHeader, nothing is sent"),
    (reach("acme-secret", value=" v", defects=(defect("KL204"),)), SINK, None, "acme.AuthError: 401 bad key"),
    (reach(why="empty"), SINK, None, "acme.NoKey"),
    (reach(why="none"), SINK, None, "acme.NoKeyError"),
    (reach(why="missing", variable="K", required=True), SINK, None, "KeyError: 'K'"),
    (reach(why="missing", variable="K"), SINK, None, "acme.NoKeyError"),
    (reach("acme-id"), SINK, None, "the acme-id key is not what this call takes: acme.AuthError: 401 bad key"),
    (reach("acme-secret", defects=(defect("KL201"),), provider="nobody"), None, None, "what is wrong: KL201"),
]


@pytest.mark.parametrize(("one", "sink", "verdict", "reason"), REASONS)
def test_reasons(one, sink, verdict, reason):
    assert outcome(one, sink, verdict, Known(), AS_OF).reason == reason


def test_the_date_of_the_end():
    ends = outcome(reach("acme-secret"), SINK, live_until(10), Known(), AS_OF)
    assert ends.on == AS_OF + timedelta(days=10)


@pytest.mark.parametrize(("kinds", "expected"), [(("acme-secret",), (FAILS, "KL201")), ((), (UNKNOWN, None))])
def test_what_compose_leaves_of_a_key(kinds, expected):
    one = reach(*kinds)
    cut = replace(one.definition, damage=Damage.INTERPOLATED, loader="docker compose")
    found = replace(one, definition=cut)
    assert judged(found) == expected
    assert ("docker compose replaces" in outcome(found, SINK, None, Known(), AS_OF).reason) == bool(kinds)
