"""The grammar of ignore comments, as a table."""

import pytest

from keylint import suppress
from keylint.model import Finding, Place, Severity


def finding(path: str, line: int, code: str = "KL101", end_line: int | None = None) -> Finding:
    place = Place(path, line, 1, end_line or line, 2)
    return Finding(code, "rule", "message", Severity.ERROR, place)


TABLE = [
    # path, text, line of the finding, silenced?
    ("a.py", "KEY = 'x'  # keylint: ignore[KL101] a test key\n", 1, True),
    ("a.py", "KEY = 'x'  # keylint: ignore[KL101, KL202]\n", 1, True),
    ("a.py", "KEY = 'x'  # keylint:ignore[KL101]\n", 1, True),
    ("a.py", "KEY = 'x'  # noqa  # keylint: ignore[KL101]\n", 1, False),
    ("a.py", "KEY = 'x'  # keylint: ignore[KL102]\n", 1, False),
    ("a.py", "KEY = 'x'  # keylint: ignore\n", 1, False),
    ("a.py", "KEY = 'x'  # keylint: ignore[]\n", 1, False),
    ("a.py", "# keylint: ignore[KL101]\nKEY = 'x'\n", 2, True),
    ("a.py", "# keylint: ignore[KL101]\n\nKEY = 'x'\n", 3, False),
    ("a.py", "KEY = 'x'\nOTHER = 'y'  # keylint: ignore[KL101]\n", 1, False),
    ("a.py", "call(\n    key='x',\n    other='y',\n)  # keylint: ignore[KL101]\n", 2, True),
    ("a.py", "call(\n    key='x',  # keylint: ignore[KL101]\n    other='y',\n)\n", 3, True),
    ("a.py", "TEXT = '# keylint: ignore[KL101]'\n", 1, False),
    ("a.py", "def broken(:\n    key = 'x'  # keylint: ignore[KL101]\n", 2, True),
    ("a.yaml", "key: x  # keylint: ignore[KL101]\n", 1, True),
    ("a.yaml", "# keylint: ignore[KL101]\nkey: x\n", 2, True),
    (".env", "# keylint: ignore[KL101]\nKEY=x\n", 2, True),
    (".env", "KEY=x  # keylint: ignore[KL101]\n", 1, False),
    (".env.production", "KEY=x  # keylint: ignore[KL101]\n", 1, False),
    ("app.ini", "; keylint: ignore[KL101]\nkey = x\n", 2, True),
    ("app.js", "const key = 'x'; // keylint: ignore[KL101]\n", 1, True),
    ("page.html", "<!-- keylint: ignore[KL101] -->\n<b>x</b>\n", 2, True),
    ("a.json", '{"key": "x"}  // keylint: ignore[KL101]\n', 1, False),
]


@pytest.mark.parametrize(("path", "text", "line", "silenced"), TABLE)
def test_ignore_comment(path: str, text: str, line: int, silenced: bool) -> None:
    result = suppress.apply([finding(path, line)], suppress.find(path, text))
    assert (result.findings == ()) is silenced
    assert result.count == int(silenced)


def test_unused_ignores_are_named() -> None:
    ignores = suppress.find("a.py", "A = 1  # keylint: ignore[KL101]\nB = 2  # keylint: ignore[KL102]\n")
    result = suppress.apply([finding("a.py", 1)], ignores)
    assert [(ignore.line, ignore.codes) for ignore in result.unused] == [(2, ("KL102",))]


@pytest.mark.parametrize("written", ["", "[]", "[ , ]", "[E501]", "[KL101x]"])
def test_an_ignore_that_names_no_rule_says_so(written: str) -> None:
    (ignore,) = suppress.find("a.py", f"A = 1  # keylint: ignore{written}\n")
    assert ignore.codes == ()
    assert ignore.problem


def test_one_ignore_covers_one_line_only() -> None:
    ignores = suppress.find("a.yaml", "a: 1  # keylint: ignore[KL101]\nb: 2\nc: 3\n")
    findings = [finding("a.yaml", line) for line in (1, 2, 3)]
    assert [f.place.line for f in suppress.apply(findings, ignores).findings] == [2, 3]
