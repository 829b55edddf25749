"""What the text of a key says about itself, with no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with a value. `code` is the code of the rule that reports it (`KL201` …)."""

    code: str
    message: str
    certain: bool = True
    """False: suspicious only; the outcome of a use stays `unknown`."""
    remove: tuple[tuple[int, int], ...] = ()
    """Character ranges of the value whose removal repairs it; empty when there is no sure repair."""


ISSUED = "issued"
"""The detail of a key that says no more of its issue than the month (`2025-03`): `issued_at` is the month's first moment."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a key carries inside it. Times are aware datetimes (UTC)."""

    issued_at: datetime | None = None
    expires_at: datetime | None = None
    account: str | None = None
    details: tuple[tuple[str, str], ...] = ()
    not_before: datetime | None = None
    """The moment from which the key is valid, where it names one."""

    @property
    def issued_by(self) -> datetime | None:
        """The last moment at which the key can have been issued."""
        if self.issued_at is None or not any(name == ISSUED for name, _ in self.details):
            return self.issued_at
        return self.issued_at + timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of the grammar on one value."""

    kinds: tuple[str, ...] = ()
    """Ids of the kinds that the value can be of, best first; empty when none is recognised."""
    well_formed: bool = False
    proven: bool = False
    """True when a checksum or a self-delimiting structure holds: chance cannot have made this text."""
    defects: tuple[Defect, ...] = ()
    claims: Claims = Claims()
    key: str = ""
    """The identity of the key: the value without surrounding white space, quotes, BOM and zero-width characters."""
    generic: bool = False
    """True for a value of no known kind that looks like a secret where a key is expected."""

    def __repr__(self) -> str:
        return (
            f"Judgement(kinds={self.kinds}, well_formed={self.well_formed}, defects={[d.code for d in self.defects]})"
        )
