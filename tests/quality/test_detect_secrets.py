"""The payloads of detect-secrets' own plugin tests: what its detectors have to find keylint finds, or says why not.

`detect_secrets_payloads.toml` holds the payloads. Each is checked against the installed detect-secrets first, so that what is
written down here is what it really does. Then it becomes a file of a project that keylint checks; where the payload holds a
value that no issuer can have made (`abcd1234` eight times), a made-up key of the kind stands there instead. KL109 is not
asked: it knows of no kinds.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from keylint import engine
from keylint.catalogue import Catalogue, load
from keylint.catalogue.fake import expand
from keylint.catalogue.load import builtin_files
from keylint.config import Config

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "detect_secrets_payloads.toml").read_text())
VALUES = {name: "".join(pieces) for name, pieces in DATA["values"].items()}
CATALOGUE: Catalogue = load(builtin_files())


class Case(NamedTuple):
    """A payload. `text` is what detect-secrets gets, `ours` what keylint gets; `path` is the file for it."""

    detector: str
    template: str
    wanted: bool
    text: str
    ours: str
    path: str


class Exemption(NamedTuple):
    """Payloads of a detector that keylint does not report as keys, and why that is right.

    `code`: it knows them, and that is the code under which it says that they are none; where a program expects a key
    (in the variable `env`), it reports them. `None`: it does not look for such things.
    """

    detector: str
    template: str
    code: str | None
    because: str
    env: str | None = None


EXEMPT = (
    Exemption(
        "artifactory",
        r"(|[ =\"]|X-J.* |artifactoryx.*)AP[0-9A-F]{x10}\"?", None, "AP and a digit begin much else; a name has to tell"),
    Exemption("aws", "{aws_a3t}", None, "AWS documents no such prefix"),
    Exemption("basic_auth", ".*username:{word}.*", None, "a user's name and password of a web site are no API key"),
    Exemption("cloudant", "cloudant_key.*", None, "24 small letters under a name are a word as well"),
    Exemption(
        "discord",
        r".?[MAO{]?{?d[345].*",
        "KL202",
        "the part before the first dot is the id of the bot, a number in base64, and is none here",
        "DISCORD_TOKEN",
    ),
    Exemption("gitlab_token", "glsoat-.*", "KL211", "SCIM tokens are glsoat- and 20 characters; 52 may be a new form", None),
    Exemption("ibm_cloud_iam", "(cloud-api-key|\"iam-password\"|apikey).*", None, "the name says nothing of IBM"),
    Exemption("ip_public", ".*", None, "an IP address is no key"),
    Exemption("jwt", "{jwt_header}.{jwt_acc}.*", "KL207", "it has the claims of jwt.io's sample"),
    Exemption("jwt", "{jwt_(crlf|lf1|header)}.{jwt_(io|lf2)}", "KL201", "without its signature no service takes it"),
    Exemption("private_key", "-----BEGIN.*", "KL201", "there is no base64 between the lines that begin and end a key"),
    Exemption("private_key", "some text.*", None, "a line that begins a key, and no key"),
    Exemption("slack", "xox[rso]-{slack1}", "KL211", "Slack's tokens have other lengths", "SLACK_TOKEN"),
    Exemption("slack", "xoxa-.*", "KL205", "511111111-31111111111 is typed"),
)  # fmt: skip
# What keylint reports where one of its detectors finds nothing.
MORE = {
    # No key of GitLab, but one of GitHub.
    ("gitlab_token", "ghp_{github}"): {"KL101"},
    # In an .npmrc this is a token whatever stands in front of it, and it is one of those that npm has revoked.
    ("npm", "registry.npmjs.org/:_authToken={uuid1}"): {"KL102", "KL305"},
    ("npm", "///:_authToken={uuid1}"): {"KL102", "KL305"},
    ("npm", "_authToken={uuid1}"): {"KL102", "KL305"},
}


def filled(template: str) -> str:
    return re.sub(r"{(\w+)}", lambda match: VALUES.get(match[1], match[0]), template)


def placed(detector: str, text: str) -> tuple[str, str]:
    """Return the name of a file in which such a text stands, and the file's content."""
    if detector == "npm":
        return ".npmrc", text
    if detector == "telegram_token":
        return "notes.txt", text
    if re.fullmatch(r'"[\w-]+"\s*:\s*".*"', text):
        return "config.json", f"{{{text}}}"
    if re.match(r"\"?[\w-]+\"?\s*:=", text):
        return "settings.groovy" if '"' in text else "settings.mk", text
    if text.startswith("--"):
        return "run.sh", f"deploy {text}"
    if re.fullmatch(r"[A-Za-z][\w-]*\s*:(\s.*|[^\s\"/].*)", text):
        return "config.yaml", re.sub(r":\s*", ": ", text, count=1)
    if re.fullmatch(r"[A-Za-z][\w-]*:\".*\"", text):
        return "config.js", f"export default {{ {text} }}"
    if re.fullmatch(r"[A-Za-z_]\w*\s*=\s*([\"']).*\1", text):
        return "settings.py", text
    if re.match(r"[A-Za-z_][\w:-]*\s*=", text):
        return "settings.properties", text
    return "notes.txt", text


