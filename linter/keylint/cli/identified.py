"""What `keylint identify` has found out about a key: kinds, checks, defects, one verdict, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keylint.catalogue import Catalogue
from keylint.catalogue.charsets import ZERO_WIDTH
from keylint.catalogue.explain import Check, Explained, Near, Result, explain, nearest
from keylint.catalogue.grammar import parse
from keylint.catalogue.judge import MAX_LENGTH
from keylint.catalogue.placeholder import SURROUNDING
from keylint.cli.discreet import UserError
from keylint.model import GENERIC, Defect, Judgement, KeyKind, Live, Provider, Reason, mask
from keylint.report.safe import clean
from keylint.report.words import day, iso
from keylint.status.offline import AGE, CLAIMS, RETIREMENT, observations

WELL_FORMED, UNKNOWN = "well-formed", "unknown kind"
VERDICTS = (
    WELL_FORMED, "malformed", "suspicious", "unexpected", "placeholder", "masked", "public example", "expired", "retired",
    UNKNOWN,
)  # fmt: skip
"""`unexpected`: whole, and not what the name or `--provider` asks for."""

_STAND_INS = {"KL205": "placeholder", "KL206": "masked", "KL207": "public example"}
_PROVEN = {Reason.MALFORMED: "malformed", Reason.EXPIRED: "expired", Reason.REVOKED: "retired"}
_AROUND, _UNEXPECTED = "KL204", "KL402"
_SHOWN = 3

Span = tuple[int, int]
"""First and last character, counted from 1."""


@dataclass(frozen=True, slots=True)
class Located:
    """A defect and where it is: in the key, or in the whole value for what stands around the key or is invisible."""

    defect: Defect
    spans: tuple[Span, ...] = ()
    of_value: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """Everything that is said about one key."""

    value: str = field(repr=False)
    judgement: Judgement = field(repr=False)
    masked: str
    verdict: str
    candidates: tuple[Explained, ...]
    """Best first."""
    nearest: tuple[Near, ...]
    """Where there is no candidate."""
    defects: tuple[Located, ...]
    next: tuple[str, ...]
    as_of: datetime

    @property
    def kind(self) -> KeyKind | None:
        """The best candidate's."""
        return self.candidates[0].kind if self.candidates else None


def identify(
    catalogue: Catalogue, value: str, *, name: str | None, expected: Sequence[str], demanded: bool, as_of: datetime
) -> Identified:
    """Judge a value and explain the verdict.

    Args:
        catalogue: the kinds that there are.
        value: the key with whatever stands around it.
        name: the name that it is bound to.
        expected: the kinds that are asked for.
        demanded: they are asked for by the user's word; the name of a variable alone proves less.
        as_of: the moment to judge by.

    Raises:
        UserError: it is too long for a key.
    """
    judgement = catalogue.judge(value, name=name, expected=expected)
    key = judgement.key
    if len(key) > MAX_LENGTH:
        raise UserError(f"standard input holds more than {MAX_LENGTH:,} characters: that is no key")
    ranked = sorted(judgement.kinds, key=lambda kind: judgement.well_formed and kind not in expected)
    candidates = tuple(explain(catalogue.kinds[kind], key) for kind in ranked)
    defects = [_located(defect, value, candidates) for defect in judgement.defects]
    defects += map(Located, _afterthoughts(catalogue, judgement, candidates, expected, demanded, as_of))
    verdict = _verdict(judgement, candidates, defects, as_of)
    near = () if candidates else nearest(catalogue, key, name, expected)
    return Identified(
        value,
        judgement,
        mask(key, _prefix(candidates, key)),
        verdict,
        candidates,
        near,
        tuple(defects),
        tuple(_next(catalogue, verdict, candidates, defects, expected, travels=not key.startswith(("{", "-----")))),
        as_of,
    )


def _prefix(candidates: Sequence[Explained], key: str) -> str:
    """Return the fixed text that the key begins with: no part of the secret."""
    forms = [parse(line) for explained in candidates[:1] for line in explained.kind.forms]
    return max((a for form in forms for a in form.anchors if key.startswith(a)), key=len, default="")


# Where a defect is


def _located(defect: Defect, value: str, candidates: Sequence[Explained]) -> Located:
    spans = tuple((start + 1, end) for start, end in defect.remove)
    if defect.code == _AROUND or (spans and all(value[a - 1 : b] and value[a - 1 : b] in ZERO_WIDTH for a, b in spans)):
        return Located(defect, spans, of_value=True)
    if not spans and candidates and defect.code not in _STAND_INS:
        spans = _wrong_span(defect, candidates[0].checks)
    return Located(defect, spans)


