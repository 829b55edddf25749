import re

import hyperscan
import pytest

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import expand, fake
from keylint.catalogue.pattern import is_weak


class Found:
    """What the compiled expressions find in a text."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.patterns = catalogue.patterns()
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        count = len(self.patterns)
        self._database.compile(
            expressions=[p.regex for p in self.patterns], ids=list(range(count)), flags=[0] * count, elements=count
        )

    def __call__(self, text: str, split: bool = False) -> set[str]:
        hits: set[str] = set()

        def on_match(number: int, *_: object) -> None:
            if self.patterns[number].split == split:
                hits.update(self.patterns[number].kinds)

        self._database.scan(text.encode(), match_event_handler=on_match)
        return hits


@pytest.fixture(scope="module")
def find(catalogue: Catalogue) -> Found:
    return Found(catalogue)


def test_every_kind_is_hit(catalogue: Catalogue, find: Found, every_form: list[tuple[str, int]]) -> None:
    for kind, form in every_form:
        key = fake(kind, 5, catalogue=catalogue, form=form)
        assert (kind in find(f'text before "{key}" and after')) != catalogue.kinds[kind].context, (kind, form)


@pytest.mark.parametrize(
    ("text", "kind", "hit"),
    [
        ("{fake:github-classic-pat!truncated=12}", "github-classic-pat", True),
        ("{fake:github-classic-pat!truncated=20}", "github-classic-pat", False),
        ("{fake:github-classic-pat!illegal=9}", "github-classic-pat", True),
        ("{fake:openai-project-key!truncated=60}", "openai-project-key", True),
        ("sk-{fake:context-key}", "deepseek-api-key", True),
        ("sk-learn-is-a-library", "deepseek-api-key", False),
        ("key-value-pairs-that-go-on-and-on-for-long", "weak-key", False),
        ("eyJhbGciOiJub25lIn0", "jwt", False),
    ],
)
def test_damaged_and_harmless(catalogue: Catalogue, find: Found, text: str, kind: str, hit: bool) -> None:
    assert (kind in find(expand(text, catalogue))) == hit


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ('"ghp_" + "abc"', True),
        ("'ghp_abc' 'def'", True),
        ('"ghp_"\n    "abc"', True),
        ('("ghp_" \\\n  + rest)', True),
        ('"ghp_abc"', False),
        ('"ghp_", "abc"', False),
        ('startswith("ghp_")', False),
        ('"sk-ant-" + x', True),
        ('"key-" + x', False),
    ],
)
def test_split_literals(find: Found, text: str, split: bool) -> None:
    assert bool(find(text, split=True)) == split


def test_expressions_have_no_large_bounds(catalogue: Catalogue) -> None:
    """What costs: lookaround, greedy upper bounds."""
    for pattern in catalogue.patterns():
        assert not re.search(rb"\(\?[^:]", pattern.regex)
        assert pattern.kinds


def test_expressions_are_shared(catalogue: Catalogue) -> None:
    regexes = [pattern.regex for pattern in catalogue.patterns()]
    assert len(set(regexes)) == len(regexes)


@pytest.mark.parametrize(
    ("anchor", "weak"),
    [
        ("ghp_", False),
        ("sk-ant-api03-", False),
        ("sk-", True),
        ("SG.", True),
        ("key-", True),
        ("dapi", True),
        ("eyJ", True),
        ("AKIA", False),
        ("xoxb-", False),
    ],
)
def test_weak(anchor: str, weak: bool) -> None:
    assert is_weak(anchor) == weak
