"""Random edits of a real project: what a baseline names does not come back, and what is new is reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint import engine
from keylint.baseline import Baseline, Binding, Ledger, Salt
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
    """Insert, delete and move lines, add keys, rename files."""
    result = {path: [*content] for path, content in project.items()}
    for _ in range(draw(st.integers(1, 6))):
        path = draw(st.sampled_from(PATHS))
        content = result.setdefault(path, [])
        action = draw(st.sampled_from(["insert", "insert", "delete", "shuffle", "add", "rename"]))
        if action in ("insert", "add"):
            content.insert(draw(st.integers(0, len(content))), draw(fillers if action == "insert" else lines))
        elif action == "delete" and content:
            del content[draw(st.integers(0, len(content) - 1))]
        elif action == "shuffle":
            result[path] = draw(st.permutations(content))
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


def write(root: Path, project: Project) -> None:
    for old in [*root.rglob("*.py"), *root.rglob("*.yaml")]:
        old.unlink()
    (root / ".env").write_text(expand("GITHUB_TOKEN={fake:github-classic-pat#7}\n"))
    for path, content in project.items():
        head = ["import os", "from github import Auth"] if path.endswith(".py") else []
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in [*head, *(line.written(path) for line in content)]))


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
