# ruff: noqa: E501 (a program is text)
"""What calls of SDKs take their key from: the variable of the model's provider, one of two names, or something else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from keylint.model import Report

KEYS = ("GROQ_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")

PROGRAMS: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "the model's name names the provider": (
        'import litellm\n\nlitellm.completion(model="groq/llama-3.1-8b", messages=[])\n',
        {("groq", "fails")},
    ),
    "as does the constant": (
        'from litellm import acompletion\n\nMODEL = "claude-sonnet-4"\n\n\nasync def ask():\n    await acompletion(MODEL, messages=[])\n',
        {("anthropic", "fails")},
    ),
    "nothing is said of a model that is not known": (
        'import os\n\nfrom litellm import completion\n\ncompletion(os.environ["MODEL"], messages=[])\n',
        set(),
    ),
    "what is passed on may hold the key, or the variable does": (
        "from langchain_groq import ChatGroq\n\n\ndef make(**options):\n    return ChatGroq(**options)\n",
        {("groq", "unknown")},
    ),
    "two names of one argument are one use": (
        "import os\n\nfrom langchain_openai import ChatOpenAI\n\n\ndef make(**options):\n"
        '    return ChatOpenAI(openai_api_key=os.environ["GROQ_API_KEY"], openai_api_base="https://example.org", **options)\n',
        {("openai", "fails")},
    ),
    "a profile is not the environment": (
        "import boto3\n\n\ndef make(profile):\n    return boto3.Session(profile_name=profile)\n",
        {("aws", "unknown")},
    ),
    "no profile is": (
        'import boto3\n\nboto3.Session(profile_name=None).client("s3")\n',
        {("aws", "fails")},
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_where_the_key_comes_from(name: str, tmp_path: Path, report_of: Callable[..., Report]) -> None:
    source, expected = PROGRAMS[name]
    (tmp_path / "app.py").write_text(source, encoding="utf-8")
    (tmp_path / ".env").write_text("".join(f"{key}=your-api-key-here\n" for key in KEYS), encoding="utf-8")
    report = report_of(tmp_path)
    traces = [trace for key in report.keys for trace in key.traces] + list(report.keyless)
    assert {(str(trace.use.provider), trace.outcome.kind.value) for trace in traces} == expected


def test_the_host_may_be_named_by_its_older_name(tmp_path: Path, report_of: Callable[..., Report]) -> None:
    (tmp_path / "app.py").write_text(
        'from langchain_openai import ChatOpenAI\n\nChatOpenAI(openai_api_key="not-needed", openai_api_base="http://localhost:1")\n',
        encoding="utf-8",
    )
    report = report_of(tmp_path)
    assert [finding.code for finding in report.findings if finding.code.startswith("KL4")] == []
