"""The table of all kinds of key: how each is recognised, what is checked, and what slips of the hand that finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from keylint.catalogue.fake import fake
from keylint.catalogue.grammar import Checksum, Form, Literal, Run, Structure, parse
from keylint.catalogue.measure import Measured, Tally, measure
from keylint.model import KeyKind

if TYPE_CHECKING:
    from keylint.catalogue import Catalogue

_SHOWN = 3
# Characters of the text by which a kind is recognised.
_LONGEST = 32
# For the table: few enough that it is written in seconds.
_KEYS, _EDITS = 50, 100

_COLUMNS = (
    "kind", "name", "recognised by", "length", "checks", "claims", "accepted",
    "typos", "cut at the end", "cut at the start", "transpositions", "covered",
)  # fmt: skip
_ABOUT = f"""\
Of each kind {_KEYS} keys are made up from its grammar, all its forms in turn, and put before the judge: *accepted* are those
that are well-formed and of that kind. Then they are damaged by slips of the hand, always the same ones, and judged as what a
variable of that kind holds:

- *typos*: one character is replaced, half of the time by its neighbour on the keyboard, else by another one of such keys;
- *cut*: one to five characters are missing;
- *transpositions*: two different neighbours are exchanged;
- *covered*: typos and transpositions inside of what a checksum or a proven structure covers.

