"""What other tools were told to ignore: read as data, in every form in which they write it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.baseline import BaselineError
from keylint.baseline.detectsecrets import PARTIAL, Exported, export, sha1
from keylint.baseline.detectsecrets import parse as parse_secrets
from keylint.baseline.foreign import READERS, Ignored, load
from keylint.catalogue.fake import expand


def written(directory: Path, text: str) -> str:
    path = directory / "file"
    path.write_text(text)
    return str(path)


GITLEAKS_IGNORE = """\
# reviewed in spring
app.py:github-pat:3
./src/a:b.py:generic-api-key:17

0123456789abcdef0123456789abcdef01234567:app.py:aws-access-token:2
ee3d443:app.py:github-pat:4
"""
GITLEAKS_REPORT = [
    {"RuleID": "github-pat", "File": "app.py", "StartLine": 3, "EndLine": 3, "Secret": "REDACTED", "Commit": ""},
    {"RuleID": "x", "File": "src\\b.py", "StartLine": 1, "Secret": "the whole of it", "Commit": "ab" * 20},
    {"RuleID": "x", "File": "c.py", "StartLine": 1, "Secret": "begin..."},
]
KINGFISHER_1 = """\
ExactFindings:
  matches:
  - filepath: ruby.rb/
    fingerprint: '389162583612032034'
    linenum: 52
    lastupdated: Mon, 14 Jul 2025 10:17:56 -0700
"""
KINGFISHER_2 = """\
version: 2
fingerprint_algorithm: kingfisher-v1
repositories:
  - id: git://example.com/app
    findings:
      - {path: ./ruby.rb, fingerprint: 389162583612032034, rule_id: kingfisher.aws.1, line: 52, first_seen_at: x}
