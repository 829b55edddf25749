"""Which values of no known kind look like secrets where a key is expected."""

import subprocess
import sys

import pytest

from keylint.generic.detect import is_secret, refuses


@pytest.mark.parametrize("value", ["q7Vb2mZx9LpTr4Wn8Kc1", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "Zm9vYmFy-c2VjcmV0_9xQ"])
def test_secrets(value: str) -> None:
    assert is_secret(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "hello",
        "unauthenticated",
        "a key with several words",
        "550e8400-e29b-41d4-a716-446655440000",
        "https://api.example.com/v1/x9",
        "{{ vault_api_key_1 }}",
        "${API_KEY_FOR_V1_2}",
        "0123456789abcdefghij",
        "aaaaaaaaaaaaaaaa1111",
        "1234567890123456789",
    ],
)
def test_no_secrets(value: str) -> None:
    assert not is_secret(value)


@pytest.mark.parametrize("value", ["abcdefghijkl", "{password}", "<password>", "$PASSWORD", "****"])
def test_filters(value: str) -> None:
    assert refuses(value)


def test_a_value_is_judged_without_what_sends_requests() -> None:
    program = """
import sys
from keylint.generic.detect import refuses
print(refuses("{password}"), refuses("q7Vb2mZx9LpTr4Wn"), "requests" in sys.modules, "detect_secrets" in sys.modules)
from detect_secrets import SecretsCollection
from detect_secrets.plugins.base import BasePlugin
print(BasePlugin is object)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False", "False", "False"]
