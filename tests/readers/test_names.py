"""Which reader reads a file, and which environment its name stands for."""

import subprocess
import sys

import pytest

from keylint.readers import reader_for
from keylint.readers.interface import Lines, environment_of, is_sample


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("app.py", "python"),
        ("stubs/app.pyi", "python"),
        ("x.env.py", "python"),
        ("a.ipynb", "notebook"),
        (".env", "dotenv"),
        ("deploy/.env.production.local", "dotenv"),
        (".env.eu-west", "dotenv"),
        (".env_test", "dotenv"),
        (".env.example", "dotenv"),
        ("env.sample", "dotenv"),
        ("example.env", "dotenv"),
        ("web.env.staging", "dotenv"),
        (".envrc", "dotenv"),
        (".flaskenv", "dotenv"),
        (".env.js", "source"),
        (".env.d.ts", "source"),
        (".env.json", "json"),
        ("env.c", None),
        ("docker-compose.prod.yml", "yaml"),
        ("values.YAML", "yaml"),
        ("config.yml.example", "yaml"),
        ("deployment.yaml.j2", None),
        ("pyproject.toml", "toml"),
        ("uv.lock", "toml"),
        ("settings.toml.dist", "toml"),
        ("tsconfig.json", "json"),
        (".vscode/settings.jsonc", "json"),
        ("data.jsonl", "json"),
        ("terraform.tfstate", "json"),
        ("setup.cfg", "ini"),
        ("home/.npmrc", "ini"),
        (".pypirc", "ini"),
        ("home/.aws/credentials", "ini"),
        ("docs/credentials", None),
        ("application-prod.properties", "ini"),
        ("Dockerfile", "dockerfile"),
        ("docker/Dockerfile.prod", "dockerfile"),
        ("Makefile", "recipes"),
        ("Procfile", "recipes"),
        ("deploy/app.service", "systemd"),
        ("README.md", None),
        ("main.tf", "terraform"),
        ("web.config", "xml"),
        ("home/.netrc", "netrc"),
        ("yaml", None),
    ],
)
def test_reader_for(path, reader):
    assert reader_for(path) == reader


@pytest.mark.parametrize(
    ("path", "environment"),
    [
        (".env", None),
        (".env.local", None),
        (".env.example", None),
        (".env.bak", None),
        (".env.json", None),
        (".env.prod", "production"),
        (".env.PROD", "production"),
        (".env.live", "production"),
        (".env.production.local", "production"),
        (".env.production.bak", "production"),
        (".env.test.local", "test"),
        (".env.ci", "test"),
        (".env.eu-west", "eu-west"),
        ("stg.env", "staging"),
        ("app.env.dev", "development"),
        ("env.py", None),
        ("env_test.py", None),
        ("shop/settings/prod.py", "production"),
        ("shop/settings/local.py", "development"),
        ("shop/settings/base.py", None),
        ("shop/settings.py", None),
        ("config/production.yml", "production"),
        ("config/routes.yml", None),
        ("config/staging/database.yml", "staging"),
        ("production.yaml", "production"),
        ("test.yaml", None),
        ("live.json", None),
        (".github/workflows/ci.yml", None),
        ("docker-compose.yml", None),
        ("docker-compose.override.yml", None),
        ("docker-compose.stage.yml", "staging"),
        ("compose.eu.yaml", "eu"),
        ("k8s/overlays/prd/secret.yaml", "production"),
        ("k8s/overlays/blue/secret.yaml", "blue"),
        ("k8s/base/secret.yaml", None),
        ("chart/values.yaml", None),
        ("chart/values-prod.yaml", "production"),
        ("chart/values-blue.yaml", "blue"),
        ("application-dev.properties", "development"),
        ("application-prod.properties", "production"),
        ("appsettings.Production.json", "production"),
        ("production.md", None),
    ],
)
def test_environment_of(path, environment):
    assert environment_of(path) == environment


@pytest.mark.parametrize(
    ("path", "sample"),
    [("a.toml.example", True), ("a.sample.toml", True), ("example.toml", False), ("template.yml", False)],
)
def test_is_sample(path, sample):
    assert is_sample(path) is sample


@pytest.mark.parametrize(
    ("offset", "position"),
    [(0, (1, 1)), (2, (1, 3)), (3, (1, 4)), (4, (2, 1)), (5, (3, 1)), (6, (4, 1)), (7, (4, 2))],
)
def test_lines_end_in_three_ways(offset, position):
    assert Lines("éa\r\n\n\rx").position(offset) == position


def test_choosing_a_reader_imports_no_parser():
    program = (
        "import sys; from keylint.readers import reader_for; reader_for('a.yml');"
        "sys.exit(bool({'yaml', 'tree_sitter', 'tomllib', 'libcst', 'json.decoder'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