"""
RESULTS: dict[str, list[dict[str, Any]]] = {
    "app.py": [
        {"type": "Secret Keyword", "filename": "app.py", "hashed_secret": sha1("a"), "line_number": 3},
        {"type": "GitHub Token", "filename": "app.py", "hashed_secret": sha1("ghp"), "line_number": 4},
    ],
    "sub\\b.py": [{"type": "Secret Keyword", "hashed_secret": sha1("b"), "line_number": 1, "is_secret": False}],
}


@pytest.mark.parametrize(
    ("text", "kind", "ignored"),
    [
        (
            GITLEAKS_IGNORE,
            "gitleaks-ignore",
            [
                Ignored("app.py", 3),
                Ignored("src/a:b.py", 17),
                Ignored("app.py", 2, commit="0123456789abcdef0123456789abcdef01234567"),
                Ignored("app.py", 4, commit="ee3d443"),
            ],
        ),
        (
            json.dumps(GITLEAKS_REPORT),
            "gitleaks-report",
            [
                Ignored("app.py", 3),
                Ignored("src/b.py", 1, secret="the whole of it", commit="ab" * 20),
                Ignored("c.py", 1),
            ],
        ),
        (KINGFISHER_1, "kingfisher", [Ignored("ruby.rb", 52)]),
        (KINGFISHER_2, "kingfisher", [Ignored("ruby.rb", 52)]),
        (
            json.dumps({"version": "1.5.0", "results": RESULTS}),
            "detect-secrets",
            [
                Ignored("app.py", 3, sha1("a")),
                Ignored("app.py", 4),  # the hash of what every such key has: only the line tells which one
                Ignored("sub/b.py", 1, sha1("b"), is_secret=False),
            ],
        ),
        (
            json.dumps({"version": "1.5.0", "results": {"app.py": [{"hashed_secret": sha1("a")}]}}),
            "detect-secrets",  # slim
            [Ignored("app.py", None, sha1("a"))],
        ),
        ("[]", "gitleaks-report", []),
    ],
)
def test_every_form_is_recognised_and_read(tmp_path: Path, text: str, kind: str, ignored: list[Ignored]) -> None:
    path = written(tmp_path, text)
    assert load(path, None) == (kind, ignored)
    assert load(path, kind) == (kind, ignored)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", None),
        ("some text\n", None),
        ("app.py:3\n", None),
        ("app.py:3\n", "gitleaks-ignore"),
        ("{", "detect-secrets"),
        ("{}", "detect-secrets"),
        ("[]", "detect-secrets"),
        ('{"results": []}', "detect-secrets"),
        ('{"results": {"a.py": {}}}', "detect-secrets"),
        ('{"results": {"a.py": [1]}}', "detect-secrets"),
        ('{"results": {"a.py": [{"hashed_secret": "abc"}]}}', "detect-secrets"),
        ('{"results": {"a.py": [{"hashed_secret": 1}]}}', "detect-secrets"),
        ("[" * 100_000, None),
        ("[1]", None),
        ('[{"File": "a.py"}]', None),
        ('[{"File": "", "StartLine": 1}]', None),
        ('[{"File": "a.py", "StartLine": true}]', None),
        ("{}", "gitleaks-report"),
        ("ExactFindings: {matches: [1]}", None),
        ("ExactFindings:\n  matches:\n  - filepath: a.py\n", None),
        ("version: 2\n", "kingfisher"),
        ("- a\n", "kingfisher"),
        ("repositories: &a\n  - findings: *a\n", None),
        ("repositories: [", None),
        ("repositories: !!python/object/apply:os.getcwd []\nx: [", None),
    ],
)
def test_what_is_something_else_is_refused(tmp_path: Path, text: str, kind: str | None) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BaselineError) as refused:
        load(path, kind)
    assert str(refused.value).startswith(path)
    assert len(str(refused.value)) < len(path) + 200


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    text = "repositories: !!python/object/apply:os.mkdir ['made']\n"
    assert load(written(tmp_path, text), None) == ("kingfisher", [])
    assert not Path("made").exists()


@given(st.sampled_from(sorted(READERS)), st.text(max_size=200))
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    problem = "file"
    try:
        assert all(each.path for each in READERS[kind](text, "file"))
    except BaselineError as error:
        problem = str(error)
    assert problem.startswith("file")


# ------------------------------------------------------------------ detect-secrets itself


def keys_of(root: Path, **files: str) -> list[Exported]:
    """Write files with one key each, in line 2, and return what to export."""
    exported = []
    for name, template in files.items():
        key = expand(template)
        (root / f"{name}.py").write_text(f'# a file\nkey = "{key}"\n')
        exported.append(Exported(f"{name}.py", 2, (key,)))
    return exported


def test_detect_secrets_loads_what_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from detect_secrets.core import baseline
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import transient_settings

    monkeypatch.chdir(tmp_path)
    exported = keys_of(
        tmp_path,
        a="{fake:github-classic-pat}",
        b="{fake:stripe-secret-key-live}",
        c="{fake:anthropic-api-key}",
        d="word",
    )
    text, left_out = export(exported, str(tmp_path))
    *found, word = exported
    assert left_out == [word], "what detect-secrets does not find, its hook would drop"
    document = json.loads(text)
    assert not any("gibberish" in each["path"] for each in document["filters_used"]), "its package may be missing"
    assert (text, left_out) == export(exported, str(tmp_path)), "two exports of the same are the same"
    with transient_settings(document):
        loaded = baseline.load(baseline.load_from_file(written(tmp_path, text)))
        scanned = SecretsCollection()
        for path in ("a.py", "b.py", "c.py"):
            scanned.scan_file(path)
        assert {(s.filename, s.secret_hash) for _, s in loaded} >= {(e.path, sha1(e.texts[0])) for e in found}
        assert list(scanned), "detect-secrets finds them, too"
        assert not list(scanned - loaded), "and takes them for known"
    assert not any(key in text for each in exported for key in each.texts if key != "word")
    back = parse_secrets(text.encode(), "back")
    assert all(back.holds(each.path, each.texts) for each in found)


def test_one_github_token_of_a_baseline_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """detect-secrets 1.5.0 hashes the prefix of a GitHub token, and so takes every other one for known."""
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import transient_settings

    monkeypatch.chdir(tmp_path)
    (known,) = keys_of(tmp_path, a="{fake:github-classic-pat}")
    with transient_settings({"plugins_used": [{"name": "GitHubTokenDetector"}]}):
        hashes = {secret.secret_hash for secret in scan_file("a.py")}
    assert hashes == {hashlib.sha1(b"ghp").hexdigest()}, "the defect that this is about"
    assert hashes <= PARTIAL
    results = {"a.py": [{"type": "GitHub Token", "hashed_secret": each, "line_number": 2} for each in hashes]}
    baseline = parse_secrets(json.dumps({"results": results}).encode(), "b")
    assert not baseline.holds("a.py", known.texts)
    assert not baseline.holds("a.py", [expand("{fake:github-classic-pat#1}")])


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("github-classic-pat", False),
        ("gitlab-pat", False),
        ("gitlab-ci-job-token", False),
        ("pem-private-key", False),
        ("stripe-secret-key-live", True),
        ("jwt", True),
        ("slack-bot-token", True),
        ("sendgrid-api-key", True),
        ("aws-access-key-id", True),
    ],
)
def test_what_detect_secrets_takes_for_the_secret_is_known_by_it_where_it_tells_one_from_another(
    tmp_path: Path, kind: str, known: bool
) -> None:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    key, other = (expand(f"{{fake:{kind}#{n}}}") for n in (0, 1))
    generic = {"Base64 High Entropy String", "Hex High Entropy String", "Secret Keyword"}
    plugins = [made() for type_, made in get_mapping_from_secret_type_to_class().items() if type_ not in generic]
    found = {s.secret_hash for plugin in plugins for s in plugin.analyze_line("a.py", f'key = "{key}"', 1)}
    assert found, "detect-secrets knows this kind"
    assert (found <= PARTIAL) is not known
    baseline = parse_secrets(
        json.dumps({"results": {"a.py": [{"hashed_secret": each} for each in found]}}).encode(), "b"
    )
    assert baseline.holds("a.py", [key]) is known
    assert not baseline.holds("a.py", [other])


def test_a_secret_is_known_in_its_own_file() -> None:
    baseline = parse_secrets(json.dumps({"results": RESULTS}).encode(), "b")
    assert baseline.holds("app.py", ["x", "a"])
    assert not baseline.holds("app.py", ["b"])
    assert baseline.holds("sub/b.py", ["b"])
    assert not baseline.holds("b.py", ["b"])
    assert not baseline.holds("app.py", [])
