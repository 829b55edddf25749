"""The harness itself: what its loaders and its emulator answer, and one project that is really run."""

import base64
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bundle
import emulator
import loaders
import run
import score
import static

from keylint.catalogue.fake import expand

KEY = "sk-abc"


def test_every_project_can_be_read() -> None:
    found = list(bundle.projects())
    assert len(found) >= 60
    assert all(project.about and project.environments for project in found)


def test_a_third_of_the_projects_have_nothing_that_is_refused() -> None:
    named = [project for project in bundle.projects() if project.name.endswith("works")]
    assert 3 * len(named) >= len(list(bundle.projects()))


@pytest.mark.parametrize("head", ["about = 'x'\n", "surprise = 1\n[[environment]]\nrun = ['true']\n"])
def test_a_project_that_lacks_something_is_refused(head: str) -> None:
    with pytest.raises(ValueError, match="p: "):
        bundle.parse("p", head + "-- a.py --\n")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('K="sk-abc"', '"sk-abc"'),
        ("K=sk-abc # note", "sk-abc # note"),
        ("K= sk-abc", " sk-abc"),
        ("K=sk-abc   ", "sk-abc   "),
        ("K=sk-$abc", "sk-$abc"),
        ('K="sk-abc', '"sk-abc'),
        ("K=a\nK=b", "b"),
        ("K=", ""),
    ],
)
def test_docker_takes_lines_as_they_are(line: str, value: str) -> None:
    assert loaders.docker_env_file(line + "\n", {}) == {"K": value}


def test_docker_refuses_names_with_white_space() -> None:
    for line in ("export K=v", "K = v"):
        with pytest.raises(ValueError, match="whitespaces"):
            loaders.docker_env_file(line, {})


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('K="sk-abc"', "sk-abc"),
        ("K='sk-abc'", "sk-abc"),
        ("K=sk-abc # note", "sk-abc"),
        ("K=sk-abc#def", "sk-abc#def"),
        ('K="sk#abc" # c', "sk#abc"),
        ("K = sk-abc", "sk-abc"),
        ("export K=sk-abc", "sk-abc"),
        ("K=sk-$abc", "sk-"),
        ("K=sk-${P}x", "sk-valuex"),
        ("K='sk-${P}x'", "sk-${P}x"),
        ("K=sk-$$abc", "sk-$abc"),
        ('K="sk-abc\\n"', "sk-abc\n"),
        ("K: sk-abc", "sk-abc"),
        ('K="a\nb"', "a\nb"),
        ("K=", ""),
        ("K=${NONE:-dflt}", "dflt"),
    ],
)
def test_compose_reads_env_files(line: str, value: str) -> None:
    assert loaders.compose_env_file(line + "\n", {"P": "value"})["K"] == value


def test_a_shell_runs_what_stands_in_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b'A="x y"\nB=sk-$NONE\nC=crlf\r\n')
    assert loaders.load(("source .env",), tmp_path, {}) == {"A": "x y", "B": "sk-", "C": "crlf\r"}


def test_compose_environment_over_env_file_over_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HOST_ONLY=h\nGIVEN=g\n")
    (tmp_path / "web.env").write_text("A=file\nB=file\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    env_file: web.env\n    environment:\n      - B=direct\n      - C=${GIVEN}\n"
        '      - D="quoted"\n      - GIVEN\n'
    )
    found = loaders.load(("compose compose.yaml web",), tmp_path, {})
    assert found == {"A": "file", "B": "direct", "C": "g", "D": '"quoted"', "GIVEN": "g"}


def test_kubernetes_joins_secrets_to_the_container(tmp_path: Path) -> None:
    encoded = base64.b64encode(b"v\n").decode()
    (tmp_path / "all.yaml").write_text(
        f"kind: Secret\nmetadata: {{name: s}}\ndata: {{A: {encoded}}}\nstringData: {{B: plain}}\n---\n"
        "kind: Deployment\nspec: {template: {spec: {containers: [{envFrom: [{secretRef: {name: s}}],\n"
        "  env: [{name: C, value: direct}, {name: D, valueFrom: {secretKeyRef: {name: s, key: B}}}]}]}}}\n"
    )
    found = loaders.load(("kubernetes all.yaml",), tmp_path, {})
    assert found == {"A": "v\n", "B": "plain", "C": "direct", "D": "plain"}


