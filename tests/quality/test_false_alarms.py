"""What the authors of real packages would call noise, each beside what is to be found all the same."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylint import engine
from keylint.catalogue.fake import expand
from keylint.config import Config

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("home")
    (directory / "pepper").write_text(
        json.dumps({"id": "tests", "pepper": "the pepper of these tests of false alarms"})
    )
    return directory


def token(**claims: object) -> str:
    """Return a signed JSON web token with these claims."""
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), bytes(range(32))]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


JWT_IO = token(sub="1234567890", iat=1516239022)
ANONYMOUS = token(some="payload")
# A Grafana key begins so, and goes on as no JSON does.
GARBLED = base64.b64encode(b'{"k":"' + bytes(range(48, 90)) * 2 + b'n":x').decode()
TRUNCATED = "{fake:github-classic-pat!truncated=3}"

# What is right to leave alone.
QUIET: dict[str, Mapping[str, str]] = {
    # Documentation inside modules, schemas and packages
    "jwt.io's token as a module's sample": {"plugins/info.py": f"RETURN = '''\ntoken:\n    sample: {JWT_IO}\n'''"},
    "jwt.io's token as a value": {"app.py": f"SESSION = '{JWT_IO}'"},
    "a key pair in a module's examples": {
        "plugins/cert.py": "EXAMPLES = '''\n- name: create\n  key: |\n{fake:pem-private-key}\n'''"
    },
    "a key pair in a docstring": {"app.py": 'def sign():\n    """Sign with:\n\n{fake:pem-private-key}\n    """'},
    "a token that is nobody's in a readme": {"README.md": f"    >>> jwt.encode(...)\n    {ANONYMOUS}"},
    "a token that is nobody's in package metadata": {"x-1.0.dist-info/METADATA": f"Name: x\n\n    {ANONYMOUS}"},
    "an expired token in documentation": {"docs/api.md": "token: {fake:jwt!expires=2019-05-01}"},
    "an expired token as a schema's example": {
        "openapi.yaml": "schemas:\n  Login:\n    properties:\n      token:\n        example: {fake:jwt!expires=2019-05-01}"
    },
    # Test suites
    "a token of a test suite": {"test/fixtures/login.json": '{"access_token": "{fake:jwt!expires=2018-06-11}"}'},
    "placeholders in a test suite": {
        "pkg/tests/test_client.py": """
import os
import openai

os.environ["OPENAI_API_KEY"] = "test-api-key"
HEADERS = {"Authorization": "Bearer dummy-token"}
client = openai.OpenAI(api_key="YOUR_API_KEY")
"""
    },
    "a damaged key in a test": {"tests/test_mask.py": f"def test_mask():\n    assert mask(token='{TRUNCATED}')"},
    "a damaged key in a test of another language": {"web/login.test.ts": f'const token = "{TRUNCATED}";'},
    # Samples
    "a placeholder in an example": {
        "examples/chat.py": 'import openai\n\nclient = openai.OpenAI(api_key="YOUR_API_KEY")'
    },
    # Names of variables
    "the name of a variable as a constant": {
        "names.py": 'import os\nimport openai\n\nAWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY"\nKEY = "OPENAI_API_KEY"\n'
    },
    "constants that begin like a key": {
        "names.py": 'CREDENTIALS = "GOOGLE_APPLICATION_CREDENTIALS"\nAUTH_TOKEN = "GOOGLE_API_TOKEN_SHARING_FOR_SERVICES"\n'
    },
    "a constant that stands for no key": {
        "client.py": """
import openai

API_KEY_SENTINEL = "".join(["<", "missing API key", ">"])

class Client(openai.OpenAI):
    def __init__(self, api_key=None):
        super().__init__(api_key=api_key or API_KEY_SENTINEL)
        self.api_key = api_key or API_KEY_SENTINEL

    def headers(self):
        if self.api_key != API_KEY_SENTINEL:
            return {"Authorization": f"Bearer {self.api_key}"}
        return {}
