"""`keylint identify`: what it says of sound and damaged keys, and that it never shows one."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from keylint.catalogue import Catalogue
from keylint.catalogue.fake import expand, fake
from keylint.catalogue.grammar import Literal, parse
from keylint.catalogue.load import builtin
from keylint.cli import cli, identified_text
from keylint.cli.identified import VERDICTS, Identified, document, identify
from keylint.report.safe import dump

AS_OF = "2026-11-20"
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
SCHEMA = json.loads((Path(__file__).parent / "identify_schema_v1.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
UUID = "c0ffee00-1234-4abc-8def-9a8b7c6d5e4f"


@pytest.fixture
def ask(keylint: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Identify what a template says, in an empty directory, on a fixed day."""

    def run(template: str | bytes, *arguments: str, cwd: Path = tmp_path) -> Any:
        text = expand(template) if isinstance(template, str) else template
        return keylint("identify", "--as-of", AS_OF, *arguments, cwd=cwd, stdin=text)

    return run


@pytest.fixture
def verdict(ask: Callable[..., Any]) -> Callable[..., Any]:
    """The same as JSON, checked against the schema."""

    def run(template: str | bytes, *arguments: str, **options: Any) -> Any:
        done = ask(template, "--output-format", "json", *arguments, **options)
        assert done.err == ""
        VALIDATOR.validate(done.json)
        assert done.code == (0 if done.json["verdict"] == "well-formed" else 1)
        return done.json

    return run


def test_the_schema_is_one_and_names_every_verdict() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["properties"]["verdict"]["enum"]) == VERDICTS


@pytest.mark.parametrize(
    ("template", "arguments", "word"),
    [
        ("{fake:github-classic-pat}", (), "well-formed"),
        ("{fake:github-classic-pat}\n", (), "well-formed"),
        ("{fake:github-classic-pat}\r\n", (), "well-formed"),
        ("{fake:github-classic-pat}\n\n", (), "malformed"),
        (" {fake:github-classic-pat}", (), "malformed"),
        ("{fake:github-classic-pat!quotes}", (), "malformed"),
        ("{fake:github-classic-pat!typo=17}", (), "malformed"),
        ("{fake:github-classic-pat!truncated=4}", (), "malformed"),
        ("{fake:github-classic-pat!lookalike=9}", (), "malformed"),
        ("{fake:github-classic-pat!zero-width=9}", (), "malformed"),
        ("{fake:openai-project-key!truncated=9}", (), "malformed"),
        ("{fake:huggingface-user-token!truncated=3}", (), "suspicious"),
        ("{fake:openai-project-key!placeholder}", (), "placeholder"),
        ("{fake:openai-project-key!masked}", (), "masked"),
        ("{fake:jwt!expires=2026-06-30}", (), "expired"),
        ("{fake:jwt!expires=2027-06-30}", (), "well-formed"),
        ("{fake:anthropic-api-key}", ("--provider", "openai"), "unexpected"),
        ("{fake:anthropic-api-key}", ("--name", "OPENAI_API_KEY"), "unexpected"),
        ("{fake:anthropic-api-key}", ("--provider", "anthropic"), "well-formed"),
        ("{fake:anthropic-api-key}", ("--provider", "anthropic-api-key"), "well-formed"),
        (UUID, (), "unknown kind"),
        ("nothing-of-the-kind", (), "unknown kind"),
        ("{fake:aws-secret-access-key}", (), "unknown kind"),
        ("{fake:aws-secret-access-key}", ("--name", "AWS_SECRET_ACCESS_KEY"), "well-formed"),
    ],
)
def test_the_verdict_is_one_word(
    template: str, arguments: tuple[str, ...], word: str, verdict: Callable[..., Any]
) -> None:
    assert verdict(template, *arguments)["verdict"] == word


