"""Real runs of pre-commit, in scratch repositories, with the hooks of this repository's `.pre-commit-hooks.yaml`."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from keylint.catalogue.fake import expand

ROOT = Path(__file__).parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
SHOP = {
    ".gitignore": ".env\n",
    ".env": "OPENAI_API_KEY={fake:openai-project-key!truncated=3}\n",
    "app.py": "import openai\n\nfrom settings import KEY\n\nclient = openai.OpenAI(api_key=KEY)\n",
    "settings.py": 'import os\n\nKEY = os.environ["OPENAI_API_KEY"]\n',
}
LEAK = 'TOKEN = "{fake:github-classic-pat}"\n'
CLEAN = "x = 1\n"
RECEIPT = re.compile(r"^([\d,]+) files?, .* s$", re.MULTILINE)
PATIENCE_S = 120
NO_INDEX = re.compile(
    r"No matching distribution found|Could not find a version|NewConnectionError|ConnectTimeout|ReadTimeout"
    r"|NameResolutionError|Temporary failure in name resolution|Could not fetch URL|ProxyError"
)


@dataclass(frozen=True)
class Hooked:
    """What pre-commit (or `git commit` with it installed) said."""

    code: int
    out: str

    @property
    def files(self) -> list[str]:
        """The count of files of each receipt: one for each process that was run."""
        return RECEIPT.findall(self.out)

    @property
    def codes(self) -> list[str]:
        return re.findall(r"^(?:error|warning) (KL\d{3})", self.out, re.MULTILINE)


@pytest.fixture
def hooked(environ: dict[str, str], tmp_path: Path) -> Callable[..., Hooked]:
    """Run a command with pre-commit and the keylint of this interpreter on the PATH."""
    path = os.pathsep.join((os.path.dirname(sys.executable), environ["PATH"]))
    identity = {f"GIT_{role}_{what}": "t@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    places = {"PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    variables = {**environ, **identity, **places, "NO_COLOR": "1"}

    def run(cwd: Path, *command: str, more: Mapping[str, str] | None = None) -> Hooked:
        done = subprocess.run(
            command, cwd=cwd, env={**variables, **(more or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        return Hooked(done.returncode, done.stdout.decode())

    return run


@pytest.fixture
def repository(project: Callable[..., Path], git: Callable[..., str]) -> Callable[..., Path]:
    """Make a repository with nothing staged, whose hook is the published one, run from the PATH."""

    def make(files: dict[str, str], hook: str = "keylint", args: Sequence[str] = ()) -> Path:
        root = project(files)
        published = {**HOOKS[hook], "language": "system", "verbose": True}
        if args:
            published["args"] = list(args)
        config = {"repos": [{"repo": "local", "hooks": [published]}]}
        (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
        git(root, "init", "-q")
        return root

    return make


Repository = Callable[..., Path]
Runs = Callable[..., Any]
RUN = (sys.executable, "-m", "pre_commit", "run", "keylint", "--color", "never")


def test_the_manifest_is_valid_and_its_two_hooks_differ_only_in_where_keylint_comes_from(hooked: Runs) -> None:
    done = hooked(ROOT, sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert (done.code, done.out) == (0, "")
    ways = {name: hook["language"] for name, hook in HOOKS.items()}
    assert ways == {"keylint": "python", "keylint-system": "system"}
    shared = [
        {k: v for k, v in h.items() if k not in ("id", "name", "description", "language")} for h in HOOKS.values()
    ]
    assert shared[0] == shared[1]


def test_one_staged_file_keeps_its_trace_from_the_ignored_env_file(
    repository: Repository, git: Runs, hooked: Runs
) -> None:
    root = repository(SHOP)
    git(root, "add", "app.py")
    done = hooked(root, *RUN)
    assert done.code == 1
    assert done.codes == ["KL401"]
    assert done.files == ["1"]
    assert re.findall(r"^  [╭├╰][─→] (\S+)", done.out, re.MULTILINE) == [".env:1:16", "settings.py:3:7", "app.py:5:10"]


def test_one_staged_file_invents_no_missing_key(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({**SHOP, ".env": "OPENAI_API_KEY={fake:openai-project-key}\n"})
    git(root, "add", "app.py")
    done = hooked(root, *RUN)
    assert (done.code, done.codes, done.files) == (0, [], ["1"])


def test_all_files(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({**SHOP, "leak.py": LEAK})
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    done = hooked(root, *RUN, "--all-files")
    assert done.code == 1
    assert sorted(done.codes) == ["KL101", "KL401"]
    assert done.files == ["5"], "the ignored file is context, the five tracked ones are reported"


def test_a_staged_clean_file_passes_beside_a_committed_leak(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({"leak.py": LEAK})
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    (root / "clean.py").write_text(CLEAN)
    git(root, "add", "clean.py")
    done = hooked(root, *RUN)
    assert (done.code, done.codes, done.files) == (0, [], ["1"])


def test_what_is_not_staged_is_not_committed_and_not_checked(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({"a.py": CLEAN, "b.py": CLEAN})
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    (root / "a.py").write_text(expand(LEAK))
    (root / "b.py").write_text("x = 2\n")
    git(root, "add", "b.py")
    done = hooked(root, *RUN)
    assert (done.code, done.codes) == (0, [])
    assert (root / "a.py").read_text() == expand(LEAK)


def test_nothing_staged_runs_nothing(repository: Repository, hooked: Runs) -> None:
    done = hooked(repository(SHOP), *RUN)
    assert (done.code, done.files) == (0, [])
    assert "no files to check" in done.out


@pytest.mark.parametrize(
    "name",
    [
        "rule",
        "check",
        "inventory",
        "with space.py",
        "  leading.py",
        "schlüssel.py",
        "鍵/🔑.py",
        "quote'and\".py",
        "$(HOME).py",
        "*.py",
        "new\nline.py",
        "-dash.py",
        "--exit-zero",
        "--fix",
    ],
)
def test_any_file_name_is_a_path(name: str, repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({name: LEAK})
    git(root, "add", "--", name)
    done = hooked(root, *RUN)
    assert done.code == 1, done.out
    assert done.codes == ["KL101"]
    assert done.files == ["1"]


def test_a_file_that_is_named_like_standard_input_does_not_pass(
    repository: Repository, git: Runs, hooked: Runs
) -> None:
    root = repository({"-": LEAK})
    git(root, "add", "--", "-")
    assert hooked(root, *RUN).code == 1


def test_many_files_are_one_process(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({f"package/module_{n:03}.py": LEAK if n == 7 else CLEAN for n in range(300)})
    git(root, "add", "package")
    done = hooked(root, *RUN)
    assert done.code == 1
    assert done.files == ["300"]
    assert done.codes == ["KL101"]


def test_what_is_no_text_is_left_out(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({"a.py": CLEAN})
    (root / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0" + expand(LEAK).encode())
    git(root, "add", "a.py", "picture.png")
    done = hooked(root, *RUN)
    assert done.files == ["1"]
    assert "skipped" not in done.out, "it is not handed over"


def test_options_are_given_as_args(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({"leak.py": LEAK}, args=["--ignore", "KL101", "--"])
    git(root, "add", "leak.py")
    done = hooked(root, *RUN)
    assert (done.code, done.codes, done.files) == (0, [], ["1"])


def test_the_installed_hook_guards_every_kind_of_commit(repository: Repository, git: Runs, hooked: Runs) -> None:
    root = repository({**SHOP, "other.py": CLEAN}, hook="keylint-system")
    assert hooked(root, sys.executable, "-m", "pre_commit", "install").code == 0
    git(root, "add", ".gitignore", "other.py", ".pre-commit-config.yaml")
    done = hooked(root, "git", "commit", "-m", "clean")
    assert (done.code, done.codes) == (0, []), done.out

    git(root, "add", "app.py")
    done = hooked(root, "git", "commit", "-m", "the call that fails")
    assert (done.code, done.codes) == (1, ["KL401"]), done.out
    git(root, "rm", "-q", "--cached", "app.py")

    (root / "other.py").write_text(expand(LEAK))
    for command in (("git", "commit", "-am", "all"), ("git", "commit", "-m", "one", "other.py")):
        done = hooked(root, *command)
        assert (done.code, done.codes) == (1, ["KL101"]), done.out

    (root / "other.py").write_text(CLEAN)
    done = hooked(root, "git", "commit", "--allow-empty", "-m", "empty")
    assert done.code == 0, done.out
    assert git(root, "log", "--format=%s").split("\n") == ["empty", "clean", ""]


def test_staged_in_a_hand_written_hook_sees_the_index_of_the_commit(
    project: Callable[..., Path], git: Runs, hooked: Runs
) -> None:
    root = project({"a.py": CLEAN, "b.py": CLEAN})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec keylint --staged\n")
    hook.chmod(0o755)
    (root / "a.py").write_text(expand(LEAK))
    for command in (("git", "commit", "-am", "all"), ("git", "commit", "-m", "one", "a.py")):
        done = hooked(root, *command)
        assert (done.code, done.codes, done.files) == (1, ["KL101"], ["1"]), done.out
    done = hooked(root, "git", "commit", "--allow-empty", "-m", "empty")
    assert done.code == 0, done.out


def test_pre_commit_installs_keylint_from_this_checkout(project: Callable[..., Path], git: Runs, hooked: Runs) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: pre-commit has nothing to clone")
    root = project(SHOP)
    git(root, "init", "-q")
    git(root, "add", ".")
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    command = (sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), "keylint", "--color", "never", "--all-files")
    try:
        done = hooked(root, *command, more={**pip, "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "10"})
    except subprocess.TimeoutExpired:
        pytest.skip("the package index is too slow: no install within two minutes")
    if done.code and not done.files and NO_INDEX.search(done.out):
        pytest.skip("the package index cannot be reached: pre-commit cannot install keylint")
    assert done.codes == ["KL401"], done.out
    assert (done.code, done.files) == (1, ["3"])
