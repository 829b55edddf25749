"""The twelve cases that other scanners only see, or not even that: here each is diagnosed, on its line, with its reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# id -> files, (code, path, line), words of the message
CASES: dict[str, tuple[dict[str, str], tuple[str, str, int], list[str]]] = {
    "A-wrong-provider": (
        {"app.py": 'from openai import OpenAI\n\nclient = OpenAI(api_key="{fake:anthropic-api-key}")\n'},
        ("KL402", "app.py", 3),
        ["Anthropic", "OpenAI"],
    ),
    "B-trailing-space-in-quotes": (
        {".env": 'A=1\nOPENAI_API_KEY="{fake:openai-project-key} "\n'},
        ("KL204", ".env", 2),
        ["white space"],
    ),
    "C-quotes-kept-by-compose-list": (
        {"compose.yaml": "services:\n  web:\n    environment:\n      - GITHUB_TOKEN='{fake:github-classic-pat}'\n"},
        ("KL204", "compose.yaml", 4),
        ["quote"],
    ),
    "D-wrong-checksum": (
        {"app.py": 'GITHUB_TOKEN = "{fake:github-classic-pat!bad-checksum}"\n'},
        ("KL202", "app.py", 1),
        ["checksum"],
    ),
    "E-expired-jwt": (
        {"app.py": 'TOKEN = "{fake:jwt!expires=2017-07-14}"\n'},
        ("KL301", "app.py", 1),
        ["2017-07-14"],
    ),
    "F-expired-sas": (
        {
            "settings.yaml": "storage:\n  url: https://acme.blob.core.windows.net/in?{fake:azure-sas-token!expires=2023-04-04}\n"
        },
        ("KL301", "settings.yaml", 2),
        ["2023-04-04"],
    ),
    "G-test-key-in-production": (
        {"config/production.yml": "stripe:\n  api_key: {fake:stripe-secret-key-test}\n"},
        ("KL405", "config/production.yml", 2),
        ["test", "production"],
    ),
    "H-variable-name-mismatch": (
        {
            "app.py": 'import os\n\nimport openai\n\nclient = openai.OpenAI(api_key=os.environ["OPENAI_KEY"])\n',
            ".env": "OPENAI_API_KEY={fake:openai-project-key}\n",
        },
        ("KL403", "app.py", 5),
        ["OPENAI_KEY", "OPENAI_API_KEY"],
    ),
    "I-placeholder-in-constructor": (
        {"app.py": 'from openai import OpenAI\n\nclient = OpenAI(api_key="YOUR_API_KEY")\n'},
        ("KL401", "app.py", 3),
        ["placeholder"],
    ),
    "J-split-by-plus": (
        {"app.py": 'TOKEN = "ghp_" + "{fake:github-classic-pat!tail}"\n'},
        ("KL101", "app.py", 1),
        ["GitHub"],
    ),
    "K-literal-variable-sdk": (
        {
            "app.py": "import openai\n\n"
            'KEY = "{fake:openai-project-key!truncated=4}"\n\n\n'
            "def client():\n    key = KEY\n    return openai.OpenAI(api_key=key)\n"
        },
        ("KL401", "app.py", 8),
        ["app.py:3"],
    ),
    "L-truncated-by-three": (
        {"app.py": 'GITHUB_TOKEN = "{fake:github-classic-pat!truncated=3}"\n'},
        ("KL201", "app.py", 1),
        ["3 characters short"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_is_diagnosed(case: str, project: Callable[..., Path], check: Callable[..., Any]) -> None:
    files, expected, words = CASES[case]
    run = check(project(files))
    assert expected in run.found, run.out
    assert run.code == 1
    message = next(f["message"] for f in run.json["findings"] if (f["code"], f["path"], f["line"]) == expected)
    assert all(word in message for word in words), message


def test_a_trace_goes_from_the_definition_to_the_use(project: Callable[..., Path], check: Callable[..., Any]) -> None:
    run = check(project(CASES["K-literal-variable-sdk"][0]))
    (finding,) = [f for f in run.json["findings"] if f["code"] == "KL401"]
    assert [(step["path"], step["line"]) for step in finding["trace"]] == [("app.py", 3), ("app.py", 7), ("app.py", 8)]
    assert finding["outcome"] == "fails"
    assert finding["cause"] == "KL201"
