"""The result cache, through the installed command: it never changes what is said, and never holds a key."""

import base64
import os
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keylint.catalogue.fake import fake

Project = Callable[..., Path]
Runs = Callable[..., Any]

COMMAND = shutil.which("keylint", path=os.path.dirname(sys.executable)) or "keylint"
FILES = {
    "keylint.toml": "",
    "app/settings.py": 'import os\n\nAPI_KEY = os.environ["OPENAI_API_KEY"]\nTOKEN = "{fake:github-classic-pat}"\n',
    "app/client.py": "import openai\n\nfrom app.settings import API_KEY\n\nclient = openai.OpenAI(api_key=API_KEY)\n",
    "app/__init__.py": "",
    "app/nothing.py": "def area(width, height):\n    return width * height\n",
    ".env": "OPENAI_API_KEY={fake:openai-project-key!truncated=5}\n",
    "values.yaml": "github_token: {fake:github-classic-pat#2}\n",
    "logo.png": b"\x89PNG\0\0\0\0",
    "ignored.py": 'K = "{fake:stripe-secret-key-live}"  # keylint: ignore[KL101] on purpose\n',
    "reads.py": 'import yaml, openai\n\nV = yaml.safe_load(open("values.yaml"))\nopenai.OpenAI(api_key=V["github_token"])\n',
}  # fmt: skip
# Times are trusted when they are older than the coarsest clock of a file system.
OLD_ENOUGH_S = 2.2
PARSERS = ("libcst", "tree_sitter", "yaml", "hyperscan", "multiprocessing")


@pytest.fixture
def run(keylint: Runs, own_cache: Path) -> Runs:
    """Check a directory with a result cache of its own."""

    def check(cwd: Path, *arguments: str, **options: Any) -> Any:
        arguments = arguments or (".",)
        output = ("--output-format", "json", "--as-of", "2026-11-20")
        environment = {"XDG_CACHE_HOME": str(own_cache), **options.pop("env", {})}
        done = keylint("check", *arguments, *output, cwd=cwd, env=environment, **options)
        assert done.code in (0, 1), done.err
        return done

    return check


@pytest.fixture
def anew(run: Runs, own_cache: Path, tmp_path: Path) -> Runs:
    """Check a directory without results of other runs. `--no-cache` would also compile the catalogue again."""

    def check(cwd: Path, *arguments: str) -> Any:
        directory = tmp_path / "no-results"
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(own_cache, directory, ignore=shutil.ignore_patterns("results-*"))
        return run(cwd, *arguments, env={"XDG_CACHE_HOME": str(directory)})

    return check


def said(run: Any) -> Any:
    """Return a report without the time that it took."""
    report = run.json
    report["scan"].pop("duration_s")
    return report


def results(own_cache: Path) -> list[Path]:
    """Return the result files, the newest last."""
    return sorted((own_cache / "keylint").glob("results-*"), key=lambda path: path.stat().st_mtime_ns)


def settle() -> None:
    time.sleep(OLD_ENOUGH_S)


# ---------------------------------------------------------------- the same answer


