"""One distinct key with everything known about it."""

from __future__ import annotations

from dataclasses import dataclass

from keylint.model.definition import Definition
from keylint.model.provider import KeyKind, Provider
from keylint.model.status import Live, Verdict
from keylint.model.use import Trace


@dataclass(frozen=True, slots=True)
class Key:
    """One distinct secret, by fingerprint, with all its definitions and uses."""

    fingerprint: str
    masked: str
    kind: KeyKind | None
    provider: Provider | None
    definitions: tuple[Definition, ...]
    traces: tuple[Trace, ...] = ()
    verdict: Verdict = Verdict()
    others: tuple[KeyKind, ...] = ()
    """Kinds of other providers that the text can be of just as well; neither it nor its place decides."""

    @property
    def guessed(self) -> bool:
        """Whether nothing but its name and its look says that this is a secret."""
        unknown = self.kind is None and not self.traces and self.verdict.live is Live.NONE
        return unknown and all(definition.confidence is not None for definition in self.definitions)