"""
    },
    # Data inside of code
    "base64 data in which a prefix stands": {
        "static/viz.js": "const wasm = 'AGFzbQEAAAABdBJgAX8/{fake:brave-search-key}/wNgBH9/f38Bf2AEf39/fwF/'"
    },
    # Local servers, masks in logs, resets
    "a local server's key": {
        "local.py": """
import openai

one = openai.OpenAI(api_key="not-needed", base_url="http://localhost:1234/v1")
two = openai.OpenAI(api_key="dummy-key", base_url=URL)
"""
    },
    "a fallback for a server that wants none": {
        "vllm.py": """
import openai

NO_KEY = "fake-api-key"
CLIENT = openai.OpenAI()

def headers(api_key=None):
    api_key = api_key or NO_KEY
    default_headers = {"Content-Type": "application/json"}
    default_headers["Authorization"] = f"Bearer {api_key}"
    return default_headers
"""
    },
    "a header that is masked for the log": {
        "log.py": """
import openai

CLIENT = openai.OpenAI()

def shown(headers):
    headers = dict(headers)
    headers["Authorization"] = "<SANITIZED>"
    return headers
"""
    },
    "a header that is taken away": {
        "session.py": """
import openai

CLIENT = openai.OpenAI()

def anonymous(session, headers):
    headers["Authorization"] = ""
    session.headers["x-api-key"] = None
"""
    },
    "a module attribute that is reset": {".env": "DEBUG=1", "pay.py": "import stripe\n\nstripe.api_key = None"},
    # Values of no known kind
    "words where a key is passed": {
        "client.py": 'import openai\n\nSTANDS_FOR_KEY = "workload-identity-auth"\nopenai.OpenAI(api_key=STANDS_FOR_KEY)'
    },
    "a public client that has no password": {
        "login.py": f"""
import openai
import requests

openai.OpenAI()
requests.post(URL, headers={{"Authorization": "Basic {base64.b64encode(b"openshift-challenging-client:").decode()}"}})
"""
    },
    # Libraries
    "keys that are parameters and attributes": {
        "lib.py": """
from __future__ import annotations

from typing import TYPE_CHECKING

import openai
from anthropic import Anthropic
from github import Auth

if TYPE_CHECKING:
    CLIENT = openai.OpenAI(api_key="")


def chat(api_key: str | None = None):
    return openai.OpenAI(api_key=api_key)


def auth(token: str = ""):
    return Auth.Token(token)


class Client:
    key: str = ""
    other = None

    def __init__(self, token=None):
        self.token = token
        self.late = None

    def one(self):
        return Anthropic(api_key=self.key)

    def two(self):
        return Auth.Token(self.token)

    def three(self):
        return Auth.Token(self.late)

    def four(self):
        return Auth.Token(self.other)
"""
    },
    "a library that fills in one variable and reads another": {
        "lib/store.py": """
import os

import boto3

