"""The grammar of ignore comments, as a table."""

from dataclasses import replace
from datetime import date

import pytest

from keylint import config, suppress
from keylint.model import Finding, Place, Severity

TODAY = date(2026, 11, 20)


def finding(path: str, line: int, code: str = "KL101", end_line: int | None = None) -> Finding:
    place = Place(path, line, 1, end_line or line, 2)
    return Finding(code, "rule", "message", Severity.ERROR, place)


def secret_of(found: Finding) -> str:
    return found.message


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
    result = suppress.apply([finding(path, line)], suppress.find(path, text), TODAY, secret_of)
    assert (result.findings == ()) is silenced
    assert result.count == int(silenced)


CELLS: list[tuple[suppress.Language, str, int, bool]] = [
    # what is written in the cell, the line of the finding, silenced?
    ("python", "KEY = 'x'  # keylint: ignore[KL101]\n", 1, True),
    ("python", "# keylint: ignore[KL101]\nKEY = 'x'\n", 2, True),
    ("python", "call(\n    key='x',\n)  # keylint: ignore[KL101]\n", 2, True),
    ("python", "TEXT = '# keylint: ignore[KL101]'\n", 1, False),
    ("code", "curl -u x  # keylint: ignore[KL101]\n", 1, True),
    ("prose", "see `x` # keylint: ignore[KL101]\n", 1, False),
    ("prose", "<!-- keylint: ignore[KL101] -->\nx\n", 2, True),
]


@pytest.mark.parametrize(("language", "source", "line", "silenced"), CELLS)
def test_an_ignore_in_a_cell(language: suppress.Language, source: str, line: int, silenced: bool) -> None:
    ignores = suppress.find_in_cell("n.ipynb", 3, source, language)
    found = finding("n.ipynb", line)
    there, elsewhere = (replace(found, place=replace(found.place, cell=cell)) for cell in (3, 4))
    result = suppress.apply([there, elsewhere, found], ignores, TODAY, secret_of)
    assert result.findings == ((elsewhere, found) if silenced else (there, elsewhere, found))


ONE = [
    # text, lines and names of secrets, those that are left, ignores that cover what is left
    ("A = f('x', 'y')  # keylint: ignore[KL101]\n", [(1, "x"), (1, "y")], ["y"], 1),
    ("A = f('x', 'x')  # keylint: ignore[KL101]\n", [(1, "x"), (1, "x")], [], 0),
    ("f(\n  'x',\n  'y',\n  'x',\n)  # keylint: ignore[KL101]\n", [(2, "x"), (3, "y"), (4, "x")], ["y"], 1),
    ("f(\n  'x',\n  'y',  # keylint: ignore[KL101]\n  'z',\n)\n", [(2, "x"), (3, "y"), (4, "z")], ["x", "z"], 1),
    ("f(\n  'x',\n  # keylint: ignore[KL101]\n  'y',\n)\n", [(2, "x"), (4, "y")], ["x"], 1),
    (
        "f(\n  'x',  # keylint: ignore[KL101]\n  'y',  # keylint: ignore[KL101]\n)\n",
        [(2, "x"), (3, "y")],
        [],
        0,
    ),
]


@pytest.mark.parametrize(("text", "secrets", "left", "shared"), ONE)
def test_an_ignore_is_about_one_secret(text: str, secrets: list[tuple[int, str]], left: list[str], shared: int) -> None:
    findings = [replace(finding("a.py", line), message=secret) for line, secret in secrets]
    result = suppress.apply(findings, suppress.find("a.py", text), TODAY, secret_of)
    assert [found.message for found in result.findings] == left
    assert result.count == len(secrets) - len(left)
    assert len(result.shared) == shared


def test_an_ignore_of_two_rules_is_about_one_secret_of_each() -> None:
    ignores = suppress.find("a.py", "A = 'x'  # keylint: ignore[KL101, KL109]\n")
    findings = [
        replace(finding("a.py", 1, code), message=secret) for code in ("KL101", "KL109", "KL104") for secret in "xy"
    ]
    result = suppress.apply(findings, ignores, TODAY, secret_of)
    assert [(f.code, f.message) for f in result.findings] == [
        ("KL101", "y"), ("KL109", "y"), ("KL104", "x"), ("KL104", "y"),
    ]  # fmt: skip


