"""Random edits of a real project: what a baseline names does not come back, and what is new is reported."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint import engine
from keylint.baseline import Baseline, Binding, Ledger, Salt, load, save
from keylint.baseline.jsonlines import parse, render
from keylint.catalogue.fake import expand
from keylint.config import Config
from keylint.engine.silencing import binding_of

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
KINDS = ("github-classic-pat", "stripe-secret-key-live", "anthropic-api-key")
FILLERS = ("", "# a comment", "# another one")
NAMES = ("TOKEN", "API_KEY", "deploy_token")


@dataclass(frozen=True)
class Line:
    """A line of a file: a key, a damaged key, a call that lacks its variable, or none of them."""

    text: str

    def written(self, path: str) -> str:
        text = self.text if path.endswith(".py") else self.text.replace(' = "', ": ").replace('"', "")
        return "" if "Token(" in text and not path.endswith(".py") else expand(text)


def call(name: str) -> str:
    """Return a call that reads its key from a variable which nothing defines."""
    return f'Auth.Token(os.environ["GITHUB_{name}"])'


kinds = st.sampled_from(KINDS)
numbers = st.integers(0, 2)
keys = st.builds(lambda kind, n, name: Line(f'{name} = "{{fake:{kind}#{n}}}"'), kinds, numbers, st.sampled_from(NAMES))
damaged = st.builds(lambda n: Line(f'GITHUB_TOKEN = "{{fake:github-classic-pat#{n}!bad-checksum}}"'), numbers)
missing = st.sampled_from(["TOKN", "KEY"]).map(lambda name: Line(call(name)))
lines = keys | damaged | missing
fillers = st.sampled_from(FILLERS).map(Line)
Project = dict[str, list[Line]]
PATHS = ("app.py", "lib.py", "config.yaml", "sub/app.py")
projects = st.dictionaries(st.sampled_from(PATHS), st.lists(lines, max_size=4), max_size=3)


@st.composite
def edited(draw: st.DrawFn, project: Project) -> Project:
    """Insert, delete and move lines, add keys, rename variables and files."""
    result = {path: [*content] for path, content in project.items()}
    for _ in range(draw(st.integers(1, 6))):
        path = draw(st.sampled_from(PATHS))
        content = result.setdefault(path, [])
        action = draw(st.sampled_from(["insert", "insert", "delete", "shuffle", "add", "rename", "name"]))
        if action in ("insert", "add"):
            content.insert(draw(st.integers(0, len(content))), draw(fillers if action == "insert" else lines))
        elif action == "delete" and content:
            del content[draw(st.integers(0, len(content) - 1))]
        elif action == "shuffle":
            result[path] = draw(st.permutations(content))
        elif action == "name":
            result[path] = [Line(line.text.replace("TOKEN = ", "RENAMED_TOKEN = ")) for line in content]
        elif action == "rename":
            other = draw(st.sampled_from(["moved.py", "moved.yaml"]))
            result[other] = result.pop(path)
    return result


@st.composite
def before_and_after(draw: st.DrawFn) -> tuple[Project, Project]:
    before = draw(projects)
    return before, draw(edited(before))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The compiled catalogue, made once."""
    return str(tmp_path_factory.mktemp("cache"))


def head(path: str) -> str:
    return "import os\nfrom github import Auth\n" if path.endswith(".py") else ""


def write(root: Path, project: Project) -> None:
    for old in [*root.rglob("*.py"), *root.rglob("*.yaml")]:
        old.unlink()
    (root / ".env").write_text(expand("GITHUB_TOKEN={fake:github-classic-pat#7}\n"))
    for path, content in project.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(head(path) + "".join(f"{line.written(path)}\n" for line in content))


def found(root: Path, cache: str, ledger: Ledger | None = None) -> list[Binding]:
    """Check a project, and return what binds the findings that are reported."""
    request = engine.request([str(root)], as_of=AS_OF, root=str(root))
    report = engine.check(request, Config(cache_dir=cache), ledger=ledger)
    return sorted(map(binding_of, report.findings), key=str)


@settings(max_examples=25)
@given(before_and_after())
def test_edits_bring_nothing_back_and_hide_nothing(
    tmp_path_factory: pytest.TempPathFactory, cache: str, states: tuple[Project, Project]
) -> None:
    root = tmp_path_factory.mktemp("project")
    before, after = states
    write(root, before)
    known = found(root, cache)
    recording = Ledger(Baseline((Salt.new(),)), "b", AS_OF.date(), recording=True)
    assert found(root, cache, recording) == []
    baseline = parse(render(recording.recorded()), "b")
    assert len(baseline.entries) == len(set(known))
    write(root, after)
    everything = found(root, cache)
    ledger = Ledger(baseline, "b", AS_OF.date())
    assert found(root, cache, ledger) == [binding for binding in everything if binding not in set(known)]
    assert ledger.count == len(everything) - len([b for b in everything if b not in set(known)])
    assert len(ledger.unused) == len(set(known) - set(everything)), "and what is gone is known to be gone"


@st.composite
def branches(draw: st.DrawFn) -> tuple[Project, Project, Project, Project]:
    """A project, what two branches make of it, and what is added to its files after they were merged."""
    base = draw(projects)
    return base, draw(edited(base)), draw(edited(base)), draw(projects)