def cases() -> Iterator[Case]:
    for detector in DATA["detector"]:
        for wanted in ("found", "clean"):
            for number, template in enumerate(detector[wanted]):
                module, ours = detector["module"], template
                for value, kind in detector.get("made_up", ()):
                    ours = ours.replace(value, kind) if wanted == "found" else ours
                ours = expand(filled(ours))
                name, ours = placed(module, ours)
                yield Case(
                    module, template, wanted == "found", filled(template), ours, f"{module}-{wanted}-{number}/{name}"
                )


CASES = list(cases())


def exemption(case: Case) -> Exemption | None:
    return next(
        (e for e in EXEMPT if e.detector == case.detector and re.fullmatch(e.template, case.template, re.DOTALL)), None
    )


class Seen(NamedTuple):
    """What keylint says of the whole project, by path: the kinds of the keys in it, the codes of the findings."""

    kinds: Mapping[str, set[str]]
    codes: Mapping[str, set[str]]


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One run over one project that holds them all."""
    root = tmp_path_factory.mktemp("payloads") / "project"
    texts = {case.path: case.ours for case in CASES}
    for number, (e, case) in enumerate((e, case) for case in CASES if (e := exemption(case)) is not None and e.env):
        texts[f"{number}-{case.path.split('/')[0]}/.env"] = f"{e.env}={case.text}"
    for path, text in texts.items():
        file = root / path
        file.parent.mkdir(parents=True)
        file.write_text(text + "\n", encoding="utf-8")
    report = engine.check(
        engine.request((str(root),), as_of=AS_OF, root=str(root)), Config(cache_dir=None, ignore=("KL109",))
    )
    kinds: dict[str, set[str]] = {}
    codes: dict[str, set[str]] = {}
    for key in report.keys:
        for definition in key.definitions:
            kinds.setdefault(definition.place.path, set()).add(key.kind.id if key.kind is not None else "")
    for finding in report.findings:
        codes.setdefault(re.sub(r"\A\d+-", "", finding.place.path), set()).add(finding.code)
    return Seen(kinds, codes)


def param(chosen: list[Case]) -> Any:
    return pytest.mark.parametrize("case", chosen, ids=[f"{case.detector}-{case.template}" for case in chosen])


@pytest.mark.parametrize("detector", DATA["detector"], ids=lambda detector: detector["module"])
def test_detect_secrets_does_what_is_written_down(detector: Mapping[str, Any]) -> None:
    plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{detector['module']}"), detector["class"])()
    for wanted in ("found", "clean"):
        for template in detector[wanted]:
            lines = filled(template).splitlines()
            found = any(list(plugin.analyze_line(filename="payload", line=line)) for line in lines)
            assert found == (wanted == "found"), template


@param([case for case in CASES if case.wanted and exemption(case) is None])
def test_finds_what_detect_secrets_finds(case: Case, seen: Seen) -> None:
    found = bool(seen.kinds.get(case.path))
    assert found


@param([case for case in CASES if not case.wanted])
def test_reports_nothing_where_detect_secrets_finds_nothing(case: Case, seen: Seen) -> None:
    codes = seen.codes.get(case.path, set())
    assert codes == MORE.get((case.detector, case.template), set())


@param([case for case in CASES if case.wanted and exemption(case) is not None])
def test_exemptions_are_needed_and_true(case: Case, seen: Seen) -> None:
    exempt = exemption(case)
    assert exempt is not None
    found = bool(seen.kinds.get(case.path))
    assert not found
    candidates = CATALOGUE.recognise(case.text)
    codes = {
        defect.code for c in candidates for defect in CATALOGUE.judge(case.text[c.start : c.end]).defects
    } - {"KL204"}  # fmt: skip
    assert (exempt.code in codes) if exempt.code else not codes
    if exempt.env:
        assert exempt.code in seen.codes[f"{case.path.split('/')[0]}/.env"]


@pytest.mark.parametrize("name", ["hex64", "letters24", "iam", "cos", "x10", "x32", "aws_id", "sq"])
def test_values_that_are_typed_are_placeholders(name: str) -> None:
    """They are what detect-secrets' tests put in place of a key, and what keylint does not take for one."""
    prefix = {"sq": "sq0csp-", "x10": "AKC", "x32": "SK"}.get(name, "")
    judgement = CATALOGUE.judge(prefix + VALUES[name])
    assert [defect.code for defect in judgement.defects] == ["KL205"]


def test_every_exemption_is_used() -> None:
    used = {exemption(case) for case in CASES if case.wanted}
    assert set(EXEMPT) <= used


def test_the_documentation_names_the_exemptions() -> None:
    page = (Path(__file__).parents[2] / "docs" / "detect-secrets.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \|.*?\| (nothing|KL\d+) \|", page, re.MULTILINE)
    assert set(rows) == {(e.detector, e.code or "nothing") for e in EXEMPT}