def test_the_second_run_says_the_same_and_parses_nothing(
    project: Project, run: Runs, anew: Runs, own_cache: Path
) -> None:
    root = project(FILES)
    settle()
    uncached, first = run(root, ".", "--no-cache"), run(root)
    second = run(root, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert first.json["findings"]
    assert said(uncached) == said(first) == said(second)
    assert first.out.splitlines()[:3] == second.out.splitlines()[:3]
    imported = {line.rpartition("|")[2].strip() for line in second.err.splitlines() if "import time:" in line}
    assert "keylint.engine.codec" in imported
    assert not imported.intersection(PARSERS)
    for option in (["--select", "KL1"], ["--as-of", "2030-01-01"], ["app"], ["app/client.py", ".env"]):
        assert said(run(root, *option)) == said(anew(root, *option))


def test_a_file_that_changed_is_noticed(project: Project, run: Runs, anew: Runs) -> None:
    root = project(FILES)
    settle()
    before = said(run(root))
    (root / "app/nothing.py").write_text(f'GITHUB_TOKEN = "{fake("github-classic-pat", seed=9)}"\n')
    (root / "new").mkdir()
    (root / "new/more.py").write_text(f'GITHUB_TOKEN = "{fake("github-classic-pat", seed=10)}"\n')
    (root / "values.yaml").unlink()
    after = run(root)
    assert said(after) != before
    assert said(after) == said(anew(root))
    assert {"app/nothing.py", "new/more.py"} <= {finding["path"] for finding in after.json["findings"]}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere nothing tells such a change")
@pytest.mark.parametrize("aged", [True, False])
def test_a_change_that_keeps_size_and_time_is_noticed(aged: bool, project: Project, run: Runs) -> None:
    key = fake("github-classic-pat", seed=9)
    harmless = f'GITHUB_TOKEN = "{"x" * len(key)}"\n'
    root = project({**FILES, "app/nothing.py": harmless})
    if aged:
        settle()
    file = root / "app/nothing.py"
    before = file.stat()
    run(root)
    file.write_text(harmless.replace("x" * len(key), key))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert ("KL101", "app/nothing.py", 1) in run(root).found


def test_what_replaces_a_file_is_read_itself(project: Project, run: Runs, anew: Runs) -> None:
    root = project(FILES)
    settle()
    run(root)
    key = fake("github-classic-pat", seed=9)
    settings = (root / "app/settings.py").read_bytes()
    text = f'TOKEN = "{key}"\n'
    replaced = run(root, "-", "--stdin-filename", "app/settings.py", stdin=text)
    assert ("KL101", "app/settings.py", 1) in replaced.found
    assert (root / "app/settings.py").read_bytes() == settings
    assert said(run(root)) == said(anew(root))


def test_another_catalogue_is_another_cache(project: Project, run: Runs, anew: Runs) -> None:
    root = project(FILES)
    settle()
    run(root)
    own = 'id = "acme"\nname = "Acme"\n\n[[kind]]\nid = "acme-key"\nname = "key"\nforms = ["\'acme_\' base62{30}"]\n'
    (root / "acme.toml").write_text(own + 'secrecy = "secret"\nsource = "https://example.com/docs"\n')
    (root / "app/nothing.py").write_text(f'ACME_KEY = "{"acme_" + "a1B2c3D4e5" * 3}"\n')
    (root / "keylint.toml").write_text('providers = ["acme.toml"]\n')
    assert said(run(root)) == said(anew(root))


# ---------------------------------------------------------------- files of the cache


def test_no_cache_neither_reads_nor_writes(project: Project, run: Runs, own_cache: Path) -> None:
    root = project(FILES)
    run(root, ".", "--no-cache")
    assert not results(own_cache)
    run(root)
    for path in results(own_cache):
        path.write_bytes(b"not to be touched")
    run(root, ".", "--no-cache")
    assert [path.read_bytes() for path in results(own_cache)] == [b"not to be touched"]


@pytest.mark.parametrize("damage", ["empty", "truncated", "foreign", "flipped", "head", "key"])
def test_a_broken_cache_is_ignored_and_written_anew(damage: str, project: Project, run: Runs, own_cache: Path) -> None:
    root = project(FILES)
    settle()
    first = said(run(root))
    path = results(own_cache)[-1]
    data = path.read_bytes()
    if damage == "key":
        (own_cache / "keylint/key").write_bytes(b"short")
    else:
        path.write_bytes({
            "empty": b"", "truncated": data[:-7], "foreign": b"{}\n" * 50, "head": data[:30],
            "flipped": data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
        }[damage])  # fmt: skip
    assert said(run(root)) == first
    assert any(each.read_bytes() != data[:-7] and each.stat().st_size >= len(data) - 200 for each in results(own_cache))
    assert said(run(root)) == first


@pytest.mark.skipif(os.name != "posix", reason="modes and owners of POSIX")
def test_a_cache_that_others_can_touch_is_not_read(project: Project, run: Runs, own_cache: Path) -> None:
    root = project(FILES)
    settle()
    first = said(run(root))
    path = results(own_cache)[-1]
    assert (path.stat().st_mode & 0o777, (own_cache / "keylint/key").stat().st_mode & 0o777) == (0o600, 0o600)
    path.chmod(0o666)
    assert said(run(root)) == first
    assert results(own_cache)[-1].stat().st_mode & 0o777 == 0o600  # written anew
    (own_cache / "keylint").chmod(0o777)
    assert "hyperscan" in loaded(root, own_cache, run)
    (own_cache / "keylint").chmod(0o700)
    assert "hyperscan" not in loaded(root, own_cache, run)


def loaded(root: Path, own_cache: Path, run: Runs) -> set[str]:
    """Return the modules that a run imports."""
    done = run(root, env={"PYTHONPROFILEIMPORTTIME": "1"})
    return {line.rpartition("|")[2].strip() for line in done.err.splitlines() if "import time:" in line}


@pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
def test_a_cache_that_cannot_be_written_only_costs_time(project: Project, run: Runs, own_cache: Path) -> None:
    root = project(FILES)
    first = said(run(root))
    shutil.rmtree(own_cache)
    own_cache.write_text("a file where the directory belongs")
    assert said(run(root)) == first
    own_cache.unlink()
    own_cache.symlink_to("/dev/null")
    assert said(run(root)) == first


def test_two_processes_at_once(
    project: Project, run: Runs, anew: Runs, environ: dict[str, str], own_cache: Path
) -> None:
    root = project(FILES)
    expected = said(anew(root))
    command = [COMMAND, "check", ".", "--output-format", "json", "--as-of", "2026-11-20"]
    environment = {**environ, "XDG_CACHE_HOME": str(own_cache)}
    started = [
        subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in started:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 1, err.decode()
        assert len(out) > 1000
    assert said(run(root)) == expected
    assert not [path for path in (own_cache / "keylint").iterdir() if path.name.startswith("tmp")]


def test_few_files_are_kept_of_one_project(project: Project, run: Runs, own_cache: Path) -> None:
    root = project(FILES)
    for name in ("a", "b", "c", "d"):
        (root / "keylint.toml").write_text(f'providers = ["{name}.toml"]\n')
        (root / f"{name}.toml").write_text(f'id = "{name}x"\nname = "{name}"\n')
        run(root)
    assert len(results(own_cache)) == 3


def test_the_cache_can_be_cleared(project: Project, run: Runs, keylint: Runs, own_cache: Path) -> None:
    root = project(FILES)
    first = said(run(root))
    (own_cache / "keylint/mine.txt").write_text("not keylint's")
    environment = {"XDG_CACHE_HOME": str(own_cache)}
    done = keylint("cache", "clear", cwd=root, env=environment)
    assert (done.code, done.out[:8]) == (0, "removed ")
    assert [path.name for path in (own_cache / "keylint").iterdir()] == ["mine.txt"]
    assert keylint("cache", "clear", cwd=root, env=environment).out == "removed 0 files, 0.0 MB\n"
    assert said(run(root)) == first


# ---------------------------------------------------------------- nothing of a key


def forms(key: str) -> Iterator[bytes]:
    """What a key could look like in a file: itself, halves of it, and what is made of it without a secret."""
    half = max(len(key) // 2, 12)
    for part in (key, key[:half], key[-half:]):
        plain = part.encode()
        yield plain
        yield plain[::-1]
        yield plain.hex().encode()
        yield "".join(part).encode("utf-16-le")
    for shift in range(3):  # inside of a longer text that was encoded
        encoded = base64.b64encode(b"\0" * shift + key.encode())
        yield encoded[8:-8]
        yield base64.urlsafe_b64encode(b"\0" * shift + key.encode())[8:-8]


def inflated(data: bytes) -> Iterator[bytes]:
    """Everything in `data` that zlib, at any offset, can decompress."""
    for offset in range(len(data) - 1):
        if data[offset] == 0x78 and data[offset : offset + 2] in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
            try:
                yield zlib.decompressobj().decompress(data[offset:], 1_000_000)
            except zlib.error:
                continue


def test_no_key_in_any_byte_of_the_cache(project: Project, run: Runs, own_cache: Path) -> None:
    kinds = ("github-classic-pat", "openai-project-key", "stripe-secret-key-live", "aws-secret-access-key", "jwt")
    keys = [fake(kind, seed=number) for number, kind in enumerate(kinds, 20)]
    keys.append("q7Vb2mZx9LpTr4Wn8Kc1")
    root = project(FILES)
    assigned = "".join(f'KEY_{number}_TOKEN = "{key}"\n' for number, key in enumerate(keys))
    (root / "all.py").write_text(f"import openai\n{assigned}openai.OpenAI(api_key=KEY_1_TOKEN)\n")
    (root / "all.env").write_text("".join(f"K{number}_API_KEY={key}\n" for number, key in enumerate(keys)))
    names = [key for key in keys if "/" not in key and len(key) < 200]
    for key in names:  # where no key belongs: names of files, directories and modules
        (root / key).mkdir()
        (root / key / f"{key}.py").write_text(
            f"import openai\nimport {key}\nfrom {key} import {key}\nopenai.OpenAI()\n"
        )
    settle()
    run(root)
    run(root)
    files = [path for path in own_cache.rglob("*") if path.is_file()]
    assert any(path.name.startswith("results-") for path in files)
    for path in files:
        data = path.read_bytes()
        assert not any(key in path.name for key in keys)
        texts = [data, *(inflated(data) if path.name.startswith("results-") else ())]
        for key in keys:
            assert not any(form in text for form in forms(key) for text in texts), f"{key[:4]}… in {path.name}"
