"""Which variables hold for which file: by what services, containers, scripts and steps start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.link import link
from keylint.model import FileFacts, Sink, Within
from keylint.readers import read, reader_for, shell, starts
from keylint.readers.interface import Found

SINKS = {"openai.OpenAI": (Sink("openai.OpenAI", "openai", keyword="api_key", env=("OPENAI_API_KEY",)),)}
APP = "import openai\nclient = openai.OpenAI()\n"


class Wanted:
    """Wants the values of variables, and knows one call."""

    def spans(self, name, text):
        return (Found(0, len(text), Within.WHOLE),) if name is not None and "KEY" in name else ()

    def sinks(self, call):
        return SINKS.get(call, ())

    def header(self, name):
        return False

    def provider_of_host(self, host):
        return None


def arrivals(files: dict[str, str]) -> dict[str, set[str]]:
    """Return what arrives at the calls, by file: `?` for what is not known, `!` for missing, `0` for empty."""
    facts: dict[str, FileFacts] = {
        path: read(reader_for(path) or "source", text, path, Wanted()) for path, text in files.items()
    }
    found: dict[str, set[str]] = {}
    for reach in link(facts, lambda call: SINKS.get(call, ()), lambda path: facts.get(path)):
        value = "?" if reach.definition is None else reach.definition.secret.reveal()
        value = {"missing": "!", "empty": "0"}.get(reach.why or "", value)
        found.setdefault(reach.use.place.path, set()).add(value)
    return found


TWO = """
services:
  web: {{build: ., {web}, environment: {{OPENAI_API_KEY: v}}}}
  job: {{build: ., {job}, environment: {{OPENAI_API_KEY: w}}}}