def _wrong_span(defect: Defect, checks: Sequence[Check]) -> tuple[Span, ...]:
    """Return where the check stands that the defect is about: a wrong length rather than what follows from it."""
    wrong = [check for check in checks if check.result is Result.WRONG and check.span is not None]
    wrong.sort(key=lambda check: (check.of_length is not (defect.code == "KL201"), check.span))
    return (wrong[0].span,) if wrong and wrong[0].span is not None else ()


# What the judge does not look at: the day, and what was expected


def _afterthoughts(
    catalogue: Catalogue,
    judgement: Judgement,
    candidates: Sequence[Explained],
    expected: Sequence[str],
    demanded: bool,
    as_of: datetime,
) -> Iterator[Defect]:
    kind = candidates[0].kind if candidates else None
    seen = observations("", judgement, kind, as_of)
    proven = {observation.source for observation in seen if observation.verdict is Live.DEAD}
    claims = judgement.claims
    if claims.expires_at is not None and CLAIMS in proven:
        yield Defect("KL301", f"expired on {day(claims.expires_at)}, as the key itself says")
    if claims.not_before is not None and claims.not_before > as_of:
        yield Defect("KL211", f"valid from {day(claims.not_before)} on, as the key itself says", False)
    if kind is None:
        return
    if judgement.well_formed and expected and not set(expected) & set(judgement.kinds):
        yield Defect(_UNEXPECTED, f"{_article(kind.name)}, and {_wanted(catalogue, expected)} is expected", demanded)
    end = kind.end_by_age(claims)
    if end is not None and end <= as_of and kind.lifetime is not None:
        yield _ended("KL306", f"expired: such a key lives {kind.lifetime.longest} at most", AGE in proven)
    if kind.retired is not None and kind.retired.start <= as_of:
        yield _ended("KL305", f"retired on {kind.retired.day}: {kind.retired.note}", RETIREMENT in proven)


def _ended(code: str, message: str, certain: bool) -> Defect:
    return Defect(code, message if certain else f"probably {message}", certain)


def _article(name: str) -> str:
    return f"this is {'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _wanted(catalogue: Catalogue, expected: Sequence[str]) -> str:
    if len(expected) == 1:
        return _article(catalogue.kinds[expected[0]].name).removeprefix("this is ")
    names = sorted({catalogue.provider_of(kind).name for kind in expected})
    return f"a key of {' or '.join(names[:_SHOWN])}"


def _verdict(judgement: Judgement, candidates: Sequence[Explained], defects: Sequence[Located], as_of: datetime) -> str:
    codes = [located.defect.code for located in defects]
    stand_in = next((_STAND_INS[code] for code in codes if code in _STAND_INS), None)
    if stand_in is not None:
        return stand_in
    if not candidates:
        return UNKNOWN
    seen = observations("", judgement, candidates[0].kind, as_of)
    proofs = [_PROVEN[o.reason] for o in seen if o.verdict is Live.DEAD and o.reason in _PROVEN]
    if proofs:
        return proofs[0]
    if any(located.defect.certain and located.defect.code != _UNEXPECTED for located in defects):
        return "malformed"
    if _UNEXPECTED in codes:
        return "unexpected"
    return "suspicious" if defects or not judgement.well_formed else WELL_FORMED


# What to do


def _next(
    catalogue: Catalogue,
    verdict: str,
    candidates: Sequence[Explained],
    defects: Sequence[Located],
    expected: Sequence[str],
    travels: bool,
) -> Iterator[str]:
    kind = candidates[0].kind if candidates else None
    provider = catalogue.providers[kind.provider] if kind is not None else None
    around = [located for located in defects if located.of_value]
    if around and len(around) == len(defects):
        yield "Take away what does not belong to the key: the rest of it is " + (
            "whole." if kind is not None else "left."
        )
    elif verdict in ("malformed", "suspicious"):
        yield f"Copy the key again, in one piece; if it cannot be seen any more, create a new one{_where(provider)}."
    elif verdict in ("placeholder", "masked", "public example"):
        yield f"Put a key of your own in its place; create one{_where(provider)}."
    elif verdict in ("expired", "retired"):
        yield f"Create a new key{_where(provider)}."
    elif verdict == "unexpected":
        owners = sorted({catalogue.provider_of(k).id for k in expected})
        taker = catalogue.providers[owners[0]] if len(owners) == 1 else None
        yield f"Put the key there that is expected{_where(taker, ': one is made at ')}."
    elif kind is None:
        yield "Say where it stands, with --name VARIABLE or --provider ID: many keys are known by that alone."
        yield "Keys of your own: describe them in a provider file (`keylint providers check FILE.toml`)."
    if len({explained.kind.provider for explained in candidates}) > 1 and not expected:
        yield "Several issuers write such keys: --name VARIABLE or --provider ID says whose it is."
    if kind is not None and provider is not None and provider.id != GENERIC:
        yield from _whereabouts(catalogue, kind, provider, travels)