`93/91` means that 93 % are caught, and 91 % for certain: these refute the key and make a call fail, the others are suspicious
(KL211). Figures are rounded down. There are {_EDITS} edits each ({_EDITS // 2} for each end); one that makes no difference does
not count. What is damaged at its mark (the first letters of `ghp_…`) is recognised only here, where the kind is expected."""


class Row(NamedTuple):
    """A kind and what was measured."""

    kind: KeyKind
    forms: tuple[Form, ...]
    measured: Measured


def kinds_page(catalogue: Catalogue) -> str:
    """Return the table of every kind, providers in order of their names. Measures all of them: some 50 ms for each."""
    providers = sorted(catalogue.providers.values(), key=lambda provider: provider.name.casefold())
    rows = [
        Row(kind, tuple(map(parse, kind.forms)), measure(kind, catalogue, _KEYS, _EDITS))
        for provider in providers
        for kind in provider.kinds
    ]
    table = [_line(_COLUMNS), "|---" * len(_COLUMNS) + "|", *(_line(_cells(row, catalogue)) for row in rows)]
    return "\n".join(["# Kinds of key", "", *_totals(rows), "", _ABOUT, "", *table]) + "\n"


def _totals(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of what all kinds come to."""
    sums = [row for row in rows if _has(row, Checksum)]
    structures = [row for row in rows if _has(row, Structure)]
    plain = [row for row in rows if row not in sums and row not in structures]
    covered = [row.measured.region for row in rows if row.measured.region.edits]
    yield "| | kinds |\n|---|---:|"
    yield f"| all | {len(rows)} |"
    yield f"| recognised by their own text | {sum(not row.kind.context for row in rows)} |"
    yield f"| with a checksum | {len(sums)} |"
    yield f"| with a structure that is decoded | {len(structures)} |"
    yield f"| every key accepted | {sum(row.measured.accepted == row.measured.keys for row in rows)} |"
    yield f"| every slip in what is covered caught | {sum(t.caught == t.edits for t in covered)} of {len(covered)} |"
    yield f"| … for certain | {sum(t.refuted == t.edits for t in covered)} of {len(covered)} |"
    yield "\n| caught, % of all edits | typos | cut at the end | cut at the start | transpositions |"
    yield "|---|---:|---:|---:|---:|"
    for name, group in (("all kinds", rows), ("with a checksum", sums), ("with neither checksum nor structure", plain)):
        if group:
            yield _line((name, *(_share(_total((row.measured for row in group), slip)) for slip in _SLIPS)))


_SLIPS = ("typos", "tails", "heads", "transpositions")


def _total(measured: Iterable[Measured], slip: str) -> Tally:
    tallies: list[Tally] = [getattr(each, slip) for each in measured]
    return Tally(*(sum(column) for column in zip(*((t.edits, t.refuted, t.suspicious) for t in tallies), strict=True)))


def _has(row: Row, sort: type[Checksum] | type[Structure]) -> bool:
    return any(isinstance(segment, sort) for form in row.forms for segment in form.segments)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _cells(row: Row, catalogue: Catalogue) -> Iterator[str]:
    kind, forms, measured = row
    yield f"[{kind.id}](providers/{kind.provider}.md)"
    yield kind.name
    yield _recognised(kind, forms, catalogue)
    least, greatest = min(form.min for form in forms), max(form.max for form in forms)
    yield str(least) if least == greatest else f"{least} to {greatest}"
    yield ", ".join(dict.fromkeys(check for form in forms for check in _checks(form))) or _length_only(kind)
    yield ", ".join(dict.fromkeys(claim for number in range(len(forms)) for claim in _claims(kind, number, catalogue)))
    yield f"{measured.accepted} of {measured.keys}"
    yield from (_share(getattr(measured, slip)) for slip in (*_SLIPS, "region"))


def _recognised(kind: KeyKind, forms: Sequence[Form], catalogue: Catalogue) -> str:
    """Say how a kind is recognised: by a text of its own, or by its context alone."""
    if kind.context:
        variables = [env.name for env in catalogue.env.values() if kind.id in env.accepts]
        return f"context: {_listed([*variables, *kind.context_names])}"
    anchors = dict.fromkeys(anchor for form in forms for anchor in form.anchors)
    if anchors:
        return f"prefix {_listed(anchors)}"
    marks = dict.fromkeys(max(_inner(form), key=len, default="") for form in forms)
    return f"mark {_listed(marks)}" if all(marks) else "shape"


def _listed(words: Iterable[str]) -> str:
    cut = [f"`{word}`" if len(word) <= _LONGEST else f"`{word[:_LONGEST]}`…" for word in words]
    return ", ".join(cut[:_SHOWN]) + (f" and {len(cut) - _SHOWN} more" if len(cut) > _SHOWN else "")


def _inner(form: Form) -> list[str]:
    return [s.text for s in form.segments[1:] if isinstance(s, Literal) and any(map(str.isalnum, s.text))]


def _checks(form: Form) -> Iterator[str]:
    """Yield what can be wrong with a key besides its length and characters."""
    for segment in form.segments:
        if isinstance(segment, Checksum):
            yield f"checksum `{segment.function}`"
        elif isinstance(segment, Structure):
            yield f"structure `{segment.name}`"
    yield from (f"fixed text `{text}`" for text in _inner(form))
    if any(isinstance(s, Literal) and not any(map(str.isalnum, s.text)) for s in form.segments[1:]):
        yield "separators"
    *_, before, last = (None, None, *form.segments)
    if isinstance(before, Run) and isinstance(last, Run) and set(last.charset.chars) < set(before.charset.chars):
        yield "last characters"


def _length_only(kind: KeyKind) -> str:
    return "length only" if kind.lengths == "fixed" else "length only, as observed"


def _claims(kind: KeyKind, number: int, catalogue: Catalogue) -> Iterator[str]:
    """Yield what a made-up key of one form says about itself."""
    claims = catalogue.judge(fake(kind.id, catalogue=catalogue, form=number), expected=(kind.id,)).claims
    if claims.issued_at:
        yield "issued"
    if claims.expires_at:
        yield "expires"
    if claims.account:
        yield "account"
    yield from (name for name, _ in claims.details)


def _share(tally: Tally) -> str:
    """Return `caught/certain` in percent, rounded down: only all is 100."""
    return f"{100 * tally.caught // tally.edits}/{100 * tally.refuted // tally.edits}" if tally.edits else ""
