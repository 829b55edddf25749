"""One realistic file for each way in which programs are given keys: what is found, where it stands, and what it sets."""

from __future__ import annotations

import pytest

from keylint.model import Damage, Literal, Within
from keylint.readers import read, reader_for
from keylint.readers.interface import Found

from .conftest import marked, slice_at

KEY = "k3y-0f-0ne-s3rv1ce-4bc"


class Keys:
    """Wants the one key, wherever it stands; with blanks and quotes around it all of the value."""

    def spans(self, name, text):
        at = text.find(KEY)
        if at < 0:
            return ()
        if text.strip(" \r\n\t\"'") == KEY:
            return (Found(0, len(text), Within.WHOLE),)
        return (Found(at, at + len(KEY), Within.TEXT),)

    def sinks(self, call):
        return ()

    def header(self, name):
        return False

    def provider_of_host(self, host):
        return None


# path, text with the value between « and », what the line is called, the variable that it sets, the environment.
FILES = [
    (".env", "A=1\nexport API_KEY='«K»'  # note\n", "API_KEY", "API_KEY", None),
    (".env.production", "API_KEY=«K»\r\nB=2\r\n", "API_KEY", "API_KEY", "production"),
    (".envrc", "dotenv\nexport API_KEY=«K»\n", "API_KEY", "API_KEY", None),
    (".flaskenv", "API_KEY=«K»\n", "API_KEY", "API_KEY", None),
    (
        "compose.yaml",
        "services:\n  web:\n    environment:\n      API_KEY: «K»\n",
        "services.web.environment.API_KEY",
        "API_KEY",
        None,
    ),
    (
        "compose.prod.yaml",
        "services: {web: {environment: ['API_KEY=«K»']}}\n",
        "services.web.environment.API_KEY",
        "API_KEY",
        "production",
    ),
    (
        "k8s/overlays/prod/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n"
        "    spec:\n      containers:\n"
        "        - name: app\n          env:\n            - name: API_KEY\n"
        "              value: «K»\n",
        "spec.template.spec.containers[0].env[0].API_KEY",
        "API_KEY",
        "production",
    ),
    (
        "k8s/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: ai}\nstringData:\n  token: «K»\n",
        "ai.stringData.token",
        "secret/ai/token",
        None,
    ),
    (
        "k8s/pod.json",
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},\n'
        ' "spec": {"containers": [{"name": "c", "env":\n'
        '  [{"name": "API_KEY", "value": "«K»"}]}]}}\n',
        "spec.containers[0].env[0].API_KEY",
        "API_KEY",
        None,
    ),
    (
        "k8s/kustomization.yaml",
        "secretGenerator:\n  - name: ai\n    literals:\n      - token=«K»\n",
        "secretGenerator[0].token",
        "secret/ai/token",
        None,
    ),
    ("chart/values.yaml", "ai:\n  apiKey: «K»\n", "ai.apiKey", "values/ai.apiKey", None),
    (
        "chart/values-staging.yaml",
        "env:\n  - name: API_KEY\n    value: «K»\n",
        "env.API_KEY",
        "values/env.API_KEY",
        "staging",
    ),
    (
        ".github/workflows/deploy.yml",
        "jobs:\n  ship:\n    environment: production\n    steps:\n      - run: python ship.py\n"
        "        env:\n          API_KEY: «K»\n",
        "jobs.ship.steps[0].env.API_KEY",
        "API_KEY",
        "production",
    ),
    (".gitlab-ci.yml", "variables:\n  API_KEY: «K»\ntest:\n  script: [pytest]\n", "variables.API_KEY", "API_KEY", None),
    (
        "Dockerfile",
        'FROM python:3.12\nENV API_KEY="«K»" B=2\nCMD ["python", "app.py"]\n',
        "ENV.API_KEY",
        "API_KEY",
        None,
    ),
    ("Makefile", "export API_KEY := «K»\nrun:\n\tpython app.py\n", "API_KEY", "API_KEY", None),
    ("justfile", "run:\n    API_KEY=«K» python app.py\n", "run.API_KEY", "API_KEY", None),
    ("Procfile", "web: API_KEY=«K» gunicorn app:app\n", "web.API_KEY", "API_KEY", None),
    ("start.sh", '#!/bin/sh\nexport API_KEY="«K»"\nexec python app.py\n', "API_KEY", "API_KEY", None),
    (
        "deploy/bot.service",
        '[Service]\nEnvironment="API_KEY=«K»"\nExecStart=/usr/bin/python3 /opt/bot/bot.py\n',
        "Environment.API_KEY",
        "API_KEY",
        None,
    ),
    (
        "main.tf",
        'resource "aws_lambda_function" "f" {\n  environment {\n    variables = {\n      API_KEY = "«K»"\n    }\n  }\n}\n',
        "resource.aws_lambda_function.f.environment.variables.API_KEY",
        "API_KEY",
        None,
    ),
    ("prod.tfvars", 'api_key = "«K»"\n', "api_key", None, "production"),
    (
        ".vscode/launch.json",
        '{"configurations": [{"program": "${workspaceFolder}/app.py", // x\n "env": {"API_KEY": "«K»"},}]}\n',
        "configurations[0].env.API_KEY",
        "API_KEY",
        None,
    ),
    (
        ".run/app.run.xml",
        '<component>\n <configuration>\n  <envs>\n   <env name="API_KEY" value="«K»" />\n'
        "  </envs>\n"
        '  <option name="SCRIPT_NAME" value="$PROJECT_DIR$/app.py" />\n </configuration>\n'
        "</component>\n",
        "component.configuration.envs.env.API_KEY",
        "API_KEY",
        None,
    ),
    (
        ".devcontainer/devcontainer.json",
        '{"containerEnv": {"API_KEY": "«K»"}}',
        "containerEnv.API_KEY",
        "API_KEY",
        None,
    ),
    ("vercel.json", '{"env": {"API_KEY": "«K»"}}', "env.API_KEY", "API_KEY", None),
    (
        "netlify.toml",
        '[context.production.environment]\nAPI_KEY = "«K»"\n',
        "context.production.environment.API_KEY",
        "API_KEY",
        "production",
    ),
    ("app.json", '{"env": {"API_KEY": {"value": "«K»"}}}', "env.API_KEY.value", "API_KEY", None),
    ("fly.toml", '[env]\nAPI_KEY = "«K»"\n', "env.API_KEY", "API_KEY", None),
    (
        ".do/app.yaml",
        "services:\n  - envs:\n      - key: API_KEY\n        value: «K»\n",
        "services[0].envs[0].API_KEY",
        "API_KEY",
        None,
    ),
    (
        "render.yaml",
        "services:\n  - envVars:\n      - key: API_KEY\n        value: «K»\n",
        "services[0].envVars[0].API_KEY",
        "API_KEY",
        None,
    ),
    (
        "serverless.yml",
        "provider:\n  environment:\n    API_KEY: «K»\n",
        "provider.environment.API_KEY",
        "API_KEY",
        None,
    ),
    (".streamlit/secrets.toml", 'api_key = "«K»"\n', "api_key", "api_key", None),
    ("connections.yaml", "slack:\n  conn_type: http\n  password: «K»\n", "slack.password", None, None),
    ("connections.json", '{"slack": {"conn_type": "http", "password": "«K»"}}', "slack.password", None, None),
    (
        "airflow.env",
        'AIRFLOW_CONN_SLACK=\'{"conn_type": "http", "password": "«K»"}\'\n',
        "AIRFLOW_CONN_SLACK",
        "AIRFLOW_CONN_SLACK",
        None,
    ),
    (
        "conf/airflow.env",
        "AIRFLOW_CONN_SLACK=http://:«K»@slack.com/\n",
        "AIRFLOW_CONN_SLACK",
        "AIRFLOW_CONN_SLACK",
        None,
    ),
    ("appsettings.Production.json", '\ufeff{"OpenAI": {"ApiKey": "«K»"}}', "OpenAI.ApiKey", None, "production"),
    ("src/main/resources/application-prod.yml", "openai:\n  api-key: «K»\n", "openai.api-key", None, "production"),
    (
        "src/main/resources/application.yml",
        "openai: {url: x}\n---\nspring:\n  config:\n    activate:\n      on-profile: prod\nopenai:\n  api-key: «K»\n",
        "openai.api-key",
        None,
        "production",
    ),
    ("application.properties", "openai.api-key = «K»\n", "openai.api-key", None, None),
    ("settings.ini", "[settings]\nAPI_KEY = «K»\n", "settings.API_KEY", None, None),
    ("settings.toml", "[production]\napi_key = '«K»'\n", "production.api_key", None, "production"),
    (".aws/credentials", "[default]\naws_secret_access_key = «K»\n", "default.aws_secret_access_key", None, None),
    (".npmrc", "//registry.npmjs.org/:_authToken=«K»\n", "//registry.npmjs.org/:_authToken", None, None),
    (".pypirc", "[pypi]\nusername = __token__\npassword = «K»\n", "pypi.password", None, None),
    ("pip.conf", "[global]\nindex-url = https://user:«K»@pypi.example.com/simple\n", "global.index-url", None, None),
    (".netrc", "machine api.example.com\n  login me\n  password «K»\n", "api.example.com.password", None, None),
    (
        "web.config",
        '<configuration><appSettings><add key="ApiKey" value="«K»"/></appSettings></configuration>',
        "configuration.appSettings.add.ApiKey",
        None,
        None,
    ),
    ("tox.ini", "[testenv]\nsetenv =\n  API_KEY=«K»\n  B=2\n", "testenv.setenv", None, None),
    (
        "pyproject.toml",
        '[tool.pytest.ini_options]\nenv = ["API_KEY=«K»"]\n',
        "tool.pytest.ini_options.env[0]",
        None,
        None,
    ),
    ("wrangler.toml", '[env.staging.vars]\nAPI_KEY = "«K»"\n', "env.staging.vars.API_KEY", "API_KEY", "staging"),
    ("secrets/groq.txt", "«K»\n", None, None, None),
]


