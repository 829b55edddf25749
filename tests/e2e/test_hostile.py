"""A hostile repository and a careless user: never a crash, a hang, a broken file or a key in what is printed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import expand, fake

Project = Callable[..., Path]
Runs = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files, pipes and signals")

COMMAND = shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint"
PROGRAM = 'from github import Auth\n\nTOKEN = "{fake:github-classic-pat}"\nauth = Auth.Token(TOKEN)\n'
CODES_WHEN_CHECKED = (0, 1, 2)


# ---------------------------------------------------------------- things that are no files


def make(path: Path, kind: str) -> None:
    """Put something there that is no file, or no text."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "directory":
        path.mkdir()
    else:
        path.write_bytes(bytes(range(256)) * 20)


@pytest.mark.parametrize("kind", ["pipe", "endless", "directory", "bytes"])
def test_what_only_looks_like_a_file_of_the_project(kind: str, project: Project, keylint: Runs, git: Runs) -> None:
    root = project({"a.py": PROGRAM})
    git(root, "init")
    for name in ("pyproject.toml", ".env", "compose.yaml", "b.py", ".gitignore"):
        make(root / name, kind)
    run = keylint(".", cwd=root)
    assert run.code == 1, run.err
    assert "a.py:3" in run.out
    make(root / "keylint.toml", kind)
    run = keylint(".", cwd=root)
    assert run.code == 2
    assert "keylint.toml" in run.err
    elsewhere = project({"a.py": PROGRAM}, "elsewhere")
    make(elsewhere / ".git", kind)
    assert keylint(".", cwd=elsewhere).code == 1


@pytest.mark.parametrize(
    "text", ["tool = 3 # tool.keylint", "[tool]\nkeylint = 3", "[tool.keylint]\nselect = 3", "[tool.keylint"]
)
def test_a_configuration_of_another_shape(text: str, project: Project, keylint: Runs) -> None:
    run = keylint(".", cwd=project({"a.py": PROGRAM, "pyproject.toml": text}))
    assert run.code in CODES_WHEN_CHECKED
    assert "internal error" not in run.err


def test_any_file_name(project: Project, check: Runs) -> None:
    root = project({})
    names = [b"a\nb.py", b"\x1b[31mc.py", b"\xff\xfe.py", b"-r.py", b"--help", b"rule", b"sp ace.py", b"%0A::error.py"]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(root), name))).write_text(expand(PROGRAM))
    run = check(root)
    assert run.code == 1
    assert len({finding["path"] for finding in run.json["findings"] if finding["code"] == "KL101"}) == len(names)
    assert "\x1b" not in run.out


# ---------------------------------------------------------------- git


def test_another_repository_in_the_environment_is_not_asked(project: Project, check: Runs, git: Runs) -> None:
    root, other = project({"a.py": PROGRAM}), project({"b.py": "x = 1\n"}, "other")
    for each in (root, other):
        git(each, "init")
        git(each, "add", ".")
    for name, value in (
        ("GIT_DIR", str(other / ".git")),
        ("GIT_WORK_TREE", str(other)),
        ("GIT_INDEX_FILE", "/nowhere"),
    ):
        assert ("KL101", "a.py", 3) in check(root, "--staged", env={name: value}).found


def test_a_staged_file_that_cannot_be_read_fails_the_run(project: Project, keylint: Runs, git: Runs) -> None:
    root = project({"a.py": PROGRAM})
    git(root, "init")
    git(root, "add", ".")
    for blob in (root / ".git" / "objects").rglob("*"):
        if blob.is_file():
            blob.unlink()
    run = keylint("--staged", cwd=root)
    assert run.code == 2
    assert "a.py" in run.err


