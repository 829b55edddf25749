"""Variables of manifests, pipelines and images: alternatives to each other, and to the layers of env files."""

from __future__ import annotations

import pytest

from keylint.link import link, shadows
from keylint.model import FileFacts, Sink, Within
from keylint.readers import read, reader_for
from keylint.readers.interface import Found

SINKS = {"openai.OpenAI": (Sink("openai.OpenAI", "openai", keyword="api_key", env=("OPENAI_API_KEY",)),)}
APP = "import openai\nclient = openai.OpenAI()\n"
SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData: {{{key}: {value}}}\n"
)
POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - {lines}\n"
FROM_KEY = "env: [{name: OPENAI_API_KEY, valueFrom: {secretKeyRef: {name: ai, key: token}}}]"


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


def arrivals(files):
    """Return what arrives at the call, as {environment: values}; `?` for what is not known, `!` for missing."""
    facts: dict[str, FileFacts] = {
        path: read(reader_for(path) or "text", text, path, Wanted()) for path, text in {"app.py": APP, **files}.items()
    }
    found: dict[str | None, set[str]] = {}
    for reach in link(facts, lambda call: SINKS.get(call, ()), lambda path: facts.get(path)):
        value = "?" if reach.definition is None else reach.definition.secret.reveal()
        found.setdefault(reach.environment, set()).add("!" if reach.why == "missing" else value)
    return found


def secret(name="ai", namespace="shop", key="token", value="v"):
    return SECRET.format(name=name, namespace=namespace, key=key, value=value)


@pytest.mark.parametrize(
    ("files", "arrives"),
    [
        # A container's variable is filled in from a Secret in another file.
        ({"k8s/s.yaml": secret(), "k8s/p.yaml": POD.format(lines=FROM_KEY)}, {None: {"v"}}),
        # One that is not in the project is supplied from elsewhere: unknown, and not missing.
        ({"k8s/p.yaml": POD.format(lines=FROM_KEY)}, {None: {"?"}}),
        ({"k8s/s.yaml": secret(key="other"), "k8s/p.yaml": POD.format(lines=FROM_KEY)}, {None: {"?"}}),
        # All of a Secret, with and without a prefix.
        (
            {
                "k8s/s.yaml": secret(key="OPENAI_API_KEY"),
                "k8s/p.yaml": POD.format(lines="envFrom: [{secretRef: {name: ai}}]"),
            },
            {None: {"v"}},
        ),
        (
            {
                "k8s/s.yaml": secret(key="API_KEY"),
                "k8s/p.yaml": POD.format(lines="envFrom: [{prefix: OPENAI_, secretRef: {name: ai}}]"),
            },
            {None: {"v"}},
        ),
        # Each environment has its own.
        (
            {
                "k8s/overlays/prod/s.yaml": secret(value="p"),
                "k8s/overlays/dev/s.yaml": secret(value="d"),
                "k8s/base/p.yaml": POD.format(lines=FROM_KEY),
            },
            {"production": {"p"}, "development": {"d"}},
        ),
        # A cluster and a developer's machine are two possibilities.
        (
            {"k8s/p.yaml": POD.format(lines="env: [{name: OPENAI_API_KEY, value: v}]"), ".env": "OPENAI_API_KEY=w"},
            {None: {"v", "w"}},
        ),
        # What a pipeline keeps says nothing against what a file says.
        (
            {".github/workflows/ci.yml": "env: {OPENAI_API_KEY: '${{ secrets.K }}'}", ".env": "OPENAI_API_KEY=w"},
            {None: {"w"}},
        ),
        ({".github/workflows/ci.yml": "env: {OPENAI_API_KEY: '${{ secrets.K }}'}"}, {None: {"?"}}),
        ({"Dockerfile": "FROM x\nENV OPENAI_API_KEY=v\n"}, {None: {"v"}}),
        # Whoever runs an image has the last word.
        (
            {
                "Dockerfile": "ENV OPENAI_API_KEY=image\n",
                "compose.yaml": "services: {a: {environment: {OPENAI_API_KEY: v}}}",
            },
            {None: {"v"}},
        ),
        ({"Dockerfile": "ENV OPENAI_API_KEY=\n"}, {None: {"?"}}),
        # docker hands on what is written, where everybody else takes quotes and comments off.
        (
            {"prod.env": "OPENAI_API_KEY='v' # note\n", "Makefile": "run:\n\tdocker run --env-file prod.env x"},
            {None: {"'v' # note"}},
        ),
        (
            {".env": "OPENAI_API_KEY='v'\n", "Makefile": "run:\n\tdocker run --env-file .env x"},
            {None: {"v", "'v'"}},
        ),
        ({".env": "OPENAI_API_KEY='v'\n", "Makefile": "run:\n\tuvicorn --env-file .env x"}, {None: {"v"}}),
        (
            {
                "prod.env": "OPENAI_API_KEY='v'\n",
                "compose.yaml": "services: {web: {env_file: [{path: prod.env, format: raw}]}}",
            },
            {None: {"'v'"}},
        ),
        (
            {
                "web.env": "OPENAI_API_KEY='v'\n",
                "Dockerfile": "ENV OPENAI_API_KEY=image\n",
                ".github/workflows/ci.yml": "jobs: {a: {steps: [{run: docker run --env-file=web.env x}]}}",
            },
            {None: {"'v'"}},
        ),
        # Env files of this project define others; this one comes from the cluster.
        (
            {"k8s/p.yaml": POD.format(lines=FROM_KEY), ".env": "OTHER_KEY=w\n", ".env.example": "OPENAI_API_KEY=\n"},
            {None: {"?"}},
        ),
        ({".env": "OTHER_KEY=w\n", ".env.example": "OPENAI_API_KEY=\n"}, {None: {"!"}}),
        # What comes with a whole object of the cluster is not known.
        (
            {
                "k8s/p.yaml": POD.format(lines="envFrom: [{secretRef: {name: unknown}}]"),
                ".env": "OTHER_KEY=w\n",
                ".env.example": "OPENAI_API_KEY=\n",
            },
            {None: {"?"}},
        ),
    ],
)
def test_what_arrives(files, arrives):
    assert arrivals(files) == arrives