def _where(provider: Provider | None, words: str = " at ") -> str:
    return f"{words}{provider.dashboard}" if provider is not None and provider.dashboard else ""


def _whereabouts(catalogue: Catalogue, kind: KeyKind, provider: Provider, travels: bool) -> Iterator[str]:
    names = variables(catalogue, kind)
    if names:
        yield f"It belongs in {_listed(names)}."
    # Headers are the provider's; its first variable tells which of its kinds they are for.
    if travels and provider.headers and provider.env and kind.id in provider.env[0].accepts:
        headers = [f"`{h.name}: {h.scheme + ' ' if h.scheme else ''}…`" for h in provider.headers]
        hosts = f" to {_listed(provider.hosts)}" if provider.hosts else ""
        yield f"It is sent as {_listed(headers)}{hosts}."
    if kind.pair is not None and kind.pair in catalogue.kinds:
        yield f"It is used together with {_article(catalogue.kinds[kind.pair].name).removeprefix('this is ')}."


def variables(catalogue: Catalogue, kind: KeyKind) -> list[str]:
    """Return the variables that hold keys of a kind."""
    return [env.name for env in catalogue.env.values() if kind.id in env.accepts]


def calls(catalogue: Catalogue, kind: KeyKind) -> list[str]:
    """Return the calls that take keys of a kind."""
    return [call for call, sinks in catalogue.sinks.items() if any(kind.id in sink.accepts for sink in sinks)]


def _listed(items: Sequence[str]) -> str:
    shown = [clean(item) for item in items]
    if len(shown) > _SHOWN + 1:
        shown = [*shown[:_SHOWN], f"{len(shown) - _SHOWN} others"]
    return " or ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


# The document


def document(found: Identified, catalogue: Catalogue) -> dict[str, Any]:
    """Return the answer as the object that `docs/identify.md` describes."""
    return {
        "schema": "keylint-identify/v1",
        "masked": clean(found.masked),
        "length": len(found.judgement.key),
        "as_of": iso(found.as_of),
        "verdict": found.verdict,
        "candidates": [_candidate(explained, catalogue) for explained in found.candidates],
        "nearest": [
            {"kind": near.kind.id, "provider": near.kind.provider, "name": near.kind.name, "why": near.why}
            for near in found.nearest
        ],
        "defects": [_defect(located) for located in found.defects],
        "claims": _claims(found),
        "next": list(found.next),
    }


def _candidate(explained: Explained, catalogue: Catalogue) -> dict[str, Any]:
    kind = explained.kind
    return {
        "kind": kind.id,
        "provider": kind.provider,
        "name": kind.name,
        "secrecy": kind.secrecy.value,
        "environment": kind.environment,
        "confidence": kind.confidence.value,
        "well_formed": explained.well_formed,
        "proven": explained.proven,
        "checks": [
            {
                "check": check.what,
                "result": check.result.value,
                "position": check.span[0] if check.span is not None else None,
                "message": clean(check.message),
            }
            for check in explained.checks
        ],
        "lifetime": kind.lifetime.longest if kind.lifetime is not None else None,
        "retired": kind.retired.day.isoformat() if kind.retired is not None else None,
        "variables": variables(catalogue, kind),
        "calls": calls(catalogue, kind),
    }


def _defect(located: Located) -> dict[str, Any]:
    defect = located.defect
    return {
        "code": defect.code,
        "message": clean(defect.message),
        "certain": defect.certain,
        "positions": [list(span) for span in located.spans],
    }


def _claims(found: Identified) -> dict[str, Any]:
    claims = found.judgement.claims
    moments = {"issued_at": claims.issued_at, "not_before": claims.not_before, "expires_at": claims.expires_at}
    return {
        **{name: iso(moment) if moment is not None else None for name, moment in moments.items()},
        "account": clean(claims.account) if claims.account is not None else None,
        "details": {clean(name): clean(text) for name, text in claims.details},
    }


def around(found: Identified) -> tuple[str, str]:
    """Return what stands before and behind the key."""
    value = found.value
    return value[: len(value) - len(value.lstrip(SURROUNDING))], value[len(value.rstrip(SURROUNDING)) :]