def test_an_ignore_of_something_is_not_needless() -> None:
    ignores = suppress.find("a.py", "A = 1  # keylint: ignore[KL101]\nB = 2  # keylint: ignore[KL102]\n")
    for code, line, needless in (("KL101", 1, 1), ("KL102", 2, 1), ("KL102", 1, 2)):
        assert len(suppress.needless(ignores, [(code, finding("a.py", line).place)])) == needless


def test_unused_ignores_are_named() -> None:
    ignores = suppress.find("a.py", "A = 1  # keylint: ignore[KL101]\nB = 2  # keylint: ignore[KL102]\n")
    result = suppress.apply([finding("a.py", 1)], ignores, TODAY, secret_of)
    assert [(ignore.line, ignore.codes) for ignore in result.unused] == [(2, ("KL102",))]


@pytest.mark.parametrize("written", ["", "[]", "[ , ]", "[E501]", "[KL101x]"])
def test_an_ignore_that_names_no_rule_says_so(written: str) -> None:
    (ignore,) = suppress.find("a.py", f"A = 1  # keylint: ignore{written}\n")
    assert ignore.codes == ()
    assert ignore.problem


def test_one_ignore_covers_one_line_only() -> None:
    ignores = suppress.find("a.yaml", "a: 1  # keylint: ignore[KL101]\nb: 2\nc: 3\n")
    findings = [finding("a.yaml", line) for line in (1, 2, 3)]
    assert [f.place.line for f in suppress.apply(findings, ignores, TODAY, secret_of).findings] == [2, 3]


@pytest.mark.parametrize(
    ("reason", "silenced", "ended", "problem"),
    [
        ("until 2027-01-31 rotated then", True, False, False),
        ("until 2026-11-20", True, False, False),  # the last day counts
        ("until 2026-11-19 rotated then", False, True, False),
        ("a test key (until 2026-01-31)", False, True, False),
        ("until: 2026-01-31.", False, True, False),
        ("until we have a vault", True, False, False),
        ("until 2027-1-31", False, False, True),
        ("until 2027-02-30", False, False, True),
        ("until 31.01.2027", False, False, True),
    ],
)
def test_an_ignore_may_end(reason: str, silenced: bool, ended: bool, problem: bool) -> None:
    ignores = suppress.find("a.py", f"KEY = 'x'  # keylint: ignore[KL101] {reason}\n")
    result = suppress.apply([finding("a.py", 1)], ignores, TODAY, secret_of)
    assert (result.findings == ()) is silenced
    assert bool(result.ended) is ended
    assert (ignores[0].problem is not None) is problem


def test_an_ignore_of_nothing_is_unused_also_when_it_has_ended() -> None:
    result = suppress.apply(
        [], suppress.find("a.py", "A = 1  # keylint: ignore[KL101] until 2020-01-01\n"), TODAY, secret_of
    )
    assert (len(result.unused), result.ended) == (1, ())


PRAGMAS = [
    # the line, whether detect-secrets' pragma stands on it
    ("key = 'x'  # pragma: allowlist secret", True),
    ("key = 'x'  # pragma: whitelist secret", True),
    ("key = 'x'  #pragma:allowlist secret", True),
    ("key = 'x'  # pragma: allowlist-secret because it is none", True),
    ("key = 'x';  // pragma: allowlist secret", True),
    ("key = 'x'; /* pragma: allowlist secret */", True),
    ("insert 'x' -- pragma: allowlist secret", True),
    ("key = x ; pragma: allowlist secret", True),
    ("key = x % pragma: allowlist secret", True),
    ('key = "x" \' pragma: allowlist secret', True),
    ("<key>x</key> <!-- pragma: allowlist secret -->", True),
    ("key = 'x'  # noqa # pragma: allowlist secret", True),
    ("key = 'x'  # pragma: allowlist", False),
    ("key = 'x'  # pragma: no cover", False),
    ("key = 'x'  # allowlist secret", False),
    ("key = 'x'  # pragma: allowlist nextline secret", False),
    ("key = 'x'  # gitleaks:allow", False),  # only where it was asked for
]


