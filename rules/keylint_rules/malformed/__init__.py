"""Values that cannot be working keys, by their text alone."""

from __future__ import annotations

from collections.abc import Iterator

from keylint.model import Channel, Confidence, Defect, Definition, Key, Provider, Severity
from keylint.rule import Context, Hit, answer, at, defects, deletion, in_prose, named, new_key, traces_from, upper_first

_MAY_BE_RIGHT = "it may still be right"


def defective(
    code: str, what: str, definition: Definition, key: Key | None, consequence: str | None = None
) -> Iterator[Hit]:
    """Yield a hit per defect of that code in a value that a program can receive.

    `what`: `has the wrong length`. `consequence`: what comes of it, where the issuer's own answer does not.
    """
    if in_prose(definition):
        return
    provider = key.provider if key is not None else None
    for defect in defects(definition, code):
        yield Hit(
            definition.place,
            f"{upper_first(named(key))} {what} ({defect.message}): {consequence or _consequence(defect, provider)}",
            confidence=_confidence(defect),
            severity=None if defect.certain else Severity.WARNING,
            help=_next_step(defect, definition, provider),
            fix=deletion(definition, defect),
        )


def stand_in(
    code: str, what: str, definition: Definition, key: Key | None, context: Context, accepted: str = _MAY_BE_RIGHT
) -> Iterator[Hit]:
    """Yield a hit where a value of that code will be taken for a key by a program.

    `what`: `holds a placeholder`. `accepted`: what it means that somebody may take the value.
    """
    if in_prose(definition) or not _taken_for_a_key(definition, key, context):
        return
    variable = context.variable(definition)
    provider = (
        context.provider(variable.provider) if variable is not None else key.provider if key is not None else None
    )
    for defect in defects(definition, code):
        yield Hit(
            definition.place,
            f"{definition.name or 'The value'} {what} ({defect.message}): {_consequence(defect, provider, accepted)}",
            confidence=_confidence(defect),
            severity=None if defect.certain else Severity.WARNING,
            help=f"{upper_first(new_key(provider))}, then update {at(definition.place)}.",
        )


def _confidence(defect: Defect) -> Confidence:
    return Confidence.HIGH if defect.certain else Confidence.MEDIUM


def _consequence(defect: Defect, provider: Provider | None, accepted: str = _MAY_BE_RIGHT) -> str:
    return answer(provider) if defect.certain else accepted


def _next_step(defect: Defect, definition: Definition, provider: Provider | None) -> str:
    if not defect.certain:
        return "Compare it with the key at its issuer; if it works, ignore this line."
    if defect.remove:
        return f"Delete what does not belong to the key in {at(definition.place)}."
    return f"Copy the key again or {new_key(provider)}, then update {at(definition.place)}."


def _taken_for_a_key(definition: Definition, key: Key | None, context: Context) -> bool:
    return (
        definition.env is not None
        or definition.channel in (Channel.DOTENV, Channel.COMPOSE, Channel.KUBERNETES)
        or context.variable(definition) is not None
        or bool(traces_from(definition, key))
    )
