"""Made-up keys: well-formed ones of every kind, and ones that are broken in a way that is asked for.

Everything is derived from the grammar and the seed, so that no key-shaped text has to stand in a test or a document.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from urllib.parse import quote

from keylint.catalogue.catalogue import Catalogue
from keylint.catalogue.charsets import LOOKALIKES
from keylint.catalogue.checksums import FUNCTIONS, supabase_sum
from keylint.catalogue.grammar import Checksum, Form, Literal, Run, Structure, parse
from keylint.catalogue.placeholder import classify
from keylint.catalogue.structures import DECODERS

_ATTEMPTS = 50
# What a labelled run, a structure or a checksum over it can be asked to say.
_CLAIMS = ("account", "region", "project", "environment")
_LONGEST_RUN = 40


def fake(kind_id: str, seed: int = 0, *, catalogue: Catalogue | None = None, **damage: Any) -> str:
    """Return a made-up key of a kind: the same for the same kind and seed.

    Args:
        kind_id: the kind; its first form is used.
        seed: different seeds give different keys.
        catalogue: where to look the kind up; the built-in one by default.
        **damage: what to do to it (see `docs/grammar.md`): `truncated=3`, `longer=2`, `typo=17`, `illegal=5`, `lookalike=5`,
            `zero_width=5`, `bad_checksum=True`, `newline=True`, `quotes=True`, `base64=True`, `percent=True`, `masked=True`,
            `placeholder=True`; and what the key is to say: `expires=…`, `issued=…` (a date or an ISO text), and, where the form
            has such a label, `account=…`, `region=…`, `project=…`, `environment=…`; `form=1` for another form.

    Raises:
        KeyError: no kind has this id.
        ValueError: this kind cannot be damaged like that.
    """
    if catalogue is None:
        from keylint.catalogue.load import builtin

        catalogue = builtin()
    if kind_id not in catalogue.kinds:
        raise KeyError(f"no kind of key is called {kind_id}")
    forms = catalogue.kinds[kind_id].forms
    number = int(damage.pop("form", 0))
    if not 0 <= number < len(forms):
        raise ValueError(f"{kind_id} has {len(forms)} forms, counted from 0")
    form = parse(forms[number])
    wishes: dict[str, Any] = {name: _moment(damage.pop(name)) for name in ("expires", "issued") if name in damage}
    if wishes and not any(isinstance(segment, Structure) for segment in form.segments):
        raise ValueError(f"{kind_id} carries no dates")
    wishes |= {claim: str(damage.pop(claim)) for claim in _CLAIMS if claim in damage}
    key = _whole(form, f"{kind_id}#{seed}" + (f"/{number}" if number else ""), wishes)
    for name, amount in damage.items():
        if name not in _DAMAGES:
            raise ValueError(f"no damage is called {name}; there are {', '.join(_DAMAGES)}")
        if amount is not False:
            key = _DAMAGES[name](key, form, int(amount))
    return key


_TEMPLATE = re.compile(r"\{fake:([a-z0-9-]+)(?:#(\d+))?(?:!([A-Za-z0-9=,:.+_-]+))?\}")


def expand(text: str, catalogue: Catalogue | None = None) -> str:
    """Replace `{fake:KIND}`, `{fake:KIND#2}`, `{fake:KIND!truncated=3,newline}` by made-up keys.

    `{fake:KIND!tail}` is the key without the text that its kind begins with, for literals that are put together.

    Raises:
        KeyError: no kind has this id.
        ValueError: a kind cannot be damaged as asked.
    """
    return _TEMPLATE.sub(lambda match: _expanded(match, catalogue), text)


def _expanded(match: re.Match[str], catalogue: Catalogue | None) -> str:
    damage: dict[str, Any] = {}
    for part in (match[3] or "").split(","):
        name, equals, amount = part.partition("=")
        if name:
            damage[name.replace("-", "_")] = amount if equals else True
    tail = damage.pop("tail", False)
    key = fake(match[1], int(match[2] or 0), catalogue=catalogue, **damage)
    return key[len(_anchor(match[1], catalogue)) :] if tail else key


def _anchor(kind_id: str, catalogue: Catalogue | None) -> str:
    if catalogue is None:
        from keylint.catalogue.load import builtin

        catalogue = builtin()
    anchors = parse(catalogue.kinds[kind_id].forms[0]).anchors
    return anchors[0] if anchors else ""


def _moment(when: datetime | date | str) -> datetime:
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _whole(form: Form, name: str, wishes: dict[str, Any]) -> str:
    rng = Random(name)  # noqa: S311 - made-up keys are to be the same every time
    for _ in range(_ATTEMPTS):
        key = _made(form, rng, wishes)
        if form.min <= len(key) <= form.max and classify(key) is None:
            return key
    raise ValueError(f"no key of the form {form.text} can be made up that does not look like a placeholder")


def _made(form: Form, rng: Random, wishes: dict[str, Any]) -> str:
    parts: list[str] = []
    labelled: dict[str, str] = {}
    for segment in form.segments:
        if isinstance(segment, Literal):
            text = segment.text
        elif isinstance(segment, Run) and segment.label in wishes:
            text = wishes[segment.label]
        elif isinstance(segment, Run):
            length = rng.randint(segment.min, min(segment.max, segment.min + _LONGEST_RUN))
            text = "".join(rng.choices(sorted(segment.charset.chars), k=length))
        elif isinstance(segment, Structure):
            text = DECODERS[segment.name].make(rng, wishes)
        else:
            over = "".join(labelled[label] for label in segment.labels) if segment.labels else "".join(parts)
            project = wishes.get("project") if segment.function == "supabase" else None
            text = supabase_sum(over, project) if project else FUNCTIONS[segment.function].compute(over)[0]
        parts.append(text)
        labelled[segment.label] = text
    return "".join(parts)


def _prefix(form: Form) -> int:
    return len(form.anchors[0]) if form.anchors else 0


def _replaced(key: str, at: int, char: str) -> str:
    return key[:at] + char + key[at + 1 :]


def _place(key: str, form: Form, position: int) -> int:
    """Return the index of a 1-based position; behind the prefix when none is given."""
    at = position - 1 if position > 1 else _prefix(form) + (len(key) - _prefix(form)) // 2
    if not 0 <= at < len(key):
        raise ValueError(f"the key has {len(key)} characters, not {position}")
    return at


def _truncated(key: str, form: Form, count: int) -> str:
    if not 0 < count < len(key) - _prefix(form):
        raise ValueError(f"{count} characters cannot be cut off a key of {len(key)}")
    return key[:-count]


def _longer(key: str, form: Form, count: int) -> str:
    at = _place(key, form, 1)
    return key[:at] + key[at] * count + key[at:]


def _segment_at(key: str, form: Form, at: int) -> Run | Checksum | Structure | None:
    match = form.regex.match(key)
    for number, segment in enumerate(form.segments, 1):
        if match is not None and match.start(number) <= at < match.end(number):
            return None if isinstance(segment, Literal) else segment
    return None


def _typo(key: str, form: Form, position: int) -> str:
    """Replace a character by another one that may stand there."""
    at = _place(key, form, position)
    segment = _segment_at(key, form, at)
    if segment is None:
        return _replaced(key, at, "x" if key[at] != "x" else "y")
    chars = sorted(segment.charset.chars)
    return _replaced(key, at, chars[(chars.index(key[at]) + 1) % len(chars)])


def _bad_checksum(key: str, form: Form, _amount: int) -> str:
    match = form.regex.match(key)
    for number, segment in enumerate(form.segments, 1):
        if isinstance(segment, Checksum) and match is not None:
            at = match.end(number) - 1
            right = {text[-1] for text in FUNCTIONS[segment.function].compute(key[: match.start(number)]) or ("",)} | {
                key[at]
            }
            return _replaced(key, at, next(c for c in sorted(segment.charset.chars) if c not in right))
    raise ValueError(f"a key of the form {form.text} has no checksum")


def _illegal(key: str, form: Form, position: int) -> str:
    at = _place(key, form, position)
    segment = _segment_at(key, form, at)
    allowed = form.charset if segment is None else segment.charset.chars
    return _replaced(key, at, next(char for char in "Oo0_-!" if char not in allowed))


def _lookalike(key: str, form: Form, position: int) -> str:
    odd = {plain: char for char, plain in reversed(LOOKALIKES.items())}
    at = _place(key, form, position)
    at = next(i for i in (*range(at, len(key)), *range(_prefix(form), at)) if key[i] in odd)
    return _replaced(key, at, odd[key[at]])


def _zero_width(key: str, form: Form, position: int) -> str:
    at = _place(key, form, position)
    return key[:at] + "\u200b" + key[at:]


def _masked(key: str, form: Form, _amount: int) -> str:
    return key[: _prefix(form)] + "*" * 8 + key[-4:]


def _placeholder(key: str, form: Form, _amount: int) -> str:
    return key[: _prefix(form)] + "x" * max(8, len(key) - _prefix(form))


def _encoded(key: str, form: Form, times: int) -> str:
    return key if times < 1 else _encoded(base64.b64encode(key.encode()).decode(), form, times - 1)


_DAMAGES: dict[str, Callable[[str, Form, int], str]] = {
    "truncated": _truncated,
    "longer": _longer,
    "typo": _typo,
    "bad_checksum": _bad_checksum,
    "illegal": _illegal,
    "lookalike": _lookalike,
    "zero_width": _zero_width,
    "newline": lambda key, _form, _amount: key + "\n",
    "quotes": lambda key, _form, _amount: f'"{key}"',
    "base64": _encoded,
    "percent": lambda key, _form, _amount: quote(key, safe=""),
    "masked": _masked,
    "placeholder": _placeholder,
}