def connect(arguments):
    os.environ["AWS_ACCESS_KEY_ID"] = arguments.key
    return boto3.client("dynamodb", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"])
""",
        "lib/report.py": """
import os

import requests
from langchain_openai import ChatOpenAI

AWS = os.environ.get("AWS_ACCESS_KEY_ID")

def send():
    ChatOpenAI()
    requests.post(URL, headers={"DD-API-KEY": os.environ["DD_API_KEY"]})
""",
    },
}

# What looks much the same, and is to be reported.
FOUND: dict[str, tuple[Mapping[str, str], set[tuple[str, str, int]]]] = {
    "a Grafana key whose inside is garbled": ({"docs/agent.md": f"key: {GARBLED}"}, {("KL109", "docs/agent.md", 1)}),
    "a key pair of a test suite": (
        {"tests/certs/server.pem": "{fake:pem-private-key}"},
        {("KL105", "tests/certs/server.pem", 1)},
    ),
    "an issuer's key in a module's examples": (
        {"plugins/info.py": "EXAMPLES = '''\n- token: {fake:github-classic-pat}\n'''"},
        {("KL101", "plugins/info.py", 2)},
    ),
    "an issuer's key in a test suite": (
        {"tests/test_api.py": "TOKEN = '{fake:github-classic-pat}'"},
        {("KL101", "tests/test_api.py", 1)},
    ),
    "somebody's token in a readme": ({"README.md": "# x\n\n    {fake:jwt}"}, {("KL101", "README.md", 3)}),
    "a commented-out token": ({"app.py": "import os\n# token = '{fake:jwt}'"}, {("KL101", "app.py", 2)}),
    "a key pair in a text file": ({"deploy.txt": "{fake:pem-private-key}"}, {("KL105", "deploy.txt", 1)}),
    "a key pair of the program": ({"src/server.pem": "{fake:pem-private-key}"}, {("KL105", "src/server.pem", 1)}),
    "a client that has a password": (
        {
            "login.py": f"""
import openai
import requests

openai.OpenAI()
requests.post(URL, headers={{"Authorization": "Basic {base64.b64encode(b"shop:kG7-vv2x0Qpa91").decode()}"}})
"""
        },
        {("KL101", "login.py", 6)},
    ),
    "a Grafana key": (
        {"docs/agent.md": "key: {fake:grafana-legacy-api-key}"},
        {("KL101", "docs/agent.md", 1)},
    ),
    "a truncated key in the variables of a test suite": (
        {"tests/.env": f"GITHUB_TOKEN={TRUNCATED}"},
        {("KL201", "tests/.env", 1)},
    ),
    "a placeholder for the real service": (
        {"app.py": 'import openai\n\nclient = openai.OpenAI(api_key="dummy-key")'},
        {("KL205", "app.py", 3), ("KL401", "app.py", 3)},
    ),
    "an inviting placeholder for another server": (
        {"app.py": 'import openai\n\nclient = openai.OpenAI(api_key="YOUR_API_KEY", base_url=URL)'},
        {("KL205", "app.py", 3), ("KL401", "app.py", 3)},
    ),
    "the name of a variable instead of its value": (
        {".env": "AWS_SECRET_ACCESS_KEY=AWS_SECRET_ACCESS_KEY"},
        {("KL205", ".env", 1)},
    ),
    "an empty key that is written down": (
        {"app.py": 'from github import Auth\n\nTOKEN = ""\nauth = Auth.Token(TOKEN)'},
        {("KL404", "app.py", 4)},
    ),
    "an empty variable in a header": (
        {
            ".env": "TOKEN=",
            "app.py": """
import os
import requests

requests.get("https://api.github.com/user", headers={"Authorization": f"Bearer {os.environ['TOKEN']}"})
""",
        },
        {("KL404", "app.py", 5)},
    ),
    "a variable that has another name beside the program": (
        {
            "app.py": """
import os
from sendgrid import SendGridAPIClient

os.environ["SENDGRID_API_KEY"] = read()
client = SendGridAPIClient(os.environ["SENDGRID_KEY"])
"""
        },
        {("KL403", "app.py", 6)},
    ),
}


def found(files: Mapping[str, str], directory: Path, home: Path) -> set[tuple[str, str, int]]:
    """Write the files, with keys in place of the templates, and return code, path and line of what is reported."""
    root = directory / "project"
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(expand(text), encoding="utf-8")
    config = Config(pepper_file=str(home / "pepper"), cache_dir=str(home))
    report = engine.check(engine.request((str(root),), as_of=AS_OF, root=str(root)), config)
    assert report.files == len(files)
    return {(finding.code, finding.place.path, finding.place.line) for finding in report.findings}


@pytest.mark.parametrize("files", QUIET.values(), ids=QUIET)
def test_nothing_is_said(files: Mapping[str, str], tmp_path: Path, home: Path) -> None:
    assert found(files, tmp_path, home) == set()


@pytest.mark.parametrize(("files", "expected"), FOUND.values(), ids=FOUND)
def test_it_is_found_all_the_same(
    files: Mapping[str, str], expected: set[tuple[str, str, int]], tmp_path: Path, home: Path
) -> None:
    assert found(files, tmp_path, home) == expected
