"""Files that start a program with variables: editors, containers of developers, platforms."""

import pytest

from keylint.model import Within
from keylint.readers import read
from keylint.readers.interface import Found, environment_of


class Values:
    def spans(self, name, text):
        return (Found(0, len(text), Within.WHOLE),) if text in ("v", "w") else ()


@pytest.mark.parametrize(
    ("reader", "path", "text", "names"),
    [
        ("json", ".vscode/launch.json", '{"configurations": [{"env": {"A_KEY": "v", "b": "w"}}]}', ["A_KEY"]),
        ("json", ".devcontainer/devcontainer.json", '{"remoteEnv": {"A_KEY": "v"}}', ["A_KEY"]),
        ("json", "ecs/task-definition.json", '{"environment": [{"name": "A_KEY", "value": "v"}]}', ["A_KEY"]),
        ("yaml", "serverless.yml", "provider: {environment: {A_KEY: v}}", ["A_KEY"]),
        ("yaml", "app.yaml", "env_variables:\n  A_KEY: v\n", ["A_KEY"]),
        ("toml", ".streamlit/secrets.toml", 'a_key = "v"\n[section]\nb_key = "w"\n', ["a_key"]),
        ("toml", "fly.toml", '[env]\nA_KEY = "v"\n', ["A_KEY"]),
        ("json", "data.json", '{"env": {"A_KEY": "v"}}', []),
        ("yaml", "config.yml", "env: {A_KEY: v}", []),
    ],
)
def test_what_is_set(reader, path, text, names):
    facts = read(reader, text, path, Values())
    assert [b.name for b in facts.env] == names
    assert {d.env for d in facts.definitions if d.secret.reveal() == "v"} <= {"A_KEY", "a_key"}


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        ("src/appsettings.Production.json", "production"),
        ("appsettings.json", None),
        ("src/main/resources/application-dev.yml", "development"),
        ("application-eu.properties", "eu"),
        ("application.yml", None),
    ],
)
def test_environments(path, environment):
    assert environment_of(path) == environment