def test_a_neighbours_deployment_does_not_serve():
    pod = "env: [{{name: OPENAI_API_KEY, value: {0}}}]"
    files = {
        "a/app.py": APP,
        "a/k8s/p.yaml": POD.format(lines=pod.format("mine")),
        "b/k8s/p.yaml": POD.format(lines=pod.format("other")),
    }
    facts = {path: read(reader_for(path) or "text", text, path, Wanted()) for path, text in files.items()}
    reaches = link(facts, lambda call: SINKS.get(call, ()), lambda path: None)
    assert {r.definition.secret.reveal() for r in reaches if r.definition} == {"mine"}


LOADS = "from dotenv import load_dotenv\n{}\n" + APP
SETTINGS = (
    "import openai\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass S(BaseSettings):\n"
    "    model_config = SettingsConfigDict(env_file={})\n    openai_api_key: str\n\n\n"
    "client = openai.OpenAI(api_key=S().openai_api_key)\n"
)


@pytest.mark.parametrize(
    ("layer", "program", "arrives"),
    [
        # Nothing says how the files are loaded: they are what their names say.
        (".env.local", APP, {None: {"layer"}}),
        # A bare call reads `.env`, and nothing else.
        (".env.local", LOADS.format("load_dotenv()"), {None: {"base"}}),
        (".env.prod", LOADS.format("load_dotenv()"), {None: {"base"}}),
        # What is set stays, unless the loader overrides.
        (".env.local", LOADS.format("load_dotenv('.env')\nload_dotenv('.env.local')"), {None: {"base"}}),
        (".env.local", LOADS.format("load_dotenv('.env.local')\nload_dotenv()"), {None: {"layer"}}),
        (".env.local", LOADS.format("load_dotenv()\nload_dotenv('.env.local', override=True)"), {None: {"layer"}}),
        (".env.local", LOADS.format("load_dotenv('.env.local')\nload_dotenv('.env', override=True)"), {None: {"base"}}),
        # Whether it is loaded is not known.
        (".env.local", LOADS.format("load_dotenv(NAME)"), {None: {"layer"}}),
        (".env.local", LOADS.format("load_dotenv()\nif X:\n    load_dotenv('.env.local')"), {None: {"layer"}}),
        # The last file of a settings class wins, whatever environment its name is of.
        (".env.prod", SETTINGS.format("('.env', '.env.prod')"), {None: {"layer"}}),
        (".env.prod", SETTINGS.format("('.env.prod', '.env')"), {None: {"base"}}),
        (".env.local", SETTINGS.format("'.env'"), {None: {"base"}}),
    ],
)
def test_layers_are_what_the_program_loads(layer, program, arrives):
    files = {".env": "OPENAI_API_KEY=base\n", layer: "OPENAI_API_KEY=layer\n", "app.py": program}
    assert arrivals(files) == arrives


@pytest.mark.parametrize(
    ("program", "hidden"),
    [
        (APP, {".env": ".env.local"}),
        (LOADS.format("load_dotenv()"), {}),
        (LOADS.format("load_dotenv('.env')\nload_dotenv('.env.local')"), {".env.local": ".env"}),
        (LOADS.format("load_dotenv('.env.local')\nload_dotenv('.env')"), {".env": ".env.local"}),
        (LOADS.format("load_dotenv(NAME)"), {".env": ".env.local"}),
    ],
)
def test_values_that_never_arrive_in_what_a_program_loads(program, hidden):
    files = {".env": "OPENAI_API_KEY=base\n", ".env.local": "OPENAI_API_KEY=layer\n", "app.py": program}
    facts = {path: read(reader_for(path) or "text", text, path, Wanted()) for path, text in files.items()}
    assert {place.path: shadow.place.path for place, shadow in shadows(facts).items()} == hidden


@pytest.mark.parametrize(
    ("read_from", "defined", "missing"),
    [
        ("${OPENAI_KEY:?}", "OPENAI_API_KEY", True),  # the `.env` beside it has it under another name
        ("${OPENAI_KEY:?}", "OPENAI_KEY", False),
        ("${OPENAI_KEY:?}", "LOG_LEVEL", False),  # whoever starts it may set it
        ("${OPENAI_KEY:-sk}", "OPENAI_API_KEY", False),
    ],
)
def test_what_compose_is_to_fill_in_stands_under_another_name_beside_it(read_from, defined, missing):
    compose = f"services: {{web: {{build: ., environment: {{OPENAI_API_KEY: '{read_from}'}}}}}}"
    found = arrivals({"compose.yaml": compose, ".env": f"{defined}=value\n"})
    assert (found == {None: {"!"}}) == missing
