from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keylint.sources.gitignore import MAX_PATTERNS, Patterns, patterns_of, read_patterns
from keylint.sources.walk import _Walk, discover

TABLE = [
    # pattern, path, directory, ignored
    ("foo", "foo", False, True),
    ("foo", "a/foo", False, True),
    ("foo", "a/foo/b", False, None),
    ("/foo", "a/foo", False, None),
    ("/foo", "foo", False, True),
    ("foo/", "foo", False, None),
    ("foo/", "foo", True, True),
    ("!foo", "foo", False, False),
    ("a/b", "a/b", False, True),
    ("a/b", "c/a/b", False, None),
    ("*.env", ".env", False, True),
    ("*.env", "x/prod.env", False, True),
    ("a/*", "a/b", False, True),
    ("a/*", "a/b/c", False, None),
    ("**/b", "b", False, True),
    ("**/b", "x/y/b", False, True),
    ("a/**", "a/b/c", False, True),
    ("a/**", "a", True, None),
    ("a/**/b", "a/b", False, True),
    ("a/**/b", "a/x/y/b", False, True),
    ("a/**/b", "ab", False, None),
    ("a/**/b/**/c", "a/b/x/b/c", False, True),
    ("a**b", "axxb", False, True),
    ("a?c", "abc", False, True),
    ("a?c", "a/c", False, None),
    ("a?c", "aéc", False, None),
    ("a[b-d]", "ac", False, True),
    ("a[!b-d]", "ac", False, None),
    ("a[]x]", "a]", False, True),
    ("a[[:digit:]]", "a7", False, True),
    ("a[", "a[", False, None),
    ("a\\*", "a*", False, True),
    ("a\\*", "ab", False, None),
    ("a\\", "a\\", False, None),
    ("\\#a", "#a", False, True),
    ("#a", "#a", False, None),
    ("\\!a", "!a", False, True),
    ("a  ", "a", False, True),
    ("a\\ ", "a ", False, True),
    ("", "", False, None),
    ("/", "a", True, None),
]


@pytest.mark.parametrize(("pattern", "path", "directory", "ignored"), TABLE)
def test_table(pattern, path, directory, ignored):
    assert Patterns([pattern]).match(path, directory=directory) is ignored


def test_later_patterns_win():
    patterns = Patterns(["*.log", "!keep.log", "/keep.log"])
    assert patterns.match("a/keep.log") is False
    assert patterns.match("keep.log") is True


def test_exclude_covers_what_lies_below():
    patterns = patterns_of(["vendor/", "tests/**/fixtures", "é/"])
    assert patterns.covers("vendor/a/b.py")
    assert patterns.covers("tests/a/b/fixtures/c.py")
    assert patterns.covers("é/x")
    assert not patterns.covers("vendor")
    assert not patterns_of(()).covers("anything")


def test_file_is_read_as_git_reads_it(tmp_path):
    path = tmp_path / ".gitignore"
    path.write_bytes(b"\xef\xbb\xbfone\r\n\n# no\ntwo\r\n")
    patterns = read_patterns(str(path))
    assert patterns.match("one")
    assert patterns.match("two")
    assert not read_patterns(str(tmp_path / "absent"))


def test_linked_ignore_file_does_not_count(tmp_path):
    (tmp_path / "real").write_text("a\n")
    link = tmp_path / ".gitignore"
    try:
        link.symlink_to("real")
    except OSError:
        pytest.skip("no symbolic links here")
    assert not read_patterns(str(link))
    assert read_patterns(str(link), follow=True).match("a")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "b", "a" * 4000),
        ("a*" * 60 + "/b", "a" * 4000),
        ("**/a/" * 40 + "b", "a/" * 1500 + "c"),
        ("**/*a*a*a*a*a*a*b/" * 10 + "c", ("a" * 60 + "/") * 40 + "d"),
        ("[a-" * 200, "a"),
    ],
)
def test_hostile_patterns_end(pattern, path):
    assert Patterns([pattern]).match(path) is None


def test_the_number_of_patterns_is_bounded():
    lines = [f"x{number}" for number in range(MAX_PATTERNS + 5)]
    patterns = Patterns(lines)
    assert patterns.match(lines[0])
    assert patterns.match(lines[-1]) is None


# -------------------------------------------------------------------- the same answers as git

NAMES = st.sampled_from(["a", "b", "ab", "a.b", ".env", "a b", "é", "#a", "!a", "a]", "a-", "A"])
PIECES = st.sampled_from(
    ["a", "b", ".", "*", "?", "[ab]", "[!a]", "[^b]", "[a-b]", "[[:alpha:]]", "[]]", "\\a", "\\*", "é", "\\"]
)
SEGMENT = st.one_of(NAMES, st.just("*"), st.just("**"), st.lists(PIECES, min_size=1, max_size=4).map("".join))
PATTERN = st.builds(
    lambda bang, lead, parts, tail: bang + lead + "/".join(parts) + tail,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(SEGMENT, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " "]),
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=1, max_size=10)
IGNORE_FILES = st.dictionaries(
    st.sampled_from(["", "a/", "b/", "a/b/", "ab/"]), st.lists(PATTERN, min_size=1, max_size=5), min_size=1, max_size=3
)


def unlike_documented(line: str) -> bool:
    """Git compares the literal head of a pattern first, and then takes `**` after it as if it stood at the start."""
    head = line.lstrip("!").lstrip("/")
    cut = head.find("**")
    return cut > 0 and not any(special in head[:cut] for special in "*?[\\") and head[cut - 1] != "/"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, IGNORE_FILES, st.lists(PATTERN, max_size=2))
def test_same_as_git(paths: list[str], ignore_files: dict[str, list[str]], own: list[str]) -> None:
    ignore_files = {
        where: [line for line in lines if not unlike_documented(line)] for where, lines in ignore_files.items()
    }
    own = [line for line in own if not unlike_documented(line)]
    with tempfile.TemporaryDirectory() as directory:
        root = Path(os.path.realpath(directory))
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", "init", "-q", str(root)], check=True, env=environment)
        for path in paths:
            target = root / path
            if any(parent.is_file() for parent in target.parents) or target.is_dir():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("")
        for where, lines in ignore_files.items():
            folder = root / where
            if folder.is_dir():
                (folder / ".gitignore").write_text("\n".join(lines), encoding="utf-8")
        (root / ".git/info").mkdir(exist_ok=True)
        (root / ".git/info/exclude").write_text("\n".join(own), encoding="utf-8")
        every = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        files = [path for path in every if not path.startswith(".git/")]
        asked = "\0".join(files).encode()
        command = ["git", "-C", str(root), "check-ignore", "-z", "--stdin"]
        said = subprocess.run(command, input=asked, capture_output=True, check=False, env=environment)
        assert said.returncode in (0, 1)
        expected = {name for name in said.stdout.decode().split("\0") if name}
        walk = _Walk(str(root), ())
        assert {name for name in files if walk.is_ignored(str(root / name))} == expected
        assert {entry.path for entry in discover(str(root)).entries if not entry.ignored} == set(files) - expected