def test_a_retired_kind(verdict: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project({"keylint.toml": 'providers = ["acme.toml"]'})
    source = Path(__file__).parents[2] / "examples" / "acme.toml"
    (root / "acme.toml").write_bytes(source.read_bytes())
    key = "acmekey-" + "0123456789abcdef"[::-1] + "a94f6c1e8b3d7205"
    found = verdict(key.encode(), cwd=root)
    assert found["verdict"] == "retired"
    assert found["candidates"][0]["retired"] == "2026-06-30"
    assert [defect["code"] for defect in found["defects"]] == ["KL305"]
    assert verdict(key.encode(), "--isolated", cwd=root)["verdict"] == "unknown kind"


def test_the_days_of_a_claim_are_counted_from_as_of(ask: Callable[..., Any]) -> None:
    assert "expires  2026-11-25 (in 5 days)" in ask("{fake:jwt!expires=2026-11-25}").out
    assert "expires  2026-11-19 (1 day ago)" in ask("{fake:jwt!expires=2026-11-19}").out
    assert "issued   2026-11-20 (today)" in ask("{fake:jwt!issued=2026-11-20}").out


def test_every_check_has_its_line_and_the_caret_stands_below_the_wrong_character(ask: Callable[..., Any]) -> None:
    key = expand("{fake:github-classic-pat!typo=17}")
    lines = ask(key).out.splitlines()
    assert lines[0] == "malformed  GitHub personal access token (classic)"
    assert lines[2] == f"  ghp_{'·' * 32}{key[-4:]}"
    assert lines[3] == "  " + " " * 16 + "^"
    checks = [line.removeprefix("  checks").split()[0] for line in lines[6:11]]
    assert checks == ["kind", "ok", "ok", "ok", "wrong"]
    assert "next     Copy the key again" in "\n".join(lines)


def test_what_stands_around_the_key_is_shown_and_marked(ask: Callable[..., Any], verdict: Callable[..., Any]) -> None:
    key = expand("{fake:github-classic-pat}")
    lines = ask(f' "{key}"\n').out.splitlines()
    assert lines[2] == f'  ␣"ghp_{"·" * 32}{key[-4:]}"'
    assert lines[3] == "  ^^" + " " * 40 + "^"
    (defect,) = verdict(f' "{key}"\n')["defects"]
    assert (defect["code"], defect["positions"]) == ("KL204", [[1, 2], [43, 43]])


def test_positions_of_the_key_hold_behind_something_else(ask: Callable[..., Any]) -> None:
    lines = ask("  {fake:github-classic-pat!lookalike=9}").out.splitlines()
    assert lines[3] == "  ^^        ^"


def test_several_kinds_are_all_listed(verdict: Callable[..., Any], ask: Callable[..., Any]) -> None:
    key = "sk-" + "".join(chr(ord("a") + (i * 7) % 26) if i % 3 else str(i % 10) for i in range(48))
    found = verdict(key)
    assert len(found["candidates"]) > 1
    assert len({candidate["provider"] for candidate in found["candidates"]}) > 1
    assert any("--name VARIABLE or --provider ID says whose it is" in step for step in found["next"])
    text = ask(key).out
    for candidate in found["candidates"][1:]:
        assert candidate["kind"] in text
    chosen = found["candidates"][-1]
    assert verdict(key, "--provider", chosen["kind"])["candidates"][0]["kind"] == chosen["kind"]


def test_a_header_is_named_for_the_kinds_that_it_is_for(ask: Callable[..., Any]) -> None:
    assert "It is sent as `X-Api-Key: …`" in ask("{fake:anthropic-api-key}").out
    assert "It is sent as" not in ask("{fake:anthropic-oauth-token}").out
    assert "It is sent as" not in ask("{fake:azure-storage-account-key}").out


def test_a_name_decides(verdict: Callable[..., Any]) -> None:
    near = {row["kind"]: row["why"] for row in verdict(UUID)["nearest"]}
    assert "variable or call" in near["heroku-legacy-key"]
    assert verdict(UUID, "--name", "HEROKU_API_KEY")["candidates"][0]["kind"] == "heroku-legacy-key"


def test_a_lost_prefix_is_noticed_and_is_no_verdict(ask: Callable[..., Any]) -> None:
    out = ask("{fake:github-classic-pat!tail}").out
    assert out.startswith("unknown kind ")
    assert "with ghp_ before it the checksum holds: github-classic-pat" in out


def test_a_key_of_several_lines(verdict: Callable[..., Any]) -> None:
    assert verdict("{fake:pem-private-key}")["verdict"] == "well-formed"
    assert verdict("{fake:pem-private-key}\n")["verdict"] == "well-formed"


def test_a_key_file_of_several_lines(verdict: Callable[..., Any]) -> None:
    pretty = json.dumps(json.loads(fake("google-service-account-json")), indent=2)
    found = verdict(pretty.encode() + b"\n", "--provider", "google-service-account-json")
    assert found["candidates"][0]["kind"] == "google-service-account-json"
    assert found["verdict"] == "well-formed"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no key on standard input"),
        (b" \n\n", "no key on standard input"),
        (b'""', "no key on standard input"),
        (b"one-line\nanother-line\n", "holds several lines; give one key at a time"),
        (b"one-line\ranother-line", "holds several lines; give one key at a time"),
        (b"\xff\xfek\0e\0y\0", "is not UTF-8 text"),
        (b"ke\0y", "is not UTF-8 text"),
        (b"a" * 20_001, "more than 20,000 characters: that is no key"),
        (b"a" * 70_000, "more than 65,536 bytes: that is no key"),
    ],
)
def test_what_is_no_key_is_refused(data: bytes, said: str, ask: Callable[..., Any]) -> None:
    run = ask(data)
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("form", ["{}", "--{}", "--name={} {}", "--output-format={}", "--provider={}", "--as-of={}"])
def test_a_key_on_the_command_line_is_refused_and_not_repeated(
    form: str, keylint: Callable[..., Any], tmp_path: Path
) -> None:
    key = expand("{fake:github-classic-pat}")
    run = keylint("identify", *form.replace("{}", key).split(), cwd=tmp_path, stdin=key)
    assert (run.code, run.out) == (2, "")
    assert key[4:12] not in run.err
    assert run.err.startswith("keylint: error: ")


