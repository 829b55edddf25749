"""Every rule is well-formed, whatever the rules are; an ill-formed one cannot be defined."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from keylint.model import Severity
from keylint.rule import SECTIONS, Example, Rule, RuleError, RuleLoadError, load_rules
from keylint.testing import examples, pages

ROOT = Path(__file__).parents[2]
RULES = load_rules(["keylint_rules"])
CATEGORIES = {"KL1": "hardcoded", "KL2": "malformed", "KL3": "stale", "KL4": "runtime"}
ONLY_TEMPLATES = re.compile(r"\{fake:[^{}]+\}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
class TestEveryRule:
    def test_stands_in_the_folder_of_its_hundred_under_its_own_name(self, rule: Rule) -> None:
        package, category, stem = type(rule).__module__.split(".")
        assert (package, category, stem) == ("keylint_rules", CATEGORIES[rule.code[:3]], rule.name.replace("-", "_"))

    def test_explains_itself(self, rule: Rule) -> None:
        assert rule.summary.endswith(".")
        sections = re.split(r"^## .*$", rule.explanation, flags=re.MULTILINE)
        assert len(sections) == len(SECTIONS) + 1
        assert all(section.strip() for section in sections)

    def test_has_examples_that_parse(self, rule: Rule) -> None:
        for case in examples(rule):
            for path, text in case.example.files.items():
                if path.endswith(".py"):
                    ast.parse(text, path)

    def test_expects_lines_that_exist(self, rule: Rule) -> None:
        for case in examples(rule):
            for _, path, line in case.example.expect:
                assert 1 <= line <= len(case.example.files[path].splitlines())

    def test_has_a_current_page(self, rule: Rule) -> None:
        written = (ROOT / "docs" / "rules" / f"{rule.name}.md").read_text("utf-8")
        assert written == pages.rule_page(rule), "run: python -m keylint.testing docs"


def test_the_table_of_codes_is_current_and_no_page_is_left_over() -> None:
    assert (ROOT / "docs" / "codes.md").read_text("utf-8") == pages.codes_page(RULES)
    assert {path.stem for path in (ROOT / "docs" / "rules").glob("*.md")} == {rule.name for rule in RULES}


def test_rules_come_sorted_and_distinct() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


DOC = "A summary.\n\n" + "\n\n".join(f"{section}\nWords." for section in SECTIONS)
GOOD: dict[str, Any] = {
    "__module__": "acme.my_rule",
    "__doc__": DOC,
    "code": "KL901",
    "severity": Severity.ERROR,
    "VALID": ("x = 1",),
    "INVALID": (Example({"app.py": "x = 2"}, expect=(("KL901", "app.py", 1),)),),
    "check_key": lambda self, key, context: iter(()),
}


def test_facts_are_derived() -> None:
    rule = type("MyRule", (Rule,), GOOD)()
    assert (rule.name, rule.summary, rule.default) == ("my-rule", "A summary.", True)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"code": None}, "code is None"),
        ({"code": "KL1"}, "three digits"),
        ({"code": "kl101"}, "three digits"),
        ({"severity": "error!"}, "severity"),
        ({"__doc__": None}, "summary"),
        ({"__doc__": "## What it does"}, "summary"),
        ({"__doc__": DOC.replace(SECTIONS[1], "## Why")}, "Why it matters"),
        (
            {
                "__doc__": DOC.replace(SECTIONS[0], "#")
                .replace(SECTIONS[2], SECTIONS[0])
                .replace("#\n", SECTIONS[2] + "\n")
            },
            "order",
        ),
        ({"VALID": ()}, "need"),
        ({"INVALID": ()}, "need"),
        ({"VALID": (3,)}, "strings and Examples"),
        ({"VALID": GOOD["INVALID"]}, "expects nothing"),
        ({"INVALID": ("x = 2",)}, "expects a finding"),
        ({"INVALID": (Example({"app.py": "x"}),)}, "expects a finding"),
        ({"INVALID": (Example({"app.py": "x"}, expect=(("KL902", "app.py", 1),)),)}, "can expect KL901"),
        ({"INVALID": (Example({"app.py": "x"}, expect=(("KL901", "b.py", 1),)),)}, "in its own files"),
        ({"check_key": None}, "checks nothing"),
    ],
)
def test_an_ill_formed_rule_cannot_be_defined(change: dict[str, Any], complaint: str) -> None:
    body = {**GOOD, **change}
    if body["check_key"] is None:
        del body["check_key"]
    with pytest.raises(RuleError, match=rf"acme\.my_rule\.MyRule: .*{complaint}"):
        type("MyRule", (Rule,), body)


RULE_SOURCE = f'''
from keylint.model import Severity
from keylint.rule import Example, Rule

class R(Rule):
    """{DOC}"""
    code = "%s"
    severity = Severity.NOTE
    VALID = ("x = 1",)
    INVALID = (Example({{"app.py": "x"}}, expect=(("%s", "app.py", 1),)),)
    def check_key(self, key, context):
        yield from ()
'''


def package(directory: Path, name: str, modules: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    for path, text in {"__init__": "", **modules}.items():
        file = directory / name / f"{path}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(directory)
    for module in [module for module in sys.modules if module.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    return name


def source(code: str) -> str:
    return RULE_SOURCE % (code, code)


def test_a_package_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"late": source("KL902"), "deep/__init__": "", "deep/early": source("KL901"), "helper": "x = 1"}
    name = package(tmp_path, "walked_rules", modules, monkeypatch)
    assert [(rule.code, rule.name) for rule in load_rules([name])] == [("KL901", "early"), ("KL902", "late")]


@pytest.mark.parametrize(
    ("modules", "complaint"),
    [
        ({"broken": "import no_such_module_at_all"}, r"bad_rules\.broken cannot be imported: ModuleNotFoundError"),
        ({"broken": "def ("}, r"bad_rules\.broken cannot be imported: SyntaxError"),
        ({"one": source("KL901").replace('code = "KL901"', "")}, r"bad_rules\.one cannot be imported: RuleError"),
        (
            {"one": source("KL901"), "two": source("KL901")},
            r"KL901 two: .* taken twice, in bad_rules\.one and bad_rules\.two",
        ),
        ({"one": source("KL901") + source("KL902").replace("class R", "class S")}, "taken twice"),
        ({}, "bad_rules: holds no rule"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(
    modules: dict[str, str], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuleLoadError, match=complaint):
        load_rules([package(tmp_path, "bad_rules", modules, monkeypatch)])


def test_a_missing_package_is_named() -> None:
    with pytest.raises(RuleLoadError, match="no_such_package cannot be imported"):
        load_rules(["no_such_package"])


def test_example_texts_are_dedented_and_keep_their_blanks() -> None:
    example = Example({"a.py": "\n    def f():\n        x = 'y '\n    ", "b.env": "A=1 \r\nB=2"})
    assert example.files == {"a.py": "def f():\n    x = 'y '\n", "b.env": "A=1 \r\nB=2\n"}


def test_pages_show_templates_not_keys() -> None:
    page = pages.rule_page(next(rule for rule in RULES if rule.code == "KL201"))
    assert "{fake:github-classic-pat!truncated=3}" in page
    assert "ghp_" not in ONLY_TEMPLATES.sub("", page)
