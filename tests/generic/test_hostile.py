"""Texts that are made to cost time: they are read to their end. What costs the square of their length would take hours."""

import subprocess
import sys

import pytest

LIMIT_S = 300
PIECES = {
    "escaped quotes": "password = '" + '\\"' * 150_000,
    "escaped triple quotes": '"""' + '\\"""' * 100_000,
    "quotes": "'\"" * 100_000,
    "backslashes": "password" + "\\" * 300_000,
    "blanks": "docker login" + " -p" * 60 + " " * 300_000,
    "pairs of one line": "token: a, " * 15_000,
    "names of one line": "token=" * 15_000,
    "open literals": 'password = "' * 15_000,
    "open markup": "<password>a" * 15_000,
    "open arrays": "passwords = ['a', " * 10_000,
    "URLs": "a://:password@" * 15_000,
    "commands": "zip " * 30_000,
    "options": '"--password", ' * 15_000,
    "lists": "- --password\n" * 15_000,
    "tables": "password|x\n-|-\n" * 15_000,
    "rows": "INSERT INTO x (password) VALUES ('a'), " * 5_000,
    "parameters": "Password: {Type: x, Default: " * 8_000,
    "schemes": "Bearer " * 20_000,
}
READ = """
import sys
from keylint.generic.reading import secrets
text = sys.stdin.read()
for path in ("a.txt", "a.py", "a.c", "a.sql", "a.yaml", "a.csv", "a.conf", "a.json"):
    secrets(path, text, lambda value: False)
    print(path)
"""


@pytest.mark.parametrize("text", PIECES.values(), ids=PIECES)
def test_a_hostile_text_is_read_to_its_end(text: str) -> None:
    command = [sys.executable, "-c", READ]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert done.stdout.split()[-1] == "a.json"