def test_the_refusal_says_why(keylint: Callable[..., Any], tmp_path: Path) -> None:
    run = keylint("identify", "somekey", cwd=tmp_path)
    assert "the shell's history" in run.err
    assert "list of processes" in run.err
    assert "somekey" not in run.err


def test_a_provider_that_is_not_there(ask: Callable[..., Any]) -> None:
    run = ask("x", "--provider", "opnai")
    assert (run.code, run.out) == (2, "")
    assert "did you mean openai" in run.err


def test_a_broken_configuration_is_an_error(ask: Callable[..., Any], project: Callable[..., Path]) -> None:
    root = project({"keylint.toml": 'providers = ["gone.toml"]'})
    run = ask("{fake:github-classic-pat}", cwd=root)
    assert (run.code, run.out) == (2, "")
    assert "gone.toml" in run.err


def test_a_prompt_does_not_show_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = expand("{fake:github-classic-pat}")
    asked: list[dict[str, Any]] = []

    def prompt(text: str, **options: Any) -> str:
        asked.append(options)
        return key

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("keylint.cli.discreet.click.prompt", prompt)
    monkeypatch.setattr("keylint.cli.discreet.sys.stdin", Terminal())
    from keylint.cli.discreet import UserError, read_key

    assert read_key() == key
    assert asked[0]["hide_input"] is True
    monkeypatch.setattr("keylint.cli.discreet.click.prompt", lambda *_args, **_options: "a" * 4095)
    with pytest.raises(UserError, match="pipe the key in"):
        read_key()