def test_a_secret_that_is_not_there_is_empty(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text(
        "env: {A: top}\njobs: {j: {steps: [{run: x, env: {B: '${{ secrets.B }}', C: '${{ secrets.C }}'}}]}}\n"
    )
    assert loaders.load(("actions w.yml j",), tmp_path, {"B": "b"}) == {"A": "top", "B": "b", "C": ""}


@pytest.mark.parametrize(
    ("url", "headers", "truth"),
    [
        ("https://api.openai.com/v1/models", {"authorization": f"Bearer {KEY}"}, "accepted"),
        ("https://api.openai.com/v1/models", {"authorization": f"Bearer Bearer {KEY}"}, "refused unknown"),
        ("https://api.openai.com/v1/models", {"authorization": f"Basic {KEY}"}, "refused form"),
        ("https://api.openai.com/v1/models", {}, "refused missing"),
        ("https://api.openai.com/v1/models", {"authorization": "Bearer old"}, "refused revoked"),
        ("https://api.linear.app/graphql", {"authorization": f"Bearer {KEY}"}, "refused form"),
        ("https://api.linear.app/graphql", {"authorization": KEY}, "accepted"),
        ("https://api.stripe.com/v1/x", {"authorization": "Basic " + base64.b64encode(b"sk:").decode()}, "accepted"),
        ("https://api.telegram.org/bot1:A/getMe", {}, "accepted"),
        ("https://generativelanguage.googleapis.com/v1/models?key=g", {}, "accepted"),
        ("https://example.com/", {}, "none"),
    ],
)
def test_providers_know_their_keys(url: str, headers: dict[str, str], truth: str) -> None:
    issued = {
        "openai": {KEY: "active", "old": "revoked"},
        "linear": {KEY: "active"},
        "stripe": {"sk": "active"},
        "telegram": {"1:A": "active"},
        "google": {"g": "active"},
    }
    assert emulator.answer(emulator.Request("GET", url, headers), issued)[1] == truth


def test_header_places_are_those_of_the_function_that_asks() -> None:
    source = (
        b"def a():\n    h = {'Authorization': 'Bearer ' + K}\n    get(headers=h)\n\n\n"
        b"def b():\n    h = {'Authorization': 'Bearer ' + L}\n    get(headers=h)\n"
    )
    headers = {"authorization": "Bearer x"}
    assert static.header_places({"m.py": source}, headers, [("m.py", 8, 8, "b")], ["x"]) == [("m.py", 7, 7)]


def _interpreter() -> str:
    python = os.environ.get("KEYLINT_TRUTH_PYTHON")
    if not python:
        pytest.skip("$KEYLINT_TRUTH_PYTHON is not set: python tests/truth/score.py runs the projects")
    return python


def test_a_project_is_run(tmp_path: Path) -> None:
    python = _interpreter()
    pem = score.certificate(python, tmp_path)
    text = (
        'about = "two calls"\n[issued.openai]\n"{fake:openai-project-key}" = "active"\n'
        '[[environment]]\nload = ["set GOOD={fake:openai-project-key}", "set BAD={fake:openai-project-key#1!truncated=3}"]\n'
        'run = ["python app.py"]\n-- app.py --\nimport os\nimport openai\n\n'
        "def use(key):\n    try:\n        return openai.OpenAI(api_key=key).models.list()\n"
        "    except openai.AuthenticationError:\n        return None\n\n"
        "a = openai.OpenAI(api_key=os.environ['GOOD'])\na.models.list()\n"
        "use(os.environ['BAD'])\n"
    )
    project = bundle.parse("two", text)
    project.write(tmp_path / "project")
    (record,) = run.run(project, tmp_path / "project", tmp_path, python, pem)
    assert record.broken is None
    assert [(use.places, bool(use.failed)) for use in record.uses] == [
        ([("app.py", 10, 10)], False),
        ([("app.py", 6, 6)], True),
    ]
    assert record.uses[1].values == {expand("{fake:openai-project-key#1!truncated=3}")}
