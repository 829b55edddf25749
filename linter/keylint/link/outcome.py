"""What becomes of a use: what the key says of itself, what is known of it, and what the call takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from keylint.link.reach import Reach
from keylint.model.definition import Damage, Definition
from keylint.model.judgement import Defect
from keylint.model.provider import Confidence, KeyKind, Provider, Secrecy, Sink
from keylint.model.status import Live, Reason, Verdict
from keylint.model.use import Outcome, OutcomeKind, Use

SOON = timedelta(days=30)
"""A key that ends within this time will fail, one that ends later works."""
PRODUCTION = "production"

# What stands for a key explains everything else that is wrong with it.
_CERTAIN = ("KL205", "KL206", "KL207", "KL209", "KL201", "KL202", "KL203", "KL204")
_SEND_THE_MASK = frozenset({"openai", "anthropic", "groq", "stripe"})
# These SDKs take a scheme off the key that they are given.
_DROP_THE_SCHEME = frozenset({"mistral", "openrouter"})
# A client can be made without a key, since calls can be given one; none of them works without.
_NOTHING_WITHOUT = frozenset({"slack"})
_DAMAGE = frozenset({"KL201", "KL202", "KL203"})
_STAND_INS = frozenset({"KL205", "KL206", "KL207"})
_SCHEME = re.compile(r"(bearer|token|basic|bot|ssws)[ ]+\S", re.IGNORECASE)
_DEAD = {Reason.EXPIRED: "KL301", Reason.ROTATED: "KL303"}
_WORKS = Outcome(OutcomeKind.WORKS)
_UNKNOWN = Outcome(OutcomeKind.UNKNOWN)


class Known(Protocol):
    """What is known of kinds and providers, by id."""

    @property
    def kinds(self) -> Mapping[str, KeyKind]:
        """Kinds of key by id."""
        ...

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Providers by id."""
        ...


def outcome(
    reach: Reach,
    sink: Sink | None,
    verdict: Verdict | None,
    known: Known,
    as_of: datetime,
    fits: bool | None = None,
) -> Outcome:
    """Say what happens when `reach` arrives at its use at the time `as_of` (aware).

    `fits`: whether the host that the call names takes this key; `None` where it names none. The reason is what the program
    will see, in the words of the SDK where the catalogue has them.
    """
    answer = _Answer(reach.use, sink, known)
    if reach.why is not None:
        return _UNKNOWN if reach.mixed else _without_key(reach, sink, answer)
    if reach.definition is None or reach.assumed:
        return _UNKNOWN
    verdict = verdict or Verdict()
    kinds = [known.kinds[kind] for kind in reach.definition.judgement.kinds if kind in known.kinds]
    if reach.mixed and not any(kind.provider == reach.use.provider for kind in kinds):
        return _UNKNOWN  # another function gets it
    for found in (
        _masked(reach),
        _damaged_of_another(reach, reach.definition, kinds, sink, known, answer),
        _interpolated(reach.definition, kinds, answer),
        _malformed(reach, reach.definition, sink, answer),
        _misdirected(reach.definition, fits, answer),
        _misheaded(reach.use, reach.definition, kinds, known, answer),
        _unfit(reach, reach.definition, kinds, sink, known, answer),
        _retired(kinds, as_of, answer),
        _dead(verdict, answer),
        _test_key(reach, reach.definition, kinds),
        _ending(kinds, verdict, as_of),
    ):
        if found is not None:
            return found
    return _WORKS if verdict.live is Live.LIVE else _UNKNOWN


class _Answer:
    """What the program sees when a call is refused."""

    def __init__(self, use: Use, sink: Sink | None, known: Known) -> None:
        self._provider = known.providers.get(use.provider or "")
        self._sink = sink

    def refused(self) -> str:
        """The issuer refuses the key: `openai.AuthenticationError: 401 invalid_api_key`."""
        provider = self._provider
        if provider is None:
            return ""
        raised = provider.exception if self._sink is not None else ""
        return f"{raised}: {provider.refusal}" if raised and provider.refusal else raised or provider.refusal

    def dirty(self, damage: str) -> str:
        """Say what a damaged key does: often nothing is sent at all."""
        return (self._provider.dirty.get(damage, "") if self._provider is not None else "") or self.refused()

    def missing(self) -> str:
        """No key arrives."""
        return (self._sink.missing if self._sink is not None else "") or self.refused()