# ---------------------------------------------------------------- output


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("{} . | true", None),
        ("{} . >/dev/full", 2),
        ("{} . >&-", 2),
        ("{} - --stdin-filename a.py <&-", 2),
        ("{} . <&-", 1),
    ],
)
def test_standard_streams_that_are_closed_or_full(
    command: str, code: int | None, project: Project, environ: dict[str, str]
) -> None:
    root = project({"a.py": PROGRAM})
    if ">/dev/full" in command and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    done = subprocess.run(["sh", "-c", command.format(COMMAND)], cwd=root, env=environ, capture_output=True, timeout=60)
    said = done.stderr.decode()
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert "internal error" not in said
    assert code is None or done.returncode == code, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
def test_a_run_that_is_stopped_is_quiet_and_leaves_nothing_behind(
    number: signal.Signals, project: Project, environ: dict[str, str]
) -> None:
    body = "def f(x):\n    return [x, {'a': x}, lambda y: y + 1]\n\n\n" * 800
    root = project({f"m{n}.py": PROGRAM.replace("pat}", f"pat#{n}}}") + body for n in range(60)})
    process = subprocess.Popen(
        [COMMAND, ".", "--no-cache"],
        cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    time.sleep(1.5)  # the workers are busy
    assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=30)  # also waits for every worker: they hold the same streams
    assert process.returncode == 128 + number
    assert b"Traceback" not in out + err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


# ---------------------------------------------------------------- fixes


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_only_files_are_fixed(option: str, project: Project, keylint: Runs, git: Runs) -> None:
    root = project({"a.py": 'GITHUB_TOKEN = " {fake:github-classic-pat} "\n'})
    git(root, "init")
    git(root, "add", ".")
    (root / "a.py").write_text("import os\nimport sys\nprint('quite another text, and long enough to be cut')\n")
    before = (root / "a.py").read_bytes()
    assert keylint("--staged", option, cwd=root).code == 2
    assert keylint("-", "--stdin-filename", "a.py", option, cwd=root, stdin='GITHUB_TOKEN = " x "\n').code == 2
    assert (root / "a.py").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.yaml", b"github_token: |\n  KEY\nb: >-\n   KEY\nc: 1\n", None),
        ("a.yaml", b"github_token: ' KEY '\r\nb: 1\r\n", b"github_token: 'KEY'\r\nb: 1\r\n"),
        ("a.py", b'# coding: latin-1\nx = "\xe9"\nGITHUB_TOKEN = " KEY "\n', None),
        ("a.py", b'x = "\xe9"\nGITHUB_TOKEN = " KEY "\n', None),
        ("a.py", b'\xef\xbb\xbfx = 1; GITHUB_TOKEN = " KEY "\r', b'\xef\xbb\xbfx = 1; GITHUB_TOKEN = "KEY"\r'),
        ("a.py", b'GITHUB_TOKEN = "\\x20KEY\\n"\n', None),
        (".env", b'A=1\r\nGITHUB_TOKEN=" KEY "\r\nB=2\r\n', b'A=1\r\nGITHUB_TOKEN="KEY"\r\nB=2\r\n'),
    ],
)
def test_a_fix_changes_what_it_says_and_nothing_else(
    name: str, before: bytes, after: bytes | None, project: Project, keylint: Runs
) -> None:
    key = fake("github-classic-pat").encode()
    root = project({name: before.replace(b"KEY", key)})
    for _ in range(2):
        assert keylint(".", "--fix", cwd=root).code in (0, 1)
        assert (root / name).read_bytes().replace(key, b"KEY") == (before if after is None else after)


def test_a_link_out_of_the_project_is_not_followed_by_a_fix(project: Project, keylint: Runs) -> None:
    outside = project({"real.py": 'GITHUB_TOKEN = " {fake:github-classic-pat} "\n'}, "outside")
    before = (outside / "real.py").read_bytes()
    root = project({})
    (root / "a.py").symlink_to(outside / "real.py")
    keylint(".", "--fix", cwd=root)
    assert (outside / "real.py").read_bytes() == before


# ---------------------------------------------------------------- leaks


def leaked(run: Any, *keys: str) -> list[str]:
    """Return the beginnings of those keys of which twelve characters behind the prefix were printed."""
    return [k[:5] for k in keys if any(k[i : i + 12] in run.out + run.err for i in range(8, len(k) - 11))]


