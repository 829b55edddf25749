"""`--baseline`, `--write-baseline`, `keylint baseline …`, and the baselines and comments of other tools, as they are used."""

import contextlib
import fcntl
import hashlib
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand

Project = Callable[..., Path]
Runs = Callable[..., Any]

AS_OF = "2026-11-20"
COMMAND = shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint"
FILE = "keylint-baseline.jsonl"
PATIENCE_S = 60
TOKEN = 'TOKEN = "{fake:github-classic-pat}"\n'
OTHER = 'OTHER = "{fake:github-classic-pat#1}"\n'


def lines_of(root: Path, name: str = FILE) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / name).read_text().splitlines()]


def edit(root: Path, name: str, **fields: Any) -> None:
    """Change every entry of a baseline."""
    header, *entries = lines_of(root, name)
    rows = [header, *({**entry, **fields} for entry in entries)]
    (root / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))


# ------------------------------------------------------------------ writing and using


def test_what_is_written_down_is_not_reported(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN, "sub/config.yaml": "stripe_key: {fake:stripe-secret-key-live}\n"})
    first = keylint(".", "--write-baseline", FILE, cwd=root)
    assert first.code == 0
    assert "2 suppressed by baseline" in first.out
    assert f"{FILE}: 2 entries (2 new)" in first.err
    written = (root / FILE).read_bytes()
    header, *entries = lines_of(root)
    assert header == {"keylint_baseline": 1, "salt": header["salt"]}
    assert [(e["path"], e["code"], e["name"], e["kind"]) for e in entries] == [
        ("app.py", "KL101", "TOKEN", "github-classic-pat"),
        ("sub/config.yaml", "KL102", "stripe_key", "stripe-secret-key-live"),
    ]
    assert all(set(e) == {"path", "code", "id", "name", "kind"} for e in entries), "no line, no time"
    assert keylint(".", "--write-baseline", FILE, cwd=root).code == 0
    assert (root / FILE).read_bytes() == written
    (root / "app.py").write_text("# one\n# two\n" + (root / "app.py").read_text() + expand(OTHER))
    run = check(root, "--baseline", FILE)
    assert run.found == {("KL101", "app.py", 4)}
    assert run.json["scan"]["suppressed"] == {"inline": 0, "baseline": 2, "detect_secrets": 0}
    assert run.code == 1
    assert check(root).json["scan"]["suppressed"]["baseline"] == 0
    sarif = keylint(".", "--baseline", FILE, "--output-format", "sarif", cwd=root)
    assert len(sarif.json["runs"][0]["results"]) == 1
    assert sarif.json["runs"][0]["properties"]["suppressed"]["baseline"] == 2


def test_the_configuration_names_a_baseline(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN, "sub/x.py": OTHER, "pyproject.toml": f'[tool.keylint]\nbaseline = "{FILE}"\n'})
    missing = check(root)
    assert missing.code == 2
    assert f"{FILE}: no such baseline; `keylint --write-baseline FILE`" in missing.err
    wrote = keylint(".", "--write-baseline", FILE, cwd=root)
    assert wrote.code == 0
    assert "use it by" not in wrote.err
    assert check(root).found == set()
    assert check(root / "sub", "x.py").found == set(), "from anywhere in the project"
    assert check(root, "--isolated").found == {("KL101", "app.py", 1), ("KL101", "sub/x.py", 1)}


def test_the_project_names_no_baseline_outside_of_it(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN})
    assert keylint(".", "--write-baseline", "../outside.jsonl", cwd=root).code == 0
    assert check(root, "--baseline", "../outside.jsonl").found == set()
    for key in ("baseline", "detect-secrets-baseline"):
        (root / "keylint.toml").write_text(f'{key} = "../outside.jsonl"\n')
        refused = check(root)
        assert refused.code == 2
        assert f"'{key}' names a file of the project" in refused.err


def test_reasons_stay_and_what_is_gone_leaves(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN + OTHER, "lib.py": TOKEN})
    keylint(".", "--write-baseline", FILE, cwd=root)
    edit(root, FILE, reason="of the sandbox")
    (root / "app.py").write_text(expand(OTHER + 'THIRD = "{fake:github-classic-pat#2}"\n'))
    unused = check(root, "--baseline", FILE)
    assert unused.found == {("KL101", "app.py", 2)}
    assert (
        f"{FILE}: an entry without a finding (KL101 in app.py); `keylint baseline prune {FILE}` drops it" in unused.err
    )
    run = keylint("lib.py", "--write-baseline", FILE, cwd=root)
    assert "3 entries\n" in run.err, "a run about another file leaves these alone"
    run = keylint("app.py", "--write-baseline", FILE, cwd=root)
    assert "3 entries (1 new, 1 gone)" in run.err
    assert sorted((e["path"], e["name"], e.get("reason")) for e in lines_of(root)[1:]) == [
        ("app.py", "OTHER", "of the sandbox"),
        ("app.py", "THIRD", None),
        ("lib.py", "TOKEN", "of the sandbox"),
    ]


def test_what_a_run_cannot_know_is_not_called_unused(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN, "lib.py": OTHER})
    keylint(".", "--write-baseline", FILE, cwd=root)
    (root / "lib.py").write_text("x = 1\n")
    for arguments in (("app.py",), (".", "--select", "KL2"), (".", "--exclude", "lib.py")):
        assert "without a finding" not in check(root, *arguments, "--baseline", FILE).err
    for arguments in ((".",), ("lib.py",), (".", "--select", "KL1")):
        assert "without a finding (KL101 in lib.py)" in check(root, *arguments, "--baseline", FILE).err
    (root / "lib.py").unlink()
    assert "without a finding (KL101 in lib.py)" in check(root, "--baseline", FILE).err
    (root / "app.py").write_text("x = 1\n")
    assert "2 entries without a finding" in check(root, "--baseline", FILE).err, "also where nothing is found at all"


