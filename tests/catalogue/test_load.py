from datetime import date
from pathlib import Path

import pytest

from keylint.catalogue import Catalogue, CatalogueError, load
from keylint.catalogue.load import builtin_files
from keylint.model import Confidence, Lifetime, Secrecy, SinkForm

KIND = '[[kind]]\nid = "acme-key"\nname = "Acme"\nforms = ["\'acme_live_\' base62{32}"]\n'


def write(tmp_path: Path, text: str, name: str = "acme.toml") -> Path:
    file = tmp_path / name
    file.write_text(text)
    return file


def test_reads_everything(catalogue: Catalogue) -> None:
    provider = catalogue.providers["more"]
    assert provider.name == "More kinds"
    assert provider.hosts == ("api.more.example",)
    assert provider.dirty == {"newline": "nothing is sent"}
    assert [header.name for header in provider.headers] == ["X-More-Key"]
    kind = catalogue.kinds["marked-key"]
    assert (kind.provider, kind.environment, kind.confidence) == ("more", "live", Confidence.HIGH)
    assert kind.lifetime == Lifetime(
        "90 days",
        "https://more.example/lifetime",
        since=date(2025, 1, 1),
        older=date(2025, 6, 1),
        note="of this plan",
        confidence=Confidence.MEDIUM,
    )
    assert kind.retired is not None
    assert (kind.retired.day, kind.retired.confidence) == (date(2026, 5, 1), Confidence.HIGH)
    assert catalogue.kinds["public-key"].secrecy is Secrecy.PUBLISHABLE
    assert catalogue.kinds["soft-context-key"].pair == "context-key"
    assert catalogue.provider_of("marked-key") is provider


def test_defaults_for_accepts(catalogue: Catalogue) -> None:
    secrets = tuple(kind.id for kind in catalogue.providers["more"].kinds if kind.secrecy is Secrecy.SECRET)
    assert "public-key" not in secrets
    assert catalogue.env["MORE_KEY"].accepts == secrets
    assert catalogue.env["MORE_TOKEN"].accepts == ("marked-key",)
    (sink,) = catalogue.sinks["more.Client"]
    assert (sink.accepts, sink.form, sink.env) == (secrets, SinkForm.CALL, ("MORE_KEY",))
    assert catalogue.sinks["more.key"][0].form is SinkForm.ATTRIBUTE
    assert "more" in catalogue.sdk_modules


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id = ", "1: "),
        ('name = "x"\n', "1: id is missing"),
        ('id = "Acme"\n', "1: id is to be lower-case"),
        ('id = "acme"\ncolour = "red"\n', "2: unknown key colour; known are id"),
        ('id = "acme"\nhosts = "x"\n', "2: hosts is to be a list of strings"),
        ('id = "acme"\n[dirty]\nnewline = 3\n', "2: dirty is to be a table of strings"),
        ('id = "acme"\n\n[[env]]\nnames = "X"\n', "4: [[env]]: unknown key names"),
        ('id = "acme"\n[[env]]\naccepts = []\n', "2: [[env]]: name is missing"),
        (
            'id = "acme"\n[[env]]\nname = "A"\n[[env]]\nname = "B"\naccepts = ["nothing"]\n',
            "6: [[env]]: no kind is called nothing",
        ),
        ('id = "acme"\n[[sink]]\ncall = "nodots"\n', "3: [[sink]]: call is to be a dotted name"),
        ('id = "acme"\n[[sink]]\ncall = "a.b"\nposition = -1\n', "4: [[sink]]: position is to be a number"),
        ('id = "acme"\n[[sink]]\ncall = "a.b"\nposition = true\n', "4: [[sink]]: position is to be a number"),
        ('id = "acme"\n[[sink]]\ncall = "a.b"\n', "2: [[sink]]: a call needs a keyword"),
        (f'id = "acme"\n{KIND}{KIND}', "7: the kind acme-key is also in"),
        (f'id = "acme"\n{KIND}pair = "other"\n', "6: [[kind]]: no kind is called other"),
        (
            f'id = "acme"\n{KIND}secrecy = "top"\n',
            "6: [[kind]]: secrecy is to be one of secret, publishable, identifier",
        ),
        (
            f'id = "acme"\n{KIND}retired = {{ day = "soon", note = "", source = "" }}\n',
            "6: [[kind]]: retired.day is to be a date",
        ),
        (
            f'id = "acme"\n{KIND}retired = {{ day = 2026-01-01, note = "", source = "", confidence = "sure" }}\n',
            "6: [[kind]]: retired.confidence is to be one of high, medium, low",
        ),
        (f'id = "acme"\n{KIND}lifetime = "90 days"\n', "6: [[kind]]: lifetime is to be a table"),
        (f'id = "acme"\n{KIND}lifetime = {{ longest = "1 day" }}\n', "6: [[kind]]: lifetime.source is missing"),
        (
            f'id = "acme"\n{KIND}lifetime = {{ longest = "a while", source = "" }}\n',
            '6: [[kind]]: lifetime.longest is to be a time like "90 days"',
        ),
        (
            f'id = "acme"\n{KIND}lifetime = {{ longest = "1 day", source = "", since = "2026" }}\n',
            "6: [[kind]]: lifetime.since is to be a date",
        ),
        (
            f'id = "acme"\n{KIND}lifetime = {{ longest = "1 day", source = "", older = 2026-01-01 }}\n',
            "6: [[kind]]: lifetime.older needs lifetime.since",
        ),
        (
            f'id = "acme"\n{KIND}examples = [{{ sha256 = "ab", length = 3 }}]\n',
            "examples.sha256 is to be 64 hexadecimal digits",
        ),
        (f'id = "acme"\n{KIND}context = true\ncontext_names = ["UP"]\n', "7: [[kind]]: context_names are lower-case"),
        (
            'id = "acme"\n[[kind]]\nid = "k"\nname = "n"\nforms = ["hex{32}"]\n',
            "5: [[kind]] k: 'hex{32}' has no mark of its own",
        ),
        (
            'id = "acme"\n[[kind]]\nid = "k"\nname = "n"\nforms = ["\'abc_\' hex{4}"]\n',
            "5: [[kind]] k: ''abc_' hex{4}' is too short",
        ),
        (
            'id = "acme"\n[[kind]]\nid = "k"\nname = "n"\nforms = ["\'abc_\' hexx{32}"]\n',
            "5: [[kind]] k: no charset is called hexx",
        ),
        ('id = "acme"\n[[kind]]\nid = "k"\nname = "n"\nforms = []\n', "5: [[kind]]: forms is empty"),
        ('id = "acme"\n[[kind]]\nid = "k"\nname = "n"\n', "2: [[kind]]: forms is missing"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(CatalogueError) as caught:
        load([file])
    assert str(caught.value).startswith(f"{file}:")
    assert message in str(caught.value)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such file"):
        load([tmp_path / "none.toml"])
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match="not UTF-8"):
        load([bad])