def test_a_diff_shows_nothing_else_of_the_line(project: Project, keylint: Runs) -> None:
    opaque, other = "q7Vb2mZx9LpTr4Wn8Kc1", fake("anthropic-api-key", seed=6)
    damaged = fake("github-classic-pat", seed=3)
    root = project({
        ".env": f'GITHUB_TOKEN=" {damaged} " # the old one: {other} and {opaque}\n',
        "a.py": f'C = {{"github_token": " {damaged} ", "password": "{opaque}", "b": "{other}x"}}  # {other}\n',
        "c.json": f'{{"github_token": " {damaged} ", "db": "{opaque}", "u": "postgres://u:{opaque}@h"}}\n',
    })  # fmt: skip
    run = keylint(".", "--diff", cwd=root)
    assert "+++" in run.out
    assert not leaked(run, damaged, other, opaque)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_key_in_the_place_of_a_name(form: str, project: Project, keylint: Runs) -> None:
    one, two, three = (
        fake("github-classic-pat", seed=3),
        fake("openai-project-key", seed=4),
        fake("stripe-secret-key-live", seed=5),
    )
    root = project({
        "a.py": "import os\nfrom github import Auth\nfrom openai import OpenAI\n"
        f'M = {{"{one}": "owner"}}\nM["{two}"] = "{three}"\n'
        f'Auth.Token(M["{two}"])\nOpenAI(api_key=os.environ["{two}"])\nOpenAI(api_key=os.getenv("{one}", "{three}"))\n'
        f'class {one}:\n    token = "{three}"\nOpenAI(api_key={one}.token)\nX = 1  # keylint: ignore[{one}]\n',
        ".env": f"{one}={two}\n{three}\n",
        "compose.yaml": f"services:\n  {one}:\n    environment:\n      - {two}={three}\n      - T=${{{one}:-{two}}}\n",
        "bad.yaml": f"a: {one}\n  b: [{two}\n{three}: *{one}\n",
        "bad.json": f'{{"{one}": {two}}}',
        "bad.toml": f'a = "{one}"\na = "{two}"\n[{three}]\n[{three}]\n',
        "bad.py": f'x = "{one}\n{two} = = 3\n',
    })  # fmt: skip
    run = keylint(".", "--output-format", form, "--select", "ALL", cwd=root, env={"PYTHONDEVMODE": "1"})
    assert run.code == 1
    assert not leaked(run, one, two, three)


@pytest.mark.parametrize(
    "line", ['select = ["KEY"]', 'fail-on = "KEY"', 'KEY = "KEY"', 'per-file-ignores = { "*" = ["KEY"] }']
)
def test_a_key_in_the_configuration(line: str, project: Project, keylint: Runs) -> None:
    key = fake("github-classic-pat")
    root = project({"a.py": "x = 1\n", "keylint.toml": line.replace("KEY", key)})
    run = keylint(".", cwd=root)
    assert run.code == 2
    assert not leaked(run, key)
    assert not leaked(keylint(".", "--isolated", "--select", key, cwd=root), key)
    assert not leaked(keylint(".", "--isolated", "--as-of", key, cwd=root), key)


# ---------------------------------------------------------------- bounds, said aloud


HEAD = 'import os\nimport openai\n\nTOKEN = "{fake:github-classic-pat}"\n'
CALL = "openai.OpenAI(api_key=TOKEN)\n"