def test_an_entry_of_the_status_is_not_unused_where_nobody_was_asked(
    project: Project, keylint: Runs, check: Runs
) -> None:
    key = expand("{fake:openai-project-key}")
    root = project({"app.py": f'import openai\nopenai.OpenAI(api_key="{key}")\n'})
    add = ("inventory", "add", "--file", "../keys.yaml", "--provider", "openai", "--status", "revoked")
    assert keylint(*add, cwd=root, stdin=key).code == 0
    keylint(".", "--status", "../keys.yaml", "--write-baseline", FILE, cwd=root)
    codes = [entry["code"] for entry in lines_of(root)[1:]]
    assert {"KL101", "KL302", "KL401"} <= set(codes)
    quiet = check(root, "--baseline", FILE)
    assert quiet.found == set()
    assert "without a finding" not in quiet.err
    assert "0 dropped" in keylint("baseline", "prune", FILE, cwd=root).out
    assert check(root, "--status", "../keys.yaml", "--baseline", FILE).found == set()
    assert keylint("inventory", "add", *add[2:-1], "active", cwd=root, stdin=key).code == 0
    assert "without a finding" in check(root, "--status", "../keys.yaml", "--baseline", FILE).err
    pruned = keylint("baseline", "prune", FILE, "--status", "../keys.yaml", cwd=root)
    assert "dropped: KL302 in app.py" in pruned.out
    assert [entry["code"] for entry in lines_of(root)[1:]] == ["KL101"]


def test_what_is_not_looked_for_is_not_unused(project: Project, keylint: Runs, check: Runs) -> None:
    one, other = "-".join(("Tr4", "vkq9Wm")), "".join(("q7Vb2mZx9L", "pTr4Wn8Kc1"))
    root = project({"app.py": f'connect(password="{one}")\ndeploy(api_key="{other}")\n'})
    keylint(".", "--confidence", "low", "--write-baseline", FILE, cwd=root)
    entries = lines_of(root)[1:]
    assert [(e["code"], e["kind"]) for e in entries] == [("KL109", "key")] * 2
    said = [finding["confidence"] for finding in check(root, "--confidence", "low").json["findings"]]
    assert sorted(e.get("confidence", "high") for e in entries) == sorted(said)
    assert len({e["id"] for e in entries}) == 2, "two secrets of no known kind are two"
    edit(root, FILE, confidence="low")
    (root / "app.py").write_text("x = 1\n")
    assert "without a finding" not in check(root, "--baseline", FILE).err
    assert "2 entries without a finding" in check(root, "--baseline", FILE, "--confidence", "low").err


def test_entries_end(project: Project, keylint: Runs) -> None:
    root = project({"app.py": TOKEN})
    keylint(".", "--write-baseline", FILE, cwd=root)
    edit(root, FILE, until="2026-11-20", reason="rotated by then")
    on_time = keylint(".", "--baseline", FILE, "--as-of", "2026-11-20", cwd=root)
    assert (on_time.code, "ended" in on_time.err) == (0, False)
    for flag in ("--baseline", "--write-baseline"):
        late = keylint(".", flag, FILE, "--as-of", "2026-11-21", cwd=root)
        assert late.code == 1
        assert f"{FILE}:2: the entry for KL101 in app.py ended on 2026-11-20; it is reported again" in late.err
    assert lines_of(root)[1]["until"] == "2026-11-20", "writing does not prolong it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no header"),
        ('{"version": "1.5.0", "plugins_used": [], "results": {}}\n', ":1: this is no baseline of keylint"),
        ("not JSON\n", ":1: not JSON"),
        ('{"keylint_baseline": 2, "salt": "00"}\n', ":1: of version 2, by a newer keylint; this one reads version 1"),
        ("GOOD<<<<<<< HEAD\n", ":2: a conflict of git"),
        ('GOOD{"path": 1}\n', ":2: `path` is a text"),
    ],
)
def test_a_broken_baseline_is_an_error(project: Project, keylint: Runs, text: str, message: str) -> None:
    root = project({"app.py": TOKEN, "empty.py": "x = 1\n"})
    good = json.dumps({"keylint_baseline": 1, "salt": "0" * 64}) + "\n"
    (root / FILE).write_text(text.replace("GOOD", good))
    for command in (
        [".", "--baseline", FILE],
        ["empty.py", "--baseline", FILE],
        [".", "--write-baseline", FILE],
        ["baseline", "prune", FILE],
        ["baseline", "export", FILE, "--format", "detect-secrets"],
        ["baseline", "import", ".secrets.baseline", "--into", FILE],
    ):
        (root / ".secrets.baseline").write_text('{"version": "1.5.0", "plugins_used": [{}], "results": {}}')
        run = keylint(*command, cwd=root)
        assert run.code == 2, command
        assert f"keylint: error: {FILE}" in run.err
        assert message in run.err
        assert run.out == ""
    assert (root / FILE).read_text() == text.replace("GOOD", good), "it is left as it is"


def test_what_does_not_go_together(project: Project, keylint: Runs) -> None:
    root = project({"app.py": TOKEN})
    for arguments in (["--staged"], ["--fix"], ["--diff"], ["--baseline", FILE], ["-", "--stdin-filename", "a.py"]):
        assert keylint("--write-baseline", FILE, *arguments, cwd=root).code == 2
    unread = keylint(".", "gone.py", "--write-baseline", FILE, cwd=root)
    assert unread.code == 2
    assert f"{FILE} is not written: not everything could be read" in unread.err
    assert not (root / FILE).exists()
    assert keylint(".", "--write-baseline", "no/such/directory.jsonl", cwd=root).code == 2


def test_baselines_are_not_scanned(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN})
    header = json.dumps({"keylint_baseline": 1, "salt": "0" * 64})
    entry = json.dumps({"path": expand("{fake:github-classic-pat#3}"), "code": "KL101", "id": f"{'0' * 8}:{'1' * 32}"})
    (root / "any.name").write_text(f"{header}\n{entry}\n")
    keylint("baseline", "export", "any.name", "--format", "detect-secrets", "-o", "theirs", cwd=root)
    assert check(root).found == {("KL101", "app.py", 1)}


