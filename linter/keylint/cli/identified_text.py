"""What was found out about a key, for people.

malformed  GitHub personal access token (classic)

  ghp_································x9Qd
                                    ^^^^^^
  KL202  checksum says `0aB3dE`, key has `0aB3dF`: mistyped

  kind     github-classic-pat (GitHub), secret
  checks   ok           1-4    prefix ghp_
  next     Copy the key again, in one piece; …
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from keylint.catalogue import Catalogue
from keylint.catalogue.charsets import ZERO_WIDTH
from keylint.catalogue.docs import lifetime, retirement
from keylint.catalogue.explain import Check, Explained, Near
from keylint.cli.identified import UNKNOWN, WELL_FORMED, Identified, Located, around, calls, variables
from keylint.model import Claims, Confidence
from keylint.report.safe import clean
from keylint.report.terminal import Cell, Paper
from keylint.report.words import count, day

_LABEL = 9
_HIDDEN = "·"
_VISIBLE = {"\n": "⏎", "\r": "⏎", "\t": "⇥", " ": "␣"}
_ROOM, _HEAD, _TAIL, _BESIDE = 92, 16, 8, 12
_SHOWN = 8
_STYLES = {"ok": "green", "wrong": "red", "not reached": "dim"}
_STAND_INS = ("placeholder", "masked", "public example")


def render(found: Identified, catalogue: Catalogue, *, color: bool, unicode: bool, width: int) -> str:
    """Return the answer as text that shows the key by its mask only."""
    paper = Paper(color=color, unicode=unicode, width=width)
    style = "green" if found.verdict == WELL_FORMED else "warning" if found.verdict == UNKNOWN else "error"
    lines = [f"{paper.paint(found.verdict, style)}  {paper.paint(paper.say(_title(found)), 'bold')}", ""]
    lines += [f"  {line}".rstrip() for line in _drawing(found, paper)]
    rows: list[Sequence[Cell]] = [((d.defect.code, "bold"), (d.defect.message, "")) for d in found.defects]
    lines += [f"  {line}" for row in paper.columns(rows, 2) for line in row] if rows else []
    lines.append("")
    for label, cells in _fields(found, catalogue):
        lines += _field(paper, label, list(cells))
    return "\n".join(lines) + "\n"


def _title(found: Identified) -> str:
    if found.kind is None:
        return "this is no key of a kind that keylint knows"
    others = len(found.candidates) - 1
    more = f", or {count(others, 'other kind')}" if others else ""
    stands = "in place of: " if found.verdict in ("placeholder", "masked") else ""
    return f"{stands}{found.kind.name}{more}"


def _field(paper: Paper, label: str, rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    if not rows:
        return
    start = paper.paint(label.ljust(_LABEL), "dim")
    for row in paper.columns(rows, 2 + _LABEL):
        for line in row:
            yield f"  {start}{line}".rstrip()
            start = " " * _LABEL


def _fields(found: Identified, catalogue: Catalogue) -> Iterator[tuple[str, Iterable[Sequence[Cell]]]]:
    best = found.candidates[0] if found.candidates else None
    if best is not None:
        provider = catalogue.providers[best.kind.provider].name
        facts = (provider, best.kind.secrecy.value, f"a {best.kind.environment} key" if best.kind.environment else "")
        sure = "" if best.kind.confidence is Confidence.HIGH else f"facts of {best.kind.confidence.value} confidence"
        yield "kind", [((f"{best.kind.id}: {', '.join(filter(None, (*facts, sure)))}", ""),)]
        if found.verdict not in _STAND_INS:
            yield "checks", [_check(check) for check in best.checks]
    yield from _claimed(found.judgement.claims, found.as_of)
    if best is not None and best.kind.lifetime is not None:
        yield "lifetime", [((f"at most {lifetime(best.kind.lifetime)}", ""),)]
    if best is not None and best.kind.retired is not None:
        yield "retired", [((retirement(best.kind.retired), ""),)]
    yield "also", [_other(other, found, catalogue) for other in found.candidates[1:]]
    yield "nearest", [((row, ""),) for row in _near(found.nearest)]
    yield "next", [((step, ""),) for step in found.next]


def _near(nearest: Sequence[Near]) -> Iterator[str]:
    whys: dict[str, list[str]] = {}
    for near in nearest:
        whys.setdefault(near.why, []).append(near.kind.id)
    for why, kinds in whys.items():
        more = f" and {len(kinds) - _SHOWN} more" if len(kinds) > _SHOWN else ""
        yield f"{why}: {', '.join(kinds[:_SHOWN])}{more}"
    if nearest:
        yield "None of this is a proof."


def _check(check: Check) -> Sequence[Cell]:
    at = (
        ""
        if check.span is None
        else str(check.span[0])
        if check.span[0] == check.span[1]
        else f"{check.span[0]}-{check.span[1]}"
    )
    what = check.what + (f": {clean(check.message)}" if check.message else "")
    return (check.result.value, _STYLES[check.result.value]), (at, ""), (what, "")


def _claimed(claims: Claims, as_of: datetime) -> Iterator[tuple[str, Sequence[Sequence[Cell]]]]:
    for label, moment in (("issued", claims.issued_at), ("valid", claims.not_before), ("expires", claims.expires_at)):
        if moment is not None:
            yield label, [((f"{day(moment)} ({_distance(moment, as_of)})", ""),)]
    rows = (*((("account", claims.account),) if claims.account is not None else ()), *claims.details)
    yield "says", [((clean(name), ""), (clean(text), "")) for name, text in rows]


def _distance(moment: datetime, as_of: datetime) -> str:
    days = (moment.date() - as_of.date()).days
    if not days:
        return "today"
    return f"in {count(days, 'day')}" if days > 0 else f"{count(-days, 'day')} ago"


def _other(other: Explained, found: Identified, catalogue: Catalogue) -> Sequence[Cell]:
    """A candidate that is not the best, and the context that would decide for it."""
    assert found.kind is not None  # noqa: S101 - there is a best one before every other
    mine, first = variables(catalogue, other.kind), variables(catalogue, found.kind)
    names = [name for name in mine if name not in first] or calls(catalogue, other.kind)
    where = f"if it stands in {names[0]}" if names else ""
    return (other.kind.id, "cyan"), (other.kind.name, ""), (where, "")


# The key, as long as it is and masked, with carets under what is wrong


def _drawing(found: Identified, paper: Paper) -> list[str]:
    key = found.judgement.key
    marked = _marked(found)
    head, _, tail = found.masked.partition("…")
    if not marked or "\n" in key:
        return [paper.say(f"{found.masked}  ({count(len(key), 'character')})")]
    before, behind = around(found)
    masked = head + _HIDDEN * (len(key) - len(head) - len(tail)) + tail
    cells = [_VISIBLE.get(char, char if char.isprintable() else _HIDDEN) for char in before]
    rest = iter(masked)
    inner = found.value[len(before) : len(found.value) - len(behind)]
    cells += [_HIDDEN if char in ZERO_WIDTH else next(rest) for char in inner]
    cells += [_VISIBLE.get(char, char if char.isprintable() else _HIDDEN) for char in behind]
    return _underlined(cells, marked, paper)


def _marked(found: Identified) -> set[int]:
    """Return the places in the value, from 0, at which something is wrong."""
    before, behind = around(found)
    inner = range(len(before), len(found.value) - len(behind))
    places = [at for at in inner if found.value[at] not in ZERO_WIDTH]
    marked: set[int] = set()
    for located in found.defects:
        marked.update(_places(located, places))
    return marked


def _places(located: Located, places: Sequence[int]) -> Iterator[int]:
    for first, last in located.spans:
        for at in range(first - 1, last):
            if located.of_value:
                yield at
            elif at < len(places):
                yield places[at]


def _underlined(cells: Sequence[str], marked: set[int], paper: Paper) -> list[str]:
    """Return the cells and the carets below; of what does not fit in a line only the ends and what is near to a caret."""
    kept = set(range(len(cells)))
    if len(cells) > _ROOM:
        near = {at for mark in (min(marked), max(marked)) for at in range(mark - _BESIDE, mark + _BESIDE + 1)}
        kept &= {*range(_HEAD), *near, *range(len(cells) - _TAIL, len(cells))}
    shown, carets, previous = "", "", -1
    for at in sorted(kept):
        if at != previous + 1:
            shown, carets = f"{shown}…", f"{carets} "
        shown, carets, previous = shown + cells[at], carets + ("^" if at in marked else " "), at
    if not paper.glyphs.bar.isascii():
        return [paper.say(shown), paper.paint(carets.rstrip(), "red")]
    plain = "".join(char if char.isascii() else "~" if char == "…" else "*" for char in shown)
    return [plain, paper.paint(carets.rstrip(), "red")]
