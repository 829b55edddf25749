"""The harness itself: what its loaders and its emulator answer, and one project that is really run."""

import base64
import json
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


def test_a_step_writes_variables_for_those_after_it(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text(
        "jobs: {j: {env: {A: dummy}, steps: [{uses: x}, {run: 'echo A=$K >> $GITHUB_ENV', env: {K: '${{ secrets.K }}'}},\n"
        "  {run: x, env: {B: \"${{ secrets.NONE || 'else' }}\", C: '${{ env.A }}'}}]}}\n"
    )
    assert loaders.load(("actions w.yml j",), tmp_path, {"K": "k"}) == {"A": "k", "B": "else", "C": "k"}


def test_gitlab_variables_of_the_project_are_over_those_of_jobs(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(
        "variables: {A: top, B: top}\n.base: {variables: {B: base, C: base}}\n"
        "job: {extends: .base, variables: {C: {value: job}, D: '${A}-x', E: job}, script: []}\n"
    )
    found = loaders.load(("gitlab ci.yml job",), tmp_path, {"E": "project"})
    assert found == {"A": "top", "B": "base", "C": "job", "D": "top-x", "E": "project"}


def test_a_unit_reads_its_files_over_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "app.env").write_text('# A=no\nA="quoted"\nexport B=no\nC=v # kept\n')
    (tmp_path / "app.service").write_text(
        '[Service]\nEnvironment=A=direct "D=two words"\nEnvironmentFile=/srv/app/etc/app.env\nEnvironmentFile=-/none\n'
    )
    assert loaders.load(("systemd app.service",), tmp_path, {}) == {"A": "quoted", "C": "v # kept", "D": "two words"}


def test_a_unit_whose_file_is_not_there_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "app.service").write_text("EnvironmentFile=/etc/none\n")
    with pytest.raises(ValueError, match="/etc/none"):
        loaders.load(("systemd app.service",), tmp_path, {})


def test_an_overlay_is_built_from_base_generator_and_patch(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [app.yaml]\n",
        "base/app.yaml": "kind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: c,\n"
        "  envFrom: [{secretRef: {name: s}}], env: [{name: X, value: old}, {name: Z, value: '$(X)-z'}]}]}}}\n",
        "over/kustomization.yaml": "resources: [../base]\nsecretGenerator:\n"
        "  - {name: s, envs: [s.env], literals: ['L=\"trimmed\"'], files: [F=f.txt]}\npatches: [{path: p.yaml}]\n",
        "over/s.env": '# no\nQ="kept"\n',
        "over/f.txt": "line\n",
        "over/p.yaml": "kind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: c,\n"
        "  env: [{name: X, value: new}]}]}}}\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    found = loaders.load(("kustomize over",), tmp_path, {})
    assert found == {"Q": '"kept"', "L": "trimmed", "F": "line\n", "X": "new", "Z": "new-z"}


def test_secrets_are_found_in_files(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_bytes(b"v\r\n")
    (tmp_path / "compose.yaml").write_text(
        "services: {web: {env_file: [{path: none.env, required: false}], secrets: [a, {source: a, target: b}]}}\n"
        "secrets: {a: {file: ./s.txt}}\n"
    )
    found = loaders.load(("compose compose.yaml web",), tmp_path, {})
    assert json.loads(found[loaders.MOUNTS]) == {"/run/secrets/a": "v\r\n", "/run/secrets/b": "v\r\n"}
    (tmp_path / "all.yaml").write_text(
        "kind: Secret\nmetadata: {name: s}\nstringData: {A: a, B: b}\n---\nkind: Pod\nspec:\n"
        "  volumes: [{name: v, secret: {secretName: s, items: [{key: B, path: deep/b}]}}, {name: w, secret: {secretName: s}}]\n"
        "  containers: [{volumeMounts: [{name: v, mountPath: /etc/v}, {name: w, mountPath: /etc/a, subPath: A}]}]\n"
    )
    found = loaders.load(("kubernetes all.yaml",), tmp_path, {})
    assert json.loads(found[loaders.MOUNTS]) == {"/etc/v/deep/b": "b", "/etc/a": "a"}


@pytest.mark.parametrize(
    ("url", "headers", "truth"),
    [
        ("https://api.openai.com/v1/models", {"authorization": f"Bearer {KEY}"}, "accepted"),
        ("https://api.openai.com/v1/models", {"authorization": f"Bearer Bearer {KEY}"}, "refused unknown"),
        ("https://api.openai.com/v1/models", {"authorization": f"Basic {KEY}"}, "refused form"),
        ("https://api.openai.com/v1/models", {}, "refused missing"),
        ("https://api.openai.com/v1/models", {"authorization": "Bearer "}, "refused missing"),
        ("https://api.openai.com/v1/models", {"authorization": "Bearer old"}, "refused revoked"),
        ("https://api.linear.app/graphql", {"authorization": f"Bearer {KEY}"}, "refused form"),
        ("https://api.linear.app/graphql", {"authorization": KEY}, "accepted"),
        ("https://api.stripe.com/v1/x", {"authorization": "Basic " + base64.b64encode(b"sk:").decode()}, "accepted"),
        ("https://api.telegram.org/bot1:A/getMe", {}, "accepted"),
        ("https://generativelanguage.googleapis.com/v1/models?key=g", {}, "accepted"),
        ("https://x.openai.azure.com/openai/models", {"api-key": KEY}, "refused unknown"),
        ("https://api.pagerduty.com/users", {"authorization": "Token token=p"}, "accepted"),
        ("https://api.pagerduty.com/users", {"authorization": "Bearer p"}, "refused form"),
        ("https://newsapi.org/v2/everything", {"authorization": "n"}, "accepted"),
        ("https://newsapi.org/v2/everything?apiKey=n", {}, "accepted"),
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
        "pagerduty": {"p": "active"},
        "newsapi": {"n": "active"},
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


def test_a_mounted_file_is_found_where_the_container_has_it(tmp_path: Path) -> None:
    python = _interpreter()
    text = (
        'about = "a file"\n[issued.openai]\n"{fake:openai-project-key}" = "active"\n'
        '[[environment]]\nload = ["compose compose.yaml web"]\nrun = ["python app.py"]\n'
        "-- compose.yaml --\nservices: {web: {secrets: [key]}}\nsecrets: {key: {file: key.txt}}\n"
        "-- key.txt --\n{fake:openai-project-key}\n-- app.py --\nimport os\nfrom pathlib import Path\nimport openai\n\n"
        "path = Path('/run/secrets/key')\nassert os.path.exists(path) and not os.path.exists('/run/secrets/none')\n"
        "openai.OpenAI(api_key=path.read_text().strip()).models.list()\n"
    )
    project = bundle.parse("mounted", text)
    project.write(tmp_path / "project")
    (record,) = run.run(project, tmp_path / "project", tmp_path, python, score.certificate(python, tmp_path))
    assert record.broken is None
    assert [use.worked for use in record.uses] == [True]


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