@pytest.mark.parametrize("name", [FILE, "sub/a [b]*?.jsonl", "größe\\.jsonl"])
def test_the_baseline_in_use_is_left_out(project: Project, keylint: Runs, check: Runs, name: str) -> None:
    root = project({"app.py": TOKEN, "sub/x.py": "x = 1\n", "sub/a b.jsonl": "[]\n"})
    assert keylint(".", "--write-baseline", name, cwd=root).code == 0
    for _ in range(2):  # the second run remembers
        run = check(root, "--baseline", name)
        assert run.json["scan"]["files"] == 3
        assert run.json["scan"]["skipped"] == [{"path": name, "reason": "baseline"}]
        assert run.json["scan"]["complete"]
        assert run.json["scan"]["suppressed"]["baseline"] == 1
    alone = keylint(name, "--baseline", name, cwd=root)
    assert alone.code == 0, "a hook is handed the baseline, too"
    assert keylint("baseline", "prune", name, cwd=root).out == "0 dropped, 1 entry left\n"
    assert check(root).json["scan"]["files"] == 4, "without the option it is a file like others"


@pytest.mark.parametrize(("suffix", "text"), [("py", TOKEN), ("yml", "password: " + "Tr4-" + "vkq9Wm\n")])
def test_a_key_in_the_name_of_a_file_is_masked(
    project: Project, keylint: Runs, check: Runs, suffix: str, text: str
) -> None:
    key = expand("{fake:github-classic-pat#5}")
    name = f"{key}.{suffix}"
    root = project({name: text})
    found = keylint(".", cwd=root)
    assert found.code == 1
    assert key not in found.out + found.err
    assert keylint(".", "--write-baseline", FILE, cwd=root).code == 0
    assert key not in (root / FILE).read_text()
    assert check(root, "--baseline", FILE).found == set()
    (root / name).write_text("x = 1\n")
    run = keylint("baseline", "prune", FILE, cwd=root)
    assert "1 dropped" in run.out
    assert key not in run.out + run.err


# ------------------------------------------------------------------ git


def commit(git: Callable[..., str], root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "-q", "-m", message)


def test_git_merges_two_branches_by_itself(
    project: Project, keylint: Runs, check: Runs, git: Callable[..., str]
) -> None:
    root = project({"app.py": TOKEN, "a.py": "a = 1\n", "b.py": "b = 1\n"})
    git(root, "init", "-q")
    run = keylint(".", "--write-baseline", FILE, cwd=root)
    line = f"/{FILE} merge=union"
    assert f"add to .gitattributes:\n{line}\n" in run.err
    assert not (root / ".gitattributes").exists(), "nothing is edited unasked"
    (root / ".gitattributes").write_text(f"{line}\n")
    assert "gitattributes" not in keylint(".", "--write-baseline", FILE, cwd=root).err
    commit(git, root, "base")
    for branch, name, key in (("one", "a.py", 1), ("two", "b.py", 2)):
        git(root, "checkout", "-q", "-b", branch, "main")
        (root / name).write_text(expand(f'KEY = "{{fake:github-classic-pat#{key}}}"\n'))
        keylint(".", "--write-baseline", FILE, cwd=root)
        commit(git, root, branch)
    git(root, "merge", "-q", "--no-edit", "one")
    run = check(root, "--baseline", FILE)
    assert run.found == set()
    assert run.json["scan"]["suppressed"]["baseline"] == 3
    assert "keylint: note" not in run.err


def test_two_baselines_written_apart_merge(
    project: Project, keylint: Runs, check: Runs, git: Callable[..., str]
) -> None:
    root = project({"app.py": TOKEN, "lib.py": OTHER, ".gitattributes": f"{FILE} merge=union\n"})
    git(root, "init", "-q")
    commit(git, root, "base")
    for branch, path in (("one", "app.py"), ("two", "lib.py")):
        git(root, "checkout", "-q", "-b", branch, "main")
        keylint(path, "--write-baseline", FILE, cwd=root)
        commit(git, root, branch)
    git(root, "merge", "-q", "--no-edit", "one")
    assert [*map(len, lines_of(root))].count(2) == 2, "two headers"
    assert check(root, "--baseline", FILE).found == set()
    keylint(".", "--write-baseline", FILE, cwd=root)
    assert check(root, "--baseline", FILE).found == set()


HOOK = f"""repos:
- repo: local
  hooks:
  - id: keylint
    name: keylint
    entry: {COMMAND} check
    language: system
    types: [text]
    args: ["--baseline", "{FILE}", "--"]
"""


def test_a_hook_with_a_baseline(
    project: Project, keylint: Runs, git: Callable[..., str], environ: dict[str, str], tmp_path: Path
) -> None:
    root = project({"app.py": TOKEN, ".pre-commit-config.yaml": HOOK})
    git(root, "init", "-q")
    keylint(".", "--write-baseline", FILE, cwd=root)
    variables = {**environ, "PRE_COMMIT_HOME": str(tmp_path / "hooks")}

    def hooked() -> int:
        git(root, "add", "--all")
        command = [str(Path(COMMAND).with_name("pre-commit")), "run"]
        return subprocess.run(command, cwd=root, env=variables, capture_output=True, check=False).returncode

    assert hooked() == 0
    commit(git, root, "known")
    (root / "app.py").write_text(expand(OTHER + TOKEN))
    assert hooked() == 1
    keylint(".", "--write-baseline", FILE, cwd=root)
    assert hooked() == 0
    commit(git, root, "known, too")
    edit(root, FILE, reason="why")
    assert hooked() == 0, "nothing but the baseline has changed"


# ------------------------------------------------------------------ prune, export, import


def test_prune(project: Project, keylint: Runs) -> None:
    root = project({"app.py": TOKEN + OTHER, "sub/lib.py": TOKEN})
    keylint(".", "--write-baseline", FILE, cwd=root)
    assert keylint("baseline", "prune", FILE, cwd=root).out == "0 dropped, 3 entries left\n"
    (root / "app.py").write_text(expand(TOKEN))
    (root / "sub" / "lib.py").unlink()
    run = keylint("baseline", "prune", FILE, "app.py", cwd=root)
    assert run.out == "dropped: KL101 in app.py (OTHER)\n1 dropped, 2 entries left\n"
    assert keylint("baseline", "prune", FILE, cwd=root).out == (
        "dropped: KL101 in sub/lib.py (TOKEN)\n1 dropped, 1 entry left\n"
    )
    before = (root / FILE).read_bytes()
    gone = keylint("baseline", "prune", FILE, "gone.py", cwd=root)
    assert (gone.code, (root / FILE).read_bytes()) == (2, before)