def test_claims_cannot_steer_the_terminal(catalogue: Catalogue) -> None:
    key = token({"sub": "a\x1b[31m\u202eb", "iss": "x\ny", "exp": 1})
    found = found_in(catalogue, key)
    text = identified_text.render(found, catalogue, color=False, unicode=True, width=100)
    text += dump(document(found, catalogue), unicode=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "account  a[31mb" in text


def token(payload: dict[str, Any]) -> str:
    from base64 import urlsafe_b64encode

    def part(value: object) -> str:
        return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part(payload), "s" * 5 + "A9f" * 12 + "xy"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return builtin()


def found_in(catalogue: Catalogue, value: str, kind: str = "", name: str | None = None) -> Identified:
    expected = (kind,) if kind else ()
    return identify(catalogue, value, name=name, expected=expected, demanded=bool(kind), as_of=MOMENT)


def shown(found: Identified, catalogue: Catalogue) -> str:
    """Everything that can be written about a key, in every form."""
    texts = [
        identified_text.render(found, catalogue, color=color, unicode=unicode, width=width)
        for color, unicode, width in ((False, True, 100), (False, False, 60), (True, True, 80))
    ]
    return "\n".join((*texts, dump(document(found, catalogue), unicode=True), repr(found)))


DAMAGES: tuple[dict[str, Any], ...] = (
    {}, {"truncated": 3}, {"longer": 2}, {"typo": True}, {"illegal": True}, {"quotes": True}, {"zero_width": True},
)  # fmt: skip


def variants(kind: str, catalogue: Catalogue) -> Iterator[str]:
    for form in range(len(catalogue.kinds[kind].forms)):
        for damage in DAMAGES:
            try:
                yield fake(kind, 7, catalogue=catalogue, form=form, **damage)
            except (ValueError, StopIteration):
                continue
    key = fake(kind, 8, catalogue=catalogue)
    yield key.upper()
    yield key[5:]
    yield key + key


def disclosed(found: Identified, catalogue: Catalogue, kind: str) -> str:
    """What may be shown: fixed text of the kinds' forms, and what the key says about itself."""
    kinds = [catalogue.kinds[kind], *(c.kind for c in found.candidates), *(n.kind for n in found.nearest)]
    forms = [parse(line) for each in kinds for line in each.forms]
    literals = [s.text for form in forms for s in form.segments if isinstance(s, Literal)]
    anchors = [anchor for form in forms for anchor in form.anchors]
    said = json.dumps(document(found, catalogue)["claims"], ensure_ascii=False)
    hosts = [host for each in kinds for host in catalogue.providers[each.provider].hosts]
    return "\n".join((*literals, *anchors, *hosts, *(each.id + " " + " ".join(each.forms) for each in kinds), said))


PIECE = 12


@pytest.mark.parametrize("kind", builtin().kinds)
def test_no_piece_of_a_key_is_shown(kind: str, catalogue: Catalogue) -> None:
    for value in variants(kind, catalogue):
        found = found_in(catalogue, value, kind)
        VALIDATOR.validate(document(found, catalogue))
        text, allowed = shown(found, catalogue), disclosed(found, catalogue, kind)
        key = found.judgement.key
        pieces = [key[at : at + PIECE] for at in range(max(1, len(key) - PIECE + 1))]
        # A quote is JSON around a value, and no part of a secret.
        leaked = [at for at, piece in enumerate(pieces) if piece in text and piece not in allowed and '"' not in piece]
        assert leaked == [], f"{kind}: characters {leaked[0] + 1} to {leaked[0] + PIECE} are shown"


def test_an_error_that_nobody_foresaw_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from keylint import cli as package

    key = expand("{fake:github-classic-pat}")

    def fail(*_args: Any, **_options: Any) -> None:
        raise RuntimeError(key)

    monkeypatch.setattr("keylint.cli.identified.identify", fail)
    monkeypatch.setattr("keylint.cli.discreet._piped", lambda: key)
    monkeypatch.setattr("sys.argv", ["keylint", "identify"])
    monkeypatch.setattr(package.signal, "signal", lambda *_args: None)
    with pytest.raises(SystemExit) as end:
        package.main()
    assert end.value.code == 70
    captured = capsys.readouterr()
    assert key not in captured.out + captured.err
    assert "internal error: RuntimeError" in captured.err


@pytest.mark.parametrize(
    ("line", "offered"),
    [("keylint ide", "plain,identify"), ("keylint identify --pro", "plain,--provider"), ("keylint src/", "file,src/")],
)
def test_completion(line: str, offered: str) -> None:
    words = {"_KEYLINT_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    assert offered in CliRunner().invoke(cli, [], prog_name="keylint", env=words).output.splitlines()


PAGE = (Path(__file__).parents[2] / "docs" / "identify.md").read_text("utf-8")


def fields(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", ())
        for child in node.values():
            yield from fields(child)
    elif isinstance(node, list):
        for child in node:
            yield from fields(child)


def test_the_page_names_every_field_and_verdict() -> None:
    named = {word for word in PAGE.replace("`", " ` ").split() if word.isidentifier() or "-" in word}
    assert {*fields(SCHEMA)} - named == set()
    assert {word for verdict in VERDICTS for word in verdict.split()} - named == set()


def test_the_page_shows_what_the_command_prints(ask: Callable[..., Any]) -> None:
    assert ask("{fake:github-classic-pat!typo=17}").out in PAGE