@pytest.mark.parametrize(("path", "text", "name", "variable", "environment"), FILES, ids=[row[0] for row in FILES])
@pytest.mark.parametrize("crlf", [False, True])
def test_channels(path, text, name, variable, environment, crlf):
    if crlf:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    given = marked(text.replace("«K»", f"«{KEY}»"))
    facts = read(reader_for(path) or "text", given.text, path, Keys())
    found = [d for d in facts.definitions if KEY in d.secret.reveal()]
    assert [slice_at(given.text, d.place).strip("\r\n") for d in found] == [KEY]
    assert (found[0].name, found[0].environment) == (name, environment)
    env = {b.name: b for b in facts.env if isinstance(b.value, Literal) and KEY in b.value.definition.secret.reveal()}
    assert set(env) == ({variable} if variable is not None else set())
    assert {b.environment for b in env.values()} <= {environment}


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        # What each loader makes of what is written.
        ("start.sh", f"export API_KEY={KEY}\r\npython app.py\r\n", f"{KEY}\r"),
        ("start.sh", f"export API_KEY='{KEY}\n'\npython app.py\n", f"{KEY}\n"),
        ("Makefile", f'export API_KEY = "{KEY}"\nrun:\n\tpython app.py\n', f'"{KEY}"'),
        ("compose.yaml", f"services: {{web: {{environment: ['API_KEY=\"{KEY}\"']}}}}\n", f'"{KEY}"'),
        ("compose.yaml", f"services:\n  web:\n    environment:\n      API_KEY: |\n        {KEY}\n", f"{KEY}\n"),
        (
            "k8s/s.yaml",
            f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  k: |\n    {KEY}\n",
            f"{KEY}\n",
        ),
        (".env", f'API_KEY="{KEY}\\n"\n', f"{KEY}\n"),
        ("Dockerfile", f"FROM x\nENV API_KEY='{KEY} '\nCMD python app.py\n", f"{KEY} "),
        ("u.service", f'[Service]\nEnvironment="API_KEY={KEY}\\n"\n', f"{KEY}\n"),
    ],
)
def test_what_arrives(path, text, value):
    facts = read(reader_for(path) or "text", text, path, Keys())
    assert [b.value.definition.secret.reveal() for b in facts.env if isinstance(b.value, Literal)] == [value]


def test_what_is_not_encoded_is_damaged():
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata:\n  k: {KEY}\n"
    facts = read("yaml", text, "s.yaml", Keys())
    assert [d.damage for d in facts.definitions] == [Damage.NOT_ENCODED]
