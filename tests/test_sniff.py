"""The first look at a file: how much of it is read again, whatever stands in it."""

import subprocess
import sys
from typing import Any

import pytest

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import expand
from keylint.catalogue.load import builtin
from keylint.engine.project import Setup, Worker
from keylint.engine.sniff import Wanted
from keylint.registry import Registry

BEGIN = b"-----BEGIN " + b"PRIVATE KEY-----"


class Counting:
    """A catalogue that counts the characters it is asked to look through."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.seen = 0

    def recognise(self, text: str) -> Any:
        self.seen += len(text)
        return self._catalogue.recognise(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalogue, name)


@pytest.fixture(scope="module")
def worker() -> Worker:
    registry = Registry()
    registry.__dict__["catalogue"] = Counting(builtin())
    return Worker(Setup("/", (), None, None), registry)


@pytest.mark.parametrize(
    "data",
    [
        b"AKIA" * 8_000,
        b"AKIA " * 8_000,
        BEGIN * 3_000,
        (BEGIN + b"\n") * 3_000,
        (BEGIN + b"\n" + b"A" * 64 + b"\n") * 1_000,
        b"sig=" * 8_000,
        b":AA" * 8_000,
        b"ghp_" + b"x" * 36_000,
    ],
)
def test_each_byte_is_looked_at_a_few_times(worker: Worker, data: bytes) -> None:
    """However many hits the matcher has: a window for each of them would be thousands of times the file."""
    counting: Any = worker.registry.catalogue
    counting.seen = 0
    worker.sniff_data("a.txt", data)
    assert counting.seen <= 3 * len(data) + 10_000


@pytest.mark.parametrize("before", [0, 100, 3_900, 4_100, 9_000, 30_000])
@pytest.mark.parametrize("noise", ["AKIA ", "AKIA", BEGIN.decode() + "\n", "word "])
def test_a_key_among_hits_is_seen(worker: Worker, noise: str, before: int) -> None:
    text = noise * (before // len(noise)) + "\n" + expand("{fake:github-classic-pat}") + "\n" + noise * 2_000
    sniffed = worker.sniff_data("a.txt", text.encode())
    assert sniffed is not None
    assert sniffed.wanted is Wanted.READ


@pytest.mark.parametrize("expression", ["_binds_candidate", "_NAMES_BEFORE.findall"])
def test_no_backtracking_over_a_repeated_word(expression: str) -> None:
    """It took more than an hour for this, and takes a moment."""
    kind = "" if expression.endswith("findall") else "b"
    program = f"from keylint.engine import sniff; sniff.{expression}({kind}'key' * 20_000)"
    subprocess.run([sys.executable, "-c", program], timeout=60, check=True)


@pytest.mark.parametrize(
    ("path", "text", "read"),
    [
        ("app.service", 'Environment="OPENAI_API_KEY=changeme"', True),
        ("web.config", '<add key="OPENAI_API_KEY" value="changeme" />', True),
        ("pod.yaml", "env:\n  - name: OPENAI_API_KEY\n    value: changeme\n", True),
        ("task.json", '{"name": "OPENAI_API_KEY", "value": "changeme"}', True),
        ("main.tf", 'OPENAI_API_KEY = "changeme"', True),
        ("Dockerfile", "ENV OPENAI_API_KEY=changeme", True),
        ("Makefile", "export OPENAI_API_KEY := changeme", True),
        ("Makefile", "run:\n\tdocker run --env-file app.env x", True),
        ("pod.yaml", "envFrom: [{secretRef: {name: a}}]", True),
        ("secret.yml", "kind: Secret\ndata: {a: b}", True),
        ("pod.yaml", "kind: Pod\nenv: [{name: PORT, value: '80'}]", False),
        ("Makefile", "run:\n\tdocker run x", False),
        ("Dockerfile", "ENV OPENAI_API_KEY=$OPENAI_API_KEY", False),
        ("main.tf", 'variable "openai_api_key" {\n  default = ""\n}', False),
        ("notes.txt", "docker run --env-file app.env x\nkind: Secret", False),
    ],
)
def test_files_that_set_variables(worker: Worker, path: str, text: str, read: bool) -> None:
    sniffed = worker.sniff_data(path, text.encode())
    assert (sniffed is not None and sniffed.wanted is Wanted.READ) == read


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import openai\nopenai.OpenAI(api_key=key)", Wanted.IF_REACHED),
        ("from openai import (\n    OpenAI as Client,\n)\nClient(api_key=key)", Wanted.IF_REACHED),
        ("import openai as ai\nai.api_key = ''", Wanted.READ),
        ("import openai\nopenai.OpenAI(api_key=key)\ntoken = 'changeme'", Wanted.READ),
        ("import openai\nimport tool\ntool.run(x)\ntoken = 'changeme'", Wanted.IF_REACHED),  # `run` is a call of others
        ("import openai\nimport tool\ntool.run(x, {'Authorization': key})\ntoken = 'changeme'", Wanted.READ),
        ("from openai.types import (\n    Model,\n)\ntoken = 'changeme'", Wanted.IF_REACHED),
        ("import tool\ntool.run(x)\ntoken = 'changeme'", Wanted.NOTHING),
    ],
)
def test_what_an_sdk_is_called_for(worker: Worker, text: str, wanted: Wanted) -> None:
    sniffed = worker.sniff_data("app.py", text.encode())
    assert (sniffed.wanted if sniffed is not None else Wanted.NOTHING) is wanted


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('token = "HEAD" "TAIL"', True),
        ('token = ("HEAD"\n    "TAIL")', True),
        ('token = "HEAD" + "TAIL"', True),
        ('token = "HEAD" + tail\nother = "TAIL" "TAIL"', True),
        ('text = "HEAD" "of a sentence that is on two lines"\nother = "TAIL" "TAIL"', False),
        ('text = "a_HEAD" "TAIL"\n', False),
    ],
)
def test_literals_that_are_a_key_together(worker: Worker, text: str, read: bool) -> None:
    key = expand("{fake:github-classic-pat}")
    data = text.replace("HEAD", key[:4]).replace("TAIL", key[4:]).encode()
    sniffed = worker.sniff_data("app.py", data)
    assert (sniffed is not None and sniffed.wanted is Wanted.READ) == read
