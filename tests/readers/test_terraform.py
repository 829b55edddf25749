"""Terraform: literals by the path of blocks and attributes."""

import pytest

from keylint.model import Channel
from keylint.readers import read

NAME = "main.tf"


def test_paths(check):
    facts = check(
        "terraform",
        NAME,
        'variable "api_key" {\n  type = string\n  default = "«a»"\n}\n'
        'provider "datadog" { api_key = "«b»" }\nlocals {\n  token = "«c»"\n  list = ["«d»", file("«e»")]\n'
        '  nested = { "inner" = "«f»", other: "«g»" }\n}\n',
        names=[
            "variable.api_key", "provider.datadog.api_key", "locals.token", "locals.list", "locals.list",
            "locals.nested.inner", "locals.nested.other",
        ],
    )  # fmt: skip
    assert {d.channel for d in facts.definitions} == {Channel.TERRAFORM}
    assert facts.env == ()


def test_escapes_and_texts_over_several_lines(check):
    check(
        "terraform", "prod.tfvars",
        'a = "«x\\"y\\n$${z}»"\nb = <<-EOT\n«  p\n  q\n»  EOT\nc = "«${var.d}-k»" # "n"\n/* d = "m" */\ne = "«v»"\n',
        ['x"y\n${z}', "  p\n  q\n", "${var.d}-k", "v"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_lambda_function" "f" {\n environment {\n variables = {\n A_KEY = "«v»"\n B_KEY = var.b\n }\n }\n}',
        'resource "azurerm_app" "f" { app_settings = { "A_KEY" = "«v»" } }',
    ],
)
def test_variables_of_what_is_run(check, text):
    facts = check("terraform", NAME, text)
    assert [(b.name, b.channel) for b in facts.env] == [("A_KEY", Channel.TERRAFORM)]
    assert [d.env for d in facts.definitions] == ["A_KEY"]


def test_objects_of_name_and_value(words):
    text = 'resource "x" "y" {\n  env {\n    name = "A_KEY"\n    value = "KEY1"\n  }\n  env { name = "B"\n value = "w"\n }\n}'
    facts = read("terraform", text, NAME, words)
    assert [d.name for d in facts.definitions if d.env] == ["resource.x.y.env.A_KEY"]
    assert [b.name for b in facts.env] == ["A_KEY"]


def test_depth_is_refused(everything):
    assert "deep" in (read("terraform", "a = " + "[" * 10_000, NAME, everything).problem or "")
