"""Manifests: what Secrets hold, what containers get, and what joins the two."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model import Channel, Damage, EnvRead, Literal, Opaque, Within
from keylint.readers import read
from keylint.readers.interface import Found

NAME = "k8s/secret.yaml"
WITH_BREAK = base64.b64encode(b"abc\n").decode()


class _Values:
    """Wants what is no part of a manifest's own words; of values named `v…` only those, with `only`."""

    def __init__(self, only=None):
        self.only = only

    def spans(self, name, text):
        wanted = text == self.only if self.only else name is not None and text not in ("v1", "Secret", "app")
        return (Found(0, len(text), Within.WHOLE),) if wanted else ()


def manifest(fields: str, kind: str = "Secret", metadata: str = "{name: app}") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {metadata}\n{fields}"


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def bindings(facts):
    return {
        b.name: b.value.definition.secret.reveal() if isinstance(b.value, Literal) else b.value.name
        if isinstance(b.value, EnvRead) else "?"
        for b in facts.env
    }  # fmt: skip


def test_data_is_decoded_where_it_stands(check):
    facts = check(
        "yaml",
        NAME,
        manifest(f"data:\n  TOKEN: «{WITH_BREAK}»\n  other: '«{encoded('x')}»'\nstringData:\n  plain: «y»\n"),
        ["abc\n", "x", "y"],
        ["app.data.TOKEN", "app.data.other", "app.stringData.plain"],
        _Values(),
    )
    assert bindings(facts) == {"secret/app/TOKEN": "abc\n", "secret/app/other": "x", "secret/app/plain": "y"}
    assert {d.channel for d in facts.definitions} == {Channel.KUBERNETES}
    assert [d.damage for d in facts.definitions] == [None] * 3


@pytest.mark.parametrize("value", ["not_base64", "abc", "a-b=", "//79"])
def test_what_does_not_decode_is_damaged(value):
    (found,) = read("yaml", manifest(f"data: {{TOKEN: {value}}}"), NAME, _Values()).definitions
    assert found.secret.reveal() == value
    assert found.damage is Damage.NOT_ENCODED


def test_base64_over_several_lines(everything):
    text = encoded("a" * 90)
    facts = read("yaml", manifest(f"data:\n  TOKEN: |\n    {text[:60]}\n    {text[60:]}\n"), NAME, everything)
    assert "a" * 90 in {d.secret.reveal() for d in facts.definitions}


def test_a_config_map_holds_plain_text(everything):
    facts = read("yaml", manifest("data: {API_KEY: abcd}", "ConfigMap"), NAME, everything)
    assert bindings(facts) == {"configmap/app/API_KEY": "abcd"}


def test_what_kustomize_generates(check):
    facts = check(
        "yaml",
        "k8s/overlays/prod/kustomization.yaml",
        "secretGenerator:\n- name: ai\n  literals:\n  - TOKEN=«a=b»\n  envs: [.env.prod]\n",
        names=["secretGenerator[0].TOKEN"],
        interest=_Values("a=b"),
    )
    assert bindings(facts) == {"secret/ai/TOKEN": "a=b"}
    assert facts.env_files == (".env.prod",)


def container(lines: str) -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n"
        + "\n".join(f"          {line}" for line in lines.splitlines())
    )


def test_the_variables_of_a_container(everything):
    text = container(
        "env:\n  - {name: A_KEY, value: v}\n  - {name: B_KEY, valueFrom: {secretKeyRef: {name: app, key: b}}}\n"
        "  - {name: C_KEY, valueFrom: {configMapKeyRef: {name: app, key: c}}}\n"
        "  - {name: D_KEY, valueFrom: {fieldRef: {fieldPath: x}}}\n  - {name: E_KEY, value: $(A_KEY)-x}\n"
        "envFrom:\n  - {prefix: P_, secretRef: {name: app}}\n  - configMapRef: {name: app}\n"
    )
    facts = read("yaml", text, "deploy.yaml", _Values("v"))
    assert bindings(facts) == {
        "A_KEY": "v", "B_KEY": "secret/app/b", "C_KEY": "configmap/app/c", "D_KEY": "?", "E_KEY": "?",
        "P_*": "secret/app/*", "*": "configmap/app/*",
    }  # fmt: skip
    assert [d.env for d in facts.definitions if d.secret.reveal() == "v"] == ["A_KEY"]
    assert any(isinstance(b.value, Opaque) for b in facts.env)


def test_variables_that_can_hold_no_key_are_not_bound():
    text = container(
        "env:\n  - {name: PORT, value: '80'}\n  - {name: DEBUG, valueFrom: {secretKeyRef: {name: a, key: b}}}"
    )
    assert read("yaml", text, "deploy.yaml", _Values("v")).env == ()


def test_arguments_of_commands(words):
    facts = read(
        "yaml", container("command: [sh, -c, 'curl -H \"X-Token: KEY1\"']\nargs: [--token=KEY2]"), "a.yaml", words
    )
    assert [(d.secret.reveal(), d.within) for d in facts.definitions] == [
        ("KEY1", Within.COMMAND), ("KEY2", Within.COMMAND),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("namespace", "environment"),
    [("production", "production"), ("shop-stg", "staging"), ("shop", None), ("products", None)],
)
def test_the_namespace_names_the_environment(everything, namespace, environment):
    text = manifest("stringData: {TOKEN: v}", metadata=f"{{name: app, namespace: {namespace}}}")
    assert [b.environment for b in read("yaml", text, NAME, everything).env] == [environment]


def test_lists_and_documents(everything):
    item = "{{apiVersion: v1, kind: Secret, metadata: {{name: {0}}}, stringData: {{TOKEN: {0}}}}}"
    text = f"apiVersion: v1\nkind: List\nitems: [{item.format('a')}]\n---\n" + manifest("stringData: {TOKEN: b}")
    assert bindings(read("yaml", text, NAME, everything)) == {"secret/a/TOKEN": "a", "secret/app/TOKEN": "b"}


def test_helm_values_are_no_manifest(everything):
    facts = read("yaml", "apiKey: v\nexistingSecret: '{{ .Release.Name }}'\n", "values.yaml", everything)
    assert {d.channel for d in facts.definitions} == {Channel.YAML}
    assert [b.name for b in facts.env] == ["values/apiKey", "values/existingSecret"]


@given(st.binary(max_size=60), st.sampled_from(["data", "stringData"]))
def test_any_bytes(everything, honest, data, field):
    text = manifest(f"{field}: {{TOKEN: '{base64.b64encode(data).decode()}'}}")
    honest(text, read("yaml", text, NAME, everything).definitions)