class Repository:
    """A git repository with a baseline in it."""

    def __init__(self, root: Path, cache: str) -> None:
        self._root, self._cache = root, cache
        self.git("init", "-q", "-b", "main")
        (root / ".gitattributes").write_text("* merge=union\n")

    def git(self, *arguments: str) -> int:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
        environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(command, cwd=self._root, env=environ, capture_output=True, check=False).returncode

    def commit(self, project: Project) -> set[Binding]:
        """Write a project, bring its baseline up to date, and commit both; return what is known then."""
        write(self._root, project)
        known = found(self._root, self._cache)
        path = self._root / "b.jsonl"
        recording = Ledger(
            load(path) if path.exists() else Baseline((Salt.new(),)), str(path), AS_OF.date(), recording=True
        )
        assert found(self._root, self._cache, recording) == []
        save(recording.recorded(), path)
        self.git("add", "--all")
        assert self.git("commit", "-q", "--allow-empty", "-m", "all") == 0
        return set(known)

    def merge(self, branch: str) -> None:
        """Merge a branch. Where a file was changed here and deleted there, it stays."""
        if self.git("merge", "-q", "--no-edit", branch) != 0:
            self.git("add", "--all")
            assert self.git("commit", "-q", "--no-edit", "-m", "merged") == 0

    def add(self, project: Project) -> None:
        """Write further lines at the ends of files."""
        for path, content in project.items():
            file = self._root / path
            file.parent.mkdir(exist_ok=True)
            before = file.read_text() if file.exists() else head(path)
            file.write_text(before + "".join(f"{line.written(path)}\n" for line in content))

    def reported(self) -> tuple[set[Binding], set[Binding]]:
        """Return what is found, and what of it the baseline lets be reported."""
        path = str(self._root / "b.jsonl")
        ledger = Ledger(load(path), path, AS_OF.date())
        return set(found(self._root, self._cache)), set(found(self._root, self._cache, ledger))


@settings(max_examples=15)
@given(branches())
def test_a_merge_brings_nothing_back_and_hides_nothing(
    tmp_path_factory: pytest.TempPathFactory, cache: str, states: tuple[Project, Project, Project, Project]
) -> None:
    base, ours, theirs, late = states
    repository = Repository(tmp_path_factory.mktemp("repository"), cache)
    in_base = repository.commit(base)
    repository.git("checkout", "-q", "-b", "theirs")
    in_theirs = repository.commit(theirs)
    repository.git("checkout", "-q", "main")
    in_ours = repository.commit(ours)
    repository.merge("theirs")
    repository.add(late)
    there, reported = repository.reported()
    assert reported >= there - in_ours - in_theirs, "nothing is hidden that no branch has written down"
    written = (in_ours & in_theirs) | ((in_ours | in_theirs) - in_base)
    assert not reported & written, "nothing comes back that a branch has written down"


def at(path: str, *written: str) -> Project:
    return {path: [Line(line) for line in written]}


def reported(root: Path, cache: str, before: Project, after: Project) -> Sequence[str]:
    """Return the rules that speak after an edit of a project whose findings are in a baseline."""
    write(root, before)
    recording = Ledger(Baseline((Salt.new(),)), "b", AS_OF.date(), recording=True)
    assert found(root, cache, recording) == []
    write(root, after)
    left = found(root, cache, Ledger(recording.recorded(), "b", AS_OF.date()))
    return [binding.code for binding in left]


TOKEN, OTHER = 'A = "{fake:github-classic-pat}"', 'B = "{fake:github-classic-pat#1}"'


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        (at("app.py", TOKEN), at("app.py", "# one", "# two", TOKEN), []),
        (at("app.py", TOKEN), at("app.py", OTHER, TOKEN), ["KL101"]),
        (at("app.py", TOKEN), at("app.py", TOKEN.replace("A =", "RENAMED =")), []),
        (at("app.py", TOKEN), at("app.py", TOKEN, TOKEN.replace("A =", "AGAIN =")), []),
        (at("app.py", TOKEN), at("moved.py", TOKEN), ["KL101"]),
        (at("app.py", TOKEN), {**at("app.py", TOKEN), **at("lib.py", TOKEN)}, ["KL101"]),
        (at("app.py", call("TOKN")), at("app.py", "", call("TOKN")), []),
        (at("app.py", call("TOKN")), at("app.py", call("KEY"), call("TOKN")), ["KL403"]),
        (at("app.py", call("TOKN")), at("app.py", "def main():", "    " + call("TOKN")), []),
    ],
)  # fmt: skip
def test_what_an_entry_binds(tmp_path: Path, cache: str, before: Project, after: Project, codes: list[str]) -> None:
    assert reported(tmp_path, cache, before, after) == codes


def test_a_damaged_key_in_a_baseline_is_that_key_alone(tmp_path: Path, cache: str) -> None:
    bad = [f'GITHUB_TOKEN = "{{fake:github-classic-pat#{n}!bad-checksum}}"' for n in range(2)]
    before, after = at("app.py", bad[0]), at("app.py", *bad)
    assert reported(tmp_path, cache, before, after) == ["KL202"]