def test_files_are_merged(tmp_path: Path) -> None:
    first = write(tmp_path, f'id = "acme"\nname = "Acme"\nhosts = ["a.example"]\n{KIND}')
    more = KIND.replace("acme-key", "acme-two").replace("acme_live", "acme_more")
    second = write(
        tmp_path,
        f'id = "acme"\nhosts = ["a.example", "b.example"]\n[[env]]\nname = "ACME_KEY"\naccepts = ["acme-key"]\n{more}',
        "two.toml",
    )
    merged = load([first, second])
    provider = merged.providers["acme"]
    assert provider.name == "Acme"
    assert provider.hosts == ("a.example", "b.example")
    assert [kind.id for kind in provider.kinds] == ["acme-key", "acme-two"]
    assert merged.env["ACME_KEY"].accepts == ("acme-key",)


def test_a_variable_of_two_providers_takes_the_keys_of_both(tmp_path: Path) -> None:
    first = write(tmp_path, f'id = "acme"\n[[env]]\nname = "SHARED"\n{KIND}')
    other = KIND.replace("acme-key", "other-key").replace("acme_live", "other_live")
    second = write(tmp_path, f'id = "other"\n[[env]]\nname = "SHARED"\n{other}', "other.toml")
    shared = load([first, second]).env["SHARED"]
    assert (shared.provider, shared.accepts) == ("acme", ("acme-key", "other-key"))


def test_compiled_form_round_trip(catalogue: Catalogue) -> None:
    again = Catalogue.from_json(catalogue.to_json())
    assert dict(again.providers) == dict(catalogue.providers)
    assert dict(again.env) == dict(catalogue.env)
    assert dict(again.sinks) == dict(catalogue.sinks)
    assert again.patterns() == catalogue.patterns()
    assert again.to_json() == catalogue.to_json()


def test_compiled_form_of_another_version() -> None:
    with pytest.raises(ValueError, match="another version"):
        Catalogue.from_json('{"version": 0, "providers": [], "marks": []}')


def test_from_json_needs_no_toml() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from keylint.catalogue import Catalogue;"
        "c = Catalogue.from_json(sys.stdin.read()); c.recognise('x'); c.judge('ghp_' + 'x' * 9);"
        "print(sorted({'tomllib', 'importlib.metadata', 'hyperscan'} & set(sys.modules)))"
    )
    text = load(builtin_files()).to_json()
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_an_empty_catalogue() -> None:
    empty = load([])
    assert empty.recognise("ghp_" + "a" * 40) == ()
    assert empty.judge("ghp_" + "aB3" * 12).kinds == ()
    assert empty.patterns() == ()