def left(text: str, line: int, *tools: str, code: str = "KL101", end_line: int | None = None) -> bool:
    """Say whether a finding on a line of a text is left by the comments of other tools."""
    found = [finding("a.py", line, code, end_line)]
    kept, count = suppress.apply_foreign(found, lambda _: text.split("\n"), tools)
    assert count == 1 - len(kept)
    return bool(kept)


@pytest.mark.parametrize(("line", "allowed"), PRAGMAS)
def test_pragma_of_detect_secrets(line: str, allowed: bool) -> None:
    assert left(line, 1) is not allowed
    assert left(line, 1, code="KL201"), "it says that this is no leak, not that it works"
    assert left(f"{line}\nother = 'y'", 2), "of the next line it says nothing"
    assert left(f"other = 'y'\n{line}", 1), "nor of the one before"


@pytest.mark.parametrize("leader", ["#", "//", "/*", "--", ";", "%", "'", "<!--"])
def test_pragma_of_the_next_line(leader: str) -> None:
    text = f"  {leader} pragma: allowlist nextline secret\nkey = 'x'\nother = 'y'"
    assert [left(text, line) for line in (1, 2, 3)] == [True, False, True]
    assert left(f"a = 1 {text}", 2), "nothing stands before it"


FOREIGN = [
    ("gitleaks", "# gitleaks:allow", True),
    ("gitleaks", "#betterleaks:allow", True),
    ("gitleaks", "# gitleaks:allowed", False),
    ("kingfisher", "// kingfisher:ignore", True),
    ("kingfisher", "// kingfisher:allow", True),
    ("trufflehog", "# trufflehog:ignore", True),
    ("ggshield", "# ggignore", True),
    ("ggshield", "# ggignore: of a test", True),
    ("ggshield", "# ggignore-start", False),
    ("ggshield", "# see .ggignore", False),
    ("bandit", "# noqa: S105", True),
    ("bandit", "# noqa: E501, S106", True),
    ("bandit", "# NOQA:S107", True),
    ("bandit", "# noqa", False),
    ("bandit", "# noqa: S101", False),
    ("bandit", "# noqa: S1055", False),
    ("bandit", "# nosec", True),
    ("bandit", "# nosec B105", True),
    ("bandit", "# nosec: B602, B106", True),
    ("bandit", "# nosec B602", False),
    ("bandit", "# nosec assert_used", False),
    ("bandit", "# nosec hardcoded_password_string", True),
]


@pytest.mark.parametrize(("tool", "comment", "allowed"), FOREIGN)
def test_comments_of_other_tools(tool: str, comment: str, allowed: bool) -> None:
    text = f"first = 'w'\nkey = 'x'  {comment}\nlast = 'z'"
    assert left(text, 2, tool) is not allowed
    assert left(text, 1, tool), "one line only, never the file"
    assert left(text, 3, tool)
    assert left(text, 2), "nobody asked for it"
    assert left(text, 2, *(other for other in config.TOOLS if other != tool))


def test_a_value_of_several_lines_is_allowed_where_it_begins_or_ends() -> None:
    lines = ["key = '", "a", "b", "'", ""]
    for number in range(4):
        marked = [line + ("  # pragma: allowlist secret" if number == n else "") for n, line in enumerate(lines)]
        assert left("\n".join(marked), 1, end_line=4) is (number not in (0, 3))


def test_every_tool_of_the_configuration_has_comments() -> None:
    assert {tool for tool, _, _ in FOREIGN} == set(config.TOOLS)


def test_a_line_with_many_findings_is_looked_at_once() -> None:
    asked = []

    def lines_of(each: Finding) -> list[str]:
        asked.append(each)
        return ["key = 'x'  # pragma: allowlist secret"]

    kept, count = suppress.apply_foreign([finding("a.py", 1)] * 1000, lines_of, config.TOOLS)
    assert (kept, count, len(asked)) == ((), 1000, 1)