GIBBERISH = "detect_secrets.filters.gibberish.should_exclude_secret"


def detect_secrets(command: str, root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run detect-secrets on `.secrets.baseline`; it asks nobody about keys."""
    program = str(Path(COMMAND).with_name(f"detect-secrets{command}"))
    named = ["-n", "--baseline", ".secrets.baseline"] if command else []
    more = [] if command else [".secrets.baseline"]
    return subprocess.run([program, *named, *arguments, *more], cwd=root, capture_output=True, check=False, text=True)


def test_an_export_into_a_baseline_of_detect_secrets(
    project: Project, keylint: Runs, git: Callable[..., str], environ: dict[str, str]
) -> None:
    """Where the baseline that is there names the filter for gibberish, the export does, too: the hook changes nothing."""
    root = project({"app.py": TOKEN, "pay.py": 'KEY = "{fake:stripe-secret-key-live}"\n'})
    git(root, "init", "-q")
    commit(git, root, "all")
    scan = [str(Path(COMMAND).with_name("detect-secrets")), "scan", "-n"]
    (root / ".secrets.baseline").write_text(subprocess.run(scan, cwd=root, capture_output=True, text=True).stdout)
    keylint(".", "--isolated", "--write-baseline", FILE, cwd=root)
    export = ("baseline", "export", FILE, "--isolated", "--format", "detect-secrets")
    assert keylint(*export, "-o", ".secrets.baseline", cwd=root).code == 0
    written = (root / ".secrets.baseline").read_text()
    assert GIBBERISH in written
    commit(git, root, "baseline")
    assert detect_secrets("-hook", root, "app.py", "pay.py").returncode == 0
    assert (root / ".secrets.baseline").read_text() == written


def test_detect_secrets_and_keylint_exchange_baselines(
    project: Project, keylint: Runs, check: Runs, git: Callable[..., str]
) -> None:
    root = project(
        {"app.py": TOKEN, "pay.py": 'KEY = "{fake:stripe-secret-key-live}"\n', ".env": "SENDGRID_API_KEY=\n"}
    )
    call = "import os\nfrom sendgrid import SendGridAPIClient\nSendGridAPIClient(os.environ['SENDGRID_API_KEY'])\n"
    (root / "mail.py").write_text(call)
    keylint(".", "--write-baseline", FILE, cwd=root)
    help_text = keylint("baseline", "export", "--help", cwd=root).out
    assert "without a salt" in " ".join(help_text.split())
    run = keylint("baseline", "export", FILE, "--format", "detect-secrets", "-o", ".secrets.baseline", cwd=root)
    assert (run.code, run.out) == (0, "")
    assert "left out: KL404 in mail.py" in run.err
    assert run.err.count("left out") == 1
    assert (
        keylint("baseline", "export", FILE, "--format", "detect-secrets", cwd=root).out
        == (root / ".secrets.baseline").read_text()
    )
    git(root, "init", "-q")
    commit(git, root, "all")
    assert detect_secrets("-hook", root, "--disable-filter", GIBBERISH, "app.py", "pay.py").returncode == 0
    assert len(json.loads(detect_secrets("", root, "audit", "--report").stdout)["results"]) >= 2
    assert check(root).json["scan"]["suppressed"] == {"inline": 0, "baseline": 0, "detect_secrets": 2}
    assert "2 suppressed by .secrets.baseline" in keylint(".", cwd=root).out
    back = keylint("baseline", "import", ".secrets.baseline", "--into", "back.jsonl", cwd=root)
    assert back.code == 0
    assert {entry["id"] for entry in lines_of(root, "back.jsonl")[1:]}.isdisjoint(
        entry["id"] for entry in lines_of(root)[1:]
    ), "another salt"
    (root / ".secrets.baseline").unlink()
    assert {code for code, *_ in check(root, "--baseline", "back.jsonl").found} == {"KL404"}


def test_import_binds_what_stands_there_now(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": f"# a\n{TOKEN}{OTHER}", "clean.py": "x = 1\n"})
    (root / ".gitleaksignore").write_text("app.py:github-pat:2\napp.py:github-pat:1\nclean.py:x:1\ngone.py:x:1\n")
    run = keylint("baseline", "import", ".gitleaksignore", "--into", FILE, cwd=root)
    assert run.code == 0
    bound, *lines = run.out.splitlines()
    assert re.fullmatch(r'by its line: app\.py:2: TOKEN = "ghp_…\w{4}"', bound)
    assert lines == [
        "left out: app.py:1: keylint finds no such leak there",
        "left out: clean.py:1: keylint finds no leak in this file",
        "left out: gone.py:1: there is no such file",
        f"{FILE}: 1 new of 4 in .gitleaksignore (gitleaks-ignore), 3 left out",
    ]
    (root / "app.py").write_text(expand(f'# one more\n# a\nNEW = "{{fake:github-classic-pat#9}}"\n{TOKEN}{OTHER}'))
    assert check(root, "--baseline", FILE).found == {("KL101", "app.py", 3), ("KL101", "app.py", 5)}
    report = [{"RuleID": "github-pat", "File": "app.py", "StartLine": 3, "Secret": "REDACTED"}]
    (root / "gitleaks.json").write_text(json.dumps(report))
    assert "1 new of 1" in keylint("baseline", "import", "gitleaks.json", "--into", FILE, cwd=root).out
    assert "0 new of 1" in keylint("baseline", "import", "gitleaks.json", "--into", FILE, cwd=root).out
    (root / "kingfisher.yml").write_text(
        "ExactFindings:\n  matches:\n  - filepath: app.py/\n    fingerprint: '38'\n    linenum: 5\n"
    )
    assert "1 new of 1" in keylint("baseline", "import", "kingfisher.yml", "--into", FILE, cwd=root).out
    assert check(root, "--baseline", FILE).found == set()


def test_import_of_a_line_of_a_commit(project: Project, keylint: Runs, git: Callable[..., str]) -> None:
    root = project({"app.py": f"{TOKEN}{OTHER}"})
    git(root, "init", "-q")
    commit(git, root, "first")
    first = git(root, "rev-parse", "HEAD").strip()
    (root / "app.py").write_text(expand(f"# moved\n# down\n{OTHER}{TOKEN}"))
    commit(git, root, "second")
    for name in (first, first[:7]):
        (root / ".gitleaksignore").write_text(f"{name}:app.py:github-pat:1\n")
        target = f"{name}.jsonl"
        assert "1 new of 1" in keylint("baseline", "import", ".gitleaksignore", "--into", target, cwd=root).out
        assert [entry["name"] for entry in lines_of(root, target)[1:]] == ["TOKEN"], (
            "the key that was meant, not the line"
        )
    (root / ".gitleaksignore").write_text(f"{'0' * 40}:app.py:github-pat:1\n")
    assert "1 left out" in keylint("baseline", "import", ".gitleaksignore", "--into", FILE, cwd=root).out


def test_import_needs_to_know_where_to(project: Project, keylint: Runs) -> None:
    root = project({"app.py": TOKEN, ".gitleaksignore": "app.py:github-pat:1\n"})
    run = keylint("baseline", "import", ".gitleaksignore", cwd=root)
    assert run.code == 2
    assert "--into is missing" in run.err
    (root / "keylint.toml").write_text(f'baseline = "{FILE}"\n')
    assert keylint("baseline", "import", ".gitleaksignore", cwd=root).code == 0
    assert len(lines_of(root)) == 2


# ------------------------------------------------------------------ the baseline of detect-secrets


def secrets_baseline(root: Path, secrets: dict[str, Sequence[str]], **fields: Any) -> None:
    rows = {
        path: [
            {"type": "Secret Keyword", "hashed_secret": hashlib.sha1(s.encode()).hexdigest(), **fields} for s in found
        ]
        for path, found in secrets.items()
    }
    document = {"version": "1.5.0", "plugins_used": [{"name": "X", "path": "file://plug.py"}], "results": rows}
    (root / ".secrets.baseline").write_text(json.dumps(document))


def test_a_secrets_baseline_is_honoured_for_leaks_alone(project: Project, keylint: Runs, check: Runs) -> None:
    key, bad = expand("{fake:github-classic-pat}"), expand("{fake:github-classic-pat#1!bad-checksum}")
    root = project({"app.py": f'A = "{key}"\nTOKEN = "{bad}"\n', "lib.py": f'A = "{key}"\n'})
    secrets_baseline(root, {"app.py": [key, bad]}, is_secret=False)
    (root / "plug.py").write_text("open('executed', 'w')\n")
    run = check(root)
    assert run.found == {("KL202", "app.py", 2), ("KL101", "lib.py", 1)}
    assert run.json["scan"]["suppressed"]["detect_secrets"] == 1
    assert not (root / "executed").exists(), "its plugins are read, not run"
    for text in ("detect-secrets-baseline = false\n", 'detect-secrets-baseline = ".github/other.json"\n'):
        (root / "keylint.toml").write_text(text)
        off = check(root)
        assert (off.code, ("KL101", "app.py", 1) in off.found) == (1, True) if "false" in text else off.code == 2
    (root / ".github").mkdir()
    (root / ".secrets.baseline").rename(root / ".github" / "other.json")
    assert check(root).found == run.found
    (root / "keylint.toml").unlink()
    assert check(root).json["scan"]["suppressed"]["detect_secrets"] == 0


def test_one_github_token_in_a_secrets_baseline_hides_no_other(project: Project, check: Runs) -> None:
    root = project({"app.py": TOKEN + OTHER})
    secrets_baseline(root, {"app.py": ["ghp"]})
    assert check(root).found == {("KL101", "app.py", 1), ("KL101", "app.py", 2)}


def test_what_both_baselines_name_is_known_to_both(project: Project, keylint: Runs, check: Runs) -> None:
    root = project({"app.py": TOKEN + OTHER})
    keylint(".", "--write-baseline", FILE, cwd=root)
    secrets_baseline(root, {"app.py": [expand("{fake:github-classic-pat}")]})
    run = check(root, "--baseline", FILE)
    assert run.json["scan"]["suppressed"] == {"inline": 0, "baseline": 2, "detect_secrets": 0}
    assert "without a finding" not in run.err
    keylint(".", "--write-baseline", FILE, cwd=root)
    assert [entry["name"] for entry in lines_of(root)[1:]] == ["OTHER"], "one of the two is enough"
    run = check(root, "--baseline", FILE)
    assert run.json["scan"]["suppressed"] == {"inline": 0, "baseline": 1, "detect_secrets": 1}


def test_a_broken_secrets_baseline_is_an_error(project: Project, check: Runs) -> None:
    root = project({"app.py": TOKEN, ".secrets.baseline": "{"})
    run = check(root)
    assert run.code == 2
    assert ".secrets.baseline: not JSON (`detect-secrets-baseline = false` in the configuration" in run.err


# ------------------------------------------------------------------ comments


def test_comments_of_other_tools(project: Project, keylint: Runs, check: Runs) -> None:
    comments = {
        "pragma: allowlist secret": None,
        "gitleaks:allow": "gitleaks",
        "kingfisher:ignore": "kingfisher",
        "trufflehog:ignore": "trufflehog",
        "ggignore": "ggshield",
        "noqa: S105": "bandit",
    }
    text = "".join(f'K{n} = "{{fake:github-classic-pat#{n}}}"  # {c}\n' for n, c in enumerate(comments))
    root = project({"app.py": f"# pragma: allowlist nextline secret\n{TOKEN}{text}", "lib.py": OTHER})
    last = {("KL101", "lib.py", 1)}
    plain = check(root)
    assert plain.found == {("KL101", "app.py", n) for n in range(4, 9)} | last
    assert plain.json["scan"]["suppressed"]["inline"] == 2
    for number, tool in enumerate(comments.values()):
        if tool is not None:
            assert check(root, "--ignore-comments", tool).found == plain.found - {("KL101", "app.py", number + 3)}
    tools = [tool for tool in comments.values() if tool]
    assert check(root, "--ignore-comments", ",".join(tools)).found == last
    (root / "keylint.toml").write_text(f"ignore-comments = {json.dumps(tools)}\n")
    run = check(root)
    assert run.found == last
    assert "unused" not in run.err
    for wrong in (["gitleeks"], "gitleaks", [1]):
        (root / "keylint.toml").write_text(f"ignore-comments = {json.dumps(wrong)}\n")
        assert check(root).code == 2
    (root / "keylint.toml").unlink()
    refused = keylint(".", "--ignore-comments", "gitleeks", cwd=root)
    assert refused.code == 2
    assert "gitleaks, kingfisher, trufflehog, ggshield, bandit" in refused.err


def test_comments_in_every_kind_of_file(project: Project, check: Runs) -> None:
    key = "{fake:github-classic-pat}"
    root = project(
        {
            "a.js": f'const token = "{key}"; // pragma: allowlist secret\n',
            "b.yaml": f"token: {key} # pragma: allowlist secret\n",
            "c.sql": f"-- x\ninsert into t values ('{key}'); -- pragma: allowlist secret\n",
            "d.xml": f"<a>\n<!-- pragma: allowlist nextline secret -->\n<token>{key}</token></a>\n",
            "e.ini": f"; pragma: allowlist nextline secret\n[a]\ntoken = {key}\n",
            "f.ini": f"[a]\n; pragma: allowlist nextline secret\ntoken = {key}\n",
            "g.ipynb": json.dumps(
                {
                    "nbformat": 4,
                    "nbformat_minor": 5,
                    "metadata": {},
                    "cells": [
                        {
                            "cell_type": "code",
                            "metadata": {},
                            "outputs": [{"output_type": "stream", "name": "stdout", "text": f"token {key}"}],
                            "source": ["x = 1\n", f'TOKEN = "{key}"  # pragma: allowlist secret\n', f'B = "{key}"'],
                        }
                    ],
                }
            ).replace("{key}", key),
        }
    )
    found = {(code, path, line) for code, path, line in check(root).found if code.startswith("KL1")}
    assert found == {("KL102", "e.ini", 3), ("KL101", "g.ipynb", 3), ("KL106", "g.ipynb", 1)}


def test_an_ignore_ends(project: Project, keylint: Runs) -> None:
    root = project({"app.py": TOKEN.rstrip() + "  # keylint: ignore[KL101] until 2026-11-20 rotated by then\n"})
    on_time = keylint(".", "--as-of", "2026-11-20", cwd=root)
    assert (on_time.code, on_time.err) == (0, on_time.err.replace("ended", ""))
    late = keylint(".", "--as-of", "2026-11-21", cwd=root)
    assert late.code == 1
    assert "app.py:1: the ignore of KL101 ended on 2026-11-20" in late.err
    assert "unused" not in late.err


def test_an_ignore_in_a_notebook(project: Project, check: Runs) -> None:
    key = [expand(f"{{fake:github-classic-pat#{n}}}") for n in range(9)]
    own = "# keylint: ignore[KL101, KL106]"
    sources = [
        f'A = "{key[0]}"  {own}\n{own}\nB = "{key[1]}"\nC = "{key[2]}"',
        f'%%time\nD = f(\n    "{key[3]}",\n)  {own}\n!echo {key[4]}  {own}\n!echo {key[5]}',
        f"%%bash\nexport T={key[6]}  {own}",
        f'print(1)  {own}\nE = "{key[7]}"  {own} until 2026-11-19',
    ]
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": text.splitlines(True)} for text in sources]
    code[3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"{key[8]}\n"}]
    prose = {"cell_type": "markdown", "metadata": {}, "source": f"{key[6]} <!-- keylint: ignore[KL101, KL109] -->"}
    root = project(
        {"n.ipynb": json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*code, prose]})}
    )
    run = check(root, "--as-of", AS_OF)
    found = [(f["code"], f["cell"], f["line"]) for f in run.json["findings"]]
    assert found == [("KL101", 1, 4), ("KL101", 2, 6), ("KL106", 4, 1), ("KL101", 4, 2)]
    assert run.json["scan"]["suppressed"]["inline"] == 6
    notes = sorted(line for line in run.err.splitlines() if "ignore of" in line)
    assert notes == [
        "keylint: note: n.ipynb:cell 4:1: unused ignore of KL101, KL106",
        "keylint: note: n.ipynb:cell 4:2: the ignore of KL101, KL106 ended on 2026-11-19",
    ]


def test_a_comment_ignores_one_secret(project: Project, check: Runs) -> None:
    keys = [f'"{{fake:github-classic-pat#{n}}}"' for n in range(3)]
    root = project(
        {
            "a.py": f"A = [\n    {keys[0]},\n    {keys[1]},  # keylint: ignore[KL101]\n    {keys[1]},\n    {keys[2]},\n]\n"
        }
    )
    run = check(root)
    assert run.found == {("KL101", "a.py", 2), ("KL101", "a.py", 5)}
    assert run.json["scan"]["suppressed"]["inline"] == 2
    assert "a.py:3: an ignore is about one secret: another one there is reported" in run.err
    assert "unused" not in run.err


def test_an_ignore_of_what_is_hidden_is_not_unused(project: Project, check: Runs) -> None:
    sure, weak = "Tr4-" + "vkq9Wm", "mysecret" + "password"
    values = {"a.yml": f"password: {sure}", "b.yml": f"password: {weak}", "c.yml": "name: x"}
    root = project({path: f"{line}  # keylint: ignore[KL109]\n" for path, line in values.items()})
    for confidence, silenced in (("high", 1), ("medium", 1), ("low", 2)):
        run = check(root, "--confidence", confidence)
        assert run.found == set()
        assert run.json["scan"]["suppressed"]["inline"] == silenced
        assert [line for line in run.err.splitlines() if "unused" in line] == [
            "keylint: note: c.yml:1: unused ignore of KL109"
        ]


# ------------------------------------------------------------------ at a terminal


class Terminal:
    """The command at a terminal of its own."""

    def __init__(self, arguments: Sequence[str], cwd: Path, environ: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=cwd,
            env=environ,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
        )
        os.close(theirs)
        self.text = ""
        self._ahead = ""

    def until(self, expected: str) -> str:
        """Wait for a text, and return what was shown up to it since the last time."""
        while expected not in self._ahead:
            data = self._read()
            assert data, f"no {expected!r} in {self._ahead!r}"
            self._ahead += data.decode()
        shown, _, rest = self._ahead.partition(expected)
        self._ahead = rest
        return shown + expected

    def _read(self) -> bytes:
        if not select.select([self._ours], [], [], PATIENCE_S)[0]:
            self._process.kill()
            raise AssertionError(f"it waits: {self._ahead!r}")
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the command has ended
            return b""
        self.text += data.decode()
        return data

    def type(self, text: str) -> None:
        os.write(self._ours, f"{text}\n".encode())

    def press(self, key: str) -> None:
        """Press a key until the command ends: one that comes just before the terminal is read is overlooked."""
        for _ in range(PATIENCE_S):
            os.write(self._ours, key.encode())
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
                return

    def end(self) -> int:
        """Read what is left, and return the exit status."""
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(PATIENCE_S)


QUESTION = "(q)uit: "


def test_audit(project: Project, keylint: Runs, check: Runs, environ: dict[str, str]) -> None:
    root = project({"app.py": TOKEN + OTHER, "lib.py": 'THIRD = "{fake:github-classic-pat#2}"\n'})
    keylint(".", "--write-baseline", FILE, cwd=root)
    first, second, third = "TOKEN", "OTHER", "THIRD"  # as they stand, not as they are sorted
    terminal = Terminal(["baseline", "audit", FILE, "--as-of", AS_OF], root, environ)
    shown = terminal.until(QUESTION)
    assert "[1/3] KL101 hardcoded-key" in shown
    assert f'{first} = "ghp_…' in shown
    assert "app.py:" in shown
    assert "no reason is given" in shown
    terminal.type("s")
    assert "[2/3]" in terminal.until(QUESTION)
    terminal.type("b")
    assert "[1/3]" in terminal.until(QUESTION)
    for unknown in ("x", "keep it", "ii"):
        terminal.type(unknown)
        terminal.until("i, k, s, b, u or q")
        terminal.until(QUESTION)
    terminal.type("i")
    terminal.until("Why (empty: back to the question):")
    terminal.type("")
    terminal.until(QUESTION)
    terminal.type("IGNORE")
    terminal.until("Why (empty: back to the question):")
    terminal.type(expand("{fake:github-classic-pat#8}"))
    terminal.until("this looks like a key")
    terminal.until("Why (empty: back to the question):")
    terminal.type("a key of the sandbox")
    terminal.until("Until")
    terminal.type("2020-01-01")
    terminal.until(f"a day from {AS_OF} on")
    terminal.until("Until")
    terminal.type("2027-01-31")
    assert "[2/3]" in terminal.until(QUESTION)
    assert any(e.get("reason") == "a key of the sandbox" for e in lines_of(root)[1:]), "each answer is written at once"
    terminal.type("k")
    assert "[3/3]" in terminal.until(QUESTION)
    terminal.type("b")
    assert "now: reported again" in terminal.until(QUESTION)
    terminal.type("q")
    assert terminal.end() == 0
    assert "1 ignored with a reason, 1 reported again, 1 left as they are" in terminal.text
    typed = expand("{fake:github-classic-pat#8}")  # a terminal shows what is typed
    assert not re.search(r"ghp_\w{12}", terminal.text.replace(typed, ""))
    assert {e["name"]: (e.get("reason"), e.get("until")) for e in lines_of(root)[1:]} == {
        first: ("a key of the sandbox", "2027-01-31"),
        third: (None, None),
    }
    lines = {"TOKEN": 1, "OTHER": 2}
    assert check(root, "--baseline", FILE).found == {("KL101", "app.py", lines[second])}
    again = Terminal(["baseline", "audit", FILE, "--as-of", AS_OF], root, environ)
    assert "[1/1]" in again.until(QUESTION), "what has a reason is not asked about again"
    again.type("\x04")
    assert again.end() == 0
    everything = Terminal(["baseline", "audit", FILE, "--all", "--as-of", AS_OF], root, environ)
    assert "now: ignored: a key of the sandbox (until 2027-01-31)" in everything.until(QUESTION)
    everything.type("q")
    assert everything.end() == 0
    ended = Terminal(["baseline", "audit", FILE, "--as-of", "2028-01-01"], root, environ)
    assert "[1/2]" in ended.until(QUESTION), "what has ended is asked about again"
    ended.type("q")
    assert ended.end() == 0


def test_an_answer_is_taken_back(project: Project, keylint: Runs, environ: dict[str, str]) -> None:
    root = project({"app.py": TOKEN + OTHER})
    keylint(".", "--write-baseline", FILE, cwd=root)
    before = (root / FILE).read_bytes()
    terminal = Terminal(["baseline", "audit", FILE, "--as-of", AS_OF], root, environ)
    terminal.until(QUESTION)
    terminal.type("keep")
    terminal.until(QUESTION)
    terminal.type("back")
    assert "now: reported again" in terminal.until(QUESTION)
    terminal.type("undo")
    assert "now: ignored, no reason is given" in terminal.until(QUESTION)
    assert (root / FILE).read_bytes() == before
    for answer in ("ignore", "why", "2027-01-31", "back"):
        terminal.type(answer)
    assert "now: ignored: why (until 2027-01-31)" in terminal.until("now: ignored: why (until 2027-01-31)")
    for answer in ("ignore", "", ""):  # what is known already stays
        terminal.type(answer)
        terminal.until("]:" if answer == "ignore" else ":")
    terminal.until("[2/2]")
    assert [(e.get("reason"), e.get("until")) for e in lines_of(root)[1:]].count(("why", "2027-01-31")) == 1
    for answer in ("back", "ignore", "", "never", "back", "undo", "quit"):
        terminal.type(answer)
    assert terminal.end() == 0
    assert (root / FILE).read_bytes() == before
    assert "0 ignored with a reason, 0 reported again, 2 left as they are" in terminal.text


@pytest.mark.parametrize(("stop", "code"), [("\x03", 130), ("\x04", 0)])
@pytest.mark.parametrize("answers", [(), ("ignore",), ("ignore", "a reason")])
def test_a_walk_that_is_broken_off_loses_nothing(
    project: Project, keylint: Runs, environ: dict[str, str], answers: Sequence[str], stop: str, code: int
) -> None:
    root = project({"app.py": TOKEN, "lib.py": OTHER})
    keylint(".", "--write-baseline", FILE, cwd=root)
    terminal = Terminal(["baseline", "audit", FILE], root, environ)
    terminal.until(QUESTION)
    for answer in ("ignore", "of the sandbox", ""):
        terminal.type(answer)
    terminal.until(QUESTION)
    for answer in answers:
        terminal.type(answer)
        terminal.until("): ")
    terminal.press(stop)
    assert terminal.end() == code
    assert "1 ignored with a reason, 0 reported again, 1 left as they are" in terminal.text
    assert "Traceback" not in terminal.text
    assert [entry.get("reason") for entry in lines_of(root)[1:]] == ["of the sandbox", None]
    assert sorted(os.listdir(root)) == ["app.py", FILE, "lib.py"]


def test_what_is_written_meanwhile_stays(project: Project, keylint: Runs, environ: dict[str, str]) -> None:
    root = project({"app.py": TOKEN, "lib.py": OTHER})
    keylint(".", "--write-baseline", FILE, cwd=root)
    terminal = Terminal(["baseline", "audit", FILE], root, environ)
    terminal.until(QUESTION)
    (root / "new.py").write_text(expand('NEW = "{fake:github-classic-pat#2}"\n'))
    keylint(".", "--write-baseline", FILE, cwd=root)
    terminal.type("keep")
    terminal.until(QUESTION)
    terminal.type("quit")
    assert terminal.end() == 0
    assert [entry["path"] for entry in lines_of(root)[1:]] == ["lib.py", "new.py"]


def test_audit_shows_no_secret(project: Project, keylint: Runs, environ: dict[str, str]) -> None:
    keys = [
        expand(f"{{fake:{kind}}}") for kind in ("github-classic-pat", "stripe-secret-key-live", "anthropic-api-key")
    ]
    weak = ["Tr4-" + "vkq9Wm", "swordfish" + "9x", "mysecret" + "passw0rd", "hunter" + "2"]
    code = (
        f"# the old one was {keys[1]}\n"
        f'TOKEN, AGAIN = "{keys[0]}", "{keys[0]}"  # {keys[0]}\n'
        f'client = connect(password="{weak[0]}", url="https://me:{weak[1]}@example.com/{keys[2]}")\n'
        f'pwd = "{weak[2]}"  # once {weak[0]}\n'
        f'text = "{keys[2]}" + """\n{keys[2]} {weak[0]}\n"""\n'
    )
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": code.splitlines(keepends=True)}
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": code}]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    config = f"db:\n  password: {weak[0]}  # not {weak[3]}\n  passwd: {weak[3]}\n  url: postgres://a:{weak[1]}@h/db\n"
    files = {"app.py": code, "n.ipynb": json.dumps(notebook), "c.yml": config, "min.js": f"x={'1+' * 500}{code}"}
    root = project(files)
    keylint(".", "--write-baseline", FILE, "--confidence", "low", cwd=root)
    count = len(lines_of(root)) - 1
    terminal = Terminal(["baseline", "audit", FILE], root, {**environ, "PYTHONIOENCODING": "ascii"})
    for _ in range(count):
        terminal.until(QUESTION)
        terminal.type("skip")
    assert terminal.end() == 0
    assert "client = connect(password=" in terminal.text, "the lines around it are shown"
    assert "> " in terminal.text
    for secret in (*keys, *weak):
        for part in (secret, secret[: len(secret) // 2 + 1], secret[-len(secret) // 2 :]):
            assert part not in terminal.text


def test_audit_of_nothing_to_ask(project: Project, keylint: Runs, environ: dict[str, str]) -> None:
    root = project({"app.py": TOKEN})
    keylint(".", "--write-baseline", FILE, cwd=root)
    edit(root, FILE, reason="why")
    terminal = Terminal(["baseline", "audit", FILE], root, environ)
    assert terminal.end() == 0
    assert "all entries have a reason" in terminal.text
    (root / "app.py").write_text("x = 1\n")
    terminal = Terminal(["baseline", "audit", FILE], root, environ)
    assert terminal.end() == 0
    assert "no entry names anything" in terminal.text


def test_audit_needs_a_terminal(project: Project, keylint: Runs) -> None:
    root = project({"app.py": TOKEN})
    keylint(".", "--write-baseline", FILE, cwd=root)
    run = keylint("baseline", "audit", FILE, cwd=root, stdin="q\n")
    assert run.code == 2
    assert "needs a terminal" in run.err
    assert run.out == ""


@pytest.mark.parametrize(("answer", "added"), [("y", True), ("n", False), ("", False)])
def test_at_a_terminal_gitattributes_is_asked_about(
    project: Project, git: Callable[..., str], environ: dict[str, str], answer: str, added: bool
) -> None:
    root = project({"app.py": TOKEN, "sub/x.py": "x = 1\n", ".gitattributes": "*.bin binary"})
    git(root, "init", "-q")
    terminal = Terminal(["sub", "--write-baseline", "sub/a b.jsonl"], root, environ)
    terminal.until("[y/N]")
    terminal.type(answer)
    assert terminal.end() == 0
    expected = '*.bin binary\n"/sub/a b.jsonl" merge=union\n' if added else "*.bin binary"
    assert (root / ".gitattributes").read_text() == expected
    if added:
        assert "merge: union" in git(root, "check-attr", "merge", "sub/a b.jsonl")
