from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.link.names import nearest

TABLE = [
    ("OPENAI_KEY", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
    ("OPENAI_API_KEY", ["OPENAI_KEY", "OPENAI_MODEL"], "OPENAI_KEY"),
    ("STRIPE_KEY", ["STRIPE_SECRET_KEY"], "STRIPE_SECRET_KEY"),
    ("OPENAI_API_KYE", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
    ("OPENAPI_API_KEY", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
    ("OPEN_AI_API_KEY", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
    ("openai_api_key", ["OPENAI_API_KEY"], "OPENAI_API_KEY"),
    ("GITHUB_TOKEN", ["GITHUB_PAT", "GITLAB_TOKEN"], "GITHUB_PAT"),
    ("STRIPE_SECRET_KEY", ["STRIPE_PUBLISHABLE_KEY"], None),
    ("STRIPE_SECRET_KEY", ["STRIPE_WEBHOOK_SECRET"], None),
    ("AWS_SECRET_ACCESS_KEY", ["AWS_ACCESS_KEY_ID"], None),
    ("OPENAI_API_KEY", ["ANTHROPIC_API_KEY"], None),
    ("OPENAI_API_KEY", ["OPENAI_BASE_URL", "OPENAI_MODEL"], None),
    ("WORKER1_API_KEY", ["WORKER2_API_KEY"], None),
    ("API_KEY", ["SECRET_KEY"], None),
    ("A", ["B"], None),
    ("X", [], None),
]


@pytest.mark.parametrize(("name", "defined", "expected"), TABLE)
def test_table(name, defined, expected):
    assert nearest(name, frozenset(defined)) == expected


@given(st.text(max_size=40), st.frozensets(st.text(max_size=40), max_size=8))
def test_never_itself_always_one_of_them(name: str, defined: frozenset[str]) -> None:
    found = nearest(name, defined)
    assert found is None or (found in defined and found != name)