def many(count: int, line: str) -> str:
    """Return lines with a key each; `KEY` and `N` in `line` are replaced."""
    key = fake("github-classic-pat")
    return "".join(line.replace("KEY", f"{key[:-6]}{n:06d}").replace("N", str(n)) for n in range(count))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py", HEAD + "X = " + "(" * 10_000 + "1" + ")" * 10_000 + "\n" + CALL, "nested too deeply"),
        ("a.py", HEAD + "X = TOKEN" + ".a" * 20_000 + "\n" + CALL, "nested too deeply"),
        ("a.py", HEAD + "if A:\n    k = 1\n" + "elif B:\n    k = TOKEN\n" * 10_000 + CALL, "nested too deeply"),
        ("a.py", HEAD + "def f(x):\n" + "    if x:\n        key = os.environ['A']\n" * 10_000 + "    " + CALL, "no flow"),
        ("a.py", HEAD + "D = {\n" + '    "a": "a value of many that are here",\n' * 130_000 + "}\n" + CALL, "larger than 5 MB"),
        ("a.py", HEAD + "".join(f"x{n} = os.environ['V{n}']\n" for n in range(70_000)) + CALL, "more than 300,000 tokens"),
        ("a.txt", many(10_500, "api_token_N: KEY\n"), "too many hits"),
        ("a.ini", "[a]\n" + many(10_500, "api_token_N = KEY\n"), "more than 10,000 values"),
    ],
    ids=["brackets", "attributes", "elif", "branches", "large", "tokens", "text", "config"],
)  # fmt: skip
def test_what_is_given_up_is_said_and_the_rest_goes_on(
    name: str, text: str, said: str, project: Project, check: Runs
) -> None:
    root = project({"keylint.toml": "", "b.py": PROGRAM, "big/x.md": "x\n"})
    (root / name).write_text(expand(text) if name == "a.py" else text)
    run = check(root)
    assert ("KL101", "b.py", 3) in run.found
    scan = run.json["scan"]
    assert scan["complete"] is False
    assert {s["path"] for s in scan["skipped"]} == {name}
    assert any(said in s["reason"] for s in scan["skipped"]), scan["skipped"]
    strict = check(root, ".", "--output-format", "text", "--strict")
    assert said in strict.out
    assert strict.code == 2


def test_a_caller_that_costs_too_much_is_said(project: Project, check: Runs) -> None:
    files = {
        "keylint.toml": "",
        "keys.py": 'TOKEN = "{fake:github-classic-pat}"\n',
        "client.py": "import openai\n\ndef make(key):\n    return openai.OpenAI(api_key=key)\n",
        "small.py": "from client import make\nfrom keys import TOKEN\nmake(TOKEN)\n",
    }
    root = project(files)
    assert check(root).json["scan"]["complete"] is True
    (root / "large.py").write_text(files["small.py"] + "# nothing\n" * 160_000)
    run = check(root)
    assert ("KL402", "client.py", 4) in run.found
    assert [(s["path"], s["reason"]) for s in run.json["scan"]["skipped"]] == [
        ("client.py", "called in more files than one run reads")
    ]


ROUND = {
    "recursion": {
        "a.py": HEAD
        + "def f(k):\n    return g(k) or f(f(k))\ndef g(k):\n    return f(g(k))\nopenai.OpenAI(api_key=f(TOKEN))\n"
    },
    "imports": {f"m{n}.py": f"import openai\nfrom m{(n + 1) % 40} import TOKEN\n{CALL}" for n in range(40)},
    "stars": {
        f"m{n}.py": "".join(f"from m{m} import *\n" for m in range(30) if m != n) + "import openai\n" + CALL
        for n in range(30)
    },
    "chain": {
        "a.py": HEAD
        + "k0 = TOKEN\n"
        + "".join(f"k{n + 1} = k{n}\n" for n in range(3_000))
        + CALL.replace("TOKEN", "k3000")
    },
    "fan": {
        "a.py": HEAD
        + "".join(f"def f{n}(k):\n    f{n + 1}(k); f{n + 1}(k); f{n + 1}(k)\n" for n in range(40))
        + "def f40(k):\n    openai.OpenAI(api_key=k)\nf0(TOKEN)\n"
    },
}


@pytest.mark.parametrize("shape", ROUND)
def test_what_goes_round_ends(shape: str, project: Project, check: Runs) -> None:
    env = "OPENAI_API_KEY={fake:openai-project-key}\n"
    run = check(project({"keylint.toml": "", ".env": env, "b.py": PROGRAM, **ROUND[shape]}))
    assert run.code == 1
    assert ("KL101", "b.py", 3) in run.found
