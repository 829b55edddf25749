"""Values that stand in for a key: placeholders, and keys that somebody has masked."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from operator import eq, sub

PLACEHOLDER, MASKED = "KL205", "KL206"

# White space, quotes, BOM and zero-width characters: what surrounds a key and is no part of it.
SURROUNDING = " \t\r\n\f\v\"'`\ufeff\u200b\u200c\u200d\u2060"

_MAX_LENGTH = 4096

_MASK = re.compile(
    r"\*{3,}|[•●█▪∙]{2,}|[\[<({](?:redacted|masked|hidden|secret removed|removed|filtered|sanitized)[\])>}]|\bredacted\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"…|\.{3,}")
_TEMPLATE = re.compile(
    r"""\$\{[^{}]{1,200}\} | \$\([^()]{1,200}\) | \{\{.{0,200}?\}\} | <[A-Za-z][^<>]{0,100}>
      | \A(?: \$(?!aact_)[A-Za-z_]\w{0,100} | %\w{1,100}% | %\(\w{1,100}\)s | @\w{1,100}@
             | \{[A-Za-z_][\w.\-\ ]{0,100}\} | \[[A-Za-z][A-Za-z\ _\-]{1,100}\] )\Z""",
    re.VERBOSE | re.DOTALL,
)
# Long enough that no random key holds one by chance.
_TELLING = re.compile(
    r"change[_-]?(?:me|this|it)\b|placeholder|replace[_-]?(?:me|this|with)|example|goes[_-]?here|fixme|\btodo\b"
    r"|not[_-]?an?[_-]?(?:real|key|token|secret)|(?:set|fill)[_-]me\b"
    r"|your[ _-]?(?:api|key|token|secret|access|own|app|account)|insert[_-]?(?:your|key|api)"
    r"|(?:dummy|fake)[_-]?(?:key|token|secret)|\b(?-i:[Ff]ake|[Dd]ummy)(?-i:[A-Z][a-z])"
    r"|\b(?:my|test|some|sample)(?:secret|api|access|auth)?(?:key|token)\b",
    re.IGNORECASE,
)
_DUMMY = re.compile(
    r"dummy|fake|mock|stub|test|not[ _-]?(?:needed|used|required|real)|unused|ignore|none|null|empty|invalid"
    r"|\bno[ _-]?(?:api|key|token|auth)|local",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+")
# One of these between separators marks a placeholder, if the value has no part that could be random.
_INVITING = frozenset(
    {
        "your", "yours", "insert", "replace", "paste", "changeme", "todo", "sample", "example", "dummy", "fake",
        "placeholder", "foo", "bar", "foobar", "foobarbaz",
    }
)  # fmt: skip
# These only beside a word for what is missing.
_ASKING = frozenset({"my", "some", "here", "put", "add", "change", "enter", "new"})
_MISSING = frozenset({"key", "keys", "apikey", "token", "secret", "api"})
# A value of nothing but these is one.
_EMPTY_WORDS = _INVITING | _ASKING | _MISSING | {
    "test", "testing", "tests", "password", "sk", "pk", "rk", "xxx", "xx", "x", "abc", "mock", "stub", "none", "null",
    "nil", "na", "n", "a", "the", "value", "string", "live", "proj", "tbd", "blank", "empty", "invalid", "undefined", "demo",
}  # fmt: skip
_COUNTED = "01234567890123456789"
_RANDOM_PART = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{6,}|[A-Za-z0-9]{24,}")


def classify(value: str) -> str | None:
    """Return `"KL205"` for a placeholder, `"KL206"` for a masked value, `None` for what may be a key.

    An empty value is neither. The value is taken without surrounding white space and quotes.
    """
    text = value.strip(SURROUNDING)
    if not text or len(text) > _MAX_LENGTH:
        return None
    return _classify(text)


@lru_cache(maxsize=2048)
def _classify(text: str) -> str | None:
    if _MASK.search(text):
        return MASKED
    if _TEMPLATE.search(text):
        return PLACEHOLDER
    if " " in text and "-----BEGIN" not in text:
        return PLACEHOLDER if _TELLING.search(text) and len(text) < 100 else None
    ellipsis = _ELLIPSIS.search(text)
    if ellipsis and (len(text) <= 100 or ellipsis.end() == len(text) or ellipsis[0] == "…"):
        return _elided(text[: ellipsis.start()], text[ellipsis.end() :])
    return PLACEHOLDER if _is_placeholder(text) else None


def is_dummy(value: str) -> bool:
    """Say whether a placeholder or mask asks nobody to put in a key: `fake-api-key`, `not-needed`, `***`."""
    text = value.strip(SURROUNDING)
    return len(text) <= _MAX_LENGTH and (_DUMMY.search(text) is not None or _MASK.fullmatch(text) is not None)


def _elided(before: str, after: str) -> str:
    """A prefix and dots invite to fill in; dots behind or between random characters hide them."""
    hides = (
        after.strip("-_.")
        or any(c.isdigit() for c in before.rpartition("-")[2])
        or (before and before[-1].isalnum() and len(before) > 8)
    )
    return MASKED if hides else PLACEHOLDER


def _is_placeholder(text: str) -> bool:
    if _TELLING.search(text) or _only_words(text):
        return True
    body = "".join(filter(str.isalnum, text))
    return (
        _is_crossed_out(body)
        or _is_spelled_out(body)
        or _is_repetitive(body)
        or _is_sequence(body)
        or _has_little_entropy(body)
    )


def _only_words(text: str) -> bool:
    if not text.isascii() or len(text) > 80:
        return False
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return False
    if _EMPTY_WORDS.issuperset(words):
        digits = "".join(filter(str.isdigit, text))
        counted = len(digits) > 2 and digits in _COUNTED
        if counted or len(words) + 3 > len(digits):
            return (
                counted
                or len(words) > 1
                or words[0] in _INVITING
                or words[0] in ("test", "testing", "xxx", "none", "null", "undefined", "tbd", "abc", "demo")
            )
    if len(words) < 2 or _RANDOM_PART.search(text):
        return False
    return not _INVITING.isdisjoint(words) or not (_ASKING.isdisjoint(words) or _MISSING.isdisjoint(words))


def _is_crossed_out(body: str) -> bool:
    run = max((len(match[0]) for match in re.finditer(r"[xX]{4,}", body)), default=0)
    return run >= 8 or run >= 0.4 * len(body) > 0


_LONG_RUN = re.compile(r"(.)\1{5,}")


# What people type who need hex digits, or any letters at all.
_TYPED = re.compile(
    r"dead(?:beef|c0de|f00d)|cafe(?:babe|d00d|f00d)|feedface|facefeed|8badf00d|baadf00d|c0ffee|badc0de"
    r"|qwerty(?:ui(?:op)?)?|asdf(?:gh(?:jkl)?)?|zxcvb(?:nm)?|1qaz2wsx",
    re.IGNORECASE,
)


def _is_spelled_out(body: str) -> bool:
    """Words of hex digits and rows of the keyboard make up most of the body."""
    return len(body) >= 6 and sum(len(match[0]) for match in _TYPED.finditer(body)) >= 0.6 * len(body)


def _is_repetitive(body: str) -> bool:
    if len(body) < 6:
        return False
    longest = max((len(match[0]) for match in _LONG_RUN.finditer(body)), default=0)
    if longest >= 0.6 * len(body):
        return True
    # Behind a prefix: the last two thirds repeat a short piece.
    tail = body[len(body) // 3 :]
    greatest = min(16, len(tail) // 3)
    if len(set(tail)) > greatest + 0.1 * len(tail):
        return False  # more different characters than the piece and what differs from it can have: nearly all keys
    return any(sum(map(eq, tail, tail[period:])) >= 0.9 * (len(tail) - period) for period in range(1, greatest + 1))


def _is_sequence(body: str) -> bool:
    """Most of the body runs up or down: `abcdef`, `123456`, `1a2b3c`."""
    if len(body) < 5:
        return False
    points = list(map(ord, body))
    for stride, share in ((1, 0.5), (2, 0.6)):
        near = sum(map(_NEAR.__contains__, map(sub, points[stride:], points)))
        if _LONGEST_REACH * near < share * len(body):
            continue  # nearly all keys end here
        steps = [_step(body[i], body[i + stride]) for i in range(len(body) - stride)]
        covered = run = 0
        for index, step in enumerate(steps):
            run = run + 1 if step and (index == 0 or step == steps[index - 1] or stride == 2) else int(step != 0)
            covered += 1 if run > 2 else 3 if run == 2 else 0
        if covered >= share * len(body):
            return True
    return False


# Where one row of characters is followed by the next.
_JUMPS = frozenset({"90", "9a", "9A", "z0", "Z0", "f0", "F0"})
_NEAR = frozenset({1, -1, *(ord(pair[1]) - ord(pair[0]) for pair in _JUMPS)})
# A step covers at most so many characters: two of them cover three.
_LONGEST_REACH = 1.5


def _step(left: str, right: str) -> int:
    if left + right in _JUMPS:
        return 1
    distance = ord(right) - ord(left)
    return distance if distance in (1, -1) else 0


# Where no character is more often than every eighth, there are three bits per character at least: nearly all keys.
_LEAST_EVEN = 8


def _has_little_entropy(body: str) -> bool:
    if len(body) < 16 or body.isdigit() or _LEAST_EVEN * max(map(body.count, set(body))) <= len(body):
        return False
    return entropy(body) < (2.5 if set(body.lower()) <= set("0123456789abcdef") else 3.0)


def entropy(text: str) -> float:
    """Return the Shannon entropy of `text` in bits per character."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values())