def _without_key(reach: Reach, sink: Sink | None, answer: _Answer) -> Outcome:
    optional = sink is not None and sink.optional
    match reach.why:
        case "works-without":
            return Outcome(OutcomeKind.WORKS, reason="works without a key")
        case "empty" | "none":
            if optional and reach.why == "none":
                return Outcome(OutcomeKind.WORKS, reason="works without a key")
            reason = answer.dirty("empty") if reach.why == "empty" else answer.missing()
            return Outcome(OutcomeKind.FAILS, "KL404", reason or "no key arrives")
        case "missing":
            if reach.instead is not None:
                return Outcome(OutcomeKind.UNKNOWN, "KL403", f"the SDK may read {reach.instead} by itself")
            reason = f"KeyError: '{reach.variable}'" if reach.required else answer.missing()
            if reach.late is not None:
                works = optional and reach.use.provider not in _NOTHING_WITHOUT
                kind = OutcomeKind.UNKNOWN if works else OutcomeKind.FAILS
                return Outcome(kind, "KL409", reason or f"{reach.variable} is not set yet")
            return Outcome(OutcomeKind.FAILS, "KL403", reason or f"{reach.variable} is not defined")
        case _:
            return _UNKNOWN


def _interpolated(definition: Definition, kinds: Sequence[KeyKind], answer: _Answer) -> Outcome | None:
    """Judge what is left of a key that has a `$` in it."""
    if not kinds or definition.damage is not Damage.INTERPOLATED or definition.loader is None:
        return None
    why = f"{definition.loader} replaces `$` and the name behind it by nothing: write `$$`"
    return Outcome(OutcomeKind.FAILS, "KL201", _joined(why, answer.refused()))


def _malformed(reach: Reach, definition: Definition, sink: Sink | None, answer: _Answer) -> Outcome | None:
    stripped = reach.stripped or (sink is not None and sink.strips)
    certain = {defect.code: defect for defect in reversed(definition.judgement.defects) if defect.certain}
    for code in _CERTAIN:
        if code not in certain or (code == "KL204" and stripped):
            continue
        if code in _STAND_INS and reach.alternative:
            return _UNKNOWN  # it is there to be replaced
        damage = _damage(definition, certain[code])
        said = answer.dirty(damage) if damage else answer.refused()
        return Outcome(OutcomeKind.FAILS, code, said or certain[code].message)
    return None


def _misdirected(definition: Definition, fits: bool | None, answer: _Answer) -> Outcome | None:
    """The call's own URL says where the key is sent; without one, what stands beside the key does."""
    found = next((d for d in definition.judgement.defects if d.code == "KL406" and d.certain), None)
    if fits is False or (fits is None and found is not None):
        said = found.message if found is not None else "the host of the call takes other keys"
        return Outcome(OutcomeKind.FAILS, "KL406", answer.refused() or said)
    return None


def _misheaded(
    use: Use, definition: Definition, kinds: Sequence[KeyKind], known: Known, answer: _Answer
) -> Outcome | None:
    """Judge the header: a scheme that stands there twice, or one that the provider is known to refuse with this kind."""
    written = _SCHEME.match(definition.secret.reveal())
    if use.call and written is not None and use.provider not in _DROP_THE_SCHEME:
        return Outcome(OutcomeKind.FAILS, "KL407", answer.refused() or f"the SDK writes `{written[1]}` itself")
    if use.header is None:
        return None
    provider = known.providers.get(use.provider or "")
    own = bool(kinds) and all(kind.provider == use.provider for kind in kinds)
    if use.scheme is None:
        schemes = _schemes(use.header, provider)
        if written is None and schemes == {"bearer"} and own:
            return Outcome(OutcomeKind.FAILS, "KL407", answer.refused() or "`Bearer` is missing")
        return None
    words = use.scheme.lower().split()
    if len(words) > 1 and words[0] == words[1]:
        return Outcome(OutcomeKind.FAILS, "KL407", answer.refused() or f"`{words[0]}` is sent twice")
    if written is not None and written[1].lower() == words[-1]:
        return Outcome(OutcomeKind.FAILS, "KL407", answer.refused() or f"`{written[1]}` is sent twice")
    for header in provider.headers if provider is not None else ():
        same = (header.name.lower(), header.scheme.lower()) == (use.header.lower(), use.scheme.lower())
        if same and kinds and all(kind.id in header.refuses for kind in kinds):
            return Outcome(OutcomeKind.FAILS, "KL407", answer.refused() or f"not accepted with `{use.scheme}`")
    return None


def _schemes(name: str, provider: Provider | None) -> set[str]:
    """Return the schemes, in lower case, that a provider takes keys behind in a header."""
    headers = provider.headers if provider is not None else ()
    return {header.scheme.lower() for header in headers if header.name.lower() == name.lower() and not header.refuses}


def _masked(reach: Reach) -> Outcome | None:
    """Judge a `SecretStr` that goes where its text belongs. Wrappers of SDKs (LangChain) take the object itself."""
    if not reach.hidden or (reach.use.call and reach.use.call.partition(".")[0] not in _SEND_THE_MASK):
        return None
    return Outcome(OutcomeKind.FAILS, "KL206", "a SecretStr is sent as `**********`: use get_secret_value()")


def _damage(definition: Definition, defect: Defect) -> str:
    """Return the catalogue's word for what is in the key; empty when nothing foreign is."""
    if defect.code not in ("KL203", "KL204"):
        return ""
    value = definition.secret.reveal()
    if "\n" in value or "\r" in value:
        return "newline"
    if not value.isascii():
        return "non-ascii"
    if value.strip()[:1] in ("'", '"', "`"):
        return "quotes"
    return "space" if value != value.strip() else ""