"""


@pytest.mark.parametrize(
    ("web", "job"),
    [
        ("command: python web.py", "command: python job.py"),
        ("command: [python, -u, web.py]", "command: [python, -m, job]"),
        ("command: uvicorn web:app --port 80", "command: celery -A job worker"),
        ("entrypoint: [python], command: [web.py]", "command: sh -c 'sleep 1 && exec python ./job.py'"),
        ("command: gunicorn -w 4 web:app", "command: ['poetry', 'run', 'python', 'job.py']"),
        ("command: streamlit run web.py", "command: bash run-job.sh"),
    ],
)
def test_services(web, job):
    files = {
        "compose.yaml": TWO.format(web=web, job=job),
        "web.py": APP,
        "job.py": APP,
        "run-job.sh": 'exec python job.py "$@"\n',
    }
    assert arrivals(files) == {"web.py": {"v"}, "job.py": {"w"}}


@pytest.mark.parametrize(
    ("files", "arrives"),
    [
        # What both run, both give its variables to; what none is known to run, any may.
        (
            {
                "compose.yaml": TWO.format(web="command: python web.py", job="command: python job.py"),
                "web.py": "import llm\n",
                "job.py": "from llm import client\n",
                "llm.py": APP,
                "other.py": APP,
            },
            {"llm.py": {"v", "w"}, "other.py": {"v", "w"}},
        ),
        # A module that one of them imports is that one's.
        (
            {
                "compose.yaml": TWO.format(web="command: python web.py", job="command: python job.py"),
                "web.py": "from shop import llm\n",
                "job.py": "",
                "shop/__init__.py": "",
                "shop/llm.py": APP,
            },
            {"shop/llm.py": {"v"}},
        ),
        # What an image starts by itself.
        (
            {
                "compose.yaml": "services: {a: {build: ./a, environment: {OPENAI_API_KEY: v}},"
                " b: {build: {context: b}, env_file: b.env}}",
                "a/Dockerfile": 'FROM x\nCOPY src/ .\nCMD ["python", "main.py"]\n',
                "a/src/main.py": APP,
                "b/Dockerfile": "FROM x AS base\nENTRYPOINT python main.py\nFROM base\n",
                "b/main.py": APP,
                "b.env": "OPENAI_API_KEY=w\n",
            },
            {"a/src/main.py": {"v"}, "b/main.py": {"w"}},
        ),
        # Somebody else's image runs nothing of the project.
        (
            {
                "compose.yaml": "services: {a: {build: ., env_file: a.env}, b: {image: grafana/grafana, env_file: b.env}}",
                "a.env": "OPENAI_API_KEY=v\n",
                "b.env": "OPENAI_API_KEY=w\n",
                "app.py": APP,
            },
            {"app.py": {"v"}},
        ),
        # Several files of one service: the last one wins, and `environment:` over all.
        (
            {
                "compose.yaml": "services: {a: {build: ., env_file: [a.env, b.env]}}",
                "a.env": "OPENAI_API_KEY=v\n",
                "b.env": "OPENAI_API_KEY=w\n",
                "app.py": APP,
            },
            {"app.py": {"w"}},
        ),
        # Merged keys belong to each service that merges them.
        (
            {
                "compose.yaml": "x-e: &e {OPENAI_API_KEY: v}\nservices:\n"
                "  a: {build: ., command: python app.py, environment: *e}\n"
                "  b: {build: ., command: python b.py, environment: {<<: *e, OPENAI_API_KEY: w}}\n",
                "app.py": APP,
                "b.py": APP,
            },
            {"app.py": {"v"}, "b.py": {"w"}},
        ),
        # An unset variable is an empty one in a container.
        (
            {
                "compose.yaml": "services: {a: {build: ., environment: ['OPENAI_API_KEY=${OTHER}']}}",
                ".env": "OPENAI_API_KEY=v\n",
                "app.py": APP,
            },
            {"app.py": {"0"}},
        ),
        (
            {"compose.yaml": "services: {a: {build: ., environment: ['OPENAI_API_KEY=${OTHER}']}}", "app.py": APP},
            {"app.py": {"?"}},
        ),
        # Scripts.
        ({"env.sh": "export OPENAI_API_KEY=v\n", "app.py": APP}, {"app.py": {"v"}}),
        (
            {"run.sh": "OPENAI_API_KEY=v python app.py\nOPENAI_API_KEY=w python b.py\n", "app.py": APP, "b.py": APP},
            {"app.py": {"v"}, "b.py": {"w"}},
        ),
        ({"run.sh": "OPENAI_API_KEY=v\npython app.py\n", "app.py": APP}, {"app.py": {"?"}}),
        ({"run.sh": "OPENAI_API_KEY=v\nexport OPENAI_API_KEY\npython app.py\n", "app.py": APP}, {"app.py": {"v"}}),
        (
            {"run.sh": "set -a\n. ./prod.env\npython app.py\n", "prod.env": "OPENAI_API_KEY=v\r\n", "app.py": APP},
            {"app.py": {"v\r"}},
        ),
        (
            {"run.sh": "source prod.env\npython app.py\n", "prod.env": "OPENAI_API_KEY=v\n", "app.py": APP},
            {"app.py": {"?"}},
        ),
        (
            {
                "run.sh": "export $(grep -v '^#' prod.env | xargs)\npython app.py\n",
                "prod.env": "OPENAI_API_KEY=v\n",
                "app.py": APP,
            },
            {"app.py": {"v"}},
        ),
        # What a shell sets stays, unless the program says otherwise.
        (
            {"run.sh": "export OPENAI_API_KEY=v\npython app.py\n", ".env": "OPENAI_API_KEY=w\n", "app.py": APP},
            {"app.py": {"v", "w"}},
        ),
        (
            {
                "run.sh": "export OPENAI_API_KEY=v\npython app.py\n",
                ".env": "OPENAI_API_KEY=w\n",
                "app.py": f"from dotenv import load_dotenv\nload_dotenv(override=True)\n{APP}",
            },
            {"app.py": {"w"}},
        ),
        # Of two, the later one counts.
        (
            {
                "run.sh": "export OPENAI_API_KEY=v\n. ./b.env\npython app.py\n",
                "b.env": "export OPENAI_API_KEY=w\n",
                "app.py": APP,
            },
            {"app.py": {"w"}},
        ),
        (
            {
                "run.sh": ". ./b.env\nexport OPENAI_API_KEY=v\npython app.py\n",
                "b.env": "export OPENAI_API_KEY=w\n",
                "app.py": APP,
            },
            {"app.py": {"v"}},
        ),
        (
            {
                "a.service": "[Service]\nEnvironment=OPENAI_API_KEY=v\nEnvironmentFile=/srv/b.env\n",
                "b.env": "OPENAI_API_KEY=w\n",
                "app.py": APP,
            },
            {"app.py": {"w"}},
        ),
        # What is set for the tests is theirs.
        (
            {
                ".github/workflows/x.yml": "jobs: {a: {steps: [{run: pytest -q, env: {OPENAI_API_KEY: v}}]}}",
                "app.py": APP,
                "tests/test_app.py": APP,
            },
            {"app.py": {"?"}, "tests/test_app.py": {"v"}},
        ),
        ({"tests/run.sh": "export OPENAI_API_KEY=v\n./all\n", "app.py": APP}, {"app.py": {"?"}}),
        # What a launcher is told.
        ({"run.sh": "docker run --rm -e OPENAI_API_KEY=v shop\n", "app.py": APP}, {"app.py": {"v"}}),
        ({"run.sh": "heroku config:set OPENAI_API_KEY=v A=b\n", "app.py": APP}, {"app.py": {"v"}}),
        ({"run.sh": "podman run --env=OPENAI_API_KEY='v w' shop\n", "app.py": APP}, {"app.py": {"v w"}}),
        # docker compose replaces what python-dotenv leaves alone, and leaves alone what that replaces.
        (
            {
                "compose.yaml": "services: {a: {build: ., env_file: a.env}}",
                "a.env": "OPENAI_API_KEY=v$ab-c\n",
                "app.py": APP,
            },
            {"app.py": {"v-c"}},
        ),
        (
            {
                "compose.yaml": "services: {a: {build: ., env_file: a.env}}",
                "a.env": "OPENAI_API_KEY=v$$c\n",
                "app.py": APP,
            },
            {"app.py": {"v$c"}},
        ),
        (
            {
                "compose.yaml": "services: {a: {build: ., env_file: a.env}}",
                "a.env": "OPENAI_API_KEY='v${A}'\n",
                "app.py": APP,
            },
            {"app.py": {"v${A}"}},
        ),
        # Recipes get what is exported.
        ({"Makefile": "OPENAI_API_KEY = v\nrun:\n\tpython app.py\n", "app.py": APP}, {"app.py": {"?"}}),
        ({"Makefile": "OPENAI_API_KEY = v\nexport\nrun:\n\t@python app.py\n", "app.py": APP}, {"app.py": {"v"}}),
        (
            {
                "Makefile": "include prod.env\nexport\nrun:\n\tpython app.py\n",
                "prod.env": "OPENAI_API_KEY='v'\n",
                "app.py": APP,
            },
            {"app.py": {"'v'"}},
        ),
        (
            {
                "Procfile": "web: OPENAI_API_KEY=v gunicorn app:app\njob: OPENAI_API_KEY=w python b.py\n",
                "app.py": APP,
                "b.py": APP,
            },
            {"app.py": {"v"}, "b.py": {"w"}},
        ),
        # Units; paths are those of another machine.
        (
            {
                "a.service": "[Service]\nEnvironment=OPENAI_API_KEY=v\nExecStart=/srv/venv/bin/python /srv/shop/app.py\n",
                "b.service": "[Service]\nEnvironmentFile=/srv/shop/b.env\nExecStart=/srv/venv/bin/python -m b\n",
                "b.env": "OPENAI_API_KEY=w\n",
                "app.py": APP,
                "b.py": APP,
            },
            {"app.py": {"v"}, "b.py": {"w"}},
        ),
        # Steps of a workflow.
        (
            {
                ".github/workflows/x.yml": "env: {OPENAI_API_KEY: u}\njobs:\n  a:\n    steps:\n"
                "      - {run: python app.py, env: {OPENAI_API_KEY: v}}\n"
                "      - {run: python b.py}\n      - {uses: some/action@v1, env: {OPENAI_API_KEY: w}}\n",
                "app.py": APP,
                "b.py": APP,
            },
            {"app.py": {"v"}, "b.py": {"u"}},
        ),
        (
            {
                ".github/workflows/x.yml": "jobs: {a: {steps: [{run: python app.py, env: {OPENAI_KEY: v}}]}}",
                "app.py": APP,
            },
            {"app.py": {"!"}},
        ),
        (
            {
                ".github/workflows/x.yml": 'jobs:\n  a:\n    steps:\n      - run: echo "OPENAI_API_KEY=v" >> $GITHUB_ENV\n'
                "      - run: python app.py\n",
                "app.py": APP,
            },
            {"app.py": {"v"}},
        ),
        # Containers of a cluster.
        (
            {
                "k8s/p.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
                "    - {name: a, command: [python, app.py], env: [{name: OPENAI_API_KEY, value: v}]}\n"
                "    - {name: b, args: [python, -m, b], env: [{name: OPENAI_API_KEY, value: w}]}\n",
                "app.py": APP,
                "b.py": APP,
            },
            {"app.py": {"v"}, "b.py": {"w"}},
        ),
        # A Secret that lacks the key.
        (
            {
                "k8s/p.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
                "    - env: [{name: OPENAI_API_KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n",
                "k8s/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {OTHER_KEY: v}\n",
                "app.py": APP,
            },
            {"app.py": {"!"}},
        ),
        # kustomize keeps quotes.
        (
            {
                "k8s/p.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - envFrom: [{secretRef: {name: s}}]\n",
                "k8s/kustomization.yaml": "secretGenerator: [{name: s, envs: [s.env]}]\n",
                "k8s/s.env": "OPENAI_API_KEY='v'\n",
                "app.py": APP,
            },
            {"app.py": {"'v'"}},
        ),
        # Helm fills templates in from values.
        (
            {
                "chart/values.yaml": "ai: {apiKey: v}\n",
                "chart/templates/d.yaml": "kind: Deployment\nspec:\n  {{- if .Values.x }}\n  env:\n    - name: OPENAI_API_KEY\n"
                "      value: {{ .Values.ai.apiKey | quote }}\n  {{- end }}\n",
                "app.py": APP,
            },
            {"app.py": {"v"}},
        ),
        (
            {
                "chart/values.yaml": "ai: {apiKey: v}\n",
                "chart/templates/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-ai\ndata:\n"
                "  key: {{ .Values.ai.apiKey | b64enc }}\n",
                "chart/templates/d.yaml": "kind: Deployment\nspec:\n  {{- if .Values.x }}\n  env:\n    - name: OPENAI_API_KEY\n"
                "      valueFrom:\n        secretKeyRef:\n"
                "          name: {{ .Release.Name }}-ai\n          key: key\n  {{- end }}\n",
                "app.py": APP,
            },
            {"app.py": {"v"}},
        ),
        # Files that a container finds.
        (
            {
                "compose.yaml": "services: {a: {build: ., secrets: [{source: s, target: key}]}}\n"
                "secrets: {s: {file: ./s.env}}\n",
                "s.env": "OPENAI_API_KEY=v\n",
                "app.py": "import openai\nfrom dotenv import dotenv_values\n"
                "openai.OpenAI(api_key=dotenv_values('/run/secrets/key')['OPENAI_API_KEY'])\n",
            },
            {"app.py": {"v"}},
        ),
        # An editor's configuration.
        (
            {
                ".vscode/launch.json": '{"configurations": [{"program": "${workspaceFolder}/app.py",'
                ' "env": {"OPENAI_API_KEY": "v"}},'
                ' {"module": "b", "envFile": "${workspaceFolder}/b.env"}]}',
                "b.env": "OPENAI_API_KEY=w\n",
                "app.py": APP,
                "b.py": APP,
            },
            {"app.py": {"v"}, "b.py": {"w"}},
        ),
    ],
)
def test_what_arrives(files, arrives):
    assert arrivals(files) == arrives


@pytest.mark.parametrize(
    ("line", "runs"),
    [
        ("python web.py --port 80", ("web.py",)),
        ("/usr/bin/python3.11 -X dev -m shop.worker", ("shop.worker",)),
        ("python -m uvicorn --reload shop.api:create()", ("shop.api",)),
        ("exec gosu app gunicorn --chdir src -b :80 shop.wsgi", ("shop.wsgi",)),
        ("env A=b C=d flask --app shop run", ("shop",)),
        ("uv run --env-file .env -- python x.py", ("x.py",)),
        ("celery --app=shop.tasks worker -l info", ("shop.tasks",)),
        ("./manage.py migrate", ("./manage.py",)),
        ("sh -c 'python a.py; python b.py'", ("a.py", "b.py")),
        ("node server.js", ()),
        ("python -c 'import x'", None),
        ("coverage run -m pytest -q", ("tests/",)),
        ("make run", None),
        ("", ()),
    ],
)
def test_what_a_command_starts(line, runs):
    assert shell.runs(line) == runs


@given(st.text(alphabet="ab=$'\"\\`(){}<>|&;# \t\r\n-", max_size=60))
def test_any_text_is_taken_apart(text):
    for words in shell.commands(text):
        assert words
        for word in words:
            assert 0 <= word.start <= word.end <= len(text)
            for value, start, end in word.tokens:
                assert word.start <= start <= end <= word.end
                assert len(value) <= end - start


@given(
    st.lists(
        st.sampled_from(
            ["python", "-m", "x", "sh", "-c", "uv", "run", "--", "gunicorn", "a:b", "env", "A=b", "a.py", ""]
        ),
        max_size=8,
    )
)
def test_any_words_are_a_command(words):
    runs = starts.started(words)
    assert runs is None or all(isinstance(entry, str) and entry for entry in runs)