def _unfit(
    reach: Reach, definition: Definition, kinds: Sequence[KeyKind], sink: Sink | None, known: Known, answer: _Answer
) -> Outcome | None:
    """Judge by the kind: what the call takes is a key of its provider, a secret one, of a kind that it accepts."""
    use = reach.use
    accepts = _accepted(use, sink, known)
    sure = all(not kind.context and kind.confidence is Confidence.HIGH for kind in kinds)
    if not kinds or not sure or not accepts or not definition.judgement.well_formed:
        return None
    if any(kind.id in accepts for kind in kinds):
        return None
    said = answer.refused()
    if all(kind.provider == use.provider for kind in kinds):
        if all(kind.secrecy is Secrecy.PUBLISHABLE for kind in kinds):
            return Outcome(OutcomeKind.FAILS, "KL208", said or f"{kinds[0].name} is not a secret key")
        return Outcome(OutcomeKind.FAILS, "KL402", _joined(f"{kinds[0].name} is not what this call takes", said))
    if use.elsewhere or any(kind.provider == use.provider for kind in kinds):
        return None
    return Outcome(OutcomeKind.FAILS, "KL402", _joined(f"{kinds[0].name} is another provider's key", said))


def _damaged_of_another(
    reach: Reach, definition: Definition, kinds: Sequence[KeyKind], sink: Sink | None, known: Known, answer: _Answer
) -> Outcome | None:
    """Of a damaged key of another provider, say that first: with the damage repaired, it fails here as before."""
    certain = {defect.code for defect in definition.judgement.defects if defect.certain}
    accepts, use = _accepted(reach.use, sink, known), reach.use
    sure = bool(kinds) and all(not kind.context and kind.confidence is Confidence.HIGH for kind in kinds)
    if not sure or not accepts or use.elsewhere or not certain & _DAMAGE or certain & _STAND_INS:
        return None
    if any(kind.id in accepts or kind.provider == use.provider for kind in kinds):
        return None
    return Outcome(OutcomeKind.FAILS, "KL402", _joined(f"{kinds[0].name} is another provider's key", answer.refused()))


def _accepted(use: Use, sink: Sink | None, known: Known) -> frozenset[str]:
    """Return the kinds that a use takes; of an HTTP request to a provider's host, all of that provider's."""
    if sink is not None:
        return frozenset(sink.accepts)
    provider = known.providers.get(use.provider or "")
    return frozenset(kind.id for kind in provider.kinds) if provider is not None else frozenset()


def _retired(kinds: Sequence[KeyKind], as_of: datetime, answer: _Answer) -> Outcome | None:
    ends = list(_retirements(kinds))
    if not ends or len(ends) < len(kinds) or max(ends) > as_of:
        return None
    return Outcome(OutcomeKind.FAILS, "KL305", answer.refused() or f"no longer accepted since {max(ends).date()}")


def _retirements(kinds: Sequence[KeyKind]) -> Iterator[datetime]:
    return (kind.retired.start for kind in kinds if kind.retired is not None and kind.retirement_is_certain)


def _dead(verdict: Verdict, answer: _Answer) -> Outcome | None:
    if verdict.live is not Live.DEAD:
        return None
    cause = _DEAD.get(verdict.reason, "KL302") if verdict.reason is not None else "KL302"
    reason = answer.refused() or (
        f"the key is {verdict.reason.value}" if verdict.reason is not None else "the key is dead"
    )
    return Outcome(OutcomeKind.FAILS, cause, reason)


def _test_key(reach: Reach, definition: Definition, kinds: Sequence[KeyKind]) -> Outcome | None:
    if PRODUCTION not in (reach.environment, definition.environment):
        return None
    claims = definition.judgement.claims
    if not kinds or any(kind.environment_of(claims) != "test" for kind in kinds):
        return None
    # The issuer takes it: what is wrong is that nothing is real.
    return Outcome(OutcomeKind.UNKNOWN, "KL405", "a test key: nothing is real")


def _ending(kinds: Sequence[KeyKind], verdict: Verdict, as_of: datetime) -> Outcome | None:
    """Say when a live key ends, if that is soon."""
    if verdict.live is not Live.LIVE:
        return None
    retirements = list(_retirements(kinds))
    ends = [(verdict.expires_at, "KL304"), (verdict.grace_until, "KL303")]
    if kinds and len(retirements) == len(kinds):
        ends.append((max(retirements), "KL305"))
    soon = [(end, cause) for end, cause in ends if end is not None and as_of < end <= as_of + SOON]
    if not soon:
        return None
    end, cause = min(soon)
    return Outcome(OutcomeKind.WILL_FAIL, cause, f"until {end.date().isoformat()}", end)


def _joined(first: str, second: str) -> str:
    return f"{first}: {second}" if second else first
